// Calls: into functions of the file, and of what libraries do.
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/lower.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr int kMaxBases = 3;                    // from a class up to what it is asked to be
constexpr std::size_t kMaxImplementations = 8;  // of one method

}  // namespace

void Engine::arguments_of(std::span<const IrId> kids, Call& call, Env& env) {
  call.arguments.reserve(call.arguments.size() + kids.size());
  for (const IrId kid : kids) {
    const Ir& ir = module_.at(kid);
    const std::string_view name = ir.op == Op::kKeyword ? ir.text : std::string_view{};
    if (ir.op == Op::kCall && call.arguments.size() > 1) note_wrapped(kid, call, env);
    ValuePtr value = eval(kid, env);
    const Box* box = ir.op == Op::kSpread ? box_of(*value, env) : nullptr;
    if (box != nullptr && !(box->list.empty() && box->items.empty())) {
      for (const ValuePtr& part : box->list)
        call.arguments.push_back({{}, part, kid});
      for (const auto& [key, part] : box->items)
        call.arguments.push_back({*spread_names_.insert(key).first, part, kid});
      if (box->rest != nullptr) call.arguments.push_back({{}, box->rest, kid});
      continue;
    }
    call.arguments.push_back({name, value, kid, ir.op == Op::kKeyword && ir.info == 1});
  }
}

ValuePtr Engine::eval_call(IrId id, Env& env) {
  Call call;
  call.ir = id;
  call.callee = module_.kid(id, 0);
  const Ir& callee = module_.at(call.callee);
  ValuePtr code;  // what is called, if it has a name
  if (callee.op == Op::kField) {
    call.receiver = eval(module_.kid(call.callee, 0), env);
    call.name = callee.text;
    call.path = (call.receiver->path.empty() ? "?" : call.receiver->path) + "." + std::string(call.name);
    call.spelled = spelled(call.callee);
    if (!call.receiver->type.empty()) call.typed = typed_as(call.receiver->type, call.name);
  } else if (callee.op == Op::kName) {
    call.name = callee.text;
    call.path = callee.text;
    const auto known = env.names.find(callee.text);
    if (known != nullptr && callee.text.starts_with('$')) check_chosen(known->second, call.callee, env);
    if (known != nullptr) code = known->second;
    if (known != nullptr && !known->second->path.empty()) {
      call.path = known->second->path;
    } else if (known != nullptr && module_.grammar == Grammar::kPhp && is_name_of_function(*known->second)) {
      call.path = *known->second->text;  // $clean = 'htmlspecialchars'; $clean($text)
    } else if (const auto import = module_.imports.find(callee.text); import != module_.imports.end()) {
      call.path = module_.grammar == Grammar::kGo ? import->second
                                                  : import->second.substr(import->second.find_last_of("/\\") + 1);
    }
    call.name = std::string_view(call.path).substr(call.path.rfind('.') + 1);
    if (call.name.empty()) call.name = callee.text;
  } else {
    const ValuePtr value = eval(call.callee, env);
    call.path = value->path;
    if (value->function >= 0) {
      arguments_of(module_.kids_of(id).subspan(1), call, env);
      if ((value->box | value->any_of) != 0) return run_value(*value, call.arguments, env);
      called_.insert(static_cast<std::size_t>(value->function));
      const bool here = callee.op != Op::kCall;  // "join('x')(y)" was made elsewhere, with names of its own
      return run_function(static_cast<std::size_t>(value->function), call.arguments, frame_.self, env, here);
    }
  }
  const std::string kept(call.name);  // may point into the path
  if (module_.grammar == Grammar::kRuby && kept == "yield") return eval_yield(id, env);
  if (kept == "require" && callee.op == Op::kName && module_.at(module_.kid(id, 1)).op == Op::kText) {
    const std::string name = module_name(module_.at(module_.kid(id, 1)).text);
    Value library;
    library.path = name.substr(name.find_last_of("/:") + 1);  // "node:fs" is "fs"
    return std::make_shared<const Value>(std::move(library));
  }
  const ValuePtr outer = piped_;
  if (kept == "pipe" && call.receiver != nullptr && is_script(module_.grammar)) piped_ = call.receiver;
  arguments_of(module_.kids_of(id).subspan(1), call, env);
  piped_ = outer;
  call.name = kept;
  if (code != nullptr && code->box != 0) add_given_before(*code, call, env);
  note_next(call, env);
  return invoke(call, env);
}

// Ruby: what the block gives; of a block that nobody knows, what it gets.
ValuePtr Engine::eval_yield(IrId id, Env& env) {
  Call call;
  arguments_of(module_.kids_of(id).subspan(1), call, env);
  if (frame_.block < 0) return call.arguments.empty() ? nothing() : call.arguments[0].value;
  const auto block = static_cast<std::size_t>(frame_.block);
  called_.insert(block);
  return run_function(block, call.arguments, 0, env, false);
}

ValuePtr Engine::invoke(Call& call, Env& env) {
  if (module_.grammar == Grammar::kPython) {
    if (call.path == "string.Template" && call.arguments.size() == 1) return call.arguments[0].value;
    if (const ValuePtr made = make_container(call, env); made != nullptr) return made;
  }
  if (ValuePtr own = known_of_language(call, env); own != nullptr) return own;
  if (const ValuePtr map = map_with_default(call, env); map != nullptr) return map;
  if (const ValuePtr known = constant_call(call); known != nullptr) return known;
  if (foreign_ == 0) {
    call_offset_ = module_.at(call.ir).begin;
    call_end_ = module_.at(call.callee).end;
  }
  learn(call, env);
  const bool shown = show_page(call, env);
  const Checked checked = check_call(call, env);
  if (shown) return nothing();  // what the page puts out was looked at in it
  check_mass(call, env);
  check_pattern(call, env);
  if (checked.fluent) return call.receiver;
  if (ValuePtr same = given_back(call, env); same != nullptr) return same;
  if (ValuePtr queued = given_by_queue(call, env); queued != nullptr) return queued;
  if (ValuePtr part = part_of_list(call, env); part != nullptr) return part;
  fill(call, env);
  const std::vector<const Entry*> found = entries_for(Role::kSource, call);
  // "query_db" of this file hands on a query: what it does is seen in it.
  const bool own =
      !found.empty() && (is_own_method(call) ||
                         (module_.at(call.callee).op == Op::kName &&
                          function_named(call.name, {}, call.arguments.size(), module_before(call.path)).has_value()));
  const auto source = std::ranges::find_if(found, [&](const Entry* entry) {
    return !entry->is_member && !(own && (entry->without & kStoredContext) != 0) && applies(*entry, call, env);
  });
  ValuePtr result;
  site_ = foreign_ > 0
              ? Site()
              : Site{std::max(module_.at(call.ir).begin, module_.at(call.callee).begin), module_.at(call.callee).end};
  const bool compares = call.receiver != nullptr && call.receiver->kind == Kind::kText && call.receiver->constant() &&
                        one_of(call.name, "equals contentEquals length charAt");
  if (ValuePtr outcome = compares ? text_method(call, env) : nullptr; outcome != nullptr) {
    return outcome;
  } else if (auto shaped = schema_method(call, env)) {
    return *shaped;
  } else if (source != found.end()) {
    run_callbacks(call, env);
    Value given = *from_source(**source, call.ir);
    if ((*source)->is_fluent && call.receiver != nullptr) given.path = call.receiver->path;
    result = std::make_shared<const Value>(std::move(given));
  } else if (const ValuePtr made = object_of_ruby(call, env); made != nullptr) {
    return made;
  } else if (auto clean = cleaned(call, env)) {
    run_callbacks(call, env);
    const bool own_object = call.receiver != nullptr && call.receiver->box != 0 && !call.receiver->type.empty();
    if (own_object && foreign_ == 0) known_function(call, env);  // "fetch" of a class here: what it does on its way
    return record_of(call, *clean);
  } else if (const ValuePtr text = text_method(call, env); text != nullptr) {
    return text;
  } else if (call.path == "cls" && frame_.function != nullptr && !frame_.function->owner.empty()) {
    return make_object(frame_.function->owner, call, env);
  } else if (module_.grammar == Grammar::kPython && module_.bases.contains(last_of(call.path)) &&
             !by_name_.contains(last_of(call.path))) {
    return make_object(last_of(call.path), call, env);
  } else if (auto handed_over = run_handed_over(call, env)) {
    site_ = {};
    return *handed_over;
  } else if (auto known = known_function(call, env)) {
    site_ = {};
    take_filled(call, env);
    if (module_.grammar == Grammar::kGo && (*known)->function >= 0) run_made(call, **known, env);
    return *known;
  } else if (auto boxed = hands_to_route(call) ? std::nullopt : box_method(call, env)) {
    return *boxed;
  } else {
    const ValuePtr mapped = run_callbacks(call, env);
    if (ValuePtr given = given_by_callback(call, mapped, env); given != nullptr) return given;
    result = checked.consumed ? nothing() : unknown_call(call, env);
  }
  Value value = *result;
  if (value.path.empty() && !call.path.empty()) value.path = call.path + "()";
  if (value.type.empty() && !call.typed.empty()) value.type = call.typed + "()";
  const bool request = module_.grammar == Grammar::kPhp &&
                       (one_of(call.name, "getCurrentRequest getMainRequest getMasterRequest createFromGlobals") ||
                        (call.name == "capture" && call.path == "Request.capture"));
  if (request) value.path = "$request";
  return std::make_shared<const Value>(std::move(value));
}

// Whether a method may be called by its name alone here.
bool Engine::may_omit_object() const {
  const Grammar grammar = module_.grammar;
  if (grammar != Grammar::kJava && grammar != Grammar::kCSharp && grammar != Grammar::kRuby) return false;
  return frame_.function != nullptr && !frame_.function->owner.empty();
}

// Of an object of a class without a name: "new Handler() { void take(String s) {…} }".
std::optional<ValuePtr> Engine::nameless_method(const Call& call, std::string_view type, Env& env) {
  const auto place = by_name_.find(call.name);
  if (place == by_name_.end()) return std::nullopt;
  for (const std::size_t index : place->second) {
    const Function& function = module_.functions[index];
    if (function.nameless != type || type.empty() || function.params.size() != call.arguments.size()) continue;
    return run_function(index, call.arguments, frame_.self, env, false);
  }
  return std::nullopt;
}

// Whether objects of a type can be used as ones of another: it extends or implements it, or, in Go, has its methods.
bool Engine::is_one_of(std::string_view type, std::string_view wanted) const {
  if (const auto asked = module_.asked.find(wanted); asked != module_.asked.end()) {
    return std::ranges::all_of(asked->second, [&](std::string_view method) {
      const auto place = by_name_.find(method);
      return place != by_name_.end() && std::ranges::any_of(place->second, [&](std::size_t index) {
               return module_.functions[index].owner == type;
             });
    });
  }
  const Grammar grammar = module_.grammar;
  if (grammar != Grammar::kJava && grammar != Grammar::kCSharp && grammar != Grammar::kPhp && !is_script(grammar))
    return false;
  std::string_view at = type;
  for (int above = 0; above < kMaxBases; ++above) {
    const auto base = module_.bases.find(at);
    if (base == module_.bases.end()) return false;
    std::size_t head = base->second.find("extends");
    head = std::min({head, base->second.find("implements"), base->second.find(':')});
    if (head == std::string_view::npos) return false;
    const std::string_view heads = base->second.substr(head);
    if (holds_word(heads, wanted)) return true;
    const auto next = std::ranges::find_if(module_.bases, [&](const auto& other) {
      return other.first != at && other.first != type && !other.first.empty() && holds_word(heads, other.first);
    });
    if (next == module_.bases.end()) return false;
    at = next->first;
  }
  return false;
}

// Of an interface or an abstract class: what those do that are known to be one.
std::optional<ValuePtr> Engine::implementations(const Call& call, std::string_view type, Env& env) {
  const auto place = by_name_.find(call.name);
  if (place == by_name_.end() || type.empty()) return std::nullopt;
  const auto import = module_.imports.find(type);  // of what a library asks for there are others
  if (import != module_.imports.end() && (import->second.starts_with("java") || import->second.starts_with("System")))
    return std::nullopt;
  std::vector<std::size_t> found;
  for (const std::size_t index : place->second) {
    const Function& function = module_.functions[index];
    if (function.body == kNoIr || function.owner.empty() || function.owner == type) continue;
    if (function.params.size() != call.arguments.size() || !is_one_of(function.owner, type)) continue;
    if (found.size() < kMaxImplementations) found.push_back(index);
  }
  std::optional<ValuePtr> result;
  const Site site = site_;
  for (const std::size_t index : found) {
    site_ = site;
    const ValuePtr value = run_function(index, call.arguments, 0, env, false);
    result = result ? join(*result, value) : value;
  }
  return result;
}

// Go: "load(r, &form)" puts into form what the function puts into its parameter.
void Engine::take_filled(const Call& call, Env& env) {
  if (module_.grammar != Grammar::kGo) return take_references(call, env);
  const std::vector<ValuePtr> filled = std::move(filled_);
  filled_.clear();
  const std::string_view text = text_here();
  for (std::size_t i = 0; i < call.arguments.size() && i < filled.size(); ++i) {
    const Ir& ir = module_.at(call.arguments[i].ir);
    if (filled[i] == nullptr || ir.op != Op::kName || ir.begin == 0 || ir.begin > text.size()) continue;
    const auto* before = env.names.find(ir.text);
    if (text[ir.begin - 1] != '&' || before == nullptr || before->second->box != 0) continue;
    const ValuePtr& now = filled[i];
    if (now == call.arguments[i].value || (now->taints.empty() && !now->constant() && now->box == 0)) continue;
    Value taken = *now;
    taken.path = before->second->path;
    if (!before->second->type.empty()) taken.type = before->second->type;
    bind(ir.text, std::make_shared<const Value>(std::move(taken)), ir.begin, env);
  }
}

std::optional<ValuePtr> Engine::known_function(const Call& call, Env& env) {
  if (module_.at(call.callee).op == Op::kName) {
    const std::string_view name = module_.at(call.callee).text;
    if (const auto bound = env.names.find(name); bound != nullptr && bound->second->function >= 0) {
      if ((bound->second->box | bound->second->any_of) != 0) return run_value(*bound->second, call.arguments, env);
      return run_closure(static_cast<std::size_t>(bound->second->function), call.arguments, env);
    } else if (bound != nullptr && bound->second->box != 0 && !bound->second->type.empty() &&
               (by_name_.contains("__call__") || by_name_.contains("__invoke"))) {
      const std::string_view runs = module_.grammar == Grammar::kPhp ? "__invoke" : "__call__";
      if (const auto index = function_named(runs, bound->second->type, call.arguments.size());
          index && !module_.functions[*index].owner.empty())
        return run_function(*index, call.arguments, bound->second->box, env, false);
    }
    const std::string_view owner = frame_.function == nullptr ? std::string_view{} : frame_.function->owner;
    const std::string_view imported = last_of(call.path);
    const std::string_view from = module_before(call.path);
    const std::span<const Argument> told =
        module_.grammar == Grammar::kJava ? std::span<const Argument>(call.arguments) : std::span<const Argument>();
    auto index = owner.empty() ? std::nullopt : function_named(name, owner, call.arguments.size(), from, told);
    if (!index) index = function_named(imported, {}, call.arguments.size(), from);
    if (const auto file = module_.files.find(call.path); !index && foreign_ == 0 && file != module_.files.end())
      if (file->second != kNoFunction) index = file->second;
    const bool above = name == "super" && !owner.empty();
    if (above) index = constructor_above(owner, call.arguments.size());
    if (!index) return std::nullopt;
    const bool same = module_.functions[*index].owner == owner;
    if (module_.functions[*index].body == kNoIr) {
      if (auto given = same ? method_below(call, frame_.self, env) : std::nullopt) return given;
      return implementations(call, module_.functions[*index].owner, env);
    }
    index = of_kind(*index, frame_.function != nullptr && is_of_class(*frame_.function));
    if (same && may_omit_object()) return run_own(*index, call, frame_.self, env);
    return run_function(*index, call.arguments, same || above ? frame_.self : 0, env, false);
  }
  if (call.receiver == nullptr) return std::nullopt;
  if (call.receiver->function >= 0) return call_of_function(call, env);
  if (const Box* box = box_of(*call.receiver, env)) {
    const auto held = box->items.find(call.name);
    if (held != box->items.end() && held->second->function >= 0 && held->second->box != 0)
      return run_value(*held->second, call.arguments, env);
    if (held != box->items.end() && held->second->function >= 0)
      return run_function(static_cast<std::size_t>(held->second->function), call.arguments, call.receiver->box, env,
                          false);
  }
  if (auto given = method_of_case(call, env)) return given;
  std::string owner = call.receiver->type.empty() ? call.receiver->path : call.receiver->type;
  if (module_.grammar == Grammar::kRuby && is_chained_scope(call))
    owner = call.spelled.substr(0, call.spelled.find('.'));
  if (const auto object = module_.objects.find(owner); object != module_.objects.end()) owner = object->second;
  if (auto given = method_of_any(call, owner, env)) return given;
  return extension_method(call, env);
}

// A chain of names, as written; empty for anything else.
const std::string& Engine::spelled(IrId id) const {
  const auto [known, is_new] = spelled_.try_emplace(id);
  if (is_new) known->second = spelling(id);
  return known->second;
}

std::string Engine::spelling(IrId id) const {
  std::string text;
  for (int parts = 0; parts < 6; ++parts) {
    const Ir& ir = module_.at(id);
    if (ir.op == Op::kName) return std::string(ir.text) + text;
    if (ir.op == Op::kField) {
      text = "." + std::string(ir.text) + text;
      id = module_.kid(id, 0);
    } else if (ir.op == Op::kCall) {
      text = "()" + text;
      id = module_.kid(id, 0);
    } else {
      break;
    }
  }
  return text.empty() ? text : "?" + text;
}

std::vector<const Entry*> Engine::entries_for(Role role, const Call& call) const {
  if (!call.listed) call.listed = models_.listed({call.path, call.typed, call.spelled});
  return call.listed->may_have(role) ? found_for(role, call) : std::vector<const Entry*>();
}

std::vector<const Entry*> Engine::found_for(Role role, const Call& call) const {
  std::vector<const Entry*> found;
  models_.find(role, {call.path, call.typed, call.spelled}, *call.listed, found);
  return found;
}

// Calls after which nothing of the function runs.
bool Engine::leaves(IrId id, Env& env) {
  const Ir& ir = module_.at(id);
  if (ir.op != Op::kCall) return false;
  const Ir& callee = module_.at(module_.kid(id, 0));
  std::string path(callee.text);
  if (callee.op == Op::kField) {
    const Ir& object = module_.at(module_.kid(module_.kid(id, 0), 0));
    if (object.op == Op::kName) path = std::string(object.text) + "." + path;
  } else if (callee.op == Op::kName) {
    if (const auto import = module_.imports.find(callee.text); import != module_.imports.end()) path = import->second;
  }
  if (env.names.contains(path)) return false;
  std::vector<const Entry*> found;
  models_.find(Role::kExit, path, {}, {}, found);
  return !found.empty();
}

}  // namespace commandcenter::code::dataflow
