// The examples of docs/formats/expressions.md are true. Runs from the root of the repository.
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/expr/expr.h"

namespace commandcenter::expr {
namespace {

// The lines of every code block with this word after its backticks.
std::vector<std::string> block_lines(std::string_view word) {
  std::ifstream file("docs/formats/expressions.md");
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```"))
      inside = line == "```" + std::string(word);
    else if (inside && !line.empty())
      lines.push_back(line);
  }
  return lines;
}

struct Values {
  Values() {
    std::string text;
    for (const std::string& line : block_lines("json values"))
      text += line + "\n";
    auto parsed = parse_json(text);
    if (!parsed) return;
    all = std::move(*parsed);
    scope.context = find_member(all, "context");
    for (const auto& [id, node] : all["nodes"].items()) {
      ids.push_back(id);
      const Json* error = find_member(node, "error");
      nodes.push_back({find_key("nodes", id), find_member(node, "output"), node["status"].get_ref<const std::string&>(),
                       error == nullptr ? std::string_view() : std::string_view(error->get_ref<const std::string&>())});
    }
    for (const auto& [name, value] : all["variables"].items()) {
      names.push_back(name);
      variables.push_back({find_key("variables", name), &value});
    }
    scope.nodes = nodes;
    scope.variables = variables;
  }

  std::string_view find_key(const char* section, const std::string& key) const {
    for (const auto& member : all[section].get_ref<const Json::object_t&>()) {
      if (member.first == key) return member.first;
    }
    return {};
  }

  Json all;
  std::vector<std::string> ids;
  std::vector<std::string> names;
  std::vector<NodeValue> nodes;
  std::vector<Variable> variables;
  Scope scope;
};

template <typename Run>
void check(std::string_view word, std::size_t at_least, Run run) {
  const std::vector<std::string> lines = block_lines(word);
  ASSERT_GE(lines.size(), at_least) << "the examples were not found";
  constexpr std::string_view kArrow = " -> ";
  for (const std::string& line : lines) {
    const std::size_t arrow = line.rfind(kArrow);
    ASSERT_NE(arrow, std::string::npos) << line;
    const std::string expected = line.substr(arrow + kArrow.size());
    const Result<Json> result = run(line.substr(0, arrow));
    if (expected.starts_with("error: ")) {
      EXPECT_FALSE(result) << line << "\n  gave " << dump_json(*result);
      if (!result) {
        EXPECT_NE(result.error().message.find(expected.substr(7)), std::string::npos)
            << line << "\n  " << result.error().message;
      }
      continue;
    }
    const auto wanted = parse_json(expected);
    ASSERT_TRUE(wanted) << line;
    EXPECT_TRUE(result) << line << "\n  " << result.error().message;
    if (result) {
      EXPECT_EQ(dump_json(*result), dump_json(*wanted)) << line;
    }
  }
}

TEST(Documentation, every_expression_gives_what_it_says) {
  const Values values;
  check("examples", 100, [&](const std::string& text) -> Result<Json> {
    const auto compiled = Expression::compile(text, values.ids, values.names);
    if (!compiled) return fail(compiled.error());
    return compiled->evaluate(values.scope);
  });
}

TEST(Documentation, every_template_gives_what_it_says) {
  const Values values;
  check("templates", 10, [&](const std::string& text) -> Result<Json> {
    const auto tree = parse_json(text);
    if (!tree) return fail(tree.error());
    const auto compiled = Template::compile(*tree, values.ids, nullptr, values.names);
    if (!compiled) return fail(compiled.error());
    return compiled->resolve(values.scope);
  });
}

}  // namespace
}  // namespace commandcenter::expr
