// `scan`: what the security scanner finds, without a server. In this process, without a sandbox: it only reads.
#include <fmt/format.h>

#include "agent/builtin/security_scanner/flaws.h"
#include "agent/builtin/security_scanner/options.h"
#include "cli/code_paths.h"
#include "cli/version.h"
#include "code/review/review.h"

namespace commandcenter::cli {
namespace {

Result<security_scanner::Options> wanted_types(const std::vector<std::string>& types) {
  security_scanner::Options wanted;
  wanted.secrets = false;
  if (types.empty()) {
    if (auto added = security_scanner::add_scan_type("all", "type", wanted); !added) return fail(added.error());
  }
  for (const std::string& type : types) {
    if (auto added = security_scanner::add_scan_type(type, "type", wanted); !added) return fail(added.error());
  }
  return wanted;
}

}  // namespace

int scan(const ScanCommandOptions& options) {
  const auto format = code::format_of(options.format);
  if (!format) return scan_failed(format.error());
  if (options.fail_on != "never") {
    if (const auto fail_on = severity_of(options.fail_on); !fail_on) return scan_failed(fail_on.error());
  }
  const auto wanted = wanted_types(options.types);
  if (!wanted) return scan_failed(wanted.error());
  auto scan = scan_options(options);
  if (!scan) return scan_failed(scan.error());
  scan->secrets = wanted->secrets;
  scan->of_another = code::is_review_rule;
  const bool tests = looks_at_tests(options);
  if (!wanted->families.empty()) {
    const bool has_neighbours = options.path != "-" && !options.history;  // files that lie on the disk beside these
    scan->analyzers.push_back(security_scanner::flaws(
        wanted->families,
        {.root = has_neighbours ? names_root(options) : "", .tests = tests, .whole = is_whole_tree(options)}));
    if (!tests) scan->secrets_only = code::is_test_code;
  }
  scan->cache = cache_folder(options);
  scan->cache_about = fmt::format("scan, {}{}", fmt::join(wanted->families, " "), tests ? " tests" : "");
  const auto report = scan_path(options, *scan);
  if (!report) return scan_failed(report.error());
  const auto as = [&report](code::Format form, bool colours) {
    return [&report, form, colours](const auto& sink) { sink(code::render(*report, form, kVersion, colours)); };
  };
  return deliver(options, *report, as(*format, shows_colours(options)), as(code::Format::kJson, false));
}

}  // namespace commandcenter::cli
