#include "agent/builtin/patcher/request.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "agent/builtin/patcher/manifests.h"
#include "patch/patch.h"

namespace commandcenter::patcher {
namespace {

struct Name {
  std::string_view word;
  Operation operation;
};
constexpr std::array<Name, 10> kOperations{{{"update-deps", Operation::kDependency},
                                            {"dependency-update", Operation::kDependency},
                                            {"security-patch", Operation::kSecurity},
                                            {"security-fix", Operation::kSecurity},
                                            {"simple-refactor", Operation::kRefactor},
                                            {"refactor", Operation::kRefactor},
                                            {"config-update", Operation::kConfig},
                                            {"config", Operation::kConfig},
                                            {"apply-fixes", Operation::kFixes},
                                            {"fix", Operation::kFixes}}};

constexpr std::size_t kMaxFixes = 10'000;
constexpr std::int64_t kMaxCheck_s = 3'600;

const Name* find_operation(std::string_view word) {
  for (const Name& name : kOperations) {
    if (name.word == word) return &name;
  }
  return nullptr;
}

// The first of these members that is a text.
std::optional<std::string> text(const Json& input, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const Json* value = find_member(input, key);
    if (value != nullptr && value->is_string()) return value->get<std::string>();
  }
  return std::nullopt;
}

bool flag(const Json& input, const char* key, bool fallback) {
  const Json* value = find_member(input, key);
  return value != nullptr && value->is_boolean() ? value->get<bool>() : fallback;
}

// "/workspace/sub/" and "./sub" as "sub"; fails for what leads out.
Result<std::string> inside(std::string path) {
  constexpr std::string_view kWorkspace = "/workspace";
  if (path == kWorkspace || path.starts_with(std::string(kWorkspace) + "/"))
    path.erase(0, kWorkspace.size());
  else if (path.starts_with('/'))
    return fail(ErrorCode::kForbidden, fmt::format("{} is outside the workspace", path));
  while (path.starts_with('/') || path.starts_with("./"))
    path.erase(0, path.starts_with('/') ? 1 : 2);
  while (path.ends_with('/'))
    path.pop_back();
  if (path == ".") path.clear();
  if (path.empty()) return path;
  if (const std::string problem = patch::problem_with_path(path); !problem.empty())
    return fail(ErrorCode::kForbidden, problem);
  return path;
}

Result<Strategy> strategy_of(const std::string& word) {
  if (word == "replace") return Strategy::kReplace;
  if (word == "bump") return Strategy::kBump;
  if (word == "widen") return Strategy::kWiden;
  if (word == "pin") return Strategy::kPin;
  return fail(ErrorCode::kInvalid, fmt::format("unknown strategy {}; expected replace, bump, widen or pin", word));
}

// `fixes`, or the `findings` of scanner and reviewer that bring a fix.
Result<void> take_fixes(Request& request, const Json& input) {
  for (const char* key : {"fixes", "findings", "issues"}) {
    const Json* list = find_member(input, key);
    if (list == nullptr || !list->is_array()) continue;
    for (const Json& one : *list) {
      const Json* nested = find_member(one, "fix");
      const Json& fix = nested != nullptr ? *nested : one;
      const Json* changes = find_member(fix, "changes");  // as the input of a security patch has them
      const Json& texts = changes != nullptr && changes->is_object() ? *changes : fix;
      const auto before = text(texts, {"before", "oldText", "oldValue"});
      const auto after = text(texts, {"after", "newText", "newValue"});
      if (!before || before->empty() || !after) continue;
      if (request.fixes.size() == kMaxFixes)
        return fail(ErrorCode::kTooLarge, fmt::format("there are more than {} fixes", kMaxFixes));
      const Json* line = find_member(one, "line");
      const bool has_line = line != nullptr && line->is_number_integer() && line->get<std::int64_t>() > 0;
      request.fixes.push_back(
          {text(one, {"file", "path"}).value_or(""), has_line ? line->get<std::size_t>() : 0, *before, *after});
    }
  }
  return {};
}

Result<void> take_check(Request& request, const Json& input) {
  const Json* given = find_member(input, "check");
  if (given == nullptr || given->is_null()) return {};
  Check check;
  check.command = given->is_string() ? given->get<std::string>() : string_member(*given, "command");
  if (check.command.empty() || check.command.find('\0') != std::string::npos)
    return fail(ErrorCode::kInvalid, "check: expected a command, or an object with command and timeoutSeconds");
  const Json* limit = find_member(*given, "timeoutSeconds");
  if (limit != nullptr && limit->is_number_integer())
    check.timeout_ms = std::clamp<std::int64_t>(limit->get<std::int64_t>(), 1, kMaxCheck_s) * 1000;
  request.check = std::move(check);
  return {};
}

Result<void> take_target(Request& request, const Json& input, const std::string& workspace) {
  const auto repository = text(input, {"repositoryPath", "repository", "path"});
  const auto target = text(input, {"target"});
  auto folder = inside(repository.value_or(target.value_or("")));
  if (!folder) return fail(std::move(folder.error()));
  request.folder = std::move(*folder);
  if (repository && target) {
    auto named = inside(*target);
    if (!named) return fail(std::move(named.error()));
    if (!named->empty() && *named != request.folder) request.manifest = std::move(*named);
  }
  std::error_code ignored;
  const std::filesystem::path place = std::filesystem::path(workspace) / request.folder;
  if (!request.folder.empty() && std::filesystem::is_regular_file(place, ignored)) {
    request.manifest = request.folder;
    const std::size_t slash = request.folder.rfind('/');
    request.folder = slash == std::string::npos ? "" : request.folder.substr(0, slash);
  } else if (!std::filesystem::is_directory(place, ignored)) {
    return fail(ErrorCode::kNotFound, fmt::format("target {} is not there", request.folder));
  }
  // For all but dependencies a target that is a file is the file.
  if (request.operation != Operation::kDependency && request.file.empty() && !request.manifest.empty()) {
    request.file = request.manifest;
    if (!request.folder.empty() && request.file.starts_with(request.folder + "/"))
      request.file.erase(0, request.folder.size() + 1);
  }
  return {};
}

}  // namespace

Result<Request> parse_request(const std::string& action, const Json& input, const std::string& workspace) {
  if (!input.is_object()) return fail(ErrorCode::kInvalid, "the input is not an object");
  Request request;
  const std::string fallback = find_operation(action) == nullptr ? "update-deps" : action;
  request.operation_name = text(input, {"operation", "patchType", "type"}).value_or(fallback);
  const Name* operation = find_operation(request.operation_name);
  if (operation == nullptr) {
    return fail(ErrorCode::kInvalid,
                fmt::format("unknown operation {}; expected update-deps, dependency-update, security-patch, "
                            "simple-refactor, config-update or apply-fixes",
                            request.operation_name));
  }
  request.operation = operation->operation;
  request.file = text(input, {"file", "package", "dependency"}).value_or("");
  const Json* given = find_member(input, "changes");
  const Json& changes = given != nullptr && given->is_object() ? *given : input;
  request.old_value = text(changes, {"oldValue", "find", "search"});
  request.new_value = text(changes, {"newValue", "replace"});
  request.version = text(changes, {"version"});
  if (!request.version && request.operation == Operation::kDependency) request.version = request.new_value;
  if (request.version) request.version = std::string(trimmed(*request.version));
  request.content = text(changes, {"content"});
  if (const Json* set = find_member(changes, "set"); set != nullptr && set->is_object()) request.set = *set;
  if (const Json* set = find_member(changes, "setPaths"); set != nullptr && set->is_object()) request.set_paths = *set;
  constexpr std::string_view kRegexPrefix = "regex:";
  request.regex = flag(changes, "regex", flag(input, "regex", false));
  if (request.old_value && request.old_value->starts_with(kRegexPrefix)) {
    request.regex = true;
    request.old_value->erase(0, kRegexPrefix.size());
  }
  constexpr std::string_view kTreePrefix = "ast:";
  if (request.old_value && request.old_value->starts_with(kTreePrefix)) {
    request.structural = true;
    request.old_value->erase(0, kTreePrefix.size());
  }
  if (const Json* line = find_member(input, "line");
      line != nullptr && line->is_number_integer() && line->get<std::int64_t>() > 0)
    request.line = line->get<std::size_t>();
  if (auto taken = take_fixes(request, input); !taken) return fail(std::move(taken.error()));
  if (auto taken = take_check(request, input); !taken) return fail(std::move(taken.error()));
  request.in_strings = flag(input, "inStrings", false);
  request.recursive = flag(input, "recursive", false);
  if (const Json* count = find_member(changes, "matches"); count != nullptr && count->is_number_integer())
    request.expected_matches = count->get<std::int64_t>();
  request.dry_run = flag(input, "dryRun", true);
  auto strategy = strategy_of(text(input, {"strategy"}).value_or("replace"));
  if (!strategy) return fail(std::move(strategy.error()));
  request.strategy = *strategy;
  if (auto taken = take_target(request, input, workspace); !taken) return fail(std::move(taken.error()));
  return request;
}

}  // namespace commandcenter::patcher
