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

ValuePtr some_number() {
  Value number;
  number.kind = Kind::kNumber;
  return std::make_shared<const Value>(std::move(number));
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

ValuePtr Engine::binary(std::string_view op, const ValuePtr& left, const ValuePtr& right, Env& env) {
  if (is_comparison(op)) {
    if (!left->taints.empty() || !right->taints.empty()) return nothing();
    if (left->number && right->number) {
      const std::int64_t a = *left->number;
      const std::int64_t b = *right->number;
      const auto known = compared(op, a < b ? -1 : a > b ? 1 : 0);
      return known ? bool_value(*known) : nothing();
    }
    if (left->text && right->text && left->constant() && right->constant()) {
      if (op == "in") return bool_value(right->text->find(*left->text) != std::string::npos);
      if (op == "not in") return bool_value(right->text->find(*left->text) == std::string::npos);
      const auto known = compared(op, left->text->compare(*right->text));
      return known ? bool_value(*known) : nothing();
    }
    if (const bool nulls = left->kind == Kind::kNull || right->kind == Kind::kNull;
        nulls && left->constant() && right->constant() && module_.grammar != Grammar::kPhp) {
      const auto known = compared(op, left->kind == right->kind ? 0 : 1);
      return known && one_of(op, "== === is != !==") ? bool_value(*known) : nothing();
    }
    if (op == "in" || op == "not in") {
      const Box* box = box_of(*right, env);
      if (box == nullptr || box->open || box->rest != nullptr || !left->text || !left->constant()) return nothing();
      bool inside = box->items.contains(*left->text);
      for (const ValuePtr& item : box->list) {
        if (!item->constant()) return nothing();
        inside = inside || item->text == left->text;
      }
      return bool_value(inside == (op == "in"));
    }
    return nothing();
  }
  if (left->number && right->number && left->kind == Kind::kNumber && right->kind == Kind::kNumber) {
    const auto number = arithmetic(op, *left->number, *right->number);
    return number ? number_value(*number) : some_number();
  }
  if (op == "%" && is_text(*left)) {
    const Box* box = box_of(*right, env);
    std::vector<ValuePtr> values{right};
    if (box != nullptr) {
      values = box->list;
      for (const auto& [key, value] : box->items)
        values.push_back(value);
      if (box->rest != nullptr) values.push_back(box->rest);
    }
    return format(*left, values, true, env, box == nullptr ? nullptr : &box->items);
  }
  if (op == "<<") {
    put(left, nothing(), right, env);
    if (box_of(*left, env) != nullptr) return left;
    return concatenation(left, right, Build::kConcatenation);
  }
  if (op == "+" && module_.grammar == Grammar::kPhp && left->box == 0 && right->box == 0) return some_number();
  if (op == "+" || op == "." || op == "..") {
    if (left->kind == Kind::kNumber && right->kind == Kind::kNumber) return some_number();
    const Box* first = box_of(*left, env);
    if (first != nullptr && first->built == nullptr && !is_text(*right)) {  // lists put together
      Box box = *first;
      if (const Box* second = box_of(*right, env)) {
        box.list.insert(box.list.end(), second->list.begin(), second->list.end());
        if (second->rest != nullptr) box.rest = box.rest == nullptr ? second->rest : join(box.rest, second->rest);
      } else if (!right->taints.empty()) {
        box.rest = box.rest == nullptr ? right : join(box.rest, right);
      }
      return new_box(env, std::move(box));
    }
    return concatenation(flat(left, env), flat(right, env), Build::kConcatenation);
  }
  if (const Box* list = op == "*" && left->box != 0 ? box_of(*left, env) : nullptr;
      list != nullptr && !list->list.empty() && list->items.empty()) {  // once more: a place may hold any
    Box box;
    box.rest = all_of(*list);
    return new_box(env, std::move(box));
  }
  if (op == "*" && (left->box != 0 || is_text(*left))) return left;
  if (op == "/" && !left->path.empty()) {  // pathlib
    std::vector<Taint> taints = left->taints;
    add_taints(taints, right->taints);
    if (module_.grammar != Grammar::kPython) return derived(taints);
    Value joined;
    joined.taints = std::move(taints);
    joined.path = "pathlib.Path()";
    return std::make_shared<const Value>(std::move(joined));
  }
  const bool script = module_.grammar == Grammar::kJavaScript || module_.grammar == Grammar::kTypeScript ||
                      module_.grammar == Grammar::kTsx;
  if (op == "|" && !script && is_name(*left) && is_name(*right)) {  // LIBXML_NOENT | LIBXML_DTDLOAD
    Value both;
    both.path = left->path + "|" + right->path;
    return std::make_shared<const Value>(std::move(both));
  }
  if (op == "|" && module_.grammar == Grammar::kPython && (left->box != 0 || right->box != 0)) {  // of maps
    const Box* first = box_of(*left, env);
    const Box* second = box_of(*right, env);
    if ((first == nullptr || first->list.empty()) && (second == nullptr || second->list.empty())) {
      Box box;
      spread_into(box, *left, env);
      spread_into(box, *right, env);
      return new_box(env, std::move(box));
    }
  }
  if ((op == "|" && !script) || op == "??" || op == "?:") return join(left, right);
  return some_number();
}

// What "{0[key].name}" asks for.
ValuePtr Engine::inside_of(ValuePtr value, std::string_view way, const Env& env) const {
  while (!way.empty() && (way.front() == '[' || way.front() == '.')) {
    const bool key = way.front() == '[';
    way.remove_prefix(1);
    const std::size_t end = std::min(way.find_first_of(key ? "]" : ".["), way.size());
    const std::string_view name = way.substr(0, end);
    std::int64_t number = 0;
    const bool numbered =
        std::from_chars(name.data(), name.data() + name.size(), number).ptr == name.data() + name.size();
    value = at_key(value, numbered ? number_value(number) : text_value(std::string(name)), env);
    way.remove_prefix(std::min(end + (key ? 1 : 0), way.size()));
  }
  return value;
}

// "%s %d" or "{} {0} {name}"; what is written as a number is one.
ValuePtr Engine::format(const Value& pattern, const std::vector<ValuePtr>& values, bool percent, const Env& env,
                        const Named* names) const {
  const std::string text = pattern.text.value_or(std::string(1, kHole));
  ValuePtr whole = text_value("");
  std::string plain;
  std::size_t next = 0;
  const auto add = [&](bool number, std::string_view name, std::string_view way = {}) {
    whole = concatenation(whole, text_value(plain), Build::kFormatting);
    plain.clear();
    const bool known = names != nullptr && names->contains(name);
    ValuePtr value = known                  ? names->find(name)->second
                     : next < values.size() ? values[next]
                     : values.empty()       ? nothing()
                                            : values.back();
    next += known ? 0 : 1;
    if (number) value = some_number();
    if (!way.empty()) value = flat(inside_of(value, way, env), env);
    Value hole = *value;
    if (!hole.text && !hole.number) hole.kind = Kind::kUnknown;
    whole = concatenation(whole, std::make_shared<const Value>(std::move(hole)), Build::kFormatting);
  };
  bool marks = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (percent && c == '%' && i + 1 < text.size()) {
      std::size_t at = i + 1;
      if (text[at] == '%') {
        plain.push_back('%');
        i = at;
        continue;
      }
      std::string_view name;
      if (text[at] == '(') {
        const std::size_t close = std::min(text.find(')', at), text.size() - 1);
        name = std::string_view(text).substr(at + 1, close - at - 1);
        at = close + 1;
      }
      std::size_t place = 0;  // "%2$s"
      if (const auto read = std::from_chars(text.data() + at, text.data() + text.size(), place);
          read.ec == std::errc() && read.ptr != text.data() + text.size() && *read.ptr == '$' && place > 0)
        next = std::min(place - 1, values.size());
      if (at < text.size() && text[at] == '<') at = std::min(text.find('>', at), text.size() - 1) + 1;
      while (at < text.size() && std::string_view("0123456789.$-+# l").find(text[at]) != std::string_view::npos)
        ++at;
      if (at >= text.size()) break;
      const bool number = std::string_view("dixXufeEgGcbo").find(text[at]) != std::string_view::npos;
      if (!number && std::string_view("sSrvqpTn@").find(text[at]) == std::string_view::npos) {
        plain.push_back('%');
        continue;
      }
      marks = true;
      add(number, name);
      i = at;
    } else if (!percent && c == '{' && i + 1 < text.size()) {
      if (text[i + 1] == '{') {
        plain.push_back('{');
        ++i;
        continue;
      }
      const std::size_t close = text.find('}', i);
      if (close == std::string::npos) break;
      std::size_t index = 0;
      const auto parsed = std::from_chars(text.data() + i + 1, text.data() + close, index);
      if (parsed.ec == std::errc() && index < values.size()) next = index;
      marks = true;
      const std::string_view inside = std::string_view(text).substr(i + 1, close - i - 1);
      const std::size_t end = std::min(inside.find_first_of(".[:!"), inside.size());
      add(false, inside.substr(0, end), inside.substr(end, inside.find_first_of(":!") - end));
      i = close;
    } else {
      plain.push_back(c);
    }
  }
  whole = concatenation(whole, text_value(plain), Build::kFormatting);
  Value result = *whole;
  add_taints(result.taints, pattern.taints);
  if (!marks) {
    for (const ValuePtr& value : values) {
      if (!pattern.constant()) add_taints(result.taints, value->taints);
    }
  }
  return std::make_shared<const Value>(std::move(result));
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
