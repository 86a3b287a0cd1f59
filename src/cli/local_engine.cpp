#include "cli/local_engine.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/http_client.h"
#include "cli/local_store.h"

namespace commandcenter::cli {

Result<sandbox::ProbeReport> require_sandbox(bool unsafe_no_sandbox) {
  if (unsafe_no_sandbox)
    return sandbox::ProbeReport{sandbox::Tier::kNone, "switched off with --unsafe-no-sandbox", false};
  sandbox::ProbeReport report = sandbox::probe_sandbox();
  if (report.tier == sandbox::Tier::kNone) {
    return fail(ErrorCode::kUnavailable, fmt::format("agents cannot be isolated on this machine: {}. To run them "
                                                     "unprotected all the same, add --unsafe-no-sandbox",
                                                     report.detail));
  }
  return report;
}

// What the operator has given an address of may be reached as well.
Result<std::vector<egress::Rule>> allowed_hosts(const config::Settings& settings) {
  auto rules = egress::parse_rules(settings.allowed_hosts);
  if (!rules) return fail(rules.error().code, "network.allow: " + rules.error().message);
  if (const auto alerts = parse_http_url(settings.engine.alerts_url)) {
    if (auto rule = egress::parse_rule(alerts->address())) rules->push_back(std::move(*rule));
  }
  return rules;
}

vault::KeySource key_source(const config::Settings& settings) {
  vault::KeySource key = settings.secrets_key;
  if (key.file.empty()) key.file = settings.data + "/secrets.key";
  key.credentials_folder = config::process_environment("CREDENTIALS_DIRECTORY").value_or("");
  return key;
}

namespace {

// "https://git.example.org/team=TOKEN"
Result<std::vector<engine::RepositoryCredential>> repository_credentials(const config::Settings& settings) {
  std::vector<engine::RepositoryCredential> credentials;
  for (const std::string& text : settings.repository_credentials) {
    const std::size_t equals = text.rfind('=');
    engine::RepositoryCredential credential{text.substr(0, equals),
                                            equals == std::string::npos ? "" : text.substr(equals + 1)};
    if (!parse_http_url(credential.address) || !vault::is_secret_name(credential.secret)) {
      return fail(ErrorCode::kInvalid, fmt::format("workspaces.credentials: '{}' is not ADDRESS=SECRET, such as "
                                                   "https://git.example.org/team=GIT_TOKEN",
                                                   text));
    }
    credentials.push_back(std::move(credential));
  }
  return credentials;
}

// A crash may have come between the end of a run and that of its copy of a repository.
Result<void> release_checkouts(const std::string& folder, store::Store& store, sandbox::Launcher& launcher) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string run_id = entry.path().filename().string();
    if (run_id.find('.') != std::string::npos) continue;  // half-made: the launcher's
    const auto row = store::read_one<store::RunRow>(store, {.table = store::Table::kRuns, .id = run_id});
    if (!row) return fail(row.error());
    if (!*row || (*row)->finished_at_ms) launcher.release(run_id);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<LocalEngine>> LocalEngine::open(const config::Settings& settings, const std::string& own_root) {
  std::unique_ptr<LocalEngine> local(new LocalEngine(observe::level_of(settings.log_level)));
  auto helper = sandbox::SpawnHelper::fork_now();
  if (!helper) return fail(std::move(helper.error()));
  local->helper = std::make_unique<sandbox::SpawnHelper>(std::move(*helper));

  auto roots = sandbox::WorkspaceRoots::of(settings.roots);
  if (!roots) return fail(std::move(roots.error()));
  local->roots = std::move(*roots);
  auto probe = require_sandbox(settings.isolation == "none");
  if (!probe) return fail(std::move(probe.error()));
  local->probe = std::move(*probe);
  auto store = open_store(settings);
  if (!store) return fail(std::move(store.error()));
  local->store = std::move(*store);
  local->vault = std::make_unique<vault::Vault>(*local->store, key_source(settings),
                                                [&log = local->log](const std::string& text) { log.warn(text); });
  if (!own_root.empty()) {
    std::error_code error;
    std::filesystem::create_directories(own_root, error);  // what went wrong is told by the next line
    if (auto added = local->roots.add(own_root); !added) return fail(std::move(added.error()));
  }
  auto artifacts = store::ArtifactFolder::open(settings.data + "/artifacts");
  if (!artifacts) return fail(std::move(artifacts.error()));
  local->artifacts = std::move(*artifacts);

  sandbox::LauncherFolders folders;
  folders.changes = settings.data + "/changes";
  folders.images = settings.data + "/images";
  folders.registries = settings.registries;
  folders.checkouts = settings.data + "/checkouts";
  folders.mirrors = settings.data + "/mirrors";
  folders.hidden = {settings.data};
  folders.shown = {own_root};
  folders.start_ahead = settings.start_ahead;
  local->launcher = std::make_unique<sandbox::GuardedLauncher>(
      sandbox::make_launcher(*local->helper, local->probe, folders), local->clock, settings.breaker);
  engine::Config config = settings.engine;
  config.agents_folder = settings.data + "/agents";
  config.roots = local->roots;
  auto allowed = allowed_hosts(settings);
  if (!allowed) return fail(std::move(allowed.error()));
  config.local_repositories = settings.local_repositories == "allowed";
  auto credentials = repository_credentials(settings);
  if (!credentials) return fail(std::move(credentials.error()));
  config.repository_credentials = std::move(*credentials);
  config.allowed_hosts = std::move(*allowed);
  local->engine = std::make_unique<engine::Engine>(
      std::move(config), engine::Seams{*local->store, local->clock, local->entropy, *local->launcher, *local->bus,
                                       local->log, local->artifacts.get(), local->vault.get(), &local->metrics});
  if (auto released = release_checkouts(folders.checkouts, *local->store, *local->launcher); !released)
    return fail(std::move(released.error()));
  if (auto recovered = local->engine->recover(); !recovered) return fail(std::move(recovered.error()));
  return local;
}

LocalEngine::~LocalEngine() {
  if (engine) engine->stop(0);
  launcher.reset();
}

}  // namespace commandcenter::cli
