// The adapter against the real server: the conformance suite, and what only NATS has.
#include "bus/nats/nats.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "bus/bus_conformance.h"
#include "bus/nats/nats_server.h"

namespace commandcenter::bus {
namespace {

NatsConfig config_for(const NatsServer& server) {
  NatsConfig config;
  config.url = server.url();
  config.stream_subjects = {"order.>", "kept.>"};
  return config;
}

// Of a bus that also reads what the stream keeps.
NatsConfig reading(const NatsServer& server) {
  NatsConfig config = config_for(server);
  config.inbound_stream = config.stream;
  return config;
}

template <bool kJetstream>
class OverNats final : public Subject {
 public:
  OverNats() : server_(kJetstream), bus_(*make_nats_bus(config_for(server_), log_)) {
    EXPECT_TRUE(becomes([this] { return bus_->healthy(); }));
  }
  Bus& bus() override { return *bus_; }

 private:
  NatsServer server_;
  SystemClock clock_;
  observe::Log log_{clock_, -1, observe::Level::kError};
  std::unique_ptr<Bus> bus_;
};

template <bool kJetstream>
std::unique_ptr<Subject> over_nats() {
  return std::make_unique<OverNats<kJetstream>>();
}

INSTANTIATE_TEST_SUITE_P(Plain, BusConformance, testing::Values(&over_nats<false>));
INSTANTIATE_TEST_SUITE_P(JetStream, BusConformance, testing::Values(&over_nats<true>));

class Nats : public testing::Test {
 protected:
  std::unique_ptr<Bus> connect(NatsConfig config) {
    auto bus = make_nats_bus(std::move(config), log_);
    EXPECT_TRUE(bus) << bus.error().message;
    EXPECT_TRUE(becomes([&] { return (*bus)->healthy(); }));
    return std::move(*bus);
  }

  SystemClock clock_;
  observe::Log log_{clock_, -1, observe::Level::kError};
};

// Publishes 1 … last in batches and repeats a batch that failed, as the outbox does.
void publish_all(Bus& bus, std::int64_t last, const std::function<void(std::int64_t)>& after_batch) {
  std::int64_t batch = 16;
  for (std::int64_t done = 0; done < last;) {
    const std::int64_t until = std::min(done + batch, last);
    bool arrived = true;
    for (std::int64_t i = done + 1; i <= until && arrived; ++i)
      arrived = bus.publish({"order.all", std::to_string(i), i, "test." + std::to_string(i)}).has_value();
    if (!bus.flush(2'000)) arrived = false;
    batch = arrived ? std::min<std::int64_t>(batch * 2, 64) : 1;
    if (arrived) done = until;
    after_batch(done);
  }
}

// Pitfall B20, A6: flapping loses nothing, repeats nothing, keeps the order.
TEST_F(Nats, a_stream_has_everything_once_and_in_order_though_the_server_is_killed_all_the_time) {
  NatsServer server;
  const auto bus = connect(config_for(server));
  constexpr std::int64_t kMessages = 3'000;
  std::atomic<std::int64_t> progress = 0;
  std::thread killer([&] {
    for (int i = 1; i <= 6; ++i) {
      ASSERT_TRUE(becomes([&] { return progress >= i * 300; }));
      server.kill();
      server.start();
    }
  });
  publish_all(*bus, kMessages, [&](std::int64_t done) { progress = done; });
  killer.join();

  // A durable consumer reads the stream from its beginning.
  NatsConfig reader = reading(server);
  reader.inbound_durable = "reader";
  const auto other = connect(reader);
  const auto heard = std::make_shared<Heard>();
  ASSERT_TRUE(other->subscribe("order.>", [heard](const Message& message) {
    heard->add(message);
    message.settle(true);
  }));
  other->deliver_kept();
  const auto messages = heard->wait_for(kMessages);
  ASSERT_EQ(messages.size(), static_cast<std::size_t>(kMessages));
  for (std::int64_t i = 1; i <= kMessages; ++i)
    ASSERT_EQ(messages[static_cast<std::size_t>(i - 1)].payload, std::to_string(i));
}

TEST_F(Nats, subscriptions_come_back_with_the_server) {
  NatsServer server(false);
  const auto bus = connect(config_for(server));
  const auto heard = Heard::on(*bus, "back.>");
  server.kill();
  ASSERT_TRUE(becomes([&] { return !bus->healthy(); }));
  const auto late = Heard::on(*bus, "back.*");  // made while it is away
  EXPECT_EQ(bus->publish({"back.1", "{}"}).error().code, ErrorCode::kUnavailable);
  server.start();
  // A flush that the reconnection overtakes may fail; the next one counts.
  ASSERT_TRUE(becomes([&] { return bus->healthy() && bus->flush(5'000).has_value(); }));
  ASSERT_TRUE(bus->publish({"back.2", "{}"}));
  EXPECT_EQ(heard->wait_for(1).front().subject, "back.2");
  EXPECT_EQ(late->wait_for(1).front().subject, "back.2");
}

// Pitfall B20: absent.
TEST_F(Nats, a_server_that_is_not_there_fails_at_once_and_stops_at_once) {
  NatsServer server(false);
  NatsConfig config = config_for(server);
  server.kill();
  auto bus = make_nats_bus(config, log_);
  ASSERT_TRUE(bus);
  EXPECT_FALSE((*bus)->healthy());
  EXPECT_EQ((*bus)->publish({"a", "{}"}).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ((*bus)->flush(1'000).error().code, ErrorCode::kUnavailable);
}

// Pitfall B20: slow. A server that answers nothing costs a flush its time-out and no more.
TEST_F(Nats, a_server_that_hangs_costs_the_time_out) {
  NatsServer server;
  const auto bus = connect(config_for(server));
  ASSERT_TRUE(bus->publish({"order.a", "{}", 1, "hang.0"}));  // from now on it is known that a stream takes them
  ASSERT_TRUE(bus->flush(5'000));
  server.freeze();
  EXPECT_TRUE(bus->publish({"order.a", "{}", 1, "hang.1"}));
  EXPECT_FALSE(bus->flush(200));
  server.thaw();
  ASSERT_TRUE(becomes([&] { return bus->publish({"order.a", "{}", 1, "hang.1"}) && bus->flush(2'000); }));
}

TEST_F(Nats, subjects_without_a_stream_are_published_plainly) {
  NatsServer server;
  const auto bus = connect(config_for(server));
  const auto heard = Heard::on(*bus, "elsewhere.>");
  ASSERT_TRUE(bus->flush(5'000));
  EXPECT_TRUE(bus->publish({"elsewhere.a.b", "{}", 1, "plain.1"}));
  EXPECT_TRUE(bus->flush(5'000));
  EXPECT_EQ(heard->wait_for(1).front().id, "plain.1");
}

TEST_F(Nats, a_durable_consumer_delivers_what_came_meanwhile_and_again_what_was_not_dealt_with) {
  NatsServer server;
  const auto producer = connect(config_for(server));
  ASSERT_TRUE(producer->publish({"kept.before", "{}", 0, "k.1"}));
  ASSERT_TRUE(producer->flush(5'000));

  const auto bus = connect(reading(server));
  const auto heard = std::make_shared<Heard>();
  ASSERT_TRUE(bus->subscribe("kept.>", [heard](const Message& message) {
    heard->add(message);
    message.settle(heard->wait_for(1).size() > 1);  // not the first time
  }));
  bus->deliver_kept();
  const auto messages = heard->wait_for(2);
  EXPECT_EQ(messages[0].subject, "kept.before");
  EXPECT_EQ(messages[1].subject, "kept.before");
  EXPECT_EQ(messages[0].id, "k.1");
}

// A message that nobody wants is dealt with: one that came before the first subscription was lost.
TEST_F(Nats, what_is_kept_waits_until_everybody_has_subscribed) {
  NatsServer server;
  const auto producer = connect(config_for(server));
  ASSERT_TRUE(producer->publish({"kept.before", "{}", 0, "w.1"}));
  ASSERT_TRUE(producer->flush(5'000));

  const auto bus = connect(reading(server));
  for (int answers = 0; answers < 200; ++answers)  // time enough to read it
    ASSERT_TRUE(bus->flush(5'000));
  const auto heard = std::make_shared<Heard>();
  ASSERT_TRUE(bus->subscribe("kept.>", [heard](const Message& message) {
    heard->add(message);
    message.settle(true);
  }));
  bus->deliver_kept();
  EXPECT_EQ(heard->wait_for(1).front().id, "w.1");
}

// What somebody deletes, by way of NATS, while both are connected.
void delete_stream(Bus& bus, const std::string& name) {
  ASSERT_TRUE(bus.publish({"$JS.API.STREAM.DELETE." + name, ""}));
  ASSERT_TRUE(bus.flush(5'000));
}

TEST_F(Nats, a_stream_that_was_deleted_is_made_again) {
  NatsServer server;
  const auto bus = connect(config_for(server));
  const auto heard = Heard::on(*bus, "order.>");  // whoever listens keeps NATS from saying that nobody answers
  ASSERT_TRUE(bus->publish({"order.a", "{}", 1, "gone.0"}));
  ASSERT_TRUE(bus->flush(5'000));
  NatsConfig plain = config_for(server);
  plain.jetstream = "off";
  delete_stream(*connect(plain), plain.stream);
  ASSERT_TRUE(becomes([&] { return bus->publish({"order.a", "{}", 2, "gone.1"}) && bus->flush(200); }));

  const auto other = connect(reading(server));
  const auto kept = std::make_shared<Heard>();
  ASSERT_TRUE(other->subscribe("order.>", [kept](const Message& message) {
    kept->add(message);
    message.settle(true);
  }));
  other->deliver_kept();
  EXPECT_EQ(kept->wait_for(1).front().id, "gone.1");
}

TEST_F(Nats, a_stream_that_is_read_may_be_deleted_and_made_again) {
  NatsServer server;
  const auto bus = connect(reading(server));
  const auto heard = std::make_shared<Heard>();
  ASSERT_TRUE(bus->subscribe("kept.>", [heard](const Message& message) {
    heard->add(message);
    if (message.settle) message.settle(true);
  }));
  bus->deliver_kept();
  {
    const auto producer = connect(config_for(server));
    ASSERT_TRUE(producer->publish({"kept.before", "{}", 0, "d.1"}));
    ASSERT_TRUE(producer->flush(5'000));
  }
  EXPECT_EQ(heard->wait_for(1).front().subject, "kept.before");

  NatsConfig plain = config_for(server);
  plain.jetstream = "off";
  delete_stream(*connect(plain), plain.stream);
  const auto producer = connect(config_for(server));  // makes it again
  ASSERT_TRUE(producer->publish({"kept.after", "{}", 0, "d.2"}));
  ASSERT_TRUE(producer->flush(5'000));
  EXPECT_EQ(heard->wait_for(2).back().subject, "kept.after");
}

// With several at once the library wrote beyond its list when many came just as it gave up waiting.
TEST_F(Nats, bursts_are_read_each_once_however_they_come) {
  NatsServer server;
  const auto bus = connect(reading(server));
  const auto heard = std::make_shared<Heard>();
  ASSERT_TRUE(bus->subscribe("kept.>", [heard](const Message& message) {
    heard->add(message);
    message.settle(true);
  }));
  bus->deliver_kept();
  NatsConfig plain = config_for(server);
  plain.jetstream = "off";  // asks nothing while the server is frozen
  const auto producer = connect(plain);
  ASSERT_TRUE(producer->publish({"kept.first", "{}", 0, "b"}));
  ASSERT_TRUE(producer->flush(5'000));
  constexpr std::size_t kBursts = 5;
  constexpr std::size_t kBurst = 400;
  for (std::size_t burst = 0; burst < kBursts; ++burst) {
    server.freeze();  // so that requests of the reader pile up, each of which is answered at once
    for (std::size_t i = 0; i < kBurst; ++i)
      ASSERT_TRUE(producer->publish({"kept.burst", "{}", 0, fmt::format("b.{}.{}", burst, i)}));
    EXPECT_FALSE(producer->flush(400));
    server.thaw();
    heard->wait_for(1 + (burst + 1) * kBurst);
  }
  std::set<std::string> ids;
  for (const Message& message : heard->wait_for(1 + kBursts * kBurst))
    ids.insert(message.id);
  EXPECT_EQ(ids.size(), 1 + kBursts * kBurst);
}

TEST_F(Nats, says_what_is_wrong_with_its_configuration) {
  NatsConfig config;
  config.url = " , ";
  EXPECT_EQ(make_nats_bus(config, log_).error().code, ErrorCode::kInvalid);
  config.url = "http://127.0.0.1:4222";
  EXPECT_NE(make_nats_bus(config, log_).error().message.find("nats://"), std::string::npos);
  config.url = "nats://127.0.0.1:4222";
  config.credentials_file = "/nowhere/at-all.creds";
  EXPECT_NE(make_nats_bus(config, log_).error().message.find("at-all.creds"), std::string::npos);
}

TEST_F(Nats, a_message_larger_than_the_server_takes_is_refused) {
  NatsServer server(false);
  const auto bus = connect(config_for(server));
  EXPECT_EQ(bus->publish({"big", std::string(2 << 20, 'x')}).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace commandcenter::bus
