// Flaws that the shape of code shows: checks that check nothing, objects merged by any key, slow patterns.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/redos.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

Flaw at(const Rule* rule, std::size_t begin, std::size_t end, Confidence confidence) {
  Flaw flaw;
  flaw.rule = rule;
  flaw.begin = begin;
  flaw.end = end;
  flaw.confidence = confidence;
  return flaw;
}

}  // namespace

void Engine::check_bodies() {
  for (std::size_t i = 0; i < module_.functions.size(); ++i) {
    const Function& function = module_.functions[i];
    if (!function.file.empty() || function.body == kNoIr) continue;
    if (is_script(module_.grammar)) check_merge(function);
    if (function.name.empty() || function.name.data() < module_.text.data()) continue;
    const auto place = static_cast<std::size_t>(function.name.data() - module_.text.data());
    if (place + function.name.size() > module_.text.size()) continue;
    const std::string text = marks_of(function) + " " + std::string(function.name);
    for (const Marked& marked : models_.bodies) {
      if (marked.rule == nullptr || !is_marked(marked, text)) continue;
      if (marked.label == "always") {
        const auto mark = marked.pattern->find(function.marks, 0);
        const std::string_view shown = mark ? *mark : function.name;
        const auto begin = static_cast<std::size_t>(shown.data() - module_.text.data());
        if (begin <= module_.text.size()) add(at(marked.rule, begin, begin + shown.size(), Confidence::kHigh));
        continue;
      }
      const bool holds = marked.label == "true" ? returns_true(i) : is_empty(function.body);
      if (holds) add(at(marked.rule, place, place + function.name.size(), Confidence::kHigh));
    }
  }
}

// Nothing but "return" and "return null".
bool Engine::is_empty(IrId body) const {
  const Ir& ir = module_.at(body);
  if (ir.op == Op::kNone || ir.op == Op::kNull) return true;
  if (ir.op != Op::kBlock && ir.op != Op::kReturn) return false;
  return std::ranges::all_of(module_.kids_of(body), [&](IrId kid) { return is_empty(kid); });
}

// function merge(to, from) { for (k in from) if (…) merge(to[k], from[k]); else to[k] = from[k]; }
void Engine::check_merge(const Function& function) {
  const std::string_view name = function.name.empty() ? function.alias : function.name;
  if (name.empty() || function.params.size() < 2 || function.end <= function.begin) return;
  const std::string_view text = module_.text.substr(function.begin, function.end - function.begin);
  for (const std::string_view guard :
       {"__proto__", "hasOwn", "'prototype'", "\"prototype\"", "'constructor'", "Object.create(null)"}) {
    if (text.find(guard) != std::string_view::npos) return;
  }
  const std::string_view into = function.params[0].name;
  const auto indexes_first = [&](IrId id) {
    return module_.at(id).op == Op::kIndex && module_.at(module_.kid(id, 0)).text == into &&
           module_.at(module_.kid(id, 1)).op == Op::kName;
  };
  if (text.find(std::string(name) + "(") == std::string_view::npos) return;
  bool again = false;
  const Ir* written_to = nullptr;
  // What is inside was made just before the body itself.
  for (IrId id = function.body; id > kNoIr && module_.at(id).begin >= function.begin; --id) {
    const Ir& ir = module_.at(id);
    if (ir.op == Op::kCall && module_.at(module_.kid(id, 0)).text == name)
      again = again || std::ranges::any_of(module_.kids_of(id).subspan(1), indexes_first);
    if (written_to == nullptr && ir.op == Op::kAssign && indexes_first(module_.kid(id, 0)))
      written_to = &module_.at(module_.kid(id, 0));
  }
  if (again && written_to != nullptr)
    add(at(rule_named("prototype/pollution"), written_to->begin, written_to->end, Confidence::kMedium));
}

// object[a][b] = value, where a user says what a is.
void Engine::check_key(IrId target, const ValuePtr& value, Env& env) {
  const IrId inner = module_.kid(target, 0);
  if (!is_script(module_.grammar) || module_.at(inner).op != Op::kIndex || value->kind == Kind::kFunction) return;
  const IrId key = module_.kid(inner, 1);
  if (key == kNoIr || module_.at(key).op == Op::kText || module_.at(key).op == Op::kNumber) return;
  Entry entry;
  entry.rule = rule_named("prototype/pollution");
  entry.least = Level::kSource;
  report(entry, eval(key, env), module_.at(target).begin, module_.at(target).end, env);
}

// A text of others is held against an expression that takes very long on some of them.
void Engine::check_pattern(const Call& call, Env& env) {
  const Argument* first = call.positional(0);
  const Argument* second = call.positional(1);
  const Value* pattern = nullptr;
  ValuePtr subject;
  bool whole = false;
  const bool literal = call.receiver != nullptr && call.receiver->text && call.receiver->constant();
  if (literal && first != nullptr && one_of(call.name, "test exec match search fullmatch matcher match? IsMatch")) {
    pattern = call.receiver.get();
    subject = first->value;
    whole = call.name == "fullmatch";
  } else if (first != nullptr && first->value->text && first->value->constant()) {
    pattern = first->value.get();
    whole = one_of(call.name, "fullmatch matches");
    const bool of_module = one_of(call.path,
                                  "re.match re.search re.fullmatch re.findall re.finditer Pattern.matches "
                                  "Regex.IsMatch Regex.Match");
    if (of_module && second != nullptr)
      subject = second->value;
    else if (call.receiver != nullptr && !call.receiver->taints.empty() &&
             one_of(call.name, "match matchAll search replace replaceAll split matches match?"))
      subject = call.receiver;
  }
  if (pattern == nullptr || subject == nullptr || subject->taints.empty()) return;
  if (!is_exponential(*pattern->text, whole)) return;
  Entry entry;
  entry.rule = rule_named("redos/backtracking");
  entry.least = entry.rule->least;
  const Ir& ir = module_.at(call.ir);
  report(entry, subject, ir.begin, ir.end, env);
}

}  // namespace commandcenter::code::dataflow
