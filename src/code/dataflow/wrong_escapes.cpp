// Pages: data whose signs were made entities, where that does not help: in a script, in a value without quotes, in an
// address, which may be one that runs a script.
#include <algorithm>
#include <cstddef>
#include <string_view>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr Contexts kLastContext = 1U << 31U;       // only what is safe everywhere has it
constexpr std::size_t kMaxBefore_bytes = 100'000;  // of a page that are read

bool is_sign(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ':';
}

std::size_t last_of_text(std::string_view text, std::string_view word) {
  const auto found = std::ranges::find_end(text, word, {}, [](char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; });
  return found.empty() ? std::string_view::npos : static_cast<std::size_t>(found.begin() - text.begin());
}

// Between no quotes of the script.
bool is_bare_in_script(std::string_view script) {
  char quote = '\0';
  for (std::size_t i = 0; i < script.size(); ++i) {
    if (quote != '\0') {
      if (script[i] == '\\')
        ++i;
      else if (script[i] == quote || (script[i] == '\n' && quote != '`'))
        quote = '\0';
    } else if (script.substr(i).starts_with("//")) {
      i = std::min(script.find('\n', i), script.size());
    } else if (script.substr(i).starts_with("/*")) {
      i = std::min(script.find("*/", i), script.size());
    } else if (script[i] == '"' || script[i] == '\'' || script[i] == '`') {
      quote = script[i];
    }
  }
  return quote == '\0';
}

// What stands before it in its tag, from the name of the attribute on: onclick="go(', href=", title=
bool is_open_in_tag(std::string_view tag) {
  char quote = '\0';
  std::size_t name_end = 0;  // of the attribute
  std::size_t value = 0;
  for (std::size_t i = 0; i < tag.size(); ++i) {
    if (quote != '\0') {
      if (tag[i] == quote) quote = '\0';
    } else if (tag[i] == '=') {
      name_end = i;
      value = i + 1;
    } else if ((tag[i] == '"' || tag[i] == '\'') && i == value) {
      quote = tag[i];
      value = i + 1;
    }
  }
  if (name_end == 0) return false;
  if (quote == '\0') return value == tag.size() && tag.back() == '=';
  std::size_t begin = name_end;
  while (begin > 0 && is_sign(tag[begin - 1]))
    --begin;
  const std::string name = lower(tag.substr(begin, name_end - begin));
  if (name.starts_with("on")) return true;
  return one_of(name, "href src action formaction xlink:href") && value == tag.size() && tag.starts_with("<a ");
}

// The text before a value of a page.
bool stands_open(std::string_view before) {
  const std::size_t open = last_of_text(before, "<script");
  const std::size_t close = last_of_text(before, "</script");
  if (open != std::string_view::npos && (close == std::string_view::npos || close < open)) {
    const std::size_t begin = before.find('>', open);
    if (begin != std::string_view::npos) return is_bare_in_script(before.substr(begin + 1));
  }
  const std::size_t tag = before.rfind('<');
  if (tag == std::string_view::npos || tag + 1 >= before.size() || !is_sign(before[tag + 1])) return false;
  return before.find('>', tag) == std::string_view::npos && is_open_in_tag(before.substr(tag));
}

// PHP: a page without its code, of which the values are left.
std::string page_without_code(std::string_view page) {
  std::string text;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t open = std::min(page.find("<?", at), page.size());
    text.append(page.substr(at, open - at));
    if (open == page.size()) break;
    if (page.substr(open).starts_with("<?=") || page.substr(open).starts_with("<?php echo")) text.push_back('0');
    at = page.find("?>", open);
    if (at == std::string_view::npos) break;
    at += 2;
  }
  return text;
}

}  // namespace

bool Engine::is_escaped_in_vain(const Value& value, const Taint& taint, std::uint32_t begin) const {
  if ((taint.cleared & kEntitiesContext) == 0 || (taint.cleared & kLastContext) != 0) return false;
  if (taint.level != Level::kSource || taint.guessed || (taint.cleared & kStoredContext) != 0) return false;
  if ((taint.cleared & kHostContexts) == kHostContexts) return false;  // the address was looked at
  if (value.text && value.build != Build::kNone) {
    std::size_t at = value.text->find(kHole);
    for (std::uint32_t place = 0; at != std::string::npos; at = value.text->find(kHole, at + 1), ++place) {
      const bool here = std::ranges::any_of(
          value.holes, [&](const Hole& hole) { return hole.place == place && hole.origin == taint.origin; });
      if (here && stands_open(std::string_view(*value.text).substr(0, at))) return true;
    }
    return false;
  }
  if (!stands_in_markup(begin) || begin > kMaxBefore_bytes) return false;
  const std::string_view before = std::string_view(module_.text).substr(0, begin);
  return stands_open(page_without_code(before.substr(0, before.rfind("<?"))));
}

}  // namespace commandcenter::code::dataflow
