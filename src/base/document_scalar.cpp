#include "base/document_scalar.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>

namespace commandcenter {
namespace {

bool all_digits(std::string_view text, std::string_view digits) {
  return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

}  // namespace

std::optional<Json> yaml_integer(std::string_view text) {
  int base = 10;
  std::string_view digits = text;
  if (text.starts_with("0x") && all_digits(text.substr(2), "0123456789abcdefABCDEF")) base = 16;
  if (text.starts_with("0o") && all_digits(text.substr(2), "01234567")) base = 8;
  if (base != 10) digits = text.substr(2);
  if (base == 10 && digits.starts_with('+')) digits.remove_prefix(1);
  const bool negative = base == 10 && digits.starts_with('-');
  if (base == 10 && !all_digits(negative ? digits.substr(1) : digits, "0123456789")) return std::nullopt;
  if (negative && text.starts_with('+')) return std::nullopt;
  const char* end = digits.data() + digits.size();
  std::int64_t small = 0;
  if (std::from_chars(digits.data(), end, small, base).ec == std::errc{}) return Json(small);
  std::uint64_t large = 0;
  if (!negative && std::from_chars(digits.data(), end, large, base).ec == std::errc{}) return Json(large);
  return std::nullopt;
}

// YAML 1.2 core schema: [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
std::optional<Json> yaml_number(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
  const auto exponent = rest.find_first_of("eE");
  std::string_view mantissa = rest.substr(0, exponent);
  if (exponent != std::string_view::npos) {
    std::string_view power = rest.substr(exponent + 1);
    if (power.starts_with('+') || power.starts_with('-')) power.remove_prefix(1);
    if (!all_digits(power, "0123456789")) return std::nullopt;
  }
  const auto dot = mantissa.find('.');
  const std::string_view whole = mantissa.substr(0, dot);
  const std::string_view part = dot == std::string_view::npos ? std::string_view() : mantissa.substr(dot + 1);
  if (whole.empty() && part.empty()) return std::nullopt;
  if (!whole.empty() && !all_digits(whole, "0123456789")) return std::nullopt;
  if (!part.empty() && !all_digits(part, "0123456789")) return std::nullopt;
  const std::string_view unsigned_text = text.starts_with('+') ? text.substr(1) : text;
  double value = 0;
  const auto [end, error] = std::from_chars(unsigned_text.data(), unsigned_text.data() + unsigned_text.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) return std::nullopt;
  return Json(value);
}

std::optional<Json> yaml_null_value(std::string_view text) {
  const bool is_null = text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
  return is_null ? std::optional(Json(nullptr)) : std::nullopt;
}

std::optional<Json> yaml_boolean(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return Json(true);
  if (text == "false" || text == "False" || text == "FALSE") return Json(false);
  return std::nullopt;
}

Json yaml_plain_scalar(const std::string& text) {
  if (auto value = yaml_null_value(text)) return std::move(*value);
  if (auto value = yaml_boolean(text)) return std::move(*value);
  if (auto value = yaml_integer(text)) return std::move(*value);
  if (auto value = yaml_number(text)) return std::move(*value);
  return Json(text);
}

}  // namespace commandcenter
