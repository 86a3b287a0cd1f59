// `disk-check`: how fast this machine makes data durable, whether that can be true, and what it means for runs.
#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "store/sqlite/sqlite.h"

namespace commandcenter::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kFlushes = 400;
constexpr int kCommits = 200;
constexpr std::size_t kBlock_bytes = 4096;
constexpr std::int64_t kBudget_ms = 10'000;   // a very slow disk is measured with fewer samples
constexpr double kFasterThanStorage_us = 15;  // no disk that keeps its word answers a flush in less
constexpr double kSlowFlush_us = 10'000;      // a spinning disk, or a network in between
constexpr double kFlushesPerRun = 2;          // of a run of one step: accepted, ended
constexpr double kMicrosecondsPerSecond = 1e6;

struct Figures {
  double p50_us = 0;
  double p99_us = 0;
  std::size_t samples = 0;
};

double now_us() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

Figures figures_of(std::vector<double> samples_us) {
  std::sort(samples_us.begin(), samples_us.end());
  const auto at = [&](double share) {
    return samples_us[std::min(samples_us.size() - 1,
                               static_cast<std::size_t>(share * static_cast<double>(samples_us.size())))];
  };
  return {at(0.5), at(0.99), samples_us.size()};
}

// Calls `once` up to `times` times, within the budget.
template <typename Once>
Result<Figures> measure(int times, Once once) {
  std::vector<double> samples_us;
  const double end_us = now_us() + static_cast<double>(kBudget_ms) * 1e3;
  while (static_cast<int>(samples_us.size()) < times && (samples_us.size() < 10 || now_us() < end_us)) {
    const double begin_us = now_us();
    if (auto done = once(static_cast<int>(samples_us.size())); !done) return fail(done.error());
    samples_us.push_back(now_us() - begin_us);
  }
  return figures_of(std::move(samples_us));
}

Error system_error(const std::string& what) {
  return {ErrorCode::kInternal, fmt::format("{}: {}", what, std::strerror(errno))};
}

Result<Figures> measure_flush(const fs::path& folder) {
  const std::string path = (folder / "flush").string();
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return fail(system_error(path));
  const std::vector<char> block(kBlock_bytes, 'x');
  auto figures = measure(kFlushes, [&](int i) -> Result<void> {
    const auto wrote =
        ::pwrite(file, block.data(), block.size(), static_cast<off_t>(i) * static_cast<off_t>(kBlock_bytes));
    if (wrote != static_cast<ssize_t>(block.size()) || ::fdatasync(file) != 0) return fail(system_error(path));
    return {};
  });
  ::close(file);
  return figures;
}

Result<Figures> measure_commit(const fs::path& folder) {
  auto store = store::open_sqlite((folder / "store").string());
  if (!store) return fail(store.error());
  return measure(kCommits, [&](int i) -> Result<void> {
    store::Batch batch;
    batch.puts.emplace_back(store::PlanRow{fmt::format("plan-{}", i), std::string(500, 'x')});
    auto committed = (*store)->commit(batch);
    return committed ? Result<void>() : fail(committed.error());
  });
}

// The file systems that live in memory, or in something that decides for itself when data is safe.
std::string file_system(const fs::path& folder) {
  struct Known {
    std::int64_t magic;
    const char* name;
  };
  static constexpr Known kKnown[]{{0x01021994, "tmpfs"},   {0x858458F6, "ramfs"},   {0xEF53, "ext4"},
                                  {0x58465342, "xfs"},     {0x9123683E, "btrfs"},   {0x2FC12FC1, "zfs"},
                                  {0x794C7630, "overlay"}, {0x6969, "nfs"},         {0x01021997, "9p"},
                                  {0x65735546, "fuse"},    {0x6A656A63, "virtiofs"}};
  struct statfs information {};
  if (::statfs(folder.c_str(), &information) != 0) return "unknown";
  for (const Known& known : kKnown) {
    if (static_cast<std::int64_t>(information.f_type) == known.magic) return known.name;
  }
  return fmt::format("type 0x{:x}", static_cast<std::int64_t>(information.f_type));
}

std::string verdict(const std::string& file_system, const Figures& flush) {
  if (file_system == "tmpfs" || file_system == "ramfs")
    return "The folder lies in memory: everything is lost when the machine stops.";
  if (flush.p50_us < kFasterThanStorage_us)
    return "A flush is faster than storage can be: something between here and the disk answers before the data is "
           "safe. A power failure may lose what was acknowledged.";
  if (flush.p50_us > kSlowFlush_us)
    return "Flushes are slow, as on a spinning disk or over a network: every step of a run waits for them.";
  return "A flush takes as long as storage needs that keeps its word.";
}

// Removes the scratch folder whatever happens.
struct Scratch {
  fs::path folder;
  bool made_data = false;
  ~Scratch() {
    std::error_code error;
    fs::remove_all(folder, error);
    if (made_data) fs::remove(folder.parent_path(), error);  // only when it is empty
  }
};

}  // namespace

int disk_check(const std::string& data, bool json) {
  std::error_code error;
  Scratch scratch{fs::absolute(data, error) / fmt::format("disk-check-{}", ::getpid()), !fs::exists(data, error)};
  fs::create_directories(scratch.folder, error);
  if (error)
    return print_error({ErrorCode::kInvalid, fmt::format("nothing can be written to {}: {}", data, error.message())});
  const auto flush = measure_flush(scratch.folder);
  if (!flush) return print_error(flush.error());
  const auto commit = measure_commit(scratch.folder);
  if (!commit) return print_error(commit.error());

  const std::string kind = file_system(scratch.folder);
  const bool believable = kind != "tmpfs" && kind != "ramfs" && flush->p50_us >= kFasterThanStorage_us;
  const double one_run_us = kFlushesPerRun * commit->p50_us;
  const double runs_per_second = kMicrosecondsPerSecond / one_run_us;
  if (json) {
    const auto shown = [](const Figures& figures) {
      return Json{{"p50Us", figures.p50_us}, {"p99Us", figures.p99_us}, {"samples", figures.samples}};
    };
    print_json({{"folder", fs::absolute(data, error).string()},
                {"fileSystem", kind},
                {"fdatasync", shown(*flush)},
                {"commit", shown(*commit)},
                {"believable", believable},
                {"verdict", verdict(kind, *flush)},
                {"oneStepRunFloorUs", one_run_us},
                {"sequentialRunsPerSecond", runs_per_second}});
    return believable ? kExitOk : kExitFailed;
  }
  const bool terminal = has_colours(stdout);
  std::printf("%s on %s\n", data.c_str(), kind.c_str());
  print_table({{"", "P50", "P99", "SAMPLES"},
               {"write 4 KiB and fdatasync", fmt::format("{:.0f} µs", flush->p50_us),
                fmt::format("{:.0f} µs", flush->p99_us), fmt::format("{}", flush->samples)},
               {"commit of one row (SQLite, WAL, FULL)", fmt::format("{:.0f} µs", commit->p50_us),
                fmt::format("{:.0f} µs", commit->p99_us), fmt::format("{}", commit->samples)}},
              terminal);
  std::printf("%s\n", paint(verdict(kind, *flush), believable ? Colour::kNone : Colour::kRed, terminal).c_str());
  std::printf(
      "A run of one step is durable after %.0f commits: at least %.2f ms, so at most %.0f runs a second one after the "
      "other.\nRuns at the same time share commits; then the processor is the limit, not the disk.\n",
      kFlushesPerRun, one_run_us / 1e3, runs_per_second);
  return believable ? kExitOk : kExitFailed;
}

}  // namespace commandcenter::cli
