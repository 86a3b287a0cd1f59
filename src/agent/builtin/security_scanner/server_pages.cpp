#include "agent/builtin/security_scanner/server_pages.h"

#include <algorithm>

namespace commandcenter::security_scanner {

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
    if (value) java.replace(open, 3, "_p(");
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(close),
              java.begin() + static_cast<std::ptrdiff_t>(begin));
    if (value) java.replace(close, 2, ");");
    open = close;
  }
  return java;
}

}  // namespace commandcenter::security_scanner
