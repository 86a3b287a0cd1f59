#include "observe/trace.h"

#include <gtest/gtest.h>

namespace commandcenter::observe {
namespace {

constexpr const char* kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Trace, ParentsAreReadAsW3CSays) {
  const auto context = parse_trace_parent(kParent);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(context->span_id, "00f067aa0ba902b7");
  EXPECT_EQ(trace_parent(*context), kParent);
  EXPECT_TRUE(parse_trace_parent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later"));
  for (const char* wrong : {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0\n"})
    EXPECT_FALSE(parse_trace_parent(wrong)) << wrong;
}

TEST(Trace, IdsFollowFromWhatTheyAreAbout) {
  const TraceContext own = trace_of_run("r1", "nonsense");
  EXPECT_TRUE(own.span_id.empty());
  EXPECT_EQ(trace_of_run("r1", "").trace_id, own.trace_id);
  EXPECT_NE(trace_of_run("r2", "").trace_id, own.trace_id);
  EXPECT_TRUE(parse_trace_parent(trace_parent({own.trace_id, span_id_of("r1")})));
  EXPECT_EQ(trace_of_run("r1", kParent).trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  constexpr const char* kOther = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(trace_of_run("r1", {{"a", 1}}, kParent).span_id, "00f067aa0ba902b7");
  EXPECT_EQ(trace_of_run("r1", {{"traceparent", kOther}}, kParent).trace_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(trace_of_run("r1", {{"traceparent", "nonsense"}}, kParent).span_id, "00f067aa0ba902b7");
  EXPECT_EQ(trace_of_run("r1", Json(nullptr), "").trace_id, own.trace_id);
}

TEST(Trace, SpansAreOtlpInJson) {
  const Span span{{"4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"},
                  "53995c3f42cd8ad8",
                  "agent.execute",
                  1'500,
                  1'400,
                  Span::Status::kError,
                  "exit code 1",
                  {{"agent.name", "a"}, {"n", 7}, {"ok", true}}};
  const Json json = otlp_traces("s", "1.0", {span});
  const Json& resource = json["resourceSpans"][0];
  EXPECT_EQ(resource["resource"]["attributes"][0], Json({{"key", "service.name"}, {"value", {{"stringValue", "s"}}}}));
  const Json& written = resource["scopeSpans"][0]["spans"][0];
  EXPECT_EQ(written["startTimeUnixNano"], "1500000000");
  EXPECT_EQ(written["endTimeUnixNano"], "1500000000") << "a clock that went back makes no negative time";
  EXPECT_EQ(written["parentSpanId"], "53995c3f42cd8ad8");
  EXPECT_EQ(written["status"], Json({{"code", 2}, {"message", "exit code 1"}}));
  EXPECT_EQ(written["attributes"][1], Json({{"key", "n"}, {"value", {{"intValue", "7"}}}}));
  EXPECT_EQ(written["attributes"][2]["value"], Json({{"boolValue", true}}));
}

}  // namespace
}  // namespace commandcenter::observe
