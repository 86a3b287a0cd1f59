#include "code/licenses/expression.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "code/licenses/texts.h"

namespace commandcenter::code {
namespace {

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// Ids by their lower-case form. Licences whose texts are equal share a row of the list, so their other ids stand here.
const std::map<std::string, std::string, std::less<>>& known_ids() {
  static const auto kKnown = [] {
    std::map<std::string, std::string, std::less<>> known;
    for (const std::string_view id : licenses::license_ids())
      known.emplace(lowered(id), id);
    for (const auto& [old_id, current] : licenses::replaced_ids())
      known[lowered(old_id)] = current;
    return known;
  }();
  return kKnown;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<LicenseExpression> parse() {
    if (text_.size() > kMaxExpression_bytes)
      return fail(ErrorCode::kTooLarge,
                  fmt::format("the expression has {} bytes; at most {} are read", text_.size(), kMaxExpression_bytes));
    auto expression = any(0);
    if (!expression) return expression;
    if (!peek().empty()) return error("the end, AND, OR or WITH");
    return expression;
  }

 private:
  static bool is_part(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '+' || c == ':' || c == '_';
  }

  std::string_view peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0)
      ++at_;
    if (at_ >= text_.size()) return {};
    std::size_t end = at_;
    while (end < text_.size() && is_part(text_[end]))
      ++end;
    return text_.substr(at_, std::max<std::size_t>(end - at_, 1));
  }

  bool take(std::string_view word) {
    const std::string_view next = peek();
    if (lowered(next) != word) return false;
    at_ += next.size();
    return true;
  }

  tl::unexpected<Error> error(std::string_view expected) {
    return fail(ErrorCode::kInvalid, fmt::format("\"{}\", column {}: expected {}", text_, at_ + 1, expected));
  }

  Result<LicenseExpression> any(std::size_t depth) {
    return list(depth, "or", LicenseExpression::Kind::kOr,
                [&] { return list(depth, "and", LicenseExpression::Kind::kAnd, [&] { return one(depth); }); });
  }

  template <typename Next>
  Result<LicenseExpression> list(std::size_t, std::string_view word, LicenseExpression::Kind kind, Next&& next) {
    auto first = next();
    if (!first) return first;
    LicenseExpression all;
    all.kind = kind;
    all.parts.push_back(std::move(*first));
    while (take(word)) {
      auto more = next();
      if (!more) return more;
      all.parts.push_back(std::move(*more));
    }
    if (all.parts.size() == 1) return std::move(all.parts.front());
    return all;
  }

  Result<LicenseExpression> one(std::size_t depth) {
    if (depth >= kMaxExpressionDepth)
      return fail(ErrorCode::kTooLarge, fmt::format("more than {} parentheses within each other", kMaxExpressionDepth));
    if (take("(")) {
      auto inside = any(depth + 1);
      if (!inside) return inside;
      if (!take(")")) return error("\")\"");
      return inside;
    }
    const std::string_view word = peek();
    const std::string low = lowered(word);
    if (word.empty() || !is_part(word.front()) || low == "and" || low == "or" || low == "with")
      return error("a licence or \"(\"");
    at_ += word.size();
    LicenseExpression license;
    set_id(license, word);
    if (take("with")) {
      const std::string_view exception = peek();
      if (exception.empty() || !is_part(exception.front())) return error("an exception");
      license.exception = exception;
      at_ += exception.size();
    }
    return license;
  }

  static void set_id(LicenseExpression& license, std::string_view word) {
    license.id = canonical_license(word);
    license.known = !license.id.empty();
    if (const std::size_t with = license.id.find(" WITH "); with != std::string::npos) {
      license.exception = license.id.substr(with + 6);
      license.id.resize(with);
    }
    if (license.known) return;
    if (word.ends_with('+')) {
      license.or_later = true;
      word.remove_suffix(1);
      license.id = canonical_license(word);
      license.known = !license.id.empty();
    }
    if (license.known) return;
    license.id = word;
    license.known = word.starts_with("LicenseRef-") || word.starts_with("DocumentRef-");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void collect(const LicenseExpression& expression, std::vector<std::string>& ids) {
  if (expression.kind == LicenseExpression::Kind::kLicense) {
    if (std::ranges::find(ids, expression.id) == ids.end()) ids.push_back(expression.id);
    return;
  }
  for (const LicenseExpression& part : expression.parts)
    collect(part, ids);
}

}  // namespace

std::string LicenseExpression::license_text() const {
  return id + (or_later ? "+" : "") + (exception.empty() ? "" : " WITH " + exception);
}

std::string LicenseExpression::text() const {
  if (kind == Kind::kLicense) return license_text();
  std::string all;
  for (const LicenseExpression& part : parts) {
    if (!all.empty()) all += kind == Kind::kAnd ? " AND " : " OR ";
    const bool parentheses = kind == Kind::kAnd && part.kind == Kind::kOr;
    all += parentheses ? "(" + part.text() + ")" : part.text();
  }
  return all;
}

std::vector<std::string> LicenseExpression::ids() const {
  std::vector<std::string> all;
  collect(*this, all);
  return all;
}

Result<LicenseExpression> parse_license_expression(std::string_view text) {
  return Parser(text).parse();
}

std::string canonical_license(std::string_view id) {
  const auto found = known_ids().find(lowered(id));
  return found == known_ids().end() ? std::string() : found->second;
}

std::string license_name(std::string_view id) {
  for (const licenses::LicenseRow& row : licenses::license_rows()) {
    if (row.id == id) return std::string(row.name);
  }
  return {};
}

bool is_osi_approved(std::string_view id) {
  const auto rows = licenses::license_rows();
  return std::ranges::any_of(rows, [&](const licenses::LicenseRow& row) { return row.id == id && row.osi_approved; });
}

LicenseVerdict judge_license(const LicenseExpression& expression, const LicenseJudge& judge) {
  if (expression.kind == LicenseExpression::Kind::kLicense) return judge(expression);
  const bool all = expression.kind == LicenseExpression::Kind::kAnd;
  LicenseVerdict verdict = all ? LicenseVerdict::kAllowed : LicenseVerdict::kDenied;
  for (const LicenseExpression& part : expression.parts) {
    const LicenseVerdict one = judge_license(part, judge);
    verdict = all ? std::max(verdict, one) : std::min(verdict, one);
  }
  return verdict;
}

}  // namespace commandcenter::code
