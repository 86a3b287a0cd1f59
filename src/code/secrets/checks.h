// What must hold of a token beyond its pattern. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "code/rules/rules.h"

namespace commandcenter::code {

enum class Verdict : std::uint8_t { kNo, kMaybe, kSure };  // kSure: a checksum says so

Verdict check_token(Check check, std::string_view token);

// The last six characters of GitHub's and npm's tokens: CRC-32 of what is between prefix and them, in base 62.
std::string github_checksum(std::string_view body);

// Bytes of base64 (either alphabet, padding optional); empty when it is none.
std::string decode_base64(std::string_view text);

// Header and payload of a JSON Web Token are JSON objects.
bool is_jwt(std::string_view token);

// An unencrypted private key: the text between the lines decodes to ASN.1 or OpenSSH's format. `body` begins behind the
// first line's dashes.
bool is_private_key(std::string_view body);

}  // namespace commandcenter::code
