// What comes out of maps, lists, objects and builders is what was put in.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

// What a loop gets out of a container in each turn: of a map, Python gives the keys.
ValuePtr Engine::turn_of(IrId over, const ValuePtr& container, const Env& env) const {
  const Op op = module_.at(over).op;
  const Box* box = box_of(*container, env);
  if (box != nullptr && box->names != nullptr && op != Op::kCall) return box->names;
  const bool keys = module_.grammar == Grammar::kPython && (op == Op::kName || op == Op::kField) && box != nullptr &&
                    !box->items.empty() && box->list.empty() && box->rest == nullptr && box->built == nullptr &&
                    !box->open && container->type.empty() && container->taints.empty();
  return keys ? nothing() : element(container, env);
}

ValuePtr Engine::at_key(const ValuePtr& container, const ValuePtr& key, const Env& env) const {
  const Box* box = box_of(*container, env);
  if (box == nullptr) {
    if (container->text && container->constant() && key->number && container->kind == Kind::kText) {
      const auto at = static_cast<std::size_t>(*key->number);
      if (*key->number >= 0 && at < container->text->size()) return text_value(container->text->substr(at, 1));
    }
    Value value;
    value.taints = container->taints;
    if (!container->path.empty()) value.path = container->path + "[]";
    if (!container->type.empty()) value.type = container->type + "[]";
    const ValuePtr held = std::make_shared<const Value>(std::move(value));
    const auto name = key_text(*key);
    return name && !tells_of_whole(*name) ? part_of(held, *name) : held;
  }
  const auto name = key_text(*key);
  if (!name) {
    Value value = *element(container, env);
    if (value.function >= 0 && module_.grammar != Grammar::kPython) value.any_of = container->box;
    if (value.kind == Kind::kBool) value.kind = Kind::kUnknown, value.number.reset();  // may not be there
    // Python: {"a": First, "b": Second}[kind]: the next class above all of them stands for any.
    const bool classes = module_.grammar == Grammar::kPython && value.path.empty() && box->items.size() > 1;
    for (const auto& [above, steps] : classes ? ancestors(box->items.begin()->second->path) : Ancestors{}) {
      const bool all =
          module_.bases.contains(above) && std::ranges::all_of(box->items, [&, above = above](const auto& item) {
            return item.second->box == 0 && steps_below(item.second->path, above).has_value();
          });
      if (all && value.path.empty()) value.path = above;
    }
    return std::make_shared<const Value>(std::move(value));
  }
  if (const auto item = box->items.find(*name); item != box->items.end()) return item->second;
  if (key->number && box->rest == nullptr) {
    const std::int64_t size = static_cast<std::int64_t>(box->list.size());
    const std::int64_t at = *key->number < 0 ? *key->number + size : *key->number;
    if (at >= 0 && at < size) return box->list[static_cast<std::size_t>(at)];
  }
  if (box->rest != nullptr || !container->taints.empty())
    return tells_of_whole(*name) ? element(container, env) : part_of(element(container, env), *name);
  return box->open ? nothing() : null_value();
}

std::optional<ValuePtr> Engine::builder_method(const Call& call, Box& box, Env& env) {
  if (box.built == nullptr) return std::nullopt;
  const std::string_view name = call.name;
  if (one_of(name, "append write WriteString Append AppendFormat AppendLine print concat writeString add") &&
      !call.arguments.empty()) {
    ValuePtr more = flat(call.arguments[0].value, env);  // also of another builder
    if (name == "AppendFormat") {
      std::vector<ValuePtr> values;
      for (std::size_t i = 1; i < call.arguments.size(); ++i)
        values.push_back(call.arguments[i].value);
      more = format(*more, values, false, env);
    }
    box.built = concatenation(box.built, more, Build::kConcatenation);
    return call.receiver;
  }
  if (one_of(name, "toString String ToString getvalue read to_s string")) return box.built;
  if (one_of(name, "insert replace Insert Replace") && !call.arguments.empty()) {
    Value value = *box.built;
    for (const Argument& argument : call.arguments)
      add_taints(value.taints, reach(argument.value, env));
    box.built = std::make_shared<const Value>(std::move(value));
    return call.receiver;
  }
  if (one_of(name, "setLength delete truncate clear Clear Reset reset")) {  // all of it, or an end
    const bool whole = call.arguments.empty() || call.arguments[0].value->number == 0;
    if (whole && !(call.arguments.size() > 1 && call.arguments[1].value->number)) box.built = text_value("");
    return call.receiver;
  }
  if (one_of(name, "reverse deleteCharAt trimToSize Remove")) return call.receiver;
  if (one_of(name, "length size indexOf")) return derived({});
  return std::nullopt;
}

// Java: what lies in an Optional comes out of it; the first or any of a stream is one of what lies in that.
std::optional<ValuePtr> Engine::optional_method(const Call& call, Box& box, Env& env) {
  if (module_.grammar != Grammar::kJava) return std::nullopt;
  const ValuePtr held = element(call.receiver, env);
  const auto filled = [&](const ValuePtr& value) {
    Box made;
    made.rest = value;
    return new_box(env, std::move(made), "Optional");
  };
  const Argument* first = call.positional(0);
  if (first == nullptr && one_of(call.name, "findFirst findAny") && !(box.list.empty() && box.rest == nullptr))
    return filled(held);
  if (first != nullptr && call.name == "set" && one_of(call.receiver->type, "AtomicReference ThreadLocal")) {
    box.list.clear();
    box.rest = first->value;
    return nothing();
  }
  if (call.receiver->type != "Optional") return std::nullopt;
  if (first == nullptr) return one_of(call.name, "get orElseThrow") ? std::optional(held) : std::nullopt;
  const int code = first->value->function;
  if (call.name == "orElse") return join(held, first->value);
  if (code < 0 || !one_of(call.name, "map filter orElseGet")) return std::nullopt;
  const auto function = static_cast<std::size_t>(code);
  const bool instead = call.name == "orElseGet";
  const std::vector<Argument> given = instead ? std::vector<Argument>{} : std::vector<Argument>{{{}, held, kNoIr}};
  const ValuePtr result = run_function(function, given, frame_.self, env, true);
  if (module_.functions[function].name.empty()) called_.insert(function);
  if (instead) return join(held, result);
  return filled(call.name == "map" ? result : passed(function, held, env));
}

std::optional<ValuePtr> Engine::box_method(const Call& call, Env& env) {
  if (module_.grammar == Grammar::kPhp && call.receiver == nullptr && !call.arguments.empty() &&
      one_of(call.path, "array_shift array_pop array_unshift")) {
    Call method = call;
    method.name = std::string_view(call.name).substr(std::string_view("array_").size());
    method.receiver = call.arguments[0].value;
    method.arguments.erase(method.arguments.begin());
    return box_method(method, env);
  }
  if (call.receiver == nullptr || call.receiver->box == 0) return std::nullopt;
  if (box_of(*call.receiver, env) == nullptr) return std::nullopt;
  if (!env.boxes.contains(call.receiver->box)) env.boxes[call.receiver->box] = globals_.boxes[call.receiver->box];
  // Methods run code that may write to any box, so the changed copy goes back at the end.
  Box box = *env.boxes.find(call.receiver->box)->second;
  auto result = builder_method(call, box, env);
  if (!result && box.built == nullptr) result = put_if_lacking(call, box, env);
  if (!result && box.built == nullptr) result = optional_method(call, box, env);
  if (!result && box.built == nullptr) result = map_method(call, box, env);
  if (!result && box.built == nullptr) result = list_method(call, box, env);
  if (result) env.boxes[call.receiver->box] = std::make_shared<Box>(std::move(box));
  return result;
}

}  // namespace commandcenter::code::dataflow
