// Sandboxes that were made before there was a step for them, each used once: a step that finds one does not wait for
// namespaces and mounts. Where a program looks at nothing before its input, it is already running in there and waits
// for that; any other is told to the sandbox, with its arguments and environment, when it is wanted.
//
// Only the book: which of them fits a launch, and whether another one is worth making. The reactor starts and ends
// them. Nothing of a launch differs from one that was started for it: all of its spec but the input, the label and the
// time it may take (and what an empty sandbox is told late) must be the same, and every path of the host must still be
// the same file. Private to this folder.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {

inline constexpr std::int64_t kAheadIdle_ms = 30'000;  // then one that nobody needed is ended
inline constexpr int kAheadOfAKind = 2;
inline constexpr std::size_t kKindsRemembered = 32;

class StartedAhead {
 public:
  explicit StartedAhead(int most) : most_(most) {}

  // What is granted for a single run (secrets, hosts, a copy of the workspace) is never handed out ahead.
  static bool is_possible(const LaunchSpec& spec);

  struct Choice {
    std::optional<LaunchId> fits;  // no longer in the book
    std::vector<LaunchId> stale;   // made for files that are others by now; to be ended
  };
  Choice take(const LaunchSpec& spec);  // once for each launch

  // When one was used or a launch ended well: the spec of one to be made for the next of its kind, and which to end for
  // it. An empty sandbox is made for a kind that has been wanted before only: most folders are worked on once.
  struct Order {
    LaunchSpec spec;
    std::optional<LaunchId> in_place_of;
  };
  std::optional<Order> next(const LaunchSpec& spec) const;

  void add(LaunchId id, const LaunchSpec& spec);
  void forget(LaunchId id) { waiting_.erase(id); }
  std::vector<LaunchId> all() const;
  std::size_t size() const { return waiting_.size(); }
  int most() const { return most_; }

 private:
  struct Place {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const Place&) const = default;
  };
  struct Waiting {
    LaunchSpec spec;
    std::vector<Place> places;
  };
  static LaunchSpec kind_of(LaunchSpec spec);
  static std::vector<Place> places_of(const LaunchSpec& spec);

  bool is_wanted_again(const LaunchSpec& kind) const;
  void remember(const LaunchSpec& kind);

  struct Remembered {
    LaunchSpec kind;
    bool again = false;
  };
  const int most_;
  std::deque<Remembered> remembered_;    // latest last
  std::map<LaunchId, Waiting> waiting_;  // oldest first
};

}  // namespace commandcenter::sandbox
