// The key that all secrets are sealed with, and where it comes from. Private to this folder.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "vault/vault.h"

namespace commandcenter::vault {

inline constexpr std::size_t kKey_bytes = 32;
inline constexpr const char* kCredentialName = "secrets-key";  // in systemd's folder of credentials

// Locked into memory where the system lets us, and overwritten at the end.
class Key {
 public:
  explicit Key(const std::array<unsigned char, kKey_bytes>& bytes);
  ~Key();
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;

  const unsigned char* data() const { return bytes_.data(); }
  const std::string& id() const { return id_; }  // tells keys apart, and nothing about them

 private:
  std::array<unsigned char, kKey_bytes> bytes_;
  std::string id_;
};

enum class IfMissing { kFail, kMake };

// What made a new file is told in `made`: its path.
Result<std::shared_ptr<const Key>> load_key(const KeySource& source, IfMissing if_missing, std::string& made);

// A key that is to take the place of the one in the file lies beside it until it does.
KeySource new_key_source(const KeySource& source);
bool is_from_file(const KeySource& source);  // and not from the configuration or from systemd
bool has_new_key(const KeySource& source);
Result<void> adopt_new_key(const KeySource& source);
Result<void> drop_new_key(const KeySource& source);

}  // namespace commandcenter::vault
