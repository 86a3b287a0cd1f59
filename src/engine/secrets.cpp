// Secrets that agents need: asked for before a run begins, and read when an attempt starts, so that a value that was
// replaced meanwhile is the new one and a grant that was taken back holds no longer.
#include <algorithm>

#include <fmt/format.h>

#include "engine/impl.h"
#include "vault/vault.h"

namespace commandcenter::engine {
namespace {

// The texts of an input that name a secret: "secret:NAME", where the schema says "writeOnly".
void find_named(const Json& schema, Json& value, std::vector<std::string*>& found) {
  constexpr std::string_view kPrefix = "secret:";
  const Json* hidden = find_member(schema, "writeOnly");
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    if (hidden != nullptr && *hidden == Json(true) && text.starts_with(kPrefix) &&
        vault::is_secret_name(std::string_view(text).substr(kPrefix.size()))) {
      text.erase(0, kPrefix.size());
      found.push_back(&text);
    }
  } else if (const Json* items = find_member(schema, "items"); value.is_array() && items != nullptr) {
    for (Json& item : value)
      find_named(*items, item, found);
  } else if (const Json* members = find_member(schema, "properties"); value.is_object() && members != nullptr) {
    for (auto& [key, member] : value.items()) {
      if (const Json* of_member = find_member(*members, key)) find_named(*of_member, member, found);
    }
  }
}

}  // namespace

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

// What is recorded names the secret; its value is known to the agent only. Adds the values to `secrets`.
Result<void> Engine::Impl::fill_in_secrets(const workflow::AgentSnapshot& agent, const std::string& action, Json& input,
                                           std::map<std::string, std::string>& secrets) const {
  const auto chosen = std::ranges::find(agent.actions, action, &workflow::Action::name);
  if (chosen == agent.actions.end()) return {};
  std::vector<std::string*> named;
  find_named(chosen->input_schema, input, named);
  for (std::string* text : named) {
    if (vault_ == nullptr) return fail(ErrorCode::kInvalid, "this server keeps no secrets");
    auto value = vault_->value_for({agent::project_of(agent), *text}, agent.id, agent.name);
    if (!value) return fail(std::move(value.error()));
    secrets.emplace(*text, *value);
    *text = std::move(*value);
  }
  return {};
}

}  // namespace commandcenter::engine
