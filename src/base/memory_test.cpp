#include "base/memory.h"

#include <sys/resource.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace commandcenter {
namespace {

constexpr int kTexts = 160'000;  // of 100 bytes each: 16 MB, or 4,000 small pages

bool large_pages_are_lent() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string kinds;
  std::getline(file, kinds);
  return !kinds.empty() && kinds.find("[never]") == std::string::npos;
}

long faults_of_filling() {
  const auto faults = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
  };
  const long before = faults();
  std::vector<std::string> texts;
  for (int i = 0; i < kTexts; ++i)
    texts.emplace_back(80, 'x');
  return faults() - before;
}

[[noreturn]] void fill_and_exit(bool in_thread) {
  use_large_pages();
  long faults = 0;
  const auto fill = [&faults] { faults = faults_of_filling(); };
  if (in_thread)
    std::thread([&fill] {
      use_large_pages_in_thread();
      fill();
    }).join();
  else
    fill();
  std::_Exit(faults < 1'000 ? 0 : 1);
}

TEST(Memory, LargePagesCostFewFaults) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer has a malloc of its own";
#endif
  if (!large_pages_are_lent()) GTEST_SKIP() << "this kernel lends no large pages";
  EXPECT_EXIT(fill_and_exit(false), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(fill_and_exit(true), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace commandcenter
