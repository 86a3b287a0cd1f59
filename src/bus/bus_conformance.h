// What every Bus does, as tests: include it in the test of an implementation and instantiate the suite with a function
// that makes a connected one.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bus/bus.h"

namespace commandcenter::bus {

inline constexpr std::chrono::seconds kTestDeadline{20};

// Waits for what nobody announces, such as a connection.
template <typename Condition>
bool becomes(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kTestDeadline;
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable tick;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    tick.wait_for(lock, std::chrono::milliseconds(1));
  }
  return true;
}

// A bus on trial.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual Bus& bus() = 0;
};

// Remembers what arrives, from whatever thread. Outlives its subscription: handlers share it.
class Heard : public std::enable_shared_from_this<Heard> {
 public:
  static std::shared_ptr<Heard> on(Bus& bus, const std::string& pattern) {
    auto heard = std::make_shared<Heard>();
    const auto subscribed = bus.subscribe(pattern, [heard](const Message& message) { heard->add(message); });
    EXPECT_TRUE(subscribed) << pattern;
    if (subscribed) heard->id_ = *subscribed;
    return heard;
  }

  void add(const Message& message) {
    const std::lock_guard lock(mutex_);
    messages_.push_back(message);
    changed_.notify_all();
  }

  // Waits until there are `count`, then gives all. Throws, which fails the test, when they do not come.
  std::vector<Message> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kTestDeadline, [&] { return messages_.size() >= count; }))
      throw std::runtime_error(fmt::format("{} of {} messages arrived", messages_.size(), count));
    return messages_;
  }

  SubscriptionId id() const { return id_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Message> messages_;
  SubscriptionId id_ = 0;
};

class BusConformance : public testing::TestWithParam<std::unique_ptr<Subject> (*)()> {
 protected:
  void SetUp() override { subject_ = GetParam()(); }
  Bus& bus() { return subject_->bus(); }

  void publish(const Message& message) {
    const auto published = bus().publish(message);
    EXPECT_TRUE(published) << published.error().message;
  }

  void flush() {
    const auto flushed = bus().flush(10'000);
    EXPECT_TRUE(flushed) << flushed.error().message;
  }

 private:
  std::unique_ptr<Subject> subject_;
};

TEST_P(BusConformance, delivers_to_exact_subjects_and_patterns) {
  const auto exact = Heard::on(bus(), "t.a.b");
  const auto one = Heard::on(bus(), "t.*.b");
  const auto rest = Heard::on(bus(), "t.>");
  flush();
  for (const char* subject : {"t.a.b", "t.x.b", "t.a.b.c", "u.a.b"})
    publish({subject, "{}"});
  publish({"t.end.b", "{}"});
  publish({"t.a.b", R"({"last":true})"});
  flush();
  const auto subjects = [](const std::vector<Message>& messages) {
    std::vector<std::string> names;
    for (const Message& message : messages)
      names.push_back(message.subject);
    return names;
  };
  EXPECT_EQ(subjects(exact->wait_for(2)), (std::vector<std::string>{"t.a.b", "t.a.b"}));
  EXPECT_EQ(subjects(one->wait_for(4)), (std::vector<std::string>{"t.a.b", "t.x.b", "t.end.b", "t.a.b"}));
  EXPECT_EQ(subjects(rest->wait_for(5)), (std::vector<std::string>{"t.a.b", "t.x.b", "t.a.b.c", "t.end.b", "t.a.b"}));
  EXPECT_EQ(exact->wait_for(2).back().payload, R"({"last":true})");
}

TEST_P(BusConformance, keeps_the_order_and_every_message_once) {
  constexpr std::int64_t kMessages = 2'000;
  const auto heard = Heard::on(bus(), "order.>");
  flush();
  for (std::int64_t i = 1; i <= kMessages; ++i)
    publish({i % 2 == 0 ? "order.even" : "order.odd", std::to_string(i), i, "conformance." + std::to_string(i)});
  flush();
  const auto messages = heard->wait_for(kMessages);
  ASSERT_EQ(messages.size(), static_cast<std::size_t>(kMessages));
  for (std::int64_t i = 1; i <= kMessages; ++i)
    EXPECT_EQ(messages[static_cast<std::size_t>(i - 1)].payload, std::to_string(i));
}

TEST_P(BusConformance, carries_headers_position_and_id) {
  const auto heard = Heard::on(bus(), "headers");
  flush();
  publish({"headers", "{}", 7, "some.7", {{"traceparent", "00-1-2-01"}, {"Commandcenter-Depth", "3"}}});
  flush();
  Message message = heard->wait_for(1).front();
  std::sort(message.headers.begin(), message.headers.end());
  EXPECT_EQ(message.id, "some.7");
  EXPECT_EQ(message.position, 7);
  EXPECT_EQ(message.headers, (std::vector<std::pair<std::string, std::string>>{{"Commandcenter-Depth", "3"},
                                                                               {"traceparent", "00-1-2-01"}}));
}

TEST_P(BusConformance, delivers_nothing_after_unsubscribing) {
  const auto gone = Heard::on(bus(), "u.*");
  const auto stays = Heard::on(bus(), "u.>");
  flush();
  publish({"u.1", "{}"});
  flush();
  gone->wait_for(1);
  bus().unsubscribe(gone->id());
  bus().unsubscribe(gone->id());
  flush();
  publish({"u.2", "{}"});
  flush();
  stays->wait_for(2);
  EXPECT_EQ(gone->wait_for(1).size(), 1U);
}

TEST_P(BusConformance, refuses_bad_patterns) {
  for (const char* bad : {"", "a..b", "a.>.b", "graph.("})
    EXPECT_FALSE(bus().subscribe(bad, [](const Message&) {})) << bad;
}

TEST_P(BusConformance, is_healthy) {
  EXPECT_TRUE(bus().healthy());
}

}  // namespace commandcenter::bus
