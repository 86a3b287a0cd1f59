// SPDX licence expressions: AND, OR, WITH, "+", parentheses, LicenseRef. Parsed strictly, evaluated against a policy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commandcenter::code {

inline constexpr std::size_t kMaxExpression_bytes = 4096;
inline constexpr std::size_t kMaxExpressionDepth = 32;

struct LicenseExpression {
  enum class Kind : std::uint8_t { kLicense, kAnd, kOr };
  Kind kind = Kind::kLicense;
  std::string id;         // as SPDX spells it; "LicenseRef-…" as written
  bool or_later = false;  // "+"
  bool known = false;     // the id is on the list, or a LicenseRef
  std::string exception;  // of WITH
  std::vector<LicenseExpression> parts{};

  std::string text() const;              // canonical: current ids, least parentheses
  std::string license_text() const;      // of a single licence: with its "+" and its exception
  std::vector<std::string> ids() const;  // each once, in order
};

// kInvalid with the place and what was expected. Unknown ids are no failure; see `known`.
Result<LicenseExpression> parse_license_expression(std::string_view text);

// The id as SPDX writes it today ("mit" is MIT, "GPL-2.0" is GPL-2.0-only, "GPL-2.0+" is GPL-2.0-or-later); empty when
// it is on no list.
std::string canonical_license(std::string_view id);
std::string license_name(std::string_view id);  // for people; empty when unknown
bool is_osi_approved(std::string_view id);

// What a policy makes of a licence; of AND the worst counts, of OR the best.
enum class LicenseVerdict : std::uint8_t { kAllowed, kReview, kUnknown, kDenied };
using LicenseJudge = std::function<LicenseVerdict(const LicenseExpression& license)>;
LicenseVerdict judge_license(const LicenseExpression& expression, const LicenseJudge& judge);

}  // namespace commandcenter::code
