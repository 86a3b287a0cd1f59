// Text for people, JUnit, GitHub and GitLab annotations, Markdown.
#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "code/report/report.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxHumanSkipped = 20;
// People read what is severe: of low findings of one rule they are shown this many, when there are more than twice
// that.
constexpr std::size_t kMaxHumanLow = 10;

// Control characters would steer the terminal that shows them.
std::string visible(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f ? '?' : c;
  return out;
}

std::string xml(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string summary(const Report& report) {
  std::array<std::size_t, 4> counts{};
  for (const Finding& finding : report.findings)
    ++counts[static_cast<std::size_t>(finding.severity)];
  std::string text = fmt::format("{} in {} ({} ms)", plural(report.total, "finding"),
                                 plural(report.scanned_files, "file"), report.duration_ms);
  if (report.total > 0)
    text += fmt::format(": {} critical, {} high, {} medium, {} low", counts[3], counts[2], counts[1], counts[0]);
  if (report.suppressed > 0) text += fmt::format("; {} suppressed", report.suppressed);
  if (report.in_baseline > 0) text += fmt::format("; {} in the baseline", report.in_baseline);
  if (report.secrets_only_files > 0)
    text += fmt::format("; {} searched for secrets only", plural(report.secrets_only_files, "test"));
  if (!report.compared_up_to.empty())
    text += fmt::format("; files from {} on were not compared with others", visible(report.compared_up_to));
  if (!report.skipped.empty())
    text += fmt::format("; {} left out, whole or in part", plural(report.skipped.size(), "file"));
  return text;
}

std::string human(const Report& report, bool colours) {
  constexpr std::array<std::string_view, 4> kPaint{"\x1b[90m", "\x1b[33m", "\x1b[31m", "\x1b[1;31m"};
  std::string out;
  std::map<std::string_view, std::size_t> low;
  for (const Finding& finding : report.findings)
    low[finding.rule] += finding.severity == Severity::kLow ? 1 : 0;
  std::erase_if(low, [](const auto& rule) { return rule.second <= 2 * kMaxHumanLow; });
  std::map<std::string_view, std::size_t> shown;
  for (const Finding& finding : report.findings) {
    if (finding.severity == Severity::kLow && low.contains(finding.rule) && ++shown[finding.rule] > kMaxHumanLow)
      continue;
    const std::string word = fmt::format("{:<8}", severity_word(finding.severity));
    out += colours ? fmt::format("{}{}\x1b[0m", kPaint[static_cast<std::size_t>(finding.severity)], word) : word;
    out += fmt::format(" {}:{}  {} [{}]\n", visible(finding.file), finding.line, finding.description, finding.rule);
    out += fmt::format("         {}\n", visible(finding.code));
    for (const FlowStep& step : finding.flow)
      out += fmt::format("           {}:{} {}\n", visible(step.file), step.line, visible(step.message));
  }
  for (const auto& [rule, count] : low)
    out += fmt::format("low      … and {} more [{}] (--format json lists them)\n", count - kMaxHumanLow, rule);
  for (const UnusedSuppression& unused : report.unused_suppressions)
    out += fmt::format("unused   {}:{}  suppresses nothing: {}\n", visible(unused.file), unused.line,
                       visible(unused.text));
  for (std::size_t i = 0; i < report.skipped.size() && i < kMaxHumanSkipped; ++i)
    out += fmt::format("skipped  {}: {}\n", visible(report.skipped[i].first), report.skipped[i].second);
  if (report.skipped.size() > kMaxHumanSkipped)
    out += fmt::format("skipped  … and {} more (--format json lists them)\n", report.skipped.size() - kMaxHumanSkipped);
  return out + summary(report) + "\n";
}

std::string junit(const Report& report) {
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"commandcenter\" tests=\"{0}\" "
      "failures=\"{1}\" errors=\"0\" time=\"{2:.3f}\">\n",
      std::max<std::size_t>(1, report.findings.size()), report.findings.size(),
      static_cast<double>(report.duration_ms) / 1000);
  if (report.findings.empty()) out += "    <testcase classname=\"commandcenter\" name=\"findings\"/>\n";
  for (const Finding& finding : report.findings) {
    const std::string place = fmt::format("{}:{}", finding.file, finding.line);
    out += fmt::format(
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\">\n      <failure type=\"{}\" "
        "message=\"{}\">{}</failure>\n    </testcase>\n",
        xml(finding.rule), xml(place), xml(finding.file), finding.line, severity_word(finding.severity),
        xml(finding.description), xml(finding.code));
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%')
      out += "%25";
    else if (c == '\n')
      out += "%0A";
    else if (c == '\r')
      out += "%0D";
    else if (property && c == ':')
      out += "%3A";
    else if (property && c == ',')
      out += "%2C";
    else
      out += visible(std::string_view(&c, 1));
  }
  return out;
}

std::string github(const Report& report) {
  std::string out;
  for (const Finding& finding : report.findings) {
    const std::string_view level = finding.severity >= Severity::kHigh     ? "error"
                                   : finding.severity == Severity::kMedium ? "warning"
                                                                           : "notice";
    out += fmt::format("::{} file={},line={},endLine={},col={},title={}::{} ({})\n", level, escaped(finding.file, true),
                       finding.line, finding.end_line, std::max<std::size_t>(1, finding.column),
                       escaped(finding.type, true), escaped(finding.description, false), finding.rule);
  }
  return out;
}

// GitLab's code quality report.
std::string gitlab(const Report& report) {
  constexpr std::array<std::string_view, 4> kSeverities{"minor", "major", "critical", "blocker"};
  Json out = Json::array();
  for (const Finding& finding : report.findings) {
    out.push_back({{"description", finding.description},
                   {"check_name", finding.rule},
                   {"fingerprint", finding.fingerprint},
                   {"severity", kSeverities[static_cast<std::size_t>(finding.severity)]},
                   {"location", {{"path", finding.file}, {"lines", {{"begin", finding.line}}}}}});
  }
  return dump_json_pretty(out) + "\n";
}

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    if (c == '|' || c == '`' || c == '<' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string markdown(const Report& report) {
  std::string out = fmt::format("## {}\n", summary(report));
  if (report.findings.empty()) return out;
  out += "\n| severity | place | finding | code |\n|---|---|---|---|\n";
  for (const Finding& finding : report.findings) {
    out += fmt::format("| {} | {}:{} | {} ({}, {}) | {} |\n", severity_word(finding.severity), cell(finding.file),
                       finding.line, cell(finding.type), finding.rule, finding.cwe, cell(finding.code));
  }
  return out;
}

}  // namespace

std::string plural(std::size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string render(const Report& report, Format format, std::string_view version, bool colours) {
  switch (format) {
    case Format::kHuman:
      return human(report, colours);
    case Format::kJson:
      return dump_json_pretty(report_json(report)) + "\n";
    case Format::kSarif:
      return dump_json_pretty(sarif(report, version)) + "\n";
    case Format::kJunit:
      return junit(report);
    case Format::kGithub:
      return github(report);
    case Format::kGitlab:
      return gitlab(report);
    case Format::kMarkdown:
      return markdown(report);
  }
  return {};
}

}  // namespace commandcenter::code
