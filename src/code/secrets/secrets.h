// Secrets in a text: tokens of known shape, and values that the classifier takes for secrets.
//
// A SecretRules is made once and shared; a find() is pure, its time is linear in the text, and equal lines give equal
// findings wherever they stand.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "code/match/match.h"
#include "code/rules/rules.h"
#include "code/secrets/candidate.h"
#include "code/source/source.h"

namespace commandcenter::code {

struct Secret {
  std::string_view rule;  // id, such as "github-pat" or "generic-password"
  std::string_view name;  // for people
  Severity severity = Severity::kHigh;
  Confidence confidence = Confidence::kMedium;
  std::size_t begin = 0;  // exactly what has to be masked
  std::size_t end = 0;
};

struct GenericRule {
  std::string_view id;
  Severity severity;
  std::string_view name;
};
std::span<const GenericRule> generic_rules();

// A candidate, and the log odds above which it is a secret.
struct Weighed {
  Candidate candidate;
  double bar = 0;
  const ProviderRule* provider = nullptr;  // whose shape it has
};

class SecretRules {
 public:
  SecretRules();
  ~SecretRules();
  SecretRules(const SecretRules&) = delete;
  SecretRules& operator=(const SecretRules&) = delete;

  // `matches` are those of the database for this text. The result is ordered by begin and does not overlap.
  std::vector<Secret> find(const Source& source, std::span<const Match> matches) const;

  // What the classifier is asked about; for its training.
  std::vector<Weighed> candidates(const Source& source, std::span<const Match> matches) const;

 private:
  using ProviderWords = std::vector<std::pair<std::uint32_t, std::uint16_t>>;  // offset behind the word, rule
  struct Tables;
  struct Read;

  Read read(const Source& source, std::span<const Match> matches) const;
  Weighed weigh(const Source& source, const Candidate& candidate, const ProviderWords& words) const;

  std::unique_ptr<Tables> tables_;
};

// How many characters of a secret may be shown, at its beginning and its end.
struct Shown {
  std::size_t first = 0;
  std::size_t last = 0;
};
Shown shown_of(std::string_view secret);
std::string masked(std::string_view secret);  // "ghp_…9x" with **** between

}  // namespace commandcenter::code
