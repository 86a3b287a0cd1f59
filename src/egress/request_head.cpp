#include "egress/request_head.h"

#include <charconv>
#include <sstream>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/write.hpp>

namespace commandcenter::egress {
namespace {

namespace http = boost::beast::http;

constexpr std::uint16_t kHttpPort = 80;

Error no_proxy_request() {
  return {ErrorCode::kInvalid, "expected CONNECT host:port, or a request for http://host/path"};
}

// "host:port", "[::1]:port"; without a port only where there is a usual one.
bool split_authority(std::string_view authority, std::uint16_t usual_port, RequestHead& request) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    request.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    request.host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  request.port = usual_port;
  if (request.host.empty()) return false;
  if (port.empty()) return usual_port != 0;
  port.remove_prefix(1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), request.port);
  return error == std::errc() && end == port.data() + port.size() && request.port != 0;
}

}  // namespace

Result<RequestHead> read_request_head(std::string_view text) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(text.size() + 1));
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(text.data(), text.size()), error);
  if (error || !parser.is_header_done()) return fail(no_proxy_request());
  auto message = parser.release();
  RequestHead request;
  const std::string target(message.target());
  if (message.method() == http::verb::connect) {
    request.is_tunnel = true;
    if (!split_authority(target, 0, request)) return fail(no_proxy_request());
    return request;
  }
  constexpr std::string_view kScheme = "http://";
  if (!target.starts_with(kScheme)) return fail(no_proxy_request());
  const std::size_t path = std::min(target.find_first_of("/?", kScheme.size()), target.size());
  const std::string authority = target.substr(kScheme.size(), path - kScheme.size());
  if (authority.find('@') != std::string::npos || !split_authority(authority, kHttpPort, request))
    return fail(no_proxy_request());
  std::string origin = target.substr(path);
  if (!origin.starts_with('/')) origin.insert(0, "/");
  message.target(origin);
  message.set(http::field::host, authority);
  message.erase(http::field::proxy_connection);
  message.erase(http::field::proxy_authorization);
  message.erase(http::field::keep_alive);
  // One exchange: another request could be for another host.
  message.set(http::field::connection, "close");
  std::ostringstream head;
  head << message.base();
  request.head = head.str();
  return request;
}

}  // namespace commandcenter::egress
