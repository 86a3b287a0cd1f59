// Where values go, and what harm is done by putting them there.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxMembers = 500;  // of an object of Ruby

}  // namespace

// One whose members are known.
bool Engine::is_structure(std::string_view type) const {
  const auto members = module_.fields.lower_bound({type, std::string_view()});
  return !type.empty() && members != module_.fields.end() && members->first.first == type;
}

// One assignment, or declaration.
class Engine::Assignment : private Part {
 public:
  Assignment(Engine& engine, IrId id, Env& env)
      : Part(engine, env),
        target_(module_.kid(id, 0)),
        given_(module_.kid(id, 1)),
        op_(module_.at(id).text),
        said_(module_.at(id).type),
        type_(said_.empty() ? engine.type_of_field(target_) : said_) {}

  ValuePtr run() {
    ValuePtr value = given_ == kNoIr ? begun() : engine_.eval(given_, env_);
    if (op_ == "with") value = entered(value);
    if (op_.size() > 1 && !one_of(op_, ":= final with")) value = changed(value);  // +=, .=, ||=
    value = typed(value);
    note_made();
    engine_.check_assign(target_, value, env_);
    engine_.learn_sent(target_, given_, value, env_);
    engine_.assign(target_, value, env_);
    keep_field(value);
    return value;
  }

 private:
  // Go: "var out strings.Builder", "var form Form"
  ValuePtr begun() {
    const std::string_view declared = short_type(type_);
    if (grammar_ != Grammar::kGo) return nothing();
    Box box;
    if (one_of(declared, "Builder Buffer")) {
      box.built = text_value("");
      return engine_.new_box(env_, std::move(box));
    }
    if (!engine_.is_structure(declared)) return nothing();
    engine_.add_builders(box, declared, env_);
    return engine_.new_box(env_, std::move(box), std::string(declared));
  }

  // Python: "with open_it() as it"
  ValuePtr entered(const ValuePtr& value) {
    const auto enter = value->type.empty() ? std::nullopt : engine_.function_named("__enter__", value->type, 1);
    if (!enter || module_.functions[*enter].owner.empty()) return value;
    return engine_.run_function(*enter, {}, value->box, env_, false);
  }

  ValuePtr changed(const ValuePtr& value) {
    const ValuePtr before = engine_.eval(target_, env_);
    const std::string_view sign = op_.substr(0, op_.size() - 1);
    if (sign == "||" || sign == "??") {
      const auto known = sign == "||"         ? engine_.truth(*before, env_)
                         : before->constant() ? std::optional(before->kind != Kind::kNull)
                                              : std::nullopt;
      return !known ? join(before, value) : *known ? before : value;
    }
    const bool listens = sign == "+" && value->function >= 0;  // C#: one more that hears of an event
    if (sign == "&&" || listens) return value;  // what is left of "name &&= checked(name)" otherwise is empty
    return engine_.binary(sign, before, value, env_);
  }

  // With what the declared type tells of it.
  ValuePtr typed(const ValuePtr& value) const {
    if (engine_.is_safe(type_)) return value->constant() || value->box != 0 ? value : some_number();
    const std::string_view own = short_type(type_);
    const bool java = grammar_ == Grammar::kJava;
    if (java && value->box == 0 && !own.empty() && own != value->type && module_.bases.contains(own))
      return of_type(*value, own);  // what a library made of a class here
    if (type_.empty() || value->function >= 0 || !(java || value->taints.empty())) return value;
    const bool guessed = java && value->type.ends_with("()");
    if (!(value->type.empty() || guessed) || one_of(own, "var String Object")) return value;
    const Ir& name = module_.at(target_);
    return of_type(*value, own, value->path.empty() && name.op == Op::kName ? name.text : std::string_view());
  }

  // `path`: empty: as it was.
  static ValuePtr of_type(Value value, std::string_view type, std::string_view path = {}) {
    value.type = type;
    if (!path.empty()) value.path = path;
    return std::make_shared<const Value>(std::move(value));
  }

  // From what the names were made that tests ask for.
  void note_made() {
    const Ir& target = module_.at(target_);
    if (target.op == Op::kName && given_ != kNoIr) engine_.frame_.made[target.text] = given_;
    if (target.op != Op::kList) return;
    const Op op = module_.at(given_).op;
    const bool asks = op == Op::kIndex || (op == Op::kCast && grammar_ == Grammar::kGo);
    if (asks && target.count == 2)  // _, ok := allowed[name], x.(int)
      engine_.frame_.made[module_.at(module_.kid(target_, 1)).text] = given_;
    if (op == Op::kCall && grammar_ == Grammar::kGo) note_made_of_two();
  }

  // Go: "_, err := strconv.Atoi(x)", "ok, _ := regexp.MatchString(pattern, x)", "user, err := users.FindByName(x)":
  // which of them tells of x.
  void note_made_of_two() {
    const std::string_view name = module_.at(module_.kid(given_, 0)).text;
    const bool converts = one_of(name, "Atoi ParseInt ParseUint ParseFloat ParseBool Parse");
    const bool matches = one_of(name, "MatchString Match");
    if (!converts && !matches) {
      const std::string_view last = module_.at(module_.kid(target_, module_.at(target_).count - 1U)).text;
      if (last == "err" && asks_for_record(module_, given_)) engine_.frame_.made[last] = given_;
      return;
    }
    if (module_.at(target_).count != 2) return;
    engine_.frame_.made[module_.at(module_.kid(target_, converts ? 1 : 0)).text] = given_;
    if (matches) engine_.frame_.made.erase(module_.at(module_.kid(target_, 1)).text);
  }

  // "name = …" for "this.name = …"
  void keep_field(const ValuePtr& value) {
    const Ir& target = module_.at(target_);
    if (!said_.empty() || target.op != Op::kName || !engine_.is_field(target.text)) return;
    Value self;
    self.box = engine_.frame_.self;
    engine_.put(std::make_shared<const Value>(std::move(self)), text_value(std::string(target.text)), value, env_);
  }

  const IrId target_;
  const IrId given_;             // kNoIr: nothing
  const std::string_view op_;    // "=", "+=", "with"
  const std::string_view said_;  // the type that it declares
  const std::string_view type_;  // that, or of the field
};

ValuePtr Engine::eval_assign(IrId id, Env& env) {
  return Assignment(*this, id, env).run();
}

// Java: what the class says of "name" or "this.name", which is given a value.
std::string_view Engine::type_of_field(IrId target) const {
  const Ir& ir = module_.at(target);
  if (module_.grammar != Grammar::kJava || frame_.function == nullptr) return {};
  const bool own = ir.op == Op::kField && module_.at(module_.kid(target, 0)).text == "this";
  if (!own && !(ir.op == Op::kName && is_field(ir.text))) return {};
  return field_type(frame_.function->owner, ir.text);
}

void Engine::bind(std::string_view name, ValuePtr value, std::uint32_t offset, Env& env) {
  if (name == "_" || name.empty()) return;
  if (module_.grammar == Grammar::kRuby && name.starts_with('@'))  // its other methods find it there
    if (Box* self = writable(frame_.self, env); self != nullptr && self->items.size() < kMaxMembers)
      self->items[std::string(name.substr(1))] = value;
  const bool told = foreign_ == 0 && !value->taints.empty();
  env.names[name] = told ? with_step(value, offset, "flows into " + std::string(name)) : value;
  if (const std::string place = place_of_own(name); !place.empty() && runs_first()) shelve(place, value, offset, env);
}

// PHP: "__set" of a class, where another gives a value to a member that may not be declared.
void Engine::set_by_magic(const ValuePtr& object, std::string_view name, const ValuePtr& value, Env& env) {
  if (module_.grammar != Grammar::kPhp || !by_name_.contains("__set")) return;
  if (object->type.empty() || object->box == frame_.self || !field_type(object->type, name).empty()) return;
  const auto magic = function_named("__set", object->type, 2);
  if (!magic || module_.functions[*magic].owner.empty() || std::ranges::find(active_, *magic) != active_.end()) return;
  run_function(*magic, {{{}, text_value(std::string(name)), kNoIr}, {{}, value, kNoIr}}, object->box, env, false);
}

void Engine::assign(IrId target, const ValuePtr& value, Env& env) {
  const Ir& ir = module_.at(target);
  switch (ir.op) {
    case Op::kName:
      return bind(ir.text, value, ir.begin, env);
    case Op::kField: {
      const ValuePtr object = eval(module_.kid(target, 0), env);
      if (module_.grammar == Grammar::kJava && is_class(*object)) {  // in this function
        env.names[*spread_names_.insert("@" + object->path + "." + std::string(ir.text)).first] = value;
        return;
      }
      if (const auto setter = accessor(object, ir.text, true);
          setter && std::ranges::find(active_, *setter) == active_.end())
        return static_cast<void>(run_function(*setter, {{{}, value, kNoIr}}, object->box, env, false));
      set_by_magic(object, ir.text, value, env);
      keep_member(*object, ir.text, value, target, env);
      note_queue(*object, ir.text, *value);
      return put(object, text_value(std::string(ir.text)), value, env);
    }
    case Op::kIndex:
      return assign_index(target, value, env);
    case Op::kList:
      return assign_list(target, value, env);
    case Op::kMap:
      return assign_map(target, value, env);
    case Op::kAssign: {  // a default
      const ValuePtr other = eval(module_.kid(target, 1), env);
      return assign(module_.kid(target, 0), join(value, other), env);
    }
    case Op::kPair:
      if (module_.grammar == Grammar::kPython && names_harmless_type(module_.kid(target, 0)))  // "case int(number)"
        return assign(module_.kid(target, ir.count - 1), nothing(), env);
      return assign(module_.kid(target, ir.count - 1), value, env);
    case Op::kSpread:
    case Op::kCast:
      return assign(module_.kid(target, ir.count - 1), value, env);
    default:
      return;
  }
}

// PHP: "$names['all'] = …", where nothing was in $names before.
bool Engine::begins(IrId name, const Env& env) const {
  while (module_.at(name).op == Op::kIndex)
    name = module_.kid(name, 0);
  const Ir& ir = module_.at(name);
  if (module_.grammar != Grammar::kPhp || ir.op != Op::kName || !ir.text.starts_with('$')) return false;
  if (ir.text.starts_with("$_") || ir.text == "$this" || ir.text == "$GLOBALS") return false;
  return !env.names.contains(ir.text) && !globals_.names.contains(ir.text);
}

// "list[key] = value", "list[] = value"
void Engine::assign_index(IrId target, const ValuePtr& value, Env& env) {
  const IrId object_ir = module_.kid(target, 0);
  const ValuePtr object = eval(object_ir, env);
  const IrId key = module_.kid(target, 1);
  const ValuePtr place = key == kNoIr ? nothing() : eval(key, env);
  check_store(object->path, object->type, {place, value}, target, env);
  check_key(target, value, env);
  const bool python = module_.grammar == Grammar::kPython;
  if ((python || module_.grammar == Grammar::kPhp) && object->box != 0 && !object->type.empty()) {
    const std::string_view puts = python ? "__setitem__" : "offsetSet";
    const auto index = by_name_.contains(puts) ? function_named(puts, object->type, python ? 3 : 2) : std::nullopt;
    if (index && !module_.functions[*index].owner.empty())
      return static_cast<void>(run_function(*index, {{{}, place, key}, {{}, value, kNoIr}}, object->box, env, false));
  }
  if (const std::string name = name_of_global(*object, *place); !name.empty()) {
    Env& all = foreign_ > 0 ? foreign_globals_ : globals_;
    all.names[*spread_names_.insert(name).first] = value;
    return;
  }
  if (is_script(module_.grammar) && place->text && place->constant())
    keep_member(*object, *place->text, value, target, env);
  const bool session = module_.grammar == Grammar::kPhp && object->path == "$_SESSION";
  if (object->box == 0 && module_.at(object_ir).op == Op::kName &&
      (object->path.empty() || session || begins(object_ir, env))) {
    // The first element of what is not known makes it a container.
    Box box;
    box.open = true;
    box.rest = object->taints.empty() ? nullptr : derived(object->taints);
    Value made = *new_box(env, std::move(box));
    if (session) made.path = object->path;  // models know it by its name
    const ValuePtr container = std::make_shared<const Value>(std::move(made));
    put(container, place, value, env);
    env.names[module_.at(object_ir).text] = container;
    return;
  }
  if (object->box == 0 && module_.at(object_ir).op == Op::kIndex && module_.grammar == Grammar::kPhp &&
      (object->path.empty() || object->path.starts_with("this.") || begins(module_.kid(object_ir, 0), env)) &&
      !object->text && !object->number) {
    // "$names['all'][] = …"
    Box box;
    box.rest = object->taints.empty() ? nullptr : derived(object->taints);
    const ValuePtr made = new_box(env, std::move(box));
    put(made, place, value, env);
    return assign(object_ir, made, env);
  }
  if (object->box == 0 && module_.at(object_ir).op == Op::kName && !value->taints.empty()) {
    Value more = *object;
    add_taints(more.taints, value->taints);
    env.names[module_.at(object_ir).text] = std::make_shared<const Value>(std::move(more));
    return;
  }
  if (object->box == 0 && module_.at(object_ir).op == Op::kField && object->path.starts_with("this."))
    return put(member_container(object_ir, object, env), place, value, env);
  return put(object, place, value, env);
}

// "this.parts[name] = …": the first element makes the member a container.
ValuePtr Engine::member_container(IrId field, const ValuePtr& held, Env& env) {
  Box box;
  box.open = true;
  box.rest = held->taints.empty() ? nullptr : derived(held->taints);
  Value made = *new_box(env, std::move(box));
  made.path = held->path;
  made.type = held->type;
  const ValuePtr container = std::make_shared<const Value>(std::move(made));
  assign(field, container, env);
  return container;
}

// Of "first, *rest": which takes what is left.
std::optional<std::size_t> Engine::rest_place(IrId list) const {
  for (std::size_t i = 0; i < module_.at(list).count; ++i) {
    if (module_.at(module_.kid(list, i)).op == Op::kSpread) return i;
  }
  return std::nullopt;
}

void Engine::assign_list(IrId target, const ValuePtr& value, Env& env) {
  const std::size_t count = module_.at(target).count;
  if (count == 2 && one_of(value->path, "useState() react.useState() React.useState() createSignal()")) {
    // [state, setState]: what the function is given is the state from then on.
    const std::string_view state = module_.at(module_.kid(target, 0)).text;
    const std::string_view setter = module_.at(module_.kid(target, 1)).text;
    if (!state.empty() && !setter.empty()) setters_[setter] = state;
  }
  const Box* box = box_of(*value, env);
  std::vector<ValuePtr> parts;
  if (const auto star = rest_place(target);
      star && box != nullptr && box->rest == nullptr && box->list.size() + 1 >= count) {
    const std::vector<ValuePtr> values = box->list;
    const std::size_t taken = values.size() + 1 - count;
    const auto from = values.begin() + static_cast<std::ptrdiff_t>(*star);
    parts.assign(values.begin(), from);
    parts.push_back(list_value({from, from + static_cast<std::ptrdiff_t>(taken)}, env));
    parts.insert(parts.end(), from + static_cast<std::ptrdiff_t>(taken), values.end());
    for (std::size_t i = 0; i < count; ++i)
      assign(module_.kid(target, i), parts[i], env);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (box != nullptr && i < box->list.size())
      parts.push_back(box->list[i]);
    else if (module_.grammar == Grammar::kGo && i > 0 && i + 1 == count)
      parts.push_back(nothing());  // the error
    else if (module_.grammar == Grammar::kGo && i == 0)
      parts.push_back(value);
    else
      parts.push_back(at_key(value, number_value(static_cast<std::int64_t>(i)), env));
  }
  for (std::size_t i = 0; i < count; ++i)
    assign(module_.kid(target, i), parts[i], env);
}

// Of "{ a, ...rest }": what has no name of its own there.
ValuePtr Engine::rest_of_map(IrId target, const ValuePtr& value, Env& env) {
  const Box* box = box_of(*value, env);
  if (box == nullptr) return derived(value->taints);
  Box rest = *box;
  for (std::size_t i = 0; i < module_.at(target).count; ++i) {
    const IrId pair = module_.kid(target, i);
    const auto named =
        module_.at(pair).op != Op::kPair ? rest.items.end() : rest.items.find(module_.at(module_.kid(pair, 0)).text);
    if (named != rest.items.end()) rest.items.erase(named);
  }
  Value held = *new_box(env, std::move(rest));
  held.taints = value->taints;
  return std::make_shared<const Value>(std::move(held));
}

void Engine::assign_map(IrId target, const ValuePtr& value, Env& env) {
  for (std::size_t i = 0; i < module_.at(target).count; ++i) {
    const IrId pair = module_.kid(target, i);
    if (module_.at(pair).op != Op::kPair) {
      assign(pair, rest_of_map(target, value, env), env);
      continue;
    }
    const IrId key = module_.kid(pair, 0);
    const std::string_view name = module_.at(key).text;
    // Each member is data of its own: what a test proves of one holds for no other.
    Value part = *member(value, name, key, env);
    for (Taint& taint : part.taints)
      if (taint.level == Level::kSource) taint.origin = place_of(module_.at(key).begin);
    ValuePtr given = std::make_shared<const Value>(std::move(part));
    if (!env.proven.empty() && !value->path.empty()) {  // const { id } = req.params
      const auto known = env.proven.find(value->path + "." + std::string(name));
      if (known != env.proven.end()) given = cleared(given, known->second);
    }
    assign(module_.kid(pair, 1), given, env);
  }
}

void Engine::check_assign(IrId target, const ValuePtr& value, Env& env) {
  const Ir& ir = module_.at(target);
  std::vector<const Entry*> found;
  ValuePtr object = nothing();
  if (ir.op == Op::kName) {  // of a module that is read as settings
    if (module_.grammar != Grammar::kPython || frame_.function != nullptr) return;
    models_.find(Role::kAssign, ir.text, {}, {}, found);
  } else if (ir.op == Op::kField || (ir.op == Op::kIndex && module_.at(module_.kid(target, 1)).op == Op::kText)) {
    const std::string_view name = ir.op == Op::kField ? ir.text : module_.at(module_.kid(target, 1)).text;
    object = eval(module_.kid(target, 0), env);
    const std::string suffix = "." + std::string(name);
    models_.find(Role::kAssign, object->path.empty() ? "?" + suffix : object->path + suffix,
                 object->type.empty() ? std::string() : object->type + suffix,
                 ir.op == Op::kField ? spelled(target) : "", found);
  }
  for (const Entry* entry : found) {
    Call call;
    call.ir = target;
    call.callee = target;
    call.receiver = object;
    call.arguments.push_back({{}, value, kNoIr});
    if (!applies(*entry, call, env)) continue;
    if (entry->rule->category == "internal") {
      say_answer(*entry->rule, env);
      continue;
    }
    const Ir& name_ir = module_.at(target);
    if (entry->arguments.empty() || entry->arguments[0] != "flag") {
      report(*entry, value, name_ir.begin, name_ir.end, env);
    } else {
      check_flags(call, *entry, env);
    }
  }
}

void Engine::check_store(const std::string& path, const std::string& typed, const std::vector<ValuePtr>& values,
                         IrId id, Env& env) {
  std::vector<const Entry*> found;
  models_.find(Role::kStore, path, typed, {}, found);
  for (const Entry* entry : found) {
    if (!entry->arguments.empty() && entry->arguments[0] == "flag") {
      Call call;
      call.ir = id;
      call.callee = id;
      for (const ValuePtr& value : values)
        call.arguments.push_back({{}, value, kNoIr});
      if (entry->rule->category != "internal")
        check_flags(call, *entry, env);
      else if (applies(*entry, call, env))
        say_answer(*entry->rule, env);
      continue;
    }
    if (!entry->conditions.empty()) {
      Call call;
      call.ir = id;
      call.callee = id;
      for (const ValuePtr& value : values)
        call.arguments.push_back({{}, value, kNoIr});
      if (!applies(*entry, call, env)) continue;
    }
    for (const ValuePtr& value : values)
      report(*entry, value, module_.at(id).begin, module_.at(id).end, env);
  }
}

// PHP: $name(), where a user says what the name is.
void Engine::check_chosen(const ValuePtr& name, IrId id, Env& env) {
  const bool object = name->box != 0 && !name->type.empty();
  if (module_.grammar != Grammar::kPhp || name->function >= 0 || object) return;
  Entry entry;
  entry.rule = rule_named("code/dynamic-call");
  entry.least = Level::kSource;
  report(entry, name, module_.at(id).begin, module_.at(id).end, env);
}

}  // namespace commandcenter::code::dataflow
