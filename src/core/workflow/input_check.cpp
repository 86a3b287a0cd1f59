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

// A text with a template in it that is not the whole of it becomes text, whatever the values are. "{{ a }}{{ b }}"
// counts as a whole here: nothing is certain about it then, which is never wrong.
bool becomes_text(const std::string& text) {
  return is_templated(text) && !(text.starts_with("{{") && text.ends_with("}}"));
}

// Whether the schema names types, and this is none of them.
bool excludes(const Json& schema, std::string_view type) {
  const Json* types = find_member(schema, "type");
  if (types == nullptr) return false;
  if (types->is_string()) return *types != type;
  return types->is_array() && std::none_of(types->begin(), types->end(), [&](const Json& one) { return one == type; });
}

using Found = std::vector<std::pair<std::string, std::string>>;

std::string joined(const std::string& path, const std::string& rest) {
  if (rest.empty()) return path;
  return path + (rest.starts_with('[') ? "" : ".") + rest;
}

void check_partly_known(const Json& value, const Json& schema, const Json& definitions, const std::string& path,
                        Found& found);

// A constant within a value that has templates elsewhere.
void check_constant(const Json& value, const Json& schema, const Json& definitions, const std::string& path,
                    Found& found) {
  Json whole = definitions;
  whole["properties"] = {{"value", schema}};
  const auto compiled = schema::Schema::compile(whole);
  if (!compiled) return;  // it refers elsewhere
  for (const schema::Violation& violation : compiled->validate({{"value", value}}))
    found.emplace_back(path + violation.path.substr(std::string_view("value").size()), violation.message);
}

void check_any(const Json& value, const Json& schema, const Json& definitions, const std::string& path, Found& found) {
  if (has_templates(value))
    check_partly_known(value, schema, definitions, path, found);
  else
    check_constant(value, schema, definitions, path, found);
}

void check_object(const Json& value, const Json& schema, const Json& definitions, const std::string& path,
                  Found& found) {
  Json own = schema;
  for (const auto& [key, definition] : definitions.items())
    own[key] = definition;
  for (const auto& [rest, message] : InputCheck(own).problems_of(value))
    found.emplace_back(joined(path, rest), message);
}

// What is certain although the value has templates: its type, and everything about its constant parts.
void check_partly_known(const Json& value, const Json& schema, const Json& definitions, const std::string& path,
                        Found& found) {
  if (!schema.is_object() || schema.contains("$ref")) return;
  if (value.is_string()) {
    if (becomes_text(value.get_ref<const std::string&>()) && excludes(schema, "string"))
      found.emplace_back(
          path, "becomes text, because it is more than one template; expected type " + dump_json(schema["type"]));
  } else if (value.is_object()) {
    if (excludes(schema, "object"))
      found.emplace_back(path, "expected type " + dump_json(schema["type"]) + ", got an object");
    else
      check_object(value, schema, definitions, path, found);
  } else if (value.is_array()) {
    const Json* items = find_member(schema, "items");
    if (excludes(schema, "array"))
      found.emplace_back(path, "expected type " + dump_json(schema["type"]) + ", got an array");
    else if (items != nullptr && items->is_object() && !schema.contains("prefixItems"))
      for (std::size_t i = 0; i < value.size(); ++i)
        check_any(value[i], *items, definitions, element_path(path, i), found);
  }
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
    properties_ = *properties;
    for (const auto& [name, property] : properties->items())
      names_.push_back(name);
  }
  const Json* additional = find_member(input_schema, "additionalProperties");
  closed_ =
      additional != nullptr && *additional == Json(false) && find_member(input_schema, "patternProperties") == nullptr;

  definitions_ = Json::object();
  for (const char* key : {"$schema", "$id", "$defs", "definitions"}) {
    if (const Json* value = find_member(input_schema, key)) definitions_[key] = *value;
  }
  // What the schema says about each member alone. What it says about several together waits for the run.
  Json members = definitions_;
  for (const char* key : {"properties", "patternProperties"}) {
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
    const Json* property = find_member(properties_, name);
    if (!has_templates(value))
      constant[name] = value;
    else if (property != nullptr)
      check_partly_known(value, *property, definitions_, member_path("", name), problems);
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
