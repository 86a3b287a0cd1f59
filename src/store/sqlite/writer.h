// Writes batches through one read-write connection, each in one transaction. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace commandcenter::store {

class Writer {
 public:
  // Prepares every statement and learns the last position that was ever given.
  static Result<std::unique_ptr<Writer>> open(std::unique_ptr<Connection> connection);

  // All of the batch is durable, or nothing of it is there.
  Result<CommitReceipt> commit(const Batch& batch);

  Connection& connection() { return *connection_; }

 private:
  // The statements kept prepared; the first ones are the puts, in Row's order.
  enum Slot : std::size_t {
    kPutFirst = 0,
    kReplaceRun =
        std::variant_size_v<Row>,  // when more of a run or node run changed than changes in the course of a run
    kReplaceNodeRun,
    kSamePlan,
    kSavePosition,
    kBegin,
    kCommit,
    kRollback,
    kSlots
  };

  explicit Writer(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  Result<CommitReceipt> write(const Batch& batch);
  Result<void> put(const Row& row, std::int64_t position);
  Result<void> remove(const Delete& removal);
  template <typename T>
  int run(Slot slot, const T& row);
  template <typename T>
  int run_either(Slot common, Slot replace, const T& row);
  int run(Slot slot);

  std::unique_ptr<Connection> connection_;
  std::array<std::unique_ptr<Statement>, kSlots> statements_;  // after connection_: they go first
  std::int64_t last_position_ = 0;
};

}  // namespace commandcenter::store
