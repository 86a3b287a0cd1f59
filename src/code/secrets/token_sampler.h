// For tests: random texts that a provider's pattern describes, so that no token has to be written down anywhere. Knows
// the part of RE2's syntax that providers.txt uses.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::code {

class TokenSampler {
 public:
  TokenSampler(std::string_view pattern, std::uint64_t seed) : pattern_(pattern), state_(seed * 2 + 1) {}

  std::string sample() {
    at_ = 0;
    return alternatives();
  }

 private:
  std::size_t pick(std::size_t count) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>((state_ >> 33) % count);
  }

  std::string alternatives() {
    std::vector<std::string> all{sequence()};
    while (at_ < pattern_.size() && pattern_[at_] == '|') {
      ++at_;
      all.push_back(sequence());
    }
    return all[pick(all.size())];
  }

  std::string sequence() {
    std::string out;
    while (at_ < pattern_.size() && pattern_[at_] != '|' && pattern_[at_] != ')') {
      const std::size_t begin = at_;
      std::string piece = atom();
      const std::size_t end = at_;
      const std::size_t times = quantifier();
      const std::size_t next = at_;
      if (times > 0) out += piece;
      for (std::size_t i = 1; i < times; ++i) {
        at_ = begin;
        out += atom();
      }
      at_ = next;
      (void)end;
    }
    return out;
  }

  std::string atom() {
    const char c = pattern_[at_++];
    if (c == '(') {
      if (pattern_.substr(at_).starts_with("?:")) at_ += 2;
      std::string out = alternatives();
      ++at_;  // ')'
      return out;
    }
    if (c == '[') return std::string(1, one_of_class());
    if (c == '\\') return std::string(1, pattern_[at_++]);
    return std::string(1, c);
  }

  char one_of_class() {
    std::string set;
    while (pattern_[at_] != ']') {
      char low = pattern_[at_++];
      if (low == '\\') low = pattern_[at_++];
      if (pattern_[at_] == '-' && pattern_[at_ + 1] != ']') {
        for (char c = low; c <= pattern_[at_ + 1]; ++c)
          set += c;
        at_ += 2;
      } else {
        set += low;
      }
    }
    ++at_;
    return set[pick(set.size())];
  }

  std::size_t quantifier() {
    if (at_ >= pattern_.size()) return 1;
    const char c = pattern_[at_];
    if (c == '?') return ++at_, pick(2);
    if (c == '+' || c == '*') return ++at_, 12 + pick(8);
    if (c != '{') return 1;
    const std::size_t end = pattern_.find('}', at_);
    const std::string range(pattern_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    const auto least = static_cast<std::size_t>(std::atoi(range.c_str()));
    const std::size_t comma = range.find(',');
    if (comma == std::string::npos) return least;
    const auto most =
        comma + 1 < range.size() ? static_cast<std::size_t>(std::atoi(range.c_str() + comma + 1)) : least + 8;
    return least + pick(most - least + 1);
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  std::uint64_t state_;
};

}  // namespace commandcenter::code
