#include "code/headers/words.h"

#include <algorithm>
#include <cctype>

namespace commandcenter::code::headers {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

char lower_of(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower_of);
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find(separator); at != std::string_view::npos; at = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::vector<std::string_view> fields(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t at = text.find_first_not_of(kSpace);
  while (at != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(kSpace, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kSpace, end);
  }
  return parts;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool contains_caseless(std::string_view text, std::string_view lower_case_part) {
  const auto found = std::search(text.begin(), text.end(), lower_case_part.begin(), lower_case_part.end(),
                                 [](char a, char b) { return lower_of(a) == b; });
  return found != text.end() || lower_case_part.empty();
}

bool same_caseless(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) { return lower_of(a) == lower_of(b); });
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string kebab(std::string_view camel) {
  const bool shouting = std::ranges::none_of(camel, [](char c) { return c >= 'a' && c <= 'z'; });
  std::string out;
  for (const char c : camel) {
    if (c == '_') {
      out += '-';
    } else if (c >= 'A' && c <= 'Z') {
      if (!shouting && !out.empty() && out.back() != '-') out += '-';
      out += lower_of(c);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace commandcenter::code::headers
