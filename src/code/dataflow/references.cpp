// What is handed over by reference, and PHP: constants that are defined while a program runs, filters of whole arrays.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

// What parameters by reference are where the function is left.
void Engine::note_filled(const Env& env) {
  if (module_.grammar != Grammar::kPhp || frame_.function == nullptr) return;
  const std::vector<Param>& params = frame_.function->params;
  if (std::ranges::none_of(params, is_reference)) return;
  frame_.filled.resize(params.size());
  for (std::size_t i = 0; i < params.size(); ++i) {
    const auto* last = is_reference(params[i]) ? env.names.find(params[i].name) : nullptr;
    if (last != nullptr) frame_.filled[i] = join(frame_.filled[i], last->second);
  }
}

// What the caller of a function has of its parameters: all of Go, which may be addresses.
void Engine::keep_filled(const Function& function, Flow end, const Env& env) {
  filled_.clear();
  if (module_.grammar == Grammar::kPhp) {
    if (end == Flow::kNext) note_filled(env);
    filled_ = std::move(frame_.filled);
  } else if (module_.grammar == Grammar::kGo) {
    for (const Param& param : function.params) {
      const auto* last = param.name.empty() ? nullptr : env.names.find(param.name);
      filled_.push_back(last == nullptr ? nullptr : last->second);
    }
  }
}

// "load($name)" of "function load(&$value)" leaves in the name what the function has put there.
void Engine::take_references(const Call& call, Env& env) {
  if (filled_.empty() || module_.grammar != Grammar::kPhp) return;
  const std::vector<ValuePtr> filled = std::move(filled_);
  filled_.clear();
  for (std::size_t i = 0; i < call.arguments.size() && i < filled.size(); ++i) {
    const Argument& argument = call.arguments[i];
    const bool same = filled[i] == nullptr || filled[i] == argument.value;
    if (same || argument.ir == kNoIr || !argument.name.empty()) continue;
    const Op op = module_.at(argument.ir).op;
    if (op == Op::kName || op == Op::kIndex || op == Op::kField) assign(argument.ir, filled[i], env);
  }
}

// "foreach ($rows as &$row) …", "array_walk($rows, function (&$row) …)": each element is what its name was last.
void Engine::replace_elements(IrId container, const ValuePtr& held, const ValuePtr& now, Env& env) {
  if (Box* box = writable(held->box, env); box != nullptr) {
    for (auto& [key, value] : box->items)
      value = now;
    for (ValuePtr& value : box->list)
      value = now;
    if (box->rest != nullptr) box->rest = now;
    return;
  }
  const Op op = module_.at(container).op;
  if (held->box != 0 || held->taints.empty()) return;
  if (op == Op::kName || op == Op::kIndex || op == Op::kField) assign(container, derived(reach(now, env)), env);
}

// define('LANG', $_COOKIE['lang']): only what a user sent is of interest, and what is known of every run.
void Engine::define(const Call& call) {
  if (module_.grammar != Grammar::kPhp || call.path != "define" || call.arguments.size() < 2) return;
  const Value& name = *call.arguments[0].value;
  const ValuePtr& value = call.arguments[1].value;
  if (!name.text || !name.constant()) return;
  const std::uint32_t place = module_.at(call.ir).begin;
  const bool always = foreign_ == 0 && frame_.function == nullptr && value->constant() &&
                      (place == 0 || module_.text[place - 1] == '\n');  // in no block
  if (!always && (value->taints.empty() || value->taints[0].level != Level::kSource)) return;
  (foreign_ > 0 ? foreign_globals_ : globals_).names[*spread_names_.insert(*name.text).first] = value;
}

// filter_input_array(INPUT_POST, ['age' => FILTER_VALIDATE_INT]) gives each member as filter_var would; null for all
// other calls.
ValuePtr Engine::filtered(const Call& call, Env& env) {
  if (module_.grammar != Grammar::kPhp || call.receiver != nullptr || call.arguments.size() < 2) return nullptr;
  const bool input = call.path == "filter_input_array";
  if (!input && call.path != "filter_var_array") return nullptr;
  const Box* rules = box_of(*call.arguments[1].value, env);
  if (rules == nullptr || rules->items.empty()) return nullptr;
  const auto items = rules->items;
  const ValuePtr whole = input ? from_source(Entry(), call.ir) : call.arguments[0].value;
  Box members;
  for (const auto& [name, rule] : items) {
    const Box* options = box_of(*rule, env);
    const auto named = (options == nullptr ? rules : options)->items.find("filter");
    const bool told = options != nullptr && named != options->items.end();
    const ValuePtr part = at_key(whole, text_value(name), env);
    Call one;
    one.ir = call.ir;
    one.callee = call.callee;
    one.path = "filter_var";
    one.name = one.path;
    one.arguments = {{{}, part, kNoIr}, {{}, told ? named->second : rule, kNoIr}};
    members.items[name] = cleaned(one, env).value_or(part);
  }
  return new_box(env, std::move(members));
}

}  // namespace commandcenter::code::dataflow
