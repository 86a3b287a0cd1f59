// sim: plays worlds seed by seed until one breaks a rule.
//
//   sim [--seed N] [--seeds COUNT] [--trace]     play COUNT seeds from N on; --trace prints what happened in the world
//                                                that failed, or in the first one of the seed
//   sim ... --for 15s --at-least 2000            stop after that time, but not before that many seeds
//   sim --expect-planted-bugs                    puts defects into the fakes; fails unless every kind of them is found
//
// Exit codes: 0 nothing found, 1 a rule was broken, 2 wrong arguments.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "sim/sim.h"

namespace {

using namespace commandcenter::sim;

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  std::uint64_t at_least = 0;
  double for_s = 0;  // 0 = as long as it takes
  bool trace = false;
  bool expect_planted_bugs = false;
};

// The seed under way, for the message of a process that is about to end. Written by one thread, read in its handler.
char current_seed[64] = "sim: aborted\n";

void tell_seed(int) {
  const ssize_t ignored = write(STDERR_FILENO, current_seed, std::strlen(current_seed));
  static_cast<void>(ignored);
}

bool read_number(const char* text, std::uint64_t& value) {
  char* end = nullptr;
  value = std::strtoull(text, &end, 10);
  return end != text && *end == '\0';
}

bool read_arguments(int count, char** words, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--trace") {
      arguments.trace = true;
    } else if (word == "--expect-planted-bugs") {
      arguments.expect_planted_bugs = true;
    } else if (i + 1 == count) {
      return false;
    } else if (word == "--for") {
      char* end = nullptr;
      arguments.for_s = std::strtod(words[++i], &end);
      if (arguments.for_s <= 0 || (*end != '\0' && std::strcmp(end, "s") != 0)) return false;
    } else {
      std::uint64_t* const value = word == "--seed"       ? &arguments.seed
                                   : word == "--seeds"    ? &arguments.seeds
                                   : word == "--at-least" ? &arguments.at_least
                                                          : nullptr;
      if (value == nullptr || !read_number(words[++i], *value)) return false;
    }
  }
  return true;
}

std::string describe(const WorldSpec& spec) {
  if (!spec.crash) return "without a crash";
  return fmt::format("with a crash {} commit {}", spec.crash->after ? "after" : "before", spec.crash->commit);
}

void report(const SeedResult& result) {
  const WorldSpec& spec = *result.failed;
  fmt::print("seed {} {} broke {} rules:\n", spec.seed, describe(spec), result.failure.violations.size());
  for (const std::string& violation : result.failure.violations)
    fmt::print("  {}\n", violation);
  fmt::print("reproduce: sim --seed {} --trace\n", spec.seed);
}

void print_trace(WorldSpec spec) {
  spec.keep_trace = true;
  fmt::print("seed {} {}\n{}", spec.seed, describe(spec), run_world(spec).trace);
}

int play(const Arguments& arguments) {
  const auto started = std::chrono::steady_clock::now();
  const auto elapsed_s = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  };
  std::uint64_t played = 0, failed = 0;
  std::int64_t worlds = 0, runs = 0, crashes = 0;
  while (played < arguments.seeds && failed == 0) {
    if (arguments.for_s > 0 && played >= arguments.at_least && elapsed_s() >= arguments.for_s) break;
    const std::uint64_t seed = arguments.seed + played++;
    std::snprintf(current_seed, sizeof current_seed, "sim: seed %llu ended the process\n",
                  static_cast<unsigned long long>(seed));
    const SeedResult result = run_seed(seed, Plant::kNone);
    worlds += result.worlds;
    runs += result.runs;
    crashes += result.crashes;
    if (result.failed) {
      ++failed;
      report(result);
    }
    if (arguments.trace) print_trace(result.failed.value_or(WorldSpec{.seed = seed, .crash = {}}));
  }
  const double took_s = elapsed_s();
  fmt::print("{} seeds, {} worlds, {} runs, {} crashes in {:.1f} s: {:.0f} seeds/s, {} failed\n", played, worlds, runs,
             crashes, took_s, static_cast<double>(played) / took_s, failed);
  return failed == 0 ? 0 : 1;
}

int find_planted_bugs(const Arguments& arguments) {
  constexpr std::uint64_t kSeedsPerBug = 150;
  struct Named {
    Plant plant;
    const char* name;
  };
  int missed = 0;
  for (const Named& bug :
       {Named{Plant::kLostCommit, "a commit acknowledged but lost"},
        Named{Plant::kTornCommit, "a commit applied in part"}, Named{Plant::kDoubleLaunch, "an attempt launched twice"},
        Named{Plant::kStaleBus, "events out of order"}, Named{Plant::kQueueBackwards, "a queue read backwards"},
        Named{Plant::kForgottenQueue, "a queued run forgotten"}, Named{Plant::kHiddenHolders, "places given twice"}}) {
    std::uint64_t found = 0;
    std::string example;
    for (std::uint64_t i = 0; i < kSeedsPerBug; ++i) {
      const std::uint64_t seed = arguments.seed + i;
      const Crash crash{static_cast<std::int64_t>(8 + seed % 24), true};  // some defects show at a restart only
      WorldResult world = run_world({.seed = seed, .crash = {}, .plant = bug.plant});
      if (world.violations.empty()) world = run_world({.seed = seed, .crash = crash, .plant = bug.plant});
      if (world.violations.empty()) continue;
      ++found;
      if (example.empty()) example = world.violations.front();
    }
    fmt::print("{}: found in {} of {} seeds; {}\n", bug.name, found, kSeedsPerBug, example);
    if (found == 0) ++missed;
  }
  return missed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  if (!read_arguments(count, words, arguments)) {
    fmt::print(
        stderr,
        "usage: sim [--seed N] [--seeds COUNT] [--trace] [--for SECONDS] [--at-least COUNT] [--expect-planted-bugs]\n");
    return 2;
  }
  std::signal(SIGABRT, tell_seed);
  return arguments.expect_planted_bugs ? find_planted_bugs(arguments) : play(arguments);
}
