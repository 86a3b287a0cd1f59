// What a file may do for those that use it: by the names of its functions and values that have to do with a user's data.
#pragma once

#include <string_view>
#include <vector>

namespace commandcenter::code::dataflow {

// Names are parts of the text that they were read from, in order, each once.
struct Dealings {
  std::vector<std::string_view> sources;     // give what a user sends
  std::vector<std::string_view> records;     // give records of a store
  std::vector<std::string_view> statements;  // give parts of statements
  std::vector<std::string_view> sinks;       // do harm with what a user sends

  bool none() const { return sources.empty() && records.empty() && statements.empty() && sinks.empty(); }
};

// The names of other files that a file uses.
struct Foreign {
  std::vector<std::string_view> sources;  // in order; of parts of statements, too
  std::vector<std::string_view> sinks;    // in order

  bool none() const { return sources.empty() && sinks.empty(); }
};

}  // namespace commandcenter::code::dataflow
