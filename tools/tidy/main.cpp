// tidy: the rules of the house as an executable check.
//
//   tidy ROOT [--stamp FILE --depfile FILE]   checks the repository; the two files are for the build, which runs it
//   again
//                                             only when something below ROOT changed
//   tidy --prove FIXTURES                     proves that each rule fires, and only where it should
//
// Prints one line per finding: path:line: what, and what to do [rule]. Exit code 0 = in order, 1 = findings, 2 =
// misuse.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules.h"

namespace tidy {
namespace {

namespace fs = std::filesystem;

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string escaped(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c == ' ' || c == '#' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

int check_repository(const std::string& root, const std::string& stamp, const std::string& depfile) {
  Tree tree;
  add_folder(tree, root);
  const std::vector<Finding> findings = check(tree);
  for (const Finding& finding : findings) {
    print(finding.path + ":" + std::to_string(finding.line) + ": " + finding.message + " [" +
          std::string(finding.rule) + "]\n");
  }
  if (!findings.empty()) {
    print("tidy: " + std::to_string(findings.size()) + (findings.size() == 1 ? " finding" : " findings") +
          "; mend them and build again\n");
    return 1;
  }
  if (stamp.empty()) {
    print("tidy: " + std::to_string(tree.files.size()) + " files in order\n");
    return 0;
  }
  std::ofstream dependencies(depfile);
  dependencies << escaped(stamp) << ":";
  for (const std::string& path : tree.visited)
    dependencies << " \\\n  " << escaped(path);
  dependencies << "\n";
  std::ofstream(stamp) << "in order\n";
  return 0;
}

// A fixture is a folder that is laid over fixtures/good: its files replace or add, its file `remove` lists what to take
// away, its file `expect` what must be found, as path:line: [rule].
int prove_fixture(const Tree& good, const fs::path& folder, std::set<std::string>& fired) {
  Tree tree = good;
  add_folder(tree, folder.string());
  std::set<std::string> expected;
  std::set<std::string> found;
  if (const auto file = tree.files.extract("expect"); !file.empty()) {
    expected.insert(file.mapped().lines.begin(), file.mapped().lines.end());
  }
  if (const auto file = tree.files.extract("remove"); !file.empty()) {
    for (const std::string& path : file.mapped().lines)
      tree.files.erase(path);
  }
  for (const Finding& finding : check(tree)) {
    found.insert(finding.path + ":" + std::to_string(finding.line) + ": [" + std::string(finding.rule) + "]");
    fired.insert(std::string(finding.rule));
  }
  if (found == expected) return 0;
  const std::string name = folder.filename().string();
  for (const std::string& line : expected) {
    if (!found.contains(line)) print(name + ": not found: " + line + "\n");
  }
  for (const std::string& line : found) {
    if (!expected.contains(line)) print(name + ": found, but not expected: " + line + "\n");
  }
  return 1;
}

int prove_rules(const std::string& fixtures) {
  Tree good;
  add_folder(good, fixtures + "/good");
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(fixtures)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  std::set<std::string> fired;
  int failures = 0;
  for (const fs::path& folder : folders)
    failures += prove_fixture(good, folder, fired);
  for (const std::string_view rule : kRules) {
    if (fired.contains(std::string(rule))) continue;
    print("no fixture makes the rule " + std::string(rule) + " fire: add one to tools/tidy/fixtures\n");
    ++failures;
  }
  print("tidy: " + std::to_string(folders.size()) + " fixtures, " + std::to_string(failures) + " failures\n");
  return failures == 0 ? 0 : 1;
}

int usage() {
  std::fputs("usage: tidy ROOT [--stamp FILE --depfile FILE] | tidy --prove FIXTURES\n", stderr);
  return 2;
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 2 && arguments[0] == "--prove") return prove_rules(arguments[1]);
  if (arguments.size() == 1) return check_repository(arguments[0], {}, {});
  if (arguments.size() != 5 || arguments[1] != "--stamp" || arguments[3] != "--depfile") return usage();
  return check_repository(arguments[0], arguments[2], arguments[4]);
}

}  // namespace
}  // namespace tidy

int main(int argc, char** argv) {
  try {
    return tidy::run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {  // the file system's, the only ones that can arrive here
    std::fprintf(stderr, "tidy: %s; check that the folder exists and is readable\n", error.what());
    return 2;
  }
}
