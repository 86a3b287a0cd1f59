// Expressions without calls.
#include <algorithm>
#include <array>
#include <charconv>

#include "code/dataflow/engine.h"
#include "code/dataflow/last_part.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxEach = 8;  // elements of a comprehension that are told apart

bool is_type_name(std::string_view name) {
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
}

std::optional<std::int64_t> parsed(std::string_view text) {
  std::int64_t number = 0;
  std::string digits;
  for (const char c : text) {
    if (c != '_' && c != 'L' && c != 'l') digits.push_back(c);
  }
  int base = 10;
  std::size_t skip = 0;
  if (digits.size() > 1 && digits[0] == '0') {
    const char mark = static_cast<char>(digits[1] | 0x20);
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    skip = mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1;
  }
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data() + skip, end, number, base);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

ValuePtr literal(const Ir& ir) {
  if (ir.op != Op::kNumber) return text_value(std::string(ir.text.substr(0, kMaxText_bytes)));
  Value value;
  value.kind = Kind::kNumber;
  value.number = parsed(ir.text);
  return std::make_shared<const Value>(std::move(value));
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
    case Op::kRegex:
    case Op::kNumber: {
      ValuePtr& known = literals_[id];
      if (known == nullptr) known = literal(ir);
      return known;
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
    case Op::kCall: {
      const ValuePtr given = ir.op == Op::kIndex ? eval_index(id, env) : eval_call(id, env);
      const bool last = !given->taints.empty() && is_last_part(module_, frame_.made, id);
      return last ? cleared(given, kPathContext) : given;
    }
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
      const IrId place = module_.kid(id, 0);
      if (ir.text == "del" && module_.at(place).op == Op::kIndex && module_.kid(place, 1) != kNoIr) {
        Call pop;  // "del x[i]" does what "x.pop(i)" does
        pop.ir = id;
        pop.callee = place;
        pop.name = "pop";
        pop.receiver = eval(module_.kid(place, 0), env);
        pop.arguments.push_back({{}, eval(module_.kid(place, 1), env), module_.kid(place, 1)});
        box_method(pop, env);
        return nothing();
      }
      if (ir.text == "delete" && module_.at(place).op == Op::kField && is_script(module_.grammar)) {
        const ValuePtr object = eval(module_.kid(place, 0), env);
        Box* box = object->box == 0 ? nullptr : writable(object->box, env);
        if (box != nullptr && box->rest == nullptr) box->items.erase(std::string(module_.at(place).text));
        return nothing();
      }
      if (ir.text == "!" || ir.text == "not") {
        const auto known = truth(*value, env);
        return known ? bool_value(!*known) : nothing();
      }
      if (ir.text == "<-") return received(place, value, env);
      if (ir.text == "-" && value->number) return number_value(-*value->number);
      if (module_.grammar == Grammar::kRuby && value->text) return value;  // +"": a text that may change
      if (ir.text == "-" || ir.text == "+" || ir.text == "~" || ir.text == "typeof" || ir.text == "void") {
        Value number;
        number.kind = Kind::kNumber;
        return std::make_shared<const Value>(std::move(number));
      }
      return value;
    }
    case Op::kChoice:
      return eval_choice(id, env);
    case Op::kList:
      return eval_list(id, env);
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
        } else if (module_.grammar == Grammar::kPhp && module_.at(kid).op != Op::kSpread) {
          box.list.push_back(eval(kid, env));  // ['post/view', 'id' => $id]
        } else {
          spread_into(box, *eval(kid, env), env);
        }
      }
      note_route(box, env);
      return new_box(env, std::move(box));
    }
    case Op::kPair:
    case Op::kSpread:
    case Op::kKeyword:
      return eval(module_.kid(id, module_.at(id).count - 1), env);
    case Op::kCast: {
      const std::string_view type = ir.text;
      const ValuePtr value = eval(module_.kid(id, 0), env);
      if (is_safe(type) || type == "integer") return cleared(value, kAllContexts);
      if (module_.grammar == Grammar::kPhp && type == "string" && value->box != 0) return as_text(value, env);
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

ValuePtr Engine::eval_index(IrId id, Env& env) {
  const ValuePtr object = eval(module_.kid(id, 0), env);
  const IrId key = module_.kid(id, 1);
  if (key == kNoIr) return eval_slice(id, object, env);
  const IrId size = module_.kid(key, 0);  // list[list.length - 1]
  const bool last = module_.at(key).op == Op::kBinary && module_.at(key).text == "-" && is_script(module_.grammar) &&
                    module_.at(size).op == Op::kField && module_.at(size).text == "length" &&
                    module_.at(module_.kid(key, 1)).text == "1" && !written(module_.kid(id, 0)).empty() &&
                    written(module_.kid(size, 0)) == written(module_.kid(id, 0));
  const ValuePtr place = last ? number_value(-1) : eval(key, env);
  if (const std::string name = name_of_global(*object, *place); !name.empty()) {
    const auto* held = (foreign_ > 0 ? foreign_globals_ : globals_).names.find(name);
    if (held != nullptr && !held->second->taints.empty()) return held->second;
  }
  if (is_field_narrow(*object, *place)) return nothing();
  if (place->number && object->box == 0 && is_group_narrow(module_.kid(id, 0), *place, env)) return nothing();
  add_lacking(object, *place, env);
  if (module_.at(key).op == Op::kRegex && place->text && allows_little(*place->text, true))
    return nothing();  // Ruby's x[/\d+/]: the part that matches
  if (place->text && place->constant()) {
    std::vector<const Entry*> found;
    models_.find(Role::kSource, object->path + "[]", object->type.empty() ? "" : object->type + "[]", {}, found);
    Call call;
    call.ir = id;
    call.receiver = object;
    call.arguments.push_back({{}, place, key});
    for (const Entry* entry : found) {
      if (applies(*entry, call, env)) return from_source(*entry, id);
    }
  }
  if (module_.grammar == Grammar::kRuby && !object->path.empty() && object->box == 0) {  // DB["SELECT …"]
    Call call;
    call.ir = id;
    call.callee = id;
    call.name = "[]";
    call.receiver = object;
    call.path = object->path + ".[]";
    const std::string written = spelled(module_.kid(id, 0)) + ".[]";
    call.spelled = written;
    call.arguments.push_back({{}, place, key});
    if (check_call(call, env).consumed) return nothing();
  }
  const bool of_request = object->path == "params" || object->path.ends_with(".params");
  if (of_request && place->text && place->constant() && is_declared_narrow(*place->text, module_.at(id).begin))
    return nothing();
  if (is_script(module_.grammar) && object->box == 0 && !object->path.empty() && place->text && place->constant()) {
    Value member;
    member.path = object->path + "." + *place->text;
    if (ValuePtr kept = kept_member(member, env); kept != nullptr) return kept;
    if (ValuePtr other = shelved_member(member, env); other != nullptr) return other;
  }
  const bool python = module_.grammar == Grammar::kPython;
  if ((python || module_.grammar == Grammar::kPhp) && object->box != 0 && !object->type.empty()) {
    const std::string_view asked = python ? "__getitem__" : "offsetGet";
    const auto index = by_name_.contains(asked) ? function_named(asked, object->type, python ? 2 : 1) : std::nullopt;
    if (index && !module_.functions[*index].owner.empty())
      return run_function(*index, {{{}, place, key}}, object->box, env, false);
  }
  const ValuePtr held = at_key(object, place, env);
  return place->text && place->constant() ? column(held, *place->text) : held;
}

ValuePtr Engine::eval_concat(IrId id, Env& env) {
  ValuePtr whole = text_value("");
  for (std::size_t i = 0; i < module_.at(id).count; ++i)
    whole = concatenation(whole, flat(as_text(eval(module_.kid(id, i), env), env), env), Build::kInterpolation);
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
      env.boxes.add_missing(own.boxes);
      const Ir& other = module_.at(module_.kid(here, 1));
      const bool none = either && other.op == Op::kList && other.count == 0 && value->box == 0 &&
                        std::ranges::any_of(value->taints, [](const Taint& t) { return t.level == Level::kSource; });
      if (known)
        value = *known == both ? right : value;
      else if (both && module_.grammar != Grammar::kRuby)  // else it is the left, which is empty
        value = right->constant() ? join(nothing(), right) : right;
      else if (!none)  // of "req.query.ids || []" only the data says something
        value = join(value, right);
      continue;
    }
    value = binary(op, value, eval(module_.kid(here, 1), env), env);
    const bool appends = op == "<<" && module_.grammar == Grammar::kRuby && module_.at(left).op == Op::kName;
    if (appends && value->box == 0 && value->text) bind(module_.at(left).text, value, module_.at(here).begin, env);
  }
  return value;
}

// [a, ...more]: what is spread lies among the others.
ValuePtr Engine::eval_list(IrId id, Env& env) {
  std::vector<ValuePtr> values;
  for (std::size_t i = 0; i < module_.at(id).count; ++i) {
    const IrId kid = module_.kid(id, i);
    const ValuePtr value = eval(kid, env);
    const Box* box = module_.at(kid).op == Op::kSpread ? box_of(*value, env) : nullptr;
    const bool listed = box != nullptr && box->rest == nullptr && box->items.empty() && !box->list.empty();
    if (listed)
      values.insert(values.end(), box->list.begin(), box->list.end());
    else
      values.push_back(box != nullptr && box->rest != nullptr ? element(value, env) : value);
  }
  check_rack(values, id, env);
  return list_value(std::move(values), env);
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
  env.boxes.add_missing(own.boxes);
  env.boxes.add_missing(other.boxes);
  return join(first, second);
}

ValuePtr Engine::eval_each(IrId id, Env& env) {
  Env own = copy(env);
  const std::size_t count = module_.at(id).count;
  const bool plain = count == 3 && module_.at(module_.kid(id, 2)).op != Op::kChoice;
  const ValuePtr first = eval(module_.kid(id, 1), own);
  if (const Box* box = box_of(*first, own); plain && box != nullptr && !box->open && box->rest == nullptr &&
                                            box->items.empty() && box->built == nullptr && !box->list.empty() &&
                                            box->list.size() <= kMaxEach) {  // each element by itself
    const std::vector<ValuePtr> parts = box->list;
    const IrId each = module_.kid(id, 2);
    const bool pairs = module_.at(each).op == Op::kPair;
    std::vector<ValuePtr> made;
    const ValuePtr map = pairs ? new_box(own, Box()) : nullptr;
    for (const ValuePtr& part : parts) {
      assign(module_.kid(id, 0), part, own);
      if (pairs)
        put(map, eval(module_.kid(each, 0), own), eval(module_.kid(each, 1), own), own);
      else
        made.push_back(eval(each, own));
    }
    env.boxes.add_missing(own.boxes);
    return pairs ? map : list_value(std::move(made), env);
  }
  for (std::size_t i = 0; i + 1 < count; i += 2) {
    const IrId over = module_.kid(id, i + 1);
    const ValuePtr source = i == 0 ? first : eval(over, own);
    const IrId target = module_.kid(id, i);
    assign(target, turn_of(over, source, own), own);
    const Box* map = module_.at(target).count == 2 && module_.at(over).op == Op::kCall ? box_of(*source, own) : nullptr;
    if (const ValuePtr names = map == nullptr ? nullptr : map->names; names != nullptr)  // "for k, v in map.items()"
      assign(module_.kid(target, 0), names, own);
  }
  const ValuePtr item = eval(module_.kid(id, count - 1), own);
  env.boxes.add_missing(own.boxes);
  Box box;
  box.rest = item;
  box.names = names_made(module_.kid(id, count - 1), own);
  return new_box(env, std::move(box));
}

// Python: the keys of "{k: v for k, v in given.items() if k in ALLOWED}"; null for what is no map.
ValuePtr Engine::names_made(IrId made, const Env& env) {
  IrId pair = made;
  while (module_.at(pair).op == Op::kChoice)
    pair = module_.kid(pair, 1);
  if (module_.grammar != Grammar::kPython || module_.at(pair).op != Op::kPair) return nullptr;
  Env own = copy(env);
  for (; module_.at(made).op == Op::kChoice; made = module_.kid(made, 1))
    refine(module_.kid(made, 0), true, own);
  return eval(module_.kid(pair, 0), own);
}

ValuePtr Engine::eval_many(IrId id, Env& env) {
  std::vector<Taint> taints;
  for (std::size_t i = 0; i < module_.at(id).count; ++i)
    add_taints(taints, eval(module_.kid(id, i), env)->taints);
  return derived(taints);
}

}  // namespace commandcenter::code::dataflow
