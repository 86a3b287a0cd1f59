// The ways of `scan`, `review`, `comply` and `diagram` to the code, and of reports to whoever reads them.
#include "cli/code_paths.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

#include "cli/cli.h"
#include "cli/output.h"

namespace commandcenter::cli {
namespace {

constexpr std::size_t kMib_bytes = 1 << 20;

bool asks_repository(const ScanCommandOptions& options) {
  return options.history || options.staged || !options.since.empty();
}

// What the path names there, under names relative to the repository.
Result<code::Report> scan_repository(const ScanCommandOptions& options, const code::ScanOptions& scan) {
  auto repository = code::Repository::open(options.path);
  if (!repository) return fail(std::move(repository.error()));
  const std::string way = repository->way_to(options.path);
  if (options.history) return code::scan_history(*repository, scan, way);
  auto changed = options.staged ? repository->staged(scan.walk.max_file_bytes)
                                : repository->since(options.since, scan.walk.max_file_bytes);
  if (!changed) return fail(std::move(changed.error()));
  std::erase_if(*changed, [&](const code::ChangedFile& file) { return !(file.path + "/").starts_with(way); });
  return code::scan_changes(*changed, scan);
}

// A folder that is named is opened even if it is a link, which walks do not follow.
std::string opened(const std::string& folder) {
  std::error_code error;
  return std::filesystem::is_symlink(folder, error) ? folder + "/." : folder;
}

Result<void> expect_readable(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type == fs::file_type::not_found) return fail(ErrorCode::kNotFound, fmt::format("there is no {}", path));
  const bool is_folder = type == fs::file_type::directory;
  if (type != fs::file_type::none && type != fs::file_type::regular && !is_folder)
    return fail(ErrorCode::kInvalid, fmt::format("{} is neither a file nor a folder", path));
  if (!error && ::access(path.c_str(), is_folder ? R_OK | X_OK : R_OK) != 0)
    error = std::error_code(errno, std::generic_category());
  if (error) return fail(ErrorCode::kForbidden, fmt::format("{} cannot be read: {}", path, error.message()));
  return {};
}

Result<void> write(const std::string& path, const Document& document) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  document([&](std::string_view piece) { file << piece; });
  file.close();
  if (!file) return fail(ErrorCode::kInvalid, fmt::format("{} cannot be written", path));
  return {};
}

bool to_file(const ScanCommandOptions& options) {
  return !options.output.empty() && options.output != "-";
}

}  // namespace

Result<code::Severity> severity_of(const std::string& word) {
  for (const auto severity :
       {code::Severity::kLow, code::Severity::kMedium, code::Severity::kHigh, code::Severity::kCritical}) {
    if (word == code::severity_word(severity)) return severity;
  }
  if (word == "info") return code::Severity::kLow;
  if (word == "warning") return code::Severity::kMedium;
  if (word == "error") return code::Severity::kHigh;
  return fail(ErrorCode::kInvalid,
              fmt::format("unknown severity \"{}\"; expected low, medium, high or critical", word));
}

code::OnLink on_link_at(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error) ? code::OnLink::kRefuse : code::OnLink::kFollow;
}

Result<code::ScanOptions> scan_options(const ScanCommandOptions& options) {
  code::ScanOptions scan;
  scan.walk.target = on_link_at(options.path);
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
  return scan;
}

Result<std::pair<std::string, std::string>> readable_tree_of(const std::string& path) {
  if (auto readable = expect_readable(path); !readable) return fail(std::move(readable.error()));
  return tree_of(path);
}

std::pair<std::string, std::string> tree_of(const std::string& place) {
  std::error_code error;
  const std::filesystem::path path(place);
  if (std::filesystem::is_directory(path, error)) return {opened(place), ""};
  return {path.parent_path().empty() ? "." : opened(path.parent_path().string()), path.filename().string()};
}

std::string names_root(const ScanCommandOptions& options) {
  if (!asks_repository(options)) return tree_of(options.path).first;
  const auto repository = code::Repository::open(options.path);
  return repository ? repository->work_folder() : std::string();
}

bool looks_at_tests(const ScanCommandOptions& options) {
  std::error_code error;
  return options.no_default_excludes || !std::filesystem::is_directory(options.path, error);
}

bool is_whole_tree(const ScanCommandOptions& options) {
  std::error_code error;
  return !asks_repository(options) && std::filesystem::is_directory(options.path, error);
}

std::string cache_folder(const ScanCommandOptions& options) {
  const bool tree = options.path != "-" && !asks_repository(options);
  if (options.no_cache || !tree) return {};
  if (!options.cache.empty()) return options.cache;
  const auto folder_in = [](const char* variable) {  // the standard tells to pass over what is no whole path
    const char* value = std::getenv(variable);
    return value != nullptr && value[0] == '/' ? std::string(value) : std::string();
  };
  if (const std::string caches = folder_in("XDG_CACHE_HOME"); !caches.empty()) return caches + "/commandcenter";
  const std::string home = folder_in("HOME");
  return home.empty() ? home : home + "/.cache/commandcenter";
}

Result<code::Report> scan_path(const ScanCommandOptions& options, const code::ScanOptions& scan) {
  if (options.path == "-" && asks_repository(options))
    return fail(ErrorCode::kInvalid,
                "--since, --staged and --history look into a repository, not at standard input; name a folder or file");
  if (options.path == "-") {
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    return code::scan_text(options.stdin_name, text, scan);
  }
  if (asks_repository(options)) return scan_repository(options, scan);
  auto tree = readable_tree_of(options.path);
  if (!tree && tree.error().code == ErrorCode::kInvalid) tree.error().message += "; - stands for standard input";
  if (!tree) return fail(std::move(tree.error()));
  return code::scan_tree(tree->first, tree->second, scan);
}

bool shows_colours(const ScanCommandOptions& options) {
  return !to_file(options) && has_colours(stdout);
}

int scan_failed(const Error& error) {
  print_error(error);
  return kExitUsage;  // 1 means findings
}

int deliver(const ScanCommandOptions& options, const code::Report& report, const Document& document,
            const Document& baseline) {
  const bool never = options.fail_on == "never";
  const auto fail_on = severity_of(never ? "critical" : options.fail_on);
  if (!fail_on) return scan_failed(fail_on.error());
  if (to_file(options)) {
    if (auto written = write(options.output, document); !written) return scan_failed(written.error());
  } else {
    document([](std::string_view piece) { std::fwrite(piece.data(), 1, piece.size(), stdout); });
  }
  if (!options.write_baseline.empty()) {
    if (auto written = write(options.write_baseline, baseline); !written) return scan_failed(written.error());
  }
  for (const code::Finding& finding : report.findings) {
    if (!never && finding.severity >= *fail_on) return kExitFailed;
  }
  return kExitOk;
}

}  // namespace commandcenter::cli
