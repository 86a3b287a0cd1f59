// The proxy with real sockets on the loopback interface (pitfall B14, features 97, 98).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "egress/egress.h"
#include "egress/request_head.h"

namespace commandcenter::egress {
namespace {

struct Listening {
  int fd = -1;
  std::uint16_t port = 0;
};

Listening listening() {
  Listening made{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), 0};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  EXPECT_EQ(::bind(made.fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(::listen(made.fd, 16), 0);
  EXPECT_EQ(::getsockname(made.fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  made.port = ::ntohs(address.sin_port);
  return made;
}

// Connects, sends, and reads up to the end.
std::string conversation(std::uint16_t port, const std::string& text) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port = ::htons(port);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  ::shutdown(fd, SHUT_WR);
  std::string answer;
  char piece[4096];
  for (ssize_t got = 0; (got = ::read(fd, piece, sizeof(piece))) > 0;)
    answer.append(piece, static_cast<std::size_t>(got));
  ::close(fd);
  return answer;
}

// A host: answers every connection with what it got, after a word of its own.
class Host {
 public:
  Host() : socket_(listening()), thread_([this] { serve(); }) {}
  ~Host() {
    ::shutdown(socket_.fd, SHUT_RDWR);
    thread_.join();
    ::close(socket_.fd);
  }
  std::string at() const { return "127.0.0.1:" + std::to_string(socket_.port); }
  std::uint16_t port() const { return socket_.port; }

 private:
  void serve() const {
    for (int client = -1; (client = ::accept(socket_.fd, nullptr, nullptr)) >= 0;) {
      static_cast<void>(::send(client, "heard: ", 7, MSG_NOSIGNAL));
      char piece[4096];
      for (ssize_t got = 0; (got = ::read(client, piece, sizeof(piece))) > 0;)
        static_cast<void>(::send(client, piece, static_cast<std::size_t>(got), MSG_NOSIGNAL));
      ::close(client);
    }
  }
  Listening socket_;
  std::thread thread_;
};

class ProxyTest : public testing::Test {
 protected:
  void allow(const std::vector<std::string>& agent, const std::vector<std::string>& operators) {
    const Listening inside = listening();
    port_ = inside.port;
    id_ = proxy_.begin(inside.fd, {*parse_rules(agent), *parse_rules(operators)});
  }

  Host host_;
  Proxy proxy_;
  Proxy::Id id_ = 0;
  std::uint16_t port_ = 0;
};

TEST_F(ProxyTest, TunnelsAndRequestsReachWhatIsAllowed) {
  allow({"127.0.0.1"}, {"127.0.0.0/8"});
  EXPECT_EQ(conversation(port_, "CONNECT " + host_.at() + " HTTP/1.1\r\nHost: x\r\n\r\nbytes"),
            "HTTP/1.1 200 Connection established\r\n\r\nheard: bytes");
  EXPECT_EQ(
      conversation(
          port_,
          "POST http://" + host_.at() +
              "/a?b HTTP/1.1\r\nHost: elsewhere\r\nProxy-Connection: keep-alive\r\nContent-Length: 4\r\n\r\nbody"),
      "heard: POST /a?b HTTP/1.1\r\nContent-Length: 4\r\nHost: " + host_.at() + "\r\nConnection: close\r\n\r\nbody");
  const Report report = proxy_.end(id_);
  ASSERT_EQ(report.connections.size(), 2U);
  const Connection& first = report.connections.front();
  EXPECT_TRUE(first.allowed);
  EXPECT_EQ(first.host, "127.0.0.1");
  EXPECT_EQ(first.port, host_.port());
  EXPECT_EQ(first.address, "127.0.0.1");
  EXPECT_EQ(first.sent_bytes, 5);
  EXPECT_EQ(first.received_bytes, 12);
}

TEST_F(ProxyTest, WhatIsNotAllowedIsRefusedInWords) {
  allow({"*"}, {"*"});
  const std::string answer = conversation(port_, "CONNECT " + host_.at() + " HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403 Forbidden\r\n")) << answer;
  EXPECT_NE(answer.find("no public address"), std::string::npos) << answer;
  // For clients that show nothing else of such an answer.
  const std::string head = answer.substr(0, answer.find("\r\n\r\n"));
  EXPECT_NE(head.find("\r\nProxy-Status: commandcenter; details=\"" + host_.at() + " is at 127.0.0.1, which is no"),
            std::string::npos)
      << head;
  EXPECT_TRUE(conversation(port_, "GET http://localhost:" + std::to_string(host_.port()) + "/ HTTP/1.1\r\n\r\n")
                  .starts_with("HTTP/1.1 403"));
  EXPECT_TRUE(conversation(port_, "CONNECT no.such.host.invalid:443 HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 502"));
  for (const char* nonsense :
       {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT nothing HTTP/1.1\r\n\r\n", "\x16\x03\x01\r\n\r\n",
        "GET http://user@127.0.0.1/ HTTP/1.1\r\n\r\n", "GET https://a.example/ HTTP/1.1\r\n\r\n"}) {
    EXPECT_TRUE(conversation(port_, nonsense).starts_with("HTTP/1.1 400")) << nonsense;
  }
  EXPECT_TRUE(conversation(port_, "GET http://a/ HTTP/1.1\r\nX: " + std::string(kMaxHead_bytes, 'x'))
                  .starts_with("HTTP/1.1 431"));
  const Report report = proxy_.end(id_);
  ASSERT_EQ(report.connections.size(), 3U);
  EXPECT_FALSE(report.connections[0].allowed);
  EXPECT_NE(report.connections[0].problem.find("no public address"), std::string::npos);
}

TEST_F(ProxyTest, ManyConnectionsAreServedAndTheRecordIsBounded) {
  allow({"*"}, {"127.0.0.1"});
  std::vector<std::thread> clients;
  clients.reserve(4);
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([this] {
      for (int k = 0; k < 60; ++k)
        EXPECT_TRUE(conversation(port_, "CONNECT " + host_.at() + " HTTP/1.1\r\n\r\nx").ends_with("heard: x"));
    });
  }
  for (std::thread& client : clients)
    client.join();
  const Report report = proxy_.end(id_);
  EXPECT_EQ(report.connections.size(), kMaxRecorded);
  EXPECT_EQ(report.more, 240 - static_cast<std::int64_t>(kMaxRecorded));
  EXPECT_TRUE(proxy_.end(id_).connections.empty());
}

TEST_F(ProxyTest, EndingClosesWhatIsOpen) {
  allow({"*"}, {"127.0.0.1"});
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port = ::htons(port_);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string request = "CONNECT " + host_.at() + " HTTP/1.1\r\n\r\n";
  ASSERT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string answer;
  char piece[256];
  while (answer.find("heard: ") == std::string::npos) {
    const ssize_t got = ::read(fd, piece, sizeof(piece));
    ASSERT_GT(got, 0);
    answer.append(piece, static_cast<std::size_t>(got));
  }
  EXPECT_EQ(proxy_.end(id_).connections.size(), 1U);
  EXPECT_LE(::read(fd, piece, sizeof(piece)), 0);
  ::close(fd);
}

}  // namespace
}  // namespace commandcenter::egress
