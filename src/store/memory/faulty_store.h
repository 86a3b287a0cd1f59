// A Store whose commits fail or "crash" when told to, around any other Store. For tests and the simulator.
//
// After a crash every call fails with kUnavailable until reopen(), as with a process that died: what the inner store
// had committed is there again, what it had not is gone. Thread-safe; the callbacks run on the committing thread,
// without locks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace commandcenter::store {

class FaultyStore final : public Store {
 public:
  // False = crash here.
  using Callback = std::function<bool(const Batch&)>;

  explicit FaultyStore(std::unique_ptr<Store> inner) : inner_(std::move(inner)) {}

  // The next `count` commits fail with `code` and write nothing; those after succeed again.
  void fail_next_commits(int count, ErrorCode code);
  void before_commit(Callback callback);  // asked before the batch is applied: a crash loses it
  void after_commit(Callback callback);   // asked once the batch is applied but not acknowledged: a crash keeps it
  void reopen();
  bool crashed() const;

  Result<CommitReceipt> commit(const Batch& batch) override;
  Result<std::vector<Row>> read(const Query& query) override;
  Result<std::int64_t> count(const Query& query) override;
  Result<void> check() override;

 private:
  Result<void> alive() const;
  Result<CommitReceipt> crash();

  std::unique_ptr<Store> inner_;
  mutable std::mutex mutex_;  // guards the members below
  Callback before_;
  Callback after_;
  int failures_left_ = 0;
  ErrorCode failure_ = ErrorCode::kUnavailable;
  bool crashed_ = false;
};

}  // namespace commandcenter::store
