#include "agent/builtin/compliance_checker/license_rules.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "code/licenses/compatibility.h"

namespace commandcenter::compliance_checker {
namespace {

using code::LicenseVerdict;

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view stem_of(std::string_view name) {
  for (const std::string_view ending : {".txt", ".md"}) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

bool is_license_file(std::string_view path) {
  std::string name(base_name(path));
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  static constexpr auto kNames = std::to_array<std::string_view>({"LICENSE", "LICENCE", "COPYING", "UNLICENSE"});
  return std::ranges::any_of(kNames, [&](std::string_view start) {
    return name.starts_with(start) &&
           (name.size() == start.size() || name[start.size()] == '.' || name[start.size()] == '-');
  });
}

class Rules {
 public:
  Rules(const Policy& policy, const LicenseFacts& facts, std::vector<Violation>& violations)
      : policy_(policy), facts_(facts), violations_(violations) {}

  void judge() {
    license_file();
    for (const code::Project& project : facts_.inventory.projects)
      judge_project(project);
    for (const code::Dependency& dependency : facts_.inventory.dependencies)
      judge_dependency(dependency);
    for (const auto& [file, reason] : facts_.inventory.unread)
      add("manifest-unreadable", Level::kWarning, file, 0, fmt::format("The manifest cannot be read: {}", reason),
          "Mend the file");
    license_texts();
    if (!policy_.require_headers) return;
    for (const std::string& file : facts_.unmarked) {
      // REUSE: a file beside it may say it.
      if (std::ranges::find(facts_.files, file + ".license", &NamedLicense::file) != facts_.files.end()) continue;
      add("license-header-missing", Level::kWarning, file, 1, "The file names no licence",
          "Add a comment with SPDX-License-Identifier and the copyright holder");
    }
  }

 private:
  void add(const char* id, Level level, const std::string& file, std::size_t line, std::string message,
           std::string remediation) {
    violations_.push_back({"licenses", id, level, file, line, std::move(message), std::move(remediation)});
  }

  void license_file() {
    const bool any = std::ranges::any_of(facts_.files, [](const NamedLicense& file) {
      return (folder_of(file.file).empty() && is_license_file(file.file)) || file.file.starts_with("LICENSES/");
    });
    if (!any)
      add("license-file-missing", Level::kWarning, "LICENSE", 0, "No LICENSE file found in repository root",
          "Add the text of the licence as LICENSE");
  }

  // A repository that keeps its texts in LICENSES/ has the text of every licence that its files name.
  void license_texts() {
    std::set<std::string, std::less<>> texts;
    for (const NamedLicense& file : facts_.files) {
      if (file.file.starts_with("LICENSES/")) texts.emplace(stem_of(base_name(file.file)));
    }
    if (texts.empty()) return;
    std::set<std::string> told;
    for (const NamedLicense& file : facts_.files) {
      const auto expression = code::parse_license_expression(file.spdx);
      if (!expression || file.file.starts_with("LICENSES/")) continue;
      for (const std::string& id : expression->ids()) {
        if (texts.contains(id) || texts.contains(code::canonical_license(id)) || !told.insert(id).second) continue;
        add("license-text-missing", Level::kWarning, file.file, 1, fmt::format("LICENSES/ has no text of {}", id),
            fmt::format("Add LICENSES/{}.txt", id));
      }
    }
  }

  // The licence file beside a manifest, or else the one at the root.
  const NamedLicense* file_for(const code::Project& project) const {
    const NamedLicense* root = nullptr;
    for (const NamedLicense& file : facts_.files) {
      if (!is_license_file(file.file)) continue;
      if (folder_of(file.file) == folder_of(project.file)) return &file;
      if (folder_of(file.file).empty()) root = &file;
    }
    return root;
  }

  void judge_project(const code::Project& project) {
    if (project.ecosystem == "go" || project.ecosystem == "maven" || project.ecosystem == "nuget") {
      if (project.declared.empty()) return;  // they need not say it
    }
    const std::string manifest(base_name(project.file));
    if (project.declared.empty()) {
      add("license-undeclared", Level::kWarning, project.file, 0, fmt::format("No license specified in {}", manifest),
          "Name the licence as an SPDX expression");
      return;
    }
    const auto expression = code::parse_license_expression(project.license);
    if (!expression) {
      add("license-unclear", Level::kWarning, project.file, project.line,
          fmt::format("The license \"{}\" is no SPDX expression", project.declared),
          "Name the licence as an SPDX expression");
      return;
    }
    const auto verdict =
        code::judge_license(*expression, [&](const auto& license) { return policy_.production.judge(license); });
    if (verdict == LicenseVerdict::kDenied)
      add("license-denied", Level::kCritical, project.file, project.line,
          fmt::format("Non-compliant license: {}", project.license),
          "Choose a licence that the policy allows, or change the policy");
    if (verdict == LicenseVerdict::kReview)
      add("license-review", Level::kWarning, project.file, project.line,
          fmt::format("License needs a review: {}", project.license),
          "Let somebody decide, and write the decision into the policy");
    compare(project, *expression);
  }

  void compare(const code::Project& project, const code::LicenseExpression& declared) {
    const NamedLicense* file = file_for(project);
    if (file == nullptr) return;
    const auto found = code::parse_license_expression(file->spdx);
    if (!found) return;
    const auto family = [](std::string id) {
      for (const char* suffix : {"-only", "-or-later"}) {
        if (id.ends_with(suffix)) return id.substr(0, id.find(suffix));
      }
      return id;
    };
    std::set<std::string> named;
    for (const std::string& id : declared.ids())
      named.insert(family(id));
    for (const std::string& id : found->ids()) {
      if (named.contains(family(id))) return;
    }
    add("license-mismatch", Level::kWarning, project.file, project.line,
        fmt::format("{} says {}, but {} holds {}", base_name(project.file), project.license, file->file, file->spdx),
        "Make both say the same");
  }

  // The project that a lock file belongs to: that of its folder, or of the nearest above.
  const code::Project* project_of(const code::Dependency& dependency) const {
    const code::Project* nearest = nullptr;
    const std::string_view folder = folder_of(dependency.file);
    for (const code::Project& project : facts_.inventory.projects) {
      const std::string_view place = folder_of(project.file);
      const bool above = place.empty() || folder == place ||
                         (folder.starts_with(place) && folder.size() > place.size() && folder[place.size()] == '/');
      if (!above || project.license.empty()) continue;
      if (nearest == nullptr || place.size() > folder_of(nearest->file).size()) nearest = &project;
    }
    return nearest;
  }

  // Why the project must not hand it on under its own licence; empty when it may, or when nothing is known.
  std::string clash_of(const code::Dependency& dependency) const {
    if (policy_.incompatible == LicenseVerdict::kAllowed || dependency.development) return {};
    const code::Project* project = project_of(dependency);
    if (project == nullptr || dependency.license.empty()) return {};
    const auto work = code::parse_license_expression(project->license);
    const auto part = code::parse_license_expression(dependency.license);
    if (!work || !part) return {};
    const code::CompatibilityVerdict found = code::compatibility(*work, *part);
    return found.verdict == code::Compatibility::kIncompatible ? found.reason : std::string();
  }

  void judge_dependency(const code::Dependency& dependency) {
    const LicenseLists& lists = dependency.development ? policy_.development : policy_.production;
    LicenseVerdict verdict = lists.unknown;
    if (const auto expression = code::parse_license_expression(dependency.license);
        expression && !dependency.license.empty())
      verdict = code::judge_license(*expression, [&](const auto& license) { return lists.judge(license); });
    const std::string clash = verdict == LicenseVerdict::kDenied ? std::string() : clash_of(dependency);
    if (clash.empty() && (verdict == LicenseVerdict::kAllowed || verdict == LicenseVerdict::kUnknown))
      return;  // "unknown" stands in the list
    if (const Exception* exception = policy_.find_exception(dependency)) {
      if (exception->expires.empty() || facts_.today <= exception->expires) return;
      add("exception-expired", Level::kWarning, policy_.file, 0,
          fmt::format("The exception for {} ended on {}", exception->package, exception->expires),
          "Renew it, or replace the dependency");
    }
    if (!clash.empty()) {
      const bool denied = policy_.incompatible == LicenseVerdict::kDenied;
      return add("dependency-incompatible", denied ? Level::kCritical : Level::kWarning, dependency.file,
                 dependency.line, fmt::format("Dependency \"{}\" {}: {}", dependency.name, dependency.version, clash),
                 "Replace it, or let somebody who knows the law decide and write an exception");
    }
    const std::string what = fmt::format("Dependency \"{}\" {} has license: {}", dependency.name, dependency.version,
                                         !dependency.license.empty()   ? dependency.license
                                         : dependency.declared.empty() ? "unknown"
                                                                       : dependency.declared);
    const bool denied = verdict == LicenseVerdict::kDenied;
    add(denied ? "dependency-denied" : "dependency-review", denied ? Level::kCritical : Level::kWarning,
        dependency.file, dependency.line, what,
        denied ? "Replace it, or add an exception with a reason"
               : "Let somebody decide, and write the decision into the policy");
  }

  const Policy& policy_;
  const LicenseFacts& facts_;
  std::vector<Violation>& violations_;
};

}  // namespace

void judge_licenses(const Policy& policy, const LicenseFacts& facts, std::vector<Violation>& violations) {
  Rules(policy, facts, violations).judge();
}

}  // namespace commandcenter::compliance_checker
