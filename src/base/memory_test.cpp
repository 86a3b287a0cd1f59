#include "base/memory.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace commandcenter {
namespace {

constexpr int kTexts = 80'000;  // of 100 bytes each: 8 MB, more than lies before the first large page

bool large_pages_are_lent() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string kinds;
  std::getline(file, kinds);
  return !kinds.empty() && kinds.find("[never]") == std::string::npos;
}

// The kernel was asked for large pages where this address lies; whether it has some at the moment is its affair.
bool is_asked_for(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2)
      inside = begin <= reinterpret_cast<std::uintptr_t>(address) && reinterpret_cast<std::uintptr_t>(address) < end;
    else if (inside && line.starts_with("VmFlags:"))
      return line.find(" hg") != std::string::npos;
  }
  return false;
}

bool lies_in_large_pages() {
  std::vector<std::string> texts;
  for (int i = 0; i < kTexts; ++i)
    texts.emplace_back(80, 'x');
  return is_asked_for(texts.back().data());
}

[[noreturn]] void fill_and_exit(bool in_thread) {
  use_large_pages();
  bool large = false;
  if (in_thread)
    std::thread([&large] {
      use_large_pages_in_thread();
      large = lies_in_large_pages();
    }).join();
  else
    large = lies_in_large_pages();
  std::_Exit(large ? 0 : 1);
}

TEST(Memory, LargePagesAreAskedFor) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer has a malloc of its own";
#endif
  if (!large_pages_are_lent()) GTEST_SKIP() << "this kernel lends no large pages";
  // Each in a program that just began: what other tests left in the heap would be used first.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(fill_and_exit(false), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(fill_and_exit(true), testing::ExitedWithCode(0), "");
  EXPECT_FALSE(lies_in_large_pages());
}

}  // namespace
}  // namespace commandcenter
