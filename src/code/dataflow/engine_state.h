// What the engine knows while it runs one module. For one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "code/dataflow/call.h"
#include "code/dataflow/dataflow.h"
#include "code/dataflow/frame.h"

namespace commandcenter::code::dataflow {

using Shelf = std::map<std::string, ValuePtr, std::less<>>;       // what functions left for others, by its place
using Ancestors = std::vector<std::pair<std::string_view, int>>;  // of a class, and how many steps above it

struct Written {  // a name of a function, by one that was made in it and ran elsewhere
  const Function* around = nullptr;
  std::string_view name;
  ValuePtr value;
};

class EngineState {
 protected:
  EngineState(const Module& module, Shelf shelf)
      : module_(module), models_(Models::of(module.grammar)), shelf_(std::move(shelf)) {}

  const Module& module_;
  const Models& models_;
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_name_;
  mutable std::unordered_map<IrId, std::string> spelled_;  // of chains of names
  std::unordered_map<IrId, ValuePtr> literals_;
  bool whole_ = false;                   // what is reported is a statement that another file's function got as it is
  std::map<std::size_t, Env> captured_;  // where a function was made
  std::vector<Written> written_;         // in functions around those that gave them a value
  std::set<std::size_t> called_;         // with a callback's parameters: needs no run of its own
  std::unordered_map<const Function*, bool> entries_;       // whether all that they are given comes from a user
  std::unordered_map<std::string, bool> users_;             // parameters, as declared, that a user sends
  std::unordered_map<std::string, const Rule*> suspected_;  // what calls by a name may be, by a pattern; null: nothing
  mutable std::map<std::tuple<const Pattern*, const char*, std::size_t>, bool> stands_in_;
  std::vector<std::size_t> active_;
  std::map<std::string_view, std::string_view> setters_;  // function, the name that it gives a value to
  std::set<std::string, std::less<>> spread_names_;       // of f(**map)
  std::map<std::string_view, std::uint32_t> selves_;      // class, the box of this
  using Spot = std::tuple<std::size_t, std::size_t, const Rule*>;
  std::map<Spot, Flaw> flaws_;  // by place, here and elsewhere
  // Of flaws that are there for what a parameter may be, where these parameters are; empty: for more than that.
  std::map<Spot, std::set<std::uint32_t>> supposed_;
  // Functions that let a statement go on that they get as it is: where it does harm, and as which parameter.
  std::map<std::size_t, std::pair<const Entry*, std::size_t>> let_on_;
  std::map<std::size_t, Callers> callers_;         // of functions of this file
  std::set<std::uint32_t> doubtful_;               // parameters that are handed what nobody knows
  std::map<std::uint32_t, bool> answered_for_;     // parameters whose callers are all known and looked at
  bool sees_users_ = false;                        // something of a request is in this file
  std::map<std::size_t, ValuePtr> summaries_;      // of functions that ran by themselves; null: have to be followed
  bool sums_up_ = false;                           // what objects keep is known
  std::map<std::size_t, std::size_t> followed_;    // how often, where a summary would have done
  std::map<std::string_view, IrId> made_outside_;  // from what names outside of functions were made
  bool shares_ = false;                            // the function that is about to run shares the names of its caller
  int waiting_ = 0;                                // summaries that are being made
  bool tired_ = false;                             // not all has been run
  std::vector<ValuePtr> filled_;                   // Go: what parameters were when the last function was left
  Frame frame_;
  Env globals_;
  Env foreign_globals_;                 // of other files
  int foreign_ = 0;                     // how many functions of other files run, since one of this file did
  std::vector<Argument> handed_over_;   // to the first of them
  std::uint32_t call_offset_ = 0;       // where this file called them
  std::uint32_t call_end_ = 0;          // of the name that it called
  std::set<std::uint32_t> told_there_;  // calls of functions whose statements are found when their files are looked at
  Site site_;                           // of the function that is about to run
  std::string_view kind_;               // the same: class of its object
  std::uint32_t next_box_ = 1;
  std::uint32_t depth_ = 0;
  std::size_t steps_ = 0;                                                 // of this function
  std::size_t all_steps_ = 0;                                             // of the functions before
  ValuePtr piped_;                                                        // the stream whose steps are made now
  std::optional<std::size_t> page_block_;                                 // of Sinatra: its value is shown
  bool follows_name_ = false;                                             // from a test to what its name was made of
  Next* next_ = nullptr;                                                  // while a handler in front of others runs
  std::map<std::size_t, Proven> proven_for_;                              // the same, by the handlers of routes
  Proven in_front_;                                                       // what those prove of the next one's request
  std::map<std::string, ValuePtr> schemas_in_front_;                      // of Hono, by the part that they check
  Proof* proves_ = nullptr;                                               // while such a function runs
  mutable std::unordered_map<std::string_view, Ancestors> ancestors_;     // of classes that were asked for
  std::map<std::size_t, bool> refuses_;                                   // functions that may not come back
  std::map<std::pair<std::size_t, std::string_view>, Contexts> returns_;  // of a parameter, when they do
  int loops_ = 0;                                                         // around what runs now
  Shelf shelf_;
  std::map<std::size_t, bool> first_;          // functions that run before others of their object
  std::set<std::string, std::less<>> queues_;  // members that are one: "Pool.jobs"
  std::set<std::string, std::less<>> missed_;  // places that were empty when they were looked at
  bool came_late_ = false;
  std::map<std::string, std::vector<ValuePtr>> hooks_;  // PHP: what was put there to be run, by its name
  bool keeps_members_ = false;  // something was put on a member of an object of which only the name is known
};

}  // namespace commandcenter::code::dataflow
