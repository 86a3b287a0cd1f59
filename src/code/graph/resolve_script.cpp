// JavaScript and TypeScript, as Node, TypeScript and the bundlers resolve: extensions and index files, tsconfig paths,
// imports and exports of package.json, packages of the workspace, the aliases that bundlers are given by convention.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "code/graph/resolvers.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxExtends = 16;
constexpr std::size_t kMaxConditions = 200;  // of one entry of exports

constexpr auto kTypedEndings =
    std::to_array<std::string_view>({".ts", ".tsx", ".d.ts", ".mts", ".cts", ".d.mts", ".d.cts", ".js", ".jsx", ".mjs",
                                     ".cjs", ".json", ".vue", ".svelte", ".astro"});
constexpr auto kPlainEndings = std::to_array<std::string_view>(
    {".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".mts", ".cts", ".d.ts", ".json", ".vue", ".svelte", ".astro"});
struct Swap {
  std::string_view written;
  std::array<std::string_view, 4> meant;
};
constexpr auto kSwaps = std::to_array<Swap>({{".js", {".ts", ".tsx", ".d.ts", ".jsx"}},
                                             {".jsx", {".tsx", ".ts", "", ""}},
                                             {".mjs", {".mts", ".d.mts", "", ""}},
                                             {".cjs", {".cts", ".d.cts", "", ""}}});
// Where builds put what was made from src.
constexpr auto kBuilt =
    std::to_array<std::string_view>({"dist", "build", "lib", "out", "es", "esm", "cjs", "types", "typings", "umd",
                                     "module", "output", ".output", "commonjs", "node", "browser"});

bool is_typed(std::string_view path) {
  const std::string_view ending = ending_of(path);
  return ending == "ts" || ending == "tsx" || ending == "mts" || ending == "cts" || ending == "vue" ||
         ending == "svelte" || ending == "astro";
}

bool is_target(const SourceFile& file) {
  return file.facts.tongue == Tongue::kScript || file.facts.tongue == Tongue::kComponent ||
         file.path.ends_with(".json");
}

// "a/*": what the star stands for, if the text fits.
std::optional<std::string_view> star_of(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text ? std::optional(std::string_view()) : std::nullopt;
  const std::string_view tail = pattern.substr(star + 1);
  if (text.size() < star + tail.size() || !text.starts_with(pattern.substr(0, star)) || !text.ends_with(tail))
    return std::nullopt;
  return text.substr(star, text.size() - star - tail.size());
}

std::string with_star(std::string_view pattern, std::string_view value) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return std::string(pattern);
  return std::string(pattern.substr(0, star)) + std::string(value) + std::string(pattern.substr(star + 1));
}

// Paths that an entry of exports may lead to, whatever the conditions, the source first and the types last.
void collect_targets(const Json& entry, std::vector<std::string>& targets) {
  std::vector<const Json*> waiting{&entry};
  std::vector<std::string> types;
  for (std::size_t i = 0; i < waiting.size() && i < kMaxConditions; ++i) {
    const Json& value = *waiting[i];
    if (value.is_string()) {
      targets.push_back(value.get<std::string>());
    } else if (value.is_array()) {
      for (const Json& item : value)
        waiting.push_back(&item);
    } else if (value.is_object()) {
      for (const auto& [condition, target] : value.items()) {
        if (condition == "source" && target.is_string()) {
          targets.insert(targets.begin(), target.get<std::string>());
        } else if (condition.starts_with("types") && target.is_string()) {
          types.push_back(target.get<std::string>());
        } else {
          waiting.push_back(&target);
        }
      }
    }
  }
  targets.insert(targets.end(), types.begin(), types.end());
}

// The name of a package in a specifier, with its scope.
std::string_view package_name(std::string_view specifier) {
  std::size_t slash = specifier.find('/');
  if (specifier.starts_with('@') && slash != std::string_view::npos) slash = specifier.find('/', slash + 1);
  return specifier.substr(0, slash);
}

// The texts among the elements; none of what is no array.
std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; list.is_array() && i < list.size(); ++i) {
    if (list[i].is_string()) texts.push_back(list[i].get<std::string>());
  }
  return texts;
}

}  // namespace

ScriptResolver::ScriptResolver(const Tree& tree) : tree_(tree) {
  for (const FileId id : tree.named("package.json")) {
    const SourceFile& file = tree.file(id);
    Json manifest = parse_loose_json(file.text);
    if (!manifest.is_object()) continue;
    const std::string folder(folder_of(file.path));
    std::string name = string_member(manifest, "name");
    if (name.empty() || by_name_.contains(name)) name = "\n" + folder;  // not to be imported by name
    const auto at = by_name_.emplace(std::move(name), NodePackage{folder, std::move(manifest)}).first;
    by_folder_.emplace(folder, &at->second);
  }
  collect_aliases();
  for (const std::string_view name : {"tsconfig.json", "jsconfig.json"}) {
    for (const FileId id : tree.named(name))
      configs_of_folder_[std::string(folder_of(tree.file(id).path))].push_back(tree.file(id).path);
  }
}

std::optional<FileId> ScriptResolver::as_file(std::string_view path, bool typed) const {
  const auto usable = [&](const std::string& candidate) -> std::optional<FileId> {
    const auto id = tree_.find(candidate);
    return id && is_target(tree_.file(*id)) ? id : std::nullopt;
  };
  const std::string text(path);
  const auto swapped = [&]() -> std::optional<FileId> {
    for (const Swap& swap : kSwaps) {
      if (!text.ends_with(swap.written)) continue;
      for (const std::string_view meant : swap.meant) {
        if (meant.empty()) break;
        if (auto id = usable(text.substr(0, text.size() - swap.written.size()) + std::string(meant))) return id;
      }
    }
    return std::nullopt;
  };
  if (typed) {
    if (auto id = swapped()) return id;
  }
  if (auto id = usable(text)) return id;
  if (!typed) {
    if (auto id = swapped()) return id;
  }
  const auto try_endings = [&](const auto& endings) -> std::optional<FileId> {
    for (const std::string_view ending : endings) {
      if (auto id = usable(text + std::string(ending))) return id;
    }
    return std::nullopt;
  };
  return typed ? try_endings(kTypedEndings) : try_endings(kPlainEndings);
}

std::optional<FileId> ScriptResolver::as_path(std::string_view path, bool typed) const {
  if (!path.ends_with('/')) {
    if (auto id = as_file(path, typed)) return id;
  }
  if (path.ends_with('/')) path.remove_suffix(1);
  if (!tree_.has_folder(path)) return std::nullopt;
  const auto package = by_folder_.find(path);
  if (package != by_folder_.end()) {
    for (const char* key : {"source", "module", "main", "types", "typings"}) {
      const std::string main = string_member(package->second->manifest, key);
      if (main.empty()) continue;
      const auto target = join_path(path, main);
      if (!target || *target == path) continue;
      if (auto id = as_file(*target, typed)) return id;
      if (auto id = as_file(*target + "/index", typed)) return id;
      if (auto id = built(*package->second, main, typed)) return id;
    }
  }
  return as_file(path.empty() ? "index" : std::string(path) + "/index", typed);
}

// The source of a file that the build has not made yet: dist/esm/x.js is made from src/x.ts.
std::optional<FileId> ScriptResolver::built(const NodePackage& package, std::string_view target, bool typed) const {
  if (target.starts_with("./")) target.remove_prefix(2);
  std::string_view rest = target;
  bool stripped = false;
  while (true) {
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos || std::ranges::find(kBuilt, rest.substr(0, slash)) == kBuilt.end()) break;
    rest.remove_prefix(slash + 1);
    stripped = true;
  }
  std::string_view stem = rest;
  for (const std::string_view ending : {".d.ts", ".d.mts", ".d.cts", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts"}) {
    if (!stem.ends_with(ending)) continue;
    stem.remove_suffix(ending.size());
    break;
  }
  if (stem.starts_with("src/")) stem.remove_prefix(4);
  for (const std::string_view folder : {"src", "", "lib", "source"}) {
    if (folder.empty() && !stripped) continue;
    const auto path = join_path(package.folder, fmt::format("{}/{}", folder, stem));
    if (!path) continue;
    if (auto id = as_file(*path, typed)) return id;
    if (auto id = as_file(*path + "/index", typed)) return id;
  }
  return std::nullopt;
}

std::optional<FileId> ScriptResolver::by_exports(const NodePackage& package, const Json& table, std::string_view key,
                                                 bool typed) const {
  std::vector<std::string> targets;
  const bool has_keys = table.is_object() && !table.empty() &&
                        (table.begin().key().starts_with('.') || table.begin().key().starts_with('#'));
  if (!has_keys) {
    if (key == ".") collect_targets(table, targets);
  } else if (const Json* exact = find_member(table, key); exact != nullptr) {
    collect_targets(*exact, targets);
  } else {
    std::size_t best = 0;
    for (const auto& [pattern, entry] : table.items()) {
      const auto star = star_of(pattern, key);
      if (!star || pattern.find('*') == std::string::npos || pattern.size() <= best) continue;
      best = pattern.size();
      targets.clear();
      collect_targets(entry, targets);
      for (std::string& target : targets)
        target = with_star(target, *star);
    }
  }
  for (const std::string& target : targets) {
    const auto path = join_path(package.folder, target);
    if (!path || !target.starts_with('.')) continue;
    if (auto id = as_file(*path, typed)) return id;
  }
  for (const std::string& target : targets) {
    if (auto id = built(package, target, typed)) return id;
  }
  return std::nullopt;
}

std::optional<FileId> ScriptResolver::as_package(const NodePackage& package, std::string_view subpath,
                                                 bool typed) const {
  const Json* exports = find_member(package.manifest, "exports");
  if (exports != nullptr) {
    const std::string key = subpath.empty() ? "." : "./" + std::string(subpath);
    if (auto id = by_exports(package, *exports, key, typed)) return id;
  }
  if (!subpath.empty()) {
    for (const std::string_view folder : {"", "src/"}) {
      const auto path = join_path(package.folder, std::string(folder) + std::string(subpath));
      if (!path) continue;
      if (auto id = as_path(*path, typed)) return id;
    }
    return built(package, subpath, typed);
  }
  if (auto id = as_path(package.folder, typed)) return id;
  for (const std::string_view main : {"src/index", "src/main", "lib/index", "src/lib"}) {
    if (auto id = as_file(*join_path(package.folder, main), typed)) return id;
  }
  return std::nullopt;
}

const ScriptResolver::Paths* ScriptResolver::paths_of(const std::string& config, std::size_t depth) {
  if (const auto known = paths_.find(config); known != paths_.end()) return &known->second;
  const auto id = tree_.find(config);
  if (!id || depth > kMaxExtends) return nullptr;
  paths_.emplace(config, Paths{});  // a file that extends itself finds this
  const Json json = parse_loose_json(tree_.file(*id).text);
  const std::string folder(folder_of(config));
  Paths result;
  extend(json, folder, depth, result);
  if (const Json* options = find_member(json, "compilerOptions"); options != nullptr && options->is_object())
    read_options(*options, folder, result);
  if (result.patterns.empty()) take_references(json, folder, depth, result);
  Paths& stored = paths_[config];
  stored = std::move(result);
  return &stored;
}

// What the files say that it extends; the later replaces the earlier.
void ScriptResolver::extend(const Json& json, const std::string& folder, std::size_t depth, Paths& result) {
  const Json* extends = find_member(json, "extends");
  if (extends == nullptr) return;
  for (const std::string& base : extends->is_string() ? std::vector{extends->get<std::string>()} : texts_of(*extends)) {
    std::optional<std::string> path = join_path(folder, base);
    if (!base.starts_with('.')) {
      const auto package = by_name_.find(package_name(base));
      if (package == by_name_.end()) continue;
      path = join_path(package->second.folder, base.substr(package_name(base).size()));
    }
    if (!path) continue;
    for (const char* ending : {"", ".json", "/tsconfig.json"}) {
      const Paths* parent = paths_of(*path + ending, depth + 1);
      if (parent == nullptr) continue;
      if (parent->says_something()) result = *parent;
      break;
    }
  }
}

void ScriptResolver::read_options(const Json& options, const std::string& folder, Paths& result) {
  if (const std::string base = string_member(options, "baseUrl"); !base.empty()) {
    if (auto path = join_path(folder, base)) {
      result.base_folder = *path;
      result.has_base = true;
    }
  }
  const Json* paths = find_member(options, "paths");
  if (paths == nullptr || !paths->is_object()) return;
  result.patterns.clear();
  for (const auto& [pattern, targets] : paths->items()) {
    std::vector<std::string> places;
    for (const std::string& target : texts_of(targets)) {
      auto place = join_path(result.has_base ? result.base_folder : folder, target);
      if (place) places.push_back(std::move(*place));
    }
    result.patterns.emplace_back(pattern, std::move(places));
  }
}

// Of projects beside it: "tsconfig.app.json".
void ScriptResolver::take_references(const Json& json, const std::string& folder, std::size_t depth, Paths& result) {
  const Json* references = find_member(json, "references");
  for (std::size_t i = 0; references != nullptr && references->is_array() && i < references->size(); ++i) {
    const auto path = join_path(folder, string_member((*references)[i], "path"));
    if (!path || (folder_of(*path) != folder && *path != folder)) continue;  // a project of its own
    const Paths* other = paths_of(path->ends_with(".json") ? *path : *path + "/tsconfig.json", depth + 1);
    if (other == nullptr || !other->says_something()) continue;
    result = *other;
    if (!result.patterns.empty()) return;
  }
}

std::optional<FileId> ScriptResolver::by_pattern(const Paths& paths, std::string_view specifier, bool typed) const {
  const std::vector<std::string>* places = nullptr;
  std::string_view star;
  std::size_t best = 0;
  for (const auto& [pattern, targets] : paths.patterns) {
    const auto match = star_of(pattern, specifier);
    if (!match) continue;
    const std::size_t weight = pattern.find('*') == std::string::npos ? std::string::npos : pattern.find('*') + 1;
    if (places != nullptr && weight <= best) continue;
    places = &targets;
    star = *match;
    best = weight;
  }
  for (std::size_t i = 0; places != nullptr && i < places->size(); ++i) {
    if (auto id = as_path(with_star((*places)[i], star), typed)) return id;
  }
  if (!paths.has_base) return std::nullopt;
  const auto path = join_path(paths.base_folder, specifier);
  return path ? as_path(*path, typed) : std::nullopt;
}

std::optional<FileId> ScriptResolver::by_paths(std::string_view folder, std::string_view specifier, bool typed) {
  for (const std::string_view above : ancestors(folder)) {
    const auto configs = configs_of_folder_.find(above);
    if (configs == configs_of_folder_.end()) continue;
    for (const std::string& config : configs->second) {
      const Paths* paths = paths_of(config, 0);
      if (paths == nullptr) continue;
      if (auto id = by_pattern(*paths, specifier, typed)) return id;
    }
  }
  return std::nullopt;
}

Found ScriptResolver::resolve(FileId from, const Import& import, std::vector<FileId>& to) {
  const std::string& importer = tree_.file(from).path;
  const std::string_view folder = folder_of(importer);
  const bool typed = is_typed(importer);
  std::string_view specifier = import.specifier;
  specifier.remove_prefix(specifier.rfind('!') == std::string_view::npos ? 0 : specifier.rfind('!') + 1);
  specifier = specifier.substr(0, specifier.find('?'));
  if (specifier.empty()) return Found::kOutside;
  const auto found = [&](std::optional<FileId> id) {
    if (id) to.push_back(*id);
    return id.has_value();
  };
  if (specifier == "." || specifier == ".." || specifier.starts_with("./") || specifier.starts_with("../")) {
    auto path = join_path(folder, specifier);
    if (!path) return Found::kOutside;
    if (specifier.ends_with('/') || specifier == "." || specifier == ".." || specifier.ends_with("/..")) *path += '/';
    if (*path == "/") path->clear();
    return found(as_path(*path, typed)) ? Found::kInside : Found::kNowhere;
  }
  if (specifier.starts_with('#')) {
    for (const std::string_view above : ancestors(folder)) {
      const auto package = by_folder_.find(above);
      const Json* imports = package == by_folder_.end() ? nullptr : find_member(package->second->manifest, "imports");
      if (imports != nullptr && found(by_exports(*package->second, *imports, specifier, typed))) return Found::kInside;
    }
  }
  if (found(by_paths(folder, specifier, typed)) || found(by_bundler(folder, specifier, typed))) return Found::kInside;
  const std::string_view name = package_name(specifier);
  const auto package = by_name_.find(name);
  if (package != by_name_.end()) {
    const std::string_view rest = specifier.substr(std::min(name.size() + 1, specifier.size()));
    if (found(as_package(package->second, rest, typed))) return Found::kInside;
  }
  if (found(by_alias(folder, specifier, typed))) return Found::kInside;
  return Found::kOutside;
}

}  // namespace commandcenter::architecture
