// What the rules look for, as data: tokens of known shape, words that announce a secret, and the compiled patterns that
// find where to look. All tables are part of the executable; nothing is computed before it is asked for.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace commandcenter::code {

enum class Severity : std::uint8_t { kLow, kMedium, kHigh, kCritical };
enum class Confidence : std::uint8_t { kLow, kMedium, kHigh };

std::string_view severity_word(Severity severity);
std::string_view confidence_word(Confidence confidence);

// What must hold beyond the pattern; see code/secrets/checks.h.
enum class Check : std::uint8_t { kNone, kRandom, kGithub, kDiscord, kBucket };

enum class Trigger : std::uint8_t {
  kLiteral,  // the token begins with it
  kInside,   // at most `lead` characters of the token lie before it
  kWord,     // the pattern is what a value must be when one of these words, with "|" between them, names it
};

// A token whose shape tells who issued it. From providers.txt.
struct ProviderRule {
  std::string_view id;
  Severity severity;
  Trigger trigger;
  std::uint16_t lead;
  std::string_view trigger_text;
  std::string_view pattern;  // RE2
  Check check;
  std::string_view source;  // where the issuer describes it
  std::string_view name;
};
std::span<const ProviderRule> provider_rules();

// What a name says about the value that is given to it.
enum class KeyKind : std::uint8_t { kPassword, kSecret, kToken, kKey, kAuth, kCredential, kApi, kSalt, kNonce, kOther };
inline constexpr std::size_t kKeyKinds = 10;

struct KeyWord {
  std::string_view text;  // lower case; upper case is found, too. With a mark in front it is the last word of a name
  KeyKind kind;
};
std::span<const KeyWord> key_words();

// Places where a secret stands without a name.
enum class Anchor : std::uint8_t {
  kUrl,           // ://
  kBearer,        // Bearer …
  kBasic,         // Basic …
  kPem,           // -----BEGIN … PRIVATE KEY
  kJwt,           // eyJ
  kDriverUrl,     // user:password@tcp(host)
  kJwk,           // {"kty": …, "d": …}
  kCurl,          // curl -u name:password
  kProgram,       // mysql -p…, docker login -p …
  kLogin,         // .login("user", "…")
  kCharArray,     // "…".toCharArray()
  kForm,          // fill_in "Password", with: "…"
  kPair,          // btoa("user:…")
  kPipe,          // echo "user:…" | chpasswd, echo "…" | sudo -S
  kHeader,        // setValue("…", forHTTPHeaderField: "X-Api-Key")
  kBot,           // client.run("…") of a chat bot
  kBotHeader,     // Authorization: Bot …
  kCluster,       // kind: Secret
  kDecoded,       // b64decode("…")
  kSql,           // IDENTIFIED BY '…'
  kPassArgument,  // -passin pass:…
  kSshPass,       // sshpass -p …
  kSecureString,  // ConvertTo-SecureString "…"
  kCommunity,     // snmp-server community …
  kAccessList,    // user joe on >…
  kPrompt,        // expect "password:", send "…"
  kState,         // "random_password" … "result": "…"
  kUsers,         // users = {"joe": "…"}
};
struct AnchorWord {
  std::string_view text;
  Anchor anchor;
  bool caseless;
};
std::span<const AnchorWord> anchor_words();

// Words without which a file needs no look for flaws: of unsafe calls, of what a user sends, of statements.
enum class FlawKind : std::uint8_t { kUnsafe, kSource, kStatement };
struct FlawWord {
  std::string_view text;  // lower case; upper case is found, too
  FlawKind kind;
};
std::span<const FlawWord> flaw_words();

// Who is told of a match of the database: the owner's entry with that index.
enum class PatternOwner : std::uint8_t { kProvider, kKeyWord, kAnchor, kFlawWord };
struct PatternTarget {
  PatternOwner owner;
  std::uint16_t index;
};
struct Pattern {
  std::string_view text;  // found as it stands: a literal, not an expression
  bool caseless;
  std::vector<PatternTarget> targets;  // several rules may begin with the same literal
};
// All patterns of all owners; the position is the number that Match::pattern gives.
std::span<const Pattern> all_patterns();

// The same, compiled; the image for the better processor first.
std::vector<std::string_view> pattern_images();

}  // namespace commandcenter::code
