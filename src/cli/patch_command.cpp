// `patch`: the patcher without a server. It prints what it would change, and changes it only when told to.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "agent/builtin/builtin.h"
#include "base/document.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace commandcenter::cli {
namespace {

void add(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

// 5, true, null, [1, 2], "5"; everything else is text. So is a number that would be written otherwise: 3.10 is a
// version, and 3.1 another one.
Json value_of(const std::string& text) {
  auto typed = parse_json(text);
  const bool keeps_its_digits = typed && (!typed->is_number() || dump_json(*typed) == text);
  return keeps_its_digits ? std::move(*typed) : Json(text);
}

Result<Json> input_of(const PatchOptions& options) {
  const bool is_update = options.operation == "update-deps" || options.operation == "dependency-update";
  if (is_update && options.version.empty() && !options.has_new_value)
    return fail(ErrorCode::kInvalid, options.operation + " needs --version: which version of the package is wanted");
  Json changes = Json::object();
  add(changes, "oldValue", options.old_value);
  if (options.has_new_value) changes["newValue"] = options.new_value;
  add(changes, "version", options.version);
  if (!options.content_file.empty()) {
    std::ifstream file(options.content_file, std::ios::binary);
    if (!file) return fail(ErrorCode::kNotFound, fmt::format("{} cannot be read", options.content_file));
    changes["content"] = std::string(std::istreambuf_iterator<char>(file), {});
  }
  for (const std::string& setting : options.set) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(ErrorCode::kInvalid, fmt::format("--set {}: expected KEY=VALUE", setting));
    const std::string value = setting.substr(equals + 1);
    changes["setPaths"][setting.substr(0, equals)] = value_of(value);
  }
  Json input = {{"operation", options.operation}, {"changes", std::move(changes)}, {"dryRun", !options.apply}};
  add(input, "file", options.file);
  add(input, "strategy", options.strategy);
  if (options.line > 0) input["line"] = options.line;
  if (!options.findings.empty()) {
    auto report = read_document(options.findings);
    if (!report) return fail(std::move(report.error()));
    const Json* list = find_member(report->value, "findings");
    if (list == nullptr) list = find_member(report->value, "issues");
    if (list == nullptr) list = &report->value;
    if (!list->is_array())
      return fail(
          ErrorCode::kInvalid,
          fmt::format("{} holds no findings: give what scan or review print with --format json", options.findings));
    input["findings"] = *list;
  }
  if (options.recursive) input["recursive"] = true;
  if (options.in_strings) input["inStrings"] = true;
  return input;
}

}  // namespace

int patch_repository(const PatchOptions& options, bool json) {
  const auto input = input_of(options);
  if (!input) return print_error(input.error());
  std::error_code error;
  const auto folder = std::filesystem::canonical(options.repository, error);
  if (error || !std::filesystem::is_directory(folder, error))
    return print_error({ErrorCode::kNotFound, fmt::format("{} is not a folder", options.repository)});
  const auto answer =
      builtin::find_builtin("patcher")->run(options.operation, *input, folder.string(), [](std::string_view) {});
  if (!answer) return print_error(answer.error());
  if (json) {
    print_json(*answer);
    return kExitOk;
  }
  const std::string text = string_member(*answer, "patch");
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);  // the patch first, then what there is to say about it
  const Json& summary = (*answer)["summary"];
  std::fprintf(stderr, "%s: %d modified, %d created, %d lines\n", options.apply ? "applied" : "would change",
               summary.value("filesModified", 0), summary.value("filesCreated", 0),
               summary.value("totalLinesChanged", 0));
  if (const Json* matches = find_member(*answer, "matches"); matches != nullptr)
    std::fprintf(stderr, "places: %s\n", dump_json(*matches).c_str());
  for (const char* key : {"staleLockFiles", "notes"}) {
    const Json* list = find_member(*answer, key);
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i)
      std::fprintf(stderr, "%s%s\n", key[0] == 's' ? "no longer fits: " : "",
                   printable((*list)[i].get<std::string>()).c_str());
  }
  if (!options.apply && !text.empty()) std::fprintf(stderr, "add --apply to write it\n");
  return kExitOk;
}

}  // namespace commandcenter::cli
