#include "code/headers/program.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

bool has_suffix(std::string_view path, Syntax syntax) {
  const std::size_t dot = path.rfind('.');
  const std::string_view suffix = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  switch (syntax) {
    case Syntax::kPython:
      return suffix == "py";
    case Syntax::kJava:
      return suffix == "java" || suffix == "kt" || suffix == "groovy" || suffix == "scala";
    case Syntax::kCSharp:
      return suffix == "cs";
    case Syntax::kJavaScript:
      return suffix == "js" || suffix == "ts" || suffix == "mjs" || suffix == "cjs" || suffix == "mts" ||
             suffix == "cts" || suffix == "jsx" || suffix == "tsx";
  }
  return false;
}

// After a function's parameters: up to its block, over types and "throws" lists. Nothing when it has none.
std::optional<std::size_t> block_after(const Tokens& tokens, std::size_t at, Syntax syntax) {
  constexpr std::size_t kMaxBetween = 24;
  for (std::size_t i = 0; i < kMaxBetween && at < tokens.all.size(); ++i) {
    if (tokens.opens_block(at)) return at;
    const Token& token = tokens.all[at];
    if (token.kind == Kind::kNewline && syntax != Syntax::kPython) return std::nullopt;
    if (token.text == ";" || token.text == "=>" || token.text == "=" || token.text == "." ||
        token.kind == Kind::kClose || token.kind == Kind::kString)
      return std::nullopt;
    at = tokens.after(at);
  }
  return std::nullopt;
}

bool is_keyword(std::string_view word) {
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"if",   "for", "while", "switch", "catch", "return", "function", "elif", "with", "foreach", "using",
       "lock", "new", "await", "when",   "else",  "not",    "and",      "or",   "in",   "print",   "class"});
  return std::ranges::find(kWords, word) != kWords.end();
}

}  // namespace

Program::Program(Texts files, Syntax syntax) : syntax_(syntax) {
  for (std::size_t file = 0; file < files.size(); ++file) {
    if (!has_suffix(files[file].path, syntax)) continue;
    code_.push_back({tokenize(files[file].text, syntax), file, files[file].path});
  }
  for (std::size_t code = 0; code < code_.size(); ++code) {
    collect_constants(code_[code].tokens, constants_);
    collect_functions(code);
  }
}

void Program::collect_functions(std::size_t code) {
  const Tokens& tokens = code_[code].tokens;
  for (std::size_t at = 0; at + 1 < tokens.all.size(); ++at) {
    if (!tokens.is_name(at)) continue;
    const std::string name(tokens.all[at].text);
    if (tokens.opens(at + 1, '(') && !is_keyword(name)) {
      const bool python = syntax_ == Syntax::kPython;
      if (python && (at == 0 || !tokens.is(at - 1, "def"))) continue;
      if (at > 0 && tokens.is(at - 1, ".")) continue;
      const std::size_t open = at + 1;
      if (const auto block = block_after(tokens, tokens.after(open), syntax_))
        functions_[name].push_back({code, at, tokens.inside(open), tokens.inside(*block)});
      else if (at > 0 && tokens.is(at - 1, "fun"))
        collect_expression(code, at);
      continue;
    }
    if (tokens.is(at + 1, "=") && syntax_ == Syntax::kJavaScript) {
      const Range range{at + 2, statement_end(tokens, at + 2)};
      if (auto function = literal(code, range)) {
        function->name = at;
        functions_[name].push_back(*function);
      }
    }
  }
}

// Kotlin: "fun name(…): Type = …".
void Program::collect_expression(std::size_t code, std::size_t name) {
  const Tokens& tokens = code_[code].tokens;
  constexpr std::size_t kMaxType_tokens = 24;
  std::size_t equals = tokens.after(name + 1);
  for (std::size_t i = 0; i < kMaxType_tokens && equals < tokens.all.size() && !tokens.is(equals, "="); ++i)
    equals = tokens.after(equals);
  if (!tokens.is(equals, "=")) return;
  functions_[std::string(tokens.all[name].text)].push_back(
      {code, name, tokens.inside(name + 1), {equals + 1, statement_end(tokens, equals + 1)}});
}

const std::vector<Function>* Program::functions(std::string_view name) const {
  const auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : &found->second;
}

std::optional<Function> Program::find_class(std::string_view name) const {
  for (std::size_t code = 0; code < code_.size(); ++code) {
    const Tokens& tokens = code_[code].tokens;
    for (std::size_t at = 1; at < tokens.all.size(); ++at) {
      if (!tokens.is(at, name) || !tokens.is(at - 1, "class")) continue;
      constexpr std::size_t kMaxHead = 60;
      std::size_t open = at + 1;
      for (std::size_t i = 0; i < kMaxHead && open < tokens.all.size() && !tokens.opens_block(open); ++i)
        open = tokens.after(open);
      if (open < tokens.all.size() && tokens.opens_block(open)) return Function{code, at, {}, tokens.inside(open)};
    }
  }
  return std::nullopt;
}

std::optional<Function> Program::literal(std::size_t code, Range range) const {
  const Tokens& tokens = code_[code].tokens;
  std::size_t at = range.begin;
  while (at < range.end && (tokens.is(at, "async") || tokens.is(at, "static") || tokens.all[at].kind == Kind::kNewline))
    ++at;
  if (at >= range.end) return std::nullopt;
  if (tokens.is(at, "function")) {
    while (at < range.end && !tokens.opens(at, '('))
      ++at;
    if (at >= range.end) return std::nullopt;
    const auto block = block_after(tokens, tokens.after(at), syntax_);
    if (!block) return std::nullopt;
    return Function{code, range.begin, tokens.inside(at), tokens.inside(*block)};
  }
  if (!tokens.opens(at, '(') && !tokens.is_name(at)) return std::nullopt;
  const Range parameters = tokens.opens(at, '(') ? tokens.inside(at) : Range{at, at + 1};
  for (std::size_t arrow = tokens.after(at); arrow < range.end; arrow = tokens.after(arrow)) {
    if (tokens.is(arrow, "=>") || tokens.is(arrow, "->")) {
      if (tokens.opens(arrow + 1, '{')) return Function{code, range.begin, parameters, tokens.inside(arrow + 1)};
      return Function{code, range.begin, parameters, {arrow + 1, range.end}};
    }
    if (!tokens.is(arrow, ":") && !tokens.is_name(arrow) && tokens.all[arrow].kind != Kind::kOpen &&
        !tokens.is(arrow, "<") && !tokens.is(arrow, ">") && !tokens.is(arrow, "."))
      break;
  }
  return std::nullopt;
}

Condition condition_of(const Tokens& tokens, Range range) {
  bool path = false;
  bool negated = false;
  bool development = false;
  bool production = false;
  for (std::size_t at = range.begin; at < range.end && at < tokens.all.size(); ++at) {
    const Token& token = tokens.all[at];
    const std::string word = lowered(token.kind == Kind::kString ? token.value : std::string(token.text));
    if (word == "!" || word == "not" || word == "!=" || word == "!==") negated = true;
    if (token.kind == Kind::kString && !word.starts_with("dev") && !word.starts_with("prod")) continue;
    for (const std::string_view mark :
         {"path", "url", "endpoint", "blueprint", "startswith", "startswithsegments", "uri"})
      path = path || contains(word, mark);
    for (const std::string_view mark : {"development", "debug", "isdev", "testing", "islocal"})
      development = development || contains(word, mark);
    production = production || contains(word, "production") || contains(word, "isprod") || word == "prod";
  }
  if (path) return negated ? Condition::kNotPath : Condition::kPath;
  if (production) return negated ? Condition::kDevelopment : Condition::kAlways;
  if (development) return negated ? Condition::kAlways : Condition::kDevelopment;
  return Condition::kUnknown;
}

Effect effect_of(Named named, Action action, const Value& value, std::size_t file, std::size_t offset) {
  Effect effect{named.header, named.report_only, action};
  effect.file = file;
  effect.offset = offset;
  using K = Value::Kind;
  if (value.is(K::kString)) {
    effect.value = value.text;
  } else if (value.is(K::kNumber)) {
    effect.value = fmt::format("{}", static_cast<long long>(value.number));
  } else if (value.is(K::kList)) {
    for (const Value& item : value.items)
      effect.value += (effect.value.empty() ? "" : ", ") + item.text;
  } else {
    effect.known = false;
  }
  return effect;
}

}  // namespace commandcenter::code::headers
