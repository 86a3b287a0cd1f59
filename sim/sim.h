// The simulator: the production core and engine in a world made of fakes, all of it from one seed.
//
//   seed ──make_workload──▶ agents, workflows, what clients do and when
//        ──run_world──▶ engine + fake clock, entropy, launcher, store ──▶ trace, violations
//
// A seed is played once as it is, then again with a crash before or after one of its commits, again and again. The same
// seed always gives the same trace.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace commandcenter::sim {

// A defect put into one of the fakes on purpose, to see that the checks would find one like it.
enum class Plant {
  kNone,
  kLostCommit,      // the store acknowledges a commit that it did not apply
  kTornCommit,      // the store applies a commit but for its last node run
  kDoubleLaunch,    // the launcher runs an attempt twice
  kStaleBus,        // the bus swaps two messages
  kQueueBackwards,  // after a restart the store gives queued runs in the wrong order
  kForgottenQueue,  // after a restart the store withholds a queued run
  kHiddenHolders,   // after a restart the store withholds runs that have places
};

// Where the process dies: at the n-th commit, counted from 1, before or after it took effect.
struct Crash {
  std::int64_t commit = 0;
  bool after = false;
};

struct WorldSpec {
  std::uint64_t seed = 1;
  std::optional<Crash> crash;
  Plant plant = Plant::kNone;
  bool keep_trace = false;
};

struct WorldResult {
  std::vector<std::string> violations;  // at most kMaxViolations
  std::int64_t commits = 0;
  std::int64_t runs = 0;
  std::int64_t launches = 0;
  std::int64_t crashes = 0;
  std::uint64_t trace_hash = 0;
  std::string trace;  // when kept
};

inline constexpr std::size_t kMaxViolations = 20;

WorldResult run_world(const WorldSpec& spec);

struct SeedResult {
  std::optional<WorldSpec> failed;  // the first world with violations
  WorldResult failure;
  std::int64_t worlds = 0;
  std::int64_t runs = 0;
  std::int64_t crashes = 0;
};

// Every world of one seed: without a crash, then crashes at some of its commits (of every 100th seed at all of them).
SeedResult run_seed(std::uint64_t seed, Plant plant);

}  // namespace commandcenter::sim
