// Which class an object is of, and so which of several methods of one name it runs.
#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr int kMaxAncestors = 4;           // from a class upwards
constexpr std::size_t kMaxOverrides = 4;   // of one method that are looked at where the object may be any
constexpr std::size_t kMaxSought = 4'000;  // nodes of a function in which a way out is looked for
constexpr std::size_t kPromiseNodes = 8;   // of a body that only stands for what classes below do

std::vector<std::string_view> names_in(std::string_view text) {
  const auto part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
  };
  std::vector<std::string_view> names;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && part(text[end]))
      ++end;
    if (end > at) names.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

}  // namespace

// The classes above one as they are written, the nearest first, each with its steps.
const Ancestors& Engine::ancestors(std::string_view type) const {
  static const Ancestors kNone;
  if (const auto known = ancestors_.find(type); known != ancestors_.end()) return known->second;
  const auto own = module_.bases.find(type);
  if (own == module_.bases.end()) return kNone;
  Ancestors& above = ancestors_[own->first];  // a name that lasts
  const auto add = [&](std::string_view bases, int steps) {
    for (const std::string_view name : names_in(bases)) {
      const bool seen = std::ranges::any_of(above, [&](const auto& other) { return other.first == name; });
      if (name != own->first && !seen) above.emplace_back(name, steps);
    }
  };
  add(own->second, 1);
  for (std::size_t at = 0; at < above.size() && above[at].second < kMaxAncestors; ++at)
    if (const auto next = module_.bases.find(above[at].first); next != module_.bases.end())
      add(next->second, above[at].second + 1);
  return above;
}

// How many steps a class is below another; empty: it is not.
std::optional<int> Engine::steps_below(std::string_view type, std::string_view ancestor) const {
  for (const auto& [name, steps] : ancestors(type))
    if (name == ancestor) return steps;
  return std::nullopt;
}

// The method of that name of the next class above.
std::optional<std::size_t> Engine::inherited(std::string_view name, std::string_view owner,
                                             std::size_t arguments) const {
  const auto place = by_name_.find(name);
  if (place == by_name_.end() || owner.empty()) return std::nullopt;
  std::optional<std::size_t> best;
  int best_rank = 0;  // the nearer the better, then by the number of parameters
  for (const std::size_t index : place->second) {
    const Function& function = module_.functions[index];
    const auto steps = function.owner.empty() ? std::nullopt : steps_below(owner, function.owner);
    if (!steps) continue;
    const int rank = 2 * (kMaxAncestors - *steps) + (function.params.size() == arguments ? 1 : 0) + 1;
    if (rank > best_rank) best = index, best_rank = rank;
  }
  return best;
}

// "super(x)" in a constructor.
std::optional<std::size_t> Engine::constructor_above(std::string_view owner, std::size_t arguments) const {
  const auto base = module_.bases.find(owner);
  if (base == module_.bases.end()) return std::nullopt;
  if (is_script(module_.grammar)) return inherited("constructor", owner, arguments);
  for (const std::string_view name : names_in(base->second)) {
    if (name == owner || !module_.bases.contains(name)) continue;
    if (const auto index = function_named(name, name, arguments); index && module_.functions[*index].owner == name)
      return index;
  }
  return std::nullopt;
}

// Methods of that name in classes below, which an object may have instead.
std::vector<std::size_t> Engine::overrides(std::string_view name, std::string_view owner) const {
  std::vector<std::size_t> found;
  const auto place = by_name_.find(name);
  if (place == by_name_.end() || owner.empty()) return found;
  for (const std::size_t index : place->second) {
    const Function& function = module_.functions[index];
    if (found.size() >= kMaxOverrides) break;
    if (function.body == kNoIr || function.owner == owner || !function.file.empty()) continue;
    if (function.nameless == owner || (!function.owner.empty() && steps_below(function.owner, owner)))
      found.push_back(index);
  }
  return found;
}

// Go: a method that a structure has from a member without a name is the method of that: "http.ResponseWriter".
std::string Engine::typed_as(std::string_view type, std::string_view name) const {
  const auto make = [&](std::string_view of) { return std::string(of) + "." + std::string(name); };
  const auto base = module_.grammar == Grammar::kGo ? module_.bases.find(type) : module_.bases.end();
  if (base == module_.bases.end()) return make(type);
  const auto own = function_named(name, type, 0);
  if (own && module_.functions[*own].owner == type) return make(type);
  for (const std::string_view embedded : names_in(base->second)) {
    std::string promoted = make(embedded);
    std::vector<const Entry*> found;
    models_.find(Role::kSink, promoted, {}, {}, found);
    if (!found.empty()) return promoted;
  }
  return make(type);
}

// What a class says about a member; empty when nothing is known. Of Python a constructor says it, when it takes a
// number of that name.
std::string_view Engine::field_type(std::string_view type, std::string_view name) const {
  if (type.empty()) return {};
  const std::string_view own = short_type(type);
  if (const auto place = module_.fields.find({own, name}); place != module_.fields.end()) return place->second;
  if (module_.grammar != Grammar::kPython || !module_.bases.contains(own)) return {};
  const auto maker = function_named("__init__", own, 0);
  if (!maker || module_.functions[*maker].owner != own) return {};
  for (const Param& param : module_.functions[*maker].params)
    if (param.name == name && is_safe(param.type)) return param.type;
  return {};
}

// A name of a class that lasts.
std::string_view Engine::kind_named(std::string_view type) const {
  const auto known = module_.bases.find(type);
  return known == module_.bases.end() ? std::string_view{} : known->first;
}

// Whether a method does next to nothing itself: "raise NotImplementedError", "return None", no body at all.
bool Engine::only_promises(std::size_t function) const {
  std::vector<IrId> queue{module_.functions[function].body};
  std::size_t nodes = 0;
  while (!queue.empty()) {
    const IrId id = queue.back();
    queue.pop_back();
    if (id == kNoIr) continue;
    if (module_.at(id).op == Op::kThrow) continue;
    if (++nodes > kPromiseNodes) return false;
    const auto kids = module_.kids_of(id);
    queue.insert(queue.end(), kids.begin(), kids.end());
  }
  return true;
}

// A method of "this": of the class of the object where that is known, else any that the object may have.
ValuePtr Engine::run_own(std::size_t index, const Call& call, std::uint32_t object, Env& env) {
  const std::string_view owner = module_.functions[index].owner;
  std::size_t chosen = index;
  bool open = only_promises(index);
  if (!frame_.kind.empty()) {
    const auto nearer =
        frame_.kind == owner ? std::nullopt : function_named(call.name, frame_.kind, call.arguments.size());
    if (nearer && !module_.functions[*nearer].owner.empty()) chosen = *nearer;
    kind_ = frame_.kind;
    // No object is of a class that leaves a method open: it is of one below.
    open = open && module_.grammar == Grammar::kPython && frame_.kind == owner &&
           (holds_word(module_.functions[index].marks, "abstractmethod") || may_refuse(index));
  }
  ValuePtr result = run_function(chosen, call.arguments, object, env, false);
  if (!open) return result;
  for (const std::size_t other : overrides(call.name, owner)) {
    kind_ = kind_named(module_.functions[other].owner);
    result = join(run_function(other, call.arguments, object, env, false), result);
  }
  return result;
}

// A method of "this" that is left open where it is called: of the class of the object, when that is known.
std::optional<ValuePtr> Engine::method_below(const Call& call, std::uint32_t object, Env& env) {
  if (frame_.kind.empty()) return std::nullopt;
  const auto nearer = function_named(call.name, frame_.kind, call.arguments.size());
  if (!nearer || module_.functions[*nearer].owner.empty() || module_.functions[*nearer].body == kNoIr)
    return std::nullopt;
  kind_ = frame_.kind;
  return run_function(*nearer, call.arguments, object, env, false);
}

// Whether a function may refuse to come back: it throws, or calls what does.
bool Engine::may_refuse(std::size_t function) {
  const auto [known, is_new] = refuses_.try_emplace(function, false);
  if (!is_new) return known->second;
  std::vector<IrId> queue{module_.functions[function].body};
  for (std::size_t seen = 0; !queue.empty() && seen < kMaxSought; ++seen) {
    const IrId id = queue.back();
    queue.pop_back();
    const Op op = module_.at(id).op;
    if (op == Op::kThrow || (op == Op::kCall && leaves(id, globals_))) {
      refuses_[function] = true;
      return true;
    }
    if (op == Op::kFunction) continue;
    for (const IrId kid : module_.kids_of(id))
      if (kid != kNoIr) queue.push_back(kid);
  }
  return false;
}

// What holds for a parameter behind a call that comes back: "if x not in ALLOWED: raise …".
Contexts Engine::proven_on_return(std::size_t function, const Param& param, Env& env) {
  const auto [known, is_new] = returns_.try_emplace({function, param.name}, 0);
  if (!is_new) return known->second;
  Proof proof{function, param.name, std::nullopt, std::nullopt, active_.size()};
  Proof* outer = std::exchange(proves_, &proof);
  Env other = copy(env);
  Value value;
  value.taints.push_back({Level::kUnknown, module_.functions[function].begin, 0, false, nullptr});
  run_function(function, {{param.name, std::make_shared<const Value>(std::move(value)), kNoIr}}, frame_.self, other,
               false);
  proves_ = outer;
  return returns_[{function, param.name}] = proof.contexts.value_or(0);
}

// Which function of this file a call is of, by its name alone.
std::optional<std::size_t> Engine::function_called(IrId call, Env& env) {
  const IrId callee = module_.kid(call, 0);
  const Ir& ir = module_.at(callee);
  const bool script = is_script(module_.grammar);
  if (!by_name_.contains(ir.text)) {  // const check = (x) => { … }
    const auto* held = script && ir.op == Op::kName ? env.names.find(ir.text) : nullptr;
    if (held == nullptr || held->second->function < 0) return std::nullopt;
    return static_cast<std::size_t>(held->second->function);
  }
  const std::size_t count = module_.at(call).count - 1;
  const std::string_view own = frame_.function == nullptr ? std::string_view{} : frame_.function->owner;
  std::optional<std::size_t> index;
  if (ir.op == Op::kName) {
    index = own.empty() ? std::nullopt : function_named(ir.text, own, count);
    if (!index) index = function_named(ir.text, {}, count);
  } else if (ir.op == Op::kField && module_.at(module_.kid(callee, 0)).op == Op::kName) {
    const std::string_view object = module_.at(module_.kid(callee, 0)).text;
    const bool self = one_of(object, "this self $this cls static");
    const std::string type = self                             ? std::string(own)
                             : module_.bases.contains(object) ? std::string(object)
                                                              : eval(module_.kid(callee, 0), env)->type;
    if (!type.empty()) index = function_named(ir.text, type, count);
  }
  if (index && module_.functions[*index].file.empty()) return index;
  const bool named = ir.op == Op::kName || (ir.op == Op::kField && module_.at(module_.kid(callee, 0)).op == Op::kName);
  return script && named ? function_of(*eval(callee, env)) : std::nullopt;  // of another file
}

// "check(x)", which does not come back with what it does not like.
void Engine::prove_by_return(IrId call, Env& env) {
  const Ir& ir = module_.at(call);
  if (ir.op != Op::kCall || ir.count < 2 || foreign_ > 0 || active_.size() >= kMaxCallDepth) return;
  const auto index = function_called(call, env);
  if (!index || !may_refuse(*index)) return;
  const Function& function = module_.functions[*index];
  std::size_t position = 1;
  for (const Param& param : function.params) {
    if ((param.name == "self" || param.name == "cls") && module_.grammar == Grammar::kPython) continue;
    const IrId given = module_.kid(call, position++);
    if (given == kNoIr) return;
    const Op op = module_.at(given).op;
    const bool looked_up = op == Op::kCall && looks_up(module_.kid(given, 0));
    if (param.name.empty() || (op != Op::kName && op != Op::kField && op != Op::kIndex && !looked_up)) continue;
    if (eval(given, env)->taints.empty()) continue;
    if (const Contexts contexts = proven_on_return(*index, param, env); contexts != 0)
      clear_names(given, contexts, env);
  }
}

// The end of a function that a proof is about, or a way back from it.
void Engine::take_return(const Env& env) {
  const auto held = env.names.find(proves_->param);
  const bool same = held != nullptr && !frame_.made.contains(proves_->param);  // no other value has its name now
  Contexts contexts = same ? kAllContexts : 0;
  for (const Taint& taint : same ? held->second->taints : std::vector<Taint>{})
    contexts &= taint.cleared;
  proves_->contexts = proves_->contexts.value_or(kAllContexts) & contexts;
}

// C#: "static string Quoted(this string text)" is called as "text.Quoted()".
std::optional<ValuePtr> Engine::extension_method(const Call& call, Env& env) {
  const auto named = module_.grammar == Grammar::kCSharp ? by_name_.find(call.name) : by_name_.end();
  if (named == by_name_.end()) return std::nullopt;
  for (const std::size_t index : named->second) {
    const std::vector<Param>& params = module_.functions[index].params;
    if (params.size() <= call.arguments.size() || !params[0].marks.starts_with("this ")) continue;
    std::vector<Argument> arguments{{{}, call.receiver, kNoIr}};
    arguments.insert(arguments.end(), call.arguments.begin(), call.arguments.end());
    return run_function(index, arguments, 0, env, false);
  }
  return std::nullopt;
}

// `from`: the last part of the module that the name was imported from; for functions of other files. `given`: what
// tells methods of one name from each other.
std::optional<std::size_t> Engine::function_named(std::string_view name, std::string_view owner, std::size_t arguments,
                                                  std::string_view from, std::span<const Argument> given) const {
  const auto place = by_name_.find(name);
  if (place == by_name_.end()) return std::nullopt;
  const bool own = !owner.empty() && std::ranges::any_of(place->second, [&](std::size_t index) {
    return module_.functions[index].owner == owner;
  });
  // How well what is given suits by its types: "copy(InputStream)" rather than "copy(File)".
  const auto suits = [&](const Function& function) {
    int points = 0;
    for (std::size_t i = 0; i < function.params.size() && i < given.size(); ++i) {
      const Value& value = *given[i].value;
      const std::string_view has = value.type.empty() && value.text ? "String" : last_of(value.type);
      const std::string_view wanted = last_of(function.params[i].type);
      if (has.empty() || wanted.empty()) continue;
      if (has == wanted)
        points += 2;
      else if (has.ends_with(wanted) || is_one_of(has, wanted))
        ++points;
    }
    return points;
  };
  std::optional<std::size_t> best;
  int best_rank = 0;  // its own before one that is inherited
  for (const std::size_t index : place->second) {
    const Function& function = module_.functions[index];
    const bool same_owner = function.owner == owner;
    if (owner.empty() && !function.owner.empty() && !may_omit_object()) continue;
    if (owner.empty() && !function.file.empty() && foreign_ == 0 && function.file != from &&
        !(from.empty() && function.file == ".") && !module_.passed_on.contains({from, function.file}))
      continue;
    if (!owner.empty() && !same_owner) {
      if (own || function.owner.empty() || !steps_below(owner, function.owner)) continue;
    }
    const int rank = (same_owner ? 2 : 0) + (function.params.size() == arguments ? 1 : 0);
    const bool better = !best || rank > best_rank;
    const bool alike = !better && rank == best_rank && function.params.size() == arguments;
    if (better || (alike && (given.empty() || suits(function) >= suits(module_.functions[*best]))))
      best = index, best_rank = rank;
  }
  return best;
}

// A method of a class that is known; `type`: what its object is.
std::optional<ValuePtr> Engine::own_method(const Call& call, std::string_view type, Env& env) {
  const std::string_view own = frame_.function == nullptr ? std::string_view{} : frame_.function->owner;
  if (one_of(type, "super parent base super()")) {
    const auto above = inherited(call.name, own, call.arguments.size());
    if (!above) return std::nullopt;
    kind_ = frame_.kind;
    return run_function(*above, call.arguments, frame_.self, env, false);
  }
  const bool self = one_of(type, "this cls self static");
  const std::span<const Argument> told =
      module_.grammar == Grammar::kJava ? std::span<const Argument>(call.arguments) : std::span<const Argument>();
  auto index = function_named(call.name, self ? own : last_of(type), call.arguments.size(), {}, told);
  if (!index && !self) {
    const std::string_view from = call.receiver->path;
    const bool go = module_.grammar == Grammar::kGo;  // "example.com/shop/store"
    index = function_named(call.name, {}, call.arguments.size(), go ? from.substr(from.rfind('/') + 1) : last_of(from));
    if (!index && is_script(module_.grammar))  // import { users } from './users': an object with functions
      index = function_named(call.name, {}, call.arguments.size(), module_before(from));
    if (index && module_.functions[*index].file.empty()) index.reset();
  } else if (index && !self && module_.functions[*index].owner.empty()) {
    index.reset();
  }
  if (!index || module_.functions[*index].body == kNoIr) {
    if (auto given = self || call.receiver->path == "this"
                         ? method_below(call, call.receiver->box != 0 ? call.receiver->box : frame_.self, env)
                         : std::nullopt)
      return given;
    if (auto given = implementations(call, self ? own : last_of(type), env)) return given;
  }
  if (!index) return nameless_method(call, last_of(type), env);
  index = of_kind(*index, call.receiver->box == 0);
  std::uint32_t object = call.receiver->box != 0 ? call.receiver->box : self ? frame_.self : 0;
  if (module_.grammar == Grammar::kPython && object == 0 && call.receiver->path == type && !call.arguments.empty() &&
      call.arguments[0].value->path == "this" && !module_.functions[*index].owner.empty() &&
      !module_.functions[*index].params.empty() && module_.functions[*index].params[0].name == "self") {
    const std::vector<Argument> given(call.arguments.begin() + 1, call.arguments.end());  // Base.__init__(self, x)
    kind_ = frame_.kind;
    return run_function(*index, given, call.arguments[0].value->box, env, false);
  }
  if (self || call.receiver->path == "this") return run_own(*index, call, object, env);
  if (object == 0 && !call.receiver->taints.empty()) {  // what it holds is as foreign as the object
    Box box;
    box.open = true;
    box.rest = derived(call.receiver->taints);
    object = new_box(env, std::move(box))->box;
  }
  kind_ = kind_named(last_of(type));
  ValuePtr given = run_function(*index, call.arguments, object, env, false);
  const bool same = object != 0 && given->box == object && given->path == "this";
  return same && call.receiver->box == object ? call.receiver : given;  // of the class that it is of, not of one above
}

std::string_view enumeration_of(const Module& module, const Call& call) {
  if (module.grammar != Grammar::kPython || module.enums.empty()) return {};
  const IrId one = module.kid(call.callee, 0);
  const Ir& kind = module.at(module.kid(one, 0));
  return module.at(one).op == Op::kField && kind.op == Op::kName && module.enums.contains(kind.text)
             ? kind.text
             : std::string_view{};
}

// Python: "Kind.RAW.shown(x)": a method of one of an enumeration.
std::optional<ValuePtr> Engine::method_of_case(const Call& call, Env& env) {
  const std::string_view kind = enumeration_of(module_, call);
  if (kind.empty() || call.receiver->box != 0) return std::nullopt;
  const auto index = function_named(call.name, kind, call.arguments.size());
  if (!index || module_.functions[*index].owner != kind) return std::nullopt;
  Box members;
  members.items["value"] = call.receiver;
  members.items["name"] = text_value(std::string(module_.at(module_.kid(call.callee, 0)).text));
  const std::uint32_t object = new_box(env, std::move(members), std::string(kind))->box;
  return run_function(*index, call.arguments, object, env, false);
}

// Ruby: "Article.published.sorted_by(x)": what a scope of a class gives has the others.
bool Engine::is_chained_scope(const Call& call) const {
  const std::size_t dot = call.spelled.find('.');
  if (dot == call.spelled.rfind('.') || call.receiver->box != 0) return false;
  const std::string_view root = call.spelled.substr(0, dot);
  if (!module_.bases.contains(root)) return false;
  const auto index = function_named(call.name, root, call.arguments.size());
  return index && module_.functions[*index].owner == root && is_of_class(module_.functions[*index]);
}

// The same of an object that may be of several classes.
std::optional<ValuePtr> Engine::method_of_any(const Call& call, std::string_view type, Env& env) {
  const Site site = site_;
  auto given = type.empty() ? std::nullopt : own_method(call, type, env);
  for (ValuePtr other = call.receiver->other; other != nullptr; other = other->other) {
    Call same = call;
    same.receiver = other;
    site_ = site;
    if (const auto more = own_method(same, other->type, env)) given = given ? join(*given, *more) : *more;
  }
  return given;
}

}  // namespace commandcenter::code::dataflow
