// Secrets do not come out of a sandbox in clear (features 53, 99), whichever way they are cut.
#include "sandbox/mask.h"

#include <gtest/gtest.h>

namespace commandcenter::sandbox {
namespace {

const std::string kToken = "s3cr3t/Token+\"x\"";

std::string in_pieces(const Mask& mask, std::string_view text, std::size_t size) {
  std::string masked;
  const auto out = [&masked](std::string_view piece) { masked.append(piece); };
  MaskedStream stream(mask);
  for (std::size_t from = 0; from < text.size(); from += size)
    stream.feed(text.substr(from, size), out);
  stream.finish(out);
  return masked;
}

TEST(Mask, ReplacesEveryFormOfASecret) {
  const Mask mask({kToken});
  EXPECT_EQ(mask.apply("a " + kToken + " b"), "a *** b");
  EXPECT_EQ(mask.apply(kToken + kToken), "******");
  EXPECT_EQ(mask.apply(R"({"t": "s3cr3t/Token+\"x\""})"), R"({"t": "***"})");
  EXPECT_EQ(mask.apply("u=s3cr3t%2FToken%2B%22x%22&v"), "u=***&v");
  EXPECT_EQ(mask.apply("7333637233742f546f6b656e2b227822"), "***");
  EXPECT_EQ(mask.apply("7333637233742F546F6B656E2B227822"), "***");
  EXPECT_EQ(mask.apply("nothing of that: s3cr3t/Tok"), "nothing of that: s3cr3t/Tok");
}

TEST(Mask, FindsBase64AtEveryOffset) {
  const Mask mask({"correct horse"});
  // printf 'Xcorrect horseY' | base64, and so on
  for (const char* text :
       {"Y29ycmVjdCBob3JzZQ==", "WGNvcnJlY3QgaG9yc2VZ", "WFhjb3JyZWN0IGhvcnNlWQ==", "WFhYY29ycmVjdCBob3JzZVk="}) {
    EXPECT_NE(mask.apply(text).find("***"), std::string::npos) << text;
    EXPECT_EQ(mask.apply(text).find("Ob3Jz"), std::string::npos) << text;
  }
  EXPECT_EQ(mask.apply("Y29y\ncmVj\r\ndCBo\nb3JzZQ=="), "***Q==") << "also in lines";
}

TEST(Mask, PiecesAreNoWayOut) {
  const Mask mask({kToken, "another one"});
  const std::string text = "x " + kToken + " s3cr3t/ another on another one s3cr3t/Token+";
  for (std::size_t size = 1; size <= text.size(); ++size)
    EXPECT_EQ(in_pieces(mask, text, size), "x *** s3cr3t/ another on *** s3cr3t/Token+") << size;
}

TEST(Mask, SecretsOfSeveralLinesAreFoundInAnyOrder) {
  const Mask mask({"-----BEGIN KEY-----\nMIIEowIBAAKCAQEA1234\nabcdefghijklmnopqrst\n-----END KEY-----\n"});
  EXPECT_EQ(mask.apply("key: -----BEGIN KEY-----\nMIIEowIBAAKCAQEA1234\nabcdefghijklmnopqrst\n-----END KEY-----."),
            "key: ***.");
  EXPECT_EQ(mask.apply("line 2 MIIEowIBAAKCAQEA1234 and 3: abcdefghijklmnopqrst"), "line 2 *** and 3: ***");
}

TEST(Mask, WhatIsNoSecretIsToldAtOnce) {
  const Mask mask({kToken});
  MaskedStream stream(mask);
  std::string told;
  stream.feed("working …\n", [&told](std::string_view piece) { told.append(piece); });
  EXPECT_EQ(told, "working …\n");
  EXPECT_FALSE(Mask().finds(kToken));
  EXPECT_TRUE(mask.finds("x" + kToken));
  EXPECT_FALSE(mask.finds(kToken.substr(1)));
  EXPECT_EQ(Mask({"short"}).apply("short"), "short");
}

// Whoever writes beginnings of secrets and line breaks for ever is not kept in memory for ever.
TEST(Mask, WhatIsHeldIsBounded) {
  const Mask mask({kToken});
  MaskedStream stream(mask);
  std::size_t told = 0;
  for (int i = 0; i < 100; ++i)
    stream.feed("s" + std::string(1'000, '\n'), [&told](std::string_view piece) { told += piece.size(); });
  EXPECT_GT(told, 90'000U);
}

}  // namespace
}  // namespace commandcenter::sandbox
