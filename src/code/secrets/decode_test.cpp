// Encoded values are judged by what they say.
#include "code/secrets/decode.h"

#include <gtest/gtest.h>

#include "code/secrets/text_scan.h"

namespace commandcenter::code {
namespace {

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

TEST(Decode, base64_hex_and_percent_nested_to_depth_two) {
  EXPECT_EQ(decoded(base64("hello world!")), "hello world!");
  EXPECT_EQ(decoded(base64(base64("hello world!"))), "hello world!");
  EXPECT_EQ(decoded("68656c6c6f20776f726c6421"), "hello world!");
  EXPECT_EQ(decoded("hello%20world%21"), "hello world!");
  EXPECT_EQ(decoded("kT7vq9zLxw2M"), std::nullopt);
  EXPECT_EQ(decoded("5f4dcc3b5aa765d61d8327deb882cf99"), std::nullopt);
}

TEST(Decode, a_token_is_found_in_an_encoded_value) {
  const std::string token = "ghp" + std::string("_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
  for (const std::string& value : {base64(token), base64(base64(token)), base64("user:" + token)}) {
    const auto hits = secrets_in("secret.yaml", "data:\n  token: " + value + "\n");
    ASSERT_EQ(hits.size(), 1U) << value;
    EXPECT_EQ(hits[0].rule, "github-pat");
  }
}

TEST(Decode, an_encoded_placeholder_is_none) {
  for (const char* text : {"password", "changeme", "your-secret-here", "example-password"})
    EXPECT_TRUE(secrets_in("secret.yaml", "data:\n  password: " + base64(text) + "\n").empty()) << text;
}

TEST(Composite, a_secret_near_its_id_needs_no_name) {
  const std::string id = "AKIA" + std::string("Q7XJ2M4WTRN5ZKBD");
  const std::string key = "q8Zr3LmX0vTn5KcW2yHb7Jd4" + std::string("Pw6Sf1Gx9Aa+Ue/k");
  const auto hits = secrets_in("accessKeys.csv", "id,value\n" + id + "," + key + "\n");
  ASSERT_EQ(hits.size(), 2U);
  EXPECT_EQ(hits[0].rule, "aws-access-key-id");
  EXPECT_EQ(hits[1].rule, "aws-secret-key");
  EXPECT_EQ(secrets_in("a.csv", "id,value\nx," + key + "\n").size(), 0U);
}

}  // namespace
}  // namespace commandcenter::code
