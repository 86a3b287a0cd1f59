#include "load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace commandcenter::bench {
namespace {

std::string request_text(const std::string& method, const std::string& path, const std::string& body) {
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", method,
      path, body.size(), body);
}

class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ok_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const int yes = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(socket_); }

  int descriptor() const { return socket_; }
  bool ok() const { return ok_; }

  void send(const std::string& text) {
    buffer_.clear();
    ok_ = ok_ && ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }

  // Reads what has come; true when the answer is whole.
  bool receive() {
    char piece[16384];
    const ssize_t got = ::recv(socket_, piece, sizeof piece, 0);
    if (got <= 0) {
      ok_ = false;
      return true;
    }
    buffer_.append(piece, static_cast<std::size_t>(got));
    const auto end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const auto length = buffer_.find("Content-Length: ");
    if (length == std::string::npos || length > end) return true;
    return buffer_.size() >= end + 4 + std::strtoul(buffer_.c_str() + length + 16, nullptr, 10);
  }

  std::string body() const {
    const auto end = buffer_.find("\r\n\r\n");
    return end == std::string::npos ? std::string() : buffer_.substr(end + 4);
  }

 private:
  int socket_;
  bool ok_ = false;
  std::string buffer_;
};

std::string ask(std::uint16_t port, const std::string& text) {
  Connection connection(port);
  if (!connection.ok()) return {};
  connection.send(text);
  while (!connection.receive()) {
  }
  return connection.body();
}

}  // namespace

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double Measured::quantile_ms(double q) const {
  if (latencies_ms.empty()) return 0;
  return latencies_ms[std::min(latencies_ms.size() - 1,
                               static_cast<std::size_t>(q * static_cast<double>(latencies_ms.size())))];
}

Measured run_load(const Load& load) {
  const std::string text = request_text("POST", load.path, load.body);
  std::vector<std::unique_ptr<Connection>> connections;
  std::vector<pollfd> polled;
  std::vector<double> sent_ms;
  for (int i = 0; i < load.connections; ++i) {
    connections.push_back(std::make_unique<Connection>(load.port));
    polled.push_back({connections.back()->descriptor(), POLLIN, 0});
    sent_ms.push_back(now_ms());
    connections.back()->send(text);
  }
  Measured measured;
  int started = load.connections;
  int ended = 0;
  double counted_from_ms = now_ms();
  while (ended < load.requests) {
    ::poll(polled.data(), polled.size(), 10'000);
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if ((polled[i].revents & (POLLIN | POLLERR | POLLHUP)) == 0 || !connections[i]->receive()) continue;
      const double ended_ms = now_ms();
      ++ended;
      if (ended == load.warm_up) counted_from_ms = ended_ms;
      if (ended > load.warm_up) measured.latencies_ms.push_back(ended_ms - sent_ms[i]);
      if (connections[i]->body().find("\"SUCCESS\"") == std::string::npos && measured.failed++ == 0)
        measured.first_failure = connections[i]->body();
      if (!connections[i]->ok()) {
        polled[i].fd = -1;
      } else if (started < load.requests) {
        ++started;
        sent_ms[i] = ended_ms;
        connections[i]->send(text);
      }
    }
    if (std::all_of(polled.begin(), polled.end(), [](const pollfd& p) { return p.fd < 0; })) break;
  }
  measured.seconds = (now_ms() - counted_from_ms) / 1000.0;
  std::sort(measured.latencies_ms.begin(), measured.latencies_ms.end());
  return measured;
}

std::string post(std::uint16_t port, const std::string& path, const std::string& body) {
  return ask(port, request_text("POST", path, body));
}

std::string get(std::uint16_t port, const std::string& path) {
  return ask(port, request_text("GET", path, ""));
}

}  // namespace commandcenter::bench
