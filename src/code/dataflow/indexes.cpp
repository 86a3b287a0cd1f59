// What lies at a key of something: "list[i]".
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

class Engine::Index : private Part {
 public:
  Index(Engine& engine, IrId id, Env& env) : Part(engine, env), id_(id) {}

  ValuePtr value() {
    const ValuePtr object = eval(kid(0));
    const IrId key = kid(1);
    if (key == kNoIr) return engine_.eval_slice(id_, object, env_);
    const ValuePtr place = is_last_element(key) ? number_value(-1) : eval(key);
    if (ValuePtr global = global_of_php(*object, *place); global != nullptr) return global;
    if (engine_.is_field_narrow(*object, *place)) return nothing();
    if (place->number && object->box == 0 && engine_.is_group_narrow(kid(0), *place, env_)) return nothing();
    engine_.add_lacking(object, *place, env_);
    if (module_.at(key).op == Op::kRegex && place->text && allows_little(*place->text, true))
      return nothing();  // Ruby's x[/\d+/]: the part that matches
    const bool named = place->text && place->constant();
    if (ValuePtr source = named ? source_at(object, place) : nullptr; source != nullptr) return source;
    if (is_consumed_in_ruby(object, place)) return nothing();
    const bool of_request = object->path == "params" || object->path.ends_with(".params");
    if (of_request && named && engine_.is_declared_narrow(*place->text, module_.at(id_).begin)) return nothing();
    if (ValuePtr kept = named ? member_of_script(*object, *place->text) : nullptr; kept != nullptr) return kept;
    if (const auto magic = object->box == 0 ? std::nullopt : magic_method(*object))
      return engine_.run_function(*magic, {{{}, place, key}}, object->box, env_, false);
    const ValuePtr held = engine_.at_key(object, place, env_);
    return named ? column(held, *place->text) : held;
  }

 private:
  IrId kid(std::size_t place) const { return module_.kid(id_, place); }
  ValuePtr eval(IrId id) { return engine_.eval(id, env_); }

  // list[list.length - 1]
  bool is_last_element(IrId key) const {
    const IrId size = module_.kid(key, 0);
    const std::string_view list = engine_.written(kid(0));
    return is_script(grammar_) && module_.at(key).op == Op::kBinary && module_.at(key).text == "-" &&
           module_.at(size).op == Op::kField && module_.at(size).text == "length" &&
           module_.at(module_.kid(key, 1)).text == "1" && !list.empty() &&
           engine_.written(module_.kid(size, 0)) == list;
  }

  // $GLOBALS['name']
  ValuePtr global_of_php(const Value& object, const Value& place) const {
    const std::string name = name_of_global(object, place);
    if (name.empty()) return nullptr;
    const auto* held = (engine_.foreign_ > 0 ? engine_.foreign_globals_ : engine_.globals_).names.find(name);
    return held != nullptr && !held->second->taints.empty() ? held->second : nullptr;
  }

  ValuePtr source_at(const ValuePtr& object, const ValuePtr& place) {
    std::vector<const Entry*> found;
    const std::string typed = object->type.empty() ? std::string() : object->type + "[]";
    engine_.models_.find(Role::kSource, object->path + "[]", typed, {}, found);
    Call call;
    call.ir = id_;
    call.receiver = object;
    call.arguments.push_back({{}, place, kid(1)});
    for (const Entry* entry : found) {
      if (engine_.applies(*entry, call, env_)) return engine_.from_source(*entry, id_);
    }
    return nullptr;
  }

  // DB["SELECT …"]
  bool is_consumed_in_ruby(const ValuePtr& object, const ValuePtr& place) {
    if (grammar_ != Grammar::kRuby || object->path.empty() || object->box != 0) return false;
    Call call;
    call.ir = id_;
    call.callee = id_;
    call.name = "[]";
    call.receiver = object;
    call.path = object->path + ".[]";
    const std::string spelled = engine_.spelled(kid(0)) + ".[]";
    call.spelled = spelled;
    call.arguments.push_back({{}, place, kid(1)});
    return engine_.check_call(call, env_).consumed;
  }

  // object["name"], where something was put at object.name before
  ValuePtr member_of_script(const Value& object, std::string_view name) {
    if (!is_script(grammar_) || object.box != 0 || object.path.empty()) return nullptr;
    Value member;
    member.path = object.path + "." + std::string(name);
    if (ValuePtr kept = engine_.kept_member(member, env_); kept != nullptr) return kept;
    return engine_.shelved_member(member, env_);
  }

  // "__getitem__", "offsetGet"
  std::optional<std::size_t> magic_method(const Value& object) const {
    const bool python = grammar_ == Grammar::kPython;
    const std::string_view asked = python ? "__getitem__" : "offsetGet";
    if (!(python || grammar_ == Grammar::kPhp) || object.type.empty() || !engine_.by_name_.contains(asked))
      return std::nullopt;
    const auto found = engine_.function_named(asked, object.type, python ? 2 : 1);
    return found && !module_.functions[*found].owner.empty() ? found : std::nullopt;
  }

  const IrId id_;
};

ValuePtr Engine::eval_index(IrId id, Env& env) {
  return Index(*this, id, env).value();
}

}  // namespace commandcenter::code::dataflow
