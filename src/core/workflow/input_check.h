// What is certain about a node's input before the run, whatever its templates turn out to be: members that the action
// requires and that are not there, members it does not know, and constants that its schema refuses. Private to this
// folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "core/schema/schema.h"

namespace commandcenter::workflow {

// The checks that an action's input schema allows on single members. Compiled once per action.
class InputCheck {
 public:
  explicit InputCheck(const Json& input_schema);

  // Path within the input, and what is wrong there.
  std::vector<std::pair<std::string, std::string>> problems_of(const Json& input) const;

 private:
  std::vector<std::string> required_;
  std::vector<std::string> names_;
  bool closed_ = false;     // no other names than these
  schema::Schema members_;  // of any subset of the members
  Json properties_;         // by name
  Json definitions_;        // what they may refer to
};

}  // namespace commandcenter::workflow
