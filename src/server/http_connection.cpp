// One connection. Its members need no lock: they are touched on its executor only. Answers come through the Exchange.
//
//   reading ──▶ handling ──▶ writing ──▶ reading …          any of them ──▶ closed
//      │            └──────▶ streaming ──▶ lingering
//      └─ refused ─▶ writing ──▶ lingering: the client reads the answer while what it still sends is thrown away
#include "server/http_connection.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

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
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// One client. The hub holds it until close(), whatever it is waiting for.
class SocketConnection final : public Connection, public std::enable_shared_from_this<SocketConnection> {
 public:
  SocketConnection(Hub& hub, tcp::socket socket)
      : hub_(hub),
        socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        parser_(hub.config.max_header_bytes, hub.config.max_body_bytes) {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    socket_.set_option(tcp::socket::keep_alive(true), ignored);  // finds peers that vanished while a stream is quiet
    const auto address = socket_.remote_endpoint(ignored).address();
    const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
    client_address_ =
        is_mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string() : address.to_string();
  }

  void post_begin(bool is_one_too_many) override {
    post([is_one_too_many](SocketConnection& self) { is_one_too_many ? self.refuse_for_crowd() : self.read(); });
  }
  void post_drain() override { post(&SocketConnection::drain); }
  void post_close() override { post(&SocketConnection::close); }

 private:
  enum class State { kReading, kHandling, kWriting, kStreaming, kLingering, kClosed };
  using Next = void (SocketConnection::*)();

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
        return is_admitted() ? handle() : turn_away();
      case RequestParser::Progress::kHeaderDone:
        in_body_ = true;
        if (!is_admitted()) return turn_away();
        if (!unread().empty() || !parser_.expects_continue()) return parse();
        suffix_ = kContinue;
        return write(&SocketConnection::read);
    }
  }

  // ---- answering it

  void begin_request_id() {
    if (!request_id_.empty()) return;
    const auto& headers = parser_.request().headers;
    const auto given = headers.find("x-request-id");
    request_id_ = given != headers.end() && is_request_id(given->second) ? given->second : hub_.next_id();
  }

  // Asks the gate once for each request, as soon as its head is there.
  bool is_admitted() {
    if (std::exchange(asked_gate_, true)) return true;
    begin_request_id();
    parser_.request().client_address = client_address_;
    parser_.request().id = request_id_;
    if (!hub_.admit) return true;
    try {
      Admission admission = hub_.admit(parser_.request());
      added_headers_ = std::move(admission.headers);
      refusal_ = std::move(admission.refusal);
    } catch (...) {
      refusal_ = hub_.error(500, "Internal server error", request_id_);
    }
    return !refusal_;
  }

  // What the gate refused. A body is not read: the connection ends with it.
  void turn_away() {
    is_head_ = parser_.request().method == "HEAD";
    is_http_1_0_ = parser_.is_http_1_0();
    keep_alive_ = !in_body_ && parser_.keep_alive();
    must_linger_ = in_body_;
    send(*std::exchange(refusal_, std::nullopt));
  }

  void handle() {
    state_ = State::kHandling;
    deadline_ = SteadyTime::max();
    Request request = std::move(parser_.request());
    is_head_ = request.method == "HEAD";
    is_http_1_0_ = parser_.is_http_1_0();
    keep_alive_ = parser_.keep_alive();
    // Safe without a reference: detach() comes before the end of this and waits for a wake under way.
    exchange_ = std::make_shared<Exchange>([this] { post(&SocketConnection::look); });
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
    add_headers(response);
    keep_alive_ = keep_alive_ && !hub_.is_draining() && !asks_to_close(response);
    HeadOptions options;
    options.request_id = request_id_;
    options.persistence = !keep_alive_   ? Persistence::kClose
                          : is_http_1_0_ ? Persistence::kKeepAliveOld
                                         : Persistence::kKeepAlive;
    options.content_length = response.body.size();
    prefix_ = response_head(response, options);
    if (!is_head_ && !has_no_body(response.status)) text_ = std::move(response.body);
    write(&SocketConnection::sent);
  }

  void add_headers(Response& response) {
    for (auto& header : std::exchange(added_headers_, {}))
      response.headers.push_back(std::move(header));
  }

  void sent() {
    finish_exchange();
    if (must_linger_ || (!keep_alive_ && !unread().empty())) return linger();
    if (!keep_alive_ || hub_.is_draining()) return close();
    parser_.reset();
    request_begun_ = in_body_ = asked_gate_ = false;
    request_id_.clear();
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
    Response& head = *news.stream_head;
    add_headers(head);
    heartbeat_ = std::move(head.heartbeat);
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
    write(&SocketConnection::pumped);
  }

  void pumped() {
    exchange_->written(stream_bytes_);
    deadline_ = SteadyTime::max();
    if (!stream_ended_) {
      if (!heartbeat_.empty()) set_deadline(hub_.config.heartbeat_ms);
      return pump();
    }
    finish_exchange();
    linger();
  }

  // Shows a client, and whatever lies in between, that a silent stream is alive, and us that they are.
  void beat() {
    Exchange::News news;
    news.text = heartbeat_;
    write_news(std::move(news));
    stream_bytes_ = 0;  // it never was in the exchange
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
    if (hub_.is_draining()) return close();
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
    if (state_ == State::kStreaming && !write_under_way_) return beat();
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
  bool asked_gate_ = false;
  std::optional<Response> refusal_;
  std::vector<std::pair<std::string, std::string>> added_headers_;
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
  std::string heartbeat_;
  std::size_t stream_bytes_ = 0;
  bool discarding_ = false;
  std::size_t discarded_bytes_ = 0;
};

}  // namespace

std::shared_ptr<Connection> make_connection(Hub& hub, tcp::socket socket) {
  return std::make_shared<SocketConnection>(hub, std::move(socket));
}

}  // namespace commandcenter::server
