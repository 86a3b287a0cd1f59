#include "code/headers/value.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

using K = Value::Kind;

Value text_value(std::string text, bool dynamic, std::size_t offset) {
  Value value;
  value.kind = K::kString;
  value.text = std::move(text);
  value.dynamic = dynamic;
  value.offset = offset;
  return value;
}

Value number_value(double number) {
  Value value;
  value.kind = K::kNumber;
  value.number = number;
  return value;
}

std::string number_text(double number) {
  if (std::abs(number) < 1e15 && number == std::floor(number)) return std::to_string(static_cast<long long>(number));
  return std::to_string(number);
}

class Evaluator {
 public:
  Evaluator(const Tokens& tokens, const Constants& constants, int depth, std::size_t& steps)
      : tokens_(tokens), constants_(constants), depth_(depth), steps_(steps) {}

  Value run(Range range) {
    while (range.begin < range.end && tokens_.all[range.begin].kind == Kind::kNewline)
      ++range.begin;
    while (range.end > range.begin && tokens_.all[range.end - 1].kind == Kind::kNewline)
      --range.end;
    if (range.empty() || depth_ > kMaxValueDepth || ++steps_ > kMaxValueSteps) return {};
    Value value = expression(range);
    value.offset = tokens_.all[range.begin].offset;
    return value;
  }

 private:
  Value of(const Tokens& tokens, Range range) const {
    range.end = std::min(range.end, tokens.all.size());
    return Evaluator(tokens, constants_, depth_ + 1, steps_).run(range);
  }
  Value inner(Range range) const { return of(tokens_, range); }

  Value expression(Range range) {
    if (auto chosen = choice(range)) return std::move(*chosen);
    if (const auto sum = parts(tokens_, range, "+"); sum.size() > 1) return added(sum);
    if (const auto product = parts(tokens_, range, "*"); product.size() > 1) return multiplied(product);
    return primary(range);
  }

  // "a ? b : c", "b if a else c", "a || b", "a ?? b", "a or b".
  std::optional<Value> choice(Range range) {
    for (const std::string_view word : {"||", "??", "or"}) {
      const auto options = parts(tokens_, range, word);
      if (options.size() < 2) continue;
      for (const Range& option : options) {
        Value value = inner(option);
        if (!value.is(K::kUnknown) && !value.is(K::kSymbol)) return value;
      }
      return Value{};
    }
    if (const auto asked = parts(tokens_, range, "?"); asked.size() == 2) {
      const auto answers = parts(tokens_, asked[1], ":");
      if (answers.size() != 2) return std::nullopt;
      return inner(answers[means_development(asked[0]) ? 1 : 0]);
    }
    const auto asked = parts(tokens_, range, "if");
    if (asked.size() != 2) return std::nullopt;
    const auto answers = parts(tokens_, asked[1], "else");
    if (answers.size() != 2) return std::nullopt;
    return inner(means_development(answers[0]) ? answers[1] : asked[0]);
  }

  bool means_development(Range range) const {
    bool development = false;
    bool turned = false;
    for (std::size_t at = range.begin; at < range.end; ++at) {
      const Token& token = tokens_.all[at];
      const std::string word = lowered(token.kind == Kind::kString ? token.value : std::string(token.text));
      if (contains(word, "dev") || contains(word, "debug") || contains(word, "local") || contains(word, "test"))
        development = true;
      turned = turned || word == "!" || word == "not" || word == "!=" || word == "!==";
    }
    return development != (development && turned);
  }

  Value added(const std::vector<Range>& terms) const {
    std::vector<Value> values;
    for (const Range& term : terms)
      values.push_back(inner(term));
    if (std::ranges::all_of(values, [](const Value& value) { return value.is(K::kNumber); })) {
      double sum = 0;
      for (const Value& value : values)
        sum += value.number;
      return number_value(sum);
    }
    if (std::ranges::all_of(values, [](const Value& value) { return value.is(K::kList); })) {
      Value all = values.front();
      for (std::size_t i = 1; i < values.size(); ++i)
        all.items.insert(all.items.end(), values[i].items.begin(), values[i].items.end());
      return all;
    }
    Value all = text_value({}, false, 0);
    bool any = false;
    for (const Value& value : values) {
      any = any || value.is(K::kString);
      append(all, value);
    }
    return any ? all : Value{};
  }

  static void append(Value& text, const Value& value) {
    const bool fits = value.is(K::kString) && text.text.size() + value.text.size() <= kMaxValueText_bytes;
    if (fits)
      text.text += value.text;
    else if (value.is(K::kNumber))
      text.text += number_text(value.number);
    else
      text.text += "${}";
    text.dynamic = text.dynamic || value.dynamic || !(fits || value.is(K::kNumber));
  }

  Value multiplied(const std::vector<Range>& factors) const {
    double product = 1;
    for (const Range& factor : factors) {
      const Value value = inner(factor);
      if (!value.is(K::kNumber)) return {};
      product *= value.number;
    }
    return number_value(product);
  }

  Value primary(Range range) {
    const Token& first = tokens_.all[range.begin];
    if (first.kind == Kind::kOpen && first.match + 1 == range.end) return group(range);
    if (first.text == "-" && range.end == range.begin + 2) {
      Value value = inner({range.begin + 1, range.end});
      value.number = -value.number;
      return value;
    }
    if (first.text == "await" || first.text == "new" || first.text == "typeof") {
      if (first.text != "new") return inner({range.begin + 1, range.end});
      // C#: "new Dictionary<string, string> { … }"
      std::size_t last = range.begin + 1;
      for (std::size_t at = last; at < range.end; at = tokens_.after(at))
        last = at;
      if (tokens_.opens(last, '{')) return inner({last, range.end});
      ++range.begin;
      if (range.empty()) return {};
    }
    const bool strings = std::all_of(tokens_.all.begin() + static_cast<std::ptrdiff_t>(range.begin),
                                     tokens_.all.begin() + static_cast<std::ptrdiff_t>(range.end),
                                     [](const Token& token) { return token.kind == Kind::kString; });
    if (strings) return joined_strings(range);
    if (range.end == range.begin + 1) return word(tokens_.all[range.begin]);
    return chain(range);
  }

  Value joined_strings(Range range) const {
    Value all = text_value({}, false, 0);
    for (std::size_t at = range.begin; at < range.end; ++at) {
      const Token& token = tokens_.all[at];
      if (token.dynamic)
        fill(token.value, all);
      else
        all.text += token.value;
    }
    return all;
  }

  // "max-age=${YEAR}", f"max-age={YEAR}": what is known of the holes.
  void fill(const std::string& text, Value& all) const {
    for (std::size_t at = 0; at < text.size();) {
      const bool dollar = text.compare(at, 2, "${") == 0;
      const std::size_t close = dollar || text[at] == '{' ? text.find('}', at) : std::string::npos;
      if (close == std::string::npos) {
        all.text += text[at++];
        continue;
      }
      const std::size_t begin = at + (dollar ? 2 : 1);
      const Tokens hole = tokenize(std::string_view(text).substr(begin, close - begin), Syntax::kJavaScript);
      append(all, of(hole, hole.everything()));
      at = close + 1;
    }
  }

  Value word(const Token& token) const {
    if (token.kind == Kind::kNumber) {
      std::string digits;
      for (const char c : token.text) {
        if (c != '_') digits += c;
      }
      return number_value(std::strtod(digits.c_str(), nullptr));
    }
    if (token.kind != Kind::kName) return {};
    if (token.text == "true" || token.text == "True" || token.text == "false" || token.text == "False") {
      Value value;
      value.kind = K::kBool;
      value.number = token.text == "true" || token.text == "True" ? 1 : 0;
      return value;
    }
    if (token.text == "null" || token.text == "None" || token.text == "undefined") {
      Value value;
      value.kind = K::kNull;
      return value;
    }
    return constant(std::string(token.text));
  }

  Value constant(const std::string& name) const {
    if (const auto found = constants_.find(name); found != constants_.end())
      return of(*found->second.tokens, found->second.range);
    Value symbol;
    symbol.kind = K::kSymbol;
    symbol.text = name;
    return symbol;
  }

  Value group(Range range) {
    const Token& open = tokens_.all[range.begin];
    const Range inside = tokens_.inside(range.begin);
    const auto elements = parts(tokens_, inside, ",");
    const bool tuple =
        open.text == "(" && (elements.size() > 1 || (elements.size() == 1 && inside.end > elements[0].end));
    if (open.text == "(" && !tuple && !inside.empty()) return inner(inside);
    if (open.text == "{") return braces(elements);
    Value list;
    list.kind = K::kList;
    for (const Range& element : elements) {
      const bool spread = tokens_.is(element.begin, "...") || tokens_.is(element.begin, "*");
      Value value = inner({element.begin + (spread ? 1 : 0), element.end});
      if (spread && value.is(K::kList))
        list.items.insert(list.items.end(), value.items.begin(), value.items.end());
      else
        list.items.push_back(std::move(value));
    }
    return list;
  }

  Value braces(const std::vector<Range>& elements) {
    Value dict;
    dict.kind = K::kDict;
    for (const Range& element : elements) {
      if (tokens_.is(element.begin, "...") || tokens_.is(element.begin, "**")) {
        const Value spread = inner({element.begin + 1, element.end});
        for (const auto& member : spread.members)
          put(dict, member.name, member.value);
        continue;
      }
      const auto sides = parts(tokens_, element, ":");
      if (sides.empty()) continue;
      const std::size_t behind = tokens_.after(element.begin);
      if (tokens_.opens(element.begin, '[') && tokens_.is(behind, "=")) {  // C#: ["name"] = value
        put(dict, key_of({element.begin, behind}), inner({behind + 1, element.end}));
        continue;
      }
      if (sides.size() == 1) {  // "{ name }" or a set
        Value value = inner(element);
        if (tokens_.opens(element.begin, '{') && value.items.size() == 2 && value.items[0].is(K::kString)) {
          put(dict, value.items[0].text, value.items[1]);  // C#: { "name", value }
          continue;
        }
        if (tokens_.is_name(element.begin) && element.end == element.begin + 1)
          put(dict, std::string(tokens_.all[element.begin].text), value);
        dict.items.push_back(std::move(value));
        continue;
      }
      put(dict, key_of(sides[0]), inner({sides[0].end + 1, element.end}));
    }
    return dict;
  }

  static void put(Value& dict, const std::string& key, Value value) {
    const auto found = std::ranges::find(dict.members, key, &Value::Member::name);
    if (found == dict.members.end())
      dict.members.push_back({key, std::move(value)});
    else
      found->value = std::move(value);
  }

  std::string key_of(Range range) {
    if (tokens_.is_string(range.begin)) return tokens_.all[range.begin].value;
    if (tokens_.opens(range.begin, '[')) {
      const Value key = inner(tokens_.inside(range.begin));
      return key.text;
    }
    if (range.end == range.begin + 1 && constants_.contains(tokens_.all[range.begin].text)) {
      const Value key = inner(range);
      if (key.is(K::kString)) return key.text;
    }
    return std::string(tokens_.all[range.end - 1].text);
  }

  // "a.b", "a.b(c)", and what is put behind a value: ".join(…)", ".trim()".
  Value chain(Range range) {
    std::size_t last = range.begin;
    for (std::size_t at = range.begin; at < range.end; at = tokens_.after(at))
      last = at;
    const bool call = tokens_.opens(last, '(') && tokens_.after(last) >= range.end;
    if (!call) return member(range, last);
    if (last == range.begin) return {};
    const std::size_t name = last - 1;
    const std::string_view method = tokens_.all[name].text;
    const bool on_value = name > range.begin + 1 && tokens_.is(name - 1, ".");
    const Range before{range.begin, on_value ? name - 1 : range.begin};
    return called(method, before, last);
  }

  Value member(Range range, std::size_t last) const {
    if (tokens_.is_name(last) && last >= range.begin + 2 && (tokens_.is(last - 1, ".") || tokens_.is(last - 1, "?."))) {
      const Value owner = inner({range.begin, last - 1});
      if (const Value* found = owner.find(tokens_.all[last].text)) return *found;
      Value symbol;
      symbol.kind = K::kSymbol;
      symbol.text = std::string(tokens_.all[last].text);
      return symbol;
    }
    return {};
  }

  Value called(std::string_view method, Range owner, std::size_t open) {
    const auto elements = parts(tokens_, tokens_.inside(open), ",");
    if (method == "join" && !owner.empty() && !elements.empty()) return join(inner(owner), inner(elements[0]));
    static constexpr auto kSame =
        std::to_array<std::string_view>({"trim", "replace", "replaceAll", "strip", "format", "stripIndent", "Trim",
                                         "toLowerCase", "lower", "concat", "Replace"});
    if (!owner.empty() && std::ranges::find(kSame, method) != kSame.end()) {
      Value value = inner(owner);
      if (value.is(K::kString)) return value;
    }
    static constexpr auto kWrappers = std::to_array<std::string_view>(
        {"freeze", "int", "str", "String", "Number", "parseInt", "list", "tuple", "dedent", "asList", "of", "Boolean"});
    if (std::ranges::find(kWrappers, method) != kWrappers.end() && !elements.empty()) return inner(elements[0]);
    if (method == "dict") return dict_call(open);
    return fallback(method, open, elements);
  }

  // "env.int('X', default=5)", "os.environ.get('X', 'y')", "config('X', default=…)", "TimeSpan.FromDays(30)".
  Value fallback(std::string_view method, std::size_t open, const std::vector<Range>& elements) {
    static constexpr auto kUnits = std::to_array<std::pair<std::string_view, double>>({{"FromDays", 86400},
                                                                                       {"ofDays", 86400},
                                                                                       {"FromHours", 3600},
                                                                                       {"ofHours", 3600},
                                                                                       {"FromSeconds", 1},
                                                                                       {"ofSeconds", 1},
                                                                                       {"FromMinutes", 60},
                                                                                       {"ofMinutes", 60}});
    for (const auto& [name, seconds] : kUnits) {
      if (method != name || elements.empty()) continue;
      const Value value = inner(elements[0]);
      return value.is(K::kNumber) ? number_value(value.number * seconds) : Value{};
    }
    const Arguments given = arguments(tokens_, open, "=");
    if (const Range* value = given.find("default")) return inner(*value);
    if (method == "timedelta") return timedelta(given);
    if ((method == "get" || method == "getenv" || method == "config" || method == "env" || method == "int" ||
         method == "str") &&
        given.positional.size() >= 2)
      return inner(given.positional[1]);
    return {};
  }

  Value timedelta(const Arguments& given) const {
    static constexpr auto kParts = std::to_array<std::pair<std::string_view, double>>(
        {{"weeks", 604800}, {"days", 86400}, {"hours", 3600}, {"seconds", 1}});
    double seconds = given.positional.empty() ? 0 : inner(given.positional[0]).number * 86400;
    for (const auto& [name, factor] : kParts) {
      if (const Range* value = given.find(name)) seconds += inner(*value).number * factor;
    }
    return number_value(seconds);
  }

  Value dict_call(std::size_t open) const {
    Value dict;
    dict.kind = K::kDict;
    for (const auto& [name, range] : arguments(tokens_, open, "=").named)
      put(dict, name, inner(range));
    return dict;
  }

  static Value join(const Value& left, const Value& right) {
    const bool python = left.is(K::kString);
    const Value& list = python ? right : left;
    const Value& separator = python ? left : right;
    if (!list.is(K::kList)) return {};
    Value all = text_value({}, false, 0);
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      if (i > 0) all.text += separator.text;
      append(all, list.items[i]);
    }
    return all;
  }

  const Tokens& tokens_;
  const Constants& constants_;
  int depth_;
  std::size_t& steps_;  // of the whole value: names may stand for names twice, and those again
};

}  // namespace

const Value* Value::find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

Value evaluate(const Tokens& tokens, Range range, const Constants& constants) {
  std::size_t steps = 0;
  range.end = std::min(range.end, tokens.all.size());
  return Evaluator(tokens, constants, 0, steps).run(range);
}

namespace {

// "const NAME: Record<string, string> = …", and in Python "NAME: dict[str, str] = …" on a line of its own.
void collect_typed(const Tokens& tokens, Constants& constants) {
  constexpr std::size_t kMaxType_tokens = 40;
  for (std::size_t at = 0; at + 3 < tokens.all.size(); ++at) {
    if (!tokens.is_name(at) || !tokens.is(at + 1, ":")) continue;
    const bool declared =
        at > 0 && (tokens.is(at - 1, "const") || tokens.is(at - 1, "let") || tokens.is(at - 1, "var") ||
                   tokens.is(at - 1, "readonly") || tokens.is(at - 1, "static"));
    if (!declared && !tokens.all[at].starts_line) continue;
    const std::size_t end = statement_end(tokens, at);
    std::size_t equals = at + 2;
    while (equals < end && equals < at + kMaxType_tokens && !tokens.is(equals, "="))
      equals = tokens.after(equals);
    if (equals + 1 >= end || !tokens.is(equals, "=")) continue;
    constants.try_emplace(std::string(tokens.all[at].text), Constant{&tokens, {equals + 1, end}});
  }
}

}  // namespace

void collect_constants(const Tokens& tokens, Constants& constants) {
  collect_typed(tokens, constants);
  for (std::size_t at = 1; at + 1 < tokens.all.size(); ++at) {
    if (!tokens.is(at, "=") || !tokens.is_name(at - 1)) continue;
    if (at >= 2 && (tokens.is(at - 2, ".") || tokens.is(at - 2, ","))) continue;
    const std::size_t end = statement_end(tokens, at + 1);
    const auto declared = parts(tokens, {at + 1, end}, ",");
    if (declared.empty()) continue;
    const bool tuple =
        tokens.all[at - 1].kind == Kind::kName && declared.size() > 1 && !tokens.is_name(declared[1].begin);
    const bool generic = tokens.is(at + 1, "new") && tokens.is(at + 3, "<");  // its commas are none of the list
    constants.try_emplace(std::string(tokens.all[at - 1].text),
                          Constant{&tokens, {at + 1, tuple || generic ? end : declared[0].end}});
  }
}

const Range* Arguments::find(std::string_view name) const {
  const auto found = std::ranges::find(named, name, &std::pair<std::string, Range>::first);
  return found == named.end() ? nullptr : &found->second;
}

Arguments arguments(const Tokens& tokens, std::size_t open, std::string_view name_separator) {
  Arguments all;
  for (const Range& range : parts(tokens, tokens.inside(open), ",")) {
    Range argument = range;
    while (argument.begin < argument.end && tokens.all[argument.begin].kind == Kind::kNewline)
      ++argument.begin;
    if (tokens.is_name(argument.begin) && argument.begin + 2 <= argument.end &&
        tokens.is(argument.begin + 1, name_separator))
      all.named.emplace_back(std::string(tokens.all[argument.begin].text), Range{argument.begin + 2, argument.end});
    else if (!argument.empty())
      all.positional.push_back(argument);
  }
  return all;
}

}  // namespace commandcenter::code::headers
