// Fuzz target: any bytes as an index of git. Its paths are in order, its folders can be walked.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "code/git/staged_paths.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commandcenter::code;
  const auto index = read_index({reinterpret_cast<const char*>(data), size});
  if (!index) return 0;
  for (std::size_t i = 1; i < index->entries.size(); ++i) {
    if (index->entries[i].path < index->entries[i - 1].path) std::abort();
  }
  (void)staged_paths(*index, ObjectId{}, [](const ObjectId&) { return Folder{{"a", {}, kFolderMode}}; });
  return 0;
}
