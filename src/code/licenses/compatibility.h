// Whether something under one licence may become part of a work under another, when both are handed on together.
// A table of groups of licences and what each takes in; it is no legal advice, and what it does not know it says.
#pragma once

#include <cstdint>
#include <string>

#include "code/licenses/expression.h"

namespace commandcenter::code {

enum class Compatibility : std::uint8_t { kCompatible, kConditional, kUnknown, kIncompatible };

struct CompatibilityVerdict {
  Compatibility verdict = Compatibility::kUnknown;
  std::string reason{};  // of all but kCompatible: which licences, and why
};

// `part` becomes part of `work`. Of a choice (OR) the best counts, of several at once (AND) the worst.
CompatibilityVerdict compatibility(const LicenseExpression& work, const LicenseExpression& part);

}  // namespace commandcenter::code
