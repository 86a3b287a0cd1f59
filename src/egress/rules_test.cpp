// Which hosts and addresses are allowed (pitfall B14, feature 98).
#include <arpa/inet.h>

#include <gtest/gtest.h>

#include "egress/egress.h"

namespace commandcenter::egress {
namespace {

Address at(const char* text) {
  return parse_rule(text)->network;
}

Policy policy(const std::vector<std::string>& agent, const std::vector<std::string>& operators) {
  return {*parse_rules(agent), *parse_rules(operators)};
}

std::string verdict(const Policy& policy, const char* host, std::uint16_t port, const char* address) {
  const std::string refusal = refusal_of_host(policy, host, port);
  return refusal.empty() ? refusal_of_address(policy, host, at(address), port) : refusal;
}

TEST(EgressRules, RulesThatNameNothingAreErrors) {
  for (const char* text : {"",
                           ":443",
                           "a b",
                           "https://a.example",
                           "a.example:0",
                           "a.example:65536",
                           "a.example:x",
                           "*.*.example",
                           "a.*.example",
                           "10.0.0.0/33",
                           "10.0.0.0/x",
                           "[fd00::/129]",
                           "a..b",
                           ".a",
                           "*a.example",
                           "*.",
                           "a.example..",
                           "-a.example",
                           "a-.example",
                           "[a.example]:443",
                           "[]:443",
                           "::1]:443",
                           "fe80::1%eth0",
                           "1.2.3",
                           "127.1",
                           "256.1.1.1",
                           "2130706433",
                           "0x7f000001",
                           "a.0x7f",
                           "a.example:443 ",
                           "user@a.example",
                           "a.example/path",
                           "b\xc3\xbc"
                           "cher.example"}) {
    EXPECT_FALSE(parse_rule(text)) << text;
  }
  std::string name(64, 'a');  // a label has at most 63 bytes
  name += ".example";
  EXPECT_FALSE(parse_rule(name));
  for (const char* text : {"*", "*:443", "a.example", "A.Example.:443", "*.example:*", "10.0.0.1", "10.0.0.0/8:80",
                           "::1", "[::1]:80", "[fd00::/8]", "fd00::/8"}) {
    EXPECT_TRUE(parse_rule(text)) << text;
  }
}

// What is told is what the author of a manifest has to change.
TEST(EgressRules, ErrorsSayWhatIsWrong) {
  for (const auto& [text, words] :
       std::vector<std::pair<std::string, std::string>>{{"https://a.example", "an address of a page"},
                                                        {"*.example:65536", "its port is not from 1 to 65535"},
                                                        {"a.example:https", "its port is not from 1 to 65535"},
                                                        {"10.0.0.0/33", "its prefix is not from 0 to 32"},
                                                        {"[fd00::/129]:1", "its prefix is not from 0 to 128"},
                                                        {"127.1", "neither a name nor a whole address"},
                                                        {"b\xc3\xbc"
                                                         "cher.example:443",
                                                         "(xn--"}}) {
    const auto rule = parse_rule(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_NE(rule.error().message.find(words), std::string::npos) << rule.error().message;
    EXPECT_NE(rule.error().message.find("'" + text + "'"), std::string::npos) << rule.error().message;
  }
}

TEST(EgressRules, BothSidesMustAgree) {
  const Policy both = policy({"api.example.org:443", "*.cdn.example:443"}, {"*.example.org:443", "*.cdn.example"});
  EXPECT_EQ(verdict(both, "api.example.org", 443, "93.184.216.34"), "");
  EXPECT_EQ(verdict(both, "API.EXAMPLE.ORG.", 443, "93.184.216.34"), "");
  EXPECT_EQ(verdict(both, "a.b.cdn.example", 443, "93.184.216.34"), "");
  EXPECT_NE(verdict(both, "cdn.example", 443, "93.184.216.34"), "") << "the name itself is not below itself";
  EXPECT_NE(verdict(both, "evilcdn.example", 443, "93.184.216.34"), "");
  EXPECT_NE(verdict(both, "api.example.org", 80, "93.184.216.34").find("sandbox.network"), std::string::npos);
  EXPECT_NE(verdict(both, "www.example.org", 443, "93.184.216.34").find("sandbox.network"), std::string::npos);
  EXPECT_NE(verdict(policy({"*"}, {"a.example"}), "b.example", 443, "93.184.216.34").find("network.allow"),
            std::string::npos);
  EXPECT_NE(verdict(policy({"*"}, {}), "b.example", 443, "93.184.216.34"), "");
  EXPECT_NE(verdict(policy({}, {"*"}), "b.example", 443, "93.184.216.34"), "");
  EXPECT_NE(verdict(policy({"*"}, {"*"}), "a\r\nHost: b", 443, "93.184.216.34"), "");
  for (const char* host : {"127.1", "2130706433", "0x7f000001", "017700000001"})
    EXPECT_NE(verdict(policy({"*"}, {"*"}), host, 443, "93.184.216.34").find("is no host"), std::string::npos) << host;
}

// DNS rebinding: a name that the lists allow, and an address that they do not.
TEST(EgressRules, AddressesThatAreNotPublicMustBeListed) {
  const Policy open = policy({"*"}, {"*"});
  for (const char* address : {"127.0.0.1",     "10.1.2.3",         "172.16.0.1",      "172.31.255.255",
                              "192.168.1.1",   "169.254.169.254",  "100.64.0.1",      "0.0.0.0",
                              "224.0.0.1",     "255.255.255.255",  "198.18.0.1",      "::",
                              "::1",           "fe80::1",          "fd00::1",         "fc00::1",
                              "ff02::1",       "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
                              "2002:7f00:1::", "2001::1",          "2001:db8::1"}) {
    EXPECT_FALSE(is_public(at(address))) << address;
    EXPECT_NE(verdict(open, "rebound.example", 80, address).find("no public address"), std::string::npos) << address;
  }
  for (const char* address : {"1.1.1.1", "172.32.0.1", "223.255.255.255", "2606:4700::1111", "::ffff:8.8.8.8"})
    EXPECT_EQ(verdict(open, "fine.example", 80, address), "") << address;

  const Policy listed = policy({"*"}, {"*", "10.0.0.0/8:5432", "intranet.example:443", "[fd00::/8]:443"});
  EXPECT_EQ(verdict(listed, "db.example", 5432, "10.9.9.9"), "");
  EXPECT_NE(verdict(listed, "db.example", 5433, "10.9.9.9"), "");
  EXPECT_EQ(verdict(listed, "10.9.9.9", 5432, "10.9.9.9"), "");
  EXPECT_NE(verdict(listed, "10.9.9.9", 80, "10.9.9.9"), "");
  EXPECT_EQ(verdict(listed, "intranet.example", 443, "192.168.0.7"), "") << "named in full by the operator";
  EXPECT_NE(verdict(listed, "a.intranet.example", 443, "192.168.0.7"), "");
  EXPECT_EQ(verdict(listed, "fd00::5", 443, "fd00::5"), "");
  EXPECT_NE(verdict(policy({"10.0.0.0/8"}, {"*", "10.0.0.0/8"}), "db.example", 80, "10.0.0.1"), "")
      << "the manifest lists addresses; a name is not one";
  EXPECT_TRUE(reaches_loopback(policy({}, {"127.0.0.0/8:80"})));
  EXPECT_FALSE(reaches_loopback(open));
}

}  // namespace
}  // namespace commandcenter::egress
