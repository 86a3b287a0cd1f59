// `comply`: licences, security headers and secrets without a server. In this process, without a sandbox: it only reads.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "agent/builtin/compliance_checker/check.h"
#include "agent/builtin/compliance_checker/options.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/code_paths.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "code/dependencies/sbom.h"

namespace commandcenter::cli {
namespace {

namespace checker = compliance_checker;

int failed(const Error& error) {
  print_error(error);
  return kExitUsage;  // 1 means not passed
}

Result<checker::CheckOptions> check_options(const ComplyOptions& options) {
  checker::CheckOptions check;
  check.strict = options.strict;
  check.policy_file = options.policy;
  check.walk.target = on_link_at(options.path);
  check.walk.excludes = !options.no_default_excludes;
  check.walk.threads = options.threads;
  if (!options.scopes.empty()) check.licenses = check.headers = check.secrets = false;
  for (const std::string& scope : options.scopes) {
    if (auto added = checker::add_scope(scope, check); !added) return fail(added.error());
  }
  return check;
}

// Licences by how many files name them, sites with their headers, and the verdict.
std::string summary(const checker::Outcome& outcome) {
  std::string text;
  std::map<std::string, std::size_t> files_of;
  for (const checker::NamedLicense& license : outcome.licenses)
    ++files_of[license.spdx];
  if (!files_of.empty()) text += "\nLicences named in files:\n";
  for (const auto& [spdx, count] : files_of)
    text += fmt::format("  {:>6}  {}\n", count, printable(spdx));
  for (const code::SiteHeaders& site : outcome.sites) {
    text += fmt::format("\nHeaders of {} ({}):\n", printable(site.file), site.framework);
    for (const code::HeaderVerdict& verdict : site.headers)
      text += fmt::format("  {:<12} {}\n", code::state_word(verdict.state), code::header_name(verdict.header));
  }
  return text + fmt::format("\n{} of {} violations critical, {} warnings: {}\n",
                            outcome.count(checker::Level::kCritical), outcome.violations.size(),
                            outcome.count(checker::Level::kWarning), outcome.passed() ? "passed" : "not passed");
}

Result<void> write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return fail(ErrorCode::kInvalid, fmt::format("{} cannot be written", path));
  return {};
}

// What is made of the inventory, each to a file of its own.
Result<void> write_documents(const ComplyOptions& options, const std::string& root, const checker::Outcome& outcome) {
  SystemClock clock;
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::canonical(options.path, error);
  const std::string created = iso8601(clock.wall_ms()).substr(0, 19) + "Z";
  const code::SbomFacts facts{folder.filename().empty() ? "repository" : folder.filename().string(), kVersion, created};
  const code::Lookup lookup{[&](const std::string& path) { return checker::read_below(root, path); }, nullptr};
  const std::pair<const std::string&, std::function<std::string()>> documents[] = {
      {options.spdx_sbom, [&] { return dump_json_pretty(code::spdx_sbom(outcome.inventory, facts)) + "\n"; }},
      {options.cyclonedx_sbom, [&] { return dump_json_pretty(code::cyclonedx_sbom(outcome.inventory, facts)) + "\n"; }},
      {options.notice, [&] { return code::notice_text(outcome.inventory, facts.name, lookup); }}};
  for (const auto& [path, text] : documents) {
    if (path.empty()) continue;
    if (auto written = write(path, text()); !written) return written;
  }
  return {};
}

}  // namespace

int comply(const ComplyOptions& options) {
  const auto format = code::format_of(options.format);
  if (!format) return failed(format.error());
  const auto check = check_options(options);
  if (!check) return failed(check.error());
  const auto tree = readable_tree_of(options.path);
  if (!tree) return failed(tree.error());
  const auto outcome = checker::check(tree->first, tree->second, *check);
  if (!outcome) return failed(outcome.error());

  if (auto written = write_documents(options, tree->first, *outcome); !written) return failed(written.error());

  const bool to_file = !options.output.empty() && options.output != "-";
  std::string text;
  if (*format == code::Format::kJson) {
    text = dump_json_pretty(checker::outcome_json(*outcome)) + "\n";
  } else {
    text = code::render(checker::report_of(*outcome), *format, kVersion, !to_file && has_colours(stdout));
    if (*format == code::Format::kHuman) text += summary(*outcome);
  }
  if (to_file) {
    if (auto written = write(options.output, text); !written) return failed(written.error());
  } else {
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  return outcome->passed() ? kExitOk : kExitFailed;
}

}  // namespace commandcenter::cli
