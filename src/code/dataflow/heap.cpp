// Boxes: made, found, read and written; and what of others lies in a value and in all that it holds.
#include "code/dataflow/heap.h"

#include <algorithm>

namespace commandcenter::code::dataflow {
namespace {

constexpr int kMaxReach_depth = 4;
constexpr std::size_t kMaxLooks = 1'000;  // of tables in tables; each look is compared with those before

}  // namespace

void widen(ValuePtr& to, const ValuePtr& value) {
  to = to == nullptr ? value : join(to, value);
}

void keep_small(Box& box) {
  for (std::size_t i = kMaxBox_items; i < box.list.size(); ++i)
    widen(box.rest, box.list[i]);
  if (box.list.size() > kMaxBox_items) box.list.resize(kMaxBox_items);
}

std::optional<std::string> key_text(const Value& key) {
  if (!key.taints.empty()) return std::nullopt;
  if (key.text && key.constant()) return key.text;
  if (key.number) return std::to_string(*key.number);
  return std::nullopt;
}

ValuePtr Heap::new_box(Env& env, Box box, std::string type) {
  const std::uint32_t id = next_box_++;
  keep_small(box);
  env.boxes[id] = std::make_shared<Box>(std::move(box));
  Value value;
  value.box = id;
  value.type = std::move(type);
  return std::make_shared<const Value>(std::move(value));
}

Box* Heap::writable(std::uint32_t id, Env& env) const {
  const auto place = env.boxes.find(id);
  if (place == nullptr) return nullptr;
  if (const auto* mine = env.boxes.unshared(id); mine != nullptr && mine->use_count() == 1)
    return const_cast<Box*>(mine->get());  // nobody else sees it, and none is made const
  auto copy = std::make_shared<Box>(*place->second);
  Box* box = copy.get();
  env.boxes[id] = std::move(copy);
  return box;
}

const Box* Heap::box_of(const Value& value, const Env& env) const {
  if (value.box == 0) return nullptr;
  const auto place = env.boxes.find(value.box);
  if (place != nullptr) return place->second.get();
  const auto shared = globals_.boxes.find(value.box);
  return shared == nullptr ? nullptr : shared->second.get();
}

ValuePtr Heap::all_of(const Box& box) const {
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
ValuePtr Heap::flat(const ValuePtr& value, const Env& env) const {
  const Box* box = value->text || value->number ? nullptr : box_of(*value, env);
  if (box == nullptr) return value;
  if (box->built != nullptr) return box->built;
  return derived(reach(value, env));
}

// Any element of a container; of something unknown, the same again.
ValuePtr Heap::element(const ValuePtr& container, const Env& env) const {
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

void Heap::put(const ValuePtr& container, const ValuePtr& key, const ValuePtr& value, Env& env) {
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
void Heap::spread_into(Box& box, const Value& value, const Env& env) const {
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

ValuePtr Heap::list_value(std::vector<ValuePtr> values, Env& env) {
  Box box;
  box.list = std::move(values);
  return new_box(env, std::move(box));
}

// Boxes hold each other, and themselves: each is looked into again only where more can come of it.
struct Heap::Looks {
  struct Look {
    const Box* box = nullptr;
    int depth = 0;
    Contexts cleared = 0;
  };
  std::vector<Look> before;

  bool is_new(const Look& look) {
    if (before.size() >= kMaxLooks) return false;
    const bool known = std::ranges::any_of(before, [&](const Look& other) {
      return other.box == look.box && other.depth <= look.depth && (other.cleared & ~look.cleared) == 0;
    });
    if (!known) before.push_back(look);
    return !known;
  }
};

// `cleared`: what was done to it on the way.
void Heap::add_reached(const Value& value, const Env& env, int depth, Contexts cleared, Looks& looks,
                       std::vector<Taint>& taints) const {
  add_taints(taints, value.taints, cleared);
  const Box* box = depth < kMaxReach_depth ? box_of(value, env) : nullptr;
  if (box == nullptr || !looks.is_new({box, depth, cleared})) return;
  for (const auto& [key, held] : box->items) {
    const bool operand = (held->kind == Kind::kText && key != "$where") || key == "$eq";  // no operator of a query
    add_reached(*held, env, depth + 1, operand ? cleared | kNosqlContext : cleared, looks, taints);
  }
  for (const ValuePtr& held : box->list)
    add_reached(*held, env, depth + 1, cleared, looks, taints);
  if (box->rest != nullptr) add_reached(*box->rest, env, depth + 1, cleared, looks, taints);
  if (box->built != nullptr) add_taints(taints, box->built->taints, cleared);
}

// Everything foreign that a value holds.
std::vector<Taint> Heap::reach(const ValuePtr& value, const Env& env) const {
  if (value->box == 0) return value->taints;
  Looks looks;
  std::vector<Taint> taints;
  add_reached(*value, env, 0, 0, looks, taints);
  return taints;
}

bool Heap::finds_users(const Value& value, const Env& env, int depth, Looks& looks) const {
  if (std::ranges::any_of(value.taints, [](const Taint& taint) { return taint.level == Level::kSource; })) return true;
  const Box* box = depth < kMaxReach_depth ? box_of(value, env) : nullptr;
  if (box == nullptr || !looks.is_new({box, depth, 0})) return false;
  const auto finds = [&](const ValuePtr& held) { return held != nullptr && finds_users(*held, env, depth + 1, looks); };
  return std::ranges::any_of(box->items, [&](const auto& item) { return finds(item.second); }) ||
         std::ranges::any_of(box->list, finds) || finds(box->rest) || finds(box->built);
}

// Whether something that a user sends lies in a value.
bool Heap::holds_users(const Value& value, const Env& env) const {
  Looks looks;
  return finds_users(value, env, 0, looks);
}

}  // namespace commandcenter::code::dataflow
