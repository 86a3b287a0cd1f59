// For the training (tools/train-secrets): reads JSON lines {"id", "path", "text"}, writes for each candidate of each
// text one line of JSON: id, line, columns of the value, features, and whether it is found by shape alone.
#include <iostream>
#include <string>

#include "base/json.h"
#include "code/match/match.h"
#include "code/rules/rules.h"
#include "code/secrets/features.h"
#include "code/secrets/secrets.h"

namespace {

using commandcenter::Json;
using namespace commandcenter::code;

void write(const Json& id, const Source& source, std::size_t begin, std::size_t end, const Candidate* candidate,
           std::string_view rule) {
  const std::size_t line = source.line_of(begin);
  Json out = {{"id", id},
              {"line", line},
              {"endLine", source.line_of(end > begin ? end - 1 : end)},
              {"begin", begin - source.line_begin(line)},
              {"end", end - source.line_begin(line)},
              {"value", to_utf8(source.text().substr(begin, std::min<std::size_t>(end - begin, 80)))}};
  if (!rule.empty()) out["rule"] = rule;
  if (candidate != nullptr) {
    out["name"] = to_utf8(name_of(source, *candidate));
    Json features = Json::array();
    for (const float feature : features_of(source, *candidate))
      features.push_back(feature);
    out["features"] = std::move(features);
  }
  std::cout << commandcenter::dump_json(out) << "\n";
}

}  // namespace

int main(int argc, char**) {
  if (argc > 1) {
    for (std::size_t i = 0; i < kFeatures; ++i)
      std::cout << feature_name(i) << "\n";
    return 0;
  }
  auto database = Database::load(pattern_images());
  if (!database) return 1;
  auto matcher = Matcher::make(*database);
  if (!matcher) return 1;
  const SecretRules rules;
  std::string row;
  std::vector<Match> matches;
  while (std::getline(std::cin, row)) {
    const auto record = commandcenter::parse_json(row);
    if (!record) continue;
    const std::string path = commandcenter::string_member(*record, "path");
    const std::string text = commandcenter::string_member(*record, "text");
    const Source source(path, text);
    matcher->find(text, matches);
    const Json& id = (*record)["id"];
    const auto candidates = rules.candidates(source, matches);
    for (const Secret& secret : rules.find(source, matches)) {
      const bool judged = std::ranges::any_of(candidates, [&](const Candidate& c) { return c.begin == secret.begin; });
      if (!judged) write(id, source, secret.begin, secret.end, nullptr, secret.rule);
    }
    for (const Candidate& candidate : candidates)
      write(id, source, candidate.begin, candidate.end, &candidate, {});
  }
  return 0;
}
