// One pass of a cheap pattern finds the lines worth reading; only those are read closely.
#include "agent/builtin/security_scanner/secrets.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "agent/builtin/security_scanner/assignment.h"
#include "base/assert.h"

namespace commandcenter::security_scanner {
namespace {

constexpr std::size_t kMaxKeyLines = 4;  // headers between BEGIN and the key itself
constexpr std::size_t kMaxPrivateKeyLines = 200;
constexpr std::size_t kMinKeyBody_bytes = 40;

constexpr Rule kApiKey{"secrets/api-key", "Hardcoded API Key", Category::kSecrets};
constexpr Rule kPassword{"secrets/password", "Hardcoded Password", Category::kSecrets};
constexpr Rule kSecret{"secrets/secret", "Hardcoded Secret", Category::kSecrets};
constexpr Rule kToken{"secrets/token", "Hardcoded Token", Category::kSecrets};
constexpr Rule kPrivateKey{"secrets/private-key", "Private Key", Category::kSecrets};

struct TokenSpec {
  std::string_view id;
  std::string_view type;
  std::string_view literal;
  std::string_view body;  // the token; may hold its own group 1 when only a part of the match is secret
};

// The order decides between rules that match at the same place.
constexpr auto kTokenSpecs = std::to_array<TokenSpec>({
    {"secrets/anthropic-key", "Anthropic API Key", "sk-ant-", R"(sk-ant-[A-Za-z0-9_-]{20,})"},
    {"secrets/openai-key", "OpenAI API Key", "sk-",
     R"(sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{48,})"},
    {"secrets/github-pat", "GitHub Personal Access Token", "ghp_", R"(ghp_[A-Za-z0-9]{36,})"},
    {"secrets/github-pat", "GitHub Personal Access Token", "github_pat_", R"(github_pat_[A-Za-z0-9_]{22,})"},
    {"secrets/github-token", "GitHub Token", "gh", R"(gh[ousr]_[A-Za-z0-9]{36,})"},
    {"secrets/gitlab-pat", "GitLab Personal Access Token", "glpat-", R"(glpat-[A-Za-z0-9_-]{20,})"},
    {"secrets/aws-access-key", "AWS Access Key", "A", R"((?:AKIA|ASIA)[A-Z0-9]{16})"},
    {"secrets/slack-token", "Slack Token", "xox", R"(xox[abprs]-[A-Za-z0-9-]{10,})"},
    {"secrets/slack-webhook", "Slack Webhook URL", "hooks.slack.com/",
     R"(hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9_+/-]{20,})"},
    {"secrets/discord-webhook", "Discord Webhook URL", "/api/webhooks/",
     R"(discord(?:app)?\.com/api/webhooks/\d{5,}/[A-Za-z0-9_-]{20,})"},
    {"secrets/stripe-key", "Stripe API Key", "k_live_", R"([rs]k_live_[A-Za-z0-9]{16,})"},
    {"secrets/google-api-key", "Google API Key", "AIza", R"(AIza[A-Za-z0-9_-]{35})"},
    {"secrets/npm-token", "npm Access Token", "npm_", R"(npm_[A-Za-z0-9]{36})"},
    {"secrets/sendgrid-key", "SendGrid API Key", "SG.", R"(SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64})"},
    {"secrets/twilio-key", "Twilio API Key", "SK", R"(SK[0-9a-f]{32})"},
    {"secrets/digitalocean-token", "DigitalOcean Access Token", "dop_v1_", R"(dop_v1_[a-f0-9]{64})"},
    {"secrets/jwt", "JSON Web Token", "eyJ", R"(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})"},
    {"secrets/connection-url", "Connection URL with Password", "://",
     R"([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'`<>]*:([^\s/@"'`<>]+)@[A-Za-z0-9\[$])"},
});

// Short beginnings only: the automaton stays small, and a line that merely looks promising costs little.
constexpr std::string_view kCandidates =
    R"(sk-[A-Za-z0-9]|k_live_|gh[pousr]_|github_pat_|A(?:KIA|SIA)[A-Z0-9]|glpat-|xox[abprs]-|)"
    R"(hooks\.slack\.com/|/api/webhooks/|AIza|npm_[A-Za-z0-9])"
    R"(|SG\.[A-Za-z0-9]|SK[0-9a-f][0-9a-f]|-----BEGIN|eyJ[A-Za-z0-9]|dop_v1_|://[^\s/:@"'`<>]*:[^\s/@"'`<>]+@)";
constexpr std::string_view kKeys =
    R"((?i)pass(?:word|wd|phrase)|pwd|api[_-]?key|client[_-]?secret|secret(?:[_-]?(?:access[_-]?)?key)?|)"
    R"((?:access|auth|api|bearer)[_-]?token)";

Regex compiled(std::string_view pattern) {
  auto regex = Regex::compile(pattern);
  CC_ASSERT(regex);
  return std::move(*regex);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Which rule a name falls under; null for one in which the word is only a part of another ("cwdpwd", "nosecret").
const Rule* rule_of(std::string_view line, std::size_t begin, std::string_view word) {
  const bool alone =
      begin == 0 || !is_letter(line[begin - 1]) || (is_lower(line[begin - 1]) && !is_lower(word.front()));
  const char first = static_cast<char>(word.front() | 0x20);
  const char last = static_cast<char>(word.back() | 0x20);
  if (first == 'p') {
    if (word.size() > 3) return &kPassword;
    const bool known_owner =
        begin >= 2 && (line.substr(begin - 2, 2) == "db" || line.substr(begin - 2, 2) == "er");  // dbpwd, userpwd
    return alone || known_owner ? &kPassword : nullptr;
  }
  if (last == 'y') return first == 'a' ? &kApiKey : &kSecret;
  if (last == 'n') return &kToken;
  return alone || word.size() > 6 ? &kSecret : nullptr;
}

// Words and short values are likely for a password, but never for a key that a machine made.
bool machine_made(std::string_view value, std::size_t min_bytes) {
  return value.size() >= min_bytes && std::ranges::any_of(value, is_digit) && std::ranges::any_of(value, is_letter) &&
         value.find_first_of(" \t(){}<>") == std::string_view::npos;
}

bool overlaps(const Hits& hits, std::size_t begin, std::size_t end) {
  return std::ranges::any_of(hits, [&](const Hit& hit) { return hit.begin < end && begin < hit.end; });
}

// "sk-xxxxxxxx…", "AKIA…EXAMPLE": documentation.
bool is_sample(std::string_view token) {
  std::string small(token);
  for (char& c : small)
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  return small.find("example") != std::string::npos || small.find("xxxxxxxx") != std::string::npos ||
         small.find("your_") != std::string::npos || small.find("your-") != std::string::npos ||
         small.find("00000000000000") != std::string::npos;
}

bool is_real_url_password(std::string_view password) {
  constexpr std::array<std::string_view, 9> kSamples{"password", "pass", "passwd", "pwd", "secret",
                                                     "changeme", "xxx",  "token",  "port"};
  if (std::string_view("$%{<*[(#").find(password.front()) != std::string_view::npos) return false;
  if (password.find("${") != std::string_view::npos || password.find("****") != std::string_view::npos ||
      is_sample(password))
    return false;
  std::string small(password);
  for (char& c : small)
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  return std::ranges::find(kSamples, small) == kSamples.end();
}

}  // namespace

SecretRules::SecretRules() : candidate_(compiled(fmt::format("{}|(?:{})", kCandidates, kKeys))), key_(compiled(kKeys)) {
  for (const TokenSpec& spec : kTokenSpecs) {
    const bool own_group = spec.literal == "://";
    const std::string pattern =
        own_group ? std::string(spec.body) : fmt::format("(?:^|[^A-Za-z0-9])({})(?:[^A-Za-z0-9]|$)", spec.body);
    tokens_.push_back({{spec.id, spec.type, Category::kSecrets}, spec.literal, compiled(pattern)});
  }
}

void SecretRules::find_tokens(std::string_view line, std::size_t line_begin, Hits& hits) const {
  for (const Token& token : tokens_) {
    std::size_t from = line.find(token.literal);
    if (from == std::string_view::npos) continue;
    from = 0;
    while (const auto match = token.pattern.search(line, from)) {
      const std::string_view secret = (*match)[1];
      const auto begin = static_cast<std::size_t>(secret.data() - line.data());
      from = begin + secret.size();
      const bool url = token.literal == "://";
      if (url ? !is_real_url_password(secret) : is_sample(secret)) continue;
      if (overlaps(hits, line_begin + begin, line_begin + from)) continue;
      hits.push_back({&token.rule, line_begin + begin, line_begin + from, Confidence::kHigh});
    }
  }
}

void SecretRules::find_assignments(const Source& source, std::string_view line, std::size_t line_begin,
                                   Hits& hits) const {
  std::size_t from = 0;
  while (const auto match = key_.search(line, from)) {
    const std::string_view word = (*match)[0];
    const auto begin = static_cast<std::size_t>(word.data() - line.data());
    from = begin + word.size();
    const Rule* rule = rule_of(line, begin, word);
    if (rule == nullptr) continue;
    const auto assignment = parse_assignment(line, begin, from, source.language);
    if (!assignment) continue;
    const std::string_view value = line.substr(assignment->begin, assignment->end - assignment->begin);
    if (!is_plausible_secret(*assignment, value)) continue;
    const bool bare_word = word.size() == 6 && rule == &kSecret;  // "secret" alone names many things
    if ((bare_word && !machine_made(value, 8)) || (rule == &kToken && !machine_made(value, 16))) continue;
    if (overlaps(hits, line_begin + assignment->begin, line_begin + assignment->end)) continue;
    const Confidence confidence = machine_made(value, 12) ? Confidence::kHigh : Confidence::kMedium;
    hits.push_back({rule, line_begin + assignment->begin, line_begin + assignment->end, confidence});
    from = std::max(from, assignment->end);
  }
}

// A header alone is somebody's parser; a key has a body, on the same line ("\n" spelt out) or on the next ones.
void SecretRules::find_private_key(const Source& source, std::size_t line, Hits& hits) const {
  const std::string_view header = source.line_text(line);
  const std::size_t begin = header.find("-----BEGIN ");
  const std::size_t header_end = header.find("PRIVATE KEY", begin == std::string_view::npos ? 0 : begin);
  if (begin == std::string_view::npos || header_end == std::string_view::npos || header_end - begin > 40) return;
  const auto body_length = [](std::string_view text) {
    std::size_t longest = 0;
    std::size_t run = 0;
    for (const char c : text) {
      run = is_letter(c) || is_digit(c) || c == '+' || c == '/' || c == '=' ? run + 1 : 0;
      longest = std::max(longest, run);
    }
    return longest;
  };
  const std::size_t begin_offset = source.line_begin(line) + begin;
  const std::size_t last = source.line_of(source.text.size());
  bool body = body_length(header.substr(header_end)) >= kMinKeyBody_bytes;
  for (std::size_t next = line + 1; !body && next <= std::min(last, line + kMaxKeyLines); ++next) {
    body = body_length(source.line_text(next)) >= kMinKeyBody_bytes;
  }
  if (!body) return;
  std::size_t end = source.line_begin(line) + header.size();
  const std::size_t same_line_end = header.find("-----END ", header_end);
  for (std::size_t next = line + 1;
       same_line_end == std::string_view::npos && next <= std::min(last, line + kMaxPrivateKeyLines); ++next) {
    const std::string_view text = source.line_text(next);
    if (text.find("-----END ") == std::string_view::npos) continue;
    end = source.line_begin(next) + text.size();
    break;
  }
  hits.push_back({&kPrivateKey, begin_offset, end, Confidence::kHigh});
}

void SecretRules::find(const Source& source, Hits& hits) const {
  std::size_t from = 0;
  while (const auto match = candidate_.search(source.text, from)) {
    const std::size_t line = source.line_of(static_cast<std::size_t>((*match)[0].data() - source.text.data()));
    const std::string_view text = source.line_text(line);
    const std::size_t begin = source.line_begin(line);
    Hits found;
    find_private_key(source, line, found);
    find_tokens(text, begin, found);
    if (!source.generated) find_assignments(source, text, begin, found);
    std::ranges::sort(found, {}, &Hit::begin);
    hits.insert(hits.end(), found.begin(), found.end());
    from = begin + text.size() + 1;
    if (!found.empty() && found.back().end > from) from = found.back().end;  // past the body of a key
  }
}

}  // namespace commandcenter::security_scanner
