// URIs as "$id" and "$ref" use them (RFC 3986): taken apart, and made absolute against a base.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace commandcenter::schema {

struct Uri {
  std::string scheme;  // "" in a relative reference
  std::optional<std::string> authority;
  std::string path;
  std::optional<std::string> query;
  std::optional<std::string> fragment;

  std::string text() const;
};

// Never fails: every text is a reference.
Uri split_uri(std::string_view text);

// RFC 3986, section 5.2. An empty base leaves the reference as it is.
Uri resolve_uri(std::string_view base, std::string_view reference);

// "%2F" → "/"; a percent sign without two hexadecimal digits stays.
std::string percent_decode(std::string_view text);

}  // namespace commandcenter::schema
