// Turns a batch into one transaction, sent at once. One thread at a time. Private to this folder.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/postgres/connection.h"
#include "store/store.h"

namespace commandcenter::store::postgres {

inline constexpr std::int64_t kMaxLockWait_ms = 3'000;
inline constexpr std::int64_t kMaxDoubt_ms = 5'000;  // how long it is tried to learn whether a batch was written

class Writer {
 public:
  // Takes the lock, which it waits for up to kMaxLockWait_ms, brings the schema up to date, and makes this process the
  // owner of the database.
  static Result<std::unique_ptr<Writer>> open(const std::string& url);

  // A lost connection is replaced. kUnavailable also when another server has taken the database over meanwhile.
  Result<CommitReceipt> commit(const Batch& batch);

 private:
  explicit Writer(std::string url) : url_(std::move(url)) {}

  static Result<std::unique_ptr<Connection>> lock(Result<std::unique_ptr<Connection>> connection);
  Result<void> come_back();
  Result<void> prepare_all();
  // Nothing: the connection was lost, and with it perhaps the answer to COMMIT. `receipt` is filled in all the same.
  std::optional<Result<void>> write(const Batch& batch, CommitReceipt& receipt);
  Result<bool> look_it_up();

  const std::string url_;
  std::string owner_;  // of this opening, random
  std::unique_ptr<Connection> connection_;
  std::int64_t commits_ = 0;  // counted in the database, so that one whose answer was lost can be looked up
  std::int64_t last_position_ = 0;
};

}  // namespace commandcenter::store::postgres
