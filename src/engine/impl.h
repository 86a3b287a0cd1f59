// The engine's insides, split over files by what they do: loop (turns and commits), runs (state and rows), work
// (launching and what comes back), requests (messages about runs), admin (workflows and agents), recover. Private to
// this folder.
#pragma once

#include <atomic>
#include <limits>
#include <map>
#include <set>
#include <thread>
#include <unordered_map>

#include "core/run/run.h"
#include "engine/admission.h"
#include "engine/catalog.h"
#include "engine/engine.h"
#include "engine/inbox.h"
#include "engine/ready_queue.h"
#include "engine/timers.h"

namespace commandcenter::engine {

// What other threads report back about an attempt.
struct LogBuffer;

// What is too large for a row, as a file.
struct StoredOutput {
  std::string hash;
  std::int64_t size_bytes = 0;
};

struct NodeEnded {
  std::string run_id;
  std::size_t node = 0;
  std::int64_t attempt = 1;
  agent::Outcome outcome;
  Json facts;                          // exit code, duration
  std::shared_ptr<LogBuffer> logs;     // the last lines, until they are recorded with the end
  std::optional<StoredOutput> stored;  // where the output, or the patch, is, if it is too large for a row
};

// keep.cpp
// A member of an event's data that may be too large for a row, and how it is kept then.
struct StoredKind {
  const char* member;  // of the event's data
  std::string_view name;
  std::string_view media_type;
};
inline constexpr StoredKind kStoredOutput{"output", "output.json", "application/json"};
inline constexpr StoredKind kStoredPatch{"patch", "changes.patch", "text/x-diff"};
inline constexpr StoredKind kStoredReverse{"reverse", "rollback.patch", "text/x-diff"};
inline constexpr const char* kStoredMember = "outputArtifact";  // of an event's document
void keep_output(store::ArtifactFolder* artifacts, NodeEnded& ended);
std::optional<StoredOutput> keep_patch(store::ArtifactFolder* artifacts, const std::string& text);
Json artifact_json(const StoredOutput& stored, const StoredKind& kind);

// What came of writing an approved patch, or of taking back those of a run.
struct PatchEnded {
  std::string run_id;
  std::size_t node = 0;
  std::int64_t attempt = 1;
  Result<patch::Applied> applied;
  std::optional<StoredOutput> stored{};  // where the patch that takes it back is, if it is too large for a row
};

struct RollbackEnded {
  std::string run_id;
  std::string by;
  Result<patch::Applied> applied;
  Reply<RunView> reply;
};

struct CheckoutEnded {
  std::string run_id;
  Result<sandbox::Fetched> fetched;
};

struct LogsWaiting {
  std::string node_run_id;
};

struct ProgressWaiting {
  std::string node_run_id;
};

using Item = std::variant<Message, NodeEnded, PatchEnded, RollbackEnded, CheckoutEnded, LogsWaiting, ProgressWaiting>;

// Log lines on their way from the launcher's thread to the engine's. One LogsWaiting is under way at most.
struct LogBuffer {
  std::mutex mutex;
  std::string text;
  std::string last_error_line;
  bool announced = false;
  std::optional<agent::Progress> progress;  // the latest, until the engine has seen it
  bool progress_announced = false;
  std::int64_t heard_ms = 0;    // monotonic: when the last line came
  std::int64_t next_chunk = 1;  // of the engine's thread only
};

struct LiveRun {
  run::RunState state;
  std::string workflow_id;
  std::int64_t workflow_version = 1;
  std::optional<sandbox::Fetched> checkout;  // of a workspace that is a repository, once it is there
  std::string retry_of;
  std::string rerun_from;
  std::string lane;
  std::int64_t ticket = 0;
  std::optional<run::Phase> phase;  // as its claim knows it
  std::int64_t last_event_ms = 0;
  std::int64_t waited_ms = 0;                          // for people, with nothing else to do
  std::map<std::size_t, Json> facts;                   // of the current attempt of a node: tier, limits, exit code
  std::map<std::size_t, StoredOutput> stored_outputs;  // of nodes whose output is no longer in a row
  std::map<std::size_t, StoredOutput> stored_patches;
  std::map<std::size_t, StoredOutput> stored_reverses;
  std::set<std::size_t> unwritten_nodes;  // touched since the last commit
  bool unwritten = false;
};

// An attempt that is under way.
struct Work {
  std::string run_id;
  std::size_t node = 0;
  std::int64_t attempt = 1;
  std::string node_id;
  std::string trace_id;
  sandbox::LaunchId launch = 0;
  bool launched = false;
  std::int64_t heartbeat_ms = 0;                                                  // longest silence; 0 = any
  bool silent = false;                                                            // killed for it
  std::int64_t progress_shown_ms = std::numeric_limits<std::int64_t>::min() / 2;  // monotonic
  std::shared_ptr<LogBuffer> logs = std::make_shared<LogBuffer>();
};

// What a new run is to execute.
struct NewRun {
  std::shared_ptr<const workflow::Plan> plan;
  std::string workflow_id;
  std::int64_t workflow_version = 1;
  run::RunCreated created;
};

class Engine::Impl {
 public:
  Impl(Config config, Seams seams);
  ~Impl();

  Result<void> recover();
  void on_workflow_changed(std::function<void(const store::WorkflowRow&)> observer) {
    workflow_changed_ = std::move(observer);
  }
  void start();
  void stop(std::int64_t grace_ms, const std::function<bool()>& is_urgent);
  bool post(Message message);
  Health health() const;
  bool turn(std::int64_t wait_ms);
  std::optional<std::int64_t> next_due_ms() const;

 private:
  // loop.cpp
  void run_loop();
  bool handle(std::vector<Item> items);
  bool fire_timers();
  void fire(const Timer& timer);
  void fire_on_run(const Timer& timer);
  void fire_again(Timer timer);
  void catch_up();
  void give_up_waiting();
  void commit();
  void commit_failed(const Error& error);
  void after_commit(std::function<void()> effect) { effects_.push_back(std::move(effect)); }
  void on_failure(std::function<void(const Error&)> undo) { undos_.push_back(std::move(undo)); }
  template <typename T>
  void answer(Reply<T> reply, T value);
  void update_health();

  // runs.cpp
  Result<LiveRun*> live_run(const std::string& run_id);
  Result<LiveRun> load_run(const std::string& run_id);
  std::optional<Error> apply(LiveRun& run, run::Payload payload);
  void carry_out(LiveRun& run, const run::Command& command);
  void flush_node(LiveRun& run, std::size_t node, bool is_over);
  void write_rows();
  void forget_idle_runs();
  void update_claim(LiveRun& run);
  void arm(Timer timer);
  store::RunRow run_row(const LiveRun& run) const;
  RunView view(const LiveRun& run) const;
  void request_approval(LiveRun& run, std::size_t node, std::int64_t expires_at_ms);
  void close_approval(LiveRun& run, std::size_t node, std::string_view status, const std::string& by,
                      const std::string& notes);
  Result<store::ApprovalRow> approval_row(const std::string& approval_id);
  void publish_events(const store::CommitReceipt& receipt);
  void finish_waiters(const LiveRun& run);

  // admit.cpp
  Result<LiveRun*> create_run(NewRun fresh);
  Result<void> supersede(const Claim& claim);
  void admit_waiting();
  Standings standings(const std::string& run_id);

  // work.cpp
  void dispatch_ready();
  void start_attempt(LiveRun& run, std::size_t node, std::int64_t attempt, const Error* problem);
  void launch(const std::string& node_run_id, sandbox::LaunchSpec spec);
  Result<void> fill_in_targets(Json& input) const;
  // Why an attempt cannot even be tried.
  struct Unprepared {
    std::string reason;
    std::string message;
  };
  tl::expected<sandbox::LaunchSpec, Unprepared> prepare(LiveRun& run, std::size_t node, std::int64_t attempt);
  void collect_logs(const std::string& run_id, std::size_t node, std::int64_t attempt,
                    const std::shared_ptr<LogBuffer>& logs);
  void accept(NodeEnded ended);
  void accept(const LogsWaiting& waiting);
  void accept(const ProgressWaiting& waiting);
  void show_progress(const std::string& node_run_id);
  void check_heartbeat(const Timer& timer);
  void hear(const std::string& node_run_id, LogBuffer& buffer, std::string_view line);
  void stop_work(const std::string& node_run_id);

  // checkouts.cpp
  using CheckoutWaiter = std::function<void(LiveRun&, const Error*)>;
  bool lacks_checkout(const LiveRun& run, std::size_t node) const;
  void with_checkout(const LiveRun& run, CheckoutWaiter then);
  struct Login {
    std::string value;
    std::string name_and_age;
  };
  Result<Login> login_for(const LiveRun& run, const std::string& repository) const;
  void accept(CheckoutEnded ended);
  void release_checkout(const LiveRun& run);

  // secrets.cpp
  Result<void> check_secrets(const workflow::Plan& plan) const;
  Result<std::map<std::string, std::string>> secrets_for(const workflow::AgentSnapshot& agent) const;
  Result<void> fill_in_secrets(const workflow::AgentSnapshot& agent, const std::string& action, Json& input,
                               std::map<std::string, std::string>& secrets) const;

  // patches.cpp
  Result<std::string> workspace_of(const LiveRun& run, std::size_t node) const;
  void apply_patch(const LiveRun& run, std::size_t node, std::int64_t attempt);
  void accept(PatchEnded ended);
  void accept(RollbackRun message);
  void roll_back(const LiveRun& run, const std::string& by, const Reply<RunView>& reply);
  void accept(RollbackEnded ended);
  Result<void> recover_rollbacks();

  // requests.cpp
  void accept(TriggerRun message);
  void accept(RetryRun message);
  void accept(CancelRun message);
  void accept(AwaitRun message);
  void accept(DecideApproval message);
  void accept(ExplainRun message);
  Result<NewRun> repetition(const RetryRun& message);
  Result<NewRun> chosen_version(const store::RunRow& original, std::int64_t version);
  void answer_or_wait(const LiveRun& run, TriggerRun message);
  void expire_approval(const Timer& timer);
  void load_expiry_window();

  // facts.cpp
  Result<std::optional<store::StateRow>> fact(const std::string& space, const std::string& key);
  void stage(store::StateRow row);
  void stage_once(const TriggerRun& message, const std::string& run_id);
  void stage_mark(const Once& once, std::string_view member, const std::string& id);
  void write_facts();
  void accept(Record message);
  void answer_again(TriggerRun message, const store::StateRow& mark);
  void answer_again(CreateWorkflow message, const store::StateRow& mark);
  void arm_sweep(std::int64_t expires_at_ms);
  void sweep_facts(const Timer& timer);

  // keep.cpp
  void record_stored(const LiveRun& run, std::size_t node, std::int64_t attempt, const StoredOutput& stored,
                     const StoredKind& kind, bool accepted);
  Result<Json> event_data(const Json& document, const std::string& run_id);
  void remove_unnamed(const std::set<std::string>& hashes);
  void sweep_artifacts();
  void arm_retention(std::int64_t in_ms);
  Result<std::optional<std::int64_t>> read_until();
  void retain();

  // measure.cpp: what happened, counted once it is durable
  void measure_end(const LiveRun& run);
  void measure_attempt(const LiveRun& run, const NodeEnded& ended);
  void measure_retry(const LiveRun& run, std::size_t node);
  void measure_decision(const store::ApprovalRow& row);

  // admin.cpp
  void accept(CreateWorkflow message);
  void accept(UpdateWorkflow message);
  void accept(DeleteWorkflow message);
  void accept(RegisterAgent message);
  void accept(UpdateAgent message);
  void accept(DeleteAgent message);
  void store_workflow(store::WorkflowRow row, Reply<store::WorkflowRow> reply);
  void tell_changed(const store::WorkflowRow& row);
  void put_agent_rows(const agent::Agent& agent);
  void store_agent(agent::Agent agent, Reply<agent::Agent> reply);
  Result<std::vector<std::string>> users_of_agent(const agent::Agent& agent);

  // recover.cpp
  Result<void> register_builtins();
  Result<void> recover_runs();
  Result<void> recover_claims(std::string_view phase, std::vector<std::string>* run_ids);
  Result<void> recover_run(const std::string& run_id);

  std::string new_id() { return ids_.next(clock_.wall_ms(), entropy_); }
  double jitter();

  const Config config_;
  store::Store& store_;
  Clock& clock_;
  Entropy& entropy_;
  IdSequence ids_;
  sandbox::Launcher& launcher_;
  bus::Bus& bus_;
  observe::Log& log_;
  store::ArtifactFolder* artifacts_;
  const vault::Vault* vault_;
  observe::Metrics* metrics_;

  Inbox<Item> inbox_;
  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> drained_ = false;
  bool abandon_ = false;  // stop() gave up waiting: ends are no longer recorded

  std::function<void(const store::WorkflowRow&)> workflow_changed_;
  Catalog catalog_;
  std::unordered_map<std::string, LiveRun> live_;                           // by run id
  std::unordered_map<std::string, Work> work_;                              // by node run id: running attempts
  std::unordered_map<std::string, std::vector<CheckoutWaiter>> checkouts_;  // by run id: what waits for them
  ReadyQueue ready_;
  Admission admission_;
  bool more_to_admit_ = false;  // the last transaction admitted as many runs as one may
  std::int64_t last_ticket_ = 0;
  Timers timers_;
  std::int64_t window_until_ms_ = 0;  // what is due until then has a timer
  std::int64_t unfinished_runs_ = 0;
  bool store_ok_ = true;
  std::int64_t refused_commits_ = 0;  // since the store took the last one
  std::string refusal_;               // why, as it was logged

  struct Waiter {
    std::int64_t deadline_ms = 0;  // monotonic
    Reply<RunView> reply;
  };
  static constexpr std::int64_t kNever_ms = std::numeric_limits<std::int64_t>::max();
  std::unordered_multimap<std::string, Waiter> waiters_;  // by run id
  std::int64_t earliest_waiter_ms_ = kNever_ms;           // a lower bound
  std::int64_t next_sweep_ms_ = kNever_ms;                // when the timer is due that sweeps facts

  // The transaction being put together, and what to do when it is durable or failed.
  store::Batch batch_;
  std::set<std::string> batch_runs_;  // runs with unwritten rows
  std::map<std::string, store::ApprovalRow> batch_approvals_;
  std::map<std::pair<std::string, std::string>, std::optional<store::StateRow>> batch_facts_;  // nullopt: deleted
  std::vector<std::function<void()>> effects_;
  std::vector<std::function<void()>> measures_;  // first of all: who hears of the rest may ask for the metrics
  std::vector<bus::Message> sayings_;  // log lines of the transaction, told before its events: those may end a stream
  std::vector<std::function<void(const Error&)>> undos_;
  std::vector<NodeEnded> unrecorded_;     // ends of the batch, to be tried again if it fails
  std::vector<NodeEnded> held_;           // ends that a failing store could not take yet
  std::set<std::string> suspended_runs_;  // runs to read again once the store works

  mutable std::mutex health_mutex_;
  Health health_;
};

template <typename T>
void Engine::Impl::answer(Reply<T> reply, T value) {
  if (!reply) return;
  on_failure([reply](const Error& error) { reply(fail(error)); });
  after_commit([reply = std::move(reply), value = std::move(value)] { reply(value); });
}

}  // namespace commandcenter::engine
