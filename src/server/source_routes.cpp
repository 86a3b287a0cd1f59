// GET /api/source: some lines of a file in a repository, so that findings and diagrams can show what they speak of.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "sandbox/hidden_folders.h"
#include "server/api.h"
#include "server/routes.h"

namespace commandcenter::server {
namespace {

namespace fs = std::filesystem;

constexpr off_t kMaxSource_bytes = 8 << 20;
constexpr std::int64_t kMaxLines = 2'000;
constexpr std::int64_t kDefaultLines = 40;
constexpr std::size_t kMaxLine_bytes = 2'000;

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [end, _] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

// What agents must not see nobody reads here either: the data folder of this server, but for the samples in it, and
// those of others.
bool is_hidden(const fs::path& path, const std::string& examples_folder) {
  std::error_code error;
  const fs::path examples = fs::canonical(examples_folder, error);
  if (!error && is_below(path, examples)) return false;
  if (!error && is_below(path, examples.parent_path())) return true;
  return std::find(path.begin(), path.end(), fs::path(sandbox::kUsualDataFolder)) != path.end();
}

// The content of a regular file below the folder, links resolved.
Result<std::string> read_source(const fs::path& folder, const std::string& file, const std::string& examples_folder) {
  const auto not_there = [&] {
    return fail(ErrorCode::kNotFound, fmt::format("there is no file {} in this repository", file.substr(0, 300)));
  };
  std::error_code error;
  const fs::path path = fs::canonical(folder / fs::path(file).relative_path(), error);
  if (error || !is_below(path, folder) || is_hidden(path, examples_folder)) return not_there();
  // Not blocking: what is no file may be a pipe, whose opening would wait for ever.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return not_there();
  struct stat facts {};
  std::string text;
  const bool regular = ::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
  bool whole = regular && facts.st_size <= kMaxSource_bytes;
  if (whole) {
    text.resize(static_cast<std::size_t>(facts.st_size));
    std::size_t read = 0;
    while (read < text.size()) {
      const ssize_t got = ::read(descriptor, text.data() + read, text.size() - read);
      if (got <= 0) break;
      read += static_cast<std::size_t>(got);
    }
    text.resize(read);
  }
  ::close(descriptor);
  if (!regular) return not_there();
  if (!whole) {
    return fail(ErrorCode::kInvalid, fmt::format("{} has {} bytes; files of at most {} are shown", file.substr(0, 300),
                                                 facts.st_size, kMaxSource_bytes));
  }
  if (text.find('\0') != std::string::npos)
    return fail(ErrorCode::kInvalid, fmt::format("{} is not a text", file.substr(0, 300)));
  return text;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

void show_source(Services& services, const Request& request, const Params&,
                 const std::shared_ptr<Responder>& responder) {
  const auto given = [&](const char* name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
  };
  const std::string file = given("file");
  if (given("workspace").empty() || file.empty())
    return responder->respond(error_response(400, "expected workspace and file", "invalid", request.id));
  const std::int64_t count = given("lines").empty() ? kDefaultLines : lenient_number(request, "lines").value_or(0);
  if (count < 1 || count > kMaxLines) {
    return responder->respond(
        error_response(400, fmt::format("lines: expected a number from 1 to {}", kMaxLines), "invalid", request.id));
  }
  const auto folder = services.roots.resolve(given("workspace"));
  if (!folder) return responder->respond(error_response(folder.error(), request.id));
  const auto text = read_source(*folder, file, services.examples_folder);
  if (!text) return responder->respond(error_response(text.error(), request.id));
  const auto lines = lines_of(*text);
  const auto total = static_cast<std::int64_t>(lines.size());
  const std::int64_t from =
      std::clamp<std::int64_t>(lenient_number(request, "from").value_or(1), 1, std::max<std::int64_t>(total, 1));
  Json shown = Json::array();
  for (std::int64_t i = from; i <= total && i < from + count; ++i)
    shown.push_back(lines[static_cast<std::size_t>(i - 1)].substr(0, kMaxLine_bytes));
  responder->respond(
      json_response(200, {{"file", file}, {"from", from}, {"total", total}, {"lines", std::move(shown)}}));
}

}  // namespace

void add_source_routes(Api& api) {
  using namespace schema;
  api.add(
      "GET", {"/api/source"},
      {.id = "getSource",
       .tag = "Runs",
       .summary = "Lines of a file in a repository",
       .description = fmt::format("Of text files below the roots. Lines longer than {} bytes are cut.", kMaxLine_bytes),
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
      show_source);
}

}  // namespace commandcenter::server
