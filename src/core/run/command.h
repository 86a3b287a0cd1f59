// What the outside must do because of an event. Commands are imperative, and carried out only after the event that
// caused them is durable. What of them is still open can be derived from the state alone: see outstanding() in run.h.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

namespace commandcenter::run {

struct StartNode {
  std::size_t node = 0;
  std::int64_t attempt = 1;
};

// Kill the attempt; its end is still to be reported.
struct StopNode {
  std::size_t node = 0;
  std::int64_t attempt = 1;
};

// Write the node's patch to the workspace it was made from. Repeated after a restart: it must count once.
struct ApplyPatch {
  std::size_t node = 0;
  std::int64_t attempt = 1;
};

struct RequestApproval {
  std::size_t node = 0;
  std::int64_t expires_at_ms = 0;
};

// An open approval that nobody needs to decide any more.
struct WithdrawApproval {
  std::size_t node = 0;
};

struct ScheduleRetry {
  std::size_t node = 0;
  std::int64_t at_ms = 0;
};

struct FinishRun {};

using Command =
    std::variant<StartNode, StopNode, ApplyPatch, RequestApproval, WithdrawApproval, ScheduleRetry, FinishRun>;

}  // namespace commandcenter::run
