// Imports of files that are there, and the circles they make.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "code/review/across.h"

namespace commandcenter::code::review {
namespace {

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && (text[0] == '"' || text[0] == '\'' || text[0] == '`')) return text.substr(1, text.size() - 2);
  return text;
}

// TypeScript leaves an import out of which only types are used: names of types are nodes of their own in the tree.
class UsedValues {
 public:
  explicit UsedValues(const View& view) : view_(view) {}

  bool of(NodeId import) {
    if (view_.is(Grammar::kJavaScript)) return true;
    std::vector<std::string_view> names;
    for (NodeId id = import; id < view_.node(import).after; ++id)
      if (view_.kind(id) == "identifier" && view_.field(id) != "alias") names.push_back(own_name(id));
    if (names.empty()) return true;  // for what it does
    if (!looked_) look();
    return decorated_ || std::ranges::any_of(names, [&](std::string_view name) { return values_.contains(name); });
  }

 private:
  std::string_view own_name(NodeId id) const {
    const NodeId alias = view_.child(view_.parent(id), "alias");
    return view_.text(alias == kNoNode ? id : alias);
  }

  void look() {
    looked_ = true;
    for (NodeId id = 0; id < view_.size(); ++id) {
      const std::string_view kind = view_.kind(id);
      if (kind == "import_statement") {
        id = view_.node(id).after - 1;
        continue;
      }
      decorated_ = decorated_ || kind == "decorator";  // the types of its parameters may be there when it runs
      if (kind == "identifier" || kind == "shorthand_property_identifier") values_.insert(view_.text(id));
    }
  }

  const View& view_;
  bool looked_ = false;
  bool decorated_ = false;
  std::unordered_set<std::string_view> values_;
};

void script_import(const View& view, NodeId id, UsedValues& used, std::vector<Import>& imports) {
  const std::string_view kind = view.kind(id);
  NodeId source = kNoNode;
  if (kind == "import_statement" || kind == "export_statement") {
    source = view.child(id, "source");
    const std::string_view head = view.text(id).substr(0, 12);
    if (head.starts_with("import type ") || head.starts_with("export type ")) return;  // gone when it runs
  } else if (view.role(id) == Role::kCall && view.callee(id) == "require") {
    const auto arguments = view.arguments(id);
    if (arguments.size() != 1 || view.function_around(id) != kNoNode) return;  // later, when all are there
    source = arguments[0];
  }
  if (source == kNoNode) return;
  const std::string_view target = unquoted(view.text(source));
  if (!target.starts_with("./") && !target.starts_with("../") && target != "." && target != "..") return;
  if (kind == "import_statement" && !used.of(id)) return;
  imports.push_back({std::string(target), view.line(id)});
}

// "if TYPE_CHECKING:", "if __name__ == …:": not when it is imported.
bool is_not_run(const View& view, NodeId id) {
  for (NodeId at = view.parent(id); at != kNoNode; at = view.parent(at)) {
    if (view.role(at) != Role::kIf) continue;
    const NodeId condition = view.child(at, "condition");
    const std::string_view text = condition == kNoNode ? std::string_view() : view.text(condition);
    if (text.ends_with("TYPE_CHECKING") || text.starts_with("__name__ ==")) return true;
  }
  return false;
}

void python_import(const View& view, NodeId id, std::vector<Import>& imports) {
  const std::string_view kind = view.kind(id);
  if (!kind.starts_with('i') || (kind != "import_from_statement" && kind != "import_statement")) return;
  if (view.parent(id) != 0 && (view.function_around(id) != kNoNode || is_not_run(view, id))) return;
  const NodeId module = view.child(id, "module_name");
  const auto name_of = [&](NodeId at) {
    const NodeId name = view.child(at, "name");
    return view.text(name == kNoNode ? at : name);
  };
  // "pkg.part|a,b": each name may be a module of its own; when there is none, what it is taken from counts.
  std::string target(module == kNoNode ? std::string_view() : view.text(module));
  if (module != kNoNode) target += '|';
  for (NodeId at = view.tree().first_child(id); at != kNoNode; at = view.tree().next_sibling(at)) {
    if (view.field(at) != "name") continue;
    if (module == kNoNode) {
      imports.push_back({std::string(name_of(at)), view.line(id)});
      continue;
    }
    if (!target.ends_with('|')) target += ',';
    target += name_of(at);
  }
  if (module != kNoNode) imports.push_back({std::move(target), view.line(id)});
}

// "a/b" and "../c" make "a/c"; nothing when it leads out.
std::optional<std::string> joined(std::string_view folder, std::string_view target) {
  std::vector<std::string_view> parts;
  const auto add = [&](std::string_view path) {
    while (!path.empty()) {
      const std::string_view part = path.substr(0, path.find('/'));
      path.remove_prefix(std::min(part.size() + 1, path.size()));
      if (part.empty() || part == ".") continue;
      if (part != "..") {
        parts.push_back(part);
      } else if (parts.empty()) {
        return false;
      } else {
        parts.pop_back();
      }
    }
    return true;
  };
  if (!add(folder) || !add(target)) return std::nullopt;
  std::string path;
  for (const std::string_view part : parts)
    path += (path.empty() ? "" : "/") + std::string(part);
  return path;
}

class Graph {
 public:
  Graph(const std::vector<std::string>& paths, const std::vector<std::vector<Import>>& imports)
      : paths_(paths), edges_(paths.size()) {
    for (std::size_t i = 0; i < paths.size(); ++i)
      known_.emplace(paths[i], i);
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const std::string_view path = paths[i];
      const auto add = [&](std::size_t target, std::size_t line) {
        if (target != i) edges_[i].emplace(target, line);
      };
      if (imports[i].empty()) continue;
      const std::string_view folder = path.substr(0, path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/'));
      const std::string_view root = path.ends_with(".py") ? root_of(folder) : std::string_view();
      for (const Import& import : imports[i]) {
        if (path.ends_with(".py"))
          resolve_python(folder, root, import.target, [&](std::size_t target) { add(target, import.line); });
        else if (const auto target = resolve(folder, import.target))
          add(*target, import.line);
      }
    }
  }

  // The shortest circle through each file that closes one with files behind it in the list only, so each is told once.
  std::vector<Cycle> run() const {
    std::vector<Cycle> cycles;
    for (std::size_t start = 0; start < paths_.size() && cycles.size() < kMaxCycles; ++start) {
      if (auto circle = shortest(start)) {
        std::vector<std::size_t> lines;
        for (std::size_t i = 0; i < circle->size(); ++i)
          lines.push_back(edges_[(*circle)[i]].at((*circle)[(i + 1) % circle->size()]));
        cycles.push_back({std::move(*circle), std::move(lines)});
      }
    }
    return cycles;
  }

 private:
  std::optional<std::size_t> find(const std::string& path) const {
    const auto found = known_.find(path);
    return found == known_.end() ? std::nullopt : std::optional(found->second);
  }

  std::optional<std::size_t> resolve(std::string_view folder, std::string_view target) const {
    const auto path = joined(folder, target);
    if (!path) return std::nullopt;
    if (auto found = find(*path)) return found;
    constexpr auto kEndings =
        std::to_array<std::string_view>({".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".vue", "/index.ts",
                                         "/index.tsx", "/index.js", "/index.jsx", "/index.mjs"});
    for (const std::string_view ending : kEndings)
      if (auto found = find(*path + std::string(ending))) return found;
    if (path->ends_with(".js")) {  // TypeScript names what its files become
      for (const std::string_view ending : {".ts", ".tsx"})
        if (auto found = find(path->substr(0, path->size() - 3) + std::string(ending))) return found;
    }
    return std::nullopt;
  }

  // Calls see(file) for what "pkg.part|a,b", ".part|a", "..|a" or "pkg.part" loads.
  template <typename See>
  void resolve_python(std::string_view folder, std::string_view root, std::string_view target, const See& see) const {
    const std::size_t bar = std::min(target.find('|'), target.size());
    const std::string_view module = target.substr(0, bar);
    std::string_view names = target.substr(std::min(bar + 1, target.size()));
    const std::size_t points = std::min(module.find_first_not_of('.'), module.size());
    std::string path;
    for (std::size_t i = 1; i < points; ++i)
      path += "../";
    for (const char c : module.substr(points))
      path += c == '.' ? '/' : c;
    std::optional<std::string> base = joined(points > 0 ? folder : root, path);
    if (!base) return;
    if (points < module.size()) {
      if (const auto file = find(*base + ".py")) return see(*file);
    }
    const std::string inside = base->empty() ? "" : *base + "/";
    const auto package = find(inside + "__init__.py");
    bool all_modules = !names.empty();
    for (; !names.empty(); names.remove_prefix(std::min(names.find(',') + 1, names.size()))) {
      const std::string_view name = names.substr(0, names.find(','));
      std::string module_path = inside;
      module_path += name;
      auto file = find(module_path + ".py");
      if (!file) file = find(module_path + "/__init__.py");
      if (file) see(*file);
      all_modules = all_modules && file.has_value();
      if (names.find(',') == std::string_view::npos) break;
    }
    if (package && !all_modules) see(*package);
  }

  // What is no package itself may be where modules are looked for: the nearest one around.
  std::string_view root_of(std::string_view folder) const {
    while (!folder.empty() && known_.contains(std::string(folder) + "/__init__.py"))
      folder = folder.find('/') == std::string_view::npos ? std::string_view() : folder.substr(0, folder.rfind('/'));
    return folder;
  }

  std::optional<std::vector<std::size_t>> shortest(std::size_t start) const {
    std::unordered_map<std::size_t, std::size_t> from;
    std::vector<std::size_t> queue{start};
    for (std::size_t head = 0; head < queue.size() && queue.size() < kMaxReached; ++head) {
      for (const auto& [next, line] : edges_[queue[head]]) {
        if (next == start) {
          std::vector<std::size_t> circle{queue[head]};
          while (circle.back() != start)
            circle.push_back(from.at(circle.back()));
          std::ranges::reverse(circle);
          return circle;
        }
        if (next < start || !from.emplace(next, queue[head]).second) continue;
        queue.push_back(next);
      }
    }
    return std::nullopt;
  }

  static constexpr std::size_t kMaxReached = 5'000;
  const std::vector<std::string>& paths_;
  std::vector<std::map<std::size_t, std::size_t>> edges_;  // to whom, by which line
  std::unordered_map<std::string, std::size_t> known_;
};

}  // namespace

std::vector<Import> imports_of(const View& view) {
  std::vector<Import> imports;
  const bool python = view.is(Grammar::kPython);
  if (!python && !view.is_script()) return imports;
  UsedValues used(view);
  for (NodeId id = 0; id < view.size(); ++id) {
    if (!view.node(id).named) continue;
    if (python)
      python_import(view, id, imports);
    else
      script_import(view, id, used, imports);
  }
  return imports;
}

std::vector<Cycle> cycles_of(const std::vector<std::string>& paths, const std::vector<std::vector<Import>>& imports) {
  return Graph(paths, imports).run();
}

}  // namespace commandcenter::code::review
