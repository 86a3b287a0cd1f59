// The rules, held against the files in fixtures/: each line that ends with "finds: RULE…" in a comment must be found
// with these rules, and no other line with any.
#include <algorithm>
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

}  // namespace
}  // namespace commandcenter::security_scanner
