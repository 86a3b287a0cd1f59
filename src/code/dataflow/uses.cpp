#include "code/dataflow/uses.h"

#include <algorithm>

#include "code/dataflow/names_reader.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxImport_bytes = 300;  // of a line that imports something
constexpr std::size_t kMaxLooked = 50;         // places of a name

bool begins_name(char c) {
  return NamesReader::part_of_name(c) && !(c >= '0' && c <= '9');
}

bool is_any_of(char c, std::string_view signs) {
  return c != '\0' && signs.find(c) != std::string_view::npos;
}

bool constant(std::string_view name) {
  return name == "true" || name == "false" || name == "null" || name == "None" || name == "True" || name == "False" ||
         name == "nil" || name == "undefined";
}

}  // namespace

std::size_t Uses::before(std::size_t place) const {
  while (place > 0 && is_any_of(text_[place - 1], " \t\r\n"))
    --place;
  return place;
}

std::size_t Uses::behind(std::size_t place) const {
  while (place < text_.size() && is_any_of(text_[place], " \t\r\n"))
    ++place;
  return place;
}

bool Uses::is(Use use, std::size_t begin, std::size_t end) const {
  switch (use) {
    case Use::kSeen:
      return true;
    case Use::kCalled:
    case Use::kGiven:
    case Use::kBuilt:
      return (called(use, end) && !declared(begin, end)) || renamed(begin, end);
    case Use::kAssigned:
      return assigned(end);
    case Use::kMember:
      return member(begin, end);
  }
  return true;
}

bool Uses::called(Use use, std::size_t end) const {
  std::size_t next = behind(end);
  if (at(next) == '!' || at(next) == '?') next = behind(next + 1);  // "name!(x)", "name?.(x)"
  if (at(next) == '.' && at(next + 1) == '(') ++next;
  const char c = at(next);
  if (c == '<') return true;  // type arguments
  if (c == '{') return grammar_ == Grammar::kCSharp || (grammar_ == Grammar::kGo && next == end);
  if (c == '(') return use == Use::kCalled || (given(next) && (use == Use::kGiven || built(next)));
  return grammar_ == Grammar::kRuby && given_bare(end);
}

// The head of a function of that name, not a call.
bool Uses::declared(std::size_t begin, std::size_t end) const {
  const std::string_view before_it = text_.substr(0, before(begin));
  for (const std::string_view word : {"def", "function", "func", "fn"}) {
    if (before_it.ends_with(word) && before_it.size() < begin &&
        (before_it.size() == word.size() || !NamesReader::part_of_name(before_it[before_it.size() - word.size() - 1])))
      return true;
  }
  if (grammar_ == Grammar::kGo) {  // "(name Type"
    std::size_t at = behind(end);
    if (this->at(at) != '(') return false;
    const std::size_t name = behind(at + 1);
    for (at = name; NamesReader::part_of_name(this->at(at));)
      ++at;
    return at > name && this->at(at) == ' ' && (begins_name(this->at(at + 1)) || is_any_of(this->at(at + 1), "*[."));
  }
  if (grammar_ != Grammar::kJava || before_it.empty() || before_it.size() == begin) return false;
  std::size_t start = before_it.size();  // "Type name("
  while (start > 0 && NamesReader::part_of_name(before_it[start - 1]))
    --start;
  const std::string_view type = before_it.substr(start);
  return !type.empty() && begins_name(type[0]) && !dataflow::one_of(type, "return new else throw assert case yield do");
}

// True when the brackets hold a name, or a text with something in it.
bool Uses::given(std::size_t open) const {
  std::size_t depth = 0;
  char quote = '\0';
  const std::size_t limit = std::min(text_.size(), open + kMaxArguments_bytes);
  for (std::size_t i = open; i < limit; ++i) {
    const char c = text_[i];
    if (quote != '\0') {
      if (c == '\\')
        ++i;
      else if (c == quote || c == '\n')
        quote = '\0';
      else if (is_any_of(c, "{$"))
        return true;
    } else if (is_any_of(c, "\"'`")) {
      quote = c;
    } else if (is_any_of(c, "([{")) {
      ++depth;
    } else if (is_any_of(c, ")]}")) {
      if (--depth == 0) return false;
    } else if (begins_name(c)) {
      const std::size_t begin = i;
      while (i + 1 < limit && NamesReader::part_of_name(text_[i + 1]))
        ++i;
      if (!constant(text_.substr(begin, i + 1 - begin))) return true;
    }
  }
  return true;
}

// Something is added or inserted, or it is a name alone, which may stand for anything.
bool Uses::built(std::size_t open) const {
  std::size_t end = behind(open + 1);
  while (NamesReader::part_of_name(at(end)) || at(end) == '.')
    ++end;
  if (is_any_of(at(behind(end)), ",)")) return true;
  const std::string_view signs = grammar_ == Grammar::kPhp                                    ? "+$"
                                 : grammar_ == Grammar::kPython || grammar_ == Grammar::kRuby ? "+%{"
                                 : grammar_ == Grammar::kCSharp                               ? "+{"
                                                                                              : "+";
  std::size_t depth = 0;
  for (std::size_t i = open; i < std::min(text_.size(), open + kMaxArguments_bytes); ++i) {
    const char c = text_[i];
    if (is_any_of(c, signs) || ahead(i, "ormat") || ahead(i, "printf") ||
        (c == '{' && i > 0 && is_any_of(text_[i - 1], "$#")) || ahead(i, "concat") || ahead(i, "join"))
      return true;
    if (c == '(') ++depth;
    if (c == ')' && --depth == 0) return false;
  }
  return true;
}

// Ruby: "render text: x".
bool Uses::given_bare(std::size_t end) const {
  const char first = at(end);
  if (is_any_of(first, "`[!?=:")) return true;
  if (first != ' ' && first != '\t') return false;
  const char next = at(text_.find_first_not_of(" \t", end));
  return begins_name(next) || is_any_of(next, "\"'`:@*&[{(%<\\-/#");
}

// "{ exec: run }", "run = cp.exec;", "promisify(exec)", "exec.call(…)", "f = exec;".
bool Uses::renamed(std::size_t begin, std::size_t end) const {
  if (ahead(end, " as ") || ahead(end, ".call(") || ahead(end, ".apply(") || ahead(end, ".bind(")) return true;
  const std::size_t start = before(begin);
  const char previous = start == 0 ? '\0' : text_[start - 1];
  const std::size_t next = behind(end);
  const char c = at(next);
  if (c == ':' && at(next + 1) != ':' && is_any_of(previous, "{,")) return true;
  const bool ends =
      is_any_of(c, ";),}]") || c == '\0' || text_.substr(end, next - end).find('\n') != std::string_view::npos;
  if (!ends) return false;
  if (is_any_of(previous, "\"'") && is_any_of(at(end), "\"'")) return true;
  const bool member =
      previous == '.' || ahead(start < 2 ? 0 : start - 2, "->") || ahead(start < 2 ? 0 : start - 2, "::");
  if (member) {
    std::size_t object = start;
    while (object > 0 && (NamesReader::part_of_name(text_[object - 1]) || is_any_of(text_[object - 1], ".:->")))
      --object;
    const std::size_t sign = before(object);
    return sign > 0 && (is_any_of(text_[sign - 1], "=(,:?[{|&") || begins_name(text_[sign - 1]));
  }
  if (previous == '=' && start > 1 && !is_any_of(text_[start - 2], "=!<>")) return true;
  return previous == '(' && c == ')' && !is_any_of(at(behind(next + 1)), "{=:") &&
         imported(text_.substr(begin, end - begin));
}

// The name is one of another file's, as far as lines tell: a variable of this one may be called like a function there.
bool Uses::imported(std::string_view name) const {
  std::size_t looked = 0;
  for (std::size_t at = text_.find(name); at != std::string_view::npos && looked < kMaxLooked;
       at = text_.find(name, at + name.size()), ++looked) {
    if ((at > 0 && NamesReader::part_of_name(text_[at - 1])) || NamesReader::part_of_name(this->at(at + name.size())))
      continue;
    const std::size_t least = at > kMaxImport_bytes ? at - kMaxImport_bytes : 0;
    std::string_view before = text_.substr(least, at - least);
    before.remove_prefix(before.rfind('\n') + 1);  // nothing when there is none
    before.remove_prefix(std::min(before.find_first_not_of(" \t"), before.size()));
    const std::string_view next = text_.substr(at + name.size(), kMaxImport_bytes);
    const std::string_view behind = next.substr(0, next.find('\n'));
    for (const std::string_view word : {"import ", "from ", "use ", "using ", "export "})
      if (before.starts_with(word)) return true;
    if (behind.find("require(") != std::string_view::npos || behind.find("import(") != std::string_view::npos)
      return true;
    if (before.empty() && (behind.empty() || is_any_of(behind[0], ",\r") || behind.starts_with(" as "))) return true;
  }
  return looked == kMaxLooked;
}

bool Uses::assigned(std::size_t end) const {
  std::size_t next = end;
  while (is_any_of(at(next), "\"'] \t\r\n!)"))
    ++next;
  if (is_any_of(at(next), "+.|&?*-")) {
    while (is_any_of(at(next), "+.|&?*-"))
      ++next;
    return at(next) == '=' && at(next + 1) != '=';
  }
  return at(next) == ':' || (at(next) == '=' && at(next + 1) != '=');
}

bool Uses::member(std::size_t begin, std::size_t end) const {
  const std::size_t start = before(begin);
  const char previous = start == 0 ? '\0' : text_[start - 1];
  const char sign = start < 2 ? '\0' : text_[start - 2];
  if (is_any_of(previous, "\"'`")) return at(end) == previous;
  if (previous == ':') return sign == ':' || grammar_ == Grammar::kRuby;
  if (previous == '>') return sign == '-';
  return is_any_of(previous, ".[") || taken_apart(previous, end);
}

// "{ name, other: x } = object"
bool Uses::taken_apart(char previous, std::size_t end) const {
  const bool possible = grammar_ != Grammar::kPython && grammar_ != Grammar::kGo && grammar_ != Grammar::kJava;
  return possible && is_any_of(previous, "{,") && is_any_of(at(behind(end)), ",}:=");
}

bool Uses::member_of(std::string_view object, std::size_t begin, std::size_t end, bool any_case) const {
  const std::size_t start = before(begin);
  const char previous = start == 0 ? '\0' : text_[start - 1];
  if (is_any_of(previous, "{,")) return taken_apart(previous, end);
  std::size_t stop = start;
  while (stop > 0 && is_any_of(text_[stop - 1], ".?!->:&[\"'` \t\r\n"))
    --stop;
  if (stop == start) return false;
  if (stop > 0 && text_[stop - 1] == ')') return true;  // "(object as any).name"
  if (stop < object.size()) return false;
  const auto same = [&](char a, char b) { return a == b || (any_case && (a | 0x20) == (b | 0x20)); };
  return std::ranges::equal(text_.substr(stop - object.size(), object.size()), object, same) &&
         (stop == object.size() || !NamesReader::part_of_name(text_[stop - object.size() - 1]));
}

bool Uses::of_object(std::size_t begin) const {
  const std::size_t start = before(begin);
  return start > 0 && is_any_of(text_[start - 1], ".>:?");
}

bool Uses::handed_on(std::size_t begin, std::size_t end) const {
  const std::size_t start = before(begin);
  const char previous = start == 0 ? '\0' : text_[start - 1];
  const std::size_t next = behind(end);
  const char c = at(next);
  if (ahead(end, " as ") || is_any_of(at(end), "\"'`")) return true;  // a module's name, too
  const bool line_ends = text_.substr(end, next - end).find('\n') != std::string_view::npos;
  if (previous == '=' || (begins_name(previous) && text_.substr(0, start).ends_with("return")))
    return line_ends || is_any_of(c, ";,)}]|&?") || c == '\0';
  if (is_any_of(previous, "{,") && is_any_of(c, ":")) return true;
  if (!is_any_of(previous, "(,:[.|&?") || !(is_any_of(c, "),}]|&:") || line_ends)) return false;
  // In the brackets of a call; parameters have a body behind them.
  std::size_t depth = 1;
  std::size_t close = end;
  for (const std::size_t limit = std::min(text_.size(), end + 300); close < limit && depth > 0; ++close) {
    if (is_any_of(text_[close], "([{")) ++depth;
    if (is_any_of(text_[close], ")]}")) --depth;
  }
  if (depth > 0) return true;
  const std::size_t body = behind(close);
  return !(at(body) == '{' || at(body) == ':' || ahead(body, "=>"));
}

}  // namespace commandcenter::code::dataflow
