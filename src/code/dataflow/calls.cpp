// Calls: into functions of the file, and of what libraries do.
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"

namespace commandcenter::code::dataflow {
namespace {

bool one_of(std::string_view name, std::string_view words) {
  for (std::string_view rest = words; !rest.empty();) {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, space) == name) return true;
    rest.remove_prefix(std::min(space + 1, rest.size()));
  }
  return false;
}

// Texts of which only harmless characters are left, by "[^a-z0-9]" and the like.
bool keeps_letters_only(std::string_view pattern) {
  if (pattern.find("\\W") != std::string_view::npos || pattern.find("\\D") != std::string_view::npos) return true;
  const std::size_t open = pattern.find("[^");
  if (open == std::string_view::npos) return false;
  const std::size_t close = pattern.find(']', open + 2);
  const std::string_view inside = pattern.substr(open + 2, close == std::string_view::npos ? close : close - open - 2);
  return inside.find_first_of("'\"<>;&|`$()/.") == std::string_view::npos;
}

std::string_view last_of(std::string_view path) {
  return path.substr(path.rfind('.') + 1);
}

// "utils" of "helpers.utils.clean".
std::string_view module_before(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : last_of(path.substr(0, dot));
}

}  // namespace

const Argument* Call::positional(std::size_t index) const {
  for (const Argument& argument : arguments) {
    if (argument.name.empty() && index-- == 0) return &argument;
  }
  return nullptr;
}

const Argument* Call::named(std::string_view wanted) const {
  for (const Argument& argument : arguments) {
    if (argument.name == wanted) return &argument;
  }
  return nullptr;
}

void Engine::arguments_of(std::span<const IrId> kids, Call& call, Env& env) {
  const std::vector<IrId> given(kids.begin(), kids.end());  // running code may add nodes to nothing, but be sure
  for (const IrId kid : given) {
    const Ir& ir = module_.at(kid);
    const std::string_view name = ir.op == Op::kKeyword ? ir.text : std::string_view{};
    ValuePtr value = eval(kid, env);
    const Box* box = ir.op == Op::kSpread ? box_of(*value, env) : nullptr;
    if (box != nullptr && !box->list.empty()) {
      for (const ValuePtr& part : box->list)
        call.arguments.push_back({{}, part, kid});
      continue;
    }
    call.arguments.push_back({name, value, kid});
  }
}

ValuePtr Engine::eval_call(IrId id, Env& env) {
  Call call;
  call.ir = id;
  call.callee = module_.kid(id, 0);
  const Ir& callee = module_.at(call.callee);
  if (callee.op == Op::kField) {
    call.receiver = eval(module_.kid(call.callee, 0), env);
    call.name = callee.text;
    call.path = (call.receiver->path.empty() ? "?" : call.receiver->path) + "." + std::string(call.name);
    call.spelled = spelled(call.callee);
    if (!call.receiver->type.empty()) call.typed = call.receiver->type + "." + std::string(call.name);
  } else if (callee.op == Op::kName) {
    call.name = callee.text;
    call.path = callee.text;
    if (const auto known = env.names.find(callee.text); known != env.names.end() && !known->second->path.empty()) {
      call.path = known->second->path;
    } else if (const auto import = module_.imports.find(callee.text); import != module_.imports.end()) {
      call.path = import->second.substr(import->second.find_last_of("/\\") + 1);
    }
    call.name = std::string_view(call.path).substr(call.path.rfind('.') + 1);
    if (call.name.empty()) call.name = callee.text;
  } else {
    const ValuePtr value = eval(call.callee, env);
    call.path = value->path;
    if (value->function >= 0) {
      arguments_of(module_.kids_of(id).subspan(1), call, env);
      called_.insert(static_cast<std::size_t>(value->function));
      return run_function(static_cast<std::size_t>(value->function), call.arguments, frame_.self, env, true);
    }
  }
  const std::string kept(call.name);  // may point into the path
  if (kept == "require" && module_.at(module_.kid(id, 1)).op == Op::kText) {
    std::string_view name = module_.at(module_.kid(id, 1)).text;
    Value library;
    library.path = name.substr(name.find_last_of('/') + 1);
    return std::make_shared<const Value>(std::move(library));
  }
  arguments_of(module_.kids_of(id).subspan(1), call, env);
  call.name = kept;
  return invoke(call, env);
}

ValuePtr Engine::invoke(Call& call, Env& env) {
  if (foreign_ == 0) call_offset_ = module_.at(call.ir).begin;
  const bool consumed = check_call(call, env);
  const std::vector<const Entry*> found = entries_for(Role::kSource, call);
  const bool is_source = std::ranges::any_of(found, [&](const Entry* entry) { return applies(*entry, call, env); });
  ValuePtr result;
  if (is_source) {
    run_callbacks(call, env);
    result = from_source(*found[0], module_.at(call.ir).begin);
  } else if (auto clean = cleaned(call, env)) {
    run_callbacks(call, env);
    return *clean;
  } else if (const ValuePtr text = text_method(call, env); text != nullptr) {
    return text;
  } else if (module_.grammar == Grammar::kPython && module_.bases.contains(last_of(call.path)) &&
             !by_name_.contains(last_of(call.path))) {
    return make_object(last_of(call.path), call, env);
  } else if (auto known = known_function(call, env)) {
    return *known;
  } else if (auto boxed = box_method(call, env)) {
    return *boxed;
  } else {
    const ValuePtr mapped = run_callbacks(call, env);
    if (mapped != nullptr && one_of(call.name, "map collect flatMap Select")) {
      Box box;
      box.rest = mapped;
      return new_box(env, std::move(box));
    }
    result = consumed ? nothing() : unknown_call(call, env);
  }
  Value value = *result;
  if (value.path.empty() && !call.path.empty()) value.path = call.path + "()";
  if (value.type.empty() && !call.typed.empty()) value.type = call.typed + "()";
  return std::make_shared<const Value>(std::move(value));
}

// `from`: the last part of the module that the name was imported from; for functions of other files.
std::optional<std::size_t> Engine::function_named(std::string_view name, std::string_view owner, std::size_t arguments,
                                                  std::string_view from) const {
  const auto place = by_name_.find(name);
  if (place == by_name_.end()) return std::nullopt;
  std::optional<std::size_t> best;
  for (const std::size_t index : place->second) {
    const Function& function = module_.functions[index];
    const bool same_owner = function.owner == owner;
    if (owner.empty() && !function.file.empty() && foreign_ == 0 && function.file != from) continue;
    if (!owner.empty() && !same_owner) {
      const auto base = module_.bases.find(owner);
      if (base == module_.bases.end() || function.owner.empty() ||
          base->second.find(function.owner) == std::string_view::npos)
        continue;
    }
    if (!best || (module_.functions[index].params.size() == arguments)) best = index;
  }
  return best;
}

std::optional<ValuePtr> Engine::known_function(const Call& call, Env& env) {
  if (module_.at(call.callee).op == Op::kName) {
    const std::string_view name = module_.at(call.callee).text;
    if (const auto bound = env.names.find(name); bound != env.names.end() && bound->second->function >= 0) {
      const auto index = static_cast<std::size_t>(bound->second->function);
      return run_function(index, call.arguments, 0, env, false);
    }
    const std::string_view owner = frame_.function == nullptr ? std::string_view{} : frame_.function->owner;
    const std::string_view imported = last_of(call.path);
    const std::string_view from = module_before(call.path);
    auto index = owner.empty() ? std::nullopt : function_named(name, owner, call.arguments.size(), from);
    if (!index) index = function_named(imported, {}, call.arguments.size(), from);
    if (!index) return std::nullopt;
    const bool same = module_.functions[*index].owner == owner;
    return run_function(*index, call.arguments, same ? frame_.self : 0, env, false);
  }
  if (call.receiver == nullptr) return std::nullopt;
  if (const Box* box = box_of(*call.receiver, env)) {
    const auto held = box->items.find(call.name);
    if (held != box->items.end() && held->second->function >= 0)
      return run_function(static_cast<std::size_t>(held->second->function), call.arguments, call.receiver->box, env,
                          false);
  }
  const std::string owner = call.receiver->type.empty() ? call.receiver->path : call.receiver->type;
  const bool self = owner == "this" || owner == "super" || owner == "cls" || owner == "self" || owner == "static" ||
                    owner == "parent";
  if (owner.empty()) return std::nullopt;
  const std::string_view own = frame_.function == nullptr ? std::string_view{} : frame_.function->owner;
  auto index = function_named(call.name, self ? own : last_of(owner), call.arguments.size());
  if (!index && !self) {
    index = function_named(call.name, {}, call.arguments.size(), last_of(call.receiver->path));
    if (index && module_.functions[*index].file.empty()) index.reset();
  } else if (index && !self && module_.functions[*index].owner.empty()) {
    index.reset();
  }
  if (!index) return std::nullopt;
  return run_function(*index, call.arguments,
                      call.receiver->box != 0 ? call.receiver->box
                      : self                  ? frame_.self
                                              : 0,
                      env, false);
}

// What sanitizers leave, by the models; and replacements that leave letters only.
std::optional<ValuePtr> Engine::cleaned(const Call& call, Env& env) {
  Contexts contexts = 0;
  for (const Entry* entry : entries_for(Role::kClean, call)) {
    if (applies(*entry, call, env)) contexts |= entry->contexts;
  }
  if (contexts != 0) {
    std::vector<Taint> taints;
    ValuePtr text = nothing();
    if (call.receiver != nullptr) {
      add_taints(taints, reach(call.receiver, env));
      text = call.receiver;
    }
    for (const Argument& argument : call.arguments)
      add_taints(taints, reach(argument.value, env));
    if (const Argument* first = call.positional(0)) text = first->value;
    const ValuePtr clean = cleared(derived(taints), contexts);
    return clean->taints.empty() && text->constant() && contexts != kAllContexts ? text : clean;
  }
  if (one_of(call.name, "sub gsub replace replaceAll preg_replace Replace ReplaceAllString tr")) {
    for (const Argument& argument : call.arguments) {
      if (argument.value->text && argument.value->constant() && keeps_letters_only(*argument.value->text))
        return nothing();
    }
  }
  return std::nullopt;
}

// What the functions among the arguments give; null when there is none.
ValuePtr Engine::run_callbacks(const Call& call, Env& env) {
  ValuePtr result;
  for (const Argument& argument : call.arguments) {
    if (argument.value->function < 0) continue;
    const auto index = static_cast<std::size_t>(argument.value->function);
    const Function& function = module_.functions[index];
    if (!function.name.empty() && module_.at(argument.ir).op != Op::kFunction) continue;
    std::vector<Argument> arguments;
    const std::vector<Taint> held = call.receiver == nullptr ? std::vector<Taint>{} : reach(call.receiver, env);
    for (const Param& param : function.params) {
      ValuePtr value = parameter(function, param, true);
      // What is passed to the callback of a method is likely what the object holds.
      if (!held.empty() && value->taints.empty() == false && value->taints[0].level != Level::kSource)
        value = join(value, derived(held));
      arguments.push_back({param.name, value, kNoIr});
    }
    called_.insert(index);
    const bool route = call.receiver == nullptr && one_of(call.name, "get post put delete patch");
    if (route && function.block) page_block_ = index;
    const ValuePtr value = run_function(index, arguments, frame_.self, env, true);
    result = result == nullptr ? value : join(result, value);
  }
  return result;
}

// A chain of names, as written; empty for anything else.
std::string Engine::spelled(IrId id) const {
  std::string text;
  for (int parts = 0; parts < 6; ++parts) {
    const Ir& ir = module_.at(id);
    if (ir.op == Op::kName) return std::string(ir.text) + text;
    if (ir.op == Op::kField) {
      text = "." + std::string(ir.text) + text;
      id = module_.kid(id, 0);
    } else if (ir.op == Op::kCall) {
      text = "()" + text;
      id = module_.kid(id, 0);
    } else {
      break;
    }
  }
  return text.empty() ? text : "?" + text;
}

std::vector<const Entry*> Engine::entries_for(Role role, const Call& call) const {
  std::vector<const Entry*> found;
  models_.find(role, call.path, call.typed, call.spelled, found);
  return found;
}

// A function that nobody knows: what goes in may come out.
ValuePtr Engine::unknown_call(const Call& call, Env& env) {
  std::vector<Taint> taints;
  std::optional<std::string> text;
  Build build = Build::kNone;
  if (call.arguments.size() == 1 && call.arguments[0].value->constant() &&
      one_of(call.name, "str String valueOf strval string Sprint repr unicode"))
    return concatenation(text_value(""), call.arguments[0].value, Build::kConcatenation);
  if (call.receiver != nullptr) add_taints(taints, reach(call.receiver, env));
  const bool format_like = one_of(call.name,
                                  "format Sprintf sprintf printf String.format Format vsprintf Fprintf Printf fprintf "
                                  "fstring MessageFormat");
  if (format_like && !call.arguments.empty()) {
    std::size_t first = 0;
    while (first < call.arguments.size() && call.arguments[first].value->kind != Kind::kText)
      ++first;
    if (first < call.arguments.size()) {
      std::vector<ValuePtr> values;
      for (std::size_t i = first + 1; i < call.arguments.size(); ++i)
        values.push_back(call.arguments[i].value);
      const bool percent = call.name != "Format" && call.receiver != nullptr ? call.receiver->path != "MessageFormat"
                                                                             : call.name != "Format";
      return format(*call.arguments[first].value, values, percent);
    }
  }
  std::vector<Taint> given;
  for (const Argument& argument : call.arguments) {
    if (argument.value->function >= 0) continue;
    add_taints(given, reach(argument.value, env));
    // Strings that are only passed on keep their text: strip, trim, dedent, text(), literal…
    if (argument.value->text && call.arguments.size() == 1 && !text) {
      text = argument.value->text;
      build = argument.value->build;
    }
  }
  for (Taint& taint : given)
    taint.guessed = true;
  // What goes into an object stays in it.
  if (call.receiver != nullptr && call.receiver->box != 0 && !given.empty()) {
    if (Box* box = writable(call.receiver->box, env); box != nullptr && call.receiver->box != frame_.self)
      box->rest = box->rest == nullptr ? derived(given) : join(box->rest, derived(given));
  }
  add_taints(taints, given);
  Value value;
  value.taints = std::move(taints);
  if (call.receiver != nullptr && call.receiver->text && !call.receiver->taints.empty()) {
    text = call.receiver->text;
    build = call.receiver->build;
  }
  if (text && build != Build::kNone) {
    value.text = text;
    value.build = build;
    value.kind = Kind::kText;
  }
  const bool own =
      call.receiver != nullptr && (call.receiver->path.starts_with("this") || call.receiver->path.starts_with("self"));
  if (value.taints.empty() && !own) {
    const std::uint32_t offset = place_of(module_.at(call.ir).begin);
    value.taints.push_back(
        {Level::kResult, offset, 0, true,
         std::make_shared<const Step>(Step{offset, "result of " + std::string(call.name), nullptr, 1})});
  }
  // An object that is made by a call may be filled later.
  if (!call.name.empty() && call.name.front() >= 'A' && call.name.front() <= 'Z' &&
      module_.grammar == Grammar::kPython) {
    Box box;
    box.open = true;
    if (!given.empty()) box.rest = derived(given);
    value.box = new_box(env, std::move(box))->box;
    value.taints.clear();
    value.type = call.name;
  }
  return std::make_shared<const Value>(std::move(value));
}

ValuePtr Engine::eval_new(IrId id, Env& env) {
  const Ir& ir = module_.at(id);
  Call call;
  call.ir = id;
  call.callee = id;
  call.name = ir.text;
  call.path = ir.text;
  if (const auto import = module_.imports.find(ir.text);
      import != module_.imports.end() && module_.grammar != Grammar::kJava)
    call.path = import->second.substr(import->second.find_last_of("/\\") + 1);
  std::vector<IrId> bodies;
  std::vector<IrId> given;
  for (const IrId kid : module_.kids_of(id))
    (module_.at(kid).op == Op::kBlock ? bodies : given).push_back(kid);
  arguments_of(given, call, env);
  for (const IrId body : bodies)
    exec(body, env);
  check_call(call, env);
  if (auto clean = cleaned(call, env)) return *clean;
  run_callbacks(call, env);

  return make_object(ir.text, call, env);
}

ValuePtr Engine::make_object(std::string_view name, Call& call, Env& env) {
  Box box;
  const std::string type = short_type(name);
  const bool builder = one_of(type, "StringBuilder StringBuffer StringWriter StringIO StringJoiner Builder Buffer");
  if (builder) {
    const bool sized = call.arguments.empty() || call.arguments[0].value->kind == Kind::kNumber;
    box.built = sized ? text_value("") : call.arguments[0].value;
  }
  if (one_of(type, "String") && !call.arguments.empty()) return call.arguments[0].value;
  for (const Argument& argument : call.arguments) {
    if (!argument.name.empty()) box.items[std::string(argument.name)] = argument.value;
  }
  const auto constructor = [&] {
    for (const std::string_view known :
         {std::string_view("constructor"), std::string_view("__construct"), std::string_view("__init__"),
          std::string_view("initialize"), std::string_view(type)}) {
      if (const auto index = function_named(known, type, call.arguments.size())) return index;
    }
    return std::optional<std::size_t>();
  }();
  const bool own = constructor || module_.bases.contains(type);
  box.open = !builder && !one_of(type,
                                 "HashMap ArrayList LinkedList Map Array List Vector TreeMap LinkedHashMap Set HashSet "
                                 "Dictionary Object ArrayDeque Stack ConcurrentHashMap Properties Hashtable");
  if (!own && !builder) {
    for (const Argument& argument : call.arguments) {
      std::vector<Taint> taints = reach(argument.value, env);
      if (argument.name.empty() && !taints.empty())
        box.rest = box.rest == nullptr ? derived(taints) : join(box.rest, derived(taints));
    }
  }
  ValuePtr made = new_box(env, std::move(box), type);
  if (constructor) run_function(*constructor, call.arguments, made->box, env, false);
  Value value = *made;
  value.path = call.path;
  return std::make_shared<const Value>(std::move(value));
}

// The values of a tag`…` are handed over apart from the text.
ValuePtr Engine::eval_tagged(IrId id, Env& env) {
  const ValuePtr callee = eval(module_.kid(id, 0), env);
  const ValuePtr text = eval(module_.kid(id, 1), env);
  return callee->path == "String.raw" ? text : nothing();
}

// Calls after which nothing of the function runs.
bool Engine::leaves(IrId id, Env& env) {
  const Ir& ir = module_.at(id);
  if (ir.op != Op::kCall) return false;
  const Ir& callee = module_.at(module_.kid(id, 0));
  std::string path(callee.text);
  if (callee.op == Op::kField) {
    const Ir& object = module_.at(module_.kid(module_.kid(id, 0), 0));
    if (object.op == Op::kName) path = std::string(object.text) + "." + path;
  } else if (callee.op == Op::kName) {
    if (const auto import = module_.imports.find(callee.text); import != module_.imports.end()) path = import->second;
  }
  if (env.names.contains(path)) return false;
  std::vector<const Entry*> found;
  models_.find(Role::kExit, path, {}, {}, found);
  return !found.empty();
}

}  // namespace commandcenter::code::dataflow
