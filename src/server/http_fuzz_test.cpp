// Whatever is sent to whatever route: only answers that the API document names, never a 500 (pitfall B18, feature 51).
// tests/e2e checks the bodies against the document; here it is the quantity that counts.
#include <gtest/gtest.h>

#include "server/http_fuzz_test.h"

namespace commandcenter::server {
namespace {

constexpr std::uint64_t kSeeds = 10;
constexpr int kRequests = 500;  // of each seed, one after the other in one world

TEST(HttpFuzz, every_answer_is_documented) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    FuzzWorld world;
    Choices choices(seed);
    for (int i = 0; i < kRequests; ++i) {
      const auto wrong = world.serve(world.make_request(choices));
      ASSERT_EQ(wrong, std::nullopt) << "seed " << seed << ", request " << i;
    }
  }
}

TEST(HttpFuzz, requests_with_flipped_bytes_are_refused_or_answered) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    FuzzWorld world;
    Choices choices(seed);
    for (int i = 0; i < kRequests; ++i) {
      std::string text = world.make_request(choices) + world.make_request(choices);
      for (std::size_t flips = 1 + choices.below(4); flips > 0; --flips)
        text[choices.below(text.size())] = static_cast<char>(choices.below(256));
      ASSERT_EQ(world.serve(text), std::nullopt) << "seed " << seed << ", request " << i;
    }
  }
}

}  // namespace
}  // namespace commandcenter::server
