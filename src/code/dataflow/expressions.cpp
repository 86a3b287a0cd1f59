// Expressions without calls.
#include <algorithm>
#include <array>
#include <charconv>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

bool is_constant_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '\\' || c == ':';
  });
}

bool is_type_name(std::string_view name) {
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
}

std::optional<std::int64_t> parsed(std::string_view text) {
  std::int64_t number = 0;
  std::string digits;
  for (const char c : text) {
    if (c != '_' && c != 'L' && c != 'l') digits.push_back(c);
  }
  const bool hex = digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
  const char* begin = digits.data() + (hex ? 2 : 0);
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(begin, end, number, hex ? 16 : 10);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

}  // namespace

// An expression as the source has it.
std::string_view Engine::written(IrId id) const {
  const Ir& ir = module_.at(id);
  return foreign_ > 0 || ir.end > module_.text.size() ? std::string_view{}
                                                      : module_.text.substr(ir.begin, ir.end - ir.begin);
}

ValuePtr Engine::eval(IrId id, Env& env) {
  if (id == kNoIr || depth_ >= kMaxEvalDepth || spent()) return nothing();
  ++depth_;
  ValuePtr value = eval_node(id, env);
  --depth_;
  if (!env.proven.empty() && !value->taints.empty()) {
    const auto known = env.proven.find(written(id));
    if (known != env.proven.end()) return cleared(value, known->second);
  }
  return value;
}

// NOLINTNEXTLINE(readability-function-size): one line for each construct
ValuePtr Engine::eval_node(IrId id, Env& env) {
  const Ir& ir = module_.at(id);
  switch (ir.op) {
    case Op::kText:
      return text_value(std::string(ir.text.substr(0, kMaxText_bytes)));
    case Op::kRegex:
      return text_value(std::string(ir.text.substr(0, kMaxText_bytes)));
    case Op::kNumber: {
      const auto number = parsed(ir.text);
      Value value;
      value.kind = Kind::kNumber;
      value.number = number;
      return std::make_shared<const Value>(std::move(value));
    }
    case Op::kTrue:
      return bool_value(true);
    case Op::kFalse:
      return bool_value(false);
    case Op::kNull:
      return null_value();
    case Op::kName:
      return eval_name(id, env);
    case Op::kField:
      return eval_field(id, env);
    case Op::kIndex:
      return eval_index(id, env);
    case Op::kCall:
      return eval_call(id, env);
    case Op::kNew:
      return eval_new(id, env);
    case Op::kTagged:
      return eval_tagged(id, env);
    case Op::kConcat:
      return eval_concat(id, env);
    case Op::kBinary:
      return eval_binary(id, env);
    case Op::kUnary: {
      const ValuePtr value = eval(module_.kid(id, 0), env);
      if (ir.text == "!" || ir.text == "not") {
        const auto known = truth(*value, env);
        return known ? bool_value(!*known) : nothing();
      }
      if (ir.text == "-" && value->number) return number_value(-*value->number);
      if (ir.text == "-" || ir.text == "+" || ir.text == "~" || ir.text == "typeof" || ir.text == "void") {
        Value number;
        number.kind = Kind::kNumber;
        return std::make_shared<const Value>(std::move(number));
      }
      return value;
    }
    case Op::kChoice:
      return eval_choice(id, env);
    case Op::kList: {
      std::vector<ValuePtr> values;
      for (std::size_t i = 0; i < ir.count; ++i)
        values.push_back(eval(module_.kid(id, i), env));
      return list_value(std::move(values), env);
    }
    case Op::kMap: {
      Box box;
      for (std::size_t i = 0; i < module_.at(id).count; ++i) {
        const IrId kid = module_.kid(id, i);
        if (module_.at(kid).op == Op::kPair) {
          const ValuePtr key = eval(module_.kid(kid, 0), env);
          const ValuePtr value = eval(module_.kid(kid, 1), env);
          if (key->constant() && (key->text || key->number))
            box.items[key->text ? *key->text : std::to_string(*key->number)] = value;
          else
            box.rest = box.rest == nullptr ? value : join(box.rest, value);
        } else if (module_.at(kid).op == Op::kFunction) {
          box.items[std::string(module_.at(kid).text)] = eval(kid, env);
        } else {
          const ValuePtr value = eval(kid, env);
          const Box* other = box_of(*value, env);
          if (other != nullptr) {
            for (const auto& [key, held] : other->items)
              box.items[key] = held;
          }
          const ValuePtr held = other == nullptr ? derived(value->taints) : other->rest;
          if (held != nullptr) box.rest = box.rest == nullptr ? held : join(box.rest, held);
        }
      }
      return new_box(env, std::move(box));
    }
    case Op::kPair:
    case Op::kSpread:
    case Op::kKeyword:
      return eval(module_.kid(id, module_.at(id).count - 1), env);
    case Op::kCast: {
      const std::string_view type = ir.text;
      const ValuePtr value = eval(module_.kid(id, 0), env);
      if (is_safe_type(type) || type == "integer") return cleared(value, kAllContexts);
      if (value->taints.empty() && value->path.empty()) return value;
      Value typed = *value;
      if (is_type_name(short_type(type)) && type != "String" && type != "Object") typed.type = short_type(type);
      return std::make_shared<const Value>(std::move(typed));
    }
    case Op::kFunction: {
      const std::size_t index = ir.info;
      if (frame_.function != nullptr || module_.functions[index].name.empty()) captured_[index] = copy(env);
      Value value;
      value.kind = Kind::kFunction;
      value.function = static_cast<int>(index);
      ValuePtr made = std::make_shared<const Value>(std::move(value));
      // Methods are called by way of their object only.
      if (!ir.text.empty() && module_.functions[index].owner.empty()) env.names[ir.text] = made;
      return made;
    }
    case Op::kEach:
      return eval_each(id, env);
    case Op::kAssign:
      return eval_assign(id, env);
    case Op::kElement:
      eval_many(id, env);
      return text_value("<element>");
    case Op::kNone:
      return nothing();
    case Op::kMany:
      return eval_many(id, env);
    case Op::kSwitch:
    case Op::kIf:
    case Op::kBlock:
    case Op::kTry: {
      frame_.last = nullptr;
      exec(id, env);
      return frame_.last == nullptr ? nothing() : frame_.last;
    }
    default:
      exec(id, env);
      return nothing();
  }
}

ValuePtr Engine::from_source(const Entry& entry, std::uint32_t offset) const {
  Value value;
  offset = place_of(offset);
  const std::string label = entry.label.empty() ? "data of a request" : entry.label;
  value.taints.push_back(
      {Level::kSource, offset, 0, false, std::make_shared<const Step>(Step{offset, label, nullptr, 1})});
  return std::make_shared<const Value>(std::move(value));
}

ValuePtr Engine::eval_name(IrId id, Env& env) {
  const Ir& ir = module_.at(id);
  if (ir.text == "this" || ir.text == "self" || ir.text == "$this") {
    Value value;
    value.path = "this";
    value.box = frame_.self;
    value.type = frame_.function == nullptr ? std::string() : std::string(frame_.function->owner);
    return std::make_shared<const Value>(std::move(value));
  }
  if (const auto known = env.names.find(ir.text); known != env.names.end()) return known->second;
  if (const auto self = env.boxes.find(frame_.self); self != env.boxes.end()) {  // a field without "this."
    const bool fields = module_.grammar == Grammar::kJava || module_.grammar == Grammar::kCSharp;
    const auto held = self->second->items.find(ir.text);
    if (fields && held != self->second->items.end()) return held->second;
  }
  const auto& globals = foreign_ > 0 ? foreign_globals_.names : globals_.names;
  if (const auto known = globals.find(ir.text); known != globals.end()) return known->second;
  Value value;
  value.path = ir.text;
  if (const auto import = module_.imports.find(ir.text); import != module_.imports.end()) {
    std::string_view full = import->second;
    if (const std::size_t slash = full.find_last_of("/\\"); slash != std::string_view::npos)
      full = full.substr(slash + 1);
    value.path = full;
    return std::make_shared<const Value>(std::move(value));
  }
  std::vector<const Entry*> found;
  models_.find(Role::kSource, value.path, {}, {}, found);
  if (!found.empty()) {
    Value source = *from_source(*found[0], ir.begin);
    source.path = value.path;
    return std::make_shared<const Value>(std::move(source));
  }
  if (module_.grammar == Grammar::kRuby) {
    if (const auto function = function_named(ir.text, {}, 0)) {
      Env own = copy(env);
      return run_function(*function, {}, frame_.self, own, false);
    }
  }
  const bool marks = lower(ir.text).find("placeholder") != std::string::npos;  // a list of "?" made to measure
  if (!is_constant_name(ir.text) && !is_type_name(ir.text) && !by_name_.contains(ir.text) && !marks) {
    const std::uint32_t offset = place_of(ir.begin);
    value.taints.push_back({Level::kUnknown, offset, 0, false,
                            std::make_shared<const Step>(Step{offset, "value of " + value.path, nullptr, 1})});
  }
  return std::make_shared<const Value>(std::move(value));
}

// What a member of a value is, when it is not called.
ValuePtr Engine::member(const ValuePtr& object, std::string_view name, IrId id, Env& env) {
  Value value;
  const std::string suffix = "." + std::string(name);
  if (!object->path.empty()) value.path = object->path + suffix;
  if (!object->type.empty()) value.type = object->type + suffix;
  std::vector<const Entry*> found;
  models_.find(Role::kSource, value.path.empty() ? "?" + suffix : value.path, value.type, spelled(id), found);
  if (!found.empty()) {
    Value source = *from_source(*found[0], module_.at(id).begin);
    source.path = value.path;
    return std::make_shared<const Value>(std::move(source));
  }
  if (const Box* box = box_of(*object, env)) {
    if (const auto held = box->items.find(name); held != box->items.end()) return held->second;
    if (object->box == frame_.self) {
      if (const auto held = globals_.names.find(name); held != globals_.names.end()) return held->second;
    }
    if (box->rest != nullptr) add_taints(value.taints, box->rest->taints);
  }
  add_taints(value.taints, object->taints);
  if (name == "length" || name == "size" || name == "Length" || name == "Count" || name == "count") {
    value.taints.clear();
    value.kind = Kind::kNumber;
  }
  return std::make_shared<const Value>(std::move(value));
}

ValuePtr Engine::eval_field(IrId id, Env& env) {
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
    if (auto clean = cleaned(call, env)) return *clean;
    if (auto known = known_function(call, env)) return *known;
    if (auto boxed = box_method(call, env)) return *boxed;
  }
  return member(object, ir.text, id, env);
}

ValuePtr Engine::eval_index(IrId id, Env& env) {
  const ValuePtr object = eval(module_.kid(id, 0), env);
  const IrId key = module_.kid(id, 1);
  if (key == kNoIr) {  // a slice
    if (box_of(*object, env) != nullptr) return object;
    return derived(object->taints);
  }
  const ValuePtr place = eval(key, env);
  if (place->text && place->constant()) {
    std::vector<const Entry*> found;
    models_.find(Role::kSource, object->path + "[]", object->type.empty() ? "" : object->type + "[]", {}, found);
    if (!found.empty()) return from_source(*found[0], module_.at(id).begin);
  }
  return at_key(object, place, env);
}

ValuePtr Engine::eval_concat(IrId id, Env& env) {
  ValuePtr whole = text_value("");
  for (std::size_t i = 0; i < module_.at(id).count; ++i)
    whole = concatenation(whole, eval(module_.kid(id, i), env), Build::kInterpolation);
  return whole;
}

ValuePtr Engine::eval_binary(IrId id, Env& env) {
  // Long sums lean to the left: go down without recursion.
  std::vector<IrId> chain{id};
  IrId left = module_.kid(id, 0);
  while (module_.at(left).op == Op::kBinary && chain.size() < 2'000) {
    chain.push_back(left);
    left = module_.kid(left, 0);
  }
  ValuePtr value = eval(left, env);
  while (!chain.empty()) {
    const IrId here = chain.back();
    chain.pop_back();
    const std::string_view op = module_.at(here).text;
    const bool either = op == "||" || op == "or" || op == "??" || op == "?:";
    const bool both = op == "&&" || op == "and";
    if (either || both) {
      const auto known = truth(*value, env);
      Env own = copy(env);
      if (!known) refine(module_.kid(here, 0), both, own);
      const ValuePtr right = eval(module_.kid(here, 1), own);
      if (known)
        value = *known == both ? right : value;
      else
        value = join(value, right);
      continue;
    }
    value = binary(op, value, eval(module_.kid(here, 1), env), env);
  }
  return value;
}

ValuePtr Engine::eval_choice(IrId id, Env& env) {
  const IrId test = module_.kid(id, 0);
  const auto known = truth(*eval(test, env), env);
  if (known) return eval(module_.kid(id, *known ? 1 : 2), env);
  Env own = copy(env);
  refine(test, true, own);
  const ValuePtr first = eval(module_.kid(id, 1), own);
  Env other = copy(env);
  refine(test, false, other);
  const ValuePtr second = eval(module_.kid(id, 2), other);
  env.boxes.insert(own.boxes.begin(), own.boxes.end());
  env.boxes.insert(other.boxes.begin(), other.boxes.end());
  return join(first, second);
}

ValuePtr Engine::eval_each(IrId id, Env& env) {
  Env own = copy(env);
  const std::size_t count = module_.at(id).count;
  for (std::size_t i = 0; i + 1 < count; i += 2)
    assign(module_.kid(id, i), element(eval(module_.kid(id, i + 1), own), own), own);
  const ValuePtr item = eval(module_.kid(id, count - 1), own);
  env.boxes.insert(own.boxes.begin(), own.boxes.end());
  Box box;
  box.rest = item;
  return new_box(env, std::move(box));
}

ValuePtr Engine::eval_many(IrId id, Env& env) {
  std::vector<Taint> taints;
  for (std::size_t i = 0; i < module_.at(id).count; ++i)
    add_taints(taints, eval(module_.kid(id, i), env)->taints);
  return derived(taints);
}

}  // namespace commandcenter::code::dataflow
