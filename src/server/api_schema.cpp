#include "server/api_schema.h"

#include "base/assert.h"

namespace commandcenter::server::schema {

Field optional(std::string name, Json schema) {
  Field field(std::move(name), std::move(schema));
  field.required = false;
  return field;
}

Json any() {
  return Json::object();
}
Json text() {
  return {{"type", "string"}};
}
Json integer() {
  return {{"type", "integer"}};
}
Json number() {
  return {{"type", "number"}};
}
Json boolean() {
  return {{"type", "boolean"}};
}

Json timestamp() {
  return {{"type", "string"},
          {"format", "date-time"},
          {"pattern", R"(^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$)"},
          {"examples", Json::array({"2026-01-31T09:05:00.000Z"})}};
}

Json words(const std::vector<std::string>& allowed) {
  return {{"type", "string"}, {"enum", allowed}};
}

Json list(Json item) {
  return {{"type", "array"}, {"items", std::move(item)}};
}

Json map_of(Json value) {
  return {{"type", "object"}, {"additionalProperties", std::move(value)}};
}

Json nullable(Json schema) {
  if (schema.contains("$ref")) return {{"anyOf", Json::array({std::move(schema), {{"type", "null"}}})}};
  CC_ASSERT(schema.contains("type"));
  schema["type"] = Json::array({schema["type"], "null"});
  if (schema.contains("enum")) schema["enum"].push_back(nullptr);
  return schema;
}

Json object(std::initializer_list<Field> fields) {
  return extended({{"type", "object"}, {"properties", Json::object()}}, fields);
}

Json extended(Json base, std::initializer_list<Field> fields) {
  for (const Field& field : fields) {
    base["properties"][field.name] = field.schema;
    if (field.required) base["required"].push_back(field.name);
  }
  return base;
}

Json ref(std::string_view name) {
  return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

Json described(Json schema, std::string_view description) {
  schema["description"] = description;
  return schema;
}

}  // namespace commandcenter::server::schema
