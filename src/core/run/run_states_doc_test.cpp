// docs/formats/run-states.md is true: its tables list what happens in the scenarios, no more and no less, and its
// diagrams show what the tables say. Runs from the root of the repository.
#include <algorithm>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/run/scenario.h"

namespace commandcenter::run::scenario {
namespace {

using Edges = std::set<std::pair<std::string, std::string>>;

// The lines below a heading, up to the next one of its level.
std::vector<std::string> section(std::string_view heading) {
  std::ifstream file("docs/formats/run-states.md");
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## "))
      inside = line == heading;
    else if (inside)
      lines.push_back(line);
  }
  return lines;
}

// The words in backticks of one cell.
std::vector<std::string> words(std::string_view cell) {
  std::vector<std::string> found;
  for (std::size_t open = cell.find('`'); open != std::string_view::npos;) {
    const std::size_t close = cell.find('`', open + 1);
    if (close == std::string_view::npos) break;
    found.emplace_back(cell.substr(open + 1, close - open - 1));
    open = cell.find('`', close + 1);
  }
  return found;
}

std::vector<std::string_view> cells(std::string_view row) {
  std::vector<std::string_view> found;
  for (std::size_t start = 1; start < row.size();) {
    const std::size_t end = std::min(row.find('|', start), row.size());
    found.push_back(row.substr(start, end - start));
    start = end + 1;
  }
  return found;
}

// The rows of the section's table of state, event and next.
std::set<Change> table(std::string_view heading) {
  std::set<Change> changes;
  bool inside = false;
  for (const std::string& line : section(heading)) {
    if (line.starts_with("| state | event | next |")) inside = true;
    if (!line.starts_with('|')) inside = false;
    if (!inside) continue;
    const auto row = cells(line);
    for (const std::string& from : words(row[0])) {
      for (const std::string& event : words(row[1])) {
        for (const std::string& to : words(row[2]))
          changes.emplace(from, event, to);
      }
    }
  }
  return changes;
}

Edges diagram(std::string_view heading) {
  Edges edges;
  for (const std::string& line : section(heading)) {
    const std::size_t arrow = line.find(" --> ");
    if (arrow == std::string::npos) continue;
    const std::string from = line.substr(line.find_first_not_of(' '), arrow - line.find_first_not_of(' '));
    const std::string to = line.substr(arrow + 5, line.find(':', arrow) - arrow - 5);
    if (from != "[*]") edges.emplace(from, to);
  }
  return edges;
}

Edges edges_of(const std::set<Change>& changes) {
  Edges edges;
  for (const auto& [from, event, to] : changes)
    edges.emplace(from, to);
  return edges;
}

std::string difference(const std::set<Change>& left, const std::set<Change>& right) {
  std::string text;
  for (const auto& [from, event, to] : left) {
    if (!right.contains({from, event, to})) text += fmt::format("  {} -- {} --> {}\n", from, event, to);
  }
  return text;
}

std::string difference(const Edges& left, const Edges& right) {
  std::string text;
  for (const auto& [from, to] : left) {
    if (!right.contains({from, to})) text += fmt::format("  {} --> {}\n", from, to);
  }
  return text;
}

Changes of_all_scenarios() {
  Changes all;
  for (const std::string& path : scenario_paths()) {
    const auto scenario = read_scenario(path);
    if (!scenario) continue;  // reported by its own test
    const Played played = play(*scenario);
    all.nodes.insert(played.changes.nodes.begin(), played.changes.nodes.end());
    all.run.insert(played.changes.run.begin(), played.changes.run.end());
  }
  return all;
}

}  // namespace

Changes documented_changes() {
  return {table("## Nodes"), table("## Runs")};
}

TEST(RunStatesPage, lists_what_happens_no_more_and_no_less) {
  const Changes documented = documented_changes();
  const Changes seen = of_all_scenarios();
  ASSERT_GE(documented.nodes.size(), 30U) << "the table was not found";
  ASSERT_GE(documented.run.size(), 20U) << "the table was not found";
  EXPECT_EQ(difference(documented.nodes, seen.nodes), "") << "listed, but no scenario shows it";
  EXPECT_EQ(difference(documented.run, seen.run), "") << "listed, but no scenario shows it";
  EXPECT_EQ(difference(seen.nodes, documented.nodes), "") << "happened, but is not listed";
  EXPECT_EQ(difference(seen.run, documented.run), "") << "happened, but is not listed";
}

TEST(RunStatesPage, diagrams_show_what_the_tables_list) {
  const Changes documented = documented_changes();
  for (const auto& [heading, changes] :
       {std::pair("## Nodes", documented.nodes), std::pair("## Runs", documented.run)}) {
    const Edges listed = edges_of(changes);
    const Edges drawn = diagram(heading);
    EXPECT_EQ(difference(listed, drawn), "") << heading << ": listed, but not drawn";
    EXPECT_EQ(difference(drawn, listed), "") << heading << ": drawn, but not listed";
  }
}

}  // namespace commandcenter::run::scenario
