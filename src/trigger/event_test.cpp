// Every envelope that producers send, and what is refused.
#include <gtest/gtest.h>

#include "trigger/trigger.h"

namespace commandcenter::trigger {
namespace {

Result<Event> parsed(std::string_view subject, std::string_view text) {
  return parse_event(subject, parse_json(text).value());
}

TEST(ParseEvent, FullEnvelope) {
  const auto event = parsed("a.subject", R"({"type":"graph.file.updated","payload":{"a":1},
      "timestamp":"2026-01-01T00:00:00Z","source":"graph","id":"e1","depth":3})");
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->type, "graph.file.updated");
  EXPECT_EQ(event->payload, Json({{"a", 1}}));
  EXPECT_EQ(event->timestamp, "2026-01-01T00:00:00Z");
  EXPECT_EQ(event->source, "graph");
  EXPECT_EQ(event->id, "e1");
  EXPECT_EQ(event->depth, 3);
}

TEST(ParseEvent, WithoutTypeTheSubjectCounts) {
  const auto event = parsed("graph.indexed.7", R"({"payload":{"files":2},"correlation_id":"c1"})");
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->type, "graph.indexed.7");
  EXPECT_EQ(event->payload, Json({{"files", 2}}));
  EXPECT_EQ(event->id, "") << "several events share a correlation id";
}

TEST(ParseEvent, EnvelopeWithOrigin) {
  const auto event = parsed("", R"({"event_id":"e9","timestamp":1767225600.5,"subject":"hub.h1.health.api",
      "origin":"hub","payload":{"up":false},"correlation_id":"c1"})");
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->type, "hub.h1.health.api");
  EXPECT_EQ(event->id, "e9");
  EXPECT_EQ(event->source, "hub");
  EXPECT_EQ(event->timestamp, 1767225600.5);
}

TEST(ParseEvent, NullMembersAreAbsent) {
  const auto event =
      parsed("s", R"({"type":null,"payload":null,"timestamp":null,"source":null,"id":null,"depth":null})");
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->type, "s");
  EXPECT_EQ(event->payload, Json::object());
  EXPECT_TRUE(event->timestamp.is_null());
  EXPECT_EQ(event->depth, 0);
}

struct Refused {
  const char* text;
  const char* part;
};

TEST(ParseEvent, RefusalsNameTheTrouble) {
  const std::vector<Refused> cases{
      {"[]", "an event is an object"},
      {"{}", "type: is missing"},
      {R"({"type":""})", "type: is missing"},
      {R"({"type":7})", "type: expected text, got integer"},
      {R"({"type":"a..b"})", "empty"},
      {R"({"type":"a b"})", "not allowed"},
      {R"({"type":"graph.*"})", "is a pattern"},
      {R"({"type":"graph.>"})", "is a pattern"},
      {R"({"type":"a","payload":[1]})", "payload: expected an object, got array"},
      {R"({"type":"a","timestamp":[]})", "timestamp: expected text"},
      {R"({"type":"a","id":5})", "id: expected text"},
      {R"({"type":"a","depth":-1})", "depth: expected a whole number"},
      {R"({"type":"a","depth":"1"})", "depth: expected a whole number"},
      {R"({"type":"a","depth":1.5})", "depth: expected a whole number"},
      {R"({"type":"a","depth":9})", "depth: 9 is beyond 8"},
      {R"({"type":"a","depth":18446744073709551615})", "is beyond 8"},
  };
  for (const Refused& refused : cases) {
    const auto event = parsed("", refused.text);
    ASSERT_FALSE(event) << refused.text;
    EXPECT_EQ(event.error().code, ErrorCode::kInvalid) << refused.text;
    EXPECT_NE(event.error().message.find(refused.part), std::string::npos) << event.error().message;
  }
  EXPECT_TRUE(parsed("", R"({"type":"a","depth":8})"));
  EXPECT_FALSE(parsed("", dump_json({{"type", "a"}, {"id", std::string(kMaxEventIdLength + 1, 'x')}})));
}

}  // namespace
}  // namespace commandcenter::trigger
