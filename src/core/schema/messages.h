// How values, names and places appear in messages: short, quoted, cut at a limit.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace commandcenter::schema {

inline constexpr std::size_t kMaxExcerpt_bytes = 60;
inline constexpr std::size_t kMaxListedNames = 12;
inline constexpr std::size_t kMaxMessage_bytes = 600;

// "string \"x\"", "integer 5", "null", "array of 3 items", "object with 2 members".
std::string excerpt(const Json& value);

// The value as JSON, cut when long.
std::string short_json(const Json& value);

// "a, b and 3 more"
std::string listed(std::span<const std::string> items);

// At most the limit, cut between characters.
std::string cut(std::string text, std::size_t limit_bytes);

// A name as JSON text, cut when long.
std::string in_quotes(std::string_view name);

// "; did you mean \"x\"?", or "" when no candidate is near.
std::string suggestion(std::string_view name, std::span<const std::string> candidates);

// A place in a schema for people: "the schema" for the whole.
std::string shown(const std::string& pointer);

// "1 item", "3 items"
std::string counted(std::size_t count, std::string_view noun);

}  // namespace commandcenter::schema
