// One application of an event to a run's state, shared by the verbs: what became of each node, and what follows for the
// nodes behind it. Private to this folder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/run/run.h"

namespace commandcenter::run {

class Transition {
 public:
  Transition(RunState& state, std::int64_t at_ms) : state_(state), at_ms_(at_ms) {}

  // The verbs: one per event. Each leaves either a refusal or a changed state.
  void create(const RunCreated& event);
  void admit();
  void node_started(const NodeStarted& event);
  void node_succeeded(const NodeSucceeded& event);
  void node_previewed(const NodePreviewed& event);
  void patch_applied(const PatchApplied& event);
  void patch_refused(const PatchRefused& event);
  void node_failed(const NodeFailed& event);
  void node_interrupted(const NodeInterrupted& event);
  void retry_due(const RetryDue& event);
  void approval_decided(const ApprovalDecided& event);
  void approval_expired(const ApprovalExpired& event);
  void run_cancelled(const RunCancelled& event);
  void run_timed_out();

  Decision take() { return std::move(decision_); }

 private:
  const workflow::PlannedNode& planned(std::size_t node) const { return state_.plan->nodes[node]; }
  NodeState& node(std::size_t index) { return state_.nodes[index]; }
  // Now, unless the clock was set back since then: what is recorded of a node never ends before it began.
  std::int64_t not_before(std::int64_t then_ms) const { return std::max(at_ms_, then_ms); }

  // An agent that changes files works on a copy before anybody is asked, so that what is approved is the change itself.
  bool works_on_copy(std::size_t index) const {
    return !planned(index).is_transform && state_.plan->agents[planned(index).agent].changes_workspace;
  }

  void refuse(ErrorCode code, std::string message) { decision_.refused = Error{code, std::move(message)}; }
  void command(Command command) { decision_.commands.push_back(std::move(command)); }
  void touch(std::size_t node);
  bool expect_running(std::size_t node, std::int64_t attempt);  // refuses what is late or double
  bool expect_applying(std::size_t node, std::int64_t attempt);

  // create.cpp
  void begin();

  // settle.cpp: what follows from a node having reached a final state.
  enum class Resolution { kOpen, kOk, kNotOk };
  Resolution resolution(std::size_t node) const;
  void settle(std::vector<std::size_t> candidates);
  bool dependencies_resolved(std::size_t node) const;
  void decide_waiting(std::size_t node);
  void schedule(std::size_t node);
  bool resolve_input(std::size_t node);
  bool condition_holds(std::size_t node);
  void finish_node(std::size_t node, NodeStatus status, std::string reason, std::string error);
  void update_run_status();
  void finish_run();

  // stop.cpp
  void stop(RunStatus end, std::string reason, std::string error);
  void finish_stopped(std::size_t node);

  RunState& state_;
  std::int64_t at_ms_;
  Decision decision_;
  std::vector<std::size_t> open_;  // nodes to look at again
};

}  // namespace commandcenter::run
