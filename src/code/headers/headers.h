// Which security headers the sites of a repository send, read from their configuration and code.
//
// A site is a server configuration (nginx, Apache, Caddy, IIS) or an application (Express, Fastify, Koa, Django, Flask,
// Spring, ASP.NET), possibly of several files. What the libraries send by themselves counts; what is only commented
// out, report-only, too weak, or taken back for a part of the site is told apart. Pure; time grows with the texts and,
// per file, with at most kMaxComments comments that speak of headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::code {

inline constexpr std::size_t kMaxHeaderFile_bytes = 1 << 20;  // longer files are no configuration
inline constexpr std::size_t kMaxComments = 24;

enum class Header : std::uint8_t {
  kCsp,
  kHsts,
  kFrameOptions,
  kContentTypeOptions,
  kReferrer,
  kPermissions,
  kCoop,
  kCorp
};
inline constexpr std::size_t kHeaders = 8;
inline constexpr std::size_t kJudgedHeaders = 6;  // the first ones; the others are reported only where they are weak

enum class HeaderState : std::uint8_t { kMissing, kCommented, kReportOnly, kWeak, kOverridden, kPresent };

std::string_view header_name(Header header);     // "Content-Security-Policy"
std::string_view state_word(HeaderState state);  // "report-only"

struct HeaderVerdict {
  Header header = Header::kCsp;
  HeaderState state = HeaderState::kMissing;
  std::string file;  // where it is set, taken back or commented out; else the site's main file
  std::size_t line = 1;
  std::string value;   // as sent; empty when nothing is, or when only the running program knows
  std::string reason;  // one sentence
};

struct SiteHeaders {
  std::string framework;               // "nginx", "express" …
  std::string file;                    // the site's main file
  std::vector<HeaderVerdict> headers;  // one of each of the first six, in order; others when weak
};

struct HeaderFile {
  std::string path;
  std::string text;
};

// True when check_headers would look into this file. Cheap.
bool concerns_headers(std::string_view path, std::string_view text);

// Sites ordered by framework and file.
std::vector<SiteHeaders> check_headers(std::span<const HeaderFile> files);

}  // namespace commandcenter::code
