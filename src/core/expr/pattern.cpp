#include "core/expr/pattern.h"

#include <algorithm>
#include <vector>

namespace commandcenter::expr {
namespace {

constexpr std::size_t kClassWeight = 4;
constexpr std::size_t kTooHeavy = kMaxPatternWeight + 1;

// The largest count of a `{n}`, `{n,}` or `{n,m}` at the start of the text and its length; length 0: these are literal.
struct Repetition {
  std::size_t count = 1;
  std::size_t size_bytes = 0;
};

Repetition read_repetition(std::string_view text) {
  Repetition repetition;
  std::size_t number = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      number = std::min(number * 10 + static_cast<std::size_t>(c - '0'), kTooHeavy);
    } else if (c == ',' || c == '}') {
      repetition.count = std::max(repetition.count, number);
      number = 0;
      if (c == '}') repetition.size_bytes = i + 1;
      if (c == '}') return repetition;
    } else {
      break;
    }
  }
  return {};
}

// The length of a `[…]` at the start of the text.
std::size_t class_size(std::string_view text) {
  std::size_t i = 1;
  if (i < text.size() && text[i] == '^') ++i;
  if (i < text.size() && text[i] == ']') ++i;  // literal when first
  while (i < text.size() && text[i] != ']')
    i += text[i] == '\\' ? 2U : 1U;
  return std::min(i + 1, text.size());
}

}  // namespace

std::size_t pattern_weight(std::string_view pattern) {
  std::vector<std::size_t> groups = {0};  // weight so far of each open group, the whole pattern first
  std::size_t last = 0;                   // weight of what a repetition would apply to
  const auto add = [&](std::size_t weight) {
    last = std::min(weight, kTooHeavy);
    groups.back() = std::min(groups.back() + last, kTooHeavy);
  };
  for (std::size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (pattern.substr(i, 2) == "\\Q") {  // literal text up to \E
      const std::size_t end = std::min(pattern.find("\\E", i), pattern.size());
      add(end - i);
      last = 1;
      i = end + 2;
    } else if (c == '\\') {
      add(kClassWeight);
      i += 2;
    } else if (c == '[') {
      add(kClassWeight);
      i += class_size(pattern.substr(i));
    } else if (c == '(') {
      groups.push_back(1);
      ++i;
    } else if (c == ')' && groups.size() > 1) {
      const std::size_t group = groups.back();
      groups.pop_back();
      add(group);
      ++i;
    } else if (const Repetition times = c == '{' ? read_repetition(pattern.substr(i)) : Repetition{};
               times.size_bytes > 0) {
      // One of the copies has been added already.
      const std::size_t before = last;
      add(last * (times.count - 1));
      last = std::min(before * times.count, kTooHeavy);
      i += times.size_bytes;
    } else {
      const bool repeats = c == '*' || c == '+' || c == '?';
      const std::size_t before = last;
      add(c == '.' ? kClassWeight : 1);
      if (repeats) last = before + 1;
      ++i;
    }
  }
  std::size_t total = 0;
  for (const std::size_t group : groups)
    total += group;
  return std::min(total, kTooHeavy);
}

}  // namespace commandcenter::expr
