// A store on trial: what the conformance tests put their questions to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/store.h"
#include "store/store_samples.h"

namespace commandcenter::store {

// A store on trial. reopen() closes it and opens what it left; a store that keeps nothing stays as it is.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual Store& store() = 0;
  virtual void reopen() = 0;
};

class StoreConformance : public testing::TestWithParam<std::unique_ptr<Subject> (*)()> {
 protected:
  void SetUp() override { subject_ = GetParam()(); }
  Store& store() { return subject_->store(); }

  CommitReceipt commit(Batch batch) {
    auto receipt = store().commit(batch);
    EXPECT_TRUE(receipt.has_value()) << receipt.error().message;
    return receipt ? *receipt : CommitReceipt{};
  }
  template <typename... T>
  CommitReceipt put(T... rows) {
    return commit({{Row(std::move(rows))...}, {}});
  }
  template <typename T>
  ErrorCode refused(T row) {
    const auto receipt = store().commit({{Row(std::move(row))}, {}});
    EXPECT_FALSE(receipt.has_value());
    if (receipt) return ErrorCode::kInternal;
    EXPECT_FALSE(receipt.error().message.empty());
    return receipt.error().code;
  }
  void remove(Table table, std::string id) { commit({{}, {{table, std::move(id)}}}); }

  template <typename T>
  std::vector<T> all(Query query) {
    auto rows = read_all<T>(store(), query);
    EXPECT_TRUE(rows.has_value()) << rows.error().message;
    return rows ? *rows : std::vector<T>{};
  }
  std::int64_t count(Query query) {
    const auto number = store().count(query);
    EXPECT_TRUE(number.has_value()) << number.error().message;
    return number.value_or(-1);
  }
  template <typename T>
  std::vector<std::string> ids(Query query) {
    std::vector<std::string> found;
    for (T& row : all<T>(std::move(query)))
      found.push_back(std::move(row.id));
    return found;
  }
  // The node run ids, chunk or sequence numbers and so on of an answer, in its order.
  template <typename T, typename Value>
  std::vector<Value> column(Query query, Value T::*member) {
    std::vector<Value> found;
    for (T& row : all<T>(std::move(query)))
      found.push_back(row.*member);
    return found;
  }

  std::unique_ptr<Subject> subject_;
};

namespace sample {
using Ids = std::vector<std::string>;
using Numbers = std::vector<std::int64_t>;
}  // namespace sample

}  // namespace commandcenter::store
