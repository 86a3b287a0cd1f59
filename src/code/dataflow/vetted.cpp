// What is accepted before a function goes on: fields that a framework has held against rules, parts of a route that has
// a pattern, texts that somebody with the key has signed.
#include <algorithm>
#include <string>
#include <string_view>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxFrom_bytes = 400;  // from "requirements" to the pattern of a part

// Laravel: "integer", "in:a,b", "regex:/^[a-z]+$/".
bool is_narrow(std::string_view rule) {
  if (rule.starts_with("regex:")) return allows_little(rule.substr(6), false);
  return one_of(
      rule.substr(0, rule.find(':')),
      "integer int numeric digits digits_between boolean bool uuid ulid alpha alpha_num alpha_dash in ip ipv4 "
      "date_format timezone decimal hex_color");
}

// The signs of a pattern as a text of Java or PHP has them: "\\d" is "\d".
std::string unescaped(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.substr(i).starts_with("\\\\")) ++i;
    text.push_back(pattern[i]);
  }
  return text;
}

// "{name:[a-z]{2}}", "{name<\d+>}": the pattern; empty where there is none.
std::string_view inline_pattern(std::string_view marks, std::string_view name) {
  for (std::size_t at = marks.find('{'); at != std::string_view::npos; at = marks.find('{', at + 1)) {
    std::string_view rest = marks.substr(at + 1);
    if (!rest.starts_with(name)) continue;
    rest.remove_prefix(name.size());
    const std::size_t sign = rest.find_first_not_of(' ');
    if (sign == std::string_view::npos || (rest[sign] != ':' && rest[sign] != '<')) continue;
    const bool angle = rest[sign] == '<';
    rest.remove_prefix(sign + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    int depth = 1;
    for (std::size_t end = 0; end < rest.size(); ++end) {
      if (angle ? rest[end] == '>' : rest[end] == '}') --depth;
      if (!angle && rest[end] == '{') ++depth;
      if (depth == 0) return rest.substr(0, end);
    }
  }
  return {};
}

// Symfony: "requirements: ['name' => '[a-z]+']".
std::string_view required_pattern(std::string_view marks, std::string_view name) {
  const std::size_t begin = marks.find("requirements");
  if (begin == std::string_view::npos) return {};
  std::string_view rest = marks.substr(begin, kMaxFrom_bytes);
  for (const std::string_view quote : {"'", "\""}) {
    const std::string key = std::string(quote) + std::string(name) + std::string(quote);
    const std::size_t at = rest.find(key);
    if (at == std::string_view::npos) continue;
    rest.remove_prefix(at + key.size());
    const std::size_t open = rest.find_first_of("'\"");
    const std::string_view sign = rest.substr(0, open);
    if (open == std::string_view::npos || sign.find_first_not_of(" =>:") != std::string_view::npos) return {};
    const std::size_t close = rest.find(rest[open], open + 1);
    return close == std::string_view::npos ? std::string_view{} : rest.substr(open + 1, close - open - 1);
  }
  return {};
}

}  // namespace

// A part of the route has to match a pattern, all of it, that lets nothing through.
bool is_bound_by_route(Grammar grammar, std::string_view marks, std::string_view name) {
  if (grammar != Grammar::kJava && grammar != Grammar::kPhp) return false;
  if (name.starts_with('$')) name.remove_prefix(1);
  if (name.empty() || marks.empty()) return false;
  std::string_view pattern = inline_pattern(marks, name);
  if (pattern.empty()) pattern = required_pattern(marks, name);
  return !pattern.empty() && allows_little(unescaped(pattern), true);
}

// Laravel: $request->validate(['id' => 'required|integer']), $this->validate($request, […]).
void Engine::prove_by_rules(const Call& call, Env& env) {
  if (module_.grammar != Grammar::kPhp || call.name != "validate" || call.arguments.empty()) return;
  const bool of_controller = call.receiver != nullptr && call.receiver->path == "this" && call.arguments.size() > 1;
  const IrId request = of_controller ? call.arguments[0].ir : module_.kid(call.callee, 0);
  const Box* rules = box_of(*call.arguments[of_controller ? 1 : 0].value, env);
  if (rules == nullptr || module_.at(request).op != Op::kName) return;
  const std::string object(module_.at(request).text);
  for (const auto& [name, rule] : rules->items) {
    const auto narrow = [](const Value& value) {
      if (value.path.ends_with("Rule.in()")) return true;
      for (std::string_view rest = value.text ? std::string_view(*value.text) : std::string_view{}; !rest.empty();) {
        const bool whole = rest.starts_with("regex:");  // may hold "|"
        const std::string_view one = whole ? rest : rest.substr(0, rest.find('|'));
        if (is_narrow(one)) return true;
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      }
      return false;
    };
    const Box* list = box_of(*rule, env);
    if (list == nullptr ? !narrow(*rule)
                        : std::ranges::none_of(list->list, [&](const ValuePtr& one) { return narrow(*one); }))
      continue;
    env.proven[*spread_names_.insert(object + "->" + name).first] |= kAllContexts;
    for (const std::string_view way :
         {"input", "string", "str"}) {  // query and post may differ from what was looked at
      for (const std::string_view quote : {"'", "\""}) {
        const std::string key = "(" + std::string(quote) + name + std::string(quote) + ")";
        env.proven[*spread_names_.insert(object + "->" + std::string(way) + key).first] |= kAllContexts;
      }
    }
  }
}

// hash_equals(hash_hmac('sha256', $text, $key), $mac), MessageDigest.isEqual(mac.doFinal(text), given): who knows the
// key has made the text.
void Engine::refine_signed(IrId call, Env& env) {
  const std::string_view name = module_.at(module_.kid(call, 0)).text;
  const bool php = module_.grammar == Grammar::kPhp && name == "hash_equals";
  if (!php && !(module_.grammar == Grammar::kJava && name == "isEqual")) return;
  for (std::size_t i = 1; i < module_.at(call).count; ++i) {
    IrId made = module_.kid(call, i);
    if (module_.at(made).op == Op::kName) {
      const auto known = frame_.made.find(module_.at(made).text);
      if (known != frame_.made.end()) made = known->second;
    }
    if (module_.at(made).op != Op::kCall) continue;
    const std::string_view maker = module_.at(module_.kid(made, 0)).text;
    const bool signs =
        php ? maker == "hash_hmac" && module_.at(made).count > 3 : maker == "doFinal" && module_.at(made).count == 2;
    if (signs) clear_names(module_.kid(made, php ? 2 : 1), kAllContexts, env);
  }
}

// PHP: "parse_url($url, PHP_URL_HOST)": the address that is asked for its host; kNoIr for anything else.
IrId Engine::parsed_for_host(IrId question) const {
  const Ir& ir = module_.at(question);
  const bool asks = module_.grammar == Grammar::kPhp && ir.op == Op::kCall && ir.count == 3 &&
                    module_.at(module_.kid(question, 0)).text == "parse_url" &&
                    module_.at(module_.kid(question, 2)).text == "PHP_URL_HOST";
  return asks ? module_.kid(question, 1) : kNoIr;
}

// PHP: the last, the first, or a part of a list whose members are known; null for all other calls.
ValuePtr Engine::part_of_list(const Call& call, Env& env) {
  if (module_.grammar != Grammar::kPhp || call.receiver != nullptr || call.arguments.empty()) return nullptr;
  if (!one_of(call.path, "end reset array_slice")) return nullptr;
  const Box* box = box_of(*call.arguments[0].value, env);
  if (box == nullptr || box->open || box->rest != nullptr || !box->items.empty() || box->list.empty()) return nullptr;
  if (call.path == "end") return box->list.back();
  if (call.path == "reset") return box->list.front();
  const auto number = [&](std::size_t place, std::int64_t lacking) {
    return place < call.arguments.size() ? call.arguments[place].value->number : std::optional(lacking);
  };
  const auto size = static_cast<std::int64_t>(box->list.size());
  const auto from = number(1, 0);
  const auto count = number(2, size);
  if (!from || !count || *from < 0 || *count < 0) return nullptr;
  const std::int64_t begin = std::min(*from, size);
  const std::int64_t end = begin + std::min(*count, size - begin);
  return list_value({box->list.begin() + begin, box->list.begin() + end}, env);
}

}  // namespace commandcenter::code::dataflow
