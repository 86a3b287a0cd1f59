// Findings, sizes, and what loops are.
#include "code/review/judge.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace commandcenter::code::review {
namespace {

using enum Role;

constexpr int kComplexityLimit = 15;
constexpr int kCognitiveLimit = 15;
constexpr std::size_t kFunctionLines = 50;
constexpr std::size_t kFileLines = 1'000;
constexpr std::size_t kClassLines = 500;
constexpr std::size_t kClassMembers = 40;
constexpr std::size_t kParameters = 7;
constexpr int kNesting = 5;
constexpr int kShortLoop = 16;  // turns that cost nothing

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n();";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// "7" behind the last of the characters; nothing when something else is there.
std::optional<int> number_behind(std::string_view text, std::string_view last_of) {
  const std::size_t at = text.find_last_of(last_of);
  const std::string_view digits = trimmed(at == std::string_view::npos ? text : text.substr(at + 1));
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// What a whole function or class brings about; its first line is its name.
void measured(Spot& spot, const View& view, NodeId id, std::size_t measure) {
  spot.extent_end = view.node(id).end;
  spot.subject = trimmed(view.source().line_text(view.line(id)));
  spot.measure = static_cast<double>(measure);
}

}  // namespace

Spot spot_of(Rule rule) {
  const RuleInfo& about = info(rule);
  Spot spot;
  spot.rule = about.id;
  spot.type = about.title;
  spot.category = about.category;
  spot.cwe = about.cwe;
  spot.severity = about.severity;
  spot.confidence = Confidence::kHigh;
  spot.description = about.title;
  spot.suggestion = about.advice;
  return spot;
}

Spot& Judge::add(Rule rule, std::size_t begin, std::size_t end, std::string description) {
  Spot spot = spot_of(rule);
  spot.begin = begin;
  spot.end = end;
  if (!description.empty()) spot.description = std::move(description);
  spots_.push_back(std::move(spot));
  return spots_.back();
}

Spot& Judge::add(Rule rule, NodeId node, std::string description) {
  const std::size_t begin = view_.node(node).begin;
  const std::size_t line_end = view_.source().text().find('\n', begin);
  return add(rule, begin, std::min<std::size_t>(view_.node(node).end, line_end), std::move(description));
}

std::optional<Fix> Judge::without_line(NodeId node) const {
  const std::string_view text = view_.source().text();
  const std::size_t begin = view_.source().line_begin(view_.line(node));
  const std::size_t line_end = text.find('\n', view_.node(node).end);
  const std::size_t end = line_end == std::string_view::npos ? text.size() : line_end + 1;
  const auto is_blank = [&](std::size_t from, std::size_t to) { return trimmed(text.substr(from, to - from)).empty(); };
  if (!is_blank(begin, view_.node(node).begin) || !is_blank(view_.node(node).end, end)) return std::nullopt;
  return Fix{std::string(text.substr(begin, end - begin)), ""};
}

void judge_size(Judge& judge) {
  const View& view = judge.view();
  const Source& source = view.source();
  for (const JudgedFunction& function : judge.functions()) {
    const FunctionMetrics& metrics = function.metrics;
    if (metrics.line == 0) continue;  // code outside functions
    const std::size_t begin = source.line_begin(metrics.line);
    const std::size_t end = begin + source.line_text(metrics.line).size();
    const std::size_t extent = source.line_begin(metrics.end_line) + source.line_text(metrics.end_line).size();
    const auto report = [&](Rule rule, double measure, std::string description) {
      Spot& spot = judge.add(rule, begin, end, std::move(description));
      spot.extent_end = extent;
      spot.subject = metrics.name;
      spot.measure = measure;
    };
    const int cognitive = function.figures ? function.figures->cognitive : 0;
    if (metrics.cyclomatic > kComplexityLimit)
      report(Rule::kHighComplexity, metrics.cyclomatic,
             fmt::format("High cyclomatic complexity: {} ({}, more than {})", metrics.cyclomatic, metrics.name,
                         kComplexityLimit));
    else if (cognitive > kCognitiveLimit)
      report(Rule::kHighCognitive, cognitive,
             fmt::format("High cognitive complexity: {} ({}, more than {})", cognitive, metrics.name, kCognitiveLimit));
    if (metrics.parameters > kParameters)
      report(Rule::kManyParameters, static_cast<double>(metrics.parameters),
             fmt::format("Too many parameters: {} ({}, more than {})", metrics.parameters, metrics.name, kParameters));
    if (function.figures && function.figures->nesting > kNesting)
      report(Rule::kDeepNesting, function.figures->nesting,
             fmt::format("Nested {} deep ({}, more than {})", function.figures->nesting, metrics.name, kNesting));
  }
  if (source.line_count() > kFileLines) {
    Spot& spot = judge.add(Rule::kLongFile, 0, source.line_text(1).size(),
                           fmt::format("File too long: {} lines (more than {})", source.line_count(), kFileLines));
    spot.extent_end = source.text().size();
    spot.subject = "file";
    spot.measure = static_cast<double>(source.line_count());
  }
}

void judge_extent(Judge& judge, NodeId id) {
  const View& view = judge.view();
  if (!view.is_function(id) && view.role(id) != kClass) return;
  const std::size_t lines = view.end_line(id) - view.line(id) + 1;
  if (view.is_function(id)) {
    if (lines <= kFunctionLines) return;
    const NodeId call = Loops(view).call_of_callback(id);
    constexpr auto kGroups = std::to_array<std::string_view>({"describe", "context", "suite", "feature", "namespace"});
    if (call != kNoNode && std::ranges::find(kGroups, view.callee(call)) != kGroups.end()) return;  // of tests
    measured(judge.add(Rule::kLongFunction, id,
                       fmt::format("Function too long: {} lines (more than {})", lines, kFunctionLines)),
             view, id, lines);
    return;
  }
  std::size_t members = 0;
  const NodeId body = view.child(id, "body");
  if (body != kNoNode) {
    for (NodeId at = view.tree().first_child(body); at != kNoNode; at = view.tree().next_sibling(at))
      members += view.role(at) == kFunction ? 1U : 0U;
  }
  if (lines <= kClassLines && members <= kClassMembers) return;
  measured(judge.add(Rule::kLargeClass, id, fmt::format("Class too large: {} lines, {} methods", lines, members)), view,
           id, lines + members);
}

bool Loops::is_endless(NodeId loop) const {
  const std::string_view kind = view_.kind(loop);
  if (kind == "loop_expression") return true;
  const NodeId condition = view_.child(loop, "condition");
  if (condition != kNoNode) {
    const std::string_view text = trimmed(view_.text(condition));
    return text.empty() || text == "true" || text == "True" || text == "1";
  }
  if (view_.is(Grammar::kGo)) {
    const NodeId first = view_.tree().named_child(loop, 0);
    return first == kNoNode || view_.role(first) == kBlock;
  }
  return kind == "for_statement" && view_.child(loop, "body") != kNoNode && view_.child(loop, "right") == kNoNode &&
         view_.child(loop, "left") == kNoNode && !view_.is(Grammar::kPython);
}

bool Loops::is_short(NodeId loop) const {
  NodeId over = view_.child(loop, "right");
  if (over == kNoNode) over = view_.child(loop, "value");
  if (over != kNoNode && view_.role(loop) == kLoop) {
    const std::string_view text = view_.text(over);
    if (text.starts_with("range(")) {
      const auto turns = number_behind(text, "(,");
      return turns && *turns <= kShortLoop;
    }
    if (text.find("..") != std::string_view::npos) {
      const auto turns = number_behind(text, ".=");
      return turns && *turns <= kShortLoop;
    }
    return (text.starts_with('[') || text.starts_with('(') || text.starts_with('{')) && view_.is_constant(over);
  }
  NodeId condition = view_.child(loop, "condition");
  if (condition == kNoNode && view_.is(Grammar::kGo)) {
    const NodeId clause = view_.tree().named_child(loop, 0);
    if (clause != kNoNode) condition = view_.child(clause, "condition");
  }
  if (condition == kNoNode) return false;
  const std::string_view text = view_.text(condition);
  if (text.find_first_of("<>") == std::string_view::npos) return false;
  const auto turns = number_behind(text, "<>=");
  return turns && *turns <= kShortLoop && view_.kind(loop).starts_with("for");
}

bool Loops::is_iteration(NodeId call) const {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"forEach", "each", "each_with_index", "each_with_object", "each_pair", "each_value", "each_key", "for_each"});
  NodeId name = view_.child(call, "method");
  if (name == kNoNode) name = view_.child(call, "name");
  if (name == kNoNode) {
    const NodeId function = view_.callee_node(call);
    if (function == kNoNode) return false;
    name = view_.child(function, "property");
    if (name == kNoNode) name = view_.child(function, "field");
    if (name == kNoNode) name = view_.child(function, "name");
  }
  return name != kNoNode && std::ranges::find(kNames, view_.text(name)) != kNames.end();
}

NodeId Loops::call_of_callback(NodeId closure) const {
  NodeId at = view_.parent(closure);
  for (int steps = 0; at != kNoNode && steps < 3; at = view_.parent(at), ++steps) {  // the list, perhaps an argument
    if (view_.role(at) == kCall) return at;
    const std::string_view kind = view_.kind(at);
    if (kind != "arguments" && kind != "argument_list" && kind != "argument") return kNoNode;
  }
  return kNoNode;
}

bool Loops::is_loop(NodeId id) const {
  if (view_.role(id) == kLoop) return !is_endless(id) && !is_short(id);
  if (view_.role(id) != kCall || !is_iteration(id)) return false;
  for (NodeId at = view_.tree().first_child(id); at != kNoNode; at = view_.tree().next_sibling(at)) {
    if (view_.role(at) == kClosure) return true;  // Ruby's blocks
  }
  return std::ranges::any_of(view_.arguments(id), [&](NodeId argument) {
    while (view_.kind(argument) == "argument")
      argument = view_.tree().named_child(argument, 0);
    return argument != kNoNode && view_.is_function(argument);
  });
}

NodeId Loops::around(NodeId id) const {
  for (NodeId child = id, at = view_.parent(id); at != kNoNode; child = at, at = view_.parent(at)) {
    if (view_.role(at) == kLoop && view_.nests(at, child)) {
      if (is_loop(at)) return at;
    } else if (view_.is_function(at)) {
      const NodeId call = view_.role(at) == kFunction && !view_.is_script() ? kNoNode : call_of_callback(at);
      if (call == kNoNode || !is_iteration(call)) return kNoNode;
      return call;
    }
  }
  return kNoNode;
}

}  // namespace commandcenter::code::review
