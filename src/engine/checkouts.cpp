// Runs that work on a repository elsewhere: it is fetched when the first of their nodes is to start, once for each run,
// and goes with the run's end. Nothing of it is recorded: after a restart the folder is found under the run's name.
#include <fmt/format.h>

#include "core/workflow/workspace.h"
#include "engine/impl.h"

namespace commandcenter::engine {
namespace {

// A path with dots or escapes could be read as another one by the host.
bool is_below(std::string_view repository, std::string_view address) {
  if (!repository.starts_with(address) || repository.find("/..") != repository.npos) return false;
  const std::string_view rest = repository.substr(address.size());
  return (rest.empty() || rest.front() == '/' || address.ends_with('/')) && rest.find('%') == rest.npos;
}

}  // namespace

// What git is to show the repository's host: the secret of the longest address that it lies below. Empty: none.
Result<Engine::Impl::Login> Engine::Impl::login_for(const LiveRun& run, const std::string& repository) const {
  const RepositoryCredential* chosen = nullptr;
  for (const RepositoryCredential& credential : config_.repository_credentials) {
    const bool longer = chosen == nullptr || credential.address.size() > chosen->address.size();
    if (longer && is_below(repository, credential.address)) chosen = &credential;
  }
  if (chosen == nullptr) return Login{};
  if (vault_ == nullptr) return fail(ErrorCode::kInvalid, "this server keeps no secrets");
  const vault::SecretName name{run.state.plan->project_id, chosen->secret};
  auto value = vault_->value_of(name);
  auto secret = vault_->find(name);
  if (value && secret && *secret) {
    return Login{std::move(*value), fmt::format("{} {}", chosen->secret, (*secret)->updated_at_ms)};
  }
  if (value) return fail(ErrorCode::kUnavailable, "the secret of the repository was removed just now");
  return fail(value.error().code, fmt::format("the repository needs the secret {} (workspaces.credentials): {}",
                                              chosen->secret, value.error().message));
}

bool Engine::Impl::lacks_checkout(const LiveRun& run, std::size_t node) const {
  return run.state.nodes[node].workspace.empty() && !run.checkout && workflow::repository_of(run.state.workspace);
}

// `then` is called on this thread, within a transaction; never when the run is forgotten meanwhile.
void Engine::Impl::with_checkout(const LiveRun& run, CheckoutWaiter then) {
  auto& waiting = checkouts_[run.state.id];
  waiting.push_back(std::move(then));
  if (waiting.size() > 1) return;
  on_failure([this, id = run.state.id](const Error&) { checkouts_.erase(id); });
  const auto name = *workflow::repository_of(run.state.workspace);
  sandbox::FetchOrder order{run.state.id, name.repository, name.reference, config_.allowed_hosts, {}, {}};
  const auto done = [this, run_id = run.state.id](Result<sandbox::Fetched> fetched) {
    inbox_.force(Item(CheckoutEnded{run_id, std::move(fetched)}));
  };
  constexpr std::string_view kLocal = "file://";
  if (order.repository.starts_with(kLocal)) {
    auto folder = config_.roots.resolve(order.repository.substr(kLocal.size()));
    if (!config_.local_repositories) {
      folder = fail(ErrorCode::kForbidden,
                    "repositories of this machine are not fetched: the operator has set workspaces.local to refused");
    }
    if (!folder) return after_commit([done, error = folder.error()] { done(fail(error)); });
    order.repository = std::move(*folder);
  } else {
    auto credential = login_for(run, order.repository);
    if (!credential) return after_commit([done, error = credential.error()] { done(fail(error)); });
    order.credential = std::move(credential->value);
    order.scope = fmt::format("{}\n{}", run.state.plan->project_id, credential->name_and_age);
  }
  log_.info("fetching repository", {{"run", run.state.id}});
  after_commit([this, order = std::move(order), done] { launcher_.fetch(order, done); });
}

void Engine::Impl::accept(CheckoutEnded ended) {
  const auto waiting = checkouts_.extract(ended.run_id);
  const auto run = live_run(ended.run_id);
  if (!run) return;
  if (ended.fetched) (*run)->checkout = *ended.fetched;
  if (is_final((*run)->state.status)) release_checkout(**run);
  if (waiting.empty()) return;
  for (const CheckoutWaiter& then : waiting.mapped())
    then(**run, ended.fetched ? nullptr : &ended.fetched.error());
}

void Engine::Impl::release_checkout(const LiveRun& run) {
  if (!workflow::repository_of(run.state.workspace)) return;
  after_commit([this, id = run.state.id] { launcher_.release(id); });
}

}  // namespace commandcenter::engine
