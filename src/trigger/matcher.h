// One workflow's event trigger, ready to be asked. Private to this folder; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/regex.h"
#include "base/result.h"
#include "core/workflow/workflow.h"
#include "trigger/trigger.h"

namespace commandcenter::trigger {

// A glob over paths as a regular expression: '*' and '?' stay within a folder, '**' does not, and "**/" may stand for
// no folder at all. Everything else stands for itself.
Result<Regex> compile_glob(std::string_view glob);

// The source of events that this server tells of its own runs.
inline constexpr const char* kOwnSource = "commandcenter";

class Matcher {
 public:
  // Of a trigger that is not for events, one that matches nothing.
  static Result<Matcher> compile(const workflow::Trigger& trigger);

  // One of the patterns fits the type, and every filter the payload; of a member that is a list, one of its values.
  // Time is linear in type and payload.
  bool matches(const Event& event) const;

 private:
  struct Filter {
    std::string member;
    std::vector<Json> values;  // any of them
    std::vector<Regex> globs;  // or any of these
  };

  static bool fits(const Filter& filter, const Json& payload);
  static bool fits_value(const Filter& filter, const Json& value);

  std::vector<std::string> patterns_;
  std::vector<Filter> filters_;
};

}  // namespace commandcenter::trigger
