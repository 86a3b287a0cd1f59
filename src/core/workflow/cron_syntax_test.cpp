#include "core/workflow/cron_syntax.h"

#include <gtest/gtest.h>

namespace commandcenter::workflow {
namespace {

TEST(CronSyntax, AcceptsWhatFiveFieldsMayHold) {
  for (const char* text :
       {"* * * * *", "0 9 * * 1", "*/15 0-6/2 1,15,31 JAN-mar,12 MON-FRI", "59 23 31 12 7", "  5\t4 * * sun  "}) {
    const auto checked = check_cron(text);
    EXPECT_TRUE(checked) << text << ": " << (checked ? "" : checked.error().message);
  }
}

TEST(CronSyntax, NamesTheFieldThatIsWrong) {
  const auto message = [](std::string_view text) {
    const auto checked = check_cron(text);
    return checked ? std::string("accepted") : checked.error().message;
  };
  EXPECT_NE(message("* * * *").find("five fields"), std::string::npos);
  EXPECT_NE(message("@daily").find("five fields"), std::string::npos);
  EXPECT_EQ(message("60 * * * *"), "minute \"60\": expected 0 to 59");
  EXPECT_EQ(message("* * 0 * *"), "day of month \"0\": expected 1 to 31");
  EXPECT_EQ(message("* * * JANUARY *"), "month \"JANUARY\": expected 1 to 12 or JAN to DEC");
  EXPECT_EQ(message("* * * * 8"), "day of week \"8\": expected 0 to 7 or SUN to SAT");
  EXPECT_NE(message("* * * * FRI-MON").find("backwards"), std::string::npos);
  EXPECT_NE(message("*/0 * * * *").find("step from 1"), std::string::npos);
  EXPECT_NE(message("5/10 * * * *").find("a step needs"), std::string::npos);
  for (const char* text : {"1,,2 * * * *", "-1 * * * *", "1- * * * *", "* * * * 1-", "*/ * * * *", "+1 * * * *",
                           "0x1 * * * *", "** * * * *"}) {
    EXPECT_NE(message(text), "accepted") << text;
  }
  EXPECT_NE(message(std::string(300, '*')).find("at most 256"), std::string::npos);
}

}  // namespace
}  // namespace commandcenter::workflow
