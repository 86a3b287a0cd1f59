// From hits to trees, from trees to flaws, from flaws to spots.
#include "agent/builtin/security_scanner/flaws.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include "agent/builtin/security_scanner/loose_sql.h"
#include "agent/builtin/security_scanner/neighbours.h"
#include "agent/builtin/security_scanner/pages.h"
#include "code/dataflow/dataflow.h"
#include "code/dataflow/lower.h"
#include "code/rules/rules.h"
#include "code/syntax/syntax.h"

namespace commandcenter::security_scanner {
namespace {

using code::FlawKind;
using code::Source;
namespace dataflow = code::dataflow;

constexpr std::size_t kMaxWay_steps = 20;

class FlawRules {
 public:
  explicit FlawRules(std::vector<std::string> wanted) : wanted_(wanted.begin(), wanted.end()) {
    for (const code::Pattern& pattern : code::all_patterns()) {
      std::array<bool, code::kFlawKinds> kinds{};
      for (const code::PatternTarget& target : pattern.targets) {
        if (target.owner == code::PatternOwner::kFlawWord)
          kinds[static_cast<std::size_t>(code::flaw_words()[target.index].kind)] = true;
      }
      speaks_of_.push_back(kinds);
    }
  }

  bool may_hold(std::span<const code::Match> matches) const {
    std::array<bool, code::kFlawKinds> seen{};
    for (const code::Match& match : matches) {
      for (std::size_t i = 0; i < code::kFlawKinds; ++i)
        seen[i] = seen[i] || speaks_of_[match.pattern][i];
    }
    const auto has = [&](FlawKind kind) { return seen[static_cast<std::size_t>(kind)]; };
    return has(FlawKind::kUnsafe) || (has(FlawKind::kSource) && has(FlawKind::kSink)) ||
           (has(FlawKind::kStatement) && has(FlawKind::kStatementCall));
  }

  bool wants(const dataflow::Rule& rule) const { return wanted_.contains(rule.category); }

 private:
  std::set<std::string, std::less<>> wanted_;
  std::vector<std::array<bool, code::kFlawKinds>> speaks_of_;  // by pattern
};

// Statements are told apart by how they were put together.
const dataflow::Rule& rule_of(const dataflow::Flaw& flaw) {
  const char* id = flaw.rule->category != "sql-injection"          ? nullptr
                   : flaw.build == dataflow::Build::kInterpolation ? "sql/interpolation"
                   : flaw.build == dataflow::Build::kFormatting    ? "sql/formatting"
                                                                   : "sql/concatenation";
  return id == nullptr ? *flaw.rule : *dataflow::rule_named(id);
}

code::Spot spot_of(const Source& source, const dataflow::Flaw& flaw) {
  const dataflow::Rule& rule = rule_of(flaw);
  code::Spot spot;
  spot.rule = rule.id;
  spot.type = rule.name;
  spot.category = rule.category;
  spot.cwe = rule.cwe;
  spot.severity = rule.severity;
  spot.confidence = flaw.confidence;
  spot.begin = flaw.begin;
  spot.end = flaw.end;
  spot.description = rule.message;
  const std::string file = code::to_utf8(source.path());
  for (const dataflow::Place& place : flaw.way) {
    if (spot.flow.size() >= kMaxWay_steps) break;
    spot.flow.push_back({file, source.line_of(place.offset), code::to_utf8(place.message)});
  }
  return spot;
}

// A whole file of a language, or the scripts of a page.
std::vector<dataflow::Flaw> flaws_of(const Source& source, code::Grammar grammar, const Neighbours& neighbours) {
  std::vector<std::shared_ptr<const Neighbour>> used;  // whose texts the module refers to
  dataflow::Module module;
  module.path = source.path();
  module.text = source.text();
  if (grammar == code::Grammar::kHtml) {
    module.grammar = code::Grammar::kJavaScript;
    for (const auto& [begin, end] : scripts_of(source.text())) {
      if (const auto tree = code::Tree::parse(source.text(), module.grammar, {.begin = begin, .end = end}))
        dataflow::lower(*tree, module);
    }
  } else {
    module.grammar = grammar;
    const auto tree = code::Tree::parse(source.text(), grammar);
    if (!tree) return {};
    used = neighbours.of(source, grammar);
    for (const auto& other : used)
      dataflow::lower_foreign(*other->tree, other->name, module);
    dataflow::lower(*tree, module);
  }
  return dataflow::find_flaws(module);
}

}  // namespace

std::vector<std::string> families() {
  std::vector<std::string> names;
  for (const dataflow::Rule& rule : dataflow::rules()) {
    if (rule.category != "internal" && std::ranges::find(names, rule.category) == names.end())
      names.push_back(rule.category);
  }
  return names;
}

code::Analyzer flaws(std::vector<std::string> wanted, std::string root) {
  return [rules = std::make_shared<const FlawRules>(std::move(wanted)),
          neighbours = std::make_shared<const Neighbours>(std::move(root))](
             const Source& source, std::span<const code::Match> matches, std::vector<code::Spot>& spots) {
    if (source.traits().lock || source.traits().minified || !rules->may_hold(matches)) return;
    std::vector<dataflow::Flaw> found = page_flaws(source);
    std::ranges::move(loose_sql_flaws(source), std::back_inserter(found));
    const auto grammar = code::grammar_of(source);
    if (grammar && (dataflow::can_lower(*grammar) || *grammar == code::Grammar::kHtml))
      std::ranges::move(flaws_of(source, *grammar, *neighbours), std::back_inserter(found));
    for (const dataflow::Flaw& flaw : found) {
      if (rules->wants(*flaw.rule)) spots.push_back(spot_of(source, flaw));
    }
  };
}

}  // namespace commandcenter::security_scanner
