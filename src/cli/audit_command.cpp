// `audit`: the shipped workflow over a repository, and the pages that are written from what its branches said.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/document.h"
#include "base/embedded_file.h"
#include "cli/cli.h"
#include "cli/local_run.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "code/audit/audit.h"
#include "core/workflow/workflow.h"
#include "store/store.h"

namespace commandcenter::cli {

std::span<const EmbeddedFile> shipped_files();  // made of shipped/ by the build

namespace {

namespace fs = std::filesystem;

std::string_view shipped(std::string_view name) {
  for (const EmbeddedFile& file : shipped_files()) {
    if (file.path == name) return file.content;
  }
  CC_ASSERT(false);
  return {};
}

// Writes a file only when it would change, so that running again touches nothing. Tells whether it wrote.
Result<bool> write_page(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ifstream old(path, std::ios::binary);
  if (old && std::string(std::istreambuf_iterator<char>(old), {}) == text) return false;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return fail(ErrorCode::kInvalid, fmt::format("{} cannot be written", path.string()));
  return true;
}

// Pictures of parts that are no more.
void remove_stale(const fs::path& folder, const std::map<std::string, std::string>& pages) {
  std::error_code error;
  std::vector<fs::path> stale;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "diagrams", error)) {
    const std::string name = entry.path().filename().string();
    if ((name.ends_with(".mmd") || name.ends_with(".svg")) && !pages.contains("diagrams/" + name))
      stale.push_back(entry.path());
  }
  for (const fs::path& path : stale)
    fs::remove(path, error);
}

int write_pages(const AuditOptions& options, const std::map<std::string, std::string>& pages, const Json& branches,
                bool complete) {
  std::size_t written = 0;
  for (const auto& [name, text] : pages) {
    const auto wrote = write_page(fs::path(options.output) / name, text);
    if (!wrote) return print_error(wrote.error());
    written += *wrote ? 1U : 0U;
  }
  remove_stale(options.output, pages);
  if (options.json) {
    Json names = Json::array();
    for (const auto& [name, text] : pages)
      names.push_back(name);
    print_json({{"output", options.output}, {"pages", std::move(names)}, {"written", written}, {"branches", branches}});
  } else {
    std::printf("\n%zu pages in %s, %zu of them new or changed; begin with ARCHITECTURE.md\n", pages.size(),
                options.output.c_str(), written);
  }
  return complete ? kExitOk : kExitFailed;
}

}  // namespace

int audit(const AuditOptions& options) {
  std::error_code error;
  const fs::path repository = fs::canonical(options.repository, error);
  if (error || !fs::is_directory(repository, error))
    return print_error({ErrorCode::kNotFound, fmt::format("{} is not a folder", options.repository)});
  // Absolute first: a relative path whose first part is not there yet would stay relative.
  const fs::path output = fs::weakly_canonical(fs::absolute(options.output, error), error);
  if (error || output.empty())
    return print_error({ErrorCode::kInvalid, fmt::format("\"{}\" is no folder to write to", options.output)});
  const std::string below = output.lexically_relative(repository).string();
  if (below == "." || (!below.starts_with("..") && !below.empty() && !options.inside))
    return print_error({ErrorCode::kInvalid,
                        fmt::format("{} lies in the repository: the next audit would read what this one wrote. Choose "
                                    "another folder, or add --inside and keep it out with .gitignore",
                                    options.output)});
  const auto document = parse_document(shipped("audit.yaml"));
  CC_ASSERT(document.has_value());
  const auto definition =
      workflow::parse_definition(document->value, [](const std::string&) { return std::pair(0, 0); });
  CC_ASSERT(definition.has_value());

  RunOptions run;
  run.file = "audit.yaml";
  run.repository = repository.string();
  run.settings = options.settings;
  run.json = options.json;
  // Pictures lie one folder deeper than the pages.
  std::string links = options.links;
  if (links.empty()) links = repository.lexically_relative(output / "diagrams").string() + "/";
  run.context = dump_json({{"links", links}, {"folder", repository.filename().string()}});
  return run_definition(run, *definition, [&](LocalEngine& local, const std::string& run_id, bool) {
    const auto rows =
        store::read_all<store::NodeRunRow>(*local.store, {.table = store::Table::kNodeRuns, .run_id = run_id});
    if (!rows) return print_error(rows.error());
    std::map<std::string, Json> outputs;
    Json branches = Json::object();
    bool complete = true;
    for (const store::NodeRunRow& row : *rows) {
      branches[row.node] = row.status;
      complete = complete && row.status == "SUCCESS";
      if (row.status == "SUCCESS") outputs[row.node] = node_report(local, row)["output"];
    }
    if (outputs["health"].is_object() && fs::is_regular_file(repository / ".git"))
      audit::date_dependencies(repository.string(), outputs["health"]);
    return write_pages(
        options, audit::pages(outputs["diagrams"], outputs["structure"], outputs["integration"], outputs["health"]),
        branches, complete);
  });
}

}  // namespace commandcenter::cli
