// Masking. A secret shows at most its first four and last two characters; copies of it are masked, too.
#include "code/scan/snippet.h"

#include <algorithm>
#include <utility>

#include "code/match/match.h"
#include "code/rules/rules.h"
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

Snippets::Masked Snippets::mask(std::size_t begin, std::string_view text) const {
  std::vector<Range> ranges;
  const auto reaches_in = std::ranges::partition_point(secrets_, [&](const Secret& one) { return one.end <= begin; });
  for (auto secret = reaches_in; secret != secrets_.end() && secret->begin < begin + text.size(); ++secret) {
    std::size_t first = secret->begin;
    if (source_.text().substr(first).starts_with("-----BEGIN ")) {  // the first line of a key is no secret
      const std::size_t dashes = source_.text().find("-----", first + 11);
      if (dashes != std::string_view::npos && dashes < secret->end) first = dashes + 5;
    }
    ranges.push_back({std::max(first, begin) - begin, std::min(secret->end, begin + text.size()) - begin});
  }
  for (const std::string_view value : values_) {
    for (std::size_t at = text.find(value); at != std::string_view::npos; at = text.find(value, at + value.size()))
      ranges.push_back({at, at + value.size()});
  }
  std::ranges::sort(
      ranges, [](const Range& a, const Range& b) { return std::pair(a.begin, b.end) < std::pair(b.begin, a.end); });

  Masked out;
  std::size_t at = 0;
  for (const Range& range : ranges) {
    if (range.end <= at || range.end <= range.begin) continue;
    if (range.begin >= at) {
      out.text.append(text.substr(at, range.begin - at))
          .append(masked(text.substr(range.begin, range.end - range.begin)));
    }
    at = range.end;
    out.redacted = true;
  }
  out.text.append(text.substr(std::min(at, text.size())));
  out.text = to_utf8(out.text);
  return out;
}

Snippet Snippets::around(std::size_t offset) const {
  const std::size_t line = source_.line_of(offset);
  const std::string_view whole = source_.line_text(line);
  const std::size_t line_begin = source_.line_begin(line);
  std::size_t from = offset - line_begin > kContext_bytes ? offset - line_begin - kContext_bytes : 0;
  if (whole.size() <= kMaxCode_bytes) from = 0;
  const std::size_t begin = line_begin + from;
  const Masked shown = mask(begin, source_.text().substr(begin, std::min(whole.size() - from, kLook_bytes)));
  const std::size_t first = std::min(shown.text.find_first_not_of(" \t\r"), shown.text.size());
  const std::size_t behind = shown.text.find_last_not_of(" \t\r") + 1;
  return {std::string(cut_utf8(std::string_view(shown.text).substr(first, behind - first), kMaxCode_bytes)),
          shown.redacted};
}

std::string Snippets::line(std::size_t number, std::size_t max_bytes) const {
  // Beyond the cut is looked, too: what begins in front of it is known for what it is by its end.
  const std::string_view seen = source_.line_text(number).substr(0, max_bytes + kLook_bytes);
  return std::string(cut_utf8(mask(source_.line_begin(number), seen).text, max_bytes));
}

struct LineViewer::Engine {
  Matcher matcher;
  SecretRules rules{};
  std::vector<Match> matches{};
};

LineViewer::LineViewer(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
LineViewer::~LineViewer() = default;

Result<std::unique_ptr<LineViewer>> LineViewer::make() {
  auto database = Database::load(pattern_images());
  if (!database) return fail(std::move(database.error()));
  auto matcher = Matcher::make(std::move(*database));
  if (!matcher) return fail(std::move(matcher.error()));
  return std::unique_ptr<LineViewer>(
      new LineViewer(std::unique_ptr<Engine>(new Engine{.matcher = std::move(*matcher)})));
}

LineViewer::Lines LineViewer::lines(std::string_view path, std::string_view text, std::size_t first, std::size_t count,
                                    std::size_t max_line_bytes) {
  engine_->matcher.find(text, engine_->matches);
  const Source source(path, text);
  const std::vector<Secret> secrets = engine_->rules.find(source, engine_->matches);
  const Snippets snippets(source, secrets);
  Lines out;
  out.total = text.empty() ? 0 : source.line_count() - (text.ends_with('\n') ? 1 : 0);
  out.first = std::clamp<std::size_t>(first, 1, std::max<std::size_t>(out.total, 1));
  for (std::size_t number = out.first; number <= out.total && number - out.first < count; ++number)
    out.lines.push_back(snippets.line(number, max_line_bytes));
  return out;
}

std::string LineViewer::masked(std::string_view text) {
  engine_->matcher.find(text, engine_->matches);
  const Source source("text.txt", text);
  std::string out;
  std::size_t at = 0;
  for (const Secret& secret : engine_->rules.find(source, engine_->matches)) {
    out.append(text.substr(at, secret.begin - at));
    out.append(code::masked(text.substr(secret.begin, secret.end - secret.begin)));
    at = secret.end;
  }
  return to_utf8(out.append(text.substr(at)));
}

}  // namespace commandcenter::code
