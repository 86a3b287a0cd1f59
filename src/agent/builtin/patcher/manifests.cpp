#include "agent/builtin/patcher/manifests.h"

#include <algorithm>
#include <array>

namespace commandcenter::patcher {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

const std::array<Kind, 13>& kinds() {
  static const std::array<Kind, 13> all{{
      {"package.json",
       Grammar::kNpm,
       locate_in_json,
       {"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"}},
      {"composer.json", Grammar::kComposer, locate_in_json, {"composer.lock"}},
      {"requirements.txt", Grammar::kPython, locate_in_requirements, {}},
      {"pyproject.toml", Grammar::kPython, locate_in_pyproject, {"poetry.lock", "uv.lock", "pdm.lock"}},
      {"setup.py", Grammar::kPython, locate_in_setup_py, {}},
      {"setup.cfg", Grammar::kPython, locate_in_setup_cfg, {}},
      {"Cargo.toml", Grammar::kCargo, locate_in_cargo, {"Cargo.lock"}},
      {"go.mod", Grammar::kGo, locate_in_go_mod, {"go.sum"}},
      {"Gemfile", Grammar::kRuby, locate_in_gemfile, {"Gemfile.lock"}},
      {"pom.xml", Grammar::kExact, locate_in_pom, {}},
      {"build.gradle", Grammar::kExact, locate_in_gradle, {"gradle.lockfile"}},
      {"libs.versions.toml", Grammar::kExact, locate_in_catalog, {"gradle.lockfile"}},
      {"Dockerfile", Grammar::kImage, locate_in_dockerfile, {}},
  }};
  return all;
}

const Kind& csproj() {
  static const Kind kind{"csproj", Grammar::kExact, locate_in_csproj, {"packages.lock.json"}};
  return kind;
}

}  // namespace

const Kind* kind_of(std::string_view path) {
  const std::string_view file_name = path.substr(path.rfind('/') + 1);
  const std::string_view folder = path.substr(0, path.size() - file_name.size());
  if (file_name.ends_with(".csproj") || file_name.ends_with(".fsproj") || file_name.ends_with(".vbproj") ||
      file_name == "Directory.Packages.props")
    return &csproj();
  std::string_view name = file_name;
  const bool requirements = name.starts_with("requirements") || name.ends_with("requirements.txt") ||
                            folder == "requirements/" || folder.ends_with("/requirements/");
  if (requirements && (name.ends_with(".txt") || name.ends_with(".in"))) name = "requirements.txt";
  if (name.ends_with(".versions.toml")) name = "libs.versions.toml";
  if (name == "build.gradle.kts") name = "build.gradle";
  if (name.starts_with("Dockerfile.") || name.ends_with(".Dockerfile") || name == "Containerfile") name = "Dockerfile";
  const auto found = std::ranges::find(kinds(), name, &Kind::name);
  return found == kinds().end() ? nullptr : &*found;
}

void each_line(std::string_view text, const std::function<void(std::size_t, std::string_view)>& line) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view one = text.substr(begin, end - begin);
    if (one.ends_with('\r')) one.remove_suffix(1);
    line(begin, one);
    begin = end + 1;
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace commandcenter::patcher
