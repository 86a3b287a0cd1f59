// Values of settings: from the way they are written to the way the table keeps them, and back.
#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/quantity.h"
#include "config/config.h"

namespace commandcenter::config {
namespace {

constexpr std::size_t kMaxText_bytes = 4'096;
constexpr std::size_t kMaxListItems = 1'000;

struct Unit {
  const char* word;
  std::int64_t factor;
};

// The largest unit that the amount is a whole number of.
template <std::size_t N>
std::string in_units(std::int64_t amount, const Unit (&units)[N]) {
  for (const Unit& unit : units) {
    if (amount % unit.factor == 0 && amount != 0) return fmt::format("{}{}", amount / unit.factor, unit.word);
  }
  return fmt::format("{}{}", amount, units[N - 1].word);
}

std::string duration_text(std::int64_t amount_ms) {
  static constexpr Unit kUnits[]{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
  return in_units(amount_ms, kUnits);
}

std::string size_text(std::int64_t amount_bytes) {
  static constexpr Unit kUnits[]{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}};
  return in_units(amount_bytes, kUnits);
}

// Plain where YAML reads plain text back as the same text; quoted otherwise.
std::string yaml_text(const std::string& text) {
  const bool plain = !text.empty() && text.size() < 200 &&
                     text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") ==
                         std::string::npos &&
                     text.find_first_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == 0;
  const bool word = text == "true" || text == "false" || text == "null" || text == "True" || text == "False" ||
                    text == "Null" || text == "TRUE" || text == "FALSE" || text == "NULL";
  return plain && !word ? text : dump_json(Json(text));
}

Result<Json> number_of(const Setting& setting, const Json& written) {
  if (setting.kind == Kind::kInteger) {
    if (written.is_number_unsigned() && written.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
      return fail(ErrorCode::kInvalid, {});
    return written.is_number_integer() ? Result<Json>(written) : fail(ErrorCode::kInvalid, {});
  }
  const auto amount = setting.kind == Kind::kSize ? parse_size_bytes(written) : parse_duration_ms(written);
  return amount ? Result<Json>(Json(*amount)) : fail(amount.error());
}

// Letters of either case are equal.
bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string expectation(const Setting& setting) {
  switch (setting.kind) {
    case Kind::kInteger:
      return fmt::format("a whole number from {} to {}", setting.least, setting.most);
    case Kind::kSize:
      return fmt::format("a size from {} to {}", size_text(setting.least), size_text(setting.most));
    case Kind::kDuration:
      return fmt::format("a duration from {} to {}", duration_text(setting.least), duration_text(setting.most));
    case Kind::kChoice:
      return fmt::format("one of {}", fmt::join(setting.choices, ", "));
    case Kind::kText:
      return "text";
    case Kind::kList:
      return "a list of text";
  }
  return {};
}

Result<Json> read_value(const Setting& setting, const Json& written) {
  const auto wrong = [&] {
    return fail(ErrorCode::kInvalid,
                fmt::format("expected {}, got {}", expectation(setting),
                            setting.secret ? std::string(json_type_name(written)) : dump_json(written)));
  };
  const auto is_text = [](const Json& value) {
    return value.is_string() && !value.get_ref<const std::string&>().empty() &&
           value.get_ref<const std::string&>().size() <= kMaxText_bytes;
  };
  switch (setting.kind) {
    case Kind::kInteger:
    case Kind::kSize:
    case Kind::kDuration: {
      const auto amount = number_of(setting, written);
      if (!amount || *amount < setting.least || *amount > setting.most) return wrong();
      return *amount;
    }
    case Kind::kChoice:
      for (const std::string& known : setting.choices) {
        if (is_text(written) && same_letters(known, written.get_ref<const std::string&>())) return Json(known);
      }
      return wrong();
    case Kind::kText:
      if (written == "" && setting.get && setting.get(Settings{}) == "") return written;  // none, as by default
      return is_text(written) ? Result<Json>(written) : wrong();
    case Kind::kList: {
      if (is_text(written)) return Json::array({written});
      if (!written.is_array() || written.size() > kMaxListItems) return wrong();
      for (const Json& item : written) {
        if (!is_text(item)) return wrong();
      }
      return written;
    }
  }
  return wrong();
}

Result<Json> read_text(const Setting& setting, const std::vector<std::string>& words, std::int64_t bare_number) {
  if (setting.kind == Kind::kList) return read_value(setting, Json(words));
  const std::string text = words.empty() ? std::string() : words.back();
  const bool numeric = setting.kind == Kind::kInteger || setting.kind == Kind::kSize || setting.kind == Kind::kDuration;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!numeric || text.empty() || error != std::errc{} || end != text.data() + text.size())
    return read_value(setting, Json(text));
  if (setting.kind == Kind::kInteger) {
    auto integer = parse_json(text);
    return read_value(setting, integer ? *integer : Json(text));
  }
  const double unit = setting.kind == Kind::kDuration ? 1e-3 : 1;  // a bare duration counts seconds
  if (bare_number != 1) number *= static_cast<double>(bare_number) * unit;
  return read_value(setting, Json(number));
}

std::string show(const Setting& setting, const Json& value) {
  if (setting.secret && value != "") return dump_json(Json(kMasked));
  switch (setting.kind) {
    case Kind::kInteger:
      return dump_json(value);
    case Kind::kSize:
      return size_text(value.get<std::int64_t>());
    case Kind::kDuration:
      return duration_text(value.get<std::int64_t>());
    case Kind::kChoice:
    case Kind::kText:
      return yaml_text(value.get<std::string>());
    case Kind::kList: {
      std::string list;
      for (const Json& item : value)
        list += (list.empty() ? "" : ", ") + yaml_text(item.get<std::string>());
      return "[" + list + "]";
    }
  }
  return {};
}

}  // namespace commandcenter::config
