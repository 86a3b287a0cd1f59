// What a test tells about the values in it: behind "if x not in ALLOWED: return", x is harmless.
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/last_part.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

bool is_host(std::string_view name) {
  return one_of(name, "netloc hostname host origin Host domain getHost getAuthority Hostname");
}

bool is_minus_one(const Module& module, IrId id) {
  const Ir& ir = module.at(id);
  if (ir.op == Op::kNumber) return ir.text == "-1";
  return ir.op == Op::kUnary && ir.text == "-" && module.at(module.kid(id, 0)).text == "1";
}

}  // namespace

// Of an address or the name of a file: what it shows of the whole.
bool tells_of_whole(std::string_view name) {
  return is_host(name) || one_of(name, "scheme protocol path pathname extension ext base basename filename dir");
}

// commonpath([path, base]) == base, dirname(path) == base; "base in path.parents" of a path that was resolved
bool Engine::names_folder(IrId id) const {
  if (module_.grammar == Grammar::kPython && module_.at(id).op == Op::kField && module_.at(id).text == "parents") {
    const IrId path = module_.kid(id, 0);
    const auto made = module_.at(path).op == Op::kName ? frame_.made.find(module_.at(path).text) : frame_.made.end();
    return written(made == frame_.made.end() ? path : made->second).find("resolve") != std::string_view::npos;
  }
  if (module_.at(id).op != Op::kCall) return false;
  return one_of(module_.at(module_.kid(id, 0)).text, "commonpath commonprefix dirname Dir getParent getParentFile");
}

void Engine::clear_names(IrId id, Contexts contexts, Env& env) {
  const Ir& ir = module_.at(id);
  if (ir.op == Op::kKeyword) return clear_names(module_.kid(id, 0), contexts, env);
  if (ir.op == Op::kAssign) {  // "(n := x).isdigit()"
    clear_names(module_.kid(id, 1), contexts, env);
    return clear_names(module_.kid(id, 0), contexts, env);
  }
  if (ir.op == Op::kName) {
    clear_field(ir.text, contexts, env);
    const auto place = env.names.find(ir.text);
    if (place == nullptr) return;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> origins;
    for (const Taint& taint : place->second->taints)
      origins.emplace_back(taint.origin, taint.part);
    if (const Box* box = box_of(*place->second, env);
        box != nullptr && box->rest != nullptr && box->items.empty() && env.boxes.contains(place->second->box)) {
      for (const Taint& taint : box->rest->taints)  // "new URL(x)"
        origins.emplace_back(taint.origin, taint.part);
      Box* proven = writable(place->second->box, env);
      proven->rest = cleared(proven->rest, contexts);
    }
    // The expression it was made of, written once more, gives the same.
    if (const auto made = frame_.made.find(ir.text);
        made != frame_.made.end() && module_.at(made->second).op != Op::kName)
      prove(made->second, contexts, env);
    // What was made of the same data before is as harmless, and the other way round.
    if (origins.empty()) return;
    env.names.change_each([&](std::string_view, const ValuePtr& value) -> std::optional<ValuePtr> {
      const bool same =
          value->taints.size() == origins.size() && std::ranges::all_of(value->taints, [&](const auto& t) {
            return std::ranges::find(origins, std::pair(t.origin, t.part)) != origins.end();
          });
      if (!same) return std::nullopt;
      return cleared(value, contexts);
    });
    return;
  }
  if (ir.op == Op::kBinary && one_of(ir.text, "?? || ?: or") && is_literal(module_.kid(id, 1)))
    return clear_names(module_.kid(id, 0), contexts, env);  // "x ?? ''"
  if (ir.op == Op::kCall || ir.op == Op::kIndex || ir.op == Op::kField) {
    env.proven[written(id)] |= contexts;
    if (next_ != nullptr) prove_in_front(id, contexts, env);
    prove(id, contexts, env);
    if (!is_host(ir.text)) clear_member(id, contexts, env);
  }
  if (ir.op == Op::kCall && looks_up(module_.kid(id, 0))) return;
  if (ir.op == Op::kField && !is_host(ir.text)) return;
  if (ir.op == Op::kField) contexts &= kHostContexts;  // "job.host" tells nothing of "job.command"
  if (ir.op == Op::kCall || ir.op == Op::kNew || ir.op == Op::kCast || ir.op == Op::kMany || ir.op == Op::kList ||
      ir.op == Op::kField) {
    for (std::size_t i = 0; i < ir.count; ++i)
      clear_names(module_.kid(id, i), contexts, env);
  } else if (ir.op == Op::kIndex && module_.kid(id, 1) == kNoIr) {  // "x[1:-1]"
    clear_names(module_.kid(id, 0), contexts, env);
  }
}

// "form.get(…)": what is proven of one member says nothing about the others.
bool Engine::looks_up(IrId callee) const {
  return module_.at(callee).op == Op::kField &&
         one_of(
             module_.at(callee).text,
             "charAt codePointAt charCodeAt get getlist getList getAll get_all fetch dig getParameter getHeader input "
             "query post header param cookie get_argument getVar getFirst");
}

// An expression and those that it is made of: "urlparse(x[1]).host" and "x[1]", but not all of "x".
void Engine::prove(IrId id, Contexts contexts, Env& env) {
  const Ir& ir = module_.at(id);
  if (depth_ >= kMaxEvalDepth) return;
  ++depth_;
  if (ir.op == Op::kCall || ir.op == Op::kIndex ||
      (ir.op == Op::kField && module_.at(module_.kid(id, 0)).op != Op::kName)) {
    env.proven[written(id)] |= contexts;
    if (next_ != nullptr) prove_in_front(id, contexts, env);
  }
  if (ir.op == Op::kField) {
    prove(module_.kid(id, 0), contexts, env);
  } else if (ir.op == Op::kCall || ir.op == Op::kNew) {
    for (std::size_t i = ir.op == Op::kCall ? 1 : 0; i < ir.count; ++i)
      prove(module_.kid(id, i), contexts, env);
  }
  --depth_;
}

bool Engine::is_literal(IrId id) const {
  const Op op = module_.at(id).op;
  return op == Op::kText || op == Op::kNumber || op == Op::kNull || op == Op::kTrue || op == Op::kFalse;
}

void Engine::refine_equal(IrId left, IrId right, Env& env) {
  // "entry.getName()", "request.getParameter("a")": written once more, it gives the same.
  const auto is_getter = [&](IrId call) {
    const IrId callee = module_.at(call).op == Op::kCall ? module_.kid(call, 0) : kNoIr;
    const bool named = module_.at(call).count == 1 && module_.at(callee).text.starts_with("get");
    return callee != kNoIr && (named || looks_up(callee));
  };
  for (const auto& [name, other] : {std::pair(left, right), std::pair(right, left)}) {
    const Op op = module_.at(other).op;
    const bool literal = is_literal(other);
    if (refine_site(name, other, env)) continue;
    if (literal && op == Op::kText) clear_names(file_behind(name), kPathContext, env);
    if (literal && module_.at(name).op == Op::kName && env.names.contains(module_.at(name).text))
      env.names[module_.at(name).text] = eval(other, env);
    else if (op == Op::kName && module_.at(name).op == Op::kName && env.names.contains(module_.at(other).text) &&
             is_of_program(*eval(other, env)))
      clear_names(name, kAllContexts, env);  // one of what is allowed
    else if (literal && op == Op::kText && module_.at(name).op == Op::kIndex)
      prove(name, kAllContexts, env);
    else if (literal && op == Op::kText && module_.at(name).op == Op::kField && is_host(module_.at(name).text))
      clear_names(name, kHostContexts, env), refine_sender(name, env);
    else if (is_script(module_.grammar) && is_host(module_.at(name).text) && is_host(module_.at(other).text) &&
             holds_word(written(other), "location"))
      clear_names(name, kHostContexts, env), refine_sender(name, env);  // url.origin === location.origin
    else if (literal && op == Op::kText && module_.at(name).op == Op::kCall && asked_for_host(name) != kNoIr)
      clear_allowed(name, env);
    else if (literal && op == Op::kText && is_getter(name))
      env.proven[written(name)] |= kAllContexts;
    else if (literal && op == Op::kText && module_.at(name).op == Op::kField && is_script(module_.grammar))
      env.proven[written(name)] |= kAllContexts;
    if (op == Op::kText) refine_scheme(name, env);
  }
}

// "if url.netloc: …": without a host an address stays on this site.
void Engine::refine_host(IrId test, bool outcome, Env& env) {
  if (module_.grammar == Grammar::kPhp) {  // "$parts['host']" of "$parts = parse_url($url)"
    const IrId key = module_.kid(test, 1);
    const auto made = frame_.made.find(module_.at(module_.kid(test, 0)).text);
    if (outcome || module_.at(test).op != Op::kIndex || module_.at(key).text != "host" || made == frame_.made.end())
      return;
    if (module_.at(module_.kid(made->second, 0)).text == "parse_url")
      clear_names(module_.kid(made->second, 1), kHostContexts, env);
    return;
  }
  if (!outcome && is_host(module_.at(test).text)) clear_names(test, kHostContexts, env);
}

// The address of which "url.hostname" or "url.getHost()" tells the host; kNoIr for anything else.
IrId Engine::asked_for_host(IrId question) const {
  if (const IrId address = parsed_for_host(question); address != kNoIr) return address;
  IrId member = question;
  if (module_.at(question).op == Op::kCall && module_.at(question).count == 1) member = module_.kid(question, 0);
  const bool asks = module_.at(member).op == Op::kField && is_host(module_.at(member).text);
  return asks ? module_.kid(member, 0) : kNoIr;
}

// What is one of those that are allowed: the host of an address, or a value itself.
void Engine::clear_allowed(IrId part, Env& env) {
  const IrId address = asked_for_host(part);
  if (address == kNoIr || module_.at(part).op != Op::kCall) return clear_names(part, kAllContexts, env);
  prove(part, kAllContexts, env);
  clear_names(address, kHostContexts, env);
}

void Engine::refine_contains(IrId part, IrId whole, bool inside, Env& env) {
  const Ir& piece = module_.at(part);
  if (piece.op == Op::kText) {  // "'" in x
    if (!inside) clear_names(whole, contexts_without(piece.text), env);
    return;
  }
  if (!inside) return;
  if (module_.at(whole).op == Op::kField && names_folder(whole))
    return clear_names(module_.kid(whole, 0), kPathContext, env);
  const ValuePtr list = eval(whole, env);
  const Box* box = box_of(*list, env);
  const std::vector<Taint> held = reach(list, env);
  const auto is_unknown = [](const Taint& taint) { return taint.level <= Level::kUnknown; };  // "@names || []"
  const bool fixed = box != nullptr ? std::ranges::all_of(held, is_unknown) : held.empty() || is_unknown(held[0]);
  if (fixed) clear_allowed(part, env);
  if (fixed) refine_scheme(part, env), refine_sender(part, env);
}

// event.origin === "https://shop.example.com": what is in the message comes from somebody who is known.
void Engine::refine_sender(IrId origin, Env& env) {
  const Ir& ir = module_.at(origin);
  const IrId event = module_.kid(origin, 0);
  if (!is_script(module_.grammar) || ir.op != Op::kField || ir.text != "origin" || module_.at(event).op != Op::kName)
    return;
  env.proven[*spread_names_.insert(std::string(module_.at(event).text) + ".data").first] |= kAllContexts;
}

// url.protocol === "https:": an address that runs no script.
void Engine::refine_scheme(IrId part, Env& env) {
  const Ir& ir = module_.at(part);
  if (ir.op == Op::kField && ir.text == "protocol") clear_names(module_.kid(part, 0), kSchemeContext, env);
}

// "PATTERN.matcher(x)", also when the matcher has a name.
IrId Engine::matcher_made(IrId matcher) const {
  if (module_.at(matcher).op == Op::kName) {
    const auto made = frame_.made.find(module_.at(matcher).text);
    if (made == frame_.made.end()) return kNoIr;
    matcher = made->second;
  }
  const Ir& callee = module_.at(module_.kid(matcher, 0));
  const bool known = module_.at(matcher).op == Op::kCall && module_.at(matcher).count == 2 && callee.op == Op::kField &&
                     callee.text == "matcher";
  return known ? matcher : kNoIr;
}

void Engine::refine_matcher(IrId matcher, bool whole, Env& env) {
  const IrId made = matcher_made(matcher);
  if (made == kNoIr) return;
  const ValuePtr pattern = eval(module_.kid(module_.kid(made, 0), 0), env);
  if (pattern->text && pattern->constant() && allows_little(*pattern->text, whole))
    clear_names(module_.kid(made, 1), kAllContexts, env);
}

// ALLOWED.stream().anyMatch(x::equals), ALLOWED.some(one => one === x): x is one of what is allowed.
void Engine::refine_any(IrId list, IrId test, Env& env) {
  if (!reach(eval(list, env), env).empty()) return;
  const Ir& ir = module_.at(test);
  if (ir.op == Op::kField && one_of(ir.text, "equals equalsIgnoreCase"))
    return clear_names(module_.kid(test, 0), kAllContexts, env);
  if (ir.op != Op::kFunction || module_.functions[ir.info].params.size() != 1) return;
  const std::string_view own = module_.functions[ir.info].params[0].name;
  const IrId body = only_value(module_.functions[ir.info].body);
  IrId left = module_.kid(body, 0);
  IrId right = module_.kid(body, 1);
  const bool same = module_.at(body).op == Op::kBinary && one_of(module_.at(body).text, "== ===");
  const bool call = module_.at(body).op == Op::kCall && module_.at(left).op == Op::kField &&
                    one_of(module_.at(left).text, "equals equalsIgnoreCase Equals");
  if (!same && !call) return;
  if (call) left = module_.kid(left, 0);
  if (module_.at(left).text == own) clear_names(right, kAllContexts, env);
  if (module_.at(right).text == own) clear_names(left, kAllContexts, env);
}

// What a function gives that does nothing else.
IrId Engine::only_value(IrId body) const {
  while (module_.at(body).op == Op::kBlock && module_.at(body).count == 1)
    body = module_.kid(body, 0);
  return module_.at(body).op == Op::kReturn ? module_.kid(body, 0) : body;
}

// Laravel: abort_unless(test), abort_if(test).
void Engine::refine_abort(IrId statement, Env& env) {
  if (module_.at(statement).op != Op::kCall || module_.grammar != Grammar::kPhp) return;
  const std::string_view name = module_.at(module_.kid(statement, 0)).text;
  if (name == "abort_unless" || name == "throw_unless") refine(module_.kid(statement, 1), true, env);
  if (name == "abort_if" || name == "throw_if") refine(module_.kid(statement, 1), false, env);
}

// What a function that is a test lets pass: filter(name => ALLOWED.includes(name)).
ValuePtr Engine::passed(std::size_t test, const ValuePtr& item, const Env& env) {
  const Function& function = module_.functions[test];
  const IrId body = only_value(function.body);
  if (function.params.empty() || function.params[0].name.empty() || item->taints.empty()) return item;
  Env own = copy(env);
  own.names[function.params[0].name] = item;
  refine(body, true, own);
  const ValuePtr after = own.names[function.params[0].name];
  const bool same = after->taints.size() == item->taints.size() &&
                    std::ranges::equal(after->taints, item->taints, {}, &Taint::cleared, &Taint::cleared);
  return same ? item : after;
}

// What an operator tells of what stands on its sides.
void Engine::refine_binary(IrId test, bool outcome, Env& env) {
  const Ir& ir = module_.at(test);
  const IrId left = position_behind(module_, frame_.made, module_.kid(test, 0));
  const IrId right = module_.kid(test, 1);
  if (refine_outcome(test, outcome, env)) return;
  const bool both = ir.text == "&&" || ir.text == "and";
  const bool either = ir.text == "||" || ir.text == "or";
  if ((both && outcome) || (either && !outcome)) {
    refine(left, outcome, env);
    refine(right, outcome, env);
  } else if ((either && outcome) || (both && !outcome)) {  // what both sides tell
    Env first = copy(env);
    Env second = copy(env);
    refine(left, outcome, first);
    refine(right, outcome, second);
    merge(first, second);
    env = std::move(first);
  } else if (ir.text == "in" || ir.text == "not in") {
    refine_contains(left, right, outcome == (ir.text == "in"), env);
  } else if (ir.text == "instanceof") {
    if (outcome && names_harmless_type(right)) clear_asked(left, env);
  } else if (module_.at(right).op == Op::kNull && one_of(ir.text, "is == ===")) {
    if (outcome) refine_equal(left, right, env);
    refine(left, !outcome, env);  // re.match(…) is None
  } else if (module_.at(right).op == Op::kNull && (one_of(ir.text, "!= !==") || ir.text == "is not")) {
    if (!outcome) refine_equal(left, right, env);
    refine(left, outcome, env);
  } else if (one_of(ir.text, "is == ===")) {
    if (outcome && ir.text != "is") refine_equal(left, right, env);
    if (outcome) refine_type(left, right, ir.text, env);
    if (outcome) refine_beginning(left, right, env), refine_beginning(right, left, env);
    if (outcome && names_folder(left)) clear_names(left, kPathContext, env);
    if (module_.at(left).op == Op::kCall && is_minus_one(module_, right))
      refine_call(left, !outcome, env);  // indexOf(x) === -1
  } else if (one_of(ir.text, "!= !==") || ir.text == "is not") {
    if (!outcome && ir.text != "is not") refine_equal(left, right, env);
    if (!outcome) refine_type(left, right, ir.text, env);
    if (!outcome) refine_beginning(left, right, env), refine_beginning(right, left, env);
    if (!outcome && names_folder(left)) clear_names(left, kPathContext, env);
    // x.indexOf("..") != -1 and the like
    const bool begins = module_.at(right).text == "0" &&  // strpos(x, "..") !== 0 tells where it stands
                        one_of(module_.at(module_.kid(left, 0)).text, "strpos stripos mb_strpos indexOf");
    if (module_.at(left).op == Op::kCall && !begins) refine_call(left, outcome, env);
  } else if (ir.text == "!~") {
    if (!refine_match({right, left}, !outcome, env)) refine_match({left, right}, !outcome, env);
  } else if (ir.text == "=~") {
    if (!refine_match({right, left}, outcome, env) && !refine_match({left, right}, outcome, env) && outcome)
      clear_names(left, kAllContexts, env);
  } else if (module_.at(left).op == Op::kCall) {
    // indexOf(x) >= 0, indexOf(x) < 0, preg_match(…) > 0
    refine_call(left, outcome == (ir.text != "<" && ir.text != "<="), env);
  }
}

void Engine::refine(IrId test, bool outcome, Env& env) {
  if (test == kNoIr || depth_ >= kMaxEvalDepth) return;
  const Ir& ir = module_.at(test);
  ++depth_;
  clear_empty(module_, test, outcome, env);
  const IrId left = module_.kid(test, 0);
  const IrId right = module_.kid(test, 1);
  if (ir.op == Op::kUnary && (ir.text == "!" || ir.text == "not")) {
    refine(left, !outcome, env);
  } else if (ir.op == Op::kBinary) {
    refine_binary(test, outcome, env);
  } else if (ir.op == Op::kCall) {
    refine_call(test, outcome, env);
  } else if (ir.op == Op::kIndex) {  // ALLOWED[x]
    if (outcome && right != kNoIr) refine_contains(right, left, true, env);
  } else if (ir.op == Op::kName) {  // "ok", which such a test gave before
    const auto made = frame_.made.find(ir.text);
    if (made != frame_.made.end() && !follows_name_) {  // "a = a || b" would never end
      follows_name_ = true;
      refine(made->second, outcome, env);
      follows_name_ = false;
    }
  } else if (ir.op == Op::kField) {
    refine_host(test, outcome, env);
  } else if (ir.op == Op::kAssign) {
    refine(right, outcome, env);
  } else if (ir.op == Op::kMany && ir.count == 1 && module_.at(left).op == Op::kAssign) {  // x instanceof Integer n
    if (outcome && is_safe(module_.at(left).type)) clear_asked(module_.kid(left, 1), env);
  } else if (ir.op == Op::kCast && module_.grammar == Grammar::kGo) {  // "ok" of "n, ok := x.(int)"
    if (outcome && is_safe(ir.text)) clear_asked(left, env);
  }
  --depth_;
}

}  // namespace commandcenter::code::dataflow
