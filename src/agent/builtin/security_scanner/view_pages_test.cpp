// Pages that code shows: what they put out is found in them, with what they are given.
#include "agent/builtin/security_scanner/view_pages.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/builtin/security_scanner/flaws.h"
#include "agent/builtin/security_scanner/test_folder.h"

namespace commandcenter::security_scanner {
namespace {

using Lines = std::vector<std::string>;

Lines shown_in(const TestFolder& folder, bool gated) {
  code::ScanOptions options;
  options.secrets = false;
  options.analyzers.push_back(flaws(families(), {.root = folder.path, .whole = true, .gated = gated}));
  Lines lines;
  const auto report = code::scan_tree(folder.path, "", options);
  for (const code::Finding& finding : report ? report->findings : std::vector<code::Finding>{})
    lines.push_back(fmt::format("{}:{} {}", finding.file, finding.line, finding.rule));
  return lines;
}

void expect_shown(const TestFolder& folder, const Lines& lines) {
  EXPECT_EQ(shown_in(folder, true), lines);
  EXPECT_EQ(shown_in(folder, false), lines) << "without the gate";
}

TEST(ViewPages, included_pages_see_the_names_around_them) {
  const TestFolder folder;
  folder.write("index.php",
               "<?php\n$title = $_GET['title'];\n$safe = htmlspecialchars($title);\n$id = (int) $_GET['id'];\n"
               "include 'partials/header.php';\nrequire __DIR__ . '/partials/body.phtml';\n");
  folder.write("partials/header.php", "<h1><?= $title ?></h1>\n<h1><?= $safe ?></h1>\n<h1 id=\"<?= $id ?>\"></h1>\n");
  folder.write("partials/body.phtml", "<p><?= htmlspecialchars($title) ?></p>\n<p><?php echo $title; ?></p>\n");
  expect_shown(folder, {"partials/body.phtml:2 xss/php-echo", "partials/header.php:1 xss/php-echo"});
}

TEST(ViewPages, views_get_what_they_are_given_by_name) {
  const TestFolder folder;
  folder.write("controllers/SiteController.php",
               "<?php\nclass SiteController extends Controller\n{\n    public function actionIndex()\n    {\n"
               "        $name = Yii::$app->request->get('name');\n        $other = $name;\n"
               "        return $this->render('index', ['name' => $name, 'size' => strlen($name)]);\n    }\n}\n");
  folder.write("views/site/index.php",
               "<h1><?= $name ?></h1>\n<h1><?= $size ?></h1>\n<h1><?= $other ?></h1>\n"
               "<h1><?= Html::encode($name) ?></h1>\n");
  expect_shown(folder, {"views/site/index.php:1 xss/php-echo"});
}

TEST(ViewPages, a_function_of_the_program_may_show_them) {
  const TestFolder folder;
  folder.write("app.php",
               "<?php\nfunction render(string $view, array $vars = [])\n{\n    extract($vars);\n"
               "    include __DIR__ . '/views/' . $view . '.php';\n}\n\nclass Lists\n{\n    public function show()\n"
               "    {\n        render('list', ['q' => $_GET['q'], 'n' => 3]);\n    }\n}\n");
  folder.write("views/list.php", "<h1><?= $q ?></h1>\n<h1><?= $n ?></h1>\n");
  expect_shown(folder, {"views/list.php:1 xss/php-echo"});
}

TEST(ViewPages, what_they_give_was_looked_at_in_them) {
  const TestFolder folder;
  folder.write("app/Controllers/Rows.php",
               "<?php\nclass Rows extends BaseController\n{\n    public function show()\n    {\n"
               "        echo view('parts/row', ['name' => $this->request->getGet('name')]);\n    }\n}\n");
  folder.write("app/Views/parts/row.php", "<td><?= esc($name) ?></td>\n");
  expect_shown(folder, {});
}

TEST(ViewPages, what_declares_functions_is_no_page) {
  EXPECT_TRUE(is_view("a.php", "<p><?= $a ?></p>", code::Grammar::kPhp));
  EXPECT_FALSE(is_view("a.php", "<?php\n$a = 1;\n", code::Grammar::kPhp));
  EXPECT_FALSE(is_view("a.php", "<?php\nfunction show() {\n?><p><?= $a ?></p><?php }\n", code::Grammar::kPhp));
}

// Of Rails they escape.
TEST(ViewPages, pages_of_sinatra_put_out_what_they_get) {
  TestFolder folder;
  const std::string app =
      "get '/' do\n  @q = params[:q]\n  @n = params[:n].to_i\n  erb :list, locals: { name: params[:name] }\nend\n";
  folder.write("app.rb", "require 'sinatra'\n" + app);
  folder.write("views/list.erb",
               "<h1><%= @q %></h1>\n<h1><%= @n %></h1>\n<h1><%= h(@q) %></h1>\n<% @q.split(',').each do |part| %>\n"
               "  <li><%= part -%></li>\n<% end %>\n<%# @q %><%= name %>\n");
  expect_shown(folder, {"views/list.erb:1 xss/server", "views/list.erb:5 xss/server", "views/list.erb:7 xss/server"});
  folder.write("app.rb", "require 'sinatra'\nset :erb, escape_html: true\n" + app);
  expect_shown(folder, {});
}

TEST(ViewPages, pages_become_ruby_of_the_same_length) {
  EXPECT_EQ(ruby_of_page("<a>\n<%= b -%>\n<% if c %><%# d %><%== e %>"), "   \n_p  b  ; \n   if c ;         _p   e ; ");
}

}  // namespace
}  // namespace commandcenter::security_scanner
