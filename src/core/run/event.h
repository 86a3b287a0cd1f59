// Everything that can happen to a run. Events are facts in the past tense; time, chance and names arrive inside them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "base/json.h"
#include "base/result.h"
#include "core/run/state.h"
#include "core/workflow/workflow.h"

namespace commandcenter::run {

// The first event of every run.
struct RunCreated {
  std::string run_id;
  std::string workflow_id;
  std::int64_t workflow_version = 1;
  std::string trigger;
  Json context = Json::object();
  std::string workspace;
  std::string retry_of;              // run that this one repeats; empty = none
  std::map<std::string, Json> kept;  // outputs of nodes that are not run again
  std::string rerun_from{};          // of a repetition: "failed", "beginning" or the node it begins with
  bool queued = false;               // other runs come first: nothing begins before RunAdmitted
  std::string error{};               // why it cannot run; it then ends at once, FAILED
  std::string trace_parent{};        // W3C trace context that came with what started it; empty = none
};

// A queued run's turn has come.
struct RunAdmitted {};

struct NodeStarted {
  std::size_t node = 0;
  std::int64_t attempt = 1;
};

struct NodeSucceeded {
  std::size_t node = 0;
  std::int64_t attempt = 1;
  Json output;
};

// The attempt succeeded on a copy of the workspace: nothing outside has changed yet.
struct NodePreviewed {
  std::size_t node = 0;
  std::int64_t attempt = 1;
  Json output;
  Patch patch;
};

// The approved patch is in the workspace, all of it.
struct PatchApplied {
  std::size_t node = 0;
  std::int64_t attempt = 1;
  std::string reverse;  // the patch that takes it back
};

// It is not, and nothing of it: the workspace has changed, or cannot be written.
struct PatchRefused {
  std::size_t node = 0;
  std::int64_t attempt = 1;
  std::string error;
};

struct NodeFailed {
  std::size_t node = 0;
  std::int64_t attempt = 1;
  std::string reason;  // machine word: "exit", "timeout", "output_invalid", …
  std::string error;   // for people
  double jitter = 0;   // [0, 1), from Entropy, for the delay before a next attempt
};

// The server stopped while the attempt was under way; what became of it is unknown.
struct NodeInterrupted {
  std::size_t node = 0;
  std::int64_t attempt = 1;
};

struct RetryDue {
  std::size_t node = 0;
};

struct ApprovalDecided {
  std::size_t node = 0;
  bool approved = false;
  std::string by;
  std::string notes;
};

struct ApprovalExpired {
  std::size_t node = 0;
};

struct RunCancelled {
  std::string by;
  std::string superseded_by{};  // the newer run of the same concurrency key that took its place; empty = none
};

struct RunTimedOut {};

using Payload =
    std::variant<RunCreated, RunAdmitted, NodeStarted, NodeSucceeded, NodePreviewed, PatchApplied, PatchRefused,
                 NodeFailed, NodeInterrupted, RetryDue, ApprovalDecided, ApprovalExpired, RunCancelled, RunTimedOut>;

struct Event {
  std::int64_t at_ms = 0;
  Payload payload;
};

// "run.created", "node.started", …: the type of an event in the journal and on the wire.
std::string_view event_type(const Payload& payload);

// For the journal. Nodes are written by id, so that a journal can be read without its plan.
Json encode(const Event& event, const workflow::Plan& plan);
Result<Event> decode(std::string_view type, std::int64_t at_ms, const Json& document, const workflow::Plan& plan);

}  // namespace commandcenter::run
