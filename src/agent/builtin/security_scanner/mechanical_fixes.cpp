#include "agent/builtin/security_scanner/mechanical_fixes.h"

#include <algorithm>
#include <array>

namespace commandcenter::security_scanner {
namespace {

struct Replacement {
  std::string_view rule;
  std::string_view before;
  std::string_view after;
};
constexpr auto kReplacements = std::to_array<Replacement>({
    {"tls/no-verification", "verify=False", "verify=True"},
    {"tls/no-verification", "rejectUnauthorized: false", "rejectUnauthorized: true"},
    {"tls/no-verification", "InsecureSkipVerify: true", "InsecureSkipVerify: false"},
    {"tls/no-verification", "CURLOPT_SSL_VERIFYPEER, false", "CURLOPT_SSL_VERIFYPEER, true"},
    {"tls/no-verification", "CURLOPT_SSL_VERIFYPEER, 0", "CURLOPT_SSL_VERIFYPEER, 1"},
    {"tls/no-verification", "CURLOPT_SSL_VERIFYHOST, 0", "CURLOPT_SSL_VERIFYHOST, 2"},
    {"tls/no-verification", "VERIFY_NONE", "VERIFY_PEER"},
    {"tls/no-verification", "ssl._create_unverified_context", "ssl.create_default_context"},
    {"tls/no-verification", "ssl.CERT_NONE", "ssl.CERT_REQUIRED"},
    {"cookie/not-secure", "secure: false", "secure: true"},
    {"cookie/not-secure", "secure=False", "secure=True"},
    {"cookie/not-secure", "Secure: false", "Secure: true"},
    {"cookie/not-secure", "Secure = false", "Secure = true"},
    {"cookie/not-secure", "setSecure(false)", "setSecure(true)"},
    {"cookie/not-secure", "COOKIE_SECURE = False", "COOKIE_SECURE = True"},
    {"cookie/not-http-only", "httpOnly: false", "httpOnly: true"},
    {"cookie/not-http-only", "httponly=False", "httponly=True"},
    {"cookie/not-http-only", "HttpOnly: false", "HttpOnly: true"},
    {"cookie/not-http-only", "HttpOnly = false", "HttpOnly = true"},
    {"cookie/not-http-only", "setHttpOnly(false)", "setHttpOnly(true)"},
    {"cookie/not-http-only", "COOKIE_HTTPONLY = False", "COOKIE_HTTPONLY = True"},
    {"debug/enabled", "debug=True", "debug=False"},
    {"debug/enabled", "DEBUG = True", "DEBUG = False"},
    {"deserialization/unsafe", "yaml.load(", "yaml.safe_load("},
    {"deserialization/unsafe", "YAML.load(", "YAML.safe_load("},
    {"crypto/weak-hash", "createHash('md5')", "createHash('sha256')"},
    {"crypto/weak-hash", "createHash(\"md5\")", "createHash(\"sha256\")"},
    {"crypto/weak-hash", "createHash('sha1')", "createHash('sha256')"},
    {"crypto/weak-hash", "createHash(\"sha1\")", "createHash(\"sha256\")"},
    {"crypto/weak-hash", "hashlib.md5(", "hashlib.sha256("},
    {"crypto/weak-hash", "hashlib.sha1(", "hashlib.sha256("},
    {"crypto/weak-hash", "getInstance(\"MD5\")", "getInstance(\"SHA-256\")"},
    {"crypto/weak-hash", "getInstance(\"SHA-1\")", "getInstance(\"SHA-256\")"},
    {"crypto/weak-hash", "getInstance(\"SHA1\")", "getInstance(\"SHA-256\")"},
});

}  // namespace

std::optional<code::Fix> suggested_fix(std::string_view text, const code::Spot& spot) {
  if (spot.begin >= text.size() || spot.end < spot.begin) return std::nullopt;
  const std::size_t line = text.rfind('\n', spot.begin);
  const std::size_t begin = line == std::string_view::npos ? 0 : line + 1;
  const std::size_t end = std::min(text.find('\n', std::max(spot.end, begin)), text.size());
  const std::string_view lines = text.substr(begin, end - begin);
  std::optional<code::Fix> fix;
  for (const Replacement& one : kReplacements) {
    if (one.rule != spot.rule) continue;
    const std::size_t at = lines.find(one.before);
    if (at == std::string_view::npos) continue;
    if (fix || lines.find(one.before, at + 1) != std::string_view::npos) return std::nullopt;
    fix = code::Fix{std::string(one.before), std::string(one.after)};
  }
  return fix;
}

}  // namespace commandcenter::security_scanner
