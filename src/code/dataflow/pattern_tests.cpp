// Tests of a text by a regular expression: what may be in a text that has passed one, or has not.
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

// What a text cannot do without these characters, by the contexts of models.cpp.
Contexts contexts_without(std::string_view part) {
  const auto bit = [](int place) { return Contexts{1} << place; };
  if (part == "'" || part == "\"" || part == "\\'") return bit(0) | bit(6) | bit(7) | bit(8) | bit(2);
  if (part == ".." || part == "../" || part == "..\\" || part == "/" || part == "..%2f") return bit(3);
  if (part == "<" || part == ">" || part == "<script") return bit(1);
  if (part == ";" || part == "|" || part == "&" || part == "`" || part == "$") return bit(2);
  if (part == "//" || part == "://" || part == ":" || part == "http") return bit(4) | bit(5);
  if (part == "*" || part == "(" || part == ")") return bit(7);
  return 0;
}

namespace {

constexpr std::string_view kHarmful = "<>'\"&;`";

bool is_word_sign(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

struct Expression {
  std::string_view text;    // without what stands around it
  bool multi_line = false;  // "^" and "$" are those of a line
};

// "/^[a-z]+$/m", PHP's "#^[a-z]+$#m"; other languages write the expression alone.
Expression read(std::string_view pattern, bool php) {
  const bool delimited = pattern.size() > 1 && (pattern.front() == '/' || (php && !is_word_sign(pattern.front())));
  if (!delimited) return {pattern, pattern.starts_with("(?m)")};
  const char open = pattern.front();
  const char close = open == '{' ? '}' : open == '(' ? ')' : open == '[' ? ']' : open;
  const std::size_t end = pattern.rfind(close);
  if (end == 0 || end == std::string_view::npos) return {pattern, false};
  return {pattern.substr(1, end - 1), pattern.find('m', end) != std::string_view::npos};
}

// "a|b" that no bracket holds together.
bool has_alternatives(std::string_view pattern) {
  int depth = 0;
  bool in_set = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (in_set) {
      in_set = pattern[i] != ']';
    } else if (pattern[i] == '[') {
      in_set = true;
    } else if (pattern[i] == '|' && depth == 0) {
      return true;
    } else {
      depth += pattern[i] == '(' ? 1 : pattern[i] == ')' ? -1 : 0;
    }
  }
  return false;
}

// "[^a-z0-9]": where it is nowhere, there is nothing but these.
bool forbids_the_rest(std::string_view pattern) {
  while (pattern.ends_with('+') || pattern.ends_with('*'))
    pattern.remove_suffix(1);
  if (pattern == "\\W" || pattern == "\\D") return true;
  if (!pattern.starts_with("[^") || pattern.find(']') != pattern.size() - 1) return false;
  const std::string_view allowed = pattern.substr(2, pattern.size() - 3);
  return allowed.find_first_of(kHarmful) == std::string_view::npos && allowed.find("\\S") == std::string_view::npos &&
         allowed.find("\\W") == std::string_view::npos && allowed.find("\\D") == std::string_view::npos;
}

// A "/" of an address, with or without "\" before it.
bool take_slash(std::string_view& rest) {
  if (rest.starts_with("\\/")) return rest.remove_prefix(2), true;
  if (rest.starts_with('/')) return rest.remove_prefix(1), true;
  return false;
}

// One sign, or none, that is no second "/": "\w", "[a-z]", "[^/]", "(?!/)".
bool forbids_slash(std::string_view pattern) {
  if (pattern.starts_with("\\w")) return pattern.substr(2, 1).find_first_of("*?") == std::string_view::npos;
  if (pattern.starts_with("(?!")) return pattern.substr(0, pattern.find(')')).find('/') != std::string_view::npos;
  const std::size_t end = pattern.find(']');
  if (!pattern.starts_with('[') || end == std::string_view::npos) return false;
  if (pattern.substr(end + 1, 1).find_first_of("*?") != std::string_view::npos) return false;
  const std::string_view set = pattern.substr(1, end - 1);
  if (set.starts_with('^')) return set.find('/') != std::string_view::npos;
  return std::ranges::none_of(std::to_array<std::string_view>({"/", "\\S", "\\W", "\\D"}),
                              [&](std::string_view sign) { return set.find(sign) != std::string_view::npos; });
}

// "^https://example\.com/" names the whole host, "^/[a-z]" leaves it as it is.
bool fixes_host(std::string_view pattern) {
  if (!pattern.starts_with('^') || has_alternatives(pattern)) return false;
  pattern.remove_prefix(1);
  if (take_slash(pattern)) return forbids_slash(pattern);
  if (!pattern.starts_with("http")) return false;
  const std::size_t colon = pattern.find(':');
  if (colon > 8) return false;  // "https", "https?", "http(s)?"
  pattern.remove_prefix(colon + 1);
  if (!take_slash(pattern) || !take_slash(pattern)) return false;
  constexpr std::string_view kSigns = "()|?:-";
  std::size_t names = 0;
  while (!pattern.empty() && pattern.front() != '$' && !pattern.starts_with("\\/") && pattern.front() != '/') {
    const bool dot = pattern.starts_with("\\.");
    if (!dot && !is_word_sign(pattern.front()) && kSigns.find(pattern.front()) == std::string_view::npos) return false;
    names += is_word_sign(pattern.front()) ? 1U : 0U;
    pattern.remove_prefix(dot ? 2 : 1);
  }
  return names > 0 && !pattern.empty();
}

// A part of a text without any sign of expressions: "\.\." is "..".
std::string plain(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool escaped = pattern[i] == '\\' && i + 1 < pattern.size();
    if (escaped) ++i;
    const bool sign = std::string_view(escaped ? "" : ".^$[](){}*+?|").find(pattern[i]) != std::string_view::npos;
    if (sign || (escaped && is_word_sign(pattern[i]))) return {};
    text.push_back(pattern[i]);
  }
  return text;
}

}  // namespace

// "^[a-z0-9]+$": from one end to the other, without "." and signs that matter anywhere.
bool allows_little(std::string_view pattern, bool whole) {
  const Expression expression = read(pattern, false);
  pattern = expression.text;
  if (expression.multi_line || (!whole && has_alternatives(pattern))) return false;
  const bool begins = pattern.starts_with('^') || pattern.starts_with("\\A");
  const bool ends = pattern.ends_with('$') || pattern.ends_with("\\z") || pattern.ends_with("\\Z");
  if (!whole && !(begins && ends)) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      if (i + 1 < pattern.size() && (pattern[i + 1] == 'S' || pattern[i + 1] == 'W' || pattern[i + 1] == 'D'))
        return false;
      ++i;
    } else if (pattern[i] == '.' || (pattern[i] == '[' && i + 1 < pattern.size() && pattern[i + 1] == '^')) {
      const std::size_t open = pattern.rfind('[', i);
      const std::size_t close = pattern.rfind(']', i);
      const bool inside =
          pattern[i] == '.' && open != std::string_view::npos && (close == std::string_view::npos || close < open);
      if (!inside) return false;
    } else if (pattern[i] == '<' && (pattern.substr(0, i).ends_with("(?") || pattern.substr(0, i).ends_with("(?P"))) {
      i = std::min(pattern.find('>', i), pattern.size());  // the name of a group
    } else if (kHarmful.find(pattern[i]) != std::string_view::npos) {
      return false;
    }
  }
  return true;
}

// The expression of a test by it, and what is tested.
std::optional<PatternTest> Engine::pattern_test(IrId call) const {
  const IrId callee = module_.kid(call, 0);
  const Ir& ir = module_.at(callee);
  const IrId first = module_.kid(call, 1);
  const IrId second = module_.kid(call, 2);
  if (first == kNoIr) return std::nullopt;
  if (ir.op == Op::kName && ir.text == "preg_match") return PatternTest{first, second};
  if (ir.op != Op::kField) return std::nullopt;
  const IrId receiver = module_.kid(callee, 0);
  const std::string_view library = module_.at(receiver).text;
  if (second != kNoIr && one_of(library, "re regex") && one_of(ir.text, "match fullmatch search"))
    return PatternTest{first, second, ir.text == "fullmatch", ir.text == "match"};
  if (second != kNoIr && library == "Pattern" && ir.text == "matches") return PatternTest{first, second, true};
  if (second != kNoIr && library == "regexp" && ir.text == "MatchString") return PatternTest{first, second};
  if (second != kNoIr && library == "Regex" && ir.text == "IsMatch") return PatternTest{second, first};
  if (module_.at(first).op == Op::kRegex && one_of(ir.text, "match match?")) return PatternTest{first, receiver};
  if (module_.grammar == Grammar::kJava && ir.text == "matches") return PatternTest{first, receiver, true};
  if (one_of(ir.text, "match fullmatch test matches matcher MatchString match? IsMatch"))
    return PatternTest{receiver, first, ir.text == "fullmatch",
                       ir.text == "match" && module_.grammar == Grammar::kPython};
  return std::nullopt;
}

// False where the expression is not known. Ruby's "^" and "$" are those of a line, its "\A" and "\z" those of the text.
bool Engine::refine_match(const PatternTest& test, bool outcome, Env& env) {
  const ValuePtr pattern = eval(test.pattern, env);
  if (pattern->kind != Kind::kText || !pattern->text || !pattern->constant()) return false;
  const Expression expression = read(*pattern->text, module_.grammar == Grammar::kPhp);
  std::string text = (test.at_begin ? "^" : "") + std::string(expression.text);
  const bool ruby = module_.grammar == Grammar::kRuby;
  const bool of_lines = expression.multi_line || (ruby && (text.starts_with('^') || text.ends_with('$')));
  if (ruby && text.starts_with("\\A")) text.replace(0, 2, "^");
  if (outcome) {
    if (of_lines) return true;
    if (allows_little(text, test.whole)) return clear_names(test.subject, kAllContexts, env), true;
    if (text.starts_with("^http") && !has_alternatives(text)) clear_names(test.subject, kSchemeContext, env);
    if (fixes_host(text)) clear_names(test.subject, kHostContexts, env);
  } else {
    clear_names(test.subject, forbids_the_rest(text) ? kAllContexts : contexts_without(plain(text)), env);
  }
  return true;
}

bool Engine::refine_pattern(IrId call, bool outcome, Env& env) {
  const auto test = pattern_test(call);
  return test && refine_match(*test, outcome, env);
}

// /(\d+)-(\d+)/.exec(x), x.match(/\d+/), re.fullmatch("\d+", x): parts of a text that hold nothing else.
namespace {

// The part of a pattern in its brackets with that number; empty: it has none.
std::string_view group_in(std::string_view pattern, std::int64_t number) {
  std::vector<std::pair<std::size_t, bool>> open;  // where they begin, whether they are the one
  std::int64_t count = 0;
  bool in_set = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      ++i;
    } else if (in_set || c == '[') {
      in_set = c != ']';
    } else if (c == '(') {
      const std::string_view mark = pattern.substr(i + 1, 3);
      const bool named = mark == "?P<" || (mark.starts_with("?<") && mark != "?<=" && mark != "?<!");
      const bool counts = !mark.starts_with('?') || named;
      open.emplace_back(i + 1, counts && ++count == number);
    } else if (c == ')' && !open.empty()) {
      const auto [begin, wanted] = open.back();
      open.pop_back();
      if (wanted) return pattern.substr(begin, i - begin);
    }
  }
  return {};
}

}  // namespace

// "parts = re.match(r'(\d+)=(.*)', text)": whether parts.group(1), or parts[1], is a text that does no harm.
bool Engine::is_group_narrow(IrId match, const Value& place, Env& env) {
  const auto made = module_.at(match).op == Op::kName ? frame_.made.find(module_.at(match).text) : frame_.made.end();
  const IrId call = made == frame_.made.end() ? match : made->second;
  const IrId callee = module_.at(call).op == Op::kCall ? module_.kid(call, 0) : kNoIr;
  if (callee == kNoIr || !place.number || !one_of(module_.at(callee).text, "match search fullmatch exec")) return false;
  const auto narrow = [&](IrId pattern) {
    const ValuePtr value = pattern == kNoIr ? nothing() : eval(pattern, env);
    if (!value->text || !value->constant()) return false;
    const std::string_view group = group_in(*value->text, *place.number);
    return !group.empty() && group.find('|') == std::string_view::npos && allows_little(group, true);
  };
  const bool of_object = module_.at(callee).op == Op::kField && narrow(module_.kid(callee, 0));
  return of_object || narrow(module_.kid(call, 1));
}

bool Engine::matches_little(const Call& call) {
  const auto is_pattern = [&](const Value& value) {
    return value.text && value.constant() && allows_little(*value.text, true);
  };
  if (call.receiver != nullptr && is_pattern(*call.receiver)) return true;
  const Argument* first = call.positional(0);
  return first != nullptr && is_pattern(*first->value);
}

}  // namespace commandcenter::code::dataflow
