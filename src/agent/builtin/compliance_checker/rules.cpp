#include "agent/builtin/compliance_checker/rules.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace commandcenter::compliance_checker {
namespace {

struct HeaderRule {
  code::HeaderState state;
  std::string_view id;
  std::string_view message;
  std::string_view remediation;
};
constexpr auto kHeaderRules = std::to_array<HeaderRule>({
    {code::HeaderState::kMissing, "header-missing", "Missing security header: {}", "Send it with every response"},
    {code::HeaderState::kCommented, "header-commented", "Security header is commented out: {}",
     "Send it, or delete the comment"},
    {code::HeaderState::kReportOnly, "header-report-only", "Security header only reports: {}",
     "Send Content-Security-Policy once the reports are understood"},
    {code::HeaderState::kWeak, "header-weak", "Security header does not protect: {}", "Give it a value that protects"},
    {code::HeaderState::kOverridden, "header-overridden", "Security header is not sent everywhere: {}",
     "Repeat it where it is taken back or replaced"},
});

constexpr std::string_view kEnvironmentRule = "env-default-secret";

}  // namespace

void judge_headers(const std::vector<code::SiteHeaders>& sites, std::vector<Violation>& violations) {
  for (const code::SiteHeaders& site : sites) {
    for (const code::HeaderVerdict& verdict : site.headers) {
      const auto rule = std::ranges::find(kHeaderRules, verdict.state, &HeaderRule::state);
      if (rule == kHeaderRules.end()) continue;
      const std::string name(code::header_name(verdict.header));
      std::string message = fmt::format(fmt::runtime(rule->message), name);
      if (verdict.state == code::HeaderState::kWeak || verdict.state == code::HeaderState::kOverridden)
        message += fmt::format(" ({})", verdict.reason);
      const bool judged = static_cast<std::size_t>(verdict.header) < code::kJudgedHeaders;
      violations.push_back({"security-headers", std::string(rule->id), judged ? Level::kWarning : Level::kInfo,
                            verdict.file, verdict.line, std::move(message), std::string(rule->remediation),
                            verdict.header == code::Header::kFrameOptions ? "CWE-1021" : "CWE-693"});
    }
  }
}

void judge_secrets(const code::Report& report, std::vector<Violation>& violations) {
  for (const code::Finding& finding : report.findings) {
    const bool environment = finding.rule == kEnvironmentRule;
    const auto same_line = [&](const code::Finding& other) {
      return &other != &finding && other.file == finding.file && other.line == finding.line &&
             other.rule != kEnvironmentRule;
    };
    if (environment && std::ranges::any_of(report.findings, same_line)) continue;  // the scanner knows it already
    const bool severe = !environment && finding.severity >= code::Severity::kHigh;
    violations.push_back(
        {"secrets", finding.rule, severe ? Level::kCritical : Level::kWarning, finding.file, finding.line,
         environment ? finding.description : fmt::format("Potential hardcoded secret: {}", finding.type),
         "Read it from the environment or a secret store, and change it where it was used", finding.cwe, finding.code,
         finding.fingerprint});
  }
}

}  // namespace commandcenter::compliance_checker
