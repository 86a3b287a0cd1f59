#include "agent/builtin/notifier/notifier.h"

#include <gtest/gtest.h>

#include "agent/builtin/notifier/message.h"
#include "base/mock_http_server.h"

namespace commandcenter::notifier {
namespace {

constexpr std::int64_t kNow_ms = 1'769'850'300'123;  // 2026-01-31T09:05:00.123Z

// Time that passes only when the agent sleeps.
class FakeClock final : public Clock {
 public:
  std::int64_t wall_ms() override { return kNow_ms + passed_ms; }
  std::int64_t monotonic_ms() override { return passed_ms; }
  std::int64_t passed_ms = 0;
};

struct Session {
  Result<Json> send(const Json& input, const std::string& action = "send") {
    return run(action, input, [this](std::string_view line) { log.emplace_back(line); },
               {clock, [this](std::int64_t duration_ms) {
                  slept_ms.push_back(duration_ms);
                  clock.passed_ms += duration_ms;
                }});
  }
  FakeClock clock;
  std::vector<std::int64_t> slept_ms;
  std::vector<std::string> log;
};

Json input_for(const char* channel, const std::string& url) {
  return {{"channel", channel},
          {"message", "3 findings"},
          {"severity", "critical"},
          {"metadata", {{"repo", "shop"}, {"n", 3}, {"ok", true}}},
          {"webhookUrl", url}};
}

TEST(Notifier, console_writes_a_line_and_the_metadata) {
  Session session;
  const auto answer = session.send(
      {{"channel", "console"}, {"message", "two\nlines"}, {"severity", "warning"}, {"metadata", {{"a", 1}}}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(session.log, (std::vector<std::string>{"⚠️ [WARNING] two lines", "Metadata: {\"a\":1}"}));
  EXPECT_EQ(dump_json(*answer),
            R"({"success":true,"channel":"console","timestamp":"2026-01-31T09:05:00.123Z","attempts":1})");

  Session plain;
  ASSERT_TRUE(plain.send({{"channel", "console"}, {"message", "hello"}}, "notify"));
  EXPECT_EQ(plain.log, (std::vector<std::string>{"ℹ️ [INFO] hello"}));
}

TEST(Notifier, slack_gets_the_exact_payload) {
  const MockHttpServer server({MockHttpServer::reply(200, "", "ok")});
  Session session;
  const auto answer = session.send(input_for("slack", server.url("/services/T/B/x")));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_FALSE(answer->contains("messageId"));
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_TRUE(server.requests()[0].head.starts_with("POST /services/T/B/x HTTP/1.1\r\n"));
  EXPECT_NE(server.requests()[0].head.find("Content-Type: application/json\r\n"), std::string::npos);
  EXPECT_EQ(
      server.requests()[0].body,
      R"({"attachments":[{"color":"#8b0000","title":"🚨 CRITICAL","text":"3 findings","fields":[)"
      R"({"title":"repo","value":"shop","short":true},{"title":"n","value":"3","short":true},{"title":"ok",)"
      R"("value":"true","short":true}],)"
      R"("ts":1769850300}]})");
}

TEST(Notifier, discord_gets_the_exact_payload_and_gives_ids) {
  const MockHttpServer server({MockHttpServer::reply(200, "", R"({"id":"42"})"),
                               "HTTP/1.1 204 No Content\r\nX-Message-Id: 43\r\n\r\n",
                               "HTTP/1.1 204 No Content\r\n\r\n"});
  Session session;
  const auto waited = session.send(input_for("discord", server.url("/api/webhooks/1/x?wait=true")));
  ASSERT_TRUE(waited) << waited.error().message;
  EXPECT_EQ(string_member(*waited, "messageId"), "42");
  EXPECT_EQ(
      server.requests()[0].body,
      R"({"embeds":[{"title":"🚨 CRITICAL","description":"3 findings","color":9109504,"fields":[)"
      R"({"name":"repo","value":"shop","inline":true},{"name":"n","value":"3","inline":true},{"name":"ok",)"
      R"("value":"true","inline":true}],)"
      R"("timestamp":"2026-01-31T09:05:00.123Z"}]})");
  const auto with_header = session.send(input_for("discord", server.url("/x")));
  ASSERT_TRUE(with_header) << with_header.error().message;
  EXPECT_EQ(string_member(*with_header, "messageId"), "43");
  const auto without = session.send(input_for("discord", server.url("/x")));
  ASSERT_TRUE(without);
  EXPECT_FALSE(without->contains("messageId"));
}

TEST(Notifier, honours_retry_after) {
  const MockHttpServer server(
      {MockHttpServer::reply(429, "Retry-After: 1.5\r\n", ""), MockHttpServer::reply(429, "Retry-After: 3600\r\n", ""),
       MockHttpServer::reply(429, "Retry-After: soon\r\n", ""), MockHttpServer::reply(200, "", "ok")});
  Session session;
  const auto answer = session.send(input_for("slack", server.url("/x")));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(session.slept_ms, (std::vector<std::int64_t>{1500, 30'000, 2000}));
  EXPECT_EQ((*answer)["attempts"].get<int>(), 4);
  EXPECT_EQ(string_member(*answer, "timestamp"), "2026-01-31T09:05:33.623Z");
  for (const auto& request : server.requests())
    EXPECT_EQ(request.body, server.requests()[0].body);
}

TEST(Notifier, backs_off_on_server_errors_and_then_fails) {
  const MockHttpServer server({MockHttpServer::reply(503, "", "no backend for /services/s3cret")});
  Session session;
  const auto answer = session.send(input_for("slack", server.url("/services/s3cret")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(answer.error().message, "Slack notification not delivered after 4 tries: HTTP 503");
  EXPECT_EQ(session.slept_ms, (std::vector<std::int64_t>{500, 1000, 2000}));
  EXPECT_EQ(server.requests().size(), 4U);
  ASSERT_EQ(session.log.size(), 3U);
  for (const std::string& line : session.log)
    EXPECT_EQ(line.find("s3cret"), std::string::npos) << line;
}

TEST(Notifier, stays_within_its_budget) {
  const MockHttpServer server({MockHttpServer::reply(429, "Retry-After: 30\r\n", "")});
  Session session;
  const auto answer = session.send(input_for("discord", server.url("/x")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "Discord notification not delivered after 2 tries: HTTP 429");
  EXPECT_EQ(session.slept_ms, (std::vector<std::int64_t>{30'000}));
}

TEST(Notifier, refusals_are_final_and_explained_only_in_harmless_words) {
  const MockHttpServer server({MockHttpServer::reply(400, "", "invalid_payload"),
                               MockHttpServer::reply(404, "", R"({"message":"Unknown Webhook","code":10015})"),
                               MockHttpServer::reply(404, "", "Cannot POST /services/abcdefgh"),
                               MockHttpServer::reply(404, "", "abcdefgh is gone"),
                               MockHttpServer::reply(302, "Location: /services/abcdefgh\r\n", "")});
  Session session;
  const auto refusal = [&](const char* channel) {
    const auto answer = session.send(input_for(channel, server.url("/services/abcdefgh")));
    return answer ? "delivered" : answer.error().message;
  };
  EXPECT_EQ(refusal("slack"), "Slack notification not delivered after 1 try: HTTP 400: invalid_payload");
  EXPECT_EQ(refusal("discord"), "Discord notification not delivered after 1 try: HTTP 404: Unknown Webhook");
  EXPECT_EQ(refusal("slack"), "Slack notification not delivered after 1 try: HTTP 404");
  EXPECT_EQ(refusal("slack"), "Slack notification not delivered after 1 try: HTTP 404");
  EXPECT_EQ(refusal("slack"), "Slack notification not delivered after 1 try: HTTP 302");
  EXPECT_TRUE(session.slept_ms.empty());
}

TEST(Notifier, tries_again_when_the_connection_fails) {
  int port = 0;
  {
    const MockHttpServer server({std::string(MockHttpServer::kClose), MockHttpServer::reply(200, "", "ok")});
    port = server.port();
    Session session;
    const auto answer = session.send(input_for("slack", server.url("/services/s3cret")));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ((*answer)["attempts"].get<int>(), 2);
  }
  Session session;
  const auto answer = session.send(input_for("slack", "http://127.0.0.1:" + std::to_string(port) + "/services/s3cret"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "Slack notification not delivered after 4 tries: 127.0.0.1:" +
                                        std::to_string(port) + ": connecting failed: Connection refused");
}

TEST(Notifier, gives_up_on_a_silent_service) {
  // With less than a try's time left of the budget, the try gets what is left.
  class LateClock final : public Clock {
   public:
    std::int64_t wall_ms() override { return kNow_ms; }
    std::int64_t monotonic_ms() override { return calls_++ == 0 ? 0 : kDeliveryBudget_ms - 60; }

   private:
    int calls_ = 0;
  };
  const MockHttpServer server({std::string(MockHttpServer::kHang)});
  LateClock clock;
  const auto answer = run("send", input_for("slack", server.url("/services/s3cret")), [](std::string_view) {},
                          {clock, [](std::int64_t) { FAIL(); }});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message,
            "Slack notification not delivered after 1 try: 127.0.0.1:" + std::to_string(server.port()) +
                " did not answer within 60 ms (reading the answer)");
}

TEST(Notifier, says_what_is_wrong_with_the_input) {
  Session session;
  const auto complaint = [&](const Json& input, const std::string& action = "send") {
    const auto answer = session.send(input, action);
    return answer ? "accepted" : answer.error().message;
  };
  EXPECT_EQ(complaint({{"channel", "slack"}, {"message", "m"}}), "webhookUrl required for Slack");
  EXPECT_EQ(complaint({{"channel", "discord"}, {"message", "m"}, {"webhookUrl", ""}}),
            "webhookUrl required for Discord");
  EXPECT_EQ(complaint({{"channel", "slack"}, {"message", "m"}, {"webhookUrl", "ftp://h/s3cret"}}),
            "webhookUrl: the URL is malformed: it does not begin with http:// or https://; expected "
            "http(s)://host[:port]/path");
  EXPECT_EQ(complaint({{"channel", "pigeon"}, {"message", "m"}}),
            "unknown channel \"pigeon\"; expected slack, discord or console");
  EXPECT_EQ(complaint({{"channel", "console"}, {"message", "m"}, {"severity", "high"}}),
            "unknown severity \"high\"; expected info, warning, error or critical");
  EXPECT_EQ(complaint({{"message", "m"}}), "channel is missing; expected a text");
  EXPECT_EQ(complaint({{"channel", "console"}, {"message", 5}}), "message is of type integer; expected a text");
  EXPECT_EQ(complaint({{"channel", "console"}, {"message", "m"}, {"metadata", "x"}}),
            "metadata is of type string; expected an object");
  EXPECT_EQ(complaint(Json::array()), "the input is of type array; expected an object with channel and message");
  EXPECT_EQ(complaint({{"channel", "console"}, {"message", "m"}}, "scan"),
            "notifier has no action \"scan\"; expected send (or notify)");
}

TEST(Notifier, masks_secrets_in_metadata) {
  const auto message = parse_message(
      {{"channel", "console"},
       {"message", "m"},
       {"metadata", {{"apiToken", "abc"}, {"nested", {{"DB_PASSWORD", "def"}}}, {"tokens", 5}, {"secret", false}}}});
  ASSERT_TRUE(message);
  EXPECT_EQ(dump_json(message->metadata),
            R"({"apiToken":"****","nested":{"DB_PASSWORD":"****"},"tokens":5,"secret":false})");
}

TEST(Limits, slack_text_is_cut_between_characters_with_a_note) {
  Message message;
  for (int i = 0; i < 20'001; ++i)
    message.text += "😀";
  for (int i = 0; i < 150; ++i)
    message.metadata["k" + std::to_string(i)] = std::string(5000, 'v');
  const Json payload = slack_payload(message, kNow_ms);
  const Json& attachment = payload["attachments"][0];
  const auto text = attachment["text"].get<std::string>();
  EXPECT_LE(text_units(text), kMaxSlackText);
  EXPECT_TRUE(text.ends_with("😀\n… (cut: the message has 40002 characters)"));
  EXPECT_EQ(attachment["fields"].size(), kMaxSlackFields + 1);
  EXPECT_EQ(string_member(attachment["fields"].back(), "value"), "50 more not shown");
  EXPECT_NO_THROW((void)payload.dump());  // strict about UTF-8

  message.text = std::string(kMaxSlackText, 'x');
  EXPECT_EQ(string_member(slack_payload(message, kNow_ms)["attachments"][0], "text"), message.text);
}

TEST(Limits, discord_embeds_fit) {
  Message message;
  message.text = std::string(4095, 'x') + "éé";
  for (int i = 0; i < 30; ++i)
    message.metadata["k" + std::to_string(i)] = i == 0 ? "" : "v";
  const Json embed = discord_payload(message, kNow_ms)["embeds"][0];
  EXPECT_EQ(string_member(embed, "description"), std::string(4095, 'x') + "…");
  ASSERT_EQ(embed["fields"].size(), kMaxDiscordFields);
  EXPECT_EQ(string_member(embed["fields"][0], "value"), "\u200b");
  EXPECT_EQ(string_member(embed["fields"].back(), "value"), "6 more not shown");

  for (auto& [key, value] : message.metadata.items())
    value = std::string(2000, 'v');
  message.metadata[std::string(300, 'n')] = 1;
  const Json large = discord_payload(message, kNow_ms)["embeds"][0];
  std::size_t total = text_units(string_member(large, "title")) + text_units(string_member(large, "description"));
  for (const Json& field : large["fields"]) {
    const std::size_t name = text_units(string_member(field, "name"));
    const std::size_t value = text_units(string_member(field, "value"));
    EXPECT_LE(name, kMaxDiscordFieldName);
    EXPECT_LE(value, kMaxDiscordFieldValue);
    total += name + value;
  }
  EXPECT_LE(total, kMaxDiscordEmbed);
  EXPECT_EQ(string_member(large["fields"].back(), "value"), "30 more not shown");

  message.metadata.clear();
  for (int i = 0; i < 25; ++i)
    message.metadata["k" + std::to_string(i)] = "v";
  EXPECT_EQ(string_member(discord_payload(message, kNow_ms)["embeds"][0]["fields"].back(), "name"), "k24");
}

TEST(Manifest, names_both_actions_with_schemas) {
  const Json json = manifest();
  EXPECT_EQ(string_member(json, "name"), "notifier");
  EXPECT_EQ(dump_json(json["sandbox"]), R"({"network":["*"]})");
  ASSERT_EQ(json["actions"].size(), 2U);
  EXPECT_EQ(string_member(json["actions"][0], "name"), "send");
  EXPECT_EQ(string_member(json["actions"][1], "name"), "notify");
  for (const Json& action : json["actions"]) {
    EXPECT_EQ(dump_json(action["inputSchema"]["required"]), R"(["channel","message"])");
    EXPECT_EQ(string_member(action["outputSchema"], "type"), "object");
  }
}

}  // namespace
}  // namespace commandcenter::notifier
