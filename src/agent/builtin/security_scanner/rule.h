// What a rule is and what a match of it looks like, before it becomes a finding.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "code/rules/rules.h"
#include "code/source/source.h"

namespace commandcenter::security_scanner {

enum class Category { kSql, kXss };
using code::Confidence;
using code::Language;
using code::Severity;
using code::Source;

struct Rule {
  std::string_view id;
  std::string_view type;
  Category category;
};

// Byte range of the text that was scanned.
struct Hit {
  const Rule* rule = nullptr;
  std::size_t begin = 0;
  std::size_t end = 0;
  Confidence confidence = Confidence::kMedium;
};

using Hits = std::vector<Hit>;

}  // namespace commandcenter::security_scanner
