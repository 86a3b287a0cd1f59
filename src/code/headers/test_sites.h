// For tests: what check_headers says of a few files, as six letters in the order CSP, HSTS, frame options, content type
// options, referrer policy, permissions policy: Present, Weak, Missing, Commented, Report-only, Overridden.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "code/headers/headers.h"

namespace commandcenter::code {

inline std::string letters(const SiteHeaders& site) {
  std::string text;
  for (std::size_t i = 0; i < kJudgedHeaders; ++i) {
    const char c = state_word(site.headers[i].state).front();
    text += static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

inline std::string states(const std::vector<HeaderFile>& files) {
  std::string text;
  for (const SiteHeaders& site : check_headers(files))
    text += (text.empty() ? "" : " ") + letters(site);
  return text;
}

inline std::string states(const char* path, const char* text) {
  return states({{path, text}});
}

}  // namespace commandcenter::code
