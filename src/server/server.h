// The HTTP API: what clients see of the engine and the store.
//
// Reads go to the store from the HTTP threads; whatever changes something is a message to the engine, answered when it
// is durable. One file per resource; /api/openapi.json lists the routes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "bus/bus.h"
#include "engine/engine.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "outbox/feed.h"
#include "outbox/mask.h"
#include "outbox/outbox.h"
#include "outbox/run_traces.h"
#include "sandbox/guarded_launcher.h"
#include "sandbox/sandbox.h"
#include "sandbox/workspace.h"
#include "server/http.h"
#include "server/limits.h"
#include "store/artifacts/artifacts.h"
#include "store/store.h"
#include "trigger/alerts.h"
#include "trigger/listener.h"
#include "trigger/trigger.h"
#include "vault/vault.h"

namespace commandcenter::server {

inline constexpr std::int64_t kMaxListedRuns = 50;
inline constexpr std::int64_t kMaxWait_ms = 3'600'000;  // of trigger?wait=true
inline constexpr std::int64_t kDefaultWait_ms = 60'000;
inline constexpr std::int64_t kMaxShownLog_bytes = 16 << 20;

struct Services {
  engine::Engine& engine;
  trigger::Triggers& triggers;
  trigger::AlertDesk& alerts;
  const trigger::WebhookConfig& webhooks;
  store::Store& store;
  bus::Bus& bus;
  Clock& clock;
  observe::Log& log;
  observe::Metrics& metrics;
  const sandbox::WorkspaceRoots& roots;
  const vault::Vault& vault;
  sandbox::ProbeReport sandbox;
  outbox::Feed& feed;
  const outbox::Outbox* nats = nullptr;              // what goes out to NATS; null: it is not configured
  const trigger::Listener* nats_listener = nullptr;  // what comes in
  const outbox::RunTraces* traces = nullptr;         // to a collector; null: they are not sent
  store::ArtifactFolder* artifacts = nullptr;
  const sandbox::GuardedLauncher* runtime = nullptr;  // null: agents are started in another way, by a test
  std::string examples_folder{};                      // a root; copies of the sample repository go there; empty: none
  std::string agents_folder{};                        // the files of registered agents; empty: where they were then
  agent::LimitPolicy agent_limits{};                  // what their manifests may ask for
  std::shared_ptr<outbox::Masker> masker = std::make_shared<outbox::Masker>();  // of what people see
};

class Server {
 public:
  // Listens at once; kConflict when the port is taken, kInvalid when a trusted proxy is no address.
  static Result<std::unique_ptr<Server>> open(const HttpConfig& http, const ApiConfig& config, Services services);
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
  virtual void start() = 0;
  virtual void stop(std::int64_t grace_ms) = 0;
};

}  // namespace commandcenter::server
