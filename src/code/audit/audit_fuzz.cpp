// Fuzz target: any bytes as an export of a repository in XML. What is found is counted as it is listed, and can be
// written as JSON.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "code/audit/audit.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commandcenter;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Json read = audit::read_export(text);
  if (read["files"].get<std::size_t>() != read["list"].size()) std::abort();
  std::size_t lines = 0;
  for (const Json& file : read["list"])
    lines += file["lines"].get<std::size_t>();
  if (lines != read["lines"].get<std::size_t>() || lines > size) std::abort();
  static_cast<void>(read.dump(-1, ' ', false, Json::error_handler_t::replace));
  return 0;
}
