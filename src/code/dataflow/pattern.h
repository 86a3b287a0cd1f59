// An expression of a model. It is compiled when it is first asked, for most never are. From any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/regex.h"

namespace commandcenter::code::dataflow {

class Pattern {
 public:
  explicit Pattern(std::string text) : text_(std::move(text)) {}

  bool found_in(std::string_view text) const { return regex().found_in(text); }
  std::optional<std::vector<std::string_view>> search(std::string_view text, std::size_t from) const {
    return regex().search(text, from);
  }

 private:
  const Regex& regex() const {
    std::call_once(compiled_, [this] {
      auto regex = Regex::compile(text_);
      CC_ASSERT(regex);
      regex_ = std::move(*regex);
    });
    return *regex_;
  }

  std::string text_;
  mutable std::once_flag compiled_;
  mutable std::optional<Regex> regex_;
};

inline std::shared_ptr<const Pattern> pattern_of(std::string_view text) {
  return std::make_shared<const Pattern>(std::string(text));
}

}  // namespace commandcenter::code::dataflow
