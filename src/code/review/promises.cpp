// Promises that nobody takes: calls of what is known to give one, as statements.
#include <algorithm>
#include <array>
#include <unordered_set>

#include <fmt/format.h>

#include "code/review/judge.h"

namespace commandcenter::code::review {
namespace {

using enum Role;
using Set = std::unordered_set<std::string_view>;

// A function that awaits, and only within what catches all errors: its promise is always kept.
bool keeps_promise(const View& view, NodeId function) {
  bool waits = false;
  const NodeId end = view.node(function).after;
  for (NodeId id = function + 1; id < end;) {
    if (view.is_function(id)) {
      id = view.node(id).after;
      continue;
    }
    if (view.role(id) == kAwait) {
      waits = true;
      bool caught = false;
      for (NodeId child = id, at = view.parent(id); at != function && !caught; child = at, at = view.parent(at))
        caught = view.role(at) == kTry && view.field(child) == "body" && view.child(at, "handler") != kNoNode;
      if (!caught) return false;
    }
    ++id;
  }
  return waits;
}

// The names by which the file's own async functions are called, when no other function or variable has them.
class AsyncNames {
 public:
  explicit AsyncNames(const View& view, const Leaves& leaves) : view_(view) {
    const bool typed = view.is_script() && view.source().text().find("Promise<") != std::string_view::npos;
    if (!typed && view.source().text().find("async") == std::string_view::npos) return;
    for (const NodeId id : leaves.with_role)
      if (view.is_function(id)) add(id);
    std::erase_if(functions_, [&](std::string_view name) { return other_functions_.contains(name); });
    std::erase_if(methods_, [&](std::string_view name) { return other_methods_.contains(name); });
    if (functions_.empty() || !view.is_script()) return;
    std::uint64_t marks = 0;  // of the hashes of the names: most leaves are told apart by them
    for (const std::string_view name : functions_)
      marks |= std::uint64_t{1} << (static_cast<std::uint32_t>(text_hash(name)) % 64);
    for (const Leaf& leaf : leaves.all)
      if ((marks >> (leaf.hash % 64) & 1) != 0 && view.node(leaf.id).named && functions_.contains(view.text(leaf.id)) &&
          is_other(leaf.id))
        functions_.erase(view.text(leaf.id));
  }

  bool holds(std::string_view callee) const {
    if (functions_.empty() && methods_.empty()) return false;
    if (view_.is(Grammar::kCSharp)) {
      if (callee.starts_with("this.")) callee.remove_prefix(5);
      return methods_.contains(callee);
    }
    if (functions_.contains(callee)) return true;
    const std::size_t point = callee.find('.');
    if (point == std::string_view::npos || callee.find('.', point + 1) != std::string_view::npos) return false;
    const std::string_view owner = callee.substr(0, point);
    const bool own = view_.is(Grammar::kPython)
                         ? owner == "self" || owner == "cls"
                         : owner == "this" || owner == "self" || owner == "that" || owner == "_this";
    return own && methods_.contains(callee.substr(point + 1));
  }

 private:
  void add(NodeId function) {
    const auto [name, method] = name_of(function);
    if (name.empty()) return;
    (promises(function) ? (method ? methods_ : functions_) : (method ? other_methods_ : other_functions_)).insert(name);
  }

  bool promises(NodeId function) const {
    if (view_.is(Grammar::kPython)) return view_.is_async(function);
    NodeId type = view_.child(function, "returns");
    if (type == kNoNode) type = view_.child(function, "return_type");
    const std::string_view text = type == kNoNode ? std::string_view() : view_.text(type);
    if (view_.is_async(function))
      return text != "void" && !(view_.is_script() && keeps_promise(view_, function)) && !is_generator(function);
    return view_.is_script() && text.substr(0, 12).find("Promise<") != std::string_view::npos;
  }

  bool is_generator(NodeId function) const { return view_.kind(function).starts_with("generator"); }

  // And whether it is called on an object.
  std::pair<std::string_view, bool> name_of(NodeId function) const {
    const NodeId name = view_.child(function, "name");
    const NodeId above = view_.parent(function);
    if (view_.is(Grammar::kCSharp)) return {name == kNoNode ? std::string_view() : view_.text(name), true};
    if (view_.is(Grammar::kPython)) {
      NodeId block = above;
      while (block != kNoNode && view_.role(block) == kNone)
        block = view_.parent(block);
      const NodeId owner = block == kNoNode ? kNoNode : view_.parent(block);
      return {name == kNoNode ? std::string_view() : view_.text(name), owner != kNoNode && view_.role(owner) == kClass};
    }
    if (view_.kind(function) == "method_definition") return {view_.text(name), true};
    if (above != kNoNode && view_.field(function) != "arguments") {
      const std::string_view kind = view_.kind(above);
      if (kind == "variable_declarator") return {view_.text(view_.child(above, "name")), false};
      if (kind == "pair") return {view_.text(view_.child(above, "key")), true};
      if (kind == "field_definition") return {view_.text(view_.child(above, "property")), true};
      if (kind == "public_field_definition") return {view_.text(view_.child(above, "name")), true};
      if (kind == "assignment_expression") {
        const NodeId left = view_.child(above, "left");
        const NodeId property = view_.child(left, "property");
        return property == kNoNode ? std::pair(view_.text(left), false) : std::pair(view_.text(property), true);
      }
    }
    return {name == kNoNode ? std::string_view() : view_.text(name), false};
  }

  // A parameter, an import, a variable that is given something else.
  bool is_other(NodeId id) const {
    const NodeId above = view_.parent(id);
    if (above == kNoNode) return false;
    const std::string_view kind = view_.kind(above);
    const std::string_view field = view_.field(id);
    if (kind == "variable_declarator" && field == "name") {
      const NodeId value = view_.child(above, "value");
      return value == kNoNode || !view_.is_function(value);
    }
    if (kind == "assignment_expression" && field == "left") return !view_.is_function(view_.child(above, "right"));
    return kind == "formal_parameters" || field == "pattern" || (field == "parameter" && view_.is_function(above)) ||
           kind.starts_with("import_") || kind.ends_with("_pattern") ||
           view_.kind(id) == "shorthand_property_identifier_pattern";
  }

  const View& view_;
  Set functions_;
  Set methods_;
  Set other_functions_;
  Set other_methods_;
};

// "xs.forEach(async (x) => …)": each waits, and nobody for them.
bool forgets_callbacks(const View& view, NodeId call) {
  if (!view.is_script()) return false;
  const std::string_view callee = view.text(view.callee_node(call));
  if (!callee.ends_with(".forEach") && !callee.ends_with(".map")) return false;
  const auto arguments = view.arguments(call);
  return !arguments.empty() && view.is_function(arguments[0]) && view.is_async(arguments[0]) &&
         !keeps_promise(view, arguments[0]);
}

// "save().then(f).finally(g)": the call that it begins with, since nothing in it takes a failure. Other calls:
// themselves.
NodeId beginning_of_chain(const View& view, NodeId call) {
  while (view.is_script()) {
    const NodeId callee = view.callee_node(call);
    if (callee == kNoNode) break;
    const NodeId object = view.child(callee, "object");
    const NodeId name = view.child(callee, "property");
    if (object == kNoNode || name == kNoNode || (view.role(object) != kCall && view.role(object) != kNew)) break;
    const bool goes_on = view.text(name) == "finally" || (view.text(name) == "then" && view.arguments(call).size() < 2);
    if (!goes_on) break;
    call = object;
  }
  return call;
}

// Functions of the language and its best known libraries.
bool promises_always(const View& view, std::string_view callee) {
  const auto among = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, callee) != names.end();
  };
  if (view.is(Grammar::kPython))
    return among({"asyncio.sleep", "asyncio.gather", "asyncio.wait", "asyncio.wait_for", "asyncio.to_thread"});
  if (!view.is_script()) return false;
  if (among({"fetch", "window.fetch", "Promise.all", "Promise.allSettled", "Promise.any", "Promise.race", "axios",
             "axios.get", "axios.post", "axios.put", "axios.delete", "axios.patch"}))
    return true;
  return callee.starts_with("fs.promises.") || callee.starts_with("fsPromises.") || callee.starts_with("fsp.") ||
         callee.find("prisma.") != std::string_view::npos;
}

// The last argument takes the result.
bool takes_callback(const View& view, NodeId call) {
  const auto arguments = view.arguments(call);
  return !arguments.empty() && view.is_function(arguments.back());
}

// A comment above or beside says that nobody is to wait.
bool is_meant(const View& view, NodeId statement) {
  const std::size_t line = view.line(statement);
  for (const std::size_t number : {line, line - 1}) {
    if (number == 0) continue;
    const std::string_view text = view.source().line_text(number);
    const std::size_t mark = text.find(view.is(Grammar::kPython) ? "#" : "//");
    if (mark == std::string_view::npos) continue;
    const std::string_view comment = text.substr(mark);
    for (const std::string_view word : {"wait", "background", "forget", "floating", "intentional", "non-blocking"})
      if (comment.find(word) != std::string_view::npos) return true;
  }
  return false;
}

void judge_statement(Judge& judge, const AsyncNames& known, NodeId statement) {
  const View& view = judge.view();
  const NodeId call = view.tree().named_child(statement, 0);
  if (call == kNoNode || view.role(call) != kCall) return;
  if (forgets_callbacks(view, call)) {
    judge.add(Rule::kFloatingPromise, statement,
              fmt::format("Promises that nobody waits for: of the callback of {}()", called_name(view, call)));
    return;
  }
  const NodeId first = beginning_of_chain(view, call);
  const std::string_view callee = view.callee(first);
  if (callee.empty() || (!known.holds(callee) && !promises_always(view, callee))) return;
  const NodeId function = view.function_around(statement);
  if (view.is(Grammar::kCSharp) && (function == kNoNode || !view.is_async(function))) return;  // cannot wait
  if ((view.is_script() && first == call && takes_callback(view, call)) || is_meant(view, statement)) return;
  Spot& spot = judge.add(
      Rule::kFloatingPromise, statement,
      fmt::format("{} that nobody waits for: {}()", view.is(Grammar::kPython) ? "Coroutine" : "Promise", callee));
  if (view.is(Grammar::kPython)) spot.suggestion = "Await it, or make a task of it and keep that: it never runs.";
  if (view.is(Grammar::kCSharp)) spot.suggestion = "Await it, or assign it to _ when nobody is to wait.";
  if (!view.is_script()) return;
  // At the end of a program its failure ends the program, and is seen.
  if (function == kNoNode || view.source().traits().test) spot.severity = Severity::kLow;
}

// "if (isAllowed(user))": a promise is always true.
void judge_condition(Judge& judge, const AsyncNames& known, NodeId id) {
  const View& view = judge.view();
  NodeId condition = view.child(id, "condition");
  while (condition != kNoNode && (view.role(condition) == kParenthesized || view.kind(condition) == "unary_expression"))
    condition = view.tree().named_child(condition, 0);
  if (condition == kNoNode || view.role(condition) != kCall || !known.holds(view.callee(condition))) return;
  Spot& spot = judge.add(Rule::kFloatingPromise, condition,
                         fmt::format("Promise as a condition, which is always true: {}()", view.callee(condition)));
  spot.suggestion = "Await it.";
}

}  // namespace

void judge_promises(Judge& judge) {
  const View& view = judge.view();
  if (!view.is_script() && !view.is(Grammar::kPython) && !view.is(Grammar::kCSharp)) return;
  const AsyncNames known(view, judge.leaves());
  for (const NodeId id : judge.leaves().with_role) {
    const Role role = view.role(id);
    if (role == kStatement) judge_statement(judge, known, id);
    if (role == kIf && view.is_script()) judge_condition(judge, known, id);
  }
}

}  // namespace commandcenter::code::review
