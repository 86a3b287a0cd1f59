#include "core/workflow/input_check.h"

#include <algorithm>

#include "base/nearest.h"
#include "core/workflow/reader.h"

namespace commandcenter::workflow {
namespace {

bool is_templated(const std::string& text) {
  return text.find("{{") != std::string::npos;
}

// As deep as a document may be, so the recursion is bounded.
bool has_templates(const Json& value) {
  if (value.is_string()) return is_templated(value.get_ref<const std::string&>());
  if (value.is_object()) {
    return std::any_of(value.get_ref<const Json::object_t&>().begin(), value.get_ref<const Json::object_t&>().end(),
                       [](const auto& member) { return is_templated(member.first) || has_templates(member.second); });
  }
  return value.is_array() && std::any_of(value.begin(), value.end(), has_templates);
}

}  // namespace

InputCheck::InputCheck(const Json& input_schema) {
  if (const Json* required = find_member(input_schema, "required"); required != nullptr && required->is_array()) {
    for (const Json& name : *required) {
      if (name.is_string()) required_.push_back(name.get<std::string>());
    }
  }
  if (const Json* properties = find_member(input_schema, "properties");
      properties != nullptr && properties->is_object()) {
    for (const auto& [name, property] : properties->items())
      names_.push_back(name);
  }
  const Json* additional = find_member(input_schema, "additionalProperties");
  closed_ =
      additional != nullptr && *additional == Json(false) && find_member(input_schema, "patternProperties") == nullptr;

  // What the schema says about each member alone. What it says about several together waits for the run.
  Json members = Json::object();
  for (const char* key : {"$schema", "$id", "$defs", "definitions", "properties", "patternProperties"}) {
    if (const Json* value = find_member(input_schema, key)) members[key] = *value;
  }
  if (auto compiled = schema::Schema::compile(members)) members_ = std::move(*compiled);  // else it refers elsewhere
}

std::vector<std::pair<std::string, std::string>> InputCheck::problems_of(const Json& input) const {
  std::vector<std::pair<std::string, std::string>> problems;
  if (!input.is_object()) return problems;
  bool names_are_known = true;
  Json constant = Json::object();
  for (const auto& [name, value] : input.get_ref<const Json::object_t&>()) {
    if (is_templated(name)) {
      names_are_known = false;
      continue;
    }
    if (!has_templates(value)) constant[name] = value;
    if (!closed_ || std::find(names_.begin(), names_.end(), name) != names_.end()) continue;
    const std::string nearest = nearest_name(name, names_);
    std::string known;
    for (const std::string& other : names_)
      known += (known.empty() ? "" : ", ") + other;
    problems.emplace_back(
        member_path("", name),
        "is not known to the action" + (nearest.empty() ? "; it takes " + (known.empty() ? "nothing" : known)
                                                        : "; did you mean \"" + nearest + "\"?"));
  }
  for (const std::string& name : required_) {
    if (names_are_known && find_member(input, name) == nullptr)
      problems.emplace_back(member_path("", name), "is missing; the action requires it");
  }
  for (const schema::Violation& violation : members_.validate(constant))
    problems.emplace_back(violation.path, violation.message);
  return problems;
}

}  // namespace commandcenter::workflow
