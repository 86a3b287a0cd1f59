// Fuzz target: any bytes as a patch, and as files before and after. What is made leads from one to the other and back;
// what does not fit is refused, and no path leads elsewhere.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patch/patch.h"

namespace {

using namespace commandcenter;
using namespace commandcenter::patch;

using Tree = std::map<std::string, Content>;

void require(bool holds) {
  if (!holds) std::abort();
}

ReadFile reader(const Tree& tree) {
  return [&tree](const std::string& path) -> Result<std::optional<Content>> {
    const auto found = tree.find(path);
    return found == tree.end() ? std::optional<Content>() : std::optional<Content>(found->second);
  };
}

// Names that some file systems take for .git, such as GIT~1, git does not take either.
bool other_name_of_git(std::string path) {
  for (char& c : path)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return path.find("git") != std::string::npos;
}

void any_text(std::string_view text) {
  const Tree tree{{"a", {Mode::kFile, "one\ntwo\nthree\n"}}, {"b/c", {Mode::kExecutable, ""}}};
  const auto changes = resolve(text, reader(tree));
  if (!changes) return;
  for (const Change& change : *changes)
    require(problem_with_path(change.path).empty());
  const auto again = make(*changes);
  require(again.has_value());
}

// Three parts: the path, before, after.
void round_trip(std::string_view data) {
  const std::size_t first = std::min(data.find('\0'), data.size());
  const std::size_t second = std::min(data.find('\0', std::min(first + 1, data.size())), data.size());
  const std::string path(data.substr(0, first));
  if (path.empty() || !problem_with_path(path).empty() || second <= first) return;
  const Content before{Mode::kFile, std::string(data.substr(first + 1, second - first - 1))};
  const Content after{Mode::kExecutable, std::string(data.substr(std::min(second + 1, data.size())))};
  const std::vector<Change> changes{{path, before, after}};
  const auto made = make(changes);
  if (!made && other_name_of_git(path)) return;
  require(made.has_value());
  const auto there = resolve(made->text, reader({{path, before}}));
  require(there.has_value() && there->size() == 1 && there->front().after == after);
  const auto back = make(reversed(changes));
  require(back.has_value());
  const auto here = resolve(back->text, reader({{path, after}}));
  require(here.has_value() && here->front().after == before);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0)
    any_text(rest);
  else
    round_trip(rest);
  return 0;
}
