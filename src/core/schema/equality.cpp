#include "core/schema/equality.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace commandcenter::schema {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;
constexpr int kMaxUint64Digits = 20;

// A number as digits × 10^exponent, without its sign.
struct Decimal {
  std::uint64_t digits = 0;
  int exponent = 0;
};

Decimal decimal_of(const Json& value) {
  if (value.is_number_unsigned()) return {value.get<std::uint64_t>(), 0};
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    return {number < 0 ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number), 0};
  }
  // The shortest text that reads back as the same double: at most 17 digits, "1.2345e-08".
  std::array<char, 32> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size() - 1, std::fabs(value.get<double>()),
                                     std::chars_format::scientific);
  const std::string_view shortest(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  Decimal decimal;
  std::size_t i = 0;
  bool fraction = false;
  for (; i < shortest.size() && shortest[i] != 'e'; ++i) {
    if (shortest[i] == '.') {
      fraction = true;
      continue;
    }
    decimal.digits = decimal.digits * 10 + static_cast<std::uint64_t>(shortest[i] - '0');
    if (fraction) --decimal.exponent;
  }
  decimal.exponent += i < shortest.size() ? std::atoi(shortest.data() + i + 1) : 0;
  return decimal;
}

std::uint64_t power_of_ten_mod(int exponent, std::uint64_t modulus) {
  Wide result = 1 % modulus;
  Wide base = 10 % modulus;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = result * base % modulus;
    base = base * base % modulus;
  }
  return static_cast<std::uint64_t>(result);
}

int compare_doubles(double a, double b) {
  return a < b ? -1 : (a > b ? 1 : 0);
}

// The integer against the double, exactly.
int compare_integer_with_double(const Json& integer, double number) {
  if (std::isnan(number)) return 0;
  const bool negative = !integer.is_number_unsigned() && integer.get<std::int64_t>() < 0;
  if (negative) {
    if (number < -kTwo63) return 1;
    if (number >= 0) return -1;
    const double whole = std::trunc(number);
    const auto truncated = static_cast<std::int64_t>(whole);
    const auto own = integer.get<std::int64_t>();
    if (own != truncated) return own < truncated ? -1 : 1;
    return compare_doubles(whole, number);
  }
  if (number < 0) return 1;
  if (number >= kTwo64) return -1;
  const double whole = std::trunc(number);
  const auto truncated = static_cast<std::uint64_t>(whole);
  const auto own = integer.get<std::uint64_t>();
  if (own != truncated) return own < truncated ? -1 : 1;
  return compare_doubles(whole, number);
}

void write_number_key(const Json& value, std::string& out) {
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::trunc(number) == number && number >= -kTwo63 && number < kTwo64) {
      if (number < 0)
        out += fmt::format("{}", static_cast<std::int64_t>(number));
      else
        out += fmt::format("{}", static_cast<std::uint64_t>(number));
      return;
    }
  }
  out += dump_json(value);
}

void write_key(const Json& value, std::string& out) {
  if (value.is_object()) {
    std::vector<const Json::object_t::value_type*> members;
    members.reserve(value.size());
    for (const auto& member : value.get_ref<const Json::object_t&>())
      members.push_back(&member);
    std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
    out += '{';
    for (const auto* member : members) {
      out += dump_json(Json(member->first));
      out += ':';
      write_key(member->second, out);
      out += ',';
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (const Json& item : value) {
      write_key(item, out);
      out += ',';
    }
    out += ']';
  } else if (value.is_number()) {
    write_number_key(value, out);
  } else {
    out += dump_json(value);
  }
}

}  // namespace

std::string equality_key(const Json& value) {
  std::string key;
  write_key(value, key);
  return key;
}

int compare_numbers(const Json& a, const Json& b) {
  if (a.is_number_float() && b.is_number_float()) return compare_doubles(a.get<double>(), b.get<double>());
  if (a.is_number_float()) return -compare_integer_with_double(b, a.get<double>());
  if (b.is_number_float()) return compare_integer_with_double(a, b.get<double>());
  const bool a_negative = !a.is_number_unsigned() && a.get<std::int64_t>() < 0;
  const bool b_negative = !b.is_number_unsigned() && b.get<std::int64_t>() < 0;
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  if (a_negative) {
    const auto left = a.get<std::int64_t>();
    const auto right = b.get<std::int64_t>();
    return left < right ? -1 : (left > right ? 1 : 0);
  }
  const auto left = a.get<std::uint64_t>();
  const auto right = b.get<std::uint64_t>();
  return left < right ? -1 : (left > right ? 1 : 0);
}

bool is_integral(const Json& value) {
  if (value.is_number_integer()) return true;
  if (!value.is_number_float()) return false;
  const double number = value.get<double>();
  return std::isfinite(number) && std::trunc(number) == number;
}

bool is_multiple(const Json& value, const Json& divisor) {
  if (!std::isfinite(value.get<double>()) || !std::isfinite(divisor.get<double>())) return false;
  const Decimal dividend = decimal_of(value);
  const Decimal by = decimal_of(divisor);
  if (dividend.digits == 0) return true;
  if (by.digits == 0) return false;
  const int shift = dividend.exponent - by.exponent;
  if (shift >= 0) {
    return static_cast<Wide>(dividend.digits % by.digits) * power_of_ten_mod(shift, by.digits) % by.digits == 0;
  }
  if (-shift >= kMaxUint64Digits) return false;  // dividend.digits would need that many trailing zeros
  Wide scaled = by.digits;
  for (int i = 0; i < -shift; ++i)
    scaled *= 10;  // below 2^64 × 10^19 < 2^128
  return dividend.digits % scaled == 0;
}

}  // namespace commandcenter::schema
