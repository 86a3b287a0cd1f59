// Calls that are tests: what their outcome tells about what they were given.
#include <algorithm>
#include <array>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"
#include "code/source/source.h"

namespace commandcenter::code::dataflow {
namespace {

// What the name of a test says that it looks at: is_safe_url, isAllowedHost, valid_path.
Contexts promised_by(std::string_view name) {
  const std::string small = lower(name);
  const auto holds = [&](auto... words) { return ((small.find(words) != std::string::npos) || ...); };
  if (small == "is_safe" || small == "issafe") return kHostContexts;
  if (!holds("safe", "allow", "valid", "trust", "whitelist") || holds("unsafe", "invalid", "untrust", "disallow"))
    return 0;
  if (holds("url", "uri", "redirect", "host", "domain", "origin", "next_", "target")) return kHostContexts;
  return holds("path", "filename", "file_name") ? kPathContext : 0;
}

// Of an argument, named or not.
IrId value_given(const Module& module, IrId argument) {
  return module.at(argument).op == Op::kKeyword ? module.kid(argument, 0) : argument;
}

// An argument by its place, or by its name where that is written: kNoIr when it is not there.
IrId argument_given(const Module& module, IrId call, std::string_view argument) {
  if (const auto place = position_of(argument)) return module.kid(call, *place + 1);
  const auto kids = module.kids_of(call);
  const auto named = std::ranges::find_if(
      kids, [&](IrId kid) { return module.at(kid).op == Op::kKeyword && module.at(kid).text == argument; });
  return named == kids.end() ? kNoIr : *named;
}

bool asks_contained(std::string_view name) {
  return one_of(name,
                "contains includes include? Contains in_array has containsKey key? has_key? member? array_key_exists "
                "ContainsKey indexOf exists hasOwnProperty cover? str_contains strpos lastIndexOf");
}

}  // namespace

class Engine::CallTest : private Part {
 public:
  CallTest(Engine& engine, IrId call, bool outcome, Env& env)
      : Part(engine, env),
        call_(call),
        callee_(module_.kid(call, 0)),
        is_method_(module_.at(callee_).op == Op::kField),
        name_(module_.at(callee_).text),
        receiver_(is_method_ ? module_.kid(callee_, 0) : kNoIr),
        first_(value_given(module_, module_.kid(call, 1))),
        outcome_(outcome) {}

  void refine() {
    if (module_.at(callee_).op != Op::kName && !is_method_) return;
    if (refine_contained() || refine_signs() || engine_.refine_converted(call_, outcome_, env_)) return;
    if (!is_method_ && outcome_ && name_ == "all") return engine_.refine_all(first_, env_);
    if (refine_any_sign()) return;
    if (outcome_ && first_ != kNoIr) engine_.clear_names(first_, promised_by(name_), env_);
    if (grammar_ == Grammar::kPhp && !is_method_) refine_set();
    if (outcome_ && !is_method_ && name_ == "settype") engine_.prove_converted(call_, env_);
    if (outcome_) engine_.refine_signed(call_, env_);
    if (engine_.refine_pattern(call_, outcome_, env_)) return;
    if (is_script(grammar_) && is_method_ && outcome_ && name_ == "startsWith" && first_ != kNoIr)
      engine_.refine_prefix(receiver_, first_, env_);
    refine_by_models();
    if (is_method_) refine_elements();
    if (is_method_ && outcome_ && first_ == kNoIr && one_of(name_, "matches find lookingAt"))
      engine_.refine_matcher(receiver_, name_ == "matches", env_);
    engine_.refine_by_function(call_, outcome_, env_);
    if (is_method_ && outcome_ && one_of(name_, "equals equalsIgnoreCase eql? Equals"))
      engine_.refine_equal(receiver_, first_, env_);
  }

 private:
  // True: it asks whether something lies in something else, and that was looked at.
  bool refine_contained() {
    const IrId second = module_.kid(call_, 2);
    const bool of_object = is_method_ && ((name_ == "call" && module_.at(receiver_).text == "hasOwnProperty") ||
                                          name_ == "hasOwn");  // Object.hasOwn(map, key)
    if (of_object) {
      engine_.refine_contains(second, first_, outcome_, env_);
      return true;
    }
    const bool of_disk =
        is_method_ && name_ == "exists" && one_of(lower(module_.at(receiver_).text), "path fs files file os");
    if (!asks_contained(name_) || first_ == kNoIr || of_disk) return false;
    if (!is_method_) {  // in_array(needle, list), strpos(text, part)
      const bool text_first = name_ == "str_contains" || name_ == "strpos";
      const IrId other = value_given(module_, second);
      engine_.refine_contains(text_first ? other : first_, text_first ? first_ : other, outcome_, env_);
    } else if (second != kNoIr && grammar_ == Grammar::kGo) {  // strings.Contains(text, part)
      engine_.refine_contains(second, first_, outcome_, env_);
    } else {
      engine_.refine_contains(first_, receiver_, outcome_, env_);
    }
    return true;
  }

  // Go: strings.ContainsAny(text, ";|&")
  bool refine_signs() {
    if (!is_method_ || name_ != "ContainsAny" || outcome_ || grammar_ != Grammar::kGo) return false;
    engine_.refine_none(module_.kid(call_, 2), first_, env_);
    return true;
  }

  // any(sign in x for sign in ";|&")
  bool refine_any_sign() {
    if (is_method_ || outcome_ || name_ != "any" || module_.at(first_).op != Op::kEach) return false;
    const IrId test = module_.kid(first_, 2);
    if (module_.at(first_).count != 3 || module_.at(test).op != Op::kBinary || module_.at(test).text != "in")
      return false;
    engine_.refine_none(module_.kid(first_, 1), module_.kid(test, 1), env_);
    return true;
  }

  // isset($x), empty($x)
  void refine_set() {
    if (name_ == (outcome_ ? "isset" : "empty")) engine_.refine(first_, true, env_);
    if (name_ == (outcome_ ? "empty" : "isset")) engine_.refine_host(first_, false, env_);
  }

  void refine_by_models() {
    std::string path(name_);
    const Op of = module_.at(receiver_).op;
    if (is_method_ && (of == Op::kName || of == Op::kField))
      path = std::string(module_.at(receiver_).text) + "." + path;
    std::vector<const Entry*> found;
    engine_.models_.find(Role::kGuard, path, {}, {}, found);
    for (const Entry* entry : found) {
      if (entry->when == outcome_ && engine_.is_near(*entry, call_) && hold(entry->conditions)) clear(*entry);
    }
  }

  bool hold(const std::vector<Condition>& conditions) {
    Call shape;
    for (std::size_t i = 1; i < module_.at(call_).count; ++i)
      shape.arguments.push_back({{}, engine_.eval(module_.kid(call_, i), env_), module_.kid(call_, i)});
    if (is_method_) shape.receiver = engine_.eval(receiver_, env_);
    return std::ranges::all_of(conditions,
                               [&](const Condition& condition) { return engine_.holds(condition, shape, env_); });
  }

  void clear(const Entry& entry) {
    for (const std::string& argument : entry.arguments) {
      if (argument == "recv") {
        engine_.clear_names(engine_.file_behind(receiver_), entry.contexts, env_);
        engine_.clear_names(receiver_, entry.contexts, env_);
      } else {
        engine_.clear_names(argument_given(module_, call_, argument), entry.contexts, env_);
      }
    }
  }

  // list.every(f)
  void refine_elements() {
    if (first_ == kNoIr) return;
    if (outcome_ == (name_ != "noneMatch") && one_of(name_, "anyMatch noneMatch some find Any"))
      engine_.refine_any(receiver_, first_, env_);
    if (name_ == (outcome_ ? "every" : "some") || (outcome_ && name_ == "allMatch"))
      engine_.refine_every(receiver_, first_, outcome_, env_);
  }

  const IrId call_;
  const IrId callee_;
  const bool is_method_;
  const std::string_view name_;
  const IrId receiver_;  // kNoIr: a plain function
  const IrId first_;     // of its arguments
  const bool outcome_;
};

void Engine::refine_call(IrId call, bool outcome, Env& env) {
  CallTest(*this, call, outcome, env).refine();
}

}  // namespace commandcenter::code::dataflow
