// SHA-256 (FIPS 180-4) of a text, and texts signed with it (HMAC, RFC 2104); as 64 lower-case hex digits.
#pragma once

#include <string>
#include <string_view>

namespace commandcenter {

std::string sha256_hex(std::string_view text);
std::string hmac_sha256_hex(std::string_view key, std::string_view text);

// For secrets: how long it takes tells nothing about where the texts differ.
bool equal_secrets(std::string_view left, std::string_view right);

}  // namespace commandcenter
