// Loops: what each turn gets, and what is known behind them.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxFunctions = 8;  // of a list that is gone through

// Of a list of functions each is run, as each does something of its own: Go's options. Empty: it is no such list.
std::vector<ValuePtr> functions_in(const Box* box) {
  const bool known = box != nullptr && box->rest == nullptr && box->items.empty() && box->list.size() <= kMaxFunctions;
  if (!known || !std::ranges::all_of(box->list, [](const ValuePtr& held) { return held->function >= 0; })) return {};
  return box->list;
}

}  // namespace

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

// One loop over the elements of something.
class Engine::Each : private Part {
 public:
  Each(Engine& engine, IrId id, Env& env)
      : Part(engine, env), id_(id), target_(module_.kid(id, 0)), over_(module_.kid(id, 1)), way_(module_.at(id).text) {}

  void run() {
    std::optional<Env> outer = std::exchange(engine_.frame_.left, std::nullopt);
    source_ = engine_.eval(over_, env_);
    ValuePtr item = first_item();
    const std::vector<ValuePtr> functions = functions_in(engine_.box_of(*source_, env_));
    const std::size_t rounds = ++engine_.loops_ > 1 ? 1 : 2;
    const auto [flag, sought] = engine_.sought_in(id_, env_);
    const IrId held = kept_name();
    ValuePtr kept;
    for (std::size_t round = 0; round < std::max(rounds, functions.size()); ++round) {
      if (round < functions.size()) item = functions[round];
      Env before = engine_.copy(env_);
      take(item);
      const Flow flow = engine_.exec(module_.kid(id_, 2), env_);
      if (held != kNoIr) kept = engine_.eval(held, env_);
      if (flow == Flow::kReturn || flow == Flow::kThrow)
        env_ = std::move(before);
      else
        engine_.merge(env_, before);
    }
    --engine_.loops_;
    engine_.take_breaks(env_);
    if (sought != kNoIr) engine_.frame_.made[flag] = sought;
    if (kept != nullptr) engine_.replace_elements(over_, source_, kept, env_);
    engine_.frame_.left = std::move(outer);
  }

 private:
  ValuePtr first_item() {
    if (engine_.is_safe(module_.at(id_).type)) return typed(nothing());
    const bool channel = module_.grammar == Grammar::kGo && way_.empty();
    ValuePtr item = typed(channel ? engine_.received(over_, source_, env_) : engine_.turn_of(over_, source_, env_));
    if (!is_script(module_.grammar) || item->box != 0 || !item->path.ends_with("[]")) return item;
    std::vector<const Entry*> found;  // for await (… of req)
    engine_.models_.find(Role::kSource, item->path, {}, {}, found);
    const auto here = std::ranges::find_if(
        found, [&](const Entry* entry) { return entry->file == nullptr || engine_.is_in_file(*entry); });
    return here == found.end() ? item : engine_.from_source(**here, over_);
  }

  // Java: its methods tell what of it is no text.
  ValuePtr typed(ValuePtr item) const {
    const std::string_view own = short_type(module_.at(id_).type);
    if (module_.grammar != Grammar::kJava || item->box != 0 || !item->type.empty() || own.empty() ||
        one_of(own, "var String Object"))
      return item;
    Value typed = *item;
    typed.type = own;
    return std::make_shared<const Value>(std::move(typed));
  }

  // The name whose value goes back into the container after each turn; kNoIr: none.
  IrId kept_name() const {
    if (module_.at(id_).info == 0) return kNoIr;
    return module_.at(target_).op == Op::kPair ? module_.kid(target_, 1) : target_;
  }

  void take(const ValuePtr& item) {
    const Ir& shape = module_.at(target_);
    const bool two = (shape.op == Op::kList || shape.op == Op::kPair) && shape.count == 2;
    if (way_ == "in" && shape.op == Op::kName)
      engine_.assign(target_, keys_of(*source_), env_);  // JavaScript
    else if (two)
      take_two(item);
    else if (way_ == "range" && shape.op == Op::kName)
      engine_.assign(target_, ranged_key(), env_);
    else
      engine_.assign(target_, item, env_);
  }

  // Key and value, or the parts of an element.
  void take_two(const ValuePtr& item) {
    const Ir& over = module_.at(over_);
    const std::string_view called = over.op == Op::kCall ? module_.at(module_.kid(over_, 0)).text : std::string_view();
    // Of these each gives a key and a value; a list is the value, and not taken apart.
    const bool pairs = way_ == "range" || one_of(called, "items iteritems entries each_pair");
    const bool pattern = module_.at(target_).op == Op::kPair;
    const Box* box = engine_.box_of(*item, env_);
    const bool parts = box != nullptr && !box->list.empty();
    if (parts && !pattern && !pairs) return engine_.assign(target_, item, env_);
    const bool keys = way_ == "range" || pattern || (pairs && parts);
    const ValuePtr names = pairs ? known_names() : nullptr;
    const bool numbered = called == "only" || (keys && is_list_of_go());
    engine_.assign(module_.kid(target_, 0),
                   names != nullptr ? names
                   : numbered       ? nothing()
                   : keys           ? keys_of(*source_)
                                    : item,
                   env_);
    engine_.assign(module_.kid(target_, 1), item, env_);
  }

  // Of the map that is gone through; null: not known.
  ValuePtr known_names() const {
    const Box* map = engine_.box_of(*source_, env_);
    if (map == nullptr || map->names != nullptr) return map == nullptr ? nullptr : map->names;
    const bool listed =
        module_.grammar == Grammar::kPython && map->rest == nullptr && !map->open && !map->items.empty();
    return listed ? nothing() : nullptr;
  }

  // Go: "range r.Form["name"]", also when the list has a name: what lies at a key of these is a list.
  bool is_list_of_go() const {
    if (module_.grammar != Grammar::kGo) return false;
    const auto& names = engine_.frame_.made;
    const auto made = module_.at(over_).op == Op::kName ? names.find(module_.at(over_).text) : names.end();
    return module_.at(made == names.end() ? over_ : made->second).op == Op::kIndex;
  }

  // Go: "for key := range r.Form"; of a list it is a number.
  ValuePtr ranged_key() const {
    const bool names = one_of(module_.at(over_).text, "Form PostForm Header MultipartForm Query Values Vars");
    const IrId callee = module_.at(over_).op == Op::kCall ? module_.kid(over_, 0) : over_;
    return names || one_of(module_.at(callee).text, "Query Vars") ? keys_of(*source_) : nothing();
  }

  const IrId id_;
  const IrId target_;
  const IrId over_;             // what is gone through
  const std::string_view way_;  // "in", "range"
  ValuePtr source_;             // its value
};

Flow Engine::exec_each(IrId id, Env& env) {
  Each(*this, id, env).run();
  return Flow::kNext;
}

}  // namespace commandcenter::code::dataflow
