// Holding a value against compiled nodes.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/nearest.h"
#include "core/schema/node.h"

namespace commandcenter::schema {
namespace {

constexpr std::size_t kMaxQuotedValue = 60;

// What a schema has looked at, for the "unevaluated…" keywords.
struct Seen {
  std::set<std::string> properties;
  std::set<std::size_t> items;

  void add(Seen other) {
    properties.merge(other.properties);
    items.merge(other.items);
  }
};

unsigned type_bits(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return kNullBit;
    case Json::value_t::boolean: return kBooleanBit;
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: return kIntegerBit;
    case Json::value_t::number_float: {
      const double number = value.get<double>();
      return std::isfinite(number) && number == std::floor(number) ? kIntegerBit : kNumberBit;
    }
    case Json::value_t::string: return kStringBit;
    case Json::value_t::array: return kArrayBit;
    case Json::value_t::object: return kObjectBit;
    case Json::value_t::binary:
    case Json::value_t::discarded: break;
  }
  return 0;
}

// Equality as JSON Schema means it: numbers by value, objects whatever the order of their members.
bool equal(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is_number_float() || b.is_number_float()) return a.get<double>() == b.get<double>();
    return a == b;
  }
  if (a.type() != b.type()) return false;
  if (a.is_array()) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const Json& x, const Json& y) { return equal(x, y); });
  }
  if (a.is_object()) {
    if (a.size() != b.size()) return false;
    for (const auto& [key, value] : a.items()) {
      const Json* other = find_member(b, key);
      if (other == nullptr || !equal(value, *other)) return false;
    }
    return true;
  }
  return a == b;
}

// Equal values have equal texts: whole doubles are written as integers.
std::string equality_text(const Json& value) {
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number == std::floor(number) && std::fabs(number) < 9e15) return std::to_string(static_cast<std::int64_t>(number));
  }
  if (value.is_array()) {
    std::string text = "[";
    for (const Json& item : value) text += equality_text(item) + ",";
    return text + "]";
  }
  if (value.is_object()) {
    std::map<std::string, std::string> sorted;
    for (const auto& [key, member] : value.items()) sorted[key] = equality_text(member);
    std::string text = "{";
    for (const auto& [key, member] : sorted) text += dump_json(Json(key)) + ":" + member + ",";
    return text + "}";
  }
  return dump_json(value);
}

std::string brief(const Json& value) {
  std::string text = dump_json(value);
  if (text.size() > kMaxQuotedValue) {
    std::size_t length = kMaxQuotedValue;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
    text = text.substr(0, length) + "…";
  }
  return text;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Validation {
 public:
  explicit Validation(const std::map<std::pair<std::size_t, std::string>, const Node*>& dynamic_anchors) : dynamic_anchors_(dynamic_anchors) {}

  bool check(const Node& node, const Json& value, const std::string& path, Seen* seen) {
    if (++steps_ > kMaxValidationSteps) return violation(path, "checking it takes too many steps");
    if (depth_ >= kMaxValidationDepth) return violation(path, "its schema refers to itself too deeply");
    if (node.verdict) return *node.verdict || violation(path, "is not allowed here");
    ++depth_;
    scope_.push_back(node.resource);
    Seen own;
    Seen* looked = seen != nullptr || node.needs_annotations() ? &own : nullptr;
    bool ok = assertions(node, value, path);
    ok = applicators(node, value, path, looked) && ok;
    if (value.is_array()) ok = array(node, value, path, looked) && ok;
    if (value.is_object()) ok = object(node, value, path, looked) && ok;
    if (looked != nullptr) ok = unevaluated(node, value, path, *looked) && ok;
    if (seen != nullptr && ok) seen->add(std::move(own));
    scope_.pop_back();
    --depth_;
    return ok;
  }

  std::vector<Violation> take() { return std::move(violations_); }

 private:
  bool violation(const std::string& path, std::string message, std::string_view keyword = {}) {
    if (silent_ > 0 || violations_.size() >= kMaxViolations) return false;
    std::string schema_path;
    for (const std::string_view branch : branches_) schema_path += fmt::format("/{}", branch);
    if (!keyword.empty()) schema_path += fmt::format("/{}", keyword);
    violations_.push_back({path, std::move(message), std::move(schema_path)});
    return false;
  }

  // Under a keyword whose outcome depends on other parts of the value.
  bool check_branch(std::string_view keyword, const Node& node, const Json& value, const std::string& path, Seen* seen) {
    branches_.push_back(keyword);
    const bool ok = check(node, value, path, seen);
    branches_.pop_back();
    return ok;
  }

  // Without a word about what does not fit: for alternatives.
  bool fits(const Node& node, const Json& value, const std::string& path, Seen* seen) {
    ++silent_;
    const bool ok = check(node, value, path, seen);
    --silent_;
    return ok;
  }

  bool assertions(const Node& node, const Json& value, const std::string& path) {
    if (node.types != 0 && (node.types & type_bits(value)) == 0) {
      return violation(path, fmt::format("expected {}, got {} {}", node.type_words, json_type_name(value), brief(value)));
    }
    bool ok = true;
    if (node.constant && !equal(*node.constant, value)) ok = violation(path, fmt::format("expected {}, got {}", brief(*node.constant), brief(value)));
    if (node.has_enumeration && std::none_of(node.enumeration.begin(), node.enumeration.end(), [&](const Json& e) { return equal(e, value); })) {
      std::string allowed;
      for (const Json& e : node.enumeration) allowed += (allowed.empty() ? "" : ", ") + brief(e);
      ok = violation(path, fmt::format("expected one of {}, got {}", allowed, brief(value)));
    }
    if (value.is_number()) ok = number(node, value, path) && ok;
    if (value.is_string()) ok = text(node, value.get_ref<const std::string&>(), path) && ok;
    return ok;
  }

  bool number(const Node& node, const Json& value, const std::string& path) {
    const double number = value.get<double>();
    bool ok = true;
    if (node.minimum && number < *node.minimum) ok = violation(path, fmt::format("expected at least {}, got {}", *node.minimum, brief(value)));
    if (node.maximum && number > *node.maximum) ok = violation(path, fmt::format("expected at most {}, got {}", *node.maximum, brief(value)));
    if (node.exclusive_minimum && number <= *node.exclusive_minimum) {
      ok = violation(path, fmt::format("expected more than {}, got {}", *node.exclusive_minimum, brief(value)));
    }
    if (node.exclusive_maximum && number >= *node.exclusive_maximum) {
      ok = violation(path, fmt::format("expected less than {}, got {}", *node.exclusive_maximum, brief(value)));
    }
    if (node.multiple_of) {
      const double quotient = number / *node.multiple_of;
      const bool whole = std::isfinite(quotient) ? std::fabs(quotient - std::round(quotient)) < 1e-9 * std::max(1.0, std::fabs(quotient))
                                                 : std::fmod(number, *node.multiple_of) == 0;
      if (!whole) ok = violation(path, fmt::format("expected a multiple of {}, got {}", *node.multiple_of, brief(value)));
    }
    return ok;
  }

  bool text(const Node& node, const std::string& value, const std::string& path) {
    bool ok = true;
    if (node.min_length || node.max_length) {
      const std::size_t length = characters(value);
      if (node.min_length && length < *node.min_length) ok = violation(path, fmt::format("expected at least {} characters, got {}", *node.min_length, length));
      if (node.max_length && length > *node.max_length) ok = violation(path, fmt::format("expected at most {} characters, got {}", *node.max_length, length));
    }
    if (node.pattern && !node.pattern->second.found_in(value)) {
      ok = violation(path, fmt::format("does not match the pattern {}: {}", node.pattern->first, brief(value)));
    }
    return ok;
  }

  bool array(const Node& node, const Json& value, const std::string& path, Seen* seen) {
    bool ok = true;
    if (node.min_items && value.size() < *node.min_items) ok = violation(path, fmt::format("expected at least {} items, got {}", *node.min_items, value.size()));
    if (node.max_items && value.size() > *node.max_items) ok = violation(path, fmt::format("expected at most {} items, got {}", *node.max_items, value.size()));
    for (std::size_t i = 0; i < value.size() && ok; ++i) {
      const Node* item = i < node.prefix_items.size() ? node.prefix_items[i] : node.items;
      if (item == nullptr) break;
      ok = check(*item, value[i], fmt::format("{}[{}]", path, i), nullptr) && ok;
      if (seen != nullptr) seen->items.insert(i);
    }
    if (node.contains != nullptr) {
      std::size_t matches = 0;
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (!fits(*node.contains, value[i], path, nullptr)) continue;
        ++matches;
        if (seen != nullptr) seen->items.insert(i);
      }
      if (matches < node.min_contains) {
        ok = violation(path, fmt::format("expected at least {} matching items, got {}", node.min_contains, matches), "contains");
      }
      if (node.max_contains && matches > *node.max_contains) ok = violation(path, fmt::format("expected at most {} matching items, got {}", *node.max_contains, matches), "contains");
    }
    if (node.unique_items) {
      std::set<std::string> texts;
      for (const Json& item : value) {
        if (!texts.insert(equality_text(item)).second) {
          ok = violation(path, fmt::format("expected different items, got {} twice", brief(item)));
          break;
        }
      }
    }
    return ok;
  }

  bool object(const Node& node, const Json& value, const std::string& path, Seen* seen) {
    bool ok = true;
    if (node.min_properties && value.size() < *node.min_properties) ok = violation(path, fmt::format("expected at least {} members, got {}", *node.min_properties, value.size()));
    if (node.max_properties && value.size() > *node.max_properties) ok = violation(path, fmt::format("expected at most {} members, got {}", *node.max_properties, value.size()));
    for (const std::string& name : node.required) {
      if (find_member(value, name) == nullptr) ok = violation(path, fmt::format("{} is missing", name), "required");
    }
    for (const auto& [name, others] : node.dependent_required) {
      if (find_member(value, name) == nullptr) continue;
      for (const std::string& other : others) {
        if (find_member(value, other) == nullptr) ok = violation(path, fmt::format("{} is missing, which {} needs", other, name), "dependentRequired");
      }
    }
    for (const auto& [name, child] : node.dependent_schemas) {
      if (find_member(value, name) != nullptr) ok = check_branch("dependentSchemas", *child, value, path, seen) && ok;
    }
    if (!node.properties.empty() || !node.pattern_properties.empty() || node.additional_properties != nullptr || node.property_names != nullptr) {
      for (const auto& [name, member] : value.items()) ok = property(node, name, member, path, seen) && ok;
    }
    return ok;
  }

  bool property(const Node& node, const std::string& name, const Json& member, const std::string& path, Seen* seen) {
    const std::string place = path.empty() ? name : path + "." + name;
    bool ok = true;
    bool known = false;
    if (const auto own = node.properties.find(name); own != node.properties.end()) {
      known = true;
      ok = check(*own->second, member, place, nullptr);
    }
    for (const PatternNode& pattern : node.pattern_properties) {
      if (!pattern.regex.found_in(name)) continue;
      known = true;
      ok = check(*pattern.node, member, place, nullptr) && ok;
    }
    if (!known && node.additional_properties != nullptr) {
      known = true;
      if (node.additional_properties->verdict == false) ok = unknown_member(node, name, path) && ok;
      else ok = check(*node.additional_properties, member, place, nullptr) && ok;
    }
    if (node.property_names != nullptr) ok = check(*node.property_names, Json(name), place, nullptr) && ok;
    if (known && seen != nullptr) seen->properties.insert(name);
    return ok;
  }

  bool unknown_member(const Node& node, const std::string& name, const std::string& path) {
    std::vector<std::string> known;
    for (const auto& [other, child] : node.properties) known.push_back(other);
    const std::string nearest = nearest_name(name, known);
    return violation(path, nearest.empty() ? fmt::format("unknown member {}", brief(Json(name)))
                                           : fmt::format("unknown member {}; did you mean {}?", brief(Json(name)), brief(Json(nearest))),
                     "additionalProperties");
  }

  const Node* reference_of(const Node& node) const {
    if (node.dynamic_reference.empty()) return node.reference;
    for (const std::size_t resource : scope_) {
      if (const auto found = dynamic_anchors_.find({resource, node.dynamic_reference}); found != dynamic_anchors_.end()) return found->second;
    }
    return node.reference;
  }

  bool applicators(const Node& node, const Json& value, const std::string& path, Seen* seen) {
    bool ok = true;
    if (const Node* target = reference_of(node)) ok = check(*target, value, path, seen);
    for (const Node* part : node.all_of) ok = check(*part, value, path, seen) && ok;
    if (!node.any_of.empty()) {
      bool any = false;
      for (const Node* part : node.any_of) {
        any = fits(*part, value, path, seen) || any;
        if (any && seen == nullptr) break;
      }
      if (!any) ok = no_alternative(node.any_of, value, path);
    }
    if (!node.one_of.empty()) {
      std::size_t matching = 0;
      for (const Node* part : node.one_of) matching += fits(*part, value, path, seen) ? 1U : 0U;
      if (matching == 0) ok = no_alternative(node.one_of, value, path);
      if (matching > 1) ok = violation(path, fmt::format("fits {} alternatives where exactly one is allowed", matching));
    }
    if (node.negated != nullptr && fits(*node.negated, value, path, nullptr)) ok = violation(path, fmt::format("is not allowed: {}", brief(value)), "not");
    if (node.condition != nullptr) {
      const Node* branch = fits(*node.condition, value, path, seen) ? node.then_branch : node.else_branch;
      if (branch != nullptr) ok = check_branch("if", *branch, value, path, seen) && ok;
    }
    return ok;
  }

  bool no_alternative(const std::vector<const Node*>& parts, const Json& value, const std::string& path) {
    if (parts.size() == 1) return check_branch("anyOf", *parts.front(), value, path, nullptr);
    return violation(path, fmt::format("fits none of the {} alternatives: {}", parts.size(), brief(value)), "anyOf");
  }

  bool unevaluated(const Node& node, const Json& value, const std::string& path, Seen& seen) {
    bool ok = true;
    if (node.unevaluated_properties != nullptr && value.is_object()) {
      for (const auto& [name, member] : value.items()) {
        if (seen.properties.contains(name)) continue;
        ok = check_branch("unevaluatedProperties", *node.unevaluated_properties, member, path.empty() ? name : path + "." + name, nullptr) && ok;
        seen.properties.insert(name);
      }
    }
    if (node.unevaluated_items != nullptr && value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (seen.items.contains(i)) continue;
        ok = check_branch("unevaluatedItems", *node.unevaluated_items, value[i], fmt::format("{}[{}]", path, i), nullptr) && ok;
        seen.items.insert(i);
      }
    }
    return ok;
  }

  const std::map<std::pair<std::size_t, std::string>, const Node*>& dynamic_anchors_;
  std::vector<std::size_t> scope_;   // resources being applied, outermost first
  std::vector<std::string_view> branches_;
  std::vector<Violation> violations_;
  std::int64_t steps_ = 0;
  int depth_ = 0;
  int silent_ = 0;
};

}  // namespace

std::vector<Violation> Schema::validate(const Json& value) const {
  if (root_ == nullptr) return {};
  Validation validation(compiled_->dynamic_anchors);
  const bool ok = validation.check(*root_, value, "", nullptr);
  std::vector<Violation> violations = validation.take();
  if (!ok && violations.empty()) violations.push_back({"", "does not fit its schema", ""});
  return violations;
}

std::string describe(std::span<const Violation> violations) {
  std::string text;
  for (const Violation& violation : violations) {
    if (!text.empty()) text += "; ";
    if (!violation.path.empty()) text += violation.path + ": ";
    text += violation.message;
  }
  return text;
}

}  // namespace commandcenter::schema
