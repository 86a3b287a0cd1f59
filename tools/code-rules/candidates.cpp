// For the training (tools/train-secrets): reads JSON lines {"id", "path", "text"}, writes for each candidate of each
// text one line of JSON: id, line, columns of the value, features and the log odds that they must exceed; or the rule
// when it is found by shape alone. "find": what is reported in the end. "names": what the features are called.
#include <iostream>
#include <string>
#include <string_view>

#include "base/json.h"
#include "code/match/match.h"
#include "code/rules/rules.h"
#include "code/secrets/features.h"
#include "code/secrets/secrets.h"

namespace {

using commandcenter::Json;
using namespace commandcenter::code;

void write(const Json& id, const Source& source, std::size_t begin, std::size_t end, const Weighed* weighed,
           std::string_view rule) {
  const std::size_t line = source.line_of(begin);
  Json out = {{"id", id},
              {"line", line},
              {"endLine", source.line_of(end > begin ? end - 1 : end)},
              {"begin", begin - source.line_begin(line)},
              {"end", end - source.line_begin(line)},
              {"value", to_utf8(source.text().substr(begin, std::min<std::size_t>(end - begin, 80)))}};
  if (!rule.empty()) out["rule"] = rule;
  if (weighed != nullptr) {
    out["bar"] = weighed->bar;
    out["name"] = to_utf8(name_of(source, weighed->candidate));
    Json features = Json::array();
    for (const float feature : features_of(source, weighed->candidate))
      features.push_back(feature);
    out["features"] = std::move(features);
  }
  std::cout << commandcenter::dump_json(out) << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "names") {
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
    if (mode == "find") {
      for (const Secret& secret : rules.find(source, matches))
        write(id, source, secret.begin, secret.end, nullptr, secret.rule);
      continue;
    }
    const auto candidates = rules.candidates(source, matches);
    for (const Secret& secret : rules.find(source, matches)) {
      const bool judged =
          std::ranges::any_of(candidates, [&](const Weighed& w) { return w.candidate.begin == secret.begin; });
      if (!judged) write(id, source, secret.begin, secret.end, nullptr, secret.rule);
    }
    for (const Weighed& weighed : candidates)
      write(id, source, weighed.candidate.begin, weighed.candidate.end, &weighed, {});
  }
  return 0;
}
