// Fuzz target: any bytes as a file, searched for secrets and reported in every form. No report is wrong UTF-8, and JSON
// can be read again.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"
#include "code/scan/scan.h"

// The first byte chooses the name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commandcenter;
  constexpr std::array<std::string_view, 12> kNames{"a.js",  ".env",      "a.yaml",    "a.json",
                                                    "a.ini", "a.xml",     "docs/a.md", "a.sh",
                                                    "a.py",  "test/a.go", "a\xff.tf",  "Dockerfile"};
  if (size < 1) return 0;
  code::ScanOptions options;
  options.report_unused = true;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto report = code::scan_text(kNames[data[0] % kNames.size()], text, options);
  if (!report) std::abort();
  for (const code::Finding& finding : report->findings) {
    if (finding.line < 1 || finding.line > size || finding.end_line < finding.line) std::abort();
  }
  for (const code::Format format : {code::Format::kJson, code::Format::kSarif}) {
    if (!parse_json(code::render(*report, format, "1", false))) std::abort();
  }
  for (const code::Format format : {code::Format::kHuman, code::Format::kJunit, code::Format::kMarkdown})
    (void)code::render(*report, format, "1", false);
  return 0;
}
