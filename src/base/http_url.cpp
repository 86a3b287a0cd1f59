// Taking http and https URLs apart. Nothing of the URL may reach an error: the path of a webhook is a secret.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/http_client.h"

namespace commandcenter {
namespace {

bool is_host_character(char c, bool address6) {
  const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return word || c == '.' || (address6 ? c == ':' : c == '-' || c == '_');
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(), [](char p, char t) {
           return p == (t >= 'A' && t <= 'Z' ? static_cast<char>(t + ('a' - 'A')) : t);
         });
}

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kInvalid, fmt::format("the URL is malformed: {}; expected http(s)://host[:port]/path", what));
}

}  // namespace

Result<HttpUrl> parse_http_url(std::string_view url) {
  HttpUrl parts;
  if (url.size() > kMaxHttpUrl_bytes) return malformed(fmt::format("it is longer than {} bytes", kMaxHttpUrl_bytes));
  if (std::ranges::any_of(
          url, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f; })) {
    return malformed("it holds a space, a control character or one that is not ASCII");
  }
  if (starts_with_ignoring_case(url, "https://"))
    parts.tls = true;
  else if (!starts_with_ignoring_case(url, "http://"))
    return malformed("it does not begin with http:// or https://");
  url.remove_prefix(parts.tls ? 8 : 7);
  url = url.substr(0, url.find('#'));

  const std::size_t authority_end = std::min(url.find_first_of("/?"), url.size());
  std::string_view authority = url.substr(0, authority_end);
  const std::string_view rest = url.substr(authority_end);
  parts.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  if (authority.find('@') != std::string_view::npos) return malformed("a user or password in it is not supported");

  const bool address6 = authority.starts_with('[');
  std::size_t host_end = address6 ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == std::string_view::npos) return malformed("the ']' of its address is missing");
  parts.host = address6 ? authority.substr(1, host_end - 1) : authority.substr(0, host_end);
  if (address6) ++host_end;
  if (parts.host.empty()) return malformed("it has no host");
  if (!std::ranges::all_of(parts.host, [&](char c) { return is_host_character(c, address6); }))
    return malformed("its host is not a name or an address");

  std::string_view port = authority.substr(host_end);
  parts.port = parts.tls ? "443" : "80";
  if (port.empty() || port == ":") return parts;
  if (!port.starts_with(':')) return malformed("something other than a port follows its host");
  port.remove_prefix(1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535) {
    return malformed("its port is not a number from 1 to 65535");
  }
  parts.port = std::to_string(number);
  return parts;
}

std::string HttpUrl::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? "443" : "80") ? name : name + ":" + port;
}

std::string HttpUrl::address() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

}  // namespace commandcenter
