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

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/builtin/security_scanner/flaws.h"
#include "code/dataflow/models.h"
#include "code/secrets/secrets.h"

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

// Of trees of wrong code any part may be missing.
TEST(Fixtures, code_with_a_bracket_too_many_or_too_few_is_survived) {
  constexpr std::size_t kPlaces = 8;
  code::ScanOptions options;
  options.secrets = false;
  options.analyzers.push_back(flaws(families(), {.gated = false}));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kFolder)) {
    if (!entry.is_regular_file()) continue;
    const std::string text = read(entry.path());
    for (std::size_t place = 1; place < kPlaces; ++place) {
      const std::size_t at = text.find('\n', text.size() * place / kPlaces);
      const std::size_t bracket = text.find_first_of("{}()", text.size() * place / kPlaces);
      std::string more = text;
      std::string fewer = text;
      if (at != std::string::npos) more.insert(at + 1, "}\n");
      if (bracket != std::string::npos) fewer.erase(bracket, 1);
      for (const std::string& broken : {more, fewer})
        EXPECT_TRUE(code::scan_text(entry.path().filename().string(), broken, options)) << entry.path() << place;
    }
  }
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

// For who edits the pages: a comment at the end, which is not shown.
constexpr std::string_view kMade =
    "\n<!-- Made from the rules' own data; to write it anew, run `CC_WRITE_RULES=1 "
    "cc_agent_builtin_security_scanner_test`. -->\n";

std::string file_of(std::string_view id) {
  std::string name(id);
  std::ranges::replace(name, '/', '-');
  return name + ".md";
}

std::string page_of(const Rule& rule) {
  const auto fenced = [&](const std::string& example) {
    return fmt::format("```{}\n{}\n```\n", rule.language, example);
  };
  return fmt::format(
      "# {}\n\n`{}` · {} · {} · {}\n\n{}.\n\n## Why\n\n{}\n\n## Found\n\n{}\n## Not found\n\n{}\n## What to do\n\n{}"
      "\n\nWhat is meant to be so is silenced on its line by `commandcenter-ignore: {} -- reason` in a comment.\n",
      rule.name, rule.id, rule.category, severity_word(rule.severity), rule.cwe, rule.message, rule.why,
      fenced(rule.bad), fenced(rule.good), rule.fix, rule.id);
}

std::string scan_index() {
  std::string text =
      "# Rules of `commandcenter scan`\n\nSecrets have [a page for all](secrets.md), and tokens of known shape "
      "[a list](tokens.md).\n\n| rule | finds | family | severity | CWE |\n|---|---|---|---|---|\n";
  for (const Rule& rule : code::dataflow::rules()) {
    if (rule.category == "internal") continue;
    text += fmt::format("| [`{}`]({}) | {} | {} | {} | {} |\n", rule.id, file_of(rule.id), rule.message, rule.category,
                        severity_word(rule.severity), rule.cwe);
  }
  return text.append(kMade);
}

std::string secrets_page() {
  std::string text =
      "# Secrets\n\nCWE-798\n\nA password, key or token stands in a file that others can read.\n\n"
      "## Why\n\nWhoever can read the repository, now or in its history, can use it: every clone and every backup "
      "holds it.\n\n## Found\n\nA value that is given to a name which says that it is secret, and that looks like "
      "one:\n\n"
      "| rule | finds | severity |\n|---|---|---|\n";
  for (const code::GenericRule& rule : code::generic_rules())
    text += fmt::format("| `{}` | {} | {} |\n", rule.id, rule.name, severity_word(rule.severity));
  text += "\nAnd tokens whose shape tells who issued them: `commandcenter rules show tokens` lists them.\n";
  text +=
      "\n## Not found\n\nPlaceholders, examples of the issuers, references to variables and calls, hashes of "
      "packages, "
      "translations, addresses.\n\n## What to do\n\nHave the issuer revoke it and make a new one: removing the line "
      "leaves it in "
      "the history. Keep the new one in the environment or a store of secrets, and read it from there. What is "
      "meant to be "
      "public is silenced on its line by `commandcenter-ignore: RULE -- reason` in a comment.\n";
  return text.append(kMade);
}

std::string tokens_page() {
  std::string text =
      "# Tokens whose shape tells who issued them\n\n"
      "For all of them holds what `commandcenter rules show secrets` says.\n\n"
      "| rule | finds | severity | described |\n|---|---|---|---|\n";
  for (const code::ProviderRule& rule : code::provider_rules())
    text += fmt::format("| `{}` | {} | {} | {} |\n", rule.id, rule.name, severity_word(rule.severity), rule.source);
  return text.append(kMade);
}

TEST(RulePages, the_documents_say_what_the_rules_say) {
  std::map<std::string, std::string> pages{
      {"scan.md", scan_index()}, {"secrets.md", secrets_page()}, {"tokens.md", tokens_page()}};
  for (const Rule& rule : code::dataflow::rules()) {
    if (rule.category != "internal") pages[file_of(rule.id)] = page_of(rule);
  }
  for (const auto& [name, page] : pages) {
    const std::filesystem::path path = std::filesystem::path("docs/rules") / name;
    if (std::getenv("CC_WRITE_RULES") != nullptr) std::ofstream(path) << page;
    EXPECT_EQ(read(path), page) << path << ": run this test with CC_WRITE_RULES=1";
  }
}

}  // namespace
}  // namespace commandcenter::security_scanner
