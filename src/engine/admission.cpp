#include "engine/admission.h"

#include <iterator>

namespace commandcenter::engine {

void Admission::put(Claim claim) {
  const std::string run_id = claim.run_id;
  const Claim* before = find(run_id);
  changes_.emplace_back(run_id, before == nullptr ? std::nullopt : std::optional(*before));
  set(run_id, std::move(claim));
}

void Admission::remove(const std::string& run_id) {
  const Claim* before = find(run_id);
  if (before == nullptr) return;
  changes_.emplace_back(run_id, *before);
  set(run_id, std::nullopt);
}

const Claim* Admission::find(const std::string& run_id) const {
  const auto found = claims_.find(run_id);
  return found == claims_.end() ? nullptr : &found->second;
}

void Admission::roll_back() {
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change)
    set(change->first, std::move(change->second));
  changes_.clear();
}

// The one place where anything changes: out of every count and queue with what was, in with what is.
void Admission::set(const std::string& run_id, std::optional<Claim> claim) {
  if (const auto known = claims_.find(run_id); known != claims_.end()) {
    const Claim before = std::move(known->second);
    claims_.erase(known);
    count(before, -1);
  }
  if (!claim) return;
  count(claims_.insert_or_assign(run_id, std::move(*claim)).first->second, 1);
}

void Admission::count(const Claim& claim, int by) {
  if (claim.standing == Standing::kMoving) moving_ += by;
  if (claim.standing == Standing::kQueued) queued_ += by;
  if (claim.standing != Standing::kQueued && claim.lane.empty()) return;
  const std::string& lane_id = lane_of(claim);
  Lane& lane = lanes_[lane_id];
  auto& places = claim.standing == Standing::kQueued ? lane.queue : lane.holders;
  if (by > 0)
    places.emplace(claim.ticket, claim.run_id);
  else
    places.erase({claim.ticket, claim.run_id});
  refresh(lane_id, claim.workflow_id);
}

void Admission::refresh(const std::string& lane_id, const std::string& workflow_id) {
  const auto found = lanes_.find(lane_id);
  Lane& lane = found->second;
  if (lane.open) {
    const auto workflow = open_.find(workflow_id);
    workflow->second.erase(*lane.open);
    if (workflow->second.empty()) open_.erase(workflow);
    lane.open.reset();
  }
  if (!lane.queue.empty()) {
    const Place& head = *lane.queue.begin();
    const std::int64_t limit = claims_.at(head.second).limit;
    if (limit == 0 || static_cast<std::int64_t>(lane.holders.size()) < limit) {
      lane.open = head;
      open_[workflow_id].emplace(head, lane_id);
    }
  } else if (lane.holders.empty()) {
    lanes_.erase(found);
  }
}

// Not before anybody whose turn has come already.
bool Admission::may_begin(const Claim& claim) const {
  if (moving_ >= max_moving_ || !open_.empty()) return false;
  const auto lane = lanes_.find(lane_of(claim));
  if (lane == lanes_.end()) return true;
  return lane->second.queue.empty() &&
         (claim.limit == 0 || static_cast<std::int64_t>(lane->second.holders.size()) < claim.limit);
}

const Claim* Admission::next() const {
  if (moving_ >= max_moving_ || open_.empty()) return nullptr;
  auto workflow = open_.upper_bound(last_served_);
  if (workflow == open_.end()) workflow = open_.begin();
  return find(workflow->second.begin()->first.second);
}

std::vector<Claim> Admission::members(const std::string& lane) const {
  std::vector<Claim> members;
  const auto found = lanes_.find(lane);
  if (found == lanes_.end()) return members;
  for (const auto* places : {&found->second.holders, &found->second.queue}) {
    for (const Place& place : *places)
      members.push_back(claims_.at(place.second));
  }
  return members;
}

std::optional<std::int64_t> Admission::ahead_of(const std::string& run_id) const {
  const Claim* claim = find(run_id);
  if (claim == nullptr || claim->standing != Standing::kQueued) return std::nullopt;
  const auto& queue = lanes_.at(lane_of(*claim)).queue;
  return std::distance(queue.begin(), queue.find({claim->ticket, run_id}));
}

}  // namespace commandcenter::engine
