// The rules, held against the files in fixtures/: each line that ends with "finds: RULE…" in a comment must be found
// with these rules, and no other line with any.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "agent/builtin/security_scanner/flaws.h"
#include "code/dataflow/models.h"

namespace commandcenter::security_scanner {
namespace {

const std::filesystem::path kFolder = "src/agent/builtin/security_scanner/fixtures";

using Lines = std::map<std::size_t, std::set<std::string>>;

Lines expected(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    const std::size_t mark = line.find("finds: ");
    if (mark == std::string::npos) continue;
    std::istringstream words(line.substr(mark + 7));
    for (std::string word; words >> word && word[0] >= 'a' && word[0] <= 'z';)
      lines[number].insert(word);
  }
  return lines;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Fixtures, every_marked_line_is_found_and_no_other) {
  std::set<std::string> seen;
  code::ScanOptions options;
  options.secrets = false;
  options.analyzers.push_back(flaws(families()));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder)) {
    if (!entry.is_regular_file()) continue;
    const std::string text = read(entry.path());
    Lines wanted = expected(text);
    EXPECT_FALSE(wanted.empty()) << entry.path();
    const auto report = code::scan_text(entry.path().filename().string(), text, options);
    ASSERT_TRUE(report) << entry.path();
    Lines found;
    for (const code::Finding& finding : report->findings) {
      found[finding.line].insert(finding.rule);
      seen.insert(finding.rule);
    }
    std::set<std::size_t> lines;
    for (const auto& [line, rules] : wanted)
      lines.insert(line);
    for (const auto& [line, rules] : found)
      lines.insert(line);
    for (const std::size_t line : lines)
      EXPECT_EQ(found[line], wanted[line]) << entry.path().string() << ":" << line;
  }
  for (const code::dataflow::Rule& rule : code::dataflow::rules()) {
    if (rule.category == "internal") continue;
    EXPECT_TRUE(seen.contains(rule.id)) << "no fixture shows " << rule.id;
  }
}

using code::dataflow::Rule;

std::set<std::string> rules_in(const Rule& rule, const std::string& example) {
  code::ScanOptions options;
  options.secrets = false;
  options.analyzers.push_back(flaws(families()));
  const auto report = code::scan_text("example." + rule.language, example + "\n", options);
  std::set<std::string> found;
  for (const code::Finding& finding : report ? report->findings : std::vector<code::Finding>{})
    found.insert(finding.rule);
  return found;
}

// The page of each rule shows what it finds, and how that is mended.
TEST(RulePages, examples_do_what_they_say) {
  for (const Rule& rule : code::dataflow::rules()) {
    if (rule.category == "internal") continue;
    EXPECT_TRUE(rules_in(rule, rule.bad).contains(rule.id)) << rule.id << ": " << rule.bad;
    EXPECT_FALSE(rules_in(rule, rule.good).contains(rule.id)) << rule.id << ": " << rule.good;
  }
}

std::string pages() {
  std::string text =
      "# Rules for injection and unsafe calls\n\nMade from `src/code/dataflow/models/rules.txt`; to write it anew, run "
      "`CC_WRITE_RULES=1 cc_agent_builtin_security_scanner_test`.\n";
  for (const Rule& rule : code::dataflow::rules()) {
    if (rule.category == "internal") continue;
    text += "\n## `" + rule.id + "`\n\n" + rule.name + " · " + rule.cwe + " · " +
            std::string(severity_word(rule.severity)) + " · family `" + rule.category + "`\n\n" + rule.message +
            ".\n\nWhy: " + rule.why + "\n\nBad:\n\n    " + rule.bad + "\n\nGood:\n\n    " + rule.good +
            "\n\nFix: " + rule.fix + "\n";
  }
  return text;
}

TEST(RulePages, the_document_says_what_the_rules_say) {
  const std::filesystem::path path = "docs/formats/scan-rules.md";
  if (std::getenv("CC_WRITE_RULES") != nullptr) std::ofstream(path) << pages();
  EXPECT_EQ(read(path), pages()) << "run this test with CC_WRITE_RULES=1";
}

}  // namespace
}  // namespace commandcenter::security_scanner
