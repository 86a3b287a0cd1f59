// Program × value → violations. Walks value and program together; every schema application, member and comparison costs
// steps, and running out of them, or of depth, ends the walk with a violation that says so. Thread: any, shares
// nothing.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/schema/assertions.h"
#include "core/schema/messages.h"
#include "core/schema/program.h"

namespace commandcenter::schema {
namespace {

constexpr std::size_t kMaxReportedAlternatives = 4;
constexpr std::size_t kStepsPerMessage = 8;     // writing one takes about as long
constexpr std::size_t kStepsPerComparison = 4;  // of two names, for "did you mean"

// A step from a value into it; the chain of them is the value's path. Lives on the stack of the walk.
struct Step {
  const Step* before = nullptr;
  const std::string* member = nullptr;  // else the item
  std::size_t item = 0;
};

std::string path_text(const Step* last) {
  std::vector<const Step*> steps;
  for (const Step* step = last; step != nullptr; step = step->before)
    steps.push_back(step);
  std::string path;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if ((*step)->member == nullptr) {
      path += fmt::format("[{}]", (*step)->item);
      continue;
    }
    const std::string& name = *(*step)->member;
    const bool plain =
        !name.empty() && name.size() <= kMaxExcerpt_bytes && std::none_of(name.begin(), name.end(), [](char c) {
          return static_cast<unsigned char>(c) <= ' ' || std::string_view(".[]\"'\\").find(c) != std::string_view::npos;
        });
    if (plain)
      path += (path.empty() ? "" : ".") + name;
    else
      path += fmt::format("[{}]", in_quotes(name));
  }
  return path;
}

// Collects violations up to its capacity. Capacity 0 only asks whether there are any.
struct Sink {
  std::size_t capacity = 0;
  std::vector<Violation> violations = {};
  bool full() const { return violations.size() >= capacity; }
};

// Which members or items of one value some rule has looked at, by position. Kept only where an "unevaluated…" asks.
using Evaluated = std::vector<bool>;

// One schema being applied to one value.
struct Visit {
  const Node& node;
  const Json& value;
  const Step* path;
  Sink& sink;
  Evaluated* evaluated;  // null: nobody asks
  std::string_view keyword = {};
};

class Walk {
 public:
  explicit Walk(const Program& program) : program_(program) {}

  std::vector<Violation> run(const Json& value) {
    Sink sink{kMaxViolations};
    if (too_deep(value, kMaxValueDepth)) {
      return {{"", fmt::format("arrays and objects are nested deeper than {} levels", kMaxValueDepth), ""}};
    }
    apply(0, value, nullptr, sink, nullptr);
    if (!exhausted_.empty()) {
      if (sink.full()) sink.violations.pop_back();
      sink.violations.push_back({"", exhausted_, ""});
    }
    return std::move(sink.violations);
  }

 private:
  static bool too_deep(const Json& value, std::size_t levels) {
    if (!value.is_structured()) return false;
    if (levels == 0) return true;
    return std::any_of(value.begin(), value.end(), [&](const Json& child) { return too_deep(child, levels - 1); });
  }

  void charge(std::size_t steps) {
    steps_ += std::min(steps, kMaxValidationSteps);
    if (steps_ > kMaxValidationSteps && exhausted_.empty()) {
      exhausted_ = fmt::format("checking takes more than {} steps; make the value smaller or the schema simpler",
                               kMaxValidationSteps);
    }
  }
  bool over() const { return !exhausted_.empty(); }

  // True when the value fits. When it does not, the sink has the reasons, as far as it takes any.
  bool apply(NodeIndex index, const Json& value, const Step* path, Sink& sink, Evaluated* outer) {
    const Node& node = program_.nodes[index];
    charge(1 + node.rules.size());
    if (depth_ >= kMaxValidationDepth && !over()) {
      exhausted_ =
          fmt::format("checking applies more than {} schemas inside one another; the schema may refer to itself",
                      kMaxValidationDepth);
    }
    if (over()) return false;
    Evaluated own;
    const bool tracks = value.is_structured() && (outer != nullptr || node.has_unevaluated);
    if (tracks) own.resize(value.size());
    Visit visit{node, value, path, sink, tracks ? &own : nullptr};
    if (node.never) return reject(visit, [] { return std::string("nothing is allowed here"); });

    ++depth_;
    const bool entered = scope_.empty() || scope_.back() != node.resource;
    if (entered) scope_.push_back(node.resource);
    bool fits = true;
    for (const Rule& rule : node.rules) {
      visit.keyword = rule.keyword;
      if (!std::visit([&](const auto& body) { return check(body, visit); }, rule.body)) {
        fits = false;
        if (sink.full() || over() || std::holds_alternative<TypeRule>(rule.body)) break;
      }
    }
    if (entered) scope_.pop_back();
    --depth_;
    if (over()) return false;
    if (fits && tracks && outer != nullptr) {
      charge(own.size() / 8);
      for (std::size_t i = 0; i < own.size(); ++i) {
        if (own[i]) (*outer)[i] = true;
      }
    }
    return fits;
  }

  template <typename MakeText>
  bool reject(const Visit& visit, MakeText make_text) {
    return reject_at(visit, visit.path, make_text);
  }
  template <typename MakeText>
  bool reject_at(const Visit& visit, const Step* path, MakeText make_text) {
    if (!visit.sink.full()) {
      charge(kStepsPerMessage);
      std::string where = visit.node.location;
      if (!visit.keyword.empty()) where += fmt::format("/{}", visit.keyword);
      visit.sink.violations.push_back({path_text(path), make_text(), std::move(where)});
    }
    return false;
  }

  // --- assertions
  template <typename Body>
  bool check(const Body& rule, const Visit& visit) {
    Inspection inspection;
    inspection.wants_text = !visit.sink.full();
    inspection.secret = visit.node.secret;
    inspection.steps_left = kMaxValidationSteps - std::min(steps_, kMaxValidationSteps);
    Objection objection = object_to(rule, visit.value, inspection);
    charge(inspection.steps);
    if (over()) return false;
    return !objection || reject(visit, [&] { return std::move(*objection); });
  }

  // --- members
  bool check(const PropertiesRule& rule, const Visit& visit) {
    if (!visit.value.is_object()) return true;
    bool fits = true;
    std::size_t position = 0;
    for (const auto& [name, value] : visit.value.get_ref<const Json::object_t&>()) {
      charge(1);
      const Step step{visit.path, &name};
      bool known = false;
      if (const auto named = rule.named.find(name); named != rule.named.end()) {
        known = true;
        fits = apply(named->second, value, &step, visit.sink, nullptr) && fits;
      }
      for (const auto& [pattern, node] : rule.patterns) {
        charge(matching_steps(pattern, name));
        if (over()) return false;
        if (!pattern.regex.found_in(name)) continue;
        known = true;
        fits = apply(node, value, &step, visit.sink, nullptr) && fits;
      }
      if (!known && rule.additional) {
        known = true;
        if (!program_.nodes[*rule.additional].never) {
          fits = apply(*rule.additional, value, &step, visit.sink, nullptr) && fits;
        } else {
          fits = reject_additional(rule, visit, step);
        }
      }
      if (known && visit.evaluated != nullptr) (*visit.evaluated)[position] = true;
      if (over() || (!fits && visit.sink.full())) return false;
      ++position;
    }
    return fits;
  }

  bool reject_additional(const PropertiesRule& rule, Visit visit, const Step& step) {
    visit.keyword = "additionalProperties";
    return reject_at(visit, &step, [&] {
      charge(rule.names.size() * kStepsPerComparison);
      std::string hint = suggestion(*step.member, rule.names);
      if (hint.empty() && !rule.names.empty()) hint = "; known are " + listed(rule.names);
      return fmt::format("unknown property {}{}", in_quotes(*step.member), hint);
    });
  }

  bool check(const PropertyNamesRule& rule, const Visit& visit) {
    if (!visit.value.is_object()) return true;
    bool fits = true;
    for (const auto& member : visit.value.get_ref<const Json::object_t&>()) {
      charge(1);
      const Step step{visit.path, &member.first};
      Sink sink{visit.sink.full() ? 0U : 1U};
      if (apply(rule.node, Json(member.first), &step, sink, nullptr)) continue;
      fits = false;
      for (Violation& violation : sink.violations) {
        violation.message = "the property's name: " + violation.message;
        if (!visit.sink.full()) visit.sink.violations.push_back(std::move(violation));
      }
      if (over() || visit.sink.full()) return false;
    }
    return fits;
  }

  // --- items
  bool check(const ItemsRule& rule, const Visit& visit) {
    if (!visit.value.is_array()) return true;
    bool fits = true;
    const std::size_t size = rule.rest ? visit.value.size() : std::min(rule.prefix.size(), visit.value.size());
    for (std::size_t i = 0; i < size; ++i) {
      const NodeIndex node = i < rule.prefix.size() ? rule.prefix[i] : *rule.rest;
      if (i >= rule.prefix.size() && program_.nodes[node].never) {
        return reject(visit, [&] {
          return fmt::format("must have at most {}, has {}", counted(rule.prefix.size(), "item"), visit.value.size());
        });
      }
      const Step step{visit.path, nullptr, i};
      fits = apply(node, visit.value[i], &step, visit.sink, nullptr) && fits;
      if (visit.evaluated != nullptr) (*visit.evaluated)[i] = true;
      if (over() || (!fits && visit.sink.full())) return false;
    }
    return fits;
  }

  bool check(const ContainsRule& rule, const Visit& visit) {
    if (!visit.value.is_array()) return true;
    std::uint64_t found = 0;
    Sink ignored;
    for (std::size_t i = 0; i < visit.value.size(); ++i) {
      const Step step{visit.path, nullptr, i};
      if (apply(rule.node, visit.value[i], &step, ignored, nullptr)) {
        ++found;
        if (visit.evaluated != nullptr) (*visit.evaluated)[i] = true;
      }
      if (over()) return false;
    }
    if (found < rule.at_least) {
      return reject(visit, [&] {
        return fmt::format("must contain at least {} that {} {}, has {}", counted(rule.at_least, "item"),
                           rule.at_least == 1 ? "fits" : "fit", program_.nodes[rule.node].location, found);
      });
    }
    if (!rule.at_most || found <= *rule.at_most) return true;
    return reject(visit, [&] {
      return fmt::format("must contain at most {} that {} {}, has {}", counted(*rule.at_most, "item"),
                         *rule.at_most == 1 ? "fits" : "fit", program_.nodes[rule.node].location, found);
    });
  }

  // --- the same value
  bool again(NodeIndex node, const Visit& visit) {
    return apply(node, visit.value, visit.path, visit.sink, visit.evaluated);
  }

  bool check(const AllOfRule& rule, const Visit& visit) {
    bool fits = true;
    for (const NodeIndex node : rule.nodes) {
      fits = again(node, visit) && fits;
      if (over() || (!fits && visit.sink.full())) return false;
    }
    return fits;
  }

  // Of alternatives that all fail, one with a violation inside the value, where the others already refuse the value as
  // such, is what was meant: it is reported alone. Otherwise every alternative gives its first reason.
  bool reject_alternatives(const Visit& visit, std::vector<Violation>& reasons, std::size_t count) {
    if (visit.sink.full()) return false;
    const std::string here = path_text(visit.path);
    const auto inside = [&](const Violation& reason) {
      return reason.path != here || reason.schema_path.ends_with("/required");
    };
    if (reasons.size() == 1 ||
        (reasons.size() == count && std::count_if(reasons.begin(), reasons.end(), inside) == 1)) {
      const auto meant = reasons.size() == 1 ? reasons.begin() : std::find_if(reasons.begin(), reasons.end(), inside);
      visit.sink.violations.push_back(std::move(*meant));
      return false;
    }
    return reject(visit, [&] {
      std::string text = fmt::format("fits none of the {} alternatives", count);
      for (std::size_t i = 0; i < std::min(reasons.size(), kMaxReportedAlternatives); ++i) {
        std::string_view path = reasons[i].path;
        if (path.starts_with(here)) path.remove_prefix(here.size());
        if (path.starts_with('.')) path.remove_prefix(1);
        text += fmt::format("{}({}) {}{}{}", i == 0 ? ": " : ", ", i + 1, path, path.empty() ? "" : ": ",
                            reasons[i].message);
      }
      if (reasons.size() > kMaxReportedAlternatives) text += ", …";
      return cut(std::move(text), kMaxMessage_bytes);  // alternatives within alternatives would double it each time
    });
  }

  // One alternative, tried without telling anybody; its first reason is kept when somebody will want to know.
  bool try_alternative(NodeIndex node, const Visit& visit, std::vector<Violation>& reasons) {
    Sink sink{visit.sink.full() ? 0U : 1U};
    const bool fits = apply(node, visit.value, visit.path, sink, visit.evaluated);
    if (!fits && !sink.violations.empty()) reasons.push_back(std::move(sink.violations.front()));
    return fits;
  }

  bool check(const AnyOfRule& rule, const Visit& visit) {
    bool fits = false;
    std::vector<Violation> reasons;
    for (const NodeIndex node : rule.nodes) {
      fits = try_alternative(node, visit, reasons) || fits;
      if (over()) return false;
      if (fits && visit.evaluated == nullptr) return true;
    }
    return fits || reject_alternatives(visit, reasons, rule.nodes.size());
  }

  bool check(const OneOfRule& rule, const Visit& visit) {
    std::optional<std::size_t> first;
    std::vector<Violation> reasons;
    for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
      const bool fits = try_alternative(rule.nodes[i], visit, reasons);
      if (over()) return false;
      if (!fits) continue;
      if (first) {
        return reject(visit, [&] {
          return fmt::format("must fit exactly one of the {} alternatives, fits ({}) and ({})", rule.nodes.size(),
                             *first + 1, i + 1);
        });
      }
      first = i;
    }
    return first.has_value() || reject_alternatives(visit, reasons, rule.nodes.size());
  }

  bool check(const NotRule& rule, const Visit& visit) {
    Sink ignored;
    const bool fits = apply(rule.node, visit.value, visit.path, ignored, nullptr);
    if (over()) return false;
    return !fits || reject(visit, [&] { return fmt::format("must not fit {}", program_.nodes[rule.node].location); });
  }

  bool check(const ConditionalRule& rule, const Visit& visit) {
    Sink ignored;
    const bool holds = apply(rule.condition, visit.value, visit.path, ignored, visit.evaluated);
    if (over()) return false;
    const std::optional<NodeIndex>& next = holds ? rule.then : rule.otherwise;
    return !next || again(*next, visit);
  }

  bool check(const DependentSchemasRule& rule, const Visit& visit) {
    if (!visit.value.is_object()) return true;
    const MemberNames members(visit.value);
    charge(rule.node_by_trigger.size() + visit.value.size() / 8);
    bool fits = true;
    for (const auto& [trigger, node] : rule.node_by_trigger) {
      if (!members.has(trigger)) continue;
      fits = again(node, visit) && fits;
      if (over() || (!fits && visit.sink.full())) return false;
    }
    return fits;
  }

  bool check(const RefRule& rule, const Visit& visit) {
    NodeIndex target = rule.node;
    if (!rule.dynamic_anchor.empty()) {
      charge(scope_.size());
      for (const std::size_t resource : scope_) {
        const auto& anchors = program_.dynamic_anchors[resource];
        const auto anchor = anchors.find(rule.dynamic_anchor);
        if (anchor == anchors.end()) continue;
        target = anchor->second;
        break;
      }
    }
    return again(target, visit);
  }

  // --- the rest
  bool check(const UnevaluatedItemsRule& rule, const Visit& visit) {
    if (!visit.value.is_array()) return true;
    bool fits = true;
    for (std::size_t i = 0; i < visit.value.size(); ++i) {
      if ((*visit.evaluated)[i]) continue;
      const Step step{visit.path, nullptr, i};
      if (program_.nodes[rule.node].never) {
        fits = reject_at(visit, &step, [] { return std::string("no further item is allowed"); });
      } else {
        fits = apply(rule.node, visit.value[i], &step, visit.sink, nullptr) && fits;
      }
      (*visit.evaluated)[i] = true;
      if (over() || (!fits && visit.sink.full())) return false;
    }
    return fits;
  }

  bool check(const UnevaluatedPropertiesRule& rule, const Visit& visit) {
    if (!visit.value.is_object()) return true;
    bool fits = true;
    std::size_t position = 0;
    for (const auto& [name, value] : visit.value.get_ref<const Json::object_t&>()) {
      const std::size_t own = position++;
      if ((*visit.evaluated)[own]) continue;
      const Step step{visit.path, &name};
      if (program_.nodes[rule.node].never) {
        fits = reject_at(visit, &step, [this, &key = name] { return unknown_property(key); });
      } else {
        fits = apply(rule.node, value, &step, visit.sink, nullptr) && fits;
      }
      (*visit.evaluated)[own] = true;
      if (over() || (!fits && visit.sink.full())) return false;
    }
    return fits;
  }

  std::string unknown_property(const std::string& name) {
    charge(program_.properties.size() * kStepsPerComparison);
    std::vector<std::string> known;
    for (const Property& property : program_.properties)
      known.push_back(property.name);
    return fmt::format("unknown property {}{}", in_quotes(name), suggestion(name, known));
  }

  const Program& program_;
  std::size_t steps_ = 0;
  std::size_t depth_ = 0;
  std::vector<std::size_t> scope_;  // resources entered and not left, outermost first
  std::string exhausted_;           // which limit ended the walk; "" while it goes on
};

}  // namespace

std::vector<Violation> run_program(const Program& program, const Json& value) {
  return Walk(program).run(value);
}

}  // namespace commandcenter::schema
