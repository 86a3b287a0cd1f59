// JavaScript: the handlers of one route run in order, on one request. What those in front prove of it holds for the
// others: app.get("/:id", param("id").isInt(), requireName, (req, res) => {…}).
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

// "express-validator.param().isInt().toInt()": what passes is no text of somebody's choice, or is escaped.
Contexts proven_by_chain(std::string_view path) {
  constexpr auto kNarrow = std::to_array<std::string_view>(
      {"isInt", "isUUID", "isIn", "isAlphanumeric", "isAlpha", "isNumeric", "isMongoId", "isFloat", "isDecimal",
       "isBoolean", "isHexadecimal", "toInt", "toFloat", "toBoolean", "toDate"});
  if (std::ranges::any_of(kNarrow, [&](std::string_view name) { return holds_word(path, name); })) return kAllContexts;
  return holds_word(path, "escape") ? kHtmlContext : 0;
}

}  // namespace

// What a chain of express-validator proves: the names of the members, as written behind the request's.
void Engine::prove_by_chain(IrId id, Proven& proven, Env& env) {
  const Contexts contexts = proven_by_chain(spelled(id));
  while (module_.at(id).op == Op::kCall && module_.at(module_.kid(id, 0)).op == Op::kField &&
         module_.at(module_.kid(module_.kid(id, 0), 0)).op == Op::kCall)
    id = module_.kid(module_.kid(id, 0), 0);
  if (module_.at(id).op != Op::kCall || module_.at(module_.kid(id, 0)).op != Op::kName) return;
  if (eval(module_.kid(id, 0), env)->path.find("express-validator") == std::string::npos) return;
  const IrId key = module_.kid(id, 1);
  if (contexts == 0 || module_.at(key).op != Op::kText) return;
  const std::string_view kind = module_.at(module_.kid(id, 0)).text;
  for (const auto& [maker, member] : {std::pair("param", "params"), std::pair("query", "query"),
                                      std::pair("body", "body"), std::pair("cookie", "cookies")}) {
    if (kind == maker || kind == "check")
      proven[std::string(".") + member + "." + std::string(module_.at(key).text)] |= contexts;
  }
}

// "next()" in a handler: what is proven of the request there.
void Engine::note_next(const Call& call, const Env& env) {
  if (next_ == nullptr || frame_.function != next_->guard || call.receiver != nullptr) return;
  const auto& params = next_->guard->params;
  if (module_.at(call.callee).text != params[2].name || !call.arguments.empty()) return;
  Proven here;
  for (const auto& [written, contexts] : env.proven) {
    if (written.starts_with(params[0].name) && written.substr(params[0].name.size()).starts_with('.'))
      here[std::string(written.substr(params[0].name.size()))] = contexts;
  }
  if (next_->reached) {
    for (auto& [written, contexts] : next_->proven) {
      const auto other = here.find(written);
      contexts &= other == here.end() ? 0 : other->second;
    }
  } else {
    next_->proven = std::move(here);
  }
  next_->reached = true;
}

// What the handlers and the chains in front of the last handler prove.
Proven Engine::proven_in_front(const Call& call, Env& env) {
  Proven proven;
  const bool route = is_script(module_.grammar) && call.receiver != nullptr && call.arguments.size() > 2 &&
                     foreign_ == 0 && next_ == nullptr && one_of(call.name, "get post put delete patch all");
  for (std::size_t i = 1; route && i + 1 < call.arguments.size(); ++i) {
    const Argument& one = call.arguments[i];
    if (one.ir != kNoIr && module_.at(one.ir).op == Op::kList) {
      for (std::size_t at = 0; at < module_.at(one.ir).count; ++at)
        prove_by_chain(module_.kid(one.ir, at), proven, env);
    } else if (one.ir != kNoIr) {
      prove_by_chain(one.ir, proven, env);
    }
    if (one.value->function < 0) continue;
    const auto index = static_cast<std::size_t>(one.value->function);
    const Function& guard = module_.functions[index];
    if (guard.params.size() != 3 || guard.params[0].name.empty() || !guard.file.empty()) continue;
    Next next{&guard, {}, false};
    next_ = &next;
    std::vector<Argument> arguments;
    for (const Param& param : guard.params)
      arguments.push_back({param.name, parameter(guard, param, true), kNoIr});
    Env own = copy(env);
    run_function(index, arguments, 0, own, true);
    next_ = nullptr;
    for (const auto& [written, contexts] : next.proven)
      proven[written] |= contexts;
  }
  return proven;
}

// The handler's own name of the request stands in front of what is proven.
void Engine::take_in_front(const Proven& proven, const Function& handler, Env& env) {
  if (handler.params.empty() || handler.params[0].name.empty()) return;
  for (const auto& [written, contexts] : proven)
    env.proven[*spread_names_.insert(std::string(handler.params[0].name) + written).first] |= contexts;
}

}  // namespace commandcenter::code::dataflow
