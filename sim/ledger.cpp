// The rules that are checked at every commit, launch, end and publication.
#include "sim/ledger.h"

#include <algorithm>

#include <fmt/format.h>

namespace commandcenter::sim {
namespace {

bool is_same(const store::NodeRunRow& a, const store::NodeRunRow& b) {
  return a.status == b.status && a.finished == b.finished && a.input == b.input && a.output == b.output &&
         a.error == b.error && a.reason == b.reason && a.detail == b.detail && a.started_at_ms == b.started_at_ms &&
         a.finished_at_ms == b.finished_at_ms;
}

bool is_same(const store::RunRow& a, const store::RunRow& b) {
  return a.status == b.status && a.finished == b.finished && a.error == b.error && a.context == b.context &&
         a.plan_id == b.plan_id && a.finished_at_ms == b.finished_at_ms;
}

}  // namespace

const store::NodeRunRow* latest(const RunRecord& run, const std::string& node) {
  const auto attempts = run.nodes.find(node);
  return attempts == run.nodes.end() || attempts->second.empty() ? nullptr : &attempts->second.rbegin()->second;
}

std::string label_of(const std::string& run_id, const std::string& node, std::int64_t attempt) {
  return fmt::format("run {} node {} attempt {}", run_id, node, attempt);
}

std::string rollback_order(const std::string& run_id) {
  return run_id + "-rollback";
}

void Ledger::applied(const store::Batch& batch, const store::CommitReceipt& receipt) {
  std::size_t events = 0;
  for (const store::Row& row : batch.puts) {  // plans before the runs that use them
    if (const auto* plan = std::get_if<store::PlanRow>(&row)) take(*plan);
  }
  std::set<std::string> touched;
  std::vector<const store::NodeRunRow*> nodes;
  for (const store::Row& row : batch.puts) {
    if (const auto* event = std::get_if<store::EventRow>(&row)) take(*event, receipt.positions[events++]);
    if (const auto* approval = std::get_if<store::ApprovalRow>(&row)) take(*approval);
    if (const auto* run = std::get_if<store::RunRow>(&row)) {
      take(*run);
      touched.insert(run->id);
    }
    if (const auto* node = std::get_if<store::NodeRunRow>(&row)) nodes.push_back(node);
  }
  for (const store::NodeRunRow* node : nodes) {
    take(*node);
    touched.insert(node->run_id);
  }
  for (const store::Row& row : batch.puts) {
    if (const auto* event = std::get_if<store::EventRow>(&row)) follow(*event);
  }
  for (const store::NodeRunRow* node : nodes) {
    if (node->status == "RUNNING") check_start(runs_[node->run_id], *node);
  }
  for (const std::string& run : touched)
    check_complete(runs_[run]);
}

void Ledger::take(const store::PlanRow& row) {
  auto plan = workflow::load_plan(row.document);
  if (!plan) return report_(fmt::format("stored plan {} cannot be loaded: {}", row.id, plan.error().message));
  if ((*plan)->id != row.id) report_(fmt::format("stored plan {} loads as plan {}", row.id, (*plan)->id));
  plans_[row.id] = *plan;
}

void Ledger::take(const store::RunRow& row) {
  RunRecord& run = runs_[row.id];
  if (run.known && run.row.finished && !is_same(run.row, row)) {
    report_(fmt::format("run {} was final ({}) and changed ({})", row.id, run.row.status, row.status));
  }
  run.row = row;
  run.known = true;
  if (run.plan != nullptr) return;
  const auto plan = plans_.find(row.plan_id);
  if (plan == plans_.end()) return report_(fmt::format("run {} is stored without its plan {}", row.id, row.plan_id));
  run.plan = plan->second;
}

void Ledger::take(const store::NodeRunRow& row) {
  RunRecord& run = runs_[row.run_id];
  auto& attempts = run.nodes[row.node];
  const auto known = attempts.find(row.attempt);
  if (known != attempts.end() && known->second.finished && !is_same(known->second, row)) {
    report_(fmt::format("{} was final ({}) and changed ({})", label_of(row.run_id, row.node, row.attempt),
                        known->second.status, row.status));
  }
  const bool kept = row.attempt == 1;
  if (known == attempts.end() && !kept && !attempts.contains(row.attempt - 1)) {
    report_(fmt::format("{} has no attempt before it", label_of(row.run_id, row.node, row.attempt)));
  }
  attempts[row.attempt] = row;
}

void Ledger::take(const store::ApprovalRow& row) {
  const auto known = approvals_.find(row.id);
  if (known != approvals_.end() && known->second.status != "PENDING" && known->second.status != row.status) {
    report_(fmt::format("approval {} was {} and became {}", row.id, known->second.status, row.status));
  }
  approvals_[row.id] = row;
}

void Ledger::take(store::EventRow row, std::int64_t position) {
  RunRecord& run = runs_[row.run_id];
  const auto expected = static_cast<std::int64_t>(run.events.size()) + 1;
  if (row.sequence != expected) {
    report_(fmt::format("run {}: event {} follows event {}", row.run_id, row.sequence, expected - 1));
  }
  if (position <= last_position_) report_(fmt::format("position {} follows {}", position, last_position_));
  if (run.known && run.row.finished) {
    report_(fmt::format("run {} was final ({}) and got event {}", row.run_id, run.row.status, row.type));
  }
  last_position_ = position;
  row.position = position;
  run.events.push_back(std::move(row));
}

// Moves the run's own state, event by event in the order in which they were recorded.
void Ledger::follow(const store::EventRow& row) {
  RunRecord& run = runs_[row.run_id];
  if (run.plan == nullptr) return;  // reported
  const auto document = parse_json(row.document, kMaxJsonDepth + 8);
  const Json* data = document ? find_member(*document, "data") : nullptr;
  if (data == nullptr) return report_(fmt::format("event {} of run {} cannot be read", row.sequence, row.run_id));
  const auto event = run::decode(row.type, row.at_ms, *data, *run.plan);
  if (!event) return report_(fmt::format("event {} of run {}: {}", row.sequence, row.run_id, event.error().message));
  const auto* created = std::get_if<run::RunCreated>(&event->payload);
  if ((created != nullptr) != (run.state.sequence == 0)) return;  // a gap, reported
  if (created != nullptr) {
    run.state.plan = run.plan;
    run.order = ++accepted_;
    run.lane = created->workflow_id;
    if (run.plan->concurrency.limit > 0)
      run.lane += "/" + run::concurrency_key(*run.plan, created->context).value_or("");
    const auto queued = std::count_if(runs_.begin(), runs_.end(), [&](const auto& entry) {
      return entry.second.order > 0 && entry.first != row.run_id &&
             run::phase_of(entry.second.state) == run::Phase::kQueued;
    });
    if (created->queued && queued >= max_queued_)
      report_(fmt::format("run {} was queued as number {} of at most {}", row.run_id, queued + 1, max_queued_));
    if (!created->queued) check_admission(run);
  }
  if (std::holds_alternative<run::RunAdmitted>(event->payload)) check_admission(run);
  if (run::step(run.state, *event).refused)
    report_(fmt::format("the journal of run {} refuses event {}", row.run_id, row.sequence));
}

// A run begins: there must be places for it, and nobody before it who wants the same ones.
void Ledger::check_admission(const RunRecord& run) const {
  std::int64_t holders = 0;
  std::int64_t moving = 0;
  for (const auto& [id, other] : runs_) {
    if (&other == &run || other.order == 0) continue;
    const run::Phase phase = run::phase_of(other.state);
    if (phase == run::Phase::kMoving) ++moving;
    if (other.lane != run.lane || phase == run::Phase::kDone) continue;
    if (phase != run::Phase::kQueued) ++holders;
    if (phase == run::Phase::kQueued && other.order < run.order)
      report_(fmt::format("run {} began before run {}, which waits for the same places longer", run.row.id, id));
  }
  const std::int64_t limit = run.plan->concurrency.limit;
  if (limit > 0 && holders >= limit)
    report_(fmt::format("run {} began beside {} others of {}; the limit is {}", run.row.id, holders, run.lane, limit));
  if (moving >= max_moving_)
    report_(fmt::format("run {} began while {} others moved; the limit is {}", run.row.id, moving, max_moving_));
}

// An attempt is recorded as running: everything before it must be done, and allowed.
void Ledger::check_start(const RunRecord& run, const store::NodeRunRow& row) {
  const std::string label = label_of(row.run_id, row.node, row.attempt);
  const auto index = run.plan == nullptr ? std::nullopt : run.plan->find_node(row.node);
  if (!index) return report_(label + " is not in the run's plan");
  const workflow::PlannedNode& planned = run.plan->nodes[*index];
  for (const std::size_t dependency : planned.dependencies) {
    const store::NodeRunRow* before = latest(run, run.plan->nodes[dependency].id);
    if (before == nullptr || !before->finished) {
      report_(fmt::format("{} started before its dependency {} was done", label, run.plan->nodes[dependency].id));
    }
  }
  for (const auto& [attempt, other] : run.nodes.at(row.node)) {
    if (attempt != row.attempt && other.status == "RUNNING")
      report_(fmt::format("{} started beside attempt {}", label, attempt));
  }
  if (!planned.needs_approval || run.plan->agents[planned.agent].changes_workspace) return;
  const bool approved = std::any_of(approvals_.begin(), approvals_.end(), [&](const auto& entry) {
    return entry.second.run_id == row.run_id && entry.second.node == row.node && entry.second.status == "APPROVED";
  });
  if (!approved) report_(label + " started without approval");
}

void Ledger::check_complete(const RunRecord& run) {
  if (!run.known || !run.row.finished) return;
  for (const auto& [node, attempts] : run.nodes) {
    for (const auto& [attempt, row] : attempts) {
      if (!row.finished)
        report_(fmt::format("run {} is {}, but attempt {} of node {} is {} and unfinished", run.row.id, run.row.status,
                            attempt, node, row.status));
    }
  }
  for (const auto& [id, approval] : approvals_) {
    if (approval.run_id == run.row.id && approval.status == "PENDING") {
      report_(fmt::format("run {} is {}, but approval {} is PENDING", run.row.id, run.row.status, id));
    }
  }
}

// The truth outside: what programs really run, whatever the rows say.
void Ledger::launched(const Launched& launch) {
  if (!all_launches_.insert(launch.label).second) return report_(launch.label + " was launched twice");
  open_launches_.insert(launch.label);
  const std::size_t node_at = launch.label.find(" node ");
  const std::size_t attempt_at = launch.label.find(" attempt ");
  const std::string run_id = launch.label.substr(4, node_at - 4);
  const std::string node = launch.label.substr(node_at + 6, attempt_at - node_at - 6);
  const std::int64_t attempt = std::stoll(launch.label.substr(attempt_at + 9));
  const auto run = runs_.find(run_id);
  if (run == runs_.end() || !run->second.nodes.contains(node))
    return report_(launch.label + " was launched, but not recorded before");
  const auto& attempts = run->second.nodes.at(node);
  if (!attempts.contains(attempt) || attempts.at(attempt).status != "RUNNING") {
    report_(launch.label + " was launched, but is not recorded as running");
  }
  for (const std::string& open : open_launches_) {
    if (open != launch.label && open.starts_with(launch.label.substr(0, attempt_at + 9))) {
      report_(fmt::format("{} was launched while {} runs", launch.label, open));
    }
  }
  const auto index = run->second.plan->find_node(node);
  const bool has_effects = index && run->second.plan->agents[run->second.plan->nodes[*index].agent].has_effects;
  if (!has_effects || attempt == 1) return;
  const bool failure_reported =
      std::any_of(run->second.events.begin(), run->second.events.end(), [&](const store::EventRow& event) {
        if (event.type != "node.failed") return false;
        const auto document = parse_json(event.document);
        const Json* data = document ? find_member(*document, "data") : nullptr;
        return data != nullptr && string_member(*data, "node") == node && data->value("attempt", 0) == attempt - 1;
      });
  if (!failure_reported)
    report_(
        fmt::format("{} has effects and was launched, though the attempt before it reported no failure", launch.label));
}

// Only what a person approved, and only once; and only of a run that has ended is anything taken back.
void Ledger::order_carried_out(const std::string& order_id) {
  if (!orders_.insert(order_id).second) report_(order_id + " was written twice");
  for (const auto& [id, run] : runs_) {
    if (order_id != rollback_order(id)) continue;
    if (!run.row.finished) report_(fmt::format("run {} is {}, and its changes were taken back", id, run.row.status));
    return;
  }
  const bool approved = std::any_of(runs_.begin(), runs_.end(), [&](const auto& entry) {
    return std::any_of(entry.second.nodes.begin(), entry.second.nodes.end(), [&](const auto& node) {
      const store::NodeRunRow& row = node.second.rbegin()->second;
      return row.id == order_id && std::any_of(approvals_.begin(), approvals_.end(), [&](const auto& approval) {
               return approval.second.run_id == row.run_id && approval.second.node == row.node &&
                      approval.second.status == "APPROVED";
             });
    });
  });
  if (!approved) report_(order_id + " was written without approval");
}

void Ledger::ended(const Launched& launch, const sandbox::Exit& exit) {
  open_launches_.erase(launch.label);
  if (exit.kind == sandbox::ExitKind::kExited && exit.exit_code == 0) outputs_[launch.label] = exit.standard_output;
}

void Ledger::published(const bus::Message& message) {
  if (message.position == 0) return;
  if (message.position <= last_published_)
    report_(fmt::format("event {} was published after event {}", message.position, last_published_));
  if (message.position > last_position_)
    report_(fmt::format("event {} was published before it was durable", message.position));
  last_published_ = message.position;
  published_[message.position] = message.payload;
}

const std::string* Ledger::output_of(const std::string& label) const {
  const auto found = outputs_.find(label);
  return found == outputs_.end() ? nullptr : &found->second;
}

}  // namespace commandcenter::sim
