// What loops are, what they run over, and how the length of one in another grows.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "code/review/judge.h"

namespace commandcenter::code::review {
namespace {

using enum Role;
using Names = std::vector<std::string_view>;

constexpr int kFewTurns = 1'000;    // a number of turns that is written down and no longer than that is no growth
constexpr NodeId kMaxTurn = 2'000;  // nodes of an outer loop that are looked at for what its turn brings

// "7" behind the last of the characters; nothing when something else is there.
std::optional<int> number_behind(std::string_view text, std::string_view last_of) {
  const std::size_t at = text.find_last_of(last_of);
  const std::string_view digits = trimmed(at == std::string_view::npos ? text : text.substr(at + 1));
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// The loop over constants: "kTrees", "Limits.ALL_MODES", "self.NAMES".
bool is_constant_name(std::string_view text) {
  if (text.find_first_of(" \t\r\n()[]{}+-*/,\"'") != std::string_view::npos) return false;
  const std::size_t last = text.find_last_of(".:>");
  if (last != std::string_view::npos) text.remove_prefix(last + 1);
  if (text.size() < 2) return false;
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  if (text[0] == 'k' && is_upper(text[1])) return true;
  return is_upper(text[0]) && std::ranges::none_of(text, is_lower);
}

bool holds(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_member(std::string_view kind) {
  for (const std::string_view part : {"member", "subscript", "attribute", "field", "selector", "index", "access"})
    if (kind.find(part) != std::string_view::npos) return true;
  return false;
}

// What is given a value there: "a", "[a, b]", "*a"; nothing of "a.b" and "a[b]".
void add_targets(const View& view, NodeId target, Names& names) {
  for_each_name(view, target, [&](NodeId id, std::string_view name) {
    for (NodeId at = id; at != target; at = view.parent(at))
      if (is_member(view.kind(view.parent(at)))) return;
    if (!is_member(view.kind(target))) names.push_back(name);
  });
}

NodeId body_of(const View& view, NodeId loop) {
  if (const NodeId body = view.child(loop, "body"); body != kNoNode) return body;
  for (NodeId at = view.tree().first_child(loop); at != kNoNode; at = view.tree().next_sibling(at))
    if (view.role(at) == kBlock || view.role(at) == kClosure) return at;
  return kNoNode;
}

// Go has the parts of a loop in a clause.
NodeId header_of(const View& view, NodeId loop) {
  if (!view.is(Grammar::kGo)) return loop;
  const NodeId clause = view.tree().named_child(loop, 0);
  return clause != kNoNode && view.kind(clause).ends_with("_clause") ? clause : loop;
}

NodeId condition_of(const View& view, NodeId loop) {
  const NodeId header = header_of(view, loop);
  const NodeId condition = view.child(header, "condition");
  if (condition != kNoNode || !view.is(Grammar::kGo) || header != loop) return condition;
  const NodeId first = view.tree().named_child(loop, 0);  // "for a < b { … }"
  return first != kNoNode && view.role(first) != kBlock ? first : kNoNode;
}

NodeId beginning_of(const View& view, NodeId loop) {
  for (const std::string_view field : {"initializer", "init", "initialize"})
    if (const NodeId found = view.child(header_of(view, loop), field); found != kNoNode) return found;
  return kNoNode;
}

NodeId callback_of(const View& view, NodeId call) {
  for (NodeId argument : view.arguments(call)) {
    while (argument != kNoNode && view.kind(argument) == "argument")
      argument = view.tree().named_child(argument, 0);
    if (argument != kNoNode && view.is_function(argument)) return argument;
  }
  return body_of(view, call);
}

bool is_library(const View& view, NodeId object) {
  constexpr auto kNames = std::to_array<std::string_view>({"$", "_", "jQuery", "angular", "lodash"});
  return view.is_script() && std::ranges::find(kNames, view.text(object)) != kNames.end();
}

// The collection; kNoNode for loops with a condition.
NodeId over_of(const View& view, NodeId loop) {
  if (view.role(loop) == kCall) {
    if (const NodeId receiver = view.child(loop, "receiver"); receiver != kNoNode) return receiver;
    const NodeId callee = view.callee_node(loop);
    const NodeId holder = callee == kNoNode ? loop : callee;
    for (const std::string_view field : {"object", "operand", "value", "argument", "expression"}) {
      const NodeId found = view.child(holder, field);
      if (found == kNoNode) continue;
      if (!is_library(view, found)) return found;
      const auto arguments = view.arguments(loop);  // "$.each(xs, f)"
      return arguments.empty() || view.is_function(arguments[0]) ? kNoNode : arguments[0];
    }
    return kNoNode;
  }
  const NodeId header = header_of(view, loop);
  for (const std::string_view field : {"right", "value", "iterable"})
    if (const NodeId found = view.child(header, field); found != kNoNode) return found;
  if (view.is(Grammar::kPhp) && view.kind(loop) == "foreach_statement") return view.tree().named_child(loop, 0);
  return kNoNode;
}

// The variables that get another value in each turn.
Names variables_of(const View& view, NodeId loop) {
  Names names;
  if (view.role(loop) == kCall) {
    const NodeId callback = callback_of(view, loop);
    if (callback == kNoNode) return names;
    for (const std::string_view field : {"parameters", "parameter"})
      if (const NodeId found = view.child(callback, field); found != kNoNode) add_targets(view, found, names);
    return names;
  }
  const NodeId header = header_of(view, loop);
  for (const std::string_view field : {"left", "name", "pattern", "declarator", "initializer", "init", "initialize"})
    if (const NodeId found = view.child(header, field); found != kNoNode) add_targets(view, found, names);
  if (view.is(Grammar::kPhp) && view.kind(loop) == "foreach_statement")
    for (std::size_t i = 1; i < 3; ++i)
      if (const NodeId found = view.tree().named_child(loop, i); found != kNoNode && view.field(found) != "body")
        add_targets(view, found, names);
  return names;
}

// What the turn of a loop gives a value to, in front of the node; `constants`: only what begins as a number.
Names assigned_in(const View& view, NodeId loop, NodeId before, bool constants) {
  Names names;
  const NodeId body = view.role(loop) == kCall ? callback_of(view, loop) : body_of(view, loop);
  if (body == kNoNode) return names;
  for (NodeId id = body + 1; id < before; ++id) {
    if (id == body + kMaxTurn) id = std::max(id, before - kMaxTurn);  // of a long one, the beginning and the nearest
    const std::string_view field = view.field(id);
    if (field != "left" && field != "name" && field != "pattern" && field != "declarator") continue;
    const NodeId above = view.parent(id);
    const std::string_view kind = view.kind(above);
    const bool gives = kind.find("assign") != std::string_view::npos ||
                       kind.find("declarat") != std::string_view::npos || kind.find("let_") != std::string_view::npos ||
                       kind.find("var_spec") != std::string_view::npos;
    if (!gives || kind.find("augmented") != std::string_view::npos || view.is_function(above)) continue;
    NodeId value = view.child(above, "right");
    if (value == kNoNode) value = view.child(above, "value");
    if (constants && (value == kNoNode || !number_behind(view.text(value), ""))) continue;
    add_targets(view, id, names);
  }
  return names;
}

bool is_comparison(const View& view, NodeId id) {
  const std::string_view kind = view.kind(id);
  if (view.role(id) != kBinary && kind != "comparison_operator") return false;
  constexpr auto kSigns = std::to_array<std::string_view>({"==", "===", "!=", "!==", "in", "is"});
  for (NodeId at = view.tree().first_child(id); at != kNoNode; at = view.tree().next_sibling(at))
    if (!view.node(at).named && std::ranges::find(kSigns, view.text(at)) != kSigns.end()) return true;
  return false;
}

// "equals", "isSame", "matches": what is called to hold one against another.
bool is_predicate(std::string_view name) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"match", "equal", "same", "compare", "include", "contain", "strcmp"});
  return std::ranges::any_of(kWords, [&](std::string_view word) {
    const std::size_t at = name.find(word.substr(1));
    return at != std::string_view::npos && at > 0 && (name[at - 1] | 0x20) == (word[0] | 0x20);
  });
}

// "ids.map(…)": a call that makes one value of each element. Of Java's streams only: its Optional has the same names.
bool is_mapping(const View& view, NodeId call) {
  constexpr auto kScript = std::to_array<std::string_view>({"map", "flatMap", "filter", "some", "every", "reduce"});
  constexpr auto kRuby = std::to_array<std::string_view>(
      {"map", "flat_map", "collect", "select", "reject", "filter_map", "sum", "any?", "all?", "to_h", "find_each"});
  const std::string_view name = called_name(view, call);
  if (view.is_script()) return std::ranges::find(kScript, name) != kScript.end();
  if (view.is(Grammar::kRuby)) return std::ranges::find(kRuby, name) != kRuby.end();
  if (view.is(Grammar::kPhp)) return name == "array_map" || name == "map" || name == "array_walk";
  if (!view.is(Grammar::kJava) && !view.is(Grammar::kCSharp)) return false;
  const std::string_view stream = view.text(call);
  return (name == "map" || name == "flatMap" || name == "mapToObj" || name == "Select") &&
         (view.is(Grammar::kCSharp) || stream.find("stream(") != std::string_view::npos ||
          stream.find("Stream(") != std::string_view::npos);
}

}  // namespace

std::string_view called_name(const View& view, NodeId call) {
  const auto field_of = [&]() -> std::string_view {
    switch (view.tree().grammar()) {
      case Grammar::kPython:
        return "attribute";
      case Grammar::kGo:
      case Grammar::kC:
      case Grammar::kCpp:
      case Grammar::kRust:
        return "field";
      case Grammar::kCSharp:
        return "name";
      default:
        return view.is_script() ? "property" : "";
    }
  };
  if (const std::string_view field = field_of(); !field.empty()) {
    const NodeId callee = view.callee_node(call);
    if (callee == kNoNode || view.node(callee).after == callee + 1) return view.text(callee);
    NodeId name = view.child(callee, field);
    if (name == kNoNode) name = view.child(callee, "name");
    return view.text(name);
  }
  NodeId name = view.child(call, "name");
  if (name == kNoNode) name = view.child(call, "method");
  if (name == kNoNode) name = view.callee_node(call);  // PHP's functions
  return name == kNoNode || view.node(name).after != name + 1 ? std::string_view() : view.text(name);
}

bool Loops::is_endless(NodeId loop) const {
  const std::string_view kind = view_.kind(loop);
  if (kind == "loop_expression") return true;
  const NodeId condition = view_.child(loop, "condition");
  if (condition != kNoNode) {
    const std::string_view text = trimmed(view_.text(condition));
    return text.empty() || text == "true" || text == "True" || text == "1";
  }
  if (view_.is(Grammar::kGo)) {
    const NodeId first = view_.tree().named_child(loop, 0);
    return first == kNoNode || view_.role(first) == kBlock;
  }
  return kind == "for_statement" && view_.child(loop, "body") != kNoNode && view_.child(loop, "right") == kNoNode &&
         view_.child(loop, "left") == kNoNode && !view_.is(Grammar::kPython);
}

bool Loops::is_short(NodeId loop) const {
  const NodeId over = over_of(view_, loop);
  if (over != kNoNode) {
    const std::string_view text = view_.text(over);
    if (text.starts_with("range(")) {
      const auto turns = number_behind(text, "(,");
      return (turns && *turns <= kFewTurns) || is_constant_name(trimmed(text.substr(text.find_last_of("(,") + 1)));
    }
    if (text.find("..") != std::string_view::npos) {
      const auto turns = number_behind(text, ".=");
      return turns && *turns <= kFewTurns;
    }
    if (is_constant_name(text)) return true;
    return (text.starts_with('[') || text.starts_with('(') || text.starts_with('{')) && view_.is_constant(over);
  }
  const NodeId condition = view_.child(header_of(view_, loop), "condition");
  if (condition == kNoNode || !view_.kind(loop).starts_with("for")) return false;
  const std::string_view text = view_.text(condition);
  const std::size_t sign = text.find_last_of("<>=");
  if (sign == std::string_view::npos) return false;
  if (text.find('>') != std::string_view::npos) {  // it counts down, from where it begins
    const NodeId beginning = beginning_of(view_, loop);
    const auto turns = beginning == kNoNode ? std::nullopt : number_behind(view_.text(beginning), "=");
    return turns && *turns <= kFewTurns;
  }
  const auto turns = number_behind(text, "<=");
  return (turns && *turns <= kFewTurns && text.find('<') != std::string_view::npos) ||
         is_constant_name(trimmed(text.substr(sign + 1)));
}

bool Loops::is_iteration(NodeId call) const {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"forEach", "each", "each_with_index", "each_with_object", "each_pair", "each_value", "each_key", "for_each"});
  NodeId name = view_.child(call, "method");
  if (name == kNoNode) name = view_.child(call, "name");
  if (name == kNoNode) {
    const NodeId function = view_.callee_node(call);
    if (function == kNoNode) return false;
    name = view_.child(function, "property");
    if (name == kNoNode) name = view_.child(function, "field");
    if (name == kNoNode) name = view_.child(function, "name");
  }
  return name != kNoNode && std::ranges::find(kNames, view_.text(name)) != kNames.end();
}

NodeId Loops::call_of_callback(NodeId closure) const {
  NodeId at = view_.parent(closure);
  for (int steps = 0; at != kNoNode && steps < 3; at = view_.parent(at), ++steps) {  // the list, perhaps an argument
    if (view_.role(at) == kCall) return at;
    const std::string_view kind = view_.kind(at);
    if (kind != "arguments" && kind != "argument_list" && kind != "argument") return kNoNode;
  }
  return kNoNode;
}

bool Loops::is_loop(NodeId id) const {
  if (view_.role(id) == kLoop) return !is_endless(id) && !is_short(id);
  if (view_.role(id) != kCall || !is_iteration(id) || is_short(id)) return false;
  for (NodeId at = view_.tree().first_child(id); at != kNoNode; at = view_.tree().next_sibling(at)) {
    if (view_.role(at) == kClosure) return true;  // Ruby's blocks
  }
  return std::ranges::any_of(view_.arguments(id), [&](NodeId argument) {
    while (view_.kind(argument) == "argument")
      argument = view_.tree().named_child(argument, 0);
    return argument != kNoNode && view_.is_function(argument);
  });
}

Loops::Length Loops::length_of(NodeId inner, NodeId outer) const {
  const Names turn = variables_of(view_, outer);
  const Names brought = assigned_in(view_, outer, inner, false);
  bool of_turn = false;
  if (const NodeId over = over_of(view_, inner); over != kNoNode) {
    const std::string_view text = view_.text(over);
    const bool numbers = text.starts_with("range(") || text.find("..") != std::string_view::npos;
    const std::string_view bound = text.starts_with("range(") ? text.substr(6) : text;
    const bool into = bound.find_first_of("([") != std::string_view::npos;  // of the element, not up to it
    for_each_name(view_, over, [&](NodeId, std::string_view name) {
      of_turn = of_turn || holds(brought, name) || (holds(turn, name) && (!numbers || into));
    });
    return of_turn ? Length::kOfTurn : Length::kOfAll;
  }
  const NodeId condition = condition_of(view_, inner);
  if (condition == kNoNode) return Length::kOfAll;
  const Names own = variables_of(view_, inner);
  if (own.empty()) {  // it goes on where the last turn ended, unless the turn sets a counter back
    const Names reset = assigned_in(view_, outer, inner, true);
    bool counts = false;
    for_each_name(view_, condition, [&](NodeId, std::string_view name) { counts = counts || holds(reset, name); });
    return counts ? Length::kOfAll : Length::kOfRest;
  }
  const auto belongs = [&](NodeId expression, std::string_view name) {
    const std::string_view text = view_.text(expression);
    const bool into = text.find_first_of(".[(") != std::string_view::npos || text.find("->") != std::string_view::npos;
    return holds(brought, name) || (holds(turn, name) && into);
  };
  Names tested;
  bool only_own = true;
  for_each_name(view_, condition, [&](NodeId id, std::string_view name) {
    tested.push_back(name);
    if (holds(own, name)) return;
    of_turn = of_turn || belongs(condition, name);
    only_own = only_own && (is_behind_point(view_, id) || view_.kind(id).starts_with("null"));
  });
  const NodeId beginning = beginning_of(view_, inner);
  if (only_own && beginning != kNoNode) {  // "i = 0, n = a.parts.length; i < n": how it begins tells how far it goes
    for_each_name(view_, beginning, [&](NodeId, std::string_view name) {
      of_turn = of_turn || (!holds(tested, name) && belongs(beginning, name));
    });
  }
  return of_turn ? Length::kOfTurn : Length::kOfAll;
}

std::vector<std::string_view> Loops::values_of_turn(NodeId loop, NodeId before) const {
  Names names = variables_of(view_, loop);
  const Names brought = assigned_in(view_, loop, before, false);
  names.insert(names.end(), brought.begin(), brought.end());
  return names;
}

std::vector<std::string_view> Loops::variables(NodeId loop) const {
  return variables_of(view_, loop);
}

NodeId Loops::collection(NodeId loop) const {
  return over_of(view_, loop);
}

bool Loops::is_same_in_each_turn(NodeId expression, NodeId loop) const {
  const Names own = variables_of(view_, loop);
  for (NodeId id = expression; id < view_.node(expression).after; ++id) {
    const Role role = view_.role(id);
    if (role == kCall || role == kNew || role == kAwait || view_.is_function(id) || is_member(view_.kind(id)))
      return false;
  }
  Names names;
  for_each_name(view_, expression, [&](NodeId, std::string_view name) { names.push_back(name); });
  if (std::ranges::any_of(names, [&](std::string_view name) { return holds(own, name); })) return false;
  if (view_.node(loop).after - loop > kMaxTurn) return names.empty();  // too long to be looked through
  for (NodeId id = loop + 1; id < view_.node(loop).after; ++id) {
    const std::string_view field = view_.field(id);
    if (view_.node(id).after != id + 1 || !holds(names, view_.text(id))) continue;
    const std::string_view above = view_.kind(view_.parent(id));
    if (field == "left" || field == "name" || field == "pattern" || field == "declarator" ||
        above.find("update") != std::string_view::npos || above.ends_with("_list") || above.ends_with("pattern"))
      return false;
  }
  return true;
}

bool Loops::compares(NodeId inner, NodeId outer) const {
  const NodeId body = view_.role(inner) == kCall ? callback_of(view_, inner) : body_of(view_, inner);
  if (body == kNoNode) return false;
  const Names turn = values_of_turn(outer, inner);
  const NodeId end = std::min(view_.node(body).after, body + kMaxTurn);
  const Names own = values_of_turn(inner, end);
  // Of the two sides one has to do with the inner loop and the other with the outer one.
  const auto meets = [&](NodeId whole) {
    constexpr int kInner = 1;
    constexpr int kOuter = 2;
    std::vector<int> sides;
    const NodeId list = view_.child(whole, "arguments");
    const auto add = [&](NodeId part) {
      int side = 0;
      for_each_name(view_, part, [&](NodeId, std::string_view name) {
        side |= holds(turn, name) ? kOuter : holds(own, name) ? kInner : 0;
      });
      sides.push_back(side);
    };
    for (const NodeId parts : {whole, list}) {
      for (NodeId at = view_.tree().first_child(parts); at != kNoNode; at = view_.tree().next_sibling(at))
        if (at != list && view_.node(at).named) add(at);
    }
    const auto has = [&](int side) { return std::ranges::find(sides, side) != sides.end(); };
    const auto touches = [&](int side) {
      return std::ranges::any_of(sides, [&](int other) { return (other & side) != 0; });
    };
    return (has(kInner) && touches(kOuter)) || (has(kOuter) && touches(kInner));
  };
  for (NodeId id = body; id < end; ++id) {
    const Role role = view_.role(id);
    const bool asks = role == kCall ? is_predicate(called_name(view_, id)) : is_comparison(view_, id);
    if (asks && meets(id)) return true;
  }
  return false;
}

NodeId Loops::repeating(NodeId id) const {
  for (NodeId child = id, at = view_.parent(id); at != kNoNode; child = at, at = view_.parent(at)) {
    if (view_.role(at) == kLoop && view_.nests(at, child)) {
      if (is_loop(at)) return at;
    } else if (view_.is_function(at)) {
      const NodeId call = view_.role(at) == kFunction && !view_.is_script() ? kNoNode : call_of_callback(at);
      if (call == kNoNode || (!is_iteration(call) && !is_mapping(view_, call))) return kNoNode;
      return is_short(call) ? kNoNode : call;
    } else if (view_.kind(at).ends_with("_comprehension")) {
      if (view_.field(child) == "body" || view_.kind(child) == "if_clause") return at;
    }
  }
  return kNoNode;
}

NodeId Loops::around(NodeId id) const {
  for (NodeId child = id, at = view_.parent(id); at != kNoNode; child = at, at = view_.parent(at)) {
    if (view_.role(at) == kLoop && view_.nests(at, child)) {
      if (is_loop(at)) return at;
    } else if (view_.is_function(at)) {
      const NodeId call = view_.role(at) == kFunction && !view_.is_script() ? kNoNode : call_of_callback(at);
      if (call == kNoNode || !is_iteration(call)) return kNoNode;
      return call;
    }
  }
  return kNoNode;
}

}  // namespace commandcenter::code::review
