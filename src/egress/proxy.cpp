// The proxy: one thread that runs all sockets. A tunnel is one connection of a program on its way to a host.
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "egress/egress.h"
#include "egress/request_head.h"

namespace commandcenter::egress {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using SocketError = boost::system::error_code;

constexpr std::size_t kPiece_bytes = 32 << 10;

// What one sandbox has reached so far. Written by the proxy's thread, taken by whoever ends it.
class Book {
 public:
  std::optional<std::size_t> open(std::string host, std::uint16_t port) {
    const std::lock_guard lock(mutex_);
    if (report_.connections.size() >= kMaxRecorded) {
      ++report_.more;
      return std::nullopt;
    }
    Connection connection;
    connection.host = std::move(host);
    connection.port = port;
    report_.connections.push_back(std::move(connection));
    return report_.connections.size() - 1;
  }
  void change(std::optional<std::size_t> line, const std::function<void(Connection&)>& how) {
    const std::lock_guard lock(mutex_);
    if (line) how(report_.connections[*line]);
  }
  Report report() const {
    const std::lock_guard lock(mutex_);
    return report_;
  }

 private:
  mutable std::mutex mutex_;
  Report report_;
};

Address address_of(const asio::ip::address& address) {
  const auto six = address.is_v6() ? address.to_v6() : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
  return six.to_bytes();
}

// As a header can hold it between quotation marks: the names of hosts in it are a program's.
std::string header_text(std::string_view text) {
  std::string fit;
  for (const char c : text)
    fit += c >= 0x20 && c < 0x7f && c != '"' && c != '\\' ? c : '?';
  return fit;
}

class Tunnel;

// A sandbox: its listening socket, and the tunnels that began there. All in the proxy's thread but for the book.
struct Sandbox {
  Sandbox(asio::io_context& io, Policy allowed) : policy(std::move(allowed)), acceptor(io), resolver(io) {}

  const Policy policy;
  Book book;
  tcp::acceptor acceptor;
  tcp::resolver resolver;
  std::set<std::shared_ptr<Tunnel>> tunnels;
  bool is_waiting = false;  // for a tunnel to end before the next is accepted
};

class Tunnel : public std::enable_shared_from_this<Tunnel> {
 public:
  Tunnel(tcp::socket client, const std::shared_ptr<Sandbox>& sandbox)
      : client_(std::move(client)),
        host_(client_.get_executor()),
        deadline_(client_.get_executor()),
        sandbox_(sandbox) {}

  void on_end(std::function<void()> told) { on_end_ = std::move(told); }

  void begin() {
    set_deadline(kRequest_ms);
    read_head();
  }

  void close() {
    SocketError ignored;
    client_.close(ignored);
    host_.close(ignored);
    deadline_.cancel();
    if (auto on_end = std::exchange(on_end_, nullptr)) on_end();
  }

 private:
  // `next` is not called after an error, which closes both ends.
  template <typename Next>
  auto then(Next next) {
    return [self = shared_from_this(), next](const SocketError& error, std::size_t count) {
      if (error) return self->close();
      next(count);
    };
  }

  void set_deadline(std::int64_t in_ms) {
    deadline_.expires_after(std::chrono::milliseconds(in_ms));
    deadline_.async_wait([self = weak_from_this()](const SocketError& error) {
      const auto tunnel = self.lock();
      if (!error && tunnel) tunnel->close();
    });
  }

  void read_head() {
    client_.async_read_some(asio::buffer(upward_), then([this](std::size_t count) {
                              head_.append(upward_.data(), count);
                              const std::size_t end = head_.find("\r\n\r\n");
                              if (end != std::string::npos) return take_request(end + 4);
                              if (head_.size() > kMaxHead_bytes) return refuse(431, "the request's head is too long");
                              read_head();
                            }));
  }

  void take_request(std::size_t head_bytes) {
    rest_ = head_.substr(head_bytes);
    auto request = read_request_head(std::string_view(head_).substr(0, head_bytes));
    if (!request) return refuse(400, request.error().message);
    request_ = std::move(*request);
    const auto sandbox = sandbox_.lock();
    if (!sandbox) return close();
    line_ = sandbox->book.open(request_.host, request_.port);
    if (std::string problem = refusal_of_host(sandbox->policy, request_.host, request_.port); !problem.empty())
      return refuse(403, std::move(problem));
    set_deadline(kConnect_ms);
    sandbox->resolver.async_resolve(
        request_.host, std::to_string(request_.port), tcp::resolver::numeric_service,
        [self = shared_from_this()](const SocketError& error, const tcp::resolver::results_type& found) {
          if (error)
            return self->refuse(502, fmt::format("{} was not found: {}", self->request_.host, error.message()));
          self->connect(found);
        });
  }

  void connect(const tcp::resolver::results_type& found) {
    const auto sandbox = sandbox_.lock();
    if (!sandbox) return close();
    std::string problem;
    for (const auto& entry : found) {
      std::string refusal =
          refusal_of_address(sandbox->policy, request_.host, address_of(entry.endpoint().address()), request_.port);
      if (refusal.empty())
        endpoints_.push_back(entry.endpoint());
      else
        problem = std::move(refusal);
    }
    if (endpoints_.empty()) return refuse(403, std::move(problem));
    note([](Connection& connection) { connection.allowed = true; });
    asio::async_connect(host_, endpoints_,
                        [self = shared_from_this()](const SocketError& error, const tcp::endpoint& endpoint) {
                          if (error) {
                            return self->refuse(502, fmt::format("{}:{} cannot be reached: {}", self->request_.host,
                                                                 self->request_.port, error.message()));
                          }
                          self->connected(endpoint);
                        });
  }

  void connected(const tcp::endpoint& endpoint) {
    deadline_.cancel();
    SocketError ignored;
    host_.set_option(tcp::no_delay(true), ignored);
    client_.set_option(tcp::no_delay(true), ignored);
    note([&endpoint](Connection& connection) { connection.address = address_text(address_of(endpoint.address())); });
    // What came behind the head belongs to the host already.
    const std::string first = request_.head + rest_;
    pass_on_first(first);
    if (!request_.is_tunnel) return flow(host_, client_, downward_, false);
    reply_ = "HTTP/1.1 200 Connection established\r\n\r\n";
    asio::async_write(client_, asio::buffer(reply_),
                      then([this](std::size_t) { flow(host_, client_, downward_, false); }));
  }

  void pass_on_first(const std::string& text) {
    if (text.empty()) return flow(client_, host_, upward_, true);
    head_ = text;
    count(true, head_.size());
    asio::async_write(host_, asio::buffer(head_), then([this](std::size_t) { flow(client_, host_, upward_, true); }));
  }

  // Until `from` ends; then `to` is told so, and when both have ended the tunnel is closed.
  void flow(tcp::socket& from, tcp::socket& to, std::array<char, kPiece_bytes>& piece, bool is_up) {
    from.async_read_some(asio::buffer(piece), [this, self = shared_from_this(), &from, &to, &piece, is_up](
                                                  const SocketError& error, std::size_t size) {
      if (error) return half_closed(to);
      count(is_up, size);
      asio::async_write(to, asio::buffer(piece.data(), size),
                        then([this, &from, &to, &piece, is_up](std::size_t) { flow(from, to, piece, is_up); }));
    });
  }

  void half_closed(tcp::socket& to) {
    if (std::exchange(is_half_closed_, true)) return close();
    SocketError ignored;
    to.shutdown(tcp::socket::shutdown_send, ignored);
  }

  // Also as a header (RFC 9209): of an answer to CONNECT most programs see nothing else.
  void refuse(int status, std::string problem) {
    note([&problem](Connection& connection) { connection.problem = problem; });
    const std::string text = "commandcenter: " + problem + "\n";
    reply_ = fmt::format(
        "HTTP/1.1 {} {}\r\nProxy-Status: commandcenter; details=\"{}\"\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
        status,
        status == 403   ? "Forbidden"
        : status == 502 ? "Bad Gateway"
                        : "Bad Request",
        header_text(problem), text.size(), text);
    asio::async_write(client_, asio::buffer(reply_), then([this](std::size_t) { linger(); }));
  }

  // Closing at once would reset the connection before the program has read why.
  void linger() {
    SocketError ignored;
    client_.shutdown(tcp::socket::shutdown_send, ignored);
    client_.async_read_some(asio::buffer(upward_), then([this](std::size_t) { linger(); }));
  }

  void note(const std::function<void(Connection&)>& how) {
    if (const auto sandbox = sandbox_.lock()) sandbox->book.change(line_, how);
  }
  void count(bool is_up, std::size_t bytes) {
    note([is_up, bytes](Connection& connection) {
      (is_up ? connection.sent_bytes : connection.received_bytes) += static_cast<std::int64_t>(bytes);
    });
  }

  tcp::socket client_;
  tcp::socket host_;
  asio::steady_timer deadline_;
  std::weak_ptr<Sandbox> sandbox_;
  std::function<void()> on_end_;
  std::optional<std::size_t> line_;
  std::string head_;
  std::string rest_;
  std::string reply_;
  RequestHead request_;
  std::vector<tcp::endpoint> endpoints_;
  std::array<char, kPiece_bytes> upward_{};
  std::array<char, kPiece_bytes> downward_{};
  bool is_half_closed_ = false;
};

}  // namespace

class Proxy::Impl {
 public:
  ~Impl() {
    asio::post(io_, [this] {
      for (const auto& [id, sandbox] : sandboxes_)
        close(*sandbox);
      work_.reset();
    });
    if (thread_.joinable())
      thread_.join();
    else
      io_.run();
  }

  Id begin(int listener, Policy policy) {
    auto sandbox = std::make_shared<Sandbox>(io_, std::move(policy));
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) thread_ = std::thread([this] { io_.run(); });
    const Id id = ++last_id_;
    books_.emplace(id, sandbox);
    asio::post(io_, [this, id, listener, sandbox] {
      sandboxes_.emplace(id, sandbox);
      SocketError error;
      sandbox->acceptor.assign(tcp::v4(), listener, error);
      if (error)
        ::close(listener);
      else
        accept(sandbox);
    });
    return id;
  }

  Report end(Id id) {
    std::shared_ptr<Sandbox> sandbox;
    {
      const std::lock_guard lock(mutex_);
      const auto found = books_.find(id);
      if (found == books_.end()) return {};
      sandbox = std::move(found->second);
      books_.erase(found);
    }
    asio::post(io_, [this, id, sandbox] {
      close(*sandbox);
      sandboxes_.erase(id);
    });
    return sandbox->book.report();
  }

 private:
  void accept(const std::shared_ptr<Sandbox>& sandbox) {
    sandbox->is_waiting = sandbox->tunnels.size() >= kMaxConnections;
    if (sandbox->is_waiting || !sandbox->acceptor.is_open()) return;
    sandbox->acceptor.async_accept([this, sandbox](const SocketError& error, tcp::socket client) {
      if (error) return;
      begin_tunnel(sandbox, std::make_shared<Tunnel>(std::move(client), sandbox));
      accept(sandbox);
    });
  }

  void begin_tunnel(const std::shared_ptr<Sandbox>& sandbox, const std::shared_ptr<Tunnel>& tunnel) {
    sandbox->tunnels.insert(tunnel);
    tunnel->on_end([this, weak = std::weak_ptr(sandbox), key = std::weak_ptr(tunnel)] {
      const auto owner = weak.lock();
      if (!owner) return;
      owner->tunnels.erase(key.lock());
      if (owner->is_waiting) accept(owner);
    });
    tunnel->begin();
  }

  static void close(Sandbox& sandbox) {
    SocketError ignored;
    sandbox.acceptor.close(ignored);
    sandbox.resolver.cancel();
    const auto tunnels = std::exchange(sandbox.tunnels, {});
    for (const auto& tunnel : tunnels)
      tunnel->close();
  }

  std::mutex mutex_;  // guards books_, last_id_ and the start of the thread
  std::map<Id, std::shared_ptr<Sandbox>> books_;
  Id last_id_ = 0;

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::map<Id, std::shared_ptr<Sandbox>> sandboxes_;  // of the thread
  std::thread thread_;
};

Proxy::Proxy() : impl_(std::make_unique<Impl>()) {}
Proxy::~Proxy() = default;

Proxy::Id Proxy::begin(int listener, Policy policy) {
  return impl_->begin(listener, std::move(policy));
}

Report Proxy::end(Id id) {
  return impl_->end(id);
}

}  // namespace commandcenter::egress
