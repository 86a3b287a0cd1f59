// What a declared type says about a value. Pure.
#pragma once

#include <string>
#include <string_view>

namespace commandcenter::code::dataflow {

bool is_literals(std::string_view type);  // "'asc' | 'desc'" of TypeScript

// True for types whose values no user can fill with text of his choice: numbers, booleans, dates, UUIDs, literals.
bool is_safe_type(std::string_view type);

// "java.util.Map<String, Object>" and "*http.Request": "Map" and "Request", a part of the text.
std::string_view short_type(std::string_view type);

// Go: the type of what strings.NewReplacer gives.
inline constexpr std::string_view kReplacer = "Replacer";

}  // namespace commandcenter::code::dataflow
