// What the rules share: a file as they see it, and where they put what they find.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "code/metrics/metrics.h"
#include "code/review/figures.h"
#include "code/review/roles.h"
#include "code/review/rule_table.h"
#include "code/scan/scan.h"

namespace commandcenter::code::review {

// A function as it is listed: lizard's figures, and the tree's where both see the same function.
struct JudgedFunction {
  FunctionMetrics metrics;
  std::optional<FunctionFigures> figures;
};

// Without blanks, brackets and semicolons around it.
std::string_view trimmed(std::string_view text);

// What lies there is called by people, who want to read what it prints.
bool is_of_command(std::string_view path);

// "save" of "db.users.save" and of "of(x).save": what a call names last. Empty when it names nothing.
std::string_view called_name(const View& view, NodeId call);

// The names below a node, functions in it left out. Calls see(id, name).
template <typename See>
void for_each_name(const View& view, NodeId subtree, const See& see) {
  for (NodeId id = subtree; id < view.node(subtree).after;) {
    if (id != subtree && view.is_function(id)) {
      id = view.node(id).after;
      continue;
    }
    const SyntaxNode& node = view.node(id);
    if (node.after == id + 1 && node.named && !node.extra && view.role(id) != Role::kString) {
      const std::string_view text = view.text(id);
      if (!text.empty() && (text[0] == '_' || text[0] == '$' || text[0] == '@' || (text[0] | 0x20) >= 'a'))
        see(id, text);
    }
    ++id;
  }
}

// A member: what it belongs to stands in front.
inline bool is_behind_point(const View& view, NodeId id) {
  const std::string_view before = view.source().text().substr(0, view.node(id).begin);
  return before.ends_with('.') || before.ends_with("->");
}

// A finding of the rule as the table has it, without a place.
Spot spot_of(Rule rule);

class Judge {
 public:
  Judge(const View& view, const Leaves& leaves, const std::vector<JudgedFunction>& functions, std::vector<Spot>& spots)
      : view_(view), leaves_(leaves), functions_(functions), spots_(spots) {}

  const View& view() const { return view_; }
  const Leaves& leaves() const { return leaves_; }
  const std::vector<JudgedFunction>& functions() const { return functions_; }

  // Adds a finding at the node's first line, and gives it for what else there is to say.
  Spot& add(Rule rule, NodeId node, std::string description = {});
  Spot& add(Rule rule, std::size_t begin, std::size_t end, std::string description = {});

  // The line that the statement stands on, taken out, when nothing else stands there and nothing depends on it.
  std::optional<Fix> without_line(NodeId node) const;

  // True at the first question about the node: for rules that tell of a loop once.
  bool first_of(NodeId node) { return told_.insert(node).second; }

  // Of the file; empty until it was asked for.
  std::optional<bool> prints_often;

 private:
  const View& view_;
  const Leaves& leaves_;
  const std::vector<JudgedFunction>& functions_;
  std::vector<Spot>& spots_;
  std::unordered_set<NodeId> told_;
};

// Complexity, parameters and nesting of the file's functions, and its length.
void judge_size(Judge& judge);

// One node each.
void judge_extent(Judge& judge, NodeId id);       // length of functions, size of classes
void judge_leftovers(Judge& judge, NodeId id);    // notes, console, debugger
void judge_errors(Judge& judge, NodeId id);       // empty catch, unreachable code
void judge_security(Judge& judge, NodeId id);     // eval
void judge_performance(Judge& judge, NodeId id);  // loops, and what they repeat

// A query to a database in a loop, when the call is one.
bool is_query(const View& view, NodeId call);
void judge_query(Judge& judge, const class Loops& loops, NodeId call, std::string_view callee);

// Calls of the file's own async functions whose promise nobody takes.
void judge_promises(Judge& judge);

// Functions that are private to the file and used nowhere in it.
void judge_unused(Judge& judge);

// Loops, for the rules that ask about them.
class Loops {
 public:
  explicit Loops(const View& view) : view_(view) {}
  // A loop over data: neither endless nor over constants.
  bool is_loop(NodeId id) const;
  // What the length of a loop in the body of another one grows with.
  enum class Length : std::uint8_t {
    kOfAll,   // with the data, in each turn
    kOfTurn,  // with what belongs to the turn: together they see each element once
    kOfRest,  // with what the turns before have left: a place that moves on
  };
  Length length_of(NodeId inner, NodeId outer) const;
  // The innermost around the node within its function, or, through callbacks of forEach and its like, beyond.
  NodeId around(NodeId id) const;
  // The same, also through what makes one value of each element: "map" and its like, comprehensions of Python.
  NodeId repeating(NodeId id) const;
  // What gets another value in each turn, in front of the node: the loop's own variables, and what its body assigns.
  std::vector<std::string_view> values_of_turn(NodeId loop, NodeId before) const;
  std::vector<std::string_view> variables(NodeId loop) const;  // the loop's own
  // What a loop runs over; kNoNode for loops with a condition.
  NodeId collection(NodeId loop) const;
  // An inner loop that holds what its turn brings against what the outer one's does: it searches, or pairs.
  bool compares(NodeId inner, NodeId outer) const;
  // The expression has the same value in each turn: names that the loop does not give a value to.
  bool is_same_in_each_turn(NodeId expression, NodeId loop) const;
  // A call that runs its callback once for each element.
  bool is_iteration(NodeId call) const;
  // The call that gets the function as an argument; kNoNode.
  NodeId call_of_callback(NodeId closure) const;
  bool is_endless(NodeId loop) const;

 private:
  bool is_short(NodeId loop) const;
  const View& view_;
};

}  // namespace commandcenter::code::review
