// Nodes that wait for a free place to run. Workflows take turns: one with thousands of ready nodes keeps the others
// waiting for one of its nodes at most. Within a workflow, first come, first served.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace commandcenter::engine {

struct ReadyNode {
  std::string run_id;
  std::size_t node = 0;
  std::int64_t attempt = 1;
};

class ReadyQueue {
 public:
  void push(const std::string& workflow_id, ReadyNode node) {
    waiting_[workflow_id].push_back(std::move(node));
    ++size_;
  }

  std::optional<ReadyNode> pop() {
    if (waiting_.empty()) return std::nullopt;
    auto turn = waiting_.upper_bound(last_served_);
    if (turn == waiting_.end()) turn = waiting_.begin();
    last_served_ = turn->first;
    ReadyNode node = std::move(turn->second.front());
    turn->second.pop_front();
    if (turn->second.empty()) waiting_.erase(turn);
    --size_;
    return node;
  }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

 private:
  std::map<std::string, std::deque<ReadyNode>> waiting_;  // by workflow; none is empty
  std::string last_served_;
  std::size_t size_ = 0;
};

}  // namespace commandcenter::engine
