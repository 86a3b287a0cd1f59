// The agent's face, and the way of a file: rules find hits, hits become findings, findings become the answer.
#include "agent/builtin/security_scanner/security_scanner.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "agent/builtin/security_scanner/options.h"
#include "agent/builtin/security_scanner/redact.h"
#include "agent/builtin/security_scanner/secrets.h"
#include "agent/builtin/security_scanner/sql.h"
#include "agent/builtin/security_scanner/walk.h"
#include "agent/builtin/security_scanner/xss.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "base/sha256.h"

namespace commandcenter::security_scanner {
namespace {

struct Finding {
  const Rule* rule = nullptr;
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
  std::size_t end_line = 0;
  Confidence confidence = Confidence::kMedium;
  Snippet snippet;
  std::string fingerprint;
};

std::string_view cwe_of(Category category) {
  switch (category) {
    case Category::kSecrets:
      return "CWE-798";
    case Category::kSql:
      return "CWE-89";
    case Category::kXss:
      return "CWE-79";
  }
  return {};
}

std::string description_of(const Rule& rule) {
  if (rule.category == Category::kSql) return "Potential SQL injection vulnerability - string concatenation in query";
  if (rule.category == Category::kXss) return "Potential XSS vulnerability - unsafe HTML rendering";
  std::string type(rule.type);
  for (char& c : type)
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  return fmt::format("Potential {} found in code", type);
}

bool is_suppressed(std::string_view line) {
  for (const std::string_view mark : {"commandcenter-ignore", "gitleaks:allow", "pragma: allowlist secret"}) {
    if (line.find(mark) != std::string_view::npos) return true;
  }
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  constexpr std::string_view kNosec = "nosec";
  for (std::size_t at = line.find(kNosec); at != std::string_view::npos; at = line.find(kNosec, at + 1)) {
    const std::size_t after = at + kNosec.size();
    if (at > 0 && !is_word(line[at - 1]) && (after == line.size() || !is_word(line[after]))) return true;
  }
  return false;
}

class Scan {
 public:
  explicit Scan(const Options& options) : options_(options) {}

  void file(std::string path, std::string text) {
    ++scanned_;
    const Source source(std::move(path), std::move(text));
    Hits flaws;
    const bool sql = wanted(Category::kSql, options_.sql) && !source.generated && sql_.may_match(source);
    const bool xss = wanted(Category::kXss, options_.xss) && !source.generated && xss_.may_match(source);
    if (sql || xss) {
      const Lexed lexed = lex(source.text, source.language);
      if (sql) sql_.find(source, lexed, flaws);
      if (xss) xss_.find(source, lexed, flaws);
    }
    Hits secrets;  // also wanted where only flaws are reported: their lines may hold secrets
    const bool report_secrets = wanted(Category::kSecrets, options_.secrets);
    if (report_secrets || !flaws.empty()) secrets_.find(source, secrets);
    if (secrets.empty() && flaws.empty()) return;

    Hits hits = std::move(flaws);
    if (report_secrets) hits.insert(hits.end(), secrets.begin(), secrets.end());
    std::ranges::sort(
        hits, [](const Hit& a, const Hit& b) { return std::tie(a.begin, a.rule->id) < std::tie(b.begin, b.rule->id); });
    report(source, hits, Redactor(source, secrets));
  }

  void skipped(const std::string& path, std::string_view reason) {
    if (skipped_.size() < kMaxSkippedListed)
      skipped_.emplace_back(path, reason);
    else
      ++omitted_skipped_;
  }

  Json answer(std::int64_t duration_ms) {
    std::ranges::sort(findings_, [](const Finding& a, const Finding& b) {
      return std::tie(a.file, a.line, a.column, a.rule->id) < std::tie(b.file, b.line, b.column, b.rule->id);
    });
    Json list = Json::array();
    for (const Finding& finding : findings_)
      list.push_back(to_json(finding));
    std::ranges::sort(skipped_);
    Json skipped = Json::array();
    for (const auto& [file, reason] : skipped_)
      skipped.push_back({{"file", file}, {"reason", reason}});
    const auto count = [&](Severity severity) { return counts_[static_cast<std::size_t>(severity)]; };
    Json answer = {{"findings", std::move(list)},
                   {"summary",
                    {{"total", total_},
                     {"critical", count(Severity::kCritical)},
                     {"high", count(Severity::kHigh)},
                     {"medium", count(Severity::kMedium)},
                     {"low", count(Severity::kLow)}}},
                   {"scannedFiles", scanned_},
                   {"skippedFiles", std::move(skipped)},
                   {"scanDurationMs", duration_ms}};
    if (total_ > findings_.size()) answer["omittedFindings"] = total_ - findings_.size();
    if (omitted_skipped_ > 0) answer["omittedSkippedFiles"] = omitted_skipped_;
    return answer;
  }

  std::size_t scanned() const { return scanned_; }
  std::size_t total() const { return total_; }

 private:
  bool wanted(Category category, bool asked_for) const {
    return asked_for && severity_of(category) >= options_.minimum;
  }

  void report(const Source& source, const Hits& hits, const Redactor& redactor) {
    std::map<std::pair<std::string_view, std::string>, std::size_t> seen;  // rule and code: tells equal lines apart
    std::size_t last_line = 0;
    Snippet snippet;
    for (const Hit& hit : hits) {
      const std::size_t line = source.line_of(hit.begin);
      if (is_suppressed(source.line_text(line))) continue;
      ++total_;
      ++counts_[static_cast<std::size_t>(severity_of(hit.rule->category))];
      if (findings_.size() == kMaxFindings) continue;
      if (line != last_line) snippet = redactor.line(line);
      last_line = line;
      const std::size_t copy = seen[{hit.rule->id, snippet.code}]++;
      // From the masked line, so that a fingerprint gives nothing away; without the number, so that it survives a move.
      const std::string identity = fmt::format("{}\n{}\n{}\n{}", hit.rule->id, source.path, snippet.code, copy);
      findings_.push_back({hit.rule, source.path, line, source.column_of(hit.begin),
                           source.line_of(hit.end > hit.begin ? hit.end - 1 : hit.end), hit.confidence, snippet,
                           sha256_hex(identity)});
    }
  }

  static Json to_json(const Finding& finding) {
    return {{"type", finding.rule->type},
            {"severity", severity_word(severity_of(finding.rule->category))},
            {"file", finding.file},
            {"line", finding.line},
            {"column", finding.column},
            {"endLine", finding.end_line},
            {"description", description_of(*finding.rule)},
            {"code", finding.snippet.code},
            {"ruleId", finding.rule->id},
            {"cwe", cwe_of(finding.rule->category)},
            {"fingerprint", finding.fingerprint},
            {"confidence", confidence_word(finding.confidence)},
            {"snippetRedacted", finding.snippet.redacted}};
  }

  const Options& options_;
  const SecretRules secrets_;
  const SqlRules sql_;
  const XssRules xss_;
  std::vector<Finding> findings_;
  std::array<std::size_t, 4> counts_{};
  std::size_t total_ = 0;
  std::size_t scanned_ = 0;
  std::vector<std::pair<std::string, std::string>> skipped_;  // file, reason
  std::size_t omitted_skipped_ = 0;
};

}  // namespace

Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log) {
  if (!action.empty() && action != "scan") {
    return fail(ErrorCode::kInvalid, fmt::format("security-scanner has no action \"{}\"; expected scan", action));
  }
  const auto options = parse_options(input);
  if (!options) return fail(options.error());
  const std::string root = workspace.empty() ? "." : workspace;
  const auto target = resolve_target(root, options->target);
  if (!target) return fail(target.error());

  SystemClock clock;
  const std::int64_t begin_ms = clock.monotonic_ms();
  Scan scan(*options);
  const Visitor visitor{[&](std::string path, std::string text) { scan.file(std::move(path), std::move(text)); },
                        [&](const std::string& path, std::string_view reason) { scan.skipped(path, reason); }};
  if (auto walked = walk(root, *target, visitor); !walked) return fail(std::move(walked.error()));
  const std::int64_t duration_ms = clock.monotonic_ms() - begin_ms;
  log(fmt::format("scanned {} files in {}: {} findings", scan.scanned(), format_duration(duration_ms), scan.total()));
  return scan.answer(duration_ms);
}

}  // namespace commandcenter::security_scanner
