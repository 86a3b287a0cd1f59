// Secrets that agents need: asked for before a run begins, and read when an attempt starts, so that a value that was
// replaced meanwhile is the new one and a grant that was taken back holds no longer.
#include <fmt/format.h>

#include "engine/impl.h"

namespace commandcenter::engine {

// kInvalid tells which secret is missing, or not granted, and the command that mends it.
Result<void> Engine::Impl::check_secrets(const workflow::Plan& plan) const {
  for (const workflow::AgentSnapshot& agent : plan.agents) {
    for (const agent::SecretUse& use : agent::secrets_of(agent)) {
      if (vault_ == nullptr) return fail(ErrorCode::kInvalid, "this server keeps no secrets");
      auto ready = vault_->check({agent::project_of(agent), use.name}, agent.id, agent.name);
      if (!ready) return fail(ErrorCode::kInvalid, std::move(ready.error().message));
    }
  }
  return {};
}

Result<std::map<std::string, std::string>> Engine::Impl::secrets_for(const workflow::AgentSnapshot& agent) const {
  std::map<std::string, std::string> values;
  for (const agent::SecretUse& use : agent::secrets_of(agent)) {
    if (vault_ == nullptr) return fail(ErrorCode::kInvalid, "this server keeps no secrets");
    auto value = vault_->value_for({agent::project_of(agent), use.name}, agent.id, agent.name);
    if (!value) return fail(std::move(value.error()));
    values.emplace(use.name, std::move(*value));
  }
  return values;
}

}  // namespace commandcenter::engine
