// A few read-only connections, opened when first needed: reads wait neither for commits nor, up to kMaxReaders, for one
// another. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/sqlite/connection.h"

namespace commandcenter::store {

inline constexpr std::size_t kMaxReaders = 4;
inline constexpr int kReaderCache_kib = 512;  // void after every commit, hence small

class Readers {
 public:
  explicit Readers(std::string data_folder) : data_folder_(std::move(data_folder)) {}

  // Calls `read` with a connection of its own and returns what it returns.
  template <typename Read>
  auto with(Read&& read) -> decltype(read(std::declval<Connection&>())) {
    auto connection = borrow();
    if (!connection) return fail(std::move(connection.error()));
    auto result = read(**connection);
    give_back(std::move(*connection));
    return result;
  }

 private:
  Result<std::unique_ptr<Connection>> borrow();
  void give_back(std::unique_ptr<Connection> connection);

  std::string data_folder_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t lent_ = 0;
};

}  // namespace commandcenter::store
