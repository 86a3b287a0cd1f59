// The listener, its threads and its connections, on Asio. Parsing, the bytes of a response and the meeting with
// handlers are next door, so that this slow translation unit rarely changes.
//
// Each connection lives on an executor of its own (a strand when there are several threads), so its members need no
// lock.
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "base/entropy.h"
#include "server/http.h"
#include "server/http_exchange.h"
#include "server/http_parser.h"
#include "server/http_wire.h"

namespace commandcenter::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kReadBuffer_bytes = 8 << 10;       // to begin with, and again between requests
constexpr std::size_t kBodyReadBuffer_bytes = 64 << 10;  // while a body arrives
constexpr std::int64_t kLinger_ms = 2'000;               // for a refused client to read why
constexpr std::size_t kMaxLinger_bytes = 16 << 20;       // of what it sends meanwhile, read and thrown away
constexpr std::size_t kMaxRefusedConnections = 64;       // being told 503; more are closed without a word
constexpr std::int64_t kAcceptPause_ms = 100;            // when the process has no file descriptor left
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

class Connection;

// What connections share. Outlives them all: stop() waits until the last is closed.
class Hub {
 public:
  Hub(const HttpConfig& http_config, Handler request_handler, ErrorBody make_error)
      : config(http_config), handler(std::move(request_handler)), error_body(std::move(make_error)) {
    std::array<std::uint8_t, 6> seed{};
    SystemEntropy().fill(seed);
    for (const std::uint8_t byte : seed)
      id_prefix_ += fmt::format("{:02x}", byte);
  }

  std::string next_id() { return fmt::format("{}-{:x}", id_prefix_, ++last_id_); }

  Response error(int status, std::string_view message, const std::string& request_id) const {
    try {
      return error_body(status, message, request_id);
    } catch (...) {
      Response plain;
      plain.status = status;
      return plain;
    }
  }

  // The number of connections with this one; 0 when the server is stopping.
  std::size_t add(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex_);
    if (draining) return 0;
    connections_.emplace(connection.get(), connection);
    return connections_.size();
  }

  void remove(Connection* connection) {
    const std::lock_guard lock(mutex_);
    connections_.erase(connection);
    if (connections_.empty()) empty_.notify_all();
  }

  std::vector<std::shared_ptr<Connection>> begin_draining() {
    const std::lock_guard lock(mutex_);
    draining = true;
    return snapshot();
  }

  // The connections still open when the time is over (none: waits for as long as it takes).
  std::vector<std::shared_ptr<Connection>> wait_empty(std::optional<std::int64_t> timeout_ms) {
    std::unique_lock lock(mutex_);
    const auto is_empty = [this] { return connections_.empty(); };
    if (timeout_ms) {
      empty_.wait_for(lock, std::chrono::milliseconds(*timeout_ms), is_empty);
    } else {
      empty_.wait(lock, is_empty);
    }
    return snapshot();
  }

  const HttpConfig config;
  const Handler handler;
  const ErrorBody error_body;
  std::atomic<bool> draining = false;

 private:
  std::vector<std::shared_ptr<Connection>> snapshot() const {
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& [key, connection] : connections_)
      all.push_back(connection);
    return all;
  }

  std::string id_prefix_;
  std::atomic<std::uint64_t> last_id_ = 0;
  std::mutex mutex_;
  std::condition_variable empty_;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
};

// One client. The hub holds it until close(), whatever it is waiting for.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Hub& hub, tcp::socket socket)
      : hub_(hub),
        socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        parser_(hub.config.max_header_bytes, hub.config.max_body_bytes) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    const auto address = socket_.remote_endpoint(ignored).address();
    const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
    client_address_ =
        is_mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string() : address.to_string();
  }

  // These three, and nothing else, may be called from outside the connection's executor.
  void post_begin(bool is_one_too_many) {
    post([is_one_too_many](Connection& self) { is_one_too_many ? self.refuse_for_crowd() : self.read(); });
  }
  void post_drain() { post(&Connection::drain); }
  void post_close() { post(&Connection::close); }

 private:
  enum class State { kReading, kHandling, kWriting, kStreaming, kLingering, kClosed };
  using Next = void (Connection::*)();

  template <typename Action>
  void post(Action action) {
    asio::post(socket_.get_executor(), [self = shared_from_this(), action] { std::invoke(action, *self); });
  }

  // ---- reading a request

  std::string_view unread() const { return {buffer_.data() + unread_begin_, unread_end_ - unread_begin_}; }

  void read() {
    if (state_ == State::kClosed) return;  // the server stopped before the first read
    make_room();
    if (!request_begun_) set_deadline(std::min(hub_.config.idle_timeout_ms, first_wait_ms_));
    socket_.async_read_some(asio::buffer(buffer_.data() + unread_end_, buffer_.size() - unread_end_),
                            [self = shared_from_this()](error_code error, std::size_t size_bytes) {
                              if (self->state_ != State::kReading) return;  // timed out meanwhile
                              if (error) return self->close();
                              self->unread_end_ += size_bytes;
                              self->parse();
                            });
  }

  void make_room() {
    const std::size_t want = in_body_ ? kBodyReadBuffer_bytes : kReadBuffer_bytes;
    if (unread_begin_ > 0) {
      std::copy(buffer_.data() + unread_begin_, buffer_.data() + unread_end_, buffer_.data());
      unread_end_ -= std::exchange(unread_begin_, 0);
    }
    if (unread_end_ == 0 && !request_begun_ && buffer_.size() > kReadBuffer_bytes) std::vector<char>().swap(buffer_);
    if (buffer_.size() < want) buffer_.resize(want);
    if (unread_end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());  // the parser refuses what grows too long
  }

  void parse() {
    if (unread().empty()) return read();
    if (!std::exchange(request_begun_, true)) set_deadline(hub_.config.read_timeout_ms);
    const RequestParser::Step step = parser_.feed(unread());
    unread_begin_ += step.consumed_bytes;
    switch (step.progress) {
      case RequestParser::Progress::kNeedMore:
        return read();
      case RequestParser::Progress::kRefused:
        return refuse(parser_.refusal_status(), parser_.refusal());
      case RequestParser::Progress::kDone:
        return handle();
      case RequestParser::Progress::kHeaderDone:
        in_body_ = true;
        if (!unread().empty() || !parser_.expects_continue()) return parse();
        suffix_ = kContinue;
        return write(&Connection::read);
    }
  }

  // ---- answering it

  void begin_request_id() {
    const auto& headers = parser_.request().headers;
    const auto given = headers.find("x-request-id");
    request_id_ = given != headers.end() && is_request_id(given->second) ? given->second : hub_.next_id();
  }

  void handle() {
    state_ = State::kHandling;
    deadline_ = SteadyTime::max();
    begin_request_id();
    Request request = std::move(parser_.request());
    is_head_ = request.method == "HEAD";
    is_http_1_0_ = parser_.is_http_1_0();
    keep_alive_ = parser_.keep_alive();
    request.client_address = client_address_;
    request.id = request_id_;
    // Safe although it holds no reference: detach() comes before the connection's end and waits for a wake under way.
    exchange_ = std::make_shared<Exchange>([this] { post(&Connection::look); });
    try {
      hub_.handler(std::move(request), make_responder(exchange_));
    } catch (...) {
      exchange_->drop();
    }
    look();
  }

  // At what the answering side has put into the exchange.
  void look() {
    if (state_ == State::kStreaming) return pump();
    if (state_ != State::kHandling) return;
    Exchange::News news = exchange_->take();
    if (news.response) return send(std::move(*news.response));
    if (news.dropped) return send(hub_.error(500, "Internal server error", request_id_));
    if (news.stream_head) return open_stream(std::move(news));
  }

  void send(Response response) {
    state_ = State::kWriting;
    keep_alive_ = keep_alive_ && !hub_.draining && !asks_to_close(response);
    HeadOptions options;
    options.request_id = request_id_;
    options.persistence = !keep_alive_   ? Persistence::kClose
                          : is_http_1_0_ ? Persistence::kKeepAliveOld
                                         : Persistence::kKeepAlive;
    options.content_length = response.body.size();
    prefix_ = response_head(response, options);
    if (!is_head_ && !has_no_body(response.status)) text_ = std::move(response.body);
    write(&Connection::sent);
  }

  void sent() {
    finish_exchange();
    if (must_linger_ || (!keep_alive_ && !unread().empty())) return linger();
    if (!keep_alive_ || hub_.draining) return close();
    parser_.reset();
    request_begun_ = in_body_ = false;
    first_wait_ms_ = hub_.config.idle_timeout_ms;
    state_ = State::kReading;
    parse();
  }

  void finish_exchange() {
    if (const auto exchange = std::exchange(exchange_, nullptr)) exchange->detach();
  }

  // Answers instead of a handler and closes. What the client is still sending would turn the close into a reset, which
  // makes it lose the answer: hence the lingering.
  void refuse(int status, std::string_view message, std::string_view retry_after = {}) {
    begin_request_id();
    is_head_ = parser_.request().method == "HEAD";
    keep_alive_ = false;
    must_linger_ = true;
    Response response = hub_.error(status, message, request_id_);
    if (!retry_after.empty()) response.headers.emplace_back("Retry-After", retry_after);
    send(std::move(response));
  }

  void refuse_for_crowd() {
    if (state_ == State::kClosed) return;
    refuse(503, fmt::format("the server has its limit of {} connections: try again", hub_.config.max_connections), "1");
  }

  // ---- streaming

  void open_stream(Exchange::News news) {
    const Response& head = *news.stream_head;
    state_ = State::kStreaming;
    must_linger_ = true;
    is_chunked_ = !is_http_1_0_;
    HeadOptions options;
    options.request_id = request_id_;
    options.chunked = is_chunked_;
    prefix_ = response_head(head, options);
    discard();  // the only way to learn that the client has gone
    const bool has_body = !is_head_ && !has_no_body(head.status);
    if (!has_body) {
      exchange_->end();
      news.text.clear();
      news.ended = true;
      is_chunked_ = false;
    }
    write_news(std::move(news));
  }

  void pump() {
    if (exchange_->overflowed()) return close();
    if (write_under_way_) return;
    Exchange::News news = exchange_->take();
    if (news.text.empty() && !news.ended) return;
    write_news(std::move(news));
  }

  void write_news(Exchange::News news) {
    text_ = std::move(news.text);
    stream_bytes_ = text_.size();
    stream_ended_ = news.ended;
    if (is_chunked_ && !text_.empty()) {
      fmt::format_to(std::back_inserter(prefix_), "{:x}\r\n", text_.size());
      suffix_ = "\r\n";
    }
    if (is_chunked_ && stream_ended_) suffix_ = text_.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n";
    write(&Connection::pumped);
  }

  void pumped() {
    exchange_->written(stream_bytes_);
    deadline_ = SteadyTime::max();
    if (!stream_ended_) return pump();
    finish_exchange();
    linger();
  }

  // ---- the socket

  // Sends prefix_, text_ and suffix_ in one system call where the kernel takes them.
  void write(Next next) {
    write_under_way_ = true;
    out_ = {asio::buffer(prefix_), asio::buffer(text_), asio::buffer(suffix_)};
    next_ = next;
    write_some();
  }

  void write_some() {
    if (state_ != State::kReading) set_deadline(hub_.config.write_timeout_ms);  // from the last progress
    socket_.async_write_some(out_, [self = shared_from_this()](error_code error, std::size_t size_bytes) {
      if (self->state_ == State::kClosed) return;
      if (error) return self->close();
      self->wrote(size_bytes);
    });
  }

  void wrote(std::size_t size_bytes) {
    for (auto& piece : out_) {
      const std::size_t part = std::min(piece.size(), size_bytes);
      piece += part;
      size_bytes -= part;
    }
    if (asio::buffer_size(out_) > 0) return write_some();
    prefix_.clear();
    text_.clear();
    suffix_ = {};
    write_under_way_ = false;
    (this->*next_)();
  }

  void linger() {
    if (hub_.draining) return close();
    state_ = State::kLingering;
    set_deadline(kLinger_ms);
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    if (!discarding_) discard();
  }

  void discard() {
    discarding_ = true;
    if (buffer_.empty()) buffer_.resize(kReadBuffer_bytes);
    socket_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](error_code error, std::size_t size_bytes) {
                              if (self->state_ == State::kClosed) return;
                              self->discarded_bytes_ += size_bytes;
                              if (error || self->discarded_bytes_ > kMaxLinger_bytes) return self->close();
                              self->discard();
                            });
  }

  // The server is stopping: what nobody waits for ends now, the rest when it is done.
  void drain() {
    const bool is_idle = state_ == State::kReading && !request_begun_;
    if (is_idle || state_ == State::kLingering) return close();
    if (state_ != State::kStreaming) return;
    exchange_->end();
    pump();
  }

  void close() {
    if (std::exchange(state_, State::kClosed) == State::kClosed) return;
    error_code ignored;
    timer_.cancel();
    socket_.close(ignored);
    finish_exchange();
    hub_.remove(this);
  }

  // ---- deadlines: the timer is only touched when it would come too late; one that comes too early is set again

  void set_deadline(std::int64_t timeout_ms) {
    deadline_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    if (!is_armed_ || deadline_ < timer_.expiry()) arm();
  }

  void arm() {
    is_armed_ = true;
    timer_.expires_at(deadline_);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error || self->state_ == State::kClosed) return;
      self->is_armed_ = false;
      if (self->deadline_ == SteadyTime::max()) return;
      if (std::chrono::steady_clock::now() < self->deadline_) return self->arm();
      self->time_out();
    });
  }

  void time_out() {
    if (state_ != State::kReading || !request_begun_ || write_under_way_) return close();
    error_code ignored;
    socket_.cancel(ignored);
    refuse(408, fmt::format("the request was not complete after {} ms", hub_.config.read_timeout_ms));
  }

  Hub& hub_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  SteadyTime deadline_ = SteadyTime::max();
  bool is_armed_ = false;
  std::string client_address_;
  State state_ = State::kReading;

  RequestParser parser_;
  std::vector<char> buffer_;
  std::size_t unread_begin_ = 0;
  std::size_t unread_end_ = 0;
  bool request_begun_ = false;
  bool in_body_ = false;
  std::int64_t first_wait_ms_ = hub_.config.read_timeout_ms;  // a client that connects is about to ask

  std::shared_ptr<Exchange> exchange_;
  std::string request_id_;
  bool is_head_ = false;
  bool is_http_1_0_ = false;
  bool keep_alive_ = false;
  bool must_linger_ = false;

  std::string prefix_;
  std::string text_;
  std::string_view suffix_;
  std::array<asio::const_buffer, 3> out_;
  Next next_ = nullptr;
  bool write_under_way_ = false;

  bool is_chunked_ = false;
  bool stream_ended_ = false;
  std::size_t stream_bytes_ = 0;
  bool discarding_ = false;
  std::size_t discarded_bytes_ = 0;
};

Error listen_error(const error_code& error, const HttpConfig& config) {
  if (error == asio::error::address_in_use) {
    return {ErrorCode::kConflict,
            fmt::format("port {} on {} is already in use: stop the other program or choose another with --port",
                        config.port, config.address)};
  }
  if (error == asio::error::access_denied) {
    return {ErrorCode::kForbidden,
            fmt::format("port {} is reserved for privileged programs: choose one above 1023 with --port", config.port)};
  }
  if (error == boost::system::errc::address_not_available) {
    return {ErrorCode::kInvalid,
            fmt::format("this machine has no address {}: use 127.0.0.1 to serve only this machine, or "
                        "0.0.0.0 to serve on all its addresses",
                        config.address)};
  }
  return {ErrorCode::kInternal,
          fmt::format("cannot listen on port {} of {}: {}", config.port, config.address, error.message())};
}

class AsioServer final : public HttpServer {
 public:
  AsioServer(const HttpConfig& config, Handler handler, ErrorBody error_body)
      : hub_(config, std::move(handler), std::move(error_body)) {}
  ~AsioServer() override { AsioServer::stop(0); }

  Result<void> open() {
    const HttpConfig& config = hub_.config;
    error_code error;
    const auto address = asio::ip::make_address(config.address == "localhost" ? "127.0.0.1" : config.address, error);
    if (error) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("\"{}\" is not an IP address: use 127.0.0.1 to serve only this machine, "
                              "or 0.0.0.0 to serve on all its addresses",
                              config.address));
    }
    const tcp::endpoint endpoint(address, config.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) return fail(listen_error(error, config));
    return {};
  }

  std::uint16_t port() const override { return port_; }

  void start(int threads) override {
    const std::lock_guard lock(life_);
    if (!threads_.empty() || stopped_) return;
    many_threads_ = threads > 1;
    asio::post(acceptor_.get_executor(), [this] { accept(); });
    for (int i = 0; i < std::max(threads, 1); ++i)
      threads_.emplace_back([this] { run(); });
  }

  void stop(std::int64_t grace_ms) override {
    const std::lock_guard lock(life_);
    if (std::exchange(stopped_, true)) return;
    error_code ignored;
    if (threads_.empty()) {
      acceptor_.close(ignored);
      return;
    }
    asio::post(acceptor_.get_executor(), [this] {
      error_code not_interesting;
      acceptor_.close(not_interesting);
      accept_pause_.cancel();
    });
    for (const auto& connection : hub_.begin_draining())
      connection->post_drain();
    for (const auto& connection : hub_.wait_empty(grace_ms))
      connection->post_close();
    hub_.wait_empty(std::nullopt);
    work_.reset();  // the threads leave when the last posted answer has been ignored
    for (auto& thread : threads_)
      thread.join();
  }

 private:
  void run() {
    for (;;) {
      try {
        context_.run();
        return;
      } catch (...) {  // out of memory in one connection must not end the others
      }
    }
  }

  asio::any_io_executor connection_executor() {
    if (many_threads_) return asio::make_strand(context_.get_executor());
    return context_.get_executor();
  }

  void accept() {
    acceptor_.async_accept(connection_executor(), [this](error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error == boost::system::errc::too_many_files_open ||
          error == boost::system::errc::too_many_files_open_in_system ||
          error == boost::system::errc::no_buffer_space || error == boost::system::errc::not_enough_memory) {
        accept_pause_.expires_after(std::chrono::milliseconds(kAcceptPause_ms));
        accept_pause_.async_wait([this](error_code) {
          if (acceptor_.is_open()) accept();
        });
        return;
      }
      if (!error) admit(std::move(socket));
      accept();
    });
  }

  void admit(tcp::socket socket) {
    auto connection = std::make_shared<Connection>(hub_, std::move(socket));
    const std::size_t count = hub_.add(connection);
    if (count == 0) return;
    const std::size_t limit = hub_.config.max_connections;
    if (count > limit + kMaxRefusedConnections) return connection->post_close();
    connection->post_begin(count > limit);
  }

  asio::io_context context_;
  Hub hub_;
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(context_);
  tcp::acceptor acceptor_{asio::make_strand(context_.get_executor())};
  asio::steady_timer accept_pause_{acceptor_.get_executor()};
  std::uint16_t port_ = 0;
  bool many_threads_ = false;
  std::mutex life_;  // of start() and stop()
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(const HttpConfig& config, Handler handler,
                                                       ErrorBody error_body) {
  auto server = std::make_unique<AsioServer>(config, std::move(handler), std::move(error_body));
  if (auto opened = server->open(); !opened) return fail(opened.error());
  return server;
}

}  // namespace commandcenter::server
