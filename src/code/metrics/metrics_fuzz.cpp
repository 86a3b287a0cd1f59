// Fuzz target: any bytes as source code. The first byte is the language. Counting may not crash, hang or run out of
// memory.
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
