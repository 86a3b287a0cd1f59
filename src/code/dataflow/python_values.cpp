// Python: what its own functions give of texts, maps and lists of which something is known; which case of a "match"
// such a value fits.
#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr int kMaxPattern_depth = 8;
constexpr std::string_view kItemOf = "itemgetter:";  // paths no import has
constexpr std::string_view kMemberOf = "attrgetter:";

ValuePtr cut_out(const Value& text, std::size_t from, std::size_t size) {
  std::string cut = text.text->substr(from, size);
  if (cut.find(kHole) == std::string::npos) return text_value(std::move(cut));
  Value value = text;  // all holes are in this part
  value.text = std::move(cut);
  return std::make_shared<const Value>(std::move(value));
}

bool has_all_holes(std::string_view text, std::size_t from, std::size_t size) {
  const std::size_t first = text.find(kHole);
  const std::size_t last = text.rfind(kHole);
  return first == std::string_view::npos || (first >= from && last < from + size);
}

// "name=\x01".partition("="), "\x01|end".rsplit("|", 1): where the sign is known to be the first or the last.
std::vector<ValuePtr> parted(const Call& call) {
  const Argument* sign = call.positional(0);
  const Argument* times = call.positional(1);
  if (sign == nullptr || !sign->value->text || !sign->value->constant() || sign->value->text->empty()) return {};
  const bool keeps = one_of(call.name, "partition rpartition");
  if (!keeps && (times == nullptr || times->value->number != 1)) return {};
  const std::string& text = *call.receiver->text;
  const bool front = one_of(call.name, "partition split");
  const std::size_t at = front ? text.find(*sign->value->text) : text.rfind(*sign->value->text);
  if (at == std::string::npos) return {};
  const std::size_t behind = at + sign->value->text->size();
  const bool known = front ? has_all_holes(text, behind, text.size()) : has_all_holes(text, 0, at);
  if (!known) return {};
  std::vector<ValuePtr> parts{cut_out(*call.receiver, 0, at)};
  if (keeps) parts.push_back(sign->value);
  parts.push_back(cut_out(*call.receiver, behind, std::string::npos));
  return parts;
}

}  // namespace

// ChainMap(a, b), where a name is looked for in the first, then in the second; "pair._replace(second=x)" of a named
// tuple, which has its members by their names and by their places. Null where a map is not known.
ValuePtr Engine::changed_map(const Call& call, Env& env) {
  if (call.name == "ChainMap") {
    Box whole;
    for (std::size_t i = call.arguments.size(); i > 0; --i) {
      const Box* map = box_of(*call.arguments[i - 1].value, env);
      if (map == nullptr || map->rest != nullptr || map->open || !map->list.empty()) return nullptr;
      spread_into(whole, *call.arguments[i - 1].value, env);
    }
    return new_box(env, std::move(whole));
  }
  const Box* box = box_of(*call.receiver, env);
  if (box == nullptr || box->rest != nullptr || box->items.empty()) return nullptr;
  Box changed = *box;
  for (const Argument& argument : call.arguments) {
    const auto member = changed.items.find(argument.name);
    if (member == changed.items.end()) return nullptr;
    std::ranges::replace(changed.list, member->second, argument.value);
    member->second = argument.value;
  }
  return new_box(env, std::move(changed), call.receiver->type);
}

namespace {

ValuePtr getter_of(std::string_view kind, const Call& call) {
  const Value& key = *call.arguments[0].value;
  if (call.arguments.size() != 1 || !key.constant() || !(key.text || key.number)) return nullptr;
  Value made;
  made.path = std::string(kind) + (key.text ? *key.text : std::to_string(*key.number));
  return std::make_shared<const Value>(std::move(made));
}

}  // namespace

// map.values(), map.popitem(): its keys stand in the program. Null where that is not known.
ValuePtr Engine::parts_of_map(const Call& call, Env& env) {
  if (call.receiver == nullptr || !one_of(call.name, "values popitem")) return nullptr;
  const Box* box = box_of(*call.receiver, env);
  if (box == nullptr || box->items.empty() || !box->list.empty() || box->open) return nullptr;
  const ValuePtr any = element(call.receiver, env);
  if (call.name == "popitem") return list_value({nothing(), any}, env);
  Box values;
  (box->items.size() == 1 && box->rest == nullptr ? values.list.emplace_back() : values.rest) = any;
  return new_box(env, std::move(values));
}

// null: nothing is known of the call.
ValuePtr Engine::known_of_python(const Call& call, Env& env) {
  if (call.arguments.empty()) return parts_of_map(call, env);
  const ValuePtr& first = call.arguments[0].value;
  if (call.name == "group" && call.receiver != nullptr && module_.at(call.callee).op == Op::kField &&
      is_group_narrow(module_.kid(call.callee, 0), *first, env))
    return nothing();
  if (call.receiver != nullptr && call.receiver->path.empty()) {
    if (call.receiver->text && one_of(call.name, "partition rpartition rsplit split")) {
      std::vector<ValuePtr> parts = parted(call);
      return parts.empty() ? nullptr : list_value(std::move(parts), env);
    }
    return call.name == "_replace" && call.receiver->box != 0 ? changed_map(call, env) : nullptr;
  }
  if (one_of(call.path, "collections.ChainMap ChainMap")) return changed_map(call, env);
  if (one_of(call.path, "operator.itemgetter itemgetter")) return getter_of(kItemOf, call);
  if (one_of(call.path, "operator.attrgetter attrgetter")) return getter_of(kMemberOf, call);
  if (call.path.starts_with(kItemOf)) {
    const std::string_view key = std::string_view(call.path).substr(kItemOf.size());
    std::int64_t number = 0;
    const bool numbered = std::from_chars(key.data(), key.data() + key.size(), number).ptr == key.data() + key.size();
    return at_key(first, numbered ? number_value(number) : text_value(std::string(key)), env);
  }
  if (call.path.starts_with(kMemberOf))
    return member(first, std::string_view(call.path).substr(kMemberOf.size()), call.ir, env);
  if (call.path == "getattr" && call.arguments.size() > 1 && first->box != 0) {
    const Value& name = *call.arguments[1].value;
    const Box* box = name.text && name.constant() ? box_of(*first, env) : nullptr;
    const auto held = box == nullptr ? std::nullopt : std::optional(box->items.find(*name.text));
    return held && *held != box->items.end() ? (*held)->second : nullptr;
  }
  if (call.path == "shlex.split" && call.receiver != nullptr) {  // the program is the first, when that is known
    Call words = call;
    words.name = "split";
    words.receiver = first;
    words.arguments.clear();
    if (const ValuePtr parts = first->text ? parts_of(words, env) : nullptr; parts != nullptr) return parts;
    Box box;
    box.rest = derived(reach(first, env));
    return box.rest->taints.empty() ? nullptr : new_box(env, std::move(box));
  }
  if (call.path == "dict" && call.arguments.size() == 1) {
    const IrId from = call.arguments[0].ir;  // dict([("a", x)]), dict(zip(names, values))
    const bool zips = module_.at(from).op == Op::kCall && module_.at(from).count == 3 &&
                      module_.at(module_.kid(from, 0)).text == "zip";
    if (!zips) return map_of_pairs(first, {}, env);
    const ValuePtr names = eval(module_.kid(from, 1), env);
    const ValuePtr values = eval(module_.kid(from, 2), env);
    const Box* keys = box_of(*names, env);
    const Box* held = box_of(*values, env);
    if (!is_listed(keys) || !is_listed(held) || keys->list.size() != held->list.size()) return nullptr;
    const std::vector<ValuePtr> left = keys->list;
    const std::vector<ValuePtr> right = held->list;
    std::vector<ValuePtr> pairs;
    for (std::size_t i = 0; i < left.size(); ++i)
      pairs.push_back(list_value({left[i], right[i]}, env));
    return map_of_pairs(list_value(std::move(pairs), env), {}, env);
  }
  if (one_of(call.path, "dataclasses.asdict asdict attr.asdict")) {
    const Box* members = box_of(*first, env);
    return members == nullptr || members->rest != nullptr ? nullptr : new_box(env, Box(*members));
  }
  if (one_of(call.path, "functools.reduce reduce") && call.arguments.size() > 1)
    return gathered(*call.arguments[1].value, first, call.arguments.size() > 2 ? call.arguments[2].value : nullptr,
                    env);
  if (one_of(call.path, "json.loads simplejson.loads") && call.arguments.size() == 1) {  // json.loads(json.dumps(map))
    const IrId text = call.arguments[0].ir;
    const bool both = text != kNoIr && module_.at(text).op == Op::kCall &&
                      one_of(spelled(module_.kid(text, 0)), "json.dumps simplejson.dumps");
    return both ? copied(eval(module_.kid(text, 1), env), env) : nullptr;
  }
  return nullptr;
}

// ConfigParser: read_dict({section: {option: value}}).
bool Engine::take_sections(const Call& call, Box& box, const Env& env) const {
  const Box* sections = call.arguments.empty() ? nullptr : box_of(*call.arguments[0].value, env);
  if (sections == nullptr || sections->rest != nullptr || sections->open) return false;
  std::size_t count = box.items.size();
  for (const auto& [section, held] : sections->items) {
    const Box* options = box_of(*held, env);
    if (options == nullptr || options->rest != nullptr || options->open) return false;
    count += options->items.size() + 1;
  }
  if (count > kMaxBox_items) return false;
  for (const auto& [section, held] : sections->items) {
    box.items[section] = held;
    for (const auto& [option, value] : box_of(*held, env)->items)
      box.items[section + "\x02" + option] = value;
  }
  return true;
}

// Whether a value fits a pattern of a case; nothing: that is not known.
std::optional<bool> Engine::fits(IrId pattern, const ValuePtr& value, Env& env, int depth) {
  const Ir& ir = module_.at(pattern);
  if (depth > kMaxPattern_depth) return std::nullopt;
  if (ir.op == Op::kName) return true;  // takes anything
  const Box* box = box_of(*value, env);
  const bool known = box != nullptr && box->rest == nullptr && !box->open && box->built == nullptr;
  if (ir.op == Op::kText || ir.op == Op::kNumber) {
    if (known) return false;
    if (!value->constant() || !value->taints.empty()) return std::nullopt;
    const ValuePtr wanted = eval(pattern, env);
    return wanted->text == value->text && wanted->number == value->number;
  }
  if (!known || (ir.op != Op::kList && ir.op != Op::kMap)) return std::nullopt;
  std::optional<bool> all = true;
  const auto take = [&](std::optional<bool> one) {
    if (one == false) all = false;
    if (!one && all == true) all = std::nullopt;
  };
  if (ir.op == Op::kList) {
    const auto kids = module_.kids_of(pattern);
    const bool some = std::ranges::any_of(kids, [&](IrId kid) { return module_.at(kid).op == Op::kSpread; });
    if (!box->items.empty() || some) return std::nullopt;
    if (box->list.size() != kids.size()) return false;
    const std::vector<ValuePtr> parts = box->list;
    for (std::size_t i = 0; i < parts.size(); ++i)
      take(fits(module_.kid(pattern, i), parts[i], env, depth + 1));
    return all;
  }
  if (!value->type.empty() || !box->list.empty()) return std::nullopt;  // "Point(x=left)" is a map, too
  const auto items = box->items;
  for (std::size_t i = 0; i < ir.count; ++i) {
    const IrId pair = module_.kid(pattern, i);
    const ValuePtr key = module_.at(pair).op == Op::kPair ? eval(module_.kid(pair, 0), env) : nothing();
    if (!key->text || !key->constant()) return std::nullopt;
    const auto held = items.find(*key->text);
    take(held == items.end() ? false : fits(module_.kid(pair, 1), held->second, env, depth + 1));
  }
  return all;
}

// The cases of a "match" that do not run, as the value does not fit them or fits one before; empty: any may run.
// `has_default`: one of them runs.
std::vector<bool> Engine::cases_left_out(IrId id, const ValuePtr& value, bool& has_default, Env& env) {
  if (module_.grammar != Grammar::kPython || value->box == 0) return {};
  const auto fits_case = [&](IrId branch) {
    const auto fit = module_.at(branch).info == 1 ? fits(module_.kid(branch, 0), value, env, 0) : std::nullopt;
    const IrId body = module_.kid(branch, 1);
    const std::uint32_t end = module_.at(module_.kid(branch, 0)).end;
    const std::uint32_t begin = module_.at(module_.kid(body, 0)).begin;
    if (fit != true || begin <= end || begin > text_here().size()) return fit == true ? std::nullopt : fit;
    const bool asks_more = text_here().substr(end, begin - end).find(':') == std::string_view::npos;  // behind an "if"
    return asks_more ? std::nullopt : fit;
  };
  std::vector<bool> left_out(module_.at(id).count, false);
  bool found = false;
  for (std::size_t i = 1; i < left_out.size(); ++i) {
    const auto fit = found ? std::optional(false) : fits_case(module_.kid(id, i));
    left_out[i] = fit == false;
    found = found || fit == true;
  }
  has_default = has_default || found;
  return left_out;
}

}  // namespace commandcenter::code::dataflow
