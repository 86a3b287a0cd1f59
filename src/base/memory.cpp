#include "base/memory.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace commandcenter {
namespace {

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr bool kMallocIsKnown = true;
#else
constexpr bool kMallocIsKnown = false;
#endif

constexpr std::uintptr_t kLargePage_bytes = std::uintptr_t{2} << 20;
constexpr int kHeap_bytes = 32 << 20;
constexpr std::size_t kMoreThanIsFree_bytes = std::size_t{1} << 20;  // at the end of a heap that just began
constexpr std::uintptr_t kThreadHeap_bytes = std::uintptr_t{64} << 20;  // glibc's HEAP_MAX_SIZE: its size and alignment

bool asked = false;  // before there are threads

struct Free {
  void operator()(void* memory) const { std::free(memory); }  // NOLINT(*-no-malloc)
};

std::unique_ptr<void, Free> allocated(std::size_t size_bytes) {
  return std::unique_ptr<void, Free>(std::malloc(size_bytes));  // NOLINT(*-no-malloc)
}

std::uintptr_t address_of(const void* memory) {
  return reinterpret_cast<std::uintptr_t>(memory);
}

// A hint: where the kernel doesn't follow it, pages stay small.
void advise(std::uintptr_t begin, std::uintptr_t end) {
  begin = (begin + kLargePage_bytes - 1) / kLargePage_bytes * kLargePage_bytes;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // NOLINT(*-int-to-ptr)
}

}  // namespace

void use_large_pages() {
  if (!kMallocIsKnown) return;
  asked = true;
  ::mallopt(M_TOP_PAD, kHeap_bytes);
  ::mallopt(M_MMAP_THRESHOLD, kHeap_bytes);
  // The first heap ends at the program break, and grows as soon as what it has isn't enough.
  const auto more = allocated(kMoreThanIsFree_bytes);
  advise(address_of(more.get()), address_of(::sbrk(0)));
}

void use_large_pages_in_thread() {
  if (!asked) return;
  const auto any = allocated(1);
  const std::uintptr_t begin = address_of(any.get()) / kThreadHeap_bytes * kThreadHeap_bytes;
  advise(begin, begin + kThreadHeap_bytes);
}

}  // namespace commandcenter
