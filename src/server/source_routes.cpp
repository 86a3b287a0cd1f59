// What repositories there are to work on (GET /api/workspaces), and some lines of a file in one (GET /api/source), so
// that findings and diagrams can show what they speak of: what the scanner takes for a secret is masked, as in
// findings.
#include <algorithm>
#include <filesystem>
#include <mutex>

#include <fmt/format.h>

#include "code/scan/snippet.h"
#include "code/source/source.h"
#include "sandbox/hidden_folders.h"
#include "server/api.h"
#include "server/routes.h"
#include "server/text_file.h"

namespace commandcenter::server {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxSource_bytes = 8 << 20;
constexpr std::int64_t kMaxLines = 2'000;
constexpr std::int64_t kDefaultLines = 40;
constexpr std::size_t kMaxLine_bytes = 2'000;
constexpr std::int64_t kLatestRuns = 200;  // whose workspaces are told

// What agents must not see nobody reads here either: the data folder of this server, but for the samples in it, and
// those of others.
bool is_hidden(const fs::path& path, const std::string& examples_folder) {
  std::error_code error;
  const fs::path examples = fs::canonical(examples_folder, error);
  if (!error && is_below(path, examples)) return false;
  if (!error && is_below(path, examples.parent_path())) return true;
  return std::find(path.begin(), path.end(), fs::path(sandbox::kUsualDataFolder)) != path.end();
}

// Made when the first line is asked for. The pattern database is shared by all requests, one at a time.
class Viewer {
 public:
  Result<code::LineViewer::Lines> lines(const std::string& file, std::string_view text, std::size_t first,
                                        std::size_t count) {
    const std::lock_guard lock(mutex_);
    if (viewer_ == nullptr) {
      auto made = code::LineViewer::make();
      if (!made) return fail(std::move(made.error()));
      viewer_ = std::move(*made);
    }
    return viewer_->lines(file, text, first, count, kMaxLine_bytes);
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<code::LineViewer> viewer_;
};

// The text of a file in the folder, as UTF-8.
Result<std::string> read_source(const fs::path& folder, const std::string& file, const std::string& examples_folder) {
  const auto path = path_below(folder, file);
  if (!path || is_hidden(*path, examples_folder)) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no file {} in this repository", file.substr(0, 300)));
  }
  auto bytes = read_file(*path, file, kMaxSource_bytes);
  if (!bytes) return bytes;
  const code::Encoding encoding = code::encoding_of(*bytes);
  if (encoding == code::Encoding::kBinary)
    return fail(ErrorCode::kInvalid, fmt::format("{} is not a text", file.substr(0, 300)));
  if (encoding == code::Encoding::kText) return bytes;
  return code::utf16_to_utf8(*bytes, encoding == code::Encoding::kUtf16Be);
}

void show_source(Viewer& viewer, Services& services, const Request& request,
                 const std::shared_ptr<Responder>& responder) {
  const auto given = [&](const char* name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
  };
  const std::string file = given("file");
  if (given("workspace").empty() || file.empty())
    return responder->respond(error_response(400, "expected workspace and file", "invalid", request.id));
  const auto from = positive_number(request, "from");
  if (!from) return responder->respond(error_response(from.error(), request.id));
  const std::int64_t count = given("lines").empty() ? kDefaultLines : lenient_number(request, "lines").value_or(0);
  if (count < 1 || count > kMaxLines) {
    return responder->respond(
        error_response(400, fmt::format("lines: expected a number from 1 to {}", kMaxLines), "invalid", request.id));
  }
  const auto folder = services.roots.resolve(given("workspace"));
  if (!folder) return responder->respond(error_response(folder.error(), request.id));
  const auto text = read_source(*folder, file, services.examples_folder);
  if (!text) return responder->respond(error_response(text.error(), request.id));
  const auto shown =
      viewer.lines(file, *text, static_cast<std::size_t>(from->value_or(1)), static_cast<std::size_t>(count));
  if (!shown) return responder->respond(error_response(shown.error(), request.id));
  responder->respond(
      json_response(200, {{"file", file}, {"from", shown->first}, {"total", shown->total}, {"lines", shown->lines}}));
}

void list_workspaces(Services& services, const Request& request, const Params&,
                     const std::shared_ptr<Responder>& responder) {
  const auto runs = store::read_all<store::RunRow>(
      services.store,
      {.table = store::Table::kRuns, .newest_first = true, .without_context = true, .limit = kLatestRuns});
  if (!runs) return responder->respond(error_response(runs.error(), request.id));
  std::vector<std::string> recent;
  for (const store::RunRow& run : *runs) {
    if (!run.workspace.empty() && std::find(recent.begin(), recent.end(), run.workspace) == recent.end())
      recent.push_back(run.workspace);
  }
  responder->respond(json_response(200, {{"roots", services.roots.roots()}, {"recent", recent}}));
}

}  // namespace

void add_source_routes(Api& api) {
  using namespace schema;
  api.define("Workspaces",
             object({{"roots", described(list(text()), "Folders: they and all below them can be named")},
                     {"recent", described(list(text()), fmt::format("What the latest {} runs worked on, latest first",
                                                                    kLatestRuns))}}));
  api.add("GET", {"/api/workspaces"},
          {.id = "listWorkspaces",
           .tag = "Workflows",
           .summary = "Repositories that runs can work on",
           .answers = {{200, "Where they lie", ref("Workspaces")}}},
          list_workspaces);
  api.add(
      "GET", {"/api/source"},
      {.id = "getSource",
       .tag = "Runs",
       .summary = "Lines of a file in a repository",
       .description = fmt::format(
           "Of text files below the roots. Secrets are masked. Lines longer than {} bytes are cut.", kMaxLine_bytes),
       .query = {{"workspace", "The repository: a folder below the roots", text(), true},
                 {"file", "The file, from there", text(), true},
                 {"from", "The first line, 1 if left out", integer()},
                 {"lines", fmt::format("How many, {} if left out, at most {}", kDefaultLines, kMaxLines), integer()}},
       .answers = {{200, "The lines",
                    object({{"file", text()},
                            {"from", integer()},
                            {"total", described(integer(), "Lines that the file has")},
                            {"lines", list(text())}})},
                   bad_request("A parameter is wrong, or the file is no text or too large"),
                   not_found("There is no such folder or file")}},
      [viewer = std::make_shared<Viewer>()](Services& services, const Request& request, const Params&,
                                            const std::shared_ptr<Responder>& responder) {
        show_source(*viewer, services, request, responder);
      });
}

}  // namespace commandcenter::server
