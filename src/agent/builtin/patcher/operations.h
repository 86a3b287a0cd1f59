// What the operations do to the files. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "agent/builtin/patcher/files.h"
#include "agent/builtin/patcher/manifests.h"
#include "agent/builtin/patcher/request.h"

namespace commandcenter::patcher {

// What there is to say beside the changes themselves.
struct Remarks {
  std::optional<std::int64_t> matches;
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

// A shell script that puts the files back as they were, without git; it refuses when one of them has changed since.
std::string rollback_script(const std::vector<patch::Change>& changes);

}  // namespace commandcenter::patcher
