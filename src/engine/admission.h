// Which runs may begin, and who waits. Places are shared at two levels: the server moves only so many runs at a time,
// and a lane (a workflow and concurrency key) has only so many. Queued runs of one lane begin in the order of their
// tickets; workflows take turns, so that a long queue of one keeps no other waiting. Of the engine's thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace commandcenter::engine {

enum class Standing {
  kQueued,   // waits for its turn
  kMoving,   // has a place of the server, and of its lane
  kHolding,  // waits for a person only: keeps the place of its lane
};

struct Claim {
  std::string run_id;
  std::int64_t ticket = 0;  // order of acceptance
  std::string workflow_id;
  std::string lane;        // empty = shares places with nobody
  std::int64_t limit = 0;  // places of its lane, by the version of the workflow that it runs; 0 = no limit
  Standing standing = Standing::kQueued;
  bool stopping = false;
};

class Admission {
 public:
  explicit Admission(std::int64_t max_moving) : max_moving_(max_moving) {}

  // New, or changed. A run without a claim needs no place.
  void put(Claim claim);
  void remove(const std::string& run_id);
  const Claim* find(const std::string& run_id) const;

  // Whether a run that is not known yet would begin at once.
  bool may_begin(const Claim& claim) const;
  // The queued run whose turn it is; null = nobody's.
  const Claim* next() const;
  // It begins: the turn goes to another workflow.
  void begins(const Claim& claim) { last_served_ = claim.workflow_id; }

  std::int64_t queued() const { return queued_; }
  std::int64_t moving() const { return moving_; }
  // Of a lane, by ticket: first those that have a place, then those that wait for one.
  std::vector<Claim> members(const std::string& lane) const;
  // How many runs that want the same places are before a queued one; nothing when it is not queued.
  std::optional<std::int64_t> ahead_of(const std::string& run_id) const;

  // What changed since the last of these has become durable, or never happened.
  void settle() { changes_.clear(); }
  void roll_back();

 private:
  using Place = std::pair<std::int64_t, std::string>;  // ticket, run
  struct Lane {
    std::set<Place> holders;  // when places are limited
    std::set<Place> queue;
    std::optional<Place> open;  // the head of the queue, when the lane has room for it
  };

  static const std::string& lane_of(const Claim& claim) { return claim.lane.empty() ? claim.workflow_id : claim.lane; }
  void set(const std::string& run_id, std::optional<Claim> claim);
  void count(const Claim& claim, int by);
  void refresh(const std::string& lane_id, const std::string& workflow_id);

  std::int64_t max_moving_;
  std::int64_t moving_ = 0;
  std::int64_t queued_ = 0;
  std::unordered_map<std::string, Claim> claims_;             // by run
  std::unordered_map<std::string, Lane> lanes_;               // by lane; runs without one by workflow
  std::map<std::string, std::map<Place, std::string>> open_;  // by workflow: heads of queues that have room, lane
  std::string last_served_;                                   // workflow
  std::vector<std::pair<std::string, std::optional<Claim>>> changes_;  // run, and its claim before
};

}  // namespace commandcenter::engine
