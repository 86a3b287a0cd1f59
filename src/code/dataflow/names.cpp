// What names and members of objects stand for.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::string_view kBuiltins =
    "str int float bool bytes list dict set tuple frozenset len repr map filter sorted reversed type object range zip "
    "enumerate min max sum any all open print super isinstance getattr Exception cls";

}  // namespace

// A field that is written without "this.", and was set before.
bool Engine::holds_field(std::string_view name, const Env& env) const {
  if (module_.grammar != Grammar::kJava && module_.grammar != Grammar::kCSharp) return false;
  const auto self = env.boxes.find(frame_.self);
  if (self == nullptr) return false;
  const bool declared = frame_.function != nullptr && !field_type(frame_.function->owner, name).empty();
  return self->second->items.contains(name) || (declared && self->second->rest != nullptr);
}

// Ruby: "@name", or what reads it from outside of the object; null: nothing is known of it.
ValuePtr Engine::held_by_object(std::string_view name, const Env& env) const {
  const auto self = env.boxes.find(frame_.self);
  if (module_.grammar != Grammar::kRuby || self == nullptr) return nullptr;
  const auto held = self->second->items.find(name.substr(name.starts_with('@') ? 1 : 0));
  return held == self->second->items.end() ? nullptr : held->second;
}

ValuePtr Engine::from_source(const Entry& entry, IrId id) {
  Value value;
  const std::uint32_t offset = place_of(module_.at(id).begin);
  sees_users_ = sees_users_ || foreign_ == 0;
  const std::string label = entry.label.empty() ? "data of a request" : entry.label;
  value.taints.push_back(
      {entry.least, offset, entry.without, false, std::make_shared<const Step>(Step{offset, label, nullptr, 1})});
  if (entry.begins_slash) {
    value.kind = Kind::kText;
    value.text = std::string{'/', kHole};
    value.holes = {{0, offset}};
  }
  return std::make_shared<const Value>(std::move(value));
}

// Ruby: a name alone that is a method's. What one of this object puts into it stays there.
std::optional<ValuePtr> Engine::method_by_name(IrId id, Env& env) {
  const std::string_view name = module_.at(id).text;
  if (!by_name_.contains(name)) return std::nullopt;
  const std::string_view owner = frame_.function == nullptr ? std::string_view{} : frame_.function->owner;
  if (const auto own = owner.empty() ? std::nullopt : function_named(name, owner, 0);
      own && !module_.functions[*own].owner.empty()) {
    Call call;
    call.ir = id;
    call.callee = id;
    call.name = name;
    call.path = name;
    return run_own(of_kind(*own, is_of_class(*frame_.function)), call, frame_.self, env);
  }
  const auto function = function_named(name, {}, 0);
  if (!function) return std::nullopt;
  Env other = copy(env);
  return run_function(*function, {}, frame_.self, other, false);
}

// One name. Parts that do not know it give null.
class Engine::NamedValue : private Part {
 public:
  NamedValue(Engine& engine, IrId id, Env& env)
      : Part(engine, env),
        id_(id),
        text_(module_.at(id).text),
        has_fields_(grammar_ == Grammar::kJava || grammar_ == Grammar::kCSharp) {}

  ValuePtr value() {
    if (is_this()) return this_object();
    if (ValuePtr local = local_value(); local != nullptr) return local;
    if (ValuePtr field = has_fields_ ? field_value() : nullptr; field != nullptr) return field;
    if (text_.starts_with('@'))
      if (ValuePtr held = engine_.held_by_object(text_, env_); held != nullptr) return held;
    const Env& globals = engine_.foreign_ > 0 ? engine_.foreign_globals_ : engine_.globals_;
    if (const auto known = globals.names.find(text_); known != nullptr) return known->second;
    if (ValuePtr held = left_by_others(); held != nullptr) return held;
    if (ValuePtr import = imported(); import != nullptr) return import;
    if (ValuePtr source = source_of_models(); source != nullptr) return source;
    if (ValuePtr called = grammar_ == Grammar::kRuby ? called_in_ruby() : nullptr; called != nullptr) return called;
    return unknown();
  }

 private:
  bool is_this() const { return one_of(text_, "this self $this") || (text_ == "static" && grammar_ == Grammar::kPhp); }

  ValuePtr this_object() const {
    Frame& frame = engine_.frame_;
    if (frame.object != nullptr) return frame.object;
    Value value;
    value.path = "this";
    value.box = frame.self;
    value.type = frame.function == nullptr ? std::string() : std::string(frame.function->owner);
    return frame.object = std::make_shared<const Value>(std::move(value));
  }

  ValuePtr local_value() const {
    const auto known = env_.names.find(text_);
    if (known == nullptr || !has_fields_) return known == nullptr ? nullptr : known->second;
    const auto& outside = engine_.foreign_ > 0 ? engine_.foreign_globals_.names : engine_.globals_.names;
    const auto shared = outside.find(text_);
    const bool is_field = shared != nullptr && shared->second == known->second && engine_.holds_field(text_, env_);
    return is_field ? nullptr : known->second;
  }

  // Without "this."
  ValuePtr field_value() const {
    const auto self = env_.boxes.find(engine_.frame_.self);
    if (self == nullptr) return nullptr;
    const Box& box = *self->second;
    if (const auto held = box.items.find(text_); held != box.items.end()) return held->second;
    const Function* function = engine_.frame_.function;
    const std::string_view type =
        function == nullptr || box.rest == nullptr ? std::string_view() : engine_.field_type(function->owner, text_);
    if (type.empty()) return nullptr;
    if (engine_.is_safe(type)) return nothing();
    if (!module_.bases.contains(short_type(type))) return box.rest;
    Value typed = *box.rest;  // its own members say what they are
    typed.type = short_type(type);
    return std::make_shared<const Value>(std::move(typed));
  }

  std::string path() const {  // PHP's without "\App\"
    const bool php = grammar_ == Grammar::kPhp;
    return std::string(php ? text_.substr(text_.rfind('\\') + 1) : text_);  // nothing found: all of it
  }

  ValuePtr left_by_others() {
    const std::string place = engine_.place_of_own(text_);
    const ValuePtr held = place.empty() ? nullptr : engine_.shelved(place);
    if (held == nullptr) return nullptr;
    Value value;
    value.path = path();
    value.taints = held->taints;
    return std::make_shared<const Value>(std::move(value));
  }

  ValuePtr imported() const {
    const auto import = module_.imports.find(text_);
    if (import == module_.imports.end()) return nullptr;
    std::string_view full = import->second;
    if (ValuePtr constant = engine_.imported_constant(full); constant != nullptr) return constant;
    const std::size_t slash = full.find_last_of("/\\");
    if (slash != std::string_view::npos && grammar_ != Grammar::kGo) full = full.substr(slash + 1);
    Value value;
    value.path = full;
    return std::make_shared<const Value>(std::move(value));
  }

  ValuePtr source_of_models() {
    std::vector<const Entry*> found;
    engine_.models_.find(Role::kSource, path(), {}, {}, found);
    if (found.empty()) return nullptr;
    Value source = *engine_.from_source(*found[0], id_);
    source.path = path();
    return std::make_shared<const Value>(std::move(source));
  }

  // A method without brackets.
  ValuePtr called_in_ruby() {
    if (text_.ends_with("_path") || text_.ends_with("_url")) return nothing();  // the routes of Rails
    if (auto given = engine_.method_by_name(id_, env_)) return *given;
    if (ValuePtr held = engine_.held_by_object(text_, env_); held != nullptr) return held;
    Call call;
    call.ir = id_;
    call.callee = id_;
    call.name = text_;
    return engine_.object_of_ruby(call, env_);
  }

  ValuePtr unknown() const {
    Value value;
    value.path = path();
    const Function* function = engine_.frame_.function;
    if (has_fields_ && engine_.is_field(text_)) value.type = short_type(engine_.field_type(function->owner, text_));
    const bool known = is_constant_name(text_) || is_type_name(text_) || engine_.by_name_.contains(text_) ||
                       (grammar_ == Grammar::kPhp && module_.bases.contains(text_)) ||
                       (grammar_ == Grammar::kPython && one_of(text_, kBuiltins));
    if (!known && code::lower(text_).find("placeholder") == std::string::npos) {  // a list of "?" made to measure
      const std::uint32_t offset = engine_.place_of(module_.at(id_).begin);
      const bool method_of_class = grammar_ == Grammar::kRuby && function != nullptr && !function->owner.empty();
      auto step = std::make_shared<const Step>(Step{offset, "value of " + value.path, nullptr, 1});
      value.taints.push_back({method_of_class ? Level::kResult : Level::kUnknown, offset, 0, false, std::move(step)});
    }
    return std::make_shared<const Value>(std::move(value));
  }

  const IrId id_;
  const std::string_view text_;
  const bool has_fields_;  // that are written without "this."
};

ValuePtr Engine::eval_name(IrId id, Env& env) {
  return NamedValue(*this, id, env).value();
}

// "java.util.Arrays": a type by its full name.
bool Engine::is_qualified_type(IrId id, const Env& env) const {
  const bool java = module_.grammar == Grammar::kJava;
  if ((!java && module_.grammar != Grammar::kCSharp) || !is_type_name(module_.at(id).text)) return false;
  for (id = module_.kid(id, 0); module_.at(id).op == Op::kField; id = module_.kid(id, 0)) {
    if (java == is_type_name(module_.at(id).text)) return false;
  }
  const Ir& root = module_.at(id);
  if (root.op != Op::kName || root.text == "this") return false;
  if (java ? is_type_name(root.text) : !one_of(root.text, "System Microsoft Newtonsoft")) return false;
  return !env.names.contains(root.text) && !globals_.names.contains(root.text) && !holds_field(root.text, env);
}

// The name of a class here, which its static members are written behind.
bool Engine::is_class(const Value& object) const {
  const bool named = is_type_name(object.path) || module_.grammar == Grammar::kPhp;  // "class stats"
  return object.box == 0 && object.type.empty() && named && module_.bases.contains(object.path);
}

// "Limits.MOST", of a class here or in another file; null when it is not known.
ValuePtr Engine::constant_of(const ValuePtr& object, std::string_view name) const {
  if (!is_class(*object)) return nullptr;
  for (const Env* shared : {&globals_, &foreign_globals_}) {
    if (const auto known = shared->names.find(name); known != nullptr) return known->second;
  }
  return nullptr;
}

// "texts.BY_NAME", of another file; null when it is not known.
ValuePtr Engine::imported_constant(std::string_view path) const {
  const std::size_t dot = path.rfind('.');
  if (foreign_ > 0 || dot == std::string_view::npos || module_.files.empty()) return nullptr;
  const std::string_view file = path.substr(0, dot);
  if (!module_.files.contains(file.substr(file.find_last_of("./\\") + 1))) return nullptr;
  const auto known = foreign_globals_.names.find(path.substr(dot + 1));
  return known != nullptr && known->second->constant() ? known->second : nullptr;
}

ValuePtr Engine::eval_field(IrId id, Env& env) {
  if (is_qualified_type(id, env)) {
    Value type;
    type.path = module_.at(id).text;
    return std::make_shared<const Value>(std::move(type));
  }
  const ValuePtr object = eval(module_.kid(id, 0), env);
  const Ir& ir = module_.at(id);
  if (module_.grammar == Grammar::kRuby) {  // may be a call without brackets
    Call call;
    call.ir = id;
    call.callee = id;
    call.name = ir.text;
    call.receiver = object;
    call.path = (object->path.empty() ? "?" : object->path) + "." + std::string(ir.text);
    call.spelled = spelled(id);
    call.typed = object->type.empty() ? std::string() : object->type + "." + std::string(ir.text);
    check_call(call, env);
    if (const ValuePtr made = object_of_ruby(call, env); made != nullptr) return made;
    if (auto clean = cleaned(call, env); clean && !(call.name == "new" && (*clean)->taints.empty())) return *clean;
    if (auto known = known_function(call, env)) return *known;
    if (auto boxed = box_method(call, env)) return *boxed;
  }
  if (const auto getter = accessor(object, ir.text, false)) return run_function(*getter, {}, object->box, env, false);
  if (const Box* box = is_script(module_.grammar) && object->box != 0 ? box_of(*object, env) : nullptr) {
    const auto held = box->items.find(ir.text);  // "{ get name() { … } }"
    const int code = held == box->items.end() ? -1 : held->second->function;
    if (code >= 0 && module_.functions[static_cast<std::size_t>(code)].marks.starts_with("get "))
      return run_function(static_cast<std::size_t>(code), {}, object->box, env, false);
  }
  return member(object, ir.text, id, env);
}

// A member that is a function without brackets: "@property def name(self)", "get name()"; what "object.name = value"
// calls: "@name.setter", "set name(value)".
std::optional<std::size_t> Engine::accessor(const ValuePtr& object, std::string_view name, bool sets) const {
  if (object->type.empty() || !by_name_.contains(name)) return std::nullopt;
  const bool python = module_.grammar == Grammar::kPython;
  if (sets && !python && !is_script(module_.grammar)) return std::nullopt;
  const auto index = function_named(name, object->type, sets ? (python ? 2 : 1) : 0);
  if (!index) return std::nullopt;
  const std::string_view marks = module_.functions[*index].marks;
  const auto says = [&](std::string_view word) { return marks.find(word) != std::string_view::npos; };
  const bool found = sets ? says(python ? ".setter" : "set ") : says("property") || says("get ");
  return found ? index : std::nullopt;
}

}  // namespace commandcenter::code::dataflow
