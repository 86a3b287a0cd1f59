// Secrets in any text: tokens whose shape says whose they are, and values given to names such as "password".
#pragma once

#include <vector>

#include "agent/builtin/security_scanner/rule.h"
#include "agent/builtin/security_scanner/source.h"
#include "base/regex.h"

namespace commandcenter::security_scanner {

class SecretRules {
 public:
  SecretRules();

  // All secrets of the text, ordered by place; no two overlap. In generated files only tokens are looked for.
  void find(const Source& source, Hits& hits) const;

 private:
  struct Token {
    Rule rule;
    std::string_view literal;  // no match without it
    Regex pattern;             // group 1 is the secret
  };
  void find_tokens(std::string_view line, std::size_t line_begin, Hits& hits) const;
  void find_assignments(const Source& source, std::string_view line, std::size_t line_begin, Hits& hits) const;
  void find_private_key(const Source& source, std::size_t line, Hits& hits) const;

  Regex candidate_;
  Regex key_;
  std::vector<Token> tokens_;
};

}  // namespace commandcenter::security_scanner
