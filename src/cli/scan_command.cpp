// `scan`: what the security scanner finds, without a server. In this process, without a sandbox: it only reads.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "agent/builtin/security_scanner/flaws.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "code/scan/scan.h"

namespace commandcenter::cli {
namespace {

constexpr std::size_t kMib_bytes = 1 << 20;

Result<code::Severity> severity_of(const std::string& word) {
  for (const auto severity :
       {code::Severity::kLow, code::Severity::kMedium, code::Severity::kHigh, code::Severity::kCritical}) {
    if (word == code::severity_word(severity)) return severity;
  }
  return fail(ErrorCode::kInvalid,
              fmt::format("unknown severity \"{}\"; expected low, medium, high or critical", word));
}

Result<code::ScanOptions> scan_options(const ScanCommandOptions& options) {
  code::ScanOptions scan;
  scan.walk.excludes = !options.no_default_excludes;
  scan.walk.threads = options.threads;
  scan.walk.max_file_bytes = options.max_file_mib * kMib_bytes;
  scan.suppressions = !options.no_suppressions;
  scan.report_unused = options.report_unused;
  const auto minimum = severity_of(options.severity);
  if (!minimum) return fail(minimum.error());
  scan.minimum = *minimum;
  for (const std::string& path : options.baselines) {
    auto baseline = code::Baseline::read(path);
    if (!baseline) return fail(std::move(baseline.error()));
    scan.baselines.push_back(std::move(*baseline));
  }
  std::error_code none;
  const std::filesystem::path path(options.path);
  const bool files = options.path != "-" && !options.history;  // whose neighbours lie on the disk
  const std::string root = std::filesystem::is_directory(path, none) ? options.path : path.parent_path().string();
  scan.analyzers.push_back(
      security_scanner::flaws(security_scanner::families(), files ? (root.empty() ? "." : root) : ""));
  return scan;
}

Result<code::Report> scan_repository(const ScanCommandOptions& options, const code::ScanOptions& scan) {
  auto repository = code::Repository::open(options.path);
  if (!repository) return fail(std::move(repository.error()));
  if (options.history) return code::scan_history(*repository, scan);
  auto changed = options.staged ? repository->staged(scan.walk.max_file_bytes)
                                : repository->since(options.since, scan.walk.max_file_bytes);
  if (!changed) return fail(std::move(changed.error()));
  return code::scan_changes(*changed, scan);
}

Result<code::Report> scan_path(const ScanCommandOptions& options, const code::ScanOptions& scan) {
  if (options.path == "-") {
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    return code::scan_text(options.stdin_name, text, scan);
  }
  if (options.history || options.staged || !options.since.empty()) return scan_repository(options, scan);
  std::error_code error;
  const std::filesystem::path path(options.path);
  if (std::filesystem::is_directory(path, error)) return code::scan_tree(options.path, "", scan);
  if (!std::filesystem::exists(path, error))
    return fail(ErrorCode::kNotFound, fmt::format("there is no {}", options.path));
  const std::string folder = path.parent_path().empty() ? "." : path.parent_path().string();
  return code::scan_tree(folder, path.filename().string(), scan);
}

Result<void> write(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return fail(ErrorCode::kInvalid, fmt::format("{} cannot be written", path));
  return {};
}

int failed(const Error& error) {
  print_error(error);
  return kExitUsage;  // 1 means findings
}

}  // namespace

int scan(const ScanCommandOptions& options) {
  const auto format = code::format_of(options.format);
  if (!format) return failed(format.error());
  const bool never = options.fail_on == "never";
  const auto fail_on = severity_of(never ? "critical" : options.fail_on);
  if (!fail_on) return failed(fail_on.error());
  const auto scan = scan_options(options);
  if (!scan) return failed(scan.error());
  const auto report = scan_path(options, *scan);
  if (!report) return failed(report.error());

  const bool to_file = !options.output.empty() && options.output != "-";
  const std::string text = code::render(*report, *format, kVersion, !to_file && is_terminal(stdout));
  if (to_file) {
    if (auto written = write(options.output, text); !written) return failed(written.error());
  } else {
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  if (!options.write_baseline.empty()) {
    const std::string baseline = code::render(*report, code::Format::kJson, kVersion, false);
    if (auto written = write(options.write_baseline, baseline); !written) return failed(written.error());
  }
  for (const code::Finding& finding : report->findings) {
    if (!never && finding.severity >= *fail_on) return kExitFailed;
  }
  return kExitOk;
}

}  // namespace commandcenter::cli
