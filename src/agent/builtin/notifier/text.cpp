#include "agent/builtin/notifier/text.h"

#include <algorithm>
#include <array>

namespace commandcenter::notifier {
namespace {

constexpr std::string_view kNoWidth = "\u200b";
constexpr std::array<std::string_view, 3> kCalls{"channel", "everyone", "here"};
constexpr std::size_t kEncodedWord_bytes = 42;  // of text in an encoded word, which has at most 75 characters

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool starts_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

std::size_t url_length(std::string_view text) {
  if (!starts_with(text, "http://") && !starts_with(text, "https://")) return 0;
  return std::min(text.find_first_of(" \t\r\n<>\"'`|)]"), text.size());
}

// "[shown](address)" as "shown (address)": nobody is sent to a place that they do not see.
std::string with_open_links(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('[');
    const std::size_t middle = open == std::string_view::npos ? open : text.find("](", open);
    const std::size_t close = middle == std::string_view::npos ? middle : text.find(')', middle);
    if (close == std::string_view::npos) return out.append(text);
    out.append(text.substr(0, open)).append(text.substr(open + 1, middle - open - 1));
    out.append(" (").append(text.substr(middle + 2, close - middle - 2)).append(")");
    text.remove_prefix(close + 1);
  }
  return out;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

std::size_t text_units(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0U) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

std::string_view cut_text(std::string_view text, std::size_t units) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    const std::size_t cost = length == 4 ? 2 : 1;
    if (cost > units || at + length > text.size()) break;
    units -= cost;
    at += length;
  }
  return text.substr(0, at);
}

std::string limited(std::string_view text, std::size_t units) {
  if (text_units(text) <= units) return std::string(text);
  return std::string(cut_text(text, units - 1)) + "…";
}

std::vector<std::string> split_text(std::string_view text, std::size_t units, const Escape& escape) {
  std::vector<std::string> pieces;
  while (!text.empty()) {
    std::string_view piece = cut_text(text, units);
    if (piece.empty()) piece = text;  // not UTF-8: as it is
    std::string shown = escape(piece);
    while (text_units(shown) > units && piece.size() > 1) {
      const std::size_t fits = text_units(piece) * units / text_units(shown);
      const std::string_view shorter = cut_text(piece, std::max<std::size_t>(fits, 1));
      if (shorter.size() >= piece.size() || shorter.empty()) break;
      piece = shorter;
      shown = escape(piece);
    }
    if (piece.size() < text.size()) {
      std::size_t seam = piece.rfind('\n');
      if (seam == std::string_view::npos || seam < piece.size() / 2) seam = piece.rfind(' ');
      if (seam != std::string_view::npos && seam >= piece.size() / 2) {
        piece = piece.substr(0, seam + 1);
        shown = escape(piece.substr(0, seam));
      }
    }
    pieces.push_back(std::move(shown));
    text.remove_prefix(piece.size());
  }
  if (pieces.empty()) pieces.emplace_back();
  return pieces;
}

std::string without_calls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (text[at] != '@') continue;
    const std::string_view rest = text.substr(at + 1);
    if (std::ranges::any_of(kCalls, [&](std::string_view call) { return starts_with(rest, call); })) out += kNoWidth;
  }
  return out;
}

std::string slack_plain(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : without_calls(text)) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string slack_markdown(std::string_view text) {
  std::string out = slack_plain(with_open_links(text));
  replace_all(out, "**", "*");
  replace_all(out, "~~", "~");
  return out;
}

std::string discord_plain(std::string_view text) {
  std::string out;
  bool line_begins = true;
  const std::string calm = without_calls(text);
  text = calm;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t length = url_length(text.substr(at)); length > 0) {
      out += text.substr(at, length);  // a link as people paste it; a backslash would become part of it
      at += length;
      line_begins = false;
      continue;
    }
    const char c = text[at++];
    const bool is_markup = std::string_view("\\*_~`|[]()<>").find(c) != std::string_view::npos;
    const bool opens_line = line_begins && (c == '#' || c == '-' || c == '+');
    if (is_markup || opens_line) out += '\\';
    out += c;
    line_begins = c == '\n' || (line_begins && c == ' ');
  }
  return out;
}

std::string discord_markdown(std::string_view text) {
  std::string out = with_open_links(without_calls(text));
  replace_all(out, "<@", "<" + std::string(kNoWidth) + "@");
  replace_all(out, "<#", "<" + std::string(kNoWidth) + "#");
  return out;
}

std::string mail_header(std::string_view text) {
  const std::string line = one_line(text);
  if (std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x7f; }) &&
      line.find("=?") == std::string::npos) {
    return line;
  }
  std::string out;
  for (std::string_view rest = line; !rest.empty();) {
    std::size_t take = std::min(rest.size(), kEncodedWord_bytes);
    while (take > 1 && take < rest.size() && (static_cast<unsigned char>(rest[take]) & 0xc0U) == 0x80)
      --take;
    out += (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64(rest.substr(0, take)) + "?=";
    rest.remove_prefix(take);
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return line;
}

std::string base64(std::string_view bytes, std::size_t line) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return at < bytes.size() ? static_cast<unsigned>(static_cast<unsigned char>(bytes[at])) : 0U;
    };
    const unsigned group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    out += kDigits[group >> 18U & 63U];
    out += kDigits[group >> 12U & 63U];
    out += i + 1 < bytes.size() ? kDigits[group >> 6U & 63U] : '=';
    out += i + 2 < bytes.size() ? kDigits[group & 63U] : '=';
    column += 4;
    if (line == 0 || column < line) continue;
    out += "\r\n";
    column = 0;
  }
  return out;
}

}  // namespace commandcenter::notifier
