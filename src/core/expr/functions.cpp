#include "core/expr/functions.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace commandcenter::expr {
namespace {

constexpr std::size_t kStepsPerString = 1;

const Json& argument(const Call& call, std::size_t i) {
  return call.arguments[i].get();
}

bool fail_argument(Call& call, std::string_view function, std::string_view expected, std::size_t i) {
  return call.work.fail(std::string(function) + "() takes " + std::string(expected) + ", not " +
                        std::string(type_name(argument(call, i))));
}

// The i-th argument as text; pays for reading it.
const std::string* text_argument(Call& call, std::string_view function, std::size_t i) {
  const Json& value = argument(call, i);
  if (!value.is_string()) {
    const bool number = value.is_number() || value.is_boolean();
    fail_argument(call, function, number ? "a string (make one with string(x))" : "a string", i);
    return nullptr;
  }
  const auto& text = value.get_ref<const std::string&>();
  return call.work.spend_bytes(text.size()) ? &text : nullptr;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool size(Call& call, Value& out) {
  const Json& value = argument(call, 0);
  std::size_t count = value.size();
  if (value.is_string()) {
    const std::string* text = text_argument(call, "size", 0);
    if (text == nullptr) return false;
    count = count_characters(*text);
  } else if (!value.is_structured()) {
    return fail_argument(call, "size", "a string, list or map", 0);
  }
  out = Value(Json(static_cast<std::int64_t>(count)));
  return true;
}

template <typename Test>
bool test_text(Call& call, std::string_view function, Value& out, Test test) {
  const std::string* text = text_argument(call, function, 0);
  const std::string* part = text != nullptr ? text_argument(call, function, 1) : nullptr;
  if (part == nullptr) return false;
  out = Value(Json(static_cast<bool>(test(std::string_view(*text), std::string_view(*part)))));
  return true;
}

bool contains(Call& call, Value& out) {
  if (argument(call, 0).is_array())
    return fail_argument(call, "contains", "a string; for lists write element in list", 0);
  return test_text(call, "contains", out, [](auto text, auto part) { return text.find(part) != text.npos; });
}

bool starts_with(Call& call, Value& out) {
  return test_text(call, "startsWith", out, [](auto text, auto part) { return text.starts_with(part); });
}

bool ends_with(Call& call, Value& out) {
  return test_text(call, "endsWith", out, [](auto text, auto part) { return text.ends_with(part); });
}

bool matches(Call& call, Value& out) {
  return test_text(call, "matches", out, [&](auto text, auto) { return call.pattern->found_in(text); });
}

bool split(Call& call, Value& out) {
  const std::string* text = text_argument(call, "split", 0);
  const std::string* separator = text != nullptr ? text_argument(call, "split", 1) : nullptr;
  if (separator == nullptr) return false;
  Json parts = Json::array();
  const auto add = [&](std::size_t start, std::size_t end) {
    if (!call.work.spend(kStepsPerString)) return false;
    parts.push_back(text->substr(start, end - start));
    return true;
  };
  std::size_t start = 0;
  if (separator->empty()) {  // into characters
    while (start < text->size()) {
      std::size_t end = start + 1;
      while (end < text->size() && (static_cast<unsigned char>((*text)[end]) & 0xC0) == 0x80)
        ++end;
      if (!add(start, end)) return false;
      start = end;
    }
  } else {
    for (std::size_t end = text->find(*separator); end != std::string::npos; end = text->find(*separator, start)) {
      if (!add(start, end)) return false;
      start = end + separator->size();
    }
    if (!add(start, text->size())) return false;
  }
  out = Value(std::move(parts));
  return true;
}

bool join(Call& call, Value& out) {
  if (!argument(call, 0).is_array()) return fail_argument(call, "join", "a list of strings", 0);
  static const std::string kNothing;
  const std::string* separator = call.arguments.size() > 1 ? text_argument(call, "join", 1) : &kNothing;
  if (separator == nullptr) return false;
  std::string text;
  bool first = true;
  for (const Json& element : argument(call, 0).get_ref<const Json::array_t&>()) {
    if (!element.is_string()) {
      return call.work.fail("join() takes a list of strings, this one holds " + std::string(type_name(element)) +
                            "; convert first: list.map(x, string(x))");
    }
    const auto& part = element.get_ref<const std::string&>();
    if (!call.work.spend(kStepsPerString) || !call.work.spend_bytes(part.size() + separator->size())) return false;
    if (!std::exchange(first, false)) text += *separator;
    text += part;
  }
  out = Value(Json(std::move(text)));
  return true;
}

template <typename Change>
bool change_letters(Call& call, std::string_view function, Value& out, Change change) {
  const std::string* text = text_argument(call, function, 0);
  if (text == nullptr) return false;
  std::string result = *text;
  for (char& c : result)
    c = change(c);
  out = Value(Json(std::move(result)));
  return true;
}

bool lower(Call& call, Value& out) {
  return change_letters(call, "lower", out,
                        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

bool upper(Call& call, Value& out) {
  return change_letters(call, "upper", out,
                        [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
}

bool trim(Call& call, Value& out) {
  const std::string* text = text_argument(call, "trim", 0);
  if (text == nullptr) return false;
  constexpr std::string_view kSpaces = " \t\n\r\f\v";
  const std::size_t start = text->find_first_not_of(kSpaces);
  const std::size_t end = text->find_last_not_of(kSpaces);
  out = Value(Json(start == std::string::npos ? std::string() : text->substr(start, end - start + 1)));
  return true;
}

bool replace(Call& call, Value& out) {
  const std::string* text = text_argument(call, "replace", 0);
  const std::string* from = text != nullptr ? text_argument(call, "replace", 1) : nullptr;
  const std::string* to = from != nullptr ? text_argument(call, "replace", 2) : nullptr;
  if (to == nullptr) return false;
  if (from->empty()) return call.work.fail("replace() takes a text to look for, this one is empty");
  std::string result;
  std::size_t start = 0;
  for (std::size_t at = text->find(*from); at != std::string::npos; at = text->find(*from, start)) {
    if (!call.work.spend(kStepsPerString) || !call.work.spend_bytes(to->size())) return false;
    result.append(*text, start, at - start).append(*to);
    start = at + from->size();
  }
  result.append(*text, start, std::string::npos);
  out = Value(Json(std::move(result)));
  return true;
}

bool to_json(Call& call, Value& out) {
  if (!call.work.spend_copy(argument(call, 0))) return false;
  out = Value(Json(dump_json(argument(call, 0))));
  return true;
}

bool from_json(Call& call, Value& out) {
  const std::string* text = text_argument(call, "fromJson", 0);
  if (text == nullptr || !call.work.spend(text->size() / 8)) return false;
  auto parsed = parse_json(*text);
  if (!parsed) return call.work.fail("fromJson() takes JSON text, this is none: " + parsed.error().message);
  out = Value(std::move(*parsed));
  return true;
}

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool to_int(Call& call, Value& out) {
  const Json& value = argument(call, 0);
  std::int64_t number = 0;
  if (value.is_number_float()) {
    constexpr double kTwo63 = 9223372036854775808.0;
    const double real = value.get<double>();
    if (!(real > -kTwo63 && real < kTwo63)) return call.work.fail("int() takes a number that fits 64 bits");
    number = static_cast<std::int64_t>(real);
  } else if (value.is_number()) {
    out = std::move(call.arguments[0]);
    return true;
  } else if (value.is_string()) {
    const std::string* text = text_argument(call, "int", 0);
    if (text == nullptr) return false;
    if (!parse_number(*text, number))
      return call.work.fail("int() takes text of decimal digits that fits 64 bits, this is other text");
  } else {
    return fail_argument(call, "int", "a number or string", 0);
  }
  out = Value(Json(number));
  return true;
}

bool to_double(Call& call, Value& out) {
  const Json& value = argument(call, 0);
  double number = 0;
  if (value.is_number()) {
    number = value.get<double>();
  } else if (value.is_string()) {
    const std::string* text = text_argument(call, "double", 0);
    if (text == nullptr) return false;
    if (!parse_number(*text, number) || !std::isfinite(number))
      return call.work.fail("double() takes the text of a number, this is other text");
  } else {
    return fail_argument(call, "double", "a number or string", 0);
  }
  out = Value(Json(number));
  return true;
}

bool to_string(Call& call, Value& out) {
  const Json& value = argument(call, 0);
  if (value.is_string()) {
    out = std::move(call.arguments[0]);
    return true;
  }
  return to_json(call, out);
}

bool to_bool(Call& call, Value& out) {
  const Json& value = argument(call, 0);
  if (value.is_boolean()) {
    out = std::move(call.arguments[0]);
    return true;
  }
  if (!value.is_string()) return fail_argument(call, "bool", "a bool, 'true' or 'false'", 0);
  const auto& text = value.get_ref<const std::string&>();
  const bool truth = text == "true" || text == "TRUE" || text == "True" || text == "t" || text == "1";
  if (!truth && text != "false" && text != "FALSE" && text != "False" && text != "f" && text != "0")
    return call.work.fail("bool() takes 'true' or 'false', this is other text");
  out = Value(Json(truth));
  return true;
}

bool type(Call& call, Value& out) {
  out = Value(Json(std::string(type_name(argument(call, 0)))));
  return true;
}

constexpr Function kFunctions[] = {
    {"size", "size(x)", 1, 1, false, size},
    {"contains", "contains(text, part)", 2, 2, false, contains},
    {"startsWith", "startsWith(text, part)", 2, 2, false, starts_with},
    {"endsWith", "endsWith(text, part)", 2, 2, false, ends_with},
    {"matches", "matches(text, pattern)", 2, 2, true, matches},
    {"split", "split(text, separator)", 2, 2, false, split},
    {"join", "join(list) or join(list, separator)", 1, 2, false, join},
    {"lower", "lower(text)", 1, 1, false, lower},
    {"upper", "upper(text)", 1, 1, false, upper},
    {"trim", "trim(text)", 1, 1, false, trim},
    {"replace", "replace(text, from, to)", 3, 3, false, replace},
    {"toJson", "toJson(x)", 1, 1, false, to_json},
    {"fromJson", "fromJson(text)", 1, 1, false, from_json},
    {"int", "int(x)", 1, 1, false, to_int},
    {"double", "double(x)", 1, 1, false, to_double},
    {"string", "string(x)", 1, 1, false, to_string},
    {"bool", "bool(x)", 1, 1, false, to_bool},
    {"type", "type(x)", 1, 1, false, type},
};

}  // namespace

const Function* find_function(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kFunctions), std::end(kFunctions), [&](const auto& f) { return f.name == name; });
  return found == std::end(kFunctions) ? nullptr : found;
}

std::span<const std::string> function_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names = {"has", "map", "filter", "exists", "exists_one", "all"};
    for (const Function& function : kFunctions)
      names.emplace_back(function.name);
    return names;
  }();
  return kNames;
}

}  // namespace commandcenter::expr
