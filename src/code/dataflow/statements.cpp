// Statements: which branches run, and what is known behind them.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

namespace {

// What a container holds behind either of two branches.
std::shared_ptr<const Box> either(const std::shared_ptr<const Box>& a, const std::shared_ptr<const Box>& b) {
  auto both = std::make_shared<Box>(*a);
  if (b->rest != nullptr) {  // what one of them does not name is there among the rest
    for (auto& [key, value] : both->items)
      if (!b->items.contains(key)) value = join(value, b->rest);
  }
  for (const auto& [key, value] : b->items) {
    const auto [item, fresh] = both->items.try_emplace(key, value);
    if (!fresh)
      item->second = join(item->second, value);
    else if (a->rest != nullptr)
      item->second = join(value, a->rest);
  }
  if (both->list.size() != b->list.size()) {  // behind what both begin with it is not known any more what lies where
    const auto same = std::ranges::mismatch(both->list, b->list);
    for (const ValuePtr& value : std::ranges::subrange(same.in1, both->list.end()))
      both->rest = join(value, both->rest);
    for (const ValuePtr& value : std::ranges::subrange(same.in2, b->list.end()))
      both->rest = join(value, both->rest);
    both->list.erase(same.in1, both->list.end());
  } else {
    for (std::size_t i = 0; i < both->list.size(); ++i)
      both->list[i] = join(both->list[i], b->list[i]);
  }
  both->rest = both->rest == nullptr ? b->rest : join(both->rest, b->rest);
  both->built = both->built == nullptr ? b->built : join(both->built, b->built);
  both->open = both->open || b->open;
  return both;
}

bool same_text(const Value& a, const Value& b) {
  return &a == &b || (a.text && a.text == b.text && a.constant() && b.constant());
}

}  // namespace

// What a name held on another way is in what it holds now.
void Engine::absorb(std::uint32_t id, std::uint32_t other, Env& env) {
  const auto from = env.boxes.find(other);
  Box* box = from == nullptr ? nullptr : writable(id, env);
  if (box == nullptr) return;
  const std::shared_ptr<const Box> more = env.boxes.find(other)->second;
  if (box->built != nullptr && more->built != nullptr) box->built = join(box->built, more->built);
  for (const auto& [key, value] : more->items) {
    auto& mine = box->items[key];
    mine = mine == nullptr ? value : join(mine, value);
  }
  const auto add = [&](const ValuePtr& value) { box->rest = box->rest == nullptr ? value : join(box->rest, value); };
  if (!box->list.empty() && !more->list.empty() && !same_text(*box->list.front(), *more->list.front())) {
    for (const ValuePtr& value : box->list)  // two that have nothing in common: either may be first
      add(value);
    box->list.clear();
  }
  for (const ValuePtr& value : more->list) {
    if (std::ranges::find(box->list, value) == box->list.end()) add(value);
  }
  if (more->rest != nullptr) add(more->rest);
}

void Engine::merge(Env& into, const Env& other) {
  steps_ += other.names.size() / 4;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> both;  // boxes of one name
  into.names.combine(other.names, [&](const ValuePtr& a, const ValuePtr& b) {
    if (a->box != b->box && a->box != 0 && b->box != 0) both.emplace_back(a->box, b->box);
    return join(a, b);
  });
  into.boxes.combine(other.boxes, [&](const std::shared_ptr<const Box>& a, const std::shared_ptr<const Box>& b) {
    for (const auto& [key, value] : a->items) {  // a member is a container of its own on each way
      const auto held = value->box == 0 ? b->items.end() : b->items.find(key);
      if (held != b->items.end() && held->second->box != 0 && held->second->box != value->box)
        both.emplace_back(value->box, held->second->box);
    }
    return either(a, b);
  });
  for (const auto& [box, more] : both)
    absorb(box, more, into);
  into.plain = into.plain && other.plain;
  into.page = into.page || other.page;
  std::erase_if(into.proven, [&](const auto& known) { return !other.proven.contains(known.first); });
}

Flow Engine::exec(IrId id, Env& env) {
  if (id == kNoIr || depth_ >= kMaxEvalDepth || spent()) return Flow::kNext;
  ++depth_;
  Flow flow = Flow::kNext;
  switch (module_.at(id).op) {
    case Op::kBlock:
      flow = exec_block(id, env);
      break;
    case Op::kIf:
      flow = exec_if(id, env);
      break;
    case Op::kLoop:
      flow = exec_loop(id, env);
      break;
    case Op::kForEach:
      flow = exec_each(id, env);
      break;
    case Op::kSwitch:
      flow = exec_switch(id, env);
      break;
    case Op::kTry:
      flow = exec_try(id, env);
      break;
    case Op::kReturn:
      flow = exec_return(id, env);
      break;
    case Op::kLeave:
      if (frame_.left)
        merge(*frame_.left, env);
      else
        frame_.left = env;
      flow = Flow::kLeave;
      break;
    case Op::kThrow:
      for (const IrId kid : module_.kids_of(id))
        eval(kid, env);
      flow = Flow::kThrow;
      break;
    case Op::kClass:
      exec(module_.kid(id, 0), env);
      break;
    default:
      frame_.last = eval(id, env);
      frame_.last_ir = id;
      prove_converted(id, env);
      prove_by_return(id, env);
      refine_abort(id, env);
      if (leaves(id, env)) flow = Flow::kThrow;
  }
  --depth_;
  return flow;
}

Flow Engine::exec_block(IrId id, Env& env) {
  for (std::size_t i = 0; i < module_.at(id).count; ++i) {
    const Flow flow = exec(module_.kid(id, i), env);
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Flow Engine::exec_if(IrId id, Env& env) {
  const IrId test = module_.kid(id, 0);
  const std::optional<bool> known = truth(*eval(test, env), env);
  if (known) {
    frame_.last = nullptr;
    return exec(module_.kid(id, *known ? 1 : 2), env);
  }
  Env other = copy(env);
  refine(test, true, env);
  const Flow then = exec(module_.kid(id, 1), env);
  const ValuePtr last = frame_.last;
  frame_.last = nullptr;
  refine(test, false, other);
  const Flow otherwise = exec(module_.kid(id, 2), other);
  frame_.last = last == nullptr ? frame_.last : join(last, frame_.last);
  if (then != Flow::kNext && otherwise != Flow::kNext) return then == Flow::kThrow ? otherwise : then;
  if (then != Flow::kNext)
    env = std::move(other);
  else if (otherwise == Flow::kNext)
    merge(env, other);
  return Flow::kNext;
}

void Engine::take_breaks(Env& env) {
  if (frame_.left) merge(env, *frame_.left);
  frame_.left.reset();
}

Flow Engine::exec_try(IrId id, Env& env) {
  Env before = copy(env);
  Flow flow = exec(module_.kid(id, 0), env);
  Env caught = copy(env);
  merge(caught, before);
  for (std::size_t i = 1; i < module_.at(id).count; ++i) {
    Env own = copy(caught);
    const Flow handled = exec(module_.kid(id, i), own);
    if (handled != Flow::kNext) continue;
    if (flow == Flow::kNext)
      merge(env, own);
    else
      env = std::move(own);
    flow = Flow::kNext;
  }
  return flow;
}

// What lies in a value stays there when what ran up to here is forgotten.
void Engine::keep_boxes(const Value& value, const Env& env, int depth) {
  if (value.other != nullptr) keep_boxes(*value.other, env, depth);
  const auto* held = value.box == 0 || depth > kMaxKept_depth ? nullptr : env.boxes.find(value.box);
  if (held == nullptr || frame_.kept.size() >= kMaxKept_boxes) return;
  const std::shared_ptr<const Box> box = held->second;
  frame_.kept[value.box] = box;
  for (const ValuePtr& part : box->list)
    keep_boxes(*part, env, depth + 1);
  for (const auto& [key, part] : box->items)
    keep_boxes(*part, env, depth + 1);
  if (box->rest != nullptr) keep_boxes(*box->rest, env, depth + 1);
}

// One of two things that a function gives: "return nil, err" and "return value, nil".
ValuePtr Engine::either_given(const ValuePtr& a, const ValuePtr& b, Env& env, int depth) {
  if (a->box == b->box || a->box == 0 || b->box == 0 || depth > kMaxKept_depth) return join(a, b);
  if (are_of_two_classes(*a, *b)) return join(a, b);
  const auto* first = env.boxes.find(a->box);
  const auto* second = env.boxes.find(b->box);
  if (first == nullptr || second == nullptr) return join(a, b);
  const std::shared_ptr<const Box> left = first->second;
  const std::shared_ptr<const Box> right = second->second;
  Value value = *join(a, b);
  Box box = *left;
  box.open = left->open || right->open;
  const bool places = left->list.size() == right->list.size() && left->items.empty() && right->items.empty();
  for (std::size_t i = 0; places && i < box.list.size(); ++i)
    box.list[i] = either_given(left->list[i], right->list[i], env, depth + 1);
  value.box = new_box(env, std::move(box))->box;
  if (!places)
    absorb(value.box, b->box, env);
  else if (right->rest != nullptr)
    writable(value.box, env)->rest = left->rest == nullptr ? right->rest : join(left->rest, right->rest);
  return std::make_shared<const Value>(std::move(value));
}

void Engine::give(const ValuePtr& value, Env& env) {
  if (frame_.returned == nullptr) {
    frame_.returned = value;
  } else {
    for (const auto& [id, box] : frame_.kept)
      if (!env.boxes.contains(id)) env.boxes[id] = box;
    frame_.returned = either_given(frame_.returned, value, env, 0);
  }
  keep_boxes(*frame_.returned, env, 0);
}

Flow Engine::exec_return(IrId id, Env& env) {
  const ValuePtr value = eval(module_.kid(id, 0), env);
  const bool goes_on = module_.at(id).info == 1;
  frame_.last = nullptr;
  if (!goes_on) check_return(value, id, env);
  if (!goes_on) take_proof(module_.kid(id, 0), value, env);
  const bool page = page_block_ && frame_.function == &module_.functions[*page_block_];
  if (page && (module_.grammar == Grammar::kJava || module_.grammar == Grammar::kPhp)) check_page(value, id, env);
  give(value, env);
  if (!goes_on) note_filled(env);
  return goes_on ? Flow::kNext : Flow::kReturn;
}

}  // namespace commandcenter::code::dataflow
