// Equal code by anchors: every few tokens of every file a window is remembered; a run of equal tokens that is long
// enough holds at least one of them.
#include <algorithm>
#include <unordered_map>

#include "code/review/across.h"

namespace commandcenter::code::review {
namespace {

constexpr std::size_t kWindow = 50;
constexpr std::size_t kStride = kDuplicateTokens - kWindow;  // so a run holds a whole window
constexpr std::size_t kMaxPlaces = 4;                        // that share a window; what is everywhere is no copy
constexpr std::uint64_t kBase = 1'000'003;

struct Place {
  std::uint32_t file;
  std::uint32_t at;
};

std::uint64_t window_at(const TokenStrip& strip, std::size_t at) {
  std::uint64_t hash = strip.family;
  for (std::size_t i = 0; i < kWindow; ++i)
    hash = hash * kBase + strip.hashes[at + i];
  return hash;
}

// Calls see(position, hash) for each window.
template <typename See>
void for_each_window(const TokenStrip& strip, const See& see) {
  if (strip.hashes.size() < kWindow) return;
  std::uint64_t power = 1;
  std::uint64_t hash = window_at(strip, 0);
  for (std::size_t i = 1; i < kWindow; ++i)
    power *= kBase;
  const std::uint64_t seed = power * kBase * strip.family;
  for (std::size_t at = 0;; ++at) {
    see(at, hash);
    if (at + kWindow >= strip.hashes.size()) return;
    const std::uint64_t without = hash - seed - strip.hashes[at] * power;
    hash = without * kBase + strip.hashes[at + kWindow] + seed;
  }
}

class Comparison {
 public:
  explicit Comparison(const std::vector<TokenStrip>& files) : files_(files) {}

  std::vector<Duplicate> run() {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      for (std::size_t at = 0; at + kWindow <= files_[i].hashes.size(); at += kStride) {
        const std::uint64_t hash = window_at(files_[i], at);
        bit_of(hash) = true;
        auto& places = anchors_[hash];
        if (places.size() <= kMaxPlaces)
          places.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(at)});
      }
    }
    for (std::size_t i = 0; i < files_.size() && found_.size() < kMaxDuplicates; ++i) {
      std::size_t done = 0;  // tokens before it are told already
      for_each_window(files_[i], [&](std::size_t at, std::uint64_t hash) {
        if (at < done || !seen(hash) || found_.size() >= kMaxDuplicates) return;
        const auto places = anchors_.find(hash);
        if (places == anchors_.end() || places->second.size() > kMaxPlaces) return;
        for (const Place& place : places->second) {
          if (place.file > i || (place.file == i && place.at + kWindow > at)) continue;
          done = std::max(done, compare(i, at, done, place));
          if (done > at) return;
        }
      });
    }
    return std::move(found_);
  }

 private:
  // Most windows are no anchor: a bit tells so, sooner than the table.
  std::vector<bool>::reference bit_of(std::uint64_t hash) { return bits_[(hash * kMix) >> (64 - kBits)]; }
  bool seen(std::uint64_t hash) { return bit_of(hash); }

  // Where the run of equal tokens ends in the later file; 0 when it is too short.
  std::size_t compare(std::size_t file, std::size_t at, std::size_t from, const Place& place) {
    const auto& later = files_[file].hashes;
    const auto& earlier = files_[place.file].hashes;
    if (files_[file].family != files_[place.file].family) return 0;
    std::size_t begin = at;
    std::size_t other = place.at;
    while (begin > from && other > 0 && later[begin - 1] == earlier[other - 1] &&
           (place.file != file || other + (at - place.at) > begin - 1)) {
      --begin;
      --other;
    }
    std::size_t end = at;
    std::size_t other_end = place.at;
    while (end < later.size() && other_end < earlier.size() && later[end] == earlier[other_end] &&
           (place.file != file || other_end < begin)) {
      ++end;
      ++other_end;
    }
    if (end - begin < kDuplicateTokens) return 0;
    const std::size_t line = line_of(file, begin);
    const std::size_t end_line = line_of(file, end - 1);
    if (end_line - line + 1 < kDuplicateLines) return 0;
    found_.push_back({file, line, end_line, place.file, line_of(place.file, other)});
    return end;
  }

  std::size_t line_of(std::size_t file, std::size_t at) const {
    std::size_t line = 1;
    for (std::size_t i = 0; i <= at; ++i)
      line += files_[file].line_steps[i];
    return line;
  }

  const std::vector<TokenStrip>& files_;
  static constexpr unsigned kBits = 23;
  static constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15;
  std::vector<bool> bits_ = std::vector<bool>(std::size_t{1} << kBits);
  std::unordered_map<std::uint64_t, std::vector<Place>> anchors_;
  std::vector<Duplicate> found_;
};

}  // namespace

std::uint32_t token_hash(std::string_view token) {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : token)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  return hash;
}

TokenStrip strip_of(const View& view) {
  TokenStrip strip;
  strip.family = static_cast<std::uint8_t>(view.is_script() ? Grammar::kJavaScript : view.tree().grammar());
  const std::string_view text = view.tree().source();
  std::size_t counted = 0;  // bytes whose line ends are in the steps
  for (NodeId id = 0; id < view.size(); ++id) {
    const SyntaxNode& node = view.node(id);
    if (node.after != id + 1 || node.extra || node.begin == node.end) continue;
    if (node.begin < counted) continue;
    auto gap = std::ranges::count(text.substr(counted, node.begin - counted), '\n');
    counted = node.begin;
    for (; gap > UINT8_MAX; gap -= UINT8_MAX) {  // a token that is nowhere else
      strip.hashes.push_back(id);
      strip.line_steps.push_back(UINT8_MAX);
    }
    strip.hashes.push_back(token_hash(view.text(id)));
    strip.line_steps.push_back(static_cast<std::uint8_t>(gap));
  }
  strip.hashes.shrink_to_fit();  // they wait for all other files
  strip.line_steps.shrink_to_fit();
  return strip;
}

std::vector<Duplicate> duplicates_of(const std::vector<TokenStrip>& files) {
  return Comparison(files).run();
}

}  // namespace commandcenter::code::review
