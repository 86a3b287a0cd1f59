// The way of a text: matches to tokens and candidates, candidates to secrets.
#include "code/secrets/secrets.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "code/secrets/anchors.h"
#include "code/secrets/checks.h"
#include "code/secrets/chosen.h"
#include "code/secrets/cluster.h"
#include "code/secrets/columns.h"
#include "code/secrets/decode.h"
#include "code/secrets/devices.h"
#include "code/secrets/features.h"
#include "code/secrets/model.h"
#include "code/secrets/names.h"
#include "code/secrets/password_files.h"
#include "code/secrets/providers.h"
#include "code/secrets/sieve.h"
#include "code/secrets/value.h"

namespace commandcenter::code {
namespace {

constexpr double kReported = 0.0;  // log odds from which on a candidate is a secret
constexpr double kSure = 2.5;      // … and from which on there is hardly a doubt
constexpr double kAlways = -1e9;   // whatever the trees say
constexpr double kNever = 1e9;
constexpr double kReportedProvider = -2.5;  // when its shape fits the provider that is named with it
constexpr std::size_t kNamedWithin_bytes = 120;
constexpr std::size_t kMinTelling_bytes = 24;      // a longer text may hold a word such as "secret" and be one
constexpr std::size_t kPartnerWithin_bytes = 300;  // from an id to its secret

constexpr auto kGenericRules = std::to_array<GenericRule>({
    {"generic-password", Severity::kCritical, "Hardcoded Password"},
    {"generic-secret", Severity::kCritical, "Hardcoded Secret"},
    {"generic-token", Severity::kHigh, "Hardcoded Token"},
    {"generic-key", Severity::kHigh, "Hardcoded Key"},
    {"generic-auth", Severity::kHigh, "Hardcoded Credential"},
    {"generic-credential", Severity::kHigh, "Hardcoded Credential"},
    {"generic-api-key", Severity::kCritical, "Hardcoded API Key"},
    {"generic-salt", Severity::kLow, "Hardcoded Salt"},
    {"generic-nonce", Severity::kLow, "Hardcoded Nonce"},
    {"generic-other", Severity::kMedium, "Hardcoded Secret"},
    {"url-credentials", Severity::kCritical, "Credentials in a URL"},
    {"bearer-token", Severity::kHigh, "Bearer Token"},
    {"basic-authorization", Severity::kHigh, "Basic Authorization"},
    {"json-web-token", Severity::kHigh, "JSON Web Token"},
    {"uuid", Severity::kLow, "Identifier Used as a Credential"},
    {"command-password", Severity::kCritical, "Password in a Command"},
    {"sql-password", Severity::kCritical, "Password in SQL"},
    {"private-key", Severity::kCritical, "Private Key"},
    {"json-web-key", Severity::kCritical, "JSON Web Key"},
});
constexpr std::size_t kFormRules = 10;  // where those without a name begin
constexpr std::size_t kPrivateKeyRule = 17;
constexpr std::size_t kWebKeyRule = 18;

std::size_t rule_of(const Candidate& candidate) {
  switch (candidate.form) {
    case Form::kAssigned:
      break;
    case Form::kUrl:
      return kFormRules;
    case Form::kBearer:
      return kFormRules + 1;
    case Form::kBasic:
      return kFormRules + 2;
    case Form::kJwt:
      return kFormRules + 3;
    case Form::kUuid:
      return kFormRules + 4;
    case Form::kCommand:
      return kFormRules + 5;
    case Form::kSql:
      return kFormRules + 6;
  }
  const auto has = [&](KeyKind kind) { return ((candidate.kinds >> static_cast<unsigned>(kind)) & 1U) != 0; };
  if (has(KeyKind::kApi) && has(KeyKind::kKey)) return static_cast<std::size_t>(KeyKind::kApi);
  for (const KeyKind kind : {KeyKind::kPassword, KeyKind::kSalt, KeyKind::kNonce, KeyKind::kSecret, KeyKind::kToken,
                             KeyKind::kCredential, KeyKind::kKey, KeyKind::kAuth, KeyKind::kApi}) {
    if (has(kind)) return static_cast<std::size_t>(kind);
  }
  return static_cast<std::size_t>(KeyKind::kOther);
}

}  // namespace

struct SecretRules::Tables {
  std::span<const Pattern> patterns = all_patterns();
  ProviderPatterns providers;
};

namespace {

constexpr std::size_t kMaxUuids = 500;  // a file with more holds rows, not credentials

using ProviderWords = std::vector<std::pair<std::uint32_t, std::uint16_t>>;  // offset behind the word, rule

struct Found {
  std::vector<Secret> tokens;         // beyond doubt by their shape
  std::vector<Secret> examples;       // of their shape, but made up: no name makes secrets of them
  std::vector<Candidate> candidates;  // by begin
  ProviderWords provider_words;
};

class Finder {
 public:
  Finder(std::span<const Pattern> patterns, const ProviderPatterns& providers, const Source& source)
      : patterns_(patterns), providers_(providers), source_(source) {}

  Found run(std::span<const Match> matches) {
    for (const Match& match : matches) {
      for (const PatternTarget& target : patterns_[match.pattern].targets) {
        switch (target.owner) {
          case PatternOwner::kProvider:
            at_provider(match, target.index);
            break;
          case PatternOwner::kKeyWord:
            at_name(match);
            break;
          case PatternOwner::kAnchor:
            at_anchor(match, target.index);
            break;
          case PatternOwner::kFlawWord:
            break;
        }
      }
    }
    for (const Candidate& candidate : passwords_of_file(source_))
      found_.candidates.push_back(candidate);
    if (const auto uuids = find_uuids(source_.text()); uuids.size() <= kMaxUuids) {
      for (const std::size_t at : uuids)
        at_uuid(at);
    }
    std::ranges::stable_sort(found_.candidates, {}, &Candidate::begin);
    return std::move(found_);
  }

 private:
  void at_provider(const Match& match, std::size_t index) {
    const ProviderRule& rule = provider_rules()[index];
    if (rule.trigger == Trigger::kWord) {
      found_.provider_words.emplace_back(match.end, static_cast<std::uint16_t>(index));
      return;
    }
    const auto span = providers_.token_at(index, source_.text(), match.end);
    if (!span) {
      if (const auto first = providers_.token_across(index, source_.text(), match.end))
        add_token(rule, first->first, first->second);
      return;
    }
    const Verdict verdict = check_token(rule.check, source_.text().substr(span->first, span->second - span->first));
    if (verdict == Verdict::kNo) {
      if (rule.check != Check::kRandom)
        found_.examples.push_back({rule.id, rule.name, rule.severity, Confidence::kLow, span->first, span->second});
      return;
    }
    found_.tokens.push_back(
        {rule.id, rule.name, rule.severity,
         verdict == Verdict::kSure || rule.check != Check::kGithub ? Confidence::kHigh : Confidence::kMedium,
         span->first, span->second});
  }

  void at_name(const Match& match) {
    if (match.end <= name_end_) return;  // another word of the same name
    const std::size_t begin = match.end - patterns_[match.pattern].text.size();
    Candidate candidate;
    const bool has_value = find_assigned(source_, begin, match.end, candidate);
    name_end_ = std::max<std::size_t>(candidate.name_end, match.end);
    at_many(candidate.name_begin, candidate.name_end);
    if (!is_code(source_.language()) && at_device(candidate)) return;
    if (!has_value) return;
    read_name(source_.text(), candidate);
    if (candidate.kinds != 0) found_.candidates.push_back(candidate);
  }

  // What is given to a name of many, and to the column below it.
  void at_many(std::size_t begin, std::size_t end) {
    for (Candidate& candidate : members_of(source_, begin, end, unclosed_end_))
      add_member(candidate);
    for (Candidate& candidate : rows_of_test(source_, begin, end))
      add_member(candidate);
    for (Candidate& candidate : column_of(source_, begin, end, rows_))
      add_member(candidate);
  }

  void add_member(Candidate& candidate) {
    if (candidate.kinds == 0) read_name(source_.text(), candidate);
    if (candidate.kinds == 0) return;
    candidate.word_end = candidate.name_end;  // "passwords"
    found_.candidates.push_back(candidate);
  }

  bool at_device(const Candidate& name) {
    if (const auto kept = kept_by_device(source_.text(), name.name_end)) {
      const GenericRule& rule = kGenericRules[static_cast<std::size_t>(KeyKind::kPassword)];
      found_.tokens.push_back({rule.id, rule.name, rule.severity, Confidence::kHigh, kept->first, kept->second});
      return true;
    }
    const auto typed = typed_into_device(source_.text(), name.name_begin, name.name_end);
    if (typed) found_.candidates.push_back(*typed);
    return typed.has_value();
  }

  void at_anchor(const Match& match, std::size_t index) {
    const Anchor anchor = anchor_words()[index].anchor;
    if (anchor == Anchor::kPem || anchor == Anchor::kJwk) {
      const bool pem = anchor == Anchor::kPem;
      if (const auto key =
              pem ? find_private_key(source_.text(), match.end) : find_web_key(source_.text(), match.end)) {
        const GenericRule& rule = kGenericRules[pem ? kPrivateKeyRule : kWebKeyRule];
        found_.tokens.push_back({rule.id, rule.name, rule.severity, Confidence::kHigh, key->first, key->second});
      }
      return;
    }
    if (anchor == Anchor::kUsers) {
      std::size_t begin = match.end - anchor_words()[index].text.size();
      std::size_t end = match.end;
      widen_to_name(source_.text(), begin, end);
      if (end == match.end) at_many(begin, end);
      return;
    }
    if (anchor == Anchor::kCluster) {
      const std::string_view behind = source_.text().substr(match.end);
      const bool other = !behind.empty() && std::strchr(" \r\n", behind.front()) == nullptr;  // SecretStore
      if (other || match.end <= document_end_) return;                                        // its values are known
      document_end_ = match.end + std::min(behind.find("\n---"), behind.size());
    }
    if (anchor == Anchor::kCluster || anchor == Anchor::kDecoded) {
      for (const Encoded& value : anchor == Anchor::kCluster ? values_of_secret(source_.text(), match.end)
                                                             : value_of_call(source_.text(), match.end))
        at_encoded(value);
      return;
    }
    auto candidate = find_anchored(source_, anchor, match.end);
    if (!candidate) return;
    if (anchor == Anchor::kBot || anchor == Anchor::kBotHeader) return at_bot(*candidate);
    if (candidate->form == Form::kAssigned) read_name(source_.text(), *candidate);
    if (candidate->kinds != 0) found_.candidates.push_back(*candidate);
  }

  void add_token(const ProviderRule& rule, std::size_t begin, std::size_t end) {
    found_.tokens.push_back({rule.id, rule.name, rule.severity, Confidence::kHigh, begin, end});
  }

  // A value, by what it says once it is decoded.
  void at_encoded(const Encoded& value) {
    constexpr std::size_t kSecretRule = 1;
    if (const ProviderRule* rule = providers_.token_in(value.says)) return add_token(*rule, value.begin, value.end);
    const Says says = what_it_says(value.says);
    if (says == Says::kNothing) return;
    const GenericRule& rule = kGenericRules[says == Says::kPrivateKey ? kPrivateKeyRule
                                            : says == Says::kUrl      ? kFormRules
                                                                      : kSecretRule];
    found_.tokens.push_back({rule.id, rule.name, rule.severity, Confidence::kHigh, value.begin, value.end});
  }

  // A bot's token is known by its shape alone when the number in it can be read.
  void at_bot(const Candidate& candidate) {
    const auto rules = provider_rules();
    const auto rule = std::ranges::find(rules, "discord-bot-token", &ProviderRule::id);
    const std::string_view value = value_of(source_, candidate);
    if (!providers_.is_token(static_cast<std::size_t>(rule - rules.begin()), value)) return;
    if (check_token(rule->check, value) != Verdict::kSure) return;
    add_token(*rule, candidate.begin, candidate.end);
  }

  void at_uuid(std::size_t at) {
    Candidate candidate;
    candidate.form = Form::kUuid;
    candidate.begin = at;
    candidate.end = at + 36;
    find_name_before(source_.text(), candidate);
    const std::size_t word = candidate.word_end;
    read_name(source_.text(), candidate);
    if (candidate.kinds == 0) candidate.word_begin = candidate.word_end = word;
    found_.candidates.push_back(candidate);
  }

  std::span<const Pattern> patterns_;
  const ProviderPatterns& providers_;
  const Source& source_;
  Found found_;
  std::size_t name_end_ = 0;
  std::size_t document_end_ = 0;  // of YAML
  std::size_t unclosed_end_ = 0;
  Rows rows_;
};

bool overlaps(const std::vector<Secret>& secrets, std::size_t begin, std::size_t end) {
  return std::ranges::any_of(secrets, [&](const Secret& secret) { return secret.begin < end && begin < secret.end; });
}

// By begin, none within another.
std::vector<Secret> disjoint(std::vector<Secret> secrets) {
  std::ranges::sort(secrets, [](const Secret& a, const Secret& b) {
    return std::tuple(a.begin, b.end, a.rule) < std::tuple(b.begin, a.end, b.rule);
  });
  std::size_t end = 0;
  std::erase_if(secrets, [&](const Secret& secret) {
    if (secret.begin < end) return true;
    end = secret.end;
    return false;
  });
  return secrets;
}

// The same of a list that is disjoint.
bool one_overlaps(const std::vector<Secret>& secrets, std::size_t begin, std::size_t end) {
  const auto after = std::ranges::lower_bound(secrets, end, {}, &Secret::begin);
  return after != secrets.begin() && std::prev(after)->end > begin;
}

// Forty hexadecimal digits near an id of AWS are a commit.
bool is_commit(const ProviderRule& rule, std::string_view value) {
  return rule.id == "aws-secret-key" && is_hex(value);
}

// An id that comes with a secret: what fits the secret's pattern near it needs no name.
struct Pair {
  std::string_view id;
  std::string_view secret;
  std::size_t size_bytes;
};
constexpr auto kPairs = std::to_array<Pair>({{"aws-access-key-id", "aws-secret-key", 40},
                                             {"aws-temporary-key-id", "aws-secret-key", 40},
                                             {"twilio-account-sid", "twilio-auth-token", 32},
                                             {"alibaba-access-key-id", "alibaba-secret-key", 30}});

void add_partners(const ProviderPatterns& providers, std::string_view text, std::vector<Secret>& secrets) {
  const auto rules = provider_rules();
  const std::size_t count = secrets.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto pair = std::ranges::find(kPairs, secrets[i].rule, &Pair::id);
    if (pair == kPairs.end()) continue;
    const auto rule = std::ranges::find(rules, pair->secret, &ProviderRule::id);
    const std::size_t stop = std::min(text.size(), secrets[i].end + kPartnerWithin_bytes);
    const auto in_token = [&](char c) { return is_word(c) || c == '/' || c == '+'; };
    for (std::size_t at = secrets[i].end; at < stop;) {
      std::size_t end = at;
      while (end < text.size() && in_token(text[end]) && end - at <= pair->size_bytes)
        ++end;
      const std::string_view value = text.substr(at, end - at);
      if (value.size() == pair->size_bytes && !overlaps(secrets, at, end) && is_random(value) &&
          !is_commit(*rule, value) && providers.is_token(static_cast<std::size_t>(rule - rules.begin()), value)) {
        secrets.push_back({rule->id, rule->name, rule->severity, Confidence::kMedium, at, end});
        break;
      }
      at = std::max(end, at + 1);
      while (at < stop && value.size() > pair->size_bytes && in_token(text[at]))
        ++at;
    }
  }
}

}  // namespace

std::span<const GenericRule> generic_rules() {
  return kGenericRules;
}

SecretRules::SecretRules() : tables_(std::make_unique<Tables>()) {}
SecretRules::~SecretRules() = default;

struct SecretRules::Read {
  std::vector<Secret> tokens;
  std::vector<Weighed> candidates;
};

SecretRules::Read SecretRules::read(const Source& source, std::span<const Match> matches) const {
  Found found = Finder(tables_->patterns, tables_->providers, source).run(matches);
  Read read;
  read.tokens = disjoint(std::move(found.tokens));
  found.examples = disjoint(std::move(found.examples));
  drop_labels(source, found.candidates);
  std::erase_if(found.candidates, [&](const Candidate& c) {
    return is_hopeless(source, c) || one_overlaps(read.tokens, c.begin, c.end) ||
           one_overlaps(found.examples, c.begin, c.end);
  });
  drop_copies(found.candidates);
  for (const Candidate& candidate : found.candidates)
    read.candidates.push_back(weigh(source, candidate, found.provider_words));
  return read;
}

Weighed SecretRules::weigh(const Source& source, const Candidate& candidate, const ProviderWords& words) const {
  const std::string_view value = value_of(source, candidate);
  Weighed weighed{candidate, kReported, nullptr};
  if (candidate.form == Form::kJwt) {  // can be parsed: it is one, whatever its name
    weighed.bar = kAlways;
    return weighed;
  }
  if (const auto said = decoded(value)) {
    if (const ProviderRule* token = tables_->providers.token_in(*said)) return {candidate, kAlways, token};
    if (candidate.form == Form::kAssigned &&
        (is_placeholder(*said) || is_words(*said) || (said->size() < kMinTelling_bytes && has_filler_word(*said))))
      weighed.bar = kNever;
  }
  if (weighed.bar == kReported && candidate.kinds != 0) {
    const std::size_t floor = candidate.begin > kNamedWithin_bytes ? candidate.begin - kNamedWithin_bytes : 0;
    const auto near = std::ranges::lower_bound(words, floor, {}, [](const auto& word) { return word.first; });
    for (auto word = near; word != words.end() && word->first <= candidate.begin; ++word) {
      const std::uint16_t index = word->second;
      const ProviderRule& rule = provider_rules()[index];
      if (!tables_->providers.is_token(index, value) || check_token(rule.check, value) == Verdict::kNo ||
          is_commit(rule, value))
        continue;
      return {candidate, kReportedProvider, &rule};
    }
  }
  // behind a scheme, forty hexadecimal digits are no commit
  if (candidate.form == Form::kBearer && value.size() >= kMinTelling_bytes && is_hex(value) && is_random(value))
    weighed.bar = kAlways;
  if (weighed.bar == kReported && is_chosen(name_of(source, candidate), value, candidate, source.language()))
    weighed.bar = kAlways;
  const bool by_machine = source.traits().lock || source.traits().minified;  // only what cannot be mistaken
  if (by_machine && (candidate.form == Form::kAssigned || candidate.form == Form::kUuid)) weighed.bar = kNever;
  return weighed;
}

std::vector<Weighed> SecretRules::candidates(const Source& source, std::span<const Match> matches) const {
  return read(source, matches).candidates;
}

std::vector<Secret> SecretRules::find(const Source& source, std::span<const Match> matches) const {
  Read read = this->read(source, matches);
  std::vector<Secret> secrets = std::move(read.tokens);
  for (const auto& [candidate, bar, provider] : read.candidates) {
    if (bar == kNever) continue;
    const double score = tree_score(features_of(source, candidate));
    if (score <= bar) continue;
    const bool sure = score > kSure || (bar == kAlways && (provider != nullptr || candidate.form == Form::kJwt));
    const GenericRule& generic = kGenericRules[rule_of(candidate)];
    secrets.push_back({provider != nullptr ? provider->id : generic.id,
                       provider != nullptr ? provider->name : generic.name,
                       provider != nullptr ? provider->severity : generic.severity,
                       sure ? Confidence::kHigh : Confidence::kMedium, candidate.begin, candidate.end});
  }
  add_partners(tables_->providers, source.text(), secrets);
  std::ranges::sort(secrets, {}, &Secret::begin);
  return secrets;
}

Shown shown_of(std::string_view secret) {
  if (secret.size() >= 16) return {4, 2};
  if (secret.size() >= 8) return {2, 0};
  return {secret.size() >= 4 ? 1U : 0U, 0};
}

std::string masked(std::string_view secret) {
  const Shown shown = shown_of(secret);
  std::string out(cut_utf8(secret, shown.first));
  out += "****";
  if (shown.last > 0) {
    const std::string_view tail = secret.substr(secret.size() - shown.last);
    if (is_utf8(tail)) out += tail;
  }
  return out;
}

}  // namespace commandcenter::code
