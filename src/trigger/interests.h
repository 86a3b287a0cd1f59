// Which events the ACTIVE workflows wait for. Read again, by whoever asks next, after a workflow changed. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bus/bus.h"
#include "observe/log.h"
#include "store/store.h"

namespace commandcenter::trigger {

// True when every subject of `inner` is one of `outer`; both are well-formed patterns.
bool pattern_covers(std::string_view outer, std::string_view inner);
// True when some subject is one of both.
bool patterns_meet(std::string_view left, std::string_view right);

class Interests {
 public:
  using Patterns = std::map<std::int64_t, std::set<std::string>>;  // by project

  // `journal` tells of changes.
  Interests(store::Store& store, bus::Bus& journal, observe::Log& log);
  ~Interests();
  Interests(const Interests&) = delete;
  Interests& operator=(const Interests&) = delete;

  // As it is now; as it was when the store cannot be read.
  std::shared_ptr<const Patterns> current();
  bool any(std::int64_t project_id, std::string_view subject);
  bool meets(const std::vector<std::string>& patterns);

  // Called on the engine's thread after each change.
  void on_change(std::function<void()> told);

 private:
  struct Known {
    std::int64_t version = 0;
    std::vector<std::string> patterns;
  };
  struct Shared {
    std::atomic<bool> changed = true;
    std::mutex mutex;
    std::vector<std::function<void()>> told;
  };

  bool read();

  store::Store& store_;
  bus::Bus& journal_;
  observe::Log& log_;
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  bus::SubscriptionId subscription_ = 0;

  std::mutex mutex_;  // of what follows
  std::map<std::string, Known> known_;
  std::shared_ptr<const Patterns> patterns_ = std::make_shared<Patterns>();
};

}  // namespace commandcenter::trigger
