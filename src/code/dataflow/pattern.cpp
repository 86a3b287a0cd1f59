#include "code/dataflow/pattern.h"

#include <functional>
#include <map>

#include "base/assert.h"

namespace commandcenter::code::dataflow {

const Regex& Pattern::regex() const {
  std::call_once(compiled_, [this] {
    auto regex = Regex::compile(text_);
    CC_ASSERT(regex);
    regex_ = std::move(*regex);
  });
  return *regex_;
}

std::shared_ptr<const Pattern> pattern_of(std::string_view text) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Pattern>, std::less<>> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(text);
  if (found != known.end()) return found->second;
  return known.emplace(text, std::make_shared<const Pattern>(std::string(text), known.size())).first->second;
}

std::optional<std::vector<int>> PatternSet::found_in(std::string_view text) const {
  std::call_once(compiled_, [this] {
    std::vector<std::string> texts;
    for (const auto& pattern : patterns_)
      texts.push_back(pattern->text());
    set_.emplace(texts);
  });
  return set_->found_in(text);
}

}  // namespace commandcenter::code::dataflow
