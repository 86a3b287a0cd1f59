// What a sandbox costs, next to bare bubblewrap in the same run: the two take turns, because on a busy machine only
// their ratio means anything.
//
//   sandbox_bench [ROUNDS]
//   sandbox_bench ROUNDS throughput    nothing but many at a time, for a profiler
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/layer.h"
#include "sandbox/sandbox.h"

namespace commandcenter {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kDefaultRounds = 200;
constexpr int kInFlight = 8;

double milliseconds_of(const std::function<void()>& action) {
  const auto begin = Steady::now();
  action();
  return std::chrono::duration<double, std::milli>(Steady::now() - begin).count();
}

void run_directly(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  char* no_environment[] = {nullptr};
  posix_spawn_file_actions_t answer_nowhere;
  ::posix_spawn_file_actions_init(&answer_nowhere);
  ::posix_spawn_file_actions_addopen(&answer_nowhere, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  if (::posix_spawn(&pid, argv[0], &answer_nowhere, nullptr, argv.data(), no_environment) != 0) std::abort();
  ::posix_spawn_file_actions_destroy(&answer_nowhere);
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid || status != 0) std::abort();
}

sandbox::LaunchSpec spec_of(std::vector<std::string> argv, const std::string& folder) {
  sandbox::LaunchSpec spec;
  spec.argv = std::move(argv);
  spec.environment = {{"PATH", "/usr/bin:/bin"}};
  spec.workspace = folder;
  spec.read_only_binds = {{folder, "/agent"}};
  return spec;
}

// Starts `count` launches, at most `in_flight` at a time, and waits for the end of all.
void run_sandboxed(sandbox::Launcher& launcher, const sandbox::LaunchSpec& spec, int count, int in_flight) {
  std::mutex mutex;
  std::condition_variable changed;
  int running = 0;
  for (int i = 0; i < count; ++i) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return running < in_flight; });
    ++running;
    sandbox::LaunchCallbacks callbacks;
    callbacks.on_log = [](std::string_view line) {
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    };
    callbacks.on_exit = [&](const sandbox::Exit& exit) {
      if (exit.kind != sandbox::ExitKind::kExited || exit.exit_code != 0) {
        std::fprintf(stderr, "%s\n", exit.message.c_str());
        std::abort();
      }
      const std::lock_guard guard(mutex);
      --running;
      changed.notify_all();
    };
    launcher.start(spec, std::move(callbacks));
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return running == 0; });
}

struct Series {
  std::string name;
  std::function<void()> action;
  std::vector<double> times_ms = {};

  double percentile(std::size_t percent) {
    std::sort(times_ms.begin(), times_ms.end());
    return times_ms[(times_ms.size() - 1) * percent / 100];
  }
};

// What an agent that changed ten files of a large workspace costs, whichever way its copy was made.
int capture(int rounds) {
  constexpr int kFiles = 5'000;
  constexpr int kChanged = 10;
  std::string pattern = (std::filesystem::temp_directory_path() / "sandbox-bench-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return 1;
  const std::filesystem::path folder = pattern;
  const auto file = [](int i) { return "base/" + std::to_string(i % 50) + "/" + std::to_string(i); };
  const auto put = [](const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  };
  for (int i = 0; i < kFiles; ++i)
    put(folder / file(i), std::string(2'000, 'x'));
  for (const bool overlay : {true, false}) {
    std::vector<double> make_ms;
    std::vector<double> capture_ms;
    for (int round = 0; round < rounds; ++round) {
      std::optional<sandbox::Layer> layer;
      make_ms.push_back(milliseconds_of([&] {
        auto made = sandbox::Layer::make((folder / "base").string(), (folder / "layer").string(), overlay);
        if (made) layer = std::move(*made);
      }));
      if (!layer || layer->mount().overlay != overlay) return 1;
      const std::filesystem::path top = overlay ? layer->mount().upper : layer->mount().shown;
      for (int i = 0; i < kChanged; ++i)
        put(top / file(i * 7).substr(5), "changed\n");
      capture_ms.push_back(milliseconds_of([&] {
        const auto patch = layer->capture();
        if (!patch || patch->files != kChanged) std::abort();
      }));
      layer->remove();
    }
    std::sort(make_ms.begin(), make_ms.end());
    std::sort(capture_ms.begin(), capture_ms.end());
    std::printf("%-8s of %d files: made in %.1f ms, patch of %d changes in %.1f ms (p50; aim: under 50)\n",
                overlay ? "overlay" : "copy", kFiles, make_ms[make_ms.size() / 2], kChanged,
                capture_ms[capture_ms.size() / 2]);
  }
  std::filesystem::remove_all(folder);
  return 0;
}

int throughput(sandbox::Launcher& launcher, const std::string& folder, int rounds) {
  const sandbox::LaunchSpec spec = spec_of({"/agent/cc_noop"}, folder);
  const double time_ms = milliseconds_of([&] { run_sandboxed(launcher, spec, rounds * 5, kInFlight); });
  std::printf("%.0f sandboxes/s, %d at a time (aim: 500)\n", rounds * 5 / time_ms * 1000, kInFlight);
  return 0;
}

int run(int rounds, bool only_throughput) {
  auto helper = sandbox::SpawnHelper::fork_now();
  auto other_helper = sandbox::SpawnHelper::fork_now();
  const sandbox::ProbeReport report = sandbox::probe_sandbox();
  if (!helper || !other_helper || report.tier == sandbox::Tier::kNone) {
    std::fprintf(stderr, "%s\n", report.detail.c_str());
    return 1;
  }
  sandbox::LauncherFolders folders;
  folders.start_ahead = 4;
  const auto launcher = sandbox::make_launcher(*helper, report);
  const auto prepared = sandbox::make_launcher(*other_helper, report, folders);
  const std::string folder = CC_NOOP_FOLDER;
  if (only_throughput) return throughput(*launcher, folder, rounds);
  const auto sandboxed = [&](std::vector<std::string> argv) {
    return [&, spec = spec_of(std::move(argv), folder)] { run_sandboxed(*launcher, spec, 1, 1); };
  };
  // The others run meanwhile, so one waits by the time that it is wanted.
  const auto ahead = [&](std::vector<std::string> argv) {
    auto spec = spec_of(std::move(argv), folder);
    spec.may_start_ahead = true;
    return [&, spec] { run_sandboxed(*prepared, spec, 1, 1); };
  };
  // Its sandbox was made meanwhile, and is told what to run.
  const auto told = [&, spec = spec_of({"/agent/cc_noop"}, folder)] { run_sandboxed(*prepared, spec, 1, 1); };
  std::vector<Series> all = {
      {"no-op, bare", [&] { run_directly({folder + "/cc_noop"}); }},
      {"no-op, bwrap --unshare-all",
       [&] {
         run_directly({"/usr/bin/bwrap", "--unshare-all", "--ro-bind", "/", "/", folder + "/cc_noop"});
       }},
      {"no-op, sandboxed", sandboxed({"/agent/cc_noop"})},
      {"no-op, sandbox made ahead", told},
      {"python3, sandboxed", sandboxed({"/usr/bin/python3", "-I", "-S", "-c", "pass"})},
      {"python3, started ahead", ahead({"/usr/bin/python3", "-I", "-S", "-c", "import sys; sys.stdin.read()"})}};
  for (int round = 0; round < rounds; ++round) {
    for (Series& series : all)
      series.times_ms.push_back(milliseconds_of(series.action));
  }
  std::printf("%s\n%d rounds, interleaved; ms from start to exit\n\n", report.detail.c_str(), rounds);
  std::printf("%-28s %8s %8s %8s\n", "", "min", "p50", "p95");
  for (Series& series : all) {
    std::printf("%-28s %8.2f %8.2f %8.2f\n", series.name.c_str(), series.percentile(0), series.percentile(50),
                series.percentile(95));
  }
  std::printf("\nsandboxed / bare bubblewrap: %.2f by min, %.2f by p50 (aim: at most 1.5)\n",
              all[2].percentile(0) / all[1].percentile(0), all[2].percentile(50) / all[1].percentile(50));
  throughput(*launcher, folder, rounds);
  constexpr int kCaptures = 10;
  return capture(std::min(rounds, kCaptures));
}

}  // namespace
}  // namespace commandcenter

int main(int argc, char** argv) {
  return commandcenter::run(argc > 1 ? std::max(1, std::atoi(argv[1])) : commandcenter::kDefaultRounds,
                            argc > 2 && std::string_view(argv[2]) == "throughput");
}
