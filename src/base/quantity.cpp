#include "base/quantity.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include <fmt/format.h>

namespace commandcenter {
namespace {

struct Unit {
  std::string_view word;
  double factor;
};

constexpr std::array<Unit, 5> kDurationUnits{{{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}}};
constexpr std::array<Unit, 7> kSizeUnits{{{"B", 1},
                                          {"KB", 1024},
                                          {"MB", 1048576},
                                          {"GB", 1073741824},
                                          {"KiB", 1024},
                                          {"MiB", 1048576},
                                          {"GiB", 1073741824}}};
constexpr double kLargest = 9e15;  // every whole number up to here is exact in a double

// A sum of numbers, each with its unit and without blanks between the parts.
std::optional<double> parse_sum(std::string_view text, std::span<const Unit> units) {
  double total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{} || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with(' ')) text.remove_prefix(1);
    const auto word = text.substr(0, text.find_first_of("0123456789 "));
    const Unit* found = nullptr;
    for (const Unit& unit : units) {
      if (unit.word == word) found = &unit;
    }
    if (found == nullptr) return std::nullopt;
    total += number * found->factor;
    text.remove_prefix(word.size());
  }
  return total <= kLargest ? std::optional(total) : std::nullopt;
}

Result<std::int64_t> parse(const Json& value, std::span<const Unit> units, double number_factor,
                           std::string_view expected) {
  std::optional<double> amount;
  if (value.is_number()) amount = value.get<double>() * number_factor;
  if (value.is_string()) amount = parse_sum(value.get_ref<const std::string&>(), units);
  if (!amount || !(*amount >= 0) || *amount > kLargest) {
    return fail(ErrorCode::kInvalid, fmt::format("expected {}, got {}", expected, dump_json(value)));
  }
  return static_cast<std::int64_t>(std::llround(*amount));
}

}  // namespace

Result<std::int64_t> parse_duration_ms(const Json& value) {
  return parse(value, kDurationUnits, 1000, "a duration such as \"30s\", \"5m\" or \"1h30m\" (or a number of seconds)");
}

Result<std::int64_t> parse_size_bytes(const Json& value) {
  return parse(value, kSizeUnits, 1, "a size such as \"64KB\" or \"512MB\" (or a number of bytes)");
}

std::string format_duration(std::int64_t duration_ms) {
  if (duration_ms < 1'000) return fmt::format("{} ms", duration_ms);
  if (duration_ms < 60'000) return fmt::format("{:.1f} s", static_cast<double>(duration_ms) / 1000.0);
  if (duration_ms < 3'600'000) return fmt::format("{} min {} s", duration_ms / 60'000, duration_ms / 1000 % 60);
  return fmt::format("{} h {} min", duration_ms / 3'600'000, duration_ms / 60'000 % 60);
}

std::string format_size(std::int64_t size_bytes) {
  constexpr std::array<std::string_view, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
  if (size_bytes < 1024) return fmt::format("{} bytes", size_bytes);
  double amount = static_cast<double>(size_bytes) / 1024.0;
  std::size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < kUnits.size(); ++unit)
    amount /= 1024;
  return amount == std::floor(amount) ? fmt::format("{:.0f} {}", amount, kUnits[unit])
                                      : fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

}  // namespace commandcenter
