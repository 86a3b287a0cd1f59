// JavaScript and TypeScript: template literals are taken apart, markup is taken together.
#include <algorithm>
#include <utility>

#include "code/metrics/lexer.h"

namespace commandcenter::code::metrics {
namespace {

// `text ${expression} text`: a backtick, the texts, each expression as one token between "${" and "}", a backtick.
class TemplateSplitter : public Tokens {
 public:
  explicit TemplateSplitter(std::string_view text) : lexer_(text, Dialect::kScript) {}

  bool next(Token& token) override {
    if (queue_.pop(token)) return true;
    if (!lexer_.next(token)) return false;
    if (token.text.size() < 2 || token.text.front() != '`') return true;
    split(token.text);
    return queue_.pop(token);
  }

 private:
  void split(std::string_view literal) {
    queue_.push(token_of("`"));
    const std::size_t end = literal.size() - 1;
    std::size_t at = 1;
    while (at < end) {
      const std::size_t dollar = std::min(literal.find("${", at), end);
      if (dollar > at)
        queue_.push({queue_.keep('`' + std::string(literal.substr(at, dollar - at)) + '`'), Symbol::kOther});
      if (dollar == end) break;
      queue_.push({"${", Symbol::kInterpolation});
      const std::size_t begin = dollar + 2;
      int depth = 1;
      for (at = begin; at < end && depth > 0; ++at) {
        if (literal[at] == '{')
          ++depth;
        else if (literal[at] == '}')
          --depth;
      }
      if (depth > 0) return queue_.push({literal, Symbol::kOther});
      queue_.push(made_token(literal.substr(begin, at - 1 - begin)));
      queue_.push(token_of("}"));
    }
    queue_.push(token_of("`"));
  }

  Lexer lexer_;
  TokenQueue queue_;
};

bool is_identifier(std::string_view text) {
  if (text.empty()) return false;
  const Character first = character_at(text, 0);
  return (is_letter(first.code) || first.code == '_') && word_end(text, 0) == text.size();
}

// Elements with attributes become one token up to each expression in braces, whose tokens come by themselves.
class MarkupJoiner : public Tokens {
 public:
  explicit MarkupJoiner(std::string_view text) : lexer_(text, Dialect::kMarkupScript) { levels_.push_back({}); }

  bool next(Token& token) override {
    while (!queue_.pop(token)) {
      Token read;
      if (!lexer_.next(read)) return false;
      feed(read);
    }
    return true;
  }

 private:
  enum class Place : std::uint8_t { kCode, kName, kAfterName, kSelfClosing, kEquals, kValue, kBody };
  struct Level {
    Place place = Place::kCode;
    int depth = 1;  // of braces, in code
    bool in_attribute = false;
    std::vector<Token> cache;
  };

  void feed(const Token& token) {
    const bool ended = levels_.back().place == Place::kCode ? code(token) : element(token);
    if (!ended || levels_.size() == 1) return;
    levels_.pop_back();
    Level& level = levels_.back();
    if (!level.in_attribute) return;
    level.in_attribute = false;
    queue_.push(token_of(";"));
  }

  void open_element() { levels_.push_back({Place::kName, 0, false, {token_of("<")}}); }
  void open_code() { levels_.push_back({}); }

  bool code(const Token& token) {
    Level& level = levels_.back();
    if (token.is('<')) {
      open_element();
      return false;
    }
    if (token.is('{')) {
      ++level.depth;
    } else if (token.is('}') && --level.depth == 0) {
      return true;
    }
    queue_.push(token);
    return false;
  }

  bool element(const Token& token) {
    Level& level = levels_.back();
    level.cache.push_back(token);
    if (token.is(Symbol::kSpace) || token.is(Symbol::kNewline)) return false;
    switch (level.place) {
      case Place::kName:
        if (!is_identifier(token.text)) return abort();
        level.place = Place::kAfterName;
        return false;
      case Place::kAfterName:
        if (token.is('>'))
          level.place = Place::kBody;
        else if (token.is('/'))
          level.place = Place::kSelfClosing;
        else if (is_identifier(token.text))
          level.place = Place::kEquals;
        else
          return abort();
        return false;
      case Place::kSelfClosing:
        return token.is('>') ? flush() : abort();
      case Place::kEquals:
        if (!token.is('=')) return abort();
        level.place = Place::kValue;
        return false;
      case Place::kValue:
        value(token);
        return false;
      case Place::kBody:
        return body(token);
      case Place::kCode:
        break;
    }
    return false;
  }

  void value(const Token& token) {
    Level& level = levels_.back();
    if (token.text.starts_with('"') || token.text.starts_with('\'')) {
      level.place = Place::kAfterName;
    } else if (token.is('{')) {
      level.place = Place::kAfterName;
      level.in_attribute = true;
      open_code();
    }
  }

  bool body(const Token& token) {
    if (token.is('=') || token.is(Symbol::kFatArrow) || token.is(';') || token.is(')')) return abort();
    if (token.is('<')) {
      levels_.back().cache.pop_back();
      flush();
      open_element();
      return false;
    }
    if (token.text.starts_with("</")) return flush();
    if (token.is('{')) {
      flush();
      open_code();
    }
    return false;
  }

  bool abort() {
    for (const Token& token : levels_.back().cache)
      queue_.push(token);
    levels_.back().cache.clear();
    return true;
  }

  bool flush() {
    std::string text;
    for (const Token& token : levels_.back().cache)
      text += token.text;
    levels_.back().cache.clear();
    queue_.push_made(std::move(text));
    return true;
  }

  Lexer lexer_;
  TokenQueue queue_;
  std::vector<Level> levels_;
};

}  // namespace

std::unique_ptr<Tokens> script_tokens(std::string_view text, Dialect dialect) {
  if (dialect == Dialect::kMarkupScript) return std::make_unique<MarkupJoiner>(text);
  return std::make_unique<TemplateSplitter>(text);
}

}  // namespace commandcenter::code::metrics
