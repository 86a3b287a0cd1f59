// Memory for one parse at a time: taken in large pieces, given back all at once, and bounded.
//
// The parser asks for millions of small pieces and gives most of them back at once; here both cost a few instructions,
// and what is left at the end need not be taken apart.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace commandcenter::code {

inline constexpr std::size_t kMaxParseMemory_bytes = std::size_t{256} << 20;
inline constexpr std::size_t kKeptMemory_bytes = std::size_t{4} << 20;  // of a thread, between parses

class Arena {
 public:
  void* take(std::size_t size_bytes);
  void give_back(void* memory, std::size_t size_bytes);
  // Everything that was taken is gone.
  void clear();
  // Not zero when more was taken than a parse may have; the parser looks at it and stops.
  const std::size_t* exhausted() const { return &exhausted_; }

 private:
  struct Free {
    Free* next;
  };
  struct Piece {
    std::unique_ptr<std::byte[]> memory;
    std::size_t size_bytes = 0;
  };
  void* bump(std::size_t size_bytes);

  std::vector<Piece> pieces_;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
  std::size_t piece_ = 0;  // the next to be used
  std::size_t total_bytes_ = 0;
  std::size_t exhausted_ = 0;
  std::array<Free*, 128> free_{};  // by class of size
};

// While it lives, the parser's memory of this thread comes from an arena.
class ArenaScope {
 public:
  ArenaScope();
  ~ArenaScope();
  ArenaScope(const ArenaScope&) = delete;
  ArenaScope& operator=(const ArenaScope&) = delete;
  const std::size_t* exhausted() const;
};

}  // namespace commandcenter::code
