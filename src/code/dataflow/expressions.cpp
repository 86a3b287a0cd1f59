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

// One expression.
class Engine::Evaluation : private Part {
 public:
  Evaluation(Engine& engine, IrId id, Env& env) : Part(engine, env), id_(id), ir_(module_.at(id)) {}

  ValuePtr value() {
    switch (ir_.op) {
      case Op::kText:
      case Op::kRegex:
      case Op::kNumber:
        return constant();
      case Op::kTrue:
        return bool_value(true);
      case Op::kFalse:
        return bool_value(false);
      case Op::kNull:
        return null_value();
      case Op::kNone:
        return nothing();
      case Op::kName:
        return engine_.eval_name(id_, env_);
      case Op::kField:
        return engine_.eval_field(id_, env_);
      case Op::kIndex:
        return of_last_part(engine_.eval_index(id_, env_));
      case Op::kCall:
        return of_last_part(engine_.eval_call(id_, env_));
      case Op::kNew:
        return engine_.eval_new(id_, env_);
      case Op::kTagged:
        return engine_.eval_tagged(id_, env_);
      case Op::kConcat:
        return concat();
      case Op::kBinary:
        return binary();
      case Op::kUnary:
        return unary();
      case Op::kChoice:
        return choice();
      case Op::kList:
        return list();
      case Op::kMap:
        return map();
      case Op::kPair:
      case Op::kSpread:
      case Op::kKeyword:
        return eval(kid(ir_.count - 1));
      case Op::kCast:
        return cast();
      case Op::kFunction:
        return function();
      case Op::kEach:
        return comprehension();
      case Op::kAssign:
        return engine_.eval_assign(id_, env_);
      case Op::kElement:
        many();
        return text_value("<element>");
      case Op::kMany:
        return many();
      case Op::kSwitch:
      case Op::kIf:
      case Op::kBlock:
      case Op::kTry:
        return last_of_statements();
      default:
        engine_.exec(id_, env_);
        return nothing();
    }
  }

 private:
  IrId kid(std::size_t place) const { return module_.kid(id_, place); }
  ValuePtr eval(IrId id) { return engine_.eval(id, env_); }

  ValuePtr constant() {
    ValuePtr& known = engine_.literals_[id_];
    if (known == nullptr) known = literal(ir_);
    return known;
  }

  // The last part of a path leads nowhere else.
  ValuePtr of_last_part(const ValuePtr& given) const {
    const bool last = !given->taints.empty() && is_last_part(module_, engine_.frame_.made, id_);
    return last ? cleared(given, kPathContext) : given;
  }

  ValuePtr last_of_statements() {
    engine_.frame_.last = nullptr;
    engine_.exec(id_, env_);
    return engine_.frame_.last == nullptr ? nothing() : engine_.frame_.last;
  }

  ValuePtr concat() {
    ValuePtr whole = text_value("");
    for (std::size_t i = 0; i < ir_.count; ++i) {
      const ValuePtr part = engine_.as_text(eval(kid(i)), env_);
      whole = concatenation(whole, engine_.flat(part, env_), Build::kInterpolation);
    }
    return whole;
  }

  // Long sums lean to the left: go down without recursion.
  ValuePtr binary() {
    std::vector<IrId> chain{id_};
    IrId left = kid(0);
    while (module_.at(left).op == Op::kBinary && chain.size() < 2'000) {
      chain.push_back(left);
      left = module_.kid(left, 0);
    }
    ValuePtr value = eval(left);
    for (; !chain.empty(); chain.pop_back()) {
      const IrId here = chain.back();
      const std::string_view op = module_.at(here).text;
      if (one_of(op, "|| or ?? ?: && and")) {
        value = either_or_both(value, here);
        continue;
      }
      value = engine_.binary(op, value, eval(module_.kid(here, 1)), env_);
      const bool appends = op == "<<" && grammar_ == Grammar::kRuby && module_.at(left).op == Op::kName;
      if (appends && value->box == 0 && value->text)
        engine_.bind(module_.at(left).text, value, module_.at(here).begin, env_);
    }
    return value;
  }

  // "a || b", "a && b": the right side runs only where the left does not decide.
  ValuePtr either_or_both(const ValuePtr& left, IrId here) {
    const bool both = one_of(module_.at(here).text, "&& and");
    const auto known = engine_.truth(*left, env_);
    Env own = engine_.copy(env_);
    if (!known) engine_.refine(module_.kid(here, 0), both, own);
    const ValuePtr right = engine_.eval(module_.kid(here, 1), own);
    env_.boxes.add_missing(own.boxes);
    if (known) return *known == both ? right : left;
    if (both && grammar_ != Grammar::kRuby)  // else it is the left, which is empty
      return right->constant() ? join(nothing(), right) : right;
    const Ir& other = module_.at(module_.kid(here, 1));
    const bool none = !both && other.op == Op::kList && other.count == 0 && left->box == 0 &&
                      std::ranges::any_of(left->taints, [](const Taint& t) { return t.level == Level::kSource; });
    return none ? left : join(left, right);  // of "req.query.ids || []" only the data says something
  }

  ValuePtr unary() {
    const IrId place = kid(0);
    const ValuePtr value = eval(place);
    const bool of_index = module_.at(place).op == Op::kIndex && module_.kid(place, 1) != kNoIr;
    if (ir_.text == "del" && of_index) return remove_element(place);
    if (ir_.text == "delete" && module_.at(place).op == Op::kField && is_script(grammar_)) return remove_member(place);
    if (one_of(ir_.text, "! not")) {
      const auto known = engine_.truth(*value, env_);
      return known ? bool_value(!*known) : nothing();
    }
    if (ir_.text == "<-") return engine_.received(place, value, env_);
    if (ir_.text == "-" && value->number) return number_value(-*value->number);
    if (grammar_ == Grammar::kRuby && value->text) return value;  // +"": a text that may change
    return one_of(ir_.text, "- + ~ typeof void") ? some_number() : value;
  }

  // "del x[i]" does what "x.pop(i)" does.
  ValuePtr remove_element(IrId place) {
    Call pop;
    pop.ir = id_;
    pop.callee = place;
    pop.name = "pop";
    pop.receiver = eval(module_.kid(place, 0));
    pop.arguments.push_back({{}, eval(module_.kid(place, 1)), module_.kid(place, 1)});
    engine_.box_method(pop, env_);
    return nothing();
  }

  ValuePtr remove_member(IrId place) {
    const ValuePtr object = eval(module_.kid(place, 0));
    Box* box = object->box == 0 ? nullptr : engine_.writable(object->box, env_);
    if (box != nullptr && box->rest == nullptr) box->items.erase(std::string(module_.at(place).text));
    return nothing();
  }

  ValuePtr choice() {
    const auto known = engine_.truth(*eval(kid(0)), env_);
    if (known) return eval(kid(*known ? 1 : 2));
    Env own = engine_.copy(env_);
    engine_.refine(kid(0), true, own);
    const ValuePtr first = engine_.eval(kid(1), own);
    Env other = engine_.copy(env_);
    engine_.refine(kid(0), false, other);
    const ValuePtr second = engine_.eval(kid(2), other);
    env_.boxes.add_missing(own.boxes);
    env_.boxes.add_missing(other.boxes);
    return join(first, second);
  }

  // [a, ...more]: what is spread lies among the others.
  ValuePtr list() {
    std::vector<ValuePtr> values;
    for (std::size_t i = 0; i < ir_.count; ++i) {
      const ValuePtr value = eval(kid(i));
      const Box* box = module_.at(kid(i)).op == Op::kSpread ? engine_.box_of(*value, env_) : nullptr;
      const bool listed = box != nullptr && box->rest == nullptr && box->items.empty() && !box->list.empty();
      if (listed)
        values.insert(values.end(), box->list.begin(), box->list.end());
      else
        values.push_back(box != nullptr && box->rest != nullptr ? engine_.element(value, env_) : value);
    }
    engine_.check_rack(values, id_, env_);
    return engine_.list_value(std::move(values), env_);
  }

  ValuePtr map() {
    Box box;
    for (std::size_t i = 0; i < ir_.count; ++i) {
      const IrId part = kid(i);
      const Op op = module_.at(part).op;
      if (op == Op::kPair)
        add_pair(box, part);
      else if (op == Op::kFunction)
        box.items[std::string(module_.at(part).text)] = eval(part);
      else if (grammar_ == Grammar::kPhp && op != Op::kSpread)
        box.list.push_back(eval(part));  // ['post/view', 'id' => $id]
      else
        engine_.spread_into(box, *eval(part), env_);
    }
    engine_.note_route(box, env_);
    return engine_.new_box(env_, std::move(box));
  }

  void add_pair(Box& box, IrId pair) {
    const ValuePtr key = eval(module_.kid(pair, 0));
    const ValuePtr value = eval(module_.kid(pair, 1));
    if (key->constant() && (key->text || key->number))
      box.items[key->text ? *key->text : std::to_string(*key->number)] = value;
    else
      widen(box.rest, value);
  }

  ValuePtr cast() {
    const std::string_view type = ir_.text;
    const ValuePtr value = eval(kid(0));
    if (engine_.is_safe(type) || type == "integer") return cleared(value, kAllContexts);
    if (grammar_ == Grammar::kPhp && type == "string" && value->box != 0) return engine_.as_text(value, env_);
    if (value->taints.empty() && value->path.empty()) return value;
    Value typed = *value;
    if (is_type_name(short_type(type)) && !one_of(type, "String Object")) typed.type = short_type(type);
    return std::make_shared<const Value>(std::move(typed));
  }

  ValuePtr function() {
    const std::size_t index = ir_.info;
    const Function& function = module_.functions[index];
    if (engine_.frame_.function != nullptr || function.name.empty()) engine_.captured_[index] = engine_.copy(env_);
    Value value;
    value.kind = Kind::kFunction;
    value.function = static_cast<int>(index);
    ValuePtr made = std::make_shared<const Value>(std::move(value));
    // Methods are called by way of their object only.
    if (!ir_.text.empty() && function.owner.empty()) env_.names[ir_.text] = made;
    return made;
  }

  ValuePtr many() {
    std::vector<Taint> taints;
    for (std::size_t i = 0; i < ir_.count; ++i)
      add_taints(taints, eval(kid(i))->taints);
    return derived(taints);
  }

  // [f(x) for x in list]
  ValuePtr comprehension() {
    Env own = engine_.copy(env_);
    const ValuePtr first = engine_.eval(kid(1), own);
    const bool plain = ir_.count == 3 && module_.at(kid(2)).op != Op::kChoice;
    const Box* box = engine_.box_of(*first, own);
    if (plain && is_listed(box) && !box->list.empty() && box->list.size() <= kMaxEach)
      return each_by_itself(std::vector(box->list), own);
    for (std::size_t i = 0; i + 1 < ir_.count; i += 2) {
      const IrId target = kid(i);
      const IrId over = kid(i + 1);
      const ValuePtr source = i == 0 ? first : engine_.eval(over, own);
      engine_.assign(target, engine_.turn_of(over, source, own), own);
      const bool pairs = module_.at(target).count == 2 && module_.at(over).op == Op::kCall;
      const Box* map = pairs ? engine_.box_of(*source, own) : nullptr;
      if (const ValuePtr names = map == nullptr ? nullptr : map->names; names != nullptr)  // "for k, v in map.items()"
        engine_.assign(module_.kid(target, 0), names, own);
    }
    const IrId last = kid(ir_.count - 1);
    const ValuePtr item = engine_.eval(last, own);
    env_.boxes.add_missing(own.boxes);
    Box made;
    made.rest = item;
    made.names = names_made(last, own);
    return engine_.new_box(env_, std::move(made));
  }

  ValuePtr each_by_itself(const std::vector<ValuePtr>& parts, Env& own) {
    const IrId each = kid(2);
    const bool pairs = module_.at(each).op == Op::kPair;
    std::vector<ValuePtr> made;
    const ValuePtr map = pairs ? engine_.new_box(own, Box()) : nullptr;
    for (const ValuePtr& part : parts) {
      engine_.assign(kid(0), part, own);
      if (pairs)
        engine_.put(map, engine_.eval(module_.kid(each, 0), own), engine_.eval(module_.kid(each, 1), own), own);
      else
        made.push_back(engine_.eval(each, own));
    }
    env_.boxes.add_missing(own.boxes);
    return pairs ? map : engine_.list_value(std::move(made), env_);
  }

  // Python: the keys of "{k: v for k, v in given.items() if k in ALLOWED}"; null for what is no map.
  ValuePtr names_made(IrId made, const Env& env) {
    IrId pair = made;
    while (module_.at(pair).op == Op::kChoice)
      pair = module_.kid(pair, 1);
    if (grammar_ != Grammar::kPython || module_.at(pair).op != Op::kPair) return nullptr;
    Env own = engine_.copy(env);
    for (; module_.at(made).op == Op::kChoice; made = module_.kid(made, 1))
      engine_.refine(module_.kid(made, 0), true, own);
    return engine_.eval(module_.kid(pair, 0), own);
  }

  const IrId id_;
  const Ir& ir_;
};

ValuePtr Engine::eval_node(IrId id, Env& env) {
  return Evaluation(*this, id, env).value();
}

}  // namespace commandcenter::code::dataflow
