// What a program reaches of the network: nothing, or what the proxy lets it (pitfall B14; features 97, 98).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <thread>

#include "sandbox/sandbox_fixture.h"

namespace commandcenter::sandbox {
namespace {

// A server of the host, on its loopback interface: greets whoever connects.
class Greeter {
 public:
  Greeter() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_.get(), generic, length), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    EXPECT_EQ(::getsockname(listener_.get(), generic, &length), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (int client = -1; (client = ::accept(listener_.get(), nullptr, nullptr)) >= 0;) {
        static_cast<void>(::send(client, "welcome", 7, MSG_NOSIGNAL));
        ::close(client);
      }
    });
  }
  ~Greeter() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  Greeter(const Greeter&) = delete;
  Greeter& operator=(const Greeter&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

class NetworkTest : public SandboxTest {
 protected:
  // Asks the proxy for host:port, and prints the first line that it answers, and what comes behind.
  LaunchSpec asking_for(const std::string& target, std::vector<std::string> agent, std::vector<std::string> operators) {
    LaunchSpec spec = python(
        "import socket,sys\n"
        "s = socket.create_connection(('127.0.0.1', 3128), 5)\n"
        "s.sendall(b'CONNECT ' + sys.argv[1].encode() + b' HTTP/1.1\\r\\n\\r\\n')\n"
        "s = s.makefile('rb').read().split(b'\\r\\n')\n"
        "print(s[0].decode(), s[-1].decode().strip())");
    spec.argv.push_back(target);
    spec.network = egress::Policy{*egress::parse_rules(agent), *egress::parse_rules(operators)};
    return spec;
  }

  const Greeter host_;
  const std::string greeter_ = "127.0.0.1:" + std::to_string(host_.port());
};

TEST_F(NetworkTest, ThereIsNoneWithoutRules) {
  LaunchSpec spec = python(
      "import socket,sys\n"
      "for port in (int(sys.argv[1]), 3128):\n"
      "  try:\n    socket.create_connection(('127.0.0.1', port), 5); print('connected')\n"
      "  except OSError: print('refused')\n"
      "print([name for _, name in socket.if_nameindex()])");
  spec.argv.push_back(std::to_string(host_.port()));
  EXPECT_EQ(output_of(spec), "refused\nrefused\n['lo']\n");
}

TEST_F(NetworkTest, TheProxyIsTheOnlyWay) {
  const Exit exit = run(asking_for(greeter_, {"127.0.0.1"}, {"127.0.0.0/8"}));
  EXPECT_EQ(exit.standard_output, "HTTP/1.1 200 Connection established welcome\n") << exit.message << log_text();
  ASSERT_EQ(exit.network.connections.size(), 1U);
  EXPECT_EQ(exit.network.connections.front().received_bytes, 7);

  LaunchSpec around = python(
      "import socket,sys\n"
      "def reach(family, kind, to):\n"
      "  s = socket.socket(family, kind); s.settimeout(2)\n"
      "  try:\n    s.connect(to); s.send(b'x'); print('reached', to)\n"
      "  except OSError: pass\n"
      "for host in ('169.254.169.254', '10.0.0.1', '1.1.1.1', '8.8.8.8'):\n"
      "  reach(socket.AF_INET, socket.SOCK_STREAM, (host, 80)); reach(socket.AF_INET, socket.SOCK_DGRAM, (host, 53))\n"
      "reach(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', int(sys.argv[1])))\n"
      "try:\n  socket.getaddrinfo('example.org', 80); print('resolved')\nexcept OSError: print('done')");
  around.argv.push_back(std::to_string(host_.port()));
  around.network = egress::Policy{*egress::parse_rules({"*"}), *egress::parse_rules({"*", "127.0.0.0/8"})};
  EXPECT_EQ(output_of(around), "done\n");
}

TEST_F(NetworkTest, WhatIsNotAllowedIsSaidAndRecorded) {
  const Exit exit = run(asking_for(greeter_, {"*"}, {"*"}));
  EXPECT_TRUE(exit.standard_output.starts_with("HTTP/1.1 403 Forbidden commandcenter: 127.0.0.1:"))
      << exit.standard_output;
  ASSERT_EQ(exit.network.connections.size(), 1U);
  EXPECT_FALSE(exit.network.connections.front().allowed);
  for (const char* target : {"169.254.169.254:80", "[::1]:80", "0.0.0.0:80", "2130706433:80", "localhost:80"}) {
    const Exit refused = run(asking_for(target, {"*"}, {"*"}));
    EXPECT_TRUE(refused.standard_output.starts_with("HTTP/1.1 403 ") ||
                refused.standard_output.starts_with("HTTP/1.1 502 "))
        << target << ": " << refused.standard_output;
  }
}

// Each has a loopback interface, a proxy and rules of its own.
TEST_F(NetworkTest, SandboxesDoNotMeet) {
  LaunchSpec waiting = python(
      "import socket,sys\n"
      "s = socket.socket(); s.bind(('0.0.0.0', 4000)); s.listen(); print('listening', file=sys.stderr, flush=True)\n"
      "sys.stdin.read(); import time; time.sleep(60)");
  waiting.network = egress::Policy{*egress::parse_rules({"*"}), *egress::parse_rules({"127.0.0.0/8"})};
  LaunchWatch other;
  launcher_->start(waiting, other.callbacks());
  ASSERT_TRUE(other.logged("listening"));
  const Exit exit = run(asking_for("127.0.0.1:4000", {"*"}, {"127.0.0.0/8"}));
  EXPECT_NE(exit.standard_output.find("502"), std::string::npos)
      << "the host itself has nothing there, and nobody else: " << exit.standard_output;
}

}  // namespace
}  // namespace commandcenter::sandbox
