// Commits on their way through, and the lies of a planted defect.
#include "sim/observed_store.h"

#include <algorithm>

namespace commandcenter::sim {
namespace {

template <typename T>
bool holds(const store::Batch& batch) {
  return std::any_of(batch.puts.begin(), batch.puts.end(),
                     [](const store::Row& row) { return std::holds_alternative<T>(row); });
}

store::Batch without_last_node_run(store::Batch batch) {
  const auto last = std::find_if(batch.puts.rbegin(), batch.puts.rend(),
                                 [](const store::Row& row) { return std::holds_alternative<store::NodeRunRow>(row); });
  if (last != batch.puts.rend()) batch.puts.erase(std::next(last).base());
  return batch;
}

}  // namespace

// What an honest store would have answered.
Result<store::CommitReceipt> ObservedStore::pretend(const store::Batch& batch) const {
  store::CommitReceipt receipt;
  for (const store::Row& row : batch.puts) {
    if (!std::holds_alternative<store::EventRow>(row)) continue;
    receipt.positions.push_back(last_position_ + 1 + static_cast<std::int64_t>(receipt.positions.size()));
  }
  return receipt;
}

// Phases are asked for by a starting server only.
void ObservedStore::lie_about_queue(const std::string& phase, std::vector<store::Row>& rows) const {
  if (rows.empty()) return;
  if (plant_ == Plant::kForgottenQueue && phase == "queued") rows.pop_back();
  if (plant_ == Plant::kHiddenHolders && phase != "queued") rows.clear();
  if (plant_ != Plant::kQueueBackwards || phase != "queued") return;
  for (std::size_t i = 0; i < rows.size() / 2; ++i)
    std::swap(std::get<store::RunRow>(rows[i]).ticket, std::get<store::RunRow>(rows[rows.size() - 1 - i]).ticket);
}

Result<store::CommitReceipt> ObservedStore::commit(const store::Batch& batch) {
  if (commits_away_) return fail(ErrorCode::kUnavailable, "the store is away");
  if (holds<store::EventRow>(batch)) ++commits_;
  const bool planted = commits_ == planted_commit_ && holds<store::EventRow>(batch);
  if (planted && plant_ == Plant::kLostCommit) return pretend(batch);
  const bool torn = planted && plant_ == Plant::kTornCommit;
  auto receipt = torn ? inner_->commit(without_last_node_run(batch)) : inner_->commit(batch);
  if (!receipt) return receipt;
  if (!receipt->positions.empty()) last_position_ = receipt->positions.back();
  if (observer_) observer_(batch, *receipt);
  return receipt;
}

Result<std::vector<store::Row>> ObservedStore::read(const store::Query& query) {
  if (reads_away_) return fail(ErrorCode::kUnavailable, "the store is away");
  auto rows = inner_->read(query);
  if (rows && query.phase) lie_about_queue(*query.phase, *rows);
  return rows;
}

Result<std::int64_t> ObservedStore::count(const store::Query& query) {
  if (reads_away_) return fail(ErrorCode::kUnavailable, "the store is away");
  return inner_->count(query);
}

}  // namespace commandcenter::sim
