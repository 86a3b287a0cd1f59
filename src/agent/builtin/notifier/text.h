// Text as the services count, cut and read it. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::notifier {

// Length in UTF-16 units: the strictest way in which any service counts characters.
std::size_t text_units(std::string_view text);

// The longest beginning of at most `units` units that ends between characters.
std::string_view cut_text(std::string_view text, std::size_t units);

// The text, or its beginning and "…", in at most `units` units.
std::string limited(std::string_view text, std::size_t units);

using Escape = std::function<std::string(std::string_view)>;

// The text in pieces that have at most `units` units after `escape`, cut at the end of a line or a word where there is
// one in the second half. Escaped; at least one piece, nothing lost but the line breaks at the seams.
std::vector<std::string> split_text(std::string_view text, std::size_t units, const Escape& escape);

// "@channel", "@everyone" and "@here" with a space of no width in them, so that nobody is called.
std::string without_calls(std::string_view text);

std::string slack_plain(std::string_view text);     // for plain_text objects: & < > as entities
std::string slack_markdown(std::string_view text);  // "**bold**" as Slack writes it; no mention, no hidden link
std::string discord_plain(std::string_view text);   // every character that Discord reads as markup shows as itself
std::string discord_markdown(std::string_view text);

// One line of a mail's head: no line break, anything but ASCII as encoded words (RFC 2047).
std::string mail_header(std::string_view text);

std::string one_line(std::string_view text);                       // control characters as spaces
std::string base64(std::string_view bytes, std::size_t line = 0);  // with a line break after so many characters

}  // namespace commandcenter::notifier
