// A secret keeps at most four characters and at most a quarter of itself. Copies of it are masked, too.
#include "agent/builtin/security_scanner/redact.h"

#include <algorithm>
#include <utility>

#include "agent/builtin/security_scanner/security_scanner.h"

namespace commandcenter::security_scanner {
namespace {

constexpr std::string_view kMask = "****";
constexpr std::size_t kMaxShown_bytes = 4;
constexpr std::size_t kMaxLine_bytes = 4 << 10;  // how much of a long line is looked at
constexpr std::size_t kMinCopyInLine_bytes = 4;  // shorter values are too common to be hunted
constexpr std::size_t kMinCopyInFile_bytes = 8;
constexpr std::size_t kMaxValues = 1'000;

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string_view::npos ? text.substr(0, 0)
                                         : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

struct Range {
  std::size_t begin;
  std::size_t end;
  std::size_t shown;
};

std::size_t shown_of(std::string_view secret) {
  return cut_utf8(secret, std::min(kMaxShown_bytes, secret.size() / 4)).size();
}

void add_copies(std::string_view line, std::string_view value, std::vector<Range>& ranges) {
  for (std::size_t at = line.find(value); at != std::string_view::npos; at = line.find(value, at + value.size())) {
    ranges.push_back({at, at + value.size(), shown_of(value)});
  }
}

}  // namespace

Redactor::Redactor(const Source& source, const Hits& secrets) : source_(source), secrets_(secrets) {
  for (const Hit& secret : secrets) {
    const std::string_view value = std::string_view(source.text).substr(secret.begin, secret.end - secret.begin);
    if (value.size() >= kMinCopyInFile_bytes && value.find('\n') == std::string_view::npos) values_.push_back(value);
  }
  std::ranges::sort(values_);
  values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
  if (values_.size() > kMaxValues) values_.resize(kMaxValues);
}

Snippet Redactor::line(std::size_t number) const {
  const std::string_view whole = source_.line_text(number);
  const std::size_t offset = source_.line_begin(number);
  const std::string_view line = cut_utf8(whole, kMaxLine_bytes);
  std::vector<Range> ranges;
  const auto first = std::ranges::partition_point(secrets_, [&](const Hit& hit) { return hit.end <= offset; });
  for (auto hit = first; hit != secrets_.end() && hit->begin < offset + line.size(); ++hit) {
    const std::size_t begin = hit->begin > offset ? hit->begin - offset : 0;
    const std::size_t end = std::min(hit->end - offset, whole.size());
    const std::string_view value = whole.substr(begin, end - begin);
    if (value.starts_with("-----BEGIN ") && value.find("PRIVATE KEY") != std::string_view::npos) {
      const std::size_t header = value.find("-----", 11);  // the header line of a key is no secret
      const std::size_t key = header == std::string_view::npos ? value.size() : header + 5;
      if (key < value.size()) ranges.push_back({begin + key, end, 0});
      continue;
    }
    ranges.push_back({begin, end, hit->begin < offset ? 0 : shown_of(value)});
    if (value.size() >= kMinCopyInLine_bytes) add_copies(line, value, ranges);
  }
  for (const std::string_view value : values_)
    add_copies(line, value, ranges);
  std::ranges::sort(
      ranges, [](const Range& a, const Range& b) { return std::pair(a.begin, a.shown) < std::pair(b.begin, b.shown); });

  Snippet snippet;
  std::string text;
  std::size_t at = 0;
  for (const Range& range : ranges) {
    if (range.end <= at || range.begin >= line.size()) continue;
    if (range.begin >= at) {
      text.append(line.substr(at, range.begin - at)).append(line.substr(range.begin, range.shown)).append(kMask);
    }
    at = std::min(range.end, line.size());
    snippet.redacted = true;
  }
  text.append(line.substr(at));
  snippet.code = cut_utf8(trimmed(text), kMaxCode_bytes);
  return snippet;
}

}  // namespace commandcenter::security_scanner
