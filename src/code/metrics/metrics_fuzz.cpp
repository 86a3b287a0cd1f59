// Fuzz target: any bytes as source code. The first byte is the language. Counting may not crash, hang or run out of
// memory. Build and run from the root of the repository:
//
//   clang++-14 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -Isrc \
//     $(ls src/code/metrics/*.cpp | grep -v _test) -o build/metrics_fuzz
//   mkdir -p build/metrics_corpus && build/metrics_fuzz -max_len=4096 -max_total_time=180 build/metrics_corpus
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "code/metrics/metrics.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commandcenter::code;
  constexpr std::array<std::string_view, 12> kNames{"a.c",  "a.cs", "A.java", "a.js", "a.tsx", "a.py",
                                                    "a.go", "a.rs", "a.php",  "a.rb", "a.ts",  "a.jsx"};
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto measured = measure(kNames[data[0] % kNames.size()], text);
  if (!measured) std::abort();
  for (const FunctionMetrics& function : measured->functions)
    if (function.line > size + 1 || function.end_line > size + 1) std::abort();
  return 0;
}
