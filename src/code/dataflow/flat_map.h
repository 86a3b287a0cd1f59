// A map of few entries that is copied far more often than it grows: an ordered vector. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace commandcenter::code::dataflow {

template <typename Key, typename Value>
class FlatMap {
 public:
  using Entry = std::pair<Key, Value>;

  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }

  auto find(const Key& key) {
    const auto place = lower(entries_, key);
    return place != entries_.end() && place->first == key ? place : entries_.end();
  }
  auto find(const Key& key) const {
    const auto place = lower(entries_, key);
    return place != entries_.end() && place->first == key ? place : entries_.end();
  }
  bool contains(const Key& key) const { return find(key) != end(); }

  Value& operator[](const Key& key) {
    auto place = lower(entries_, key);
    if (place == entries_.end() || place->first != key) place = entries_.insert(place, Entry(key, Value()));
    return place->second;
  }
  std::pair<typename std::vector<Entry>::iterator, bool> try_emplace(const Key& key, const Value& value) {
    auto place = lower(entries_, key);
    if (place != entries_.end() && place->first == key) return {place, false};
    return {entries_.insert(place, Entry(key, value)), true};
  }
  // Those whose key is not there yet.
  void add_missing(const FlatMap& other) {
    for (const auto& [key, value] : other)
      try_emplace(key, value);
  }
  template <typename Condition>
  void erase_if(Condition condition) {
    std::erase_if(entries_, condition);
  }

 private:
  template <typename Entries>
  static auto lower(Entries& entries, const Key& key) {
    return std::lower_bound(entries.begin(), entries.end(), key,
                            [](const Entry& entry, const Key& wanted) { return entry.first < wanted; });
  }
  std::vector<Entry> entries_;
};

}  // namespace commandcenter::code::dataflow
