// How fast a tree is scanned, next to what only reads it and to others of the trade, in one run: `bench/code FOLDER`
// (default: this repository). Each line is the best and the median of kRounds runs, with the page cache warm.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "agent/builtin/security_scanner/flaws.h"
#include "code/review/review.h"
#include "code/scan/scan.h"

namespace {

namespace code = commandcenter::code;

constexpr int kRounds = 7;

struct Times {
  double best_s = 0;
  double median_s = 0;
  double cpu_s = 0;
};

double cpu_now_s() {
  rusage self{};
  rusage children{};
  ::getrusage(RUSAGE_SELF, &self);
  ::getrusage(RUSAGE_CHILDREN, &children);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(self.ru_utime) + seconds(self.ru_stime) + seconds(children.ru_utime) + seconds(children.ru_stime);
}

template <typename Run>
Times measure(const Run& run) {
  std::vector<double> walls;
  std::vector<double> cpus;
  for (int i = 0; i < kRounds; ++i) {
    const double cpu = cpu_now_s();
    const auto begin = std::chrono::steady_clock::now();
    run();
    walls.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    cpus.push_back(cpu_now_s() - cpu);
  }
  std::ranges::sort(walls);
  std::ranges::sort(cpus);
  return {walls.front(), walls[walls.size() / 2], cpus.front()};
}

void print(const char* what, const Times& times, double megabytes) {
  fmt::print("{:<34} {:>8.3f} s {:>8.3f} s {:>8.3f} CPU-s {:>7.0f} MB/s of CPU\n", what, times.best_s, times.median_s,
             times.cpu_s, megabytes / times.cpu_s);
}

bool shell(const std::string& command) {
  return std::system(command.c_str()) == 0;  // the folder is the caller's own
}

void review(const std::string& folder, unsigned threads, const std::string& cache) {
  code::ReviewOptions wanted;
  wanted.root = folder;
  wanted.cache = cache;
  code::Reviewer reviewer(wanted);
  code::ScanOptions options;
  options.walk.excludes = false;
  options.walk.threads = threads;
  options.secrets = false;
  options.analyzers.push_back(reviewer.analyzer());
  if (auto report = code::scan_tree(folder, "", options)) (void)reviewer.finish(std::move(*report), options);
}

// What only reads, and what others make of the same files; those that are there.
void print_peers(const std::string& folder, double megabytes) {
  struct Peer {
    const char* program;
    const char* command;  // {} is the folder
  };
  constexpr Peer kPeers[] = {{"cat", "find {} -type f -print0 | xargs -0 cat"},
                             {"rg", "rg -uuu -c AKIA {}"},
                             {"ctags", "ctags -R -f - {}"},
                             {"cloc", "cloc --quiet {}"},
                             {"oxlint", "oxlint {}"},
                             {"biome", "biome lint --max-diagnostics=none {}"},
                             {"lizard", "lizard {}"},
                             {"detect-secrets", "detect-secrets scan --all-files {}"},
                             {"bandit", "bandit -q -r {}"}};
  const std::string quoted = "'" + folder + "'";
  for (const Peer& peer : kPeers) {
    if (!shell(fmt::format("command -v {} >/dev/null", peer.program))) continue;
    const std::string command = fmt::format(fmt::runtime(peer.command), quoted);
    print(peer.program, measure([&] { shell("(" + command + ") >/dev/null 2>&1"); }), megabytes);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  code::ScanOptions options;
  options.walk.excludes = false;
  options.walk.threads = 1;
  const auto first = code::scan_tree(folder, "", options);
  if (!first) {
    fmt::print(stderr, "{}\n", first.error().message);
    return 1;
  }
  const double megabytes = static_cast<double>(first->scanned_bytes) / 1e6;
  fmt::print("{}: {} files, {:.1f} MB, {} findings\n{:<34} {:>10} {:>10}\n", folder, first->scanned_files, megabytes,
             first->total, "", "best", "median");
  const auto scan = [&](unsigned threads, bool flaws, const std::string& cache = {}) {
    options.walk.threads = threads;
    options.analyzers.clear();
    options.cache = cache;
    namespace scanner = commandcenter::security_scanner;
    if (flaws) options.analyzers.push_back(scanner::flaws(scanner::families(), folder));
    return measure([&] { (void)code::scan_tree(folder, "", options); });
  };
  std::string caches = (std::filesystem::temp_directory_path() / "code-bench-XXXXXX").string();
  if (::mkdtemp(caches.data()) == nullptr) return 1;
  print_peers(folder, megabytes);
  print("secrets, 1 thread", scan(1, false), megabytes);
  print("secrets, 2 threads", scan(2, false), megabytes);
  print("secrets and flaws, 2 threads", scan(2, true), megabytes);
  print("the same, from the cache", scan(2, true, caches), megabytes);
  print("review, 2 threads", measure([&] { review(folder, 2, {}); }), megabytes);
  print("the same, from the cache", measure([&] { review(folder, 2, caches); }), megabytes);
  std::filesystem::remove_all(caches);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print("largest resident size: {} MB\n", usage.ru_maxrss / 1024);
  return 0;
}
