// What a request line asks for: its target split into path and query, percent-decoded.
// Pure functions, any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace commandcenter::server {

struct Target {
  std::string path;      // decoded, starts with "/" (or is "*", for OPTIONS)
  std::string raw_path;  // as sent
  std::map<std::string, std::string> query;
};

// Accepts "/path?query" and "http://host/path?query". Fails with kInvalid on wrong escapes, control characters in the
// path, NUL in the query, and text that is not UTF-8 once decoded.
Result<Target> parse_target(std::string_view method, std::string_view target);

// Leaves letters, digits and "-._~" as they are.
std::string percent_encode(std::string_view text);

// Nothing when an escape is not "%" and two hex digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

}  // namespace commandcenter::server
