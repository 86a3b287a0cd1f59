// What sanitizers leave, by the models; and replacements that leave letters only.
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

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

// A method of an enumeration that has such a name gives one of it.
bool is_look_up(std::string_view method) {
  constexpr auto kWords =
      std::to_array<std::string_view>({"of", "from", "parse", "by", "get", "find", "lookup", "resolve"});
  return std::ranges::any_of(kWords, [&](std::string_view word) { return method.starts_with(word); });
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

// One call that may be a sanitizer's. Parts that do not know it give nothing.
class Engine::Cleaning : private Part {
 public:
  Cleaning(Engine& engine, const Call& call, Env& env)
      : Part(engine, env), call_(call), ours_(engine.is_own_method(call)) {}

  std::optional<ValuePtr> run() {
    if (auto members = validated()) return members;
    if (auto end = end_of_list()) return end;
    if (call_.name == "get" && call_.receiver != nullptr && !call_.arguments.empty() &&
        engine_.is_field_narrow(*call_.receiver, *call_.arguments[0].value))
      return nothing();
    const Contexts again = undone();
    Contexts contexts = cleaned_by_models();
    if (again != 0 && contexts != kAllContexts) return dangerous_again(again, contexts);
    if (contexts == 0) contexts = cleaned_by_mapped();
    if (contexts != 0) return made_clean(contexts);
    if (is_of_enumeration() || is_route_of_rails() || matches_little() || keeps_numbers()) return nothing();
    if (auto replaced = replaced_in_go()) return replaced;
    return replaced();
  }

 private:
  // Laravel: validate(["id" => "required|integer", "name" => "string"]) gives each member as its rule leaves it.
  std::optional<ValuePtr> validated() {
    if (grammar_ != Grammar::kPhp || call_.name != "validate") return std::nullopt;
    for (const Argument& argument : call_.arguments) {
      const Box* rules = engine_.box_of(*argument.value, env_);
      if (rules == nullptr || rules->items.empty()) continue;
      Box box;
      box.open = true;
      const std::uint32_t offset = engine_.place_of(module_.at(call_.ir).begin);
      const Taint taint{Level::kSource, offset, 0, false,
                        std::make_shared<const Step>(Step{offset, "data of a request", nullptr, 1})};
      for (const auto& [name, rule] : rules->items) {
        const bool narrow = allows_only_some(engine_.described(*rule, env_, 0));
        box.items[name] = narrow ? nothing() : derived({taint});
      }
      return engine_.new_box(env_, std::move(box));
    }
    return std::nullopt;
  }

  // Ruby: params["names"].first; C#: list.FirstOrDefault()
  std::optional<ValuePtr> end_of_list() {
    const bool ruby = grammar_ == Grammar::kRuby && one_of(call_.name, "first last");
    const bool csharp = grammar_ == Grammar::kCSharp && call_.name == "FirstOrDefault";
    if (call_.receiver == nullptr || !(ruby || csharp)) return std::nullopt;
    if (auto end = engine_.box_method(call_, env_)) return end;  // of a list that is known, not of records
    const std::vector<Taint>& taints = call_.receiver->taints;
    const bool sent = std::ranges::all_of(
        taints, [](const Taint& t) { return t.level == Level::kSource && !t.guessed && t.cleared == 0; });
    if (taints.empty() || !sent || !call_.arguments.empty()) return std::nullopt;
    return derived(taints);
  }

  // What is dangerous again behind it.
  Contexts undone() const {
    Contexts again = 0;
    for (const Entry* entry : engine_.entries_for(Role::kUndo, call_)) {
      if (engine_.applies(*entry, call_, env_)) again |= entry->contexts;
    }
    return (again & kHtmlContext) != 0 ? again | kTagsContext : again;
  }

  Contexts cleaned_by_models() const {
    // "find" of a class here is what it does, with what it is handed or what its object keeps.
    const bool seen =
        ours_ && (!call_.arguments.empty() || (call_.receiver != nullptr && call_.receiver->path == "this"));
    // So is a function of PHP that has such a name.
    const bool of_file = grammar_ == Grammar::kPhp && call_.receiver == nullptr &&
                         engine_.by_name_.contains(call_.name) &&
                         engine_.function_named(call_.name, {}, call_.arguments.size());
    const bool renders = ours_ && call_.name == "render";  // says nothing of what it does
    Contexts contexts = 0;
    for (const Entry* entry : engine_.entries_for(Role::kClean, call_)) {
      const bool other = renders || ((seen || of_file) && entry->contexts == kAllContexts);
      if (entry->path.size() == 1 && other) continue;
      if (engine_.applies(*entry, call_, env_)) contexts |= entry->contexts;
    }
    return contexts;
  }

  // By the function that is called for each element.
  Contexts cleaned_by_mapped() const {
    if (!one_of(call_.name, "map flatMap array_map collect map! mapv transform transform_values Select ConvertAll"))
      return 0;
    Contexts contexts = 0;
    for (const Argument& argument : call_.arguments) {
      const Box* pair = engine_.box_of(*argument.value, env_);  // PHP: [$this, "name"]
      const bool method = pair != nullptr && pair->list.size() == 2 && pair->list[1]->text;
      contexts |= engine_.cleans(method ? *pair->list[1] : *argument.value);
    }
    return contexts;
  }

  std::vector<Taint> all_taints() const {
    std::vector<Taint> taints;
    if (call_.receiver != nullptr) add_taints(taints, engine_.reach(call_.receiver, env_));
    for (const Argument& argument : call_.arguments)
      add_taints(taints, engine_.reach(argument.value, env_));
    return taints;
  }

  ValuePtr dangerous_again(Contexts again, Contexts contexts) const {
    std::vector<Taint> taints = all_taints();
    for (Taint& taint : taints) {
      const bool stored = (taint.cleared & kStoredContext) != 0;
      taint.cleared = (taint.cleared & ~(stored ? kHtmlContext | kJsonContext : again)) | contexts;
    }
    return derived(taints);
  }

  ValuePtr made_clean(Contexts contexts) {
    if (auto known = may_do_more(contexts) ? engine_.known_function(call_, env_) : std::nullopt)
      return cleared((*known)->box == 0 ? *known : derived(engine_.reach(*known, env_)), contexts);
    const Argument* first = call_.positional(0);
    const ValuePtr text = first != nullptr ? first->value : call_.receiver != nullptr ? call_.receiver : nothing();
    const ValuePtr clean = cleared(derived(all_taints()), contexts);
    return clean->taints.empty() && text->constant() && contexts != kAllContexts ? text : clean;
  }

  // A function of this file with a sanitizer's name may do more than the name says.
  bool may_do_more(Contexts contexts) const {
    const bool ruby = grammar_ == Grammar::kRuby;
    // Of PHP only short names, which any file may choose for what it likes.
    const bool php = grammar_ == Grammar::kPhp && one_of(call_.name, "clean escape purify quote esc e h");
    const bool python = grammar_ == Grammar::kPython && ours_;
    const bool here =
        call_.receiver == nullptr || (ruby && engine_.is_class(*call_.receiver)) || ((ruby || php || python) && ours_);
    return (ruby || php || python || is_script(grammar_)) && contexts != kAllContexts && here &&
           engine_.by_name_.contains(call_.name);
  }

  bool is_of_enumeration() const {
    const bool looks_up = (grammar_ == Grammar::kJava && is_look_up(call_.name)) ||
                          (grammar_ == Grammar::kPhp && call_.name == "from") || one_of(call_.name, "valueOf Parse");
    return looks_up && call_.receiver != nullptr && module_.enums.contains(last_of(call_.receiver->path));
  }

  bool is_route_of_rails() const {
    if (grammar_ != Grammar::kRuby || !(call_.name.ends_with("_path") || call_.name.ends_with("_url"))) return false;
    return call_.receiver == nullptr ||
           one_of(last_of(call_.receiver->path), "url_helpers helpers main_app app this self view");
  }

  bool matches_little() const {
    return one_of(call_.name, "exec match fullmatch matchAll findall finditer FindStringSubmatch FindString") &&
           Engine::matches_little(call_);
  }

  // array_filter($list, 'is_numeric')
  bool keeps_numbers() const {
    if (call_.name != "array_filter" || call_.arguments.size() != 2) return false;
    const auto& test = call_.arguments[1].value->text;
    return test && one_of(*test, "is_numeric is_int ctype_digit ctype_alnum ctype_alpha");
  }

  std::optional<ValuePtr> replaced_in_go() const {
    if (grammar_ != Grammar::kGo || call_.name != "Replace" || call_.receiver == nullptr ||
        call_.receiver->type != kReplacer || call_.arguments.size() != 1)
      return std::nullopt;
    const Contexts harmless = replaced_by(engine_.box_of(*call_.receiver, env_));
    if (harmless == 0) return std::nullopt;
    return cleared(derived(engine_.reach(call_.arguments[0].value, env_)), harmless);
  }

  // What a pattern leaves: name.replace(/[^a-z]/g, "")
  std::optional<ValuePtr> replaced() {
    if (!one_of(call_.name, "sub gsub replace replaceAll preg_replace Replace ReplaceAllString tr"))
      return std::nullopt;
    const auto kept = [](const Value& value) {
      return value.text && value.constant() ? kept_harmless(*value.text) : Contexts{0};
    };
    Contexts harmless = call_.receiver == nullptr ? 0 : kept(*call_.receiver);
    if (harmless == 0) {
      const Ir& callee = module_.at(call_.callee);
      const IrId made = callee.op == Op::kField ? engine_.matcher_made(module_.kid(call_.callee, 0)) : kNoIr;
      const bool of_matcher =
          made != kNoIr && kept(*engine_.eval(module_.kid(module_.kid(made, 0), 0), env_)) == kAllContexts;
      if (of_matcher) return nothing();
    }
    for (const Argument& argument : call_.arguments)
      if (harmless == 0) harmless = kept(*argument.value);
    if (harmless == 0) return std::nullopt;
    return harmless == kAllContexts ? nothing() : cleared(derived(all_taints()), harmless);
  }

  const Call& call_;
  const bool ours_;  // a method of a class of this file
};

std::optional<ValuePtr> Engine::cleaned(const Call& call, Env& env) {
  return Cleaning(*this, call, env).run();
}

}  // namespace commandcenter::code::dataflow
