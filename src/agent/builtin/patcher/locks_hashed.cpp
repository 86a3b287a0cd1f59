// Lock files of Composer and Poetry: they hold a hash of those parts of the manifest that decide about versions. When
// the locked version still fits, the hash is all that has to change.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "agent/builtin/patcher/locks.h"
#include "base/json.h"
#include "base/sha256.h"
#include "code/dependencies/toml.h"

namespace commandcenter::patcher {
namespace {

// MD5 (RFC 1321), with which Composer names contents; it protects nothing.
class Md5 {
 public:
  static std::string hex(std::string_view text) {
    Md5 md5;
    std::string padded(text);
    padded += '\x80';
    while (padded.size() % 64 != 56)
      padded += '\0';
    const std::uint64_t bits = static_cast<std::uint64_t>(text.size()) * 8;
    for (unsigned i = 0; i < 8; ++i)
      padded += static_cast<char>(bits >> (8U * i));
    for (std::size_t at = 0; at < padded.size(); at += 64)
      md5.block(std::string_view(padded).substr(at, 64));
    std::string out;
    for (const std::uint32_t word : md5.state_) {
      for (unsigned i = 0; i < 4; ++i)
        out += fmt::format("{:02x}", (word >> (8U * i)) & 0xffU);
    }
    return out;
  }

 private:
  void block(std::string_view bytes) {
    static constexpr std::array<int, 16> kTurns{7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
    std::array<std::uint32_t, 16> words{};
    for (std::size_t i = 0; i < 64; ++i)
      words[i / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8U * (i % 4));
    auto [a, b, c, d] = state_;
    for (std::uint32_t i = 0; i < 64; ++i) {
      const std::uint32_t round = i / 16;
      const std::uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                                  : round == 1 ? (d & b) | (~d & c)
                                  : round == 2 ? b ^ c ^ d
                                               : c ^ (b | ~d);
      static constexpr std::array<std::uint32_t, 4> kStep{1, 5, 3, 7};
      static constexpr std::array<std::uint32_t, 4> kStart{0, 1, 5, 0};
      const std::uint32_t sum = a + mixed + sine(i) + words[(kStart[round] + kStep[round] * i) % 16];
      a = d;
      d = c;
      c = b;
      b += std::rotl(sum, kTurns[round * 4 + i % 4]);
    }
    state_ = {state_[0] + a, state_[1] + b, state_[2] + c, state_[3] + d};
  }

  // The whole part of 2^32 times |sin(i + 1)|, as the standard asks.
  static std::uint32_t sine(std::uint32_t i) {
    static constexpr std::array<std::uint32_t, 64> kSines{
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
        0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
        0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
        0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
        0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
        0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
        0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
        0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
    return kSines[i];
  }

  std::array<std::uint32_t, 4> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
};

// JSON as PHP's and Python's own writers print it: ASCII only.
struct Style {
  std::string_view comma;
  std::string_view colon;
  bool slashes = false;        // "\/"
  bool empty_is_list = false;  // PHP knows no empty object
};
constexpr Style kPhp{",", ":", true, true};
constexpr Style kPython{", ", ": ", false, false};
constexpr int kMaxDepth = 64;

void print_text(const std::string& text, const Style& style, std::string& out) {
  const std::string quoted = Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
  for (std::size_t at = 0; at < quoted.size(); ++at) {
    if (quoted[at] == '/' && style.slashes) out += '\\';
    out += quoted[at];
  }
}

void print(const Json& value, const Style& style, bool sorted, int depth, std::string& out) {
  if (value.is_string()) return print_text(value.get_ref<const std::string&>(), style, out);
  if (!value.is_structured() || depth > kMaxDepth) {
    out += value.is_structured() ? "null" : value.dump();
    return;
  }
  const bool list = value.is_array() || (style.empty_is_list && value.empty());
  std::vector<std::string> keys;
  for (const auto& [key, member] : value.items())
    keys.push_back(key);
  if (sorted && !list) std::ranges::sort(keys);
  out += list ? '[' : '{';
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) out += style.comma;
    if (!list) {
      print_text(keys[i], style, out);
      out += style.colon;
    }
    print(list ? value[i] : value[keys[i]], style, sorted, depth + 1, out);
  }
  out += list ? ']' : '}';
}

std::string printed(const Json& value, const Style& style, bool sorted) {
  std::string out;
  print(value, style, sorted, 0, out);
  return out;
}

std::string composer_hash(std::string_view manifest) {
  static constexpr auto kParts = std::to_array<std::string_view>(
      {"config", "conflict", "extra", "minimum-stability", "name", "prefer-stable", "provide", "replace",
       "repositories", "require", "require-dev", "version"});  // in the order in which Composer sorts them
  if (manifest.starts_with("\xef\xbb\xbf")) manifest.remove_prefix(3);
  const auto json = parse_json(manifest);
  if (!json || !json->is_object()) return {};
  Json relevant = Json::object();
  for (const std::string_view part : kParts) {
    const Json* value = find_member(*json, part);
    if (value == nullptr) continue;
    if (part != "config") {
      relevant[std::string(part)] = *value;
    } else if (const Json* platform = find_member(*value, "platform"); platform != nullptr && !platform->is_null()) {
      relevant["config"]["platform"] = *platform;
    }
  }
  return Md5::hex(printed(relevant, kPhp, false));
}

// What Poetry hashes, as its versions do it: 1.0, 1.2 (with groups), 2 (with the project's own table).
std::vector<std::string> poetry_hashes(std::string_view manifest) {
  const auto toml = code::dependencies::parse_toml(manifest);
  if (!toml) return {};
  const Json* tool = find_member(*toml, "tool");
  const Json* poetry = tool != nullptr ? find_member(*tool, "poetry") : nullptr;
  const Json* own = find_member(*toml, "project");
  Json project = Json::object();
  for (const std::string_view key : {"requires-python", "dependencies", "optional-dependencies"}) {
    const Json* value = own != nullptr ? find_member(*own, key) : nullptr;
    if (value != nullptr) project[std::string(key)] = *value;
  }
  Json settings = Json::object();
  for (const std::string_view key : {"dependencies", "source", "extras", "dev-dependencies", "group"}) {
    const Json* value = poetry != nullptr ? find_member(*poetry, key) : nullptr;
    if (value != nullptr)
      settings[std::string(key)] = *value;
    else if (key != "group" && project.empty())
      settings[std::string(key)] = nullptr;
  }
  std::vector<Json> forms;
  if (project.empty())
    forms.push_back(settings);
  else
    forms.push_back({{"project", project}, {"tool", {{"poetry", settings}}}});
  if (settings.contains("group")) {
    Json without = settings;
    without.erase("group");
    forms.push_back(std::move(without));
  }
  std::vector<std::string> hashes;
  for (const Json& form : forms)
    hashes.push_back(sha256_hex(printed(form, kPython, true)));
  return hashes;
}

// Puts the hash of the new manifest where that of the old one stands, once.
LockState renew(std::string& text, const std::string& before, const std::string& after) {
  if (before.empty() || after.empty()) return LockState::kStale;
  const std::size_t at = text.find('"' + before + '"');
  if (at == std::string::npos) return LockState::kStale;
  text.replace(at + 1, before.size(), after);
  return LockState::kUpdated;
}

bool all_fit(Grammar grammar, const ManifestChange& manifest, std::string_view version) {
  return std::ranges::all_of(manifest.changed,
                             [&](const Requirement& one) { return satisfies(grammar, one.after, version); });
}

std::string python_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool sign = c == '-' || c == '_' || c == '.';
    if (sign && out.ends_with('-')) continue;
    out += sign ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  return out;
}

}  // namespace

LockState update_composer(std::string& text, std::string_view dependency, const ManifestChange& manifest) {
  const auto lock = parse_json(text);
  if (!lock) return LockState::kStale;
  std::string version;
  for (const std::string_view list : {"packages", "packages-dev"}) {
    const Json* packages = find_member(*lock, list);
    if (packages == nullptr || !packages->is_array()) continue;
    for (const Json& package : *packages) {
      if (same_word(string_member(package, "name"), dependency)) version = string_member(package, "version");
    }
  }
  if (!all_fit(Grammar::kComposer, manifest, version)) return LockState::kStale;
  return renew(text, composer_hash(manifest.before), composer_hash(manifest.after));
}

LockState update_poetry(std::string& text, std::string_view dependency, const ManifestChange& manifest) {
  const auto lock = code::dependencies::parse_toml(text);
  const Json* packages = lock ? find_member(*lock, "package") : nullptr;
  if (packages == nullptr || !packages->is_array()) return LockState::kStale;
  bool fits = false;
  for (const Json& package : *packages) {
    if (python_name(string_member(package, "name")) == python_name(dependency))
      fits = all_fit(Grammar::kPython, manifest, string_member(package, "version"));
  }
  if (!fits) return LockState::kStale;
  const auto before = poetry_hashes(manifest.before);
  const auto after = poetry_hashes(manifest.after);
  for (std::size_t form = 0; form < std::min(before.size(), after.size()); ++form) {
    if (renew(text, before[form], after[form]) == LockState::kUpdated) return LockState::kUpdated;
  }
  return LockState::kStale;
}

}  // namespace commandcenter::patcher
