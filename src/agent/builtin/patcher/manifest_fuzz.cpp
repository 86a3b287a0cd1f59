// Fuzz target: any bytes as a manifest of any kind. Places lie within the text and do not overlap; when they were
// written, the rest is what it was, and the places are found again.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/builtin/patcher/manifests.h"

namespace {

using namespace commandcenter::patcher;

constexpr std::array<const char*, 13> kNames{
    "package.json", "composer.json", "requirements.txt", "pyproject.toml", "setup.py", "setup.cfg", "Cargo.toml",
    "go.mod",       "Gemfile",       "pom.xml",          "build.gradle",   "a.csproj", "Dockerfile"};

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// The first byte is the kind; then the dependency, and after a line break the manifest.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Kind* kind = kind_of(kNames[data[0] % kNames.size()]);
  require(kind != nullptr);
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t line = std::min(input.find('\n'), input.size());
  const std::string dependency(input.substr(0, line));
  const std::string text(input.substr(std::min(line + 1, input.size())));
  if (dependency.empty()) return 0;
  std::vector<Spot> spots = kind->locate(text, dependency);
  std::ranges::sort(spots, {}, &Spot::offset);
  std::size_t behind = 0;
  for (const Spot& spot : spots) {
    require(spot.offset >= behind && spot.offset + spot.length <= text.size());
    behind = spot.offset + spot.length;
  }
  if (spots.empty()) return 0;
  // The last place: everything in front of it and behind it stays.
  const Spot last = spots.back();
  std::string fresh = text;
  fresh.replace(last.offset, last.length, "9.9.9");
  require(fresh.substr(0, last.offset) == text.substr(0, last.offset));
  require(fresh.substr(last.offset + 5) == text.substr(last.offset + last.length));
  static_cast<void>(kind->locate(fresh, dependency));
  return 0;
}
