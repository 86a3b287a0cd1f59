// Texts and lists of which something is known: their parts, what calls of constants give, templates that are filled;
// records that are looked up.
#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "code/dataflow/engine.h"
#include "code/dataflow/promises.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

// A text with holes is known from its beginning up to the first, and behind the last up to its end.
struct Known {
  std::int64_t front = 0;
  std::int64_t back = 0;
};

Known known_ends(std::string_view text) {
  const std::size_t first = text.find(kHole);
  if (first == std::string_view::npos)
    return {static_cast<std::int64_t>(text.size()), static_cast<std::int64_t>(text.size())};
  return {static_cast<std::int64_t>(first), static_cast<std::int64_t>(text.size() - text.rfind(kHole) - 1)};
}

// Where a place is, from the beginning; nothing when a hole lies before it.
std::optional<std::int64_t> place_in(std::string_view text, std::int64_t place) {
  const Known known = known_ends(text);
  const auto size = static_cast<std::int64_t>(text.size());
  if (known.front == size) return std::clamp(place < 0 ? place + size : place, std::int64_t{0}, size);
  if (place < 0) return -place <= known.back ? std::optional(size + place) : std::nullopt;
  return place <= known.front ? std::optional(place) : std::nullopt;
}

}  // namespace

// text[from:to]; null when the places are not known.
ValuePtr Engine::part_of_text(const Value& text, std::optional<std::int64_t> from, std::optional<std::int64_t> to) {
  if (!text.text) return nullptr;
  const std::string_view whole = *text.text;
  const auto begin = from ? place_in(whole, *from) : std::optional<std::int64_t>(0);
  const auto end = to ? place_in(whole, *to) : std::optional(static_cast<std::int64_t>(whole.size()));
  if (!begin || !end) return nullptr;
  const std::int64_t length = std::max(*end - *begin, std::int64_t{0});
  std::string part(whole.substr(static_cast<std::size_t>(*begin), static_cast<std::size_t>(length)));
  if (part.find(kHole) == std::string::npos) return text_value(std::move(part));
  Value value = text;  // the holes are the same: those that were cut off would have been known
  value.text = std::move(part);
  return std::make_shared<const Value>(std::move(value));
}

namespace {

ValuePtr number_or_null(const std::optional<std::size_t>& number) {
  return number ? number_value(static_cast<std::int64_t>(*number)) : nullptr;
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string upper(std::string text) {
  for (char& c : text)
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
  return text;
}

std::string stripped(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin));
}

// "abc".upper(), "abc".startswith("x"), and the same of other languages.
ValuePtr method_of_constant(const std::string& text, std::string_view name, const std::string* given) {
  if (given == nullptr) {
    if (one_of(name, "upper toUpperCase ToUpper upcase")) return text_value(upper(text));
    if (one_of(name, "lower toLowerCase ToLower downcase casefold")) return text_value(lower(text));
    if (one_of(name, "strip trim Trim")) return text_value(stripped(text));
    return nullptr;
  }
  if (one_of(name, "startswith startsWith StartsWith start_with?")) return bool_value(text.starts_with(*given));
  if (one_of(name, "endswith endsWith EndsWith end_with?")) return bool_value(text.ends_with(*given));
  if (one_of(name, "contains includes Contains include?")) return bool_value(text.find(*given) != std::string::npos);
  if (one_of(name, "count") && !given->empty()) {
    std::size_t count = 0;
    for (std::size_t at = text.find(*given); at != std::string::npos; at = text.find(*given, at + given->size()))
      ++count;
    return number_or_null(count);
  }
  return nullptr;
}

}  // namespace

// What a call gives that gets constants only; null when that is not known.
ValuePtr Engine::constant_call(const Call& call) {
  const Argument* first = call.positional(0);
  if (call.arguments.size() > 1 || (first != nullptr && !first->value->constant())) return nullptr;
  const Value* receiver = call.receiver.get();
  const std::string* given = first != nullptr && first->value->text ? &*first->value->text : nullptr;
  if (receiver != nullptr) {
    if (!receiver->text || !receiver->constant() || (first != nullptr && given == nullptr)) return nullptr;
    return method_of_constant(*receiver->text, call.name, given);
  }
  if (given != nullptr && one_of(call.path, "len strlen")) return number_or_null(given->size());
  if (given != nullptr && given->size() == 1 && call.path == "ord") return number_value(given->front());
  if (first != nullptr && first->value->number && call.path == "chr" && *first->value->number > 1 &&
      *first->value->number < 0x80)
    return text_value(std::string(1, static_cast<char>(*first->value->number)));
  return nullptr;
}

// string.Template("… $name …").substitute(name=value).
ValuePtr Engine::substituted(const Call& call, const Env& env) {
  if (!call.receiver->text || !one_of(call.name, "substitute safe_substitute")) return nullptr;
  const std::string& text = *call.receiver->text;
  Named names;
  if (const Argument* map = call.positional(0)) {
    const Box* box = box_of(*map->value, env);
    if (box == nullptr || box->rest != nullptr || box->open) return nullptr;
    names.insert(box->items.begin(), box->items.end());
  }
  for (const Argument& argument : call.arguments) {
    if (!argument.name.empty()) names[std::string(argument.name)] = argument.value;
  }
  ValuePtr whole = text_value("");
  std::size_t from = 0;
  for (std::size_t at = text.find('$'); at != std::string::npos; at = text.find('$', from)) {
    const bool braces = at + 1 < text.size() && text[at + 1] == '{';
    const std::size_t begin = at + (braces ? 2 : 1);
    std::size_t end = begin;
    while (end < text.size() && is_letter_or_digit(text[end]))
      ++end;
    const auto named = names.find(std::string_view(text).substr(begin, end - begin));
    whole = concatenation(whole, text_value(text.substr(from, at - from)), Build::kFormatting);
    if (named != names.end()) whole = concatenation(whole, flat(named->second, env), Build::kFormatting);
    from = std::max(end + (braces ? 1 : 0), at + 1);
    if (from >= text.size()) break;
  }
  return from >= text.size() ? whole : concatenation(whole, text_value(text.substr(from)), Build::kFormatting);
}

// Java: new URI("https", "example.org", "/found", query, null); null for other calls.
ValuePtr Engine::address_of_parts(const Call& call, const Env& env) const {
  const std::size_t parts = call.arguments.size();
  if (module_.grammar != Grammar::kJava || call.path != "URI" || parts < 4) return nullptr;
  const std::size_t host = parts == 7 ? 2 : 1;
  const auto part = [&](std::size_t place) { return flat(call.arguments[place].value, env); };
  ValuePtr whole = concatenation(part(0), text_value("://"), Build::kConcatenation);
  whole =
      concatenation(concatenation(whole, part(host), Build::kConcatenation), text_value("/"), Build::kConcatenation);
  for (std::size_t place = host + 1; place < parts; ++place)
    whole = concatenation(whole, part(place), Build::kConcatenation);
  return whole;
}

ValuePtr Engine::eval_slice(IrId id, const ValuePtr& object, Env& env) {
  std::optional<std::int64_t> ends[2];
  bool known = module_.at(id).count == 4;
  for (std::size_t i = 0; i < 2 && known; ++i) {
    const IrId place = module_.kid(id, 2 + i);
    if (place == kNoIr) continue;
    ends[i] = eval(place, env)->number;
    known = ends[i].has_value();
  }
  const Box* box = box_of(*object, env);
  if (box == nullptr) {
    const ValuePtr part = known ? part_of_text(*object, ends[0], ends[1]) : nullptr;
    return part == nullptr ? derived(object->taints) : part;
  }
  if (!known || box->list.empty() || box->rest != nullptr || box->open) return object;
  const auto size = static_cast<std::int64_t>(box->list.size());
  const auto place = [&](std::int64_t at) { return std::clamp(at < 0 ? at + size : at, std::int64_t{0}, size); };
  const std::int64_t begin = place(ends[0].value_or(0));
  const std::int64_t end = std::max(place(ends[1].value_or(size)), begin);
  return list_value({box->list.begin() + begin, box->list.begin() + end}, env);
}

namespace {

constexpr int kMaxPath_depth = 12;

// Go: "tx", "d.db.Cluster", "state.DB()": a database is on the way.
bool reaches_database(std::string_view path) {
  while (!path.empty()) {
    std::string part = code::lower(path.substr(0, path.find('.')));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (part.ends_with("()")) part.resize(part.size() - 2);
    part.erase(0, part.rfind('/') + 1);
    if (part == "tx" || part.starts_with("db") || part.ends_with("db") || part.ends_with("database")) return true;
  }
  return false;
}

bool may_look_up(std::string_view name) {
  if (name.empty() || std::string_view("GgLlFf").find(name[0]) == std::string_view::npos) return false;
  name.remove_prefix(1);  // of "Get", "get", …
  return name.starts_with("et") || name.starts_with("oad") || name.starts_with("ind") || name.starts_with("etch") ||
         name.starts_with("ookup");
}

// "LoadByProjectAndName(state, project, name)", "cluster.GetProject(ctx, tx, name)": a record, by its name.
bool finds_record_of_go(std::string_view callee, std::span<const std::string> arguments) {
  const std::string_view name = last_of(callee);
  if (!may_look_up(name)) return false;
  const std::size_t by = name.find("By");
  if (by != std::string_view::npos && by + 2 < name.size() && name[by + 2] >= 'A' && name[by + 2] <= 'Z') return true;
  if (reaches_database(callee.substr(0, callee.size() - name.size()))) return true;
  return std::ranges::any_of(arguments, [](const std::string& argument) { return reaches_database(argument); });
}

// "state.DB().GetUser"
std::string path_of(const Module& module, IrId id, int depth = 0) {
  const Ir& ir = module.at(id);
  if (ir.op == Op::kName) return std::string(ir.text);
  if (depth >= kMaxPath_depth || (ir.op != Op::kField && ir.op != Op::kCall)) return "?";
  const std::string behind = path_of(module, module.kid(id, 0), depth + 1);
  return ir.op == Op::kCall ? behind + "()" : behind + "." + std::string(ir.text);
}

}  // namespace

bool finds_record(Grammar grammar, const Call& call) {
  if (call.receiver != nullptr && keeps_data(call.receiver->path)) return true;
  if (grammar != Grammar::kGo || !may_look_up(call.name)) return false;
  std::vector<std::string> arguments;
  for (const Argument& argument : call.arguments)
    arguments.push_back(argument.value->path);
  return finds_record_of_go(call.path, arguments);
}

bool asks_for_record(const Module& module, IrId call) {
  const std::string_view name = module.at(call).op == Op::kCall ? module.at(module.kid(call, 0)).text : "";
  if (!may_look_up(name)) return false;
  std::vector<std::string> arguments;
  for (std::size_t i = 1; i < module.at(call).count; ++i)
    arguments.push_back(path_of(module, module.kid(call, i)));
  return finds_record_of_go(path_of(module, module.kid(call, 0)), arguments);
}

// True when the beginning of an address is fixed, so that data can only choose what comes behind it.
bool has_fixed_beginning(const Value& value, bool host) {
  if (!value.text) return false;
  std::string_view fixed = std::string_view(*value.text).substr(0, value.text->find(kHole));
  for (const std::string_view word : {"Location:", "location:", "redirect:"}) {
    if (fixed.starts_with(word)) fixed.remove_prefix(word.size());
  }
  if (code::lower(fixed.substr(0, 8)) == "refresh:") fixed.remove_prefix(std::min(fixed.find('=') + 1, fixed.size()));
  while (!fixed.empty() && fixed.front() == ' ')
    fixed.remove_prefix(1);
  if (const std::size_t waits = fixed.find_first_not_of("0123456789"); waits != 0 && waits != std::string_view::npos) {
    const std::string_view behind = fixed.substr(fixed.find_first_not_of("; ", waits) == std::string_view::npos
                                                     ? fixed.size()
                                                     : fixed.find_first_not_of("; ", waits));
    if (code::lower(behind.substr(0, 4)) == "url=") fixed = behind.substr(4);  // of a "Refresh" header
  }
  const std::size_t scheme = fixed.find("://");
  if (scheme != std::string_view::npos) return fixed.find_first_of("/?", scheme + 3) != std::string_view::npos;
  if (one_of(fixed, "/ // http https http: https: http:/ https:/") || fixed.empty()) return false;
  return !host || fixed.front() == '/';
}

// In front of this data stand "/page" or "?" behind something else, so that it cannot say which host it is; `host`:
// there is no address without one, so that "/" is enough.
bool stands_behind_path(const Value& value, const Taint& taint, bool host) {
  if (!value.text) return false;
  const std::string_view text = *value.text;
  const std::size_t scheme = text.find("://");  // "https://" and the name of a host that is not known
  const bool named = scheme < text.find(kHole) && text.substr(scheme + 3).starts_with(kHole);
  if (!named && !text.starts_with(kHole)) return false;
  std::uint32_t first = kMaxHoles;
  for (const Hole& hole : value.holes)
    if (hole.origin == taint.origin) first = std::min(first, hole.place);
  if (first == 0 || first >= kMaxHoles) return false;
  std::size_t end = 0;
  for (std::uint32_t place = 0; place < first && end != std::string::npos; ++place)
    end = text.find(kHole, end + 1);
  if (named) end = end == std::string::npos ? end : text.find(kHole, end + 1);
  std::string_view before = text.substr(0, end);
  if (named) before.remove_prefix(std::min(scheme + 3, before.size()));
  if (before.find('?') != std::string_view::npos) return true;
  for (std::size_t at = before.find('/'); at != std::string_view::npos; at = before.find('/', at + 1)) {
    const bool last = at + 1 == before.size();
    const bool more = last ? host || named : before[at + 1] != '/' && before[at + 1] != kHole;
    if (more && at > 0 && before[at - 1] != '/') return true;
  }
  return false;
}

}  // namespace commandcenter::code::dataflow
