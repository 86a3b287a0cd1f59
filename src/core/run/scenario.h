// Text scenarios of runs: tests/scenarios/run/*.scenario, described in the README beside them. Tests only.
//
// In: a file with a workflow, events and expectations. Out: what was not as expected, each with its line; the journal;
// every change of state that happened. scenario_parse_test.cpp reads, scenario_play_test.cpp plays, step_check_test.cpp
// holds each step against what is true of all of them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "core/run/run.h"

namespace commandcenter::run::scenario {

inline constexpr std::int64_t kBegin_ms = 1'700'000'000'000;  // when every scenario begins
inline constexpr std::string_view kRunId = "01j0000000000000000000000a";
inline constexpr std::string_view kFolder = "tests/scenarios/run";

struct Token {
  std::string text;
  bool quoted = false;
};

// One line: '>' an event, '=' an expectation, '@' the time of what follows.
struct Step {
  int line = 0;
  char kind = '>';
  std::string text;           // behind the kind
  std::vector<Token> tokens;  // words and quoted texts
  std::optional<Json> json;   // a map or list that ends the line
};

struct Scenario {
  std::string path;
  std::shared_ptr<const workflow::Plan> plan;
  std::vector<Step> steps;
};

// The agents that scenarios may use: reader (no effects), writer (effects), risky (effects, needs approval), editor
// (changes files), fixer (changes files, needs approval).
std::optional<workflow::AgentSnapshot> find_agent(const std::string& name);

// A plan of a workflow in any dialect; the error lists every problem.
Result<std::shared_ptr<const workflow::Plan>> make_plan_of(std::string_view workflow);

// Errors begin with "path:line: ".
Result<Scenario> parse_scenario(const std::string& path, std::string_view text);
Result<Scenario> read_scenario(const std::string& path);

// Every file of the folder, sorted; empty when there is none.
std::vector<std::string> scenario_paths();

// A state as comparable JSON: everything but the plan.
Json state_json(const RunState& state);

// The state's own name, which tells WAITING from PENDING and BACKOFF from FAILED.
std::string_view state_name(NodeStatus status);

// "start(scan)", "start(scan#2)", "retry(scan at 1s)", …; times count from kBegin_ms.
std::string command_text(const Command& command, const workflow::Plan& plan);

// from, cause, to. The cause of a node's change is the event's type if the event was about this node or about the run,
// else "dependency".
using Change = std::tuple<std::string, std::string, std::string>;

struct Changes {
  std::set<Change> nodes;
  std::set<Change> run;
};

// The changes that docs/formats/run-states.md lists.
Changes documented_changes();

// Holds every step against what must be true of all: see step_check_test.cpp.
class StepCheck {
 public:
  // Moves the state, and returns what the step broke.
  std::vector<std::string> step_and_check(RunState& state, const Event& event, Decision& decision);

  const Changes& changes() const { return changes_; }

 private:
  void check_commands(const RunState& before, const RunState& after, const Decision& decision);
  void check_states(const RunState& before, const RunState& after, const Decision& decision);
  void check_outstanding(const RunState& after, const Event& event, const Decision& decision);
  void note_changes(const RunState& before, const RunState& after, const Event& event);
  void broken(std::string what) { broken_.push_back(std::move(what)); }

  std::map<std::size_t, std::string> open_;  // by node: the start or retry that it still waits for
  std::vector<std::string> broken_;
  Changes changes_;
};

struct Entry {
  std::string type;
  std::int64_t at_ms = 0;
  std::string document;
};

struct Finding {
  int line = 0;
  std::string message;
};

struct Played {
  RunState state;
  std::vector<Entry> journal;  // of the events that were not refused, as text
  Changes changes;
  std::vector<Finding> findings;
};

Played play(const Scenario& scenario);

}  // namespace commandcenter::run::scenario
