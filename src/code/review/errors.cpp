// Errors that get lost, code that is never reached, and eval.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "code/review/judge.h"

namespace commandcenter::code::review {
namespace {

using enum Role;

// Nothing in it, not even a word about why.
bool is_empty_body(const View& view, NodeId handler) {
  NodeId body = view.child(handler, "body");
  if (body == kNoNode) {
    for (NodeId at = view.tree().first_child(handler); at != kNoNode; at = view.tree().next_sibling(at))
      if (view.role(at) == kBlock) body = at;
  }
  if (body == kNoNode) return false;
  for (NodeId at = body + 1; at < view.node(body).after; ++at) {
    if (!view.node(at).named) continue;
    if (view.kind(at) != "pass_statement") return false;
  }
  const std::string_view text = view.text(handler);  // Python's comments may stand beside the block
  return !view.is(Grammar::kPython) || text.find('#') == std::string_view::npos;
}

// "catch (IOException expected)": the name tells that nothing is to be done.
bool is_named_meant(const View& view, NodeId handler) {
  std::string_view head = view.text(handler);
  head = head.substr(0, head.find('{'));
  const std::size_t close = head.rfind(')');
  if (close == std::string_view::npos) return false;
  head = head.substr(0, close);
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  std::size_t begin = head.size();
  while (begin > 0 && is_letter(head[begin - 1]))
    --begin;
  const std::string_view name = head.substr(begin);
  return name.starts_with("expect") || name.starts_with("ignor") || name.starts_with("tolerat") || name == "ok" ||
         name == "success";
}

// Python: "except KeyError: pass" asks for forgiveness, which is how it is done there.
bool is_narrow(const View& view, NodeId handler) {
  if (!view.is(Grammar::kPython)) return false;
  const NodeId what = view.tree().named_child(handler, 0);
  if (what == kNoNode || view.role(what) == kBlock) return false;
  bool broad = false;
  for (NodeId at = what; at < view.node(what).after; ++at)
    broad = broad || view.text(at) == "Exception" || view.text(at) == "BaseException";
  return !broad;
}

void judge_handler(Judge& judge, NodeId id) {
  const View& view = judge.view();
  if (view.is(Grammar::kRuby)) {
    if (view.child(id, "body") == kNoNode && view.kind(id) == "rescue" &&
        view.text(id).find('#') == std::string_view::npos)
      judge.add(Rule::kEmptyCatch, id, "Error swallowed: nothing is done about it");
    return;
  }
  if (!is_empty_body(view, id) || is_named_meant(view, id)) return;
  Spot& spot = judge.add(Rule::kEmptyCatch, id, "Error swallowed: nothing is done about it");
  if (!is_narrow(view, id)) return;
  spot.severity = Severity::kLow;
  spot.confidence = Confidence::kMedium;
}

bool never_returns(const View& view, NodeId call) {
  const std::string_view callee = view.callee(call);
  if (view.is(Grammar::kGo)) return callee == "panic" || callee == "os.Exit";
  if (view.is(Grammar::kPython)) return callee == "sys.exit" || callee == "os._exit";
  if (view.is_script()) return callee == "process.exit";
  if (view.is(Grammar::kRust))
    return callee == "panic" || callee == "todo" || callee == "unimplemented" || callee == "unreachable";
  return false;
}

// Control never comes out behind it.
bool ends_control(const View& view, NodeId statement) {
  const Role role = view.role(statement);
  if (role == kReturn || role == kThrow || role == kBreak || role == kGoto) return true;
  if (view.is(Grammar::kRuby) && role == kCall) return view.callee(statement) == "raise";
  if (view.kind(statement) == "exit_statement") return true;  // of PHP
  if (role != kStatement) return false;
  const NodeId inner = view.tree().named_child(statement, 0);
  if (inner == kNoNode) return false;
  const std::string_view kind = view.kind(inner);
  if (view.role(inner) == kCall && never_returns(view, inner)) return true;
  return kind == "return_expression" || kind == "break_expression" || kind == "continue_expression" ||
         kind == "throw_expression";
}

// Stands behind a jump and is all right there: declarations that are hoisted, labels, directives.
bool may_follow(const View& view, NodeId statement) {
  const std::string_view kind = view.kind(statement);
  constexpr auto kKinds = std::to_array<std::string_view>({"function_declaration",
                                                           "generator_function_declaration",
                                                           "class_declaration",
                                                           "interface_declaration",
                                                           "type_alias_declaration",
                                                           "enum_declaration",
                                                           "labeled_statement",
                                                           "named_label_statement",
                                                           "case_statement",
                                                           "default_statement",
                                                           "local_function_statement",
                                                           "function_item",
                                                           "empty_statement",
                                                           "else",
                                                           "rescue",
                                                           "ensure",
                                                           "function_definition",
                                                           "class_definition",
                                                           "variable_declaration",
                                                           "expression_case",
                                                           "declaration"});
  if (std::ranges::find(kKinds, kind) != kKinds.end() || kind.starts_with("preproc")) return true;
  return kind == "expression_statement" && view.text(statement).starts_with("yield");  // makes it a generator
}

// Behind a call of which compilers do not know that it never returns, they ask for something that ends the function.
bool is_asked_for(const View& view, NodeId ending, NodeId statement) {
  if (view.role(ending) != kStatement || view.role(view.tree().named_child(ending, 0)) != kCall) return false;
  const Role role = view.role(statement);
  return role == kReturn || role == kThrow || role == kBreak;
}

void judge_block(Judge& judge, NodeId block) {
  const View& view = judge.view();
  NodeId ending = kNoNode;
  bool conditional = false;  // Rust: "#[cfg(…)]" stands before it, and another build may go without
  for (NodeId at = view.tree().first_child(block); at != kNoNode; at = view.tree().next_sibling(at)) {
    const SyntaxNode& node = view.node(at);
    if (!node.named || node.extra || view.role(at) == kComment) continue;
    if (node.error || node.missing) return;
    if (view.kind(at) == "attribute_item") {
      conditional = true;
      continue;
    }
    if (ending == kNoNode) {
      if (!conditional && ends_control(view, at)) ending = at;
      conditional = false;
      continue;
    }
    if (conditional || may_follow(view, at) || is_asked_for(view, ending, at)) return;
    judge.add(Rule::kUnreachable, at, "Code that is never reached").extent_end = view.node(block).end;
    return;
  }
}

// What a function or a method of this file is called when it is async, and no other of that name is not.
std::set<std::string_view> async_names(const View& view, const Leaves& leaves) {
  std::set<std::string_view> names;
  std::set<std::string_view> others;
  if (view.source().text().find("async") == std::string_view::npos) return names;
  for (const NodeId id : leaves.with_role) {
    if (!view.is_function(id)) continue;
    const NodeId type = view.child(id, "returns");
    const bool promises = view.is_async(id) && (type == kNoNode || view.text(type) != "void");
    NodeId name = view.child(id, "name");
    const NodeId above = view.parent(id);
    if (name == kNoNode && above != kNoNode && view.kind(above) == "variable_declarator")
      name = view.child(above, "name");
    if (name != kNoNode) (promises ? names : others).insert(view.text(name));
  }
  std::erase_if(names, [&](std::string_view name) { return others.contains(name); });
  return names;
}

// "xs.forEach(async (x) => …)": each waits, and nobody for them.
bool forgets_callbacks(const View& view, NodeId call) {
  const auto arguments = view.arguments(call);
  return view.is_script() && view.callee(call).ends_with(".forEach") && !arguments.empty() &&
         view.is_function(arguments[0]) && view.is_async(arguments[0]);
}

// "save().then(f).finally(g)": the call that it begins with, since nothing in it takes a failure. Other calls:
// themselves.
NodeId beginning_of_chain(const View& view, NodeId call) {
  while (view.is_script()) {
    const NodeId callee = view.callee_node(call);
    if (callee == kNoNode) break;
    const NodeId object = view.child(callee, "object");
    const NodeId name = view.child(callee, "property");
    if (object == kNoNode || name == kNoNode || view.role(object) != kCall) break;
    const bool goes_on = view.text(name) == "finally" || (view.text(name) == "then" && view.arguments(call).size() < 2);
    if (!goes_on) break;
    call = object;
  }
  return call;
}

bool promises(const View& view, const std::set<std::string_view>& known, NodeId call) {
  std::string_view callee = view.callee(call);
  const std::string_view self = view.is(Grammar::kPython) ? "self." : "this.";
  const bool own = callee.starts_with(self);
  if (own) callee.remove_prefix(self.size());
  if (known.contains(callee)) return true;
  if (view.is(Grammar::kPython)) return callee == "asyncio.sleep" || callee == "asyncio.gather";
  return view.is_script() && !own &&
         (callee == "fetch" || callee == "Promise.all" || callee == "Promise.allSettled" ||
          callee.starts_with("fs.promises."));
}

}  // namespace

void judge_errors(Judge& judge, NodeId id) {
  const View& view = judge.view();
  if (view.role(id) == kCatch) judge_handler(judge, id);
  if (view.role(id) == kBlock || view.role(id) == kRow) judge_block(judge, id);
}

void judge_promises(Judge& judge) {
  const View& view = judge.view();
  if (!view.is_script() && !view.is(Grammar::kPython) && !view.is(Grammar::kCSharp)) return;
  const auto known = async_names(view, judge.leaves());
  for (const NodeId id : judge.leaves().with_role) {
    if (view.role(id) != kStatement) continue;
    const NodeId call = view.tree().named_child(id, 0);
    if (call == kNoNode || view.role(call) != kCall) continue;
    if (forgets_callbacks(view, call)) {
      judge.add(Rule::kFloatingPromise, id, "Promises that nobody waits for: of the callback of forEach()");
      continue;
    }
    const NodeId first = beginning_of_chain(view, call);
    if (!promises(view, known, first)) continue;
    const NodeId function = view.function_around(id);
    if (view.is(Grammar::kCSharp) && (function == kNoNode || !view.is_async(function))) continue;  // cannot wait
    judge.add(Rule::kFloatingPromise, id,
              fmt::format("{} that nobody waits for: {}()", view.is(Grammar::kPython) ? "Coroutine" : "Promise",
                          view.callee(first)));
  }
}

void judge_security(Judge& judge, NodeId id) {
  const View& view = judge.view();
  const Role role = view.role(id);
  if (role != kCall && role != kNew) return;
  const std::string_view callee = view.callee(id);
  if (callee.empty()) return;
  const bool evaluates =
      view.is_script()
          ? (role == kNew ? callee == "Function"
                          : callee == "eval" || callee == "window.eval" || callee == "globalThis.eval" ||
                                callee == "global.eval")
          : role == kCall &&
                (view.is(Grammar::kPython) ? callee == "eval" || callee == "exec"
                                           : (view.is(Grammar::kPhp) || view.is(Grammar::kRuby)) && callee == "eval");
  if (!evaluates) return;
  const auto arguments = view.arguments(id);
  const bool constant = std::ranges::all_of(arguments, [&](NodeId argument) { return view.is_constant(argument); });
  if (arguments.empty()) return;
  Spot& spot =
      judge.add(Rule::kEval, id, fmt::format("Use of {}() is dangerous", role == kNew ? "new Function" : callee));
  if (constant) {
    spot.severity = Severity::kMedium;
    spot.confidence = Confidence::kMedium;
  }
}

}  // namespace commandcenter::code::review
