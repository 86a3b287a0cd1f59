#include "cli/output.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include "cli/cli.h"

namespace commandcenter::cli {
namespace {

constexpr std::array<std::string_view, 4> kSeverities{"critical", "high", "medium", "low"};

std::size_t severity_rank(const Json& finding) {
  const std::string severity = string_member(finding, "severity");
  return static_cast<std::size_t>(std::find(kSeverities.begin(), kSeverities.end(), severity) - kSeverities.begin());
}

std::string_view colour_code(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "";
    case Colour::kRed:
      return "\033[31m";
    case Colour::kGreen:
      return "\033[32m";
    case Colour::kYellow:
      return "\033[33m";
    case Colour::kBlue:
      return "\033[34m";
    case Colour::kGrey:
      return "\033[90m";
    case Colour::kBold:
      return "\033[1m";
  }
  return "";
}

// Characters, not bytes: UTF-8 continuation bytes take no column.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

bool is_terminal(std::FILE* stream) {
  return ::isatty(::fileno(stream)) == 1 && environment("TERM") != "dumb";
}

bool has_colours(std::FILE* stream) {
  return is_terminal(stream) && environment("NO_COLOR").empty();
}

std::size_t terminal_columns(std::FILE* stream) {
  constexpr std::size_t kUsual = 80;
  winsize size{};
  return ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

std::string cut_to(std::string_view text, std::size_t columns) {
  if (width_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t end = 0;
  for (std::size_t width = 0; width < columns; ++width) {
    const std::size_t from = end;
    do {
      ++end;
    } while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
    if (width + 1 == columns) end = from;  // where "…" stands
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string lost_output() {
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0;
  const int reason = errno;
  if (flushed && std::ferror(stdout) == 0) return {};
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  const bool reader_left = ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
  if (reader_left) return {};
  return flushed || reason == 0 ? "a part of it is lost" : std::generic_category().message(reason);
}

std::string paint(std::string_view text, Colour colour, bool colours) {
  if (!colours || colour == Colour::kNone) return std::string(text);
  return fmt::format("{}{}\033[0m", colour_code(colour), text);
}

Colour status_colour(std::string_view status) {
  if (status == "SUCCESS" || status == "APPROVED") return Colour::kGreen;
  if (status == "FAILED" || status == "REJECTED") return Colour::kRed;
  if (status == "WAITING_APPROVAL" || status == "PENDING" || status == "CANCELLED") return Colour::kYellow;
  if (status == "SKIPPED") return Colour::kGrey;
  return Colour::kBlue;
}

namespace {

// The length of the UTF-8 character that begins the text, by its shape; 0 when none does.
std::size_t character_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

// Control characters beyond ASCII, and those that turn the direction of what follows.
bool misleads(std::string_view character) {
  if (character.size() == 2) return character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
  return (character >= "\xE2\x80\xAA" && character <= "\xE2\x80\xAE") ||
         (character >= "\xE2\x81\xA6" && character <= "\xE2\x81\xA9");
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0x1B && i + 1 < text.size() && text[i + 1] == '[') {  // an escape sequence ends with a letter
      i += 2;
      while (i < text.size() && (text[i] < '@' || text[i] > '~'))
        ++i;
    } else if (byte >= 0x80) {
      const std::size_t length = character_length(text.substr(i));
      const std::string_view character = length == 0 ? kReplacement : text.substr(i, length);
      if (!misleads(character)) clean += character;
      i += length == 0 ? 0 : length - 1;
    } else if (byte == '\t' || (byte >= 0x20 && byte != 0x7F)) {
      clean += text[i];
    }
  }
  return clean;
}

int print_error(const Error& error) {
  std::fprintf(stderr, "commandcenter: %s\n", error.message.c_str());
  switch (error.code) {
    case ErrorCode::kInvalid:
    case ErrorCode::kNotFound:
    case ErrorCode::kForbidden:
    case ErrorCode::kTooLarge:
      return kExitUsage;
    case ErrorCode::kConflict:
    case ErrorCode::kUnavailable:
    case ErrorCode::kInternal:
      return kExitFailed;
  }
  return kExitFailed;
}

int print_problems(const std::string& what, const std::vector<workflow::Problem>& problems) {
  std::fprintf(stderr, "%s: %zu problem%s\n", what.c_str(), problems.size(), problems.size() == 1 ? "" : "s");
  for (const workflow::Problem& problem : problems)
    std::fprintf(stderr, "  %s\n", printable(workflow::describe({problem})).c_str());
  return kExitUsage;
}

void print_json(const Json& value) {
  std::printf("%s\n", dump_json_pretty(value).c_str());
}

void print_table(const std::vector<std::vector<std::string>>& rows, bool colours) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width_of(row[i]));
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const std::string cell = printable(rows[r][i]);
      line += r == 0 ? paint(cell, Colour::kBold, colours)
                     : paint(cell, status_colour(cell) == Colour::kBlue ? Colour::kNone : status_colour(cell), colours);
      if (i + 1 < rows[r].size()) line += std::string(widths[i] - std::min(widths[i], width_of(cell)) + 2, ' ');
    }
    std::printf("%s\n", line.c_str());
  }
}

void print_findings(const Json& output, bool colours) {
  const Json* findings = find_member(output, "findings");
  if (findings == nullptr || !findings->is_array()) return;
  std::vector<const Json*> sorted;
  for (const Json& finding : *findings)
    sorted.push_back(&finding);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Json* a, const Json* b) { return severity_rank(*a) < severity_rank(*b); });
  for (std::size_t i = 0; i < std::min(sorted.size(), kMaxShownFindings); ++i) {
    const Json& finding = *sorted[i];
    const std::string severity = string_member(finding, "severity", "info");
    const Colour colour = severity_rank(finding) <= 1   ? Colour::kRed
                          : severity_rank(finding) == 2 ? Colour::kYellow
                                                        : Colour::kGrey;
    const Json* line = find_member(finding, "line");
    std::printf("  %s %s:%s  %s\n", paint(fmt::format("{:<8}", severity), colour, colours).c_str(),
                printable(string_member(finding, "file")).c_str(), line == nullptr ? "0" : dump_json(*line).c_str(),
                printable(string_member(finding, "description", string_member(finding, "type"))).c_str());
    if (const std::string code = string_member(finding, "code"); !code.empty()) {
      std::printf("           %s\n", paint(printable(code), Colour::kGrey, colours).c_str());
    }
  }
  if (sorted.size() > kMaxShownFindings) std::printf("  … and %zu more\n", sorted.size() - kMaxShownFindings);
}

}  // namespace commandcenter::cli
