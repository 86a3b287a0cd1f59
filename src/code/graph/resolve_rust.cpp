// Rust: the tree of modules of each crate, then paths in it.
#include <algorithm>

#include "code/graph/resolvers.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxModules = 100'000;

std::string crate_name(std::string_view package) {
  std::string name(package);
  std::ranges::replace(name, '-', '_');
  return name;
}

std::string joined(std::string_view a, std::string_view b, std::string_view joint) {
  if (a.empty()) return std::string(b);
  if (b.empty()) return std::string(a);
  return std::string(a) + std::string(joint) + std::string(b);
}

}  // namespace

// other = { package = "name", … }, and the same as a table of its own.
void RustResolver::collect_renames(const std::vector<TomlEntry>& entries, const std::string& folder) {
  for (const TomlEntry& entry : entries) {
    const std::size_t table = entry.section.rfind("dependencies.");
    std::string alias = entry.key;
    std::string package;
    if (table != std::string::npos && entry.key == "package") {
      alias = entry.section.substr(table + 13);
      package = toml_text(entry.value);
    } else if (const std::size_t at = entry.value.find("package");
               at != std::string::npos && entry.section.ends_with("dependencies")) {
      const auto texts = toml_texts(std::string_view(entry.value).substr(at));
      if (!texts.empty()) package = texts.front();
    }
    if (package.empty()) continue;
    const bool shared = entry.section.starts_with("workspace.");  // for the members that say "workspace = true"
    renamed_[shared ? "*" : folder].emplace_back(crate_name(alias), crate_name(package));
  }
}

RustResolver::RustResolver(const Tree& tree, const std::vector<Package>& packages) : tree_(tree) {
  for (const FileId manifest : tree.named("Cargo.toml"))
    collect_renames(toml_entries(tree.file(manifest).text), std::string(folder_of(tree.file(manifest).path)));
  for (const Package& package : packages) {
    const auto manifest = tree.find(joined(package.folder, "Cargo.toml", "/"));
    if (!manifest) continue;
    const auto entries = toml_entries(tree.file(*manifest).text);
    const std::string name = toml_find(entries, "package", "name");
    if (name.empty()) continue;  // a workspace only
    std::string library = toml_find(entries, "lib", "path");
    if (library.empty()) library = "src/lib.rs";
    if (const auto root = tree.find(*join_path(package.folder, library))) {
      const std::string own = toml_find(entries, "lib", "name");
      libraries_.emplace(crate_name(own.empty() ? name : own), crates_.size());
      by_package_.emplace(crate_name(name), crates_.size());
      add_crate(*root, package.folder);
    }
    std::vector<std::string> programs{"src/main.rs", "build.rs"};
    for (const TomlEntry& entry : entries) {
      if (entry.key == "path" && entry.section.starts_with("[[")) programs.push_back(toml_text(entry.value));
    }
    for (const std::string& program : programs) {
      const auto path = join_path(package.folder, program);
      const auto root = path ? tree.find(*path) : std::nullopt;
      if (root && !places_.contains(*root)) add_crate(*root, package.folder);
    }
    for (const std::string_view folder : {"src/bin", "tests", "examples", "benches"}) {
      const std::string place = joined(package.folder, folder, "/");
      for (const FileId id : tree.in_folder(place)) {
        if (tree.file(id).facts.tongue == Tongue::kRust && !places_.contains(id)) add_crate(id, package.folder);
      }
      for (const FileId id : tree.named("main.rs")) {
        if (folder_of(folder_of(tree.file(id).path)) == place && !places_.contains(id)) add_crate(id, package.folder);
      }
    }
  }
}

void RustResolver::add_crate(FileId root, std::string_view package_folder) {
  const std::size_t number = crates_.size();
  Crate& crate = crates_.emplace_back(Crate{root, std::string(package_folder), {}});
  std::vector<std::pair<FileId, std::string>> waiting{{root, ""}};
  for (std::size_t i = 0; i < waiting.size() && i < kMaxModules; ++i) {
    const auto [file, module] = waiting[i];
    if (!crate.modules.emplace(module, file).second) continue;
    places_.emplace(file, Place{number, module});
    for (const std::string& inner : tree_.file(file).facts.declares)
      crate.modules.emplace(joined(module, inner, "::"), file);
    for (const Import& import : tree_.file(file).facts.imports) {
      if (import.kind != ImportKind::kModule) continue;
      const auto below = module_file(file, import, file == root);
      if (below && *below != root)
        waiting.emplace_back(*below, joined(joined(module, import.scope, "::"), import.specifier, "::"));
    }
  }
}

std::optional<FileId> RustResolver::module_file(FileId from, const Import& import, bool is_root) const {
  const std::string& path = tree_.file(from).path;
  const std::string folder(folder_of(path));
  if (!import.names.empty() && import.scope.empty()) {
    const auto odd = join_path(folder, import.names.front());
    return odd ? tree_.find(*odd) : std::nullopt;
  }
  const bool owns_folder = is_root || name_of(path) == "mod.rs";
  std::string place = owns_folder ? folder : joined(folder, stem_of(path), "/");
  for (std::string_view scope = import.scope; !scope.empty();) {
    const std::size_t end = std::min(scope.find("::"), scope.size());
    place = joined(place, scope.substr(0, end), "/");
    scope.remove_prefix(std::min(end + 2, scope.size()));
  }
  const std::string name = import.names.empty() ? import.specifier : import.names.front();
  std::string_view plain = name;
  if (plain.starts_with("r#")) plain.remove_prefix(2);
  if (!import.names.empty()) {
    const auto odd = join_path(place, plain);
    return odd ? tree_.find(*odd) : std::nullopt;
  }
  const std::string base = joined(place, plain, "/");
  if (const auto file = tree_.find(base + ".rs")) return file;
  return tree_.find(base + "/mod.rs");
}

// From the module `base`, along as many parts of `rest` as there are modules; the file of the last one counts.
bool RustResolver::walk(std::size_t crate, const std::string& base, std::string_view rest, FileId from,
                        std::vector<FileId>& to) const {
  const Crate& within = crates_[crate];
  std::string module = base;
  auto found = within.modules.find(module);
  if (found == within.modules.end()) return false;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find("::"), rest.size());
    const auto next = within.modules.find(joined(module, rest.substr(0, end), "::"));
    if (next == within.modules.end()) break;
    module = next->first;
    found = next;
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  if (found->second != from) to.push_back(found->second);
  return true;
}

Found RustResolver::resolve(FileId from, const Import& import, std::vector<FileId>& to) const {
  const auto place = places_.find(from);
  if (import.kind == ImportKind::kInclude) {
    const auto path = join_path(folder_of(tree_.file(from).path), import.specifier);
    const auto file = path ? tree_.find(*path) : std::nullopt;
    if (file) to.push_back(*file);
    return file ? Found::kInside : Found::kOutside;
  }
  if (import.kind == ImportKind::kModule) {
    const bool is_root = place == places_.end()
                             ? name_of(tree_.file(from).path) == "lib.rs" || name_of(tree_.file(from).path) == "main.rs"
                             : crates_[place->second.crate].root == from;
    const auto file = module_file(from, import, is_root);
    if (file) to.push_back(*file);
    return file ? Found::kInside : Found::kNowhere;
  }
  if (place == places_.end()) return Found::kOutside;
  const std::size_t crate = place->second.crate;
  std::string module = joined(place->second.module, import.scope, "::");
  std::string_view rest = import.specifier;
  const bool outer = rest.starts_with("::");
  if (outer) rest.remove_prefix(2);
  const auto take = [&] {
    const std::size_t end = std::min(rest.find("::"), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    return part;
  };
  std::string_view first = rest.substr(0, rest.find("::"));
  if (first == "crate" || first == "$crate") {
    take();
    return walk(crate, "", rest, from, to) ? Found::kInside : Found::kNowhere;
  }
  if (first == "self" || first == "super") {
    for (; first == "self" || first == "super"; first = rest.substr(0, rest.find("::"))) {
      take();
      if (first != "super") continue;
      const std::size_t cut = module.rfind("::");
      module.resize(cut == std::string::npos ? 0 : cut);
    }
    return walk(crate, module, rest, from, to) ? Found::kInside : Found::kNowhere;
  }
  if (!outer && crates_[crate].modules.contains(joined(module, first, "::")))
    return walk(crate, module, rest, from, to) ? Found::kInside : Found::kNowhere;
  if (!outer && crates_[crate].modules.contains(first))  // 2015: paths begin at the root of the crate
    return walk(crate, "", rest, from, to) ? Found::kInside : Found::kNowhere;
  const auto library = library_of(first, crates_[crate].package_folder);
  if (!library) return Found::kOutside;
  take();
  return walk(*library, "", rest, from, to) ? Found::kInside : Found::kOutside;
}

// The library that a package knows by a name: as its manifest or the workspace calls it, else by its own.
std::optional<std::size_t> RustResolver::library_of(std::string_view name, const std::string& package_folder) const {
  const auto own = libraries_.find(name);
  const auto meant = [&](std::string_view folder) -> std::optional<std::size_t> {
    const auto renamed = renamed_.find(folder);
    if (renamed == renamed_.end()) return std::nullopt;
    for (const auto& [alias, package] : renamed->second) {
      const auto library = by_package_.find(package);
      if (alias == name && library != by_package_.end()) return library->second;
    }
    return std::nullopt;
  };
  if (const auto library = meant(package_folder)) return library;
  if (own == libraries_.end()) return meant("*");
  return own->second;
}

}  // namespace commandcenter::architecture
