// Turns of the engine's loop: take what waits, decide, commit once, act.
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "engine/impl.h"

namespace commandcenter::engine {
namespace {

// Workflows and agents change in a transaction of their own, so that a failed one leaves nothing half-believed.
bool is_administrative(const Item& item) {
  const Message* message = std::get_if<Message>(&item);
  if (message == nullptr) return false;
  return !(std::holds_alternative<TriggerRun>(*message) || std::holds_alternative<RetryRun>(*message) ||
           std::holds_alternative<ExplainRun>(*message) || std::holds_alternative<CancelRun>(*message) ||
           std::holds_alternative<RollbackRun>(*message) || std::holds_alternative<AwaitRun>(*message) ||
           std::holds_alternative<DecideApproval>(*message) || std::holds_alternative<Record>(*message));
}

}  // namespace

Engine::Impl::Impl(Config config, Seams seams)
    : config_(std::move(config)),
      store_(seams.store),
      clock_(seams.clock),
      entropy_(seams.entropy),
      launcher_(seams.launcher),
      bus_(seams.bus),
      log_(seams.log),
      artifacts_(seams.artifacts),
      vault_(seams.vault),
      metrics_(seams.metrics),
      inbox_(config_.max_waiting_messages),
      catalog_(seams.store),
      admission_(config_.max_running_runs) {}

Engine::Impl::~Impl() {
  stop(0, {});
}

void Engine::Impl::start() {
  CC_ASSERT(!thread_.joinable());
  thread_ = std::thread([this] { run_loop(); });
}

void Engine::Impl::run_loop() {
  while (!drained_) {
    std::int64_t wait_ms = -1;
    if (const auto due = next_due_ms()) wait_ms = std::max<std::int64_t>(0, *due - clock_.wall_ms());
    turn(wait_ms);
  }
}

void Engine::Impl::stop(std::int64_t grace_ms, const std::function<bool()>& is_urgent) {
  if (!thread_.joinable()) return;
  stopping_ = true;
  inbox_.close();
  inbox_.wake();
  const std::int64_t deadline_ms = clock_.monotonic_ms() + grace_ms;
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable tick;
  while (health().running_nodes > 0 && clock_.monotonic_ms() < deadline_ms && !(is_urgent && is_urgent())) {
    tick.wait_for(lock, std::chrono::milliseconds(20));
  }
  drained_ = true;
  inbox_.wake();
  thread_.join();
  for (const auto& [id, work] : work_) {
    if (work.launched) launcher_.kill(work.launch);
  }
  // Their runs are on disk and go on at the next start: a refusal would make clients start them again.
  for (auto& [id, waiter] : waiters_)
    waiter.deadline_ms = 0;
  give_up_waiting();
}

bool Engine::Impl::post(Message message) {
  return !stopping_ && inbox_.offer(Item(std::move(message)));
}

bool Engine::Impl::turn(std::int64_t wait_ms) {
  const bool timers = fire_timers();
  const bool at_once = timers || more_to_admit_;
  const bool messages = handle(inbox_.take(config_.max_batch_messages, at_once ? 0 : wait_ms));
  if (more_to_admit_ && !messages) commit();
  return at_once || messages;
}

bool Engine::Impl::handle(std::vector<Item> items) {
  if (items.empty()) return false;
  const observe::Stopwatch stopwatch;
  for (Item& item : items) {
    const bool alone = is_administrative(item);
    if (alone) commit();
    std::visit(
        [this](auto&& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, Message>) {
            std::visit([this](auto&& message) { accept(std::move(message)); }, std::move(value));
          } else {
            accept(std::move(value));
          }
        },
        std::move(item));
    if (alone) commit();
  }
  commit();
  if (metrics_ != nullptr) metrics_->engine_turned(stopwatch.ms());
  return true;
}

bool Engine::Impl::fire_timers() {
  const std::int64_t now_ms = clock_.wall_ms();
  bool any = false;
  while (auto timer = timers_.take_due(now_ms)) {
    fire(*timer);
    any = true;
  }
  if (any) commit();
  if (earliest_waiter_ms_ <= clock_.monotonic_ms()) give_up_waiting();
  return any;
}

// Answers those whose patience is over with the state of now.
void Engine::Impl::give_up_waiting() {
  const std::int64_t now_ms = clock_.monotonic_ms();
  earliest_waiter_ms_ = kNever_ms;
  for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
    if (waiter->second.deadline_ms > now_ms) {
      earliest_waiter_ms_ = std::min(earliest_waiter_ms_, waiter->second.deadline_ms);
      ++waiter;
      continue;
    }
    if (const auto run = live_run(waiter->first))
      waiter->second.reply(view(**run));
    else
      waiter->second.reply(fail(run.error()));
    waiter = waiters_.erase(waiter);
  }
}

void Engine::Impl::fire(const Timer& timer) {
  switch (timer.kind) {
    case TimerKind::kRetryNode:
    case TimerKind::kRunTimeout:
      return fire_on_run(timer);
    case TimerKind::kApprovalExpiry:
      return expire_approval(timer);
    case TimerKind::kExpiryWindow:
      return load_expiry_window();
    case TimerKind::kStoreRetry:
      return catch_up();
    case TimerKind::kSweepFacts:
      return sweep_facts(timer);
    case TimerKind::kRetention:
      return retain();
    case TimerKind::kProgress:
      return show_progress(timer.id);
    case TimerKind::kHeartbeat:
      return check_heartbeat(timer);
  }
}

void Engine::Impl::fire_on_run(const Timer& timer) {
  const auto run = live_run(timer.id);
  if (!run) {
    if (run.error().code != ErrorCode::kNotFound) fire_again(timer);
    return;
  }
  if (timer.kind == TimerKind::kRunTimeout) {
    if (!apply(**run, run::RunTimedOut{})) on_failure([this, timer](const Error&) { fire_again(timer); });
    return;
  }
  if ((*run)->state.nodes[timer.node].retry_at_ms > clock_.wall_ms()) return;  // this one is of an attempt before
  apply(**run, run::RetryDue{timer.node});  // should this not be recorded, reading the run again sets its timer
}

// For what could not be read or recorded: the same again once the store may work.
void Engine::Impl::fire_again(Timer timer) {
  timer.due_ms = clock_.wall_ms() + config_.store_retry_ms;
  timers_.add(std::move(timer));
}

// What a failing store had kept from happening: runs are read again, and ends of attempts recorded.
void Engine::Impl::catch_up() {
  // Nobody else may write for long, least of all while the server says that it is not well.
  if (!store_ok_) stage({"engine", "store-probe", "{}", 0, clock_.wall_ms()});
  const std::vector<NodeEnded> held = std::exchange(held_, {});
  const std::set<std::string> suspended = std::exchange(suspended_runs_, {});
  for (const std::string& run_id : suspended) {
    const auto run = live_run(run_id);
    if (run || run.error().code == ErrorCode::kNotFound) continue;  // not found: its beginning was never recorded
    log_.warn("a run could not be read again", {{"run", run_id}});
    suspended_runs_.insert(run_id);
  }
  if (!suspended_runs_.empty()) fire_again({0, TimerKind::kStoreRetry, {}, 0});
  for (const NodeEnded& ended : held)
    accept(NodeEnded(ended));
}

std::optional<std::int64_t> Engine::Impl::next_due_ms() const {
  const auto due = timers_.next_due_ms();
  if (earliest_waiter_ms_ == kNever_ms) return due;
  const std::int64_t waiter_ms =
      clock_.wall_ms() + std::max<std::int64_t>(0, earliest_waiter_ms_ - clock_.monotonic_ms());
  return due ? std::min(*due, waiter_ms) : waiter_ms;
}

// One transaction for everything decided since the last one; then, and only then, its consequences.
void Engine::Impl::commit() {
  admit_waiting();
  dispatch_ready();
  write_rows();
  Result<store::CommitReceipt> receipt = store::CommitReceipt{};
  if (!batch_.empty()) {
    const observe::Stopwatch stopwatch;
    receipt = store_.commit(batch_);
    if (metrics_ != nullptr) metrics_->committed(stopwatch.ms());
    store_ok_ = receipt.has_value();
    if (store_ok_ && refused_commits_ > 0)
      log_.info("the store takes transactions again", {{"refused", std::exchange(refused_commits_, 0)}});
  }
  if (!receipt) {
    commit_failed(receipt.error());
  } else {
    unrecorded_.clear();
    undos_.clear();
    admission_.settle();
    for (const auto& measure : measures_)
      measure();
    measures_.clear();
    update_health();  // before anybody is told: who asks then must see it
    for (const bus::Message& saying : sayings_) {
      if (!bus_.publish(saying)) log_.warn("log lines could not be published");
    }
    sayings_.clear();
    publish_events(*receipt);
    batch_ = {};
    batch_approvals_.clear();
    batch_facts_.clear();
    std::vector<std::function<void()>> effects = std::move(effects_);
    effects_.clear();
    for (const auto& effect : effects)
      effect();
    forget_idle_runs();
  }
  update_health();
}

// Nothing was written. What was decided is forgotten; who asked is told; ends of attempts are kept and tried again.
void Engine::Impl::commit_failed(const Error& error) {
  // A full disk refuses the same again and again.
  if (++refused_commits_ == 1 || error.message != refusal_)
    log_.error("the store refused a transaction", {{"error", error.message}});
  refusal_ = error.message;
  update_health();  // before anybody is told: who asks then must see it
  std::vector<std::function<void(const Error&)>> undos = std::move(undos_);
  undos_.clear();
  effects_.clear();
  measures_.clear();
  sayings_.clear();
  batch_ = {};
  batch_approvals_.clear();
  admission_.roll_back();
  more_to_admit_ = false;
  batch_facts_.clear();
  for (const std::string& run_id : batch_runs_)
    live_.erase(run_id);
  suspended_runs_.merge(batch_runs_);
  batch_runs_.clear();
  std::erase_if(work_, [](const auto& entry) { return !entry.second.launched; });
  catalog_.reset();
  for (NodeEnded& ended : unrecorded_)
    held_.push_back(std::move(ended));
  unrecorded_.clear();
  fire_again({0, TimerKind::kStoreRetry, {}, 0});
  for (const auto& undo : undos)
    undo(error);
}

void Engine::Impl::update_health() {
  const std::lock_guard lock(health_mutex_);
  health_.store_ok = store_ok_;
  health_.accepting = !stopping_;
  health_.waiting_messages = inbox_.size();
  health_.running_nodes = static_cast<int>(work_.size());
  health_.ready_nodes = ready_.size();
  health_.live_runs = static_cast<std::int64_t>(live_.size());
  health_.unfinished_runs = unfinished_runs_;
  health_.moving_runs = admission_.moving();
  health_.queued_runs = admission_.queued();
}

Health Engine::Impl::health() const {
  const std::lock_guard lock(health_mutex_);
  return health_;
}

Engine::Engine(Config config, Seams seams) : impl_(std::make_unique<Impl>(std::move(config), seams)) {}
Engine::~Engine() = default;
Result<void> Engine::recover() {
  return impl_->recover();
}
void Engine::on_workflow_changed(std::function<void(const store::WorkflowRow&)> observer) {
  impl_->on_workflow_changed(std::move(observer));
}
void Engine::start() {
  impl_->start();
}
void Engine::stop(std::int64_t grace_ms, const std::function<bool()>& is_urgent) {
  impl_->stop(grace_ms, is_urgent);
}
bool Engine::post(Message message) {
  return impl_->post(std::move(message));
}
Health Engine::health() const {
  return impl_->health();
}
bool Engine::turn() {
  return impl_->turn(0);
}
std::optional<std::int64_t> Engine::next_due_ms() const {
  return impl_->next_due_ms();
}

}  // namespace commandcenter::engine
