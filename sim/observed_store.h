// A Store that tells what was applied, can be away for a while, and can be made to lie. Sits inside a FaultyStore. One
// thread.
#pragma once

#include <functional>
#include <memory>

#include "sim/sim.h"
#include "store/store.h"

namespace commandcenter::sim {

class ObservedStore final : public store::Store {
 public:
  using Observer = std::function<void(const store::Batch&, const store::CommitReceipt&)>;

  // `planted_commit` is the commit at which a planted defect of the store shows.
  ObservedStore(std::unique_ptr<store::Store> inner, Plant plant, std::int64_t planted_commit)
      : inner_(std::move(inner)), plant_(plant), planted_commit_(planted_commit) {}

  void observe(Observer observer) { observer_ = std::move(observer); }
  void set_away(bool commits, bool reads) {
    commits_away_ = commits;
    reads_away_ = reads;
  }
  store::Store& inner() { return *inner_; }

  Result<store::CommitReceipt> commit(const store::Batch& batch) override;
  Result<std::vector<store::Row>> read(const store::Query& query) override;
  Result<std::int64_t> count(const store::Query& query) override;
  Result<void> check() override { return inner_->check(); }

 private:
  void lie_about_queue(const std::string& phase, std::vector<store::Row>& rows) const;
  Result<store::CommitReceipt> pretend(const store::Batch& batch) const;

  std::unique_ptr<store::Store> inner_;
  Plant plant_;
  std::int64_t planted_commit_;
  Observer observer_;
  std::int64_t commits_ = 0;
  std::int64_t last_position_ = 0;
  bool commits_away_ = false;
  bool reads_away_ = false;
};

}  // namespace commandcenter::sim
