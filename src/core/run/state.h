// The state of one run: a value that step() moves forward, one event at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "core/workflow/workflow.h"

namespace commandcenter::run {

enum class RunStatus { kPending, kRunning, kWaitingApproval, kSuccess, kFailed, kCancelled };

enum class NodeStatus {
  kWaiting,  // its dependencies are not done
  kPending,  // ready; waits for a free place to run
  kWaitingApproval,
  kRunning,
  kApplying,  // its patch was approved and is being written
  kBackoff,   // this attempt failed; the next one starts when its delay is over
  kSuccess,
  kFailed,
  kSkipped,
  kCancelled,
};

std::string_view run_status_word(RunStatus status);    // "PENDING", …
std::string_view node_status_word(NodeStatus status);  // as clients see it: kWaiting and kPending are "PENDING",
                                                       // kApplying is "RUNNING", kBackoff "FAILED"
bool is_final(RunStatus status);
bool is_final(NodeStatus status);

// What an agent changed in its copy of the workspace, as `git apply` takes it.
struct Patch {
  std::string text;
  std::int64_t files = 0;
  std::int64_t added = 0;  // lines
  std::int64_t removed = 0;
};

struct NodeState {
  NodeStatus status = NodeStatus::kWaiting;
  std::int64_t attempt = 0;  // 0 until it is scheduled for the first time
  int interruptions = 0;     // attempts in a row that were lost
  Json input;                // resolved; null until then
  Json output;               // null unless succeeded, or shown beside the patch that waits for approval
  bool has_output = false;
  bool approved = false;
  std::optional<Patch> patch;      // of an agent that changes files
  std::string reverse_patch;       // takes the applied patch back; empty = nothing was applied
  std::string workspace;           // host folder, when its input named one; empty = the run's
  std::string error;               // why it failed, for people
  std::string reason;              // machine word for failed, skipped and cancelled
  std::int64_t retry_at_ms = 0;    // for kBackoff
  std::int64_t created_at_ms = 0;  // of this attempt
  std::optional<std::int64_t> started_at_ms;
  std::optional<std::int64_t> finished_at_ms;
};

struct RunState {
  std::string id;
  std::shared_ptr<const workflow::Plan> plan;
  Json context = Json::object();
  std::string trigger;
  std::string workspace;
  std::string trace_parent;  // that came with what started it; empty = none
  RunStatus status = RunStatus::kPending;
  bool queued = false;  // not admitted yet: nothing begins
  std::string error;
  bool stopping = false;  // cancelled or timed out: nothing new starts, what runs is being killed
  RunStatus stop_status = RunStatus::kCancelled;
  std::string stop_reason;    // "cancelled" or "timeout"
  std::int64_t sequence = 0;  // of the last event applied
  std::int64_t created_at_ms = 0;
  std::optional<std::int64_t> admitted_at_ms;  // its time-out counts from here
  std::optional<std::int64_t> finished_at_ms;
  std::vector<std::size_t> applied;  // nodes whose patches were written, in that order
  std::vector<NodeState> nodes;      // parallel to plan->nodes
};

// What a run asks of the engine: a queued one its turn, a moving one memory and places, a parked one only that somebody
// decides.
enum class Phase { kQueued, kMoving, kParked, kDone };
Phase phase_of(const RunState& state);

// Ids of what belongs to a node, at most 36 characters, unique, made from the run's id alone.
std::string node_run_id(std::string_view run_id, std::size_t node, std::int64_t item, std::int64_t attempt);
std::string approval_id(std::string_view run_id, std::size_t node, std::int64_t item);

// What an approval is bound to: changes when the resolved input, the agent or its version does, or
// the patch to be written.
std::string approval_hash(const RunState& state, std::size_t node);

}  // namespace commandcenter::run
