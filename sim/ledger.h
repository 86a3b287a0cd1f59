// Watches everything that becomes durable, is launched or is published, and says when something that must always hold
// does not. Knows the rows only from what the store was told, so that it can be held against the store. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bus/bus.h"
#include "core/run/run.h"
#include "sim/fake_launcher.h"
#include "store/store.h"

namespace commandcenter::sim {

// What a store was told about one run.
struct RunRecord {
  store::RunRow row;
  bool known = false;
  std::shared_ptr<const workflow::Plan> plan;
  std::vector<store::EventRow> events;                                     // by sequence
  std::map<std::string, std::map<std::int64_t, store::NodeRunRow>> nodes;  // by node, then attempt
  run::RunState state;                                                     // by its journal
  std::int64_t order = 0;                                                  // of acceptance, among all runs
  std::string lane;  // what it shares places with, by its workflow and context alone
};

class Ledger {
 public:
  using Report = std::function<void(std::string)>;
  Ledger(Report report, std::int64_t max_moving, std::int64_t max_queued)
      : report_(std::move(report)), max_moving_(max_moving), max_queued_(max_queued) {}

  // A batch has become durable.
  void applied(const store::Batch& batch, const store::CommitReceipt& receipt);
  void launched(const Launched& launch);
  void ended(const Launched& launch, const sandbox::Exit& exit);
  // A patch was written to a workspace, or those of a run were taken back.
  void order_carried_out(const std::string& order_id);
  bool was_carried_out(const std::string& order_id) const { return orders_.contains(order_id); }
  // Attempts under way are gone with the server.
  void server_died() { open_launches_.clear(); }
  void published(const bus::Message& message);

  const std::map<std::string, RunRecord>& runs() const { return runs_; }
  const std::map<std::string, store::ApprovalRow>& approvals() const { return approvals_; }
  const std::map<std::int64_t, std::string>& published_payloads() const { return published_; }
  // What the attempt with this label printed when it succeeded; null when it did not.
  const std::string* output_of(const std::string& label) const;

 private:
  void take(const store::PlanRow& row);
  void take(const store::RunRow& row);
  void take(const store::NodeRunRow& row);
  void take(const store::ApprovalRow& row);
  void take(store::EventRow row, std::int64_t position);
  void follow(const store::EventRow& row);
  void check_admission(const RunRecord& run) const;
  void check_start(const RunRecord& run, const store::NodeRunRow& row);
  void check_complete(const RunRecord& run);

  Report report_;
  std::int64_t max_moving_;
  std::int64_t max_queued_;
  std::int64_t accepted_ = 0;
  std::map<std::string, std::shared_ptr<const workflow::Plan>> plans_;
  std::map<std::string, RunRecord> runs_;
  std::map<std::string, store::ApprovalRow> approvals_;
  std::int64_t last_position_ = 0;
  std::int64_t last_published_ = 0;
  std::map<std::int64_t, std::string> published_;
  std::set<std::string> all_launches_;  // labels
  std::set<std::string> open_launches_;
  std::map<std::string, std::string> outputs_;  // by label
  std::set<std::string> orders_;
};

// The order that takes back what a run changed.
std::string rollback_order(const std::string& run_id);

// The last attempt of the node; null before the first.
const store::NodeRunRow* latest(const RunRecord& run, const std::string& node);

std::string label_of(const std::string& run_id, const std::string& node, std::int64_t attempt);

}  // namespace commandcenter::sim
