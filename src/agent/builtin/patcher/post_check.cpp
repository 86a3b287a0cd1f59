// Before anybody is asked: what could be read before can be read afterwards, and a command of the user's choice, such
// as the tests, says yes to the patched copy.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "agent/builtin/patcher/operations.h"
#include "code/source/source.h"
#include "code/syntax/syntax.h"

namespace commandcenter::patcher {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxWatched = 500'000;       // files of the workspace
constexpr std::size_t kMaxOutput_bytes = 8 << 10;  // of the command, its end
constexpr std::size_t kMaxNamed = 3;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_json(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return parse_json(text).has_value();
}

// Whether the text parses; nothing is known of languages without a grammar.
std::optional<bool> parses(const std::string& path, std::string_view text) {
  if (path.ends_with(".json")) return is_json(text);
  const code::Source source(path, text);
  const auto grammar = code::grammar_of(source);
  if (!grammar) return std::nullopt;
  const auto tree = code::Tree::parse(text, *grammar);
  if (!tree) return std::nullopt;
  return !tree->has_errors();
}

struct Mark {
  std::int64_t size = 0;
  std::int64_t changed_s = 0;
  std::int64_t changed_ns = 0;
  bool folder = false;
  bool operator==(const Mark&) const = default;
};

// Every file below the folder with what tells whether it was written.
Result<std::map<std::string, Mark>> watch(const std::string& folder) {
  std::map<std::string, Mark> marks;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (marks.size() >= kMaxWatched)
      return fail(ErrorCode::kTooLarge, fmt::format("check: there are more than {} files", kMaxWatched));
    struct stat about {};
    if (::lstat(entry->path().c_str(), &about) != 0) continue;
    Mark mark{.folder = S_ISDIR(about.st_mode)};
    if (!mark.folder) mark = {about.st_size, about.st_ctim.tv_sec, about.st_ctim.tv_nsec, false};
    marks.emplace(entry->path().string(), mark);
  }
  return marks;
}

// New files go again; what the command changed or removed cannot be brought back.
Result<void> clean_up(const std::string& folder, const std::map<std::string, Mark>& before) {
  auto after = watch(folder);
  if (!after) return fail(std::move(after.error()));
  std::string changed;
  std::size_t count = 0;
  for (const auto& [path, mark] : before) {
    const auto now = after->find(path);
    if (now != after->end() && now->second == mark) continue;
    if (++count <= kMaxNamed)
      changed += (changed.empty() ? "" : ", ") + fs::path(path).lexically_relative(folder).string();
  }
  for (auto path = after->rbegin(); path != after->rend(); ++path) {
    std::error_code ignored;
    if (!before.contains(path->first)) fs::remove(path->first, ignored);  // the deepest first
  }
  if (count == 0) return {};
  return fail(ErrorCode::kInvalid,
              fmt::format("the check command changes files of the workspace ({}{}), and they would become "
                          "part of the patch: let it write elsewhere",
                          changed, count > kMaxNamed ? ", …" : ""));
}

struct Run {
  int status = 0;
  bool late = false;
  std::string output;  // the end of it
};

Result<Run> run_command(const std::string& command, const std::string& folder, std::int64_t timeout_ms,
                        const LogSink& log) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(ErrorCode::kUnavailable, "check: no pipe can be made");
  const pid_t child = ::fork();
  if (child < 0) return fail(ErrorCode::kUnavailable, "check: no process can be made");
  if (child == 0) {
    ::setpgid(0, 0);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, 0);
    ::dup2(ends[1], 1);
    ::dup2(ends[1], 2);
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(ends[1]);
  Run run;
  std::string line;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  char piece[4096];
  while (!run.late) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd watched{ends[0], POLLIN, 0};
    const int ready = left <= 0 ? 0 : ::poll(&watched, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    run.late = left <= 0;
    if (ready <= 0) continue;
    const ssize_t got = ::read(ends[0], piece, sizeof piece);
    if (got <= 0) break;
    run.output.append(piece, static_cast<std::size_t>(got));
    if (run.output.size() > 2 * kMaxOutput_bytes) run.output.erase(0, run.output.size() - kMaxOutput_bytes);
    for (const char c : std::string_view(piece, static_cast<std::size_t>(got))) {
      if (c != '\n' && line.size() < kMaxOutput_bytes) {
        line += c;
        continue;
      }
      log(line);
      line.clear();
    }
  }
  if (!line.empty()) log(line);
  ::kill(-child, SIGKILL);  // and whatever it left behind
  ::waitpid(child, &run.status, 0);
  ::close(ends[0]);
  if (run.output.size() > kMaxOutput_bytes) run.output.erase(0, run.output.size() - kMaxOutput_bytes);
  return run;
}

}  // namespace

Result<void> check_syntax(const std::vector<patch::Change>& changes, Remarks& remarks) {
  for (const patch::Change& change : changes) {
    if (!change.after || change.after->mode == patch::Mode::kLink) continue;
    const auto after = parses(change.path, change.after->bytes);
    if (!after) continue;
    if (*after) {
      ++remarks.parsed_files;
      continue;
    }
    const bool was_fine = !change.before || parses(change.path, change.before->bytes).value_or(false);
    if (was_fine && change.before) {
      return fail(ErrorCode::kInvalid, fmt::format("{} would no longer be {} (no changes made)", change.path,
                                                   change.path.ends_with(".json") ? "JSON" : "code that can be read"));
    }
    remarks.notes.push_back(fmt::format("{} cannot be parsed{}", change.path, change.before ? ", as before" : ""));
  }
  return {};
}

Result<Json> run_check(const Check& check, const std::string& workspace, const LogSink& log) {
  if (std::getenv("AGENT_NAME") == nullptr) {
    return fail(ErrorCode::kForbidden,
                "check.command is run in a sandbox only: in a workflow, or with `commandcenter agents "
                "test patcher`");
  }
  const auto before = watch(workspace);
  if (!before) return fail(before.error());
  const auto begin = std::chrono::steady_clock::now();
  const auto run = run_command(check.command, workspace, check.timeout_ms, log);
  if (!run) return fail(run.error());
  const auto duration_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  auto cleaned = clean_up(workspace, *before);
  if (run->late)
    return fail(ErrorCode::kInvalid,
                fmt::format("the check did not end within {} s: {}", check.timeout_ms / 1000, check.command));
  const int code = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : 128 + WTERMSIG(run->status);
  if (code != 0) {
    std::string_view last = run->output;
    while (last.ends_with('\n'))
      last.remove_suffix(1);
    last = last.substr(last.rfind('\n') + 1);
    return fail(ErrorCode::kInvalid, fmt::format("the check failed on the patched copy with exit code {} ({}): {}",
                                                 code, check.command, last));
  }
  if (!cleaned) return fail(std::move(cleaned.error()));
  return Json{{"command", check.command}, {"exitCode", code}, {"durationMs", duration_ms}, {"output", run->output}};
}

}  // namespace commandcenter::patcher
