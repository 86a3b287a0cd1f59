// Tokens of known shape: from the place where one begins to the verified token. Private to this folder.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "code/rules/rules.h"

namespace commandcenter::code {

using Span = std::pair<std::size_t, std::size_t>;  // begin and end

// The token at `begin` is not the tail of something longer; an escape, a percent code or a colour before it is no part
// of it.
bool begins_freely(std::string_view text, std::size_t begin);

class ProviderPatterns {
 public:
  ProviderPatterns();
  ~ProviderPatterns();

  // The token of the rule whose trigger ends at `end`; nothing when it is none.
  std::optional<Span> token_at(std::size_t rule, std::string_view text, std::size_t end) const;
  // The same, where the token is put together of texts: "begin" + "end". The span is that of the first.
  std::optional<Span> token_across(std::size_t rule, std::string_view text, std::size_t end) const;
  // Whether the value as a whole is such a token.
  bool is_token(std::size_t rule, std::string_view value) const;
  // The rule of a token somewhere in a text that was decoded.
  const ProviderRule* token_in(std::string_view text) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled[]> compiled_;
};

}  // namespace commandcenter::code
