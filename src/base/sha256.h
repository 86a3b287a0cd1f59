// SHA-256 (FIPS 180-4) of a text, as 64 lower-case hex digits.
#pragma once

#include <string>
#include <string_view>

namespace commandcenter {

std::string sha256_hex(std::string_view text);

}  // namespace commandcenter
