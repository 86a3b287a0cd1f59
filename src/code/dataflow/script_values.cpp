// JavaScript: what its own functions give of texts, lists, maps and promises of which something is known.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxGathered = 16;                   // elements of a list whose sum is followed step by step
constexpr std::size_t kMaxMapped = 8;                      // the same of a list that is made from another
constexpr std::int64_t kMaxPlace = std::int64_t{1} << 32;  // in a text

}  // namespace

// row.splice(1, 2, x): takes out and puts in. What was taken out comes back.
std::optional<std::vector<ValuePtr>> spliced(const Call& call, Box& box) {
  if (!is_listed(&box) || call.arguments.empty() || !call.arguments[0].value->number) return std::nullopt;
  const auto size = static_cast<std::int64_t>(box.list.size());
  std::int64_t from = *call.arguments[0].value->number;
  from = std::clamp(from < 0 ? from + size : from, std::int64_t{0}, size);
  std::int64_t count = size - from;
  if (call.arguments.size() > 1) {
    if (!call.arguments[1].value->number) return std::nullopt;
    count = std::clamp(*call.arguments[1].value->number, std::int64_t{0}, count);
  }
  if (box.list.size() + call.arguments.size() > kMaxBox_items) return std::nullopt;
  const auto begin = box.list.begin() + from;
  std::vector<ValuePtr> out(begin, begin + count);
  const auto place = box.list.erase(begin, begin + count);
  std::vector<ValuePtr> in;
  for (std::size_t i = 2; i < call.arguments.size(); ++i)
    in.push_back(call.arguments[i].value);
  box.list.insert(place, in.begin(), in.end());
  return out;
}

// "[['a', x], ['b', y]]" and "{ a: x, b: y }" as a map; null where not every name is known.
ValuePtr Engine::map_of_pairs(const ValuePtr& pairs, std::string type, Env& env) {
  const Box* box = box_of(*pairs, env);
  if (box == nullptr || box->rest != nullptr || box->open || box->built != nullptr || !pairs->taints.empty())
    return nullptr;
  Box made;
  made.items = box->items;
  for (const ValuePtr& pair : box->list) {
    const Box* parts = box_of(*pair, env);
    if (!is_listed(parts) || parts->list.size() != 2) return nullptr;
    const Value& key = *parts->list[0];
    if (!key.constant() || !(key.text || key.number)) return nullptr;
    made.items[key.text ? *key.text : std::to_string(*key.number)] = parts->list[1];
  }
  return new_box(env, std::move(made), std::move(type));
}

// The sum that a function makes of a list, element by element; `first`: what it begins with, or null.
ValuePtr Engine::gathered(const Value& list, const ValuePtr& code, ValuePtr first, Env& env) {
  const Box* box = box_of(list, env);
  if (!is_listed(box) || box->list.empty() || box->list.size() > kMaxGathered || code->function < 0) return nullptr;
  const std::vector<ValuePtr> parts = box->list;
  for (std::size_t i = first == nullptr ? 1 : 0; i < parts.size(); ++i) {
    std::vector<Argument> arguments{{{}, first == nullptr ? parts[0] : first, kNoIr}, {{}, parts[i], kNoIr}};
    const auto index = static_cast<std::size_t>(code->function);
    called_.insert(index);
    first = (code->box | code->any_of) != 0 ? run_value(*code, std::move(arguments), env)
                                            : run_function(index, arguments, frame_.self, env, true);
  }
  return first == nullptr ? parts[0] : first;
}

// "list.map((item, place) => …)", "flatMap": of a list that is known each element by itself.
ValuePtr Engine::mapped_each(const Call& call, Env& env) {
  const Box* box = box_of(*call.receiver, env);
  const ValuePtr& code = call.arguments[0].value;
  if (!is_listed(box) || box->list.empty() || box->list.size() > kMaxMapped || code->function < 0) return nullptr;
  const auto index = static_cast<std::size_t>(code->function);
  if ((code->box | code->any_of) != 0 || module_.functions[index].params.size() > 2) return nullptr;
  const std::vector<ValuePtr> parts = box->list;
  std::vector<ValuePtr> made;
  called_.insert(index);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::vector<Argument> arguments{{{}, parts[i], kNoIr},
                                          {{}, number_value(static_cast<std::int64_t>(i)), kNoIr}};
    const ValuePtr given = run_function(index, arguments, frame_.self, env, true);
    const Box* several = call.name == "flatMap" ? box_of(*given, env) : nullptr;
    if (several != nullptr && !is_listed(several)) return nullptr;
    if (several == nullptr)
      made.push_back(given);
    else
      made.insert(made.end(), several->list.begin(), several->list.end());
  }
  return list_value(std::move(made), env);
}

namespace {

// text.slice(1, -1), text.substring(1, 3), text.substr(1, 2), text.at(-1): from where up to where; nothing: not known.
struct Part {
  std::optional<std::int64_t> from;
  std::optional<std::int64_t> to;
};

std::optional<Part> asked_for(const Call& call) {
  std::vector<std::int64_t> numbers;
  for (const Argument& argument : call.arguments) {
    const auto& number = argument.value->number;
    if (!number || *number < -kMaxPlace || *number > kMaxPlace) return std::nullopt;
    numbers.push_back(*number);
  }
  if (numbers.empty() || numbers.size() > 2) return std::nullopt;
  Part part{numbers[0], std::nullopt};
  const bool one = one_of(call.name, "at charAt");
  if (one && numbers[0] != -1) part.to = numbers[0] + 1;
  if (!one && numbers.size() == 2) part.to = call.name == "substr" ? numbers[0] + numbers[1] : numbers[1];
  const bool signs = call.name == "slice" || call.name == "at";  // others count from the front only
  if (!signs && (numbers[0] < 0 || part.to.value_or(0) < 0)) return std::nullopt;
  return part;
}

}  // namespace

// A part of a text that is known there, and lists put together; null for anything else.
ValuePtr Engine::part_in_script(const Call& call, Env& env) {
  if (call.receiver->text && call.receiver->box == 0 && one_of(call.name, "slice substring substr at charAt")) {
    const auto part = asked_for(call);
    return part ? part_of_text(*call.receiver, part->from, part->to) : nullptr;
  }
  const Box* box = call.receiver->box == 0 ? nullptr : box_of(*call.receiver, env);
  if (box == nullptr) return nullptr;
  if (call.name == "concat" && is_listed(box)) {
    Box whole = *box;
    for (const Argument& argument : call.arguments) {
      const Box* more = box_of(*argument.value, env);
      if (is_listed(more))
        whole.list.insert(whole.list.end(), more->list.begin(), more->list.end());
      else if (more == nullptr)
        whole.list.push_back(argument.value);
      else
        return nullptr;
    }
    return new_box(env, std::move(whole));
  }
  if (call.name == "reduce" && !call.arguments.empty() && call.arguments[0].value->function >= 0)
    return gathered(*call.receiver, call.arguments[0].value,
                    call.arguments.size() > 1 ? call.arguments[1].value : nullptr, env);
  if (call.name == "flat" && is_listed(box)) {
    std::vector<ValuePtr> parts;
    for (const ValuePtr& part : box->list) {
      const Box* inner = box_of(*part, env);
      if (inner != nullptr && !is_listed(inner)) return nullptr;
      if (inner == nullptr)
        parts.push_back(part);
      else
        parts.insert(parts.end(), inner->list.begin(), inner->list.end());
    }
    return list_value(std::move(parts), env);
  }
  if (one_of(call.name, "map flatMap") && call.arguments.size() == 1) return mapped_each(call, env);
  if (call.name == "get" && call.receiver->type == "URLSearchParams" && call.arguments.size() == 1) {
    const Value& key = *call.arguments[0].value;  // of one that is made here
    const auto held = key.text && key.constant() ? box->items.find(*key.text) : box->items.end();
    if (held != box->items.end()) return held->second;
  }
  return nullptr;
}

// What functions of the language itself give; null: nothing is known of the call.
ValuePtr Engine::known_of_language(const Call& call, Env& env) {
  if (module_.grammar == Grammar::kPython) return known_of_python(call, env);
  if (!is_script(module_.grammar)) return nullptr;
  if (call.receiver == nullptr)
    return call.path == "structuredClone" && call.arguments.size() == 1 ? copied(call.arguments[0].value, env)
                                                                        : nullptr;
  if (call.name == "bind" && call.receiver->function >= 0 && call.receiver->box == 0 && call.arguments.size() > 1) {
    Call made = call;
    made.arguments[0].value = call.receiver;
    return partly_given(made, env);
  }
  if (call.arguments.empty())
    return call.name == "flat" && call.receiver->path.empty() ? part_in_script(call, env) : nullptr;
  if (call.receiver->path.empty() || (call.receiver->box | call.receiver->any_of) != 0)
    return part_in_script(call, env);
  const ValuePtr& first = call.arguments[0].value;
  if (call.path == "Reflect.get" && call.arguments.size() > 1 && first->box != 0)
    return at_key(first, call.arguments[1].value, env);
  if (call.path == "Object.assign" && writable(first->box, env) != nullptr && first->taints.empty()) {
    for (std::size_t i = 1; i < call.arguments.size(); ++i)
      spread_into(*writable(first->box, env), *call.arguments[i].value, env);
    return nullptr;  // what it gives holds the same
  }
  if (call.path == "Object.values") {
    const Box* map = first->taints.empty() ? box_of(*first, env) : nullptr;
    if (map == nullptr || map->rest != nullptr || map->open || map->items.size() != 1) return nullptr;
    return list_value({map->items.begin()->second}, env);
  }
  if (call.path == "Object.entries") {  // its keys stand in the program
    const Box* map = first->taints.empty() ? box_of(*first, env) : nullptr;
    if (map == nullptr || map->rest != nullptr || map->open || map->items.empty() || !map->list.empty()) return nullptr;
    const bool one = map->items.size() == 1;
    const ValuePtr key = one ? text_value(map->items.begin()->first) : nothing();
    const ValuePtr any = element(first, env);
    Box pairs;
    (one ? pairs.list.emplace_back() : pairs.rest) = list_value({key, any}, env);
    return new_box(env, std::move(pairs));
  }
  if (call.path == "Object.fromEntries") return map_of_pairs(first, {}, env);
  if (one_of(call.path, "_.cloneDeep lodash.cloneDeep _.clone lodash.clone")) return copied(first, env);
  if (call.path == "JSON.parse") {  // JSON.parse(JSON.stringify(map))
    const IrId text = call.arguments[0].ir;
    const bool both = module_.at(text).op == Op::kCall && spelled(module_.kid(text, 0)) == "JSON.stringify";
    return both ? copied(eval(module_.kid(text, 1), env), env) : nullptr;
  }
  if (call.path == "Promise.all" && call.arguments.size() == 1 && is_listed(box_of(*first, env))) return first;
  if (call.path == "Promise.resolve" && call.arguments.size() == 1) return first;
  if (call.path == "Object.defineProperty" && call.arguments.size() == 3 && first->box != 0) {
    const Value& key = *call.arguments[1].value;
    const Box* how = box_of(*call.arguments[2].value, env);
    const auto held = how == nullptr ? std::nullopt : std::optional(how->items.find("value"));
    if (!held || *held == how->items.end() || !key.text || !key.constant()) return nullptr;
    put(first, call.arguments[1].value, (*held)->second, env);
    return first;
  }
  return call.receiver->text ? part_in_script(call, env) : nullptr;
}

// A copy holds what the first one holds now; null where that is not known.
ValuePtr Engine::copied(const ValuePtr& value, Env& env) {
  const Box* box = box_of(*value, env);
  if (box == nullptr || box->built != nullptr || !value->taints.empty()) return nullptr;
  return new_box(env, Box(*box), value->type);
}

}  // namespace commandcenter::code::dataflow
