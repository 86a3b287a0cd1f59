#include "base/entropy.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace commandcenter {
namespace {

class FixedEntropy final : public Entropy {
 public:
  explicit FixedEntropy(std::uint8_t byte) : byte_(byte) {}
  void fill(std::span<std::uint8_t> bytes) override { std::ranges::fill(bytes, byte_); }

 private:
  std::uint8_t byte_;
};

// Two runs that were started in the same millisecond came in either order in lists.
TEST(IdSequence, ids_of_one_millisecond_are_in_the_order_in_which_they_were_made) {
  SystemEntropy entropy;
  IdSequence ids;
  std::string before;
  for (int i = 0; i < 1'000; ++i) {
    const std::string id = ids.next(1'700'000'000'000 + i / 500, entropy);
    EXPECT_EQ(id.size(), 26U);
    EXPECT_LT(before, id) << i;
    before = id;
  }
}

TEST(IdSequence, digits_are_carried) {
  FixedEntropy entropy(31);
  IdSequence ids;
  EXPECT_EQ(ids.next(0, entropy), "0000000000zzzzzzzzzzzzzzzz");
  EXPECT_EQ(ids.next(1, entropy), "0000000001zzzzzzzzzzzzzzzz");
  FixedEntropy low(0);
  EXPECT_EQ(ids.next(2, low), "00000000020000000000000000");
  EXPECT_EQ(ids.next(2, low), "00000000020000000000000001");
  FixedEntropy nearly(30);
  EXPECT_EQ(ids.next(3, nearly), "0000000003yyyyyyyyyyyyyyyy");
  EXPECT_EQ(ids.next(3, entropy), "0000000003zzzzzzzzzzzzzzzz");
}

}  // namespace
}  // namespace commandcenter
