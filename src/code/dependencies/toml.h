// TOML as JSON: tables, arrays of tables, inline tables, strings; numbers and dates as text. Pure.
#pragma once

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter::code::dependencies {

Result<Json> parse_toml(std::string_view text);

}  // namespace commandcenter::code::dependencies
