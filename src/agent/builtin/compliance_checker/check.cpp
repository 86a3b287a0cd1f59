// The way of a check: one walk for licences and headers, one scan for secrets, then the rules.
#include "agent/builtin/compliance_checker/check.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <tuple>

#include <fmt/format.h>

#include "agent/builtin/compliance_checker/environment.h"
#include "agent/builtin/compliance_checker/license_rules.h"
#include "agent/builtin/compliance_checker/policy.h"
#include "agent/builtin/compliance_checker/rules.h"
#include "base/clock.h"
#include "base/sha256.h"
#include "code/dependencies/annotations.h"
#include "code/licenses/licenses.h"
#include "code/scan/scan.h"
#include "code/source/source.h"

namespace commandcenter::compliance_checker {
namespace {

constexpr std::size_t kMaxSiteFiles_bytes = 64 << 20;  // of all files that may concern headers
constexpr std::size_t kMaxSkipped = 1'000;
constexpr std::size_t kMaxUnmarked = 10'000;

// What the threads of the walk collect.
class Collector {
 public:
  Collector(const CheckOptions& options, Outcome& outcome) : options_(options), outcome_(outcome) {}

  void file(std::string_view path, std::string_view bytes) {
    const code::Encoding encoding = code::encoding_of(bytes);
    if (encoding == code::Encoding::kBinary) return;
    if (encoding != code::Encoding::kText)
      return text(path, code::utf16_to_utf8(bytes, encoding == code::Encoding::kUtf16Be));
    text(path, bytes);
  }

  void text(std::string_view path, std::string_view bytes) {
    std::string spdx;
    if (options_.licenses && code::may_name_license(bytes)) spdx = reader_.read(bytes).expression;
    const bool site = options_.headers && code::concerns_headers(path, bytes);
    const bool manifest = options_.licenses && (code::is_manifest(path) || code::is_annotation_file(path));
    const bool unmarked = options_.licenses && spdx.empty() && code::is_code(code::language_of(path, bytes));
    const std::lock_guard lock(mutex_);
    ++outcome_.checked_files;
    if (manifest) manifests_.push_back({std::string(path), std::string(bytes)});
    if (unmarked && unmarked_.size() < kMaxUnmarked) unmarked_.push_back(code::to_utf8(path));
    if (!spdx.empty()) outcome_.licenses.push_back({code::to_utf8(path), std::move(spdx)});
    if (!site) return;
    if (site_bytes_ + bytes.size() > kMaxSiteFiles_bytes) return skip(std::string(path), "too much configuration");
    site_bytes_ += bytes.size();
    sites_.push_back({std::string(path), code::to_utf8(bytes)});
  }

  void skipped(std::string path, std::string reason) {
    const std::lock_guard lock(mutex_);
    skip(std::move(path), std::move(reason));
  }

  const code::LicenseReader& reader() const { return reader_; }
  std::vector<std::string>& unmarked() { return unmarked_; }

  const std::vector<code::ManifestFile>& manifests() {
    std::ranges::sort(manifests_, {}, &code::ManifestFile::path);
    return manifests_;
  }

  std::vector<code::HeaderFile> take_sites() {
    std::ranges::sort(sites_, {}, &code::HeaderFile::path);
    return std::move(sites_);
  }

 private:
  void skip(std::string path, std::string reason) {
    if (outcome_.skipped.size() < kMaxSkipped) outcome_.skipped.emplace_back(code::to_utf8(path), std::move(reason));
  }

  const CheckOptions& options_;
  Outcome& outcome_;
  code::LicenseReader reader_;
  std::mutex mutex_;
  std::vector<code::ManifestFile> manifests_;
  std::vector<std::string> unmarked_;  // source files that name no licence
  std::vector<code::HeaderFile> sites_;
  std::size_t site_bytes_ = 0;
};

// The one that is named, which must be there; or the usual file; or the usual policy.
Result<Policy> policy_of(const std::string& root, const CheckOptions& options) {
  const std::string name = options.policy_file.empty() ? std::string(kPolicyFile) : options.policy_file;
  const auto text = read_below(root, name);
  if (text) return parse_policy(*text, name);
  if (options.policy_file.empty()) return usual_policy();
  return fail(ErrorCode::kNotFound, fmt::format("there is no policy {} below the folder that is checked", name));
}

std::string today() {
  SystemClock clock;
  return iso8601(clock.wall_ms()).substr(0, 10);
}

// What REUSE.toml and .reuse/dep5 say, the outer files first: the nearest counts.
std::vector<code::Annotation> annotations_of(const std::string& root, const std::vector<code::ManifestFile>& files,
                                             code::Inventory& inventory) {
  std::vector<code::Annotation> all;
  const auto add = [&](const std::string& path, const std::string& text) {
    auto some = code::read_annotations(path, text);
    if (!some) {
      inventory.unread.emplace_back(path, some.error().message);
      return;
    }
    all.insert(all.end(), some->begin(), some->end());
  };
  if (const auto dep5 = read_below(root, ".reuse/dep5")) add(".reuse/dep5", *dep5);
  std::vector<const code::ManifestFile*> found;
  for (const code::ManifestFile& file : files) {
    if (code::is_annotation_file(file.path) && file.path != ".reuse/dep5") found.push_back(&file);
  }
  std::ranges::stable_sort(found, {}, [](const auto* file) { return std::ranges::count(file->path, '/'); });
  for (const code::ManifestFile* file : found)
    add(file->path, file->text);
  return all;
}

// Files that name no licence get that of their annotation; the others keep theirs, unless the annotation has its way.
void annotate(const std::vector<code::Annotation>& annotations, std::vector<std::string>& unmarked,
              std::vector<NamedLicense>& licenses) {
  if (annotations.empty()) return;
  for (NamedLicense& license : licenses) {
    const code::Annotation* annotation = code::annotation_of(annotations, license.file);
    if (annotation == nullptr || annotation->precedence == code::Precedence::kClosest) continue;
    const bool both = annotation->precedence == code::Precedence::kAggregate && license.spdx != annotation->spdx;
    license.spdx = both ? fmt::format("({}) AND ({})", license.spdx, annotation->spdx) : annotation->spdx;
    if (const auto tidy = code::parse_license_expression(license.spdx)) license.spdx = tidy->text();
    license.source = annotation->source;
  }
  std::erase_if(unmarked, [&](const std::string& file) {
    const code::Annotation* annotation = code::annotation_of(annotations, file);
    if (annotation != nullptr) licenses.push_back({file, annotation->spdx, annotation->source});
    return annotation != nullptr;
  });
  std::ranges::sort(licenses, {}, &NamedLicense::file);
}

Result<void> walk(const std::string& root, const std::string& target, const CheckOptions& options, Outcome& outcome) {
  Collector collector(options, outcome);
  const code::Visitor visitor{
      [&](unsigned, std::string_view path, std::string_view bytes) { collector.file(path, bytes); },
      [&](std::string path, std::string reason) { collector.skipped(std::move(path), std::move(reason)); }};
  if (auto walked = code::walk(root, target, options.walk, visitor); !walked) return walked;
  const std::vector<code::HeaderFile> sites = collector.take_sites();
  outcome.sites = code::check_headers(sites);
  std::ranges::sort(outcome.licenses, {}, &NamedLicense::file);
  std::ranges::sort(outcome.skipped);
  if (!options.licenses) return {};
  const auto policy = policy_of(root, options);
  if (!policy) return fail(policy.error());
  const code::Lookup lookup{[&](const std::string& path) { return read_below(root, path); }, &collector.reader()};
  outcome.inventory = code::read_dependencies(collector.manifests(), lookup);
  std::ranges::sort(collector.unmarked());
  annotate(annotations_of(root, collector.manifests(), outcome.inventory), collector.unmarked(), outcome.licenses);
  judge_licenses(*policy, {outcome.inventory, outcome.licenses, collector.unmarked(), today()}, outcome.violations);
  return {};
}

Result<void> find_secrets(const std::string& root, const std::string& target, const CheckOptions& options,
                          Outcome& outcome) {
  code::ScanOptions scan;
  scan.walk = options.walk;
  scan.analyzers.push_back(environment_defaults());
  const auto report = code::scan_tree(root, target, scan);
  if (!report) return fail(report.error());
  judge_secrets(*report, outcome.violations);
  outcome.checked_files = std::max(outcome.checked_files, report->scanned_files);
  return {};
}

void finish(Outcome& outcome) {
  std::ranges::stable_sort(outcome.violations, [](const Violation& a, const Violation& b) {
    return std::tie(a.file, a.line, a.rule_id, a.message) < std::tie(b.file, b.line, b.rule_id, b.message);
  });
  for (Violation& violation : outcome.violations) {
    if (violation.fingerprint.empty())
      violation.fingerprint =
          sha256_hex(fmt::format("{}\n{}\n{}", violation.rule_id, violation.file, violation.message));
  }
}

}  // namespace

std::optional<std::string> read_below(const std::string& root, const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path base = fs::canonical(root, error);
  if (error) return std::nullopt;
  const fs::path real = fs::canonical(base / path, error);
  if (error || !fs::is_regular_file(real, error) || fs::file_size(real, error) > code::kMaxManifest_bytes)
    return std::nullopt;
  const fs::path inside = real.lexically_relative(base);
  if (inside.empty() || *inside.begin() == "..") return std::nullopt;  // by way of a link
  std::ifstream file(real, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string_view level_word(Level level) {
  switch (level) {
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kCritical:
      return "critical";
  }
  return "";
}

std::size_t Outcome::count(Level level) const {
  return static_cast<std::size_t>(std::ranges::count(violations, level, &Violation::level));
}

bool Outcome::passed() const {
  return strict ? violations.empty() : count(Level::kCritical) == 0;
}

Result<Outcome> check(const std::string& root, const std::string& target, const CheckOptions& options) {
  SystemClock clock;
  const std::int64_t begin_ms = clock.monotonic_ms();
  Outcome outcome;
  outcome.strict = options.strict;
  if (options.licenses || options.headers) {
    if (auto walked = walk(root, target, options, outcome); !walked) return fail(walked.error());
  }
  if (options.licenses) outcome.rules_applied.emplace_back("licenses");
  if (options.headers) {
    outcome.rules_applied.emplace_back("security-headers");
    judge_headers(outcome.sites, outcome.violations);
  }
  if (options.secrets) {
    outcome.rules_applied.emplace_back("secrets");
    if (auto found = find_secrets(root, target, options, outcome); !found) return fail(found.error());
  }
  finish(outcome);
  outcome.duration_ms = clock.monotonic_ms() - begin_ms;
  return outcome;
}

}  // namespace commandcenter::compliance_checker
