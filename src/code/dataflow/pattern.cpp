#include "code/dataflow/pattern.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

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

// `text`: not empty, with small letters.
bool is_in_any_case(std::string_view whole, std::string_view text) {
  if (whole.size() < text.size()) return false;
  const std::size_t rare = rarest(text);
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

// Reads an expression from its beginning to its end: what stands outside of brackets, or in those that have to match,
// and is not repeated is a part of each match. What it does not know well makes it give up.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view pattern) : pattern_(pattern) {}

  // Of each row a match holds one text; none where it gave up.
  std::vector<std::vector<std::string>> run() {
    while (at_ < pattern_.size()) {
      if (!step(pattern_[at_])) return {};
    }
    end_alternative();
    if (alternatives_.size() == 1) return std::move(alternatives_.front());
    std::vector<std::string> longest;
    for (const Rows& rows : alternatives_) {
      longest.push_back(longest_of(rows));
      if (longest.back().empty()) return {};
    }
    return {std::move(longest)};
  }

 private:
  using Rows = std::vector<std::vector<std::string>>;

  static std::string longest_of(const Rows& rows) {
    std::string longest;
    for (const std::vector<std::string>& row : rows)
      if (row.size() == 1 && row.front().size() > longest.size()) longest = row.front();
    return longest;
  }

  char next() const { return at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0'; }

  // False when it gives up.
  bool step(char c) {
    switch (c) {
      case ')':
      case '{':
        return false;
      case '(':
        end();
        return group();
      case '[':
        end();
        return skip_class(at_);
      case '\\':
        return escape(next());
      case '|':
        end_alternative();
        break;
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

  // `at` goes behind it.
  bool skip_class(std::size_t& at) const {
    const auto sign = [&](std::size_t place) { return place < pattern_.size() ? pattern_[place] : '\0'; };
    at += sign(at + 1) == '^' ? 2U : 1U;
    for (bool first = true; at < pattern_.size(); first = false, ++at) {
      if (pattern_[at] == '[' && sign(at + 1) == ':') return false;
      if (pattern_[at] == '\\') {
        ++at;
      } else if (pattern_[at] == ']' && !first) {
        ++at;
        return true;
      }
    }
    return false;
  }

  bool skip_group(std::size_t& at) const {
    for (++at; at < pattern_.size();) {
      const char c = pattern_[at];
      if (c == '[' || c == '(') {
        if (!(c == '[' ? skip_class(at) : skip_group(at))) return false;
        continue;
      }
      at += c == '\\' ? 2U : 1U;
      if (c == ')') return true;
    }
    return false;
  }

  // With those in it. Letters in any case are not what the text holds.
  bool group() {
    const std::size_t begin = at_ + 1;
    if (!skip_group(at_)) return false;
    std::string_view inside = pattern_.substr(begin, at_ - 1 - begin);
    const bool optional =
        at_ < pattern_.size() && std::string_view("?*{").find(pattern_[at_]) != std::string_view::npos;
    if (inside.starts_with('?')) {
      const std::size_t mark = std::min(inside.find(':'), inside.size() - 1);
      if (inside.substr(0, mark + 1).find('i') != std::string_view::npos) return false;
      inside.remove_prefix(mark + 1);
    }
    if (optional) return true;
    for (std::vector<std::string>& row : LiteralReader(inside).run())
      rows_.push_back(std::move(row));
    return true;
  }

  void end() {
    if (!literal_.empty()) rows_.push_back({std::exchange(literal_, {})});
  }

  void end_alternative() {
    end();
    alternatives_.push_back(std::exchange(rows_, {}));
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  std::string literal_;  // that is being read
  Rows rows_;
  std::vector<Rows> alternatives_;
};

// One of a few texts is cheaper to look for than an expression.
constexpr std::size_t kMaxTexts = 4;

}  // namespace

bool MatchParts::may_be_in(std::string_view whole) const {
  return std::ranges::all_of(rows, [&](const std::vector<std::string>& row) {
    return std::ranges::any_of(row, [&](const std::string& text) {
      return any_case ? is_in_any_case(whole, text) : whole.find(text) != std::string_view::npos;
    });
  });
}

MatchParts parts_of(std::string_view pattern) {
  constexpr std::string_view kAnyCase = "(?i)";
  MatchParts parts;
  parts.any_case = pattern.starts_with(kAnyCase);
  parts.rows = LiteralReader(pattern.substr(parts.any_case ? kAnyCase.size() : 0)).run();
  std::erase_if(parts.rows, [](const std::vector<std::string>& row) { return row.size() > kMaxTexts; });
  // What says most first.
  const auto shortest = [](const std::vector<std::string>& row) {
    return std::ranges::min(row, {}, &std::string::size).size();
  };
  std::ranges::stable_sort(parts.rows, std::greater(), shortest);
  for (std::vector<std::string>& row : parts.rows) {
    for (std::string& text : row)
      if (parts.any_case) std::ranges::transform(text, text.begin(), small_of);
  }
  return parts;
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
