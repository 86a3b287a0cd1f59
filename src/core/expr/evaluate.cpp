#include "core/expr/evaluate.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/expr/functions.h"
#include "core/expr/missing.h"
#include "core/expr/operators.h"
#include "core/expr/pattern.h"

namespace commandcenter::expr {
namespace {

constexpr std::size_t kStepsPerPattern = 5'000;  // to compile a pattern that is computed

class Evaluator {
 public:
  Evaluator(const Scope& scope, Work& work) : scope_(scope), work_(work) {}

  bool evaluate(const Node& node, Value& out) {
    work_.column = node.column;
    if (!work_.spend(1)) return false;
    switch (node.kind) {
      case NodeKind::kLiteral:
        out = Value::borrow(node.literal);
        return true;
      case NodeKind::kAccess:
        return access(node, out);
      case NodeKind::kConditional:
        return conditional(node, out);
      case NodeKind::kCoalesce:
        return coalesce(node, out);
      case NodeKind::kOr:
        return decide(node, true, out);
      case NodeKind::kAnd:
        return decide(node, false, out);
      case NodeKind::kChain:
        return chain(node, out);
      case NodeKind::kNot:
        return invert(node, out);
      case NodeKind::kNegate:
        return evaluate(*node.children[0], out) && at(node) && negate(out, work_);
      case NodeKind::kList:
        return list(node, out);
      case NodeKind::kMap:
        return map(node, out);
      case NodeKind::kCall:
        return call(node, out);
      case NodeKind::kHas:
        return has(node, out);
      case NodeKind::kMacro:
        return macro(node, out);
    }
    return false;
  }

 private:
  // Faults from here on are this node's, not those of the operand evaluated last.
  bool at(const Node& node) {
    work_.column = node.column;
    return true;
  }

  bool condition(const Node& node, std::string_view what, bool& out) {
    Value value;
    if (!evaluate(node, value)) return false;
    at(node);
    if (!value.get().is_boolean()) {
      return work_.fail(std::string(what) + " must be a bool, it is " + std::string(type_name(value.get())) +
                        "; compare it with something, such as x != null or size(x) > 0");
    }
    out = value.get().get<bool>();
    return true;
  }

  bool conditional(const Node& node, Value& out) {
    bool chosen = false;
    return condition(*node.children[0], "the condition of '?'", chosen) &&
           evaluate(*node.children[chosen ? 1 : 2], out);
  }

  bool coalesce(const Node& node, Value& out) {
    for (std::size_t i = 0; i + 1 < node.children.size(); ++i) {
      ++tolerant_;
      const bool present = evaluate(*node.children[i], out);
      --tolerant_;
      if (present) return true;
      if (work_.fault.kind != FaultKind::kMissing) return false;
    }
    return evaluate(*node.children.back(), out);
  }

  // || and &&: the first operand that decides wins, even over an error before it.
  bool decide(const Node& node, bool decisive, Value& out) {
    Fault first;
    bool failed = false;
    for (const NodePtr& child : node.children) {
      bool operand = false;
      if (condition(*child, decisive ? "an operand of '||'" : "an operand of '&&'", operand)) {
        if (operand != decisive) continue;
        out = Value(Json(decisive));
        return true;
      }
      if (work_.fault.kind == FaultKind::kLimit) return false;
      if (!failed) first = work_.fault;
      failed = true;
    }
    if (failed) {
      work_.fault = std::move(first);
      return false;
    }
    out = Value(Json(!decisive));
    return true;
  }

  bool chain(const Node& node, Value& out) {
    if (!evaluate(*node.children[0], out)) return false;
    for (std::size_t i = 0; i < node.operators.size(); ++i) {
      Value right;
      if (!evaluate(*node.children[i + 1], right) || !at(node) || !apply(node.operators[i], out, right, work_))
        return false;
    }
    return true;
  }

  bool invert(const Node& node, Value& out) {
    bool operand = false;
    if (!condition(*node.children[0], "the operand of '!'", operand)) return false;
    out = Value(Json(!operand));
    return true;
  }

  bool list(const Node& node, Value& out) {
    Json elements = Json::array();
    for (const NodePtr& child : node.children) {
      Value element;
      if (!evaluate(*child, element) || !work_.spend_own(element)) return false;
      elements.push_back(std::move(element.own()));
    }
    out = Value(std::move(elements));
    return true;
  }

  bool map(const Node& node, Value& out) {
    ObjectBuilder members;
    for (std::size_t i = 0; i < node.children.size(); i += 2) {
      Value key;
      Value member;
      if (!evaluate(*node.children[i], key)) return false;
      at(*node.children[i]);
      if (!key.get().is_string()) {
        return work_.fail("a key must be a string, it is " + std::string(type_name(key.get())));
      }
      if (!evaluate(*node.children[i + 1], member) || !work_.spend_own(key) || !work_.spend_own(member)) return false;
      at(*node.children[i]);
      if (!members.add(std::move(key.own().get_ref<std::string&>()), std::move(member.own()))) {
        return work_.fail("two keys of this map are the same");
      }
    }
    out = Value(members.take());
    return true;
  }

  bool call(const Node& node, Value& out) {
    constexpr std::size_t kMaxArguments = 3;
    Value arguments[kMaxArguments];
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      if (!evaluate(*node.children[i], arguments[i])) return false;
    }
    at(node);
    const Regex* pattern = node.pattern ? &*node.pattern : nullptr;
    if (node.function->takes_pattern && !prepare_pattern(arguments[0].get(), arguments[1].get(), pattern)) return false;
    Call call{std::span<Value>(arguments, node.children.size()), pattern, work_};
    return node.function->call(call, out);
  }

  // Compiles the pattern unless the parser has, and pays for matching it.
  bool prepare_pattern(const Json& text, const Json& source, const Regex*& pattern) {
    if (!source.is_string()) return work_.fail("a pattern must be a string, it is " + std::string(type_name(source)));
    if (pattern == nullptr && !computed_pattern(source.get_ref<const std::string&>(), pattern)) return false;
    if (!text.is_string()) return true;  // the function says so
    const std::size_t weight = pattern_weight(source.get_ref<const std::string&>());
    const std::size_t passes = weight / kPatternWeightPerStep + 1;
    return work_.spend(passes + text.get_ref<const std::string&>().size() / Limits::kBytesPerStep * passes);
  }

  // The last one is kept: in a loop it is mostly the same again.
  bool computed_pattern(const std::string& source, const Regex*& pattern) {
    if (!pattern_ || pattern_source_ != source) {
      if (source.size() > Limits::kMaxExpressionBytes || pattern_weight(source) > kMaxPatternWeight) {
        return work_.fail(FaultKind::kLimit, "the pattern is too large (weight above " +
                                                 std::to_string(kMaxPatternWeight) +
                                                 "); use smaller repetition counts");
      }
      if (!work_.spend(kStepsPerPattern)) return false;
      auto compiled = Regex::compile(source);
      if (!compiled) return work_.fail(compiled.error().message);
      pattern_ = std::move(*compiled);
      pattern_source_ = source;
    }
    pattern = &*pattern_;
    return true;
  }

  bool has(const Node& node, Value& out) {
    ++tolerant_;
    const bool present = evaluate(*node.children[0], out);
    --tolerant_;
    if (!present && work_.fault.kind != FaultKind::kMissing) return false;
    out = Value(Json(present));
    return true;
  }

  bool missing(std::string_view what, std::string_view why) {
    // Under ?? and has() nobody reads the text.
    if (tolerant_ > 0) return work_.fail(FaultKind::kMissing, {});
    return work_.fail(FaultKind::kMissing, std::string(what) + " is missing: " + std::string(why));
  }

  bool root(const Node& node, Value& out) {
    switch (node.root) {
      case Root::kContext:
        if (scope_.context == nullptr) return missing("context", "this run has none");
        out = Value::borrow(*scope_.context);
        return true;
      case Root::kNodeOutput:
      case Root::kNodeStatus:
      case Root::kNodeError:
        return node_root(node, out);
      case Root::kVariable: {
        const auto found = std::find_if(scope_.variables.begin(), scope_.variables.end(),
                                        [&](const Variable& variable) { return variable.name == node.name; });
        if (found == scope_.variables.end() || found->value == nullptr)
          return missing(node.name, "it has no value here");
        out = Value::borrow(*found->value);
        return true;
      }
      case Root::kBound:
        out = Value::borrow(*bound_[node.slot]);
        return true;
      case Root::kExpression:
        return evaluate(*node.children[0], out);
    }
    return false;
  }

  bool node_root(const Node& node, Value& out) {
    const auto found = std::find_if(scope_.nodes.begin(), scope_.nodes.end(),
                                    [&](const NodeValue& value) { return value.id == node.name; });
    if (found == scope_.nodes.end()) return missing_part(node, "not been reached");
    if (node.root == Root::kNodeOutput) {
      if (found->output == nullptr) return missing_part(node, "no output");
      out = Value::borrow(*found->output);
      return true;
    }
    const bool error = node.root == Root::kNodeError;
    const std::string_view text = error ? found->error : found->status;
    if (text.empty()) return missing_part(node, error ? "no error" : "not been reached");
    out = Value(Json(std::string(text)));
    return work_.spend_copy(out.get());
  }

  bool missing_part(const Node& node, std::string_view what) {
    if (tolerant_ > 0) return missing({}, {});
    return missing(show_path(node, 0),
                   "node '" + node.name + "' has " + std::string(what) + "; give a default with ??");
  }

  bool access(const Node& node, Value& out) {
    if (node.steps.empty()) return root(node, out);
    Value base;
    if (!root(node, base)) return false;
    const Json* current = &base.get();
    Value length;  // what `.length` computed
    for (std::size_t i = 0; i < node.steps.size(); ++i) {
      const Json* next = nullptr;
      if (!step(*current, node.steps[i], next, length)) return false;
      if (next == nullptr) {
        work_.column = node.steps[i].column;
        if (tolerant_ > 0) return missing({}, {});
        return missing(show_path(node, i + 1), show_path(node, i) + explain_missing(*current, node.steps[i]));
      }
      current = next;
    }
    if (current == &length.get()) {
      out = std::move(length);
    } else if (base.is_borrowed()) {
      out = Value::borrow(*current);
    } else {
      if (!work_.spend_copy(*current)) return false;
      Json copy = *current;  // before `out`, which may be what it is taken from, changes
      out = Value(std::move(copy));
    }
    return true;
  }

  bool step(const Json& value, const Step& step, const Json*& next, Value& length) {
    if (step.computed) return computed_step(value, step, next, length);
    return take(value, step.name, step.index, next, length);
  }

  bool computed_step(const Json& value, const Step& step, const Json*& next, Value& length) {
    Value key;
    if (!evaluate(*step.computed, key)) return false;
    work_.column = step.column;
    const Json& given = key.get();
    if (given.is_string()) return take(value, given.get_ref<const std::string&>(), std::nullopt, next, length);
    double whole = 0;
    if (given.is_number_float() && std::modf(given.get<double>(), &whole) == 0 && whole >= 0 && whole < 1e15) {
      const auto index = static_cast<std::uint64_t>(whole);
      return take(value, std::to_string(index), index, next, length);
    }
    if (!given.is_number_integer()) {
      return work_.fail("an index must be an int or a string, it is " + std::string(type_name(given)));
    }
    const bool negative = !given.is_number_unsigned() && given.get<std::int64_t>() < 0;
    if (negative) return take(value, given.dump(), {}, next, length);
    return take(value, given.dump(), given.get<std::uint64_t>(), next, length);
  }

  // Own members and elements only; `next` stays null when there is none.
  bool take(const Json& value, std::string_view name, std::optional<std::uint64_t> index, const Json*& next,
            Value& length) {
    if (value.is_object()) return find(value, name, next, work_);
    if (value.is_array() && index) {
      if (*index < value.size()) next = &value[static_cast<std::size_t>(*index)];
      return true;
    }
    if (name == "length" && (value.is_array() || value.is_string())) {
      Value subject = Value::borrow(value);
      Call call{std::span<Value>(&subject, 1), nullptr, work_};
      if (!find_function("size")->call(call, length)) return false;
      next = &length.get();
    }
    return true;
  }

  bool macro(const Node& node, Value& out) {
    Value range;
    if (!evaluate(*node.children[0], range)) return false;
    at(node);
    const Json& elements = range.get();
    if (!elements.is_structured()) {
      return work_.fail("map, filter, exists, exists_one and all go over a list or the keys of a map, not over " +
                        std::string(type_name(elements)));
    }
    Gathered gathered;
    bool more = true;
    if (elements.is_array()) {
      for (const Json& element : elements.get_ref<const Json::array_t&>()) {
        if (!visit(node, element, gathered, more)) return false;
        if (!more) break;
      }
    } else {
      for (const auto& member : elements.get_ref<const Json::object_t&>()) {
        const Json key(member.first);
        if (!work_.spend_copy(key) || !visit(node, key, gathered, more)) return false;
        if (!more) break;
      }
    }
    return conclude(node, std::move(gathered), more, out);
  }

  struct Gathered {
    Json list = Json::array();
    std::size_t hits = 0;  // of exists_one
    bool failed = false;   // exists and all: like || and &&, an error counts only if nothing decides
    Fault first;
  };

  bool visit(const Node& node, const Json& element, Gathered& gathered, bool& more) {
    const Node& body = *node.children[1];
    bound_.push_back(&element);
    const bool visited = visit_bound(node, body, element, gathered, more);
    bound_.pop_back();
    if (visited) return true;
    const bool absorbs = node.macro == Macro::kExists || node.macro == Macro::kAll;
    if (!absorbs || work_.fault.kind == FaultKind::kLimit) return false;
    if (!gathered.failed) gathered.first = work_.fault;
    gathered.failed = true;
    return true;
  }

  bool visit_bound(const Node& node, const Node& body, const Json& element, Gathered& gathered, bool& more) {
    if (node.macro == Macro::kMap) {
      bool taken = true;
      if (node.children.size() > 2 && !condition(*node.children[2], "the test of an element", taken)) return false;
      if (!taken) return true;
      Value value;
      if (!evaluate(body, value) || !work_.spend_own(value)) return false;
      gathered.list.push_back(std::move(value.own()));
      return true;
    }
    bool holds = false;
    if (!condition(body, "the test of an element", holds)) return false;
    if (node.macro == Macro::kFilter && holds) {
      if (!work_.spend_copy(element)) return false;
      gathered.list.push_back(element);
    }
    if (holds) ++gathered.hits;
    if (node.macro == Macro::kExists) more = !holds;
    if (node.macro == Macro::kAll) more = holds;
    return true;
  }

  bool conclude(const Node& node, Gathered gathered, bool undecided, Value& out) {
    if (node.macro == Macro::kMap || node.macro == Macro::kFilter) {
      out = Value(std::move(gathered.list));
      return true;
    }
    if (node.macro == Macro::kExistsOne) {
      out = Value(Json(gathered.hits == 1));
      return true;
    }
    if (undecided && gathered.failed) {
      work_.fault = std::move(gathered.first);
      return false;
    }
    out = Value(Json(undecided == (node.macro == Macro::kAll)));
    return true;
  }

  const Scope& scope_;
  Work& work_;
  std::vector<const Json*> bound_;  // values of the macros' variables, the outermost first
  std::size_t tolerant_ = 0;        // inside how many ?? and has()
  std::string pattern_source_;
  std::optional<Regex> pattern_;
};

}  // namespace

bool evaluate(const Node& root, const Scope& scope, Work& work, Value& out) {
  return Evaluator(scope, work).evaluate(root, out);
}

ErrorCode code_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kMissing:
      return ErrorCode::kNotFound;
    case FaultKind::kLimit:
      return ErrorCode::kTooLarge;
    case FaultKind::kInvalid:
      break;
  }
  return ErrorCode::kInvalid;
}

}  // namespace commandcenter::expr
