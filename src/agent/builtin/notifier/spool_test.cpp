// Nothing lost, nothing doubled, in order: what pitfall C7 asks for, at real servers that fail.
#include "agent/builtin/notifier/spool.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/builtin/notifier/courier.h"
#include "base/mock_http_server.h"

namespace commandcenter::notifier {
namespace {

namespace fs = std::filesystem;

class SpoolTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cc-spool-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string spool() const { return (folder_ / "spool").string(); }
  fs::path folder_;
};

std::string header_of(const MockHttpServer::Request& request, const std::string& name) {
  const std::size_t at = request.head.find(name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 2;
  return request.head.substr(begin, request.head.find("\r\n", begin) - begin);
}

// Fails one request in five, in each way that a service can: refuses before it took the message, takes it and then
// loses the answer, asks for patience. A message that it has taken once it answers with success and takes no more.
class Flaky {
 public:
  std::string operator()(const MockHttpServer::Request& request) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto chance = static_cast<unsigned>(state_ >> 33U) % 100;
    const std::string key = header_of(request, "Idempotency-Key");
    if (chance < 5) return MockHttpServer::reply(503, "", "");
    if (chance < 8) return MockHttpServer::reply(429, "Retry-After: 0.001\r\n", "");
    if (chance < 10) return std::string(MockHttpServer::kClose);
    if (taken_.insert(key).second) order_.push_back(string_member(*parse_json(request.body), "message"));
    if (chance < 20) return std::string(MockHttpServer::kClose);
    return MockHttpServer::reply(200, "", "ok");
  }
  const std::vector<std::string>& order() const { return order_; }

 private:
  std::uint64_t state_ = 1;
  std::set<std::string> taken_;
  std::vector<std::string> order_;
};

TEST_F(SpoolTest, ten_thousand_messages_arrive_once_each_in_order) {  // pitfall C7, feature 37
  constexpr int kMessages = 10'000;
  Flaky first;
  Flaky second;
  const MockHttpServer one([&](const MockHttpServer::Request& request) { return first(request); });
  const MockHttpServer two([&](const MockHttpServer::Request& request) { return second(request); });
  Json input = {
      {"destinations", Json::array({{{"name", "one"}, {"channel", "webhook"}, {"webhookUrl", one.url("/a")}},
                                    {{"name", "two"}, {"channel", "webhook"}, {"webhookUrl", two.url("/b")}}})},
      {"allowPrivate", true},
      {"messages", Json::array()}};
  std::vector<std::string> wanted;
  for (int i = 0; i < kMessages; ++i) {
    wanted.push_back(fmt::format("message {}", i));
    input["messages"].push_back({{"message", wanted.back()}});
  }
  SystemClock clock;
  const auto sent =
      send(input, {.spool_folder = spool(), .effect = "test"}, [](std::string_view) {}, {clock, [](std::int64_t) {}});
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->failure, "");
  EXPECT_EQ(first.order(), wanted);
  EXPECT_EQ(second.order(), wanted);
  EXPECT_EQ(sent->answer["receipts"].size(), 2U * kMessages);
  EXPECT_GT(one.requests().size(), kMessages * 11U / 10) << "the servers did fail";
}

TEST_F(SpoolTest, what_could_not_be_delivered_waits_for_the_next_call) {
  bool is_up = false;
  int taken = 0;
  const MockHttpServer server([&](const MockHttpServer::Request&) {
    if (!is_up && taken == 3) return MockHttpServer::reply(500, "", "");
    ++taken;
    return MockHttpServer::reply(200, "", "ok");
  });
  Json input = {
      {"channel", "webhook"}, {"webhookUrl", server.url("/x")}, {"allowPrivate", true}, {"messages", Json::array()}};
  for (int i = 0; i < 10; ++i)
    input["messages"].push_back({{"message", std::to_string(i)}, {"id", fmt::format("m{}", i)}});
  SystemClock clock;
  const Timing timing{clock, [](std::int64_t) {}};
  const auto call = [&] {
    return *send(
        input, {.spool_folder = spool(), .effect = {}}, [](std::string_view) {}, timing);
  };
  Sent sent = call();
  EXPECT_EQ(sent.answer["waiting"], 7);
  EXPECT_NE(sent.failure.find("7 of 10 not delivered"), std::string::npos) << sent.failure;
  is_up = true;
  sent = call();  // the same messages: known by their ids
  EXPECT_EQ(sent.failure, "");
  EXPECT_EQ(sent.answer["duplicates"], 10);
  EXPECT_EQ(taken, 10);
  EXPECT_EQ(call().answer["attempts"], 0);
  EXPECT_EQ(taken, 10);
}

TEST_F(SpoolTest, survives_at_every_byte) {
  const std::vector<Spooled> parcels{{{.key = "a", .body = "A", .path = {}}, "a"},
                                     {{.key = "b", .body = "B", .path = {}}, "b"}};
  {
    auto spool_now = Spool::open(spool(), "x", 1);
    ASSERT_TRUE(spool_now) << spool_now.error().message;
    ASSERT_TRUE(spool_now->put(parcels, {"id:a", "id:b"}, 1));
    ASSERT_TRUE(spool_now->done(""));
  }
  std::string file;
  for (const auto& entry : fs::directory_iterator(spool())) {
    if (entry.path().extension() == ".queue") file = entry.path().string();
  }
  EXPECT_EQ(fs::status(file).permissions() & fs::perms::others_all, fs::perms::none);
  std::ifstream whole_file(file, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(whole_file), {}};
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << whole.substr(0, size);
    auto again = Spool::open(spool(), "x", 1);
    ASSERT_TRUE(again) << size;
    if (size == whole.size()) {
      ASSERT_EQ(again->size(), 1U);
      EXPECT_EQ(again->front().parcel.key, "b");
      EXPECT_TRUE(again->was_seen("id:a", 2, 10));
      EXPECT_FALSE(again->was_seen("id:a", 20, 10));
    }
  }
}

TEST(Bucket, lets_through_what_its_rate_allows) {
  TokenBucket bucket({.per_second = 10, .burst = 2}, 0);
  EXPECT_EQ(bucket.wait_ms(0), 0);
  bucket.take();
  bucket.take();
  EXPECT_EQ(bucket.wait_ms(0), 100);
  EXPECT_EQ(bucket.wait_ms(60), 40);
  EXPECT_EQ(bucket.wait_ms(100), 0);
  bucket.take();
  EXPECT_EQ(bucket.wait_ms(100'000), 0);
  bucket.take();
  bucket.take();
  EXPECT_EQ(bucket.wait_ms(100'000), 100) << "no more than the burst is kept";
}

TEST(Backoff, doubles_up_to_its_limit_and_varies_by_key) {
  const Patience patience;
  std::int64_t whole_ms = kFirstBackoff_ms;
  for (int attempt = 1; attempt < 60; ++attempt) {
    const std::int64_t wait_ms = backoff_ms(patience, "k", attempt);
    EXPECT_GE(wait_ms, whole_ms / 2);
    EXPECT_LE(wait_ms, whole_ms);
    whole_ms = std::min(whole_ms * 2, kMaxBackoff_ms);
  }
  EXPECT_NE(backoff_ms(patience, "a", 9), backoff_ms(patience, "b", 9));
}

}  // namespace
}  // namespace commandcenter::notifier
