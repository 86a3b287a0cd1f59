// Masking. A secret shows at most its first four and last two characters; copies of it are masked, too.
#include "code/scan/snippet.h"

#include <algorithm>
#include <utility>

#include "code/scan/scan.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kContext_bytes = 160;  // before the finding, in a long line
constexpr std::size_t kLook_bytes = 1'024;   // how much of the line is looked at
constexpr std::size_t kMinCopy_bytes = 6;    // shorter values are too common to be hunted
constexpr std::size_t kMaxValues = 1'000;

struct Range {
  std::size_t begin;
  std::size_t end;
};

}  // namespace

Snippets::Snippets(const Source& source, const std::vector<Secret>& secrets) : source_(source), secrets_(secrets) {
  for (const Secret& secret : secrets) {
    const std::string_view value = source.text().substr(secret.begin, secret.end - secret.begin);
    if (value.size() >= kMinCopy_bytes && value.find('\n') == std::string_view::npos) values_.push_back(value);
  }
  std::ranges::sort(values_);
  values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
  if (values_.size() > kMaxValues) values_.resize(kMaxValues);
}

Snippet Snippets::around(std::size_t offset) const {
  const std::size_t line = source_.line_of(offset);
  const std::string_view whole = source_.line_text(line);
  const std::size_t line_begin = source_.line_begin(line);
  std::size_t from = offset - line_begin > kContext_bytes ? offset - line_begin - kContext_bytes : 0;
  if (whole.size() <= kMaxCode_bytes) from = 0;
  const std::size_t begin = line_begin + from;
  const std::string_view text = source_.text().substr(begin, std::min(whole.size() - from, kLook_bytes));

  std::vector<Range> ranges;
  for (const Secret& secret : secrets_) {
    if (secret.end <= begin || secret.begin >= begin + text.size()) continue;
    std::size_t first = secret.begin;
    if (source_.text().substr(first).starts_with("-----BEGIN ")) {  // the first line of a key is no secret
      const std::size_t dashes = source_.text().find("-----", first + 11);
      if (dashes != std::string_view::npos && dashes < secret.end) first = dashes + 5;
    }
    ranges.push_back({std::max(first, begin) - begin, std::min(secret.end, begin + text.size()) - begin});
  }
  for (const std::string_view value : values_) {
    for (std::size_t at = text.find(value); at != std::string_view::npos; at = text.find(value, at + value.size()))
      ranges.push_back({at, at + value.size()});
  }
  std::ranges::sort(
      ranges, [](const Range& a, const Range& b) { return std::pair(a.begin, b.end) < std::pair(b.begin, a.end); });

  Snippet snippet;
  std::string out;
  std::size_t at = 0;
  for (const Range& range : ranges) {
    if (range.end <= at || range.end <= range.begin) continue;
    if (range.begin >= at) {
      out.append(text.substr(at, range.begin - at)).append(masked(text.substr(range.begin, range.end - range.begin)));
    }
    at = range.end;
    snippet.redacted = true;
  }
  out.append(text.substr(std::min(at, text.size())));
  const std::string valid = to_utf8(out);
  const std::size_t first = std::min(valid.find_first_not_of(" \t\r"), valid.size());
  const std::string_view trimmed = std::string_view(valid).substr(first, valid.find_last_not_of(" \t\r") + 1 - first);
  snippet.code = cut_utf8(trimmed, kMaxCode_bytes);
  return snippet;
}

}  // namespace commandcenter::code
