// What is kept as base64, by what it says.
#include "code/secrets/cluster.h"

#include <gtest/gtest.h>

#include "code/secrets/text_scan.h"

namespace commandcenter::code {
namespace {

const std::string kKey = "q8Zr3LmX0vTn5KcW2yHb7Jd4";

std::string base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k <= text.size() ? kAlphabet[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::vector<Hit> in_secret(const std::string& name, const std::string& says) {
  return secrets_in("app.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\ndata:\n  " + name + ": " +
                                    base64(says) + "\ntype: Opaque\n");
}

// Addresses, files and tokens were told only under a name that speaks of a secret.
TEST(Cluster, values_of_a_secret_tell_themselves) {
  const std::string slack = "xox" + std::string("b-264943833541-2857880248459-") + kKey;
  const std::pair<std::string, std::string> cases[] = {
      {"database-url", "postgresql://shop:" + kKey + "@db.internal:5432/shop"},
      {"config.yaml", "db:\n  user: shop\n  password: " + kKey + "\n"},
      {".dockerconfigjson", R"({"auths":{"r.internal":{"username":"ci","password":")" + kKey + R"("}}})"},
      {"slack", slack}};
  for (const auto& [name, says] : cases)
    EXPECT_EQ(in_secret(name, says).size(), 1U) << name;
  EXPECT_EQ(secrets_in("a.yaml", "kind: Secret\ndata: {cfg: " + base64("token=" + kKey) + "}\n").size(), 1U);
}

TEST(Cluster, what_opens_nothing_may_be_encoded) {
  for (const char* says : {"payments", "eu-central-1", "billing,exports,beta-search", "shop.prod.svc.cluster.local",
                           "db:\n  password: changeme\n", "postgres://user:password@localhost/db",
                           "password_policy: strict\ntoken_ttl: 3600\n", "https://shop.internal/login?next=home"}) {
    for (const Hit& hit : in_secret("config", says))
      ADD_FAILURE() << says << " gave " << hit.rule;
  }
  const std::string url = base64("postgres://shop:" + kKey + "@db/shop");
  EXPECT_TRUE(secrets_in("a.yaml", "kind: ConfigMap\ndata:\n  url: " + url + "\n").empty());
  EXPECT_TRUE(secrets_in("a.yaml", "kind: SecretStore\ndata:\n  url: " + url + "\n").empty());
}

TEST(Cluster, a_text_that_is_decoded_where_it_stands) {
  EXPECT_EQ(secrets_in("a.py", "c = b64decode(\"" + base64("host=db;password=" + kKey) + "\")\n").size(), 1U);
  EXPECT_EQ(secrets_in("a.js", "const c = atob('" + base64("mysql://a:" + kKey + "@db/a") + "');\n").size(), 1U);
  EXPECT_TRUE(secrets_in("a.py", "c = b64decode(\"" + base64("hello, this is a message") + "\")\n").empty());
  EXPECT_TRUE(secrets_in("a.py", "c = b64decode(value)\n").empty());
}

// A token in two texts is one.
TEST(Cluster, tokens_put_together_of_texts) {
  const std::string mark = "gl" + std::string("pat-");
  const auto hits = secrets_in("a.py", "t = (\"" + mark + "q8Zr3LmX0v\"\n     \"Tn5KcW2yHb\")\n");
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].rule, "gitlab-pat");
  EXPECT_EQ(secrets_in("a.js", "const t = '" + mark + "' + 'q8Zr3LmX0vTn5KcW2yHb';\n").size(), 1U);
  EXPECT_TRUE(secrets_in("a.py", "t = \"" + mark + "\" + token\n").empty());
  EXPECT_TRUE(secrets_in("a.py", "t = [\"" + mark + "\", \"q8Zr3LmX0vTn5KcW2yHb\"]\n").empty());
}

// In a log in colour, in mail and in JSON that escapes marks, a token has letters right before it.
TEST(Cluster, tokens_behind_a_code) {
  const std::string token = "gl" + std::string("pat-") + "q8Zr3LmX0vTn5KcW2yHb";
  for (const char* code : {"\x1b[32m", "\\x1b[1;32m", "\\u001b[0m", "\\u003e", "token=3D", "%22", "\\n"}) {
    const auto hits = secrets_in("a.log", "got " + std::string(code) + token + " done\n");
    ASSERT_EQ(hits.size(), 1U) << code;
    EXPECT_EQ(hits[0].value, token) << code;
  }
  EXPECT_TRUE(secrets_in("a.log", "from" + token + " done\n").empty());
}

}  // namespace
}  // namespace commandcenter::code
