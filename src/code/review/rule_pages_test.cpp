// Each rule has a page, and does what its page says: marked lines of its examples are found, nothing else of the rule
// is.
#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "code/review/review_fixture.h"
#include "code/review/rule_table.h"

namespace commandcenter::code {
namespace {

std::string page_of(std::string_view id) {
  std::ifstream file(fmt::format("docs/rules/{}.md", id));
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

// The fenced texts of a section, by the name behind the language.
std::vector<std::pair<std::string, std::string>> examples(const std::string& page, const std::string& section) {
  std::vector<std::pair<std::string, std::string>> found;
  std::istringstream lines(page);
  bool inside = false;
  bool fenced = false;
  for (std::string line; std::getline(lines, line);) {
    if (!fenced && line.starts_with("## ")) inside = line == "## " + section;
    if (!inside) continue;
    if (line.starts_with("```")) {
      fenced = !fenced;
      if (fenced) found.emplace_back(line.substr(line.find(' ') + 1), "");
    } else if (fenced) {
      found.back().second += line + "\n";
    }
  }
  return found;
}

// "file:line" of each line with the mark "found" in a comment; "found above" means the line before.
std::multiset<std::string> marked(const std::vector<std::pair<std::string, std::string>>& files) {
  std::multiset<std::string> places;
  for (const auto& [name, text] : files) {
    std::istringstream lines(text);
    int number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      if (line.find("# found above") != std::string::npos || line.find("// found above") != std::string::npos)
        places.insert(fmt::format("{}:{}", name, number - 1));
      else if (line.find("// found") != std::string::npos || line.find("# found") != std::string::npos)
        places.insert(fmt::format("{}:{}", name, number));
    }
  }
  return places;
}

// Files of one name stand by themselves, others together.
std::multiset<std::string> found_in(const std::vector<std::pair<std::string, std::string>>& files,
                                    std::string_view rule) {
  std::multiset<std::string> places;
  ReviewFixture fixture;
  for (const auto& [name, text] : files)
    fixture.write(name, text);
  for (const Finding& finding : fixture.review().report.findings)
    if (finding.rule == rule) places.insert(fmt::format("{}:{}", finding.file, finding.line));
  return places;
}

TEST(RulePages, say_what_the_rules_do) {  // features 32, 33, 34; pitfall C5
  const std::string index = page_of("README");
  for (const review::RuleInfo& rule : review::all_rules()) {
    EXPECT_NE(index.find(fmt::format("[`{0}`]({0}.md)", rule.id)), std::string::npos) << rule.id;
    const std::string page = page_of(rule.id);
    ASSERT_FALSE(page.empty()) << "docs/rules/" << rule.id << ".md is missing";
    EXPECT_TRUE(page.starts_with(fmt::format("# {}\n", rule.title))) << rule.id;
    const std::string_view severity = rule.severity >= Severity::kHigh     ? "error"
                                      : rule.severity == Severity::kMedium ? "warning"
                                                                           : "info";
    EXPECT_NE(page.find(fmt::format("`{}` · {} · {} · {}\n", rule.id, rule.category, severity, rule.cwe)),
              std::string::npos)
        << rule.id;
    for (const char* section : {"## Why", "## What to do"})
      EXPECT_NE(page.find(section), std::string::npos) << rule.id << " " << section;

    const bool by_other_means = rule.rule == review::Rule::kLongFile || rule.rule == review::Rule::kHotSpot;
    const auto good = examples(page, "Found");
    EXPECT_NE(good.empty(), !by_other_means) << rule.id;
    EXPECT_EQ(found_in(good, rule.id), marked(good)) << rule.id;
    const auto bad = examples(page, "Not found");
    EXPECT_NE(bad.empty(), !by_other_means) << rule.id;
    EXPECT_EQ(found_in(bad, rule.id), std::multiset<std::string>()) << rule.id;
  }
}

TEST(RulePages, every_kind_of_node_is_known_to_a_grammar) {
  std::set<std::string_view> known;
  for (std::size_t i = 0; i < kGrammars; ++i)
    for (const std::string_view name : kind_names(static_cast<Grammar>(i)))
      known.insert(name);
  for (const std::string_view kind : review::known_kinds())
    EXPECT_TRUE(known.contains(kind)) << kind;
}

}  // namespace
}  // namespace commandcenter::code
