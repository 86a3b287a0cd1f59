// What the rules share: a file as they see it, and where they put what they find.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

 private:
  const View& view_;
  const Leaves& leaves_;
  const std::vector<JudgedFunction>& functions_;
  std::vector<Spot>& spots_;
};

// Complexity, parameters and nesting of the file's functions, and its length.
void judge_size(Judge& judge);

// One node each.
void judge_extent(Judge& judge, NodeId id);       // length of functions, size of classes
void judge_leftovers(Judge& judge, NodeId id);    // notes, console, debugger
void judge_errors(Judge& judge, NodeId id);       // empty catch, unreachable code
void judge_security(Judge& judge, NodeId id);     // eval
void judge_performance(Judge& judge, NodeId id);  // loops, and what they repeat

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
  // A call that runs its callback once for each element.
  bool is_iteration(NodeId call) const;
  // The call that gets the function as an argument; kNoNode.
  NodeId call_of_callback(NodeId closure) const;

 private:
  bool is_endless(NodeId loop) const;
  bool is_short(NodeId loop) const;
  const View& view_;
};

}  // namespace commandcenter::code::review
