#include "trigger/matcher.h"

#include <gtest/gtest.h>

namespace commandcenter::trigger {
namespace {

bool glob_matches(std::string_view glob, std::string_view path) {
  const auto regex = compile_glob(glob);
  EXPECT_TRUE(regex) << glob;
  return regex && regex->found_in(path);
}

TEST(Glob, StarsAndQuestionMarks) {
  EXPECT_TRUE(glob_matches("*.ts", "a.ts"));
  EXPECT_FALSE(glob_matches("*.ts", "src/a.ts"));
  EXPECT_FALSE(glob_matches("*.ts", "axts"));
  EXPECT_FALSE(glob_matches("*.ts", "a.tsx"));
  EXPECT_TRUE(glob_matches("src/*/a.?s", "src/x/a.js"));
  EXPECT_FALSE(glob_matches("src/?.ts", "src//.ts"));
  EXPECT_TRUE(glob_matches("**/*.ts", "a.ts"));
  EXPECT_TRUE(glob_matches("**/*.ts", "src/x/a.ts"));
  EXPECT_TRUE(glob_matches("src/**", "src/x/a.ts"));
  EXPECT_FALSE(glob_matches("src/**", "lib/a.ts"));
  EXPECT_TRUE(glob_matches("src/**/a.ts", "src/a.ts"));
  EXPECT_TRUE(glob_matches("src/**/a.ts", "src/x/y/a.ts"));
  EXPECT_FALSE(glob_matches("src/**/a.ts", "src/xa.ts"));
  EXPECT_TRUE(glob_matches("", ""));
  EXPECT_FALSE(glob_matches("", "a"));
}

TEST(Glob, EverythingElseStandsForItself) {
  EXPECT_TRUE(glob_matches("a(b)[c]{d}+|^$\\.x", "a(b)[c]{d}+|^$\\.x"));
  EXPECT_FALSE(glob_matches("a+", "aa"));
  EXPECT_TRUE(glob_matches("größe/*", "größe/ä"));
  EXPECT_TRUE(glob_matches("?", "ä"));
  EXPECT_TRUE(glob_matches("a*", "a\nb"));
  EXPECT_FALSE(glob_matches("a", "a\n"));
}

TEST(Glob, TooLongIsRefused) {
  EXPECT_FALSE(compile_glob(std::string(2'000, 'a')));
}

Matcher matcher(std::vector<std::string> patterns, std::string_view filters = "{}") {
  workflow::Trigger trigger;
  trigger.kind = workflow::TriggerKind::kEvent;
  trigger.patterns = std::move(patterns);
  trigger.filters = parse_json(filters).value();
  return Matcher::compile(trigger).value();
}

bool matches(const Matcher& matcher, std::string type, std::string_view payload = "{}") {
  Event event;
  event.type = std::move(type);
  event.payload = parse_json(payload).value();
  return matcher.matches(event);
}

TEST(Matcher, PatternsFollowNats) {
  EXPECT_TRUE(matches(matcher({"graph.file.updated"}), "graph.file.updated"));
  EXPECT_FALSE(matches(matcher({"graph.*"}), "graph.file.updated"));
  EXPECT_TRUE(matches(matcher({"graph.*.updated"}), "graph.file.updated"));
  EXPECT_TRUE(matches(matcher({"graph.>"}), "graph.file.updated"));
  EXPECT_FALSE(matches(matcher({"graph.>"}), "graph"));
  EXPECT_FALSE(matches(matcher({"graph.file"}), "Graph.file"));
  EXPECT_TRUE(matches(matcher({"a.b", "audit.>"}), "audit.result.fail"));
  EXPECT_FALSE(matches(matcher({}), "a"));
}

TEST(Matcher, WhatTheServerTellsMustBeNamed) {
  Event event;
  event.type = "workflow.completed.a";
  event.source = "commandcenter";
  const auto hears = [&](const std::string& pattern) {
    workflow::Trigger trigger;
    trigger.kind = workflow::TriggerKind::kEvent;
    trigger.patterns = {pattern};
    return Matcher::compile(trigger)->matches(event);
  };
  EXPECT_TRUE(hears("workflow.>"));
  EXPECT_TRUE(hears("workflow.*.a"));
  EXPECT_FALSE(hears(">"));
  EXPECT_FALSE(hears("*.completed.a"));
  event.source = "elsewhere";
  EXPECT_TRUE(hears(">"));
}

TEST(Matcher, TriggersOfOtherKindsMatchNothing) {
  workflow::Trigger trigger;
  trigger.patterns = {">"};
  EXPECT_FALSE(matches(Matcher::compile(trigger).value(), "a"));
}

TEST(Matcher, FiltersCompareMembersOfThePayload) {
  const Matcher severe = matcher({">"}, R"({"severity":"high"})");
  EXPECT_TRUE(matches(severe, "a", R"({"severity":"high","x":1})"));
  EXPECT_FALSE(matches(severe, "a", R"({"severity":"low"})"));
  EXPECT_TRUE(matches(severe, "a", R"({"severity":["high"]})"));
  EXPECT_FALSE(matches(severe, "a"));
  EXPECT_TRUE(matches(matcher({">"}, R"({"n":1,"on":true})"), "a", R"({"on":true,"n":1})"));
  EXPECT_FALSE(matches(matcher({">"}, R"({"n":1,"on":true})"), "a", R"({"n":1})"));
  EXPECT_FALSE(matches(matcher({">"}, R"({"gone":null})"), "a")) << "absent is not null";
}

TEST(Matcher, AListMeansAnyOfIt) {
  const Matcher any = matcher({">"}, R"({"severity":["high","critical"],"filePath":["src/**","*.md"]})");
  EXPECT_TRUE(matches(any, "a", R"({"severity":"critical","filePath":"README.md"})"));
  EXPECT_TRUE(matches(any, "a", R"({"severity":"high","filePath":"src/a/b.c"})"));
  EXPECT_FALSE(matches(any, "a", R"({"severity":"high","filePath":"lib/b.c"})"));
  EXPECT_FALSE(matches(any, "a", R"({"severity":"low","filePath":"README.md"})"));
  EXPECT_FALSE(matches(matcher({">"}, R"({"severity":[]})"), "a", R"({"severity":"low"})"));
}

TEST(Matcher, OnlyTheFilePathIsAGlob) {
  EXPECT_FALSE(matches(matcher({">"}, R"({"branch":"release/*"})"), "a", R"({"branch":"release/1"})"));
  EXPECT_FALSE(matches(matcher({">"}, R"({"filePath":"**"})"), "a", R"({"filePath":7})"));
}

TEST(Filters, OfAListOneValueIsEnough) {
  const Matcher changed = matcher({"github.push"}, R"({"filePath":["src/**","*.md"],"branch":"main"})");
  const auto matches = [&](const Json& payload) {
    Event event;
    event.type = "github.push";
    event.payload = payload;
    return changed.matches(event);
  };
  EXPECT_TRUE(matches({{"branch", "main"}, {"filePath", {"docs/a", "src/x/y.ts"}}}));
  EXPECT_TRUE(matches({{"branch", "main"}, {"filePath", "README.md"}}));
  EXPECT_FALSE(matches({{"branch", "main"}, {"filePath", {"docs/a", "docs/b.md"}}}));
  EXPECT_FALSE(matches({{"branch", "main"}, {"filePath", Json::array()}}));
  EXPECT_FALSE(matches({{"branch", "dev"}, {"filePath", {"src/a"}}}));
}

}  // namespace
}  // namespace commandcenter::trigger
