// Objects that are made: of classes of the file, and of those of libraries.
#include <optional>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

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
  if (ValuePtr same = given_back(call, env); same != nullptr) return same;
  run_callbacks(call, env);

  return make_object(ir.text, call, env);
}

ValuePtr Engine::make_object(std::string_view name, Call& call, Env& env) {
  Box box;
  const std::string type = short_type(name);
  const bool builder = one_of(type, "StringBuilder StringBuffer StringWriter StringIO StringJoiner Builder Buffer");
  if (builder) {
    const bool sized =
        call.arguments.empty() || call.arguments[0].value->kind == Kind::kNumber || type == "StringJoiner";
    box.built = sized ? text_value("") : call.arguments[0].value;
  }
  if (one_of(type, "String") && !call.arguments.empty()) return call.arguments[0].value;
  for (const Argument& argument : call.arguments) {
    if (!argument.name.empty()) box.items[std::string(argument.name)] = argument.value;
  }
  const auto record = module_.records.find(type);
  for (std::size_t i = 0; record != module_.records.end() && i < record->second.size(); ++i) {
    if (const Argument* given = call.positional(i)) box.items[std::string(record->second[i])] = given->value;
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

}  // namespace commandcenter::code::dataflow
