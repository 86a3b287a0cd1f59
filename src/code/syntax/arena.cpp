#include "code/syntax/arena.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

namespace commandcenter::code {
namespace {

constexpr std::size_t kStep_bytes = 16;
constexpr std::size_t kSmall_bytes = 1'024;  // up to here classes are steps, from here powers of two
constexpr std::size_t kSmallClasses = kSmall_bytes / kStep_bytes;
constexpr std::size_t kPiece_bytes = std::size_t{512} << 10;

std::size_t class_of(std::size_t size_bytes) {
  if (size_bytes <= kSmall_bytes) return (std::max<std::size_t>(size_bytes, 1) - 1) / kStep_bytes;
  return kSmallClasses + static_cast<std::size_t>(std::bit_width((size_bytes - 1) / kSmall_bytes));
}

std::size_t room_of(std::size_t size_class) {
  return size_class < kSmallClasses ? (size_class + 1) * kStep_bytes : kSmall_bytes << (size_class - kSmallClasses);
}

}  // namespace

void* Arena::bump(std::size_t size_bytes) {
  while (static_cast<std::size_t>(end_ - at_) < size_bytes) {
    if (piece_ == pieces_.size()) {
      const std::size_t wanted_bytes = std::max(kPiece_bytes, size_bytes);
      pieces_.push_back({std::make_unique_for_overwrite<std::byte[]>(wanted_bytes), wanted_bytes});
      total_bytes_ += wanted_bytes;
      if (total_bytes_ > kMaxParseMemory_bytes) exhausted_ = 1;
    }
    at_ = pieces_[piece_].memory.get();
    end_ = at_ + pieces_[piece_].size_bytes;
    ++piece_;
  }
  return std::exchange(at_, at_ + size_bytes);
}

void* Arena::take(std::size_t size_bytes) {
  const std::size_t size_class = class_of(size_bytes);
  if (Free* known = free_[size_class]; known != nullptr) {
    free_[size_class] = known->next;
    return known;
  }
  return bump(room_of(size_class));
}

void Arena::give_back(void* memory, std::size_t size_bytes) {
  const std::size_t size_class = class_of(size_bytes);
  free_[size_class] = new (memory) Free{free_[size_class]};
}

void Arena::clear() {
  std::size_t kept_bytes = 0;
  std::size_t kept = 0;
  while (kept < pieces_.size() && kept_bytes + pieces_[kept].size_bytes <= kKeptMemory_bytes)
    kept_bytes += pieces_[kept++].size_bytes;
  pieces_.resize(kept);
  total_bytes_ = kept_bytes;
  piece_ = 0;
  at_ = end_ = nullptr;
  exhausted_ = 0;
  free_.fill(nullptr);
}

namespace {

thread_local Arena arena;
thread_local int scopes = 0;

// Before each piece that the parser gets; its size keeps the alignment.
struct alignas(std::max_align_t) Head {
  std::size_t size_bytes = 0;
  bool of_arena = false;
};

void* take(std::size_t size_bytes) {
  const bool of_arena = scopes > 0;
  const std::size_t whole_bytes = size_bytes + sizeof(Head);
  void* memory = of_arena ? arena.take(whole_bytes) : std::malloc(whole_bytes);  // NOLINT(*-no-malloc)
  if (memory == nullptr) std::abort();                                           // as the parser's own allocator does
  return new (memory) Head{size_bytes, of_arena} + 1;
}

void give_back(void* memory) {
  if (memory == nullptr) return;
  Head* head = static_cast<Head*>(memory) - 1;
  if (!head->of_arena)
    std::free(head);  // NOLINT(*-no-malloc)
  else
    arena.give_back(head, head->size_bytes + sizeof(Head));
}

void* take_zeros(std::size_t count, std::size_t size_bytes) {
  void* memory = take(count * size_bytes);
  std::memset(memory, 0, count * size_bytes);
  return memory;
}

void* take_again(void* memory, std::size_t size_bytes) {
  if (memory == nullptr) return take(size_bytes);
  Head* head = static_cast<Head*>(memory) - 1;
  const std::size_t before_bytes = head->size_bytes;
  if (head->of_arena && class_of(before_bytes + sizeof(Head)) == class_of(size_bytes + sizeof(Head))) {
    head->size_bytes = size_bytes;
    return memory;
  }
  void* grown = take(size_bytes);
  std::memcpy(grown, memory, std::min(before_bytes, size_bytes));
  give_back(memory);
  return grown;
}

}  // namespace

ArenaScope::ArenaScope() {
  static std::once_flag once;
  std::call_once(once, [] { ts_set_allocator(take, take_zeros, take_again, give_back); });
  ++scopes;
}

ArenaScope::~ArenaScope() {
  if (--scopes == 0) arena.clear();
}

const std::size_t* ArenaScope::exhausted() const {
  return arena.exhausted();
}

}  // namespace commandcenter::code
