// The model as a whole: small pictures, the same bytes whatever the threads, hostile names, rules, what lies around.
#include "code/architecture/architecture.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "code/architecture/algorithms.h"
#include "code/architecture/layout.h"
#include "code/architecture/render.h"
#include "code/architecture/rules.h"

namespace commandcenter::architecture {
namespace {

class Repository : public TestFolder {
 public:
  Model model(unsigned threads = 2) const {
    Options options;
    options.threads = threads;
    auto read = read_architecture(path, options);
    if (!read) std::abort();
    return std::move(*read);
  }
};

class Shop : public Repository {
 public:
  Shop() {
    write("package.json", R"({"name": "shop", "bin": "src/cli.js"})");
    write("src/cli.js", "import './server/app.js'\n");
    write("src/server/app.js",
          "import express from 'express'\nimport { db } from '../store/db.js'\n"
          "const app = express()\napp.get('/orders/:id', show)\n// app.get('/not')\nconst s = \"app.post('/no')\"\n");
    write("src/store/db.js",
          "import pg from 'pg'\nimport '../ui/page.js'\nexport const url = process.env.DATABASE_URL\n");
    write("src/ui/page.js", "import '../store/db.js'\n");
    write("docker-compose.yml",
          "services:\n  web:\n    build: .\n    depends_on: [db]\n  db:\n    image: postgres:15\n");
  }
};

TEST(Architecture, feature_5_groups_edges_and_what_lies_around) {
  const Shop repository;
  const Model model = repository.model();
  EXPECT_EQ(model.name, "shop");
  const View view = view_of(model, 0);
  std::set<std::string> nodes;
  for (const ViewNode& node : view.nodes)
    nodes.insert(node.id);
  EXPECT_TRUE(nodes.contains("src/server") && nodes.contains("src/store") && nodes.contains("src/ui"));
  EXPECT_TRUE(nodes.contains("system:PostgreSQL"));
  ASSERT_EQ(model.cycles.size(), 1U);
  EXPECT_EQ(model.cycles[0].path.size(), 2U);
  const Json json = architecture_json(model);
  ASSERT_EQ(json["routes"].size(), 1U);  // not those in the comment and in the string
  EXPECT_EQ(json["routes"][0]["name"], "/orders/:id");
  EXPECT_EQ(json["routes"][0]["line"], 4);
  EXPECT_EQ(json["services"].size(), 2U);
  EXPECT_EQ(json["services"][0]["needs"][0], "db");
  EXPECT_EQ(json["entryPoints"][0]["file"], "src/cli.js");
  EXPECT_EQ(json["summary"]["imports"], 4);
}

TEST(Architecture, a_host_in_the_path_of_a_package_is_no_system) {
  const Repository repository;
  repository.write("go.mod", "module example.com/m\n");
  repository.write(
      "main.go", "package main\nimport (\n\t\"github.com/lib/pq\"\n\t\"github.com/spf13/cobra\"\n)\nfunc main() {}\n");
  const Model model = repository.model();
  ASSERT_EQ(model.systems.size(), 1U);
  EXPECT_EQ(model.systems[0].name, "PostgreSQL");
}

TEST(Architecture, feature_6_every_link_leads_to_a_file) {
  const Shop repository;
  const Json json = architecture_json(repository.model());
  for (const Json& view : json["views"]) {
    for (const Json& node : view["nodes"]) {
      if (!node.contains("source")) continue;
      EXPECT_TRUE(
          std::filesystem::exists(std::filesystem::path(repository.path) / node["source"]["file"].get<std::string>()));
    }
  }
}

TEST(Architecture, the_same_files_give_the_same_bytes) {
  const Shop repository;
  for (int i = 0; i < 120; ++i)
    repository.write(fmt::format("src/part{}/file{}.py", i % 12, i),
                     fmt::format("from part{} import file{}\n", (i + 1) % 12, (i * 7) % 120));
  const LinkBase links;
  for (const std::string_view format : {"json", "mermaid", "dot", "svg", "html"}) {
    const auto once = render(repository.model(1), "", format, links);
    const auto again = render(repository.model(8), "", format, links);
    ASSERT_TRUE(once && again) << format;
    EXPECT_EQ(*once, *again) << format;
  }
}

TEST(Architecture, no_picture_has_more_than_forty_parts) {
  const Repository repository;
  for (int i = 0; i < 300; ++i) {
    repository.write(fmt::format("flat/file{}.js", i), fmt::format("import './file{}.js'\n", (i + 1) % 300));
    repository.write(fmt::format("many/folder{}/a.py", i), "");
  }
  const Model model = repository.model();
  std::set<std::string> seen;
  for (std::size_t i = 0; i < model.groups.size(); ++i) {
    const View view = view_of(model, i);
    EXPECT_LE(view.nodes.size(), kMaxViewNodes) << model.groups[i].id;
    EXPECT_TRUE(seen.insert(model.groups[i].id).second) << model.groups[i].id;
    for (const std::uint32_t file : model.groups[i].members)
      seen.insert("file " + model.graph.files[file].path);
  }
  EXPECT_EQ(model.groups.front().files.size(), 600U);  // drilling down reaches every file
  for (const std::uint32_t file : model.groups.front().files)
    EXPECT_TRUE(seen.contains("file " + model.graph.files[file].path));
}

TEST(Architecture, feature_6_hostile_names_are_only_text) {
  const Repository repository;
  for (const std::string name : {"a\"b", "<script>alert(1)<", "%%{init", "end", "x;y", "`tick`", "-->", "|p|",
                                 "new\nline", "a\\b", "]]>", "javascript:alert(1)", "\xff\xfe"})
    repository.write(name + "/" + name + ".py", "");
  const Model model = repository.model();
  const LinkBase links;
  const std::string mermaid_text = *render(model, "", "mermaid", links);
  EXPECT_EQ(mermaid_text.find("<script"), std::string::npos);
  EXPECT_EQ(mermaid_text.find("%%{init\n"), std::string::npos);
  for (std::size_t line = mermaid_text.find("\n  n"); line != std::string::npos;
       line = mermaid_text.find("\n  n", line + 1)) {
    const std::string row = mermaid_text.substr(line + 1, mermaid_text.find('\n', line + 1) - line - 1);
    EXPECT_EQ(std::ranges::count(row, '"') % 2, 0) << row;
  }
  for (const std::string_view format : {"svg", "html"}) {
    const std::string text = *render(model, "", format, links);
    EXPECT_EQ(text.find("<script>alert"), std::string::npos) << format;
    EXPECT_EQ(text.find("href=\"javascript:"), std::string::npos) << format;
  }
  const std::string page_text = *render(model, "", "html", links);
  EXPECT_EQ(page_text.find("http://"), page_text.find("http://www.w3.org"));  // nothing is loaded
  EXPECT_EQ(page_text.find("https://"), std::string::npos);
}

TEST(Architecture, boxes_do_not_overlap_and_lines_touch_them) {
  const Shop repository;
  const Model model = repository.model();
  const View view = view_of(model, 0);
  const Drawing drawing = lay_out(view);
  for (std::size_t a = 0; a < drawing.boxes.size(); ++a) {
    for (std::size_t b = a + 1; b < drawing.boxes.size(); ++b) {
      const Box& one = drawing.boxes[a];
      const Box& two = drawing.boxes[b];
      const bool apart = one.x + one.width <= two.x || two.x + two.width <= one.x || one.y + one.height <= two.y ||
                         two.y + two.height <= one.y;
      EXPECT_TRUE(apart) << view.nodes[a].id << " and " << view.nodes[b].id;
    }
    EXPECT_GE(drawing.boxes[a].x, 0);
    EXPECT_LE(drawing.boxes[a].x + drawing.boxes[a].width, drawing.width);
  }
  for (const Line& line : drawing.lines) {
    const Box& from = drawing.boxes[view.edges[line.edge].from];
    EXPECT_GE(line.points.front().x, from.x);
    EXPECT_LE(line.points.front().x, from.x + from.width);
  }
}

TEST(Rules, ui_must_not_import_store) {
  const Shop repository;
  Model model = repository.model();
  const Json rules = {{"rules",
                       {{{"name", "ui-not-store"},
                         {"from", "src/ui"},
                         {"to", "src/store/**"},
                         {"message", "the interface asks the server"}}}},
                      {"noCycles", true}};
  ASSERT_TRUE(apply_rules(model, rules));
  const code::Report report = violations_report(model);
  ASSERT_EQ(report.findings.size(), 2U);
  EXPECT_EQ(report.findings[1].rule, "architecture/ui-not-store");
  EXPECT_EQ(report.findings[1].file, "src/ui/page.js");
  EXPECT_EQ(report.findings[1].line, 1U);
  const View view = view_of(model, 0);
  EXPECT_TRUE(std::ranges::any_of(view.edges, &ViewEdge::violation));
}

TEST(Rules, mistakes_name_their_place) {
  Model model;
  const auto wrong = apply_rules(model, {{"rules", {{{"from", "a"}}}}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "rules[0] has no \"to\"; expected a path or a glob");
  EXPECT_FALSE(apply_rules(model, Json(1)));
  EXPECT_FALSE(apply_rules(model, {{"rules", {{{"from", "a"}, {"to", 3}}}}}));
}

TEST(Rules, globs) {
  EXPECT_TRUE(glob_matches("src/ui", "src/ui/a.ts"));
  EXPECT_FALSE(glob_matches("src/ui", "src/uix/a.ts"));
  EXPECT_TRUE(glob_matches("src/*/a.ts", "src/b/a.ts"));
  EXPECT_FALSE(glob_matches("src/*/a.ts", "src/b/c/a.ts"));
  EXPECT_TRUE(glob_matches("**/a.ts", "a.ts"));
  EXPECT_TRUE(glob_matches("**/store/**", "x/y/store/z/a.ts"));
  EXPECT_TRUE(glob_matches("**/*_test.??", "x/y_test.go"));
  EXPECT_FALSE(glob_matches("**/*.go", "x/y.gone"));
}

TEST(Algorithms, components_and_cycles) {
  const Links links{{1}, {2}, {0, 3}, {4}, {3}, {}};
  const auto component = components(links);
  EXPECT_EQ(component[0], component[2]);
  EXPECT_EQ(component[3], component[4]);
  EXPECT_NE(component[0], component[3]);
  EXPECT_LT(component[3], component[0]);
  EXPECT_EQ(shortest_cycle(links, component, 0), (std::vector<std::uint32_t>{0, 1, 2}));
  const Links deep = [] {
    Links chain(200'000);
    for (std::uint32_t i = 0; i + 1 < chain.size(); ++i)
      chain[i].push_back(i + 1);
    return chain;
  }();
  EXPECT_EQ(components(deep).size(), deep.size());  // nothing recurses
}

TEST(Algorithms, reduction_and_communities) {
  EXPECT_EQ(implied_edges(3, {{0, 1}, {1, 2}, {0, 2}}), (std::vector<bool>{false, false, true}));
  EXPECT_EQ(implied_edges(3, {{0, 1}, {1, 0}, {0, 2}, {1, 2}}), (std::vector<bool>{false, false, false, false}));
  const auto two = communities(6, {{0, 1}, {1, 2}, {0, 2}, {3, 4}, {4, 5}, {3, 5}, {2, 3, 0.1}}, 1);
  EXPECT_EQ(two, (std::vector<std::uint32_t>{0, 0, 0, 1, 1, 1}));
  const auto order = least_backward(3, {{0, 1, 10}, {1, 0, 1}, {1, 2, 5}});
  EXPECT_LT(order[0], order[1]);
}

}  // namespace
}  // namespace commandcenter::architecture
