// The formats that can be checked on request; the RFC each follows stands beside it in format.cpp.
#pragma once

#include <optional>
#include <string_view>

namespace commandcenter::schema {

enum class Format { kDateTime, kDate, kTime, kEmail, kHostname, kIpv4, kIpv6, kUri, kUuid, kRegex };

// By its name in a schema, "date-time"; none for formats that are never checked.
std::optional<Format> format_named(std::string_view name);

bool has_format(Format format, std::string_view text);

// "a date and time such as 2026-01-31T09:05:00Z"
std::string_view format_example(Format format);

}  // namespace commandcenter::schema
