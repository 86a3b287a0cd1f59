#include "bus/bus.h"

#include <vector>

#include <gtest/gtest.h>

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

TEST(InProcessBus, delivers_to_exact_subjects_and_patterns_until_unsubscribed) {
  const auto bus = make_in_process_bus();
  std::vector<std::string> seen;
  EXPECT_FALSE(bus->has_subscribers());
  const auto exact = bus->subscribe("a.b", [&](const Message& m) { seen.push_back("exact " + m.subject); });
  const auto pattern = bus->subscribe("a.*", [&](const Message& m) { seen.push_back("pattern " + m.subject); });
  ASSERT_TRUE(exact && pattern);
  EXPECT_TRUE(bus->has_subscribers());
  ASSERT_TRUE(bus->publish({"a.b", "{}", 1}));
  ASSERT_TRUE(bus->publish({"a.c", "{}", 2}));
  EXPECT_EQ(seen, (std::vector<std::string>{"exact a.b", "pattern a.b", "pattern a.c"}));
  bus->unsubscribe(*exact);
  bus->unsubscribe(*pattern);
  EXPECT_FALSE(bus->has_subscribers());
  ASSERT_TRUE(bus->publish({"a.b", "{}", 3}));
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_FALSE(bus->subscribe("graph.(", [](const Message&) {}));
}

}  // namespace
}  // namespace commandcenter::bus
