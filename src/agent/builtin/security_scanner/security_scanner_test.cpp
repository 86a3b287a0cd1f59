// The scan as a whole: input, walk, ignore rules, odd files, order.
#include "agent/builtin/security_scanner/security_scanner.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <chrono>

#include <gtest/gtest.h>

#include "agent/builtin/security_scanner/test_folder.h"
#include "code/walk/walk.h"

namespace commandcenter::security_scanner {
namespace {

constexpr const char* kLeak = "password = 'kT7vq9zLxw2M'\n";

std::string complaint(const TestFolder& folder, const Json& input, const std::string& action = "scan") {
  const auto answer = run(action, input, folder.path, [](std::string_view) {});
  return answer ? "accepted" : answer.error().message;
}

std::vector<std::string> files(const std::vector<std::string>& findings) {
  std::vector<std::string> result;
  for (const std::string& finding : findings)
    result.push_back(finding.substr(0, finding.find(':')));
  return result;
}

TEST(Scan, answers_with_findings_and_their_summary) {
  const TestFolder folder;
  folder.write("src/a.js",
               "  const password = 'kT7vq9zLxw2M';\n\nel.innerHTML = x;\ndb.query('SELECT a FROM b WHERE c=' + d)\n");
  std::vector<std::string> log;
  const auto answer = run("scan", Json::object(), folder.path, [&](std::string_view line) { log.emplace_back(line); });
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_EQ((*answer)["findings"].size(), 3U);
  Json first = (*answer)["findings"][0];
  EXPECT_EQ(string_member(first, "fingerprint").size(), 64U);
  first.erase("fingerprint");
  EXPECT_EQ(dump_json(first),
            R"({"type":"Hardcoded Password","severity":"critical","file":"src/a.js","line":1,"column":21,"endLine":1,)"
            R"("description":"Potential hardcoded password found in code","code":"const password = 'kT****';",)"
            R"("ruleId":"generic-password","category":"secrets",)"
            R"("cwe":"CWE-798","confidence":"high","snippetRedacted":true})");
  EXPECT_EQ(string_member((*answer)["findings"][1], "description"),
            "Potential XSS vulnerability - unsafe HTML rendering");
  EXPECT_EQ(string_member((*answer)["findings"][2], "type"), "SQL Injection");
  EXPECT_EQ(dump_json((*answer)["summary"]), R"({"total":3,"critical":1,"high":1,"medium":1,"low":0})");
  EXPECT_EQ((*answer)["scannedFiles"].get<int>(), 1);
  EXPECT_EQ(dump_json((*answer)["skippedFiles"]), "[]");
  EXPECT_GE((*answer)["scanDurationMs"].get<int>(), 0);
  EXPECT_EQ(log.size(), 1U);
}

TEST(Scan, severity_is_a_minimum) {
  const TestFolder folder;
  folder.write("a.js",
               "const password = 'kT7vq9zLxw2M';\nel.innerHTML = x;\ndb.query('SELECT a FROM b WHERE c=' + d)\n");
  for (const auto& [severity, expected] :
       std::vector<std::pair<const char*, std::size_t>>{{"low", 3}, {"medium", 3}, {"high", 2}, {"critical", 1}}) {
    EXPECT_EQ(folder.found({{"severity", severity}}).size(), expected) << severity;
  }
}

TEST(Scan, takes_both_vocabularies) {
  const TestFolder folder;
  folder.write("lib/a.js", "const password = 'kT7vq9zLxw2M';\nel.innerHTML = x;\n");
  folder.write("b.js", kLeak);
  EXPECT_EQ(folder.found({{"target", "lib"}, {"scanType", "xss"}}), (Rules{"lib/a.js:2 xss/inner-html"}));
  EXPECT_EQ(folder.found({{"repositoryPath", folder.path + "/lib"}, {"rules", {"secrets"}}}),
            (Rules{"lib/a.js:1 generic-password"}));
  EXPECT_EQ(folder.found({{"target", "./lib/../lib/a.js"}, {"rules", {"secrets", "xss"}}, {"unknown", 1}}).size(), 2U);
  for (const char* all : {"", ".", "./", "lib/.."})
    EXPECT_EQ(folder.found({{"target", all}}).size(), 3U) << all;
  EXPECT_EQ(folder.found({{"target", folder.path}, {"severity", nullptr}}).size(), 3U);
  EXPECT_EQ(folder.found({{"target", folder.path + "/"}}).size(), 3U);
}

TEST(Scan, says_what_is_wrong_with_the_input) {
  const TestFolder folder;
  folder.write("a.js", kLeak);
  const std::string malware = complaint(folder, {{"scanType", "malware"}});
  EXPECT_TRUE(malware.starts_with("unknown scanType \"malware\"; expected secrets, sql-injection, ")) << malware;
  EXPECT_TRUE(malware.ends_with(" or all")) << malware;
  const std::string entry = complaint(folder, {{"rules", {"secrets", "x"}}});
  EXPECT_TRUE(entry.starts_with("unknown rules entry \"x\"; expected secrets, sql-injection, ")) << entry;
  EXPECT_EQ(complaint(folder, {{"severity", "info"}}),
            "unknown severity \"info\"; expected low, medium, high or critical (the least that is reported)");
  EXPECT_EQ(complaint(folder, {{"target", 5}}), "target is of type integer; expected a path");
  EXPECT_EQ(complaint(folder, {{"target", "nowhere"}}), "target \"nowhere\" does not exist in the workspace");
  EXPECT_EQ(complaint(folder, Json::array()),
            "the input is of type array; expected an object such as {\"scanType\": \"all\"}");
  EXPECT_EQ(complaint(folder, Json::object(), "send"), "security-scanner has no action \"send\"; expected scan");
}

TEST(Scan, stays_inside_the_workspace) {
  const TestFolder outside;
  outside.write("a.js", kLeak);
  const TestFolder folder;
  folder.write("a.js", "x");
  std::filesystem::create_symlink(outside.path, folder.path + "/link");
  std::filesystem::create_symlink(folder.path, folder.path + "/loop");
  EXPECT_EQ(folder.found(), Rules{});
  for (const std::string& target :
       {std::string(".."), std::string("../" + std::filesystem::path(outside.path).filename().string()), outside.path,
        std::string("/etc"), std::string("link"), std::string("link/a.js"), folder.path + "x"}) {
    const auto answer = folder.scan({{"target", target}});
    ASSERT_FALSE(answer) << target;
    EXPECT_TRUE(answer.error().code == ErrorCode::kForbidden) << target << ": " << answer.error().message;
  }
}

TEST(Scan, passes_over_dependencies_and_ignored_files_but_not_dot_files) {
  const TestFolder folder;
  for (const char* file : {"node_modules/a.js", ".git/config.js", "vendor/a.js", "dist/a.js", "build/a.js",
                           "target/a.js", "venv/a.py", ".venv/a.py", "__pycache__/a.py", "x/node_modules/a.js"}) {
    folder.write(file, kLeak);
  }
  folder.write(".gitignore", "# comment\n*.gen.js\n/only-root.js\nlogs/\n!keep.gen.js\ndoc/**/draft.js\ndeep/*.js\n");
  folder.write("sub/.gitignore", "!special.gen.js\nlocal.js\n");
  for (const char* file : {"a.gen.js", "sub/b.gen.js", "only-root.js", "logs/a.js", "sub/logs/a.js", "doc/draft.js",
                           "doc/a/b/draft.js", "deep/a.js", "sub/local.js"}) {
    folder.write(file, kLeak);
  }
  const std::vector<std::string> kept{".github/a.js", ".hidden.js", "deep/er/a.js",     "keep.gen.js",
                                      "local.js",     "logs.js",    "sub/only-root.js", "sub/special.gen.js"};
  for (const std::string& file : kept)
    folder.write(file, kLeak);
  EXPECT_EQ(files(folder.found()), kept);
  // Rules from above hold below a target; a target named outright is scanned.
  EXPECT_EQ(files(folder.found({{"target", "sub"}})), (Rules{"sub/only-root.js", "sub/special.gen.js"}));
  EXPECT_EQ(files(folder.found({{"target", "build"}})), (Rules{"build/a.js"}));
}

TEST(Scan, lists_what_it_cannot_read_and_goes_on) {
  const TestFolder folder;
  folder.write("a.js", kLeak);
  folder.write("binary.bin", std::string(kLeak) + std::string(1, static_cast<char>(0)));
  folder.write("latin1.js", "// \xfc\npassword = 'kT7vq9zLxw2M'\n");
  folder.write("large.txt", std::string(code::kMaxFile_bytes + 1, 'x'));
  folder.write("limit.txt", std::string(code::kMaxFile_bytes, 'x'));
  folder.write("empty.txt", "");
  folder.write("secret.js", kLeak);
  folder.write("z.js", kLeak);
  ASSERT_EQ(::mkfifo((folder.path + "/fifo").c_str(), 0600), 0);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = folder.path + "/sock";
  ASSERT_LT(name.size(), sizeof address.sun_path);
  name.copy(address.sun_path, name.size());
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  std::filesystem::create_symlink("nowhere", folder.path + "/broken");
  std::filesystem::create_symlink("a.js", folder.path + "/inside");
  std::filesystem::create_symlink(".", folder.path + "/loop");
  const bool root = ::geteuid() == 0;  // whom no permission stops
  std::filesystem::permissions(folder.path + "/secret.js", std::filesystem::perms::none);

  const auto answer = folder.scan();
  ::close(listener);
  ASSERT_TRUE(answer) << answer.error().message;
  std::vector<std::string> skipped;
  for (const Json& file : (*answer)["skippedFiles"])
    skipped.push_back(string_member(file, "file") + ": " + string_member(file, "reason"));
  std::vector<std::string> expected{
      "binary.bin: binary",    "broken: symbolic link",         "fifo: not a regular file",
      "inside: symbolic link", "large.txt: larger than 16 MiB", "loop: symbolic link"};
  if (!root) expected.emplace_back("secret.js: unreadable: permission denied");
  expected.emplace_back("sock: not a regular file");
  EXPECT_EQ(skipped, expected);
  EXPECT_EQ((*answer)["scannedFiles"].get<int>(), root ? 6 : 5);
  EXPECT_EQ(files(folder.found()),
            root ? (Rules{"a.js", "latin1.js", "secret.js", "z.js"}) : (Rules{"a.js", "latin1.js", "z.js"}));
}

TEST(Scan, generated_files_are_searched_for_tokens_only) {
  const TestFolder folder;
  for (const char* file : {"package-lock.json", "yarn.lock", "a.min.js"})
    folder.write(file, "{\"password\": \"kT7vq9zLxw2M\"}");
  std::string bundle = "el.innerHTML=x;password='kT7vq9zLxw2M';";
  while (bundle.size() < 5000)
    bundle += bundle;
  folder.write("bundle.js", bundle);
  EXPECT_EQ(folder.found(), Rules{});
}

TEST(Scan, data_is_not_followed_through_libraries_of_others) {
  const TestFolder folder;
  const std::string flow = "document.getElementById('a').innerHTML = location.hash;\n";
  folder.write("js/jquery-3.6.1.js", "/*! jQuery v3.6.1 | (c) OpenJS Foundation */\n" + flow);
  folder.write("js/jquery.menu.js", flow);
  EXPECT_EQ(files(folder.found()), Rules{"js/jquery.menu.js"});
}

TEST(Scan, texts_for_people_are_no_templates) {
  const TestFolder folder;
  for (const char* file : {"locales/en/help.html", "pages/help.html"})
    folder.write(file, "<p>Use <code>{{{triple}}}</code> then.</p>\n");
  EXPECT_EQ(files(folder.found()), Rules{"pages/help.html"});
}

TEST(Scan, a_file_that_is_too_long_to_be_followed_is_told_of) {
  const TestFolder folder;
  std::string text = "document.getElementById('a').innerHTML = location.hash;\n" + std::string(kLeak);
  while (text.size() <= std::size_t{1} << 20)
    text += "export const entry = { name: 'a name', value: [1, 2, 3] };\n";
  folder.write("a.js", text);
  const auto answer = folder.scan();
  ASSERT_TRUE(answer);
  ASSERT_EQ((*answer)["findings"].size(), 1U);  // the secret
  EXPECT_EQ((*answer)["findings"][0]["line"], 2);
  ASSERT_EQ((*answer)["skippedFiles"].size(), 1U);
  EXPECT_NE(string_member((*answer)["skippedFiles"][0], "reason").find("more than 1 MiB"), std::string::npos);
  EXPECT_EQ((*answer)["scannedFiles"], 1);
}

TEST(Scan, order_is_by_path_line_and_column_whatever_the_folder_says) {
  const TestFolder folder;
  folder.write("b/a.js", kLeak);
  folder.write("b.js", std::string("\n") + kLeak + "a(password='kT7vq9zLxw2M', passwd='pW3xn8bRtz5K')\n");
  folder.write("B.js", kLeak);
  EXPECT_EQ(files(folder.found()), (Rules{"B.js", "b.js", "b.js", "b.js", "b/a.js"}));
  const auto answer = folder.scan();
  EXPECT_LT((*answer)["findings"][2]["column"].get<int>(), (*answer)["findings"][3]["column"].get<int>());
}

TEST(Scan, findings_are_bounded_and_all_counted) {
  const TestFolder folder;
  std::string text;
  for (std::size_t i = 0; i < kMaxFindings + 5; ++i)
    text += kLeak;
  folder.write("a.js", text);
  const auto answer = folder.scan();
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)["findings"].size(), kMaxFindings);
  EXPECT_EQ((*answer)["summary"]["total"].get<std::size_t>(), kMaxFindings + 5);
  EXPECT_EQ((*answer)["omittedFindings"].get<int>(), 5);
}

TEST(Scan, fingerprints_survive_a_move_and_differ_between_equal_lines) {
  const auto prints = [](const std::string& text) {
    const TestFolder folder;
    folder.write("a.js", text);
    std::vector<std::string> result;
    const auto answer = folder.scan();
    if (!answer) return result;
    for (const Json& finding : (*answer)["findings"])
      result.push_back(string_member(finding, "fingerprint"));
    return result;
  };
  const auto before = prints(std::string(kLeak) + kLeak);
  ASSERT_EQ(before.size(), 2U);
  EXPECT_NE(before[0], before[1]);
  EXPECT_EQ(prints(std::string("\n\n  ") + kLeak + "x\n" + kLeak), before);
}

TEST(Manifest, declares_the_scan) {
  const Json json = manifest();
  EXPECT_EQ(string_member(json, "name"), "security-scanner");
  EXPECT_EQ(string_member(json, "effects"), "none");
  EXPECT_EQ(dump_json(json["sandbox"]), R"({"network":[]})");
  ASSERT_EQ(json["actions"].size(), 1U);
  const Json& input = json["actions"][0]["inputSchema"];
  EXPECT_FALSE(input.contains("required"));
  EXPECT_TRUE(input["properties"]["target"]["x-workspace"].get<bool>());
  EXPECT_TRUE(input["properties"]["repositoryPath"]["x-workspace"].get<bool>());
  EXPECT_EQ(json["actions"][0]["outputSchema"]["required"].size(), 5U);
}

}  // namespace
}  // namespace commandcenter::security_scanner
