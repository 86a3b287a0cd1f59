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

ValuePtr Engine::eval_assign(IrId id, Env& env) {
  const IrId target = module_.kid(id, 0);
  const IrId given = module_.kid(id, 1);
  const std::string_view op = module_.at(id).text;
  const std::string_view said = module_.at(id).type;
  const std::string_view type = said.empty() ? type_of_field(target) : said;
  ValuePtr value = given == kNoIr ? nothing() : eval(given, env);
  if (const std::string_view declared = short_type(type);
      given == kNoIr && module_.grammar == Grammar::kGo && (declared == "Builder" || declared == "Buffer")) {
    Box box;
    box.built = text_value("");
    value = new_box(env, std::move(box));
  } else if (given == kNoIr && module_.grammar == Grammar::kGo && is_structure(declared)) {
    Box members;
    add_builders(members, declared, env);
    value = new_box(env, std::move(members), std::string(declared));
  }
  if (op == "with" && !value->type.empty()) {
    if (const auto enter = function_named("__enter__", value->type, 1);
        enter && !module_.functions[*enter].owner.empty())
      value = run_function(*enter, {}, value->box, env, false);
  }
  if (op.size() > 1 && op != ":=" && op != "final" && op != "with") {  // +=, .=, ||=
    const ValuePtr before = eval(target, env);
    const std::string_view sign = op.substr(0, op.size() - 1);
    const bool listens = sign == "+" && value->function >= 0;  // C#: one more that hears of an event
    const bool chooses = sign == "||" || sign == "??";
    const auto known = sign == "??" && before->constant() ? std::optional(before->kind != Kind::kNull)
                       : sign == "||"                     ? truth(*before, env)
                                                          : std::nullopt;
    if (chooses && known)
      value = *known ? before : value;
    else if (sign != "&&" && !listens)  // what is left of "name &&= checked(name)" otherwise is empty
      value = sign == "||" || sign == "??" ? join(before, value) : binary(sign, before, value, env);
  }
  if (is_safe(type)) {
    if (!value->constant() && value->box == 0) {
      Value number;
      number.kind = Kind::kNumber;
      value = std::make_shared<const Value>(std::move(number));
    }
  } else if (const std::string_view own = short_type(type); value->box == 0 && module_.grammar == Grammar::kJava &&
                                                            !own.empty() && own != value->type &&
                                                            module_.bases.contains(own)) {
    Value typed = *value;  // what a library made of a class here
    typed.type = own;
    value = std::make_shared<const Value>(std::move(typed));
  } else if (const bool java = module_.grammar == Grammar::kJava;
             !type.empty() && (value->taints.empty() || java) && value->function < 0) {
    const std::string_view known = short_type(type);
    const bool guessed = java && value->type.ends_with("()");
    if ((value->type.empty() || guessed) && known != "var" && known != "String" && known != "Object") {
      Value typed = *value;
      typed.type = known;
      if (typed.path.empty() && module_.at(target).op == Op::kName) typed.path = module_.at(target).text;
      value = std::make_shared<const Value>(std::move(typed));
    }
  }
  if (module_.at(target).op == Op::kName && given != kNoIr) frame_.made[module_.at(target).text] = given;
  const Op made = module_.at(given).op;
  if (module_.at(target).op == Op::kList && module_.at(target).count == 2 &&
      (made == Op::kIndex ||
       (made == Op::kCast && module_.grammar == Grammar::kGo)))  // _, ok := allowed[name], x.(int)
    frame_.made[module_.at(module_.kid(target, 1)).text] = given;
  if (module_.grammar == Grammar::kGo && module_.at(target).op == Op::kList && made == Op::kCall)
    made_of_two(target, given);
  check_assign(target, value, env);
  learn_sent(target, given, value, env);
  assign(target, value, env);
  if (said.empty() && module_.at(target).op == Op::kName && is_field(module_.at(target).text)) {
    Value self;
    self.box = frame_.self;
    put(std::make_shared<const Value>(std::move(self)), text_value(std::string(module_.at(target).text)), value, env);
  }
  return value;
}

// Go: "_, err := strconv.Atoi(x)", "ok, _ := regexp.MatchString(pattern, x)", "user, err := users.FindByName(x)": which
// of them tells of x.
void Engine::made_of_two(IrId target, IrId call) {
  const std::string_view name = module_.at(module_.kid(call, 0)).text;
  const bool converts = one_of(name, "Atoi ParseInt ParseUint ParseFloat ParseBool Parse");
  const bool matches = one_of(name, "MatchString Match");
  if (!converts && !matches) {
    const std::string_view last = module_.at(module_.kid(target, module_.at(target).count - 1U)).text;
    if (last == "err" && asks_for_record(module_, call)) frame_.made[last] = call;
    return;
  }
  if (module_.at(target).count != 2) return;
  frame_.made[module_.at(module_.kid(target, converts ? 1 : 0)).text] = call;
  if (matches) frame_.made.erase(module_.at(module_.kid(target, 1)).text);
}

// A field that is written without "this.".
bool Engine::is_field(std::string_view name) const {
  if (module_.grammar != Grammar::kJava && module_.grammar != Grammar::kCSharp) return false;
  if (frame_.function == nullptr || field_type(frame_.function->owner, name).empty()) return false;
  return std::ranges::none_of(frame_.function->params, [&](const Param& param) { return param.name == name; });
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
