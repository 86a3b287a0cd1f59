// YAML or JSON text as a JSON tree that remembers where each value stood.
//
// YAML 1.2 core schema: plain true/false/null/numbers are typed, everything else (dates, yes/no, on/off) is text. One
// document; anchors and aliases work but may not expand to more than kMaxDocumentNodes values; tags other than the core
// ones, duplicate keys and keys that are not text are errors.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/result.h"

namespace commandcenter {

inline constexpr std::size_t kMaxDocument_bytes = 10'485'760;
inline constexpr std::size_t kMaxYaml_bytes = 1'048'576;  // yaml-cpp needs about a second for that in the worst case
inline constexpr std::size_t kMaxDocumentNodes = 200'000;

struct Document {
  Json value;
  // Path ("nodes[1].dependsOn[0]", "" = the whole; other keys than letters, digits, _ and - as in a["x y"]) to 1-based
  // line and column, in characters, of the value (of the key for members). What an alias stands for has no places of
  // its own, nor have values behind very long paths.
  std::map<std::string, std::pair<int, int>> positions;

  // Of the path or its nearest enclosing value; {0, 0} when nothing is known.
  std::pair<int, int> locate(std::string path) const;
};

// Text that begins with { or [ is JSON and held to JSON's rules; everything else is YAML.
// Fails with kInvalid, or kTooLarge beyond the limits above; the message starts with "line L, column C: ".
Result<Document> parse_document(std::string_view text);

// Reads and parses a file; "-" is standard input. Errors start with the path as given, or the name.
Result<Document> read_document(const std::string& path);
Result<Document> read_document(std::istream& file, const std::string& name);

}  // namespace commandcenter
