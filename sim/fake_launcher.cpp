// How fake attempts end, and when that is told.
#include "sim/fake_launcher.h"

#include <algorithm>

#include <fmt/format.h>

namespace commandcenter::sim {

sandbox::LaunchId FakeLauncher::start(sandbox::LaunchSpec spec, sandbox::LaunchCallbacks callbacks) {
  const sandbox::LaunchId id = next_id_++;
  Active active;
  active.launched.label = spec.label;
  for (const auto& [name, value] : spec.environment) {
    if (name == "AGENT_NAME") active.launched.agent = value;
  }
  active.callbacks = std::move(callbacks);
  active.started_ms = clock_.now_ms();
  decide_end(active, spec);
  trace_.line(clock_.now_ms(), fmt::format("launch {}: {} ({})", id, spec.label, active.launched.agent));
  if (started_) started_(active.launched);
  if (plant_ == Plant::kDoubleLaunch && started_) started_(active.launched);
  active_.emplace(id, std::move(active));
  return id;
}

void FakeLauncher::decide_end(Active& active, const sandbox::LaunchSpec& spec) {
  active.ends_ms = active.started_ms + random_.between(1, temper_.slowest_ms);
  sandbox::Exit& exit = active.exit;
  exit.kind = sandbox::ExitKind::kExited;
  std::int64_t dice = random_.between(0, 99);
  const auto falls = [&dice](int percent) { return (dice -= percent) < 0; };
  if (falls(temper_.exit_one)) {
    exit.exit_code = 1;
  } else if (falls(temper_.garbage)) {
    exit.standard_output = random_.chance(50) ? "no JSON" : R"({"other":true})";
  } else if (falls(temper_.signalled)) {
    exit.kind = sandbox::ExitKind::kSignalled;
    exit.signal = 11;
  } else if (falls(temper_.lost)) {
    exit.kind = sandbox::ExitKind::kLost;
  } else if (falls(temper_.not_started)) {
    exit.kind = sandbox::ExitKind::kNotStarted;
    exit.message = "no such program";
  } else if (falls(temper_.hang)) {
    active.ends_ms = active.started_ms + spec.limits.timeout_ms + 1;
  } else {
    exit.standard_output = fmt::format(R"({{"value":{}}})", random_.between(0, 1'000'000));
    if (spec.copy_on_write && random_.chance(80)) exit.patch = {"diff of " + spec.label, 1, 1, 0};
  }
  if (active.ends_ms <= active.started_ms + spec.limits.timeout_ms) return;
  active.ends_ms = active.started_ms + spec.limits.timeout_ms;
  exit = {};
  exit.kind = sandbox::ExitKind::kLimit;
  exit.limit = "timeout";
  exit.message = fmt::format("took longer than {} ms", spec.limits.timeout_ms);
}

// Takes its time like the real one, and may be told again what it has done already.
void FakeLauncher::apply(patch::Order order, std::function<void(Result<patch::Applied>)> done) {
  orders_.push_back({std::move(order.id), clock_.now_ms() + random_.between(1, 200), std::move(done)});
}

void FakeLauncher::forget(const std::string& order_id) {
  journal_.erase(order_id);
}

void FakeLauncher::deliver_orders() {
  for (std::size_t i = 0; i < orders_.size();) {
    if (orders_[i].ends_ms > clock_.now_ms()) {
      ++i;
      continue;
    }
    const OpenOrder order = std::move(orders_[i]);
    orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(i));
    const bool known = journal_.contains(order.id);
    if (!known && random_.chance(20)) {
      trace_.line(clock_.now_ms(), "order refused: " + order.id);
      order.done(fail(ErrorCode::kConflict, "a file has changed since the patch was made"));
      continue;
    }
    if (!known && applied_) applied_(order.id);
    journal_.insert(order.id);
    trace_.line(clock_.now_ms(), "order carried out: " + order.id);
    order.done(patch::Applied{{"the way back"}});
  }
}

void FakeLauncher::kill(sandbox::LaunchId id) {
  const auto found = active_.find(id);
  if (found == active_.end() || found->second.killed) return;
  Active& active = found->second;
  const std::int64_t ends_ms = clock_.now_ms() + random_.between(0, 50);
  if (active.ends_ms <= ends_ms) return;  // it ends by itself first
  active.killed = true;
  active.ends_ms = ends_ms;
  active.exit = {};
  active.exit.kind = sandbox::ExitKind::kKilled;
  active.exit.message = "killed";
  trace_.line(clock_.now_ms(), fmt::format("kill {}", id));
}

std::optional<std::int64_t> FakeLauncher::next_due_ms() const {
  std::optional<std::int64_t> next;
  for (const auto& [id, active] : active_)
    next = next ? std::min(*next, active.ends_ms) : active.ends_ms;
  for (const OpenOrder& order : orders_)
    next = next ? std::min(*next, order.ends_ms) : order.ends_ms;
  return next;
}

void FakeLauncher::deliver_due() {
  deliver_orders();
  for (auto place = active_.begin(); place != active_.end();) {
    const auto current = place++;
    if (current->second.ends_ms > clock_.now_ms()) continue;
    Active active = std::move(current->second);
    trace_.line(clock_.now_ms(),
                fmt::format("end of launch {}: kind {} code {} {}", current->first, static_cast<int>(active.exit.kind),
                            active.exit.exit_code, active.exit.standard_output));
    active_.erase(current);
    active.exit.duration_ms = clock_.now_ms() - active.started_ms;
    active.callbacks.on_log("working");
    if (active.exit.exit_code != 0) active.callbacks.on_log(R"({"error":"boom"})");
    if (ended_) ended_(active.launched, active.exit);
    active.callbacks.on_exit(active.exit);
  }
}

bool FakeLauncher::runs(const std::string& label) const {
  return std::any_of(active_.begin(), active_.end(),
                     [&](const auto& entry) { return entry.second.launched.label == label; });
}

}  // namespace commandcenter::sim
