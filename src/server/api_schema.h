// JSON Schemas of what the API takes and gives, short enough to stand next to the code they describe:
//
//   object({{"id", text()}, {"error", nullable(text())}, optional("durationMs", integer())})
//
// Pure functions. Private to this folder.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace commandcenter::server::schema {

struct Field {
  Field(std::string field_name, Json field_schema) : name(std::move(field_name)), schema(std::move(field_schema)) {}

  std::string name;
  Json schema;
  bool required = true;
};

Field optional(std::string name, Json schema);  // a member that may be absent

Json any();  // whatever JSON can say
Json text();
Json integer();
Json number();
Json boolean();
Json timestamp();                                     // ISO 8601 in UTC with milliseconds
Json words(const std::vector<std::string>& allowed);  // one of these texts
Json list(Json item);                                 // an array
Json map_of(Json value);                              // an object with any member names
Json nullable(Json schema);                           // also null
Json object(std::initializer_list<Field> fields);     // may grow members: clients ignore what they do not know
Json extended(Json base, std::initializer_list<Field> fields);  // an object() with more members
Json ref(std::string_view name);                                // what Api::define() was told under that name
Json described(Json schema, std::string_view description);

}  // namespace commandcenter::server::schema
