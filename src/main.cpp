// The executable: the command line, and for `serve` the object graph in the order data walks through it.
#include <signal.h>

#include <cstdio>

#include "cli/cli.h"
#include "cli/local_engine.h"
#include "cli/output.h"
#include "server/server.h"
#include "trigger/trigger.h"

namespace commandcenter {
namespace {

constexpr std::int64_t kHttpGrace_ms = 2'000;

// Whoever reaches the API may do everything, so nobody but this machine may.
bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
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
  auto local = cli::LocalEngine::open(settings);
  if (!local) return cli::print_error(local.error());

  // 3. What events start.
  trigger::EventStarter events(
      [&engine = *(*local)->engine](engine::Message message) { return engine.post(std::move(message)); },
      *(*local)->store, (*local)->clock, (*local)->entropy, (*local)->log);

  // 4. The API in front of it. The port is taken before anything runs.
  auto api =
      server::Server::open(settings.http, {*(*local)->engine, events, *(*local)->store, *(*local)->bus, (*local)->clock,
                                           (*local)->log, (*local)->roots, (*local)->probe, (*local)->artifacts.get()});
  if (!api) return cli::print_error(api.error());
  (*local)->engine->start();
  (*api)->start();
  (*local)->log.info(
      "serving", {{"address", settings.http.address}, {"port", (*api)->port()}, {"isolation", (*local)->probe.detail}});
  std::printf("commandcenter serves http://%s:%u/api (Ctrl-C stops it)\n", settings.http.address.c_str(),
              static_cast<unsigned>((*api)->port()));
  std::fflush(stdout);

  // 5. Until told to stop: then no new work, what runs may finish, the rest is picked up at the next start.
  int signal = 0;
  ::sigwait(&signals, &signal);
  (*local)->log.info("stopping", {{"signal", signal}});
  (*local)->engine->stop(settings.drain_ms);
  (*api)->stop(kHttpGrace_ms);
  return cli::kExitOk;
}

}  // namespace
}  // namespace commandcenter

int main(int argc, char** argv) {
  return commandcenter::cli::run_command_line(argc, argv, commandcenter::serve);
}
