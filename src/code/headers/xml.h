// XML as a flat list of tags; enough for configuration. Comments are left out. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commandcenter::code::headers {

struct XmlTag {
  std::string name;                                             // without its prefix, lower case
  std::vector<std::pair<std::string, std::string>> attributes;  // names in lower case
  std::size_t offset = 0;
  std::size_t end = 0;  // index after the last tag inside
  const std::string* find(std::string_view attribute) const;
  std::string get(std::string_view attribute) const;
};

inline constexpr std::size_t kMaxXmlTags = 50'000;

std::vector<XmlTag> read_xml(std::string_view text);

}  // namespace commandcenter::code::headers
