// One check of a repository: everything that the agent and `commandcenter comply` report.
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
#include "code/dependencies/dependencies.h"
#include "code/headers/headers.h"
#include "code/report/report.h"
#include "code/walk/walk.h"

namespace commandcenter::compliance_checker {

enum class Level : std::uint8_t { kInfo, kWarning, kCritical };
std::string_view level_word(Level level);

struct Violation {
  std::string rule;     // licenses, security-headers, secrets
  std::string rule_id;  // "header-missing", "license-denied" …
  Level level = Level::kWarning;
  std::string file;
  std::size_t line = 0;  // 0: the file as a whole
  std::string message;
  std::string remediation;
  std::string cwe{};
  std::string code{};         // of secrets: the line, masked
  std::string fingerprint{};  // made by check() where it is empty
};

struct NamedLicense {
  std::string file;
  std::string spdx;
  std::string source{};  // the file that says it, when it is another
};

struct CheckOptions {
  bool licenses = true;
  bool headers = true;
  bool secrets = true;
  bool strict = false;      // every violation counts, not only critical ones
  std::string policy_file;  // below the root; empty: kPolicyFile if it is there
  code::WalkOptions walk;
};

struct Outcome {
  std::vector<Violation> violations;  // by file, line and rule
  std::vector<NamedLicense> licenses;
  std::vector<code::SiteHeaders> sites;
  code::Inventory inventory;  // projects and dependencies; with licenses only
  std::vector<std::string> rules_applied;
  std::size_t checked_files = 0;
  std::vector<std::pair<std::string, std::string>> skipped;  // file, reason
  std::int64_t duration_ms = 0;
  bool strict = false;

  std::size_t count(Level level) const;
  bool passed() const;
};

Result<Outcome> check(const std::string& root, const std::string& target, const CheckOptions& options);

// Reads files below the root that are no larger than a manifest may be; for Lookup.
std::optional<std::string> read_below(const std::string& root, const std::string& path);

Json outcome_json(const Outcome& outcome);

// The same as a report, for the formats that know nothing of licences.
code::Report report_of(const Outcome& outcome);

}  // namespace commandcenter::compliance_checker
