// Functions that run because of their names or their place: PHP's callables and hooks, the answers of "res.format".
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxHooks = 200;    // names
constexpr std::size_t kMaxHook_code = 8;  // functions of one name

}  // namespace

// PHP: which function 'clean', [$this, 'clean'], ['Texts', 'clean'] or a closure is; null: none that is known here.
ValuePtr Engine::code_named(const ValuePtr& code, std::size_t arguments, const Env& env) const {
  if (code->function >= 0) return code;
  std::optional<std::size_t> index;
  std::uint32_t object = 0;
  if (is_name_of_function(*code)) {
    index = function_named(*code->text, {}, arguments);
  } else if (const Box* pair = box_of(*code, env); pair != nullptr && pair->list.size() == 2 && pair->list[1]->text) {
    const Value& owner = *pair->list[0];
    const std::string_view type = owner.text ? std::string_view(*owner.text) : std::string_view(owner.type);
    index = type.empty() ? std::nullopt
                         : function_named(*pair->list[1]->text, type.substr(type.find_last_of(".\\") + 1), arguments);
    if (index && module_.functions[*index].owner.empty()) index.reset();
    object = globals_.boxes.contains(owner.box) ? owner.box : 0;
  }
  if (!index) return nullptr;
  Value found;
  found.kind = Kind::kFunction;
  found.function = static_cast<int>(*index);
  found.box = object;
  return std::make_shared<const Value>(std::move(found));
}

// What such a function gives; nothing where it is not known.
std::optional<ValuePtr> Engine::run_named(const ValuePtr& code, const std::vector<Argument>& arguments, Env& env) {
  const ValuePtr found = code_named(code, arguments.size(), env);
  if (found != nullptr) return run_value(*found, arguments, env);
  const Contexts contexts = cleans(*code);
  if (contexts == 0 || arguments.empty()) return std::nullopt;
  return cleared(derived(reach(arguments[0].value, env)), contexts);
}

// WordPress: add_filter('title', 'shorten') has apply_filters('title', $title) run shorten($title).
std::optional<ValuePtr> Engine::run_hooks(const Call& call, Env& env) {
  if (call.arguments.size() < 2 || !one_of(call.path, "add_filter apply_filters")) return std::nullopt;
  const Value& name = *call.arguments[0].value;
  const bool known = name.text && name.constant();
  if (call.path == "add_filter") {
    if (!known || hooks_.size() >= kMaxHooks) return std::nullopt;
    std::vector<ValuePtr>& code = hooks_[*name.text];
    const ValuePtr& given = call.arguments[1].value;
    const ValuePtr found = code_named(given, 1, env);
    if (code.size() < kMaxHook_code && (found != nullptr || cleans(*given) != 0))
      code.push_back(found == nullptr ? given : found);
    return std::nullopt;
  }
  const auto hook = known ? hooks_.find(*name.text) : hooks_.end();
  const ValuePtr& asked = call.arguments[1].value;  // the rest only tells of it
  if (hook == hooks_.end()) return asked->box != 0 ? asked : derived(reach(asked, env));
  std::vector<Argument> arguments(call.arguments.begin() + 1, call.arguments.end());
  const std::vector<ValuePtr> all = hook->second;
  for (const ValuePtr& code : all)
    if (const auto given = run_named(code, arguments, env)) arguments[0].value = *given;
  return arguments[0].value;
}

// PHP: curl_setopt_array($curl, [CURLOPT_URL => $url]) sets each as curl_setopt would.
void Engine::set_options(const Call& call, Env& env) {
  IrId list = call.arguments[1].ir;
  const auto made = module_.at(list).op == Op::kName ? frame_.made.find(module_.at(list).text) : frame_.made.end();
  if (made != frame_.made.end()) list = made->second;
  for (const IrId pair : module_.kids_of(list)) {
    if (module_.at(pair).op != Op::kPair || module_.at(module_.kid(pair, 0)).op != Op::kName) continue;
    const std::string_view option = module_.at(module_.kid(pair, 0)).text;
    Call one = call;
    one.path = "curl_setopt";
    one.name = one.path;
    one.spelled = {};
    one.listed.reset();
    one.arguments = {call.arguments[0],
                     {{}, text_value(std::string(option)), kNoIr},
                     {{}, eval(module_.kid(pair, 1), env), module_.kid(pair, 1)}};
    check_call(one, env);
  }
}

// PHP: calls of which an argument says what runs; nothing for all others.
std::optional<ValuePtr> Engine::run_callable(const Call& call, Env& env) {
  if (call.receiver != nullptr || call.arguments.empty()) return std::nullopt;
  if (auto given = run_hooks(call, env)) return given;
  const ValuePtr& first = call.arguments[0].value;
  if (call.path == "add_query_arg" && call.arguments.size() > 1) {  // the address comes last
    const ValuePtr& address = call.arguments.back().value;
    if (call.arguments.size() < 3 && first->box == 0) return std::nullopt;
    std::vector<Taint> taints;
    for (std::size_t i = 0; i + 1 < call.arguments.size(); ++i)
      add_taints(taints, reach(call.arguments[i].value, env));
    return concatenation(concatenation(flat(address, env), text_value("?"), Build::kConcatenation), derived(taints),
                         Build::kConcatenation);
  }
  if (call.path == "curl_setopt_array" && call.arguments.size() == 2) {
    set_options(call, env);
    return std::nullopt;
  }
  if (call.path == "call_user_func" && is_name_of_function(*first)) {
    Call made = call;
    made.path = *first->text;
    made.name = made.path;
    made.spelled = {};
    made.listed.reset();
    made.arguments.erase(made.arguments.begin());
    return made.path == "call_user_func" ? std::nullopt : std::optional(invoke(made, env));
  }
  std::vector<Argument> arguments(call.arguments.begin() + 1, call.arguments.end());
  if (call.path == "call_user_func_array" && call.arguments.size() == 2) {
    const Box* box = box_of(*call.arguments[1].value, env);
    if (box == nullptr || box->list.empty()) return std::nullopt;
    arguments.clear();
    for (const ValuePtr& value : box->list)
      arguments.push_back({{}, value, kNoIr});
  } else if (call.path == "array_map" && call.arguments.size() == 2 && first->function < 0) {
    const ValuePtr found = code_named(first, 1, env);
    if (found == nullptr) return std::nullopt;
    Box box;
    box.rest = run_value(*found, {{{}, element(call.arguments[1].value, env), kNoIr}}, env);
    return new_box(env, std::move(box));
  } else if (call.path != "call_user_func") {
    return std::nullopt;
  }
  const ValuePtr found = code_named(first, arguments.size(), env);
  return found == nullptr ? std::nullopt : std::optional(run_value(*found, arguments, env));
}

// JavaScript: bus.on('job', run) has bus.emit('job', name) run it with the name. What goes over a wire arrives
// elsewhere.
void Engine::run_listeners(const Call& call, Env& env) {
  if (!is_script(module_.grammar) || call.receiver == nullptr || call.arguments.empty() || foreign_ > 0) return;
  const Value& name = *call.arguments[0].value;
  const std::string_view object = call.spelled.substr(0, call.spelled.rfind('.'));
  if (!name.text || !name.constant() || one_of(last_of(object), "socket io ws client channel server")) return;
  const std::string place = std::string(object) + " " + *name.text;
  if (call.name != "emit") {
    if (call.arguments.size() != 2 || call.arguments[1].value->function < 0 || hooks_.size() >= kMaxHooks) return;
    std::vector<ValuePtr>& code = hooks_[place];
    if (code.size() < kMaxHook_code) code.push_back(call.arguments[1].value);
    return;
  }
  const auto hook = hooks_.find(place);
  if (hook == hooks_.end()) return;
  const std::vector<Argument> arguments(call.arguments.begin() + 1, call.arguments.end());
  const std::vector<ValuePtr> all = hook->second;
  for (const ValuePtr& code : all)
    run_value(*code, arguments, env);
}

// Express: res.format({ text() { res.send(name); }, html() { … } }): each says what kind of answer it gives.
void Engine::run_formats(const Call& call, Env& env) {
  if (!is_script(module_.grammar) || call.receiver == nullptr || call.arguments.size() != 1) return;
  const Box* kinds =
      one_of(last_of(call.receiver->path), "res response reply") ? box_of(*call.arguments[0].value, env) : nullptr;
  if (kinds == nullptr) return;
  const auto items = kinds->items;
  for (const auto& [kind, code] : items) {
    const bool page = one_of(kind, "html text/html");
    const bool plain = one_of(kind, "text json csv text/plain text/csv application/json");
    if (code->function < 0 || (!page && !plain)) continue;
    const auto index = static_cast<std::size_t>(code->function);
    Env own = copy(env);
    own.page = page;
    own.plain = plain;
    called_.insert(index);
    run_function(index, {}, frame_.self, own, true);
  }
}

}  // namespace commandcenter::code::dataflow
