#include "store/sqlite/readers.h"

namespace commandcenter::store {

Result<std::unique_ptr<Connection>> Readers::borrow() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return lent_ < kMaxReaders; });
  ++lent_;
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  lock.unlock();
  auto connection = Connection::open(data_folder_, Access::kReadOnly, kReaderCache_kib);
  if (!connection) give_back(nullptr);
  return connection;
}

void Readers::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (connection) idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

}  // namespace commandcenter::store
