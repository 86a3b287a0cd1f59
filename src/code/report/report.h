// What a scan found, and the forms in which people and programs read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "code/rules/rules.h"

namespace commandcenter::code {

// A place on the way of data from its source to where it does harm.
struct FlowStep {
  std::string file;
  std::size_t line = 0;
  std::string message;
};

// What would put a finding right: a text of the file, as it stands there once or more, and what takes its place.
struct Fix {
  std::string before;
  std::string after;
};

struct Finding {
  std::string rule;      // id
  std::string type;      // its name
  std::string category;  // secrets, sql-injection, xss …
  Severity severity = Severity::kMedium;
  Confidence confidence = Confidence::kMedium;
  std::string cwe;  // "CWE-798"
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;
  std::size_t end_line = 0;
  std::string description;
  std::string code;  // the line, with every secret masked
  bool redacted = false;
  std::string fingerprint;       // stays the same when the line moves within its file
  std::string commit;            // where the history holds it; empty for the working tree
  std::vector<FlowStep> flow{};  // empty when nothing flows
  std::string suggestion{};      // empty: none
  std::optional<Fix> fix{};
};

struct UnusedSuppression {
  std::string file;
  std::size_t line = 0;
  std::string text;
};

struct Report {
  std::vector<Finding> findings;  // by path, line, column and rule
  std::size_t total = 0;          // with those beyond the limit
  std::size_t suppressed = 0;
  std::size_t in_baseline = 0;
  std::size_t scanned_files = 0;
  std::int64_t scanned_bytes = 0;
  std::size_t secrets_only_files = 0;  // of those scanned: tests, in which flaws were not looked for
  std::string compared_up_to;          // files from this one on were not compared with others; empty: all were
  std::vector<std::pair<std::string, std::string>> skipped;  // file, reason
  std::size_t omitted_skipped = 0;
  std::vector<UnusedSuppression> unused_suppressions;
  std::int64_t duration_ms = 0;
};

enum class Format : std::uint8_t { kHuman, kJson, kSarif, kJunit, kGithub, kGitlab, kMarkdown };
Result<Format> format_of(std::string_view word);
inline constexpr std::string_view kFormatWords = "human, json, sarif, junit, github, gitlab or markdown";

Json report_json(const Report& report);
Json sarif(const Report& report, std::string_view version);
std::string render(const Report& report, Format format, std::string_view version, bool colours);

std::string plural(std::size_t count, std::string_view word);  // "1 file", "2 files"

// Fingerprints of findings that are known already. Reads our own JSON, of scans and of reviews, SARIF, our report for
// GitLab, gitleaks' JSON, .secrets.baseline and fingerprints, one a line; refuses what is none of them. Those of others
// know no fingerprints of ours, so their findings are matched by file and line.
class Baseline {
 public:
  static Result<Baseline> read(const std::string& path);
  bool holds(const Finding& finding) const;
  std::size_t size() const { return fingerprints_.size() + places_.size() + secret_places_.size(); }

 private:
  // Each tells whether it knows the form.
  bool add_json(const Json& document);
  bool add_fingerprint(const Json& finding);
  bool add_entry(const Json& entry);
  bool add_secrets(const Json& results);
  bool add_sarif(const Json& document);
  bool add_lines(const std::string& text);

  void add_sarif_result(const Json& result);
  std::vector<std::string> fingerprints_;                           // ordered
  std::vector<std::pair<std::string, std::size_t>> places_;         // file and line, ordered
  std::vector<std::pair<std::string, std::size_t>> secret_places_;  // … where only secrets are known
};

}  // namespace commandcenter::code
