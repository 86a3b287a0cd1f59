#include "base/text.h"

#include <cstddef>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace commandcenter {
namespace {

TEST(WholeCharacters, LeavesNoHalfOne) {
  const std::string text = "a\u00fc\u20ac\U0001f600";  // of one, two, three and four bytes
  EXPECT_EQ(whole_characters(text), text);
  for (const auto& [size, expected] :
       {std::pair<std::size_t, std::size_t>{0, 0}, {1, 1}, {2, 1}, {3, 3}, {4, 3}, {5, 3}, {6, 6}, {7, 6}, {9, 6}})
    EXPECT_EQ(whole_characters(std::string_view(text).substr(0, size)).size(), expected) << size;
}

TEST(WholeCharacters, LeavesWhatIsNoTextAsItIs) {
  for (const std::string text : {"\x80", "\x80\x80\x80\x80\x80", "a\xfc\x80\x80\x80\x80"})
    EXPECT_EQ(whole_characters(text), text);
}

}  // namespace
}  // namespace commandcenter
