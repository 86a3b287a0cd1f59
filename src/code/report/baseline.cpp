// Baselines: our own JSON, SARIF, gitleaks' JSON, .secrets.baseline, and lists of fingerprints.
#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "code/report/report.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxBaseline_bytes = 256 << 20;

std::size_t line_member(const Json& value, std::string_view key) {
  const Json* line = find_member(value, key);
  return line != nullptr && line->is_number_unsigned() ? line->get<std::size_t>() : 0;
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

void Baseline::add_json(const Json& document) {
  if (document.is_array()) {  // gitleaks
    for (const Json& leak : document) {
      const std::string file = plain_path(string_member(leak, "File"));
      if (!file.empty()) secret_places_.emplace_back(file, line_member(leak, "StartLine"));
    }
    return;
  }
  if (const Json* results = find_member(document, "results"); results != nullptr && results->is_object()) {
    for (const auto& [file, secrets] : results->items()) {  // detect-secrets
      if (!secrets.is_array()) continue;
      for (const Json& secret : secrets)
        secret_places_.emplace_back(plain_path(file), line_member(secret, "line_number"));
    }
  }
  if (const Json* findings = find_member(document, "findings"); findings != nullptr && findings->is_array()) {
    for (const Json& finding : *findings)
      fingerprints_.push_back(string_member(finding, "fingerprint"));
  }
  add_sarif(document);
}

void Baseline::add_sarif(const Json& document) {
  const Json* runs = find_member(document, "runs");
  if (runs == nullptr || !runs->is_array()) return;
  for (const Json& run : *runs) {
    const Json* results = find_member(run, "results");
    if (results == nullptr || !results->is_array()) continue;
    for (const Json& result : *results) {
      const Json* prints = find_member(result, "partialFingerprints");
      const std::string own = prints == nullptr ? "" : string_member(*prints, "commandcenter/v1");
      if (!own.empty()) {
        fingerprints_.push_back(own);
        continue;
      }
      const Json* locations = find_member(result, "locations");
      if (locations == nullptr || !locations->is_array() || locations->empty()) continue;
      const Json* place = find_member(locations->front(), "physicalLocation");
      const Json* artifact = place == nullptr ? nullptr : find_member(*place, "artifactLocation");
      const Json* region = place == nullptr ? nullptr : find_member(*place, "region");
      if (artifact != nullptr && region != nullptr)
        places_.emplace_back(plain_path(string_member(*artifact, "uri")), line_member(*region, "startLine"));
    }
  }
}

Result<Baseline> Baseline::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, fmt::format("the baseline {} cannot be read", path));
  std::ostringstream bytes;
  bytes << file.rdbuf();
  const std::string text = std::move(bytes).str();
  if (text.size() > kMaxBaseline_bytes)
    return fail(ErrorCode::kTooLarge,
                fmt::format("the baseline {} is larger than {} MiB", path, kMaxBaseline_bytes >> 20));
  Baseline baseline;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && (text[first] == '{' || text[first] == '[')) {
    const auto document = parse_json(text);
    if (!document) return fail(ErrorCode::kInvalid, fmt::format("{}: {}", path, document.error().message));
    baseline.add_json(*document);
  } else {  // a list of fingerprints, one a line, "#" begins a remark
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      line = line.substr(0, line.find_first_of(" \t\r#"));
      if (!line.empty()) baseline.fingerprints_.push_back(line);
    }
  }
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
