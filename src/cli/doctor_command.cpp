// `doctor`: whether this machine can do everything, and what to do about what it cannot.
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/http_client.h"
#include "base/quantity.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "sandbox/sandbox.h"
#include "server/http.h"
#include "store/postgres/postgres.h"
#include "store/sqlite/backup.h"
#include "store/sqlite/sqlite.h"

namespace commandcenter::cli {
namespace {

constexpr std::uintmax_t kMinFree_bytes = 256ULL << 20;
constexpr std::int64_t kPortTimeout_ms = 1'000;

struct Check {
  std::string name;
  bool ok = false;
  bool required = true;
  std::string detail;
};

Check check_sandbox(const config::Settings& settings) {
  const sandbox::ProbeReport report = sandbox::probe_sandbox();
  const bool isolated = report.tier != sandbox::Tier::kNone;
  std::string detail = fmt::format("tier {}: {}", sandbox::tier_word(report.tier), report.detail);
  if (settings.isolation == "none") {
    return {"isolation of agents", false, false,
            fmt::format("tier none: switched off (agents.isolation: none); this machine could do {}", detail)};
  }
  if (isolated && settings.start_ahead > 0) detail += fmt::format(", up to {} started ahead", settings.start_ahead);
  return {"isolation of agents", isolated, true, std::move(detail)};
}

Check check_records(const std::string& url) {
  const auto usable = store::try_postgres(url);
  return {"PostgreSQL", usable.has_value(), true,
          usable ? "the database of store.url can be used" : usable.error().message};
}

Check check_data(const config::Settings& settings) {
  if (!settings.store_url.empty()) return check_records(settings.store_url);
  const std::string& data = settings.data;
  std::error_code error;
  const bool existed = std::filesystem::exists(data, error);
  if (!existed) {
    const auto parent = std::filesystem::absolute(data, error).parent_path();
    const bool there = std::filesystem::is_directory(parent, error);
    return {"data folder", there, true,
            there ? fmt::format("{} will be created", data)
                  : fmt::format("{} cannot be created: its parent folder is not there", data)};
  }
  const auto store = store::open_sqlite(data);
  if (!store) {
    if (store.error().code != ErrorCode::kConflict) return {"data folder", false, true, store.error().message};
    const auto busy = store::check_database(data);  // a server is at work on it
    return {"data folder", busy.has_value(), true,
            busy ? fmt::format("{} is sound; {}", data, store.error().message) : busy.error().message};
  }
  const auto checked = (*store)->check();
  return {"data folder", checked.has_value(), true,
          checked ? fmt::format("{} is sound", data) : checked.error().message};
}

Check check_configuration(const Result<config::Loaded>& loaded) {
  if (!loaded) return {"configuration", false, true, loaded.error().message};
  return {"configuration", true, true, loaded->file.empty() ? "defaults; no file" : loaded->file};
}

Check check_disk(const std::string& data) {
  std::error_code error;
  auto folder = std::filesystem::absolute(data, error);
  while (!std::filesystem::exists(folder, error) && folder.has_relative_path())
    folder = folder.parent_path();
  const auto space = std::filesystem::space(folder, error);
  if (error) return {"disk space", false, false, fmt::format("cannot be told: {}", error.message())};
  const bool enough = space.available >= kMinFree_bytes;
  return {"disk space", enough, true,
          fmt::format("{} free{}", format_size(static_cast<std::int64_t>(space.available)),
                      enough ? "" : fmt::format("; at least {} are needed", format_size(kMinFree_bytes)))};
}

// Free, or taken by whom: most often the server that somebody forgot about.
Check check_port(const server::HttpConfig& http) {
  const auto listening = server::HttpServer::listen(
      http, [](const server::Request&, const std::shared_ptr<server::Responder>&) {},
      [](int, std::string_view, const std::string&) { return server::Response{}; });
  if (listening) return {"port", true, false, fmt::format("{}:{} is free", http.address, http.port)};
  HttpRequest request;
  request.url = fmt::format("http://{}:{}/api/health", http.address, http.port);
  request.timeout_ms = kPortTimeout_ms;
  const auto response = http_exchange(request);
  const auto health = response ? parse_json(response->body) : Result<Json>(Json());
  if (health && string_member(*health, "service") == "orchestration")
    return {"port", true, false, fmt::format("a commandcenter serves on {}:{}", http.address, http.port)};
  return {"port", false, false, listening.error().message};
}

Check check_memory(const config::Settings& settings) {
  std::ifstream file("/proc/meminfo");
  std::string word;
  std::int64_t available_kib = 0;
  while (file >> word) {
    if (word == "MemAvailable:" && file >> available_kib) break;
  }
  const std::int64_t wanted_bytes = settings.engine.agent_limits.memory_bytes * settings.engine.max_running_nodes;
  const bool enough = available_kib * 1024 >= wanted_bytes;
  return {"memory", enough, false,
          fmt::format("{} available; {} agents of {} may run at once{}", format_size(available_kib * 1024),
                      settings.engine.max_running_nodes, format_size(settings.engine.agent_limits.memory_bytes),
                      enough ? "" : ": lower agents.memory or engine.maxRunningNodes")};
}

Check check_program(const std::string& program, std::string_view purpose) {
  std::error_code error;
  for (const char* folder : {"/usr/local/bin", "/usr/bin", "/bin"}) {
    const auto path = std::filesystem::path(folder) / program;
    if (std::filesystem::exists(path, error)) return {program, true, false, path.string()};
  }
  return {program, false, false, fmt::format("not installed; only needed {}", purpose)};
}

Check check_container_engine() {
  Check podman = check_program("podman", "by agents that are images (runtime: oci)");
  if (podman.ok) return podman;
  Check docker = check_program("docker", "");
  return docker.ok ? docker : podman;
}

}  // namespace

int doctor(const Result<config::Loaded>& loaded, bool json) {
  const config::Settings settings = loaded ? loaded->settings : config::Settings{};
  const std::vector<Check> checks{check_sandbox(settings),
                                  check_configuration(loaded),
                                  check_data(settings),
                                  check_disk(settings.data),
                                  check_port(settings.http),
                                  check_memory(settings),
                                  check_program("git", "for repositories at a ref"),
                                  check_program("python3", "by agents written in Python"),
                                  check_program("node", "by agents written in JavaScript"),
                                  check_container_engine()};
  bool healthy = true;
  Json list = Json::array();
  const bool terminal = has_colours(stdout);
  for (const Check& check : checks) {
    healthy = healthy && (check.ok || !check.required);
    list.push_back({{"name", check.name}, {"ok", check.ok}, {"required", check.required}, {"detail", check.detail}});
    if (json) continue;
    const std::string mark = check.ok ? paint("ok     ", Colour::kGreen, terminal)
                                      : paint(check.required ? "missing" : "absent ",
                                              check.required ? Colour::kRed : Colour::kGrey, terminal);
    std::printf("%s  %-20s %s\n", mark.c_str(), check.name.c_str(), check.detail.c_str());
  }
  if (json) print_json({{"healthy", healthy}, {"checks", std::move(list)}});
  return healthy ? kExitOk : kExitFailed;
}

}  // namespace commandcenter::cli
