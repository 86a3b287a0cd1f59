// What each service gets: never over its limits, and no text that means something there. Pitfall C7.
#include "agent/builtin/notifier/services.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/builtin/notifier/text.h"

namespace commandcenter::notifier {
namespace {

Message message_of(std::string text) {
  Message message;
  message.id = "m1";
  message.severity = Severity::kError;
  message.text = std::move(text);
  message.wall_ms = 1'769'850'300'123;
  return message;
}

Json metadata_of(int count, std::size_t length) {
  Json metadata = Json::object();
  for (int i = 0; i < count; ++i)
    metadata[fmt::format("key{}", i)] = std::string(length, '&');
  return metadata;
}

// Messages of many shapes: long words, long lines, characters of four bytes, everything to be escaped.
std::vector<Message> hard_messages() {
  std::vector<Message> all;
  for (const std::size_t size : {0U, 1U, 2'999U, 3'000U, 3'001U, 4'096U, 4'097U, 30'000U, 200'000U}) {
    for (const std::string unit : {"x", "& ", "word ", "line of text\n", "😀", "é", "*_`[](<@U1>)\n", "@everyone "}) {
      std::string text;
      while (text.size() < size)
        text += unit;
      for (const int fields : {0, 1, 11, 26, 300}) {
        Message message = message_of(text);
        message.markdown = fields % 2 == 1;
        message.title = fields == 11 ? std::string(400, 't') : "";
        message.link = fields == 26 ? "https://example.org/a|b>" : "";
        if (fields > 0) message.metadata = metadata_of(fields, fields == 26 ? 3'000 : 10);
        all.push_back(std::move(message));
      }
    }
  }
  return all;
}

std::size_t check_slack_texts(const Json& blocks) {
  std::size_t total = 0;
  for (const Json& block : blocks) {
    const auto check = [&](const Json& text, std::size_t limit) {
      const std::size_t units = text_units(text["text"].get<std::string>());
      EXPECT_LE(units, limit);
      EXPECT_GE(units, 1U);
      total += units;
    };
    if (block.contains("text")) check(block["text"], block["type"] == "header" ? kMaxSlackHeader : kMaxSlackText);
    if (!block.contains("fields")) continue;
    EXPECT_LE(block["fields"].size(), kMaxSlackFields);
    for (const Json& field : block["fields"])
      check(field, kMaxSlackField);
  }
  return total;
}

TEST(Limits, no_message_is_more_than_slack_takes) {
  for (const Message& message : hard_messages()) {
    const auto parcels = slack_parcels(message);
    ASSERT_FALSE(parcels.empty());
    for (const Parcel& parcel : parcels) {
      const Json payload = *parse_json(parcel.body);
      const Json& details = payload["attachments"][0]["blocks"];
      ASSERT_LE(payload["blocks"].size() + details.size(), kMaxSlackBlocks);
      ASSERT_LE(check_slack_texts(payload["blocks"]) + check_slack_texts(details), kMaxSlackMessage + kMaxSlackHeader);
      ASSERT_FALSE(testing::Test::HasFailure()) << message.text.size() << " " << message.metadata.size();
    }
  }
}

TEST(Limits, no_message_is_more_than_discord_takes) {
  for (const Message& message : hard_messages()) {
    for (const Parcel& parcel : discord_parcels(message)) {
      const Json payload = *parse_json(parcel.body);
      ASSERT_LE(payload["embeds"].size(), kMaxDiscordEmbeds);
      ASSERT_GE(payload["embeds"].size(), 1U);
      ASSERT_TRUE(payload["allowed_mentions"]["parse"].empty());
      std::size_t total = 0;
      for (const Json& embed : payload["embeds"]) {
        const auto units = [&](const Json& of, const char* key) { return text_units(string_member(of, key)); };
        ASSERT_LE(units(embed, "title"), kMaxDiscordTitle);
        ASSERT_LE(units(embed, "description"), kMaxDiscordDescription);
        total += units(embed, "title") + units(embed, "description");
        const Json fields = embed.value("fields", Json::array());
        ASSERT_LE(fields.size(), kMaxDiscordFields);
        for (const Json& field : fields) {
          ASSERT_LE(units(field, "name"), kMaxDiscordFieldName);
          ASSERT_LE(units(field, "value"), kMaxDiscordFieldValue);
          ASSERT_GE(units(field, "value"), 1U);
          total += units(field, "name") + units(field, "value");
        }
      }
      ASSERT_LE(total, kMaxDiscordMessage);
    }
  }
}

TEST(Limits, nothing_of_a_long_text_is_lost) {
  std::string text;
  for (int i = 0; i < 3'000; ++i)
    text += fmt::format("line {}\n", i);
  std::string slack;
  for (const Parcel& parcel : slack_parcels(message_of(text))) {
    const Json payload = *parse_json(parcel.body);
    for (const Json& block : payload["blocks"]) {
      if (block["type"] == "section") slack += block["text"]["text"].get<std::string>() + "\n";
    }
  }
  std::string discord;
  for (const Parcel& parcel : discord_parcels(message_of(text))) {
    const Json payload = *parse_json(parcel.body);
    for (const Json& embed : payload["embeds"])
      discord += embed["description"].get<std::string>() + "\n";
  }
  for (int i = 0; i < 3'000; ++i) {
    ASSERT_NE(slack.find(fmt::format("line {}\n", i)), std::string::npos) << i;
    ASSERT_NE(discord.find(fmt::format("line {}\n", i)), std::string::npos) << i;
  }
}

TEST(Limits, parts_have_keys_of_their_own) {
  const auto parcels = slack_parcels(message_of(std::string(40'000, 'x')));
  ASSERT_EQ(parcels.size(), 5U);
  EXPECT_EQ(parcels[0].key, "m1.1");
  EXPECT_EQ(parcels[4].key, "m1.5");
  EXPECT_FALSE(parcels[0].last);
  EXPECT_TRUE(parcels[4].last);
  EXPECT_NE(parcels[1].body.find("(2/5)"), std::string::npos);
  EXPECT_EQ(slack_parcels(message_of("x"))[0].key, "m1");
}

TEST(Escaping, text_is_text_in_slack) {
  EXPECT_EQ(slack_plain("a<b> & <!channel> @channel @Here"),
            "a&lt;b&gt; &amp; &lt;!channel&gt; @\u200b"
            "channel @\u200b"
            "Here");
  EXPECT_EQ(slack_markdown("**bold** [click](https://evil.example/x) <@U1>"),
            "*bold* click (https://evil.example/x) &lt;@U1&gt;");
}

TEST(Escaping, text_is_text_in_discord) {
  EXPECT_EQ(discord_plain("# *a* _b_ [c](d) `e` ||f|| ~~g~~ <@1> \\ @everyone"),
            "\\# \\*a\\* \\_b\\_ \\[c\\]\\(d\\) \\`e\\` \\|\\|f\\|\\| \\~\\~g\\~\\~ \\<@1\\> \\\\ @\u200b"
            "everyone");
  EXPECT_EQ(discord_plain("see https://x.org/a_b_c\n- one"), "see https://x.org/a_b_c\n\\- one");
  EXPECT_EQ(discord_markdown("**b** [c](https://d) <@&1>"), "**b** c (https://d) <\u200b@&1>");
}

TEST(Escaping, a_mail_has_no_heads_but_its_own) {
  Destination destination;
  destination.channel = Channel::kEmail;
  destination.from = "ci@example.org";
  destination.to = {"a@example.org", "b@example.org"};
  Message message = message_of("body\r\n.\r\nQUIT");
  message.title = "x\r\nBcc: evil@example.org";
  const auto parcels = email_parcels(message, destination);
  ASSERT_EQ(parcels.size(), 1U);
  const std::string& mail = parcels[0].body;
  const std::string head = mail.substr(0, mail.find("\r\n\r\n"));
  EXPECT_EQ(head.find("\r\nBcc:"), std::string::npos) << head;
  EXPECT_NE(head.find("Date: Sat, 31 Jan 2026 09:05:00 +0000\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("To: a@example.org,\r\n b@example.org\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("Message-ID: <m1@commandcenter>"), std::string::npos);
  EXPECT_NE(mail.find(base64("body\r\n.\r\nQUIT\n")), std::string::npos);
  EXPECT_EQ(mail_header("plain"), "plain");
  EXPECT_EQ(mail_header("größe"), "=?UTF-8?B?Z3LDtsOfZQ==?=");
}

}  // namespace
}  // namespace commandcenter::notifier
