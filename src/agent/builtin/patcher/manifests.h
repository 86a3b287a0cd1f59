// Where the version of a dependency stands in a manifest, for every kind of manifest. Nothing is parsed and printed
// again: what is not the version token stays as it is, byte for byte. Private to this folder.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::patcher {

// One place in the text.
struct Spot {
  std::size_t offset = 0;
  std::size_t length = 0;  // 0: nothing stands there yet
};

// What versions look like there.
enum class Grammar {
  kNpm,       // ranges: "^1.2.0"; the text given is the range
  kComposer,  // the same with other meanings: "1.2" is one version, "~1.2" ends before 2
  kPython,    // clauses behind the name: "==1.2", ">=1,<2"
  kCargo,     // "1.2", "=1.2", "^1"
  kGo,        // "v1.2.3"
  kRuby,      // "~> 1.2"
  kExact,     // Maven, NuGet, Gradle
  kImage,     // the tag of an image
};

struct Kind {
  std::string_view name;  // as people call it: "package.json"
  Grammar grammar = Grammar::kExact;
  std::vector<Spot> (*locate)(std::string_view text, std::string_view dependency) = nullptr;
  std::vector<std::string_view> lock_files;
};

// Null when the file is no manifest.
const Kind* kind_of(std::string_view path);

// The scanners by family; each in a file of its own.
std::vector<Spot> locate_in_json(std::string_view text, std::string_view dependency);  // package.json, composer.json
std::vector<Spot> locate_in_requirements(std::string_view text, std::string_view dependency);
std::vector<Spot> locate_in_pyproject(std::string_view text, std::string_view dependency);
std::vector<Spot> locate_in_cargo(std::string_view text, std::string_view dependency);
std::vector<Spot> locate_in_setup_py(std::string_view text, std::string_view dependency);
std::vector<Spot> locate_in_setup_cfg(std::string_view text, std::string_view dependency);
std::vector<Spot> locate_in_go_mod(std::string_view text, std::string_view dependency);
std::vector<Spot> locate_in_gemfile(std::string_view text, std::string_view dependency);
std::vector<Spot> locate_in_gradle(std::string_view text, std::string_view dependency);
std::vector<Spot> locate_in_catalog(std::string_view text, std::string_view dependency);  // of Gradle
std::vector<Spot> locate_in_dockerfile(std::string_view text, std::string_view dependency);
std::vector<Spot> locate_in_pom(std::string_view text, std::string_view dependency);
std::vector<Spot> locate_in_csproj(std::string_view text, std::string_view dependency);

// Calls `line(offset, text)` for each line, without its end.
void each_line(std::string_view text, const std::function<void(std::size_t offset, std::string_view line)>& line);
std::string_view trimmed(std::string_view text);
bool same_word(std::string_view a, std::string_view b);  // without regard to case

}  // namespace commandcenter::patcher
