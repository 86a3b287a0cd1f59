#include "base/regex.h"

#include <cstdint>
#include <utility>

#include <re2/re2.h>
#include <re2/set.h>

#include "base/assert.h"

namespace commandcenter {
namespace {

constexpr std::int64_t kMaxCompiledPattern_bytes = 1 << 20;

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxCompiledPattern_bytes);
  return options;
}

}  // namespace

struct Regex::Compiled {
  explicit Compiled(std::string_view pattern) : re(re2::StringPiece(pattern.data(), pattern.size()), options()) {}
  re2::RE2 re;
};

Result<Regex> Regex::compile(std::string_view pattern) {
  auto compiled = std::make_shared<const Compiled>(pattern);
  if (!compiled->re.ok()) return fail(ErrorCode::kInvalid, "bad regular expression: " + compiled->re.error());
  return Regex(std::move(compiled));
}

Regex Regex::known(std::string_view pattern) {
  auto regex = compile(pattern);
  CC_ASSERT(regex);
  return std::move(*regex);
}

bool Regex::found_in(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->re);
}

std::optional<std::vector<std::string_view>> Regex::search(std::string_view text, std::size_t from) const {
  if (from > text.size()) return std::nullopt;
  const re2::StringPiece whole(text.data(), text.size());
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(compiled_->re.NumberOfCapturingGroups()) + 1);
  if (!compiled_->re.Match(whole, from, whole.size(), re2::RE2::UNANCHORED, groups.data(),
                           static_cast<int>(groups.size()))) {
    return std::nullopt;
  }
  std::vector<std::string_view> found;
  found.reserve(groups.size());
  for (const re2::StringPiece& group : groups)
    found.emplace_back(group.data(), group.size());
  return found;
}

std::optional<std::string_view> Regex::find(std::string_view text, std::size_t from) const {
  if (from > text.size()) return std::nullopt;
  re2::StringPiece found;
  if (!compiled_->re.Match(re2::StringPiece(text.data(), text.size()), from, text.size(), re2::RE2::UNANCHORED, &found,
                           1))
    return std::nullopt;
  return std::string_view(found.data(), found.size());
}

struct RegexSet::Compiled {
  re2::RE2::Set set{options(), re2::RE2::UNANCHORED};
  bool usable = true;
};

RegexSet::RegexSet(const std::vector<std::string>& patterns) {
  auto compiled = std::make_shared<Compiled>();
  for (const std::string& pattern : patterns)
    compiled->usable = compiled->set.Add(pattern, nullptr) >= 0 && compiled->usable;
  compiled->usable = compiled->usable && compiled->set.Compile();
  compiled_ = std::move(compiled);
}

std::optional<std::vector<int>> RegexSet::found_in(std::string_view text) const {
  if (!compiled_->usable) return std::nullopt;
  std::vector<int> found;
  re2::RE2::Set::ErrorInfo error{};
  const bool any = compiled_->set.Match(re2::StringPiece(text.data(), text.size()), &found, &error);
  if (!any && error.kind != re2::RE2::Set::kNoError) return std::nullopt;
  return found;
}

}  // namespace commandcenter
