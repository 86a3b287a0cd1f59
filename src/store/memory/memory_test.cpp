#include "store/memory/memory.h"

#include "store/memory/faulty_store.h"
#include "store/store_conformance.h"

namespace commandcenter::store {
namespace {

class MemorySubject final : public Subject {
 public:
  Store& store() override { return *store_; }
  void reopen() override {}

 private:
  std::unique_ptr<Store> store_ = make_memory_store();
};

// The wrapper must be invisible until it is told to fail.
class FaultySubject final : public Subject {
 public:
  Store& store() override { return store_; }
  void reopen() override { store_.reopen(); }

 private:
  FaultyStore store_{make_memory_store()};
};

std::unique_ptr<Subject> memory_subject() {
  return std::make_unique<MemorySubject>();
}
std::unique_ptr<Subject> faulty_subject() {
  return std::make_unique<FaultySubject>();
}

INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance, testing::Values(&memory_subject));
INSTANTIATE_TEST_SUITE_P(Faulty, StoreConformance, testing::Values(&faulty_subject));

Batch one_run(const std::string& id) {
  return {{sample::run(id, "w"), sample::event(id, 1)}, {}};
}

std::int64_t runs_in(Store& store) {
  return store.count({.table = Table::kRuns}).value_or(-1);
}

TEST(FaultyStore, fails_as_often_as_told_and_then_works) {
  FaultyStore store(make_memory_store());
  store.fail_next_commits(2, ErrorCode::kUnavailable);
  for (int i = 0; i < 2; ++i) {
    const auto receipt = store.commit(one_run("r"));
    ASSERT_FALSE(receipt.has_value());
    EXPECT_EQ(receipt.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(runs_in(store), 0);
  }
  EXPECT_TRUE(store.commit(one_run("r")).has_value());
  EXPECT_EQ(runs_in(store), 1);
}

TEST(FaultyStore, a_crash_before_the_commit_loses_the_batch) {
  FaultyStore store(make_memory_store());
  ASSERT_TRUE(store.commit(one_run("r")).has_value());
  store.before_commit([](const Batch&) { return false; });
  EXPECT_EQ(store.commit(one_run("s")).error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(store.crashed());
  EXPECT_EQ(store.count({.table = Table::kRuns}).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(store.read({.table = Table::kRuns}).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(store.check().error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(store.commit(one_run("t")).has_value());
  store.before_commit(nullptr);
  store.reopen();
  EXPECT_EQ(runs_in(store), 1);
}

TEST(FaultyStore, a_crash_after_the_commit_keeps_the_batch) {
  FaultyStore store(make_memory_store());
  store.after_commit([&](const Batch& batch) { return batch.puts.size() != 2; });
  EXPECT_FALSE(store.commit(one_run("r")).has_value());
  EXPECT_TRUE(store.crashed());
  store.reopen();
  EXPECT_EQ(runs_in(store), 1);
  EXPECT_EQ(store.commit(one_run("r")).error().code, ErrorCode::kConflict) << "the journal knows the event";
}

}  // namespace
}  // namespace commandcenter::store
