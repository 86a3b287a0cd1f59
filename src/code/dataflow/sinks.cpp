// Places where foreign data does harm, and calls that are unsafe by themselves.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/sql_text.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr Contexts kSql = 1;

Confidence confidence_of(const Taint& taint) {
  if ((taint.cleared & kStoredContext) != 0) return Confidence::kMedium;
  if (taint.level == Level::kSource) return taint.guessed ? Confidence::kMedium : Confidence::kHigh;
  return taint.level == Level::kResult ? Confidence::kLow : Confidence::kMedium;
}

// A statement put together for what is only likely foreign counts where a value stands, not a table's name.
bool likely_sql(const Value& value, const Taint& taint) {
  if (!value.text || value.build == Build::kNone) return false;
  const std::vector<HolePlace> places = hole_places(*value.text);
  const bool known = std::ranges::find(value.holes, taint.origin, &Hole::origin) != value.holes.end();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const bool here = std::ranges::any_of(
        value.holes, [&](const Hole& hole) { return hole.place == i && hole.origin == taint.origin; });
    if (known && !here) continue;
    if (places[i] == HolePlace::kQuoted || (places[i] == HolePlace::kValue && taint.level > Level::kResult))
      return true;
    if (places[i] == HolePlace::kOrder && taint.level == Level::kParam) return true;
  }
  return false;
}

// Escaped quotes do not help where none stand around the data: "WHERE id = " . $escaped.
bool stands_bare(const Value& value, const Taint& taint) {
  if (!value.text || value.build == Build::kNone) return false;
  const std::vector<HolePlace> places = hole_places(*value.text);
  return std::ranges::any_of(value.holes, [&](const Hole& hole) {
    return hole.origin == taint.origin && hole.place < places.size() &&
           (places[hole.place] == HolePlace::kValue || places[hole.place] == HolePlace::kOrder);
  });
}

// An address begins with this data, as far as is known.
bool begins_with(const Value& value, const Taint& taint) {
  if (!value.text || value.holes.empty() || !value.text->starts_with(kHole)) return true;
  return std::ranges::any_of(value.holes,
                             [&](const Hole& hole) { return hole.place == 0 && hole.origin == taint.origin; });
}

// Data of a store is a page's only where it is put between tags.
bool is_stored_elsewhere(const Taint& taint, bool wraps) {
  return (taint.cleared & kStoredContext) != 0 && !wraps;
}

// Programs that take code with "-c" or "-e".
bool is_interpreter(std::string_view program) {
  program = program.substr(program.find_last_of("/\\") + 1);
  return one_of(program.substr(0, program.find_first_of("0123456789.")), "python perl ruby node php osascript");
}

}  // namespace

// PHP: "<td><?= $x ?>".
bool Engine::stands_in_markup(std::uint32_t begin) const {
  if (module_.grammar != Grammar::kPhp || foreign_ > 0) return false;
  std::string_view before = std::string_view(module_.text).substr(0, begin);
  before = before.substr(0, before.find_last_not_of(" \t\n") + 1);
  return before.ends_with("<?=") || before.ends_with("<?php") || before.ends_with("<?php echo") ||
         before.ends_with("<?");
}

// Between the quotes of an attribute, which may end there even if no tag can begin: of the text that was put together,
// or of PHP's page around "<?= $x ?>".
bool Engine::stands_in_tag(const Value& value, const Taint& taint, std::uint32_t begin) const {
  const auto in_tag = [](std::string_view before) {
    const std::size_t sign = before.find_last_of("<>");
    if (sign == std::string_view::npos) return before.ends_with("=\"") || before.ends_with("='");
    return before[sign] == '<' && before.find('=', sign) != std::string_view::npos;
  };
  if (value.text && value.build != Build::kNone) {
    std::size_t at = value.text->find(kHole);
    for (std::uint32_t place = 0; at != std::string::npos; at = value.text->find(kHole, at + 1), ++place) {
      const bool here = std::ranges::any_of(
          value.holes, [&](const Hole& hole) { return hole.place == place && hole.origin == taint.origin; });
      if (here && in_tag(std::string_view(*value.text).substr(0, at))) return true;
    }
    return false;
  }
  if (!stands_in_markup(begin)) return false;
  std::string_view before = std::string_view(module_.text).substr(0, begin);
  before = before.substr(0, before.rfind("<?"));
  while (true) {  // other pieces of code may stand in the tag
    const std::size_t sign = before.find_last_of("<>");
    if (sign == std::string_view::npos || sign == 0 || before[sign] != '>' || before[sign - 1] != '?') break;
    before = before.substr(0, std::min(before.rfind("<?"), sign - 1));
  }
  return in_tag(before);
}

void Engine::add(Flaw flaw, const std::set<std::uint32_t>& params) {
  if (foreign_ > 0 && flaw.way.empty()) return;  // found where it stands, when that file is looked at
  if (foreign_ > 0) {                            // the call is one already: its name and its text tell of a statement
    for (auto at = flaws_.lower_bound({flaw.begin, 0, nullptr}); at != flaws_.end(); ++at) {
      if (at->second.begin > flaw.end) break;
      if (at->second.rule == flaw.rule && at->second.begin > flaw.begin && !at->second.way.empty()) return;
    }
  }
  const auto key = std::tuple(flaw.begin, flaw.there_end, flaw.rule);
  const auto known = flaws_.find(key);
  if (known == flaws_.end() || params.empty())
    supposed_[key] = params;
  else if (auto& before = supposed_[key]; !before.empty())
    before.insert(params.begin(), params.end());
  if (known == flaws_.end()) {
    if (flaws_.size() < kMaxFlaws) flaws_.emplace(key, std::move(flaw));
  } else if (flaw.confidence > known->second.confidence) {
    known->second = std::move(flaw);
  }
}

void Engine::report(const Entry& entry, const ValuePtr& value, std::uint32_t begin, std::uint32_t end, const Env& env) {
  const Rule& rule = *entry.rule;
  if (value->kind == Kind::kNumber || value->kind == Kind::kBool) return;
  const bool html = rule.category == "xss";
  if (rule.id == "xss/server") {  // objects are sent as JSON
    const Box* box = box_of(*value, env);
    const bool script = module_.grammar != Grammar::kJava;
    if (module_.grammar != Grammar::kGo && box != nullptr && box->built == nullptr && value->taints.empty() &&
        (script || !box->items.empty()))
      return;
  }
  if (rule.id == "xss/server" && (value->path.ends_with("JSON.parse()") || value->path.ends_with(".json()"))) return;
  if (rule.id == "xss/server" && is_script(module_.grammar) && value->build == Build::kNone &&
      one_of(value->path, "req.body request.body ctx.request.body") &&
      module_.text.find(".text(") == std::string_view::npos)
    return;  // an object
  if (const Box* route =
          rule.category == "open-redirect" && module_.grammar == Grammar::kPhp ? box_of(*value, env) : nullptr;
      route != nullptr && value->taints.empty() && (route->items.contains("0") || !route->list.empty()))
    return;  // Yii: ['post/view', 'id' => $id]
  if (html && env.plain && rule.least == Level::kSource) return;
  if (const Box* text = rule.category == "path-traversal" ? box_of(*value, env) : nullptr; text && text->built) return;
  const bool sql = (rule.context & kSql) != 0;
  if (rule.id == "xss/script-address" && value->text && !value->text->starts_with(kHole)) return;
  if (const Box* headers = rule.category == "open-redirect" ? box_of(*value, env) : nullptr; headers != nullptr) {
    for (const std::string_view name : {"Location", "location"}) {
      const auto held = headers->items.find(name);
      if (held == headers->items.end()) continue;
      const ValuePtr address = held->second;
      return report(entry, address, begin, end, env);
    }
  }
  const bool remote = value->text && value->text->starts_with("http") && has_fixed_beginning(*value, true);
  const bool packed = value->text && value->text->starts_with("zip://");  // what an archive holds
  if (rule.category == "path-traversal" && (remote || packed)) return;
  if (rule.category == "open-redirect" && has_fixed_beginning(*value, false)) return;
  if (rule.category == "ssrf" && has_fixed_beginning(*value, true)) return;
  if (rule.category == "ssrf" && module_.grammar == Grammar::kGo) {  // a map of settings is no address
    const Box* box = box_of(*value, env);
    if (box != nullptr && !box->items.empty() && value->type.empty()) return;
  }
  if (const Box* box = box_of(*value, env);
      sql && box != nullptr && box->list.empty() && !box->items.empty()) {  // { sql: "…", values: […] }
    for (const std::string_view name : {"sql", "text", "query", "statement"}) {
      if (const auto held = box->items.find(name); held != box->items.end()) {
        const ValuePtr statement = held->second;
        return report(entry, statement, begin, end, env);
      }
    }
  }
  if (const Box* box = box_of(*value, env); sql && box != nullptr && box->built == nullptr && !value->text) {
    if (box->list.empty() && box->items.empty() && box->rest != nullptr) {  // an array of statements
      const ValuePtr rest = box->rest;
      if (rest->box == 0 && rest->build != Build::kNone) report(entry, rest, begin, end, env);
      return;
    }
    std::vector<ValuePtr> parts = box->list;
    for (const auto& [key, part] : box->items)  // "statements[0] = …"
      if (box->list.empty() && position_of(key)) parts.push_back(part);
    for (const ValuePtr& part : parts) {
      if (part->box == 0) report(entry, part, begin, end, env);
      if (part == parts.front() && part->text) break;  // the rest are parameters
    }
    return;
  }
  if (entry.needs_sql && (!value->text || !looks_like_sql(*value->text))) return;
  if (entry.needs_html && !(value->text && value->text->find('<') != std::string::npos)) return;
  if (entry.needs_start && value->text && !value->text->starts_with(kHole) && !value->text->starts_with('<')) return;
  if (entry.is_command && runs_fixed_program(*value, env)) return;
  // Members that have names here are not those that somebody else chose.
  const bool extracts = !entry.path.empty() && entry.path.front() == "extract";
  const bool named = rule.category == "prototype-pollution" || extracts;
  std::vector<Taint> taints = named ? value->taints : reach(value, env);
  if (const Box* box = extracts ? box_of(*value, env) : nullptr; box != nullptr && box->rest != nullptr)
    add_taints(taints, box->rest->taints);
  const Taint* worst = nullptr;
  std::set<std::uint32_t> params;
  for (const Taint& taint : taints) {
    const bool harmless = (taint.cleared & rule.context) == rule.context;
    if (taint.level < entry.least || (harmless && !(html && is_escaped_in_vain(*value, taint, begin)))) continue;
    if (entry.needs_build && value->build == Build::kNone) continue;
    const bool followed = rule.id == "xss/script-address";
    if (followed && ((taint.cleared & kSchemeContext) != 0 || !begins_with(*value, taint))) continue;
    if (one_of(rule.category, "open-redirect ssrf") && stands_behind_path(*value, taint, rule.category == "ssrf"))
      continue;
    if (rule.category == "log-injection" && taint.guessed) continue;  // "err" of a call that was given it
    if (sql && taint.level < Level::kSource && !likely_sql(*value, taint)) continue;
    if (sql && (taint.cleared & kQuotedContext) != 0 && !stands_bare(*value, taint)) continue;
    const bool wraps = value->build != Build::kNone && value->text && value->text->find('<') != std::string::npos;
    if (html && (taint.cleared & kJsonContext) != 0 && !wraps) continue;
    if (html && (taint.cleared & kTagsContext) != 0 && !stands_in_tag(*value, taint, begin)) continue;
    if (html && is_stored_elsewhere(taint, wraps || stands_in_markup(begin))) continue;
    if (rule.id == "xss/unescaped" && taint.level < Level::kSource && !wraps) continue;
    if (rule.id == "xss/unescaped" && taint.level < Level::kParam && taint.guessed) continue;
    if (worst == nullptr || taint.level > worst->level) worst = &taint;
    params.insert(taint.origin);
  }
  if (worst == nullptr) return;
  if (worst->level != Level::kParam || foreign_ > 0) params.clear();
  bool handed = false;
  if (foreign_ > 0) {
    // What a parameter is enough for is found when that file is looked at; else the call says who hands the data over.
    const bool from_here = worst->level == Level::kSource && worst->origin != call_offset_;
    if (!from_here) return;
    Taint param = *worst;
    param.level = Level::kParam;
    // Of what lies in its object that file by itself knows nothing.
    const bool comes_by_call = !sql || std::ranges::any_of(handed_over_, [&](const Argument& given) {
      return std::ranges::any_of(reach(given.value, env), [&](const Taint& t) { return t.origin == worst->origin; });
    });
    // A statement that was put together here, and only handed over, is not found there.
    handed = sql && is_handed_over(value, env);
    const bool told =
        entry.least < Level::kSource && (!sql || (likely_sql(*value, param) && !whole_)) && !handed && comes_by_call;
    if (told && sql) told_there_.insert(call_offset_);
    if (told) return;
  }
  Flaw flaw;
  if (foreign_ > 0) {
    if (!handed && frame_.function != nullptr && end <= frame_.function->text.size()) {
      flaw.there = frame_.function->text;
      flaw.there_begin = begin;
      flaw.there_end = end;
    }
    begin = call_offset_;
    end = call_end_;
  }
  flaw.rule = &rule;
  flaw.begin = begin;
  flaw.end = end;
  flaw.confidence = confidence_of(*worst);
  flaw.build = value->build;
  for (const Step* step = worst->steps.get(); step != nullptr; step = step->before.get())
    flaw.way.push_back({step->offset, step->message});
  std::ranges::reverse(flaw.way);
  flaw.way.push_back({begin, foreign_ > 0 ? "is handed to the function that is called" : "reaches this call"});
  add(std::move(flaw), params);
}

// What the handler says about its answer.
void Engine::say_answer(const Rule& rule, Env& env) {
  env.plain = rule.id == "plain-answer";
  env.page = !env.plain;
}

void Engine::check_flags(const Call& call, const Entry& entry, Env& env) {
  if (!applies(entry, call, env)) return;
  const Ir& callee = module_.at(call.callee);
  Flaw flaw;
  flaw.rule = entry.rule;
  flaw.begin = callee.op == Op::kField ? callee.begin : module_.at(call.ir).begin;
  flaw.end = callee.end;
  flaw.confidence = Confidence::kHigh;
  add(std::move(flaw));
}

// ["ls", name]: no shell reads the data.
bool Engine::runs_fixed_program(const Value& value, const Env& env) const {
  const Box* box = box_of(value, env);
  if (box == nullptr || box->list.empty()) return false;
  const Value& program = *box->list.front();
  const bool known = program.text && program.constant();
  if (program.shell || (known && is_shell(*program.text))) return false;
  if (known && !is_interpreter(*program.text)) return true;
  const auto given = [](const Taint& taint) { return taint.level >= Level::kParam; };
  if (box->rest != nullptr || (!known && std::ranges::any_of(program.taints, given))) return false;
  return std::ranges::none_of(box->list, [](const ValuePtr& part) {
    return part->text && (*part->text == "-c" || *part->text == "/c" || *part->text == "/C" || *part->text == "-e");
  });
}

// What the arguments from `from` print, when the first is a pattern.
ValuePtr Engine::printed(const Call& call, std::size_t from, const Env& env) const {
  if (from >= call.arguments.size() || call.arguments[from].value->kind != Kind::kText) return nullptr;
  std::vector<ValuePtr> values;
  for (std::size_t i = from + 1; i < call.arguments.size(); ++i)
    values.push_back(flat(call.arguments[i].value, env));
  return format(*call.arguments[from].value, values, true, env);
}

// A statement that came as a parameter and goes on as it is: what put it together stands where this function is called.
bool Engine::hands_on(IrId argument) const {
  return frame_.site.end != 0 && foreign_ == 0 && is_whole_parameter(argument);
}

bool Engine::is_whole_parameter(IrId argument) const {
  if (frame_.function == nullptr || argument == kNoIr) return false;
  const Ir& ir = module_.at(argument);
  return ir.op == Op::kName && !frame_.made.contains(ir.text) &&
         std::ranges::any_of(frame_.function->params, [&](const Param& param) { return param.name == ir.text; });
}

// A method of a class of this file: what it does with its arguments is seen in it, whatever it is called.
bool Engine::is_own_method(const Call& call) const {
  if (call.receiver == nullptr && module_.grammar != Grammar::kRuby) {  // called by its name alone
    if (module_.at(call.callee).op != Op::kName || !may_omit_object()) return false;
    const auto index = function_named(call.name, frame_.function->owner, call.arguments.size());
    return index && !module_.functions[*index].owner.empty() && module_.functions[*index].body != kNoIr;
  }
  std::string_view kind = enumeration_of(module_, call);
  if (call.receiver != nullptr && is_script(module_.grammar) && is_class(*call.receiver)) kind = call.receiver->path;
  if (!kind.empty()) {  // "static find(id)"
    const auto index = function_named(call.name, kind, call.arguments.size());
    return index && module_.functions[*index].owner == kind && module_.functions[*index].body != kNoIr;
  }
  if (call.receiver == nullptr || call.receiver->type.empty()) return false;
  if (module_.grammar != Grammar::kGo && !module_.bases.contains(call.receiver->type)) return false;
  const auto index = function_named(call.name, call.receiver->type, call.arguments.size());
  return index && module_.functions[*index].body != kNoIr;
}

// C#: a text with values in it, which the library takes apart; the types of some calls let nothing else in.
bool Engine::is_template(const Call& call, IrId argument) const {
  if (module_.at(argument).op == Op::kConcat) return true;
  const auto made = frame_.made.find(module_.at(argument).text);
  return call.name.find("Interpolated") != std::string_view::npos && module_.at(argument).op == Op::kName &&
         made != frame_.made.end() && module_.at(made->second).op == Op::kConcat;
}

// Where a call is shown: in a chain over several lines, at its own name.
std::uint32_t Engine::begin_of(const Call& call) const {
  const Ir& callee = module_.at(call.callee);
  const std::uint32_t whole = module_.at(call.ir).begin;
  if (callee.op != Op::kField) return whole;
  const std::uint32_t begin = std::max(callee.begin, whole);
  const std::string_view text = text_here();
  if (callee.end > text.size() || callee.end < begin + callee.text.size()) return begin;
  const std::uint32_t name = callee.end - static_cast<std::uint32_t>(callee.text.size());
  const bool apart = text.substr(begin, name - begin).find('\n') != std::string_view::npos;
  return apart && text.substr(name, callee.text.size()) == callee.text ? name : begin;
}

// What a method may be by a pattern of its name, when no model names it; null: nothing.
const Rule* Engine::suspected(const Call& call) {
  if (call.receiver == nullptr || call.arguments.empty()) return nullptr;
  const auto [known, is_new] = suspected_.try_emplace(std::string(call.name), nullptr);
  if (is_new) {
    const auto marked = std::ranges::find_if(
        models_.patterns, [&](const Marked& one) { return one.rule != nullptr && one.pattern->found_in(call.name); });
    if (marked != models_.patterns.end()) known->second = marked->rule;
  }
  return known->second;
}

Checked Engine::check_call(const Call& call, Env& env) {
  for (const Entry* entry : entries_for(Role::kFlag, call)) {
    if (entry->rule->category == "internal") {
      if (applies(*entry, call, env)) say_answer(*entry->rule, env);
    } else {
      check_flags(call, *entry, env);
    }
  }
  for (const Entry* entry : entries_for(Role::kStore, call)) {
    for (const Argument& argument : call.arguments)
      report(*entry, argument.value, module_.at(call.ir).begin, module_.at(call.ir).end, env);
  }
  std::vector<const Entry*> found = entries_for(Role::kSink, call);
  const Box* written = call.receiver == nullptr ? nullptr : box_of(*call.receiver, env);
  if (written != nullptr && written->built != nullptr)  // it goes on from there
    std::erase_if(found, [](const Entry* entry) {
      return entry->rule->category == "xss" && std::ranges::find(entry->arguments, "recv") == entry->arguments.end();
    });
  if (!found.empty() && is_own_method(call)) {
    // Go: made here, of a type of this package, whatever the variable is called.
    const bool any = module_.grammar == Grammar::kGo && call.receiver->box != 0 &&
                     call.receiver->path.find('.') == std::string::npos;
    // "Client().get" of Python, "$client->get" of PHP is no call of a library where this file has a class of that name.
    const std::string made = module_.grammar == Grammar::kPython ? call.receiver->type + "()"
                             : module_.grammar == Grammar::kPhp  ? lower(call.receiver->type)
                             : is_script(module_.grammar)        ? call.receiver->path
                                                                 : std::string();
    std::erase_if(found, [&](const Entry* entry) {
      return any || entry->path.size() == 1 ||
             (entry->path.size() == 2 && (entry->path[1] == made || entry->path[1] == "*"));
    });
  }
  std::optional<Entry> guess;
  if (const Rule* rule = found.empty() ? suspected(call) : nullptr; rule != nullptr) {
    guess.emplace();
    guess->rule = rule;
    guess->least = rule->least;
    guess->needs_sql = true;
    guess->arguments = {"0", "1"};
    found.push_back(&*guess);
  }
  // Go: "func count(tx *sql.Tx, where string, args ...any)": what takes values for a statement takes pieces of it.
  const auto of_function = [&](std::string_view name) {
    return std::ranges::any_of(active_, [&](std::size_t index) {
      const auto& params = module_.functions[index].params;
      return !params.empty() && params.back().name == name && params.back().type.starts_with("...");
    });
  };
  const bool pieces = module_.grammar == Grammar::kGo && std::ranges::any_of(call.arguments, [&](const Argument& one) {
                        return one.ir != kNoIr && module_.at(one.ir).op == Op::kSpread &&
                               of_function(module_.at(module_.kid(one.ir, 0)).text);
                      });
  const std::uint32_t begin = begin_of(call);
  const std::uint32_t end = std::max(module_.at(call.callee).end, begin);
  Checked checked;
  for (const Entry* entry : found) {
    if (!applies(*entry, call, env)) continue;
    checked.fluent = checked.fluent || (entry->is_fluent && call.receiver != nullptr);
    checked.consumed = checked.consumed ||
                       (!guess && entry->rule->category != "redos" && entry->rule->category != "prototype-pollution");
    for (const std::string& name : entry->arguments) {
      if (name == "recv") {
        if (call.receiver != nullptr) report(*entry, call.receiver, begin, end, env);
      } else if (name == "*" || name.ends_with('+')) {
        const std::size_t from = name == "*" ? 0 : position_of(name).value_or(0);
        if (const ValuePtr text = entry->is_format ? printed(call, from, env) : nullptr; text != nullptr) {
          report(*entry, text, begin, end, env);
          continue;
        }
        for (std::size_t i = from; i < call.arguments.size(); ++i)
          report(*entry, call.arguments[i].value, begin, end, env);
      } else if (const Argument* argument = call.argument(name)) {
        if (entry->no_template && argument->ir != kNoIr && is_template(call, argument->ir)) continue;
        const bool later = &name != &entry->arguments.front() && position_of(name).has_value();
        std::optional<Entry> other;  // what is not the first may be a parameter
        if (later && !entry->needs_sql && (entry->rule->context & kSql) != 0) other = *entry, other->needs_sql = true;
        const bool statement = (entry->rule->context & kSql) != 0;
        if (pieces && statement && entry->least < Level::kSource) {
          if (!other) other = *entry;
          other->least = Level::kSource;
        }
        if (statement && !other && !guess && foreign_ == 0 && !active_.empty() && is_whole_parameter(argument->ir)) {
          const std::vector<Param>& params = frame_.function->params;
          const auto param = std::ranges::find(params, module_.at(argument->ir).text, &Param::name);
          let_on_.try_emplace(active_.back(), entry, static_cast<std::size_t>(param - params.begin()));
        }
        const bool elsewhere = statement && hands_on(argument->ir);
        // C#: new ContentResult { …, Content = "…" }; Go: Answer{Body: "…"}
        const bool member = !argument->name.empty() && argument->ir != kNoIr && call.callee == call.ir &&
                            (module_.grammar == Grammar::kCSharp || module_.grammar == Grammar::kGo);
        const std::uint32_t from = elsewhere ? frame_.site.begin : member ? module_.at(argument->ir).begin : begin;
        const std::uint32_t to = elsewhere ? frame_.site.end : member ? module_.at(argument->ir).end : end;
        whole_ = module_.grammar == Grammar::kPhp && foreign_ > 0 && is_whole_parameter(argument->ir);
        report(other ? *other : *entry, argument->value, from, to, env);
        whole_ = false;
      }
    }
  }
  return checked;
}

// C#: new SqlCommand { CommandText = "…" }
void Engine::check_members(const Call& call, Env& env) {
  if (module_.grammar != Grammar::kCSharp) return;
  for (const Argument& argument : call.arguments) {
    if (argument.name.empty() || argument.ir == kNoIr) continue;
    const std::string path = call.path + "." + std::string(argument.name);
    std::vector<const Entry*> found;
    models_.find(Role::kAssign, path, {}, {}, found);
    for (const Entry* entry : found) {
      if (!entry->arguments.empty() || !entry->conditions.empty() || entry->rule->category == "internal") continue;
      report(*entry, argument.value, module_.at(argument.ir).begin, module_.at(argument.ir).end, env);
    }
  }
}

}  // namespace commandcenter::code::dataflow
