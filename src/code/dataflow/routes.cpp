// JavaScript: the handlers of one route run in order, on one request. What those in front prove of it holds for the
// others: app.get("/:id", param("id").isInt(), requireName, (req, res) => {…}).
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

// A method of an application or a router.
bool adds_route(std::string_view method) {
  return one_of(method, "get post put delete patch all");
}

constexpr int kMaxParts = 4;  // of a member of a request: "req.params.id"

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
    if (kind != maker && kind != "check") continue;
    proven["express-validator.matchedData()." + std::string(module_.at(key).text)] |= contexts;
    proven[std::string(".") + member + "." + std::string(module_.at(key).text)] |= contexts;
  }
}

// What the options of a route let pass: of Hapi "validate: { params: Joi.object({ id: Joi.number() }) }", of Fastify
// "schema: { params: { properties: { id: { type: 'integer' } } } }".
void Engine::prove_by_options(const Value& options, Proven& proven, const Env& env) const {
  const auto held = [](const Box* box, std::string_view name) -> ValuePtr {
    if (box == nullptr) return nullptr;
    const auto place = box->items.find(name);
    return place == box->items.end() ? nullptr : place->second;
  };
  const auto inside = [&](const Box* box, std::string_view name) -> const Box* {
    const ValuePtr value = held(box, name);
    return value == nullptr ? nullptr : box_of(*value, env);
  };
  const Box* own = box_of(options, env);
  for (const std::string_view way : {"options", "config"})
    if (const Box* more = inside(own, way); more != nullptr) own = more;
  const Box* checks = inside(own, "validate");
  if (checks == nullptr) checks = inside(own, "schema");
  for (const std::string_view part : {"params", "query", "querystring", "payload", "body", "headers"}) {
    const Box* members = inside(checks, part);
    if (const Box* more = inside(members, "properties"); more != nullptr) members = more;
    if (members == nullptr) continue;
    for (const auto& [name, rule] : members->items) {
      const Box* said = box_of(*rule, env);
      const ValuePtr type = held(said, "type");
      const bool number = type != nullptr && type->text && one_of(*type->text, "integer number boolean");
      const bool listed = held(said, "enum") != nullptr || held(said, "pattern") != nullptr;
      if (number || listed || is_strict(lower(rule->path)))
        proven["." + std::string(part == "querystring" ? "query" : part) + "." + name] |= kAllContexts;
    }
  }
}

// "{ method: 'GET', path: '/{id}', options: …, handler(request, h) { … } }"
void Engine::note_route(const Box& route, const Env& env) {
  const auto handler = route.items.find("handler");
  if (!is_script(module_.grammar) || handler == route.items.end() || handler->second->function < 0) return;
  Env own;
  own.boxes = env.boxes;
  Value all;
  all.box = next_box_++;
  own.boxes[all.box] = std::make_shared<Box>(route);
  Proven proven;
  prove_by_options(all, proven, own);
  if (!proven.empty()) proven_for_[static_cast<std::size_t>(handler->second->function)] = std::move(proven);
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
                     foreign_ == 0 && next_ == nullptr && adds_route(call.name);
  for (std::size_t i = 1; route && i + 1 < call.arguments.size(); ++i) {
    const Argument& one = call.arguments[i];
    if (one.ir != kNoIr && module_.at(one.ir).op == Op::kList) {
      for (std::size_t at = 0; at < module_.at(one.ir).count; ++at)
        prove_by_chain(module_.kid(one.ir, at), proven, env);
    } else if (one.ir != kNoIr) {
      prove_by_options(*one.value, proven, env);
      prove_by_chain(one.ir, proven, env);
    }
    if (one.value->function < 0) continue;
    const auto index = static_cast<std::size_t>(one.value->function);
    const Function& guard = module_.functions[index];
    const bool made = captured_.contains(index);  // by "numeric('id')", which knows the name
    if (guard.params.size() != 3 || guard.params[0].name.empty() || (!guard.file.empty() && !made)) continue;
    Next next{&guard, {}, false};
    next_ = &next;
    std::vector<Argument> arguments;
    for (const Param& param : guard.params)
      arguments.push_back({param.name, parameter(guard, param, true), kNoIr});
    Env own = copy(env);
    run_function(index, arguments, 0, own, !made);
    next_ = nullptr;
    for (const auto& [written, contexts] : next.proven)
      proven[written] |= contexts;
  }
  return proven;
}

// "app.get('/', schema, handler)" of "app = new Hono()": no look-up in a map.
bool Engine::hands_to_route(const Call& call) const {
  return is_script(module_.grammar) && call.arguments.size() > 1 && call.arguments.back().value->function >= 0 &&
         adds_route(call.name);
}

// "app.get('/:id', numeric('id'), wrap(async (req, res) => {…}))": what those in front prove holds in what is wrapped.
void Engine::note_wrapped(IrId wrapped, const Call& route, Env& env) {
  if (!is_script(module_.grammar) || route.receiver == nullptr || foreign_ > 0 || next_ != nullptr ||
      !adds_route(route.name))
    return;
  for (std::size_t i = 1; i < module_.at(wrapped).count; ++i) {
    const Ir& handler = module_.at(module_.kid(wrapped, i));
    if (handler.op != Op::kFunction) continue;
    Call front = route;
    front.arguments.push_back({{}, nothing(), kNoIr});  // the handler's place
    if (Proven proven = proven_in_front(front, env); !proven.empty()) proven_for_[handler.info] = std::move(proven);
  }
}

// "req.params[name]" of a handler in front, where the name is known: the handlers behind it write "req.params.id".
void Engine::prove_in_front(IrId id, Contexts contexts, Env& env) {
  std::string member;
  for (int parts = 0; parts < kMaxParts; ++parts) {
    const Ir& ir = module_.at(id);
    if (ir.op == Op::kName) {
      env.proven[*spread_names_.insert(std::string(ir.text) + member).first] |= contexts;
      return;
    }
    if (ir.op == Op::kField) {
      member = "." + std::string(ir.text) + member;
    } else if (ir.op == Op::kIndex && ir.count > 1) {
      const ValuePtr key = eval(module_.kid(id, 1), env);
      if (!key->text || !key->constant()) return;
      member = "." + *key->text + member;
    } else {
      return;
    }
    id = module_.kid(id, 0);
  }
}

// The handler's own name of the request stands in front of what is proven.
void Engine::take_in_front(const Proven& proven, const Function& handler, Env& env) {
  if (handler.params.empty() || handler.params[0].name.empty()) return;
  for (const auto& [written, contexts] : proven) {
    const bool member = written.starts_with('.');
    const std::string whole = member ? std::string(handler.params[0].name) + written : written;
    env.proven[*spread_names_.insert(whole).first] |= contexts;
  }
}

}  // namespace commandcenter::code::dataflow
