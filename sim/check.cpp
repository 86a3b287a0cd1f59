// What must hold once nothing moves any more: promises kept, the store as it was told, journals that give the same runs
// again, ends that follow from what happened.
#include <algorithm>

#include <fmt/format.h>

#include "core/run/run.h"
#include "engine/engine.h"
#include "sim/world.h"

namespace commandcenter::sim {
namespace {

constexpr std::int64_t kLongestOutage_ms = 90'000;  // all that a workload can make of store and server together

bool has_event(const RunRecord& run, std::string_view type) {
  return std::any_of(run.events.begin(), run.events.end(),
                     [&](const store::EventRow& event) { return event.type == type; });
}

class Checker {
 public:
  Checker(const Ledger& ledger, store::Store& store, bool steady_clock, const Ledger::Report& report)
      : ledger_(ledger), store_(store), steady_clock_(steady_clock), report_(report) {}

  void promises(const Promises& promises) {
    for (const std::string& id : promises.runs) {
      if (run_row(id) == nullptr) report_(fmt::format("run {} was promised and is not there", id));
    }
    for (const auto& [id, status] : promises.final_status) {
      const store::RunRow* row = run_row(id);
      if (row != nullptr && row->status != status)
        report_(fmt::format("run {} was told to be {} and is {}", id, status, row->status));
    }
    for (const std::string& id : promises.cancelled) {
      const store::RunRow* row = run_row(id);
      if (row != nullptr && row->status != "CANCELLED")
        report_(fmt::format("run {} was cancelled and is {}", id, row->status));
    }
    for (const std::string& id : promises.rolled_back) {
      if (!ledger_.was_carried_out(rollback_order(id)))
        report_(fmt::format("run {} was told to be rolled back, and nothing was", id));
    }
    for (const auto& [id, approved] : promises.decided) {
      const auto row = ledger_.approvals().find(id);
      const std::string_view expected = approved ? "APPROVED" : "REJECTED";
      if (row == ledger_.approvals().end() || row->second.status != expected) {
        report_(fmt::format("approval {} was acknowledged as {} and is {}", id, expected,
                            row == ledger_.approvals().end() ? "not there" : row->second.status));
      }
    }
  }

  // One run of each key; the mark, and what was recorded beside it, are there if and only if the run is.
  void once() {
    std::map<std::string, std::string> run_of;
    for (const auto& [id, run] : ledger_.runs()) {
      const auto context = parse_json(run.row.context);
      const std::string key = context && run.row.retry_of.empty() ? string_member(*context, "once") : std::string();
      if (!key.empty() && !run_of.emplace(key, id).second)
        report_(fmt::format("{} started run {} and run {}", key, run_of[key], id));
    }
    const auto marks = store::read_all<store::StateRow>(store_, {.table = store::Table::kState, .space = "sim"});
    if (!marks || marks->size() != run_of.size())
      return report_(fmt::format("{} keys started runs, {} are recorded", run_of.size(), marks ? marks->size() : 0));
    for (const store::StateRow& mark : *marks) {
      const auto document = parse_json(mark.document);
      if (!document || string_member(*document, "runId") != run_of[mark.key])
        report_(fmt::format("{} is recorded as {}, but started run {}", mark.key, mark.document, run_of[mark.key]));
      const auto beside = store_.count({.table = store::Table::kState, .id = mark.key, .space = "beside"});
      if (beside != 1) report_(fmt::format("what was to be recorded beside {} is missing", mark.key));
    }
  }

  // The store holds what it acknowledged, and nothing else.
  void store_content() {
    std::size_t runs = 0, nodes = 0, events = 0;
    for (const auto& [id, run] : ledger_.runs()) {
      ++runs;
      events += run.events.size();
      for (const auto& [node, attempts] : run.nodes)
        nodes += attempts.size();
      const auto rows = store::read_all<store::NodeRunRow>(store_, {.table = store::Table::kNodeRuns, .run_id = id});
      for (const store::NodeRunRow& row : *rows) {
        const store::NodeRunRow& told = run.nodes.at(row.node).at(row.attempt);
        if (told.status != row.status || told.output != row.output || told.finished != row.finished) {
          report_(fmt::format("{} is {} in the store, which was told {}", label_of(id, row.node, row.attempt),
                              row.status, told.status));
        }
      }
      const auto row = store::read_one<store::RunRow>(store_, {.table = store::Table::kRuns, .id = id});
      if (!row || !*row || (*row)->status != run.row.status)
        report_(fmt::format("run {} is not in the store as it was told", id));
    }
    expect_count(store::Table::kRuns, runs);
    expect_count(store::Table::kNodeRuns, nodes);
    expect_count(store::Table::kEvents, events);
    expect_count(store::Table::kApprovals, ledger_.approvals().size());
  }

  void published(bool all_heard) {
    std::size_t events = 0;
    for (const auto& [id, run] : ledger_.runs()) {
      events += run.events.size();
      for (const store::EventRow& event : run.events) {
        const auto heard = ledger_.published_payloads().find(event.position);
        if (heard == ledger_.published_payloads().end()) continue;
        if (heard->second != dump_json(engine::event_json(event)))
          report_(fmt::format("event {} was published with another content", event.position));
      }
    }
    if (all_heard && ledger_.published_payloads().size() != events) {
      report_(fmt::format("{} of {} events were published", ledger_.published_payloads().size(), events));
    }
  }

  void run(const RunRecord& run) {
    if (!run.known || run.plan == nullptr) return report_("there are rows of a run that is not there");
    if (!run.row.finished) return report_(fmt::format("run {} never ended: {}", run.row.id, what_it_waits_for(run)));
    replay(run);
    outcome(run);
    approvals(run);
    outputs(run);
    superseded(run);
    if (steady_clock_) deadlines(run);
  }

 private:
  const store::RunRow* run_row(const std::string& id) const {
    const auto run = ledger_.runs().find(id);
    return run == ledger_.runs().end() || !run->second.known ? nullptr : &run->second.row;
  }

  void expect_count(store::Table table, std::size_t expected) {
    const auto count = store_.count({.table = table});
    if (count && *count == static_cast<std::int64_t>(expected)) return;
    report_(fmt::format("the store holds {} rows of table {}; it was told {}", count.value_or(-1),
                        static_cast<int>(table), expected));
  }

  std::string what_it_waits_for(const RunRecord& run) const {
    std::string text = run.row.status;
    for (const auto& [node, attempts] : run.nodes) {
      const store::NodeRunRow& row = attempts.rbegin()->second;
      if (!row.finished) text += fmt::format(", {} attempt {} {}", node, row.attempt, row.status);
    }
    return text;
  }

  // The journal alone gives the run again.
  void replay(const RunRecord& run) {
    run::RunState state;
    state.plan = run.plan;
    for (const store::EventRow& row : run.events) {
      const auto document = parse_json(row.document, kMaxJsonDepth + 8);
      const Json* data = document ? find_member(*document, "data") : nullptr;
      if (data == nullptr) return report_(fmt::format("event {} cannot be read", row.position));
      const auto event = run::decode(row.type, row.at_ms, *data, *run.plan);
      if (!event) return report_(fmt::format("event {}: {}", row.position, event.error().message));
      if (const auto* due = std::get_if<run::RetryDue>(&event->payload);
          due != nullptr && state.nodes[due->node].retry_at_ms > event->at_ms) {
        report_(fmt::format("node {} of run {} was tried again before its delay was over",
                            run.plan->nodes[due->node].id, run.row.id));
      }
      if (run::step(state, *event).refused)
        return report_(fmt::format("the journal of run {} refuses event {}", run.row.id, row.sequence));
    }
    if (run::run_status_word(state.status) != run.row.status) {
      report_(fmt::format("run {} is {}, by its journal {}", run.row.id, run.row.status,
                          run::run_status_word(state.status)));
    }
    for (std::size_t i = 0; i < state.nodes.size(); ++i) {
      const run::NodeState& node = state.nodes[i];
      const store::NodeRunRow* row = latest(run, run.plan->nodes[i].id);
      if (row == nullptr) {
        report_(fmt::format("node {} of run {} has no row", run.plan->nodes[i].id, run.row.id));
      } else if (row->status != run::node_status_word(node.status) || row->attempt != node.attempt ||
                 row->reason != node.reason ||
                 row->output != (node.has_output ? dump_json(node.output) : std::string())) {
        report_(fmt::format("{} is {}, by its journal attempt {} is {}", label_of(run.row.id, row->node, row->attempt),
                            row->status, node.attempt, run::node_status_word(node.status)));
      }
    }
  }

  bool is_handled(const RunRecord& run, const workflow::PlannedNode& planned) const {
    if (planned.on_error == workflow::OnErrorKind::kContinue) return true;
    if (planned.on_error == workflow::OnErrorKind::kFail) return false;
    const store::NodeRunRow* fallback = latest(run, run.plan->nodes[*planned.fallback].id);
    return fallback != nullptr && fallback->status == "SUCCESS";
  }

  // FAILED if and only if a node failed and nothing handled it, or the run took too long.
  void outcome(const RunRecord& run) {
    std::string unhandled;
    for (const workflow::PlannedNode& planned : run.plan->nodes) {
      const store::NodeRunRow* row = latest(run, planned.id);
      if (row != nullptr && row->status == "FAILED" && !is_handled(run, planned)) unhandled = planned.id;
    }
    const bool cancelled = has_event(run, "run.cancelled");
    const bool timed_out = has_event(run, "run.timed_out");
    const std::string_view expected = cancelled ? "CANCELLED" : timed_out || !unhandled.empty() ? "FAILED" : "SUCCESS";
    if (run.row.status != expected) {
      report_(
          fmt::format("run {} is {}, expected {} (unhandled: {})", run.row.id, run.row.status, expected, unhandled));
    }
  }

  void approvals(const RunRecord& run) {
    for (const auto& [id, approval] : ledger_.approvals()) {
      if (approval.run_id != run.row.id || approval.status != "REJECTED") continue;
      const auto planned = run.plan->find_node(approval.node);
      const workflow::PlannedNode* node = planned ? &run.plan->nodes[*planned] : nullptr;
      // Who changes files works on a copy before anybody is asked.
      if (node != nullptr && !node->is_transform && run.plan->agents[node->agent].changes_workspace) continue;
      const auto attempts = run.nodes.find(approval.node);
      if (attempts == run.nodes.end()) continue;
      for (const auto& [attempt, row] : attempts->second) {
        if (row.started_at_ms)
          report_(fmt::format("{} started, though its approval was rejected", label_of(run.row.id, row.node, attempt)));
      }
    }
  }

  // Only a newer run that wants the same places takes an older one's.
  void superseded(const RunRecord& run) {
    for (const store::EventRow& event : run.events) {
      const auto document = parse_json(event.document, kMaxJsonDepth + 8);
      const Json* data = document ? find_member(*document, "data") : nullptr;
      const std::string newer_id = data == nullptr ? std::string() : string_member(*data, "supersededBy");
      if (event.type != "run.cancelled" || newer_id.empty()) continue;
      const auto newer = ledger_.runs().find(newer_id);
      if (newer == ledger_.runs().end() || newer->second.lane != run.lane || newer->second.order < run.order)
        report_(fmt::format("run {} is said to be superseded by {}", run.row.id, newer_id));
    }
  }

  // Time-outs and expiries come when they are due, or soon after the server or the store is back.
  void deadlines(const RunRecord& run) {
    const std::int64_t took_ms = run.row.finished_at_ms.value_or(0) - run.state.admitted_at_ms.value_or(0);
    if (run.plan->timeout_ms && run.state.admitted_at_ms && took_ms > *run.plan->timeout_ms + kLongestOutage_ms) {
      report_(fmt::format("run {} took {} ms; its time-out is {} ms", run.row.id, took_ms, *run.plan->timeout_ms));
    }
    for (const auto& [id, approval] : ledger_.approvals()) {
      if (approval.run_id != run.row.id) continue;
      const std::int64_t late_ms = approval.responded_at_ms.value_or(0) - approval.expires_at_ms;
      if (late_ms > kLongestOutage_ms) {
        report_(fmt::format("approval {} became {} {} ms after it expired", id, approval.status, late_ms));
      }
    }
  }

  // A success is one the launcher reported, with that output.
  void outputs(const RunRecord& run) {
    for (const workflow::PlannedNode& planned : run.plan->nodes) {
      const store::NodeRunRow* row = latest(run, planned.id);
      if (planned.is_transform || row == nullptr || row->status != "SUCCESS" || row->reason == "kept") continue;
      const std::string label = label_of(run.row.id, planned.id, row->attempt);
      const std::string* output = ledger_.output_of(label);
      if (output == nullptr || *output != row->output)
        report_(fmt::format("{} printed {} and is recorded with {}", label, output == nullptr ? "nothing" : *output,
                            row->output));
    }
  }

  const Ledger& ledger_;
  store::Store& store_;
  bool steady_clock_;
  const Ledger::Report& report_;
};

}  // namespace

void check_world(const Ledger& ledger, store::Store& store, const Promises& promises, bool all_heard, bool steady_clock,
                 const Ledger::Report& report) {
  Checker checker(ledger, store, steady_clock, report);
  checker.promises(promises);
  for (const auto& [id, run] : ledger.runs())
    checker.run(run);
  checker.once();
  checker.store_content();
  checker.published(all_heard);
}

}  // namespace commandcenter::sim
