// Baselines: our own JSON and GitLab's report, SARIF, gitleaks' JSON, .secrets.baseline, and lists of fingerprints.
// What is none of them is refused: it would silence nothing, and nobody would know.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "code/report/report.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxBaseline_bytes = 256 << 20;
constexpr std::size_t kFingerprint_digits = 64;
constexpr std::string_view kForms =
    "our JSON, SARIF or GitLab report, gitleaks' JSON, .secrets.baseline, or one fingerprint a line";

bool is_fingerprint(std::string_view text) {
  return text.size() == kFingerprint_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<std::size_t> line_member(const Json& value, std::string_view key) {
  const Json* line = find_member(value, key);
  if (line == nullptr || !line->is_number_unsigned()) return std::nullopt;
  return line->get<std::size_t>();
}

// Runs have a tool, by the standard; other documents have "runs", too.
bool is_sarif_run(const Json& run) {
  const Json* results = find_member(run, "results");
  if (results != nullptr && !results->is_null() && !results->is_array()) return false;
  return find_member(run, "tool") != nullptr || results != nullptr;
}

// "./src/a%20b.py" is "src/a b.py".
std::string plain_path(std::string_view path) {
  while (path.starts_with("./"))
    path.remove_prefix(2);
  std::string plain;
  for (std::size_t i = 0; i < path.size(); ++i) {
    int code = 0;
    const char* digits = path.data() + i + 1;
    if (path[i] == '%' && i + 2 < path.size() && std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      plain += static_cast<char>(code);
      i += 2;
    } else {
      plain += path[i] == '\\' ? '/' : path[i];
    }
  }
  return plain;
}

}  // namespace

bool Baseline::add_json(const Json& document) {
  if (document.is_array()) return std::ranges::all_of(document, [&](const Json& entry) { return add_entry(entry); });
  const Json* findings = find_member(document, "findings");
  if (findings == nullptr) findings = find_member(document, "issues");  // of a review
  if (findings != nullptr) {
    return findings->is_array() &&
           std::ranges::all_of(*findings, [&](const Json& finding) { return add_fingerprint(finding); });
  }
  if (const Json* results = find_member(document, "results"); results != nullptr) return add_secrets(*results);
  return add_sarif(document);
}

bool Baseline::add_fingerprint(const Json& finding) {
  std::string fingerprint = string_member(finding, "fingerprint");
  if (!is_fingerprint(fingerprint)) return false;
  fingerprints_.push_back(std::move(fingerprint));
  return true;
}

// Of gitleaks, or of our report for GitLab.
bool Baseline::add_entry(const Json& entry) {
  const std::string file = plain_path(string_member(entry, "File"));
  const auto line = line_member(entry, "StartLine");
  if (file.empty() || !line) return add_fingerprint(entry);
  secret_places_.emplace_back(file, *line);
  return true;
}

// Of detect-secrets: a list for each file.
bool Baseline::add_secrets(const Json& results) {
  if (!results.is_object()) return false;
  for (const auto& [file, secrets] : results.items()) {
    if (!secrets.is_array()) return false;
    for (const Json& secret : secrets) {
      const auto line = line_member(secret, "line_number");
      if (!line) return false;
      secret_places_.emplace_back(plain_path(file), *line);
    }
  }
  return true;
}

bool Baseline::add_sarif(const Json& document) {
  const Json* runs = find_member(document, "runs");
  if (runs == nullptr || !runs->is_array() || !std::ranges::all_of(*runs, is_sarif_run)) return false;
  for (const Json& run : *runs) {
    const Json* results = find_member(run, "results");
    for (std::size_t i = 0; results != nullptr && i < results->size(); ++i)
      add_sarif_result((*results)[i]);
  }
  return true;
}

void Baseline::add_sarif_result(const Json& result) {
  const Json* prints = find_member(result, "partialFingerprints");
  const std::string own = prints == nullptr ? "" : string_member(*prints, "commandcenter/v1");
  if (!own.empty()) {
    fingerprints_.push_back(own);
    return;
  }
  const Json* locations = find_member(result, "locations");
  if (locations == nullptr || !locations->is_array() || locations->empty()) return;
  const Json* place = find_member(locations->front(), "physicalLocation");
  const Json* artifact = place == nullptr ? nullptr : find_member(*place, "artifactLocation");
  const Json* region = place == nullptr ? nullptr : find_member(*place, "region");
  if (artifact != nullptr && region != nullptr)
    places_.emplace_back(plain_path(string_member(*artifact, "uri")), line_member(*region, "startLine").value_or(0));
}

// Fingerprints, one a line; "#" begins a remark.
bool Baseline::add_lines(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::string_view rest(line);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r"), rest.size()));
    const std::string_view fingerprint = rest.substr(0, rest.find_first_of(" \t\r#"));
    if (fingerprint.empty()) continue;
    if (!is_fingerprint(fingerprint)) return false;
    fingerprints_.emplace_back(fingerprint);
  }
  return true;
}

Result<Baseline> Baseline::read(const std::string& path) {
  std::error_code error;
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path, error))
    return fail(ErrorCode::kNotFound, fmt::format("the baseline {} cannot be read", path));
  std::ostringstream bytes;
  bytes << file.rdbuf();
  const std::string text = std::move(bytes).str();
  if (text.size() > kMaxBaseline_bytes)
    return fail(ErrorCode::kTooLarge,
                fmt::format("the baseline {} is larger than {} MiB", path, kMaxBaseline_bytes >> 20));
  Baseline baseline;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  bool known = false;
  if (first != std::string::npos && (text[first] == '{' || text[first] == '[')) {
    const auto document = parse_json(text);
    if (!document) return fail(ErrorCode::kInvalid, fmt::format("{}: {}", path, document.error().message));
    known = baseline.add_json(*document);
  } else {
    known = baseline.add_lines(text);
  }
  if (!known) return fail(ErrorCode::kInvalid, fmt::format("{} is no baseline; expected {}", path, kForms));
  std::ranges::sort(baseline.fingerprints_);
  std::ranges::sort(baseline.places_);
  std::ranges::sort(baseline.secret_places_);
  return baseline;
}

bool Baseline::holds(const Finding& finding) const {
  const std::pair place(finding.file, finding.line);
  return std::ranges::binary_search(fingerprints_, finding.fingerprint) || std::ranges::binary_search(places_, place) ||
         (finding.category == "secrets" && std::ranges::binary_search(secret_places_, place));
}

}  // namespace commandcenter::code
