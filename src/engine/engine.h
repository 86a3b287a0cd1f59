// The engine: the one place where anything about runs, workflows and agents changes.
//
// Other threads hand it messages by value; its own thread takes all that wait, works out what they mean with the pure
// core, writes everything in one transaction (group commit), and only then answers, launches agents and tells
// subscribers. What was answered is on disk; what was not recorded was not done.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/json.h"
#include "base/result.h"
#include "bus/bus.h"
#include "core/workflow/workflow.h"
#include "egress/egress.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "observe/trace.h"
#include "sandbox/sandbox.h"
#include "sandbox/workspace.h"
#include "store/artifacts/artifacts.h"
#include "store/store.h"
#include "vault/vault.h"

namespace commandcenter::engine {

// An output whose text is longer is a file of the artifact folder; its node run shows {"$artifact": {hash, …}}.
inline constexpr std::size_t kInlineOutput_bytes = 1 << 20;
// A longer patch is such a file too, and whoever decides about it is shown its beginning.
inline constexpr std::size_t kInlinePatch_bytes = 256 << 10;

// The secret that git gets for repositories whose address begins so ("https://git.example.org/team").
struct RepositoryCredential {
  std::string address;
  std::string secret;
};

struct Config {
  std::size_t max_waiting_messages = 20'000;
  std::size_t max_batch_messages = 256;
  std::int64_t max_unfinished_runs = 200'000;  // all that have not ended, parked ones included
  std::int64_t max_running_runs = 1'000;       // in which anything moves; the others wait for their turn
  std::int64_t max_queued_runs = 10'000;       // that wait for their turn
  int max_running_nodes = 8;
  std::int64_t store_retry_ms = 1'000;  // before completions that could not be recorded are tried again
  std::int64_t keep_finished_ms = 0;    // finished runs are deleted once they are older; 0 = never
  std::string agents_folder;            // where registered agents' files are kept
  sandbox::WorkspaceRoots roots;
  bool local_repositories = false;  // file:// below the roots may be fetched
  std::vector<RepositoryCredential> repository_credentials;
  std::vector<egress::Rule> allowed_hosts;  // what agents may reach, if their manifests ask for it
  std::string alerts_url;                   // secret: what an agent gets for the input "target:alerts"
  agent::LimitPolicy agent_limits;
};

struct Seams {
  store::Store& store;
  Clock& clock;
  Entropy& entropy;
  sandbox::Launcher& launcher;
  bus::Bus& bus;
  observe::Log& log;
  store::ArtifactFolder* artifacts = nullptr;  // null: large outputs stay in their rows
  const vault::Vault* vault = nullptr;         // null: agents that need secrets do not start
  observe::Metrics* metrics = nullptr;         // null: nothing is counted
};

template <typename T>
using Reply = std::function<void(Result<T>)>;

struct RunView {
  std::string run_id;
  std::string workflow_id;
  std::string status;  // PENDING, …
  std::string error;
  bool duplicate = false;  // nothing was started: this is the run that the same Once started before
  Json recorded{};         // then the document recorded with it
};

// ---- messages
// ---------------------------------------------------------------------------------------------------------

// Makes a message count once: the run starts only if nothing is recorded under (space, key) yet, and what is recorded
// then becomes durable in the same transaction as the run.
struct Once {
  std::string space;  // whose keys these are: "idempotency", "schedule", …
  std::string key;
  Json document = Json::object();             // recorded together with {"runId": …}; an object
  std::optional<std::int64_t> expires_at_ms;  // afterwards it counts as not recorded; empty = never
};

struct TriggerRun {
  std::string workflow;  // id, or name within the project
  std::int64_t project_id = 1;
  Json context = Json::object();
  std::string trigger = "manual";
  std::string workspace;         // canonical host folder below the roots; empty = the workflow's, or none
  std::string trace_parent;      // W3C trace context of whoever starts it; empty = none
  bool until_finished = false;   // reply when the run has ended, or at the deadline
  std::int64_t deadline_ms = 0;  // monotonic
  // When it is recorded already, the reply is the earlier run's view as it is now, with `duplicate` set; its status is
  // empty when that run is no longer kept. Asked before anything else, so also when the workflow is gone by now.
  std::optional<Once> once;
  bool records_failure = false;  // a workflow that cannot run any more gets a FAILED run that says why, not a reply
  std::vector<store::StateRow> also;  // durable together with the run; not written for a duplicate
  Reply<RunView> reply;
};

// A new run of a finished one: from its failed nodes (what succeeded is kept), from the beginning, or from a node.
struct RetryRun {
  static constexpr std::int64_t kSameVersion = 0;     // what the run executed, agents included
  static constexpr std::int64_t kLatestVersion = -1;  // of its workflow, with the agents of now

  std::string run_id;
  std::string from = "failed";            // "failed", "beginning" or a node's id
  std::int64_t version = kLatestVersion;  // or the number of one
  bool only_failed = true;                // refuse other runs
  std::string trigger = "retry";          // what the new run says it was started by
  Reply<RunView> reply;
  std::optional<Once> once{};  // as in TriggerRun
};

struct CancelRun {
  std::string run_id;
  std::string by;
  Reply<RunView> reply;
};

// Takes back what the patches of a run that has ended changed in its workspace: all of it, or nothing when a file has
// changed since. Replies when that is done.
struct RollbackRun {
  std::string run_id;
  std::string by;
  Reply<RunView> reply;
};

// Replies once the run has ended, or at the deadline with the status it has then.
struct AwaitRun {
  std::string run_id;
  std::int64_t deadline_ms = 0;  // monotonic
  Reply<RunView> reply;
};

struct DecideApproval {
  std::string approval_id;
  bool approved = false;
  std::string by;
  std::string notes;
  Reply<store::ApprovalRow> reply;  // kConflict when it was decided before
};

struct Fact {
  std::string space;
  std::string key;
};

// Facts without a run, all of them durable when the reply comes. `updated_at_ms` is filled in.
struct Record {
  std::vector<store::StateRow> puts;
  std::vector<Fact> deletes;  // after the puts
  Reply<bool> reply;
};

// Has the last word before a workflow is stored: about what must be unique among all of them. On the engine's thread,
// when every change before it was told to on_workflow_changed.
using WorkflowGuard = std::function<Result<void>()>;

struct CreateWorkflow {
  workflow::Definition definition;
  WorkflowGuard guard;  // may be empty
  workflow::Locator locate;
  Reply<store::WorkflowRow> reply;
  std::function<void(const std::vector<workflow::Problem>&)> problems;  // instead of the reply, when there are any
  // The workflow is created only if nothing is recorded yet; else `repeated` is called instead of the reply, with what
  // is, and {"workflowId": …} in it.
  std::optional<Once> once{};
  std::function<void(const Json& recorded)> repeated{};
};

// A change that changes nothing makes no version: the reply is the workflow as it is.
struct UpdateWorkflow {
  std::string id;
  std::int64_t expected_version = 0;  // the change was made against this version
  workflow::Definition definition;
  WorkflowGuard guard;  // may be empty
  Reply<store::WorkflowRow> reply;
  // Instead of the reply when it is at another version by now; if empty, that is kConflict.
  std::function<void(const store::WorkflowRow& current)> outdated{};
  std::function<void(const std::vector<workflow::Problem>&)> problems;
};

struct DeleteWorkflow {
  std::string id;
  Reply<bool> reply;
};

struct RegisterAgent {
  agent::Agent agent;
  std::string folder_to_import;  // already checked against the roots; empty = nothing to import
  bool replace = false;          // an existing agent of that name gets a new revision instead of a conflict
  Reply<agent::Agent> reply;
};

struct UpdateAgent {
  std::string id;
  std::function<void(agent::Agent&)> change;
  Reply<agent::Agent> reply;
};

struct DeleteAgent {
  std::string id;
  Reply<bool> reply;
};

// Where an unfinished run stands among the others.
struct Standings {
  bool queued = false;
  std::int64_t queued_before = 0;         // runs that want the same places and were accepted earlier
  std::string lane;                       // "<workflow>/<concurrency key>"; empty = it shares places with nobody
  std::int64_t lane_limit = 0;            // 0 = none
  std::vector<std::string> lane_holders;  // runs that have the lane's places
  std::int64_t moving_runs = 0;
  std::int64_t max_moving_runs = 0;
  int running_nodes = 0;
  int max_running_nodes = 0;
  std::size_t ready_nodes = 0;
  std::map<std::string, std::int64_t> retry_at_ms;  // by node
};

struct ExplainRun {
  std::string run_id;
  Reply<Standings> reply;
};

using Message = std::variant<TriggerRun, ExplainRun, RetryRun, CancelRun, RollbackRun, AwaitRun, DecideApproval, Record,
                             CreateWorkflow, UpdateWorkflow, DeleteWorkflow, RegisterAgent, UpdateAgent, DeleteAgent>;

// ---- the engine
// ---------------------------------------------------------------------------------------------------------

struct Health {
  bool store_ok = true;
  bool accepting = true;
  std::size_t waiting_messages = 0;
  int running_nodes = 0;
  std::size_t ready_nodes = 0;
  std::int64_t live_runs = 0;        // in memory
  std::int64_t unfinished_runs = 0;  // of them:
  std::int64_t moving_runs = 0;
  std::int64_t queued_runs = 0;
};

class Engine {
 public:
  Engine(Config config, Seams seams);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Loads the registry, registers the built-in agents of this version, and recovers every unfinished run. Once, before
  // anything else.
  Result<void> recover();

  // Called on the engine's thread with every workflow that was stored, changed or deleted, once that is durable and
  // before it is answered. Once, before start().
  void on_workflow_changed(std::function<void(const store::WorkflowRow&)> observer);

  // Starts the engine's thread.
  void start();

  // Accepts nothing new, lets running agents finish for at most grace_ms, or until `is_urgent` says so, then stops the
  // thread and kills what still runs; that is picked up again by the next recover().
  void stop(std::int64_t grace_ms, const std::function<bool()>& is_urgent = {});

  // Any thread. False when too many messages wait or the engine is stopping; the message is then dropped without a
  // reply.
  bool post(Message message);

  Health health() const;

  // For the simulator, instead of start(): one turn of the loop without waiting. True when it did anything.
  bool turn();
  // When the next timer is due (wall clock), if any.
  std::optional<std::int64_t> next_due_ms() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The public form of a recorded event, as subscribers and the event stream see it.
Json event_json(const store::EventRow& row);

// The bus subject of everything that concerns one run.
std::string run_subject(const std::string& run_id);

// The space of the facts in which readers of the journal record how far they are, {"position": n}: retention deletes
// nothing that one of them has yet to read.
inline constexpr std::string_view kReadersSpace = "outbox";

// The bus subjects that tell only that there is something new: in the journal, up to the message's position; among the
// workflows.
inline constexpr std::string_view kJournalSubject = "journal";
inline constexpr std::string_view kWorkflowsSubject = "workflows";

}  // namespace commandcenter::engine
