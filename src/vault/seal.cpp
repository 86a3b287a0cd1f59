#include "vault/seal.h"

#include <sodium.h>

namespace commandcenter::vault {
namespace {

constexpr std::size_t kNonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kKey_bytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

std::string to_base64(std::string_view text) {
  std::string encoded(sodium_base64_ENCODED_LEN(text.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  ::sodium_bin2base64(encoded.data(), encoded.size(), bytes(text), text.size(), sodium_base64_VARIANT_ORIGINAL);
  encoded.pop_back();  // the NUL
  return encoded;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string decoded(text.size(), '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  if (::sodium_base642bin(bytes(decoded), decoded.size(), text.data(), text.size(), nullptr, &length, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  decoded.resize(length);
  return decoded;
}

std::string seal(const Key& key, std::string_view name, std::string_view value) {
  std::string sealed(kNonce_bytes + value.size() + kTag_bytes, '\0');
  ::randombytes_buf(sealed.data(), kNonce_bytes);
  ::crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(sealed) + kNonce_bytes, nullptr, bytes(value), value.size(),
                                               bytes(name), name.size(), nullptr, bytes(sealed), key.data());
  return to_base64(sealed);
}

Result<std::string> open_sealed(const Key& key, std::string_view name, std::string_view sealed) {
  const Error damaged{ErrorCode::kInternal, "its record is damaged, or the key is not the one it was sealed with"};
  const auto whole = from_base64(sealed);
  if (!whole || whole->size() < kNonce_bytes + kTag_bytes) return fail(damaged);
  std::string value(whole->size() - kNonce_bytes - kTag_bytes, '\0');
  if (::crypto_aead_xchacha20poly1305_ietf_decrypt(bytes(value), nullptr, nullptr, bytes(*whole) + kNonce_bytes,
                                                   whole->size() - kNonce_bytes, bytes(name), name.size(),
                                                   bytes(*whole), key.data()) != 0) {
    return fail(damaged);
  }
  return value;
}

}  // namespace commandcenter::vault
