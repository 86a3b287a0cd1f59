// Two states in one model: what came, went and changed, in every form of picture; the same in both directions.
#include "code/architecture/difference.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "code/architecture/render.h"
#include "code/architecture/rules.h"

namespace commandcenter::architecture {
namespace {

class Difference : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "difference_test_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
    git("init -q -b main");
    write("src/store/db.js", "export const db = 1\n");
    write("src/server/app.js", "import '../store/db.js'\nimport '../old/gone.js'\napp.get('/orders', list)\n");
    write("src/old/gone.js", "import pg from 'pg'\n");
    write("src/ui/page.js", "import '../server/app.js'\n");
    commit();
    std::filesystem::remove_all(path_ / "src/old");
    write("src/store/db.js", "import '../server/app.js'\nexport const db = 1\n");
    write("src/server/app.js", "import express from 'express'\nimport '../store/db.js'\nexport const n = 1\n");
    write("src/mail/send.js", "import '../store/db.js'\n");
    write("src/mail/text.js", "");
    write("src/ui/page.js", "import '../server/app.js'\nimport '../mail/send.js'\nimport '../store/db.js'\n");
    commit();
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  void git(const std::string& arguments) const {
    const std::string line =
        fmt::format("git -C '{}' -c user.name=t -c user.email=t@example.com {} >/dev/null", path_.string(), arguments);
    ASSERT_EQ(std::system(line.c_str()), 0) << line;
  }
  void commit() const {
    git("add -A");
    git("commit -q -m change");
  }
  void write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  Result<Model> read(std::string_view diff, const Json& rules = {}) const {
    return read_model(path_.string(), {}, diff, rules);
  }

  std::filesystem::path path_{};
};

std::vector<std::string> texts(const Json& list, const char* member) {
  std::vector<std::string> result;
  for (const Json& entry : list)
    result.push_back(entry.is_string() ? entry.get<std::string>() : entry[member].get<std::string>());
  return result;
}

TEST_F(Difference, modules_imports_and_circles) {
  const auto model = read("HEAD~1..HEAD");
  ASSERT_TRUE(model) << model.error().message;
  const Json json = architecture_json(*model);
  const Json& difference = json["difference"];
  using Texts = std::vector<std::string>;
  EXPECT_EQ(texts(difference["modules"]["added"], "path"), Texts{"src/mail"});
  EXPECT_EQ(difference["modules"]["added"][0]["files"], 2);
  EXPECT_EQ(texts(difference["modules"]["removed"], "path"), Texts{"src/old"});
  EXPECT_EQ(texts(difference["files"]["added"], ""), (Texts{"src/mail/send.js", "src/mail/text.js"}));
  EXPECT_EQ(texts(difference["files"]["removed"], ""), Texts{"src/old/gone.js"});
  EXPECT_EQ(texts(difference["edges"]["added"], "from"),
            (Texts{"src/mail/send.js", "src/store/db.js", "src/ui/page.js", "src/ui/page.js"}));
  EXPECT_EQ(texts(difference["edges"]["removed"], "to"), Texts{"src/old/gone.js"});
  ASSERT_EQ(difference["cycles"]["added"].size(), 1U);
  EXPECT_EQ(difference["cycles"]["added"][0]["files"], (Json{"src/server/app.js", "src/store/db.js"}));
  EXPECT_TRUE(difference["cycles"]["removed"].empty());
  EXPECT_EQ(texts(difference["systems"]["removed"], "name"), Texts{"PostgreSQL"});
  EXPECT_EQ(difference["from"], "HEAD~1");
  EXPECT_EQ(json["summary"]["codeFiles"], 5);  // of the second state
  EXPECT_EQ(json["summary"]["imports"], 6);
  EXPECT_EQ(json["summary"]["languages"][0]["name"], "JavaScript");
  EXPECT_EQ(json["systems"].size(), 0U);
}

TEST_F(Difference, nodes_and_edges_of_views_say_what_became_of_them) {
  const auto model = read("HEAD~1..HEAD");
  ASSERT_TRUE(model) << model.error().message;
  const View view = view_of(*model, 0);
  const auto node = [&](std::string_view id) {
    const auto found = std::ranges::find(view.nodes, id, &ViewNode::id);
    return found == view.nodes.end() ? ViewNode{} : *found;
  };
  EXPECT_EQ(node("src/mail").change, Change::kAdded);
  EXPECT_EQ(node("src/old").change, Change::kRemoved);
  EXPECT_EQ(node("src/ui").change, Change::kNone);  // its imports changed, and those are lines
  EXPECT_EQ(node("system:PostgreSQL").change, Change::kRemoved);
  EXPECT_EQ(model->difference->groups.front(), Change::kChanged);
  for (const ViewEdge& edge : view.edges) {
    const std::string way = view.nodes[edge.from].id + " " + view.nodes[edge.to].id;
    if (way == "src/server src/store") {
      EXPECT_EQ(edge.change, Change::kNone);
    } else if (way == "src/server src/old") {
      EXPECT_EQ(edge.change, Change::kRemoved);
      EXPECT_FALSE(edge.cycle);
    } else if (way == "src/store src/server") {
      EXPECT_EQ(edge.change, Change::kAdded);
      EXPECT_TRUE(edge.cycle);
    }
  }
}

TEST_F(Difference, backwards_swaps_what_came_and_what_went) {
  const Json there = architecture_json(*read("HEAD~1..HEAD"))["difference"];
  const Json back = architecture_json(*read("HEAD..HEAD~1"))["difference"];
  for (const char* list : {"modules", "files", "edges", "cycles", "systems", "routes"}) {
    EXPECT_EQ(there[list]["added"], back[list]["removed"]) << list;
    EXPECT_EQ(there[list]["removed"], back[list]["added"]) << list;
  }
  const Json same = architecture_json(*read("HEAD..HEAD"))["difference"];
  EXPECT_TRUE(same["edges"]["added"].empty() && same["files"]["removed"].empty() && same["modules"]["added"].empty());
}

TEST_F(Difference, a_commit_and_the_files_of_the_folder) {
  write("src/mail/more.js", "");
  write("dist/bundle.js", "");
  const auto model = read("HEAD");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->difference->lists["files"]["added"], (Json{"dist/bundle.js", "src/mail/more.js"}));
  EXPECT_TRUE(model->difference->lists["files"]["removed"].empty());
  write("package.json", "{}");
  write("dist/bundle.js", "");
  commit();
  EXPECT_TRUE(read("HEAD")->difference->lists["files"]["removed"].empty());  // what is built is in neither state
}

TEST_F(Difference, three_dots_compare_with_where_both_parted) {
  git("checkout -q -b feature");
  write("src/mail/feature.js", "");
  commit();
  git("checkout -q main");
  write("src/mail/meanwhile.js", "");
  commit();
  EXPECT_EQ(read("main..feature")->difference->lists["files"]["removed"], (Json{"src/mail/meanwhile.js"}));
  EXPECT_TRUE(read("main...feature")->difference->lists["files"]["removed"].empty());
  EXPECT_EQ(read("main...feature")->difference->lists["files"]["added"], (Json{"src/mail/feature.js"}));
}

TEST_F(Difference, a_circle_that_grew_is_the_same_circle) {
  write("src/store/db.js", "import '../mail/send.js'\nexport const db = 1\n");
  write("src/mail/send.js", "import '../server/app.js'\n");
  commit();
  const Json cycles = read("HEAD~1..HEAD")->difference->lists["cycles"];
  EXPECT_TRUE(cycles["added"].empty());
  ASSERT_EQ(cycles["changed"].size(), 1U);
  EXPECT_EQ(cycles["changed"][0]["filesAdded"], (Json{"src/mail/send.js"}));
}

TEST_F(Difference, only_what_breaks_a_rule_since_is_a_finding) {
  const Json rules = {{"rules",
                       {{{"name", "ui"}, {"from", "src/ui"}, {"to", "src/store"}},
                        {{"name", "server"}, {"from", "src/server"}, {"to", "src/store"}}}}};
  const auto model = read("HEAD~1..HEAD", rules);
  ASSERT_TRUE(model) << model.error().message;
  ASSERT_EQ(model->violations.size(), 1U);
  EXPECT_EQ(model->violations[0].rule, "ui");
}

TEST_F(Difference, every_form_tells_by_shape_and_colour) {
  const auto model = read("HEAD~1..HEAD");
  ASSERT_TRUE(model) << model.error().message;
  const std::string mermaid_text = *render(*model, "", "mermaid", {});
  EXPECT_NE(mermaid_text.find("([\"+ mail"), std::string::npos) << mermaid_text;
  EXPECT_NE(mermaid_text.find("{{\"− old"), std::string::npos) << mermaid_text;
  EXPECT_NE(mermaid_text.find("-.->|−1|"), std::string::npos) << mermaid_text;
  EXPECT_NE(mermaid_text.find("==>|+1|"), std::string::npos) << mermaid_text;
  const std::string svg_text = *render(*model, "", "svg", {});
  EXPECT_NE(svg_text.find("+ came"), std::string::npos);
  EXPECT_NE(svg_text.find("stroke-dasharray"), std::string::npos);
  EXPECT_NE(render(*model, "", "dot", {})->find("shape=hexagon"), std::string::npos);
  EXPECT_NE(render(*model, "", "html", {})->find("\"difference\""), std::string::npos);
}

TEST_F(Difference, mistakes_say_what_to_do) {
  EXPECT_NE(read("nonsense..HEAD").error().message.find("nonsense"), std::string::npos);
  EXPECT_NE(read("..").error().message.find("expected A..B"), std::string::npos);
  EXPECT_NE(read("a..b..c").error().message.find("expected A..B"), std::string::npos);
  EXPECT_EQ(parse_range("..x")->from, "HEAD");
  EXPECT_EQ(parse_range("x..")->to, "HEAD");
  EXPECT_EQ(parse_range("x")->to, "");
  EXPECT_TRUE(parse_range("x...y")->since_fork);
}

}  // namespace
}  // namespace commandcenter::architecture
