// `review`: figures of functions, and what is wrong with code, without a server. In this process; it only reads.
#include <fmt/format.h>

#include "agent/builtin/security_scanner/flaws.h"
#include "cli/code_paths.h"
#include "cli/version.h"
#include "code/review/review.h"

namespace commandcenter::cli {
namespace {

Result<code::ReviewOptions> review_options(const ReviewCommandOptions& options) {
  const std::string& type = options.type;
  if (type != "all" && type != "quality" && type != "security" && type != "performance")
    return fail(ErrorCode::kInvalid,
                fmt::format("unknown type \"{}\"; expected quality, security, performance or all", type));
  if (options.complexity != "lizard" && options.complexity != "native")
    return fail(ErrorCode::kInvalid,
                fmt::format("unknown complexity \"{}\"; expected lizard or native", options.complexity));
  code::ReviewOptions review;
  review.native_complexity = options.complexity == "native";
  review.quality = type == "all" || type == "quality";
  review.security = type == "all" || type == "security";
  review.performance = type == "all" || type == "performance";
  review.file_pattern = options.file_pattern;
  review.hot_spots = options.hot_spots;
  review.blame = options.blame;
  const ScanCommandOptions& scan = options.scan;
  if (scan.path != "-" && !scan.staged && scan.since.empty()) review.root = tree_of(scan.path).first;
  return review;
}

// What a change brought about together with files that it left alone: copies and circles of imports. All files are
// looked at for that, or what is kept of them.
Result<void> add_of_neighbours(const ReviewCommandOptions& options, code::ReviewOptions chosen, code::Report& report) {
  auto repository = code::Repository::open(options.scan.path);
  if (!repository) return fail(std::move(repository.error()));
  auto scan = scan_options(options.scan);
  if (!scan) return fail(std::move(scan.error()));
  const auto changed = repository->since(options.scan.since, scan->walk.max_file_bytes);
  if (!changed) return fail(changed.error());
  const std::string way = repository->way_to(options.scan.path);
  code::AddedLines added;
  for (const code::ChangedFile& file : *changed)
    if (!file.added.empty() && (file.path + "/").starts_with(way)) added.emplace(file.path, file.added);
  if (added.empty()) return {};
  chosen.root = repository->work_folder();
  if (chosen.root.empty()) return {};
  chosen.added = &added;
  chosen.hot_spots = false;
  chosen.blame = false;
  scan->secrets = false;
  code::Reviewer reviewer(chosen);
  reviewer.join(*scan);
  scan->cache = cache_folder(options.scan);
  auto whole = code::scan_tree(chosen.root, "", *scan);
  if (!whole) return fail(std::move(whole.error()));
  code::Review review = reviewer.finish(std::move(*whole), *scan);
  for (code::Finding& finding : review.report.findings) {
    if (finding.rule != "duplicated-code" && finding.rule != "import-cycle") continue;
    ++report.total;
    report.findings.push_back(std::move(finding));
  }
  return {};
}

}  // namespace

int review(const ReviewCommandOptions& options) {
  const auto format = code::format_of(options.scan.format);
  if (!format) return scan_failed(format.error());
  const auto chosen = review_options(options);
  if (!chosen) return scan_failed(chosen.error());
  if (options.scan.fail_on != "never") {
    if (const auto fail_on = severity_of(options.scan.fail_on); !fail_on) return scan_failed(fail_on.error());
  }
  auto scan = scan_options(options.scan);
  if (!scan) return scan_failed(scan.error());
  scan->secrets = false;
  code::Reviewer reviewer(*chosen);
  reviewer.join(*scan);
  scan->cache = cache_folder(options.scan);
  // Following data takes longer than all the rest, and is what `scan` is for.
  if (options.type == "security") {
    const bool tests = looks_at_tests(options.scan);
    scan->analyzers.push_back(
        security_scanner::flaws(security_scanner::families(), {.root = chosen->root, .tests = tests}));
    scan->cache_about += tests ? " flaws tests" : " flaws";
  }
  auto report = scan_path(options.scan, *scan);
  if (!report) return scan_failed(report.error());
  if (!options.scan.since.empty() && chosen->quality) {
    if (auto added = add_of_neighbours(options, *chosen, *report); !added) return scan_failed(added.error());
  }
  code::Review review = reviewer.finish(std::move(*report), *scan);
  const bool is_nameless = options.scan.path == "-" && options.scan.stdin_name == ScanCommandOptions{}.stdin_name;
  if (is_nameless && review.reviewed_files == 0 && review.report.skipped.empty())
    return scan_failed({ErrorCode::kInvalid,
                        "nothing tells the language of standard input; say what it is called: --stdin-name app.py"});
  const auto as = [&review](code::Format form, bool colours, code::IssuePage page) {
    return [&review, form, colours, page](const auto& sink) {
      review.page = page;
      code::write_review(review, form, kVersion, colours, sink);
    };
  };
  const code::IssuePage page{options.offset, options.limit > 0 ? options.limit : code::kMaxFindings};
  return deliver(options.scan, review.report, as(*format, shows_colours(options.scan), page),
                 as(code::Format::kJson, false, {}));  // a baseline has them all
}

}  // namespace commandcenter::cli
