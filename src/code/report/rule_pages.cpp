#include "code/report/rule_pages.h"

#include <algorithm>
#include <span>
#include <string>

#include "base/embedded_file.h"

namespace commandcenter::code {

std::span<const EmbeddedFile> rule_page_files();

namespace {

constexpr std::string_view kSecrets = "secrets.md";
constexpr std::string_view kTokens = "tokens.md";

std::string_view line_of(std::string_view page, int number) {
  for (; number > 0; --number)
    page.remove_prefix(std::min(page.find('\n') + 1, page.size()));
  return page.substr(0, page.find('\n'));
}

// Between the first quotation marks: `sql/concatenation`.
std::string_view rule_of(std::string_view page) {
  const std::string_view facts = facts_of(page);
  if (!facts.starts_with('`')) return {};
  return facts.substr(1, facts.find('`', 1) - 1);
}

// A comment at the end is for who edits the page.
std::string_view without_note(std::string_view page) {
  return page.ends_with("-->\n") ? page.substr(0, page.rfind("\n<!--")) : page;
}

}  // namespace

std::string_view title_of(std::string_view page) {
  const std::string_view line = line_of(page, 0);
  return line.starts_with("# ") ? line.substr(2) : std::string_view{};
}

std::string_view facts_of(std::string_view page) {
  return line_of(page, 2);
}

std::string_view rule_page(std::string_view rule, bool is_secret) {
  std::string name(rule);
  std::ranges::replace(name, '/', '-');
  name += ".md";
  for (const EmbeddedFile& file : rule_page_files()) {
    const bool is_shared = file.path == kSecrets || file.path == kTokens;
    const bool asked = file.path == name && (is_shared || rule_of(file.content) == rule);
    if (asked || (is_secret && file.path == kSecrets)) return without_note(file.content);
  }
  return {};
}

bool is_secret_rule(std::string_view rule) {
  const std::string row = "| `" + std::string(rule) + "` |";
  return std::ranges::any_of(rule_page_files(), [&](const EmbeddedFile& file) {
    return (file.path == kSecrets || file.path == kTokens) && file.content.find(row) != std::string_view::npos;
  });
}

std::vector<std::string_view> rules_with_pages() {
  std::vector<std::string_view> rules;
  for (const EmbeddedFile& file : rule_page_files()) {
    if (const std::string_view rule = rule_of(file.content); !rule.empty()) rules.push_back(rule);
  }
  return rules;
}

}  // namespace commandcenter::code
