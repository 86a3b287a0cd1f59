#include "base/sha256.h"

#include <array>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/assert.h"

namespace commandcenter {
namespace {

using Digest = std::array<unsigned char, 32>;

std::string hex_of(const Digest& digest) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(digest.size() * 2);
  for (const unsigned char byte : digest) {
    hex += kHex[byte >> 4];
    hex += kHex[byte & 15];
  }
  return hex;
}

Digest sha256(std::string_view text) {
  Digest digest{};
  unsigned int length = 0;
  CC_ASSERT(EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) == 1);
  CC_ASSERT(length == digest.size());
  return digest;
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  return hex_of(sha256(text));
}

std::string hmac_sha256_hex(std::string_view key, std::string_view text) {
  Digest digest{};
  unsigned int length = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  CC_ASSERT(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), digest.data(), &length) !=
            nullptr);
  CC_ASSERT(length == digest.size());
  return hex_of(digest);
}

bool equal_secrets(std::string_view left, std::string_view right) {
  const Digest a = sha256(left);
  const Digest b = sha256(right);
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace commandcenter
