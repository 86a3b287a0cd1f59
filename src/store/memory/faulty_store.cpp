#include "store/memory/faulty_store.h"

#include <utility>

namespace commandcenter::store {
namespace {

constexpr const char* kCrashed = "the store crashed: reopen it";

}  // namespace

void FaultyStore::fail_next_commits(int count, ErrorCode code) {
  const std::lock_guard lock(mutex_);
  failures_left_ = count;
  failure_ = code;
}

void FaultyStore::before_commit(Callback callback) {
  const std::lock_guard lock(mutex_);
  before_ = std::move(callback);
}

void FaultyStore::after_commit(Callback callback) {
  const std::lock_guard lock(mutex_);
  after_ = std::move(callback);
}

void FaultyStore::reopen() {
  const std::lock_guard lock(mutex_);
  crashed_ = false;
}

bool FaultyStore::crashed() const {
  const std::lock_guard lock(mutex_);
  return crashed_;
}

Result<void> FaultyStore::alive() const {
  if (crashed()) return fail(ErrorCode::kUnavailable, kCrashed);
  return {};
}

Result<CommitReceipt> FaultyStore::crash() {
  const std::lock_guard lock(mutex_);
  crashed_ = true;
  return fail(ErrorCode::kUnavailable, kCrashed);
}

Result<CommitReceipt> FaultyStore::commit(const Batch& batch) {
  Callback before;
  Callback after;
  {
    const std::lock_guard lock(mutex_);
    if (crashed_) return fail(ErrorCode::kUnavailable, kCrashed);
    if (failures_left_ > 0) {
      --failures_left_;
      return fail(failure_, "the store was told to fail: nothing was written");
    }
    before = before_;
    after = after_;
  }
  if (before && !before(batch)) return crash();
  auto receipt = inner_->commit(batch);
  if (receipt && after && !after(batch)) return crash();
  return receipt;
}

Result<std::vector<Row>> FaultyStore::read(const Query& query) {
  if (auto up = alive(); !up) return fail(std::move(up.error()));
  return inner_->read(query);
}

Result<std::int64_t> FaultyStore::count(const Query& query) {
  if (auto up = alive(); !up) return fail(std::move(up.error()));
  return inner_->count(query);
}

Result<void> FaultyStore::check() {
  if (auto up = alive(); !up) return up;
  return inner_->check();
}

}  // namespace commandcenter::store
