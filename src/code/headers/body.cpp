// What a piece of code does to the headers of a response: calls, assignments and removals, under conditions and in
// loops.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "code/headers/program.h"
#include "code/headers/words.h"

namespace commandcenter::code::headers {
namespace {

struct Method {
  std::string_view name;
  Action action;
};
constexpr auto kMethods = std::to_array<Method>({
    {"set", Action::kSet},
    {"setHeader", Action::kSet},
    {"header", Action::kSet},
    {"SetHeader", Action::kSet},
    {"Set", Action::kSet},
    {"put", Action::kSet},
    {"Append", Action::kAppend},
    {"append", Action::kAppend},
    {"Add", Action::kAppend},
    {"add", Action::kAppend},
    {"AppendHeader", Action::kAppend},
    {"AddHeader", Action::kAppend},
    {"addHeader", Action::kAppend},
    {"TryAdd", Action::kDefault},
    {"setdefault", Action::kDefault},
    {"putIfAbsent", Action::kDefault},
    {"removeHeader", Action::kRemove},
    {"remove", Action::kRemove},
    {"Remove", Action::kRemove},
    {"pop", Action::kRemove},
    {"delete", Action::kRemove},
    {"unset", Action::kRemove},
    {"discard", Action::kRemove},
    {"RemoveHeader", Action::kRemove},
});

// Who sends requests rather than answers them.
bool asks_others(std::string_view chain) {
  const std::string text = lowered(chain);
  if (contains(text, "resp")) return false;
  for (const std::string_view mark : {"req", "client", "fetch", "axios", "got.", "upstream", "supertest", "agent"}) {
    if (contains(text, mark)) return true;
  }
  return false;
}

}  // namespace

class BodyReader {
 public:
  BodyReader(const Program& program, Site& site, std::size_t code, int depth)
      : program_(program), site_(site), code_(code), depth_(depth), tokens_(program.code()[code].tokens) {}

  void walk(Range range, Place place) {
    range.end = std::min(range.end, tokens_.all.size());
    for (std::size_t at = range.begin; at < range.end;) {
      if (tokens_.is(at, "if") || tokens_.is(at, "elif")) {
        at = branch(at, range.end, place);
      } else if (tokens_.is(at, "for") || tokens_.is(at, "foreach")) {
        loop(at, range.end);
        ++at;
      } else {
        at = step(at, place);
      }
    }
  }

 private:
  struct Loop {
    std::string key;
    std::string value;
    Value entries;
  };

  std::size_t file() const { return program_.code()[code_].file; }

  Range statement_after(std::size_t at, std::size_t limit, std::size_t& next) const {
    while (at < limit && (tokens_.is(at, ":") || tokens_.all[at].kind == Kind::kNewline))
      ++at;
    if (at < limit && tokens_.opens_block(at)) {
      next = tokens_.after(at);
      return tokens_.inside(at);
    }
    const std::size_t end = std::min(statement_end(tokens_, at), limit);
    next = std::min(end + (tokens_.is(end, ";") ? 1 : 0), limit);
    return {at, end};
  }

  static bool leaves(const Tokens& tokens, Range range) {
    for (std::size_t at = range.begin; at < range.end && at < tokens.all.size(); ++at) {
      if (tokens.is(at, "return")) return true;
    }
    return false;
  }

  // Reads both ways of a condition; `place` changes when one of them leaves the function.
  std::size_t branch(std::size_t at, std::size_t limit, Place& place) {
    Range condition{at + 1, at + 1};
    if (tokens_.opens(at + 1, '(') && program_.syntax() != Syntax::kPython) {
      condition.end = tokens_.after(at + 1);
    } else {
      while (condition.end < limit && !tokens_.is(condition.end, ":") &&
             tokens_.all[condition.end].kind != Kind::kNewline)
        condition.end = tokens_.after(condition.end);
    }
    const Condition kind = condition_of(tokens_, condition);
    std::size_t next = condition.end;
    const Range body = statement_after(condition.end, limit, next);
    Place inside = place;
    Place outside = place;
    const bool inner = place.scope == kWholeSite;
    if (inner && (kind == Condition::kPath || kind == Condition::kNotPath)) {
      const int scope = site_.add_scope(fmt::format("the part at line {}", line_mark(at)));
      inside = {scope, kind == Condition::kNotPath, place.phase};
      outside = {scope, kind == Condition::kPath, place.phase};
    }
    if (kind != Condition::kDevelopment) {
      unsure_ += kind == Condition::kUnknown ? 1 : 0;
      walk(body, inside);
      unsure_ -= kind == Condition::kUnknown ? 1 : 0;
    }
    const bool left = leaves(tokens_, body);
    std::size_t other = next;
    while (other < limit && tokens_.all[other].kind == Kind::kNewline)
      ++other;
    if (other < limit && tokens_.is(other, "else")) {
      const Range rest = statement_after(other + 1, limit, next);
      walk(rest, outside);
    } else if (left && inner && outside.scope != kWholeSite) {
      place = outside;
    }
    return std::max(next, at + 1);
  }

  std::size_t line_mark(std::size_t at) const {
    std::size_t line = 1;
    for (std::size_t i = 0; i <= at && i < tokens_.all.size(); ++i)
      line += tokens_.all[i].starts_line && i > 0 ? 1U : 0U;
    return line;
  }

  // "for (const [key, value] of Object.entries(HEADERS))", "for key, value in HEADERS.items():", "foreach (var (k, v)
  // in h)".
  void loop(std::size_t at, std::size_t limit) {
    const std::size_t end = program_.syntax() == Syntax::kPython ? std::min(statement_end(tokens_, at), limit)
                            : tokens_.opens(at + 1, '(')         ? tokens_.all[at + 1].match
                                                                 : at + 1;
    std::vector<std::string> names;
    std::size_t from = 0;
    for (std::size_t i = at + 1; i < end && i < tokens_.all.size(); ++i) {
      if (tokens_.is(i, "of") || tokens_.is(i, "in")) {
        from = i + 1;
        break;
      }
      if (tokens_.is_name(i) && !tokens_.is(i, "const") && !tokens_.is(i, "let") && !tokens_.is(i, "var"))
        names.emplace_back(tokens_.all[i].text);
    }
    if (from == 0 || names.empty()) return;
    bind(names, {from, end});
  }

  void bind(const std::vector<std::string>& names, Range source) {
    for (std::size_t i = source.begin; i < source.end && i < tokens_.all.size(); ++i) {
      if (!tokens_.is_name(i) && !(tokens_.opens(i, '{') || tokens_.opens(i, '['))) continue;
      const Value entries = program_.value(program_.code()[code_], {i, tokens_.after(i)});
      if (!entries.is(Value::Kind::kDict) && !entries.is(Value::Kind::kList)) continue;
      loops_.push_back({names[0], names.size() > 1 ? names[1] : names[0], entries});
      return;
    }
  }

  std::size_t step(std::size_t at, const Place& place) {
    const Token& token = tokens_.all[at];
    if (token.text == "del" || token.text == "delete") return removal(at, place);
    if (tokens_.is_string(at) && tokens_.is(at + 1, ":") && !tokens_.is(at + 2, ":")) {
      if (const Named named = header_of(token.value); named.known) {
        std::size_t end = at + 2;
        while (end < tokens_.all.size() && !tokens_.is(end, ",") && tokens_.all[end].kind != Kind::kClose)
          end = tokens_.after(end);
        add(named, Action::kSet, {at + 2, end}, at, place);
        return end;
      }
    }
    if (token.kind == Kind::kOpen && token.text == "[" && index_assigned(at, place)) return tokens_.after(at) + 1;
    if (token.kind == Kind::kName && property_assigned(at, place)) return at + 2;
    if (token.kind == Kind::kName && tokens_.opens(at + 1, '(')) return call(at, place);
    return at + 1;
  }

  std::size_t removal(std::size_t at, const Place& place) {
    const std::size_t end = statement_end(tokens_, at + 1);
    for (std::size_t i = at + 1; i < end; ++i) {
      if (!tokens_.opens(i, '[') || !tokens_.is_string(i + 1)) continue;
      const Named named = header_of(tokens_.all[i + 1].value);
      if (named.known && !asks_others(chain_before(tokens_, i))) add(named, Action::kRemove, {}, i, place);
    }
    return end;
  }

  bool index_assigned(std::size_t open, const Place& place) {
    const std::size_t after = tokens_.after(open);
    if (!tokens_.is(after, "=") && !tokens_.is(after, "?\?=")) return false;
    if (asks_others(chain_before(tokens_, open))) return false;
    const Range value{after + 1, value_end(after + 1)};
    const Range key = tokens_.inside(open);
    const bool member = key.end == key.begin + 3 && tokens_.is(key.begin + 1, ".") && tokens_.is(key.begin + 2, "Key");
    if ((key.end == key.begin + 1 || member) && tokens_.is_name(key.begin) &&
        from_loop(tokens_.all[key.begin].text, open, Action::kSet, place))
      return true;
    const Named named = named_by(key);
    if (!named.known) return false;
    add(named, tokens_.is(after, "=") ? Action::kSet : Action::kDefault, value, open, place);
    return true;
  }

  std::size_t value_end(std::size_t at) const {
    std::size_t end = at;
    while (end < tokens_.all.size() && !tokens_.is(end, ",") && end < statement_end(tokens_, at))
      end = tokens_.after(end);
    return end;
  }

  // C#: "headers.XFrameOptions = …".
  bool property_assigned(std::size_t at, const Place& place) {
    if (program_.syntax() != Syntax::kCSharp || at < 2 || !tokens_.is(at - 1, ".") || !tokens_.is(at + 1, "="))
      return false;
    const Named named = header_of(kebab(tokens_.all[at].text));
    const std::string chain = chain_before(tokens_, at - 1);
    if (!named.known || !(contains_caseless(chain, "headers") || is_other_name_of_headers(chain))) return false;
    const Range value{at + 2, statement_end(tokens_, at + 2)};
    const bool gone =
        tokens_.is(value.begin, "default") || tokens_.is(value.begin, "null") || tokens_.is(value.end - 1, "Empty");
    add(named, gone ? Action::kRemove : Action::kSet, value, at, place);
    return true;
  }

  // "var h = context.Response.Headers;"
  bool is_other_name_of_headers(std::string_view name) const {
    for (std::size_t at = 0; !name.empty() && at + 1 < tokens_.all.size(); ++at) {
      if (!tokens_.is(at, name) || !tokens_.is(at + 1, "=")) continue;
      const std::size_t end = statement_end(tokens_, at + 2);
      if (end > at + 2 && tokens_.is(end - 1, "Headers")) return true;
    }
    return false;
  }

  Named named_by(Range range) const {
    const Value name = program_.value(program_.code()[code_], range);
    if (name.is(Value::Kind::kString)) return header_of(name.text);
    if (name.is(Value::Kind::kSymbol)) return header_of(kebab(name.text));
    return {};
  }

  std::size_t call(std::size_t at, Place place) {
    const std::size_t open = at + 1;
    const std::string_view name = tokens_.all[at].text;
    const std::string chain =
        at > 0 && (tokens_.is(at - 1, ".") || tokens_.is(at - 1, "?.")) ? chain_before(tokens_, at - 1) : std::string();
    const auto arguments = parts(tokens_, tokens_.inside(open), ",");
    if (chain.empty() && program_.library() && program_.library()(code_, at, place)) return tokens_.after(open);
    if (asks_others(chain.empty() ? std::string(name) : chain) && !contains(chain, "on")) {
      if (!takes_response(arguments)) return tokens_.after(open);
    }
    if (name == "OnStarting" || name == "onHeaders" || name == "call_on_close" || name == "after_this_request")
      place.phase = Phase::kLate;
    for (const Method& method : kMethods) {
      if (method.name != name || chain.empty() || arguments.empty()) continue;
      const bool removes = method.action == Action::kRemove;
      if (!removes && arguments.size() < 2) break;
      if (tokens_.is_name(arguments[0].begin) && arguments[0].end == arguments[0].begin + 1 &&
          from_loop(tokens_.all[arguments[0].begin].text, at, method.action, place))
        return tokens_.after(open);
      const Named named = named_by(arguments[0]);
      if (!named.known) break;
      add(named, method.action, removes ? Range{} : arguments[1], at, place);
      return tokens_.after(open);
    }
    if (expand_constant(name, chain, arguments, at, place)) return tokens_.after(open);
    if (name == "forEach" && !chain.empty()) bind_for_each(at, open);
    inline_call(name, chain, at, place);
    walk(tokens_.inside(open), place);
    return tokens_.after(open);
  }

  bool takes_response(const std::vector<Range>& arguments) const {
    return std::ranges::any_of(arguments, [&](const Range& range) {
      return range.end == range.begin + 1 && (tokens_.is(range.begin, "res") || tokens_.is(range.begin, "response"));
    });
  }

  // "res.set(HEADERS)", "response.headers.update(HEADERS)".
  bool expand_constant(std::string_view name, std::string_view chain, const std::vector<Range>& arguments,
                       std::size_t at, const Place& place) {
    if (name != "set" && name != "headers" && name != "update" && name != "header" && name != "extend" &&
        name != "writeHead")
      return false;
    if (chain.empty() || arguments.empty()) return false;
    const Range& last = arguments.back();
    if (!tokens_.is_name(last.begin)) return false;
    const Value dict = program_.value(program_.code()[code_], last);
    for (const auto& [key, value] : dict.members) {
      if (const Named named = header_of(key); named.known)
        push(effect_of(named, Action::kSet, value, file(), tokens_.all[at].offset), place);
    }
    return !dict.members.empty();
  }

  void bind_for_each(std::size_t at, std::size_t open) {
    std::vector<std::string> names;
    std::size_t i = open + 1;
    for (; i < tokens_.all[open].match && !tokens_.is(i, "=>"); ++i) {
      if (tokens_.is_name(i)) names.emplace_back(tokens_.all[i].text);
    }
    std::size_t begin = at;
    chain_before(tokens_, at - 1, &begin);
    if (at < 2 || names.empty()) return;
    // The dictionary is the argument of entries(…) or keys(…), just before ".forEach"; a list of pairs stands there
    // itself.
    if (tokens_.is(at - 2, ")"))
      bind(names, tokens_.inside(tokens_.all[at - 2].match));
    else
      bind(names, {begin, at - 1});
  }

  bool from_loop(std::string_view key, std::size_t at, Action action, const Place& place) {
    for (auto loop = loops_.rbegin(); loop != loops_.rend(); ++loop) {
      if (loop->key != key) continue;
      for (const auto& [name, value] : loop->entries.members) {
        if (const Named named = header_of(name); named.known)
          push(effect_of(named, action, value, file(),
                         value.offset != 0 ? tokens_.all[at].offset : tokens_.all[at].offset),
               place);
      }
      for (const Value& item : loop->entries.items)
        add_item(item, at, action, place);
      return true;
    }
    return false;
  }

  void add_item(const Value& item, std::size_t at, Action action, const Place& place) {
    const bool pair = item.is(Value::Kind::kList) && item.items.size() == 2;
    const Named named = header_of(pair ? item.items[0].text : item.text);
    if (!named.known || (!pair && action != Action::kRemove)) return;
    push(effect_of(named, action, pair ? item.items[1] : Value{}, file(), tokens_.all[at].offset), place);
  }

  void inline_call(std::string_view name, std::string_view chain, std::size_t at, const Place& place) {
    if (depth_ >= kMaxCallDepth || (!chain.empty() && chain != "self" && chain != "this")) return;
    const auto* functions = program_.functions(name);
    if (functions == nullptr) return;
    const Function& function = functions->front();
    if (function.code == code_ && function.body.begin <= at && at < function.body.end) return;  // it calls itself
    if (function.code == code_ && function.name == at) return;                                  // it is the definition
    program_.read_body(site_, function.code, function.body, place, depth_ + 1);
  }

  void add(Named named, Action action, Range value, std::size_t at, const Place& place) {
    const Value read = value.empty() ? Value{} : program_.value(program_.code()[code_], value);
    Effect effect = effect_of(named, action, read, file(), tokens_.all[at].offset);
    if (action != Action::kRemove && read.is(Value::Kind::kNull)) effect.action = Action::kRemove;
    push(std::move(effect), place);
  }

  void push(Effect effect, const Place& place) {
    effect.scope = place.scope;
    effect.except = place.except;
    effect.phase = place.phase;
    // Under a condition that says nothing: the first value counts as the usual one, another or none as an exception.
    if (unsure_ > 0 && place.scope == kWholeSite) {
      const bool known_before = std::ranges::any_of(site_.effects, [&](const Effect& before) {
        return before.header == effect.header && before.report_only == effect.report_only && before.scope == kWholeSite;
      });
      if (known_before && effect.action != Action::kDefault) effect.scope = site_.add_scope("a case");
    }
    site_.effects.push_back(std::move(effect));
  }

  const Program& program_;
  Site& site_;
  std::size_t code_;
  int depth_;
  const Tokens& tokens_;
  std::vector<Loop> loops_;
  int unsure_ = 0;
};

void Program::read_body(Site& site, std::size_t code, Range body, Place place, int depth) const {
  BodyReader(*this, site, code, depth).walk(body, place);
}

}  // namespace commandcenter::code::headers
