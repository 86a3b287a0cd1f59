// C# and PHP: names of types to the files that declare them.
#include <algorithm>

#include "code/graph/resolvers.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxPartial = 16;  // files of one partial class that an edge is made to

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

}  // namespace

CSharpResolver::CSharpResolver(const Tree& tree) : tree_(tree) {
  for (FileId id = 0; id < tree.size(); ++id) {
    const SourceFile& file = tree.file(id);
    if (file.path.ends_with(".csproj")) projects_.emplace_back(folder_of(file.path));
    if (file.facts.tongue != Tongue::kCSharp) continue;
    for (const std::string& name : file.facts.declares) {
      std::vector<FileId>& ids = types_[name];
      if (ids.size() < kMaxPartial && (ids.empty() || ids.back() != id)) ids.push_back(id);
      const std::size_t dot = name.rfind('.');
      if (dot != std::string::npos) namespaces_.emplace(name.substr(0, dot));
    }
  }
  for (FileId id = 0; id < tree.size(); ++id) {
    if (tree.file(id).facts.tongue != Tongue::kCSharp) continue;
    for (const Import& import : tree.file(id).facts.imports) {
      if (!import.system) continue;
      for (const std::string_view above : ancestors(folder_of(tree.file(id).path))) {
        if (!above.empty() && std::ranges::find(projects_, above) == projects_.end()) continue;
        global_usings_[std::string(above)].emplace_back(id, &import);
        break;
      }
    }
  }
}

bool CSharpResolver::targets(FileId from, const Import& import, std::vector<FileId>& to) const {
  const auto take = [&](const std::vector<FileId>& ids) {
    for (const FileId id : ids) {
      if (id != from) to.push_back(id);
    }
  };
  if (import.wildcard) {
    if (!namespaces_.contains(import.specifier)) return false;
    for (const std::string& used : tree_.file(from).facts.uses) {
      const auto found = types_.find(import.specifier + "." + used);
      if (found != types_.end()) take(found->second);
    }
    return true;
  }
  std::string_view name = import.specifier;
  for (int i = 0; i < 3 && !name.empty(); ++i) {  // a member is in its type
    const auto found = types_.find(name);
    if (found != types_.end()) {
      take(found->second);
      return true;
    }
    name = name.substr(0, name.rfind('.') == std::string_view::npos ? 0 : name.rfind('.'));
  }
  return namespaces_.contains(import.specifier);
}

void CSharpResolver::resolve_file(FileId from, std::vector<Edge>& edges, std::vector<OuterImport>& outer) const {
  std::vector<FileId> to;
  const auto add = [&](const Import& import, std::uint32_t line) {
    to.clear();
    if (!targets(from, import, to)) outer.push_back({from, line, import.specifier});
    for (const FileId id : to)
      edges.push_back({from, id, line, ImportKind::kImport});
  };
  for (const Import& import : tree_.file(from).facts.imports)
    add(import, import.line);
  for (const std::string_view above : ancestors(folder_of(tree_.file(from).path))) {
    const auto global = global_usings_.find(above);
    if (global == global_usings_.end()) continue;
    for (const auto& [id, import] : global->second) {
      if (id == from) continue;
      to.clear();
      targets(from, *import, to);
      for (const FileId target : to)
        edges.push_back({from, target, 1, ImportKind::kImport});
    }
    break;
  }
}

PhpResolver::PhpResolver(const Tree& tree) : tree_(tree) {
  for (FileId id = 0; id < tree.size(); ++id) {
    const FileFacts& facts = tree.file(id).facts;
    if (facts.tongue != Tongue::kPhp) continue;
    for (const std::string& name : facts.declares)
      declared_[lower_case(name)].push_back(id);
  }
  for (const FileId id : tree.named("composer.json")) {
    const SourceFile& file = tree.file(id);
    const Json manifest = parse_loose_json(file.text);
    for (const char* section : {"autoload", "autoload-dev"}) {
      const Json* autoload = find_member(manifest, section);
      const Json* psr4 = autoload == nullptr ? nullptr : find_member(*autoload, "psr-4");
      if (psr4 == nullptr || !psr4->is_object()) continue;
      for (const auto& [prefix, folders] : psr4->items()) {
        const Json list = folders.is_array() ? folders : Json::array({folders});
        for (const Json& folder : list) {
          if (!folder.is_string()) continue;
          if (auto place = join_path(folder_of(file.path), folder.get<std::string>()))
            prefixes_.emplace_back(prefix, std::move(*place));
        }
      }
    }
  }
  std::ranges::stable_sort(prefixes_, std::ranges::greater{}, [](const auto& entry) { return entry.first.size(); });
}

Found PhpResolver::resolve(FileId from, const Import& import, std::vector<FileId>& to) const {
  const std::string& importer = tree_.file(from).path;
  if (import.kind == ImportKind::kRequire) {
    for (const std::string_view place : {folder_of(importer), std::string_view()}) {
      const auto path = join_path(place, import.specifier);
      const auto id = path ? tree_.find(*path) : std::nullopt;
      if (!id) continue;
      to.push_back(*id);
      return Found::kInside;
    }
    return import.relative ? Found::kNowhere : Found::kOutside;
  }
  for (const auto& [prefix, folder] : prefixes_) {
    if (!import.specifier.starts_with(prefix)) continue;
    std::string rest = import.specifier.substr(prefix.size());
    std::ranges::replace(rest, '\\', '/');
    const auto path = join_path(folder, rest + ".php");
    const auto id = path ? tree_.find(*path) : std::nullopt;
    if (!id) continue;
    to.push_back(*id);
    return Found::kInside;
  }
  const auto found = declared_.find(lower_case(import.specifier));
  if (found == declared_.end()) return Found::kOutside;
  to.push_back(tree_.nearest(found->second, importer));
  return Found::kInside;
}

}  // namespace commandcenter::architecture
