// JavaScript: what promises come to that are made with a function.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::string_view kResolve = "resolve()";  // the path of what a promise hands to its function

}  // namespace

// JavaScript: "new Promise(resolve => … resolve(name))" comes to what resolve is given; null: nothing of a user.
ValuePtr Engine::settled(const Call& call, Env& env) {
  if (!is_script(module_.grammar) || call.path != "Promise" || call.arguments.size() != 1) return nullptr;
  const int code = call.arguments[0].value->function;
  if (code < 0 || module_.functions[static_cast<std::size_t>(code)].params.empty()) return nullptr;
  Value resolve = *new_box(env, Box());
  resolve.path = kResolve;
  const std::uint32_t place = resolve.box;
  const auto index = static_cast<std::size_t>(code);
  called_.insert(index);
  run_function(index, {{{}, std::make_shared<const Value>(std::move(resolve)), kNoIr}}, frame_.self, env, true);
  const auto box = env.boxes.find(place);
  return box == nullptr ? nullptr : box->second->rest;
}

void Engine::learn_settled(const Call& call, Env& env) {
  if (!is_script(module_.grammar) || call.arguments.empty() || module_.at(call.callee).op != Op::kName) return;
  const auto* resolve = env.names.find(module_.at(call.callee).text);
  if (resolve == nullptr || resolve->second->path != kResolve) return;
  const ValuePtr& given = call.arguments[0].value;
  const auto sent = [](const Taint& t) { return t.level == Level::kSource && (t.cleared & kStoredContext) == 0; };
  Box* box = std::ranges::any_of(reach(given, env), sent) ? writable(resolve->second->box, env) : nullptr;
  if (box != nullptr) box->rest = box->rest == nullptr ? given : join(box->rest, given);
}

}  // namespace commandcenter::code::dataflow
