// What `scan` and `review` have in common: their options, the ways to the code, what is done with a report. The ways to
// a path that was named are those of `comply` and `diagram`, too.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "cli/verbs.h"
#include "code/scan/scan.h"

namespace commandcenter::cli {

// By its word; "info", "warning" and "error" are low, medium and high.
Result<code::Severity> severity_of(const std::string& word);

// Walk, suppression, baselines and severity; without analyzers.
Result<code::ScanOptions> scan_options(const ScanCommandOptions& options);

// Flaws in tests are found where everything is wanted, and in what is named itself: a file, or standard input.
bool looks_at_tests(const ScanCommandOptions& options);
// All files of a folder are looked at, as they are.
bool is_whole_tree(const ScanCommandOptions& options);

// Where what was seen of a tree is kept: the folder that the options name, or the user's; empty: nowhere.
std::string cache_folder(const ScanCommandOptions& options);

// A folder, and what is looked at below it: "" for all of it, or the name of a file. Opening the folder follows the
// link that it may be.
std::pair<std::string, std::string> tree_of(const std::string& path);
// The same, once it is known to be there, to be a file or a folder, and to be readable: what is met below a folder may
// be passed over, what was named must not be.
Result<std::pair<std::string, std::string>> readable_tree_of(const std::string& path);
// A file that is named is read where a link leads to it; what is met below a folder is not.
code::OnLink on_link_at(const std::string& path);

// The folder that names in a report are relative to: of changes the repository's, "" when there is none.
std::string names_root(const ScanCommandOptions& options);

// The folder, file, standard input, changes or history that the options name.
Result<code::Report> scan_path(const ScanCommandOptions& options, const code::ScanOptions& scan);

// True when the report goes to a terminal.
bool shows_colours(const ScanCommandOptions& options);

// Gives a document to a sink, piece by piece.
using Document = std::function<void(const std::function<void(std::string_view)>& sink)>;

// Writes the document of the report, and the baseline if one is wanted. The exit code: 1 for findings that count, or 2.
int deliver(const ScanCommandOptions& options, const code::Report& report, const Document& document,
            const Document& baseline);

int scan_failed(const Error& error);

}  // namespace commandcenter::cli
