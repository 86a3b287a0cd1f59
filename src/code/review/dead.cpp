// Functions that nobody can call: private to the file, and named nowhere else in it.
#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "code/review/across.h"
#include "code/review/judge.h"

namespace commandcenter::code::review {
namespace {

struct Candidate {
  NodeId function = kNoNode;
  NodeId name = kNoNode;
  Confidence confidence = Confidence::kHigh;
  std::size_t uses = 0;
};

bool has_word(const View& view, NodeId function, std::string_view word) {
  for (NodeId at = view.tree().first_child(function); at != kNoNode; at = view.tree().next_sibling(at)) {
    if (at == view.child(function, "body")) return false;
    const std::string_view text = view.text(at);
    if (text == word) return true;
    if (view.kind(at) == "modifiers" && text.find(word) != std::string_view::npos) return true;
  }
  return false;
}

// Decorators, annotations and attributes: frameworks find such functions by other means.
bool is_marked(const View& view, NodeId function) {
  const std::string_view above =
      view.parent(function) == kNoNode ? std::string_view{} : view.kind(view.parent(function));
  if (above == "decorated_definition") return true;
  NodeId before = kNoNode;
  const NodeId parent = view.parent(function);
  for (NodeId at = view.tree().first_child(parent); at != kNoNode && at != function; at = view.tree().next_sibling(at))
    if (view.node(at).named) before = at;
  if (before != kNoNode && (view.kind(before) == "attribute_item" || view.kind(before) == "decorator")) return true;
  const NodeId body = view.child(function, "body");
  const std::size_t begin = view.node(function).begin;
  const std::size_t end = body == kNoNode ? view.node(function).end : view.node(body).begin;
  const std::string_view head = view.source().text().substr(begin, end - begin);
  return head.find('@') != std::string_view::npos || head.starts_with('[') ||
         head.find("__attribute__") != std::string_view::npos || head.find("[[") != std::string_view::npos;
}

// A file whose functions others cannot see unless it says so.
bool is_module(const View& view) {
  for (NodeId at = view.tree().first_child(0); at != kNoNode; at = view.tree().next_sibling(at))
    if (view.kind(at) == "import_statement" || view.kind(at) == "export_statement") return true;
  return view.source().text().find("module.exports") != std::string_view::npos ||
         view.source().text().find("\nexports.") != std::string_view::npos;
}

// "const f = () => …": the declaration, when it declares nothing else.
NodeId declaration_of(const View& view, NodeId function) {
  const NodeId declarator = view.parent(function);
  if (declarator == kNoNode || view.kind(declarator) != "variable_declarator") return kNoNode;
  const NodeId name = view.child(declarator, "name");
  return name != kNoNode && view.kind(name) == "identifier" ? view.parent(declarator) : kNoNode;
}

NodeId name_of(const View& view, NodeId function) {
  if (view.is_script() && declaration_of(view, function) != kNoNode) return view.child(view.parent(function), "name");
  NodeId name = view.child(function, "name");
  for (NodeId at = view.child(function, "declarator"); name == kNoNode && at != kNoNode;
       at = view.child(at, "declarator")) {
    if (view.kind(at) == "identifier") name = at;
  }
  return name;
}

bool is_script_private(const View& view, NodeId id, std::string_view name, bool module) {
  const std::string_view kind = view.kind(id);
  if (kind == "method_definition")
    return (name.starts_with('#') || has_word(view, id, "private")) && name != "constructor" &&
           !has_word(view, id, "get") && !has_word(view, id, "set");
  const bool function = kind == "function_declaration" || kind == "generator_function_declaration";
  const NodeId statement = function ? id : declaration_of(view, id);
  if (statement == kNoNode) return false;
  const NodeId above = view.parent(statement);
  return above == 0 ? module
                    : above != kNoNode && view.role(above) == Role::kBlock && view.function_around(id) != kNoNode;
}

bool is_python_private(const View& view, NodeId id, std::string_view name) {
  const NodeId above = view.parent(id);
  const NodeId owner = above == kNoNode ? kNoNode : view.parent(above);
  if (name.ends_with("__") || name == "_") return false;
  if (above == 0) return name.starts_with('_') && !view.source().path().ends_with("__init__.py");
  if (owner == kNoNode || view.role(above) != Role::kBlock) return false;
  return view.role(owner) == Role::kClass ? name.starts_with("__") : view.is_function(owner);
}

// A trait's functions belong to the classes that use it, private or not, and it may call theirs.
bool shares_with_trait(const View& view, NodeId method) {
  const NodeId list = view.parent(method);
  if (list == kNoNode || view.parent(list) == kNoNode) return false;
  if (view.kind(view.parent(list)) == "trait_declaration") return true;
  for (NodeId at = view.tree().first_child(list); at != kNoNode; at = view.tree().next_sibling(at))
    if (view.kind(at) == "use_declaration") return true;
  return false;
}

bool is_private(const View& view, NodeId id, std::string_view name, bool module) {
  if (view.is_script()) return is_script_private(view, id, name, module);
  switch (view.tree().grammar()) {
    case Grammar::kPython:
      return is_python_private(view, id, name);
    case Grammar::kJava: {
      constexpr auto kByReflection = std::to_array<std::string_view>(
          {"readObject", "writeObject", "readResolve", "writeReplace", "readObjectNoData"});
      return view.kind(id) == "method_declaration" && has_word(view, id, "private") &&
             std::ranges::find(kByReflection, name) == kByReflection.end();
    }
    case Grammar::kCSharp:
      return view.kind(id) == "method_declaration" && has_word(view, id, "private") &&
             view.source().text().find("partial ") == std::string_view::npos;
    case Grammar::kPhp:
      return view.kind(id) == "method_declaration" && has_word(view, id, "private") && !name.starts_with("__") &&
             !shares_with_trait(view, id);
    case Grammar::kC:
    case Grammar::kCpp:
      return view.parent(id) == 0 && has_word(view, id, "static") && !has_word(view, id, "inline") &&
             !view.source().path().ends_with(".h");
    default:
      return false;
  }
}

// C: a file of nothing but static functions is no unit of its own; another one includes it.
bool is_included(const View& view) {
  if (!view.is(Grammar::kC) && !view.is(Grammar::kCpp)) return false;
  for (NodeId at = view.tree().first_child(0); at != kNoNode; at = view.tree().next_sibling(at)) {
    const bool defines = view.role(at) == Role::kFunction ||
                         (view.kind(at) == "declaration" && view.child(at, "declarator") != kNoNode &&
                          view.kind(view.child(at, "declarator")) == "init_declarator");
    const bool groups = view.kind(at) == "namespace_definition" || view.kind(at) == "linkage_specification" ||
                        view.role(at) == Role::kClass || view.kind(at).starts_with("preproc_if");
    if (groups || (defines && !has_word(view, at, "static"))) return false;
  }
  return true;
}

std::vector<Candidate> candidates(const View& view, const Leaves& leaves) {
  std::vector<Candidate> found;
  if (is_included(view)) return found;
  const bool module = view.is_script() && is_module(view);
  for (const NodeId id : leaves.with_role) {
    if (id == 0 || (view.role(id) != Role::kFunction && (!view.is_script() || !view.is_function(id)))) continue;
    const NodeId name = name_of(view, id);
    if (name == kNoNode || !is_private(view, id, view.text(name), module) || is_marked(view, id)) continue;
    const bool likely = view.is(Grammar::kPython) && view.parent(id) == 0;  // another file may import it all the same
    found.push_back({id, name, likely ? Confidence::kMedium : Confidence::kHigh});
  }
  return found;
}

bool is_inside(const View& view, NodeId id, NodeId function) {
  return id >= function && id < view.node(function).after;
}

}  // namespace

std::vector<std::uint32_t> private_names_of(const View& view, const Leaves& leaves) {
  std::vector<std::uint32_t> names;
  if (!view.is(Grammar::kPython)) return names;
  std::string_view before;
  for (const Leaf& leaf : leaves.all) {
    const std::string_view text = view.text(leaf.id);
    if (text.starts_with('_') && (before == "." || before == "import" || before == "," || before == "("))
      names.push_back(leaf.hash);
    before = text;
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void judge_unused(Judge& judge) {
  const View& view = judge.view();
  std::vector<Candidate> found = candidates(view, judge.leaves());
  if (found.empty() || view.tree().has_errors()) return;
  std::unordered_map<std::string_view, std::vector<Candidate*>> by_name;
  for (Candidate& candidate : found)
    by_name[view.text(candidate.name)].push_back(&candidate);
  std::uint64_t marks = 0;  // of the hashes of the names: most leaves are told apart by them
  for (const auto& [name, named] : by_name)
    marks |= std::uint64_t{1} << (static_cast<std::uint32_t>(text_hash(name)) % 64);
  for (const Leaf& leaf : judge.leaves().all) {
    const NodeId id = leaf.id;
    if (!view.node(id).named) continue;
    const bool likely = (marks >> (leaf.hash % 64) & 1) != 0;
    if (!likely && view.kind(id) == "identifier") continue;
    const std::string_view text = view.text(id);
    const auto use = [&](const std::vector<Candidate*>& named) {
      for (Candidate* candidate : named)
        candidate->uses += id == candidate->name || is_inside(view, id, candidate->function) ? 0U : 1U;
    };
    if (const auto known = likely ? by_name.find(text) : by_name.end(); known != by_name.end()) {
      use(known->second);
    } else if (text.size() > 2 && view.kind(id).find("identifier") == std::string_view::npos) {
      for (const auto& [name, named] : by_name)  // by its name in a text, a directive, a macro
        if (text.find(name) != std::string_view::npos) use(named);
    }
  }
  for (const Candidate& candidate : found) {
    if (candidate.uses > 0) continue;
    judge
        .add(Rule::kUnusedFunction, candidate.function,
             fmt::format("Function that nothing calls: {}", view.text(candidate.name)))
        .confidence = candidate.confidence;
  }
}

}  // namespace commandcenter::code::review
