// A map of few entries that is copied far more often than it is written to: an ordered vector, which copies share until
// one of them is written to. For one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace commandcenter::code::dataflow {

template <typename Key, typename Value>
class FlatMap {
 public:
  using Entry = std::pair<Key, Value>;
  using Entries = std::vector<Entry>;
  using Iterator = typename Entries::const_iterator;

  Iterator begin() const { return held().begin(); }
  Iterator end() const { return held().end(); }
  std::size_t size() const { return held().size(); }
  bool empty() const { return held().empty(); }
  bool shares(const FlatMap& other) const { return entries_ == other.entries_; }

  Iterator find(const Key& key) const {
    const Iterator place = lower(held(), key);
    return place != end() && place->first == key ? place : end();
  }
  bool contains(const Key& key) const { return find(key) != end(); }

  Value& operator[](const Key& key) {
    Entries& own = writable();
    auto place = lower(own, key);
    if (place == own.end() || place->first != key) place = own.insert(place, Entry(key, Value()));
    return place->second;
  }
  // All entries, to be changed in place.
  Entries& writable() {
    if (entries_ == nullptr)
      entries_ = std::make_shared<Entries>();
    else if (entries_.use_count() > 1)
      entries_ = std::make_shared<Entries>(*entries_);
    return *entries_;
  }
  // Those whose key is not there yet.
  void add_missing(const FlatMap& other) {
    if (shares(other) || other.empty()) return;
    if (empty()) {
      entries_ = other.entries_;
      return;
    }
    if (std::ranges::includes(held(), other.held(), less, &Entry::first, &Entry::first)) return;
    auto both = std::make_shared<Entries>();
    both->reserve(size() + other.size());
    std::ranges::set_union(held(), other.held(), std::back_inserter(*both), less, &Entry::first, &Entry::first);
    entries_ = std::move(both);
  }
  // The entries of both; where the values of a key differ, what `join` makes of them.
  template <typename Join>
  void combine(const FlatMap& other, const Join& join) {
    if (shares(other) || other.empty()) return;
    add_missing(other);
    std::size_t at = 0;
    for (const auto& [key, value] : other) {
      while (held()[at].first != key)
        ++at;
      if (held()[at].second != value) writable()[at].second = join(held()[at].second, value);
    }
  }

 private:
  const Entries& held() const {
    static const Entries none;
    return entries_ == nullptr ? none : *entries_;
  }
  template <typename List>
  static auto lower(List& entries, const Key& key) {
    return std::lower_bound(entries.begin(), entries.end(), key,
                            [](const Entry& entry, const Key& wanted) { return less(entry.first, wanted); });
  }
  // Any order will do; of texts, the one that is found out soonest.
  static bool less(const Key& a, const Key& b) {
    if constexpr (requires { a.size(); }) {
      if (a.size() != b.size()) return a.size() < b.size();
      if (a.data() == b.data()) return false;
    }
    return a < b;
  }
  std::shared_ptr<Entries> entries_;  // null: none
};

}  // namespace commandcenter::code::dataflow
