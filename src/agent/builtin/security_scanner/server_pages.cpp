#include "agent/builtin/security_scanner/server_pages.h"

#include <algorithm>
#include <array>

#include "code/dataflow/words.h"

namespace commandcenter::security_scanner {
namespace {

constexpr std::size_t kMaxTag_bytes = 4'000;  // from where a tag begins to a value in it
constexpr std::string_view kNotOfNames = " \t\r\n/>\"'=";

// An attribute of a tag that a library has, "<c:redirect url=…>".
struct Attribute {
  std::string_view tag;
  std::string_view name;
  bool begins = false;  // nothing stands in front in its value
};

// Where the tag begins in which a place is; npos where it is in none.
std::size_t tag_around(std::string_view text, std::size_t place) {
  const std::size_t least = place > kMaxTag_bytes ? place - kMaxTag_bytes : 0;
  for (std::size_t at = place; at > least;) {
    const std::size_t sign = text.find_last_of("<>", at - 1);
    if (sign == std::string_view::npos || sign < least) break;
    if (text[sign] == '<') return sign;
    if (sign == 0 || text[sign - 1] != '%') break;  // what stands between "<%" and "%>" may be part of a tag
    at = text.rfind("<%", sign);
    if (at == std::string_view::npos) break;
  }
  return std::string_view::npos;
}

Attribute attribute_around(std::string_view text, std::size_t place) {
  const std::size_t begin = tag_around(text, place);
  if (begin == std::string_view::npos) return {};
  std::string_view rest = text.substr(begin + 1, place - begin - 1);
  Attribute found;
  found.tag = rest.substr(0, rest.find_first_of(kNotOfNames));
  const std::size_t colon = found.tag.find(':');
  // Vocabularies of XML are no libraries: such a tag reaches the browser.
  if (colon == std::string_view::npos || code::dataflow::one_of(found.tag.substr(0, colon), "svg math o v w fb g xsl"))
    return {};
  char quote = 0;
  std::size_t opened = 0;
  for (std::size_t i = found.tag.size(); i < rest.size(); ++i) {
    if (rest.substr(i).starts_with("<%")) {
      i = std::min(rest.find("%>", i), rest.size());
    } else if (quote == 0 && (rest[i] == '"' || rest[i] == '\'')) {
      quote = rest[i];
      opened = i;
    } else if (rest[i] == quote) {
      quote = 0;
    }
  }
  if (quote == 0) return found;
  found.begins = opened + 1 == rest.size();
  rest = rest.substr(0, rest.find_last_not_of(" \t\r\n=", opened - 1) + 1);
  found.name = rest.substr(rest.find_last_of(kNotOfNames) + 1);
  return found;
}

// The call that a value becomes.
std::string_view call_of(std::string_view text, std::size_t place) {
  struct Use {
    code::dataflow::Words tags;
    std::string_view attribute;
    std::string_view call;
  };
  constexpr auto kUses = std::to_array<Use>(
      {{"jsp:include jsp:forward", "page", "_d("}, {"c:redirect", "url", "_r("}, {"c:import", "url", "_f("}});
  const Attribute attribute = attribute_around(text, place);
  if (attribute.tag.empty()) return "_p(";
  for (const Use& use : kUses) {
    if (attribute.begins && attribute.name == use.attribute && code::dataflow::one_of(attribute.tag, use.tags))
      return use.call;
  }
  return "_v(";
}

}  // namespace

bool is_server_page(std::string_view path) {
  for (const std::string_view end : {".jsp", ".jspx", ".jspf", ".tag"}) {
    if (path.ends_with(end)) return true;
  }
  return false;
}

std::string java_of_page(std::string_view text) {
  std::string java(text.size(), ' ');
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || text[i] == '\r') java[i] = text[i];
  }
  for (std::size_t open = text.find("<%"); open != std::string_view::npos; open = text.find("<%", open + 2)) {
    const bool comment = text.substr(open).starts_with("<%--");
    const std::size_t close = text.find(comment ? "--%>" : "%>", open + 2);
    if (close == std::string_view::npos) break;
    std::size_t begin = open + 2;
    const char mark = begin < close ? text[begin] : ' ';
    if (comment || mark == '@') {
      open = close;
      continue;
    }
    const bool value = mark == '=';
    if (value || mark == '!') ++begin;
    if (value) java.replace(open, 3, call_of(text, open));
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(close),
              java.begin() + static_cast<std::ptrdiff_t>(begin));
    if (value) java.replace(close, 2, ");");
    open = close;
  }
  return java;
}

}  // namespace commandcenter::security_scanner
