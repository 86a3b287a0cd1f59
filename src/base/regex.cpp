#include "base/regex.h"

#include <utility>

#include <re2/re2.h>

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

bool Regex::found_in(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->re);
}

}  // namespace commandcenter
