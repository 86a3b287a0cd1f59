// What every module comes with, what the map says, and what must not leave the machine it was written on.
#include <algorithm>
#include <array>
#include <cctype>

#include "rules.h"

namespace tidy {
namespace {

constexpr std::size_t kMaxReadme_lines = 40;
constexpr std::string_view kMapPath = "docs/map.md";

bool is_path_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' || c == '/' || c == '}' ||
         c == '~';
}

std::string_view name_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_path_character(text[end]) && text[end] != '/')
    ++end;
  return text.substr(at, end - at);
}

// A folder below one of these, as an absolute path; the names that stand for anybody are fine.
std::string_view private_path_in(std::string_view line) {
  constexpr std::array<std::string_view, 5> kAnybody = {"user", "you", "alice", "me", "name"};
  for (const std::string_view folder : {"/home/", "/root/", "/work/"}) {
    for (std::size_t at = line.find(folder); at != std::string_view::npos; at = line.find(folder, at + 1)) {
      if (at > 0 && is_path_character(line[at - 1])) continue;
      const std::string_view name = name_at(line, at + folder.size());
      if (name.empty() || name.starts_with('.')) continue;  // "/home/" itself, "/root/.ssh": any machine has them
      if (folder == "/home/" && std::find(kAnybody.begin(), kAnybody.end(), name) != kAnybody.end()) continue;
      return line.substr(at, folder.size() + name.size());
    }
  }
  return {};
}

// The host of a URL that names a package registry or a mirror of one.
std::string_view registry_host_in(std::string_view line) {
  for (std::size_t at = line.find("://"); at != std::string_view::npos; at = line.find("://", at + 3)) {
    const std::string_view host = name_at(line, at + 3);
    for (const std::string_view start :
         {"registry.", "npm.", "pypi.", "mirror", "nexus.", "artifactory.", "proxy.golang."}) {
      if (host.starts_with(start)) return host;
    }
    if (host.find(".artifactory.") != std::string_view::npos || host.find(".jfrog.") != std::string_view::npos)
      return host;
  }
  return {};
}

void check_readmes(const Tree& tree, const Modules& modules, std::vector<Finding>& findings) {
  for (const auto& [name, module] : modules.by_name) {
    const std::string path = "src/" + name + "/README.md";
    const auto readme = tree.files.find(path);
    if (readme == tree.files.end()) {
      findings.push_back({path, 1, "readme-missing",
                          "module " + name +
                              " has no README.md: say why it exists, what comes in, what goes out, who may "
                              "include it"});
    } else if (readme->second.lines.size() > kMaxReadme_lines) {
      findings.push_back({path, static_cast<int>(kMaxReadme_lines) + 1, "readme-long",
                          std::to_string(readme->second.lines.size()) + " lines of at most " +
                              std::to_string(kMaxReadme_lines) + ": move details to docs/ or to the headers"});
    }
  }
}

void check_map(const Tree& tree, const Modules& modules, std::vector<Finding>& findings) {
  const auto map = tree.files.find(std::string(kMapPath));
  for (const auto& [name, module] : modules.by_name) {
    const std::string quoted = "`" + name + "`";
    const bool mentioned = map != tree.files.end() &&
                           std::any_of(map->second.lines.begin(), map->second.lines.end(),
                                       [&](const std::string& line) { return line.find(quoted) != std::string::npos; });
    if (mentioned) continue;
    findings.push_back(
        {std::string(kMapPath), 1, "map", "module " + name + " is missing from the map: add a line about " + quoted});
  }
}

}  // namespace

void check_house(const Tree& tree, const Modules& modules, std::vector<Finding>& findings) {
  check_readmes(tree, modules, findings);
  check_map(tree, modules, findings);
  for (const auto& [path, file] : tree.files) {
    if (path.starts_with("tests/hostile/")) continue;  // attacks name the paths they go for
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const int line = static_cast<int>(i) + 1;
      if (const auto found = private_path_in(file.lines[i]); !found.empty()) {
        findings.push_back({path, line, "private-path",
                            std::string(found) + " exists on one machine only: use a relative path or a variable"});
      }
      if (const auto host = registry_host_in(file.lines[i]); !host.empty()) {
        findings.push_back({path, line, "registry-host",
                            std::string(host) + " is a package registry: leave the choice to the user's own settings"});
      }
    }
  }
}

std::vector<Finding> check(const Tree& tree) {
  std::vector<Finding> findings;
  const Modules modules = read_modules(tree);
  check_layers(tree, modules, findings);
  check_text(tree, findings);
  check_house(tree, modules, findings);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return a.path != b.path ? a.path < b.path : a.line < b.line;
  });
  return findings;
}

}  // namespace tidy
