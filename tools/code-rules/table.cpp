// providers.txt to a C++ table. A row that makes no sense stops the build, with its line.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace {

[[noreturn]] void stop(std::size_t line, const std::string& what) {
  fmt::print(stderr, "providers.txt:{}: {}\n", line, what);
  std::exit(1);
}

std::vector<std::string> columns_of(const std::string& row) {
  std::vector<std::string> columns;
  std::size_t at = 0;
  while (at < row.size()) {
    const std::size_t end = std::min(row.find("  ", at), row.size());
    columns.push_back(row.substr(at, end - at));
    at = std::min(row.find_first_not_of(' ', end), row.size());
  }
  return columns;
}

const std::map<std::string, std::string> kSeverities{
    {"low", "kLow"}, {"medium", "kMedium"}, {"high", "kHigh"}, {"critical", "kCritical"}};
const std::map<std::string, std::string> kChecks{
    {"-", "kNone"}, {"random", "kRandom"}, {"github", "kGithub"}, {"discord", "kDiscord"}, {"bucket", "kBucket"}};

std::string entry(const std::vector<std::string>& columns, std::size_t line) {
  if (columns.size() != 7) stop(line, fmt::format("{} columns instead of 7", columns.size()));
  if (!kSeverities.contains(columns[1])) stop(line, "unknown severity " + columns[1]);
  if (!kChecks.contains(columns[4])) stop(line, "unknown check " + columns[4]);
  if (!columns[5].starts_with("https://")) stop(line, "the source is no https address");
  std::string trigger = columns[2];
  std::string kind = "kLiteral";
  std::string lead = "0";
  if (trigger.starts_with('~')) {
    kind = "kWord";
    trigger.erase(0, 1);
  } else if (trigger.starts_with('<')) {
    kind = "kInside";
    lead = trigger.substr(1, trigger.find('>') - 1);
    trigger.erase(0, trigger.find('>') + 1);
  }
  return fmt::format(
      "    {{\"{}\", Severity::{}, Trigger::{}, {}, R\"~({})~\", R\"~({})~\", Check::{}, \"{}\", R\"~({})~\"}},\n",
      columns[0], kSeverities.at(columns[1]), kind, lead, trigger, columns[3], kChecks.at(columns[4]), columns[5],
      columns[6]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::ifstream in(argv[1]);
  std::ofstream out(argv[2]);
  out << "// Generated from providers.txt; edit that.\n#include \"code/rules/rules.h\"\n\n"
         "namespace commandcenter::code {\nnamespace {\n\nconstexpr ProviderRule kRules[] = {\n";
  std::string row;
  std::set<std::string> ids;
  for (std::size_t line = 1; std::getline(in, row); ++line) {
    if (row.empty() || row.starts_with('#')) continue;
    const auto columns = columns_of(row);
    out << entry(columns, line);
    if (!ids.insert(columns[0]).second) stop(line, "there is a second " + columns[0]);
  }
  out << "};\n\n}  // namespace\n\nstd::span<const ProviderRule> provider_rules() {\n  return kRules;\n}\n\n"
         "}  // namespace commandcenter::code\n";
  return out.good() && !ids.empty() ? 0 : 1;
}
