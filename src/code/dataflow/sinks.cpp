// Places where foreign data does harm, and calls that are unsafe by themselves.
#include <algorithm>
#include <charconv>

#include "code/dataflow/engine.h"
#include "code/dataflow/sql_text.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr Contexts kSql = 1;

Confidence confidence_of(const Taint& taint) {
  if (taint.level == Level::kSource) return taint.guessed ? Confidence::kMedium : Confidence::kHigh;
  return taint.level == Level::kResult ? Confidence::kLow : Confidence::kMedium;
}

std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t number = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

const Argument* argument_of(const Call& call, std::string_view name) {
  if (const auto index = number_of(name)) return call.positional(*index);
  return call.named(name);
}

// A statement put together for what is only likely foreign counts where a value stands, not a table's name.
bool likely_sql(const Value& value, const Taint& taint) {
  if (!value.text || value.build == Build::kNone) return false;
  const HolePlaces places = hole_places(*value.text);
  return taint.level == Level::kParam ? places.value || places.name : places.value;
}

}  // namespace

bool Engine::holds(const Condition& condition, const Call& call, const Env& env) const {
  const Argument* argument = argument_of(call, condition.argument);
  if (condition.argument == "recv") {
    const bool found =
        call.receiver != nullptr && condition.expected != nullptr && condition.expected->found_in(call.receiver->path);
    return found != condition.unless;
  }
  if (argument == nullptr) return condition.unless;
  if (condition.expected == nullptr) return !condition.unless;
  std::string text;
  const Value& value = *argument->value;
  if (value.text)
    text = *value.text;
  else if (value.kind == Kind::kBool && value.number)
    text = *value.number != 0 ? "true" : "false";
  else if (value.number)
    text = std::to_string(*value.number);
  else if (value.kind == Kind::kNull)
    text = "null";
  else
    text = value.path;
  if (const Box* box = box_of(value, env)) {
    for (const auto& [key, held] : box->items) {
      text += " " + key + "=";
      text += held->text     ? *held->text
              : held->number ? (held->kind == Kind::kBool ? (*held->number != 0 ? "true" : "false")
                                                          : std::to_string(*held->number))
                             : held->path;
    }
    for (const ValuePtr& held : box->list)
      text += " " + held->text.value_or(held->path);
  }
  return condition.expected->found_in(text) != condition.unless;
}

bool Engine::applies(const Entry& entry, const Call& call, const Env& env) const {
  if (!std::ranges::all_of(entry.conditions, [&](const Condition& condition) { return holds(condition, call, env); }))
    return false;
  if (entry.near == nullptr && entry.not_near == nullptr) return true;
  if (foreign_ > 0) return false;
  const std::size_t begin = frame_.function == nullptr ? 0 : frame_.function->begin;
  const std::size_t end = frame_.function == nullptr ? module_.text.size() : frame_.function->end;
  const std::string_view around = module_.text.substr(begin, end - begin);
  return (entry.near == nullptr || entry.near->found_in(around)) &&
         (entry.not_near == nullptr || !entry.not_near->found_in(around));
}

void Engine::add(Flaw flaw) {
  if (foreign_ > 0) return;  // found where it stands, when that file is looked at
  const auto key = std::pair(flaw.begin, flaw.rule);
  const auto known = flaws_.find(key);
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
    if (box != nullptr && box->built == nullptr && value->taints.empty() && (script || !box->items.empty())) return;
  }
  if (html && env.plain && rule.least == Level::kSource) return;
  const bool sql = (rule.context & kSql) != 0;
  if (const Box* box = box_of(*value, env); sql && box != nullptr && box->built == nullptr && !value->text) {
    const std::vector<ValuePtr> parts = box->list;
    for (const ValuePtr& part : parts) {
      if (part->box == 0) report(entry, part, begin, end, env);
    }
    return;
  }
  if (entry.needs_sql && (!value->text || !looks_like_sql(*value->text))) return;
  const std::vector<Taint> taints = reach(value, env);
  const Taint* worst = nullptr;
  for (const Taint& taint : taints) {
    if ((taint.cleared & rule.context) == rule.context || taint.level < entry.least) continue;
    if (entry.needs_build && value->build == Build::kNone) continue;
    if (sql && taint.level < Level::kSource && !likely_sql(*value, taint)) continue;
    if (worst == nullptr || taint.level > worst->level) worst = &taint;
  }
  if (worst == nullptr) return;
  Flaw flaw;
  flaw.rule = &rule;
  flaw.begin = begin;
  flaw.end = end;
  flaw.confidence = confidence_of(*worst);
  flaw.build = value->build;
  for (const Step* step = worst->steps.get(); step != nullptr; step = step->before.get())
    flaw.way.push_back({step->offset, step->message});
  std::ranges::reverse(flaw.way);
  flaw.way.push_back({begin, "reaches this call"});
  add(std::move(flaw));
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

bool Engine::check_call(const Call& call, Env& env) {
  for (const Entry* entry : entries_for(Role::kFlag, call)) {
    if (entry->rule->id == "plain-answer") {
      if (applies(*entry, call, env)) env.plain = true;
    } else {
      check_flags(call, *entry, env);
    }
  }
  for (const Entry* entry : entries_for(Role::kStore, call)) {
    for (const Argument& argument : call.arguments)
      report(*entry, argument.value, module_.at(call.ir).begin, module_.at(call.ir).end, env);
  }
  std::vector<const Entry*> found = entries_for(Role::kSink, call);
  Entry guess;
  if (found.empty() && call.receiver != nullptr && !call.arguments.empty()) {
    for (const Marked& marked : models_.patterns) {
      if (marked.rule == nullptr || !marked.pattern->found_in(call.name)) continue;
      guess.rule = marked.rule;
      guess.least = marked.rule->least;
      guess.needs_sql = true;
      guess.arguments = {"0", "1"};
      found.push_back(&guess);
      break;
    }
  }
  const Ir& callee = module_.at(call.callee);
  const std::uint32_t begin =
      callee.op == Op::kField && callee.begin > module_.at(call.ir).begin ? callee.begin : module_.at(call.ir).begin;
  const std::uint32_t end = std::max(callee.end, begin);
  bool consumes = false;
  for (const Entry* entry : found) {
    if (!applies(*entry, call, env)) continue;
    consumes = consumes || (entry != &guess && entry->rule->category != "redos");
    for (const std::string& name : entry->arguments) {
      if (name == "recv") {
        if (call.receiver != nullptr) report(*entry, call.receiver, begin, end, env);
      } else if (name == "*" || name.ends_with('+')) {
        const std::size_t from = name == "*" ? 0 : number_of(name).value_or(0);
        for (std::size_t i = from; i < call.arguments.size(); ++i)
          report(*entry, call.arguments[i].value, begin, end, env);
      } else if (const Argument* argument = argument_of(call, name)) {
        Entry other = *entry;  // what is not the first may be a parameter
        const bool later = &name != &entry->arguments.front() && number_of(name).has_value();
        other.needs_sql = other.needs_sql || (later && (entry->rule->context & kSql) != 0);
        report(other, argument->value, begin, end, env);
      }
    }
  }
  return consumes;
}

void Engine::check_assign(IrId target, const ValuePtr& value, Env& env) {
  const Ir& ir = module_.at(target);
  if (ir.op == Op::kIndex) {
    const Ir& key = module_.at(module_.kid(target, 1));
    if (key.op != Op::kText) return;
  } else if (ir.op != Op::kField) {
    return;
  }
  const std::string_view name = ir.op == Op::kField ? ir.text : module_.at(module_.kid(target, 1)).text;
  const ValuePtr object = eval(module_.kid(target, 0), env);
  std::vector<const Entry*> found;
  const std::string suffix = "." + std::string(name);
  models_.find(Role::kAssign, object->path.empty() ? "?" + suffix : object->path + suffix,
               object->type.empty() ? std::string() : object->type + suffix, ir.op == Op::kField ? spelled(target) : "",
               found);
  for (const Entry* entry : found) {
    Call call;
    call.ir = target;
    call.callee = target;
    call.receiver = object;
    call.arguments.push_back({{}, value, kNoIr});
    if (!applies(*entry, call, env)) continue;
    const Ir& name_ir = module_.at(target);
    if (entry->arguments.empty() || entry->arguments[0] != "flag") {
      report(*entry, value, name_ir.begin, name_ir.end, env);
    } else {
      check_flags(call, *entry, env);
    }
  }
}

void Engine::check_store(const std::string& path, const std::string& typed, const std::vector<ValuePtr>& values,
                         IrId id, Env& env) {
  std::vector<const Entry*> found;
  models_.find(Role::kStore, path, typed, {}, found);
  for (const Entry* entry : found) {
    for (const ValuePtr& value : values)
      report(*entry, value, module_.at(id).begin, module_.at(id).end, env);
  }
}

// The answer of a function in the cloud, when it is HTML; what a block of Sinatra gives.
void Engine::check_page(const ValuePtr& value, IrId id, Env& env) {
  const bool html = value->text && value->text->find('<') != std::string::npos;
  if (!html && module_.grammar != Grammar::kRuby) return;
  Entry entry;
  entry.rule = rule_named("xss/server");
  entry.least = Level::kSource;
  report(entry, value, module_.at(id).begin, module_.at(id).end, env);
}

// What a handler returns is what the browser shows.
void Engine::check_return(const ValuePtr& value, IrId id, Env& env) {
  if (frame_.function == nullptr || active_.size() > 1) return;
  ValuePtr shown = value;
  if (const Box* box = box_of(*value, env)) {
    const auto body = box->items.find("body");
    if (body != box->items.end() && box->items.contains("statusCode")) return check_page(body->second, id, env);
    if (box->list.empty()) return;  // JSON
    shown = box->list.front();      // text, status
  }
  const std::string marks = std::string(frame_.function->marks);
  for (const Marked& marked : models_.returns) {
    if (marked.rule == nullptr || !marked.pattern->found_in(marks)) continue;
    Entry entry;
    entry.rule = marked.rule;
    entry.least = Level::kSource;
    report(entry, shown, module_.at(id).begin, module_.at(id).end, env);
    return;
  }
}

}  // namespace commandcenter::code::dataflow
