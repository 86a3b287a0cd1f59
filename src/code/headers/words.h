// Small pieces of text. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::code::headers {

std::string lowered(std::string_view text);  // ASCII letters
std::string_view trimmed(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::vector<std::string_view> fields(std::string_view text);  // what white space separates
bool contains(std::string_view text, std::string_view part);
bool contains_caseless(std::string_view text, std::string_view lower_case_part);
bool same_caseless(std::string_view left, std::string_view right);
std::string_view base_name(std::string_view path);
std::string_view folder_of(std::string_view path);  // without the slash; "" at the root
std::string kebab(std::string_view camel);          // "scriptSrc" and "SCRIPT_SRC" as "script-src"

}  // namespace commandcenter::code::headers
