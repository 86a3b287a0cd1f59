// Which events were handled, so that one that comes twice starts nothing twice. Private to this folder. Not
// thread-safe: its owner has the lock.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>

namespace commandcenter::trigger {

class SeenEvents {
 public:
  enum class State { kNew, kInProgress, kDone };

  explicit SeenEvents(std::size_t capacity) : capacity_(capacity) {}

  // What is known of the event; a new one is in progress from now on, and the oldest beyond the capacity is forgotten.
  State begin(const std::string& key) {
    if (const auto known = entries_.find(key); known != entries_.end())
      return known->second.done ? State::kDone : State::kInProgress;
    if (entries_.size() >= capacity_) {
      entries_.erase(order_.front());
      order_.pop_front();
    }
    entries_.emplace(key, Entry{order_.insert(order_.end(), key), false});
    return State::kNew;
  }

  void finish(const std::string& key) {
    if (const auto known = entries_.find(key); known != entries_.end()) known->second.done = true;
  }

  void forget(const std::string& key) {
    const auto known = entries_.find(key);
    if (known == entries_.end()) return;
    order_.erase(known->second.place);
    entries_.erase(known);
  }

 private:
  struct Entry {
    std::list<std::string>::iterator place;
    bool done = false;
  };

  std::size_t capacity_;
  std::list<std::string> order_;  // oldest first
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace commandcenter::trigger
