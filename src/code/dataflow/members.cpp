// What a member of a value is, when it is not called.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

// "CharField()", "Column()" in a class say what its objects hold; they are not what is there.
bool is_column(std::string_view type) {
  return type.ends_with("Field") || type == "Column";
}

bool holds_text(std::string_view column) {
  return column == "Column" || column.find("Char") != std::string_view::npos ||
         column.find("Text") != std::string_view::npos || column.find("URL") != std::string_view::npos ||
         column.find("Email") != std::string_view::npos || column.find("Slug") != std::string_view::npos;
}

// PHP: "get_taxonomy($name)" looks something up, whose members are not what its name is.
bool looks_up_record(const Value& object) {
  const std::string_view call = last_of(object.path);
  return object.box == 0 && call.starts_with("get_") && call.ends_with("()");
}

// What a statement has done.
bool is_count_of_rows(std::string_view member) {
  return one_of(member,
                "insertedCount modifiedCount matchedCount deletedCount upsertedCount affectedRows rowCount rowcount");
}

}  // namespace

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

// One member of one value. Parts that do not know it give null.
class Engine::Member : private Part {
 public:
  Member(Engine& engine, const ValuePtr& object, std::string_view name, IrId id, Env& env)
      : Part(engine, env),
        object_(object),
        name_(name),
        id_(id),
        suffix_("." + std::string(name)),
        declared_(engine.field_type(object->type, name)) {
    if (!object->path.empty()) value_.path = object->path + suffix_;
    if (!object->type.empty()) value_.type = object->type + suffix_;
  }

  ValuePtr look_up() {
    if (is_number()) {
      value_.kind = Kind::kNumber;
      return made();
    }
    if (!declared_.empty()) value_.type = short_type(declared_);
    if (ValuePtr method = method_of_go(); method != nullptr) return method;
    if (name_ == "__dict__" && object_->box != 0) return object_;
    if (ValuePtr method = engine_.method_handed_over(object_, name_); method != nullptr) return method;
    if (ValuePtr known = known_to_models(); known != nullptr) return known;
    if (ValuePtr known = member_of_class(); known != nullptr) return known;
    if (ValuePtr constant = engine_.constant_of(object_, name_); constant != nullptr) return constant;
    if (object_->box == 0 && object_->type.empty())
      if (ValuePtr constant = engine_.imported_constant(value_.path); constant != nullptr) return constant;
    if (const Box* box = engine_.box_of(*object_, env_))
      if (ValuePtr held = in_box(*box); held != nullptr) return held;
    return part_of_unknown();
  }

 private:
  ValuePtr made() { return std::make_shared<const Value>(std::move(value_)); }

  ValuePtr method(std::size_t function) {
    value_.kind = Kind::kFunction;
    value_.function = static_cast<int>(function);
    return made();
  }

  bool is_number() const {
    return is_count_of_rows(name_) || engine_.is_safe(declared_) ||
           (!declared_.empty() && engine_.is_checked_member(object_->type, name_));
  }

  // A method that is handed over.
  ValuePtr method_of_go() {
    if (module_.grammar != Grammar::kGo || !declared_.empty() || object_->type.empty()) return nullptr;
    const auto index = engine_.function_named(name_, object_->type, 0);
    return index && module_.functions[*index].owner == object_->type ? method(*index) : nullptr;
  }

  // What this function has set ("request.tenant"), what models say to be harmless, or to come from a user.
  ValuePtr known_to_models() {
    ValuePtr set_here = engine_.kept_member(value_, env_);
    const std::string unknown = value_.path.empty() ? "?" + suffix_ : std::string();
    const Models::Spelling names{value_.path.empty() ? unknown : value_.path, value_.type, engine_.spelled(id_)};
    const Models::Listed listed = engine_.models_.listed(names);
    if (set_here == nullptr && !value_.path.empty() && listed.may_have(Role::kClean))
      harmless_in_ = cleaned_by_models();
    if (harmless_in_ == kAllContexts) {
      Value harmless;
      harmless.path = value_.path;
      return std::make_shared<const Value>(std::move(harmless));
    }
    if (set_here != nullptr) return set_here;
    std::vector<const Entry*> found;
    engine_.models_.find(Role::kSource, names, listed, found);
    const auto here = std::ranges::find_if(found, [&](const Entry* entry) { return is_source(*entry); });
    if (here == found.end()) return nullptr;
    Value source = *engine_.from_source(**here, id_);
    source.path = value_.path;
    return std::make_shared<const Value>(std::move(source));
  }

  Contexts cleaned_by_models() const {
    std::vector<const Entry*> found;
    engine_.models_.find(Role::kClean, value_.path, {}, {}, found);
    Contexts contexts = 0;
    for (const Entry* entry : found) {
      const bool whole = entry->conditions.empty() || entry->contexts == kAllContexts;
      contexts |= entry->path.size() > 1 && whole ? entry->contexts : 0;
    }
    return contexts;
  }

  bool is_source(const Entry& entry) const {
    if (entry.routed && has_fixed_route()) return false;
    if (entry.file != nullptr && !engine_.is_in_file(entry)) return false;
    if (entry.not_file != nullptr && engine_.stands_in(*entry.not_file, module_.text)) return false;
    if (!entry.conditions.empty()) {
      Call call;
      call.ir = id_;
      call.callee = id_;
      call.receiver = object_;
      if (!engine_.applies(entry, call, env_)) return false;
    }
    return entry.near == nullptr ||
           (!engine_.text_here().empty() && entry.near->found_in(engine_.around_of(module_.at(id_).begin)));
  }

  // "/search" and the like: every request that reaches this handler asks for the same path.
  bool has_fixed_route() const {
    if (engine_.active_.empty()) return false;
    const std::string_view marks = module_.functions[engine_.active_.front()].marks;
    const bool route = marks.starts_with('@') &&
                       (marks.find("(\"/") != std::string_view::npos || marks.find("('/") != std::string_view::npos);
    return route && marks.find_first_of("<{") == std::string_view::npos;
  }

  // "Texts.DEFAULT", "Texts::escaped"
  ValuePtr member_of_class() {
    if (!engine_.is_class(*object_)) return nullptr;
    if (const auto kept = env_.names.find("@" + object_->path + suffix_); kept != nullptr) return kept->second;
    if (module_.grammar != Grammar::kJava || !engine_.by_name_.contains(name_)) return nullptr;
    const auto index = engine_.function_named(name_, object_->path, 1);
    return index && module_.functions[*index].owner == object_->path ? method(*index) : nullptr;
  }

  ValuePtr in_box(const Box& box) {
    if (module_.grammar == Grammar::kCSharp && name_.starts_with("Item")) {  // of a tuple
      const auto place = position_of(name_.substr(4));
      if (place && *place > 0 && *place <= box.list.size()) return box.list[*place - 1];
    }
    if (const auto held = box.items.find(name_); held != box.items.end()) {
      if (declared_.empty() || !held->second->type.empty()) return held->second;
      Value typed = *held->second;
      typed.type = value_.type;
      return std::make_shared<const Value>(std::move(typed));
    }
    if (const Value* within = module_.grammar == Grammar::kGo ? promoted(box) : nullptr; within != nullptr)
      return engine_.member(std::make_shared<const Value>(*within), name_, id_, env_);
    if (ValuePtr field = object_->box == engine_.frame_.self ? field_of_class() : nullptr; field != nullptr)
      return field;
    if (const auto magic = magic_method()) {
      const std::vector<Argument> arguments{{{}, text_value(std::string(name_)), kNoIr}};
      return engine_.run_function(*magic, arguments, object_->box, env_, false);
    }
    if (box.rest != nullptr) add_taints(value_.taints, box.rest->taints);
    return nullptr;
  }

  // Go: the structure without a name_ of its own in another that has the member; null: none has.
  const Value* promoted(const Box& box) const {
    for (const auto& [key, held] : box.items) {
      if (held->box == 0 || held->type != key) continue;
      const Box* inner = engine_.box_of(*held, env_);
      if (inner != nullptr && (inner->items.contains(name_) || !engine_.field_type(held->type, name_).empty()))
        return held.get();
    }
    return nullptr;
  }

  // What the class says of its objects' fields.
  ValuePtr field_of_class() {
    const auto held = engine_.globals_.names.find(name_);
    if (held == nullptr) return nullptr;
    const ValuePtr& field = held->second;
    const bool column = is_column(field->type);
    if (field->box != 0 && is_script(module_.grammar)) return own_container(field);
    if (!column || field->box == 0) return field;
    return holds_text(field->type) ? nullptr : nothing();
  }

  // "parts = [];" in a class: each object has a list of its own.
  ValuePtr own_container(const ValuePtr& first) {
    const auto begun = engine_.globals_.boxes.find(first->box);
    if (begun == nullptr || begun->second->built != nullptr || !first->type.empty()) return first;
    Value own = *first;
    own.box = engine_.new_box(env_, Box(*begun->second))->box;
    ValuePtr made = std::make_shared<const Value>(std::move(own));
    engine_.put(object_, text_value(std::string(name_)), made, env_);
    return made;
  }

  // "__getattr__", "__get": called for members that are not there.
  std::optional<std::size_t> magic_method() const {
    const bool python = module_.grammar == Grammar::kPython;
    const std::string_view asked = python ? "__getattr__" : "__get";
    if ((!python && module_.grammar != Grammar::kPhp) || !declared_.empty() || !engine_.by_name_.contains(asked))
      return std::nullopt;
    const auto magic = engine_.function_named(asked, object_->type, python ? 2 : 1);
    const bool runs = magic && std::ranges::find(engine_.active_, *magic) != engine_.active_.end();
    return magic && !runs && !module_.functions[*magic].owner.empty() ? magic : std::nullopt;
  }

  // As foreign as the object is, with what its name tells.
  ValuePtr part_of_unknown() {
    const bool script = is_script(module_.grammar);
    if (script && last_of(object_->path) == "params" && engine_.is_routed_narrow(name_)) return nothing();
    if (const ValuePtr other = object_->box == 0 ? engine_.shelved_member(value_, env_) : nullptr; other != nullptr)
      add_taints(value_.taints, other->taints);
    add_taints(value_.taints, script && !tells_of_whole(name_) ? part_of(object_, name_)->taints : object_->taints);
    adjust_taints(script);
    if (is_member_of_record()) add_stored();
    // "?size=…" is a text
    const bool sent = script && name_ != "length" && one_of(last_of(object_->path), "query body params");
    if (!sent && one_of(name_, "length size Length Count count")) {
      value_.taints.clear();
      value_.kind = Kind::kNumber;
      if (const auto size = known_length()) return number_value(*size);
    }
    for (Taint& taint : value_.taints)
      taint.cleared |= harmless_in_;
    return column(made(), name_);
  }

  void adjust_taints(bool script) {
    const bool looked_up = module_.grammar == Grammar::kPhp && looks_up_record(*object_);
    const bool whole_query = script && name_ == "query" && object_->path.ends_with("parse()");  // of all of an address
    const bool behind_host = script && object_->type == "URL" && one_of(name_, "pathname search hash");
    for (Taint& taint : value_.taints) {
      if (looked_up && taint.guessed) taint.level = std::min(taint.level, Level::kResult);
      if (whole_query) taint.cleared &= ~kHostContexts;
      if (behind_host) taint.cleared |= kHostContexts;
    }
  }

  // Python: a member that nothing here sets: of a record, or of a form.
  bool is_member_of_record() const {
    return module_.grammar == Grammar::kPython && value_.taints.empty() && object_->path == "this" &&
           engine_.foreign_ == 0 && !is_constant_name(name_) && !engine_.by_name_.contains(name_);
  }

  void add_stored() {
    const std::uint32_t offset = module_.at(id_).begin;
    auto step = std::make_shared<const Step>(Step{offset, "value of " + std::string(name_), nullptr, 1});
    value_.taints.push_back({Level::kResult, offset, 0, false, std::move(step)});
  }

  // Of Java's arrays.
  std::optional<std::int64_t> known_length() const {
    const bool array = module_.grammar == Grammar::kJava && name_ == "length" && engine_.loops_ == 0;
    const Box* box = array ? engine_.box_of(*object_, env_) : nullptr;
    if (box == nullptr || box->rest != nullptr || !box->items.empty() || box->open) return std::nullopt;
    return static_cast<std::int64_t>(box->list.size());
  }

  const ValuePtr& object_;
  const std::string_view name_;
  const IrId id_;
  const std::string suffix_;         // ".name"
  const std::string_view declared_;  // type of the field; empty: not known
  Value value_;                      // what it is, as far as is known by now
  Contexts harmless_in_ = 0;
};

ValuePtr Engine::member(const ValuePtr& object, std::string_view name, IrId id, Env& env) {
  return Member(*this, object, name, id, env).look_up();
}

}  // namespace commandcenter::code::dataflow
