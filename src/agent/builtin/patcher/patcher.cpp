// The agent's face: input to request, request to changes, changes to a patch, and that to the files if wanted.
#include "agent/builtin/patcher/patcher.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "agent/builtin/patcher/operations.h"
#include "base/clock.h"
#include "patch/applier.h"

namespace commandcenter::patcher {
namespace {

Result<void> carry_out(const Request& request, Files& files, Remarks& remarks) {
  switch (request.operation) {
    case Operation::kDependency:
      return update_dependency(request, files, remarks);
    case Operation::kSecurity:
      return replace_text(request, files, remarks);
    case Operation::kRefactor:
      return rename_identifier(request, files, remarks);
    case Operation::kConfig:
      return update_config(request, files, remarks);
    case Operation::kFixes:
      return apply_fixes(request, files, remarks);
  }
  return {};
}

Result<void> write(const std::string& workspace, const std::string& text) {
  std::string journal = (std::filesystem::temp_directory_path() / "patcher-XXXXXX").string();
  if (::mkdtemp(journal.data()) == nullptr) return fail(ErrorCode::kUnavailable, "there is no temporary folder");
  auto applied = patch::Applier(journal).apply({"patch", {{workspace, text}}});
  std::error_code ignored;
  std::filesystem::remove_all(journal, ignored);
  if (!applied) return fail(std::move(applied.error()));
  return {};
}

std::string_view action_of(const patch::Change& change) {
  return !change.before ? "created" : !change.after ? "deleted" : "modified";
}

Json answer_of(const Request& request, const std::vector<patch::Change>& changes, const patch::Patch& whole,
               const Remarks& remarks) {
  Json list = Json::array();
  Json summary = {{"filesModified", 0},
                  {"filesCreated", 0},
                  {"filesDeleted", 0},
                  {"totalLinesChanged", whole.added + whole.removed}};
  for (const patch::Change& change : changes) {
    const auto one = patch::make({change});
    if (!one) continue;  // a part of what has been made
    const std::string_view action = action_of(change);
    list.push_back(
        {{"file", change.path}, {"action", action}, {"linesChanged", one->added + one->removed}, {"diff", one->text}});
    const char* counter = action == "created" ? "filesCreated" : action == "deleted" ? "filesDeleted" : "filesModified";
    summary[counter] = summary[counter].get<int>() + 1;
  }
  Json answer = {{"applied", false},
                 {"operation", request.operation_name},
                 {"changes", std::move(list)},
                 {"summary", std::move(summary)},
                 {"patch", whole.text}};
  if (remarks.matches) answer["matches"] = *remarks.matches;
  if (remarks.parsed_files > 0) answer["parsedFiles"] = remarks.parsed_files;
  if (!remarks.updated_lock_files.empty()) answer["updatedLockFiles"] = remarks.updated_lock_files;
  if (!remarks.stale_lock_files.empty()) answer["staleLockFiles"] = remarks.stale_lock_files;
  if (!remarks.notes.empty()) answer["notes"] = remarks.notes;
  return answer;
}

// Written for good, or only as long as the check takes.
Result<void> write_and_check(const Request& request, const std::string& workspace,
                             const std::vector<patch::Change>& changes, const std::string& text, const LogSink& log,
                             Json& answer) {
  if (request.dry_run && !request.check) return {};
  const std::filesystem::path root(workspace);
  const std::string rollback = rollback_script(changes, [&](const std::string& folder) {
    std::error_code ignored;
    return std::filesystem::is_directory(root / folder, ignored);
  });
  if (auto written = write(workspace, text); !written) return written;
  if (request.check) {
    auto checked = run_check(*request.check, workspace, log);
    if (request.dry_run || !checked) {
      const auto reverse = patch::make(patch::reversed(changes));
      if (!reverse) return fail(reverse.error());
      if (auto undone = write(workspace, reverse->text); !undone && checked) return undone;
    }
    if (!checked) return fail(std::move(checked.error()));
    answer["check"] = std::move(*checked);
  }
  if (request.dry_run) return {};
  answer["applied"] = true;
  answer["rollbackScript"] = rollback;
  return {};
}

Result<Json> patch_workspace(const std::string& action, const Json& input, const std::string& workspace,
                             const LogSink& log) {
  const auto request = parse_request(action, input, workspace);
  if (!request) return fail(request.error());
  auto files = Files::open(workspace);
  if (!files) return fail(std::move(files.error()));
  Remarks remarks;
  if (auto done = carry_out(*request, *files, remarks); !done) return fail(std::move(done.error()));
  const std::vector<patch::Change> changes = files->changes();
  if (auto checked = check_syntax(changes, remarks); !checked) return fail(std::move(checked.error()));
  const auto whole = patch::make(changes);
  if (!whole) return fail(whole.error());
  Json answer = answer_of(*request, changes, *whole, remarks);
  if (changes.empty()) return answer;
  if (auto written = write_and_check(*request, workspace, changes, whole->text, log, answer); !written)
    return fail(std::move(written.error()));
  return answer;
}

}  // namespace

Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink& log) {
  SystemClock clock;
  const std::int64_t begin_ms = clock.monotonic_ms();
  auto answer = patch_workspace(action, input, workspace, log);
  if (!answer) return fail(answer.error().code, "Patch failed: " + answer.error().message);
  (*answer)["patchDurationMs"] = clock.monotonic_ms() - begin_ms;
  return answer;
}

}  // namespace commandcenter::patcher
