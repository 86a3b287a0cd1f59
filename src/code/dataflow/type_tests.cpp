// Tests of what kind a value is: behind "typeof x === 'number'" or "x instanceof Integer", x is no text.
#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

// What is null, false or an empty text when a test comes out like this; kNoIr: nothing.
IrId found_empty(const Module& module, IrId test, bool outcome) {
  const Ir& ir = module.at(test);
  if (module.grammar == Grammar::kGo) {  // name == "", len(name) > 0
    const IrId left = module.kid(test, 0);
    const Ir& right = module.at(module.kid(test, 1));
    if (ir.op != Op::kBinary || outcome != (ir.text == "==") || !one_of(ir.text, "== != >")) return kNoIr;
    if (right.op == Op::kText && right.text.empty() && ir.text != ">") return left;
    const bool sized = right.op == Op::kNumber && right.text == "0" && module.at(left).op == Op::kCall &&
                       module.at(module.kid(left, 0)).text == "len";
    return sized ? module.kid(left, 1) : kNoIr;
  }
  if (ir.op == Op::kName) return outcome ? kNoIr : test;
  if (ir.op != Op::kCall && ir.op != Op::kField) return kNoIr;
  const IrId callee = ir.op == Op::kCall ? module.kid(test, 0) : test;  // of Ruby also without brackets
  const Ir& name = module.at(callee);
  if (name.op == Op::kField)
    return (outcome ? one_of(name.text, "blank? nil? empty?") : name.text == "present?") ? module.kid(callee, 0)
                                                                                         : kNoIr;
  const bool asks = ir.count == 2 && module.grammar == Grammar::kPhp;
  return asks && (outcome ? one_of(name.text, "empty is_null") : name.text == "isset") ? module.kid(test, 1) : kNoIr;
}

}  // namespace

// "if (name) name = escaped(name)": where the test fails, the name holds nothing that does harm.
void clear_empty(const Module& module, IrId test, bool outcome, Env& env) {
  if (!is_script(module.grammar) && module.grammar != Grammar::kPhp && module.grammar != Grammar::kRuby &&
      module.grammar != Grammar::kPython && module.grammar != Grammar::kGo)
    return;
  const IrId empty = found_empty(module, test, outcome);
  if (module.at(empty).op != Op::kName) return;
  const auto* held = env.names.find(module.at(empty).text);
  if (held == nullptr || held->second->taints.empty() || held->second->box != 0) return;
  const ValuePtr value = held->second;
  env.names[module.at(empty).text] = cleared(value, kAllContexts);
}

// Of a type whose values do no harm anywhere, as a language writes it or as it answers to who asks.
bool Engine::names_harmless_type(IrId id) const {
  const Ir& ir = module_.at(id);
  if (ir.op == Op::kText) return one_of(ir.text, "number boolean bigint integer double int float bool");
  if (ir.op != Op::kName && ir.op != Op::kField) return false;
  return is_safe(ir.text) || one_of(ir.text, "Number Numeric Rational complex TrueClass FalseClass NilClass");
}

// The value of which "typeof x", "type(x)", "gettype($x)" or "x.class" tells the type; kNoIr for anything else.
IrId Engine::asked_for_type(IrId question) const {
  const Ir& ir = module_.at(question);
  if (ir.op == Op::kUnary && ir.text == "typeof") return module_.kid(question, 0);
  if (ir.op == Op::kField && ir.text == "class" && module_.grammar == Grammar::kRuby) return module_.kid(question, 0);
  if (ir.op != Op::kCall || ir.count != 2) return kNoIr;
  const Ir& callee = module_.at(module_.kid(question, 0));
  const bool asks =
      callee.op == Op::kName && ((module_.grammar == Grammar::kPython && callee.text == "type") ||
                                 (module_.grammar == Grammar::kPhp && one_of(callee.text, "gettype get_debug_type")));
  return asks ? module_.kid(question, 1) : kNoIr;
}

// What has been asked for its type has no harmful text, nor has what it is another name of; what it was made of may
// have some: parse(x) may give a number, and x holds what it held.
void Engine::clear_asked(IrId id, Env& env) {
  const auto clear = [&](std::string_view name) {
    const auto place = env.names.find(name);
    if (place == nullptr) return;
    const ValuePtr value = place->second;
    env.names[name] = cleared(value, kAllContexts);
  };
  const Ir& ir = module_.at(id);
  const auto place = ir.op == Op::kName ? env.names.find(ir.text) : nullptr;
  if (place == nullptr || place->second->box != 0) return clear_names(id, kAllContexts, env);
  clear(ir.text);
  const auto made = frame_.made.find(ir.text);
  if (made == frame_.made.end()) return;
  const Ir& from = module_.at(made->second);
  if (from.op == Op::kName) clear(from.text);
  if (from.op == Op::kField || from.op == Op::kIndex || from.op == Op::kCall)
    env.proven[written(made->second)] |= kAllContexts;
}

// Where both sides are equal: "typeof x === 'number'", "int is type(x)", Ruby's "Integer === x".
void Engine::refine_type(IrId left, IrId right, std::string_view sign, Env& env) {
  if (const IrId asked = asked_for_type(left); asked != kNoIr && names_harmless_type(right)) clear_asked(asked, env);
  if (const IrId asked = asked_for_type(right); asked != kNoIr && names_harmless_type(left)) clear_asked(asked, env);
  if (is_script(module_.grammar) && module_.at(right).text == "string")  // what is a text brings no operators
    if (const IrId asked = asked_for_type(left); asked != kNoIr) clear_names(asked, kNosqlContext, env);
  if (sign == "===" && module_.grammar == Grammar::kRuby && names_harmless_type(left)) clear_asked(right, env);
}

// "switch (typeof x) { case 'number': … }", Ruby's "case x when Integer", Go's "switch x.(type) { case int: … }".
void Engine::refine_type_case(IrId subject, IrId branch, Env& env) {
  const std::uint32_t labels = module_.at(branch).info;
  bool harmless = labels > 0;
  for (std::uint32_t label = 0; label < labels; ++label)
    harmless = harmless && names_harmless_type(module_.kid(branch, label));
  if (!harmless) return;
  if (const IrId asked = asked_for_type(subject); asked != kNoIr)
    clear_asked(asked, env);
  else if (module_.grammar == Grammar::kRuby || module_.grammar == Grammar::kGo)
    clear_asked(subject, env);
}

// PHP: "preg_match(…) === 1", "!== 1", "== 0". True where it is such a test.
bool Engine::refine_matches(IrId test, bool outcome, Env& env) {
  const IrId left = module_.kid(test, 0);
  const Ir& right = module_.at(module_.kid(test, 1));
  const std::string_view sign = module_.at(test).text;
  const bool equal = one_of(sign, "== ===");
  const bool matches = module_.at(left).op == Op::kCall && module_.at(module_.kid(left, 0)).text == "preg_match";
  if (!matches || right.op != Op::kNumber || (right.text != "0" && right.text != "1") ||
      (!equal && !one_of(sign, "!= !==")))
    return false;
  refine_call(left, (outcome == equal) == (right.text == "1"), env);
  return true;
}

// A test that is compared with true or false. What preg_match() gives is false where it failed only, not where there is
// no match.
bool Engine::refine_outcome(IrId test, bool outcome, Env& env) {
  const std::string_view sign = module_.at(test).text;
  const IrId left = module_.kid(test, 0);
  const IrId right = module_.kid(test, 1);
  if (module_.grammar == Grammar::kPhp && refine_matches(test, outcome, env)) return true;
  const Op wanted = module_.at(right).op;
  const bool equal = one_of(sign, "== === is");
  if ((wanted != Op::kTrue && wanted != Op::kFalse) || (!equal && sign != "is not" && !one_of(sign, "!= !==")))
    return false;
  const Ir& tested = module_.at(left);
  if (wanted == Op::kFalse && sign.size() == 3 && tested.op == Op::kCall &&
      module_.at(module_.kid(left, 0)).text == "preg_match")
    return true;
  if (outcome == equal) refine_equal(left, right, env);
  refine(left, (outcome == equal) == (wanted == Op::kTrue), env);
  return true;
}

// Java: "case Circle c" of what is known to be no circle.
bool Engine::is_of_other_class(const Value& value, IrId branch) const {
  const Ir& label = module_.at(module_.kid(branch, 0));
  if (module_.grammar != Grammar::kJava || module_.at(branch).info != 1 || label.op != Op::kMany) return false;
  if (label.text.empty() || value.box == 0 || value.other != nullptr || value.type == label.text) return false;
  return module_.bases.contains(value.type) && module_.bases.contains(label.text) && !is_one_of(value.type, label.text);
}

}  // namespace commandcenter::code::dataflow
