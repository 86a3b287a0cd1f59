// What functions of the languages give: texts put together, lists and maps made, values formatted.
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxAppended = 200;

// "List" of "java.util.List.of(…)": the class whose method is called.
std::string_view class_of(const Call& call) {
  return call.receiver == nullptr ? std::string_view() : last_of(call.receiver->path);
}

}  // namespace

// Go: append(list, a, b), delete(map, key), new(Type).
ValuePtr Engine::builtin_of_go(const Call& call, Env& env) {
  if (module_.grammar != Grammar::kGo || call.receiver != nullptr || call.arguments.empty()) return nullptr;
  const ValuePtr& held = call.arguments[0].value;
  if (call.name == "new" && call.arguments.size() == 1) {
    Value made;
    made.type = short_type(spelled(call.arguments[0].ir));
    return std::make_shared<const Value>(std::move(made));
  }
  if (call.name == "delete" && call.arguments.size() == 2) {
    const Value& key = *call.arguments[1].value;
    Box* box = key.text && key.constant() ? writable(held->box, env) : nullptr;
    if (box != nullptr) box->items.erase(*key.text);
    return nothing();
  }
  if (call.name != "append") return nullptr;
  const Box* before = box_of(*held, env);
  Box box = before == nullptr ? Box() : *before;
  if (!held->taints.empty()) box.rest = box.rest == nullptr ? derived(held->taints) : join(box.rest, held);
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    const Argument& more = call.arguments[i];
    const bool many = more.ir != kNoIr && module_.at(more.ir).op == Op::kSpread && more.value->text == std::nullopt;
    if (many || box.list.size() >= kMaxAppended)
      box.rest = box.rest == nullptr ? more.value : join(box.rest, more.value);
    else
      box.list.push_back(more.value);
  }
  return new_box(env, std::move(box), held->type);
}

// Text of constants that is only repeated or put together: "?, ?, ?".
ValuePtr Engine::repeated(const Call& call, Env& env) {
  if (module_.grammar == Grammar::kJava && one_of(call.name, "of ofNullable") && call.arguments.size() == 1 &&
      class_of(call) == "Optional") {
    Box held;
    held.rest = call.arguments[0].value;
    return new_box(env, std::move(held), "Optional");
  }
  if (one_of(call.name, "of asList listOf") && one_of(class_of(call), "List Arrays Set Stream ImmutableList")) {
    std::vector<ValuePtr> values;
    for (const Argument& argument : call.arguments)
      values.push_back(argument.value);
    return values.size() == 1 && box_of(*values[0], env) != nullptr ? values[0] : list_value(std::move(values), env);
  }
  if (one_of(call.name, "of copyOf") && one_of(class_of(call), "Map ImmutableMap")) {
    if (call.arguments.size() == 1) return call.arguments[0].value;
    Box box;  // a name and its value in turn
    const ValuePtr map = new_box(env, std::move(box));
    for (std::size_t i = 0; i + 1 < call.arguments.size(); i += 2)
      put(map, call.arguments[i].value, call.arguments[i + 1].value, env);
    return map;
  }
  if (call.path == "strings.NewReplacer") {
    Box pairs;
    for (const Argument& argument : call.arguments)
      pairs.list.push_back(argument.value);
    return new_box(env, std::move(pairs), std::string(kReplacer));
  }
  if (call.arguments.size() == 1 &&
      one_of(call.name, "unmodifiableMap unmodifiableList unmodifiableSet synchronizedMap synchronizedList freeze"))
    return call.arguments[0].value;
  if (call.name == "assign" && call.receiver != nullptr && call.receiver->path == "Object") {
    Box box;
    for (const Argument& argument : call.arguments)
      spread_into(box, *argument.value, env);
    return new_box(env, std::move(box));
  }
  if (one_of(call.name, "repeat Repeat str_repeat ljust rjust center")) {
    if (call.receiver != nullptr && call.receiver->text && call.arguments.size() == 1) return call.receiver;
    const Argument* first = call.positional(0);
    return first != nullptr && first->value->text ? first->value : nullptr;
  }
  if (one_of(call.name, "nCopies fill array_fill")) {
    const Argument* last = call.arguments.empty() ? nullptr : &call.arguments.back();
    if (last == nullptr || !last->value->text) return nullptr;
    Box box;
    box.rest = last->value;
    return new_box(env, std::move(box));
  }
  const bool joins = one_of(call.name, "join Join implode") && call.arguments.size() >= 2 &&
                     !is_script(module_.grammar) &&
                     (call.receiver == nullptr || one_of(call.receiver->path, "String strings"));
  if (!joins) return nullptr;
  // join(sign, a, b, …), join(sign, list) and join(list, sign)
  std::vector<ValuePtr> values;
  ValuePtr sign = call.arguments[0].value;
  std::size_t from = 1;
  if (box_of(*sign, env) != nullptr || !sign->text) sign = call.arguments[1].value, from = 0;
  for (std::size_t i = from; i < call.arguments.size() && (from == 1 || i == 0); ++i) {
    const Box* box = box_of(*call.arguments[i].value, env);
    if (box == nullptr) {
      values.push_back(element(call.arguments[i].value, env));
    } else {
      values.insert(values.end(), box->list.begin(), box->list.end());
      if (!call.arguments[i].value->taints.empty()) values.push_back(derived(call.arguments[i].value->taints));
      if (box->rest != nullptr) values.insert(values.end(), 2, box->rest);
    }
  }
  ValuePtr whole = text_value("");
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) whole = concatenation(whole, sign, Build::kConcatenation);
    whole = concatenation(whole, flat(values[i], env), Build::kConcatenation);
  }
  return whole;
}

ValuePtr Engine::formatted(const Call& call, Env& env) {
  constexpr std::string_view kNames =
      "format Sprintf sprintf printf String.format Format vsprintf Fprintf Printf fprintf fstring MessageFormat";
  if (!one_of(call.name, kNames)) return nullptr;
  std::size_t first = 0;
  while (first < call.arguments.size() && call.arguments[first].value->kind != Kind::kText)
    ++first;
  if (first >= call.arguments.size()) return nullptr;
  std::vector<ValuePtr> values;
  for (std::size_t i = first + 1; i < call.arguments.size(); ++i) {
    const Box* box = box_of(*call.arguments[i].value, env);
    if (box != nullptr && !box->list.empty())  // an array for "…"
      values.insert(values.end(), box->list.begin(), box->list.end());
    else
      values.push_back(flat(call.arguments[i].value, env));
  }
  const bool percent =
      call.name != "Format" && !(call.receiver != nullptr && call.receiver->path.ends_with("MessageFormat"));
  return format(*call.arguments[first].value, values, percent, env);
}

// An object that is made by a call may be filled later.
void Engine::become_object(Value& value, std::string_view type, const std::vector<Taint>& given, Env& env) {
  Box box;
  box.open = true;
  if (!given.empty()) box.rest = derived(given);
  value.box = new_box(env, std::move(box))->box;
  value.taints.clear();
  value.type = type;
}

}  // namespace commandcenter::code::dataflow
