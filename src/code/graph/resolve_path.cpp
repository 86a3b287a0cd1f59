// Ruby, Dart, Protocol Buffers, Lua: imports that are paths below some folder.
#include <algorithm>

#include "code/graph/resolvers.h"

namespace commandcenter::architecture {

PathResolver::PathResolver(const Tree& tree) : tree_(tree) {
  for (FileId id = 0; id < tree.size(); ++id) {
    const SourceFile& file = tree.file(id);
    const std::string folder(folder_of(file.path));
    if (file.path.ends_with(".gemspec")) gem_folders_.push_back(folder);
    if (name_of(file.path) != "pubspec.yaml") continue;
    const std::size_t name = file.text.find("name:");
    if (name == std::string::npos) continue;
    const std::size_t begin = file.text.find_first_not_of(" \t", name + 5);
    const std::size_t end = file.text.find_first_of(" \t\r\n", std::min(begin, file.text.size()));
    if (begin != std::string::npos) dart_packages_.emplace(file.text.substr(begin, end - begin), folder);
  }
}

Found PathResolver::ruby(FileId from, const Import& import, std::vector<FileId>& to) const {
  const std::string& importer = tree_.file(from).path;
  const std::string_view folder = folder_of(importer);
  const auto at = [&](std::string_view place) {
    auto path = join_path(place, import.specifier);
    if (!path) return false;
    auto id = tree_.find(*path + ".rb");
    if (!id) id = tree_.find(*path);
    if (!id || tree_.file(*id).facts.tongue != Tongue::kRuby) return false;
    to.push_back(*id);
    return true;
  };
  if (import.relative || import.specifier.starts_with('.')) {
    if (at(folder)) return Found::kInside;
    return !import.relative && at("") ? Found::kInside : Found::kNowhere;
  }
  for (const std::string_view above : ancestors(folder)) {
    const auto below = [&](std::string_view name) {
      return above.empty() ? std::string(name) : std::string(above) + "/" + std::string(name);
    };
    if (at(below("lib"))) return Found::kInside;
    if (import.specifier.ends_with(".rb") && at(above)) return Found::kInside;  // load, from where the program runs
    const std::string_view last = name_of(above);
    if ((last == "test" || last == "spec" || last == "lib" || last == "app") && at(above)) return Found::kInside;
    for (const std::string_view tests : {"spec", "test"}) {
      if (importer.starts_with(below(tests) + "/") && at(below(tests))) return Found::kInside;
    }
  }
  for (const std::string& gem : gem_folders_) {
    if (at(gem.empty() ? std::string("lib") : gem + "/lib")) return Found::kInside;
  }
  return Found::kOutside;
}

Found PathResolver::dart(FileId from, const Import& import, std::vector<FileId>& to) const {
  std::string_view specifier = import.specifier;
  std::optional<std::string> path;
  if (specifier.starts_with("package:")) {
    specifier.remove_prefix(8);
    const std::size_t slash = std::min(specifier.find('/'), specifier.size());
    const auto package = dart_packages_.find(specifier.substr(0, slash));
    if (package == dart_packages_.end()) return Found::kOutside;
    path = join_path(package->second, "lib" + std::string(specifier.substr(slash)));
  } else if (specifier.find(':') != std::string_view::npos) {
    return Found::kOutside;
  } else {
    path = join_path(folder_of(tree_.file(from).path), specifier);
  }
  const auto id = path ? tree_.find(*path) : std::nullopt;
  if (id) to.push_back(*id);
  return id ? Found::kInside : Found::kNowhere;
}

Found PathResolver::resolve(FileId from, const Import& import, std::vector<FileId>& to) const {
  const Tongue tongue = tree_.file(from).facts.tongue;
  if (tongue == Tongue::kRuby) return ruby(from, import, to);
  if (tongue == Tongue::kDart) return dart(from, import, to);
  std::vector<std::string> paths{import.specifier};
  if (tongue == Tongue::kLua) {
    std::string path = import.specifier;
    std::ranges::replace(path, '.', '/');
    paths = {path + ".lua", path + "/init.lua"};
  }
  const std::string& importer = tree_.file(from).path;
  for (const std::string_view above : ancestors(folder_of(importer))) {
    for (const std::string& candidate : paths) {
      const auto path = join_path(above, candidate);
      const auto id = path ? tree_.find(*path) : std::nullopt;
      if (!id) continue;
      to.push_back(*id);
      return Found::kInside;
    }
  }
  for (const std::string& candidate : paths) {
    if (const auto id = tree_.ending_in(candidate, importer)) {
      to.push_back(*id);
      return Found::kInside;
    }
  }
  return Found::kOutside;
}

}  // namespace commandcenter::architecture
