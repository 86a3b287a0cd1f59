// Getting work done: which ready nodes start, launching them, and what they report back.
#include <fmt/format.h>

#include "engine/impl.h"

namespace commandcenter::engine {
namespace {

constexpr std::size_t kMaxLogChunk_bytes = 256 << 10;

constexpr std::int64_t kProgressInterval_ms = 500;  // a node's progress is shown at most that often

Json progress_json(const agent::Progress& progress) {
  return {{"fraction", progress.fraction}, {"message", progress.message}};
}

Json network_json(const sandbox::LaunchSpec& spec) {
  if (!spec.network) return "none";
  Json rules = Json::array();
  for (const egress::Rule& rule : spec.network->agent)
    rules.push_back(rule.text);
  return rules;
}

// Those that hold here.
Json limits_that_hold(const sandbox::LaunchSpec& spec, sandbox::Tier tier) {
  sandbox::Limits limits = spec.limits;
  if (tier != sandbox::Tier::kFull) limits.cpu_percent = 0;
  return agent::limits_json(limits);
}

void add_connections(const egress::Report& report, Json& facts) {
  for (const egress::Connection& connection : report.connections) {
    Json line = {{"host", connection.host},
                 {"port", connection.port},
                 {"verdict", connection.allowed ? "allowed" : "refused"},
                 {"sentBytes", connection.sent_bytes},
                 {"receivedBytes", connection.received_bytes}};
    if (!connection.address.empty()) line["address"] = connection.address;
    if (!connection.problem.empty()) line["problem"] = connection.problem;
    facts["connections"].push_back(std::move(line));
  }
  if (report.more > 0) facts["moreConnections"] = report.more;
}

observe::TraceContext trace_of(const run::RunState& run) {
  return observe::trace_of_run(run.id, run.context, run.trace_parent);
}

}  // namespace

// Runs on the launcher's thread. A line that tells progress is not part of the log.
void Engine::Impl::hear(const std::string& node_run_id, LogBuffer& buffer, std::string_view line) {
  auto progress = agent::progress_of(line);
  const bool is_progress = progress.has_value();
  bool announce = false;
  {
    const std::lock_guard lock(buffer.mutex);
    buffer.heard_ms = clock_.monotonic_ms();
    if (is_progress) {
      buffer.progress = std::move(progress);
      announce = !std::exchange(buffer.progress_announced, true);
    } else {
      buffer.text.append(line);
      buffer.text += '\n';
      if (agent::is_error_line(line)) buffer.last_error_line = line;
      announce = !std::exchange(buffer.announced, true);
    }
  }
  if (!announce) return;
  inbox_.force(is_progress ? Item(ProgressWaiting{node_run_id}) : Item(LogsWaiting{node_run_id}));
}

// Starts ready nodes while there is room. The start is part of the transaction; the launch follows it.
void Engine::Impl::dispatch_ready() {
  if (stopping_) return;
  while (!ready_.empty() && work_.size() < static_cast<std::size_t>(config_.max_running_nodes)) {
    const ReadyNode next = *ready_.pop();
    const auto live = live_.find(next.run_id);
    if (live == live_.end()) continue;  // its run was forgotten with a failed transaction, and is read again
    if (apply(live->second, run::NodeStarted{next.node, next.attempt})) continue;  // stopped meanwhile, or queued twice

    const std::string id = run::node_run_id(next.run_id, next.node, 0, next.attempt);
    Work work;
    work.run_id = next.run_id;
    work.node = next.node;
    work.attempt = next.attempt;
    const workflow::PlannedNode& planned = live->second.state.plan->nodes[next.node];
    work.node_id = planned.id;
    work.trace_id = trace_of(live->second.state).trace_id;
    work.heartbeat_ms = agent::heartbeat_of(live->second.state.plan->agents[planned.agent]);
    work_.insert_or_assign(id, std::move(work));

    if (!lacks_checkout(live->second, next.node)) {
      start_attempt(live->second, next.node, next.attempt, nullptr);
      continue;
    }
    with_checkout(live->second, [this, next](LiveRun& run, const Error* problem) {
      start_attempt(run, next.node, next.attempt, problem);
    });
  }
}

// `problem`: why its workspace is not there.
void Engine::Impl::start_attempt(LiveRun& run, std::size_t node, std::int64_t attempt, const Error* problem) {
  const std::string id = run::node_run_id(run.state.id, node, 0, attempt);
  const auto work = work_.find(id);
  if (work == work_.end()) return;
  const auto fail_attempt = [&](std::string reason, std::string message) {
    NodeEnded ended{run.state.id,   node, attempt, {false, {}, std::move(reason), std::move(message)},
                    Json::object(), {},   {}};
    after_commit([this, ended = std::move(ended)]() mutable { inbox_.force(Item(std::move(ended))); });
  };
  if (problem != nullptr) return fail_attempt("workspace", problem->message);
  auto spec = prepare(run, node, attempt);
  if (!spec) return fail_attempt(spec.error().reason, spec.error().message);
  run.unwritten_nodes.insert(node);
  batch_runs_.insert(run.state.id);
  after_commit(
      [this, id, spec = std::make_shared<sandbox::LaunchSpec>(std::move(*spec))] { launch(id, std::move(*spec)); });
}

// Addresses that are secret stand under a name in what is recorded, and are known to the agent only.
Result<void> Engine::Impl::fill_in_targets(Json& input) const {
  constexpr std::string_view kPrefix = "target:";
  constexpr std::string_view kAlerts = "target:alerts";
  if (!input.is_object()) return {};
  const auto member = input.find("webhookUrl");
  if (member == input.end() || !member->is_string()) return {};
  const std::string name = member->get<std::string>();
  if (!name.starts_with(kPrefix)) return {};
  if (name != kAlerts || config_.alerts_url.empty()) {
    return fail(ErrorCode::kInvalid, fmt::format("webhookUrl: the delivery target {} is not configured; set "
                                                 "webhooks.alertUrl (ALERT_WEBHOOK_URL) to the address it stands for",
                                                 name.substr(kPrefix.size())));
  }
  *member = config_.alerts_url;
  input["allowPrivate"] = true;  // the operator named the address, wherever it is
  return {};
}

tl::expected<sandbox::LaunchSpec, Engine::Impl::Unprepared> Engine::Impl::prepare(LiveRun& run, std::size_t index,
                                                                                  std::int64_t attempt) {
  const workflow::PlannedNode& planned = run.state.plan->nodes[index];
  const run::NodeState& node = run.state.nodes[index];
  const auto workspace = workspace_of(run, index);
  const auto unprepared = [](std::string reason, const Error& error) {
    return tl::unexpected(Unprepared{std::move(reason), error.message});
  };
  if (!workspace) {
    const bool is_known =
        workspace.error().code == ErrorCode::kForbidden || workspace.error().code == ErrorCode::kNotFound;
    return unprepared(is_known ? "workspace" : "not_started", workspace.error());
  }
  Json input = node.input;
  if (const auto filled = fill_in_targets(input); !filled) return unprepared("not_started", filled.error());
  auto secrets = secrets_for(run.state.plan->agents[planned.agent]);
  if (!secrets) return unprepared("secrets", secrets.error());
  if (const auto filled = fill_in_secrets(run.state.plan->agents[planned.agent], planned.action, input, *secrets);
      !filled)
    return unprepared("secrets", filled.error());
  agent::LaunchRequest request;
  request.agent = &run.state.plan->agents[planned.agent];
  request.action = planned.action;
  request.input = &input;
  request.workspace = *workspace;
  request.agents_folder = config_.agents_folder;
  request.label = fmt::format("run {} node {} attempt {}", run.state.id, planned.id, attempt);
  request.effect = fmt::format("{}/{}", run.state.id, planned.id);
  request.trace_parent = observe::trace_parent(
      {trace_of(run.state).trace_id, observe::span_id_of(run::node_run_id(run.state.id, index, 0, attempt))});
  request.timeout_ms = planned.timeout_ms;
  request.limits = config_.agent_limits;
  request.secrets = std::move(*secrets);
  request.allowed_hosts = config_.allowed_hosts;
  auto spec = agent::make_launch_spec(request);
  if (!spec) return unprepared("not_started", spec.error());
  const bool is_checkout = run.checkout && node.workspace.empty();
  run.facts[index] = {{"sandbox", sandbox::tier_word(launcher_.tier())},
                      {"network", network_json(*spec)},
                      {"workspace", is_checkout ? run.state.workspace : *workspace},
                      {"limits", limits_that_hold(*spec, launcher_.tier())}};
  if (spec->image) run.facts[index]["image"] = spec->image->name;
  if (is_checkout) run.facts[index]["commit"] = run.checkout->commit;
  for (const sandbox::SecretFile& secret : spec->secrets)
    run.facts[index]["secrets"].push_back(secret.name);
  return std::move(*spec);
}

void Engine::Impl::launch(const std::string& id, sandbox::LaunchSpec spec) {
  const auto found = work_.find(id);
  if (found == work_.end()) return;
  Work& work = found->second;
  const auto live = live_.find(work.run_id);
  if (live == live_.end()) return;

  sandbox::LaunchCallbacks callbacks;
  callbacks.on_log = [this, id, logs = work.logs](std::string_view line) { hear(id, *logs, line); };
  const run::RunState& state = live->second.state;
  const bool is_preview = state.plan->agents[state.plan->nodes[work.node].agent].changes_workspace;
  callbacks.on_exit = [this, run_id = work.run_id, node = work.node, attempt = work.attempt, logs = work.logs,
                       is_preview,
                       schema = live->second.state.plan->nodes[work.node].output_schema](const sandbox::Exit& exit) {
    NodeEnded ended{run_id,         node, attempt, agent::conclude(exit, schema, logs->last_error_line),
                    Json::object(), {},   {}};
    if (exit.standard_output.size() > kInlineOutput_bytes && !is_preview) keep_output(artifacts_, ended);
    if (is_preview && ended.outcome.success) ended.stored = keep_patch(artifacts_, ended.outcome.patch.text);
    ended.facts = {{"durationMs", exit.duration_ms}};
    add_connections(exit.network, ended.facts);
    if (exit.kind == sandbox::ExitKind::kExited) ended.facts["exitCode"] = exit.exit_code;
    if (exit.kind == sandbox::ExitKind::kSignalled) ended.facts["signal"] = exit.signal;
    inbox_.force(Item(std::move(ended)));
  };
  work.launched = true;
  if (work.heartbeat_ms > 0) {
    {
      const std::lock_guard lock(work.logs->mutex);
      work.logs->heard_ms = clock_.monotonic_ms();
    }
    timers_.add({clock_.wall_ms() + work.heartbeat_ms, TimerKind::kHeartbeat, id, 0});
  }
  work.launch = launcher_.start(std::move(spec), std::move(callbacks));
  log_.info("node started",
            {{"run", work.run_id}, {"node", work.node_id}, {"attempt", work.attempt}, {"trace", work.trace_id}});
}

void Engine::Impl::stop_work(const std::string& node_run_id) {
  const auto found = work_.find(node_run_id);
  if (found == work_.end()) return;
  const Work& work = found->second;
  if (work.launched) return launcher_.kill(work.launch);
  // The repository may be a long time coming; nobody waits for it any more.
  if (checkouts_.contains(work.run_id)) {
    inbox_.force(Item(
        NodeEnded{work.run_id, work.node, work.attempt, {false, {}, "cancelled", "killed"}, Json::object(), {}, {}}));
  }
}

// Kills an attempt that has been silent for too long.
void Engine::Impl::check_heartbeat(const Timer& timer) {
  const auto found = work_.find(timer.id);
  if (found == work_.end()) return;
  Work& work = found->second;
  std::int64_t silent_ms = clock_.monotonic_ms();
  {
    const std::lock_guard lock(work.logs->mutex);
    silent_ms -= work.logs->heard_ms;
  }
  if (silent_ms < work.heartbeat_ms) {
    return timers_.add({clock_.wall_ms() + work.heartbeat_ms - silent_ms, TimerKind::kHeartbeat, timer.id, 0});
  }
  work.silent = true;
  launcher_.kill(work.launch);
}

void Engine::Impl::accept(const ProgressWaiting& waiting) {
  show_progress(waiting.node_run_id);
}

// The latest progress into the node's row and to whoever follows the run, or in a while when that was just done.
void Engine::Impl::show_progress(const std::string& node_run_id) {
  const auto found = work_.find(node_run_id);
  if (found == work_.end()) return;
  Work& work = found->second;
  const std::int64_t since_ms = clock_.monotonic_ms() - work.progress_shown_ms;
  if (since_ms < kProgressInterval_ms) {
    return timers_.add({clock_.wall_ms() + kProgressInterval_ms - since_ms, TimerKind::kProgress, node_run_id, 0});
  }
  std::optional<agent::Progress> progress;
  {
    const std::lock_guard lock(work.logs->mutex);
    progress.swap(work.logs->progress);
    work.logs->progress_announced = false;
  }
  const auto run = live_run(work.run_id);
  if (!progress || !run) return;
  work.progress_shown_ms = clock_.monotonic_ms();
  (*run)->facts[work.node]["progress"] = progress_json(*progress);
  (*run)->unwritten_nodes.insert(work.node);
  batch_runs_.insert(work.run_id);
  if (!bus_.has_subscribers(run_subject(work.run_id))) return;
  Json event = {{"type", "progress"}, {"runId", work.run_id}, {"nodeId", work.node_id}, {"attempt", work.attempt}};
  event.update(progress_json(*progress));
  after_commit([this, subject = run_subject(work.run_id), payload = dump_json(event)] {
    if (!bus_.publish({subject, payload, 0})) log_.warn("progress could not be published");
  });
}

void Engine::Impl::accept(const LogsWaiting& waiting) {
  const auto found = work_.find(waiting.node_run_id);
  if (found == work_.end()) return;
  const Work& work = found->second;
  collect_logs(work.run_id, work.node, work.attempt, work.logs);
}

// Moves the lines that have come in since the last time into the transaction; back again should it fail.
void Engine::Impl::collect_logs(const std::string& run_id, std::size_t node, std::int64_t attempt,
                                const std::shared_ptr<LogBuffer>& logs) {
  auto text = std::make_shared<std::string>();
  {
    const std::lock_guard lock(logs->mutex);
    text->swap(logs->text);
    logs->announced = false;
  }
  if (text->empty()) return;
  on_failure([logs, text, chunk = logs->next_chunk](const Error&) {
    const std::lock_guard lock(logs->mutex);
    logs->text.insert(0, *text);
    logs->next_chunk = chunk;
  });
  const std::string node_run_id = run::node_run_id(run_id, node, 0, attempt);
  for (std::size_t from = 0; from < text->size();) {
    std::size_t length = std::min(kMaxLogChunk_bytes, text->size() - from);
    if (from + length < text->size()) {  // chunks end with a line where they can
      const auto end = text->rfind('\n', from + length - 1);
      if (end != std::string::npos && end >= from) length = end + 1 - from;
    }
    store::LogRow row{node_run_id, run_id, logs->next_chunk++, clock_.wall_ms(), text->substr(from, length)};
    from += length;
    if (const auto live = live_.find(run_id); bus_.has_subscribers(run_subject(run_id)) && live != live_.end()) {
      const Json event = {
          {"type", "log"},      {"runId", run_id},    {"nodeId", live->second.state.plan->nodes[node].id},
          {"attempt", attempt}, {"chunk", row.chunk}, {"text", row.text}};
      sayings_.push_back({run_subject(run_id), dump_json(event), 0});
    }
    batch_.puts.emplace_back(std::move(row));
  }
}

void Engine::Impl::accept(NodeEnded ended) {
  const std::string id = run::node_run_id(ended.run_id, ended.node, 0, ended.attempt);
  if (const auto work = work_.find(id); work != work_.end()) {
    ended.logs = work->second.logs;
    if (work->second.silent && ended.outcome.reason == "cancelled") {
      ended.outcome.reason = "heartbeat";
      ended.outcome.error = fmt::format(
          "the agent wrote nothing to standard error for {} ms, the longest silence that "
          "its manifest allows (heartbeatSeconds)",
          work->second.heartbeat_ms);
    }
    const std::lock_guard lock(ended.logs->mutex);
    if (ended.logs->progress) ended.facts["progress"] = progress_json(*ended.logs->progress);
    work_.erase(work);
  }
  auto run = live_run(ended.run_id);
  if (!run) {
    log_.error("the end of a node cannot be recorded", {{"run", ended.run_id}, {"error", run.error().message}});
    if (run.error().code == ErrorCode::kNotFound) return;
    held_.push_back(std::move(ended));
    return fire_again({0, TimerKind::kStoreRetry, {}, 0});
  }
  unrecorded_.push_back(ended);
  if (ended.logs) collect_logs(ended.run_id, ended.node, ended.attempt, ended.logs);
  if (ended.facts.is_object()) {
    Json& facts = (*run)->facts[ended.node];
    for (const auto& [key, value] : ended.facts.items())
      facts[key] = value;
  }
  const std::string node_id = (*run)->state.plan->nodes[ended.node].id;
  Json fields = {{"run", ended.run_id},
                 {"node", node_id},
                 {"attempt", ended.attempt},
                 {"trace", trace_of((*run)->state).trace_id},
                 {"success", ended.outcome.success}};
  if (!ended.outcome.success) fields["reason"] = ended.outcome.reason;
  after_commit([this, fields = std::move(fields)] { log_.info("node ended", fields); });
  measure_attempt(**run, ended);
  const workflow::Plan& plan = *(*run)->state.plan;
  if (ended.outcome.success && plan.agents[plan.nodes[ended.node].agent].changes_workspace) {
    patch::Patch& made = ended.outcome.patch;
    (*run)->stored_patches.erase(ended.node);  // of an attempt before
    if (ended.stored) (*run)->stored_patches[ended.node] = *ended.stored;
    const bool accepted =
        !apply(**run, run::NodePreviewed{ended.node,
                                         ended.attempt,
                                         std::move(ended.outcome.output),
                                         {std::move(made.text), made.files, made.added, made.removed}});
    if (ended.stored) record_stored(**run, ended.node, ended.attempt, *ended.stored, kStoredPatch, accepted);
  } else if (ended.outcome.success) {
    if (ended.stored) (*run)->stored_outputs[ended.node] = *ended.stored;
    const bool accepted = !apply(**run, run::NodeSucceeded{ended.node, ended.attempt, std::move(ended.outcome.output)});
    if (ended.stored && !accepted) (*run)->stored_outputs.erase(ended.node);
    if (ended.stored) record_stored(**run, ended.node, ended.attempt, *ended.stored, kStoredOutput, accepted);
  } else if (ended.outcome.reason == "lost") {
    apply(**run, run::NodeInterrupted{ended.node, ended.attempt});
  } else {
    apply(**run, run::NodeFailed{ended.node, ended.attempt, std::move(ended.outcome.reason),
                                 std::move(ended.outcome.error), jitter()});
  }
}

double Engine::Impl::jitter() {
  std::array<std::uint8_t, 4> bytes{};
  entropy_.fill(bytes);
  const std::uint32_t number = static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
                               static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
  return static_cast<double>(number) / 4294967296.0;
}

}  // namespace commandcenter::engine
