#include "base/document.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace commandcenter {
namespace {

using Place = std::pair<int, int>;

Document parsed(std::string_view text) {
  auto document = parse_document(text);
  EXPECT_TRUE(document) << (document ? "" : document.error().message);
  return document ? *document : Document{};
}

std::string error_of(std::string_view text) {
  const auto document = parse_document(text);
  EXPECT_FALSE(document) << text;
  return document ? std::string() : document.error().message;
}

TEST(Document, PlainScalarsFollowTheCoreSchema) {
  const Json value = parsed(R"(
a: [true, False, null, ~, 12, -3, +4, 0x1F, 0o17, 1.5, .5, 1e3, 18446744073709551615]
b: [yes, no, on, off, 2024-01-02, 1_000, 0b1, "12", 'true', .inf, 12:30:00, 1.2.3]
on: event
c:
)")
                         .value;
  EXPECT_EQ(dump_json(value["a"]), "[true,false,null,null,12,-3,4,31,15,1.5,0.5,1000.0,18446744073709551615]");
  EXPECT_EQ(dump_json(value["b"]),
            R"(["yes","no","on","off","2024-01-02","1_000","0b1","12","true",".inf","12:30:00","1.2.3"])");
  EXPECT_EQ(string_member(value, "on"), "event");
  EXPECT_TRUE(value["c"].is_null());
}

TEST(Document, KeepsTheOrderOfMembers) {
  EXPECT_EQ(dump_json(parsed("z: 1\na: 2\nm: {y: 1, b: 2}\n").value), R"({"z":1,"a":2,"m":{"y":1,"b":2}})");
}

TEST(Document, BlockTextKeepsItsLines) {
  EXPECT_EQ(string_member(parsed("text: |\n  one\n  two\n").value, "text"), "one\ntwo\n");
  EXPECT_EQ(string_member(parsed("text: >-\n  one\n  two\n").value, "text"), "one two");
}

TEST(Document, KnowsWhereYamlValuesStand) {
  const Document document = parsed("name: x\nnodes:\n  - id: a\n    dependsOn: [b, cc]\n  - {id: \"é\", agent: q}\n");
  EXPECT_EQ(document.locate("name"), Place(1, 1));
  EXPECT_EQ(document.locate("nodes[0]"), Place(3, 5));
  EXPECT_EQ(document.locate("nodes[0].dependsOn"), Place(4, 5));
  EXPECT_EQ(document.locate("nodes[0].dependsOn[1]"), Place(4, 20));
  EXPECT_EQ(document.locate("nodes[1].agent"), Place(5, 15));
  EXPECT_EQ(document.locate("nodes[1].input.deep[3].er"), Place(5, 5));  // the nearest that is there
  EXPECT_EQ(document.locate("nowhere"), Place(1, 1));
}

TEST(Document, KnowsWhereJsonValuesStand) {
  const Document document = parsed(
      "{\n\t\"name\": \"é{[\\\"\",\n \"nodes\": [ {}, {\"id\":\"a\", \"x y\": [1,{\"k\": null}]} ],\n\"e\":{ }, \"z\" "
      ": 2}");
  EXPECT_EQ(document.locate("name"), Place(2, 2));
  EXPECT_EQ(document.locate("nodes"), Place(3, 2));
  EXPECT_EQ(document.locate("nodes[0]"), Place(3, 13));
  EXPECT_EQ(document.locate("nodes[1].id"), Place(3, 18));
  EXPECT_EQ(document.locate("nodes[1][\"x y\"][1].k"), Place(3, 39));
  EXPECT_EQ(document.locate("z"), Place(4, 10));
  EXPECT_EQ(document.positions.size(), 12U);
}

TEST(Document, PathsOfYamlAndJsonAgree) {
  const Document yaml = parsed("a:\n  - {b: 1, \"c d\": [2]}\n  - [[3]]\ne.f: 4\n");
  const Document json = parsed(dump_json(yaml.value));
  ASSERT_EQ(yaml.value, json.value);
  std::vector<std::string> yaml_paths;
  std::vector<std::string> json_paths;
  for (const auto& [path, place] : yaml.positions)
    yaml_paths.push_back(path);
  for (const auto& [path, place] : json.positions)
    json_paths.push_back(path);
  EXPECT_EQ(yaml_paths, json_paths);
}

TEST(Document, JsonIsHeldToItsRules) {
  EXPECT_EQ(parsed("\xEF\xBB\xBF [1, \"yes\"]").value, Json::parse(R"([1,"yes"])"));
  EXPECT_TRUE(error_of("{name: x}").starts_with("line 1, column "));
  EXPECT_TRUE(error_of("{\"a\": 1,}").starts_with("line 1, column"));
  EXPECT_TRUE(error_of("[1] # note").starts_with("line 1, column"));
  EXPECT_TRUE(error_of(std::string_view("{}\0]],,\n", 8)).starts_with("line 1, column 3: a NUL"));
  EXPECT_EQ(error_of("\n" + std::string(65, '[')).find("line 2, column 65: nested deeper than 64 levels"), 0U);
}

TEST(Document, RefusesWhatYamlLetsPass) {
  EXPECT_NE(error_of("a: 1\nb: 2\na: 3\n").find("line 3, column 1: the key \"a\" occurs twice"), std::string::npos);
  EXPECT_NE(error_of("? [a]\n: 1\n").find("a key must be text"), std::string::npos);
  EXPECT_NE(error_of("a: !ruby/object {}\n").find("line 1"), std::string::npos);
  EXPECT_NE(error_of("a: !!int x\n").find("cannot carry the tag"), std::string::npos);
  EXPECT_NE(error_of("a: 1\n---\nb: 2\n").find("a second document"), std::string::npos);
  EXPECT_NE(error_of("a: \xFF\n").find("line 1, column 4: a byte"), std::string::npos);
  EXPECT_NE(error_of("a: [1\nb: 2\n").find("line "), std::string::npos);
  EXPECT_NE(error_of("a:\n\t- 1\n").find("line 2"), std::string::npos);
}

TEST(Document, AQuotationMustEnd) {
  const std::vector<std::pair<std::string, std::string>> torn{
      {"a: 1\nname: \"abc\n", "line 2, column 7: the text that begins here in quotes has no end; expected \""},
      {"a: 1\nname: 'abc\n\n", "line 2, column 7: the text that begins here in quotes has no end; expected '"},
      {"name: 'it''s''\n", "line 1, column 7: "},
      {"name: \"a \\\"\n", "line 1, column 7: "},
      {"name: \"a \\\\\\\"\nb: 1\n", "line 1, column 7: "},
      {"name: \"", "line 1, column 7: "},
      {"name: \"abc", "line 1, column "},
      {"a: [x, \"y]\n", "line 1, column 8: "},
      {"\"name\n", "line 1, column 1: "},
      {"? \"name\n", "line 1, column 3: "},
      {"a: !!str \"b\n", "line 1, column 10: "},
      {"a: &x !<tag:yaml.org,2002:str> # \"\n  'b\n", "line 2, column 3: "},
      {"\xEF\xBB\xBF\xEF\xBB\xBF"
       "a: 'b\n",
       "line 1, column 4: "},
  };
  for (const auto& [text, message] : torn)
    EXPECT_EQ(error_of(text).find(message), 0U) << text << "\n" << error_of(text);
}

TEST(Document, QuotesWithinOtherTextsNeedNoEnd) {
  EXPECT_EQ(dump_json(parsed("a: \"x'y \\\" z\"\nb: 'x\"y '' z'\nc: it's\nd: 5\" disk\n").value),
            R"({"a":"x'y \" z","b":"x\"y ' z","c":"it's","d":"5\" disk"})");
  EXPECT_EQ(dump_json(parsed("a: |\n  \"one\n  'two\nb: >-\n  \"x\nc: 1 # \"note\n# 'more\n").value),
            R"({"a":"\"one\n'two\n","b":"\"x","c":1})");
  EXPECT_EQ(dump_json(parsed("a: \"one\n  two\\\n  three\"\nb: 'one\n\n  two'\n'c': \"\"\nd: ''\n").value),
            R"({"a":"one twothree","b":"one\ntwo","c":"","d":""})");
  EXPECT_EQ(dump_json(parsed("a: !!str\n\"b\": !!str # 'x\nc: &t !!str 'q'\nd: [!!str , \"e\"]\n").value),
            R"({"a":"","b":"","c":"q","d":["","e"]})");
  EXPECT_EQ(dump_json(parsed("\xEF\xBB\xBF\xEF\xBB\xBF"
                             "'ab': 1\n'cd': \"é\"\r\ne: 'f'\r\n")
                          .value),
            R"({"ab":1,"cd":"é","e":"f"})");
}

TEST(Document, TagsOfTheCoreSchemaWork) {
  EXPECT_EQ(dump_json(parsed("a: !!str 12\nb: !!int \"5\"\nc: !!map {x: !!seq [1]}\nd: ! 7\n").value),
            R"({"a":"12","b":5,"c":{"x":[1]},"d":"7"})");
}

TEST(Document, AliasesAreCopiesWithinTheLimit) {
  EXPECT_EQ(dump_json(parsed("base: &b {x: [1, 2]}\ncopy: *b\ntext: &t hi\nagain: *t\n").value),
            R"({"base":{"x":[1,2]},"copy":{"x":[1,2]},"text":"hi","again":"hi"})");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k)
      bomb += (k > 0 ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_NE(error_of(bomb).find("more than 200000 values"), std::string::npos);
  std::string tower = "a0: &a0 [x]\n";
  for (int i = 1; i < 70; ++i)
    tower += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  EXPECT_NE(error_of(tower).find("nested deeper than 64"), std::string::npos);
  EXPECT_NE(error_of("a: &a [*a]\n").find("part of"), std::string::npos);
}

TEST(Document, DepthAndSizeAreLimited) {
  std::string deep;
  for (int i = 0; i < 80; ++i)
    deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_NE(error_of(deep).find("nested deeper than 64"), std::string::npos);
  const auto large = parse_document(std::string(kMaxDocument_bytes + 1, 'x'));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kTooLarge);
  EXPECT_NE(error_of(std::string(kMaxYaml_bytes + 1, 'x')).find("at most 1048576 are allowed"), std::string::npos);
  EXPECT_TRUE(parse_document("[\"" + std::string(kMaxYaml_bytes, 'x') + "\"]"));
  // Neither may take a document's places: a long key above many values.
  const Document document = parsed("{\"" + std::string(5000, 'k') + "\": [1,2,3], \"b\": 1}");
  EXPECT_EQ(document.positions.size(), 2U);
}

TEST(Document, AnEmptyTextIsNull) {
  EXPECT_TRUE(parsed("").value.is_null());
  EXPECT_TRUE(parsed("# only a comment\n").value.is_null());
}

TEST(Document, ReadsFilesAndNamesThemInErrors) {
  const auto path = std::filesystem::temp_directory_path() / "commandcenter_document_test.yaml";
  std::ofstream(path) << "a: [1\n";
  const auto broken = read_document(path.string());
  ASSERT_FALSE(broken);
  EXPECT_TRUE(broken.error().message.starts_with(path.string() + ": line "));
  std::ofstream(path) << "a: 1\n";
  ASSERT_TRUE(read_document(path.string()));
  std::filesystem::remove(path);
  EXPECT_FALSE(read_document(path.string()));
  const auto folder = read_document(std::filesystem::temp_directory_path().string());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace commandcenter
