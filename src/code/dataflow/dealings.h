// What a file may do for those that use it: by the names of its functions and values that have to do with a user's
// data.
#pragma once

#include <compare>
#include <string_view>
#include <vector>

namespace commandcenter::code::dataflow {

// Parts of the text that they were read from.
struct DealingName {
  std::string_view name;
  std::string_view owner;  // the class without whose name nobody can use it; empty: none, or it is not known
  auto operator<=>(const DealingName&) const = default;
};

// In order, each once.
struct Dealings {
  std::vector<DealingName> sources;     // give what a user sends
  std::vector<DealingName> records;     // give records of a store
  std::vector<DealingName> statements;  // give parts of statements
  std::vector<DealingName> sinks;       // do harm with what a user sends

  bool none() const { return sources.empty() && records.empty() && statements.empty() && sinks.empty(); }
};

// The names of other files that a file uses.
struct Foreign {
  // In order.
  std::vector<std::string_view> sources;
  std::vector<std::string_view> statements;
  std::vector<std::string_view> sinks;

  bool none() const { return sources.empty() && statements.empty() && sinks.empty(); }
};

}  // namespace commandcenter::code::dataflow
