#include "store/sqlite/checkpointer.h"

#include <utility>

namespace commandcenter::store {

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection, Turnstile& writer_turn)
    : connection_(std::move(connection)), writer_turn_(writer_turn), thread_([this] { serve(); }) {}

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
  if (!connection_->checkpoint()) return;
  const std::lock_guard lock(writer_turn_);
  static_cast<void>(connection_->checkpoint());
}

}  // namespace commandcenter::store
