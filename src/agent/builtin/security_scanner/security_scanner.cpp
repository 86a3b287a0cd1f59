// The agent's face over code/scan: its input to options, the report to its answer.
#include "agent/builtin/security_scanner/security_scanner.h"

#include <utility>

#include <fmt/format.h>

#include "agent/builtin/security_scanner/flaws.h"
#include "agent/builtin/security_scanner/options.h"
#include "base/quantity.h"
#include "code/scan/scan.h"

namespace commandcenter::security_scanner {

Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log) {
  if (!action.empty() && action != "scan") {
    return fail(ErrorCode::kInvalid, fmt::format("security-scanner has no action \"{}\"; expected scan", action));
  }
  const auto options = parse_options(input);
  if (!options) return fail(options.error());
  const std::string root = workspace.empty() ? "." : workspace;
  const auto target = resolve_target(root, options->target);
  if (!target) return fail(target.error());

  code::ScanOptions scan;
  scan.secrets = options->secrets;
  scan.minimum = options->minimum;
  scan.max_findings = kMaxFindings;
  if (!options->families.empty()) {
    const bool tests = names_tests(*target);
    scan.analyzers.push_back(flaws(options->families, {.root = root, .tests = tests, .whole = target->empty()}));
    if (!tests) scan.secrets_only = code::is_test_code;
  }
  const auto report = code::scan_tree(root, *target, scan);
  if (!report) return fail(report.error());
  log(fmt::format("scanned {} files in {}: {} findings", report->scanned_files, format_duration(report->duration_ms),
                  report->total));
  return code::report_json(*report);
}

}  // namespace commandcenter::security_scanner
