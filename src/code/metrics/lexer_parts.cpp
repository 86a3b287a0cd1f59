// What stands on the lexer for all or several dialects: queues, joined regular expressions, the choice of a dialect.
#include <utility>

#include "code/metrics/lexer.h"

namespace commandcenter::code::metrics {
namespace {

constexpr std::string_view kBeforeRegex = "=,({[?:!&|;";

// "/" and something without spaces that ends in "/" with neither a space nor a backslash before it.
bool looks_like_regex(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (is_space(static_cast<unsigned char>(text[i]))) return false;
    if (text[i] == '/' && i > 1 && text[i - 1] != '\\') return true;
  }
  return false;
}

bool is_flags(std::string_view text) {
  return !text.empty() && text.find_first_not_of("igm") == std::string_view::npos;
}

// A "/" behind a bracket or an operator may begin a regular expression; it goes up to the next token that ends in "/".
// The token that follows one is lost: so counts the reference, and who compares with it wants the same.
class RegexJoiner : public Tokens {
 public:
  explicit RegexJoiner(std::unique_ptr<Tokens> tokens) : tokens_(std::move(tokens)) {}

  bool next(Token& token) override {
    if (queue_.pop(token)) return true;
    if (!pull(token)) return false;
    if (!token.is('/')) {
      before_ = token.text;
      return true;
    }
    const bool may_begin = at_begin_ || (!is_blank(before_) && kBeforeRegex.find(trimmed_back()) != std::string::npos);
    if (!may_begin) {
      before_ = token.text;
      return true;
    }
    join(token);
    return next(token);
  }

 private:
  bool pull(Token& token) {
    at_begin_ = !pulled_;
    pulled_ = true;
    return tokens_->next(token);
  }

  char trimmed_back() const {
    std::size_t end = before_.size();
    while (end > 0 && is_space(static_cast<unsigned char>(before_[end - 1])))
      --end;
    return end == 0 ? '\0' : before_[end - 1];
  }

  void join(const Token& slash) {
    std::vector<Token> parts{slash};
    std::string text(slash.text);
    Token token;
    bool closed = false;
    while (pull(token)) {
      closed = token.text.ends_with('/');
      parts.push_back(token);
      text += token.text;
      before_ = token.text;
      if (closed) break;
    }
    if (closed && pull(token)) {
      before_ = token.text;
      if (is_flags(token.text)) {
        parts.push_back(token);
        text += token.text;
        if (pull(token)) before_ = token.text;  // lost
      }
    }
    if (looks_like_regex(text))
      queue_.push_made(std::move(text));
    else
      for (const Token& part : parts)
        queue_.push(part);
  }

  std::unique_ptr<Tokens> tokens_;
  TokenQueue queue_;
  bool pulled_ = false;
  bool at_begin_ = true;
  std::string_view before_;  // the raw token before
};

}  // namespace

bool is_blank(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    if (!is_space(character.code)) return false;
    at += character.length;
  }
  return true;
}

Token made_token(std::string_view text) {
  if (text.starts_with("//") || text.starts_with("/*")) return {text, Symbol::kComment};
  if (text.size() > 1 && is_blank(text)) return {text, Symbol::kSpace};
  return token_of(text);
}

void TokenQueue::push_made(std::string text) {
  push(made_token(keep(std::move(text))));
}

std::string_view TokenQueue::keep(std::string text) {
  return made_.emplace_back(std::move(text));
}

bool TokenQueue::pop(Token& token) {
  if (tokens_.empty()) return false;
  token = tokens_.front();
  tokens_.pop_front();
  return true;
}

std::unique_ptr<Tokens> join_regexes(std::unique_ptr<Tokens> tokens) {
  return std::make_unique<RegexJoiner>(std::move(tokens));
}

std::unique_ptr<Tokens> tokens_of(std::string_view text, Dialect dialect) {
  switch (dialect) {
    case Dialect::kScript:
    case Dialect::kMarkupScript:
      return join_regexes(script_tokens(text, dialect));
    case Dialect::kRuby:
      return join_regexes(ruby_tokens(text));
    case Dialect::kPython:
      return python_tokens(text);
    case Dialect::kPhp:
      return php_tokens(text);
    case Dialect::kC:
    case Dialect::kCSharp:
    case Dialect::kJava:
    case Dialect::kGo:
    case Dialect::kRust:
      break;
  }
  return std::make_unique<Lexer>(text, dialect);
}

}  // namespace commandcenter::code::metrics
