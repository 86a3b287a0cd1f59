// What calls give: of sanitizers, of functions that nobody knows.
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/promises.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxAppended = 200;
constexpr std::string_view kReplacer = "Replacer";  // the type of what strings.NewReplacer gives

// Where a text is harmless of which only certain characters are left, by "[^a-z0-9]" and the like.
Contexts kept_harmless(std::string_view pattern) {
  constexpr Contexts kPlaces = Contexts{1} << 3 | Contexts{1} << 4 | Contexts{1} << 5;  // path, url, host
  if (pattern.find("\\W") != std::string_view::npos || pattern.find("\\D") != std::string_view::npos)
    return kAllContexts;
  const std::size_t open = pattern.find("[^");
  if (open == std::string_view::npos) return 0;
  const std::size_t close = pattern.find(']', open + 2);
  const std::string_view inside = pattern.substr(open + 2, close == std::string_view::npos ? close : close - open - 2);
  if (inside.find_first_of("'\"<>;&|`$()/") != std::string_view::npos) {
    constexpr Contexts kLines = Contexts{1} << 14 | Contexts{1} << 17;  // header, log
    const bool line = inside.find_first_of("\r\n") == std::string_view::npos &&
                      inside.find("\\s") == std::string_view::npos && inside.find("\\n") == std::string_view::npos &&
                      inside.find("\\r") == std::string_view::npos;
    return (line ? kLines : 0) | (inside.find_first_of("'\"<>&`") == std::string_view::npos ? kHtmlContext : 0);
  }
  return inside.find('.') == std::string_view::npos ? kAllContexts : kAllContexts & ~kPlaces;
}

// A rule of validation that leaves numbers, dates, or what is on a list.
bool allows_only_some(std::string_view rule) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"int", "numeric", "bool", "digits", "uuid", "ulid", "date", "alpha",
                                       "in:", "exists:", "regex:", "decimal", "accepted", "Rule", "Enum"});
  return std::ranges::any_of(kWords, [&](std::string_view word) { return rule.find(word) != std::string_view::npos; });
}

// "java.util.List" and "List", of "List.of(…)": the class whose method is called.
std::string_view class_of(const Call& call) {
  if (call.receiver == nullptr) return {};
  const std::string_view path = call.receiver->path;
  return path.substr(path.rfind('.') + 1);
}

// Go: strings.NewReplacer("<", "&lt;", …): what its Replace makes harmless.
Contexts replaced_by(const Box* box) {
  Contexts contexts = 0;
  for (std::size_t i = 0; box != nullptr && i + 1 < box->list.size(); i += 2) {
    const Value& from = *box->list[i];
    if (!from.text || from.text == box->list[i + 1]->text) continue;
    if (*from.text == "<") contexts |= kHtmlContext;
    if (*from.text == "'") contexts |= kQuotedContext;
  }
  return contexts;
}

}  // namespace

// What a sanitizer makes harmless that is handed over by its name: map(escape, list), list.map(&:to_i).
Contexts Engine::cleans(const Value& function) const {
  const std::string& path = function.text && function.constant() ? *function.text : function.path;
  if (path.empty() || function.function >= 0 || !function.taints.empty()) return 0;
  std::vector<const Entry*> found;
  models_.find(Role::kClean, path, {}, {}, found);
  Contexts contexts = 0;
  for (const Entry* entry : found) {
    if (entry->conditions.empty()) contexts |= entry->contexts;
  }
  return contexts;
}

// Laravel: validate(["id" => "required|integer", "name" => "string"]) gives each member as its rule leaves it.
std::optional<ValuePtr> Engine::validated(const Call& call, Env& env) {
  if (module_.grammar != Grammar::kPhp || call.name != "validate") return std::nullopt;
  for (const Argument& argument : call.arguments) {
    const Box* rules = box_of(*argument.value, env);
    if (rules == nullptr || rules->items.empty()) continue;
    Box box;
    box.open = true;
    const std::uint32_t offset = place_of(module_.at(call.ir).begin);
    const Taint taint{Level::kSource, offset, 0, false,
                      std::make_shared<const Step>(Step{offset, "data of a request", nullptr, 1})};
    for (const auto& [name, rule] : rules->items) {
      const bool narrow = allows_only_some(described(*rule, env, 0));
      box.items[name] = narrow ? nothing() : derived({taint});
    }
    return new_box(env, std::move(box));
  }
  return std::nullopt;
}

// What sanitizers leave, by the models; and replacements that leave letters only.
std::optional<ValuePtr> Engine::cleaned(const Call& call, Env& env) {
  if (auto members = validated(call, env)) return members;
  const bool an_end = module_.grammar == Grammar::kRuby     ? one_of(call.name, "first last")
                      : module_.grammar == Grammar::kCSharp ? call.name == "FirstOrDefault"
                                                            : false;
  if (an_end && call.receiver != nullptr) {
    if (auto end = box_method(call, env)) return end;  // of a list that is known, not of records
    const auto sent = [](const Taint& t) { return t.level == Level::kSource && !t.guessed && t.cleared == 0; };
    const bool one = !call.receiver->taints.empty() && std::ranges::all_of(call.receiver->taints, sent);
    if (one && call.arguments.empty()) return derived(call.receiver->taints);  // params["names"].first
  }
  if (call.name == "get" && call.receiver != nullptr && !call.arguments.empty() &&
      is_field_narrow(*call.receiver, *call.arguments[0].value))
    return nothing();
  Contexts contexts = 0;
  Contexts again = 0;
  for (const Entry* entry : entries_for(Role::kUndo, call)) {
    if (applies(*entry, call, env)) again |= entry->contexts;
  }
  if ((again & kHtmlContext) != 0) again |= kTagsContext;
  // "find" of a class here is what it does, with what it is handed or what its object keeps.
  const bool ours = is_own_method(call);
  const bool seen = ours && (!call.arguments.empty() || (call.receiver != nullptr && call.receiver->path == "this"));
  // So is a function of PHP that has such a name.
  const bool of_file = module_.grammar == Grammar::kPhp && call.receiver == nullptr && by_name_.contains(call.name) &&
                       function_named(call.name, {}, call.arguments.size());
  const bool renders = ours && call.name == "render" && call.arguments.empty();  // says nothing of what it does
  for (const Entry* entry : entries_for(Role::kClean, call)) {
    if (entry->path.size() == 1 && (renders || ((seen || of_file) && entry->contexts == kAllContexts))) continue;
    if (applies(*entry, call, env)) contexts |= entry->contexts;
  }
  if (again != 0 && contexts != kAllContexts) {
    std::vector<Taint> taints;
    if (call.receiver != nullptr) add_taints(taints, reach(call.receiver, env));
    for (const Argument& argument : call.arguments)
      add_taints(taints, reach(argument.value, env));
    for (Taint& taint : taints)
      taint.cleared =
          (taint.cleared & ~((taint.cleared & kStoredContext) != 0 ? kHtmlContext | kJsonContext : again)) | contexts;
    return derived(taints);
  }
  if (contexts == 0 && one_of(call.name,
                              "map flatMap array_map collect map! mapv transform transform_values Select "
                              "ConvertAll")) {
    for (const Argument& argument : call.arguments) {
      const Box* pair = box_of(*argument.value, env);  // PHP: [$this, "name"]
      const bool method = pair != nullptr && pair->list.size() == 2 && pair->list[1]->text;
      contexts |= cleans(method ? *pair->list[1] : *argument.value);
    }
  }
  if (contexts != 0) {
    // A function of this file with a sanitizer's name may do more than the name says.
    const bool ruby = module_.grammar == Grammar::kRuby;
    // Of PHP only short names, which any file may choose for what it likes.
    const bool php = module_.grammar == Grammar::kPhp && one_of(call.name, "clean escape purify quote esc e h");
    const bool python = module_.grammar == Grammar::kPython && ours;
    const bool here =
        call.receiver == nullptr || (ruby && is_class(*call.receiver)) || ((ruby || php || python) && ours);
    const bool own = (ruby || php || python || is_script(module_.grammar)) && contexts != kAllContexts && here &&
                     by_name_.contains(call.name);
    if (auto known = own ? known_function(call, env) : std::nullopt)
      return cleared((*known)->box == 0 ? *known : derived(reach(*known, env)), contexts);
    std::vector<Taint> taints;
    ValuePtr text = nothing();
    if (call.receiver != nullptr) {
      add_taints(taints, reach(call.receiver, env));
      text = call.receiver;
    }
    for (const Argument& argument : call.arguments)
      add_taints(taints, reach(argument.value, env));
    if (const Argument* first = call.positional(0)) text = first->value;
    const ValuePtr clean = cleared(derived(taints), contexts);
    return clean->taints.empty() && text->constant() && contexts != kAllContexts ? text : clean;
  }
  // A method of an enumeration's name gives one of it, or what the program holds of one.
  const bool looks_up =
      module_.grammar == Grammar::kJava &&
      std::ranges::any_of(
          std::to_array<std::string_view>({"of", "from", "parse", "by", "get", "find", "lookup", "resolve"}),
          [&](std::string_view word) { return call.name.starts_with(word); });
  const bool cases = module_.grammar == Grammar::kPhp && call.name == "from";
  if ((looks_up || cases || one_of(call.name, "valueOf Parse")) && call.receiver != nullptr &&
      module_.enums.contains(class_of(call)))
    return nothing();
  if (module_.grammar == Grammar::kRuby && (call.name.ends_with("_path") || call.name.ends_with("_url")) &&
      (call.receiver == nullptr ||
       one_of(std::string_view(call.receiver->path).substr(call.receiver->path.rfind('.') + 1),
              "url_helpers helpers main_app app this self view")))
    return nothing();  // the routes of Rails
  if (one_of(call.name, "exec match fullmatch matchAll findall finditer FindStringSubmatch FindString") &&
      matches_little(call))
    return nothing();
  if (call.name == "array_filter" && call.arguments.size() == 2 && call.arguments[1].value->text &&
      one_of(*call.arguments[1].value->text, "is_numeric is_int ctype_digit ctype_alnum ctype_alpha"))
    return nothing();
  if (module_.grammar == Grammar::kGo && call.name == "Replace" && call.receiver != nullptr &&
      call.receiver->type == kReplacer) {
    const Contexts harmless = replaced_by(box_of(*call.receiver, env));
    if (harmless != 0 && call.arguments.size() == 1)
      return cleared(derived(reach(call.arguments[0].value, env)), harmless);
  }
  if (one_of(call.name, "sub gsub replace replaceAll preg_replace Replace ReplaceAllString tr")) {
    const auto keeps = [](const Value& value) {
      return value.text && value.constant() ? kept_harmless(*value.text) : Contexts{0};
    };
    const auto left = [&](Contexts harmless) {
      std::vector<Taint> taints = call.receiver == nullptr ? std::vector<Taint>{} : reach(call.receiver, env);
      for (const Argument& argument : call.arguments)
        add_taints(taints, reach(argument.value, env));
      return harmless == kAllContexts ? nothing() : cleared(derived(taints), harmless);
    };
    if (call.receiver != nullptr && keeps(*call.receiver) != 0) return left(keeps(*call.receiver));
    const IrId callee = module_.at(call.callee).op == Op::kField ? matcher_made(module_.kid(call.callee, 0)) : kNoIr;
    if (callee != kNoIr && keeps(*eval(module_.kid(module_.kid(callee, 0), 0), env)) == kAllContexts) return nothing();
    for (const Argument& argument : call.arguments)
      if (keeps(*argument.value) != 0) return left(keeps(*argument.value));
  }
  return std::nullopt;
}

namespace {

// Works on texts that the program holds, and gives nothing but what follows from them: codec.encode("a").
bool computes(const Call& call) {
  if (call.receiver == nullptr || call.arguments.empty()) return false;
  for (const Argument& argument : call.arguments) {
    if (!argument.value->constant() || argument.value->kind == Kind::kNull) return false;
  }
  const std::string name = lower(call.name);
  constexpr auto kReads = std::to_array<std::string_view>(
      {"get",      "read",  "load",   "find",   "fetch",   "quer",    "select", "next",   "poll",   "receive",
       "input",    "ask",   "prompt", "look",   "resolve", "request", "param",  "header", "cookie", "env",
       "property", "value", "post",   "open",   "exec",    "call",    "run",    "send",   "search", "list",
       "all",      "one",   "first",  "last",   "row",     "col",     "field",  "item",   "query",  "arg",
       "option",   "attr",  "key",    "string", "text",    "data",    "body",   "form",   "json",   "session",
       "scan",     "pop",   "take",   "shift",  "invoke",  "of",      "at",     "by",     "with",   "from"});
  return std::ranges::none_of(kReads, [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

}  // namespace

// Go: append(list, a, b), delete(map, key), new(Type).
ValuePtr Engine::builtin_of_go(const Call& call, Env& env) {
  if (module_.grammar != Grammar::kGo || call.receiver != nullptr || call.arguments.empty()) return nullptr;
  const ValuePtr& held = call.arguments[0].value;
  if (call.name == "new" && call.arguments.size() == 1) {
    Value made;
    made.type = short_type(spelled(call.arguments[0].ir));
    return std::make_shared<const Value>(std::move(made));
  }
  if (call.name == "delete" && call.arguments.size() == 2) {
    const Value& key = *call.arguments[1].value;
    Box* box = key.text && key.constant() ? writable(held->box, env) : nullptr;
    if (box != nullptr) box->items.erase(*key.text);
    return nothing();
  }
  if (call.name != "append") return nullptr;
  const Box* before = box_of(*held, env);
  Box box = before == nullptr ? Box() : *before;
  if (!held->taints.empty()) box.rest = box.rest == nullptr ? derived(held->taints) : join(box.rest, held);
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    const Argument& more = call.arguments[i];
    const bool many = more.ir != kNoIr && module_.at(more.ir).op == Op::kSpread && more.value->text == std::nullopt;
    if (many || box.list.size() >= kMaxAppended)
      box.rest = box.rest == nullptr ? more.value : join(box.rest, more.value);
    else
      box.list.push_back(more.value);
  }
  return new_box(env, std::move(box), held->type);
}

// Text of constants that is only repeated or put together: "?, ?, ?".
ValuePtr Engine::repeated(const Call& call, Env& env) {
  if (module_.grammar == Grammar::kJava && one_of(call.name, "of ofNullable") && call.arguments.size() == 1 &&
      class_of(call) == "Optional") {
    Box held;
    held.rest = call.arguments[0].value;
    return new_box(env, std::move(held), "Optional");
  }
  if (one_of(call.name, "of asList listOf") && one_of(class_of(call), "List Arrays Set Stream ImmutableList")) {
    std::vector<ValuePtr> values;
    for (const Argument& argument : call.arguments)
      values.push_back(argument.value);
    return values.size() == 1 && box_of(*values[0], env) != nullptr ? values[0] : list_value(std::move(values), env);
  }
  if (one_of(call.name, "of copyOf") && one_of(class_of(call), "Map ImmutableMap")) {
    if (call.arguments.size() == 1) return call.arguments[0].value;
    Box box;  // a name and its value in turn
    const ValuePtr map = new_box(env, std::move(box));
    for (std::size_t i = 0; i + 1 < call.arguments.size(); i += 2)
      put(map, call.arguments[i].value, call.arguments[i + 1].value, env);
    return map;
  }
  if (call.path == "strings.NewReplacer") {
    Box pairs;
    for (const Argument& argument : call.arguments)
      pairs.list.push_back(argument.value);
    return new_box(env, std::move(pairs), std::string(kReplacer));
  }
  if (call.arguments.size() == 1 &&
      one_of(call.name, "unmodifiableMap unmodifiableList unmodifiableSet synchronizedMap synchronizedList freeze"))
    return call.arguments[0].value;
  if (call.name == "assign" && call.receiver != nullptr && call.receiver->path == "Object") {
    Box box;
    for (const Argument& argument : call.arguments)
      spread_into(box, *argument.value, env);
    return new_box(env, std::move(box));
  }
  if (one_of(call.name, "repeat Repeat str_repeat ljust rjust center")) {
    if (call.receiver != nullptr && call.receiver->text && call.arguments.size() == 1) return call.receiver;
    const Argument* first = call.positional(0);
    return first != nullptr && first->value->text ? first->value : nullptr;
  }
  if (one_of(call.name, "nCopies fill array_fill")) {
    const Argument* last = call.arguments.empty() ? nullptr : &call.arguments.back();
    if (last == nullptr || !last->value->text) return nullptr;
    Box box;
    box.rest = last->value;
    return new_box(env, std::move(box));
  }
  const bool joins = one_of(call.name, "join Join implode") && call.arguments.size() >= 2 &&
                     !is_script(module_.grammar) &&
                     (call.receiver == nullptr || one_of(call.receiver->path, "String strings"));
  if (!joins) return nullptr;
  // join(sign, a, b, …), join(sign, list) and join(list, sign)
  std::vector<ValuePtr> values;
  ValuePtr sign = call.arguments[0].value;
  std::size_t from = 1;
  if (box_of(*sign, env) != nullptr || !sign->text) sign = call.arguments[1].value, from = 0;
  for (std::size_t i = from; i < call.arguments.size() && (from == 1 || i == 0); ++i) {
    const Box* box = box_of(*call.arguments[i].value, env);
    if (box == nullptr) {
      values.push_back(element(call.arguments[i].value, env));
    } else {
      values.insert(values.end(), box->list.begin(), box->list.end());
      if (!call.arguments[i].value->taints.empty()) values.push_back(derived(call.arguments[i].value->taints));
      if (box->rest != nullptr) values.insert(values.end(), 2, box->rest);
    }
  }
  ValuePtr whole = text_value("");
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) whole = concatenation(whole, sign, Build::kConcatenation);
    whole = concatenation(whole, flat(values[i], env), Build::kConcatenation);
  }
  return whole;
}

ValuePtr Engine::formatted(const Call& call, Env& env) {
  constexpr std::string_view kNames =
      "format Sprintf sprintf printf String.format Format vsprintf Fprintf Printf fprintf fstring MessageFormat";
  if (!one_of(call.name, kNames)) return nullptr;
  std::size_t first = 0;
  while (first < call.arguments.size() && call.arguments[first].value->kind != Kind::kText)
    ++first;
  if (first >= call.arguments.size()) return nullptr;
  std::vector<ValuePtr> values;
  for (std::size_t i = first + 1; i < call.arguments.size(); ++i) {
    const Box* box = box_of(*call.arguments[i].value, env);
    if (box != nullptr && !box->list.empty())  // an array for "…"
      values.insert(values.end(), box->list.begin(), box->list.end());
    else
      values.push_back(flat(call.arguments[i].value, env));
  }
  const bool percent =
      call.name != "Format" && !(call.receiver != nullptr && call.receiver->path.ends_with("MessageFormat"));
  return format(*call.arguments[first].value, values, percent, env);
}

// An object that is made by a call may be filled later.
void Engine::become_object(Value& value, std::string_view type, const std::vector<Taint>& given, Env& env) {
  Box box;
  box.open = true;
  if (!given.empty()) box.rest = derived(given);
  value.box = new_box(env, std::move(box))->box;
  value.taints.clear();
  value.type = type;
}

// A function that nobody knows: what goes in may come out.
ValuePtr Engine::unknown_call(const Call& call, Env& env) {
  constexpr std::string_view kToText = "str String valueOf strval string Sprint repr unicode toString to_s ToString";
  const bool encodes =  // buffer.toString("utf8")
      call.receiver != nullptr && (is_script(module_.grammar) || call.receiver->box != 0);
  if (encodes && call.receiver->box != 0 && one_of(call.name, kToText) && reach(call.receiver, env).empty())
    return text_value(std::string(1, kHole));
  if (call.arguments.size() == 1 && one_of(call.name, kToText) && !encodes) {
    const ValuePtr given = as_text(call.arguments[0].value, env);
    if (given != call.arguments[0].value) return given;
    if (given->constant()) return concatenation(text_value(""), given, Build::kConcatenation);
    if (reach(given, env).empty()) return text_value(std::string(1, kHole));
  }
  if (ValuePtr made = builtin_of_go(call, env); made != nullptr) return made;
  const bool address = module_.grammar == Grammar::kGo && call.name == "String" && call.arguments.empty();
  if (address && call.receiver != nullptr && call.receiver->text && !call.receiver->taints.empty())
    return call.receiver;  // r.URL.String()
  if (ValuePtr text = repeated(call, env); text != nullptr) return text;
  if (ValuePtr text = formatted(call, env); text != nullptr) return text;
  std::string_view declared;  // of the member that it gives
  if (call.receiver != nullptr && call.arguments.empty() && call.name.size() > 3 && call.name.starts_with("get")) {
    std::string field(call.name.substr(3));
    field[0] = static_cast<char>(field[0] | 0x20);
    declared = field_type(call.receiver->type, field);
  }
  if (call.receiver != nullptr && call.arguments.empty() && declared.empty())
    declared = field_type(call.receiver->type, call.name);  // of a record
  if (is_safe(declared)) return nothing();
  std::vector<Taint> taints;
  if (call.receiver != nullptr) add_taints(taints, reach(call.receiver, env));
  const Argument* key = looks_up(call.callee) ? call.positional(0) : nullptr;
  if (key != nullptr && key->value->text && key->value->constant())
    taints = part_of(derived(taints), *key->value->text)->taints;
  // "column.name()", of what is no record here, is likely one of a few names.
  const bool enumerated = module_.grammar == Grammar::kJava && call.name == "name" && call.arguments.empty() &&
                          declared.empty() && call.receiver != nullptr && call.receiver->box == 0;
  const bool texts_have_methods = module_.grammar != Grammar::kPhp;
  for (Taint& taint : taints) {  // what a method of an unknown object gives is not that object
    if (enumerated && taint.level == Level::kParam) taint.level = Level::kResult;
    if (taint.level == Level::kUnknown || (taint.guessed && !texts_have_methods)) taint.level = Level::kResult;
  }
  std::vector<Taint> given;
  const Value* kept = nullptr;
  const bool replaces = one_of(call.name, "sub gsub replace replaceAll str_replace preg_replace ReplaceAll");
  for (const Argument& argument : call.arguments) {
    if (argument.value->function >= 0) continue;
    add_taints(given, reach(argument.value, env));
    // Strings that are only passed on keep their text: strip, trim, dedent, text(), literal…
    if (argument.value->text && (call.arguments.size() == 1 || (argument.value->build != Build::kNone && replaces)))
      kept = argument.value.get();
  }
  if (is_script(module_.grammar) && call.receiver != nullptr &&
      one_of(call.name,
             "trim trimStart trimEnd toLowerCase toUpperCase toString substring substr normalize padStart "
             "padEnd replace replaceAll join")) {
    for (Taint& taint : taints)
      taint.cleared |= kNosqlContext;
  }
  Contexts harmless_in = module_.doubts ? 0 : promised(call.name);
  if (module_.grammar == Grammar::kJava && call.name == "apply" && call.receiver != nullptr)
    harmless_in |= cleans(*call.receiver);  // a method by reference
  for (Taint& taint : given) {
    taint.guessed = true;
    taint.cleared |= harmless_in;
  }
  // What goes into an object stays in it.
  constexpr std::string_view kAsks =
      "has includes contains containsKey containsValue indexOf lastIndexOf get getOrDefault equals test match find "
      "matches in_array anyMatch noneMatch allMatch some every Contains Any emit Auth Authenticate Check Verify "
      "Validate "
      "Log Logf Print Printf Println Debug Debugf Info Infof Warn Warnf Error Errorf";
  if (call.receiver != nullptr && call.receiver->box != 0 && !given.empty() && !one_of(call.name, kAsks)) {
    if (Box* box = call.receiver->box == frame_.self ? nullptr : writable(call.receiver->box, env); box != nullptr)
      box->rest = box->rest == nullptr ? derived(given) : join(box->rest, derived(given));
  }
  const std::string_view before = std::string_view(module_.text).substr(0, module_.at(call.ir).begin);
  const bool awaited = call.receiver != nullptr && awaits(before) && brings_data(call.receiver->path, call.name);
  if (!module_.doubts && (awaited || finds_record(module_.grammar, call))) {  // by what it was given
    for (Taint& taint : given)
      taint.level = Level::kResult;
  }
  add_taints(taints, given);
  Value value;
  if (!declared.empty() && module_.bases.contains(short_type(declared))) value.type = short_type(declared);
  value.taints = std::move(taints);
  if (call.receiver != nullptr && call.receiver->text && !call.receiver->taints.empty()) kept = call.receiver.get();
  if (kept != nullptr && kept->build != Build::kNone) {
    value.text = kept->text;
    value.holes = kept->holes;
    value.build = kept->build;
    value.kind = Kind::kText;
  }
  const bool own =
      call.receiver != nullptr && (call.receiver->path.starts_with("this") || call.receiver->path.starts_with("self"));
  // A method of what is known to be harmless.
  const bool harmless = call.receiver != nullptr && call.receiver->box == 0 && given.empty() &&
                        (call.receiver->kind == Kind::kNumber ||
                         (call.receiver->path.empty() && call.receiver->type.empty() && !call.receiver->constant()));
  if (value.taints.empty() && !own && !harmless && !computes(call)) {
    const std::uint32_t offset = place_of(module_.at(call.ir).begin);
    value.taints.push_back(
        {Level::kResult, offset, 0, true,
         std::make_shared<const Step>(Step{offset, "result of " + std::string(call.name), nullptr, 1})});
  }
  if (module_.grammar == Grammar::kPython && !call.name.empty() && call.name.front() >= 'A' && call.name.front() <= 'Z')
    become_object(value, call.name, given, env);
  return std::make_shared<const Value>(std::move(value));
}

}  // namespace commandcenter::code::dataflow
