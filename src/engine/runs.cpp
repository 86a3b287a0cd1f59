// Runs in memory, and the rows they leave.
#include <fmt/format.h>

#include "base/assert.h"
#include "engine/impl.h"

namespace commandcenter::engine {
namespace {

// Empty for a run that has ended.
std::string_view phase_word(run::Phase phase, bool in_lane) {
  switch (phase) {
    case run::Phase::kQueued:
      return "queued";
    case run::Phase::kMoving:
      return "moving";
    case run::Phase::kParked:
      return in_lane ? "holding" : "parked";
    case run::Phase::kDone:
      break;
  }
  return {};
}

std::optional<std::int64_t> deadline_ms(const run::RunState& state) {
  if (!state.admitted_at_ms || !state.plan->timeout_ms) return std::nullopt;
  return *state.admitted_at_ms + *state.plan->timeout_ms;
}

std::string text_or_empty(const Json& value, bool present) {
  return present ? dump_json(value) : std::string();
}

// What changed, next to the event itself, so that whoever follows the journal needs no state machine of their own.
Json changes(const LiveRun& run, const run::Decision& decision) {
  Json nodes = Json::array();
  for (const std::size_t index : decision.touched) {
    const run::NodeState& node = run.state.nodes[index];
    Json change = {{"nodeId", run.state.plan->nodes[index].id},
                   {"status", node_status_word(node.status)},
                   {"attempt", node.attempt}};
    if (!node.reason.empty()) change["reason"] = node.reason;
    if (!node.error.empty()) change["error"] = node.error;
    nodes.push_back(std::move(change));
  }
  return nodes;
}

// Where what an event brings is kept when it is too large for its row.
struct StoredPlace {
  std::map<std::size_t, StoredOutput>* stored;
  std::size_t node;
  const StoredKind* kind;
};

std::optional<StoredPlace> stored_place(LiveRun& run, const run::Payload& payload) {
  if (const auto* done = std::get_if<run::NodeSucceeded>(&payload))
    return StoredPlace{&run.stored_outputs, done->node, &kStoredOutput};
  if (const auto* shown = std::get_if<run::NodePreviewed>(&payload))
    return StoredPlace{&run.stored_patches, shown->node, &kStoredPatch};
  if (const auto* applied = std::get_if<run::PatchApplied>(&payload))
    return StoredPlace{&run.stored_reverses, applied->node, &kStoredReverse};
  return std::nullopt;
}

// Whole lines, as many as a row takes.
std::string_view beginning_of(std::string_view patch) {
  if (patch.size() <= kInlinePatch_bytes) return patch;
  const std::size_t end = patch.rfind('\n', kInlinePatch_bytes - 1);
  return patch.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

}  // namespace

std::string run_subject(const std::string& run_id) {
  return "run." + run_id;
}

Json event_json(const store::EventRow& row) {
  Json json = {{"position", row.position},
               {"runId", row.run_id},
               {"sequence", row.sequence},
               {"type", row.type},
               {"at", iso8601(row.at_ms)}};
  if (const auto document = parse_json(row.document)) {
    for (const char* key : {"status", "error", "nodes"}) {
      if (const Json* value = find_member(*document, key)) json[key] = *value;
    }
    if (const Json* data = find_member(*document, "data")) {
      if (const Json* node = find_member(*data, "node")) json["nodeId"] = *node;
    }
  }
  return json;
}

Result<LiveRun*> Engine::Impl::live_run(const std::string& run_id) {
  if (const auto live = live_.find(run_id); live != live_.end()) return &live->second;
  auto loaded = load_run(run_id);
  if (!loaded) return fail(std::move(loaded.error()));
  LiveRun& run = live_.emplace(run_id, std::move(*loaded)).first->second;
  batch_runs_.insert(run_id);  // so that the commit that follows forgets it again unless something moves in it
  for (const run::Command& command : run::outstanding(run.state))
    carry_out(run, command);
  return &run;
}

// One step of a run, and how long it had only waited for people before.
run::Decision step_on(LiveRun& run, const run::Event& event) {
  const bool was_waiting = run.state.status == run::RunStatus::kWaitingApproval;
  run::Decision decision = run::step(run.state, event);
  if (decision.refused) return decision;
  if (was_waiting) run.waited_ms += std::max<std::int64_t>(0, event.at_ms - run.last_event_ms);
  run.last_event_ms = event.at_ms;
  return decision;
}

// A run is the sum of its journal.
Result<LiveRun> Engine::Impl::load_run(const std::string& run_id) {
  auto row = store::read_one<store::RunRow>(store_, {.table = store::Table::kRuns, .id = run_id});
  if (!row) return fail(std::move(row.error()));
  if (!*row) return fail(ErrorCode::kNotFound, "Workflow run not found");
  auto plan = catalog_.pinned_plan((*row)->plan_id);
  if (!plan) return fail(std::move(plan.error()));
  auto events = store::read_all<store::EventRow>(store_, {.table = store::Table::kEvents, .run_id = run_id});
  if (!events) return fail(std::move(events.error()));

  LiveRun run;
  run.workflow_id = (*row)->workflow_id;
  run.workflow_version = (*row)->workflow_version;
  run.retry_of = (*row)->retry_of;
  run.rerun_from = (*row)->rerun_from;
  run.lane = (*row)->lane;
  run.ticket = (*row)->ticket;
  run.state.plan = std::move(*plan);
  for (const store::EventRow& recorded : *events) {
    const auto document = parse_json(recorded.document, kMaxJsonDepth + 8);
    const auto data = event_data(document ? *document : Json(), run_id);
    if (!data) return fail(data.error());
    auto event = run::decode(recorded.type, recorded.at_ms, *data, *run.state.plan);
    if (!event) return fail(std::move(event.error()));
    if (const Json* stored = find_member(*document, kStoredMember)) {
      if (const auto place = stored_place(run, event->payload))
        (*place->stored)[place->node] = {string_member(*stored, "hash"), stored->value("sizeBytes", 0)};
    }
    const run::Decision decision = step_on(run, *event);
    if (decision.refused)
      return fail(ErrorCode::kInternal, fmt::format("the journal of run {} contradicts itself", run_id));
  }
  if (run.state.sequence == 0) return fail(ErrorCode::kInternal, fmt::format("run {} has no journal", run_id));
  run.phase = run::phase_of(run.state);

  auto nodes = store::read_all<store::NodeRunRow>(store_, {.table = store::Table::kNodeRuns, .run_id = run_id});
  if (!nodes) return fail(std::move(nodes.error()));
  for (const store::NodeRunRow& node : *nodes) {
    const auto index = run.state.plan->find_node(node.node);
    const auto facts = parse_json(node.detail);
    if (index && facts && run.state.nodes[*index].attempt == node.attempt) run.facts[*index] = *facts;
  }
  return run;
}

// Moves a run by one event and notes what has to be written. The error says why the event did not apply.
std::optional<Error> Engine::Impl::apply(LiveRun& run, run::Payload payload) {
  const run::Event event{clock_.wall_ms(), std::move(payload)};
  if (const auto* due = std::get_if<run::RetryDue>(&event.payload);
      due != nullptr && run.state.nodes[due->node].status == run::NodeStatus::kBackoff) {
    flush_node(run, due->node, true);  // the next attempt has a row of its own
  }
  const bool was_admitted = run.state.admitted_at_ms.has_value();
  const run::Decision decision = step_on(run, event);
  if (decision.refused) return decision.refused;
  update_claim(run);
  if (const auto due_ms = deadline_ms(run.state); due_ms && !was_admitted && !is_final(run.state.status))
    arm({*due_ms, TimerKind::kRunTimeout, run.state.id, 0});

  Json document = {{"data", encode(event, *run.state.plan)},
                   {"status", run_status_word(run.state.status)},
                   {"nodes", changes(run, decision)}};
  if (!run.state.error.empty()) document["error"] = run.state.error;
  if (const auto place = stored_place(run, event.payload); place && place->stored->contains(place->node)) {
    document["data"][place->kind->member] = nullptr;
    document[kStoredMember] = artifact_json(place->stored->at(place->node), *place->kind);
  }
  batch_.puts.emplace_back(store::EventRow{0, run.state.id, run.state.sequence, event.at_ms,
                                           std::string(event_type(event.payload)), dump_json(document)});
  run.unwritten = true;
  run.unwritten_nodes.insert(decision.touched.begin(), decision.touched.end());
  batch_runs_.insert(run.state.id);
  for (const run::Command& command : decision.commands) {
    carry_out(run, command);
    if (const auto* retry = std::get_if<run::ScheduleRetry>(&command)) measure_retry(run, retry->node);
  }
  return std::nullopt;
}

void Engine::Impl::carry_out(LiveRun& run, const run::Command& command) {
  struct Handler {
    Impl& engine;
    LiveRun& run;
    void operator()(const run::StartNode& c) const {
      run.facts.erase(c.node);
      engine.ready_.push(run.workflow_id, {run.state.id, c.node, c.attempt});
    }
    void operator()(const run::StopNode& c) const {
      engine.after_commit(
          [&engine = engine, id = run::node_run_id(run.state.id, c.node, 0, c.attempt)] { engine.stop_work(id); });
    }
    void operator()(const run::ApplyPatch& c) const { engine.apply_patch(run, c.node, c.attempt); }
    void operator()(const run::RequestApproval& c) const { engine.request_approval(run, c.node, c.expires_at_ms); }
    void operator()(const run::WithdrawApproval& c) const {
      engine.close_approval(run, c.node, "REJECTED", {}, "the run was stopped");
    }
    void operator()(const run::ScheduleRetry& c) const {
      engine.timers_.add({c.at_ms, TimerKind::kRetryNode, run.state.id, c.node});
    }
    void operator()(const run::FinishRun&) const {
      --engine.unfinished_runs_;
      engine.on_failure([&engine = engine](const Error&) { ++engine.unfinished_runs_; });
      if (const auto due_ms = deadline_ms(run.state)) {
        const Timer timer{*due_ms, TimerKind::kRunTimeout, run.state.id, 0};
        engine.timers_.remove(timer);
        engine.on_failure([&engine = engine, timer](const Error&) {
          if (timer.due_ms > engine.clock_.wall_ms())
            engine.arm(timer);
          else
            engine.fire_again(timer);  // not at once: the store just refused
        });
      }
      engine.release_checkout(run);
      engine.measure_end(run);
      engine.after_commit([&engine = engine, id = run.state.id] {
        if (const auto live = engine.live_.find(id); live != engine.live_.end()) engine.finish_waiters(live->second);
      });
    }
  };
  std::visit(Handler{*this, run}, command);
}

store::RunRow Engine::Impl::run_row(const LiveRun& run) const {
  const run::RunState& state = run.state;
  store::RunRow row;
  row.id = state.id;
  row.workflow_id = run.workflow_id;
  row.workflow_version = run.workflow_version;
  row.project_id = state.plan->project_id;
  row.plan_id = state.plan->id;
  row.trigger = state.trigger;
  row.context = dump_json(state.context);
  row.workspace = state.workspace;
  row.status = run_status_word(state.status);
  row.finished = is_final(state.status);
  row.error = state.status == run::RunStatus::kSuccess ? std::string() : state.error;
  row.retry_of = run.retry_of;
  row.started_at_ms = state.created_at_ms;
  row.finished_at_ms = state.finished_at_ms;
  row.rerun_from = run.rerun_from;
  row.phase = phase_word(run::phase_of(state), !run.lane.empty());
  row.lane = run.lane;
  row.ticket = run.ticket;
  row.deadline_ms = deadline_ms(state);
  row.trace_parent = state.trace_parent;
  return row;
}

// What is due later waits in the store, until its window comes.
void Engine::Impl::arm(Timer timer) {
  if (timer.due_ms <= std::max(clock_.wall_ms() + kExpiryWindow_ms, window_until_ms_)) timers_.add(std::move(timer));
}

// `is_over`: another attempt follows, so that this one is finished whatever the node is.
void Engine::Impl::flush_node(LiveRun& run, std::size_t index, bool is_over) {
  const run::NodeState& node = run.state.nodes[index];
  const workflow::PlannedNode& planned = run.state.plan->nodes[index];
  store::NodeRunRow row;
  row.id = run::node_run_id(run.state.id, index, 0, node.attempt);
  row.run_id = run.state.id;
  row.node = planned.id;
  row.attempt = node.attempt;
  if (!planned.is_transform) row.agent_id = run.state.plan->agents[planned.agent].id;
  row.status = node_status_word(node.status);
  row.finished = is_over || is_final(node.status);
  row.input = text_or_empty(node.input, !node.input.is_null());
  if (const auto stored = run.stored_outputs.find(index); stored != run.stored_outputs.end() && node.has_output)
    row.output = dump_json({{"$artifact", artifact_json(stored->second, kStoredOutput)}});
  else
    row.output = text_or_empty(node.output, node.has_output);
  row.error = node.error;
  row.reason = node.reason;
  if (const auto facts = run.facts.find(index); facts != run.facts.end()) row.detail = dump_json(facts->second);
  row.created_at_ms = node.created_at_ms;
  row.started_at_ms = node.started_at_ms;
  row.finished_at_ms = node.finished_at_ms;
  batch_.puts.emplace_back(std::move(row));
}

void Engine::Impl::write_rows() {
  for (const std::string& run_id : batch_runs_) {
    const auto live = live_.find(run_id);
    if (live == live_.end()) continue;
    LiveRun& run = live->second;
    if (run.unwritten) batch_.puts.emplace_back(run_row(run));
    run.unwritten = false;
    for (const std::size_t node : run.unwritten_nodes)
      flush_node(run, node, false);
    run.unwritten_nodes.clear();
  }
  for (auto& [id, row] : batch_approvals_)
    batch_.puts.emplace_back(row);
  write_facts();
}

// A run that has ended, waits for its turn, or in which nothing moves until a person decides, costs its rows and no
// memory.
void Engine::Impl::forget_idle_runs() {
  for (const std::string& run_id : batch_runs_) {
    const auto live = live_.find(run_id);
    if (live == live_.end()) continue;
    if (run::phase_of(live->second.state) != run::Phase::kMoving) live_.erase(live);
  }
  batch_runs_.clear();
}

RunView Engine::Impl::view(const LiveRun& run) const {
  return {run.state.id, run.workflow_id, std::string(run_status_word(run.state.status)), run.state.error};
}

void Engine::Impl::finish_waiters(const LiveRun& run) {
  const auto [begin, end] = waiters_.equal_range(run.state.id);
  for (auto waiter = begin; waiter != end; ++waiter)
    waiter->second.reply(view(run));
  waiters_.erase(begin, end);
}

void Engine::Impl::request_approval(LiveRun& run, std::size_t node, std::int64_t expires_at_ms) {
  const workflow::PlannedNode& planned = run.state.plan->nodes[node];
  Json document = {{"input", run.state.nodes[node].input}, {"action", planned.action}};
  if (!planned.is_transform) {
    const workflow::AgentSnapshot& agent = run.state.plan->agents[planned.agent];
    document["agent"] = agent.name;
    document["agentVersion"] = agent.version;
    document["riskLevel"] = agent.risk == workflow::Risk::kAuto ? "AUTO" : "APPROVAL_REQUIRED";
  }
  if (const auto& patch = run.state.nodes[node].patch) {
    document["preview"] = {{"patch", beginning_of(patch->text)},
                           {"files", patch->files},
                           {"added", patch->added},
                           {"removed", patch->removed}};
    if (const auto stored = run.stored_patches.find(node); stored != run.stored_patches.end())
      document["preview"]["artifact"] = artifact_json(stored->second, kStoredPatch);
    document["output"] = run.state.nodes[node].output;
  }
  store::ApprovalRow row;
  row.id = run::approval_id(run.state.id, node, 0);
  row.run_id = run.state.id;
  row.node = planned.id;
  row.project_id = run.state.plan->project_id;
  row.status = "PENDING";
  row.hash = run::approval_hash(run.state, node);
  row.document = dump_json(document);
  row.requested_at_ms = clock_.wall_ms();
  row.expires_at_ms = expires_at_ms;
  arm({expires_at_ms, TimerKind::kApprovalExpiry, row.id, 0});
  batch_approvals_[row.id] = std::move(row);
}

Result<store::ApprovalRow> Engine::Impl::approval_row(const std::string& approval_id) {
  if (const auto staged = batch_approvals_.find(approval_id); staged != batch_approvals_.end()) return staged->second;
  auto row = store::read_one<store::ApprovalRow>(store_, {.table = store::Table::kApprovals, .id = approval_id});
  if (!row) return fail(std::move(row.error()));
  if (!*row) return fail(ErrorCode::kNotFound, "Approval not found");
  return std::move(**row);
}

void Engine::Impl::close_approval(LiveRun& run, std::size_t node, std::string_view status, const std::string& by,
                                  const std::string& notes) {
  const std::string id = run::approval_id(run.state.id, node, 0);
  auto row = approval_row(id);
  if (!row) return log_.error("an approval cannot be read", {{"approval", id}, {"error", row.error().message}});
  row->status = status;
  row->responded_at_ms = clock_.wall_ms();
  row->responded_by = by;
  row->notes = notes;
  measure_decision(*row);
  batch_approvals_[id] = std::move(*row);
}

void Engine::Impl::publish_events(const store::CommitReceipt& receipt) {
  const auto tell = [this](const bus::Message& message) {
    if (const auto told = bus_.publish(message); !told)
      log_.warn("an event could not be published", {{"error", told.error().message}});
  };
  std::size_t next = 0;
  bool workflows = false;
  for (const store::Row& row : batch_.puts) {
    workflows = workflows || std::holds_alternative<store::WorkflowRow>(row);
    const auto* recorded = std::get_if<store::EventRow>(&row);
    if (recorded == nullptr) continue;
    const std::int64_t position = receipt.positions[next++];
    std::string subject = run_subject(recorded->run_id);
    if (!bus_.has_subscribers(subject)) continue;
    store::EventRow event = *recorded;
    event.position = position;
    tell({std::move(subject), dump_json(event_json(event)), position});
  }
  if (next > 0 && bus_.has_subscribers(kJournalSubject))
    tell({std::string(kJournalSubject), "{}", receipt.positions.back()});
  if (workflows) tell({std::string(kWorkflowsSubject), "{}"});
}

}  // namespace commandcenter::engine
