// Fuzz target: any bytes as source code, reviewed. What is said of it lies within it.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "code/review/review.h"

// The first byte chooses the language.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commandcenter::code;
  constexpr std::array<std::string_view, 13> kNames{"a.c",  "a.cs",  "A.java", "a.js", "a.tsx", "a.py", "a.go",
                                                    "a.rs", "a.php", "a.rb",   "a.ts", "a.cpp", "a.sh"};
  if (size < 1) return 0;
  Reviewer reviewer({});
  ScanOptions options;
  options.secrets = false;
  reviewer.join(options);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto report = scan_text(kNames[data[0] % kNames.size()], text, options);
  if (!report) std::abort();
  const Review review = reviewer.finish(std::move(*report), options);
  for (const Finding& finding : review.report.findings)
    if (finding.line < 1 || finding.line > size + 1) std::abort();
  return 0;
}
