#include "vault/key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <sodium.h>

namespace commandcenter::vault {
namespace {

constexpr std::size_t kMaxKeyText_bytes = 256;
constexpr std::size_t kKeyId_bytes = 8;

using Bytes = std::array<unsigned char, kKey_bytes>;

// 64 hexadecimal digits, or Base64 of 32 bytes.
std::optional<Bytes> key_of(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  Bytes bytes{};
  std::size_t length = 0;
  const char* end = nullptr;
  if (::sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length, &end) == 0 &&
      length == bytes.size() && end == text.data() + text.size()) {
    return bytes;
  }
  if (::sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length, &end,
                          sodium_base64_VARIANT_ORIGINAL) == 0 &&
      length == bytes.size() && end == text.data() + text.size()) {
    return bytes;
  }
  return std::nullopt;
}

Result<std::shared_ptr<const Key>> parsed(std::string_view text, std::string_view where) {
  auto bytes = key_of(text);
  if (!bytes) {
    return fail(
        ErrorCode::kInvalid,
        fmt::format("{} holds no key for secrets: expected 64 hexadecimal digits or Base64 of 32 bytes", where));
  }
  auto key = std::make_shared<const Key>(*bytes);
  ::sodium_memzero(bytes->data(), bytes->size());
  return key;
}

Error cannot(std::string_view doing, const std::string& path) {
  return {ErrorCode::kUnavailable,
          fmt::format("the key of the secrets, {}, cannot be {}: {}", path, doing, std::strerror(errno))};
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<std::shared_ptr<const Key>> read_file(const std::string& path, bool must_be_private) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return fail(cannot("read", path));
  struct stat about {};
  if (must_be_private && ::fstat(file.get(), &about) == 0 && (about.st_mode & 077) != 0) {
    return fail(ErrorCode::kForbidden,
                fmt::format("the key of the secrets, {}, may be read by other users: chmod 600 it", path));
  }
  char text[kMaxKeyText_bytes];
  const ssize_t length = ::read(file.get(), text, sizeof(text));
  if (length < 0) return fail(cannot("read", path));
  auto key = parsed({text, static_cast<std::size_t>(length)}, path);
  ::sodium_memzero(text, sizeof(text));
  return key;
}

Result<void> make_durable(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const File file(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0) return fail(cannot("made durable", path));
  return {};
}

// On disk before it is used: what is sealed with it must not outlive it.
Result<std::shared_ptr<const Key>> make_file(const std::string& path) {
  Bytes bytes{};
  ::randombytes_buf(bytes.data(), bytes.size());
  char text[kKey_bytes * 2 + 1];
  ::sodium_bin2hex(text, sizeof(text), bytes.data(), bytes.size());
  text[kKey_bytes * 2] = '\n';
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) return errno == EEXIST ? read_file(path, true) : fail(cannot("made", path));
  const bool written =
      ::write(file.get(), text, sizeof(text)) == static_cast<ssize_t>(sizeof(text)) && ::fsync(file.get()) == 0;
  ::sodium_memzero(text, sizeof(text));
  if (!written) {
    const Error error = cannot("written", path);
    ::unlink(path.c_str());
    return fail(error);
  }
  if (auto durable = make_durable(path); !durable) return fail(durable.error());
  auto key = std::make_shared<const Key>(bytes);
  ::sodium_memzero(bytes.data(), bytes.size());
  return key;
}

}  // namespace

KeySource new_key_source(const KeySource& source) {
  return {{}, {}, source.file + ".new"};
}

bool is_from_file(const KeySource& source) {
  std::error_code error;
  return source.key.empty() && !source.file.empty() &&
         (source.credentials_folder.empty() ||
          !std::filesystem::exists(source.credentials_folder + "/" + kCredentialName, error));
}

bool has_new_key(const KeySource& source) {
  std::error_code error;
  return is_from_file(source) && std::filesystem::exists(new_key_source(source).file, error);
}

Result<void> adopt_new_key(const KeySource& source) {
  if (::rename(new_key_source(source).file.c_str(), source.file.c_str()) != 0)
    return fail(cannot("replaced", source.file));
  return make_durable(source.file);
}

Result<void> drop_new_key(const KeySource& source) {
  if (::unlink(new_key_source(source).file.c_str()) != 0) return fail(cannot("removed", new_key_source(source).file));
  return {};
}

Key::Key(const std::array<unsigned char, kKey_bytes>& bytes) : bytes_(bytes) {
  static_cast<void>(::sodium_mlock(bytes_.data(), bytes_.size()));
  std::array<unsigned char, 16> digest{};
  constexpr std::string_view kPurpose = "commandcenter key id";
  ::crypto_generichash(digest.data(), digest.size(), reinterpret_cast<const unsigned char*>(kPurpose.data()),
                       kPurpose.size(), bytes_.data(), bytes_.size());
  char text[kKeyId_bytes * 2 + 1];
  id_ = ::sodium_bin2hex(text, sizeof(text), digest.data(), kKeyId_bytes);
}

Key::~Key() {
  ::sodium_munlock(bytes_.data(), bytes_.size());
}

Result<std::shared_ptr<const Key>> load_key(const KeySource& source, IfMissing if_missing, std::string& made) {
  if (::sodium_init() < 0) return fail(ErrorCode::kUnavailable, "libsodium cannot be initialised");
  if (!source.key.empty()) return parsed(source.key, "secrets.key (COMMANDCENTER_SECRETS_KEY)");
  std::error_code error;
  if (!source.credentials_folder.empty()) {
    const std::string credential = source.credentials_folder + "/" + kCredentialName;
    if (std::filesystem::exists(credential, error)) return read_file(credential, false);
  }
  if (std::filesystem::exists(source.file, error)) return read_file(source.file, true);
  if (if_missing == IfMissing::kFail) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("there is no key for the secrets: neither COMMANDCENTER_SECRETS_KEY, nor a credential {}, "
                            "nor the file {}",
                            kCredentialName, source.file));
  }
  auto key = make_file(source.file);
  if (key) made = source.file;
  return key;
}

}  // namespace commandcenter::vault
