#include "cli/graph.h"

#include <gtest/gtest.h>

#include "base/document.h"

namespace commandcenter::cli {
namespace {

// "id: dependency dependency" lines as a workflow of transforms.
workflow::Definition shape(const std::vector<std::pair<std::string, std::vector<std::string>>>& nodes) {
  Json tree = {{"name", "w"}, {"nodes", Json::array()}};
  for (const auto& [id, dependencies] : nodes)
    tree["nodes"].push_back({{"id", id}, {"transform", Json::object()}, {"dependsOn", dependencies}});
  auto parsed = workflow::parse_definition(tree);
  EXPECT_TRUE(parsed) << workflow::describe(parsed.error());
  return std::move(*parsed);
}

std::string picture(const workflow::Definition& definition) {
  std::string text = draw_lanes(definition, false);
  for (std::size_t at = text.find("  transform"); at != std::string::npos; at = text.find("  transform"))
    text.erase(at, 11);
  return "\n" + text;
}

TEST(Graph, ADiamond) {
  EXPECT_EQ(picture(shape({{"a", {}}, {"b", {"a"}}, {"c", {"a"}}, {"d", {"b", "c"}}})), R"(
●    a
├─╮
● │  b
│ ●  c
├─╯
●    d
)");
}

TEST(Graph, AChainHasNoLinesBetween) {
  EXPECT_EQ(picture(shape({{"a", {}}, {"b", {"a"}}, {"c", {"b"}}})), "\n●  a\n●  b\n●  c\n");
}

TEST(Graph, IslandsStandSideBySideInTime) {
  EXPECT_EQ(picture(shape({{"a", {}}, {"b", {}}, {"c", {"b"}}})), "\n●  a\n●  b\n●  c\n");
}

TEST(Graph, EdgesThatPassOthers) {
  // a goes to d past b and c; c joins it.
  EXPECT_EQ(picture(shape({{"a", {}}, {"b", {"a"}}, {"c", {"a"}}, {"d", {"a", "c"}}, {"e", {"b", "d"}}})), R"(
●      a
├─┬─╮
● │ │  b
│ ● │  c
│ ╰─┤
│   ●  d
├───╯
●      e
)");
}

TEST(Graph, MermaidAndDotHaveEveryNodeAndEdge) {
  const auto diamond = shape({{"a", {}}, {"b", {"a"}}, {"end", {"b"}}});
  EXPECT_EQ(draw_mermaid(diamond),
            "flowchart TD\n  n0[\"a<br/>transform\"]\n  n1[\"b<br/>transform\"]\n  n2[\"end<br/>transform\"]\n"
            "  n0 --> n1\n  n1 --> n2\n");
  EXPECT_EQ(draw_dot(diamond),
            "digraph \"w\" {\n  node [shape=box];\n  n0 [label=\"a\\ntransform\"];\n  n1 [label=\"b\\ntransform\"];\n"
            "  n2 [label=\"end\\ntransform\"];\n  n0 -> n1;\n  n1 -> n2;\n}\n");
}

TEST(Graph, QuotesAndControlCharactersCannotBreakOut) {
  workflow::Definition definition = shape({{"a", {}}});
  definition.nodes[0].when = "context.x == \"\n\"";
  EXPECT_NE(draw_dot(definition).find("when context.x == ''\""), std::string::npos) << draw_dot(definition);
}

}  // namespace
}  // namespace commandcenter::cli
