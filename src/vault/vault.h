// Secrets that agents may be given: sealed in the store, granted to one agent of one project at a time.
//
//   set ──seal──▶ row ──engine──▶ store ──value_for(agent)──▶ the sandbox of that agent, and nowhere else
//
// Rows are facts (store::StateRow) that the caller hands to the engine. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace commandcenter::vault {

inline constexpr std::size_t kMaxName_bytes = 100;
inline constexpr std::size_t kMinValue_bytes = 6;  // shorter ones cannot be told from ordinary text and masked
inline constexpr std::size_t kMaxValue_bytes = 64 << 10;
inline constexpr std::size_t kMaxSecrets = 1'000;  // of all projects

// The first that is there is taken.
struct KeySource {
  std::string key;                 // itself: secrets.key, COMMANDCENTER_SECRETS_KEY
  std::string credentials_folder;  // systemd's ($CREDENTIALS_DIRECTORY)
  std::string file;                // made when the first secret is set
};

struct SecretName {
  std::int64_t project_id = 1;
  std::string name;
};

struct Secret {
  SecretName name;
  std::int64_t created_at_ms = 0;
  std::int64_t updated_at_ms = 0;   // when its value was set last
  std::vector<std::string> agents;  // ids of those it is granted to
};

// Letters, digits and '_', not a digit first: it is a file's name and may be a variable's.
bool is_secret_name(std::string_view name);

// Base64 with padding, for values that are no text.
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

class Vault {
 public:
  // `tell` hears, once, that a key was made and what to do with it.
  Vault(store::Store& store, KeySource source, std::function<void(const std::string&)> tell);
  ~Vault();

  // What setting or replacing a value writes. kInvalid names the limit that it breaks.
  Result<store::StateRow> set(const SecretName& name, std::string_view value, std::int64_t now_ms) const;
  // What to delete: the secret and its grants, as (space, key).
  Result<std::vector<std::pair<std::string, std::string>>> remove(const SecretName& name) const;

  static store::StateRow grant(const SecretName& name, const std::string& agent_id);
  static std::pair<std::string, std::string> grant_key(const SecretName& name, const std::string& agent_id);

  Result<std::vector<Secret>> list(std::int64_t project_id) const;
  Result<std::optional<Secret>> find(const SecretName& name) const;

  // Why the agent could not get the secret: kNotFound or kForbidden, with the command that mends it.
  Result<void> check(const SecretName& name, const std::string& agent_id, const std::string& agent_name) const;
  Result<std::string> value_for(const SecretName& name, const std::string& agent_id,
                                const std::string& agent_name) const;
  // For this program itself, where the operator has named the secret. kNotFound tells how to set it.
  Result<std::string> value_of(const SecretName& name) const;

  // All secrets sealed with another key: of `new_key_file`, or one that is made and takes the place of the file that
  // held the old one. Nobody else may be at work on the store. What a crash interrupts, the next call of anything
  // finishes or takes back. Returns how many there are.
  Result<std::int64_t> seal_again(const std::string& new_key_file);

 private:
  Result<std::shared_ptr<const class Key>> key(bool may_make) const;
  Result<void> settle_new_key() const;
  Result<std::optional<store::StateRow>> row_of(const SecretName& name) const;

  store::Store& store_;
  const KeySource source_;
  const std::function<void(const std::string&)> tell_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const class Key> key_;
};

}  // namespace commandcenter::vault
