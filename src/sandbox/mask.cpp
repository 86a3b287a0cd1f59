#include "sandbox/mask.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "base/json.h"

namespace commandcenter::sandbox {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_line_break(char c) {
  return c == '\n' || c == '\r';
}

std::string without_line_breaks(std::string_view text) {
  std::string line;
  std::ranges::copy_if(text, std::back_inserter(line), [](char c) { return !is_line_break(c); });
  return line;
}

// What Base64 of anything that holds the value at an offset of `before` modulo 3 has in common: the digits that depend
// on the value alone.
std::string base64_core(std::string_view value, std::size_t before) {
  std::string padded(before, '\0');
  padded.append(value);
  const std::size_t first = before == 0 ? 0 : before + 1;
  const std::size_t end = padded.size() * 8 / 6;
  std::string core;
  for (std::size_t digit = first; digit < end; ++digit) {
    const std::size_t bit = digit * 6;
    const auto high = static_cast<std::uint8_t>(padded[bit / 8]);
    const auto low = bit / 8 + 1 < padded.size() ? static_cast<std::uint8_t>(padded[bit / 8 + 1]) : std::uint8_t{0};
    const unsigned both = static_cast<unsigned>(high) << 8 | low;
    core += kBase64[both >> (10 - bit % 8) & 63U];
  }
  return core;
}

std::string hexadecimal(std::string_view value, bool upper) {
  std::string text;
  for (const char c : value)
    text += upper ? fmt::format("{:02X}", static_cast<std::uint8_t>(c))
                  : fmt::format("{:02x}", static_cast<std::uint8_t>(c));
  return text;
}

std::string percent_escaped(std::string_view value) {
  constexpr std::string_view kPlain = "-._~";
  std::string text;
  for (const char c : value) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       kPlain.find(c) != std::string_view::npos;
    text += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<std::uint8_t>(c));
  }
  return text;
}

std::string json_escaped(std::string_view value, bool ascii) {
  const std::string text = Json(value).dump(-1, ' ', ascii, Json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

}  // namespace

Mask::Mask(const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (value.size() < kMinMasked_bytes) continue;
    add(without_line_breaks(value));
    std::string_view trimmed = value;  // how it comes out of $(cat …)
    while (!trimmed.empty() && is_line_break(trimmed.back()))
      trimmed.remove_suffix(1);
    for (const std::string_view form : {std::string_view(value), trimmed}) {
      for (std::size_t before = 0; before < 3; ++before) {
        std::string core = base64_core(form, before);
        add(core);
        std::ranges::replace(core, '+', '-');
        std::ranges::replace(core, '/', '_');
        add(std::move(core));
      }
      add(hexadecimal(form, false));
      add(hexadecimal(form, true));
      add(percent_escaped(form));
      add(json_escaped(form, false));
      add(json_escaped(form, true));
    }
    while (!trimmed.empty()) {
      const std::size_t end = std::min(trimmed.find('\n'), trimmed.size());
      if (end >= kMinMaskedLine_bytes) add(without_line_breaks(trimmed.substr(0, end)));
      trimmed.remove_prefix(std::min(end + 1, trimmed.size()));
    }
  }
  for (auto& indexes : by_first_) {
    std::ranges::stable_sort(indexes, std::greater{}, [this](std::size_t index) { return patterns_[index].size(); });
  }
}

void Mask::add(std::string pattern) {
  if (pattern.size() < kMinMasked_bytes || std::ranges::find(patterns_, pattern) != patterns_.end()) return;
  by_first_[static_cast<std::uint8_t>(pattern.front())].push_back(patterns_.size());
  patterns_.push_back(std::move(pattern));
}

Mask::Found Mask::at(std::string_view text) const {
  Found begun;
  for (const std::size_t index : by_first_[static_cast<std::uint8_t>(text.front())]) {
    const std::string& pattern = patterns_[index];
    std::size_t done = 1;
    std::size_t here = 1;
    std::size_t breaks = 0;
    for (; done < pattern.size() && here < text.size(); ++here) {
      if (text[here] == pattern[done])
        ++done;
      else if (!is_line_break(text[here]) || ++breaks > kMaxLineBreaksWithin)
        break;
    }
    if (done == pattern.size()) return {Match::kWhole, here};
    if (here == text.size()) begun.match = Match::kBegun;
  }
  return begun;
}

bool Mask::finds(std::string_view text) const {
  for (; !patterns_.empty() && !text.empty(); text.remove_prefix(1)) {
    if (at(text).match == Match::kWhole) return true;
  }
  return false;
}

std::string Mask::apply(std::string_view text) const {
  std::string masked;
  MaskedStream stream(*this);
  const auto out = [&masked](std::string_view piece) { masked.append(piece); };
  stream.feed(text, out);
  stream.finish(out);
  return masked;
}

void MaskedStream::feed(std::string_view bytes, const Out& out) {
  if (mask_.empty()) return out(bytes);
  held_.append(bytes);
  go_on(false, out);
}

void MaskedStream::finish(const Out& out) {
  go_on(true, out);
}

void MaskedStream::go_on(bool is_end, const Out& out) {
  const std::string_view text = held_;
  std::size_t told = 0;
  std::size_t here = 0;
  while (here < text.size()) {
    const Mask::Found found = mask_.at(text.substr(here));
    if (found.match == Mask::Match::kBegun && !is_end) break;
    if (found.match != Mask::Match::kWhole) {
      ++here;
      continue;
    }
    if (here > told) out(text.substr(told, here - told));
    out(kMasked);
    here += found.length;
    told = here;
  }
  if (here > told) out(text.substr(told, here - told));
  held_.erase(0, here);
}

}  // namespace commandcenter::sandbox
