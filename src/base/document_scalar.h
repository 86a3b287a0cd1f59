// Types of YAML scalars by the 1.2 core schema. Private to document.cpp. Each gives nothing when the text is not of the
// type; numbers that JSON cannot hold are not of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace commandcenter {

std::optional<Json> yaml_integer(std::string_view text);
std::optional<Json> yaml_number(std::string_view text);
std::optional<Json> yaml_boolean(std::string_view text);
std::optional<Json> yaml_null_value(std::string_view text);

// Of a scalar without quotes and tags: the first of these that fits, else text.
Json yaml_plain_scalar(const std::string& text);

}  // namespace commandcenter
