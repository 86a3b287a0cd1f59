#include "code/dependencies/setup_py.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/characters.h"

namespace commandcenter::code {
namespace {

constexpr std::array<std::string_view, 4> kLists{"install_requires", "extras_require", "setup_requires",
                                                 "tests_require"};

bool is_quote(char c) {
  return c == '"' || c == '\'';
}

std::size_t behind_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

std::size_t line_end(std::string_view text, std::size_t at) {
  return std::min(text.find('\n', at), text.size());
}

bool is_in_comment(std::string_view text, std::size_t at) {
  const std::size_t begin = text.rfind('\n', at) == std::string_view::npos ? 0 : text.rfind('\n', at) + 1;
  return text.substr(begin, at - begin).find('#') != std::string_view::npos;
}

// The content of the text that begins at `at`, which moves behind it; nothing for one of several lines.
std::string_view quoted(std::string_view text, std::size_t& at) {
  const std::string_view mark = text.substr(at, 1);
  const std::string three(3, text[at]);
  if (text.substr(at, 3) == three) {
    const std::size_t end = text.find(three, at + 3);
    at = end == std::string_view::npos ? text.size() : end + 3;
    return {};
  }
  const std::size_t begin = at + 1;
  std::size_t end = begin;
  while (end < text.size() && text.substr(end, 1) != mark && text[end] != '\n')
    end += text[end] == '\\' ? 2U : 1U;
  end = std::min(end, text.size());
  at = std::min(end + 1, text.size());
  return text.substr(begin, end - begin);
}

// The texts between the bracket at `at` and the one that closes it. One in front of a colon names a group.
void read_brackets(std::string_view text, std::size_t at, std::string_view list, std::vector<SetupRequirement>& found) {
  int depth = 0;
  std::string_view group;
  while (at < text.size() && found.size() < kMaxSetupRequirements) {
    const char c = text[at];
    if (is_quote(c)) {
      const std::string_view content = quoted(text, at);
      const std::size_t next = behind_blanks(text, at);
      if (next < text.size() && text[next] == ':')
        group = content;
      else if (!content.empty())
        found.push_back({static_cast<std::size_t>(content.data() - text.data()), content, list, group});
      continue;
    }
    if (c == '#') at = line_end(text, at);
    depth += c == '[' || c == '{' || c == '(' ? 1 : 0;
    depth -= c == ']' || c == '}' || c == ')' ? 1 : 0;
    if (depth == 0) return;
    ++at;
  }
}

// Where the value of "NAME = [" at the beginning of a line begins; the text's end when there is none.
std::size_t value_of(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    const std::size_t sign = std::min(text.find_first_not_of(" \t", at + name.size()), text.size());
    if (sign < text.size() && text[sign] == '=') return behind_blanks(text, sign + 1);
  }
  return text.size();
}

// Behind "install_requires=" and "'install_requires':"; the text's end when the word stands for something else.
std::size_t behind_sign(std::string_view text, std::size_t at) {
  const bool is_key = at < text.size() && is_quote(text[at]);
  at = behind_blanks(text, at + (is_key ? 1U : 0U));
  if (at >= text.size() || text[at] != (is_key ? ':' : '=') || text.substr(at, 2) == "==") return text.size();
  return behind_blanks(text, at + 1);
}

// In their order; one list may be given twice, and a text may speak of lists.
std::vector<SetupRequirement> without_overlaps(std::vector<SetupRequirement> all) {
  std::ranges::stable_sort(all, {}, &SetupRequirement::offset);
  std::size_t end = 0;
  std::erase_if(all, [&end](const SetupRequirement& one) {
    if (one.offset < end) return true;
    end = one.offset + one.text.size();
    return false;
  });
  return all;
}

}  // namespace

std::vector<SetupRequirement> setup_requirements(std::string_view text) {
  constexpr std::string_view kBrackets = "[{(";
  std::vector<SetupRequirement> found;
  for (const std::string_view list : kLists) {
    for (std::size_t at = text.find(list); at != std::string_view::npos; at = text.find(list, at + 1)) {
      if ((at > 0 && is_word(text[at - 1])) || is_in_comment(text, at)) continue;
      std::size_t value = behind_sign(text, at + list.size());
      std::size_t end = value;
      while (end < text.size() && is_word(text[end]))
        ++end;
      if (end > value) value = value_of(text, text.substr(value, end - value));
      if (value < text.size() && kBrackets.find(text[value]) != std::string_view::npos)
        read_brackets(text, value, list, found);
    }
  }
  return without_overlaps(std::move(found));
}

}  // namespace commandcenter::code
