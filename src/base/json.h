// JSON values and text. Objects keep the order of their members, as clients wrote them.
//
// parse_json is strict (RFC 8259): one document, no comments, valid UTF-8, bounded depth. Of duplicate keys the last
// one counts, at the place of the first. It takes time linear in the text however many members an object has. dump_json
// never throws: text that is not UTF-8 has its bad bytes replaced.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace commandcenter {

using Json = nlohmann::ordered_json;

inline constexpr std::size_t kMaxJsonDepth = 64;

// Fails with kInvalid; the message gives line, column and what was expected, e.g. "line 3, column 7: expected ':'".
Result<Json> parse_json(std::string_view text, std::size_t max_depth = kMaxJsonDepth);

std::string dump_json(const Json& value);         // compact
std::string dump_json_pretty(const Json& value);  // two spaces, for people

// The text that two equal values share, whatever the order of their members: keys sorted, compact. For hashes.
std::string canonical_json(const Json& value);

// Member of an object, or null when the value is no object or has no such member. Never follows anything but own
// members.
const Json* find_member(const Json& value, std::string_view key);

// The member as text, or the fallback when absent or of another type.
std::string string_member(const Json& value, std::string_view key, std::string_view fallback = {});

// "null", "boolean", "integer", "number", "string", "array", "object": the words JSON Schema uses.
std::string_view json_type_name(const Json& value);

}  // namespace commandcenter
