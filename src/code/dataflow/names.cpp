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

bool is_constant_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '\\' || c == ':';
  });
}

// "CharField()", "Column()" in a class say what its objects hold; they are not what is there.
bool is_column(std::string_view type) {
  return type.ends_with("Field") || type == "Column";
}

bool holds_text(std::string_view column) {
  return column == "Column" || column.find("Char") != std::string_view::npos ||
         column.find("Text") != std::string_view::npos || column.find("URL") != std::string_view::npos ||
         column.find("Email") != std::string_view::npos || column.find("Slug") != std::string_view::npos;
}

bool is_type_name(std::string_view name) {
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
}

// PHP: "get_taxonomy($name)" looks something up, whose members are not what its name is.
bool looks_up_record(const Value& object) {
  const std::string_view call = last_of(object.path);
  return object.box == 0 && call.starts_with("get_") && call.ends_with("()");
}

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

ValuePtr Engine::eval_name(IrId id, Env& env) {
  const Ir& ir = module_.at(id);
  const bool late = ir.text == "static" && module_.grammar == Grammar::kPhp;
  if (ir.text == "this" || ir.text == "self" || ir.text == "$this" || late) {
    if (frame_.object != nullptr) return frame_.object;
    Value value;
    value.path = "this";
    value.box = frame_.self;
    value.type = frame_.function == nullptr ? std::string() : std::string(frame_.function->owner);
    return frame_.object = std::make_shared<const Value>(std::move(value));
  }
  const bool fields = module_.grammar == Grammar::kJava || module_.grammar == Grammar::kCSharp;
  if (const auto known = env.names.find(ir.text); known != nullptr) {
    if (!fields) return known->second;
    const auto& outside = foreign_ > 0 ? foreign_globals_.names : globals_.names;
    const auto shared = outside.find(ir.text);
    const bool is_field = shared != nullptr && shared->second == known->second && holds_field(ir.text, env);
    if (!is_field) return known->second;
  }
  if (const auto self = fields ? env.boxes.find(frame_.self) : nullptr; self != nullptr) {  // without "this."
    const auto held = self->second->items.find(ir.text);
    if (held != self->second->items.end()) return held->second;
    const std::string_view type = frame_.function == nullptr || self->second->rest == nullptr
                                      ? std::string_view{}
                                      : field_type(frame_.function->owner, ir.text);
    if (!type.empty() && !is_safe(type) && module_.bases.contains(short_type(type))) {
      Value typed = *self->second->rest;  // its own members say what they are
      typed.type = short_type(type);
      return std::make_shared<const Value>(std::move(typed));
    }
    if (!type.empty()) return is_safe(type) ? nothing() : self->second->rest;
  }
  if (ir.text.starts_with('@'))
    if (const ValuePtr held = held_by_object(ir.text, env); held != nullptr) return held;
  const auto& globals = foreign_ > 0 ? foreign_globals_.names : globals_.names;
  if (const auto known = globals.find(ir.text); known != nullptr) return known->second;
  Value value;
  value.path = ir.text;
  if (module_.grammar == Grammar::kPhp) value.path = ir.text.substr(ir.text.rfind('\\') + 1);  // nothing: all of it
  if (const std::string place = place_of_own(ir.text); !place.empty()) {
    if (const ValuePtr held = shelved(place); held != nullptr) {
      value.taints = held->taints;
      return std::make_shared<const Value>(std::move(value));
    }
  }
  if (const auto import = module_.imports.find(ir.text); import != module_.imports.end()) {
    std::string_view full = import->second;
    if (ValuePtr constant = imported_constant(full); constant != nullptr) return constant;
    const std::size_t slash = full.find_last_of("/\\");
    if (slash != std::string_view::npos && module_.grammar != Grammar::kGo) full = full.substr(slash + 1);
    value.path = full;
    return std::make_shared<const Value>(std::move(value));
  }
  std::vector<const Entry*> found;
  models_.find(Role::kSource, value.path, {}, {}, found);
  if (!found.empty()) {
    Value source = *from_source(*found[0], id);
    source.path = value.path;
    return std::make_shared<const Value>(std::move(source));
  }
  if (module_.grammar == Grammar::kRuby) {
    if (ir.text.ends_with("_path") || ir.text.ends_with("_url")) return nothing();  // the routes of Rails
    if (auto given = method_by_name(id, env)) return *given;
    if (const ValuePtr held = held_by_object(ir.text, env); held != nullptr) return held;
    Call call;
    call.ir = id;
    call.callee = id;
    call.name = ir.text;
    if (const ValuePtr made = object_of_ruby(call, env); made != nullptr) return made;
  }
  if (fields && is_field(ir.text)) value.type = short_type(field_type(frame_.function->owner, ir.text));
  const bool known = is_constant_name(ir.text) || is_type_name(ir.text) || by_name_.contains(ir.text) ||
                     (module_.grammar == Grammar::kPhp && module_.bases.contains(ir.text)) ||
                     (module_.grammar == Grammar::kPython && one_of(ir.text, kBuiltins));
  if (!known && code::lower(ir.text).find("placeholder") == std::string::npos) {  // a list of "?" made to measure
    const std::uint32_t offset = place_of(ir.begin);
    const Level level =
        module_.grammar == Grammar::kRuby && frame_.function != nullptr && !frame_.function->owner.empty()
            ? Level::kResult  // a method of the class
            : Level::kUnknown;
    value.taints.push_back(
        {level, offset, 0, false, std::make_shared<const Step>(Step{offset, "value of " + value.path, nullptr, 1})});
  }
  return std::make_shared<const Value>(std::move(value));
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

// "/search" and the like: every request that reaches this handler asks for the same path.
bool Engine::has_fixed_route() const {
  if (active_.empty()) return false;
  const std::string_view marks = module_.functions[active_.front()].marks;
  const bool route = marks.starts_with('@') &&
                     (marks.find("(\"/") != std::string_view::npos || marks.find("('/") != std::string_view::npos);
  return route && marks.find_first_of("<{") == std::string_view::npos;
}

// A column of a record that its name says to be a number or a date.
ValuePtr Engine::column(const ValuePtr& value, std::string_view name) {
  const auto stored = [](const Taint& taint) { return (taint.cleared & kStoredContext) != 0; };
  if (value->box != 0 || std::ranges::none_of(value->taints, stored)) return value;
  std::string small = code::lower(name);
  const bool camel = name.ends_with("Id") || name.ends_with("At");
  const std::size_t first = small.find('_');  // num_feeds, is_hidden, last_login
  const bool counted = first != std::string::npos && one_of(small.substr(0, first), "num nb cnt count total is has");
  const bool dated = small.starts_with("last_") && one_of(small.substr(5), "login seen visit activity access update");
  if (!counted && !dated) small = small.substr(small.rfind('_') + 1);
  constexpr std::string_view kNumbers =
      "id ids at on count counts n num total totals date time datetime timestamp year month day age price amount cost "
      "qty quantity "
      "size score rating votes points balance stock created updated hits views likes level version rank percent sum "
      "avg min max "
      "length width height lat lng rowcount lastrowid insertid affectedrows rowcount errno lineno";
  if (!camel && !counted && !dated && !one_of(small, kNumbers)) return value;
  Value harmless = *value;
  std::erase_if(harmless.taints, stored);
  return std::make_shared<const Value>(std::move(harmless));
}

// Go: the structure without a name of its own in another that has the member; null: none has.
const Value* Engine::promoted(const Box& box, std::string_view name, const Env& env) const {
  for (const auto& [key, held] : box.items) {
    if (held->box == 0 || held->type != key) continue;
    const Box* inner = box_of(*held, env);
    if (inner != nullptr && (inner->items.contains(name) || !field_type(held->type, name).empty())) return held.get();
  }
  return nullptr;
}

// What a member of a value is, when it is not called.
ValuePtr Engine::member(const ValuePtr& object, std::string_view name, IrId id, Env& env) {
  Value value;
  const std::string suffix = "." + std::string(name);
  if (!object->path.empty()) value.path = object->path + suffix;
  if (!object->type.empty()) value.type = object->type + suffix;
  const std::string_view declared = field_type(object->type, name);
  const bool counts =  // what a statement has done
      one_of(name,
             "insertedCount modifiedCount matchedCount deletedCount upsertedCount affectedRows rowCount rowcount");
  if (counts || is_safe(declared) || (!declared.empty() && is_checked_member(object->type, name))) {
    value.kind = Kind::kNumber;
    return std::make_shared<const Value>(std::move(value));
  }
  if (!declared.empty()) value.type = short_type(declared);
  if (module_.grammar == Grammar::kGo && declared.empty() && !object->type.empty()) {  // a method that is handed over
    const auto method = function_named(name, object->type, 0);
    if (method && module_.functions[*method].owner == object->type) {
      value.kind = Kind::kFunction;
      value.function = static_cast<int>(*method);
      return std::make_shared<const Value>(std::move(value));
    }
  }
  if (name == "__dict__" && object->box != 0) return object;
  if (ValuePtr method = method_handed_over(object, name); method != nullptr) return method;
  ValuePtr set_here = kept_member(value, env);  // "request.tenant", which this function has set
  const std::string unknown = value.path.empty() ? "?" + suffix : std::string();
  const Models::Spelling names{value.path.empty() ? unknown : value.path, value.type, spelled(id)};
  const Models::Listed listed = models_.listed(names);
  std::vector<const Entry*> found;
  if (set_here == nullptr && !value.path.empty() && listed.may_have(Role::kClean))
    models_.find(Role::kClean, value.path, {}, {}, found);
  Contexts harmless_in = 0;
  for (const Entry* entry : found) {
    const bool whole = entry->conditions.empty() || entry->contexts == kAllContexts;
    harmless_in |= entry->path.size() > 1 && whole ? entry->contexts : 0;
  }
  if (harmless_in == kAllContexts) {
    Value harmless;
    harmless.path = value.path;
    return std::make_shared<const Value>(std::move(harmless));
  }
  if (set_here != nullptr) return set_here;
  models_.find(Role::kSource, names, listed, found);
  const auto here = std::ranges::find_if(found, [&](const Entry* entry) {
    if (entry->routed && has_fixed_route()) return false;
    if (entry->file != nullptr && !is_in_file(*entry)) return false;
    if (entry->not_file != nullptr && stands_in(*entry->not_file, module_.text)) return false;
    if (!entry->conditions.empty()) {
      Call call;
      call.ir = id;
      call.callee = id;
      call.receiver = object;
      if (!applies(*entry, call, env)) return false;
    }
    return entry->near == nullptr || (!text_here().empty() && entry->near->found_in(around_of(module_.at(id).begin)));
  });
  if (here != found.end()) {
    Value source = *from_source(**here, id);
    source.path = value.path;
    return std::make_shared<const Value>(std::move(source));
  }
  if (is_class(*object)) {
    const auto kept = env.names.find("@" + object->path + suffix);
    if (kept != nullptr) return kept->second;
    const auto method = by_name_.contains(name) ? function_named(name, object->path, 1) : std::nullopt;
    if (module_.grammar == Grammar::kJava && method && module_.functions[*method].owner == object->path) {
      value.kind = Kind::kFunction;  // "Texts::escaped"
      value.function = static_cast<int>(*method);
      return std::make_shared<const Value>(std::move(value));
    }
  }
  if (ValuePtr constant = constant_of(object, name); constant != nullptr) return constant;
  if (object->box == 0 && object->type.empty())
    if (ValuePtr constant = imported_constant(value.path); constant != nullptr) return constant;
  if (const Box* box = box_of(*object, env)) {
    if (const auto place = position_of(name.starts_with("Item") ? name.substr(4) : std::string_view());
        place && *place > 0 && *place <= box->list.size() && module_.grammar == Grammar::kCSharp)
      return box->list[*place - 1];  // of a tuple
    if (const auto held = box->items.find(name); held != box->items.end()) {
      if (declared.empty() || !held->second->type.empty()) return held->second;
      Value typed = *held->second;
      typed.type = value.type;
      return std::make_shared<const Value>(std::move(typed));
    }
    if (const Value* within = module_.grammar == Grammar::kGo ? promoted(*box, name, env) : nullptr; within != nullptr)
      return member(std::make_shared<const Value>(*within), name, id, env);
    if (object->box == frame_.self) {
      const auto held = globals_.names.find(name);
      const bool column = held != nullptr && is_column(held->second->type);
      if (held != nullptr && held->second->box != 0 && is_script(module_.grammar))
        return own_container(object, name, held->second, env);
      if (held != nullptr && !(column && held->second->box != 0)) return held->second;
      if (column && !holds_text(held->second->type)) return nothing();
    }
    const bool python = module_.grammar == Grammar::kPython;
    const std::string_view asked = python ? "__getattr__" : "__get";
    if (const auto magic = (python || module_.grammar == Grammar::kPhp) && declared.empty() && by_name_.contains(asked)
                               ? function_named(asked, object->type, python ? 2 : 1)
                               : std::nullopt;
        magic && !module_.functions[*magic].owner.empty() && std::ranges::find(active_, *magic) == active_.end())
      return run_function(*magic, {{{}, text_value(std::string(name)), kNoIr}}, object->box, env, false);
    if (box->rest != nullptr) add_taints(value.taints, box->rest->taints);
  }
  if (is_script(module_.grammar) && last_of(object->path) == "params" && is_routed_narrow(name)) return nothing();
  if (const ValuePtr other = object->box == 0 ? shelved_member(value, env) : nullptr; other != nullptr)
    add_taints(value.taints, other->taints);
  const bool script = module_.grammar == Grammar::kJavaScript || module_.grammar == Grammar::kTypeScript ||
                      module_.grammar == Grammar::kTsx;
  add_taints(value.taints, script && !tells_of_whole(name) ? part_of(object, name)->taints : object->taints);
  if (module_.grammar == Grammar::kPhp && looks_up_record(*object)) {
    for (Taint& taint : value.taints)
      if (taint.guessed) taint.level = std::min(taint.level, Level::kResult);
  }
  if (script && name == "query" && object->path.ends_with("parse()")) {  // of all of an address
    for (Taint& taint : value.taints)
      taint.cleared &= ~kHostContexts;
  }
  if (script && object->type == "URL" && one_of(name, "pathname search hash")) {  // without the host
    for (Taint& taint : value.taints)
      taint.cleared |= kHostContexts;
  }
  // A member that nothing here sets: of a record, or of a form.
  if (module_.grammar == Grammar::kPython && value.taints.empty() && object->path == "this" && foreign_ == 0 &&
      !is_constant_name(name) && !by_name_.contains(name)) {
    const std::uint32_t offset = module_.at(id).begin;
    value.taints.push_back({Level::kResult, offset, 0, false,
                            std::make_shared<const Step>(Step{offset, "value of " + std::string(name), nullptr, 1})});
  }
  const bool sent = script && name != "length" && one_of(last_of(object->path), "query body params");  // "?size=…"
  if (!sent && one_of(name, "length size Length Count count")) {
    value.taints.clear();
    value.kind = Kind::kNumber;
    const Box* box = module_.grammar == Grammar::kJava && name == "length" ? box_of(*object, env) : nullptr;
    if (box != nullptr && box->rest == nullptr && box->items.empty() && !box->open && loops_ == 0)
      return number_value(static_cast<std::int64_t>(box->list.size()));
  }
  for (Taint& taint : value.taints)
    taint.cleared |= harmless_in;
  return column(std::make_shared<const Value>(std::move(value)), name);
}

// "parts = [];" in a class: each object has a list of its own.
ValuePtr Engine::own_container(const ValuePtr& object, std::string_view name, const ValuePtr& first, Env& env) {
  const auto begun = globals_.boxes.find(first->box);
  if (begun == nullptr || begun->second->built != nullptr || !first->type.empty()) return first;
  Value own = *first;
  own.box = new_box(env, Box(*begun->second))->box;
  ValuePtr made = std::make_shared<const Value>(std::move(own));
  put(object, text_value(std::string(name)), made, env);
  return made;
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
