// Constants and texts: what comes out of operators and of methods of strings.
#include <algorithm>
#include <array>
#include <charconv>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

std::optional<std::int64_t> arithmetic(std::string_view op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (op == "+") return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  if (op == "-") return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  if (op == "*") return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
  if (op == "/" || op == "//") return b == 0 || b == -1 ? std::nullopt : std::optional(a / b);
  if (op == "**") {
    std::int64_t power = 1;
    for (std::int64_t i = 0; i < b; ++i)
      if (i == 63 || __builtin_mul_overflow(power, a, &power)) return std::nullopt;
    return b < 0 ? std::nullopt : std::optional(power);
  }
  const bool shifts = a >= 0 && b >= 0 && b < 32 && a < (std::int64_t{1} << 31);
  if (op == "<<") return shifts ? std::optional(a << b) : std::nullopt;
  if (op == ">>" || op == ">>>") return shifts ? std::optional(a >> b) : std::nullopt;
  if (op == "&") return a & b;
  if (op == "|") return a | b;
  if (op == "^") return a ^ b;
  if (op == "%") return b == 0 || b == -1 ? std::nullopt : std::optional(a % b);
  return std::nullopt;
}

std::optional<bool> compared(std::string_view op, int order) {
  if (op == "==" || op == "===" || op == "is") return order == 0;
  if (op == "!=" || op == "!==" || op == "<>" || op == "is not") return order != 0;
  if (op == "<") return order < 0;
  if (op == ">") return order > 0;
  if (op == "<=") return order <= 0;
  if (op == ">=") return order >= 0;
  return std::nullopt;
}

bool is_comparison(std::string_view op) {
  constexpr auto kSigns = std::to_array<std::string_view>({"==", "!=", "===", "!==", "<", ">", "<=", ">=", "<>", "in",
                                                           "not in", "is", "is not", "instanceof", "=~", "!~", "<=>"});
  return std::ranges::find(kSigns, op) != kSigns.end();
}

constexpr std::size_t kMaxParts = 100;

// Of which nothing but its name is known.
bool is_name(const Value& value) {
  return !value.path.empty() && value.taints.empty() && value.box == 0 && value.function < 0 && !value.text &&
         !value.number;
}

bool is_text(const Value& value) {
  return value.kind == Kind::kText || value.text.has_value();
}

}  // namespace

std::optional<bool> Engine::truth(const Value& value, const Env& env) const {
  if (value.kind == Kind::kNull) return false;
  if (value.number) return *value.number != 0;
  if (value.text && value.constant()) return !value.text->empty();
  if (const Box* box = box_of(value, env); box != nullptr && !box->open && box->rest == nullptr &&
                                           module_.grammar == Grammar::kPython && box->built == nullptr)
    return !box->items.empty() || !box->list.empty();
  return std::nullopt;
}

// One operator between two values. Parts that do not know it give null.
class Engine::Operation : private Part {
 public:
  Operation(Engine& engine, std::string_view op, const ValuePtr& left, const ValuePtr& right, Env& env)
      : Part(engine, env), op_(op), left_(left), right_(right) {}

  ValuePtr result() {
    if (is_comparison(op_)) return comparison();
    if (left_->number && right_->number && left_->kind == Kind::kNumber && right_->kind == Kind::kNumber) {
      const auto number = arithmetic(op_, *left_->number, *right_->number);
      return number ? number_value(*number) : some_number();
    }
    ValuePtr known;
    if (op_ == "%")
      known = filled_pattern();
    else if (op_ == "<<")
      known = appended();
    else if (op_ == "+" || op_ == "." || op_ == "..")
      known = sum();
    else if (op_ == "*")
      known = repetition();
    else if (op_ == "/")
      known = joined_path();
    else if (op_ == "|")
      known = is_script(grammar_) ? nullptr : union_of();
    else if (op_ == "??" || op_ == "?:")
      known = join(left_, right_);
    return known == nullptr ? some_number() : known;
  }

 private:
  ValuePtr comparison() const {
    if (!left_->taints.empty() || !right_->taints.empty()) return nothing();
    if (left_->number && right_->number) {
      const std::int64_t a = *left_->number;
      const std::int64_t b = *right_->number;
      return outcome(compared(op_, a < b ? -1 : a > b ? 1 : 0));
    }
    const bool in = op_ == "in";
    const bool constants = left_->constant() && right_->constant();
    if (left_->text && right_->text && constants) {
      if (in || op_ == "not in") return bool_value((right_->text->find(*left_->text) != std::string::npos) == in);
      return outcome(compared(op_, left_->text->compare(*right_->text)));
    }
    const bool nulls = left_->kind == Kind::kNull || right_->kind == Kind::kNull;
    if (nulls && constants && grammar_ != Grammar::kPhp) {
      const auto known = compared(op_, left_->kind == right_->kind ? 0 : 1);
      return one_of(op_, "== === is != !==") ? outcome(known) : nothing();
    }
    return in || op_ == "not in" ? outcome(is_in_box(in)) : nothing();
  }

  static ValuePtr outcome(std::optional<bool> known) { return known ? bool_value(*known) : nothing(); }

  // `in`: the operator asks whether it is there, not whether it lacks.
  std::optional<bool> is_in_box(bool in) const {
    const Box* box = engine_.box_of(*right_, env_);
    if (box == nullptr || box->open || box->rest != nullptr || !left_->text || !left_->constant()) return std::nullopt;
    bool inside = box->items.contains(*left_->text);
    for (const ValuePtr& item : box->list) {
      if (!item->constant()) return std::nullopt;
      inside = inside || item->text == left_->text;
    }
    return inside == in;
  }

  // "… %s …" % values
  ValuePtr filled_pattern() const {
    if (!is_text(*left_)) return nullptr;
    const Box* box = engine_.box_of(*right_, env_);
    if (box == nullptr) return engine_.format(*left_, {right_}, true, env_, nullptr);
    std::vector<ValuePtr> values = box->list;
    for (const auto& [key, value] : box->items)
      values.push_back(value);
    if (box->rest != nullptr) values.push_back(box->rest);
    return engine_.format(*left_, values, true, env_, &box->items);
  }

  // list << value
  ValuePtr appended() {
    engine_.put(left_, nothing(), right_, env_);
    if (engine_.box_of(*left_, env_) != nullptr) return left_;
    return concatenation(left_, right_, Build::kConcatenation);
  }

  ValuePtr sum() {
    if (op_ == "+" && grammar_ == Grammar::kPhp && left_->box == 0 && right_->box == 0) return nullptr;
    if (left_->kind == Kind::kNumber && right_->kind == Kind::kNumber) return nullptr;
    const Box* first = engine_.box_of(*left_, env_);
    if (first == nullptr || first->built != nullptr || is_text(*right_))
      return concatenation(engine_.flat(left_, env_), engine_.flat(right_, env_), Build::kConcatenation);
    Box box = *first;  // lists put together
    if (const Box* second = engine_.box_of(*right_, env_)) {
      box.list.insert(box.list.end(), second->list.begin(), second->list.end());
      if (second->rest != nullptr) widen(box.rest, second->rest);
    } else if (!right_->taints.empty()) {
      widen(box.rest, right_);
    }
    return engine_.new_box(env_, std::move(box));
  }

  // A list or a text, some times.
  ValuePtr repetition() {
    const Box* list = engine_.box_of(*left_, env_);
    if (list != nullptr && !list->list.empty() && list->items.empty()) {  // a place may hold any
      Box box;
      box.rest = engine_.all_of(*list);
      return engine_.new_box(env_, std::move(box));
    }
    return left_->box != 0 || is_text(*left_) ? left_ : nullptr;
  }

  // Path("a") / "b"
  ValuePtr joined_path() const {
    if (left_->path.empty()) return nullptr;
    std::vector<Taint> taints = left_->taints;
    add_taints(taints, right_->taints);
    if (grammar_ != Grammar::kPython) return derived(taints);
    Value joined;
    joined.taints = std::move(taints);
    joined.path = "pathlib.Path()";
    return std::make_shared<const Value>(std::move(joined));
  }

  // Of flags, of maps, of anything else.
  ValuePtr union_of() {
    if (is_name(*left_) && is_name(*right_)) {  // LIBXML_NOENT | LIBXML_DTDLOAD
      Value both;
      both.path = left_->path + "|" + right_->path;
      return std::make_shared<const Value>(std::move(both));
    }
    if (grammar_ == Grammar::kPython && (left_->box != 0 || right_->box != 0)) {
      const Box* first = engine_.box_of(*left_, env_);
      const Box* second = engine_.box_of(*right_, env_);
      if ((first == nullptr || first->list.empty()) && (second == nullptr || second->list.empty())) {
        Box box;
        engine_.spread_into(box, *left_, env_);
        engine_.spread_into(box, *right_, env_);
        return engine_.new_box(env_, std::move(box));
      }
    }
    return join(left_, right_);
  }

  const std::string_view op_;
  const ValuePtr& left_;
  const ValuePtr& right_;
};

ValuePtr Engine::binary(std::string_view op, const ValuePtr& left, const ValuePtr& right, Env& env) {
  return Operation(*this, op, left, right, env).result();
}

// "ls -l \x01".split(): what stands before the first hole is known; a hole may hold the separator.
ValuePtr Engine::parts_of(const Call& call, Env& env) {
  const Argument* first = call.positional(0);
  const bool spaces = first == nullptr || first->value->kind == Kind::kNull;
  if (!call.receiver->text || call.receiver->text->starts_with(kHole)) return nullptr;
  if (!spaces && (!first->value->text || !first->value->constant() || first->value->text->empty())) return nullptr;
  const std::string sign = spaces ? " " : *first->value->text;
  std::string_view rest = *call.receiver->text;
  std::vector<ValuePtr> parts;
  bool known = true;
  while (!rest.empty() && parts.size() < kMaxParts) {
    const std::size_t end = std::min(rest.find(sign), rest.size());
    const std::string_view part = rest.substr(0, end);
    known = known && part.find(kHole) == std::string_view::npos;
    if (!(spaces && part.empty()))
      parts.push_back(known ? text_value(std::string(part)) : derived(call.receiver->taints));
    rest.remove_prefix(std::min(end + sign.size(), rest.size()));
  }
  return list_value(std::move(parts), env);
}

// Methods of strings whose outcome matters: the rest keep what their receiver is tainted with.
ValuePtr Engine::text_method(const Call& call, Env& env) {
  const ValuePtr& text = call.receiver;
  const Argument* first = call.positional(0);
  if (text == nullptr || !is_text(*text)) return nullptr;
  const std::string_view name = call.name;
  if ((name == "concat" || name == "plus") && first != nullptr) {
    ValuePtr whole = text;
    for (const Argument& argument : call.arguments)
      whole = concatenation(whole, flat(argument.value, env), Build::kConcatenation);
    return whole;
  }
  if (name == "format" || name == "formatted") {
    std::vector<ValuePtr> values;
    Named names;
    for (const Argument& argument : call.arguments) {
      values.push_back(argument.value);
      if (!argument.name.empty()) names[std::string(argument.name)] = argument.value;
    }
    return format(*text, values, name == "formatted", env, &names);
  }
  if (const Box* map = name == "format_map" && first != nullptr ? box_of(*first->value, env) : nullptr)
    return format(*text, {}, false, env, &map->items);
  if (const ValuePtr filled = substituted(call, env); filled != nullptr) return filled;
  if (name == "split") return parts_of(call, env);
  if (name == "join" || name == "Join") {
    if (first == nullptr) return nullptr;
    const Box* box = box_of(*first->value, env);
    ValuePtr whole = text_value("");
    if (box != nullptr && box->rest == nullptr && !box->open) {
      for (std::size_t i = 0; i < box->list.size(); ++i) {
        if (i > 0) whole = concatenation(whole, text, Build::kConcatenation);
        whole = concatenation(whole, box->list[i], Build::kConcatenation);
      }
      return whole;
    }
    const ValuePtr item = box != nullptr && box->names != nullptr ? box->names : element(first->value, env);
    return concatenation(concatenation(item, text, Build::kConcatenation), item, Build::kConcatenation);
  }
  if (!text->constant() || !text->text) return nullptr;
  if ((name == "charAt" || name == "at") && first != nullptr && first->value->number) {
    const std::int64_t at = *first->value->number;
    if (at < 0 || static_cast<std::size_t>(at) >= text->text->size()) return text_value("");
    return text_value(text->text->substr(static_cast<std::size_t>(at), 1));
  }
  if (name == "length" || name == "size") return number_value(static_cast<std::int64_t>(text->text->size()));
  if ((name == "equals" || name == "contentEquals") && first != nullptr && first->value->constant())
    return binary("==", text, first->value, env);
  return nullptr;
}

}  // namespace commandcenter::code::dataflow
