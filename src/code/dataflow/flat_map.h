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
    const auto see = [&](const Entry& entry) {
      if (std::optional<Value> changed = change(entry.first, entry.second)) (*this)[entry.first] = std::move(*changed);
    };
    if (base_ != nullptr) {
      for (const Entry& entry : *base_) {
        if (in(own, entry.first) == nullptr) see(entry);
      }
    }
    if (own != nullptr) std::ranges::for_each(*own, see);
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
    each_that_may_differ(other, [&](const Key& key, const Value& theirs) {
      const Entry* mine = find(key);
      if (mine == nullptr) {
        (*this)[key] = theirs;
      } else if (mine->second != theirs) {
        Value both = join(mine->second, theirs);
        if (both != mine->second) (*this)[key] = std::move(both);
      }
    });
  }
  // Where the values of a key differ, what `join` makes of them; no key is added.
  template <typename Join>
  void update(const FlatMap& other, const Join& join) {
    if (shares(other)) return;
    each_that_may_differ(other, [&](const Key& key, const Value& theirs) {
      const Entry* mine = find(key);
      if (mine != nullptr && mine->second != theirs) (*this)[key] = join(key, mine->second, theirs);
    });
  }

 private:
  static constexpr std::size_t kOwn = 16;  // that each copy may have for itself, or a part of the base

  // Calls see(key, value) for entries of the other one; of those that both share, not for all.
  template <typename See>
  void each_that_may_differ(const FlatMap& other, const See& see) {
    const std::shared_ptr<const Entries> theirs = other.own_;
    const std::shared_ptr<const Entries> mine = own_;  // as it was
    if (theirs != nullptr) {
      for (const auto& [key, value] : *theirs)
        see(key, value);
    }
    if (base_ != other.base_) {
      if (other.base_ == nullptr) return;
      const std::shared_ptr<const Entries> base = other.base_;
      for (const auto& [key, value] : *base) {
        if (in(theirs, key) == nullptr) see(key, value);
      }
      return;
    }
    if (mine == nullptr) return;
    for (const auto& [key, value] : *mine) {
      if (in(theirs, key) != nullptr) continue;
      if (const Entry* below = in(base_, key)) see(key, below->second);
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
