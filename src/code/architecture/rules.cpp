#include "code/architecture/rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/sha256.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxGlobs = 200;

struct Rule {
  std::string name;
  std::vector<std::string> from;
  std::vector<std::string> to;
  std::vector<std::string> except;
  std::string severity = "high";
  std::string message;
};

Result<std::vector<std::string>> globs(const Json& rule, const char* key, const std::string& place, bool required) {
  const Json* value = find_member(rule, key);
  std::vector<std::string> result;
  if (value == nullptr) {
    if (required)
      return fail(ErrorCode::kInvalid, fmt::format("{} has no \"{}\"; expected a path or a glob", place, key));
    return result;
  }
  const Json list = value->is_array() ? *value : Json::array({*value});
  if (list.size() > kMaxGlobs)
    return fail(ErrorCode::kTooLarge, fmt::format("{}.{} has more than {} globs", place, key, kMaxGlobs));
  for (const Json& item : list) {
    if (!item.is_string() || item.get_ref<const std::string&>().empty())
      return fail(ErrorCode::kInvalid, fmt::format("{}.{} is {}; expected a path or a glob, or a list of them", place,
                                                   key, json_type_name(item)));
    result.push_back(item.get<std::string>());
  }
  return result;
}

Result<std::vector<Rule>> parse_rules(const Json& document) {
  if (!document.is_object())
    return fail(ErrorCode::kInvalid, "rules: expected an object with \"rules\", \"noCycles\" or both");
  std::vector<Rule> rules;
  const Json* list = find_member(document, "rules");
  if (list == nullptr) return rules;
  if (!list->is_array())
    return fail(ErrorCode::kInvalid, fmt::format("rules is {}; expected a list", json_type_name(*list)));
  if (list->size() > kMaxRules)
    return fail(ErrorCode::kTooLarge, fmt::format("{} rules of at most {}", list->size(), kMaxRules));
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Json& entry = (*list)[i];
    const std::string place = fmt::format("rules[{}]", i);
    if (!entry.is_object())
      return fail(ErrorCode::kInvalid, fmt::format("{} is {}; expected an object", place, json_type_name(entry)));
    Rule rule;
    rule.name = string_member(entry, "name", place);
    rule.severity = string_member(entry, "severity", "high");
    rule.message = string_member(entry, "message");
    auto from = globs(entry, "from", place, true);
    if (!from) return fail(std::move(from.error()));
    auto to = globs(entry, "to", place, true);
    if (!to) return fail(std::move(to.error()));
    auto except = globs(entry, "except", place, false);
    if (!except) return fail(std::move(except.error()));
    if (rule.severity != "low" && rule.severity != "medium" && rule.severity != "high" && rule.severity != "critical")
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}.severity is \"{}\"; expected low, medium, high or critical", place, rule.severity));
    rule.from = std::move(*from);
    rule.to = std::move(*to);
    rule.except = std::move(*except);
    rules.push_back(std::move(rule));
  }
  return rules;
}

bool any_matches(const std::vector<std::string>& some, std::string_view path) {
  return std::ranges::any_of(some, [&](const std::string& glob) { return glob_matches(glob, path); });
}

code::Severity severity_of(std::string_view word) {
  return word == "low"        ? code::Severity::kLow
         : word == "medium"   ? code::Severity::kMedium
         : word == "critical" ? code::Severity::kCritical
                              : code::Severity::kHigh;
}

}  // namespace

// "**" is any number of folders, "*" and "?" stay within one. Without a star the glob also stands for all below it.
bool glob_matches(std::string_view glob, std::string_view path) {
  while (glob.ends_with('/'))
    glob.remove_suffix(1);
  if (glob.find_first_of("*?") == std::string_view::npos)
    return path == glob || (path.starts_with(glob) && path.size() > glob.size() && path[glob.size()] == '/');
  // Two places to come back to: the last "*" and the last "**".
  std::size_t g = 0;
  std::size_t p = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_path = 0;
  std::size_t deep = std::string_view::npos;
  std::size_t deep_path = 0;
  while (p < path.size()) {
    if (glob.substr(g, 2) == "**") {
      deep = g + 2;
      if (glob.substr(deep, 1) == "/") ++deep;
      deep_path = p;
      star = std::string_view::npos;
      g = deep;
    } else if (g < glob.size() && glob[g] == '*') {
      star = ++g;
      star_path = p;
    } else if (g < glob.size() && (glob[g] == path[p] || (glob[g] == '?' && path[p] != '/'))) {
      ++g;
      ++p;
    } else if (star != std::string_view::npos && path[star_path] != '/') {
      p = ++star_path;
      g = star;
    } else if (deep != std::string_view::npos) {
      p = ++deep_path;
      g = deep;
      star = std::string_view::npos;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*')
    ++g;
  return g == glob.size();
}

Result<void> apply_rules(Model& model, const Json& document) {
  const auto rules = parse_rules(document);
  if (!rules) return fail(rules.error());
  for (const Edge& edge : model.graph.edges) {
    const std::string& from = model.graph.files[edge.from].path;
    const std::string& to = model.graph.files[edge.to].path;
    for (const Rule& rule : *rules) {
      if (!any_matches(rule.from, from) || !any_matches(rule.to, to) || any_matches(rule.except, from) ||
          any_matches(rule.except, to))
        continue;
      model.violations.push_back({rule.name,
                                  rule.message.empty() ? fmt::format("{} must not import {}", from, to) : rule.message,
                                  rule.severity,
                                  {from, edge.line},
                                  to});
    }
  }
  const Json* no_cycles = find_member(document, "noCycles");
  if (no_cycles == nullptr || *no_cycles != true) return {};
  for (const Cycle& cycle : model.cycles) {
    std::string way;
    for (const std::uint32_t file : cycle.path)
      way += model.graph.files[file].path + " → ";
    const std::string& first = model.graph.files[cycle.path.front()].path;
    const std::uint32_t next = cycle.path[1 % cycle.path.size()];
    std::uint32_t line = 1;
    for (const Edge& edge : model.graph.edges) {
      if (edge.from == cycle.path.front() && edge.to == next) line = edge.line;
    }
    model.violations.push_back({"no-cycles",
                                fmt::format("imports in a circle: {}{}", way, first),
                                "medium",
                                {first, line},
                                model.graph.files[next].path});
  }
  return {};
}

code::Report violations_report(const Model& model) {
  code::Report report;
  for (const Violation& violation : model.violations) {
    code::Finding finding;
    finding.rule = "architecture/" + violation.rule;
    finding.type = "Forbidden import";
    finding.category = "architecture";
    finding.severity = severity_of(violation.severity);
    finding.confidence = code::Confidence::kHigh;
    finding.cwe = "CWE-1120";
    finding.file = violation.spot.file;
    finding.line = finding.end_line = violation.spot.line;
    finding.column = 1;
    finding.description = violation.message;
    finding.code = fmt::format("imports {}", violation.target);
    finding.fingerprint = sha256_hex(finding.rule + "\n" + finding.file + "\n" + violation.target).substr(0, 32);
    report.findings.push_back(std::move(finding));
  }
  std::ranges::sort(report.findings, {},
                    [](const code::Finding& f) { return std::tie(f.file, f.line, f.rule, f.code); });
  report.total = report.findings.size();
  for (const SourceFile& file : model.graph.files)
    report.scanned_files += file.facts.tongue != Tongue::kNone ? 1U : 0U;
  return report;
}

}  // namespace commandcenter::architecture
