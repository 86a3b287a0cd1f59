// What a parameter may be when nobody is known to call the function.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

namespace {

// "<int:id>", "<id:int>", "{id:int}", "{id<\\d+>}" of a route: what the framework hands over is a number.
bool converts(std::string_view marks, std::string_view name) {
  for (const std::string_view open : {"<", "{"}) {
    for (const std::string_view type : {"int:", "float:", "uuid:"}) {
      if (marks.find(std::string(open) + std::string(type) + std::string(name) + ">") != std::string_view::npos)
        return true;
    }
    const std::string begin = std::string(open) + std::string(name);
    const std::size_t at = marks.find(begin);
    if (at == std::string_view::npos) continue;
    const std::string_view behind = marks.substr(at + begin.size());
    for (const std::string_view form :
         {":int", ":float", ":uuid", ":\\d+", ":[0-9]+", ":re:\\d+", "<\\d+>", "<[0-9]+>"}) {
      if (behind.starts_with(form)) return true;
    }
  }
  return false;
}

// @Pattern(regexp = "[a-z]+"): what does not match never gets here.
bool is_constrained(std::string_view marks) {
  const std::size_t at = marks.find("Pattern(");
  const std::size_t open = at == std::string_view::npos ? at : marks.find('"', at);
  const std::size_t close = open == std::string_view::npos ? open : marks.find('"', open + 1);
  return close != std::string_view::npos && allows_little(marks.substr(open + 1, close - open - 1), true);
}

// Nest: @Param('id', ParseUUIDPipe)
bool is_piped(std::string_view marks) {
  if (marks.find("Pipe") == std::string_view::npos) return false;
  return std::ranges::any_of(std::to_array<std::string_view>({"ParseIntPipe", "ParseFloatPipe", "ParseBoolPipe",
                                                              "ParseUUIDPipe", "ParseEnumPipe", "ParseDatePipe"}),
                             [&](std::string_view pipe) { return marks.find(pipe) != std::string_view::npos; });
}

// Query(..., regex="^[a-z]+$"): the same of FastAPI.
bool is_constrained_by(std::string_view fallback) {
  for (const std::string_view word : {"regex=", "pattern="}) {
    const std::size_t at = fallback.find(word);
    const std::size_t open = at == std::string_view::npos ? at : fallback.find_first_of("'\"", at);
    const std::size_t close = open == std::string_view::npos ? open : fallback.find(fallback[open], open + 1);
    if (close != std::string_view::npos && allows_little(fallback.substr(open + 1, close - open - 1), false))
      return true;
  }
  return false;
}

// Decorators that take parameters from what a client sends, or may do so.
bool may_take_from_request(std::string_view marks) {
  static const Regex pattern = Regex::known(
      R"((?i)@[\w.]*(arg|param|json|body|form|query|valid|schema|pars|payload|input|data|expect|request|consum))");
  return pattern.found_in(marks);
}

// Flask and its like: the address of "@app.route('/<name>')" gives a handler nothing but the names in it; what else it
// takes comes from other decorators: "@with_pool".
bool is_from_elsewhere(std::string_view marks, std::string_view name) {
  constexpr std::string_view kRoute = ".route(";
  bool routed = false;
  for (std::size_t at = marks.find(kRoute); at != std::string_view::npos; at = marks.find(kRoute, at + 1)) {
    const std::string_view given = marks.substr(at + kRoute.size());
    if (given.empty() || (given[0] != '\'' && given[0] != '"')) return false;
    const std::string_view address = given.substr(1, given.find(given[0], 1) - 1);
    if (address.find('{') != std::string_view::npos || holds_word(address, name)) return false;
    routed = true;
  }
  return routed && !may_take_from_request(marks);
}

}  // namespace

bool Engine::is_users(const std::string& param) {
  const auto [known, is_new] = users_.try_emplace(param, false);
  if (is_new) known->second = has_mark(models_.params, param);
  return known->second;
}

// "({ query, body }, res)": the first parameter is the request, taken apart.
bool Engine::is_request_pattern(const Function& function, const Param& param) const {
  const bool first = &param == function.params.data() && function.params.size() > 1 && param.name.empty();
  if (!first || param.target == kNoIr || module_.at(param.target).op != Op::kMap) return false;
  return one_of(function.params[1].name, "res response reply resp");
}

// As a declaration reads: marks, type, name = default.
std::string Engine::declared(const Param& param) const {
  const std::string_view given = param.fallback == kNoIr ? std::string_view{} : written(param.fallback);
  return std::string(param.marks) + " " + std::string(param.type) + " " + std::string(param.name) +
         (given.empty() ? "" : " = " + std::string(given));
}

std::uint32_t Engine::place_of_param(const Function& function, const Param& param) const {
  return param.target == kNoIr ? function.begin : module_.at(param.target).begin;
}

bool Engine::is_except(const Param& param) {
  const std::string text = declared(param);
  return has_mark(models_.excepts, text);
}

// What a parameter may be when nobody is known to call the function.
ValuePtr Engine::parameter(const Function& function, const Param& param, bool callback) {
  Value value;
  value.path = is_request_pattern(function, param) ? "req" : param.name;
  if (module_.grammar == Grammar::kPhp && param.type.ends_with("Request")) value.path = "$request";
  value.type = short_type(param.type);
  const bool object = module_.grammar == Grammar::kPython && one_of(param.name, "self cls");
  if (object || param.name == "this") return std::make_shared<const Value>(value);
  const bool constrained = is_constrained(param.marks) || is_piped(param.marks) ||
                           (param.fallback != kNoIr && is_constrained_by(written(param.fallback)));
  if (is_safe(param.type) || constrained) {
    value.kind = Kind::kNumber;
    value.path.clear();
    value.type.clear();
    return std::make_shared<const Value>(value);
  }
  const std::uint32_t offset = place_of_param(function, param);
  // What a plugin is made with is the choice of whoever uses it.
  const bool options = function.marks == kByPrototype && function.name == "constructor";
  Taint taint{callback || options ? Level::kResult : Level::kParam, offset, 0, false, nullptr};
  std::string message = "parameter " + std::string(param.name);
  const std::string own = declared(param);
  if (converts(function.marks, param.name) || is_bound_by_route(module_.grammar, function.marks, param.name)) {
    value.kind = Kind::kNumber;
    return std::make_shared<const Value>(std::move(value));
  }
  const bool injected = module_.grammar == Grammar::kPython && &param != function.params.data() &&
                        is_from_elsewhere(function.marks, param.name);
  const bool entry = !callback && is_entry(function) && !is_except(param) && !is_routed_narrow(param.name) && !injected;
  if (is_users(own) || entry) {
    taint.level = Level::kSource;
    message += ", which comes from a request";
    sees_users_ = sees_users_ || function.file.empty();
  }
  if (taint.level != Level::kSource && param.fallback != kNoIr && module_.at(param.fallback).op == Op::kNumber) {
    value.kind = Kind::kNumber;  // "limit = 10" is a number with everybody who means well
    return std::make_shared<const Value>(value);
  }
  const bool document =
      param.type.find("ict") != std::string_view::npos || param.type.find("Any") != std::string_view::npos;
  if (module_.grammar == Grammar::kPython && !document) taint.cleared = kNosqlContext;  // a text of the address
  taint.steps = std::make_shared<const Step>(Step{offset, message, nullptr, 1});
  value.taints.push_back(taint);
  return std::make_shared<const Value>(value);
}

// FastAPI: "page: dict = Depends(pagination)" is what that function gives when it takes its parameters from the
// request. Null where that says nothing.
ValuePtr Engine::injected(const Function& function, const Param& param, Env& env) {
  const std::string_view text = param.fallback != kNoIr ? written(param.fallback) : param.type;
  const std::size_t begin = module_.grammar == Grammar::kPython ? text.find("Depends(") : std::string_view::npos;
  if (begin == std::string_view::npos || !is_entry(function)) return nullptr;
  std::string_view name = text.substr(begin + std::string_view("Depends(").size());
  name = name.substr(0, name.find_first_of(",)"));
  const auto import = module_.imports.find(name);
  const std::string_view full = import == module_.imports.end() ? name : import->second;
  const auto index = function_named(last_of(full), {}, 0, module_before(full));
  if (!index) return nullptr;
  call_offset_ = place_of_param(function, param);
  call_end_ = call_offset_ + static_cast<std::uint32_t>(param.name.size());
  const std::string message = "what " + std::string(name) + " takes from a request";
  const Taint taint{Level::kSource, call_offset_, 0, false,
                    std::make_shared<const Step>(Step{call_offset_, message, nullptr, 1})};
  std::vector<Argument> arguments;
  for (const Param& own : module_.functions[*index].params) {
    ValuePtr value = parameter(module_.functions[*index], own, false);
    const bool sent = own.type.empty() || holds_word(own.type, "str") || holds_word(own.type, "list");
    if (sent && value->kind != Kind::kNumber && !is_except(own)) value = derived({taint});
    arguments.push_back({own.name, value, kNoIr});
  }
  const ValuePtr given = run_function(*index, arguments, 0, env, false);
  const Box* box = box_of(*given, env);
  const bool known = box != nullptr && !(box->items.empty() && box->list.empty());
  const auto as_sent = [](const Taint& one) { return one.level == Level::kSource && !one.guessed; };
  if (!known && std::ranges::none_of(given->taints, as_sent)) return nullptr;  // a record that was looked up by it
  sees_users_ = true;
  return given;
}

}  // namespace commandcenter::code::dataflow
