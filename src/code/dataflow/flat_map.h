// A map that is copied far more often than it is written to: an ordered vector, which copies share, and beside it what
// was written since. A copy costs two pointers, a first write behind it only what is not shared by many. For one
// thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace commandcenter::code::dataflow {

template <typename Key, typename Value>
class FlatMap {
 public:
  using Entry = std::pair<Key, Value>;
  using Entries = std::vector<Entry>;

  FlatMap() = default;
  FlatMap(const FlatMap& other) { *this = other; }
  FlatMap(FlatMap&&) = default;
  FlatMap& operator=(FlatMap&&) = default;
  FlatMap& operator=(const FlatMap& other) {
    other.settle();
    base_ = other.base_;
    own_ = other.own_;
    size_ = other.size_;
    return *this;
  }
  ~FlatMap() = default;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool shares(const FlatMap& other) const { return base_ == other.base_ && own_ == other.own_; }

  // Null where there is none.
  const Entry* find(const Key& key) const {
    const Entry* own = in(own_, key);
    return own != nullptr ? own : in(base_, key);
  }
  bool contains(const Key& key) const { return find(key) != nullptr; }

  Value& operator[](const Key& key) {
    if (own_ == nullptr)
      own_ = std::make_shared<Entries>();
    else if (own_.use_count() > 1)
      own_ = std::make_shared<Entries>(*own_);
    auto place = lower(*own_, key);
    if (place == own_->end() || place->first != key) {
      const Entry* below = in(base_, key);
      if (below == nullptr) ++size_;
      place = own_->insert(place, below == nullptr ? Entry(key, Value()) : *below);
    }
    return place->second;
  }
  // The value of a key where no copy of this map would see it change; else null.
  Value* unshared(const Key& key) {
    if (own_ == nullptr || own_.use_count() > 1) return nullptr;
    const auto place = lower(*own_, key);
    return place != own_->end() && place->first == key ? &place->second : nullptr;
  }
  // Of each entry what `change` gives, where it gives something.
  template <typename Change>
  void change_each(const Change& change) {
    const std::shared_ptr<const Entries> own = own_;  // as it was
    if (const std::shared_ptr<const Entries> base = base_; base != nullptr) {
      for (const auto& [key, value] : *base) {
        std::optional<Value> changed = change(key, value);
        if (changed && in(own, key) == nullptr) (*this)[key] = std::move(*changed);
      }
    }
    if (own == nullptr) return;
    for (const auto& [key, value] : *own) {
      if (std::optional<Value> changed = change(key, value)) (*this)[key] = std::move(*changed);
    }
  }
  // Those whose key is not there yet.
  void add_missing(const FlatMap& other) {
    combine(other, [](const Value& here, const Value&) { return here; });
  }
  // The entries of both; where the values of a key differ, what `join` makes of them.
  template <typename Join>
  void combine(const FlatMap& other, const Join& join) {
    if (shares(other) || other.empty()) return;
    if (empty()) {
      *this = other;
      return;
    }
    each_that_may_differ(other, [&](const Key& key, const Value* mine, const Value& theirs) {
      if (mine == nullptr) {
        (*this)[key] = theirs;
      } else if (*mine != theirs) {
        Value both = join(*mine, theirs);
        if (both != *mine) (*this)[key] = std::move(both);
      }
    });
  }
  // Where the values of a key differ, what `join` makes of them; no key is added.
  template <typename Join>
  void update(const FlatMap& other, const Join& join) {
    if (shares(other)) return;
    each_that_may_differ(other, [&](const Key& key, const Value* mine, const Value& theirs) {
      if (mine != nullptr && *mine != theirs) (*this)[key] = join(key, *mine, theirs);
    });
  }

 private:
  static constexpr std::size_t kOwn = 16;  // that each copy may have for itself, or a part of the base

  // Calls see(key, mine, theirs) for entries of the other one; of those that both share, not for all. Mine is null
  // where this map has none; both are as they were, whatever `see` does to this map.
  template <typename See>
  void each_that_may_differ(const FlatMap& other, const See& see) {
    static const Entries kNone;
    const std::shared_ptr<const Entries> their_own = other.own_;
    const std::shared_ptr<const Entries> my_own = own_;
    const std::shared_ptr<const Entries> their_base = other.base_;
    const std::shared_ptr<const Entries> my_base = base_;
    const auto value_in = [](const std::shared_ptr<const Entries>& entries, const Key& key) {
      const Entry* entry = in(entries, key);
      return entry == nullptr ? nullptr : &entry->second;
    };
    const Entries& mine = my_own == nullptr ? kNone : *my_own;
    const Entries& theirs = their_own == nullptr ? kNone : *their_own;
    auto here = mine.begin();
    auto there = theirs.begin();
    while (here != mine.end() || there != theirs.end()) {
      const bool only_mine = there == theirs.end() || (here != mine.end() && less(here->first, there->first));
      if (only_mine) {
        const Value* below = my_base == their_base ? value_in(my_base, here->first) : nullptr;
        if (below != nullptr) see(here->first, &here->second, *below);
        ++here;
      } else if (here == mine.end() || less(there->first, here->first)) {
        see(there->first, value_in(my_base, there->first), there->second);
        ++there;
      } else {
        if (here->second != there->second) see(here->first, &here->second, there->second);
        ++here, ++there;
      }
    }
    if (my_base == their_base || their_base == nullptr) return;
    for (const auto& [key, value] : *their_base) {
      if (in(their_own, key) != nullptr) continue;
      const Value* own = value_in(my_own, key);
      see(key, own == nullptr ? value_in(my_base, key) : own, value);
    }
  }

  // What many copies will share is no longer any one's own.
  void settle() const {
    if (own_ == nullptr || own_->size() <= kOwn || (base_ != nullptr && own_->size() <= base_->size() / 4)) return;
    base_ = base_ == nullptr ? std::shared_ptr<const Entries>(own_) : std::make_shared<const Entries>(all());
    own_ = nullptr;
  }
  Entries all() const {
    Entries both;
    both.reserve(size_);
    const Entries none;
    const Entries& own = own_ == nullptr ? none : *own_;
    const Entries& base = base_ == nullptr ? none : *base_;
    const auto order = [](const Entry& a, const Entry& b) { return less(a.first, b.first); };
    std::set_union(own.begin(), own.end(), base.begin(), base.end(), std::back_inserter(both), order);
    return both;
  }
  template <typename List>
  static const Entry* in(const std::shared_ptr<List>& entries, const Key& key) {
    if (entries == nullptr) return nullptr;
    const auto place = lower(*entries, key);
    return place != entries->end() && place->first == key ? &*place : nullptr;
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

  mutable std::shared_ptr<const Entries> base_;  // null: none
  mutable std::shared_ptr<Entries> own_;         // goes before the base
  std::size_t size_ = 0;                         // keys of both
};

}  // namespace commandcenter::code::dataflow
