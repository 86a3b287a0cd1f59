#include "server/http_wire.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace commandcenter::server {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return is_alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_header_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(),
                      [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

// What the transport alone decides.
bool is_own_header(std::string_view name) {
  for (const std::string_view own : {"Connection", "Content-Length", "Transfer-Encoding", "X-Request-Id"}) {
    if (same_word(name, own)) return true;
  }
  return false;
}

// Unless the response says something else: browsers must not guess types, show it in frames, load anything on its
// behalf, or keep it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kDefaultHeaders{{
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Cache-Control", "no-store"},
}};

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Payload Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return status < 300 ? "OK" : status < 400 ? "Redirect" : status < 500 ? "Client Error" : "Server Error";
  }
}

void add_header(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && holds_word(a, b);
}

bool holds_word(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char x, char y) { return lower(x) == lower(y); }) != text.end();
}

bool has_no_body(int status) {
  return status == 204 || status == 304;
}

bool asks_to_close(const Response& response) {
  return std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
    return same_word(header.first, "Connection") && same_word(header.second, "close");
  });
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
  });
}

std::string response_head(const Response& response, const HeadOptions& options) {
  std::string head;
  head.reserve(512);
  // A status outside the final ones would change how the client frames what follows.
  const int status = response.status >= 200 && response.status <= 599 ? response.status : 500;
  fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\n", status, reason_phrase(status));
  bool has_type = false;
  for (const auto& [name, value] : response.headers) {
    if (is_own_header(name) || !is_header_name(name) || !is_header_value(value)) continue;
    has_type = has_type || same_word(name, "Content-Type");
    add_header(head, name, value);
  }
  if (!has_type && !has_no_body(status) && !response.content_type.empty() && is_header_value(response.content_type)) {
    add_header(head, "Content-Type", response.content_type);
  }
  for (const auto& [name, value] : kDefaultHeaders) {
    const auto is_same = [&, own = name](const auto& header) { return same_word(header.first, own); };
    if (std::none_of(response.headers.begin(), response.headers.end(), is_same)) add_header(head, name, value);
  }
  if (options.chunked) {
    add_header(head, "Transfer-Encoding", "chunked");
  } else if (options.content_length && !has_no_body(status)) {
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", *options.content_length);
  }
  add_header(head, "X-Request-Id", options.request_id);
  if (options.persistence == Persistence::kClose) add_header(head, "Connection", "close");
  if (options.persistence == Persistence::kKeepAliveOld) add_header(head, "Connection", "keep-alive");
  return head += "\r\n";
}

}  // namespace commandcenter::server
