#include "core/expr/missing.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/nearest.h"
#include "core/expr/value.h"

namespace commandcenter::expr {
namespace {

constexpr std::size_t kMaxSuggestedNames = 64;  // members looked at for "did you mean"

bool is_plain_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace

std::string show_path(const Node& access, std::size_t count) {
  std::string text;
  switch (access.root) {
    case Root::kContext:
      text = "context";
      break;
    case Root::kNodeOutput:
      text = "nodes." + access.name + ".output";
      break;
    case Root::kNodeStatus:
      text = "nodes." + access.name + ".status";
      break;
    case Root::kNodeError:
      text = "nodes." + access.name + ".error";
      break;
    case Root::kVariable:
    case Root::kBound:
      text = access.name;
      break;
    case Root::kExpression:
      text = "(…)";
      break;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Step& step = access.steps[i];
    if (step.computed)
      text += "[…]";
    else if (step.index)
      text += "[" + step.name + "]";
    else if (is_plain_name(step.name))
      text += "." + step.name;
    else
      text += "['" + step.name + "']";
  }
  return text;
}

std::string explain_missing(const Json& value, const Step& step) {
  if (value.is_array()) return " has " + std::to_string(value.size()) + " elements";
  if (!value.is_object())
    return " is " + std::string(type_name(value)) + (value.is_null() ? "" : ", which has no members");
  if (step.computed) return " has no member of the computed name";
  std::string text = " has no member '" + step.name + "'";
  const auto dash = step.name.find('-');
  if (dash != std::string::npos && find_member(value, std::string_view(step.name).substr(0, dash)) != nullptr) {
    return text + "; to subtract, write spaces around the '-'";
  }
  std::vector<std::string> names;
  for (const auto& member : value.get_ref<const Json::object_t&>()) {
    if (names.size() >= kMaxSuggestedNames) break;
    names.push_back(member.first);
  }
  if (const std::string nearest = nearest_name(step.name, names); !nearest.empty())
    text += "; did you mean '" + nearest + "'?";
  return text;
}

}  // namespace commandcenter::expr
