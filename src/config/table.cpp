// The table of all settings. Each entry names where the value goes; the default is what is there already.
#include <limits>
#include <type_traits>

#include "config/config.h"

namespace commandcenter::config {
namespace {

constexpr std::int64_t kKiB = 1 << 10;
constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kGiB = 1 << 30;
constexpr std::int64_t kSecond_ms = 1'000;
constexpr std::int64_t kHour_ms = 3'600'000;
constexpr std::int64_t kDay_ms = 24 * kHour_ms;

struct From {
  std::string variable = {};
  std::string flag = {};
  std::int64_t bare_number = 1;
  std::string switch_value = {};
};

// `field` gives a reference to the member, of constant and of other Settings.
template <typename Field>
Setting setting(std::string key, Kind kind, std::string help, From from, Field field) {
  Setting made;
  made.key = std::move(key);
  made.kind = kind;
  made.help = std::move(help);
  made.variable = std::move(from.variable);
  made.flag = std::move(from.flag);
  made.bare_number = from.bare_number;
  made.switch_value = std::move(from.switch_value);
  made.get = [field](const Settings& settings) { return Json(field(settings)); };
  made.set = [field](Settings& settings, const Json& value) {
    auto& member = field(settings);
    member = value.get<std::remove_reference_t<decltype(member)>>();
  };
  return made;
}

template <typename Field>
Setting number(std::string key, Kind kind, std::int64_t least, std::int64_t most, std::string help, Field field,
               From from = {}) {
  Setting made = setting(std::move(key), kind, std::move(help), std::move(from), field);
  made.least = least;
  made.most = most;
  return made;
}

template <typename Field>
Setting count(std::string key, std::int64_t least, std::int64_t most, std::string help, Field field, From from = {}) {
  return number(std::move(key), Kind::kInteger, least, most, std::move(help), field, std::move(from));
}

template <typename Field>
Setting size(std::string key, std::int64_t least, std::int64_t most, std::string help, Field field, From from = {}) {
  return number(std::move(key), Kind::kSize, least, most, std::move(help), field, std::move(from));
}

template <typename Field>
Setting duration(std::string key, std::int64_t least, std::int64_t most, std::string help, Field field,
                 From from = {}) {
  return number(std::move(key), Kind::kDuration, least, most, std::move(help), field, std::move(from));
}

template <typename Field>
Setting choice(std::string key, std::vector<std::string> choices, std::string help, Field field, From from = {}) {
  Setting made = setting(std::move(key), Kind::kChoice, std::move(help), std::move(from), field);
  made.choices = std::move(choices);
  return made;
}

template <typename Field>
Setting secret(std::string key, std::string help, Field field, From from = {}) {
  Setting made = setting(std::move(key), Kind::kText, std::move(help), std::move(from), field);
  made.secret = true;
  return made;
}

std::vector<Setting> make_table() {
  std::vector<Setting> all{
      setting(
          "data", Kind::kText, "Data folder: the database and the registered agents' files",
          {"COMMANDCENTER_DATA", "--data"}, [](auto& s) -> auto& { return s.data; }),
      secret("store.url",
             "PostgreSQL database for the records, `postgres://USER:PASSWORD@HOST/DATABASE`; empty: SQLite in the data "
             "folder",
             [](auto& s) -> auto& { return s.store_url; }, {"COMMANDCENTER_DATABASE_URL", "--database"}),
      setting(
          "roots", Kind::kList, "Folders below which repositories may lie; agents are shown nothing else",
          {"COMMANDCENTER_ROOTS", "--root"}, [](auto& s) -> auto& { return s.roots; }),
      choice("log.level", {"debug", "info", "warn", "error"}, "What is logged, from this level up",
             [](auto& s) -> auto& { return s.log_level; }, {"LOG_LEVEL", "--log-level"}),

      setting(
          "server.bind", Kind::kText, "Address to listen on; a loopback one", {"COMMANDCENTER_BIND", "--bind"},
          [](auto& s) -> auto& { return s.http.address; }),
      count("server.port", 0, 65'535, "Port; 0 takes any that is free", [](auto& s) -> auto& { return s.http.port; },
            {"PORT", "--port"}),
      size(
          "server.maxBody", kKiB, kGiB, "Longest body of a request; a longer one is refused with 413",
          [](auto& s) -> auto& { return s.http.max_body_bytes; }),
      size(
          "server.maxHeader", kKiB, kMiB, "Longest head of a request; a longer one is refused with 431",
          [](auto& s) -> auto& { return s.http.max_header_bytes; }),
      count(
          "server.maxConnections", 1, 65'536, "Connections at a time; more are refused with 503",
          [](auto& s) -> auto& { return s.http.max_connections; }),
      duration(
          "server.readTimeout", 100, kHour_ms, "For a whole request, once it has begun",
          [](auto& s) -> auto& { return s.http.read_timeout_ms; }),
      duration(
          "server.idleTimeout", 100, kHour_ms, "How long a connection may stay open between requests",
          [](auto& s) -> auto& { return s.http.idle_timeout_ms; }),
      duration(
          "server.writeTimeout", 100, kHour_ms, "For a client to take the next piece of a response",
          [](auto& s) -> auto& { return s.http.write_timeout_ms; }),
      duration(
          "server.heartbeat", 50, kHour_ms, "Between comments in an event stream that is silent otherwise",
          [](auto& s) -> auto& { return s.http.heartbeat_ms; }),
      count(
          "server.maxEventStreams", 1, 65'536, "Event streams at a time; one more is refused with 503",
          [](auto& s) -> auto& { return s.api.max_event_streams; }),
      setting(
          "server.hostNames", Kind::kList,
          "Names the server is reached by, besides localhost and addresses; others are refused with 403", {},
          [](auto& s) -> auto& { return s.api.host_names; }),
      setting(
          "server.traceUrl", Kind::kText,
          "Where traces can be looked at, as in `https://jaeger.example/trace/{traceId}`; runs with a trace link to it",
          {}, [](auto& s) -> auto& { return s.api.trace_url; }),
      setting(
          "server.trustedProxies", Kind::kList,
          "Proxies, as addresses or networks, whose X-Forwarded-For tells the client", {},
          [](auto& s) -> auto& { return s.api.trusted_proxies; }),
      duration(
          "server.drain", 0, kHour_ms, "How long running agents may go on when the server is told to stop",
          [](auto& s) -> auto& { return s.drain_ms; }),
      count("metrics.port", 0, 65'535, "Port that has /metrics and nothing else; 0: only at the API's",
            [](auto& s) -> auto& { return s.api.metrics_port; }, {"METRICS_PORT", ""}),
      setting(
          "traces.endpoint", Kind::kText,
          "Collector that runs are told to as traces, OTLP over HTTP, as in `http://127.0.0.1:4318`; empty: nobody",
          {"OTEL_EXPORTER_OTLP_ENDPOINT", ""}, [](auto& s) -> auto& { return s.traces.endpoint; }),
      setting(
          "traces.service", Kind::kText, "Name of this service in its traces", {"OTEL_SERVICE_NAME", ""},
          [](auto& s) -> auto& { return s.traces.service; }),

      count(
          "rateLimits.reads", 0, 1'000'000'000, "Reads of one client in a window; 0: as many as it likes",
          [](auto& s) -> auto& { return s.api.rate_limits.reads; }),
      count(
          "rateLimits.writes", 0, 1'000'000'000, "Changes by one client in a window; more are refused with 429",
          [](auto& s) -> auto& { return s.api.rate_limits.writes; }),
      count(
          "rateLimits.triggers", 0, 1'000'000'000, "Runs and events one client starts in a window",
          [](auto& s) -> auto& { return s.api.rate_limits.triggers; }),
      count(
          "rateLimits.webhooks", 0, 1'000'000'000, "Webhook calls of one client in a window",
          [](auto& s) -> auto& { return s.api.rate_limits.webhooks; }),
      duration(
          "rateLimits.window", kSecond_ms, kDay_ms, "How long a window lasts, from its first request on",
          [](auto& s) -> auto& { return s.api.rate_limits.window_ms; }),
      count(
          "rateLimits.maxClients", 1, 10'000'000, "Clients and classes counted apart; further ones share a window",
          [](auto& s) -> auto& { return s.api.rate_limits.max_clients; }),

      count(
          "engine.maxRunningNodes", 1, 4'096, "Agents that run at the same time",
          [](auto& s) -> auto& { return s.engine.max_running_nodes; }),
      count(
          "engine.maxRunningRuns", 1, 100'000,
          "Runs in which anything moves at the same time; the others wait their turn",
          [](auto& s) -> auto& { return s.engine.max_running_runs; }),
      count(
          "engine.maxQueuedRuns", 1, 1'000'000, "Runs that wait their turn; one more is refused with 503",
          [](auto& s) -> auto& { return s.engine.max_queued_runs; }),
      count(
          "engine.maxUnfinishedRuns", 1, 10'000'000, "Runs that are not over; one more is refused with 503",
          [](auto& s) -> auto& { return s.engine.max_unfinished_runs; }),
      count(
          "engine.maxWaitingMessages", 100, 1'000'000, "Requests that wait for the engine; more are refused with 503",
          [](auto& s) -> auto& { return s.engine.max_waiting_messages; }),
      count(
          "engine.maxBatchMessages", 1, 10'000, "Requests that share one write to the disk",
          [](auto& s) -> auto& { return s.engine.max_batch_messages; }),
      duration(
          "engine.storeRetry", 10, 10 * 60 * kSecond_ms, "Before results that could not be stored are tried again",
          [](auto& s) -> auto& { return s.engine.store_retry_ms; }),
      duration("engine.keepFinished", 0, 36'500 * kDay_ms,
               "Finished runs are deleted once they are older; 0 keeps them all",
               [](auto& s) -> auto& { return s.engine.keep_finished_ms; },
               {"COMMANDCENTER_KEEP_FINISHED", "--keep-finished"}),

      choice("agents.isolation", {"required", "none"},
             "`none`: agents run unprotected; `required`: where they cannot be isolated, nothing starts",
             [](auto& s) -> auto& { return s.isolation; }, {"", "--unsafe-no-sandbox", 1, "none"}),
      count(
          "agents.startAhead", 0, 256,
          "Sandboxes at most that are made before there is a step for them, with the program started where the agent "
          "allows it; 0: none",
          [](auto& s) -> auto& { return s.start_ahead; }),
      size("agents.memory", 8 * kMiB, 1024 * kGiB,
           "Memory of an agent, all its processes together, whose manifest sets no limit",
           [](auto& s) -> auto& { return s.engine.agent_limits.memory_bytes; }, {"AGENT_MAX_MEMORY_MB", "", kMiB}),
      duration("agents.timeout", 100, 30 * kDay_ms, "For an attempt of an agent whose manifest and node set none",
               [](auto& s) -> auto& { return s.engine.agent_limits.timeout_ms; },
               {"AGENT_TIMEOUT_SECONDS", "", kSecond_ms}),

      duration(
          "ceilings.timeout", 1, 365 * kDay_ms,
          "Longest time-out that an agent's manifest may ask for, besides agents.timeout; asking for more is refused, "
          "as with all of these",
          [](auto& s) -> auto& { return s.engine.agent_limits.most.timeout_ms; }),
      size(
          "ceilings.memory", 8 * kMiB, 1024 * kGiB, "Most memory that it may ask for, besides agents.memory",
          [](auto& s) -> auto& { return s.engine.agent_limits.most.memory_bytes; }),
      size(
          "ceilings.fileSize", 4 * kKiB, 64 * 1024 * kGiB, "Largest file that it may ask to write",
          [](auto& s) -> auto& { return s.engine.agent_limits.most.file_size_bytes; }),
      size(
          "ceilings.scratch", 4 * kKiB, 1024 * kGiB, "Largest `/tmp` that it may ask for; it is in memory",
          [](auto& s) -> auto& { return s.engine.agent_limits.most.scratch_bytes; }),
      count(
          "ceilings.scratchFiles", 16, 1'000'000, "Most files in there that it may ask for",
          [](auto& s) -> auto& { return s.engine.agent_limits.most.scratch_files; }),
      size(
          "ceilings.stdout", kKiB, kGiB, "Longest answer that it may ask for; the server holds it in memory",
          [](auto& s) -> auto& { return s.engine.agent_limits.most.stdout_bytes; }),
      size(
          "ceilings.log", kKiB, 1024 * kGiB, "Longest log that it may ask for; it is kept with the run",
          [](auto& s) -> auto& { return s.engine.agent_limits.most.log_bytes; }),
      count(
          "ceilings.openFiles", 16, 1'000'000, "Most open files of each process that it may ask for",
          [](auto& s) -> auto& { return s.engine.agent_limits.most.open_files; }),
      count(
          "ceilings.processes", 1, 1'000'000, "Most processes and threads at once that it may ask for",
          [](auto& s) -> auto& { return s.engine.agent_limits.most.processes; }),
      size(
          "ceilings.workspace", 4 * kKiB, 64 * 1024 * kGiB,
          "Most that it may ask to write to its copy of the workspace",
          [](auto& s) -> auto& { return s.engine.agent_limits.most.layer_bytes; }),

      count(
          "breaker.failures", 1, 1'000, "Sandboxes that could not be made, within the window, before none is tried",
          [](auto& s) -> auto& { return s.breaker.failures; }),
      duration(
          "breaker.window", kSecond_ms, kDay_ms, "How long such a failure counts",
          [](auto& s) -> auto& { return s.breaker.window_ms; }),
      duration(
          "breaker.reset", 100, kDay_ms, "How long none is tried; agents wait meanwhile",
          [](auto& s) -> auto& { return s.breaker.reset_ms; }),
      count(
          "breaker.successes", 1, 1'000, "Sandboxes in a row, one at a time, before all is as usual again",
          [](auto& s) -> auto& { return s.breaker.successes; }),

      choice(
          "workspaces.local", {"refused", "allowed"},
          "`allowed`: runs may work on copies of repositories of this machine (file://), below the roots",
          [](auto& s) -> auto& { return s.local_repositories; }),
      setting(
          "workspaces.credentials", Kind::kList,
          "`ADDRESS=SECRET`: the secret (`user:password`, or a token) that git gets for repositories below the address",
          {}, [](auto& s) -> auto& { return s.repository_credentials; }),
      setting(
          "images.registries", Kind::kList,
          "Registries of which agents' images may be used; images of this machine need none", {},
          [](auto& s) -> auto& { return s.registries; }),
      setting(
          "network.allow", Kind::kList,
          "Hosts that agents may reach, if their manifests ask for them: `host:port`, with `*`; others than public "
          "addresses only if they are named in full, or as an address range",
          {}, [](auto& s) -> auto& { return s.allowed_hosts; }),

      secret("secrets.key", "Key that secrets are encrypted with: 64 hexadecimal digits, or Base64 of 32 bytes",
             [](auto& s) -> auto& { return s.secrets_key.key; }, {"COMMANDCENTER_SECRETS_KEY"}),
      setting(
          "secrets.keyFile", Kind::kText,
          "File with that key, made when the first secret is set; empty: `secrets.key` in the data folder",
          {"COMMANDCENTER_SECRETS_KEY_FILE"}, [](auto& s) -> auto& { return s.secrets_key.file; }),

      setting(
          "nats.url", Kind::kText, "NATS servers for events from and to other systems, with commas; empty: none",
          {"NATS_URL", "--nats"}, [](auto& s) -> auto& { return s.nats.url; }),
      setting(
          "nats.credentials", Kind::kText, "Credentials file (.creds) of a NATS account", {"NATS_CREDENTIALS"},
          [](auto& s) -> auto& { return s.nats.credentials_file; }),
      choice(
          "nats.jetstream", {"auto", "off"}, "`auto`: where the server has JetStream, events are kept by it, each once",
          [](auto& s) -> auto& { return s.nats.jetstream; }),
      setting(
          "nats.stream", Kind::kText, "JetStream stream for what is published; made when it is missing", {},
          [](auto& s) -> auto& { return s.nats.stream; }),
      setting(
          "nats.inboundStream", Kind::kText, "JetStream stream to read events from durably; empty: none",
          {"NATS_STREAM", "--nats-stream"}, [](auto& s) -> auto& { return s.nats.inbound_stream; }),
      setting(
          "nats.subjects", Kind::kList, "Subjects that are listened to, besides those that workflows name", {},
          [](auto& s) -> auto& { return s.nats_listener.subjects; }),
      secret("webhooks.alertUrl", "Address that critical alerts go to, of Slack or Discord; inputs say `target:alerts`",
             [](auto& s) -> auto& { return s.engine.alerts_url; }, {"ALERT_WEBHOOK_URL"}),
      choice("webhooks.alertChannel", {"slack", "discord"}, "What is at webhooks.alertUrl",
             [](auto& s) -> auto& { return s.webhooks.alert_channel; }, {"ALERT_CHANNEL"}),
      secret("webhooks.alertToken", "What Alertmanager and Grafana must send as bearer token; empty: nothing",
             [](auto& s) -> auto& { return s.webhooks.alert_token; }, {"ALERT_WEBHOOK_TOKEN"}),
      count(
          "webhooks.alertProject", 1, std::numeric_limits<std::int32_t>::max(), "Project whose workflow is told",
          [](auto& s) -> auto& { return s.webhooks.alert_project; }),
      secret("webhooks.githubSecret", "What GitHub signs its deliveries with; they are refused without one",
             [](auto& s) -> auto& { return s.webhooks.github_secret; }, {"GITHUB_WEBHOOK_SECRET"}),
      choice(
          "webhooks.github", {"signed", "unsigned"}, "`unsigned`: deliveries are accepted from anybody",
          [](auto& s) -> auto& { return s.webhooks.github; }),
      count(
          "webhooks.githubProject", 1, std::numeric_limits<std::int32_t>::max(), "Project that gets its events",
          [](auto& s) -> auto& { return s.webhooks.github_project; }),
  };
  for (Setting& each : all)
    each.secret = each.secret || each.key == "nats.url";  // may hold a password
  return all;
}

}  // namespace

const std::vector<Setting>& table() {
  static const std::vector<Setting> all = make_table();
  return all;
}

const Setting* find_setting(const std::string& key) {
  for (const Setting& setting : table()) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

}  // namespace commandcenter::config
