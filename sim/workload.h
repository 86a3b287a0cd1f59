// What a seed's world consists of and what its clients do, decided before anything runs.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "agent/agent.h"
#include "core/workflow/workflow.h"
#include "sim/fake_launcher.h"

namespace commandcenter::sim {

struct Trigger {
  std::string workflow;
  Json context;
  std::string workspace;
  bool until_finished = false;
  std::string once;  // of the same key one run starts, however often it is asked for; empty = none
};
struct CancelSomeRun {};
struct AwaitSomeRun {
  std::int64_t patience_ms = 0;
};
struct RetrySomeRun {};
struct RerunSomeRun {};
struct RollBackSomeRun {};
struct ReplaceAgent {
  std::size_t agent = 0;
};
struct JumpClock {
  std::int64_t by_ms = 0;
};
struct FailCommits {
  int count = 1;
};
struct StoreAway {
  bool reads_too = false;
  std::int64_t for_ms = 0;
};
struct BusAway {
  std::int64_t for_ms = 0;
};
struct KillServer {};

using Deed = std::variant<Trigger, CancelSomeRun, AwaitSomeRun, RetrySomeRun, RerunSomeRun, RollBackSomeRun,
                          ReplaceAgent, BusAway, JumpClock, FailCommits, StoreAway, KillServer>;

struct PlannedDeed {
  std::int64_t at_ms = 0;
  Deed deed;
};

// How people react to an approval, in percent; what remains is nobody.
struct Approvers {
  int approve = 60;
  int reject = 20;
  int decide_twice = 20;
  std::int64_t slowest_ms = 20'000;
};

struct Workload {
  std::vector<agent::Agent> agents;
  std::vector<workflow::Definition> workflows;
  std::vector<PlannedDeed> deeds;
  Temper temper;
  Approvers approvers;
  int max_running_nodes = 8;
  std::int64_t max_running_runs = 1'000;
  std::int64_t max_queued_runs = 10'000;
  std::size_t max_batch_messages = 256;
};

Workload make_workload(std::uint64_t seed);

}  // namespace commandcenter::sim
