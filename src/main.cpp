// The executable: the command line, and for `serve` the object graph in the order data walks through it.
#include <signal.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "agent/agent.h"
#include "base/memory.h"
#include "bus/nats/nats.h"
#include "cli/cli.h"
#include "cli/local_engine.h"
#include "cli/output.h"
#include "cli/version.h"
#include "config/config.h"
#include "outbox/feed.h"
#include "outbox/outbox.h"
#include "outbox/run_traces.h"
#include "server/server.h"
#include "trigger/chain.h"
#include "trigger/interests.h"
#include "trigger/listener.h"
#include "trigger/trigger.h"

namespace commandcenter {
namespace {

constexpr std::int64_t kHttpGrace_ms = 2'000;

// Whoever reaches the API may do everything, so nobody but this machine may.
bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

// NATS, when it is configured: what happened goes out, events come in.
struct OtherSystems {
  std::unique_ptr<bus::Bus> nats;
  std::unique_ptr<outbox::Outbox> outbox;
  std::unique_ptr<trigger::Listener> listener;
};

Result<OtherSystems> connect(const config::Settings& settings, cli::LocalEngine& local, trigger::EventStarter& events,
                             trigger::Interests& interests, const outbox::Post& post, const std::string& instance) {
  constexpr const char* kName = "nats";
  OtherSystems systems;
  if (settings.nats.url.empty()) {
    outbox::forget(kName, *local.store, post, local.log);
    return systems;
  }
  bus::NatsConfig config = settings.nats;
  config.stream_subjects = outbox::published_patterns();
  auto nats = bus::make_nats_bus(std::move(config), local.log);
  if (!nats) return fail(std::move(nats.error()));
  systems.nats = std::move(*nats);
  auto outbox = outbox::Outbox::open(kName, {*local.store, *local.bus, *systems.nats, local.log, post, instance});
  if (!outbox) return fail(std::move(outbox.error()));
  systems.outbox = std::move(*outbox);
  systems.listener = trigger::Listener::start(
      settings.nats_listener, {*systems.nats, events, interests, local.log, local.clock, post, instance});
  return systems;
}

int serve(const config::Settings& settings) {
  if (!is_loopback(settings.http.address)) {
    return cli::print_error(
        {ErrorCode::kInvalid, "--bind " + settings.http.address +
                                  " would open the API, which knows no users, to other machines; bind 127.0.0.1 "
                                  "and put a proxy that authenticates in front of it"});
  }
  // 1. Signals are waited for, not handled: every thread to come has them blocked.
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  // 2. Store, sandbox, bus and engine over the data folder; unfinished runs are recovered here.
  const std::string examples_folder = settings.data + "/examples";
  auto local = cli::LocalEngine::open(settings, examples_folder);
  if (!local) return cli::print_error(local.error());

  // 3. What starts by itself, by events, by the clock, by calls from outside; and who hears what happened.
  const outbox::Post post = [&engine = *(*local)->engine](engine::Message message) {
    return engine.post(std::move(message));
  };
  trigger::Triggers triggers(post, *(*local)->store, (*local)->clock, (*local)->entropy, (*local)->log);
  (*local)->engine->on_workflow_changed([&triggers](const store::WorkflowRow& row) { triggers.workflow_changed(row); });
  if (auto loaded = triggers.load(); !loaded) return cli::print_error(loaded.error());
  trigger::AlertDesk alerts(post, *(*local)->store, (*local)->clock, (*local)->log);
  trigger::Interests interests(*(*local)->store, *(*local)->bus, (*local)->log);
  outbox::Feed feed(*(*local)->store, *(*local)->bus, (*local)->log);
  const auto instance = outbox::instance_of(*(*local)->store, (*local)->clock, (*local)->entropy, post);
  if (!instance) return cli::print_error(instance.error());
  const auto chain = trigger::Chain::open(
      {*(*local)->store, *(*local)->bus, (*local)->log, triggers.events(), interests, post, *instance});
  if (!chain) return cli::print_error(chain.error());
  std::unique_ptr<outbox::RunTraces> traces;
  if (outbox::TraceConfig config = settings.traces; !config.endpoint.empty()) {
    config.version = cli::kVersion;
    auto opened = outbox::RunTraces::open(std::move(config), feed, *(*local)->store, (*local)->log);
    if (!opened) return cli::print_error(opened.error());
    traces = std::move(*opened);
  }
  const auto others = connect(settings, **local, triggers.events(), interests, post, *instance);
  if (!others) return cli::print_error(others.error());

  // 4. The API in front of it. The port is taken before anything runs.
  auto api = server::Server::open(settings.http, settings.api,
                                  {*(*local)->engine,
                                   triggers,
                                   alerts,
                                   settings.webhooks,
                                   *(*local)->store,
                                   *(*local)->bus,
                                   (*local)->clock,
                                   (*local)->log,
                                   (*local)->metrics,
                                   (*local)->roots,
                                   *(*local)->vault,
                                   (*local)->probe,
                                   feed,
                                   others->outbox.get(),
                                   others->listener.get(),
                                   traces.get(),
                                   (*local)->artifacts.get(),
                                   (*local)->launcher.get(),
                                   examples_folder,
                                   settings.data + "/agents",
                                   settings.engine.agent_limits});
  if (!api) return cli::print_error(api.error());
  (*local)->engine->start();
  triggers.start();
  (*api)->start();
  (*local)->log.info(
      "serving", {{"address", settings.http.address}, {"port", (*api)->port()}, {"isolation", (*local)->probe.detail}});
  std::printf("commandcenter serves http://%s:%u/api (Ctrl-C stops it)\n", settings.http.address.c_str(),
              static_cast<unsigned>((*api)->port()));
  std::fflush(stdout);

  // 5. Until told to stop: then no new work, what runs may finish unless told again, the rest is picked up at the next
  // start.
  int signal = 0;
  ::sigwait(&signals, &signal);
  (*local)->log.info("stopping", {{"signal", signal}});
  triggers.stop();
  (*local)->engine->stop(settings.drain_ms, [&signals] {
    constexpr timespec kNow{};
    return ::sigtimedwait(&signals, nullptr, &kNow) > 0;
  });
  (*api)->stop(kHttpGrace_ms);
  return cli::kExitOk;
}

}  // namespace
}  // namespace commandcenter

int main(int argc, char** argv) {
  // All but the server soon ends, and starts faster so.
  if (argc > 1 && std::string_view(argv[1]) != "serve") commandcenter::use_large_pages();
  // A step of a workflow, within its sandbox: as soon as it can.
  if (argc == 3 && std::string_view(argv[1]) == "agent-exec") return commandcenter::agent::run_builtin(argv[2]);
  return commandcenter::cli::run_command_line(argc, argv, commandcenter::serve);
}
