// Python: records all of whose attributes a user may set: Model(**request.get_json()), setattr(record, key, value).
#include <algorithm>
#include <string_view>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

// What a user sent, all of it, as he sent it; a form that was checked gives what it knows only.
bool is_raw(const Taint& taint) {
  if (taint.level != Level::kSource || taint.guessed || (taint.cleared & kStoredContext) != 0) return false;
  const Step* step = taint.steps.get();
  while (step != nullptr && step->before != nullptr)
    step = step->before.get();
  return step == nullptr || step->message != "data of a form";
}

}  // namespace

// A class of records: of this file, or imported from where such lie.
bool Engine::is_record_class(const Call& call) const {
  const std::string_view name = call.name;
  if (name.empty() || name.front() < 'A' || name.front() > 'Z') return false;
  if (const auto base = module_.bases.find(name); base != module_.bases.end())
    return base->second.find("Model") != std::string_view::npos &&
           base->second.find("BaseModel") == std::string::npos &&
           base->second.find("Serializer") == std::string_view::npos;
  const std::size_t dot = call.path.rfind('.');
  return dot != std::string::npos && holds_word(std::string_view(call.path).substr(0, dot), "models");
}

void Engine::check_mass(const Call& call, Env& env) {
  if (module_.grammar != Grammar::kPython || call.arguments.empty()) return;
  const bool creates = one_of(call.name, "create update get_or_create update_or_create acreate aupdate");
  const std::string_view spelled = call.spelled;
  const auto says = [&](std::string_view word) { return spelled.find(word) != std::string_view::npos; };
  const bool of_records = creates && (says(".objects.") || says(".query."));
  const bool of_object = call.name == "update" && spelled.ends_with(".__dict__.update");
  const bool sets = call.path == "setattr" && call.arguments.size() == 3;
  const bool makes = call.receiver == nullptr && is_record_class(call);
  if (!of_records && !of_object && !sets && !makes) return;
  Entry entry;
  entry.rule = rule_named("mass/assignment");
  entry.least = Level::kSource;
  for (const Argument& argument : call.arguments) {
    const bool spread = argument.ir != kNoIr && module_.at(argument.ir).op == Op::kSpread;
    const bool whole = spread || of_object || (of_records && call.name == "update" && argument.name.empty());
    if (sets ? &argument != &call.arguments[1] : !whole) continue;
    Value value = *argument.value;
    std::erase_if(value.taints, [](const Taint& taint) { return !is_raw(taint); });
    if (value.box != 0 || value.taints.empty() || (spread && !argument.name.empty())) continue;
    report(entry, std::make_shared<const Value>(std::move(value)), begin_of(call), module_.at(call.callee).end, env);
  }
}

}  // namespace commandcenter::code::dataflow
