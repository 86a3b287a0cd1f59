// Statements: which branches run, and what is known behind them.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

namespace {

constexpr std::size_t kMaxFunctions = 8;  // of a list that is gone through

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

// Of a list of functions each is run, as each does something of its own: Go's options. Empty: it is no such list.
std::vector<ValuePtr> functions_in(const Box* box) {
  const bool known = box != nullptr && box->rest == nullptr && box->items.empty() && box->list.size() <= kMaxFunctions;
  if (!known || !std::ranges::all_of(box->list, [](const ValuePtr& held) { return held->function >= 0; })) return {};
  return box->list;
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

// A body runs twice: what the first round leaves behind may matter in the second.
Flow Engine::exec_loop(IrId id, Env& env) {
  std::optional<Env> outer = std::move(frame_.left);
  frame_.left.reset();
  exec(module_.kid(id, 0), env);
  const IrId test = module_.kid(id, 1);
  const int rounds = ++loops_ > 1 ? 1 : 2;
  for (int round = 0; round < rounds; ++round) {
    const bool always = module_.at(id).info == 1 && round == 0;
    if (test != kNoIr && !always) {
      const std::optional<bool> known = truth(*eval(test, env), env);
      if (known && !*known && round == 0) break;
    }
    Env before = copy(env);
    if (!always) refine(test, true, env);
    const Flow flow = exec(module_.kid(id, 2), env);
    exec(module_.kid(id, 3), env);
    if (always && flow == Flow::kNext && !frame_.left) continue;  // nothing goes around it
    if (flow == Flow::kReturn || flow == Flow::kThrow)
      env = std::move(before);
    else
      merge(env, before);
  }
  --loops_;
  const bool endless = test != kNoIr && module_.at(test).op == Op::kTrue;
  if (endless && frame_.left) env = *std::exchange(frame_.left, std::nullopt);  // there is no other way out
  take_breaks(env);
  frame_.left = std::move(outer);
  return Flow::kNext;
}

// What a user sends is his choice by its names, too.
ValuePtr Engine::keys_of(const Value& source) {
  if (source.box != 0) return nothing();
  std::vector<Taint> taints = source.taints;
  std::erase_if(taints, [](const Taint& taint) {
    return taint.level != Level::kSource || taint.guessed || (taint.cleared & kStoredContext) != 0;
  });
  return derived(taints);
}

// Go: "range r.Form["name"]", also when the list has a name: what lies at a key of these is a list.
bool Engine::is_list_of_go(IrId over) const {
  if (module_.grammar != Grammar::kGo) return false;
  const auto made = module_.at(over).op == Op::kName ? frame_.made.find(module_.at(over).text) : frame_.made.end();
  return module_.at(made == frame_.made.end() ? over : made->second).op == Op::kIndex;
}

// Go: "for key := range r.Form"; of a list it is a number.
ValuePtr Engine::ranged_key(IrId over, const Value& source) {
  const bool names = one_of(module_.at(over).text, "Form PostForm Header MultipartForm Query Values Vars");
  const IrId callee = module_.at(over).op == Op::kCall ? module_.kid(over, 0) : over;
  return names || one_of(module_.at(callee).text, "Query Vars") ? keys_of(source) : nothing();
}

Flow Engine::exec_each(IrId id, Env& env) {
  std::optional<Env> outer = std::move(frame_.left);
  frame_.left.reset();
  const ValuePtr source = eval(module_.kid(id, 1), env);
  const bool channel = module_.grammar == Grammar::kGo && module_.at(id).text.empty();
  ValuePtr item = is_safe(module_.at(id).type) ? nothing()
                  : channel                    ? received(module_.kid(id, 1), source, env)
                                               : turn_of(module_.kid(id, 1), source, env);
  if (const std::string_view own = short_type(module_.at(id).type); module_.grammar == Grammar::kJava &&
                                                                    item->box == 0 && item->type.empty() &&
                                                                    !own.empty() && !one_of(own, "var String Object")) {
    Value typed = *item;  // its methods tell what of it is no text
    typed.type = own;
    item = std::make_shared<const Value>(std::move(typed));
  }
  if (is_script(module_.grammar) && item->box == 0 && item->path.ends_with("[]")) {  // for await (… of req)
    std::vector<const Entry*> found;
    models_.find(Role::kSource, item->path, {}, {}, found);
    const auto here = std::ranges::find_if(found, [&](const Entry* e) { return e->file == nullptr || is_in_file(*e); });
    if (here != found.end()) item = from_source(**here, module_.kid(id, 1));
  }
  const std::vector<ValuePtr> functions = functions_in(box_of(*source, env));
  const IrId target = module_.kid(id, 0);
  const std::string_view way = module_.at(id).text;
  const Ir& over = module_.at(module_.kid(id, 1));
  // Of these each gives a key and a value; a list is the value, and not taken apart.
  const bool pairs = way == "range" ||
                     (over.op == Op::kCall &&
                      one_of(module_.at(module_.kid(module_.kid(id, 1), 0)).text, "items iteritems entries each_pair"));
  const std::size_t rounds = ++loops_ > 1 ? 1 : 2;
  const auto [flag, sought] = sought_in(id, env);
  const IrId held = module_.at(id).info == 0             ? kNoIr
                    : module_.at(target).op == Op::kPair ? module_.kid(target, 1)
                                                         : target;
  ValuePtr kept;
  for (std::size_t round = 0; round < std::max(rounds, functions.size()); ++round) {
    if (round < functions.size()) item = functions[round];
    Env before = copy(env);
    const Ir& shape = module_.at(target);
    if (way == "in" && shape.op == Op::kName) {
      assign(target, keys_of(*source), env);  // JavaScript
    } else if ((shape.op == Op::kList || shape.op == Op::kPair) && shape.count == 2) {
      // Key and value, or the parts of an element.
      const Box* box = box_of(*item, env);
      const bool parts = box != nullptr && !box->list.empty();
      if (parts && shape.op == Op::kList && !pairs) {
        assign(target, item, env);
      } else {
        const bool keys = way == "range" || shape.op == Op::kPair || (pairs && parts);
        const bool named = over.op == Op::kCall && module_.at(module_.kid(module_.kid(id, 1), 0)).text == "only";
        const Box* map = pairs ? box_of(*source, env) : nullptr;
        ValuePtr names = map == nullptr ? nullptr : map->names;
        const bool python = module_.grammar == Grammar::kPython;
        if (python && names == nullptr && map != nullptr && map->rest == nullptr && !map->open && !map->items.empty())
          names = nothing();
        if (names == nullptr)
          names = named || (keys && is_list_of_go(module_.kid(id, 1))) ? nothing() : keys ? keys_of(*source) : item;
        assign(module_.kid(target, 0), names, env);
        assign(module_.kid(target, 1), item, env);
      }
    } else {
      assign(target, way == "range" && shape.op == Op::kName ? ranged_key(module_.kid(id, 1), *source) : item, env);
    }
    const Flow flow = exec(module_.kid(id, 2), env);
    if (held != kNoIr) kept = eval(held, env);
    if (flow == Flow::kReturn || flow == Flow::kThrow)
      env = std::move(before);
    else
      merge(env, before);
  }
  --loops_;
  take_breaks(env);
  if (sought != kNoIr) frame_.made[flag] = sought;
  if (kept != nullptr) replace_elements(module_.kid(id, 1), source, kept, env);
  frame_.left = std::move(outer);
  return Flow::kNext;
}

// Behind a case the subject is what its labels say.
void Engine::refine_case(IrId subject, IrId branch, Env& env) {
  const std::uint32_t labels = module_.at(branch).info;
  const Ir& asked = module_.at(subject);
  if (asked.op == Op::kBinary && one_of(asked.text, "?? ?:") && is_literal(module_.kid(subject, 1)))
    subject = module_.kid(subject, 0);  // "switch ($_GET['do'] ?? '')"
  if (labels == 1) refine_equal(subject, module_.kid(branch, 0), env);
  bool literal = labels > 1;
  for (std::uint32_t label = 0; label < labels && literal; ++label) {
    const IrId wanted = module_.kid(branch, label);
    const bool constant =
        module_.grammar == Grammar::kGo && module_.at(wanted).op == Op::kName && eval(wanted, env)->constant();
    literal = constant || module_.at(wanted).op == Op::kText;
  }
  if (literal) clear_names(subject, kAllContexts, env);
  refine_type_case(subject, branch, env);
  const IrId label = module_.kid(branch, 0);
  if (labels == 1 && module_.at(label).op == Op::kRegex) refine_match({label, subject}, true, env);
}

Flow Engine::exec_switch(IrId id, Env& env) {
  std::optional<Env> outer = std::move(frame_.left);
  frame_.left.reset();
  const IrId subject = module_.kid(id, 0);
  const ValuePtr value = eval(subject, env);
  const bool falls = module_.at(id).info == 1;
  const std::size_t count = module_.at(id).count;
  bool has_default = false;
  std::optional<std::size_t> chosen;
  bool sure = value->constant() && value->taints.empty();
  for (std::size_t i = 1; i < count; ++i) {
    const IrId branch = module_.kid(id, i);
    const std::uint32_t labels = module_.at(branch).info;
    if (labels == 0) has_default = true;
    for (std::uint32_t label = 0; sure && label < labels; ++label) {
      const ValuePtr wanted = eval(module_.kid(branch, label), env);
      const auto same = truth(*binary("==", value, wanted, env), env);
      if (!same) sure = false;
      if (same && *same && !chosen) chosen = i;
    }
  }
  for (std::size_t i = 1; sure && !chosen && i < count; ++i) {
    if (module_.at(module_.kid(id, i)).info == 0) chosen = i;
  }
  const std::vector<bool> left_out = cases_left_out(id, value, has_default, env);
  std::optional<Env> result;
  if (!has_default && !(sure && chosen)) result = env;
  ValuePtr last;
  bool all_leave = has_default || (sure && chosen);
  Flow out = Flow::kNext;
  for (std::size_t i = 1; i < count; ++i) {
    if (sure && chosen && *chosen != i) continue;
    if (sure && !chosen) break;
    if (is_of_other_class(*value, module_.kid(id, i))) continue;
    const IrId first = module_.kid(id, i);
    if (i < left_out.size() && left_out[i]) continue;
    Env own = copy(env);
    refine_case(subject, first, own);
    for (std::uint32_t label = 0; label < module_.at(first).info; ++label) {  // case [action, name]
      const IrId pattern = module_.kid(first, label);
      const Op shape = module_.at(pattern).op;
      const bool binds =
          module_.grammar == Grammar::kPython && (shape == Op::kName || shape == Op::kMap || shape == Op::kPair);
      if (binds || module_.at(pattern).op == Op::kList) assign(pattern, value, own);
    }
    frame_.last = nullptr;
    Flow flow = Flow::kNext;
    for (std::size_t j = i; j < count && flow == Flow::kNext; ++j) {
      const IrId branch = module_.kid(id, j);
      flow = exec(module_.kid(branch, module_.at(branch).count - 1), own);
      if (!falls) break;
    }
    if (frame_.last != nullptr) last = last == nullptr ? frame_.last : join(last, frame_.last);
    if (flow == Flow::kReturn || flow == Flow::kThrow) {
      out = flow;
      continue;
    }
    all_leave = false;
    if (flow == Flow::kLeave) continue;  // in frame_.left
    if (result)
      merge(*result, own);
    else
      result = std::move(own);
  }
  if (!result && frame_.left) result = std::move(frame_.left), frame_.left.reset();
  if (result) env = std::move(*result);
  take_breaks(env);
  frame_.left = std::move(outer);
  frame_.last = last;
  return all_leave && count > 1 ? out : Flow::kNext;
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
