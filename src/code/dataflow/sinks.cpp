// Places where foreign data does harm, and calls that are unsafe by themselves.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/sql_text.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

// Programs that take code with "-c" or "-e".
bool is_interpreter(std::string_view program) {
  program = program.substr(program.find_last_of("/\\") + 1);
  return one_of(program.substr(0, program.find_first_of("0123456789.")), "python perl ruby node php osascript");
}

}  // namespace

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

// What a call does by itself, whatever it is given, and what it keeps.
void Engine::check_effects(const Call& call, Env& env) {
  for (const Entry* entry : entries_for(Role::kFlag, call)) {
    if (entry->rule->category != "internal")
      check_flags(call, *entry, env);
    else if (applies(*entry, call, env))
      say_answer(*entry->rule, env);
  }
  const Ir& whole = module_.at(call.ir);
  for (const Entry* entry : entries_for(Role::kStore, call)) {
    for (const Argument& argument : call.arguments)
      report(*entry, argument.value, whole.begin, whole.end, env);
  }
}

// The sinks that a call is, as far as this file does not say that it is something else.
std::vector<const Entry*> Engine::sinks_of(const Call& call, const Env& env) {
  std::vector<const Entry*> found = entries_for(Role::kSink, call);
  const Box* written = call.receiver == nullptr ? nullptr : box_of(*call.receiver, env);
  if (written != nullptr && written->built != nullptr)  // it goes on from there
    std::erase_if(found, [](const Entry* entry) {
      return entry->rule->category == "xss" && std::ranges::find(entry->arguments, "recv") == entry->arguments.end();
    });
  if (found.empty() || !is_own_method(call)) return found;
  // Go: made here, of a type of this package, whatever the variable is called.
  const bool any =
      module_.grammar == Grammar::kGo && call.receiver->box != 0 && call.receiver->path.find('.') == std::string::npos;
  // "Client().get" of Python, "$client->get" of PHP is no call of a library where this file has a class of that name.
  const std::string made = module_.grammar == Grammar::kPython ? call.receiver->type + "()"
                           : module_.grammar == Grammar::kPhp  ? lower(call.receiver->type)
                           : is_script(module_.grammar)        ? call.receiver->path
                                                               : std::string();
  std::erase_if(found, [&](const Entry* entry) {
    return any || entry->path.size() == 1 ||
           (entry->path.size() == 2 && (entry->path[1] == made || entry->path[1] == "*"));
  });
  return found;
}

// One call and what it hands to the sinks that it is.
class Engine::SinkCall {
 public:
  SinkCall(Engine& engine, const Call& call, const Env& env)
      : engine_(engine),
        module_(engine.module_),
        call_(call),
        env_(env),
        begin_(engine.begin_of(call)),
        end_(std::max(module_.at(call.callee).end, begin_)),
        pieces_(hands_on_values()) {}

  // `guessed`: from the call's name alone.
  void check(const Entry& entry, bool guessed) {
    for (const std::string& name : entry.arguments) {
      if (name == "recv") {
        if (call_.receiver != nullptr) engine_.report(entry, call_.receiver, begin_, end_, env_);
      } else if (name == "*" || name.ends_with('+')) {
        check_from(entry, name == "*" ? 0 : position_of(name).value_or(0));
      } else if (const Argument* argument = call_.argument(name)) {
        const bool later = &name != &entry.arguments.front() && position_of(name).has_value();
        check_one(entry, *argument, later, guessed);
      }
    }
  }

 private:
  void check_from(const Entry& entry, std::size_t from) {
    if (const ValuePtr text = entry.is_format ? engine_.printed(call_, from, env_) : nullptr; text != nullptr)
      return engine_.report(entry, text, begin_, end_, env_);
    for (std::size_t i = from; i < call_.arguments.size(); ++i)
      engine_.report(entry, call_.arguments[i].value, begin_, end_, env_);
  }

  void check_one(const Entry& entry, const Argument& argument, bool later, bool guessed) {
    if (entry.no_template && argument.ir != kNoIr && is_template(argument.ir)) return;
    const bool statement = (entry.rule->context & kSqlContext) != 0;
    std::optional<Entry> stricter;
    if (statement && later && !entry.needs_sql) {  // what is not the first may be a parameter
      stricter = entry;
      stricter->needs_sql = true;
    }
    if (statement && pieces_ && entry.least < Level::kSource) {
      if (!stricter) stricter = entry;
      stricter->least = Level::kSource;
    }
    if (statement && !stricter && !guessed) note_let_on(entry, argument);
    const Site site = site_of(argument, statement);
    const bool foreign_php = module_.grammar == Grammar::kPhp && engine_.foreign_ > 0;
    engine_.whole_ = foreign_php && engine_.is_whole_parameter(argument.ir);
    engine_.report(stricter ? *stricter : entry, argument.value, site.begin, site.end, env_);
    engine_.whole_ = false;
  }

  // C#: a text with values in it, which the library takes apart; the types of some calls let nothing else in.
  bool is_template(IrId argument) const {
    if (module_.at(argument).op == Op::kConcat) return true;
    const auto made = engine_.frame_.made.find(module_.at(argument).text);
    return call_.name.find("Interpolated") != std::string_view::npos && module_.at(argument).op == Op::kName &&
           made != engine_.frame_.made.end() && module_.at(made->second).op == Op::kConcat;
  }

  // A statement that came as a parameter and goes on as it is: what put it together stands where this function is
  // called.
  bool hands_on(IrId argument) const {
    return engine_.frame_.site.end != 0 && engine_.foreign_ == 0 && engine_.is_whole_parameter(argument);
  }

  // Go: "func count(tx *sql.Tx, where string, args ...any)": what takes values for a statement takes pieces of it.
  bool hands_on_values() const {
    if (module_.grammar != Grammar::kGo) return false;
    const auto is_rest = [&](std::size_t function, std::string_view name) {
      const auto& params = module_.functions[function].params;
      return !params.empty() && params.back().name == name && params.back().type.starts_with("...");
    };
    return std::ranges::any_of(call_.arguments, [&](const Argument& argument) {
      if (argument.ir == kNoIr || module_.at(argument.ir).op != Op::kSpread) return false;
      const std::string_view name = module_.at(module_.kid(argument.ir, 0)).text;
      return std::ranges::any_of(engine_.active_, [&](std::size_t function) { return is_rest(function, name); });
    });
  }

  // The function lets a statement go on that it gets as it is.
  void note_let_on(const Entry& entry, const Argument& argument) {
    if (engine_.foreign_ > 0 || engine_.active_.empty() || !engine_.is_whole_parameter(argument.ir)) return;
    const std::vector<Param>& params = engine_.frame_.function->params;
    const auto param = std::ranges::find(params, module_.at(argument.ir).text, &Param::name);
    engine_.let_on_.try_emplace(engine_.active_.back(), &entry, static_cast<std::size_t>(param - params.begin()));
  }

  Site site_of(const Argument& argument, bool statement) const {
    if (statement && hands_on(argument.ir)) return engine_.frame_.site;
    // C#: new ContentResult { …, Content = "…" }; Go: Answer{Body: "…"}
    const bool member = !argument.name.empty() && argument.ir != kNoIr && call_.callee == call_.ir &&
                        (module_.grammar == Grammar::kCSharp || module_.grammar == Grammar::kGo);
    return member ? Site{module_.at(argument.ir).begin, module_.at(argument.ir).end} : Site{begin_, end_};
  }

  Engine& engine_;
  const Module& module_;
  const Call& call_;
  const Env& env_;
  const std::uint32_t begin_;
  const std::uint32_t end_;
  const bool pieces_;  // its statement may be a piece of one
};

Checked Engine::check_call(const Call& call, Env& env) {
  check_effects(call, env);
  std::vector<const Entry*> found = sinks_of(call, env);
  std::optional<Entry> guess;
  if (const Rule* rule = found.empty() ? suspected(call) : nullptr; rule != nullptr) {
    guess.emplace();
    guess->rule = rule;
    guess->least = rule->least;
    guess->needs_sql = true;
    guess->arguments = {"0", "1"};
    found.push_back(&*guess);
  }
  Checked checked;
  if (found.empty()) return checked;
  SinkCall sink(*this, call, env);
  for (const Entry* entry : found) {
    if (!applies(*entry, call, env)) continue;
    checked.fluent = checked.fluent || (entry->is_fluent && call.receiver != nullptr);
    checked.consumed = checked.consumed || (!guess && !one_of(entry->rule->category, "redos prototype-pollution"));
    sink.check(*entry, guess.has_value());
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
