#include "server/rate_limiter.h"

#include <gtest/gtest.h>

namespace commandcenter::server {
namespace {

Address at(std::string_view text) {
  return parse_address(text).value();
}

TEST(RateLimiter, takes_a_hundred_writes_and_refuses_the_next) {  // features 76, 83
  RateLimiter limiter{RateLimits{}};
  for (int i = 0; i < 100; ++i) {
    const auto verdict = limiter.count(at("10.0.0.1"), Traffic::kWrite, 5'000);
    EXPECT_FALSE(verdict.is_refused);
    EXPECT_EQ(verdict.remaining, 99 - i);
    EXPECT_EQ(verdict.limit, 100);
    EXPECT_EQ(verdict.reset_s, 60);
  }
  const auto verdict = limiter.count(at("10.0.0.1"), Traffic::kWrite, 5'001);
  EXPECT_TRUE(verdict.is_refused);
  EXPECT_EQ(verdict.remaining, 0);
  EXPECT_EQ(verdict.reset_s, 60);
  EXPECT_EQ(limiter.count(at("10.0.0.1"), Traffic::kWrite, 64'001).reset_s, 1);
  EXPECT_FALSE(limiter.count(at("10.0.0.2"), Traffic::kWrite, 5'001).is_refused);  // another client
}

TEST(RateLimiter, begins_a_window_at_the_first_request_after_the_last_one) {
  RateLimits limits;
  limits.writes = 1;
  RateLimiter limiter{limits};
  EXPECT_FALSE(limiter.count(at("::1"), Traffic::kWrite, 1'000).is_refused);
  EXPECT_TRUE(limiter.count(at("::1"), Traffic::kWrite, 60'999).is_refused);
  EXPECT_FALSE(limiter.count(at("::1"), Traffic::kWrite, 61'000).is_refused);
  EXPECT_TRUE(limiter.count(at("::1"), Traffic::kWrite, 120'999).is_refused);
}

TEST(RateLimiter, counts_each_class_for_itself) {  // pitfall B19, feature 78
  RateLimits limits;
  limits.reads = limits.writes = limits.triggers = limits.webhooks = 1;
  RateLimiter limiter{limits};
  for (const bool refused : {false, true}) {
    for (const Traffic traffic : {Traffic::kRead, Traffic::kWrite, Traffic::kTrigger, Traffic::kWebhook})
      EXPECT_EQ(limiter.count(at("10.0.0.1"), traffic, 0).is_refused, refused);
  }
  EXPECT_FALSE(limiter.count(at("10.0.0.1"), Traffic::kUnlimited, 0).is_limited);
}

TEST(RateLimiter, sees_one_client_in_a_56) {
  RateLimits limits;
  limits.reads = 1;
  RateLimiter limiter{limits};
  EXPECT_FALSE(limiter.count(at("2001:db8:1:1100::1"), Traffic::kRead, 0).is_refused);
  EXPECT_TRUE(limiter.count(at("2001:db8:1:11ff:1:2:3:4"), Traffic::kRead, 0).is_refused);
  EXPECT_FALSE(limiter.count(at("2001:db8:1:1200::1"), Traffic::kRead, 0).is_refused);
  EXPECT_TRUE(limiter.count(at("2001:db8:1:1200::2"), Traffic::kRead, 0).is_refused);
}

TEST(RateLimiter, remembers_a_bounded_number_of_clients) {
  RateLimits limits;
  limits.reads = 2;
  limits.max_clients = 3;
  RateLimiter limiter{limits};
  for (int i = 0; i < 100; ++i)
    limiter.count(at("10.0.0." + std::to_string(i)), Traffic::kRead, 2'000);
  EXPECT_LE(limiter.clients(), 4U);                                               // and the common window
  EXPECT_FALSE(limiter.count(at("10.0.0.1"), Traffic::kRead, 2'000).is_refused);  // the first ones count for themselves
  EXPECT_TRUE(limiter.count(at("10.0.0.200"), Traffic::kRead, 2'000).is_refused);
  EXPECT_FALSE(limiter.count(at("10.0.0.200"), Traffic::kRead, 62'000).is_refused);  // the old windows have run out
  EXPECT_EQ(limiter.clients(), 1U);
}

TEST(ClientAddress, believes_trusted_proxies_only) {  // pitfall B19, feature 78
  const std::vector<Network> trusted{parse_network("10.0.0.0/8").value(), parse_network("fd00::/8").value(),
                                     parse_network("127.0.0.1").value()};
  const auto client = [&](std::string_view peer, std::string_view forwarded) {
    return client_of(at(peer), forwarded, trusted);
  };
  EXPECT_EQ(client("192.0.2.1", "198.51.100.7"), at("192.0.2.1"));  // not a proxy: its word counts for nothing
  EXPECT_EQ(client("10.1.1.1", "198.51.100.7"), at("198.51.100.7"));
  EXPECT_EQ(client("10.1.1.1", ""), at("10.1.1.1"));
  EXPECT_EQ(client("10.1.1.1", "1.1.1.1, 198.51.100.7"), at("198.51.100.7"));  // the client's own claim is ignored
  EXPECT_EQ(client("10.1.1.1", "1.1.1.1, 198.51.100.7 ,fd00::7"), at("198.51.100.7"));
  EXPECT_EQ(client("10.1.1.1", "198.51.100.7, unknown, 10.2.2.2"), at("10.2.2.2"));
  EXPECT_EQ(client("::ffff:10.1.1.1", "[2001:db8::1]:4711"), at("2001:db8::1"));
  EXPECT_EQ(client("127.0.0.1", "198.51.100.7:80"), at("198.51.100.7"));
  EXPECT_EQ(client("127.0.0.2", "198.51.100.7"), at("127.0.0.2"));
}

TEST(ClientAddress, reads_networks) {
  for (const char* wrong : {"", "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "fd00::/129", "1.2.3"})
    EXPECT_FALSE(parse_network(wrong)) << wrong;
  EXPECT_TRUE(parse_network("0.0.0.0/0")->contains(at("1.2.3.4")));
  EXPECT_FALSE(parse_network("0.0.0.0/0")->contains(at("2001:db8::1")));
  EXPECT_TRUE(parse_network("::/0")->contains(at("2001:db8::1")));
}

}  // namespace
}  // namespace commandcenter::server
