#include "store/sqlite/checkpointer.h"

#include <utility>

namespace commandcenter::store {

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection, std::mutex& writer_mutex)
    : connection_(std::move(connection)), writer_mutex_(writer_mutex), thread_([this] { serve(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Checkpointer::log_grew(int pages) {
  if (pages < kCheckpointLogPages) return;
  {
    const std::lock_guard lock(mutex_);
    due_ = true;
  }
  wake_.notify_one();
}

void Checkpointer::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return due_ || stopping_; });
    if (stopping_) return;
    due_ = false;
    lock.unlock();
    checkpoint();
    lock.lock();
  }
}

// A failure (say, a full disk) loses nothing: everything stays in the log, and the next commit brings us back here.
void Checkpointer::checkpoint() {
  const auto moved_all = connection_->checkpoint();
  if (!moved_all || *moved_all) return;
  const std::lock_guard lock(writer_mutex_);
  static_cast<void>(connection_->checkpoint());
}

}  // namespace commandcenter::store
