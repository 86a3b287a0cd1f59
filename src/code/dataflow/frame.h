// A function that runs: who called it, what it works on, what it gives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "code/dataflow/call.h"
#include "code/dataflow/dataflow.h"

namespace commandcenter::code::dataflow {

inline constexpr std::uint32_t kMaxEvalDepth = 700;
inline constexpr int kMaxKept_depth = 3;  // of what lies in that which a function gives
inline constexpr std::size_t kMaxKept_boxes = 64;

struct Checked {          // a call
  bool consumed = false;  // what goes in does not come out
  bool fluent = false;    // the receiver comes out
};
struct Site {  // of a call in this file; empty: unknown
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};
struct Frame {
  const Function* function = nullptr;
  ValuePtr returned;
  ValuePtr last;  // of the last statement
  IrId last_ir = kNoIr;
  std::optional<Env> left;                                   // where breaks were
  std::uint32_t self = 0;                                    // box of this
  ValuePtr object;                                           // this, once it was asked for
  int block = -1;                                            // of Ruby: the function that "yield" calls
  std::map<std::string_view, IrId> made;                     // from what a name was made last
  Site site;                                                 // of the call that runs it
  std::map<std::uint32_t, std::shared_ptr<const Box>> kept;  // what lies in that which it gives
  std::vector<ValuePtr> filled;                              // PHP: what parameters by reference are at its ends
  std::string_view kind;                                     // class of the object; empty: not known
};

struct Callers {  // of a function of this file
  std::set<std::pair<std::uint32_t, std::uint32_t>> sites;
  bool refused = false;  // one was not followed
};

using Proven = std::map<std::string, Contexts, std::less<>>;  // expressions, as written

struct Next {  // of a handler that hands a request on
  const Function* guard = nullptr;
  Proven proven;
  bool reached = false;
};

struct Proof {  // of a function that is a test: what it tells about its parameter when it gives the outcome
  std::size_t function = 0;
  std::string_view param;
  std::optional<bool> outcome = true;  // empty: whatever it gives, when it comes back
  std::optional<Contexts> contexts;
  std::size_t depth = 0;  // of the call
};

}  // namespace commandcenter::code::dataflow
