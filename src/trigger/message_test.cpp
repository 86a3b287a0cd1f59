// What messages from other systems mean (pitfall A8: subjects and envelopes of the real producers), and which patterns
// are subscribed to.
#include <gtest/gtest.h>

#include "trigger/interests.h"
#include "trigger/listener.h"

namespace commandcenter::trigger {
namespace {

Received read(const bus::Message& message) {
  auto received = read_message(message, 1);
  EXPECT_TRUE(received) << received.error().message;
  return received ? std::move(*received) : Received{};
}

TEST(ReadMessage, takes_the_type_from_the_body_else_from_the_subject) {
  EXPECT_EQ(read({"graph.x", R"({"payload": {}})"}).event.type, "graph.x");
  EXPECT_EQ(read({"graph.x", R"({"type": "graph.file.updated", "payload": {}})"}).event.type, "graph.file.updated");
}

TEST(ReadMessage, takes_what_is_no_envelope_as_the_payload) {
  const Received received = read({"audit.result.x", R"({"id": 5, "depth": "deep", "score": 1})"});
  EXPECT_EQ(received.event.payload, (Json{{"id", 5}, {"depth", "deep"}, {"score", 1}}));
  EXPECT_EQ(received.event.source, "nats-bridge");
}

TEST(ReadMessage, takes_id_depth_correlation_and_trace_from_headers_when_the_body_has_none) {
  bus::Message message{"graph.x", R"({"payload": {}})", 0, "js:S:4"};
  message.headers = {{"commandcenter-depth", "3"}, {"Correlation-ID", "c"}, {"traceparent", "00-a-b-01"}};
  const Event event = read(message).event;
  EXPECT_EQ(event.id, "js:S:4");
  EXPECT_EQ(event.depth, 3);
  EXPECT_EQ(event.correlation_id, "c");
  EXPECT_EQ(event.trace_parent, "00-a-b-01");
  message.payload = R"({"event_id": "own", "correlation_id": "d", "depth": 4, "payload": {}})";
  EXPECT_EQ(read(message).event.id, "own");
  EXPECT_EQ(read(message).event.depth, 4);
  EXPECT_EQ(read(message).event.correlation_id, "d");
}

TEST(ReadMessage, reads_orders) {
  EXPECT_EQ(read({"workflow.trigger.Nightly%20scan", "{}"}).workflow, "Nightly scan");
  const Received named = read({"workflow.trigger.x", R"({"workflowName": "a.b", "context": {"n": 1}})"});
  EXPECT_EQ(named.workflow, "a.b");
  EXPECT_EQ(named.context, (Json{{"n", 1}}));
  EXPECT_EQ(read({"workflow.execute", R"({"workflowId": "w1", "projectId": 3})"}).project_id, 3);
  EXPECT_TRUE(read({"workflow.trigger.x", R"({"type": "some.event", "payload": {}})"}).workflow.empty());
  EXPECT_FALSE(read_message({"workflow.execute", "{}"}, 1));
  EXPECT_FALSE(read_message({"workflow.execute", R"({"workflowName": "a", "context": 5})"}, 1));
}

TEST(ReadMessage, refuses_what_is_no_event) {
  for (const char* bad : {"", "{", "[]", "\"x\"", R"({"type": 5})", R"({"type": "a.*"})", R"({"payload": 5})"})
    EXPECT_FALSE(read_message({"graph.x", bad}, 1)) << bad;
  bus::Message deep{"graph.x", "{}"};
  deep.headers = {{"Commandcenter-Depth", std::to_string(kMaxEventDepth + 1)}};
  EXPECT_FALSE(read_message(deep, 1));
  EXPECT_EQ(read_message({"graph.x", std::string(kMaxPayload_bytes * 2 + 1, ' ')}, 1).error().code,
            ErrorCode::kTooLarge);
}

TEST(PatternCovers, follows_nats) {
  for (const auto& [outer, inner] : {std::pair{"graph.>", "graph.file.*"},
                                     {"graph.>", "graph.>"},
                                     {">", "a.*.c"},
                                     {"a.*.c", "a.b.c"},
                                     {"a.*", "a.*"},
                                     {"a.b", "a.b"}})
    EXPECT_TRUE(pattern_covers(outer, inner)) << outer << " " << inner;
  for (const auto& [outer, inner] :
       {std::pair{"graph.*", "graph.>"}, {"a.b", "a.*"}, {"a.b", "a.b.c"}, {"a.>", "a"}, {"a.*.c", "a.b.*"}})
    EXPECT_FALSE(pattern_covers(outer, inner)) << outer << " " << inner;
}

TEST(PatternsMeet, when_some_subject_fits_both) {
  EXPECT_TRUE(patterns_meet("workflow.completed.>", "workflow.*.B"));
  EXPECT_TRUE(patterns_meet(">", "a"));
  EXPECT_TRUE(patterns_meet("a.*.c", "a.b.*"));
  EXPECT_FALSE(patterns_meet("a.b", "a.b.c"));
  EXPECT_FALSE(patterns_meet("graph.>", "workflow.completed.>"));
}

TEST(WithoutCovered, leaves_the_fewest_in_order) {
  EXPECT_EQ(without_covered({"graph.>", "graph.file.*", "a.*.c", "a.b.*", "graph.>", "graph.file.updated"}),
            (std::vector<std::string>{"graph.>", "a.*.c", "a.b.*"}));
}

}  // namespace
}  // namespace commandcenter::trigger
