// HTML that is put into a page without escaping.
#pragma once

#include "agent/builtin/security_scanner/lexer.h"
#include "agent/builtin/security_scanner/rule.h"
#include "base/regex.h"

namespace commandcenter::security_scanner {

class XssRules {
 public:
  XssRules();

  bool may_match(const Source& source) const;
  void find(const Source& source, const Lexed& lexed, Hits& hits) const;

 private:
  Regex sink_;
  Regex sanitized_;
  Regex php_escaped_;
};

}  // namespace commandcenter::security_scanner
