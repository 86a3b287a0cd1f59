#include "bus/bus.h"

#include <gtest/gtest.h>

#include "bus/bus_conformance.h"

namespace commandcenter::bus {
namespace {

TEST(SubjectMatches, follows_nats) {
  EXPECT_TRUE(subject_matches("graph.file.updated", "graph.file.updated"));
  EXPECT_TRUE(subject_matches("graph.*.updated", "graph.file.updated"));
  EXPECT_FALSE(subject_matches("graph.*", "graph.file.updated"));
  EXPECT_TRUE(subject_matches("graph.>", "graph.file.updated"));
  EXPECT_FALSE(subject_matches("graph.>", "graph"));
  EXPECT_FALSE(subject_matches("graph", "graph.file"));
  EXPECT_TRUE(subject_matches(">", "a"));
}

TEST(CheckPattern, says_what_is_wrong) {
  for (const char* good : {"a", "a.b", "a.*.c", "a.>", ">", "hub.my-hub_1.health:x"})
    EXPECT_TRUE(check_pattern(good)) << good;
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "a.>.b", "a*", "graph.(", "a b"})
    EXPECT_FALSE(check_pattern(bad)) << bad;
}

TEST(SubjectToken, makes_any_name_one_token_and_gives_it_back) {
  EXPECT_EQ(subject_token("security-scanner_2"), "security-scanner_2");
  EXPECT_EQ(subject_token("Scan & notify. *>"), "Scan%20%26%20notify%2E%20%2A%3E");
  for (const char* name : {"a b", "größe", "100%", "%41", "a.b.*", ">"}) {
    const std::string token = subject_token(name);
    EXPECT_EQ(name_of_token(token), name);
    EXPECT_TRUE(check_pattern("workflow.completed." + token)) << token;
  }
  EXPECT_EQ(name_of_token("50%"), "50%");
  EXPECT_EQ(name_of_token("%zz"), "%zz");
}

class InProcess final : public Subject {
 public:
  Bus& bus() override { return *bus_; }

 private:
  std::unique_ptr<Bus> bus_ = make_in_process_bus();
};

std::unique_ptr<Subject> in_process() {
  return std::make_unique<InProcess>();
}

INSTANTIATE_TEST_SUITE_P(InProcess, BusConformance, testing::Values(&in_process));

TEST(InProcessBus, knows_whether_a_subject_would_reach_anybody) {
  const auto bus = make_in_process_bus();
  EXPECT_FALSE(bus->has_subscribers("a.b"));
  const auto exact = bus->subscribe("a.b", [](const Message&) {});
  const auto pattern = bus->subscribe("x.>", [](const Message&) {});
  ASSERT_TRUE(exact && pattern);
  EXPECT_TRUE(bus->has_subscribers("a.b"));
  EXPECT_TRUE(bus->has_subscribers("x.y"));
  EXPECT_FALSE(bus->has_subscribers("a.c"));
  bus->unsubscribe(*exact);
  EXPECT_FALSE(bus->has_subscribers("a.b"));
}

}  // namespace
}  // namespace commandcenter::bus
