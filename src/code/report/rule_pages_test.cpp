// The pages that the executable brings, and that SARIF hands over.
#include "code/report/rule_pages.h"

#include <gtest/gtest.h>

#include "code/report/report.h"

namespace commandcenter::code {
namespace {

TEST(RulePages, each_rule_has_its_own_and_secrets_share_one) {
  const auto rules = rules_with_pages();
  EXPECT_GT(rules.size(), 60U);
  for (const std::string_view rule : rules) {
    const std::string_view page = rule_page(rule, false);
    EXPECT_FALSE(title_of(page).empty()) << rule;
    EXPECT_NE(page.find("## Why"), std::string_view::npos) << rule;
    EXPECT_NE(page.find("## What to do"), std::string_view::npos) << rule;
    EXPECT_TRUE(facts_of(page).starts_with("`" + std::string(rule) + "` · ")) << rule;
  }
  EXPECT_EQ(title_of(rule_page("github-pat", true)), "Secrets");
  EXPECT_EQ(rule_page("github-pat", false), "");
  EXPECT_TRUE(is_secret_rule("github-pat"));
  EXPECT_TRUE(is_secret_rule("generic-password"));
  EXPECT_FALSE(is_secret_rule("sql/concatenation"));
  EXPECT_EQ(rule_page("README", false), "");
}

// They are read in a terminal, or as the help of SARIF, where no other page lies beside them.
TEST(RulePages, have_no_links_to_files_and_no_notes_for_who_edits_them) {
  std::vector<std::string_view> names = rules_with_pages();
  names.insert(names.end(), {"secrets", "tokens"});
  for (const std::string_view name : names) {
    const std::string_view page = rule_page(name, false);
    EXPECT_FALSE(page.empty()) << name;
    EXPECT_TRUE(page.ends_with('\n')) << name;
    EXPECT_EQ(page.find("CC_WRITE_RULES"), std::string_view::npos) << name;
    EXPECT_EQ(page.find(".md)"), std::string_view::npos) << name;
  }
  EXPECT_EQ(rule_page("generic-password", true), rule_page("secrets", false));
}

TEST(RulePages, are_the_help_of_sarif) {
  Report report;
  Finding finding;
  finding.rule = "sql/concatenation";
  finding.cwe = "CWE-89";
  finding.file = "a.py";
  finding.line = 1;
  finding.fingerprint = std::string(64, 'a');
  report.findings.push_back(finding);
  const Json rule = sarif(report, "1.0.0")["runs"][0]["tool"]["driver"]["rules"][0];
  EXPECT_EQ(rule["helpUri"], "https://cwe.mitre.org/data/definitions/89.html");
  EXPECT_EQ(rule["help"]["markdown"], rule_page("sql/concatenation", false));
  EXPECT_NE(rule["help"]["text"].get<std::string>().find("## Why"), std::string::npos);
}

}  // namespace
}  // namespace commandcenter::code
