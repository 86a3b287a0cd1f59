// A single pass over the text. What it must get right: a quote inside a comment opens nothing, a comment sign inside a
// string neither, and an apostrophe in prose costs at most its line.
#include "agent/builtin/security_scanner/lexer.h"

#include <algorithm>

namespace commandcenter::security_scanner {
namespace {

bool is_c_like(Language language) {
  return language == Language::kCLike || language == Language::kJava || language == Language::kGo;
}

constexpr std::size_t kMaxPrefix_bytes = 20;
constexpr std::size_t kMaxMultiLine_bytes = 8 << 10;  // a quote that is not closed by then was none
constexpr std::size_t kMaxInterpolations = 64;

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '@';
}

bool hash_comments(Language language) {
  return language == Language::kPython || language == Language::kRuby || language == Language::kPerl ||
         language == Language::kPhp;
}

bool slash_comments(Language language) {
  return language != Language::kPython && language != Language::kRuby && language != Language::kPerl;
}

bool chars_in_single_quotes(Language language) {
  return is_c_like(language) || language == Language::kCSharp;
}

// Languages whose plain quotes may hold line ends.
bool multi_line(Language language) {
  return language == Language::kPhp || language == Language::kRuby || language == Language::kPerl;
}

class Lexer {
 public:
  Lexer(std::string_view text, Language language) : text_(text), language_(language) {}

  Lexed run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '/' || c == '#' || c == '<')
        slash_or_hash();
      else if (c == '"' || c == '\'' || c == '`')
        quote();
      else
        ++at_;
    }
    return std::move(result_);
  }

 private:
  bool sees(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  void comment_until(std::string_view end) {
    const std::size_t found = text_.find(end, at_ + 2 > text_.size() ? text_.size() : at_ + (end == "\n" ? 0 : 2));
    const std::size_t after = found == std::string_view::npos ? text_.size() : found + (end == "\n" ? 0 : end.size());
    result_.comments.emplace_back(at_, after);
    at_ = std::max(after, at_ + 1);
  }

  void slash_or_hash() {
    if (language_ == Language::kMarkup && sees("<!--")) return comment_until("-->");
    if (slash_comments(language_)) {
      // "https://" in markup or unquoted text is no comment.
      const bool in_url = at_ > 0 && text_[at_ - 1] == ':';
      if (sees("//") && !in_url) return comment_until("\n");
      if (sees("/*")) return comment_until("*/");
    }
    if (text_[at_] == '#' && hash_comments(language_) && !sees("#[") && !(at_ > 0 && text_[at_ - 1] == '$'))
      return comment_until("\n");
    if (text_[at_] == '/' && (language_ == Language::kScript || language_ == Language::kMarkup) && regex_may_begin())
      return skip_regex();
    ++at_;
  }

  // A slash after an operator or an opening bracket begins a regular expression, elsewhere it divides (or closes a
  // tag).
  bool regex_may_begin() const {
    std::size_t before = at_;
    while (before > 0 && (text_[before - 1] == ' ' || text_[before - 1] == '\t'))
      --before;
    return before > 0 && std::string_view("(,=:[!&|?{};").find(text_[before - 1]) != std::string_view::npos;
  }

  void skip_regex() {
    bool in_class = false;
    for (std::size_t i = at_ + 1; i < text_.size() && text_[i] != '\n'; ++i) {
      if (text_[i] == '\\')
        ++i;
      else if (text_[i] == '[')
        in_class = true;
      else if (text_[i] == ']')
        in_class = false;
      else if (text_[i] == '/' && !in_class) {
        at_ = i + 1;
        return;
      }
    }
    ++at_;
  }

  std::string_view prefix() const {
    std::size_t begin = at_;
    while (begin > 0 && at_ - begin < kMaxPrefix_bytes && is_word(text_[begin - 1]))
      --begin;
    return text_.substr(begin, at_ - begin);
  }

  void quote() {
    const char c = text_[at_];
    if (c == '`' && language_ != Language::kScript && language_ != Language::kMarkup && !is_c_like(language_)) {
      ++at_;
      return;
    }
    if (c == '\'' && chars_in_single_quotes(language_)) return skip_char();
    const std::string_view before = prefix();
    const std::string triple(3, c);
    if (c != '`' && sees(triple)) {
      const std::size_t end = text_.find(triple, at_ + 3);
      if (end != std::string_view::npos) return add(before, at_ + 3, end, end + 3);
    }
    const bool raw = (c == '`' && is_c_like(language_)) || before.find('@') != std::string_view::npos;
    const bool lines = c == '`' || raw || multi_line(language_);
    const std::size_t limit = std::min(text_.size(), at_ + kMaxMultiLine_bytes);
    for (std::size_t i = at_ + 1; i < limit; ++i) {
      if (text_[i] == '\\' && !raw)
        ++i;
      else if (text_[i] == '\n' && !lines)
        break;
      else if (c == '`' && !raw && text_.substr(i).starts_with("${"))
        i = interpolation_end(i + 2, limit);
      else if (text_[i] == c)
        return add(before, at_ + 1, i, i + 1);
    }
    ++at_;
  }

  // Place of the '}' that closes what was opened before `from`, nested templates included.
  std::size_t interpolation_end(std::size_t from, std::size_t limit) const {
    std::size_t depth = 1;
    std::size_t i = from;
    for (; i < limit; ++i) {
      if (text_[i] == '{')
        ++depth;
      else if (text_[i] == '}' && --depth == 0)
        break;
    }
    return i;
  }

  void skip_char() {
    const std::size_t limit = std::min(text_.size(), at_ + 12);
    for (std::size_t i = at_ + 1; i < limit && text_[i] != '\n'; ++i) {
      if (text_[i] == '\\')
        ++i;
      else if (text_[i] == '\'') {
        at_ = i + 1;
        return;
      }
    }
    ++at_;
  }

  void add(std::string_view before, std::size_t begin, std::size_t end, std::size_t close) {
    result_.literals.push_back({at_ - before.size(), begin, end, close, text_[at_], before});
    at_ = close;
  }

  std::string_view text_;
  Language language_;
  std::size_t at_ = 0;
  Lexed result_;
};

// Text from `from` up to the bracket that closes it.
std::string_view bracketed(std::string_view text, std::size_t from, char open, char close) {
  std::size_t depth = 1;
  std::size_t i = from;
  for (; i < text.size(); ++i) {
    if (text[i] == open)
      ++depth;
    else if (text[i] == close && --depth == 0)
      break;
  }
  return text.substr(from, i - from);
}

std::string_view name_at(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_word(text[end]) && text[end] != '@')
    ++end;
  return text.substr(from, end - from);
}

bool is_name_begin(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool has(std::string_view prefix, std::string_view letters) {
  return prefix.find_first_of(letters) != std::string_view::npos;
}

}  // namespace

bool Lexed::in_comment(std::size_t at) const {
  const auto after = std::ranges::upper_bound(comments, at, {}, &std::pair<std::size_t, std::size_t>::first);
  return after != comments.begin() && at < std::prev(after)->second;
}

const Literal* Lexed::around(std::size_t at) const {
  const auto after = std::ranges::upper_bound(literals, at, {}, &Literal::begin);
  return after != literals.begin() && at < std::prev(after)->end ? &*std::prev(after) : nullptr;
}

const Literal* Lexed::opening_at(std::size_t at) const {
  const auto found = std::ranges::lower_bound(literals, at, {}, &Literal::open);
  return found != literals.end() && found->open == at ? &*found : nullptr;
}

Lexed lex(std::string_view text, Language language) {
  return Lexer(text, language).run();
}

std::vector<std::string_view> interpolations(std::string_view text, const Literal& literal, Language language) {
  const std::string_view body = text.substr(literal.begin, literal.end - literal.begin);
  const bool doubles = literal.quote == '"';
  const bool script = (language == Language::kScript || language == Language::kMarkup) && literal.quote == '`';
  const bool braces = (language == Language::kPython && has(literal.prefix, "fF")) ||
                      (language == Language::kCSharp && has(literal.prefix, "$"));
  const bool hashes = language == Language::kRuby && doubles;
  const bool dollars =
      (language == Language::kPhp || language == Language::kPerl || language == Language::kDollar) && doubles;
  std::vector<std::string_view> found;
  for (std::size_t i = 0; i + 1 < body.size() && found.size() < kMaxInterpolations; ++i) {
    const char c = body[i];
    const char next = body[i + 1];
    const bool swift = c == '\\' && next == '(' && language == Language::kSwift;
    if ((c == '\\' && !swift) || (braces && c == '{' && next == '{')) {
      ++i;  // an escaped character
      continue;
    }
    if (swift) {
      found.push_back(bracketed(body, i + 2, '(', ')'));
    } else if (braces && c == '{') {
      found.push_back(bracketed(body, i + 1, '{', '}'));
    } else if ((script || dollars) && c == '$' && next == '{') {
      found.push_back(bracketed(body, i + 2, '{', '}'));
    } else if (dollars && c == '{' && next == '$') {
      found.push_back(bracketed(body, i + 1, '{', '}'));
    } else if (dollars && c == '$' && is_name_begin(next)) {
      found.push_back(name_at(body, i + 1));
    } else if (hashes && c == '#' && next == '{') {
      found.push_back(bracketed(body, i + 2, '{', '}'));
    } else {
      continue;
    }
    // On behind the expression; an empty one leaves us at its bracket, which the next step passes.
    if (!found.back().empty())
      i = static_cast<std::size_t>(found.back().data() - body.data()) + found.back().size() - 1;
  }
  return found;
}

}  // namespace commandcenter::security_scanner
