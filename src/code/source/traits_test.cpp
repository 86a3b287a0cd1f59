// What the name and the looks of a file say about it: minified, a library of others. One thread.

#include <string>

#include <gtest/gtest.h>

#include "code/source/source.h"

namespace commandcenter::code {
namespace {

std::string repeated(const std::string& line, int times) {
  std::string text;
  for (int i = 0; i < times; ++i)
    text += line;
  return text;
}

// As bundlers write: few lines, hardly a blank.
const std::string kDense =
    "var a=function(e,t){for(var n=0;n<e.length;n++)t(e[n],n)};a.b=function(e){return e.replace(/x/g,c)"
    ",d.push(e),f(e.g,h)};var q=1;\n";

TEST(Traits, a_script_of_long_lines_without_blanks_is_minified) {
  EXPECT_TRUE(traits_of("app/chunk.728.js", repeated(kDense, 20)).minified);
  EXPECT_TRUE(traits_of("app/chunk.mjs", repeated(kDense, 20)).minified);
  EXPECT_FALSE(traits_of("app/chunk.py", repeated(kDense, 20)).minified);
}

TEST(Traits, long_lines_that_people_write_are_not) {
  const std::string words =
      "  message('this text for people is long, as texts are, and it has a blank behind each of its words, you "
      "see');\n";
  EXPECT_FALSE(traits_of("texts.js", repeated(words, 40)).minified);
  const std::string code = "  const total = rows.map((row) => row.price).reduce((a, b) => a + b, 0);\n";
  EXPECT_FALSE(traits_of("sum.js", repeated(code, 40)).minified);
}

TEST(Traits, a_map_at_the_end_does_not_make_a_script_a_minified_one) {
  const std::string code = repeated("  const total = rows.map((row) => row.price);\n", 40);
  const std::string map =
      "//# sourceMappingURL=data:application/json;charset=utf-8;base64," + std::string(6'000, 'A') + "\n";
  EXPECT_FALSE(traits_of("compiled.js", code + map).minified);
}

TEST(Traits, a_library_is_known_by_its_name_and_by_what_it_says_of_itself) {
  const std::string jquery = "/*!\n * jQuery JavaScript Library v3.6.1\n */\n(function() {})();\n";
  for (const char* name : {"js/jquery.js", "js/jquery-3.6.1.js", "jquery-ui.js", "jquery.slim.js"})
    EXPECT_TRUE(traits_of(name, jquery).library) << name;
  EXPECT_FALSE(traits_of("d3.js", "// d3\n").library);
  EXPECT_TRUE(traits_of("Chart.js", "/* Copyright (c) 2015 */").library);
}

TEST(Traits, code_of_ones_own_is_no_library) {
  EXPECT_FALSE(traits_of("chart.js", "import { draw } from './draw';\n").library);
  EXPECT_FALSE(traits_of("chart.js", "/* Draws the chart of a page. */\n").library);
  EXPECT_FALSE(traits_of("charts.js", "/*! v1.2.3 */\n").library);
  EXPECT_FALSE(traits_of("jquery.py", "/*! v1.2.3 */\n").library);
  EXPECT_FALSE(traits_of("", "").library);
  EXPECT_TRUE(traits_of("lib/scriptaculous.js", "// script.aculo.us v1.9.0\n\n// Copyright (c) 2005\n").library);
  EXPECT_TRUE(traits_of("prototype.js", "// changed for us\n\n/* Prototype, version 1.7.3 */\n").library);
  EXPECT_FALSE(traits_of("prototype.js", "// changed for us\nvar version = '1.7.3';\n").library);
}

}  // namespace
}  // namespace commandcenter::code
