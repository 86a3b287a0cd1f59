// What of others lies in a value and in all that it holds.
#include <algorithm>
#include <cstddef>
#include <vector>

#include "code/dataflow/engine.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr int kMaxReach_depth = 4;
constexpr std::size_t kMaxLooks = 1'000;  // of tables in tables; each look is compared with those before

}  // namespace

// Boxes hold each other, and themselves: each is looked into again only where more can come of it.
struct Engine::Looks {
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
void Engine::add_reached(const Value& value, const Env& env, int depth, Contexts cleared, Looks& looks,
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
std::vector<Taint> Engine::reach(const ValuePtr& value, const Env& env) const {
  if (value->box == 0) return value->taints;
  Looks looks;
  std::vector<Taint> taints;
  add_reached(*value, env, 0, 0, looks, taints);
  return taints;
}

bool Engine::finds_users(const Value& value, const Env& env, int depth, Looks& looks) const {
  if (std::ranges::any_of(value.taints, [](const Taint& taint) { return taint.level == Level::kSource; })) return true;
  const Box* box = depth < kMaxReach_depth ? box_of(value, env) : nullptr;
  if (box == nullptr || !looks.is_new({box, depth, 0})) return false;
  const auto finds = [&](const ValuePtr& held) { return held != nullptr && finds_users(*held, env, depth + 1, looks); };
  return std::ranges::any_of(box->items, [&](const auto& item) { return finds(item.second); }) ||
         std::ranges::any_of(box->list, finds) || finds(box->rest) || finds(box->built);
}

// Whether something that a user sends lies in a value.
bool Engine::holds_users(const Value& value, const Env& env) const {
  Looks looks;
  return finds_users(value, env, 0, looks);
}

}  // namespace commandcenter::code::dataflow
