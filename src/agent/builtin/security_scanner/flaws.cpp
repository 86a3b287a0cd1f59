// From hits to spots.
#include "agent/builtin/security_scanner/flaws.h"

#include <memory>

#include "agent/builtin/security_scanner/lexer.h"
#include "agent/builtin/security_scanner/sql.h"
#include "agent/builtin/security_scanner/xss.h"

namespace commandcenter::security_scanner {
namespace {

struct FlawRules {
  SqlRules sql;
  XssRules xss;
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
  return [rules = std::make_shared<const FlawRules>(), sql, xss](const Source& source, std::span<const code::Match>,
                                                                 std::vector<code::Spot>& spots) {
    if (source.traits().lock || source.traits().minified) return;
    const bool look_for_sql = sql && rules->sql.may_match(source);
    const bool look_for_xss = xss && rules->xss.may_match(source);
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
