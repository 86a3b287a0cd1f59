// The notifier behind a proxy, as in a sandbox: what the proxy says is told, and what it refuses is final.
#include "agent/builtin/notifier/notifier.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/mock_http_server.h"

namespace commandcenter::notifier {
namespace {

// The environment names a proxy, as in a sandbox.
class ProxyEnvironment {
 public:
  explicit ProxyEnvironment(const std::string& url) {
    for (const char* name : {"http_proxy", "https_proxy"})
      ::setenv(name, url.c_str(), 1);
  }
  ~ProxyEnvironment() {
    for (const char* name : {"http_proxy", "https_proxy", "no_proxy"})
      ::unsetenv(name);
  }
  ProxyEnvironment(const ProxyEnvironment&) = delete;
  ProxyEnvironment& operator=(const ProxyEnvironment&) = delete;
};

TEST(Proxy, tells_why_it_refused) {
  const std::string why =
      "Proxy-Status: commandcenter; details=\"hooks.example.org:443 is not among the hosts that this server allows "
      "(network.allow)\"\r\n";
  const MockHttpServer proxy({MockHttpServer::reply(403, why, "x"), MockHttpServer::reply(403, why, "x"),
                              MockHttpServer::reply(407, "", "x"), MockHttpServer::reply(502, "", "x")});
  const ProxyEnvironment environment(proxy.url(""));
  const auto refusal = [](const std::string& url) {
    const Json input = {{"channel", "slack"},
                        {"message", "3 findings"},
                        {"webhookUrl", url},
                        {"allowPrivate", true},
                        {"retry", {{"maxTries", 2}, {"firstBackoffMs", 1}}}};
    const auto answer = run("send", input, "", [](std::string_view) {});
    return answer ? "delivered" : answer.error().message;
  };
  EXPECT_EQ(refusal("https://hooks.example.org/services/abcdefgh"),
            "Slack notification not delivered after 1 try: hooks.example.org:443 is not among the hosts that this "
            "server allows (network.allow)");
  EXPECT_EQ(refusal("http://hooks.example.org/services/abcdefgh"),
            "Slack notification not delivered after 1 try: HTTP 403: hooks.example.org:443 is not among the hosts that "
            "this server allows (network.allow)");
  EXPECT_EQ(refusal("https://hooks.example.org/services/abcdefgh"),
            "Slack notification not delivered after 1 try: hooks.example.org:443: the proxy answered HTTP 407");
  EXPECT_EQ(refusal("https://hooks.example.org/services/abcdefgh"),
            "Slack notification not delivered after 2 tries: hooks.example.org:443: the proxy answered HTTP 502");
  ::setenv("no_proxy", "127.0.0.1", 1);
  EXPECT_NE(refusal("http://127.0.0.1:1/x").find("network.allow of the server lists it"), std::string::npos);
}

}  // namespace
}  // namespace commandcenter::notifier
