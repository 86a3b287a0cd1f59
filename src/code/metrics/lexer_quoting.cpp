// Python, PHP and Ruby: what stands in quotes or outside of them is not all text.
#include <algorithm>
#include <array>
#include <utility>

#include "code/metrics/lexer.h"

namespace commandcenter::code::metrics {
namespace {

constexpr int kMaxInterpolationDepth = 8;  // what lies deeper stays one token

// f"text {expression} text": texts in their quotes, expressions as tokens.
class PythonTokens : public Tokens {
 public:
  explicit PythonTokens(std::string_view text) : lexer_(text, Dialect::kPython) {}

  bool next(Token& token) override {
    if (queue_.pop(token)) return true;
    if (!lexer_.next(token)) return false;
    if (after_prefix_ && is_quoted(token)) {
      after_prefix_ = false;
      split(token, 0);
      return next(token);
    }
    after_prefix_ = is_prefix(token.text);
    return true;
  }

 private:
  static bool is_quoted(const Token& token) {
    return token.text.size() > 1 && (token.text[0] == '"' || token.text[0] == '\'');
  }

  static bool is_prefix(std::string_view text) {
    if (text.empty() || text.size() > 2) return false;
    const auto low = [&](std::size_t i) { return static_cast<char>(text[i] | 0x20); };
    if (text.size() == 1) return low(0) == 'f';
    const char other = low(0) == 'f' ? low(1) : low(1) == 'f' ? low(0) : '\0';
    return other == 'r' || other == 'b';
  }

  static std::size_t after_quoted(std::string_view body, std::size_t at) {
    const char quote = body[at];
    const std::array<char, 3> three{quote, quote, quote};
    const std::string_view triple(three.data(), three.size());
    const std::string_view close = body.substr(at, 3) == triple ? triple : triple.substr(0, 1);
    for (at += close.size(); at < body.size(); ++at) {
      if (body.substr(at).starts_with(close)) return at + close.size();
      if (body[at] == '\\') ++at;
    }
    return body.size();
  }

  static std::size_t after_expression(std::string_view body, std::size_t brace) {
    int depth = 1;
    std::size_t at = brace + 1;
    while (at < body.size() && depth > 0) {
      if (body[at] == '"' || body[at] == '\'') {
        at = after_quoted(body, at);
        continue;
      }
      depth += body[at] == '{' ? 1 : body[at] == '}' ? -1 : 0;
      ++at;
    }
    return at;
  }

  void split(const Token& token, int level) {
    const std::string_view text = token.text;
    const std::size_t quotes = text.size() >= 6 && text[1] == text[0] && text[2] == text[0] ? 3U : 1U;
    const std::string_view quote = text.substr(0, quotes);
    const std::string_view body = text.substr(quotes, text.size() - 2 * quotes);
    if (body.find('{') == std::string_view::npos || level >= kMaxInterpolationDepth) return queue_.push(token);
    std::string literal;
    bool produced = false;
    const auto flush = [&] {
      if (literal.empty()) return;
      queue_.push({queue_.keep(std::string(quote) + literal + std::string(quote)), Symbol::kOther});
      literal.clear();
    };
    for (std::size_t at = 0; at < body.size();) {
      const std::string_view rest = body.substr(at);
      if (rest.starts_with("{{") || rest.starts_with("}}")) {
        literal += body[at];
        at += 2;
      } else if (body[at] == '{') {
        const std::size_t end = after_expression(body, at);
        flush();
        expression(body.substr(at + 1, end - 1 > at + 1 ? end - at - 2 : 0), level);
        produced = true;
        at = end;
      } else {
        literal += body[at++];
      }
    }
    if (!produced) return queue_.push(token);
    flush();
  }

  void expression(std::string_view text, int level) {
    Lexer lexer(text, Dialect::kPython);
    bool after_prefix = false;
    for (Token token; lexer.next(token);) {
      if (after_prefix && is_quoted(token)) {
        split(token, level + 1);
        after_prefix = false;
        continue;
      }
      queue_.push(token);
      after_prefix = is_prefix(token.text);
    }
  }

  Lexer lexer_;
  TokenQueue queue_;
  bool after_prefix_ = false;
};

// Code stands between "<?php" and "?>"; what is outside is one token each.
class PhpTokens : public Tokens {
 public:
  explicit PhpTokens(std::string_view text) : text_(text), code_({}, Dialect::kPhp) {}

  bool next(Token& token) override {
    while (true) {
      if (code_.next(token)) return true;
      if (at_ >= text_.size()) return false;
      const std::size_t open = std::min(text_.find("<?", at_), text_.size());
      const std::string_view outside = text_.substr(at_, open - at_);
      if (open < text_.size()) {
        const std::size_t begin = open + (text_.substr(open + 2).starts_with("php") ? 5U : 2U);
        const std::size_t close = text_.find("?>", begin);
        code_ = Lexer(text_.substr(begin, std::min(close, text_.size()) - begin), Dialect::kPhp);
        at_ = close == std::string_view::npos ? text_.size() : close + 2;
      } else {
        at_ = text_.size();
      }
      if (outside.empty()) continue;
      token = {outside, Symbol::kOther};
      return true;
    }
  }

 private:
  std::string_view text_;
  Lexer code_;
  std::size_t at_ = 0;
};

// "text #{expression} text": the text up to "#{", then tokens up to the "}", then a text that begins there.
class RubyTokens : public Tokens {
 public:
  explicit RubyTokens(std::string_view text) : text_(text), lexer_(text_, Dialect::kRuby) {}

  bool next(Token& token) override {
    if (queue_.pop(token)) return true;
    if (!lexer_.next(token)) return false;
    const std::size_t begin = lexer_.position() - token.text.size();
    if (token.is('{')) {
      braces_.push_back(false);
    } else if (token.is('}') && !braces_.empty()) {
      const bool interpolated = braces_.back();
      braces_.pop_back();
      if (interpolated) {
        text_[begin] = '"';  // the text goes on as if it began here
        lexer_.seek(begin);
        token = token_of("}");
      }
    } else if (token.text.starts_with('"')) {
      const std::size_t inside = token.text.find("#{");
      if (inside != std::string_view::npos) {
        token = {queue_.keep(std::string(token.text.substr(0, inside)) + '"'), Symbol::kOther};
        queue_.push({"${", Symbol::kInterpolation});
        braces_.push_back(true);
        lexer_.seek(begin + inside + 2);
      }
    }
    return true;
  }

 private:
  std::string text_;
  Lexer lexer_;
  TokenQueue queue_;
  std::vector<bool> braces_;  // true: of an interpolation
};

}  // namespace

std::unique_ptr<Tokens> python_tokens(std::string_view text) {
  return std::make_unique<PythonTokens>(text);
}

std::unique_ptr<Tokens> php_tokens(std::string_view text) {
  return std::make_unique<PhpTokens>(text);
}

std::unique_ptr<Tokens> ruby_tokens(std::string_view text) {
  return std::make_unique<RubyTokens>(text);
}

}  // namespace commandcenter::code::metrics
