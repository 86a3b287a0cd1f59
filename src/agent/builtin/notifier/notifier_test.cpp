// The notifier as its users see it: input in, requests at a real server, answer out. Pitfalls A11, C7, feature 37.
#include "agent/builtin/notifier/notifier.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/builtin/notifier/courier.h"
#include "base/mock_http_server.h"
#include "base/sha256.h"

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
  Timing timing() {
    return {clock, [this](std::int64_t duration_ms) {
              slept_ms.push_back(duration_ms);
              clock.passed_ms += duration_ms;
            }};
  }
  LogSink sink() {
    return [this](std::string_view line) { log.emplace_back(line); };
  }
  Result<Json> ask(const Json& input, const std::string& action = "send") {
    return run(action, input, sink(), timing());
  }
  FakeClock clock;
  std::vector<std::int64_t> slept_ms;
  std::vector<std::string> log;
};

Json input_for(const char* channel, const std::string& url) {
  return {{"channel", channel},     {"message", "3 findings"},
          {"severity", "critical"}, {"metadata", {{"repo", "shop"}, {"n", 3}, {"ok", true}}},
          {"webhookUrl", url},      {"allowPrivate", true}};
}

Json body_of(const MockHttpServer& server, std::size_t at) {
  return *parse_json(server.requests().at(at).body);
}

TEST(Notifier, console_writes_a_line_and_the_metadata) {
  Session session;
  const auto answer = session.ask(
      {{"channel", "console"}, {"message", "two\nlines"}, {"severity", "warning"}, {"metadata", {{"a", 1}}}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(session.log, (std::vector<std::string>{"⚠️ [WARNING] two lines", "Metadata: {\"a\":1}"}));
  EXPECT_EQ((*answer)["success"], true);
  EXPECT_EQ((*answer)["channel"], "console");
  EXPECT_EQ((*answer)["timestamp"], "2026-01-31T09:05:00.123Z");
  EXPECT_EQ((*answer)["attempts"], 1);
  EXPECT_EQ((*answer)["receipts"][0]["status"], "delivered");

  Session plain;
  ASSERT_TRUE(plain.ask({{"channel", "console"}, {"message", "hello"}}, "notify"));
  EXPECT_EQ(plain.log, (std::vector<std::string>{"ℹ️ [INFO] hello"}));
}

// A template that is a whole value keeps its type, and null where there is none.
TEST(Notifier, says_whatever_steps_before_it_gave) {
  const auto line_of = [](const Json& more) {
    Session session;
    Json input = {
        {"channel", "console"}, {"message", "m"}, {"title", nullptr}, {"link", nullptr}, {"findings", nullptr}};
    input.update(more);
    const auto answer = session.ask(input);
    return answer ? session.log.at(0) : answer.error().message;
  };
  EXPECT_EQ(line_of({{"message", 3}}), "ℹ️ [INFO] 3");
  EXPECT_EQ(line_of({{"message", false}}), "ℹ️ [INFO] false");
  EXPECT_EQ(line_of({{"message", {{"total", 1}, {"high", 1}}}}), "ℹ️ [INFO] {\"total\":1,\"high\":1}");
  EXPECT_EQ(line_of({{"title", 7}, {"metadata", nullptr}}), "ℹ️ [INFO] 7: m");
  EXPECT_EQ(line_of({{"severity", "high"}}), "❌ [ERROR] m");
  EXPECT_EQ(line_of({{"severity", "medium"}}), "⚠️ [WARNING] m");
  EXPECT_EQ(line_of({{"severity", "low"}}), "ℹ️ [INFO] m");
}

TEST(Notifier, names_keys_that_it_does_not_know) {
  Session session;
  ASSERT_TRUE(session.ask({{"channel", "console"}, {"message", "m"}, {"severty", "critical"}, {"x", 1}}));
  EXPECT_EQ(session.log, (std::vector<std::string>{"the notifier does not know \"severty\"; did you mean \"severity\"?",
                                                   "the notifier does not know \"x\"", "ℹ️ [INFO] m"}));
}

TEST(Notifier, slack_gets_blocks) {
  const MockHttpServer server({MockHttpServer::reply(200, "", "ok")});
  Session session;
  const auto answer = session.ask(input_for("slack", server.url("/services/T/B/x")));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_FALSE(answer->contains("messageId"));
  ASSERT_EQ(server.requests().size(), 1U);
  const std::string head = server.requests()[0].head;
  EXPECT_TRUE(head.starts_with("POST /services/T/B/x HTTP/1.1\r\n")) << head;
  EXPECT_NE(head.find("Content-Type: application/json\r\n"), std::string::npos);
  EXPECT_NE(head.find("Idempotency-Key: " + (*answer)["receipts"][0]["id"].get<std::string>()), std::string::npos);
  EXPECT_EQ(
      server.requests()[0].body,
      R"({"text":"🚨 CRITICAL: 3 findings","blocks":[{"type":"header","text":{"type":"plain_text",)"
      R"("text":"🚨 CRITICAL","emoji":false}},{"type":"section","text":{"type":"plain_text","text":"3 findings",)"
      R"("emoji":false}}],"attachments":[{"color":"#8b0000","fallback":"🚨 CRITICAL: 3 findings","blocks":[)"
      R"({"type":"section","fields":[{"type":"plain_text","text":"repo: shop","emoji":false},)"
      R"({"type":"plain_text","text":"n: 3","emoji":false},{"type":"plain_text","text":"ok: true","emoji":false}]},)"
      R"({"type":"context","elements":[{"type":"plain_text","text":"2026-01-31T09:05:00.123Z","emoji":false}]}]}],)"
      R"("unfurl_links":false,"unfurl_media":false})");
}

TEST(Notifier, discord_gets_embeds_and_gives_ids) {
  const MockHttpServer server({MockHttpServer::reply(200, "", R"({"id":"42"})"),
                               "HTTP/1.1 204 No Content\r\nX-Message-Id: 43\r\n\r\n",
                               "HTTP/1.1 204 No Content\r\n\r\n"});
  Session session;
  const auto waited = session.ask(input_for("discord", server.url("/api/webhooks/1/x?wait=true")));
  ASSERT_TRUE(waited) << waited.error().message;
  EXPECT_EQ(string_member(*waited, "messageId"), "42");
  EXPECT_EQ(server.requests()[0].body,
            R"({"embeds":[{"color":9109504,"fields":[)"
            R"({"name":"repo","value":"shop","inline":true},{"name":"n","value":"3","inline":true},{"name":"ok",)"
            R"("value":"true","inline":true}],"title":"🚨 CRITICAL","timestamp":"2026-01-31T09:05:00.123Z",)"
            R"("description":"3 findings"}],"allowed_mentions":{"parse":[]}})");
  const auto with_header = session.ask(input_for("discord", server.url("/x")));
  ASSERT_TRUE(with_header) << with_header.error().message;
  EXPECT_EQ(string_member(*with_header, "messageId"), "43");
  const auto without = session.ask(input_for("discord", server.url("/x")));
  ASSERT_TRUE(without);
  EXPECT_FALSE(without->contains("messageId"));
}

TEST(Notifier, webhooks_are_signed) {
  const MockHttpServer server({MockHttpServer::reply(202, "", "")});
  Session session;
  Json input = input_for("webhook", server.url("/hook"));
  input["signingSecret"] = "k3y";
  input["id"] = "run-7";
  ASSERT_TRUE(session.ask(input));
  const auto request = server.requests().at(0);
  EXPECT_NE(request.head.find("X-Hub-Signature-256: sha256=" + hmac_sha256_hex("k3y", request.body)),
            std::string::npos);
  EXPECT_NE(request.head.find("Idempotency-Key: run-7\r\n"), std::string::npos);
  EXPECT_EQ(request.body,
            R"({"id":"run-7","severity":"critical","message":"3 findings","timestamp":"2026-01-31T09:05:00.123Z",)"
            R"("metadata":{"repo":"shop","n":3,"ok":true}})");
}

TEST(Notifier, github_gets_a_check_run_with_fifty_annotations_a_request) {
  const MockHttpServer server({MockHttpServer::reply(201, "", R"({"id":77})"), MockHttpServer::reply(200, "", "{}")});
  Session session;
  Json input = {{"channel", "github"}, {"apiUrl", server.url("")}, {"repository", "octo/shop"},
                {"commit", "0a1b2c"},  {"githubToken", "t0ken"},   {"message", "``` 120 findings"},
                {"severity", "error"}, {"allowPrivate", true}};
  for (int i = 0; i < 120; ++i)
    input["findings"].push_back({{"file", "a.py"}, {"line", i + 1}, {"severity", "high"}, {"description", "bad"}});
  const auto answer = session.ask(input);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["messageId"], "77");
  ASSERT_EQ(server.requests().size(), 3U);
  EXPECT_TRUE(server.requests()[0].head.starts_with("POST /repos/octo/shop/check-runs HTTP/1.1\r\n"));
  EXPECT_TRUE(server.requests()[2].head.starts_with("PATCH /repos/octo/shop/check-runs/77 HTTP/1.1\r\n"));
  const Json first = body_of(server, 0);
  EXPECT_EQ(first["head_sha"], "0a1b2c");
  EXPECT_EQ(first["conclusion"], "failure");
  EXPECT_EQ(first["output"]["annotations"].size(), 50U);
  EXPECT_EQ(
      first["output"]["annotations"][0],
      (Json{
          {"path", "a.py"}, {"start_line", 1}, {"end_line", 1}, {"annotation_level", "failure"}, {"message", "bad"}}));
  EXPECT_EQ(first["output"]["summary"], "````\n``` 120 findings\n````") << "text is no Markdown";
  EXPECT_EQ(body_of(server, 2)["output"]["annotations"].size(), 20U);
}

TEST(Notifier, honours_retry_after) {  // pitfall C7
  const MockHttpServer server({MockHttpServer::reply(429, "Retry-After: 1.5\r\n", ""),
                               MockHttpServer::reply(503, "Retry-After: Sat, 31 Jan 2026 09:05:05 GMT\r\n", ""),
                               MockHttpServer::reply(429, "Retry-After: soon\r\n", ""),
                               MockHttpServer::reply(200, "", "ok")});
  Session session;
  Json input = input_for("webhook", server.url("/x"));
  const auto answer = session.ask(input);
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(session.slept_ms.size(), 3U);
  EXPECT_EQ(session.slept_ms[0], 1500);
  EXPECT_EQ(session.slept_ms[1], 3377);  // until that second
  EXPECT_LE(session.slept_ms[2], 4 * kFirstBackoff_ms);
  EXPECT_EQ((*answer)["attempts"], 4);
  for (const auto& request : server.requests())
    EXPECT_EQ(request.body, server.requests()[0].body);
}

TEST(Notifier, backs_off_on_server_errors_and_then_fails) {
  const MockHttpServer server({MockHttpServer::reply(503, "", "no backend for /services/s3cret")});
  Session session;
  const auto answer = session.ask(input_for("slack", server.url("/services/s3cret")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(answer.error().message, "Slack notification not delivered after 6 tries: HTTP 503");
  EXPECT_EQ(server.requests().size(), 6U);
  std::int64_t most_ms = kFirstBackoff_ms;
  for (std::size_t i = 0; i < 5; ++i) {
    bool in_range = false;  // the rate of Slack may add waits
    for (const std::int64_t slept : session.slept_ms)
      in_range = in_range || (slept >= most_ms / 2 && slept <= most_ms);
    EXPECT_TRUE(in_range) << most_ms;
    most_ms = std::min(most_ms * 2, kMaxBackoff_ms);
  }
  for (const std::string& line : session.log)
    EXPECT_EQ(line.find("s3cret"), std::string::npos) << line;
}

TEST(Notifier, stays_within_its_budget) {
  const MockHttpServer server({MockHttpServer::reply(429, "Retry-After: 40\r\n", "")});
  Session session;
  const auto answer = session.ask(input_for("webhook", server.url("/x")));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message,
            "Webhook notification not delivered after 2 tries: HTTP 429; it asks to wait 40 s, of retry.budgetSeconds "
            "20 are left");
  EXPECT_EQ(session.slept_ms, (std::vector<std::int64_t>{40'000}));
}

TEST(Notifier, refusals_are_final_and_explained_only_in_harmless_words) {
  const MockHttpServer server({MockHttpServer::reply(400, "", "invalid_payload"),
                               MockHttpServer::reply(404, "", R"({"message":"Unknown Webhook","code":10015})"),
                               MockHttpServer::reply(404, "", "Cannot POST /services/abcdefgh"),
                               MockHttpServer::reply(404, "", "abcdefgh is gone"),
                               MockHttpServer::reply(302, "Location: /services/abcdefgh\r\n", "")});
  Session session;
  const auto refusal = [&](const char* channel) {
    const auto answer = session.ask(input_for(channel, server.url("/services/abcdefgh")));
    return answer ? "delivered" : answer.error().message;
  };
  EXPECT_EQ(refusal("slack"), "Slack notification not delivered after 1 try: HTTP 400: invalid_payload");
  EXPECT_EQ(refusal("discord"), "Discord notification not delivered after 1 try: HTTP 404: Unknown Webhook");
  EXPECT_EQ(refusal("slack"), "Slack notification not delivered after 1 try: HTTP 404");
  EXPECT_EQ(refusal("slack"), "Slack notification not delivered after 1 try: HTTP 404");
  EXPECT_EQ(refusal("slack"), "Slack notification not delivered after 1 try: HTTP 302");
  EXPECT_EQ(server.requests().size(), 5U);
}

TEST(Notifier, tries_again_when_the_connection_fails) {
  int port = 0;
  {
    const MockHttpServer server({std::string(MockHttpServer::kClose), MockHttpServer::reply(200, "", "ok")});
    port = server.port();
    Session session;
    const auto answer = session.ask(input_for("webhook", server.url("/services/s3cret")));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ((*answer)["attempts"], 2);
  }
  Session session;
  const auto answer = session.ask(input_for("webhook", fmt::format("http://127.0.0.1:{}/services/s3cret", port)));
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find(fmt::format("after 6 tries: 127.0.0.1:{}", port)), std::string::npos)
      << answer.error().message;
  EXPECT_EQ(answer.error().message.find("s3cret"), std::string::npos);
}

TEST(Notifier, private_addresses_are_refused_unless_allowed) {  // pitfall C7
  const MockHttpServer server({MockHttpServer::reply(200, "", "ok")});
  const auto complaint = [&](Json more, const std::string& url) {
    Session session;
    Json input = input_for("webhook", url);
    input.erase("allowPrivate");
    if (more.is_object()) input.update(more);
    const auto answer = session.ask(input);
    return answer ? std::string("sent") : answer.error().message;
  };
  const std::string own = server.url("/x");
  EXPECT_EQ(complaint({}, own), fmt::format("127.0.0.1:{} is a private address; name it in allowHosts, or set "
                                            "allowPrivate",
                                            server.port()));
  EXPECT_NE(complaint({}, "http://169.254.169.254/latest/meta-data"), "sent");
  EXPECT_NE(complaint({}, "http://[::ffff:10.0.0.1]/"), "sent");
  EXPECT_NE(complaint({}, "http://[fd00::1]/"), "sent");
  const std::string by_name = fmt::format("http://localhost:{}/x", server.port());
  EXPECT_NE(complaint({}, by_name), "sent");
  EXPECT_EQ(complaint({{"allowHosts", Json::array({"example.org"})}}, own),
            fmt::format("127.0.0.1:{} is not one of allowHosts", server.port()));
  EXPECT_NE(complaint({{"allowHosts", Json::array({"*.0.0.1"})}}, own), "sent") << "a pattern names no private host";
  EXPECT_NE(complaint({{"allowHosts", Json::array({"127.0.0.1:1"})}}, own), "sent");
  EXPECT_NE(complaint({{"allowHosts", Json::array()}}, "https://hooks.slack.com/x"), "sent");
  EXPECT_TRUE(server.requests().empty());
  EXPECT_EQ(complaint({{"allowHosts", Json::array({"127.0.0.1"})}}, own), "sent");
  EXPECT_EQ(complaint({{"allowHosts", Json::array({fmt::format("localhost:{}", server.port())})}}, by_name), "sent");
  EXPECT_EQ(complaint({{"allowPrivate", true}}, own), "sent");
}

TEST(Notifier, says_what_is_wrong_with_the_input) {
  Session session;
  const auto complaint = [&](const Json& input, const std::string& action = "send") {
    const auto answer = session.ask(input, action);
    return answer ? "accepted" : answer.error().message;
  };
  EXPECT_EQ(complaint({{"channel", "slack"}, {"message", "m"}}), "webhookUrl required for Slack");
  EXPECT_EQ(complaint({{"channel", "discord"}, {"message", "m"}, {"webhookUrl", ""}}),
            "webhookUrl required for Discord");
  EXPECT_EQ(complaint({{"channel", "slack"}, {"message", "m"}, {"webhookUrl", "ftp://h/s3cret"}}),
            "webhookUrl: the URL is malformed: it does not begin with http:// or https://; expected "
            "http(s)://host[:port]/path");
  EXPECT_EQ(complaint({{"channel", "pigeon"}, {"message", "m"}}),
            "unknown channel \"pigeon\"; expected slack, discord, webhook, email, github or console");
  EXPECT_EQ(complaint({{"channel", "console"}, {"message", "m"}, {"severity", "loud"}}),
            "unknown severity \"loud\"; expected info, warning, error or critical");
  EXPECT_EQ(complaint({{"message", "m"}}), "channel is missing; expected a text");
  EXPECT_EQ(complaint({{"channel", "console"}, {"message", nullptr}}), "message is missing; expected a text");
  EXPECT_EQ(complaint({{"channel", "console"}, {"message", "m"}, {"metadata", "x"}}),
            "metadata is of type string; expected an object");
  EXPECT_EQ(complaint(Json::array()), "the input is of type array; expected an object with channel and message");
  EXPECT_EQ(complaint({{"channel", "console"}, {"message", "m"}}, "scan"),
            "notifier has no action \"scan\"; expected send (or notify)");
  EXPECT_EQ(complaint({{"channel", "email"}, {"message", "m"}}),
            "smtpUrl required for E-mail: smtp://host[:port] or smtps://host[:port]");
  EXPECT_EQ(complaint({{"channel", "console"}, {"messages", Json::array({{{"text", "m"}}})}}),
            "messages[0].message is missing; expected a text");
  EXPECT_EQ(complaint({{"channel", "console"}, {"messages", Json::array({5})}}),
            "messages[0] is of type integer; expected an object with message");
  const auto member = [&](const char* key) {  // of the second message
    return complaint(
        {{"channel", "console"}, {"messages", Json::array({{{"message", "m"}}, {{"message", "m"}, {key, "x"}}})}});
  };
  EXPECT_EQ(member("severity"),
            "messages[1].severity: unknown severity \"x\"; expected info, warning, error or critical");
  EXPECT_EQ(member("format"), "messages[1].format: unknown format \"x\"; expected plain or markdown");
  EXPECT_EQ(complaint({{"message", "m"}, {"destinations", Json::array({{{"channel", "pigeon"}}})}}),
            "destinations[0].channel: unknown channel \"pigeon\"; expected slack, discord, webhook, email, github or "
            "console");
  EXPECT_EQ(complaint({{"channel", "console"}, {"message", "m"}, {"routes", Json::array({{{"severities", {"x"}}}})}}),
            "routes[0].severities[0]: unknown severity \"x\"; expected info, warning, error or critical");
  EXPECT_EQ(complaint({{"channel", "console"}, {"message", "m"}, {"routes", Json::array({{{"minSeverity", "x"}}})}}),
            "routes[0].minSeverity: unknown severity \"x\"; expected info, warning, error or critical");
  EXPECT_EQ(complaint({{"channel", "console"}, {"message", "m"}, {"routes", Json::array({{{"to", {"x"}}}})}}),
            "routes[0].to: there is no destination \"x\"");
  EXPECT_NE(complaint({{"channel", "console"}, {"message", "m"}, {"template", {{"message", "{metadata.x}"}}}})
                .find("the template names {metadata.x}"),
            std::string::npos);
}

TEST(Notifier, secrets_do_not_leave) {  // pitfalls C3, C7
  const MockHttpServer server({MockHttpServer::reply(200, "", "ok")});
  Session session;
  Json input = input_for("webhook", server.url("/x"));
  input["message"] = "found DB_PASSWORD = 'kT7vq9zLxw2M' in settings.py";
  input["title"] = "AKIAIOSFODNN7EXAMPLF leaked";
  input["metadata"] = {{"apiToken", "abc"},
                       {"nested", {{"DB_PASSWORD", "def"}}},
                       {"tokens", 5},
                       {"secret", false},
                       {"env", "postgres://admin:Xk29vLq7Zt@db.internal/shop"}};
  const auto answer = session.ask(input);
  ASSERT_TRUE(answer) << answer.error().message;
  const std::string body = server.requests().at(0).body;
  for (const char* secret : {"kT7vq9zLxw2M", "Xk29vLq7Zt", "\"abc\"", "\"def\""})
    EXPECT_EQ(body.find(secret), std::string::npos) << secret << " in " << body;
  EXPECT_NE(body.find("settings.py"), std::string::npos);
  EXPECT_NE(body.find("\"tokens\":5"), std::string::npos);
  EXPECT_GE((*answer)["secretsMasked"], 2);
}

TEST(Notifier, routes_by_severity_and_fails_when_one_fails) {
  const MockHttpServer chat({MockHttpServer::reply(200, "", "ok")});
  const MockHttpServer gone({MockHttpServer::reply(410, "", "")});
  Json input = {{"destinations",
                 Json::array({{{"name", "chat"}, {"channel", "webhook"}, {"webhookUrl", chat.url("/a")}},
                              {{"name", "pager"}, {"channel", "webhook"}, {"webhookUrl", gone.url("/secret-b")}}})},
                {"routes", Json::array({{{"minSeverity", "info"}, {"to", {"chat"}}},
                                        {{"severities", {"critical"}}, {"to", {"pager"}}}})},
                {"messages", Json::array({{{"message", "one"}}, {{"message", "two"}, {"severity", "error"}}})},
                {"allowPrivate", true}};
  SystemClock clock;
  const Timing timing{clock, [](std::int64_t) {}};
  const LogSink quiet = [](std::string_view) {};
  ASSERT_TRUE(run("send", input, quiet, timing));
  EXPECT_EQ(chat.requests().size(), 2U);
  EXPECT_TRUE(gone.requests().empty());
  input["messages"].push_back({{"message", "three"}, {"severity", "critical"}});
  const auto sent = send(input, {}, quiet, timing);
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(sent->failure, "1 of 3 not delivered: Webhook notification not delivered after 1 try: HTTP 410");
  EXPECT_EQ(sent->answer["success"], false);
  EXPECT_EQ(sent->answer["receipts"].size(), 4U);
  EXPECT_EQ(dump_json(sent->answer).find("secret-b"), std::string::npos);
  EXPECT_FALSE(run("send", input, quiet, timing));
}

TEST(Notifier, alike_messages_are_left_out_or_become_one) {
  const MockHttpServer server({MockHttpServer::reply(200, "", "ok")});
  Session session;
  Json input = input_for("webhook", server.url("/x"));
  const auto message = [](const char* text, const char* severity, const char* repo, std::int64_t at_ms) {
    return Json{{"message", text},
                {"severity", severity},
                {"metadata", {{"repo", repo}, {"n", text}}},
                {"timestampMs", kNow_ms + at_ms}};
  };
  input["messages"] = {message("a", "info", "shop", 0), message("a", "info", "shop", 10),
                       message("b", "error", "shop", 20), message("c", "info", "site", 30),
                       message("d", "info", "shop", 400'000)};
  input["dedup"] = {{"windowSeconds", 60}};
  auto answer = session.ask(input);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(server.requests().size(), 4U);
  EXPECT_EQ((*answer)["duplicates"], 1);

  input.erase("dedup");
  input["group"] = {{"by", {"metadata.repo"}}, {"windowSeconds", 300}};
  answer = session.ask(input);
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ(server.requests().size(), 7U);
  const Json whole = body_of(server, 4);
  EXPECT_EQ(whole["title"], "3 notifications");
  EXPECT_EQ(whole["message"], "• a\n• a\n• b");
  EXPECT_EQ(whole["severity"], "error");
  EXPECT_EQ(whole["metadata"], (Json{{"repo", "shop"}}));
}

TEST(Notifier, templates_and_dry_run) {
  Session session;
  Json input = input_for("slack", "https://hooks.slack.com/services/T000/B000/verysecret");
  input["template"] = {{"title", "{severity} in {metadata.repo}"}, {"message", "{message} {not a name} {{ {}"}};
  input["message"] = "3 {severity}";
  input["dryRun"] = true;
  const auto answer = session.ask(input);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)["dryRun"], true);
  EXPECT_EQ((*answer)["attempts"], 0);
  EXPECT_EQ((*answer)["receipts"][0]["status"], "dryRun");
  const Json& blocks = (*answer)["payloads"][0]["body"]["blocks"];
  EXPECT_EQ(blocks[0]["text"]["text"], "🚨 CRITICAL: critical in shop");
  EXPECT_EQ(blocks[1]["text"]["text"], "3 {severity} {not a name} {{ {}") << "what is filled in is text";
  const std::string text = dump_json(*answer);
  EXPECT_EQ(text.find("verysecret"), std::string::npos);
  EXPECT_NE((*answer)["receipts"][0]["host"].get<std::string>().find("hooks.slack.com ("), std::string::npos);
}

TEST(Notifier, keeps_to_the_rate_of_the_destination) {
  const MockHttpServer server({MockHttpServer::reply(200, "", "ok")});
  Session session;
  Json input = input_for("webhook", server.url("/x"));
  input["ratePerSecond"] = 2;
  input["burst"] = 3;
  for (int i = 0; i < 7; ++i)
    input["messages"].push_back({{"message", std::to_string(i)}});
  ASSERT_TRUE(session.ask(input));
  EXPECT_EQ(session.slept_ms, (std::vector<std::int64_t>{500, 500, 500, 500}));
}

}  // namespace
}  // namespace commandcenter::notifier
