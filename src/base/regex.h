// Regular expressions written by users (schemas, workflow expressions), in RE2 syntax: matching takes time linear in the
// text and bounded memory, so no pattern can stall the server.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace commandcenter {

class Regex {
 public:
  // Fails with kInvalid and RE2's reason. A pattern may need at most 1 MiB once compiled.
  static Result<Regex> compile(std::string_view pattern);

  // True when the pattern occurs anywhere in the text.
  bool found_in(std::string_view text) const;

 private:
  struct Compiled;
  explicit Regex(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace commandcenter
