// Maps that are given what they lack: d.setdefault(key, []), map.computeIfAbsent(key, k -> …), Hash.new { … }.
#include <optional>
#include <string>
#include <utility>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

std::optional<std::string> known_key(const Value& key) {
  if (!key.taints.empty() || !key.constant()) return std::nullopt;
  if (key.text) return key.text;
  return key.number ? std::optional(std::to_string(*key.number)) : std::nullopt;
}

}  // namespace

// What a function makes that is handed over for it; another value is what it is.
ValuePtr Engine::made_by(const Value& maker, const ValuePtr& given, Env& env) {
  if (maker.function < 0) return given;
  const auto index = static_cast<std::size_t>(maker.function);
  std::vector<Argument> arguments;
  for (const Param& param : module_.functions[index].params)
    arguments.push_back({param.name, nothing(), kNoIr});
  called_.insert(index);
  return run_function(index, arguments, frame_.self, env, true);
}

// Hash.new { |map, key| map[key] = [] }, Hash.new([]), defaultdict(list); null for anything else.
ValuePtr Engine::map_with_default(const Call& call, Env& env) {
  const bool python = one_of(call.path, "defaultdict collections.defaultdict");
  const bool ruby = call.path == "Hash.new";
  if (module_.grammar == Grammar::kPython && one_of(call.path, "field dataclasses.field")) {  // default_factory=list
    const Argument* maker = call.argument("default_factory");
    const bool container = maker != nullptr && one_of(maker->value->path, "list dict set deque collections.deque");
    return container ? new_box(env, Box()) : nullptr;
  }
  if (!(python && module_.grammar == Grammar::kPython) && !(ruby && module_.grammar == Grammar::kRuby)) return nullptr;
  Box box;
  if (!call.arguments.empty()) {
    const ValuePtr& maker = call.arguments.back().value;
    const bool container = python && one_of(maker->path, "list dict set deque collections.deque");
    const ValuePtr given = container ? new_box(env, Box()) : ruby && maker->box != 0 ? maker : nothing();
    box.lacking = made_by(*maker, given, env);
  }
  box.open = ruby;
  return new_box(env, std::move(box));
}

// A map with a default has something at a key from the first look on. It is made anew for each.
void Engine::add_lacking(const ValuePtr& map, const Value& key, Env& env) {
  const Box* box = box_of(*map, env);
  if (box == nullptr || box->lacking == nullptr) return;
  const auto name = known_key(key);
  if (box->rest != nullptr || (name && box->items.contains(*name))) return;
  ValuePtr made = box->lacking;
  if (const Box* held = box_of(*made, env)) {
    Box copy = *held;
    made = new_box(env, std::move(copy), made->type);
  }
  Box* mine = writable(map->box, env);
  if (mine == nullptr) return;
  (name ? mine->items[*name] : mine->rest) = made;
}

// What lies at the key, or is put there because nothing does.
std::optional<ValuePtr> Engine::put_if_lacking(const Call& call, Box& box, Env& env) {
  const bool makes = one_of(call.name, "computeIfAbsent GetOrAdd");
  if ((!makes && !one_of(call.name, "setdefault putIfAbsent")) || call.arguments.size() != 2) return std::nullopt;
  const auto name = known_key(*call.arguments[0].value);
  ValuePtr& place = name ? box.items[*name] : box.rest;
  ValuePtr value = call.arguments[1].value;
  if (place != nullptr && place->kind != Kind::kNull) {
    if (!name && !makes) place = join(place, value);
    return place;
  }
  if (makes && value->function < 0) value = new_box(env, Box());  // ArrayList::new
  place = makes ? made_by(*call.arguments[1].value, value, env) : value;
  return place;
}

}  // namespace commandcenter::code::dataflow
