// The life of a run as a pure function: state and event in, new state and commands out. No clock, no I/O, no chance.
//
//   RunCreated (RunAdmitted, if it was queued) ──▶ nodes whose dependencies are done get their input resolved, then
//   wait for approval or a free place NodeStarted … NodeSucceeded / NodeFailed ──▶ dependants become ready, or are
//   skipped with the reason when every node is final, so is the run: FAILED if a node failed and nothing handled it
//
// docs/formats/run-states.md draws the machine.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "core/run/command.h"
#include "core/run/event.h"
#include "core/run/state.h"

namespace commandcenter::run {

inline constexpr std::size_t kMaxNodeInput_bytes = 1 << 20;
inline constexpr std::size_t kMaxConcurrencyKey_bytes = 200;
inline constexpr int kMaxInterruptions = 5;  // lost attempts in a row before a harmless node fails after all

// What an event meant. A refused event changed nothing and must not be recorded: a late completion, a second decision.
struct Decision {
  std::optional<Error> refused;
  std::vector<Command> commands;
  std::vector<std::size_t> touched;  // nodes whose state changed, each once, in order
};

// Before its first event a run is RunState{.plan = …}; that event must be RunCreated.
Decision step(RunState& state, const Event& event);

// The name under which a run of this plan meets others of its workflow, from the plan's concurrency key; empty when it
// has none. A long one is shortened to its hash. kInvalid when the context does not give a value.
Result<std::string> concurrency_key(const workflow::Plan& plan, const Json& context);

// The starts, retries and patches that a state still waits for, as commands: what has to be done again when they were
// lost. Open approvals are nodes in kWaitingApproval; attempts that were under way are running_nodes().
std::vector<Command> outstanding(const RunState& state);

// The nodes that are running, as a restart finds them.
std::vector<std::size_t> running_nodes(const RunState& state);

}  // namespace commandcenter::run
