// Scans as a whole: encodings, suppression, baselines, changes, history, and that no secret gets out.
#include "code/scan/scan.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "code/scan/snippet.h"

namespace commandcenter::code {
namespace {

const std::string kValue = "kT7vq9zLxw2M";
const std::string kLeak = "password = '" + kValue + "'\n";

class Folder : public TestFolder {
 public:
  void git(const std::string& arguments) const {
    const std::string command =
        "cd " + path + " && git -c user.name=a -c user.email=a@b " + arguments + " >/dev/null 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0) << arguments;
  }
};

std::vector<std::string> places(const Result<Report>& report) {
  std::vector<std::string> result;
  if (!report) return {report.error().message};
  for (const Finding& finding : report->findings)
    result.push_back(finding.file + ":" + std::to_string(finding.line));
  return result;
}
using Places = std::vector<std::string>;

std::size_t count(std::string_view text, const std::string& path = "a.py", const ScanOptions& options = {}) {
  const auto report = scan_text(path, text, options);
  return report ? report->findings.size() : 999;
}

TEST(ScanText, reads_every_encoding) {
  EXPECT_EQ(count("\xef\xbb\xbf" + kLeak), 1U);
  EXPECT_EQ(count("# caf\xe9\n" + kLeak), 1U);
  EXPECT_EQ(count("x = 1\r\n" + kLeak), 1U);
  std::string wide = "\xff\xfe";
  for (const char c : kLeak)
    wide += std::string{c, '\0'};
  EXPECT_EQ(count(wide), 1U);
  std::string big;
  for (const char c : kLeak)
    big += std::string{'\0', c};
  EXPECT_EQ(count("\xfe\xff" + big), 1U);
  EXPECT_EQ(count(std::string("\x00\x01\x02", 3) + kLeak), 0U);
}

// pitfall C3: the secret is in no byte that is stored or sent
TEST(ScanText, no_secret_gets_out_in_any_format) {
  const std::string text =
      kLeak + "copy = '" + kValue + "'  # and " + kValue + "\n" + "log('" + kValue + "'); token = '" + kValue + "x9'\n";
  const auto report = scan_text("a.py", text, {});
  ASSERT_TRUE(report);
  ASSERT_FALSE(report->findings.empty());
  for (const Format format : {Format::kHuman, Format::kJson, Format::kSarif, Format::kJunit, Format::kGithub,
                              Format::kGitlab, Format::kMarkdown})
    EXPECT_EQ(render(*report, format, "1", false).find(kValue), std::string::npos);
}

TEST(ScanText, files_that_only_secrets_were_looked_for_in_are_told_of) {
  ScanOptions options;
  options.secrets_only = [](std::string_view path) { return path == "a.py"; };
  const auto report = scan_text("a.py", kLeak, options);
  ASSERT_TRUE(report);
  EXPECT_EQ(report_json(*report)["secretsOnlyFiles"], 1);
  for (const Format format : {Format::kHuman, Format::kSarif})
    EXPECT_NE(render(*report, format, "1", false).find("1 test searched for secrets only"), std::string::npos);
  const auto other = scan_text("b.py", kLeak, options);
  ASSERT_TRUE(other);
  EXPECT_EQ(render(*other, Format::kHuman, "1", false).find("secrets only"), std::string::npos);
}

TEST(ScanText, people_are_shown_some_of_many_low_findings_and_programs_all) {
  Report report;
  for (std::size_t i = 1; i <= 50; ++i) {
    Finding finding;
    finding.rule = i % 2 == 0 ? "uuid" : "generic-key";
    finding.severity = i % 2 == 0 ? Severity::kLow : Severity::kHigh;
    finding.file = "a.py";
    finding.line = i;
    report.findings.push_back(std::move(finding));
  }
  report.total = report.findings.size();
  const std::string text = render(report, Format::kHuman, "1", false);
  EXPECT_NE(text.find("a.py:20 "), std::string::npos);
  EXPECT_EQ(text.find("a.py:22 "), std::string::npos);
  EXPECT_NE(text.find("a.py:49 "), std::string::npos);
  EXPECT_NE(text.find("… and 15 more [uuid] (--format json lists them)"), std::string::npos);
  EXPECT_EQ(report_json(report)["findings"].size(), 50U);
}

TEST(ScanText, comments_silence_a_line) {
  for (const char* comment :
       {"commandcenter-ignore", "commandcenter-ignore: generic-password -- why not", "commandcenter-ignore: secrets",
        "gitleaks:allow", "betterleaks:allow", "trufflehog:ignore", "pragma: allowlist secret", "nosemgrep", "nosec",
        "NOSONAR", "eslint-disable-line", "eslint-disable-line no-secrets/no-secrets", "oxlint-disable-line",
        "secretlint-disable-line", "lgtm[py/clear-text]", "codeql[py/clear-text]", "njsscan-ignore: x"})
    EXPECT_EQ(count("password = '" + kValue + "'  # " + comment + "\n"), 0U) << comment;
  for (const char* comment : {"commandcenter-ignore", "pragma: allowlist nextline secret", "nosemgrep: x",
                              "biome-ignore lint/security: x", "eslint-disable-next-line", "oxlint-disable-next-line"})
    EXPECT_EQ(count(std::string("# ") + comment + "\n" + kLeak), 0U) << comment;
  for (const char* comment :
       {"commandcenter-ignore: xss", "nosecret", "eslint-disable-line no-console", "allow", "lgtm", "noqa",
        "pylint: disable=all", "rubocop:disable all", "NOLINT", "nolint", "phpcs:ignore"})
    EXPECT_EQ(count("password = '" + kValue + "'  # " + comment + "\n"), 1U) << comment;
  EXPECT_EQ(count("/* eslint-disable */\n\n" + kLeak + "/* eslint-enable */\n" + kLeak, "a.js"), 1U);
  EXPECT_EQ(count("/* eslint-disable no-console */\n" + kLeak, "a.js"), 1U);
  EXPECT_EQ(count("// biome-ignore-all lint/security/noSecrets: fixture\nx = 1;\n" + kLeak, "a.js"), 0U);
  EXPECT_EQ(count("// biome-ignore-start lint/security: x\n" + kLeak + "// biome-ignore-end lint/security: x\n" + kLeak,
                  "a.js"),
            1U);
  EXPECT_EQ(count("/* oxlint-disable */\n" + kLeak, "a.js"), 0U);
  ScanOptions options;
  options.suppressions = false;
  EXPECT_EQ(count("password = '" + kValue + "'  # gitleaks:allow\n", "a.py", options), 1U);
}

TEST(ScanText, unused_suppressions_are_told) {
  ScanOptions options;
  options.report_unused = true;
  const auto report = scan_text(
      "a.py", "x = 1  # commandcenter-ignore: secrets\npassword = '" + kValue + "'  # commandcenter-ignore\n", options);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->findings.empty());
  ASSERT_EQ(report->unused_suppressions.size(), 1U);
  EXPECT_EQ(report->unused_suppressions[0].line, 1U);
}

TEST(ScanText, comments_for_another_command_are_not_called_unused) {
  ScanOptions options;
  options.report_unused = true;
  options.minimum = Severity::kCritical;
  options.of_another = [](std::string_view name) { return name == "console-log" || name == "quality"; };
  const auto report = scan_text("a.js",
                                "f(1); // commandcenter-ignore: console-log -- shown\n"
                                "f(2); // commandcenter-ignore: quality, console-log\n"
                                "f(3); // commandcenter-ignore: console-log, secrets\n"
                                "f(4); // commandcenter-ignore: no-such-rule\n"
                                "const id = '8f14e45f-ceea-467f-a8f2-5c1b3d9e7a60'; // commandcenter-ignore\n",
                                options);
  ASSERT_TRUE(report);
  std::vector<std::size_t> lines;
  for (const UnusedSuppression& unused : report->unused_suppressions)
    lines.push_back(unused.line);
  EXPECT_EQ(report->suppressed, 0U);
  EXPECT_EQ(lines, (std::vector<std::size_t>{3, 4}));
}

TEST(ScanTree, baselines_of_all_kinds_are_honoured) {
  const Folder folder;
  folder.write("src/a.py", kLeak + "x = 1\n" + kLeak);
  const auto first = scan_tree(folder.path, "src", {});
  ASSERT_EQ(places(first), (Places{"src/a.py:1", "src/a.py:3"}));
  EXPECT_NE(first->findings[0].fingerprint, first->findings[1].fingerprint);
  const Folder other;
  other.write("own.json", render(*first, Format::kJson, "1", false));
  other.write("scan.sarif", render(*first, Format::kSarif, "1", false));
  other.write("gitlab.json", render(*first, Format::kGitlab, "1", false));
  other.write("leaks.json", R"([{"File":"./src/a.py","StartLine":1},{"File":"src/a.py","StartLine":3}])");
  other.write(".secrets.baseline", R"({"results":{"src/a.py":[{"line_number":1},{"line_number":3}]}})");
  other.write("list",
              "# known\n" + first->findings[0].fingerprint + "\n" + first->findings[1].fingerprint + " # why\n");
  for (const char* file : {"own.json", "scan.sarif", "gitlab.json", "leaks.json", ".secrets.baseline", "list"}) {
    auto baseline = Baseline::read(other.path + "/" + file);
    ASSERT_TRUE(baseline) << file;
    ScanOptions options;
    options.baselines.push_back(*baseline);
    const auto again = scan_tree(folder.path, "src", options);
    EXPECT_EQ(places(again), Places{}) << file;
    EXPECT_EQ(again->in_baseline, 2U);
  }
  EXPECT_FALSE(Baseline::read(other.path + "/none"));
  folder.write(kIgnoreFile.data(), first->findings[0].fingerprint + "\n");
  EXPECT_EQ(places(scan_tree(folder.path, "", {})), Places{"src/a.py:3"});
  folder.write("src/a.py", "\n\n" + kLeak);  // moved: its fingerprint is the same
  EXPECT_EQ(places(scan_tree(folder.path, "", {})), Places{});
  folder.write(kIgnoreFile.data(), "src/a.py\n");
  const auto unsilenced = scan_tree(folder.path, "", {});
  EXPECT_EQ(places(unsilenced), Places{"src/a.py:3"});
  ASSERT_EQ(unsilenced->skipped.size(), 1U);
  EXPECT_EQ(unsilenced->skipped[0].first, kIgnoreFile);
}

TEST(Baselines, without_findings_are_baselines) {
  const Folder folder;
  for (const char* text : {"", "# nothing yet\n", "[]", R"({"findings":[]})", R"({"issues":[],"functions":[]})",
                           R"({"results":{},"version":"1.5.0"})", R"({"version":"2.1.0","runs":[]})",
                           R"({"runs":[{"tool":{"driver":{"name":"x"}}}]})", R"({"runs":[{"results":[]}]})"}) {
    folder.write("baseline", text);
    const auto baseline = Baseline::read(folder.path + "/baseline");
    ASSERT_TRUE(baseline) << text << ": " << baseline.error().message;
    EXPECT_EQ(baseline->size(), 0U) << text;
  }
}

TEST(Baselines, what_is_none_is_refused) {
  const Folder folder;
  const std::string path = folder.path + "/baseline";
  for (const char* text :
       {"password = 'x'\n", "# remark\nimport os\n", "<testsuites/>\n", "{}", R"({"findings":{}})",
        R"({"issues":[{}]})", R"({"findings":[{"ruleId":"a"}]})", R"({"findings":[{"fingerprint":"a"}]})",
        R"({"results":[]})", R"({"results":{"a.py":[{}]}})", R"({"runs":[{"id":1}]})", R"({"runs":{}})", "[1]",
        R"([{"File":"a.py"}])", R"([{"fingerprint":"d41d8cd98f00b204e9800998ecf8427e","check_name":"x"}])"}) {
    folder.write("baseline", text);
    const auto baseline = Baseline::read(path);
    ASSERT_FALSE(baseline) << text;
    EXPECT_EQ(baseline.error().message,
              path +
                  " is no baseline; expected our JSON, SARIF or GitLab report, gitleaks' JSON, .secrets.baseline, or "
                  "one fingerprint a line");
  }
  EXPECT_FALSE(Baseline::read(folder.path)) << "a folder";
}

TEST(ScanChanges, only_added_lines_count) {
  const Folder folder;
  folder.git("init -q .");
  folder.write("a.py", kLeak + "x = 1\n");
  folder.git("add . && git -c user.name=a -c user.email=a@b commit -qm one");
  folder.write("a.py", kLeak + "x = 1\n" + kLeak);
  folder.git("add a.py");
  folder.write("a.py", kLeak + kLeak + "x = 1\n" + kLeak);
  folder.write("new.py", kLeak);
  const auto repository = Repository::open(folder.path);
  ASSERT_TRUE(repository) << repository.error().message;
  const auto staged = repository->staged(1 << 20);
  ASSERT_TRUE(staged) << staged.error().message;
  EXPECT_EQ(places(scan_changes(*staged, {})), Places{"a.py:3"});
  const auto since = repository->since("HEAD", 1 << 20);
  ASSERT_TRUE(since) << since.error().message;
  EXPECT_EQ(places(scan_changes(*since, {})).size(), 3U);
  EXPECT_FALSE(repository->since("no-such-branch", 1 << 20));
}

// To give a file another name adds no line.
TEST(ScanChanges, of_a_file_with_another_name_only_what_changed_counts) {
  const Folder folder;
  folder.git("init -q .");
  std::string text;
  for (int i = 0; i < 20; ++i)
    text += "x" + std::to_string(i) + " = 1\n";
  folder.write("a.py", kLeak + text);
  folder.write("b.py", kLeak + text + "y = 1\n");
  folder.git("add . && git -c user.name=a -c user.email=a@b commit -qm one");
  folder.git("mv a.py lib.py");
  folder.write("c.py", kLeak + text + "y = 1\n" + kLeak);
  folder.git("rm -q b.py");
  const auto repository = Repository::open(folder.path);
  ASSERT_TRUE(repository) << repository.error().message;
  const auto staged = repository->staged(1 << 20);
  ASSERT_TRUE(staged) << staged.error().message;
  EXPECT_EQ(places(scan_changes(*staged, {})), Places{});
  const auto since = repository->since("HEAD", 1 << 20);
  ASSERT_TRUE(since) << since.error().message;
  EXPECT_EQ(places(scan_changes(*since, {})), Places{"c.py:23"});
}

TEST(ScanHistory, what_was_ever_committed_is_found_once) {
  const Folder folder;
  folder.git("init -q .");
  folder.write("a.py", kLeak);
  folder.git("add . && git -c user.name=a -c user.email=a@b commit -qm one");
  folder.write("a.py", "x = 1\n");
  folder.write("b.py", kLeak);  // the same blob
  folder.git("add . && git -c user.name=a -c user.email=a@b commit -qm two");
  const auto repository = Repository::open(folder.path);
  ASSERT_TRUE(repository);
  const auto report = scan_history(*repository, {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->findings.size(), 1U);
  EXPECT_EQ(report->findings[0].commit.size(), 40U);
  EXPECT_EQ(report->scanned_files, 2U);
}

// Whoever looks at a file, and whoever brings it.
TEST(ScanThreads, changes_and_histories_are_the_same_by_any_number_of_threads) {
  const Folder folder;
  folder.git("init -q .");
  folder.write("a.py", "x = 1\n");
  folder.git("add . && git -c user.name=a -c user.email=a@b commit -qm one");
  for (int i = 0; i < 60; ++i)
    folder.write("f" + std::to_string(i) + "/k.py", "x = " + std::to_string(i) + "\n" + kLeak);
  folder.git("add .");
  const auto repository = Repository::open(folder.path);
  ASSERT_TRUE(repository) << repository.error().message;
  const auto staged = repository->staged(1 << 20);
  ASSERT_TRUE(staged) << staged.error().message;
  folder.git("-c core.hooksPath=/dev/null commit -qm two");
  for (const unsigned threads : {1U, 4U}) {
    ScanOptions options;
    options.walk.threads = threads;
    const auto changes = scan_changes(*staged, options);
    ASSERT_TRUE(changes) << changes.error().message;
    EXPECT_EQ(changes->scanned_files, 60U);
    EXPECT_EQ(changes->findings.size(), 60U);
    EXPECT_TRUE(std::ranges::is_sorted(changes->findings, {}, &Finding::file));
    const auto history = scan_history(*repository, options);
    ASSERT_TRUE(history) << history.error().message;
    EXPECT_EQ(history->scanned_files, 61U);
    EXPECT_EQ(places(history), places(changes));
  }
}

TEST(ScanHistory, a_folder_or_file_has_a_history_of_its_own) {
  const Folder folder;
  folder.git("init -q .");
  folder.write("a.py", kLeak);
  folder.write("sub/k.py", kLeak);  // the same blob as one that is met before it, and elsewhere
  folder.write("subway/z.py", "x = 1\n" + kLeak);
  folder.git("add . && git -c user.name=a -c user.email=a@b commit -qm one");
  folder.git("rm -q sub/k.py");
  folder.write("sub/now.py", "x = 1\n");
  folder.git("add . && git -c user.name=a -c user.email=a@b commit -qm two");
  const auto repository = Repository::open(folder.path);
  ASSERT_TRUE(repository) << repository.error().message;
  EXPECT_EQ(repository->way_to(folder.path), "");
  EXPECT_EQ(repository->way_to(folder.path + "/.git"), "");
  EXPECT_EQ(repository->way_to(folder.path + "/sub/"), "sub/");
  EXPECT_EQ(repository->way_to(folder.path + "/a.py"), "a.py/");
  EXPECT_EQ(places(scan_history(*repository, {}, "sub/")), Places{"sub/k.py:1"});
  EXPECT_EQ(places(scan_history(*repository, {}, "a.py/")), Places{"a.py:1"});
  EXPECT_EQ(places(scan_history(*repository, {}, "sub/now.py/")), Places{});
  EXPECT_EQ(places(scan_history(*repository, {})).size(), 2U);
}

TEST(ScanHistory, a_broken_repository_is_told) {
  const Folder folder;
  EXPECT_FALSE(Repository::open(folder.path + "/none"));
  folder.git("init -q .");
  folder.write(".git/HEAD", "nonsense");
  const auto repository = Repository::open(folder.path);
  if (!repository) return;
  EXPECT_FALSE(repository->since("HEAD", 1 << 20));
}

// pitfall C8: a line of 50 MB, whatever the threads do
TEST(ScanTree, one_endless_line_is_read) {
  const Folder folder;
  folder.write("long.js", "x='" + std::string(50 << 20, 'y') + "'\n");
  folder.write("b.py", kLeak);
  ScanOptions options;
  const auto report = scan_tree(folder.path, "", options);
  EXPECT_EQ(places(report), Places{"b.py:1"});
  ASSERT_EQ(report->skipped.size(), 1U);
  EXPECT_EQ(report->skipped[0].second, "larger than 16 MiB");
  options.walk.max_file_bytes = 64 << 20;
  EXPECT_EQ(places(scan_tree(folder.path, "", options)), Places{"b.py:1"});
}

// Four times the findings take about four times as long, on one line, too; where each reads the line again, sixteen.
TEST(ScanText, many_findings_on_one_line_each_cost_the_same) {
  const auto seconds = [](int findings) {
    std::string line;
    for (int i = 0; i < findings; ++i)
      line += "password='" + kValue + std::to_string(i) + "'; ";
    line += "# é nosecret\n";
    const std::clock_t start = std::clock();
    EXPECT_EQ(count(line), static_cast<std::size_t>(findings));
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  };
  EXPECT_LT(seconds(8'000), 9 * seconds(2'000));
}

TEST(ScanTree, the_result_does_not_depend_on_threads) {
  const Folder folder;
  for (int i = 0; i < 200; ++i)
    folder.write("d" + std::to_string(i % 7) + "/" + std::to_string(i) + ".py", kLeak + "\n" + kLeak);
  ScanOptions one;
  one.walk.threads = 1;
  ScanOptions many;
  many.walk.threads = 4;
  const auto first = places(scan_tree(folder.path, "", one));
  EXPECT_EQ(first.size(), 400U);
  EXPECT_EQ(places(scan_tree(folder.path, "", many)), first);
}

// Many ways lead to the same place, and begin alike.
TEST(ScanTree, the_way_that_is_told_does_not_depend_on_threads) {
  const Folder folder;
  for (int i = 0; i < 60; ++i)
    folder.write("d" + std::to_string(i % 7) + "/" + std::to_string(i) + ".py", "x = 1\n");
  const auto way = [&](unsigned threads) {
    ScanOptions options;
    options.walk.threads = threads;
    options.analyzers.push_back([&](const Subject& subject, std::vector<Spot>& spots) {
      Spot spot{"a/b", "A", "c", "CWE-1", Severity::kHigh, Confidence::kHigh, 0, 1, "found"};
      spot.flow = {{"first.py", 1, "begins"}, {std::string(subject.source().path()), 1, "goes on"}};
      spot.elsewhere = Elsewhere{"shared.py", "run(x)\n", 0, 3};
      spots.push_back(std::move(spot));
    });
    const auto report = scan_tree(folder.path, "", options);
    return report && report->findings.size() == 1 ? report->findings[0].flow[1].file : std::string();
  };
  for (const unsigned threads : {1U, 2U, 4U, 8U})
    EXPECT_EQ(way(threads), "d0/0.py") << threads;
}

// What two ways lead to has the fingerprint of what one leads to: a baseline holds when the other is gone.
TEST(ScanText, a_second_way_to_a_place_changes_no_fingerprint) {
  const auto fingerprints = [](std::vector<std::vector<FlowStep>> ways) {
    ScanOptions options;
    options.analyzers.push_back([&](const Subject&, std::vector<Spot>& spots) {
      for (const std::vector<FlowStep>& flow : ways)
        spots.push_back({"a/b", "A", "c", "CWE-1", Severity::kHigh, Confidence::kHigh, 0, 3, "found", flow});
      spots.push_back({"a/b", "A", "c", "CWE-1", Severity::kHigh, Confidence::kHigh, 7, 10, "found"});  // an equal line
    });
    std::vector<std::string> result;
    if (const auto report = scan_text("a.py", "run(x)\nrun(x)\n", options)) {
      for (const Finding& finding : report->findings)
        result.push_back(finding.fingerprint);
    }
    return result;
  };
  const std::vector<FlowStep> one{{"a.py", 1, "one"}};
  const std::vector<FlowStep> other{{"a.py", 1, "other"}};
  const auto alone = fingerprints({one});
  ASSERT_EQ(alone.size(), 2U);
  EXPECT_NE(alone[0], alone[1]);
  EXPECT_EQ(fingerprints({one, other}), alone);
  EXPECT_EQ(fingerprints({other, one}), alone);
}

std::vector<std::string> shown(std::string_view text, std::size_t first, std::size_t count, std::size_t most = 2'000) {
  auto viewer = LineViewer::make();
  if (!viewer) return {viewer.error().message};
  return (*viewer)->lines("a.py", text, first, count, most).lines;
}
using Lines = std::vector<std::string>;

TEST(LineViewer, shows_lines_as_they_stand_but_for_their_secrets) {
  EXPECT_EQ(shown("a = 1\n  " + kLeak + "\nlast", 1, 10), (Lines{"a = 1", "  password = 'kT****'", "", "last"}));
  EXPECT_EQ(shown("x\r\ny\r\n", 2, 1), Lines{"y"});
  EXPECT_EQ(shown("", 1, 5), Lines{});
}

TEST(LineViewer, masks_copies_whole_keys_and_what_a_cut_goes_through) {
  EXPECT_EQ(shown(kLeak + "log(kT7vq9zLxw2M)\n", 2, 1), Lines{"log(kT****)"});
  const std::string key =
      "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAx0Zq9vT3hJ7sKf2L\nqW8eRt5yU1iOp3aSdF6gHjKlZxCv"
      "\n-----END RSA PRIVATE KEY-----\n";
  for (const std::string& line : shown(key, 2, 2))
    EXPECT_LT(line.size(), 12U) << line;
  // The cut falls into the secret: what is left of it must not be shown.
  const std::string cut = shown("password = '" + kValue + "'\n", 1, 1, 20).front();
  EXPECT_EQ(cut.find("kT7vq"), std::string::npos) << cut;
}

}  // namespace
}  // namespace commandcenter::code
