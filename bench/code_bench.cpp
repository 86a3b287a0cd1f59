// How fast a tree is scanned, next to what only reads it and to others of the trade, in one run: `code_bench FOLDER`
// (default: this repository). Each line is the best and the median of kRounds runs, with the page cache warm.
// `code_bench --gate FOLDER` measures nothing: it lists the flaws that are found only when no file is left out.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
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
  code::Reviewer reviewer(wanted);
  code::ScanOptions options;
  options.walk.excludes = false;
  options.walk.threads = threads;
  options.secrets = false;
  reviewer.join(options);
  options.cache = cache;
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

std::set<std::string> flaws_of(const std::string& folder, bool gated) {
  namespace scanner = commandcenter::security_scanner;
  code::ScanOptions options;
  options.walk.excludes = false;
  options.secrets = false;
  options.analyzers.push_back(scanner::flaws(scanner::families(), {.root = folder, .tests = true, .gated = gated}));
  const auto report = code::scan_tree(folder, "", options);
  std::set<std::string> lines;
  for (const code::Finding& finding : report ? report->findings : std::vector<code::Finding>{})
    lines.insert(fmt::format("{}:{} {}", finding.file, finding.line, finding.rule));
  return lines;
}

int print_lost(const std::string& folder) {
  const std::set<std::string> gated = flaws_of(folder, true);
  const std::set<std::string> all = flaws_of(folder, false);
  std::size_t lost = 0;
  for (const std::string& line : all) {
    if (gated.contains(line)) continue;
    fmt::print("{}\n", line);
    ++lost;
  }
  fmt::print("{} flaws with the gate, {} without it, {} lost\n", gated.size(), all.size(), lost);
  return lost == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "--gate") return print_lost(argv[2]);
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
    if (flaws) options.analyzers.push_back(scanner::flaws(scanner::families(), {.root = folder}));
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
