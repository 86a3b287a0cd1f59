// For tests: the secrets of a text, found the way a scan finds them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "code/match/match.h"
#include "code/secrets/secrets.h"

namespace commandcenter::code {

struct Hit {
  std::string rule;
  std::string value;
  std::size_t line;
};

inline std::vector<Hit> secrets_in(std::string_view path, std::string_view text) {
  static const SecretRules rules;
  static const Database database = *Database::load(pattern_images());
  static Matcher matcher = *Matcher::make(database);
  std::vector<Match> matches;
  matcher.find(text, matches);
  const Source source(path, text);
  std::vector<Hit> hits;
  for (const Secret& secret : rules.find(source, matches)) {
    hits.push_back({std::string(secret.rule), std::string(text.substr(secret.begin, secret.end - secret.begin)),
                    source.line_of(secret.begin)});
  }
  return hits;
}

}  // namespace commandcenter::code
