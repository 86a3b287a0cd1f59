// Maps, lists, objects, builders: what was put in is what comes out.
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

std::optional<std::string> key_text(const Value& key) {
  if (!key.taints.empty()) return std::nullopt;
  if (key.text && key.constant()) return key.text;
  if (key.number) return std::to_string(*key.number);
  return std::nullopt;
}

// Java's push() and pop() of these are at the front.
bool is_deque(const Call& call) {
  return one_of(call.receiver->type, "Deque ArrayDeque LinkedList LinkedBlockingDeque ConcurrentLinkedDeque Queue");
}

void widen(ValuePtr& to, const ValuePtr& value) {
  to = to == nullptr ? value : join(to, value);
}

// What a list has too many of may lie anywhere in it.
void keep_small(Box& box) {
  for (std::size_t i = kMaxBox_items; i < box.list.size(); ++i)
    widen(box.rest, box.list[i]);
  if (box.list.size() > kMaxBox_items) box.list.resize(kMaxBox_items);
}

}  // namespace

ValuePtr Engine::new_box(Env& env, Box box, std::string type) {
  const std::uint32_t id = next_box_++;
  keep_small(box);
  env.boxes[id] = std::make_shared<Box>(std::move(box));
  Value value;
  value.box = id;
  value.type = std::move(type);
  return std::make_shared<const Value>(std::move(value));
}

Box* Engine::writable(std::uint32_t id, Env& env) const {
  const auto place = env.boxes.find(id);
  if (place == nullptr) return nullptr;
  if (const auto* mine = env.boxes.unshared(id); mine != nullptr && mine->use_count() == 1)
    return const_cast<Box*>(mine->get());  // nobody else sees it, and none is made const
  auto copy = std::make_shared<Box>(*place->second);
  Box* box = copy.get();
  env.boxes[id] = std::move(copy);
  return box;
}

const Box* Engine::box_of(const Value& value, const Env& env) const {
  if (value.box == 0) return nullptr;
  const auto place = env.boxes.find(value.box);
  if (place != nullptr) return place->second.get();
  const auto shared = globals_.boxes.find(value.box);
  return shared == nullptr ? nullptr : shared->second.get();
}

ValuePtr Engine::all_of(const Box& box) const {
  ValuePtr all;
  for (const auto& [key, value] : box.items)
    widen(all, value);
  for (const ValuePtr& value : box.list)
    widen(all, value);
  if (box.rest != nullptr) widen(all, box.rest);
  if (box.built != nullptr) widen(all, box.built);
  return all == nullptr ? nothing() : all;
}

// What a value contributes to a text: of a builder its text, of a container everything in it.
ValuePtr Engine::flat(const ValuePtr& value, const Env& env) const {
  const Box* box = value->text || value->number ? nullptr : box_of(*value, env);
  if (box == nullptr) return value;
  if (box->built != nullptr) return box->built;
  return derived(reach(value, env));
}

// Any element of a container; of something unknown, the same again.
ValuePtr Engine::element(const ValuePtr& container, const Env& env) const {
  const Box* box = box_of(*container, env);
  if (box == nullptr) {
    Value value;
    value.taints = container->taints;
    if (!container->path.empty()) value.path = container->path + "[]";
    return std::make_shared<const Value>(std::move(value));
  }
  const ValuePtr all = all_of(*box);
  return container->taints.empty() ? all : join(all, derived(container->taints));
}

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

void Engine::put(const ValuePtr& container, const ValuePtr& key, const ValuePtr& value, Env& env) {
  Box* box = writable(container->box, env);
  if (box == nullptr) return;
  const auto name = key_text(*key);
  const bool full = box->items.size() + box->list.size() >= kMaxBox_items;
  if (key == nothing() && !full && box->items.empty() && box->rest == nullptr) {
    box->list.push_back(value);
  } else if (name && key->number && *key->number >= 0 && static_cast<std::size_t>(*key->number) < box->list.size()) {
    box->list[static_cast<std::size_t>(*key->number)] = value;
  } else if (name && !full) {
    box->items[*name] = value;
  } else {
    if (!name && !value->taints.empty()) {  // any of its members may be this one
      for (auto& [key_here, held] : box->items)
        held = join(held, value);
    }
    widen(box->rest, value);
  }
}

// {...a, ...b}: members of b, known or not, replace those of a.
void Engine::spread_into(Box& box, const Value& value, const Env& env) const {
  const Box* other = box_of(value, env);
  const ValuePtr held = other == nullptr ? derived(value.taints) : other->rest;
  if (held != nullptr && !held->taints.empty()) {
    for (auto& [key, before] : box.items)
      before = join(before, held);
  }
  if (other != nullptr) {
    for (const auto& [key, member] : other->items)
      box.items[key] = member;
  }
  if (held != nullptr) widen(box.rest, held);
}

ValuePtr Engine::list_value(std::vector<ValuePtr> values, Env& env) {
  Box box;
  box.list = std::move(values);
  return new_box(env, std::move(box));
}

std::optional<ValuePtr> Engine::list_method(const Call& call, Box& box, Env& env) {
  const std::string_view name = call.name;
  const Argument* first = call.positional(0);
  const Argument* second = call.positional(1);
  if (one_of(name,
             "add append push addLast offer Add addElement AddLast enqueue push_back unshift insert addFirst "
             "appendleft") &&
      first != nullptr && (second == nullptr || one_of(name, "add insert"))) {
    const ValuePtr& value = second == nullptr ? first->value : second->value;
    const bool front = one_of(name, "unshift addFirst offerFirst appendleft") || (name == "push" && is_deque(call));
    const bool placed = second != nullptr && first->value->number && *first->value->number >= 0 &&
                        static_cast<std::size_t>(*first->value->number) <= box.list.size();
    if (box.rest != nullptr || box.list.size() >= kMaxBox_items || (second != nullptr && !placed))
      widen(box.rest, value);
    else if (front || placed)
      box.list.insert(box.list.begin() + (placed ? *first->value->number : 0), value);
    else
      box.list.push_back(value);
    return call.receiver;
  }
  if (one_of(name, "addAll extend AddRange concat putAll update") && first != nullptr) {
    const Box* other = box_of(*first->value, env);
    if (other != nullptr && other->rest == nullptr && box.rest == nullptr) {
      const std::vector<ValuePtr> more = other->list;  // may be the same
      box.list.insert(box.list.end(), more.begin(), more.end());
      keep_small(box);
      for (const auto& [key, value] : other->items)
        box.items[key] = value;
    } else {
      widen(box.rest, element(first->value, env));
    }
    return call.receiver;
  }
  if (module_.grammar == Grammar::kPython && name == "remove" && first != nullptr && box.rest == nullptr) {
    const auto same = std::ranges::find_if(box.list, [&](const ValuePtr& item) {
      return item->constant() && item->text == first->value->text && item->number == first->value->number;
    });
    if (first->value->constant() && same != box.list.end()) box.list.erase(same);
    return nothing();
  }
  const bool last = one_of(name, "pop removeLast pollLast Pop") && first == nullptr && !is_deque(call);
  const bool place = one_of(name, "remove removeAt pop RemoveAt") && first != nullptr && first->value->number;
  if (last || place || one_of(name, "shift poll removeFirst pollFirst dequeue Dequeue pop popleft")) {
    if (box.rest != nullptr || box.list.empty()) return element(call.receiver, env);
    std::int64_t at = last ? static_cast<std::int64_t>(box.list.size()) - 1 : place ? *first->value->number : 0;
    if (at < 0) at += static_cast<std::int64_t>(box.list.size());
    if (at < 0 || at >= static_cast<std::int64_t>(box.list.size())) return element(call.receiver, env);
    const ValuePtr value = box.list[static_cast<std::size_t>(at)];
    box.list.erase(box.list.begin() + at);
    return value;
  }
  const bool java = module_.grammar == Grammar::kJava && first == nullptr;
  if (java && name == "iterator" && box.items.empty()) {
    Box made = box;
    return new_box(env, std::move(made), "Iterator");
  }
  if (java && name == "next" && call.receiver->type == "Iterator") {
    if (box.rest != nullptr || box.list.empty() || loops_ > 0) return element(call.receiver, env);
    const ValuePtr value = box.list.front();
    box.list.erase(box.list.begin());
    return value;
  }
  const bool has_ends = first == nullptr && !box.list.empty() && box.rest == nullptr;
  const bool stack = call.receiver->type == "Stack" && one_of(name, "peek Peek");
  if (has_ends && !stack && one_of(name, "first peek getFirst element First peekFirst Peek")) return box.list.front();
  if (has_ends && (stack || one_of(name, "last getLast Last peekLast"))) return box.list.back();
  if (name == "reverse" && first == nullptr && box.rest == nullptr && module_.grammar != Grammar::kRuby) {
    std::ranges::reverse(box.list);
    return call.receiver;
  }
  if (name == "sort" && !box.list.empty() && box.items.empty() && module_.grammar != Grammar::kRuby) {
    const ValuePtr any = element(call.receiver, env);
    box.list.clear();
    widen(box.rest, any);
    return call.receiver;
  }
  if (name == "splice" && is_script(module_.grammar)) {
    auto out = spliced(call, box);
    return out ? std::optional(list_value(std::move(*out), env)) : std::nullopt;
  }
  if (name == "rotate" && module_.grammar == Grammar::kPython && box.rest == nullptr && !box.list.empty()) {
    const auto size = static_cast<std::int64_t>(box.list.size());
    const std::int64_t by = first == nullptr ? 1 : first->value->number.value_or(0);
    std::ranges::rotate(box.list, box.list.begin() + ((size - by % size) % size));
    return nothing();
  }
  if (name == "clear" || name == "Clear") {
    box = Box{};
    return nothing();
  }
  if (one_of(name, "join Join") && box.built == nullptr) {
    ValuePtr whole = text_value("");
    const ValuePtr sign = first == nullptr ? text_value(",") : first->value;
    if (box.rest != nullptr || !box.items.empty()) {
      const ValuePtr item = flat(element(call.receiver, env), env);
      return concatenation(concatenation(item, sign, Build::kConcatenation), item, Build::kConcatenation);
    }
    for (std::size_t i = 0; i < box.list.size(); ++i) {
      if (i > 0) whole = concatenation(whole, sign, Build::kConcatenation);
      whole = concatenation(whole, flat(box.list[i], env), Build::kConcatenation);
    }
    return whole;
  }
  if (java && name == "entrySet" && box.list.empty() && box.rest == nullptr && !box.items.empty() && !box.open) {
    Box entry;  // any of them: its keys stand in the program
    entry.items["Key"] = nothing();
    entry.items["Value"] = element(call.receiver, env);
    return list_value({new_box(env, std::move(entry), "Entry")}, env);
  }
  if (one_of(name,
             "map collect flatMap filter select reject each forEach Select Where stream iterator values items "
             "toArray to_a slice sort sorted reverse keys entrySet keySet elements asList list sort_by compact "
             "uniq flatten to_list ToList ToArray freeze dup clone copy")) {
    const Argument* code = first;
    if (code == nullptr || code->value->function < 0) {
      if (one_of(name, "keys keySet")) {
        Box keys;
        keys.rest = box.names;
        return keys.rest == nullptr ? nothing() : new_box(env, std::move(keys));
      }
      const ValuePtr given = code == nullptr ? nullptr : run_reference(call, *code, env);
      if (given != nullptr && one_of(name, "map flatMap")) {
        Box made;
        made.rest = given;
        return new_box(env, std::move(made));
      }
      const ValuePtr kept = code == nullptr ? nullptr : given_by_callback(call, nullptr, env);  // ALLOWED::contains
      return kept == nullptr ? call.receiver : kept;
    }
    if (box.list.empty() && box.items.empty() && box.rest == nullptr && !box.open) return call.receiver;
    const ValuePtr item = element(call.receiver, env);
    const auto function = static_cast<std::size_t>(code->value->function);
    const ValuePtr result =
        run_function(function, for_block(function, *call.receiver, item, env), frame_.self, env, true);
    if (module_.functions[function].name.empty()) called_.insert(function);
    if (one_of(name, "filter select Where")) {
      const ValuePtr kept = passed(function, item, env);
      if (kept == item && box.list.empty()) return call.receiver;
      Box made;
      made.rest = kept;
      return new_box(env, std::move(made));
    }
    if (!one_of(name, "map collect flatMap Select")) return call.receiver;
    Box made;
    made.rest = result;
    return new_box(env, std::move(made));
  }
  return std::nullopt;
}

std::optional<ValuePtr> Engine::map_method(const Call& call, Box& box, Env& env) {
  const std::string_view name = call.name;
  const std::size_t count = call.arguments.size();
  if (count == 0 && module_.records.contains(call.receiver->type)) {
    if (const auto member = box.items.find(name); member != box.items.end()) return member->second;
  }
  if (count == 0 && name == "String" && call.receiver->type == "URL" && box.items.contains("Host"))
    return address_of(box);
  if (name == "read_dict" && module_.grammar == Grammar::kPython && take_sections(call, box, env)) return nothing();
  if (name == "update" && module_.grammar == Grammar::kPython && box.list.empty()) {
    const Argument* more = call.positional(0);
    const Box* other = more == nullptr ? nullptr : box_of(*more->value, env);
    if (other == nullptr || other->list.empty()) {
      if (more != nullptr) spread_into(box, *more->value, env);
      for (const Argument& argument : call.arguments)
        if (!argument.name.empty()) box.items[std::string(argument.name)] = argument.value;
      return nothing();
    }
  }
  if (module_.grammar == Grammar::kRuby && one_of(name, "merge merge! update") && box.list.empty() &&
      call.receiver->taints.empty()) {
    Box merged = box;
    for (const Argument& argument : call.arguments) {
      if (argument.name.empty())
        spread_into(merged, *argument.value, env);
      else
        merged.items[std::string(argument.name)] = argument.value;
    }
    if (name == "merge") return new_box(env, std::move(merged), call.receiver->type);
    box = std::move(merged);
    return call.receiver;
  }
  if (one_of(name, "put set store setProperty setAttribute Add addAttribute append") && count >= 2) {
    // With three, the first two are one key: section and option.
    const auto first = key_text(*call.arguments[0].value);
    const auto second = count > 2 ? key_text(*call.arguments[1].value) : std::optional<std::string>("");
    const ValuePtr& value = call.arguments[count > 2 ? 2 : 1].value;
    if (first && second && box.items.size() < kMaxBox_items)
      box.items[count > 2 ? *first + "\x02" + *second : *first] = value;
    else
      widen(box.rest, value);
    return nothing();
  }
  if (one_of(name,
             "get fetch getOrDefault getProperty getAttribute elementAt at pop remove dig item ElementAt get_attr "
             "GetValueOrDefault") &&
      count >= 1 && !(!box.list.empty() && call.arguments[0].value->number && one_of(name, "remove pop"))) {
    const auto first = key_text(*call.arguments[0].value);
    const auto second = count > 1 ? key_text(*call.arguments[1].value) : std::nullopt;
    if (first && second) {
      if (const auto item = box.items.find(*first + "\x02" + *second); item != box.items.end()) return item->second;
    }
    ValuePtr value = at_key(call.receiver, call.arguments[0].value, env);
    if (first && one_of(name, "remove pop")) box.items.erase(*first);
    if (count > 1 && (value->kind == Kind::kNull || box.open || !first)) value = join(value, call.arguments[1].value);
    return value;
  }
  if (name.size() > 3 && name.starts_with("set") && count == 1 && name[3] >= 'A' && name[3] <= 'Z') {
    box.items[std::string(name.substr(3))] = call.arguments[0].value;
    return nothing();
  }
  if (name.size() > 3 && name.starts_with("get") && count == 0) {
    if (const auto item = box.items.find(name.substr(3)); item != box.items.end()) return item->second;
    std::string field(name.substr(3));
    field[0] = static_cast<char>(field[0] | 0x20);
    if (const auto item = box.items.find(field); item != box.items.end()) return item->second;
  }
  return std::nullopt;
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
