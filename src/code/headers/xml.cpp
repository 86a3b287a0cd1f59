#include "code/headers/xml.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

std::string decoded(std::string_view text) {
  static constexpr auto kEntities = std::to_array<std::pair<std::string_view, char>>({{"&quot;", '"'},
                                                                                      {"&apos;", '\''},
                                                                                      {"&lt;", '<'},
                                                                                      {"&gt;", '>'},
                                                                                      {"&amp;", '&'},
                                                                                      {"&#39;", '\''},
                                                                                      {"&#34;", '"'}});
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    bool found = false;
    for (const auto& [entity, c] : kEntities) {
      if (!text.substr(i).starts_with(entity)) continue;
      out += c;
      i += entity.size();
      found = true;
      break;
    }
    if (!found) out += text[i++];
  }
  return out;
}

std::string local_name(std::string_view name) {
  return lowered(name.substr(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1));
}

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == ':' || c == '.';
}

}  // namespace

const std::string* XmlTag::find(std::string_view attribute) const {
  for (const auto& [key, value] : attributes) {
    if (key == attribute) return &value;
  }
  return nullptr;
}

std::string XmlTag::get(std::string_view attribute) const {
  const std::string* value = find(attribute);
  return value == nullptr ? std::string() : *value;
}

std::vector<XmlTag> read_xml(std::string_view text) {
  std::vector<XmlTag> tags;
  std::vector<std::size_t> open;
  std::size_t at = text.find('<');
  while (at != std::string_view::npos && tags.size() < kMaxXmlTags) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("<!--") || rest.starts_with("<![CDATA[") || rest.starts_with("<?") || rest.starts_with("<!")) {
      const std::string_view close = rest.starts_with("<!--") ? "-->" : rest.starts_with("<![") ? "]]>" : ">";
      const std::size_t end = text.find(close, at + 2);
      if (end == std::string_view::npos) break;
      at = text.find('<', end + close.size());
      continue;
    }
    std::size_t i = at + (rest.starts_with("</") ? 2 : 1);
    const std::size_t begin = i;
    while (i < text.size() && is_name(text[i]))
      ++i;
    const std::string name = local_name(text.substr(begin, i - begin));
    if (rest.starts_with("</")) {
      const auto match =
          std::find_if(open.rbegin(), open.rend(), [&](std::size_t tag) { return tags[tag].name == name; });
      if (match != open.rend()) {
        for (auto tag = open.rbegin(); tag != match + 1; ++tag)
          tags[*tag].end = tags.size();
        open.erase(match.base() - 1, open.end());
      }
      at = text.find('<', i);
      continue;
    }
    XmlTag tag{name, {}, at, 0};
    bool closed = false;
    while (i < text.size() && text[i] != '>') {
      if (text[i] == '/') closed = true;
      if (!is_name(text[i])) {
        ++i;
        continue;
      }
      const std::size_t key = i;
      while (i < text.size() && is_name(text[i]))
        ++i;
      const std::string attribute = local_name(text.substr(key, i - key));
      while (i < text.size() && (std::isspace(static_cast<unsigned char>(text[i])) != 0 || text[i] == '='))
        ++i;
      if (i >= text.size() || (text[i] != '"' && text[i] != '\'')) continue;
      const std::size_t end = text.find(text[i], i + 1);
      if (end == std::string_view::npos) return tags;
      tag.attributes.emplace_back(attribute, decoded(text.substr(i + 1, end - i - 1)));
      i = end + 1;
    }
    if (!name.empty()) {
      tags.push_back(std::move(tag));
      tags.back().end = tags.size();
      if (!closed) open.push_back(tags.size() - 1);
    }
    at = text.find('<', i);
  }
  for (const std::size_t tag : open)
    tags[tag].end = tags.size();
  return tags;
}

}  // namespace commandcenter::code::headers
