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
  }
  return {};
}

// What was a document before must be one afterwards.
Result<void> check_documents(const std::vector<patch::Change>& changes) {
  for (const patch::Change& change : changes) {
    if (!change.path.ends_with(".json") || !change.before || !change.after) continue;
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    const auto parses = [&](std::string_view text) {
      if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
      return parse_json(text).has_value();
    };
    if (parses(change.before->bytes) && !parses(change.after->bytes))
      return fail(ErrorCode::kInvalid, fmt::format("{} would no longer be JSON (no changes made)", change.path));
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

Result<Json> answer_of(const Request& request, const std::string& workspace, const Files& files,
                       const Remarks& remarks) {
  const std::vector<patch::Change> changes = files.changes();
  if (auto checked = check_documents(changes); !checked) return fail(std::move(checked.error()));
  auto whole = patch::make(changes);
  if (!whole) return fail(std::move(whole.error()));
  Json list = Json::array();
  Json summary = {{"filesModified", 0},
                  {"filesCreated", 0},
                  {"filesDeleted", 0},
                  {"totalLinesChanged", whole->added + whole->removed}};
  for (const patch::Change& change : changes) {
    const auto one = patch::make({change});
    if (!one) return fail(one.error());
    const std::string_view action = action_of(change);
    list.push_back(
        {{"file", change.path}, {"action", action}, {"linesChanged", one->added + one->removed}, {"diff", one->text}});
    const char* counter = action == "created" ? "filesCreated" : action == "deleted" ? "filesDeleted" : "filesModified";
    summary[counter] = summary[counter].get<int>() + 1;
  }
  const bool writes = !request.dry_run && !changes.empty();
  if (writes) {
    if (auto written = write(workspace, whole->text); !written) return fail(std::move(written.error()));
  }
  Json answer = {{"applied", writes},
                 {"operation", request.operation_name},
                 {"changes", std::move(list)},
                 {"summary", std::move(summary)},
                 {"patch", whole->text}};
  if (writes) answer["rollbackScript"] = rollback_script(changes);
  if (remarks.matches) answer["matches"] = *remarks.matches;
  if (!remarks.stale_lock_files.empty()) answer["staleLockFiles"] = remarks.stale_lock_files;
  if (!remarks.notes.empty()) answer["notes"] = remarks.notes;
  return answer;
}

Result<Json> patch_workspace(const std::string& action, const Json& input, const std::string& workspace) {
  const auto request = parse_request(action, input, workspace);
  if (!request) return fail(request.error());
  auto files = Files::open(workspace);
  if (!files) return fail(std::move(files.error()));
  Remarks remarks;
  if (auto done = carry_out(*request, *files, remarks); !done) return fail(std::move(done.error()));
  return answer_of(*request, workspace, *files, remarks);
}

}  // namespace

Result<Json> run(const std::string& action, const Json& input, const std::string& workspace, const LogSink&) {
  SystemClock clock;
  const std::int64_t begin_ms = clock.monotonic_ms();
  auto answer = patch_workspace(action, input, workspace);
  if (!answer) return fail(answer.error().code, "Patch failed: " + answer.error().message);
  (*answer)["patchDurationMs"] = clock.monotonic_ms() - begin_ms;
  return answer;
}

}  // namespace commandcenter::patcher
