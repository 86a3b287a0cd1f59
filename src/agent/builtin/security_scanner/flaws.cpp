// From hits to spots.
#include "agent/builtin/security_scanner/flaws.h"

#include <algorithm>
#include <array>
#include <memory>

#include "agent/builtin/security_scanner/lexer.h"
#include "agent/builtin/security_scanner/sql.h"
#include "agent/builtin/security_scanner/xss.h"
#include "code/rules/rules.h"

namespace commandcenter::security_scanner {
namespace {

struct FlawRules {
  SqlRules sql;
  XssRules xss;
  std::vector<std::array<bool, 2>> speaks_of;  // by pattern: SQL, XSS

  FlawRules() {
    for (const code::Pattern& pattern : code::all_patterns()) {
      std::array<bool, 2> kinds{};
      for (const code::PatternTarget& target : pattern.targets) {
        if (target.owner == code::PatternOwner::kFlawWord)
          kinds[static_cast<std::size_t>(code::flaw_words()[target.index].kind)] = true;
      }
      speaks_of.push_back(kinds);
    }
  }

  bool may_hold(std::span<const code::Match> matches, code::FlawKind kind) const {
    return std::ranges::any_of(
        matches, [&](const code::Match& match) { return speaks_of[match.pattern][static_cast<std::size_t>(kind)]; });
  }
};

code::Spot spot_of(const Hit& hit) {
  const bool sql = hit.rule->category == Category::kSql;
  code::Spot spot;
  spot.rule = hit.rule->id;
  spot.type = hit.rule->type;
  spot.category = sql ? "sql-injection" : "xss";
  spot.cwe = sql ? "CWE-89" : "CWE-79";
  spot.severity = sql ? Severity::kHigh : Severity::kMedium;
  spot.confidence = hit.confidence;
  spot.begin = hit.begin;
  spot.end = hit.end;
  spot.description = sql ? "Potential SQL injection vulnerability - string concatenation in query"
                         : "Potential XSS vulnerability - unsafe HTML rendering";
  return spot;
}

}  // namespace

code::Analyzer flaws(bool sql, bool xss) {
  return [rules = std::make_shared<const FlawRules>(), sql, xss](
             const Source& source, std::span<const code::Match> matches, std::vector<code::Spot>& spots) {
    if (source.traits().lock || source.traits().minified) return;
    const bool look_for_sql = sql && rules->may_hold(matches, code::FlawKind::kSql) && rules->sql.may_match(source);
    const bool look_for_xss = xss && rules->may_hold(matches, code::FlawKind::kXss) && rules->xss.may_match(source);
    if (!look_for_sql && !look_for_xss) return;
    const Lexed lexed = lex(source.text(), source.language());
    Hits hits;
    if (look_for_sql) rules->sql.find(source, lexed, hits);
    if (look_for_xss) rules->xss.find(source, lexed, hits);
    for (const Hit& hit : hits)
      spots.push_back(spot_of(hit));
  };
}

}  // namespace commandcenter::security_scanner
