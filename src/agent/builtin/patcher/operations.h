// What the operations do to the files. Private to this folder.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/builtin/patcher/files.h"
#include "agent/builtin/patcher/manifests.h"
#include "agent/builtin/patcher/patcher.h"
#include "agent/builtin/patcher/request.h"

namespace commandcenter::patcher {

// What there is to say beside the changes themselves.
struct Remarks {
  std::optional<std::int64_t> matches;
  std::int64_t parsed_files = 0;  // changed files that were parsed again, and can be
  std::vector<std::string> updated_lock_files;
  std::vector<std::string> stale_lock_files;
  std::vector<std::string> notes;
};

Result<void> update_dependency(const Request& request, Files& files, Remarks& remarks);
Result<void> replace_text(const Request& request, Files& files, Remarks& remarks);
Result<void> rename_identifier(const Request& request, Files& files, Remarks& remarks);
Result<void> update_config(const Request& request, Files& files, Remarks& remarks);

// The version text that takes the place of `old_text`.
Result<std::string> new_version(Grammar grammar, std::string_view old_text, std::string_view version,
                                Strategy strategy);

// Word by word, in code only; `taken` says that the new name stands in the text already.
std::string rename_words(std::string_view text, std::string_view path, const Request& request, std::int64_t& count,
                         bool& taken);

// Puts what the findings of scanner and reviewer suggest into the files.
Result<void> apply_fixes(const Request& request, Files& files, Remarks& remarks);

// Fails when a file that could be parsed no longer can.
Result<void> check_syntax(const std::vector<patch::Change>& changes, Remarks& remarks);

// Runs the command in the patched workspace; what it leaves there is taken away. Fails unless it ends with 0.
Result<Json> run_check(const Check& check, const std::string& workspace, const LogSink& log);

// A shell script that puts the files back as they were, without git; it refuses when one of them has changed since.
using HadFolder = std::function<bool(const std::string& folder)>;
std::string rollback_script(const std::vector<patch::Change>& changes, const HadFolder& had_folder);

}  // namespace commandcenter::patcher
