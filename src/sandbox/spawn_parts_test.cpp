// The parts that need no process: lines, the plan's text, checks of a spec, the probe's words.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sandbox/launch_check.h"
#include "sandbox/lines.h"
#include "sandbox/mounts.h"
#include "sandbox/probe.h"
#include "sandbox/sandbox.h"
#include "sandbox/spawn_protocol.h"
#include "sandbox/wording.h"

namespace commandcenter::sandbox {
namespace {

std::vector<std::string> lines_of(const std::vector<std::string>& pieces, std::size_t max_bytes) {
  std::vector<std::string> lines;
  const LineSplitter::Sink sink = [&](std::string_view line) { lines.emplace_back(line); };
  LineSplitter splitter(max_bytes);
  for (const std::string& piece : pieces)
    splitter.feed(piece, sink);
  splitter.finish(sink);
  return lines;
}

TEST(LineSplitter, DoesNotCareHowTheBytesArrive) {
  const std::vector<std::string> expected = {"abcd", "e", "", "fghi", "jk"};
  EXPECT_EQ(lines_of({"abcde\n\nfghi\njk"}, 4), expected);
  EXPECT_EQ(lines_of({"a", "bcd", "e\n", "\n", "fgh", "i", "\n", "j", "k"}, 4), expected);
  EXPECT_EQ(lines_of({"a\r", "\nb"}, 4), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(lines_of({""}, 4).empty());
}

TEST(LineSplitter, CutsNoCharacter) {
  EXPECT_EQ(lines_of({"xx\u20ac\u20acyz"}, 5), (std::vector<std::string>{"xx\u20ac", "\u20acyz"}));
  EXPECT_EQ(lines_of({"xxx\u20ac\u20ac"}, 5), (std::vector<std::string>{"xxx", "\u20ac", "\u20ac"}));
  EXPECT_EQ(lines_of({"xxx\xe2", "\x82", "\xac\n"}, 5), (std::vector<std::string>{"xxx", "\u20ac"}));
  EXPECT_EQ(lines_of({"\x80\x80\x80"}, 2), (std::vector<std::string>{"\x80\x80", "\x80"}));
}

TEST(SpawnPlan, SurvivesTheTripAndRefusesDamage) {
  SpawnPlan plan;
  plan.argv = {"/bin/x", "", "\xff y"};
  plan.environment = {"A=1"};
  plan.folder = "/w";
  plan.limits = {{7, 256}, {2, 1ULL << 40}};
  const std::string bytes = encode_plan(plan);
  const auto back = decode_plan(bytes);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->argv, plan.argv);
  EXPECT_EQ(back->environment, plan.environment);
  EXPECT_EQ(back->folder, "/w");
  ASSERT_EQ(back->limits.size(), 2U);
  EXPECT_EQ(back->limits[1].value, 1ULL << 40);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(decode_plan(bytes.substr(0, length)));
  EXPECT_FALSE(decode_plan(bytes + "x"));
  EXPECT_FALSE(decode_plan(std::string(12, '\xff')));
}

TEST(LaunchCheck, NamesTheProblemTheValueAndTheLimit) {
  LaunchSpec good;
  good.argv = {"/bin/true"};
  EXPECT_EQ(problem_with(good, Tier::kNamespaces), "");
  const auto problem = [&](auto change) {
    LaunchSpec spec = good;
    change(spec);
    return problem_with(spec, Tier::kNamespaces);
  };
  EXPECT_EQ(problem([](LaunchSpec& s) { s.argv[0] = "true"; }), "'true' is not an absolute path inside the sandbox");
  EXPECT_EQ(problem([](LaunchSpec& s) { s.argv.emplace_back("a\0b", 3); }), "argument 1 holds a NUL byte");
  EXPECT_EQ(problem([](LaunchSpec& s) {
              s.environment = {{"A", std::string("x\0--bind", 8)}};
            }),
            "the environment variable A holds a NUL byte");
  EXPECT_EQ(problem([](LaunchSpec& s) {
              s.environment = {{"A=B", "x"}};
            }),
            "'A=B' cannot be the name of an environment variable");
  EXPECT_EQ(problem([](LaunchSpec& s) {
              s.environment = {{"AGENT_INPUT", std::string(200'000, 'x')}};
            }),
            "the environment variable AGENT_INPUT is 200012 bytes long; the limit is 131071: hand large data over on "
            "standard input");
  EXPECT_EQ(
      problem([](LaunchSpec& s) { s.argv.insert(s.argv.end(), 11, std::string(100'000, 'x')); }),
      "arguments and environment are 1100021 bytes together; the limit is 1 MiB: hand large data over on standard "
      "input");
  EXPECT_EQ(problem([](LaunchSpec& s) {
              s.read_only_binds = {{"/x", "agent"}};
            }),
            "a folder cannot be shown at 'agent': that is not an absolute path");
  EXPECT_EQ(problem([](LaunchSpec& s) { s.limits.timeout_ms = 0; }), "the limit timeout_ms is 0; the least is 1");
  EXPECT_EQ(problem([](LaunchSpec& s) { s.limits.memory_bytes = 0; }), "");
}

TEST(HostPath, LaterMountsCoverEarlierOnes) {
  LaunchSpec spec;
  spec.workspace = "/srv/repo";
  spec.read_only_binds = {{"/srv/agent", "/agent"}, {"/srv/extra", "/workspace/extra"}};
  EXPECT_EQ(host_path_of(spec, "/workspace/a"), "/srv/repo/a");
  EXPECT_EQ(host_path_of(spec, "/workspace/extra/a"), "/srv/extra/a");
  EXPECT_EQ(host_path_of(spec, "/workspaces"), "");
  EXPECT_EQ(host_path_of(spec, "/agent"), "/srv/agent");
  EXPECT_EQ(host_path_of(spec, "/usr/bin/env"), "/usr/bin/env");
  EXPECT_EQ(host_path_of(spec, "/etc/shadow"), "");
}

TEST(Probe, SucceedsHereAndTellsTheVersion) {
  const ProbeReport report = probe_sandbox();
  EXPECT_NE(report.tier, Tier::kNone) << report.detail;
  EXPECT_TRUE(report.detail.starts_with("bubblewrap ")) << report.detail;
  EXPECT_NE(report.detail.find(", seccomp, Landlock "), std::string::npos) << report.detail;
}

TEST(Probe, NamesTheSettingToChange) {
  const auto with = [](std::string name, std::string value) {
    return explain_probe_failure("bwrap: refused", [=](std::string_view path) { return path == name ? value : ""; });
  };
  EXPECT_EQ(with("kernel/unprivileged_userns_clone", "0"),
            "the kernel refuses user namespaces: sysctl -w kernel.unprivileged_userns_clone=1");
  EXPECT_EQ(with("user/max_user_namespaces", "0"),
            "the kernel refuses user namespaces: sysctl -w user.max_user_namespaces=15000");
  EXPECT_EQ(
      with("kernel/apparmor_restrict_unprivileged_userns", "1"),
      "the kernel refuses user namespaces: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give bwrap an "
      "AppArmor profile");
  EXPECT_EQ(with("", ""), "bubblewrap cannot make a sandbox here: bwrap: refused");
}

TEST(Wording, IsForPeople) {
  EXPECT_EQ(size_text(16LL << 20), "16 MiB");
  EXPECT_EQ(size_text(4096), "4 KiB");
  EXPECT_EQ(size_text(100), "100 bytes");
  EXPECT_EQ(duration_text(2000), "2 s");
  EXPECT_EQ(duration_text(1500), "1.5 s");
  EXPECT_EQ(duration_text(300), "300 ms");
}

}  // namespace
}  // namespace commandcenter::sandbox
