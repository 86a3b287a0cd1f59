// What a rule is and what a match of it looks like, before it becomes a finding.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace commandcenter::security_scanner {

enum class Category { kSecrets, kSql, kXss };
enum class Severity { kLow, kMedium, kHigh, kCritical };
enum class Confidence { kLow, kMedium, kHigh };

struct Rule {
  std::string_view id;
  std::string_view type;
  Category category;
};

// Byte range of the text that was scanned. For a secret, exactly what has to be masked.
struct Hit {
  const Rule* rule = nullptr;
  std::size_t begin = 0;
  std::size_t end = 0;
  Confidence confidence = Confidence::kMedium;
};

using Hits = std::vector<Hit>;

}  // namespace commandcenter::security_scanner
