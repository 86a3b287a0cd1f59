// Durations and sizes as people write them in YAML: "30s", "1h30m", "512MB".
#pragma once

#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter {

// "250ms", "30s", "5m", "24h", "7d", sums such as "1h30m", or a number of seconds. Milliseconds; at least 0.
Result<std::int64_t> parse_duration_ms(const Json& value);

// "64KB", "512MB", "2GB" (1 KB = 1024 bytes; KiB, MiB, GiB mean the same), or a number of bytes.
Result<std::int64_t> parse_size_bytes(const Json& value);

// "850 ms", "12.3 s", "4 min 5 s": short and readable.
std::string format_duration(std::int64_t duration_ms);

// "812 bytes", "4.0 KiB", "16 MiB"
std::string format_size(std::int64_t size_bytes);

}  // namespace commandcenter
