// Moves what was committed from the write-ahead log into the database file, on a thread and a connection of its own, so
// that no commit pays for it.
//
// A pass leaves behind what is committed while it runs; under steady load the log would never be emptied. So a second,
// short pass follows with the writer held still; the log then starts over at its beginning.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "store/sqlite/connection.h"
#include "store/sqlite/turnstile.h"

namespace commandcenter::store {

inline constexpr int kCheckpointLogPages = 4'000;  // 16 MiB of log: few pages are then moved twice

class Checkpointer {
 public:
  // `writer_turn` is what commits hold.
  Checkpointer(std::unique_ptr<Connection> connection, Turnstile& writer_turn);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  void log_grew(int pages);  // tells how long the log is; cheap

 private:
  void serve();
  void checkpoint();

  std::unique_ptr<Connection> connection_;
  Turnstile& writer_turn_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool due_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace commandcenter::store
