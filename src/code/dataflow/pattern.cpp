#include "code/dataflow/pattern.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/assert.h"

namespace commandcenter::code::dataflow {
namespace {

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

char small_of(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

char capital_of(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}

bool is_same(std::string_view text, std::string_view small) {
  return std::ranges::equal(text, small, {}, small_of);
}

// The place of what is seldom in code: a sign before a letter.
std::size_t rarest(std::string_view text) {
  constexpr std::string_view kOften = "qzjxkvybwgpfmhducl-noi/s:ra.t e";  // from seldom to often
  const auto rank = [&](char c) { return std::min(kOften.find(c), kOften.size()); };
  return static_cast<std::size_t>(std::ranges::min_element(text, {}, rank) - text.begin());
}

// Where a sign stands in a text, from the left.
class Occurrences {
 public:
  Occurrences(std::string_view text, char sign) : text_(text), sign_(sign), next_(text.find(sign)) {}

  std::size_t next() const { return next_; }  // npos: no more
  void pass(std::size_t at) {
    if (next_ == at) next_ = text_.find(sign_, at + 1);
  }

 private:
  std::string_view text_;
  char sign_;
  std::size_t next_;
};

// Reads an expression from its beginning to its end: what stands outside of brackets and is not repeated is a part of
// each match. What it does not know well makes it give up.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view pattern) : pattern_(pattern) {}

  std::string run() {
    while (at_ < pattern_.size()) {
      if (!step(pattern_[at_])) return {};
    }
    end();
    return std::move(longest_);
  }

 private:
  char next() const { return at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0'; }

  // False when it gives up.
  bool step(char c) {
    switch (c) {
      case '|':
      case ')':
      case '{':
        return false;
      case '(':
        end();
        return skip_group();
      case '[':
        end();
        return skip_class();
      case '\\':
        return escape(next());
      case '*':
      case '?':
        if (!literal_.empty()) literal_.pop_back();  // may be missing
        end();
        break;
      case '+':
      case '.':
      case '^':
      case '$':
        end();
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x80) return false;
        literal_.push_back(c);
    }
    ++at_;
    return true;
  }

  bool escape(char c) {
    if (!is_alphanumeric(c))
      literal_.push_back(c);
    else if (std::string_view("bBdDsSwW").find(c) != std::string_view::npos)
      end();
    else
      return false;
    at_ += 2;
    return true;
  }

  bool skip_class() {
    at_ += next() == '^' ? 2U : 1U;
    for (bool first = true; at_ < pattern_.size(); first = false, ++at_) {
      if (pattern_[at_] == '[' && next() == ':') return false;
      if (pattern_[at_] == '\\') {
        ++at_;
      } else if (pattern_[at_] == ']' && !first) {
        ++at_;
        return true;
      }
    }
    return false;
  }

  // With those in it. Letters in any case are not what the text holds.
  bool skip_group() {
    const std::string_view group = pattern_.substr(at_);
    if (group.starts_with("(?") && group.substr(0, group.find_first_of(":)")).find('i') != std::string_view::npos)
      return false;
    for (++at_; at_ < pattern_.size();) {
      const char c = pattern_[at_];
      if (c == '[' || c == '(') {
        if (!(c == '[' ? skip_class() : skip_group())) return false;
        continue;
      }
      at_ += c == '\\' ? 2U : 1U;
      if (c == ')') return true;
    }
    return false;
  }

  void end() {
    if (literal_.size() > longest_.size()) longest_ = literal_;
    literal_.clear();
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  std::string literal_;  // that is being read
  std::string longest_;
};

}  // namespace

bool MatchPart::is_in(std::string_view whole) const {
  if (!any_case || text.empty()) return whole.find(text) != std::string_view::npos;
  const std::size_t rare = rarest(text);
  if (whole.size() < text.size()) return false;
  const std::string_view places = whole.substr(rare, whole.size() - text.size() + 1);
  Occurrences small(places, text[rare]);
  Occurrences capital(places, capital_of(text[rare]));
  for (std::size_t at = std::min(small.next(), capital.next()); at != std::string_view::npos;
       at = std::min(small.next(), capital.next())) {
    if (is_same(whole.substr(at, text.size()), text)) return true;
    small.pass(at);
    capital.pass(at);
  }
  return false;
}

MatchPart literal_of(std::string_view pattern) {
  constexpr std::string_view kAnyCase = "(?i)";
  const bool any_case = pattern.starts_with(kAnyCase);
  std::string text = LiteralReader(pattern.substr(any_case ? kAnyCase.size() : 0)).run();
  if (any_case) std::ranges::transform(text, text.begin(), small_of);
  return {std::move(text), any_case};
}

const Regex& Pattern::regex() const {
  std::call_once(compiled_, [this] {
    auto regex = Regex::compile(text_);
    CC_ASSERT(regex);
    regex_ = std::move(*regex);
  });
  return *regex_;
}

std::shared_ptr<const Pattern> pattern_of(std::string_view text) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Pattern>, std::less<>> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(text);
  if (found != known.end()) return found->second;
  return known.emplace(text, std::make_shared<const Pattern>(std::string(text), known.size())).first->second;
}

std::optional<std::vector<int>> PatternSet::found_in(std::string_view text) const {
  std::call_once(compiled_, [this] {
    std::vector<std::string> texts;
    for (const auto& pattern : patterns_)
      texts.push_back(pattern->text());
    set_.emplace(texts);
  });
  return set_->found_in(text);
}

}  // namespace commandcenter::code::dataflow
