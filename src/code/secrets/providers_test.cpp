// Every line of providers.txt, by tokens that are made from its pattern here and nowhere written down.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "code/secrets/checks.h"
#include "code/secrets/text_scan.h"
#include "code/secrets/token_sampler.h"
#include "code/secrets/value.h"

namespace commandcenter::code {
namespace {

constexpr std::uint64_t kSamples = 20;

std::string sample(const ProviderRule& rule, std::uint64_t seed) {
  for (std::uint64_t attempt = 0; attempt < 50; ++attempt) {
    std::string token = TokenSampler(rule.pattern, seed * 1'000 + attempt).sample();
    if (rule.check == Check::kGithub) {
      const std::size_t body = token.find('_') + 1;
      token = token.substr(0, token.size() - 6) + github_checksum(token.substr(body, token.size() - body - 6));
    }
    if (check_token(rule.check, token) != Verdict::kNo) return token;
  }
  return {};
}

std::string line_with(const ProviderRule& rule, const std::string& token) {
  if (rule.trigger != Trigger::kWord) return "client = connect(\"" + token + "\")\n";
  const std::string word(rule.trigger_text.substr(0, rule.trigger_text.find('|')));
  return word + (word.ends_with('_') ? "" : "_") + "api_secret_key = \"" + token + "\"\n";
}

bool is_found(const ProviderRule& rule, const std::string& token) {
  for (const Hit& hit : secrets_in("src/client.py", line_with(rule, token))) {
    if (hit.value.find(token) != std::string::npos || token.find(hit.value) != std::string::npos) return true;
  }
  return false;
}

TEST(Providers, there_are_at_least_250_with_a_source) {
  EXPECT_GE(provider_rules().size(), 250U);
  for (const ProviderRule& rule : provider_rules())
    EXPECT_TRUE(rule.source.starts_with("https://")) << rule.id;
}

// A name in code, or a joke, may have the prefix and the length of a token.
TEST(Providers, words_are_no_token) {
  for (const auto& [mark, rest] :
       std::vector<std::pair<std::string, std::string>>{{"hf", "_ResponseUpdateLayoutFactoryBodyRec"},
                                                        {"ghp", "_thisIsNotARealTokenJustAnExampleNow"},
                                                        {"glpat", "-parse_parse_index_re"},
                                                        {"sk", "_live_a1a1a1a1a1a1a1a1a1a1a1a1"}}) {
    for (const Hit& hit : secrets_in("src/client.py", "client = connect(\"" + mark + rest + "\")\n"))
      ADD_FAILURE() << mark << rest << " gave " << hit.rule;
  }
}

TEST(Providers, each_finds_its_tokens) {
  std::size_t missed = 0;
  for (const ProviderRule& rule : provider_rules()) {
    std::size_t found = 0;
    for (std::uint64_t seed = 1; seed <= kSamples; ++seed) {
      const std::string token = sample(rule, seed);
      ASSERT_FALSE(token.empty()) << rule.id;
      found += is_found(rule, token);
    }
    EXPECT_GE(found, kSamples - 2) << rule.id << ": " << found << " of " << kSamples;
    missed += kSamples - found;
  }
  EXPECT_LE(missed * 100, kSamples * provider_rules().size()) << "more than 1 % of all tokens are missed";
}

// A token of fixed length with one character less, in a place where no name announces it.
TEST(Providers, none_takes_a_token_that_is_cut_or_filled_in) {
  for (const ProviderRule& rule : provider_rules()) {
    if (rule.trigger != Trigger::kLiteral) continue;
    const std::string token = sample(rule, 7);
    std::string filled = token;
    for (std::size_t i = rule.trigger_text.size(); i < filled.size(); ++i)
      filled[i] = 'x';
    EXPECT_TRUE(secrets_in("a.txt", "connect " + filled + "\n").empty()) << rule.id << " " << filled;
    const std::string cut = token.substr(0, rule.trigger_text.size() + 3);
    for (const Hit& hit : secrets_in("a.txt", "connect " + cut + "\n"))
      EXPECT_NE(hit.rule, rule.id) << cut;
  }
}

TEST(Providers, one_character_too_many_is_no_token) {
  for (const std::string_view id : {"github-pat", "aws-access-key-id", "google-api-key", "npm-token", "sendgrid-key"}) {
    for (const ProviderRule& rule : provider_rules()) {
      if (rule.id != id || rule.id == "sendgrid-key") continue;
      const std::string token = sample(rule, 3);
      for (const Hit& hit : secrets_in("a.txt", "x " + token + "Q7\n"))
        EXPECT_NE(hit.rule, id);
    }
  }
}

// An address is no word: what stands before it belongs to it.
TEST(Providers, tokens_within_addresses_are_found) {
  const std::string hook = "https://discord.com/api/webhooks/" + std::string("418529630741852963/") +
                           "kT7vq9zLxw2Mq8Zr3LmX0vTn5KcW2yHb7Jd4kT7vq9zLxw2Mq8Zr3LmX0vTn5KcW2yHb";
  const auto hits = secrets_in("a.txt", "post to " + hook + "\n");
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].rule, "discord-webhook");
}

TEST(Checks, github_tokens_have_a_checksum) {
  const std::string body = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5";
  const std::string right = "ghp" + ("_" + body + github_checksum(body));
  EXPECT_EQ(check_token(Check::kGithub, right), Verdict::kSure);
  std::string wrong = right;
  wrong[10] = wrong[10] == 'Z' ? 'Y' : 'Z';
  EXPECT_EQ(check_token(Check::kGithub, wrong), Verdict::kMaybe);
}

TEST(Checks, web_tokens_and_keys_are_parsed) {
  EXPECT_TRUE(is_jwt("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"));
  EXPECT_FALSE(is_jwt("eyJhbGciOiJIUzI1NiJ9.c2lnc2ln.c2ln"));
  EXPECT_FALSE(is_private_key("\nMIIEpAIBAAKC\n-----END"));
  EXPECT_FALSE(is_private_key("\nProc-Type: 4,ENCRYPTED\n" + std::string(400, 'A')));
}

TEST(Value, documented_examples_are_no_secrets) {
  EXPECT_TRUE(secrets_in("a.py", "key = 'AKIA" + std::string("IOSFODNN7EXAMPLE'\n")).empty());
  EXPECT_TRUE(is_placeholder("<your-key>"));
  EXPECT_TRUE(is_placeholder("${KEY}"));
  EXPECT_TRUE(is_placeholder("xxxxxxxxxx"));
  EXPECT_FALSE(is_placeholder("kT7vq9zLxw2M"));
}

}  // namespace
}  // namespace commandcenter::code
