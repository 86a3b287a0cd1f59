// Everything a process needs to run workflows by itself: store, sandbox, bus and engine over one data folder. `serve`
// puts HTTP in front of it, `run` uses it directly.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/result.h"
#include "bus/bus.h"
#include "config/config.h"
#include "engine/engine.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "sandbox/guarded_launcher.h"
#include "sandbox/sandbox.h"
#include "sandbox/workspace.h"
#include "store/artifacts/artifacts.h"
#include "store/store.h"
#include "vault/vault.h"

namespace commandcenter::cli {

class LocalEngine {
 public:
  // Forks the spawn helper, so it must come before any thread. Fails with what to do: no sandbox, data folder locked, …
  // `own_root` is a folder below the data folder that is made, and a root like those of the settings; empty = none.
  static Result<std::unique_ptr<LocalEngine>> open(const config::Settings& settings, const std::string& own_root = {});

  SystemClock clock;
  SystemEntropy entropy;
  observe::Log log;
  observe::Metrics metrics;
  sandbox::WorkspaceRoots roots;
  sandbox::ProbeReport probe;
  std::unique_ptr<sandbox::SpawnHelper> helper;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<vault::Vault> vault;
  std::unique_ptr<store::ArtifactFolder> artifacts;  // before the launcher: ends of agents are kept there
  std::unique_ptr<bus::Bus> bus = bus::make_in_process_bus();
  std::unique_ptr<engine::Engine> engine;  // before the launcher: a launcher that ends still reports to it
  std::unique_ptr<sandbox::GuardedLauncher> launcher;

  ~LocalEngine();

 private:
  explicit LocalEngine(observe::Level log_level) : log(clock, kLogDescriptor, log_level) {}
  static constexpr int kLogDescriptor = 2;
};

// Where the key of the secrets comes from.
vault::KeySource key_source(const config::Settings& settings);

// Which hosts agents may reach, if their manifests ask for them.
Result<std::vector<egress::Rule>> allowed_hosts(const config::Settings& settings);

// Probes the sandbox, and says what to do when there is none and nobody allowed to go without.
Result<sandbox::ProbeReport> require_sandbox(bool unsafe_no_sandbox);

}  // namespace commandcenter::cli
