#include "agent/fields.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/nearest.h"
#include "base/quantity.h"

namespace commandcenter::agent {

void Fields::problem(const std::string& path, std::string message) {
  const auto [line, column] = locate_ ? locate_(path) : std::pair{0, 0};
  problems_.push_back({path, line, column, std::move(message)});
}

void Fields::known_keys(const Json& object, const std::string& path, const std::vector<std::string>& known) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string nearest = nearest_name(key, known);
    problem(join(path, key), nearest.empty()
                                 ? fmt::format("unknown key \"{}\"; known are {}", key, fmt::join(known, ", "))
                                 : fmt::format("unknown key \"{}\"; did you mean \"{}\"?", key, nearest));
  }
}

std::string Fields::text(const Json& object, const std::string& path, const std::string& key) {
  const Json* value = find_member(object, key);
  if (value != nullptr && value->is_string()) return value->get<std::string>();
  if (value != nullptr && value->is_number() && numbers_ == NumbersAsText::kYes) return dump_json(*value);
  if (value != nullptr) problem(join(path, key), fmt::format("expected text, got {}", json_type_name(*value)));
  return {};
}

std::string Fields::required_text(const Json& object, const std::string& path, const std::string& key) {
  const Json* value = find_member(object, key);
  if (value == nullptr || value->is_null()) {
    problem(path, fmt::format("{} is missing", join(path, key)));
    return {};
  }
  std::string found = text(object, path, key);
  if (found.empty() && value->is_string()) problem(join(path, key), "is empty");
  return found;
}

std::string Fields::required_line(const Json& object, const std::string& path, const std::string& key,
                                  std::size_t most_bytes) {
  std::string found = required_text(object, path, key);
  const bool one_line = std::none_of(found.begin(), found.end(),
                                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (!one_line || found.size() > most_bytes)
    problem(join(path, key), fmt::format("expected one line of at most {} bytes", most_bytes));
  return found;
}

std::string Fields::one_of(const Json& object, const std::string& path, const std::vector<std::string>& keys) {
  const std::string* first = nullptr;
  for (const std::string& key : keys) {
    if (!object.contains(key)) continue;
    if (first != nullptr)
      problem(join(path, key),
              fmt::format("means the same as {}, which is there as well; leave one of them out", *first));
    else
      first = &key;
  }
  return first == nullptr ? keys.front() : *first;
}

std::string Fields::word(const Json& object, const std::string& path, const std::string& key,
                         std::initializer_list<std::string_view> allowed, std::string_view fallback) {
  if (!object.contains(key)) return std::string(fallback);
  const std::size_t before = problems_.size();
  std::string value = text(object, path, key);
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
  if (problems_.size() == before)
    problem(join(path, key), fmt::format("\"{}\" is not one of {}", value, fmt::join(allowed, ", ")));
  return std::string(fallback);
}

Json Fields::schema(const Json& object, const std::string& path, const std::string& key) {
  const Json* value = find_member(object, key);
  if (value == nullptr || value->is_null()) return Json::object();
  if (!value->is_object() && !value->is_boolean()) {
    problem(join(path, key), fmt::format("expected a JSON Schema, got {}", json_type_name(*value)));
    return Json::object();
  }
  if (const auto compiled = schema::Schema::compile(*value); !compiled)
    problem(join(path, key), compiled.error().message);
  return *value;
}

void Fields::duration(const Json& object, const std::string& path, const std::string& key, std::int64_t& value_ms) {
  const Json* value = find_member(object, key);
  if (value == nullptr) return;
  if (const auto parsed = parse_duration_ms(*value); parsed && *parsed > 0)
    value_ms = *parsed;
  else
    problem(join(path, key), parsed ? "must be more than 0" : parsed.error().message);
}

void Fields::size(const Json& object, const std::string& path, const std::string& key, std::int64_t& value_bytes) {
  const Json* value = find_member(object, key);
  if (value == nullptr) return;
  if (const auto parsed = parse_size_bytes(*value); parsed && *parsed > 0)
    value_bytes = *parsed;
  else
    problem(join(path, key), parsed ? "must be more than 0" : parsed.error().message);
}

void Fields::count(const Json& object, const std::string& path, const std::string& key, int& value) {
  constexpr int kLargestCount = 1'000'000;
  const Json* found = find_member(object, key);
  if (found == nullptr) return;
  if (found->is_number_integer() && *found > 0 && *found <= kLargestCount)
    value = found->get<int>();
  else
    problem(join(path, key),
            fmt::format("expected a whole number from 1 to {}, got {}", kLargestCount, dump_json(*found)));
}

}  // namespace commandcenter::agent
