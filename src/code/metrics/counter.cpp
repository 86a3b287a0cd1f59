#include "code/metrics/counter.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "code/metrics/clike_machine.h"

namespace commandcenter::code::metrics {
namespace {

using enum Symbol;

constexpr std::size_t kTab_spaces = 8;

std::initializer_list<Symbol> conditions_of(Dialect dialect) {
  static constexpr std::initializer_list<Symbol> kPlain{kIf, kFor, kWhile, kCatch, kAndAnd, kOrOr, kCase, symbol('?')};
  static constexpr std::initializer_list<Symbol> kCSharp{kIf,   kFor,  kWhile,      kCatch,         kAndAnd,
                                                         kOrOr, kCase, symbol('?'), kDoubleQuestion};
  static constexpr std::initializer_list<Symbol> kScript{kIf,     kElseif, kFor,  kWhile,     kCatch,
                                                         kAndAnd, kOrOr,   kCase, symbol('?')};
  static constexpr std::initializer_list<Symbol> kPython{kIf, kElif, kFor, kWhile, kCase, kExcept, kFinally, kAnd, kOr};
  static constexpr std::initializer_list<Symbol> kPhp{kIf,    kElseif, kFor,  kForeach, kWhile,     kCatch,
                                                      kMatch, kAndAnd, kOrOr, kCase,    symbol('?')};
  static constexpr std::initializer_list<Symbol> kRuby{kIf,     kElsif, kElseif, kUntil, kFor,    kWhile, kRescue,
                                                       kEnsure, kWhen,  kAnd,    kOr,    kAndAnd, kOrOr,  symbol('?')};
  static constexpr std::initializer_list<Symbol> kRust{kIf,    kFor,    kWhile, kCatch,     kMatch,
                                                       kWhere, kAndAnd, kOrOr,  symbol('?')};
  switch (dialect) {
    case Dialect::kC:
    case Dialect::kJava:
    case Dialect::kGo:
      return kPlain;
    case Dialect::kCSharp:
      return kCSharp;
    case Dialect::kScript:
    case Dialect::kMarkupScript:
      return kScript;
    case Dialect::kPython:
      return kPython;
    case Dialect::kPhp:
      return kPhp;
    case Dialect::kRuby:
      return kRuby;
    case Dialect::kRust:
      return kRust;
  }
  return kPlain;
}

using MakeMachine = std::unique_ptr<Machine> (*)(Chain&);

std::initializer_list<MakeMachine> machines_of(Dialect dialect) {
  static constexpr std::initializer_list<MakeMachine> kC{clike_machine, clike_blocks, clike_references};
  static constexpr std::initializer_list<MakeMachine> kCSharp{csharp_machine, clike_blocks};
  static constexpr std::initializer_list<MakeMachine> kJava{java_machine, clike_blocks};
  static constexpr std::initializer_list<MakeMachine> kScript{script_machine};
  static constexpr std::initializer_list<MakeMachine> kPython{python_machine};
  static constexpr std::initializer_list<MakeMachine> kGo{go_machine};
  static constexpr std::initializer_list<MakeMachine> kRust{rust_machine};
  static constexpr std::initializer_list<MakeMachine> kPhp{php_machine};
  static constexpr std::initializer_list<MakeMachine> kRuby{ruby_machine};
  switch (dialect) {
    case Dialect::kC:
      return kC;
    case Dialect::kCSharp:
      return kCSharp;
    case Dialect::kJava:
      return kJava;
    case Dialect::kScript:
    case Dialect::kMarkupScript:
      return kScript;
    case Dialect::kPython:
      return kPython;
    case Dialect::kGo:
      return kGo;
    case Dialect::kRust:
      return kRust;
    case Dialect::kPhp:
      return kPhp;
    case Dialect::kRuby:
      return kRuby;
  }
  return kC;
}

// Line ends inside a comment, which pages and the like end, too; one at its end has no line behind it.
std::size_t inner_line_ends(std::string_view text) {
  const auto ends_line = [](char32_t code) {
    return (code >= '\n' && code <= '\r') || (code >= 0x1c && code <= 0x1e) || code == 0x85 || code == 0x2028 ||
           code == 0x2029;
  };
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    at += character.length;
    if (ends_line(character.code) && at < text.size()) ++count;
  }
  return count;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && is_space(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

bool is_documentation(std::string_view text) {
  return text.size() >= 6 && (text.starts_with("\"\"\"") || text.starts_with("'''"));
}

}  // namespace

Counter::Counter(Dialect dialect, Ledger& ledger) : dialect_(dialect), ledger_(ledger) {
  const auto machines = machines_of(dialect);
  chains_.reserve(machines.size());  // machines know their chain: it must not move
  for (const MakeMachine make : machines)
    chains_.emplace_back(ledger).start(make(chains_.back()));
  for (const Symbol condition : conditions_of(dialect))
    is_condition_[static_cast<std::size_t>(condition)] = true;
  ledger_.line = 1;
}

bool Counter::run(Tokens& tokens) {
  for (Token token; !stopped_ && tokens.next(token);) {
    take(token);
    if (std::ranges::any_of(chains_, &Chain::too_deep)) return false;
  }
  if (dialect_ == Dialect::kPython) indent(0, {});
  for (Chain& chain : chains_)
    chain.finish();
  return true;
}

void Counter::take(const Token& token) {
  switch (dialect_) {
    case Dialect::kC:
    case Dialect::kCSharp:
    case Dialect::kJava:
      return take_clike(token);
    case Dialect::kPython:
      return take_python(token);
    case Dialect::kScript:
    case Dialect::kMarkupScript:
    case Dialect::kGo:
    case Dialect::kRust:
    case Dialect::kPhp:
    case Dialect::kRuby:
      if (!token.is(kSpace)) pass(token);
  }
}

void Counter::take_clike(const Token& token) {
  if (token.is('~')) {
    tilde_ = token.text.data();
  } else if (tilde_ != nullptr) {  // one word with what follows
    pass({std::string_view(tilde_, 1 + token.text.size()), kOther});
    tilde_ = nullptr;
  } else if (token.text.starts_with('#')) {
    directive(token);
  } else if (!token.is(kSpace)) {
    pass(token);
  }
}

void Counter::directive(const Token& token) {
  const std::string_view text = token.text;
  std::size_t begin = 1;
  while (begin < text.size() && is_space(static_cast<unsigned char>(text[begin])))
    ++begin;
  const std::size_t end = word_end(text, begin);
  if (end == begin) return pass(token);
  const std::string_view word = text.substr(begin, end - begin);
  std::size_t rest = end;
  while (rest < text.size() && is_space(static_cast<unsigned char>(text[rest])))
    ++rest;
  if (word == "if" || word == "ifdef" || word == "elif") {
    ledger_.add_condition();
  } else if (word == "include") {
    pass({"#include", kOther});
    pass(made_token(rest < text.size() ? text.substr(rest) : "\"\""));
  }
  skip_lines(static_cast<std::size_t>(std::ranges::count(text.substr(rest), '\n')));
}

void Counter::take_python(const Token& token) {
  if (token.is(kNewline)) {
    in_leading_space_ = true;
    leading_spaces_ = 0;
    return pass(token);
  }
  if (in_leading_space_ && token.is(kSpace)) {
    for (const char c : token.text)
      leading_spaces_ += c == '\t' ? kTab_spaces : 1;
  } else if (in_leading_space_) {
    if (!token.is(kComment) && (ledger_.in_global() || ledger_.current().long_name.ends_with(')')))
      indent(leading_spaces_, token);
    in_leading_space_ = false;
  }
  if (!token.is(kSpace)) pass(token);
}

void Counter::indent(std::size_t spaces, const Token& token) {
  while (indents_.back() > spaces && !token.is(')')) {
    indents_.pop_back();
    ledger_.close_block();
  }
  if (indents_.back() < spaces) {
    indents_.push_back(spaces);
    ledger_.open_block();
  }
}

void Counter::skip_lines(std::size_t count) {
  ledger_.line += count;
  begins_line_ = begins_line_ || count > 0;
}

void Counter::pass(const Token& token) {
  if (stopped_) return;
  if (token.is(kComment)) return comment(token);
  if (token.is(kNewline)) return skip_lines(1);
  count(token);
}

void Counter::comment(const Token& token) {
  std::string_view text = token.text;
  if (has_hash_comments(dialect_)) {
    while (text.starts_with('#'))
      text.remove_prefix(1);
    text = trimmed(text);
  } else {
    text.remove_prefix(2);
    skip_lines(inner_line_ends(text));
  }
  std::string_view order = trimmed(text);
  if (order.starts_with('#')) order.remove_prefix(1);
  if ((has_hash_comments(dialect_) || trimmed(text).starts_with('#')) && order.starts_with("lizard forgive")) {
    if (order.starts_with("lizard forgive global"))
      ledger_.forgive_global = true;
    else if (has_hash_comments(dialect_) || !order.starts_with("lizard forgives("))
      ledger_.forgive = true;
  }
  stopped_ = text.find("GENERATED CODE") != std::string_view::npos;
}

void Counter::count(const Token& token) {
  const auto line_ends = std::ranges::count(token.text, '\n');
  ledger_.line += static_cast<std::size_t>(line_ends);
  ledger_.add_lines(line_ends + (begins_line_ ? 1 : 0));
  begins_line_ = false;
  ++ledger_.current().tokens;
  if (is_condition_[static_cast<std::size_t>(token.symbol)]) ledger_.add_condition();
  if (dialect_ == Dialect::kPython) count_python(token);
  for (Chain& chain : chains_)
    chain.feed(token);
}

void Counter::count_python(const Token& token) {
  constexpr auto kBeforeValue =
      std::to_array<std::string_view>({"=",   "+=",  "-=", "*=",     "/=", "%=", "//=", "**=", "&=", "|=", "^=",
                                       "<<=", ">>=", "(",  "return", ",",  "[",  "+",   "-",   "*",  "/",  "%"});
  if (is_documentation(token.text) && !ledger_.awaits_text &&
      std::ranges::find(kBeforeValue, before_) == kBeforeValue.end())
    ledger_.add_lines(-1 - std::ranges::count(token.text, '\n'));
  before_ = token.text;
}

bool SoftKeywords::look_ahead(Token& token) {
  if (!tokens_.next(token)) return false;
  ahead_.push_back(token);
  return true;
}

// "case" followed by what no name could stand before.
bool SoftKeywords::is_keyword() {
  constexpr auto kBehindName = std::to_array<std::string_view>(
      {"=", ".", ":", ",", "+=", "-=", "*=", "/=", "%=", "//=", "**=", "&=", "|=", "^=", "<<=", ">>=", ":="});
  Token token;
  do {
    if (!look_ahead(token)) return true;
  } while (token.is_one_of(kSpace, kNewline));
  if (std::ranges::find(kBehindName, token.text) != kBehindName.end()) return false;
  if (!token.is_one_of('(', '[')) return true;
  for (int depth = 1; look_ahead(token);) {  // a pattern ends with a colon, a call does not
    if (token.is_one_of('(', '[', '{'))
      ++depth;
    else if (token.is_one_of(')', ']', '}'))
      --depth;
    else if (depth == 0 && token.is(':'))
      return true;
    else if (depth == 0 && token.is(kNewline))
      return false;
  }
  return false;
}

bool SoftKeywords::next(Token& token) {
  if (taken_ < ahead_.size()) {
    token = ahead_[taken_++];
    return true;
  }
  ahead_.clear();
  taken_ = 0;
  if (!tokens_.next(token)) return false;
  if (token.is(kNewline)) {
    at_line_begin_ = true;
  } else if (!token.is(kSpace)) {
    if (at_line_begin_ && token.is_one_of(kCase, kMatch)) {
      const bool keyword = is_keyword();
      if (token.is(kCase)) case_counts_ = keyword;
      for (Token& ahead : ahead_)  // what was looked at counts as that did
        if (ahead.is(kCase) && !case_counts_) ahead.symbol = kOther;
    } else if (token.is(kCase)) {
      case_counts_ = false;
    }
    if (token.is(kCase) && !case_counts_) token.symbol = kOther;
    at_line_begin_ = false;
  }
  return true;
}

}  // namespace commandcenter::code::metrics
