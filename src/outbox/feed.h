// Public events for those who watch: each from a position of its own, what was recorded first, then what is being
// recorded. One thread serves all; without anybody watching nothing is read.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "outbox/outbox.h"

namespace commandcenter::outbox {

inline constexpr std::size_t kMaxWatchers = 1'000;

class Feed {
 public:
  // Some events that match, in order; never only a part of those of one position. On the feed's thread: must not block,
  // may unwatch.
  using Handler = std::function<void(const std::vector<PublicEvent>&)>;
  using WatchId = std::uint64_t;

  Feed(store::Store& store, bus::Bus& journal, observe::Log& log);
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // Events after the position whose subject matches; without one, those from now on. kInvalid: the pattern;
  // kUnavailable: too many watch.
  Result<WatchId> watch(std::string pattern, std::optional<std::int64_t> after, Handler handler);
  void unwatch(WatchId id);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace commandcenter::outbox
