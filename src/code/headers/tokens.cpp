#include "code/headers/tokens.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || (c & 0x80) != 0;
}

class Lexer {
 public:
  Lexer(std::string_view text, Syntax syntax) : text_(text), syntax_(syntax) {}

  Tokens run() {
    if (python()) indent();
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        newline();
      } else if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '\\') {
        ++at_;
      } else if (comment() || string()) {
      } else if (is_word(c)) {
        word();
      } else {
        punctuation();
      }
    }
    while (indents_.size() > 1)
      dedent();
    for (const std::size_t open : open_)
      out_.all[open].match = out_.all.size();
    return std::move(out_);
  }

 private:
  bool python() const { return syntax_ == Syntax::kPython; }
  std::string_view rest() const { return text_.substr(at_); }

  void push(Kind kind, std::size_t begin, std::size_t end) {
    Token token;
    token.kind = kind;
    token.text = text_.substr(begin, end - begin);
    token.offset = begin;
    add(std::move(token));
  }

  void add(Token token) {
    token.starts_line = line_begins_;
    line_begins_ = false;
    out_.all.push_back(std::move(token));
  }

  void open(std::size_t begin, std::size_t end) {
    open_.push_back(out_.all.size());
    push(Kind::kOpen, begin, end);
  }

  void close(std::size_t begin, std::size_t end) {
    push(Kind::kClose, begin, end);
    out_.all.back().match = open_.back();
    out_.all[open_.back()].match = out_.all.size() - 1;
    open_.pop_back();
  }

  // Python: a line break ends a statement outside of brackets, and the next line's indentation opens and closes blocks.
  void newline() {
    ++at_;
    line_begins_ = true;
    if (!python() || (!open_.empty() && !out_.all[open_.back()].text.empty())) return;
    if (!out_.all.empty() && out_.all.back().kind != Kind::kNewline) push(Kind::kNewline, at_ - 1, at_ - 1);
    indent();
  }

  void indent() {
    std::size_t width = 0;
    std::size_t at = at_;
    for (; at < text_.size(); ++at) {
      if (text_[at] == ' ')
        ++width;
      else if (text_[at] == '\t')
        width = (width / 8 + 1) * 8;
      else if (text_[at] == '\r' || text_[at] == '\n' || text_[at] == '\f')
        width = 0;
      else if (text_[at] == '#')
        break;
      else
        break;
    }
    if (at >= text_.size() || text_[at] == '#') return;  // a line without code says nothing
    const bool more = width > indents_.back();
    if (more && !out_.all.empty()) {
      indents_.push_back(width);
      open(at, at);
    }
    while (width < indents_.back() && indents_.size() > 1)
      dedent();
  }

  void dedent() {
    indents_.pop_back();
    if (!open_.empty() && out_.all[open_.back()].text.empty())
      close(std::min(at_, text_.size()), std::min(at_, text_.size()));
  }

  bool comment() {
    const bool hash = python() && text_[at_] == '#';
    if (hash || (!python() && rest().starts_with("//"))) {
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      out_.comments.push_back({at_, end, at_ + (hash ? 1U : 2U), end});
      at_ = end;
      return true;
    }
    if (python() || !rest().starts_with("/*")) return false;
    const std::size_t found = text_.find("*/", at_ + 2);
    const std::size_t end = found == std::string_view::npos ? text_.size() : found + 2;
    out_.comments.push_back({at_, end, at_ + 2, found == std::string_view::npos ? end : found});
    at_ = end;
    return true;
  }

  // Prefixes (r, f, b, @, $) and the quotes of each language.
  bool string() {
    std::size_t quote = at_;
    bool raw = false;
    bool dynamic = false;
    const std::string_view prefixes = python() ? "rRfFbBuU" : syntax_ == Syntax::kCSharp ? "@$" : "";
    while (quote < text_.size() && quote - at_ < 3 && prefixes.find(text_[quote]) != std::string_view::npos) {
      raw = raw || text_[quote] == 'r' || text_[quote] == 'R' || text_[quote] == '@';
      dynamic = dynamic || text_[quote] == 'f' || text_[quote] == 'F' || text_[quote] == '$';
      ++quote;
    }
    if (quote >= text_.size()) return false;
    const char c = text_[quote];
    if (c == '/' && syntax_ == Syntax::kJavaScript) return regex();
    if (c != '"' && c != '\'' && !(c == '`' && syntax_ == Syntax::kJavaScript)) return false;
    const bool triple =
        c != '`' && syntax_ != Syntax::kJavaScript && text_.substr(quote).starts_with(std::string(3, c));
    literal(quote + (triple ? 3 : 1), c, triple, raw || (triple && syntax_ == Syntax::kCSharp), dynamic || c == '`');
    return true;
  }

  void literal(std::size_t begin, char quote, bool triple, bool raw, bool dynamic) {
    const std::string end_mark(triple ? 3 : 1, quote);
    Token token;
    token.kind = Kind::kString;
    token.offset = at_;
    std::size_t at = begin;
    while (at < text_.size() && !text_.substr(at).starts_with(end_mark)) {
      const char c = text_[at];
      if (c == '\n' && !triple && quote != '`' && !raw) break;  // never closed
      if (c == '\\' && !raw && at + 1 < text_.size()) {
        const char next = text_[at + 1];
        if (next == 'n' || next == 't')
          token.value += ' ';
        else if (next != '\n')
          token.value += next;
        at += 2;
        continue;
      }
      const bool hole = (c == '$' && text_.substr(at).starts_with("${")) || (c == '{' && dynamic && quote != '`');
      const bool holes = dynamic || (syntax_ == Syntax::kJava && quote == '"');
      if (hole && holes) {
        const std::size_t close = text_.find('}', at);
        if (close == std::string_view::npos) break;
        token.value += text_.substr(at, close + 1 - at);
        token.dynamic = true;
        at = close + 1;
        continue;
      }
      token.value += c == '\n' ? ' ' : c;
      ++at;
      if (raw && !triple && quote == '"' && text_.substr(at).starts_with("\"\"")) {
        token.value += '"';
        at += 2;
      }
    }
    at = std::min(at + (text_.substr(std::min(at, text_.size())).starts_with(end_mark) ? end_mark.size() : 0),
                  text_.size());
    token.text = text_.substr(at_, at - at_);
    add(std::move(token));
    at_ = at;
  }

  bool regex() {
    if (!out_.all.empty()) {
      const Token& before = out_.all.back();
      const bool value = before.kind == Kind::kNumber || before.kind == Kind::kString || before.kind == Kind::kClose ||
                         (before.kind == Kind::kName && before.text != "return" && before.text != "case");
      if (value) return false;
    }
    bool in_class = false;
    for (std::size_t at = at_ + 1; at < text_.size() && text_[at] != '\n'; ++at) {
      if (text_[at] == '\\')
        ++at;
      else if (text_[at] == '[')
        in_class = true;
      else if (text_[at] == ']')
        in_class = false;
      else if (text_[at] == '/' && !in_class) {
        while (at + 1 < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at + 1])) != 0)
          ++at;
        push(Kind::kString, at_, at + 1);
        out_.all.back().value = out_.all.back().text;
        out_.all.back().dynamic = true;
        at_ = at + 1;
        return true;
      }
    }
    return false;
  }

  void word() {
    const std::size_t begin = at_;
    const bool number = std::isdigit(static_cast<unsigned char>(text_[at_])) != 0;
    while (at_ < text_.size() && (is_word(text_[at_]) || (number && text_[at_] == '.')))
      ++at_;
    push(number ? Kind::kNumber : Kind::kName, begin, at_);
  }

  void punctuation() {
    static constexpr auto kLong = std::to_array<std::string_view>({"===", "!==", "...", "**=", "?\?=", "=>", "->",
                                                                   "==",  "!=",  "+=",  "-=",  "::",   "?.", "??",
                                                                   "||",  "&&",  "**",  ":=",  "<=",   ">="});
    const char c = text_[at_];
    if (c == '(' || c == '[' || c == '{') {
      open(at_, at_ + 1);
      ++at_;
      return;
    }
    if (c == ')' || c == ']' || c == '}') {
      const char wanted = c == ')' ? '(' : c == ']' ? '[' : '{';
      if (!open_.empty() && !out_.all[open_.back()].text.empty() && out_.all[open_.back()].text.front() == wanted)
        close(at_, at_ + 1);
      ++at_;
      return;
    }
    for (const std::string_view mark : kLong) {
      if (!rest().starts_with(mark)) continue;
      push(Kind::kPunct, at_, at_ + mark.size());
      at_ += mark.size();
      return;
    }
    push(Kind::kPunct, at_, at_ + 1);
    ++at_;
  }

  std::string_view text_;
  Syntax syntax_;
  std::size_t at_ = 0;
  bool line_begins_ = true;
  Tokens out_;
  std::vector<std::size_t> open_;
  std::vector<std::size_t> indents_{0};
};

}  // namespace

Tokens tokenize(std::string_view text, Syntax syntax) {
  return Lexer(text, syntax).run();
}

std::vector<Range> parts(const Tokens& tokens, Range range, std::string_view separator) {
  std::vector<Range> all;
  std::size_t begin = range.begin;
  for (std::size_t at = range.begin; at < range.end; at = tokens.after(at)) {
    if (!tokens.is(at, separator)) continue;
    if (at > begin) all.push_back({begin, at});
    begin = at + 1;
  }
  if (range.end > begin) all.push_back({begin, std::min(range.end, tokens.all.size())});
  return all;
}

std::size_t statement_end(const Tokens& tokens, std::size_t at) {
  for (std::size_t begin = at; at < tokens.all.size(); at = tokens.after(at)) {
    const Token& token = tokens.all[at];
    if (token.kind == Kind::kNewline || token.kind == Kind::kClose || token.text == ";") return at;
    if (!token.starts_line || at == begin) continue;
    // A new line goes on with the statement when it begins, or the last one ended, with an operator.
    const Token& before = tokens.all[at - 1];
    const bool goes_on = token.kind == Kind::kPunct || (token.kind == Kind::kOpen && before.kind == Kind::kPunct) ||
                         (before.kind == Kind::kPunct && before.text != "++" && before.text != "--");
    if (!goes_on) return at;
  }
  return tokens.all.size();
}

std::string chain_before(const Tokens& tokens, std::size_t at, std::size_t* begin) {
  std::vector<std::string> links;
  std::size_t i = at;
  bool want_name = true;
  while (i > 0) {
    const Token& token = tokens.all[i - 1];
    if (want_name && token.kind == Kind::kClose && !token.text.empty() && token.text != "}") {
      links.push_back(token.text == ")" ? "()" : "[]");
      i = token.match;
      want_name = true;
    } else if (token.kind == Kind::kName && want_name) {
      links.emplace_back(token.text);
      --i;
      want_name = false;
    } else if (token.text == "." || token.text == "?." || token.text == "::" || (token.text == "!" && want_name)) {
      if (token.text != "!") links.emplace_back(".");
      --i;
      want_name = true;
    } else if (token.kind == Kind::kNewline && i >= 2 && tokens.is(i, ".")) {
      --i;
    } else {
      break;
    }
  }
  if (begin != nullptr) *begin = i;
  std::string chain;
  for (auto link = links.rbegin(); link != links.rend(); ++link)
    chain += *link;
  return chain;
}

}  // namespace commandcenter::code::headers
