// SQL statements that are put together from pieces and run nearby.
#pragma once

#include "agent/builtin/security_scanner/lexer.h"
#include "agent/builtin/security_scanner/rule.h"
#include "base/regex.h"

namespace commandcenter::security_scanner {

class SqlRules {
 public:
  SqlRules();

  // False when the text cannot hold a match, which saves the caller the lexer.
  bool may_match(const Source& source) const;
  void find(const Source& source, const Lexed& lexed, Hits& hits) const;

 private:
  Regex statement_;
  Regex clause_;
  Regex call_;
  Regex nearby_;
};

}  // namespace commandcenter::security_scanner
