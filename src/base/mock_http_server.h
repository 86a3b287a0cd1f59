// For tests: a server on 127.0.0.1 that answers with scripted bytes and remembers what it was asked. One thread, one
// connection at a time; stopped by its destructor.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace commandcenter {

class MockHttpServer {
 public:
  struct Request {
    std::string head;
    std::string body;
  };

  static constexpr std::string_view kHang = "<hang>";    // reply: stay silent until the client leaves
  static constexpr std::string_view kClose = "<close>";  // reply: close without an answer

  // The raw answers in order; the last one is repeated. An answer that says "Connection: close" ends its connection.
  // A reply that ends with kHang is written, and then the connection stays open and silent.
  explicit MockHttpServer(std::vector<std::string> replies) : MockHttpServer(std::move(replies), nullptr) {}

  // Answers as `handler` says, which is called in the server's thread.
  using Handler = std::function<std::string(const Request&)>;
  explicit MockHttpServer(Handler handler) : MockHttpServer({}, std::move(handler)) {}

  MockHttpServer(std::vector<std::string> replies, Handler handler)
      : replies_(std::move(replies)), handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &length) != 0 || ::pipe(stop_) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }

  ~MockHttpServer() {
    (void)!::write(stop_[1], "x", 1);
    thread_.join();
    for (const int descriptor : {listener_, stop_[0], stop_[1]})
      ::close(descriptor);
  }

  MockHttpServer(const MockHttpServer&) = delete;
  MockHttpServer& operator=(const MockHttpServer&) = delete;

  int port() const { return port_; }
  std::string url(std::string_view target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(target);
  }

  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  int connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

  static std::string reply(int status, std::string_view headers, std::string_view body) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }

 private:
  // True when the descriptor can be read, false when the server has to stop.
  bool wait_for(int descriptor) const {
    pollfd watched[] = {{descriptor, POLLIN, 0}, {stop_[0], POLLIN, 0}};
    while (::poll(watched, 2, -1) < 0)
      continue;
    return watched[1].revents == 0;
  }

  void serve() {
    while (wait_for(listener_)) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) continue;
      {
        const std::lock_guard lock(mutex_);
        ++connections_;
      }
      while (serve_one(connection))
        continue;
      ::close(connection);
    }
  }

  bool read_more(int connection, std::string& text) const {
    char piece[4096];
    if (!wait_for(connection)) return false;
    const ssize_t got = ::recv(connection, piece, sizeof piece, 0);
    if (got <= 0) return false;
    text.append(piece, static_cast<std::size_t>(got));
    return true;
  }

  bool serve_one(int connection) {
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
      if (!read_more(connection, text)) return false;
    }
    const std::size_t head_end = text.find("\r\n\r\n") + 4;
    const std::size_t field = text.find("Content-Length: ");
    const std::size_t length = field < head_end ? static_cast<std::size_t>(std::atol(text.c_str() + field + 16)) : 0;
    while (text.size() < head_end + length) {
      if (!read_more(connection, text)) return false;
    }
    Request request{text.substr(0, head_end), text.substr(head_end)};
    std::string answer = handler_ ? handler_(request) : std::string();
    {
      const std::lock_guard lock(mutex_);
      if (!handler_) answer = replies_[std::min(requests_.size(), replies_.size() - 1)];
      requests_.push_back(std::move(request));
    }
    if (answer == kClose) return false;
    const bool hang = answer.ends_with(kHang);
    if (hang) answer.resize(answer.size() - kHang.size());
    if (!answer.empty() && ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return false;
    if (hang) {
      std::string ignored;
      while (read_more(connection, ignored))
        continue;
      return false;
    }
    return answer.find("Connection: close") == std::string::npos;
  }

  std::vector<std::string> replies_;
  Handler handler_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};
  int port_ = 0;
  int connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::thread thread_;
};

}  // namespace commandcenter
