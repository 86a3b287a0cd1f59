// Errors that get lost, code that is never reached, and eval.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "code/review/judge.h"

namespace commandcenter::code::review {
namespace {

using enum Role;

bool is_nothing(const View& view, NodeId id) {
  const std::string_view kind = view.kind(id);
  return kind == "pass_statement" || kind == "ellipsis" || (view.role(id) == kStatement && view.text(id) == "...");
}

// Nothing in it, not even a word about why.
bool is_empty_body(const View& view, NodeId handler) {
  NodeId body = view.child(handler, "body");
  if (body == kNoNode) {
    for (NodeId at = view.tree().first_child(handler); at != kNoNode; at = view.tree().next_sibling(at))
      if (view.role(at) == kBlock) body = at;
  }
  if (body == kNoNode) return false;
  for (NodeId at = body + 1; at < view.node(body).after; ++at)
    if (view.node(at).named && !is_nothing(view, at)) return false;
  const std::string_view text = view.text(handler);  // Python's comments may stand beside the block
  if (view.is(Grammar::kPython)) return text.find('#') == std::string_view::npos;
  const std::string_view rest = view.source().text().substr(view.node(handler).end);
  const std::string_view beside = rest.substr(0, rest.find('\n'));
  const bool comment = beside.find("//") != std::string_view::npos || beside.find("/*") != std::string_view::npos;
  return !comment || beside.find("NOLINT") != std::string_view::npos;
}

// "catch (IOException expected)", "catch (_)": the name tells that nothing is to be done.
bool is_named_meant(const View& view, NodeId handler) {
  std::string_view head = view.text(handler);
  head = head.substr(0, head.find('{'));
  const std::size_t close = head.rfind(')');
  if (close == std::string_view::npos) return false;
  head = trimmed(head.substr(0, close));
  const auto is_letter = [](char c) { return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_'; };
  std::size_t begin = head.size();
  while (begin > 0 && is_letter(head[begin - 1]))
    --begin;
  std::string_view name = head.substr(begin);
  if (name.empty()) return false;
  name.remove_prefix(std::min(name.find_first_not_of('_'), name.size()));
  return name.empty() || name.starts_with("expect") || name.starts_with("ignor") || name.starts_with("tolerat") ||
         name.starts_with("unused") || name == "ok" || name == "success";
}

// "except KeyError: pass" asks for forgiveness, which is how it is done in Python; where all errors can be caught by
// one name, who names another one has thought of it.
bool is_narrow(const View& view, NodeId handler) {
  constexpr auto kBroad = std::to_array<std::string_view>(
      {"Exception", "BaseException", "StandardError", "Throwable", "\\Exception", "\\Throwable", "System.Exception"});
  if (view.is(Grammar::kPython)) {
    const NodeId what = view.tree().named_child(handler, 0);
    if (what == kNoNode || view.role(what) == kBlock) return false;
    for (NodeId at = what; at < view.node(what).after; ++at)
      if (std::ranges::find(kBroad, view.text(at)) != kBroad.end()) return false;
    return true;
  }
  NodeId what = kNoNode;
  if (view.is(Grammar::kPhp)) what = view.child(handler, "type");
  for (const std::string_view kind : {"exceptions", "catch_declaration"})  // of Ruby, of C#
    for (NodeId at = view.tree().first_child(handler); at != kNoNode && what == kNoNode;
         at = view.tree().next_sibling(at))
      if (view.kind(at) == kind) what = view.is(Grammar::kCSharp) ? view.child(at, "type") : at;
  if (what == kNoNode) return false;
  for (NodeId at = what; at < view.node(what).after; ++at)
    if (std::ranges::find(kBroad, view.text(at)) != kBroad.end()) return false;
  return true;
}

NodeId tried_body(const View& view, NodeId handler) {
  const NodeId above = view.parent(handler);
  const NodeId body = view.child(above, "body");
  if (body != kNoNode) return body;
  for (NodeId at = view.tree().first_child(above); at != kNoNode; at = view.tree().next_sibling(at))
    if (view.role(at) == kBlock) return at;
  return kNoNode;
}

// The only one, or the last one.
NodeId last_statement(const View& view, NodeId block, std::size_t& count) {
  NodeId last = kNoNode;
  for (NodeId at = view.tree().first_child(block); at != kNoNode; at = view.tree().next_sibling(at)) {
    if (!view.node(at).named || view.node(at).extra) continue;
    last = at;
    ++count;
  }
  return last;
}

bool ends_in_comment(const View& view, NodeId block) {
  NodeId last = kNoNode;
  for (NodeId at = view.tree().first_child(block); at != kNoNode; at = view.tree().next_sibling(at))
    if (view.node(at).named) last = at;
  return last != kNoNode && view.role(last) == kComment && view.line(last) != view.line(view.parent(last));
}

// "open(); fail();": the error is what the test waits for.
bool is_asked_for_error(const View& view, NodeId last) {
  if (last == kNoNode || view.role(last) != kStatement) return false;
  const NodeId call = view.tree().named_child(last, 0);
  return call != kNoNode && view.role(call) == kCall && called_name(view, call) == "fail";
}

// Within the function something is done behind it.
bool is_followed(const View& view, NodeId statement) {
  for (NodeId at = statement; at != kNoNode && !view.is_function(at); at = view.parent(at)) {
    if (view.parent(at) == kNoNode || view.role(view.parent(at)) != kBlock) continue;
    for (NodeId next = view.tree().next_sibling(at); next != kNoNode; next = view.tree().next_sibling(next))
      if (view.node(next).named && !view.node(next).extra) return true;
  }
  return false;
}

// What is tried gives its result back and what follows is for the other case, or it only puts something away.
bool is_harmless(const View& view, NodeId handler, NodeId last, std::size_t count) {
  if (last == kNoNode) return true;
  const Role role = view.role(last);
  if (role == kReturn) return is_followed(view, view.parent(handler));
  if (role == kBreak) return true;
  if (count != 1 || role != kStatement) return false;
  NodeId call = view.tree().named_child(last, 0);
  if (call != kNoNode && view.role(call) == kAwait) call = view.tree().named_child(call, 0);
  if (call == kNoNode || view.role(call) != kCall) return false;
  constexpr auto kEnds = std::to_array<std::string_view>(
      {"close",     "Close",      "unlink",  "unlinkSync", "rmSync",   "rm",          "rmdir",
       "rmdirSync", "disconnect", "destroy", "release",    "kill",     "abort",       "stop",
       "end",       "terminate",  "dispose", "Dispose",    "shutdown", "cleanup",     "join",
       "sleep",     "removeItem", "unbind",  "unregister", "rollback", "closeQuietly"});
  return std::ranges::find(kEnds, called_name(view, call)) != kEnds.end();
}

// PHP, Ruby: the error is a variable of the function, and looked at behind the handler.
bool is_used_later(const View& view, NodeId handler) {
  NodeId name = kNoNode;
  if (view.is(Grammar::kPhp)) name = view.child(handler, "name");
  if (view.is(Grammar::kRuby)) {
    const NodeId variable = view.child(handler, "variable");
    name = variable == kNoNode ? kNoNode : view.tree().named_child(variable, 0);
  }
  if (name == kNoNode) return false;
  NodeId function = view.function_around(handler);
  while (function != kNoNode && view.is(Grammar::kRuby) && view.role(function) != kFunction)
    function = view.function_around(function);  // blocks share its variables
  const std::size_t begin = view.node(handler).end;
  constexpr std::size_t kLooked_bytes = 10'000;
  std::size_t end = function == kNoNode ? view.source().text().size() : view.node(function).end;
  end = std::min(end, begin + kLooked_bytes);
  return view.source().text().substr(begin, end - begin).find(view.text(name)) != std::string_view::npos;
}

void add_swallowed(Judge& judge, NodeId id, bool likely) {
  Spot& spot = judge.add(Rule::kEmptyCatch, id, "Error swallowed: nothing is done about it");
  if (likely) return;
  spot.severity = Severity::kLow;
  spot.confidence = Confidence::kMedium;
}

void judge_handler(Judge& judge, NodeId id) {
  const View& view = judge.view();
  if (view.is(Grammar::kRuby)) {
    const bool empty = view.child(id, "body") == kNoNode && view.kind(id) == "rescue" &&
                       view.text(id).find('#') == std::string_view::npos;
    if (empty && !is_used_later(view, id)) add_swallowed(judge, id, !is_narrow(view, id));
    return;
  }
  if (!is_empty_body(view, id) || is_named_meant(view, id) || is_used_later(view, id)) return;
  std::size_t count = 0;
  const NodeId tried = tried_body(view, id);
  const NodeId last = tried == kNoNode ? kNoNode : last_statement(view, tried, count);
  if (is_asked_for_error(view, last)) return;
  // "// Not in old browsers." as the last line of what is tried is said of its failure.
  const bool said = !view.is(Grammar::kPython) && tried != kNoNode && ends_in_comment(view, tried);
  const bool harmless = said || (tried != kNoNode && is_harmless(view, id, last, count));
  add_swallowed(judge, id, !harmless && !view.source().traits().test && !is_narrow(view, id));
}

// "save().catch(() => {})".
void judge_rejection(Judge& judge, NodeId call) {
  const View& view = judge.view();
  if (!view.is_script() || !view.text(view.callee_node(call)).ends_with(".catch")) return;
  const auto arguments = view.arguments(call);
  if (arguments.size() != 1 || !view.is_function(arguments[0])) return;
  const NodeId body = view.child(arguments[0], "body");
  if (body == kNoNode || view.role(body) != kBlock || view.tree().named_child(body, 0) != kNoNode) return;
  if (view.text(body).find("/") == std::string_view::npos) add_swallowed(judge, call, false);
}

// "if err != nil { }".
void judge_ignored(Judge& judge, NodeId id) {
  const View& view = judge.view();
  if (!view.is(Grammar::kGo)) return;
  const NodeId condition = view.child(id, "condition");
  if (condition == kNoNode || view.text(condition) != "err != nil") return;
  const NodeId block = view.child(id, "consequence");
  if (block == kNoNode || !trimmed(view.text(block)).starts_with('{')) return;
  if (trimmed(view.text(block).substr(1)) == "}") add_swallowed(judge, id, !view.source().traits().test);
}

bool never_returns(const View& view, NodeId call) {
  std::string_view callee = view.text(view.callee_node(call));
  if (view.is(Grammar::kJava)) callee = view.text(call).substr(0, sizeof "System.exit" - 1);
  constexpr std::size_t kLongest = 20;  // of the names here
  if (callee.empty() || callee.size() > kLongest) return false;
  const auto among = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, callee) != names.end();
  };
  switch (view.tree().grammar()) {
    case Grammar::kGo:
      return among({"panic", "os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln"});
    case Grammar::kPython:
      return among({"sys.exit", "os._exit", "os.abort", "exit", "quit"});
    case Grammar::kRust:
      return among({"panic", "todo", "unimplemented", "unreachable", "std::process::exit", "process::exit"});
    case Grammar::kC:
    case Grammar::kCpp:
      return among({"exit", "_exit", "_Exit", "abort", "std::exit", "std::abort"});
    case Grammar::kPhp:
      return among({"exit", "die"});
    case Grammar::kJava:
      return callee == "System.exit";
    case Grammar::kCSharp:
      return callee == "Environment.Exit";
    default:
      return view.is_script() && callee == "process.exit";
  }
}

bool ends_control(const View& view, NodeId statement);

// A statement, or a block in which one does.
bool ends_branch(const View& view, NodeId branch) {
  if (branch == kNoNode) return false;
  if (view.role(branch) != kBlock) return ends_control(view, branch);
  for (NodeId at = view.tree().first_child(branch); at != kNoNode; at = view.tree().next_sibling(at)) {
    if (view.kind(at).starts_with("preproc")) return false;
    if (view.node(at).named && ends_control(view, at)) return true;
  }
  return false;
}

// "if … else …", each branch of which leaves.
bool ends_all_branches(const View& view, NodeId id) {
  if (view.child(id, "alternative") == kNoNode) return false;
  NodeId first = view.child(id, "consequence");
  if (first == kNoNode) first = view.child(id, "body");
  if (!ends_branch(view, first)) return false;
  bool otherwise = false;
  for (NodeId at = view.tree().first_child(id); at != kNoNode; at = view.tree().next_sibling(at)) {
    if (view.field(at) != "alternative") continue;
    const Role role = view.role(at);
    NodeId branch = at;
    if (role == kElse || role == kElseIf) {
      branch = view.child(at, role == kElse ? "body" : "consequence");
      if (branch == kNoNode) branch = view.child(at, "body");
      if (branch == kNoNode && role == kElse) branch = view.tree().named_child(at, 0);
    }
    if (!ends_branch(view, branch)) return false;
    otherwise = otherwise || role != kElseIf;
  }
  return otherwise;
}

// Endless, and nothing leads out but the end of the function.
bool ends_in_loop(const View& view, NodeId loop) {
  if (view.is(Grammar::kRuby) || !Loops(view).is_endless(loop)) return false;
  for (NodeId at = loop + 1; at < view.node(loop).after; ++at) {
    const Role role = view.role(at);
    if (role == kGoto || (role == kBreak && view.text(at).starts_with("break"))) return false;
  }
  return true;
}

// Control never comes out behind it.
bool ends_control(const View& view, NodeId statement) {
  const Role role = view.role(statement);
  if (role == kReturn || role == kThrow || role == kBreak || role == kGoto) return true;
  if (role == kIf && !view.is(Grammar::kRuby)) return ends_all_branches(view, statement);
  if (role == kLoop) return ends_in_loop(view, statement);
  if (view.is(Grammar::kRuby) && role == kCall) return view.callee(statement) == "raise";
  if (view.kind(statement) == "exit_statement")
    return view.text(statement).ends_with(';');  // of PHP; "exit -1" is more
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

bool leaves(const View& view, NodeId statement) {
  const Role role = view.role(statement);
  return role == kReturn || role == kThrow || role == kBreak || view.kind(statement) == "exit_statement";
}

// Behind a call of which compilers do not know that it never returns, they ask for something that ends the function.
bool is_asked_for(const View& view, NodeId ending, NodeId statement) {
  if (view.role(ending) == kLoop || view.role(ending) == kIf) return leaves(view, statement);
  if (view.role(ending) != kStatement || view.role(view.tree().named_child(ending, 0)) != kCall) return false;
  if (view.role(statement) == kStatement) {  // another such call
    const NodeId call = view.tree().named_child(statement, 0);
    return call != kNoNode && view.role(call) == kCall && never_returns(view, call);
  }
  return leaves(view, statement);
}

// An empty statement, a text that takes the place of a comment.
bool is_no_statement(const View& view, NodeId statement) {
  if (view.role(statement) != kStatement) return view.kind(statement) == "empty_statement";
  if (view.text(statement) == ";") return true;
  const NodeId inner = view.tree().named_child(statement, 0);
  return view.is(Grammar::kPython) && inner != kNoNode && view.role(inner) == kString;
}

// "return f(); break;": out of habit, and never in the way.
bool is_habit(const View& view, NodeId statement) {
  if (!leaves(view, statement)) return false;
  for (NodeId at = statement + 1; at < view.node(statement).after; ++at)
    if (view.role(at) == kCall && view.role(statement) != kThrow) return false;
  for (NodeId at = view.tree().next_sibling(statement); at != kNoNode; at = view.tree().next_sibling(at))
    if (view.node(at).named && !view.node(at).extra) return false;
  return true;
}

// C, C++: which of the statements are there depends on directives between them.
bool is_conditional(const View& view, NodeId block, NodeId statement) {
  if (!view.is(Grammar::kC) && !view.is(Grammar::kCpp)) return false;
  const std::size_t begin = view.node(block).begin;
  return view.source().text().substr(begin, view.node(statement).begin - begin).find("\n#") != std::string_view::npos;
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
    if (is_no_statement(view, at)) continue;
    if (conditional || may_follow(view, at) || is_asked_for(view, ending, at) || is_conditional(view, block, at))
      return;
    Spot& spot = judge.add(Rule::kUnreachable, at, "Code that is never reached");
    spot.extent_end = view.node(block).end;
    if (is_habit(view, at)) spot.severity = Severity::kLow;
    return;
  }
}

}  // namespace

void judge_errors(Judge& judge, NodeId id) {
  const View& view = judge.view();
  if (view.role(id) == kCatch) judge_handler(judge, id);
  if (view.role(id) == kCall) judge_rejection(judge, id);
  if (view.role(id) == kIf) judge_ignored(judge, id);
  if (view.role(id) == kBlock || view.role(id) == kRow) judge_block(judge, id);
}

namespace {

// "setTimeout('tick()', 9)": a text as code.
bool is_timer_of_text(const View& view, NodeId call, std::string_view callee) {
  if (!view.is_script() || view.role(call) != kCall) return false;
  if (callee.starts_with("window.")) callee.remove_prefix(7);
  if (callee != "setTimeout" && callee != "setInterval") return false;
  const auto arguments = view.arguments(call);
  if (arguments.empty()) return false;
  NodeId first = arguments[0];
  while (view.role(first) == kBinary)
    first = view.tree().named_child(first, 0);
  return view.role(first) == kString;
}

}  // namespace

void judge_security(Judge& judge, NodeId id) {
  const View& view = judge.view();
  const Role role = view.role(id);
  if (role != kCall && role != kNew) return;
  const std::string_view callee = view.callee(id);
  if (callee.empty()) return;
  bool evaluates = false;
  if (role == kNew)
    evaluates = view.is_script() && callee == "Function";
  else if (view.is_script())
    evaluates = callee == "eval" || callee == "window.eval" || callee == "globalThis.eval" || callee == "global.eval" ||
                is_timer_of_text(view, id, callee);
  else if (view.is(Grammar::kPython))
    evaluates = callee == "eval" || callee == "exec";
  else if (view.is(Grammar::kPhp))
    evaluates = callee == "eval" || callee == "create_function";
  else
    evaluates = view.is(Grammar::kRuby) && callee == "eval";
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
