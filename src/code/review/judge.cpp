// Findings, sizes, and what loops are.
#include "code/review/judge.h"

#include <algorithm>
#include <array>
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
constexpr std::size_t kMaxLooked = 200'000;  // nodes of a function; others in it are looked at again

// What a whole function or class brings about; its first line is its name.
void measured(Spot& spot, const View& view, NodeId id, std::size_t measure) {
  spot.extent_end = view.node(id).end;
  spot.subject = trimmed(view.source().line_text(view.line(id)));
  spot.measure = static_cast<double>(measure);
}

std::string_view trimmed_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

// Where statements stand one after the other, each on its own.
bool holds_statements(const View& view, NodeId id) {
  constexpr auto kOfRuby = std::to_array<std::string_view>({"block_body", "else", "ensure", "begin", "do"});
  return id == 0 || view.role(id) == kBlock || view.role(id) == kRow ||
         (view.is(Grammar::kRuby) && std::ranges::find(kOfRuby, view.kind(id)) != kOfRuby.end());
}

// The next statement; kNoNode.
NodeId statement_behind(const View& view, NodeId statement) {
  NodeId at = statement;
  do
    at = view.tree().next_sibling(at);
  while (at != kNoNode && (!view.node(at).named || view.node(at).extra));
  return at;
}

// Without the statement, the rest means what it meant: it is not all that an "if" without brackets or a block of Python
// holds, and does not keep two lines of a script apart that would be one, for want of a semicolon.
bool can_go(const View& view, NodeId statement) {
  const NodeId around = view.parent(statement);
  if (around == kNoNode || !holds_statements(view, around)) return false;
  const NodeId behind = statement_behind(view, statement);
  if (view.is(Grammar::kPython))
    return around == 0 || behind != kNoNode || view.tree().named_child(around, 0) != statement;
  if (!view.is_script() || behind == kNoNode) return true;
  const std::string_view before = trimmed_end(view.source().text().substr(0, view.node(statement).begin));
  constexpr std::string_view kGoesOn = "([`+-/";
  return before.empty() || std::string_view(";{}:").find(before.back()) != std::string_view::npos ||
         kGoesOn.find(view.text(behind).substr(0, 1)) == std::string_view::npos;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n();";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

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
  if (!can_go(view_, node)) return std::nullopt;
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

namespace {

// A function with a name: declared, or given to a variable or a member. Not a callback, nor what is called at once.
bool is_definition(const View& view, NodeId id) {
  if (view.role(id) == kClass) return true;
  if (!view.is_function(id) || Loops(view).call_of_callback(id) != kNoNode) return false;
  return view.role(id) == kFunction || view.field(id) == "value" || view.field(id) == "right";
}

// Of a function, without those of the functions and classes that it defines: each answers for its own.
std::size_t own_lines(const View& view, NodeId function) {
  std::size_t lines = view.end_line(function) - view.line(function) + 1;
  std::size_t told = view.line(function);  // up to here: two on one line take it once
  const NodeId end_node = std::min<NodeId>(view.node(function).after, function + kMaxLooked);
  for (NodeId id = function + 1; id < end_node;) {
    if (!is_definition(view, id)) {
      ++id;
      continue;
    }
    const std::size_t begin = std::max(told + 1, view.line(id));
    const std::size_t end = view.end_line(id);
    if (end >= begin) lines -= end - begin + 1;
    told = std::max(told, end);
    id = view.node(id).after;
  }
  return lines;
}

}  // namespace

void judge_extent(Judge& judge, NodeId id) {
  const View& view = judge.view();
  if (!view.is_function(id) && view.role(id) != kClass) return;
  const std::size_t lines = view.end_line(id) - view.line(id) + 1;
  if (view.is_function(id)) {
    if (lines <= kFunctionLines) return;
    const NodeId call = Loops(view).call_of_callback(id);
    constexpr auto kGroups = std::to_array<std::string_view>({"describe", "context", "suite", "feature", "namespace"});
    if (call != kNoNode && std::ranges::find(kGroups, view.callee(call)) != kGroups.end()) return;  // of tests
    const std::size_t own = own_lines(view, id);
    if (own <= kFunctionLines) return;
    Spot& spot = judge.add(Rule::kLongFunction, id,
                           fmt::format("Function too long: {} lines (more than {})", own, kFunctionLines));
    measured(spot, view, id, own);
    if (own <= 2 * kFunctionLines || view.source().traits().test) spot.severity = Severity::kLow;
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

}  // namespace commandcenter::code::review
