// Python: functions that are handed over by their names to what runs them, on a thread, in a pool, later, for each
// element; functions with some of their arguments given before.
#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxAny = 16;  // functions in a container that are run where any of them may be meant
constexpr std::string_view kPartial = "functools.partial";  // the type of such a function

}  // namespace

// "self.work", a method that is not called here: its function, with the object; null for anything else.
ValuePtr Engine::method_handed_over(const ValuePtr& object, std::string_view name) const {
  if (module_.grammar != Grammar::kPython || object->box == 0 || object->type.empty() || !by_name_.contains(name))
    return nullptr;
  const auto index = function_named(name, object->type, 0);
  if (!index || module_.functions[*index].owner.empty()) return nullptr;
  Value method;
  method.kind = Kind::kFunction;
  method.function = static_cast<int>(*index);
  method.box = object->box;
  return std::make_shared<const Value>(std::move(method));
}

// Also of one that another file has.
std::optional<std::size_t> Engine::function_of(const Value& value) const {
  if (value.function >= 0) return static_cast<std::size_t>(value.function);
  const std::size_t dot = value.path.rfind('.');
  if (value.box != 0 || !value.taints.empty() || dot == std::string::npos) return std::nullopt;
  const std::string_view before = std::string_view(value.path).substr(0, dot);
  const auto index =
      function_named(std::string_view(value.path).substr(dot + 1), {}, 0, before.substr(before.find_last_of("./") + 1));
  return index && !module_.functions[*index].file.empty() ? index : std::nullopt;
}

// "handlers[name](request)": any of those in the box.
ValuePtr Engine::run_any(std::uint32_t box, const std::vector<Argument>& arguments, Env& env) {
  Value all;
  all.box = box;
  const Box* held = box_of(all, env);
  if (held == nullptr) return nothing();
  std::vector<ValuePtr> code = held->list;
  for (const auto& [key, value] : held->items)
    code.push_back(value);
  ValuePtr given;
  std::size_t count = 0;
  for (const ValuePtr& one : code) {
    if (one->function < 0 || one->any_of != 0 || ++count > kMaxAny) continue;
    const ValuePtr value = run_value(*one, arguments, env);
    given = given == nullptr ? value : join(given, value);
  }
  return given == nullptr ? nothing() : given;
}

// Runs a function that is a value, with what was given to it before.
ValuePtr Engine::run_value(const Value& code, std::vector<Argument> arguments, Env& env) {
  if (code.any_of != 0) return run_any(code.any_of, arguments, env);
  const auto index = function_of(code);
  if (!index) return nothing();
  std::uint32_t self = code.type == kPartial ? 0 : code.box;
  if (const Box* bound = code.type == kPartial ? box_of(code, env) : nullptr) {
    std::vector<Argument> all;
    for (const ValuePtr& value : bound->list)
      all.push_back({{}, value, kNoIr});
    all.insert(all.end(), arguments.begin(), arguments.end());
    for (const auto& [name, value] : bound->items)
      all.push_back({*spread_names_.insert(name).first, value, kNoIr});
    if (bound->rest != nullptr) self = bound->rest->box;
    arguments = std::move(all);
  }
  called_.insert(*index);
  return run_function(*index, arguments, self, env, false);
}

// "args=(x, y)", "kwargs={…}": what a runner is given for the function that it runs.
void Engine::add_packed(const Argument* packed, std::vector<Argument>& arguments, const Env& env) {
  if (packed == nullptr) return;
  const Box* box = box_of(*packed->value, env);
  if (box == nullptr) {
    if (!packed->value->taints.empty()) arguments.push_back({{}, derived(packed->value->taints), kNoIr});
    return;
  }
  for (const ValuePtr& value : box->list)
    arguments.push_back({{}, value, kNoIr});
  for (const auto& [name, value] : box->items)
    arguments.push_back({*spread_names_.insert(name).first, value, kNoIr});
  if (box->rest != nullptr) arguments.push_back({{}, box->rest, kNoIr});
}

// partial(f, x): a function that has an argument already.
ValuePtr Engine::partly_given(const Call& call, Env& env) {
  const ValuePtr code = call.arguments[0].value;
  Box box;
  if (code->box != 0) box.rest = code;
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    const Argument& argument = call.arguments[i];
    if (argument.name.empty())
      box.list.push_back(argument.value);
    else
      box.items[std::string(argument.name)] = argument.value;
  }
  Value made = *new_box(env, std::move(box), std::string(kPartial));
  if (const auto index = function_of(*code)) {
    made.kind = Kind::kFunction;
    made.function = static_cast<int>(*index);
  } else {
    made.path = code->path;
  }
  return std::make_shared<const Value>(std::move(made));
}

// sh = partial(subprocess.run, shell=True): what a function of a library is given in each call of "sh".
void Engine::add_given_before(const Value& code, Call& call, const Env& env) const {
  const Box* box = code.type == kPartial && code.function < 0 ? box_of(code, env) : nullptr;
  if (box == nullptr) return;
  std::vector<Argument> all;
  for (const ValuePtr& value : box->list)
    all.push_back({{}, value, kNoIr});
  all.insert(all.end(), call.arguments.begin(), call.arguments.end());
  for (const auto& [name, value] : box->items)
    if (call.named(name) == nullptr) all.push_back({name, value, kNoIr});
  call.arguments = std::move(all);
}

// map(f, list), pool.map(f, list): what it gives for each.
ValuePtr Engine::run_for_each(const Call& call, const Value& code, bool spread, Env& env) {
  std::vector<Argument> arguments;
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    if (!call.arguments[i].name.empty()) continue;
    const ValuePtr item = element(call.arguments[i].value, env);
    const Argument one{{}, item, kNoIr};
    if (spread)
      add_packed(&one, arguments, env);
    else
      arguments.push_back(one);
  }
  Box box;
  box.rest = run_value(code, std::move(arguments), env);
  return new_box(env, std::move(box));
}

// The functions of Celery, Dramatiq and RQ run elsewhere: f.delay(x), f.apply_async(args=[x]).
std::optional<ValuePtr> Engine::run_queued(const Call& call, Env& env) {
  if (call.receiver == nullptr || !one_of(call.name, "delay delay_on_commit apply_async send s si queue schedule"))
    return std::nullopt;
  if (!function_of(*call.receiver)) return std::nullopt;
  std::vector<Argument> arguments;
  if (call.name == "apply_async") {
    const Argument* packed = call.argument("args");
    const Argument* named = call.argument("kwargs");
    add_packed(packed == nullptr ? call.positional(0) : packed, arguments, env);
    add_packed(named == nullptr ? call.positional(1) : named, arguments, env);
  } else {
    arguments = call.arguments;
  }
  run_value(*call.receiver, std::move(arguments), env);
  return nothing();
}

// The values of a tag`…` are handed over apart from the text. What a function here makes of both is known.
ValuePtr Engine::eval_tagged(IrId id, Env& env) {
  const ValuePtr callee = eval(module_.kid(id, 0), env);
  const IrId text = module_.kid(id, 1);
  if (callee->function < 0 || callee->box != 0 || module_.at(text).op != Op::kConcat) {
    const ValuePtr whole = eval(text, env);
    return callee->path == "String.raw" ? whole : nothing();
  }
  std::vector<ValuePtr> texts;
  std::vector<Argument> given(1);
  bool open = false;  // a text, which a value has to follow
  for (std::size_t i = 0; i < module_.at(text).count; ++i) {
    const IrId part = module_.kid(text, i);
    const bool is_text = module_.at(part).op == Op::kText;
    if (is_text || !open) texts.push_back(is_text ? eval(part, env) : text_value(""));
    if (!is_text) given.push_back({{}, eval(part, env), part});
    open = is_text;
  }
  if (!open) texts.push_back(text_value(""));
  given[0].value = list_value(std::move(texts), env);
  const ValuePtr made = run_function(static_cast<std::size_t>(callee->function), given, 0, env, false);
  return made->box == 0 ? made : nothing();  // a statement and its values
}

// Calls that run a function which is named among their arguments, with the arguments behind it.
std::optional<ValuePtr> Engine::run_handed_over(const Call& call, Env& env) {
  if (module_.grammar == Grammar::kPhp) return run_callable(call, env);
  if (module_.grammar == Grammar::kRuby && call.receiver != nullptr && is_class(*call.receiver) &&
      one_of(call.name, "perform_later perform_now perform_async")) {  // of a job
    const auto index = function_named("perform", call.receiver->path, call.arguments.size());
    if (!index || module_.functions[*index].owner.empty()) return std::nullopt;
    return run_function(*index, call.arguments, 0, env, false);
  }
  if (module_.grammar == Grammar::kRuby && call.name == "method" && call.receiver == nullptr &&
      call.arguments.size() == 1 && call.arguments[0].value->text) {  // method(:wrap)
    const std::string_view owner = frame_.function == nullptr ? std::string_view{} : frame_.function->owner;
    const std::string& name = *call.arguments[0].value->text;
    auto index = owner.empty() ? std::nullopt : function_named(name, owner, 1);
    if (!index) index = function_named(name, {}, 1);
    if (!index) return std::nullopt;
    Value method;
    method.kind = Kind::kFunction;
    method.function = static_cast<int>(*index);
    return std::make_shared<const Value>(std::move(method));
  }
  if (module_.grammar != Grammar::kPython) return std::nullopt;
  if (auto queued = run_queued(call, env)) return queued;
  const bool thread = one_of(call.name, "Thread Process Timer Greenlet");
  const bool packed = thread || one_of(call.name, "apply apply_async start_new_thread");
  const bool each = one_of(call.name, "map imap imap_unordered starmap map_async starmap_async");
  const bool partial = one_of(call.name, "partial partialmethod");
  const bool runs = one_of(call.name,
                           "submit to_thread run_in_executor add_task spawn spawn_n spawn_later call_soon call_later "
                           "call_soon_threadsafe run_in_threadpool run_sync enqueue start_soon deferToThread "
                           "callInThread apply_in_pool");
  if (!packed && !each && !partial && !runs) return std::nullopt;
  const auto is_code = [&](const Argument& argument) {
    const auto index = argument.name.empty() || argument.name == "target" ? function_of(*argument.value) : std::nullopt;
    return index && !module_.functions[*index].name.empty();
  };
  const auto place = std::ranges::find_if(call.arguments, is_code);
  if (partial && place == call.arguments.end() && !call.arguments.empty()) {
    const Value& code = *call.arguments[0].value;  // a function of a library
    const bool library = code.box == 0 && code.taints.empty() && code.path.find('.') != std::string::npos;
    return library ? std::optional(partly_given(call, env)) : std::nullopt;
  }
  if (place == call.arguments.end()) return std::nullopt;
  const Value code = *place->value;
  const bool first = place == call.arguments.begin();
  if (partial) return first ? std::optional(partly_given(call, env)) : std::nullopt;
  if (each) return first ? std::optional(run_for_each(call, code, call.name.starts_with("star"), env)) : std::nullopt;
  std::vector<Argument> arguments;
  if (packed) {
    const Argument* next = place + 1 != call.arguments.end() && (place + 1)->name.empty() ? &*(place + 1) : nullptr;
    add_packed(call.argument("args") == nullptr ? next : call.argument("args"), arguments, env);
    add_packed(call.argument("kwargs") == nullptr ? call.argument("kwds") : call.argument("kwargs"), arguments, env);
  } else {
    arguments.assign(place + 1, call.arguments.end());
  }
  const ValuePtr result = run_value(code, std::move(arguments), env);
  return thread ? nothing() : result;
}

}  // namespace commandcenter::code::dataflow
