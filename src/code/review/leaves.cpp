#include "code/review/leaves.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace commandcenter::code::review {
namespace {

constexpr std::size_t kFirstSlots = 1'024;  // a power of two
constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15;

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 32)) * kMix;
  value = (value ^ (value >> 29)) * kMix;
  return value ^ (value >> 32);
}

template <typename Number>
std::uint64_t number_at(const char* place) {
  Number number = 0;
  std::memcpy(&number, place, sizeof number);
  return number;
}

// Numbers for hashes, in the order in which they come.
class Numbering {
 public:
  std::uint32_t number_of(std::uint64_t hash) {
    if (hash == 0) hash = 1;  // 0 is a free slot
    if (2 * count_ >= slots_.size()) grow();
    Slot& slot = slot_of(hash);
    if (slot.hash == 0) slot = {hash, count_++};
    return slot.number;
  }
  std::uint32_t count() const { return count_; }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t number = 0;
  };
  Slot& slot_of(std::uint64_t hash) {
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].hash != 0 && slots_[at].hash != hash)
      at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }
  void grow() {
    std::vector<Slot> before(slots_.size() * 2);
    before.swap(slots_);
    for (const Slot& slot : before)
      if (slot.hash != 0) slot_of(slot.hash) = slot;
  }

  std::vector<Slot> slots_ = std::vector<Slot>(kFirstSlots);
  std::uint32_t count_ = 0;
};

}  // namespace

// Most tokens are short: their bytes make two numbers that may overlap.
std::uint64_t text_hash(std::string_view text) {
  const std::size_t size = text.size();
  const char* begin = text.data();
  const char* end = begin + size;
  if (size > 16) return std::hash<std::string_view>{}(text);
  if (size >= 8) return mixed(mixed(number_at<std::uint64_t>(begin) + size) ^ number_at<std::uint64_t>(end - 8));
  if (size >= 4)
    return mixed((number_at<std::uint32_t>(begin) << 32 | number_at<std::uint32_t>(end - 4)) + size * kMix);
  std::uint64_t bytes = size;
  for (const char c : text)
    bytes = bytes << 8 | static_cast<unsigned char>(c);
  return mixed(bytes);
}

Leaves::Leaves(const View& view) {
  constexpr std::size_t kNodesPerLeaf = 2;  // about
  all.reserve(view.size() / kNodesPerLeaf + 1);
  Numbering numbers;
  for (NodeId id = 0; id < view.size(); ++id) {
    const SyntaxNode& node = view.node(id);
    if (node.after != id + 1 || node.extra || node.begin == node.end) continue;
    const std::uint64_t hash = text_hash(view.text(id));
    all.push_back({id, static_cast<std::uint32_t>(hash), numbers.number_of(node.named ? hash : ~hash)});
  }
  words = numbers.count();
}

std::vector<Leaf>::const_iterator Leaves::begin_of(NodeId subtree) const {
  return std::ranges::lower_bound(all, subtree, {}, &Leaf::id);
}

}  // namespace commandcenter::code::review
