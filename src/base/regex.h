// Regular expressions written by users (schemas, workflow expressions), in RE2 syntax: matching takes time linear in
// the text and bounded memory, so no pattern can stall the server.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commandcenter {

class Regex {
 public:
  // Fails with kInvalid and RE2's reason. A pattern may need at most 1 MiB once compiled.
  static Result<Regex> compile(std::string_view pattern);

  // One of the program's own, which compiles.
  static Regex known(std::string_view pattern);

  // True when the pattern occurs anywhere in the text.
  bool found_in(std::string_view text) const;

  // The leftmost match that begins at `from` or later: group 0, then the pattern's groups (a group that took no part is
  // empty with a null data()). ^ and \b see the text before `from`. Nothing when `from` is beyond the end.
  std::optional<std::vector<std::string_view>> search(std::string_view text, std::size_t from) const;

  // Group 0 of the same, for less.
  std::optional<std::string_view> find(std::string_view text, std::size_t from) const;

 private:
  struct Compiled;
  explicit Regex(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

// Several patterns at once, for the price of one or two.
class RegexSet {
 public:
  // Patterns that compile.
  explicit RegexSet(const std::vector<std::string>& patterns);

  // Their numbers, in no order. Nothing when that takes too much memory: they have to be looked for one by one.
  std::optional<std::vector<int>> found_in(std::string_view text) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace commandcenter
