// Texts that are written as base64, hexadecimal digits or with percent codes. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace commandcenter::code {

inline constexpr std::size_t kMinEncoded_bytes = 8;  // shorter values decode to text by chance
inline constexpr int kMaxDecodeDepth = 2;

// What the value says when it is decoded once: printable text of at least kMinEncoded_bytes / 2 characters, or nothing.
std::optional<std::string> decoded_once(std::string_view value);

// Decoded again as long as that gives text, at most kMaxDecodeDepth times.
std::optional<std::string> decoded(std::string_view value);

}  // namespace commandcenter::code
