// Functions that are handed over: what they are called with, and what their results make of the call.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

namespace {

// Java: what handlers of routes get that say no types: "Spark.get("/", (rq, rs) -> …)", "app.get("/", c -> …)",
// "router.get("/").handler(rc -> …)". Empty where nothing is known.
std::string_view type_of_handed(const Module& module, std::string_view call, std::size_t place) {
  if (module.grammar != Grammar::kJava) return {};
  const auto speaks_of = [&](std::string_view library) { return module.text.find(library) != std::string_view::npos; };
  const bool route = one_of(call, "get post put delete patch before after head options");
  if (call == "handler") return place == 0 && speaks_of("import io.vertx") ? "RoutingContext" : std::string_view{};
  if (!route) return {};
  if (place == 0 && speaks_of("import io.javalin")) return "Context";
  const bool spark = speaks_of("import spark.") || speaks_of("import static spark.");
  return !spark ? std::string_view{} : place == 0 ? "Request" : place == 1 ? "Response" : std::string_view{};
}

// What went wrong is told by the library: f(x, (err, found) => …), promise.catch(e => …), stream.on("error", e => …).
bool is_failure(const Call& call, std::string_view param) {
  const bool told = call.name == "on" || call.name == "once";
  return call.name == "catch" || one_of(param, "err error errors exception") ||
         (told && !call.arguments.empty() && call.arguments[0].value->text == "error");
}

}  // namespace

// f.call(this, x), f.apply(x): the methods of functions that run them.
std::optional<ValuePtr> Engine::call_of_function(const Call& call, Env& env) {
  const auto index = static_cast<std::size_t>(call.receiver->function);
  const bool java = module_.grammar == Grammar::kJava;
  if (java ? one_of(call.name, "andThen compose negate and or equals hashCode toString reversed thenComparing")
           : !one_of(call.name, "call apply Invoke invoke ()"))
    return std::nullopt;
  std::vector<Argument> arguments = call.arguments;
  const bool script = is_script(module_.grammar);
  const std::uint32_t self = script && !arguments.empty() ? arguments[0].value->box : 0;  // what "this" is
  if (script && !arguments.empty()) arguments.erase(arguments.begin());
  if (const Box* box =
          script && call.name == "apply" && !arguments.empty() ? box_of(*arguments[0].value, env) : nullptr) {
    const std::vector<ValuePtr> values = box->list;
    arguments.clear();
    for (const ValuePtr& value : values)
      arguments.push_back({{}, value, kNoIr});
  }
  called_.insert(index);
  return run_function(index, arguments, self, env, false);
}

// Calls that give back their receiver, or one of their arguments; null for all others.
ValuePtr Engine::given_back(const Call& call, const Env& env) {
  if (ValuePtr kept = kept_attribute(call, env); kept != nullptr) return kept;
  if (ValuePtr address = address_of_parts(call, env); address != nullptr) return address;
  for (const Entry* entry : entries_for(Role::kSelf, call)) {
    if (!applies(*entry, call, env)) continue;
    if (entry->arguments.empty()) {
      if (call.receiver != nullptr) return call.receiver;
    } else if (const Argument* same = call.argument(entry->arguments[0])) {
      const bool named = module_.grammar == Grammar::kJava;  // new PrintWriter("file") is no text
      const bool known = same->value->box != 0 || (same->value->text && !named) || !same->value->path.empty() ||
                         !same->value->type.empty() ||
                         (module_.grammar == Grammar::kPhp && !same->value->taints.empty());
      if (known) return same->value;
    }
  }
  return nullptr;
}

// A function that gives a name its value; an attribute of a request, a session or a context.
void Engine::learn(const Call& call, Env& env) {
  learn_settled(call, env);
  define(call);
  prove_by_rules(call, env);
  if (call.name == "format") run_formats(call, env);
  if (one_of(call.name, "on once addListener emit")) run_listeners(call, env);
  keep_attribute(call, env);
  learn_queued(call, env);
  // PHP: "preg_match($pattern, $text, $parts)".
  if (module_.grammar == Grammar::kPhp && call.arguments.size() > 2 && one_of(call.path, "preg_match preg_match_all")) {
    const Ir& parts = module_.at(call.arguments[2].ir);
    const ValuePtr& text = call.arguments[1].value;
    if (parts.op == Op::kName)
      bind(parts.text, matches_little(call) ? nothing() : derived(reach(text, env)), parts.begin, env);
  }
  if (module_.grammar == Grammar::kPhp && call.path == "extract" && !call.arguments.empty()) {
    if (const Box* box = box_of(*call.arguments[0].value, env); box != nullptr && call.arguments.size() == 1) {
      const auto items = box->items;
      for (const auto& [name, value] : items)
        bind(*spread_names_.insert("$" + name).first, value, module_.at(call.ir).begin, env);
    }
  }
  // React: "this.setState({ q })".
  if (is_script(module_.grammar) && call.name == "setState" && call.receiver != nullptr &&
      call.receiver->path == "this" && !call.arguments.empty() && call.arguments[0].value->box != 0) {
    Box members;
    members.open = true;
    if (const Box* self = box_of(*call.receiver, env); self != nullptr && self->items.contains("state"))
      spread_into(members, *self->items.find("state")->second, env);
    spread_into(members, *call.arguments[0].value, env);
    put(call.receiver, text_value("state"), new_box(env, std::move(members)), env);
  }
  if (!setters_.empty() && module_.at(call.callee).op == Op::kName && !call.arguments.empty()) {
    const auto setter = setters_.find(module_.at(call.callee).text);
    const auto* state = setter == setters_.end() ? nullptr : env.names.find(setter->second);
    if (state != nullptr && call.arguments[0].value->function < 0)
      env.names[setter->second] = join(derived(reach(call.arguments[0].value, env)), state->second);
  }
}

// JavaScript: "Object.keys(row)" of a map whose names stand in the program; null for any other.
ValuePtr Engine::names_of_members(const Call& call, Env& env) {
  if (!is_script(module_.grammar) || call.path != "Object.keys" || call.arguments.size() != 1) return nullptr;
  const Value& map = *call.arguments[0].value;
  const Box* box = box_of(map, env);
  if (box == nullptr || box->built != nullptr || box->rest != nullptr || box->open || box->items.empty() ||
      !map.taints.empty())
    return nullptr;
  Box names;
  for (const auto& [name, member] : box->items)
    names.list.push_back(text_value(name));
  return new_box(env, std::move(names));
}

// JavaScript: names.map(checked), ids.map(parseFloat): a function that has a name, also one of another file.
ValuePtr Engine::mapped_by_name(const Call& call, Env& env) {
  if (!is_script(module_.grammar) || !one_of(call.name, "map flatMap") || call.arguments.size() != 1) return nullptr;
  const ValuePtr& code = call.arguments[0].value;
  const ValuePtr item = element(call.receiver, env);
  if (item->taints.empty()) return nullptr;
  Box box;
  if (const auto index = function_of(*code); index && !module_.functions[*index].params.empty()) {
    called_.insert(*index);
    box.rest = run_function(*index, {{{}, item, kNoIr}}, 0, env, false);
  } else if (const Contexts contexts = cleans(*code); contexts != 0) {
    box.rest = cleared(item, contexts);
  } else {
    return nullptr;
  }
  return new_box(env, std::move(box));
}

// What callbacks give of a list, or instead of the call; null where that says nothing.
ValuePtr Engine::given_by_callback(const Call& call, const ValuePtr& mapped, Env& env) {
  if (mapped != nullptr && is_script(module_.grammar) && call.name == "then" &&
      (holds_users(*mapped, env) || (mapped->text && mapped->constant())))
    return mapped;  // the next one is given it
  const bool each = one_of(call.name, "map collect flatMap Select array_map") || call.path == "Array.from";
  if (mapped != nullptr && each) {
    Box box;
    box.rest = mapped;
    return new_box(env, std::move(box));
  }
  if (mapped == nullptr && call.receiver != nullptr) {
    if (ValuePtr given = mapped_by_name(call, env); given != nullptr) return given;
    if (ValuePtr names = names_of_members(call, env); names != nullptr) return names;
  }
  if (mapped != nullptr && one_of(call.name, "reduce inject fold reduceRight") && call.arguments.size() > 1)
    return join(mapped, call.arguments[1].value->function < 0 ? call.arguments[1].value : call.arguments[0].value);
  if (mapped == nullptr && call.name == "filter" && call.receiver != nullptr && call.arguments.size() == 1) {
    const IrId test = call.arguments[0].ir;  // SORTS::contains
    if (test != kNoIr && module_.at(test).op == Op::kField && one_of(module_.at(test).text, "contains containsKey") &&
        reach(eval(module_.kid(test, 0), env), env).empty())
      return nothing();
  }
  const bool tests = one_of(call.name, "filter Where TakeWhile takeWhile") && !is_script(module_.grammar);
  if (mapped == nullptr && tests && call.arguments.size() == 1 && cleans(*call.arguments[0].value) == kAllContexts)
    return nothing();  // Character::isDigit; but JavaScript's Boolean and Number let through what is not empty
  if (mapped != nullptr && call.receiver != nullptr && one_of(call.name, "filter select Where")) {
    const ValuePtr item = element(call.receiver, env);
    const int test = call.arguments[0].value->function;
    const ValuePtr kept = test < 0 ? item : passed(static_cast<std::size_t>(test), item, env);
    if (kept != item) return derived(kept->taints);
  }
  if (mapped != nullptr && module_.grammar == Grammar::kRuby && one_of(call.name, "then yield_self")) return mapped;
  if (mapped != nullptr && call.receiver != nullptr && one_of(call.name, "replace replaceAll gsub")) {
    std::vector<Taint> taints = mapped->taints;  // text.replace(/{(\w+)}/g, (_, name) => values[name])
    std::erase_if(taints, [](const Taint& taint) { return taint.level != Level::kSource; });
    if (taints.empty()) return nullptr;
    add_taints(taints, reach(call.receiver, env));
    return derived(taints);
  }
  if (mapped != nullptr && call.path == "preg_replace_callback" && call.arguments.size() > 2) {
    std::vector<Taint> taints = mapped->taints;
    std::erase_if(taints, [](const Taint& taint) { return taint.level != Level::kSource; });
    if (taints.empty()) return nullptr;
    add_taints(taints, reach(call.arguments[2].value, env));
    return derived(taints);
  }
  if (mapped != nullptr && one_of(call.name, "useMemo computed memo createMemo derived run lazy supplyAsync"))
    return mapped;
  if (mapped != nullptr && module_.grammar == Grammar::kJava &&
      one_of(call.name, "thenApply thenApplyAsync thenCompose thenComposeAsync"))
    return mapped;
  if (mapped != nullptr && call.name == "submit" && call.arguments.size() == 1) return mapped;
  return nullptr;
}

// What a library hands to a callback.
ValuePtr Engine::fed(const Entry& entry, const Param& param) {
  Value value = *from_source(entry, param.target);
  for (Taint& taint : value.taints)
    taint.level = entry.least;
  value.path = param.name;
  return std::make_shared<const Value>(std::move(value));
}

// Java: "list.forEach(out::print)" calls the method with what the list holds. What it gives where that is known.
ValuePtr Engine::run_reference(const Call& call, const Argument& argument, Env& env) {
  if (module_.grammar != Grammar::kJava || call.receiver == nullptr || argument.ir == kNoIr) return nullptr;
  const Ir& ir = module_.at(argument.ir);
  if (ir.op != Op::kField || written(argument.ir).find("::") == std::string_view::npos) return nullptr;
  if (!one_of(call.name,
              "forEach forEachOrdered ifPresent ifPresentOrElse map flatMap peek subscribe doOnNext "
              "thenAccept thenApply"))
    return nullptr;
  Call made;
  made.ir = argument.ir;
  made.callee = argument.ir;
  made.receiver = eval(module_.kid(argument.ir, 0), env);
  made.name = ir.text;
  made.path = (made.receiver->path.empty() ? "?" : made.receiver->path) + "." + std::string(made.name);
  made.spelled = spelled(argument.ir);
  if (!made.receiver->type.empty()) made.typed = made.receiver->type + "." + std::string(made.name);
  const ValuePtr item = element(call.receiver, env);
  made.arguments.push_back({{}, item, kNoIr});
  if (argument.value->function >= 0) {  // "Texts::escaped"
    const auto index = static_cast<std::size_t>(argument.value->function);
    return module_.functions[index].params.size() == 1 ? run_function(index, made.arguments, 0, env, false) : nullptr;
  }
  if (is_class(*made.receiver) && made.receiver->path != "this") return nullptr;  // "Dto::getName" is asked of the item
  if (made.name == "get" && box_of(*made.receiver, env) != nullptr && reach(made.receiver, env).empty())
    return element(made.receiver, env);  // "NAMES::get"
  check_call(made, env);
  return made.receiver->path == "this" ? known_function(made, env).value_or(nullptr) : nullptr;
}

// Java: objects of classes here that a thread or a pool runs: "new Thread(new Job(x))", "pool.submit(job)".
void Engine::run_task(const Call& call, const Value& task, Env& env) {
  if (module_.grammar != Grammar::kJava || task.box == 0 || task.type.empty()) return;
  if (!one_of(call.name,
              "Thread FutureTask start submit execute schedule scheduleAtFixedRate scheduleWithFixedDelay runAsync "
              "supplyAsync invokeLater startVirtualThread"))
    return;
  for (const std::string_view name : {"run", "call", "get"}) {
    const auto index = function_named(name, task.type, 0);
    if (!index || module_.functions[*index].owner != task.type) continue;
    called_.insert(*index);
    run_function(*index, {}, task.box, env, false);
    return;
  }
}

// JavaScript: what "list.map(name => …)" hands over is in the list, and nothing else, when that is known.
ValuePtr Engine::held_by_list(const Call& call, const ValuePtr& guessed, const std::vector<Taint>& held,
                              const Env& env) const {
  if (!is_script(module_.grammar) || call.receiver == nullptr || guessed->taints.empty()) return guessed;
  if (guessed->taints[0].level == Level::kSource) return guessed;
  if (!one_of(call.name, "map flatMap forEach filter some every find")) return guessed;
  const Value& list = *call.receiver;
  const Box* box = box_of(list, env);
  const bool known = box == nullptr
                         ? list.path.empty() && list.type.empty() && !list.constant()
                         : !box->open && box->built == nullptr && (box->rest != nullptr || !box->list.empty());
  if (held.empty() && !known) return guessed;
  Value value = *guessed;
  value.taints = held;
  if (box == nullptr && !list.path.empty()) value.path = list.path + "[]";
  return std::make_shared<const Value>(std::move(value));
}

// One function among the arguments of a call, which the call may run.
class Engine::Callback : private Part {
 public:
  // `feed`: what models say that it is given; null: nothing.
  Callback(Engine& engine, const Call& call, const Argument& argument, const Entry* feed, Env& env)
      : Part(engine, env),
        call_(call),
        argument_(argument),
        index_(static_cast<std::size_t>(argument.value->function)),
        function_(module_.functions[index_]),
        feed_(feed),
        is_verb_(one_of(call.name, "get post put delete patch")),
        is_branch_(function_.block && call.receiver != nullptr && call.receiver->path == "r" &&
                   one_of(call.name, "get post on is root")),
        is_param_of_route_(is_script(grammar_) && call.name == "param" && call.receiver != nullptr &&
                           call.arguments.size() == 2 && call.arguments[0].value->text) {}

  // What it gives.
  ValuePtr run() {
    held_ = held();
    elements_ = elements_of_php();
    std::vector<Argument> arguments;
    for (const Param& param : function_.params)
      arguments.push_back({param.name, given(param, arguments.size()), kNoIr});
    engine_.called_.insert(index_);
    if (&argument_ == &call_.arguments.back()) engine_.in_front_ = engine_.proven_in_front(call_, env_);
    if (shows_result()) engine_.page_block_ = index_;
    auto around = engine_.schemas_in_front_;
    if (is_verb_) engine_.schemas_in_front_ = engine_.schemas_in_front(call_, env_);
    if (module_.at(argument_.ir).op == Op::kFunction) engine_.site_ = {};  // what it does is done here
    ValuePtr value = engine_.run_function(index_, arguments, engine_.frame_.self, env_, true);
    engine_.schemas_in_front_ = std::move(around);
    const std::vector<ValuePtr>& filled = engine_.filled_;
    if (call_.path == "array_walk" && !filled.empty() && filled[0] != nullptr)
      engine_.replace_elements(call_.arguments[0].ir, call_.arguments[0].value, filled[0], env_);
    return value;
  }

 private:
  // What of others is in that which the call works on.
  std::vector<Taint> held() const {
    std::vector<Taint> held;
    if (call_.receiver != nullptr)
      held = engine_.reach(call_.receiver, env_);
    else if (engine_.piped_ != nullptr &&  // x.pipe(map(f))
             one_of(call_.name, "map tap switchMap mergeMap concatMap exhaustMap filter"))
      held = engine_.reach(engine_.piped_, env_);
    if (one_of(call_.name, "each forEach map filter reduce some every find flatMap") || call_.path == "Array.from")
      add_others(held);  // $.each(list, f)
    return held;
  }

  // array_map(f, list), array_walk(list, f)
  std::vector<Taint> elements_of_php() const {
    std::vector<Taint> elements;
    if (call_.receiver == nullptr && one_of(call_.name, "array_walk array_map array_filter")) add_others(elements);
    return elements;
  }

  void add_others(std::vector<Taint>& taints) const {
    for (const Argument& other : call_.arguments)
      if (other.value->function < 0) add_taints(taints, engine_.reach(other.value, env_));
  }

  ValuePtr given(const Param& param, std::size_t place) {
    ValuePtr value = engine_.parameter(function_, param, true);
    if (place == 0 && is_script(grammar_) && is_failure(call_, param.name)) return value;
    value = with_elements(std::move(value), place);
    value = with_fed(std::move(value), param, place);
    if (is_of_route(place)) value = is_number_of_route() ? some_number() : engine_.fed(Entry(), param);
    if (one_of(call_.name, "reduce reduceRight") && place == 0 && call_.arguments.size() > 1)
      value = call_.arguments[1].value;  // what is gathered begins with it
    return value;
  }

  // What is passed to the callback of a method is likely what the object holds.
  ValuePtr with_elements(ValuePtr value, std::size_t place) const {
    if (!held_.empty() && !value->taints.empty() && value->taints[0].level != Level::kSource)
      value = join(value, derived(held_));
    if (place == 0) value = engine_.held_by_list(call_, value, held_, env_);
    if (const auto type = type_of_handed(module_, call_.name, place); value->type.empty() && !type.empty()) {
      Value typed = *value;
      typed.type = type;
      value = std::make_shared<const Value>(std::move(typed));
    }
    if (!elements_.empty() && place == 0 && value->kind != Kind::kNumber) value = derived(elements_);
    if (!elements_.empty() && place == 1 && call_.name == "array_walk") value = keys_of(*call_.arguments[0].value);
    const bool position = call_.receiver != nullptr && place > 0 &&
                          one_of(call_.name, "map Select SelectMany filter Where flatMap each_with_index with_index");
    return position ? some_number() : value;
  }

  // What comes from a user is more than what a library is known to hand over.
  ValuePtr with_fed(ValuePtr value, const Param& param, std::size_t place) {
    if (feed_ == nullptr) return value;
    const bool sure = engine_.holds_users(*value, env_);
    if (const ValuePtr input = place == 0 ? engine_.handed_input(call_, env_) : nullptr; input != nullptr) return input;
    const bool form = param.name == "fields" && feed_->without == 0;  // not those of a result
    const bool fed = !sure && value->kind != Kind::kNumber && (form || !engine_.is_except(param));
    return fed ? engine_.fed(*feed_, param) : value;
  }

  // Part of an address: of Sinatra and Roda, of app.param("name", …) of Express and of Koa.
  bool is_of_route(std::size_t place) const {
    const bool route = is_verb_ && call_.receiver == nullptr;
    if ((route || is_branch_) && function_.block) return true;
    if (!is_param_of_route_) return false;
    const std::vector<Param>& params = function_.params;
    return place == 3 || (place == 0 && params.size() == 3 && one_of(params[1].name, "ctx context"));
  }

  // Roda: "r.get Integer do |id|"
  bool is_number_of_route() const {
    if (!is_branch_ || function_.params.empty()) return false;
    const auto numbers = std::ranges::count_if(
        call_.arguments, [](const Argument& matcher) { return matcher.value->path == "Integer"; });
    return static_cast<std::size_t>(numbers) == function_.params.size();
  }

  // What it gives is the answer.
  bool shows_result() const {
    if (is_branch_) return true;
    if (call_.receiver != nullptr) return is_verb_ && one_of(call_.receiver->path, "Spark Route $router");
    return (function_.block && one_of(call_.name, "not_found error")) ||
           (is_verb_ && (function_.block || grammar_ == Grammar::kJava));
  }

  const Call& call_;
  const Argument& argument_;
  const std::size_t index_;  // of the function
  const Function& function_;
  const Entry* feed_;
  const bool is_verb_;            // of a route, perhaps
  const bool is_branch_;          // of Roda
  const bool is_param_of_route_;  // app.param("name", …)
  std::vector<Taint> held_;
  std::vector<Taint> elements_;
};

// What the functions among the arguments give; null when there is none.
ValuePtr Engine::run_callbacks(const Call& call, Env& env) {
  const Entry* feed = nullptr;
  for (const Entry* entry : entries_for(Role::kFeed, call)) {
    if (applies(*entry, call, env)) feed = entry;
  }
  if (call.arguments.empty() && call.receiver != nullptr) run_task(call, *call.receiver, env);
  ValuePtr result;
  for (const Argument& argument : call.arguments) {
    const int code = argument.value->function;
    const std::string_view name =
        code < 0 ? std::string_view() : module_.functions[static_cast<std::size_t>(code)].name;
    const Op op = module_.at(argument.ir).op;
    const bool by_name = !name.empty() && op == Op::kField && module_.grammar == Grammar::kJava;
    if (code < 0 || by_name) {
      run_task(call, *argument.value, env);
      if (const ValuePtr given = run_reference(call, argument, env); given != nullptr) result = given;
    } else if (name.empty() || op == Op::kFunction) {
      const ValuePtr value = Callback(*this, call, argument, feed, env).run();
      result = result == nullptr ? value : join(result, value);
    }
  }
  return result;
}

// Ruby: "each { |key, value| … }" of a map, "each { |a, b| … }" of a list of lists. Java: "forEach((key, value) -> …)".
std::vector<Argument> Engine::for_block(std::size_t function, const Value& of, const ValuePtr& item,
                                        const Env& env) const {
  const std::size_t count = module_.functions[function].params.size();
  if (module_.grammar == Grammar::kJava && count == 2) return {{{}, keys_of(of), kNoIr}, {{}, item, kNoIr}};
  if (module_.grammar != Grammar::kRuby || count < 2) return {{{}, item, kNoIr}};
  if (const Box* box = box_of(of, env); box != nullptr && !box->items.empty())
    return {{{}, keys_of(of), kNoIr}, {{}, item, kNoIr}};
  std::vector<Argument> given;
  if (const Box* parts = box_of(*item, env); parts != nullptr && !parts->list.empty()) {
    for (const ValuePtr& part : parts->list)
      given.push_back({{}, part, kNoIr});
  } else {
    given.assign(count, {{}, item, kNoIr});
  }
  return given;
}

}  // namespace commandcenter::code::dataflow
