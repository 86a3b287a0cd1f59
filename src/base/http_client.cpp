// HTTP exchanges on Boost.Beast. Each step (resolve, connect, handshake, write, read) is started asynchronously on an
// io_context of the connection, which the calling thread runs until the step ends or its deadline passes.
#include "base/http_client.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace commandcenter {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kBodyPiece_bytes = 16 << 10;
constexpr int kMaxInformationalResponses = 8;  // "100 Continue" and its kin before the real answer

bool same_name(std::string_view a, std::string_view b) {
  return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

bool is_token(std::string_view text) {
  constexpr std::string_view kExtra = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kExtra.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text,
                             [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); });
}

Result<void> check_request(const HttpRequest& request) {
  if (!is_token(request.method)) return fail(ErrorCode::kInvalid, "the HTTP method is not a word such as GET or POST");
  if (request.timeout_ms <= 0)
    return fail(ErrorCode::kInvalid, "the time-out of an HTTP request must be at least 1 ms");
  for (const HttpHeader& header : request.headers) {
    if (!is_token(header.name))
      return fail(ErrorCode::kInvalid, fmt::format("\"{}\" is not the name of an HTTP header", header.name));
    if (!is_field_value(header.value)) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("the value of the HTTP header {} holds a control character", header.name));
    }
  }
  return {};
}

http::request<http::string_body> make_message(const HttpRequest& request, const HttpUrl& url, bool keep_alive) {
  http::request<http::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(url.target);
  message.set(http::field::host, url.authority());
  message.set(http::field::user_agent, "commandcenter");
  message.keep_alive(keep_alive);
  for (const HttpHeader& header : request.headers) {
    if (same_name(header.name, "Content-Length") || same_name(header.name, "Transfer-Encoding")) continue;
    if (same_name(header.name, "Host") || same_name(header.name, "User-Agent"))
      message.set(header.name, header.value);
    else
      message.insert(header.name, header.value);
  }
  const bool has_body =
      !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (has_body) message.content_length(request.body.size());
  message.body() = request.body;
  return message;
}

// What a caller does with the pieces of the body.
struct Reception {
  const HttpBodySink* sink = nullptr;  // null = keep the body
  std::size_t max_bytes = 0;
};

}  // namespace

struct HttpConnection::Link {
  explicit Link(bool keep) : keep_alive(keep) {}

  Result<HttpResponse> exchange(const HttpRequest& request, const Reception& reception);
  Result<HttpResponse> attempt(const HttpRequest& request, const Reception& reception);
  Result<void> connect();
  Result<void> handshake();
  Result<HttpResponse> transfer(const HttpRequest& request, const Reception& reception);
  template <typename Stream>
  Result<HttpResponse> transfer_over(Stream& stream, const HttpRequest& request, const Reception& reception);
  template <typename Stream>
  Result<void> read_body(Stream& stream, http::response_parser<http::buffer_body>& parser, const Reception& reception,
                         HttpResponse& response);

  // Runs one asynchronous step. `start` gets the completion handler. Sets `stopped` when the sink says so.
  template <typename Start>
  error_code step(const Start& start, const HttpBodySink* sink = nullptr);

  tcp::socket& socket() { return tls_stream ? tls_stream->next_layer() : *plain; }
  bool usable();
  void close();
  Error failure(std::string_view what, const error_code& code) const;

  bool keep_alive;
  HttpUrl url;
  SteadyClock::time_point deadline;
  std::int64_t timeout_ms = 0;
  bool open = false;
  bool stopped = false;
  bool answered = false;  // some of the current answer has arrived

  asio::io_context io{1};
  std::optional<asio::ssl::context> tls_context;
  std::optional<tcp::socket> plain;
  std::optional<asio::ssl::stream<tcp::socket>> tls_stream;
  boost::beast::flat_buffer buffer{kMaxHttpHeader_bytes + kBodyPiece_bytes};
};

template <typename Start>
error_code HttpConnection::Link::step(const Start& start, const HttpBodySink* sink) {
  error_code outcome;
  bool done = false;
  start([&](const error_code& code, const auto&...) {
    outcome = code;
    done = true;
  });
  while (!done) {
    const auto tick = sink == nullptr
                          ? deadline
                          : std::min(deadline, SteadyClock::now() + std::chrono::milliseconds(kHttpStreamTick_ms));
    io.restart();
    io.run_until(tick);
    if (done) break;
    if (SteadyClock::now() >= deadline)
      outcome = asio::error::timed_out;
    else if (sink != nullptr && !(*sink)({}))
      stopped = true;
    else
      continue;
    // The handler refers to this frame, so the step has to end before we leave.
    const error_code why = outcome;
    close();
    io.restart();
    io.run();
    return stopped ? error_code(asio::error::operation_aborted) : why;
  }
  return outcome;
}

// A connection on which something can be read though nothing was asked was closed by the server, or is of no use.
bool HttpConnection::Link::usable() {
  if (!open) return false;
  pollfd watched{socket().native_handle(), POLLIN, 0};
  return buffer.size() == 0 && ::poll(&watched, 1, 0) == 0;
}

void HttpConnection::Link::close() {
  error_code ignored;
  if (tls_stream || plain) socket().close(ignored);
  open = false;
}

Error HttpConnection::Link::failure(std::string_view what, const error_code& code) const {
  if (code == asio::error::timed_out) {
    return {ErrorCode::kUnavailable,
            fmt::format("{} did not answer within {} ms ({})", url.address(), timeout_ms, what)};
  }
  const bool ended = code == http::error::end_of_stream || code == http::error::partial_message ||
                     code == asio::error::eof || code == asio::ssl::error::stream_truncated;
  const std::string reason = ended ? "the connection was closed" : code.message();
  return {ErrorCode::kUnavailable, fmt::format("{}: {} failed: {}", url.address(), what, reason)};
}

Result<void> HttpConnection::Link::connect() {
  close();
  buffer.clear();
  tls_stream.reset();
  plain.emplace(io);
  tcp::resolver resolver(io);
  tcp::resolver::results_type endpoints;
  error_code code;
  const auto address = asio::ip::make_address(url.host, code);
  if (!code) {
    endpoints = tcp::resolver::results_type::create(
        tcp::endpoint(address, static_cast<std::uint16_t>(std::stoul(url.port))), url.host, url.port);
  } else {
    code = step([&](auto done) {
      resolver.async_resolve(url.host, url.port,
                             [&endpoints, done](const error_code& result, tcp::resolver::results_type found) {
                               endpoints = std::move(found);
                               done(result);
                             });
    });
    if (code) return fail(failure("looking up the name", code));
  }
  code = step([&](auto done) { asio::async_connect(*plain, endpoints, done); });
  if (code) {
    close();
    return fail(failure("connecting", code));
  }
  error_code ignored;
  plain->set_option(tcp::no_delay(true), ignored);
  open = true;
  return url.tls ? handshake() : Result<void>{};
}

Result<void> HttpConnection::Link::handshake() {
  if (!tls_context) {
    tls_context.emplace(asio::ssl::context::tls_client);
    error_code code;
    tls_context->set_default_verify_paths(code);
    if (code) return fail(failure("loading the system's certificates", code));
  }
  tls_stream.emplace(std::move(*plain), *tls_context);
  plain.reset();
  tls_stream->set_verify_mode(asio::ssl::verify_peer);
  tls_stream->set_verify_callback(asio::ssl::host_name_verification(url.host));
  error_code is_name;
  (void)asio::ip::make_address(url.host, is_name);
  // What SSL_set_tlsext_host_name does, without its old-style cast.
  if (is_name && SSL_ctrl(tls_stream->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                          url.host.data()) != 1) {
    return fail(ErrorCode::kInternal, fmt::format("{}: the TLS library refused the host name", url.address()));
  }
  const error_code code = step([&](auto done) { tls_stream->async_handshake(asio::ssl::stream_base::client, done); });
  if (code) {
    close();
    return fail(failure("the TLS handshake", code));
  }
  return {};
}

template <typename Stream>
Result<void> HttpConnection::Link::read_body(Stream& stream, http::response_parser<http::buffer_body>& parser,
                                             const Reception& reception, HttpResponse& response) {
  std::array<char, kBodyPiece_bytes> piece;
  while (!parser.is_done()) {
    if (reception.sink != nullptr) deadline = SteadyClock::now() + std::chrono::milliseconds(timeout_ms);
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    parser.get().body().more = true;
    error_code code = step([&](auto done) { http::async_read_some(stream, buffer, parser, done); }, reception.sink);
    if (stopped) return {};
    if (code == http::error::need_buffer) code = {};
    const std::string_view arrived(piece.data(), piece.size() - parser.get().body().size);
    if (!arrived.empty() && reception.sink != nullptr) {
      if (!(*reception.sink)(arrived)) {
        stopped = true;
        return {};
      }
    } else {
      if (response.body.size() + arrived.size() > reception.max_bytes) {
        return fail(ErrorCode::kTooLarge,
                    fmt::format("the answer of {} is longer than {} bytes", url.address(), reception.max_bytes));
      }
      response.body.append(arrived);
    }
    if (code) return fail(failure("reading the answer", code));
  }
  return {};
}

template <typename Stream>
Result<HttpResponse> HttpConnection::Link::transfer_over(Stream& stream, const HttpRequest& request,
                                                         const Reception& reception) {
  const auto message = make_message(request, url, keep_alive);
  // A server may answer and close before it has read a long request, so a failed write still looks for an answer.
  const error_code written = step([&](auto done) { http::async_write(stream, message, done); });
  if (written == asio::error::timed_out) return fail(failure("sending the request", written));

  std::optional<http::response_parser<http::buffer_body>> parser;
  for (int informational = 0;; ++informational) {
    parser.emplace();
    parser->header_limit(kMaxHttpHeader_bytes);
    parser->body_limit(boost::none);
    if (request.method == "HEAD") parser->skip(true);
    const error_code code =
        step([&](auto done) { http::async_read_header(stream, buffer, *parser, done); }, reception.sink);
    if (stopped) return HttpResponse{};
    answered = answered || parser->got_some();
    if (code) {
      const bool silent = code == http::error::end_of_stream;
      return fail(written && silent ? failure("sending the request", written) : failure("reading the answer", code));
    }
    if (parser->get().result_int() / 100 != 1 || parser->get().result_int() == 101) break;
    if (informational == kMaxInformationalResponses) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("{} sent more than {} interim answers", url.address(), kMaxInformationalResponses));
    }
  }

  HttpResponse response;
  response.status = static_cast<int>(parser->get().result_int());
  for (const auto& field : parser->get()) {
    response.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  if (auto read = read_body(stream, *parser, reception, response); !read) return fail(std::move(read.error()));
  if (stopped || written || !keep_alive || !parser->keep_alive()) close();
  return response;
}

Result<HttpResponse> HttpConnection::Link::transfer(const HttpRequest& request, const Reception& reception) {
  auto response =
      tls_stream ? transfer_over(*tls_stream, request, reception) : transfer_over(*plain, request, reception);
  if (!response) close();
  return response;
}

Result<HttpResponse> HttpConnection::Link::attempt(const HttpRequest& request, const Reception& reception) {
  const bool reused = usable();
  if (!reused) {
    if (auto connected = connect(); !connected) return fail(std::move(connected.error()));
  }
  answered = false;
  auto response = transfer(request, reception);
  // The server may have closed the kept connection just as we wrote; what is safe to repeat is asked again.
  const bool repeatable = request.method == "GET" || request.method == "HEAD" || request.method == "PUT" ||
                          request.method == "DELETE" || request.method == "OPTIONS";
  if (response || !reused || answered || !repeatable || SteadyClock::now() >= deadline) return response;
  if (auto connected = connect(); !connected) return fail(std::move(connected.error()));
  return transfer(request, reception);
}

Result<HttpResponse> HttpConnection::Link::exchange(const HttpRequest& request, const Reception& reception) {
  if (auto checked = check_request(request); !checked) return fail(std::move(checked.error()));
  auto parsed = parse_http_url(request.url);
  if (!parsed) return fail(std::move(parsed.error()));
  if (open && (parsed->tls != url.tls || parsed->host != url.host || parsed->port != url.port)) close();
  url = std::move(*parsed);
  timeout_ms = request.timeout_ms;
  deadline = SteadyClock::now() + std::chrono::milliseconds(timeout_ms);
  stopped = false;
  try {
    return attempt(request, reception);
  } catch (const std::exception& thrown) {
    close();
    return fail(ErrorCode::kInternal, fmt::format("{}: {}", url.address(), thrown.what()));
  }
}

HttpConnection::HttpConnection() : link_(std::make_unique<Link>(true)) {}
HttpConnection::~HttpConnection() = default;
HttpConnection::HttpConnection(HttpConnection&&) noexcept = default;
HttpConnection& HttpConnection::operator=(HttpConnection&&) noexcept = default;

Result<HttpResponse> HttpConnection::exchange(const HttpRequest& request) {
  return link_->exchange(request, {nullptr, request.max_response_bytes});
}

Result<HttpResponse> HttpConnection::stream(const HttpRequest& request, const HttpBodySink& sink) {
  return link_->exchange(request, {&sink, 0});
}

Result<HttpResponse> http_exchange(const HttpRequest& request) {
  return HttpConnection().exchange(request);
}

Result<HttpResponse> http_stream(const HttpRequest& request, const HttpBodySink& sink) {
  return HttpConnection().stream(request, sink);
}

const std::string* HttpResponse::header(std::string_view name) const {
  const auto found =
      std::ranges::find_if(headers, [&](const HttpHeader& header) { return same_name(header.name, name); });
  return found == headers.end() ? nullptr : &found->value;
}

}  // namespace commandcenter
