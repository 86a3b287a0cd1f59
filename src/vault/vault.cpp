#include "vault/vault.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/json.h"
#include "vault/key.h"
#include "vault/seal.h"

namespace commandcenter::vault {
namespace {

constexpr const char* kSecretSpace = "secret";
constexpr const char* kGrantSpace = "secret-grant";

std::string key_text(const SecretName& name) {
  return fmt::format("{}/{}", name.project_id, name.name);
}

}  // namespace

bool is_secret_name(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
  return !name.empty() && name.size() <= kMaxName_bytes && name.find_first_not_of(kAllowed) == std::string_view::npos &&
         (name.front() < '0' || name.front() > '9');
}

Vault::Vault(store::Store& store, KeySource source, std::function<void(const std::string&)> tell)
    : store_(store), source_(std::move(source)), tell_(std::move(tell)) {}
Vault::~Vault() = default;

Result<std::shared_ptr<const Key>> Vault::key(bool may_make) const {
  const std::lock_guard lock(mutex_);
  if (key_) return key_;
  if (auto settled = settle_new_key(); !settled) return fail(std::move(settled.error()));
  std::string made;
  auto key = load_key(source_, may_make ? IfMissing::kMake : IfMissing::kFail, made);
  if (!key) return key;
  key_ = *key;
  if (!made.empty() && tell_) {
    tell_(fmt::format(
        "made the key of the secrets, {}: keep a copy in another place. Backups do not hold it, and without "
        "it nobody can read the secrets again",
        made));
  }
  return key_;
}

Result<std::optional<store::StateRow>> Vault::row_of(const SecretName& name) const {
  return store::read_one<store::StateRow>(store_,
                                          {.table = store::Table::kState, .id = key_text(name), .space = kSecretSpace});
}

Result<store::StateRow> Vault::set(const SecretName& name, std::string_view value, std::int64_t now_ms) const {
  if (!is_secret_name(name.name)) {
    return fail(
        ErrorCode::kInvalid,
        fmt::format("'{:.100}' cannot name a secret: expected at most {} letters, digits and '_', not beginning "
                    "with a digit",
                    name.name, kMaxName_bytes));
  }
  if (value.size() < kMinValue_bytes || value.size() > kMaxValue_bytes) {
    return fail(ErrorCode::kInvalid, fmt::format("the value has {} bytes; a secret has {} to {}", value.size(),
                                                 kMinValue_bytes, kMaxValue_bytes));
  }
  const auto all = store_.count({.table = store::Table::kState, .space = kSecretSpace});
  if (!all) return fail(all.error());
  const auto before = row_of(name);
  if (!before) return fail(before.error());
  if (!*before && *all >= static_cast<std::int64_t>(kMaxSecrets)) {
    return fail(ErrorCode::kTooLarge, fmt::format("there are {} secrets already, the most there may be", kMaxSecrets));
  }
  // Another key beside secrets of an old one would make its loss final.
  const auto key = this->key(*all == 0);
  if (!key) return fail(key.error());
  std::int64_t created_ms = now_ms;
  if (*before) {
    const auto document = parse_json((*before)->document);
    const Json* created = document ? find_member(*document, "createdAtMs") : nullptr;
    if (created != nullptr && created->is_number_integer()) created_ms = created->get<std::int64_t>();
  }
  const Json document = {{"key", (*key)->id()},
                         {"sealed", seal(**key, key_text(name), value)},
                         {"createdAtMs", created_ms},
                         {"updatedAtMs", now_ms}};
  return store::StateRow{kSecretSpace, key_text(name), dump_json(document), 0, {}};
}

store::StateRow Vault::grant(const SecretName& name, const std::string& agent_id) {
  auto [space, key] = grant_key(name, agent_id);
  return {std::move(space), std::move(key), "{}", 0, {}};
}

std::pair<std::string, std::string> Vault::grant_key(const SecretName& name, const std::string& agent_id) {
  return {kGrantSpace, key_text(name) + "/" + agent_id};
}

Result<std::vector<std::pair<std::string, std::string>>> Vault::remove(const SecretName& name) const {
  const auto secret = find(name);
  if (!secret) return fail(secret.error());
  if (!*secret) return fail(ErrorCode::kNotFound, "Secret not found");
  std::vector<std::pair<std::string, std::string>> keys{{kSecretSpace, key_text(name)}};
  for (const std::string& agent : (*secret)->agents)
    keys.push_back(grant_key(name, agent));
  return keys;
}

Result<std::vector<Secret>> Vault::list(std::int64_t project_id) const {
  const auto rows = store::read_all<store::StateRow>(store_, {.table = store::Table::kState, .space = kSecretSpace});
  if (!rows) return fail(rows.error());
  const auto grants = store::read_all<store::StateRow>(store_, {.table = store::Table::kState, .space = kGrantSpace});
  if (!grants) return fail(grants.error());
  std::map<std::string, std::vector<std::string>> agents;  // by the key of the secret
  for (const store::StateRow& grant : *grants) {
    const std::size_t end = grant.key.rfind('/');
    agents[grant.key.substr(0, end)].push_back(grant.key.substr(end + 1));
  }
  const std::string prefix = fmt::format("{}/", project_id);
  std::vector<Secret> secrets;
  for (const store::StateRow& row : *rows) {
    if (!row.key.starts_with(prefix)) continue;
    const auto document = parse_json(row.document);
    Secret secret{{project_id, row.key.substr(prefix.size())}, 0, 0, agents[row.key]};
    if (document) {
      secret.created_at_ms = document->value("createdAtMs", std::int64_t{0});
      secret.updated_at_ms = document->value("updatedAtMs", std::int64_t{0});
    }
    secrets.push_back(std::move(secret));
  }
  return secrets;
}

Result<std::optional<Secret>> Vault::find(const SecretName& name) const {
  auto secrets = list(name.project_id);
  if (!secrets) return fail(std::move(secrets.error()));
  const auto found = std::ranges::find(*secrets, name.name, [](const Secret& secret) { return secret.name.name; });
  if (found == secrets->end()) return std::nullopt;
  return std::move(*found);
}

Result<void> Vault::check(const SecretName& name, const std::string& agent_id, const std::string& agent_name) const {
  const auto row = row_of(name);
  if (!row) return fail(row.error());
  const std::string project = name.project_id == 1 ? "" : fmt::format(" --project {}", name.project_id);
  if (!*row) {
    return fail(ErrorCode::kNotFound,
                fmt::format("agent {} needs the secret {}, which is not set: commandcenter "
                            "secrets set {}{}, then secrets grant {} {}{}",
                            agent_name, name.name, name.name, project, name.name, agent_name, project));
  }
  const auto [space, key] = grant_key(name, agent_id);
  const auto grant =
      store::read_one<store::StateRow>(store_, {.table = store::Table::kState, .id = key, .space = space});
  if (!grant) return fail(grant.error());
  if (!*grant) {
    return fail(
        ErrorCode::kForbidden,
        fmt::format("agent {} needs the secret {}, which it was not granted: commandcenter secrets grant {} {}{}",
                    agent_name, name.name, name.name, agent_name, project));
  }
  return {};
}

Result<std::string> Vault::value_for(const SecretName& name, const std::string& agent_id,
                                     const std::string& agent_name) const {
  if (auto allowed = check(name, agent_id, agent_name); !allowed) return fail(std::move(allowed.error()));
  return value_of(name);
}

Result<std::string> Vault::value_of(const SecretName& name) const {
  const auto row = row_of(name);
  if (!row) return fail(row.error());
  if (!*row) {
    return fail(ErrorCode::kNotFound,
                fmt::format("the secret {} is not set: commandcenter secrets set {}", name.name, name.name));
  }
  const auto key = this->key(false);
  if (!key) return fail(key.error());
  const auto document = parse_json((*row)->document);
  auto value = document ? open_sealed(**key, key_text(name), string_member(*document, "sealed"))
                        : Result<std::string>(fail(document.error()));
  if (!value) {
    return fail(value.error().code, fmt::format("the secret {} cannot be read: {}", name.name, value.error().message));
  }
  return value;
}

// ---- Another key ---------------------------------------------------------------------------------------------------

// A new key lies beside the old one until all secrets are sealed with it, which is one transaction: whoever finds both
// can tell from any secret which of them it is by now.
Result<void> Vault::settle_new_key() const {
  if (!has_new_key(source_)) return {};
  std::string ignored;
  const auto key = load_key(new_key_source(source_), IfMissing::kFail, ignored);
  const auto rows = store::read_all<store::StateRow>(store_, {.table = store::Table::kState, .space = kSecretSpace});
  if (!rows) return fail(rows.error());
  const bool is_used = key && std::ranges::any_of(*rows, [&key](const store::StateRow& row) {
                         const auto document = parse_json(row.document);
                         return document && string_member(*document, "key") == (*key)->id();
                       });
  return is_used ? adopt_new_key(source_) : drop_new_key(source_);
}

Result<std::int64_t> Vault::seal_again(const std::string& new_key_file) {
  const auto old_key = key(false);
  if (!old_key) return fail(old_key.error());
  const bool makes_file = new_key_file.empty();
  if (makes_file && !is_from_file(source_)) {
    return fail(ErrorCode::kInvalid,
                "the key of the secrets does not come from a file of this server: give the new one as --to FILE, and "
                "put it where the old one comes from afterwards");
  }
  std::string made;
  const auto new_key = makes_file ? load_key(new_key_source(source_), IfMissing::kMake, made)
                                  : load_key({{}, {}, new_key_file}, IfMissing::kFail, made);
  if (!new_key) return fail(new_key.error());
  const auto rows = store::read_all<store::StateRow>(store_, {.table = store::Table::kState, .space = kSecretSpace});
  if (!rows) return fail(rows.error());
  store::Batch batch;
  for (const store::StateRow& row : *rows) {
    auto document = parse_json(row.document);
    auto value = document ? open_sealed(**old_key, row.key, string_member(*document, "sealed"))
                          : Result<std::string>(fail(document.error()));
    if (!value) {
      if (makes_file) static_cast<void>(drop_new_key(source_));
      return fail(value.error().code, fmt::format("the secret {} cannot be read, so nothing was changed: {}", row.key,
                                                  value.error().message));
    }
    (*document)["key"] = (*new_key)->id();
    (*document)["sealed"] = seal(**new_key, row.key, *value);
    store::StateRow sealed = row;
    sealed.document = dump_json(*document);
    batch.puts.emplace_back(std::move(sealed));
  }
  const auto count = static_cast<std::int64_t>(batch.puts.size());
  if (auto committed = store_.commit(batch); !committed) return fail(std::move(committed.error()));
  if (makes_file) {
    if (auto adopted = adopt_new_key(source_); !adopted) return fail(std::move(adopted.error()));
  }
  const std::lock_guard lock(mutex_);
  key_ = *new_key;
  return count;
}

}  // namespace commandcenter::vault
