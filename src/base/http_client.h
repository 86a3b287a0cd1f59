// A small blocking HTTP/1.1 client, http and https (certificates and host names are verified against the system's
// store; OpenSSL's SSL_CERT_FILE and SSL_CERT_DIR name another one). Redirects are not followed.
//
// Every call blocks the calling thread. A time-out, a refused or broken connection is kUnavailable; a malformed request
// kInvalid; too long an answer kTooLarge. An answer with any status is a success here. Messages name host and port,
// never the path or the query, because those of webhooks are secrets. A name that has to be looked up may take as long
// as the system's resolver takes, whatever the time-out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commandcenter {

inline constexpr std::size_t kMaxHttpUrl_bytes = 8 << 10;
inline constexpr std::size_t kMaxHttpHeader_bytes = 64 << 10;  // of an answer, all of them together
inline constexpr std::size_t kDefaultMaxHttpResponse_bytes = 8 << 20;
inline constexpr std::int64_t kDefaultHttpTimeout_ms = 10'000;
inline constexpr std::int64_t kHttpStreamTick_ms = 250;  // how long a stopped stream may still wait

struct HttpUrl {
  bool tls = false;
  std::string host;  // without the brackets of an IPv6 address
  std::string port;
  std::string target;  // path and query, at least "/"

  std::string authority() const;  // "example.org", "[::1]:8080": what the Host header carries
  std::string address() const;    // "example.org:443": for messages
};

// Accepts http:// and https:// without user and password. The message of the error never quotes the URL.
Result<HttpUrl> parse_http_url(std::string_view url);

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<HttpHeader> headers;  // besides Host, User-Agent and Content-Length, which are added
  std::string body;
  std::int64_t timeout_ms = kDefaultHttpTimeout_ms;
  std::size_t max_response_bytes = kDefaultMaxHttpResponse_bytes;
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;

  // The first header of that name, in any case; null when there is none.
  const std::string* header(std::string_view name) const;
};

// Called with each piece of the body as it arrives, and with an empty one every kHttpStreamTick_ms while nothing does.
// False stops the exchange, which then is a success.
using HttpBodySink = std::function<bool(std::string_view piece)>;

// One exchange over its own connection. timeout_ms bounds all of it.
Result<HttpResponse> http_exchange(const HttpRequest& request);

// The same, with the body handed to the sink instead of kept. timeout_ms bounds the way to the header of the answer,
// and then each silence; the body may be endless. max_response_bytes has no meaning.
Result<HttpResponse> http_stream(const HttpRequest& request, const HttpBodySink& sink);

// Keeps one connection open between exchanges with the same scheme, host and port. An exchange on a connection that the
// server closed in the meantime opens a new one. For one thread at a time.
class HttpConnection {
 public:
  HttpConnection();
  ~HttpConnection();
  HttpConnection(HttpConnection&&) noexcept;
  HttpConnection& operator=(HttpConnection&&) noexcept;

  Result<HttpResponse> exchange(const HttpRequest& request);
  Result<HttpResponse> stream(const HttpRequest& request, const HttpBodySink& sink);

 private:
  struct Link;
  std::unique_ptr<Link> link_;
};

}  // namespace commandcenter
