#include "core/schema/assertions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/nearest.h"
#include "core/schema/equality.h"
#include "core/schema/messages.h"

namespace commandcenter::schema {
namespace {

// Work that takes about as long as one other step.
constexpr std::size_t kComparedBytesPerStep = 16;
constexpr std::size_t kMatchedBytesPerStep = 16;
constexpr std::size_t kLightPatternWeight = 64;  // such patterns run as automata; heavier ones may not
constexpr std::size_t kMatchedStatesPerStep = 64;
constexpr std::size_t kSearchedMembers = 16;

std::string got(const Json& value, const Inspection& inspection) {
  if (inspection.secret && !value.is_structured()) return fmt::format("{} (not shown)", json_type_name(value));
  return excerpt(value);
}

bool is_of_type(const Json& value, std::string_view type) {
  if (type == "number") return value.is_number();
  if (type == "integer") return is_integral(value);
  return json_type_name(value) == type;
}

std::size_t code_points(const std::string& text) {
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts));
}

std::vector<std::string> names_in_quotes(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& name : names)
    all.push_back(in_quotes(name));
  return all;
}

}  // namespace

MemberNames::MemberNames(const Json& object) : object_(object) {
  if (object.size() <= kSearchedMembers) return;
  for (const auto& member : object.get_ref<const Json::object_t&>())
    index_.insert(member.first);
}

bool MemberNames::has(const std::string& name) const {
  return object_.size() <= kSearchedMembers ? find_member(object_, name) != nullptr : index_.contains(name);
}

std::size_t matching_steps(const Pattern& pattern, const std::string& text) {
  if (pattern.weight <= kLightPatternWeight) return 1 + text.size() / kMatchedBytesPerStep;
  return 1 + text.size() * pattern.weight / kMatchedStatesPerStep;
}

Objection object_to(const TypeRule& rule, const Json& value, Inspection& inspection) {
  for (const std::string& type : rule.types) {
    if (is_of_type(value, type)) return std::nullopt;
  }
  if (!inspection.wants_text) return std::string();
  std::string expected;
  for (std::size_t i = 0; i < rule.types.size(); ++i) {
    if (i > 0) expected += i + 1 == rule.types.size() ? " or " : ", ";
    expected += rule.types[i];
  }
  return fmt::format("expected {}, got {}", expected, got(value, inspection));
}

Objection object_to(const EnumRule& rule, const Json& value, Inspection& inspection) {
  const std::string key = equality_key(value);
  inspection.steps += key.size() / kComparedBytesPerStep;
  if (rule.keys.contains(key)) return std::nullopt;
  if (!inspection.wants_text) return std::string();
  inspection.steps += rule.texts.size();
  const std::string hint = value.is_string() ? suggestion(value.get<std::string>(), rule.texts) : std::string();
  return fmt::format("expected {}{}, got {}{}", rule.shown.size() == 1 ? "" : "one of ", listed(rule.shown),
                     got(value, inspection), hint);
}

Objection object_to(const NumberRule& rule, const Json& value, Inspection& inspection) {
  using Kind = NumberRule::Kind;
  if (!value.is_number()) return std::nullopt;
  bool fits = true;
  std::string_view must;
  switch (rule.kind) {
    case Kind::kMinimum:
      fits = compare_numbers(value, rule.bound) >= 0;
      must = "at least";
      break;
    case Kind::kMaximum:
      fits = compare_numbers(value, rule.bound) <= 0;
      must = "at most";
      break;
    case Kind::kExclusiveMinimum:
      fits = compare_numbers(value, rule.bound) > 0;
      must = "greater than";
      break;
    case Kind::kExclusiveMaximum:
      fits = compare_numbers(value, rule.bound) < 0;
      must = "less than";
      break;
    case Kind::kMultipleOf:
      fits = is_multiple(value, rule.bound);
      must = "a multiple of";
      break;
  }
  if (fits) return std::nullopt;
  if (!inspection.wants_text) return std::string();
  return fmt::format("must be {} {}, got {}", must, dump_json(rule.bound),
                     inspection.secret ? got(value, inspection) : short_json(value));
}

Objection object_to(const SizeRule& rule, const Json& value, Inspection& inspection) {
  std::size_t size = 0;
  std::string_view noun;
  switch (rule.of) {
    case SizeRule::Of::kText:
      if (!value.is_string()) return std::nullopt;
      size = code_points(value.get_ref<const std::string&>());
      inspection.steps += size / kComparedBytesPerStep;
      noun = "character";
      break;
    case SizeRule::Of::kArray:
      if (!value.is_array()) return std::nullopt;
      size = value.size();
      noun = "item";
      break;
    case SizeRule::Of::kObject:
      if (!value.is_object()) return std::nullopt;
      size = value.size();
      noun = "member";
      break;
  }
  if (rule.at_least ? size >= rule.bound : size <= rule.bound) return std::nullopt;
  if (!inspection.wants_text) return std::string();
  return fmt::format("must have at {} {}, has {}", rule.at_least ? "least" : "most", counted(rule.bound, noun), size);
}

Objection object_to(const PatternRule& rule, const Json& value, Inspection& inspection) {
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  inspection.steps += matching_steps(rule.pattern, text);
  if (inspection.steps > inspection.steps_left) return std::nullopt;  // the caller stops the validation
  if (rule.pattern.regex.found_in(text)) return std::nullopt;
  if (!inspection.wants_text) return std::string();
  return fmt::format("must match the pattern {}, got {}", in_quotes(rule.pattern.text), got(value, inspection));
}

Objection object_to(const FormatRule& rule, const Json& value, Inspection& inspection) {
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  inspection.steps += text.size() / kComparedBytesPerStep;
  if (has_format(rule.format, text)) return std::nullopt;
  if (!inspection.wants_text) return std::string();
  return fmt::format("expected {}, got {}", format_example(rule.format), got(value, inspection));
}

Objection object_to(const UniqueRule&, const Json& value, Inspection& inspection) {
  if (!value.is_array()) return std::nullopt;
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::string key = equality_key(value[i]);
    inspection.steps += 1 + key.size() / kComparedBytesPerStep;
    const auto [first, added] = seen.emplace(std::move(key), i);
    if (added) continue;
    if (!inspection.wants_text) return std::string();
    return fmt::format("items must differ, but [{}] and [{}] are equal{}", first->second, i,
                       inspection.secret ? "" : ": " + short_json(value[i]));
  }
  return std::nullopt;
}

Objection object_to(const RequiredRule& rule, const Json& value, Inspection& inspection) {
  if (!value.is_object()) return std::nullopt;
  const MemberNames members(value);
  inspection.steps += rule.names.size() + value.size() / kSearchedMembers;
  std::vector<std::string> missing;
  for (const std::string& name : rule.names) {
    if (!members.has(name)) missing.push_back(name);
  }
  if (missing.empty()) return std::nullopt;
  if (!inspection.wants_text) return std::string();
  if (missing.size() > 1) return "missing required properties " + listed(names_in_quotes(missing));
  // A member that the schema does not know may be the missing one, misspelt.
  std::vector<std::string> strangers;
  for (const auto& member : value.get_ref<const Json::object_t&>()) {
    const bool known = std::find(rule.known.begin(), rule.known.end(), member.first) != rule.known.end();
    if (!known && strangers.size() < kMaxListedNames) strangers.push_back(member.first);
  }
  const std::string nearest = nearest_name(missing.front(), strangers);
  return fmt::format("missing required property {}{}", in_quotes(missing.front()),
                     nearest.empty() ? "" : fmt::format("; is {} a misspelling of it?", in_quotes(nearest)));
}

Objection object_to(const DependentRequiredRule& rule, const Json& value, Inspection& inspection) {
  if (!value.is_object()) return std::nullopt;
  const MemberNames members(value);
  inspection.steps += rule.names_by_trigger.size() + value.size() / kSearchedMembers;
  for (const auto& [trigger, names] : rule.names_by_trigger) {
    if (!members.has(trigger)) continue;
    inspection.steps += names.size();
    for (const std::string& name : names) {
      if (members.has(name)) continue;
      if (!inspection.wants_text) return std::string();
      return fmt::format("missing property {}, which is required when {} is present", in_quotes(name),
                         in_quotes(trigger));
    }
  }
  return std::nullopt;
}

}  // namespace commandcenter::schema
