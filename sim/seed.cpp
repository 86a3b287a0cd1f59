// The worlds of one seed.
#include "sim/fakes.h"
#include "sim/sim.h"

namespace commandcenter::sim {
namespace {

constexpr std::uint64_t kExhaustiveEvery = 100;
constexpr std::uint64_t kRepeatEvery = 50;

}  // namespace

SeedResult run_seed(std::uint64_t seed, Plant plant) {
  SeedResult result;
  const auto play = [&](const WorldSpec& spec) {
    WorldResult world = run_world(spec);
    ++result.worlds;
    result.runs += world.runs;
    result.crashes += world.crashes;
    if (!world.violations.empty() && !result.failed) {
      result.failed = spec;
      result.failure = world;
    }
    return world;
  };

  const WorldSpec calm{.seed = seed, .crash = {}, .plant = plant};
  const WorldResult baseline = play(calm);
  if (seed % kRepeatEvery == 0 && !result.failed) {
    WorldResult again = play(calm);
    if (again.trace_hash != baseline.trace_hash) {
      again.violations.emplace_back("the same seed gave another trace the second time");
      result.failed = calm;
      result.failure = again;
    }
  }
  if (seed % kExhaustiveEvery == 0) {
    for (std::int64_t commit = 1; commit <= baseline.commits && !result.failed; ++commit) {
      for (const bool after : {false, true})
        play({.seed = seed, .crash = Crash{commit, after}, .plant = plant});
    }
    return result;
  }
  Random random(seed ^ 0x5ca1ab1eULL);
  const std::int64_t crashes = random.between(1, 2);
  for (std::int64_t i = 0; i < crashes && baseline.commits > 0 && !result.failed; ++i) {
    const Crash crash{random.between(1, baseline.commits), random.chance(50)};
    play({.seed = seed, .crash = crash, .plant = plant});
  }
  return result;
}

}  // namespace commandcenter::sim
