// Settings in configuration files: what was asked for, and not a byte more. Feature 26.
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/builtin/patcher/config_formats.h"
#include "base/document.h"

namespace commandcenter::patcher {
namespace {

std::string shown(const Result<std::string>& result) {
  return result ? *result : "error: " + result.error().message;
}

TEST(JsonConfig, keeps_comments_order_and_layout) {
  const std::string text =
      "\xef\xbb\xbf{\r\n\t// who\r\n\t\"name\" : \"x\", /* why */\r\n\t\"nested\": {\"a\": 1, \"b\": "
      "[1,2]},\r\n\t\"list\": [\r\n\t\t1\r\n\t],\r\n}\r\n";
  EXPECT_EQ(
      shown(merge_json(
          text, {{"name", "y"}, {"nested", {{"a", nullptr}, {"c", true}}}, {"list", {1, 2}}, {"new", {{"k", "v"}}}})),
      "\xef\xbb\xbf{\r\n\t// who\r\n\t\"name\" : \"y\", /* why */\r\n\t\"nested\": { \"b\": [1,2], \"c\": true},\r\n"
      "\t\"list\": [\r\n\t\t1,\r\n\t\t2\r\n\t],\r\n\t\"new\": {\r\n\t\t\"k\": \"v\"\r\n\t},\r\n}\r\n");
  EXPECT_EQ(shown(merge_json("{}", {{"a", {{"b", 1}}}})), "{\"a\": {\"b\":1}}");
  EXPECT_EQ(shown(merge_json("", {{"a", {{"b", 1}}}})), "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n");
  EXPECT_EQ(shown(merge_json("{\n    \"a\": 1,\n    \"b\": 2\n}\n", {{"b", nullptr}})), "{\n    \"a\": 1\n}\n");
  EXPECT_EQ(shown(merge_json("{\n    \"a\": 1,\n    \"b\": 2\n}\n", {{"a", nullptr}})), "{\n    \"b\": 2\n}\n");
  EXPECT_EQ(shown(merge_json("[1]", {{"a", 1}})), "error: it is not a JSON object");
}

TEST(YamlConfig, keeps_comments_order_and_layout) {
  const std::string text =
      "# top\nname: x  # why\nserver:\n    # listens\n    host: 'a'   # here\n    ports:\n    - 1\n    - 2\n\n    tls: "
      "{on: true}\n"
      "# tail\nlast: |\n    many\n    lines\nend: 1";
  EXPECT_EQ(shown(merge_yaml(
                text, {{"server", {{"host", "b"}, {"ports", {3}}, {"tls", {{"off", 1}}}, {"new", {{"deep", "true"}}}}},
                       {"name", nullptr},
                       {"last", "one"},
                       {"more", "yes: no"}})),
            "# top\nserver:\n    # listens\n    host: 'b'   # here\n    ports:\n        - 3\n\n    tls: "
            "{\"on\":true,\"off\":1}\n"
            "    new:\n        deep: \"true\"\n# tail\nlast: one\nend: 1\nmore: \"yes: no\"\n");
  EXPECT_EQ(shown(merge_yaml("", {{"a", {{"b", 1}}}})), "a:\n  b: 1\n");
  EXPECT_EQ(shown(merge_yaml("\r\n\n{}\r\r", Json::object())), "\r\n\n{}\r\r") << "nothing asked, nothing changed";
  EXPECT_NE(shown(merge_yaml("a: &x {b: 1}\nc: *x\n", {{"a", {{"b", 2}}}})), "a: &x {b: 2}\nc: *x\n")
      << "an anchor has more than one reader";
  EXPECT_TRUE(shown(merge_yaml("- a\n", {{"b", 1}})).starts_with("error: it is not a YAML mapping"));
}

TEST(TomlConfig, finds_values_wherever_they_stand) {
  const std::string text =
      "title = 'x' # why\nowner.name = \"a\"\n\n[server]\nport = 1 # one\nopts = { a = 1, b = \"c\" }\nlist = [\n  1, "
      "# first\n]\n\n"
      "[server.tls]\non = true\n\n[[item]]\nport = 5\n";
  EXPECT_EQ(
      shown(merge_toml(
          text,
          {{"title", "y"},
           {"owner", {{"name", "b"}}},
           {"server", {{"port", 2}, {"opts", {{"b", nullptr}, {"z", false}}}, {"list", {3}}, {"tls", {{"key", "k"}}}}},
           {"fresh", {{"x", 1}}},
           {"top", 1.5}})),
      "title = 'y' # why\nowner.name = \"b\"\ntop = 1.5\n\n[server]\nport = 2 # one\nopts = { a = 1, z = false }\nlist "
      "= [3]\n\n"
      "[server.tls]\non = true\nkey = \"k\"\n\n[[item]]\nport = 5\n\n[fresh]\nx = 1\n");
  EXPECT_EQ(shown(merge_toml("a = 1\n", {{"a", {{"b", 1}}}})), "error: a is a value, not a table");
  EXPECT_EQ(shown(merge_toml("a = [1\n", {{"b", 1}})), "error: it is not TOML: see line 2");
  EXPECT_EQ(shown(merge_toml("[a]\nb = \"\"\"x\n[c]\n\"\"\"\nd = 1\n", {{"a", {{"d", nullptr}}}})),
            "[a]\nb = \"\"\"x\n[c]\n\"\"\"\n");
  EXPECT_EQ(shown(merge_toml("[a]\nb = 1\n", {{"c", 2}})), "c = 2\n\n[a]\nb = 1\n");
}

TEST(LineConfig, keeps_what_is_around) {
  EXPECT_EQ(shown(merge_ini("; top\n[a]\nx = 1\ny=2\n\n[b]\nx = 3\n",
                            {{"a", {{"x", 5}, {"z", "n"}}}, {"b", {{"x", nullptr}}}, {"c", {{"k", "v"}}}})),
            "; top\n[a]\nx = 5\ny=2\nz = n\n\n[b]\n\n[c]\nk = v\n");
  EXPECT_EQ(
      shown(merge_ini("[a]\nx = 1 ; why\ny = a;b\t# c\nz =  ; none\n", {{"a", {{"x", 2}, {"y", "c;d"}, {"z", 3}}}})),
      "[a]\nx = 2 ; why\ny = c;d\t# c\nz =  3 ; none\n");
  EXPECT_EQ(
      shown(merge_assignments("# db\nHOST=a # where\nexport PORT='1'\nHOST2=b\n",
                              {{"HOST", "b"}, {"PORT", 2}, {"HOST2", nullptr}, {"NEW", "with $pace"}}, Assign::kEnv)),
      "# db\nHOST=b # where\nexport PORT='2'\nNEW=\"with \\$pace\"\n");
  EXPECT_EQ(shown(merge_assignments("a.b = 1\n! c\n", {{"a.b", "x y"}, {"d", "e\nf"}}, Assign::kProperties)),
            "a.b = x y\n! c\nd=e\\nf\n");
  EXPECT_TRUE(shown(merge_assignments("", {{"a b", 1}}, Assign::kEnv)).starts_with("error:"));
  EXPECT_TRUE(shown(merge_ini("", {{"a", {{"b", "c\nd"}}}})).starts_with("error:"))
      << "a value must not bring lines of its own";
}

// Documents and settings by chance: the result says what a merge patch says, and lines that nobody named stay.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t limit) { return random_() % limit; }
  Json scalar() {
    static const std::vector<Json> all{1,      -2,     true, false,  "x",          "two words", "true", "1",
                                       "a: b", "# no", "",   "it's", "say \"hi\"", "ü",         nullptr};
    return all[below(all.size() - 1)];
  }
  Json value(int depth) {
    const std::size_t kind = below(6);
    if (depth > 2 || kind < 3) return scalar();
    if (kind == 3) return Json::array({scalar(), scalar()});
    return object(depth + 1);
  }
  Json object(int depth) {
    Json whole = Json::object();
    for (std::size_t i = below(4) + (depth == 0 ? 1 : 0); i > 0; --i)
      whole[key()] = value(depth);
    return whole;
  }
  Json settings(int depth) {
    Json whole = Json::object();
    for (std::size_t i = below(3) + 1; i > 0; --i) {
      const std::size_t kind = below(5);
      whole[key()] = kind == 0 ? Json(nullptr) : kind < 3 && depth < 2 ? settings(depth + 1) : scalar();
    }
    return whole;
  }
  std::string key() { return std::string(1, static_cast<char>('a' + below(6))); }

  void yaml(const Json& value, std::size_t indent, std::string& out) {
    for (const auto& [key, member] : value.items()) {
      if (below(4) == 0) out += std::string(indent, ' ') + "# note " + std::to_string(below(100)) + "\n";
      out += std::string(indent, ' ') + key + ":";
      if (member.is_object() && !member.empty() && below(4) > 0) {
        out += "\n";
        yaml(member, indent + 2, out);
      } else {
        out += " " + dump_json(member) + (below(4) == 0 ? "  # why" : "") + "\n";
      }
    }
  }

 private:
  std::mt19937 random_;
};

TEST(ConfigProperty, json_is_a_merge_patch) {
  for (unsigned seed = 0; seed < 3'000; ++seed) {
    Chance chance(seed);
    const Json before = chance.object(0);
    const Json set = chance.settings(0);
    Json wanted = before;
    wanted.merge_patch(set);
    for (const std::string& text : {before.dump(), before.dump(2) + "\n", before.dump(1, '\t')}) {
      const auto after = merge_json(text, set);
      ASSERT_TRUE(after) << text << dump_json(set) << after.error().message;
      const auto read = parse_json(*after);
      ASSERT_TRUE(read) << *after;
      ASSERT_EQ(canonical_json(*read), canonical_json(wanted)) << text << "\n" << dump_json(set) << "\n" << *after;
    }
  }
}

TEST(ConfigProperty, yaml_is_a_merge_patch_and_comments_stay) {
  int refused = 0;
  for (unsigned seed = 0; seed < 3'000; ++seed) {
    Chance chance(seed);
    const Json before = chance.object(0);
    const Json set = chance.settings(0);
    std::string text;
    chance.yaml(before, 0, text);
    Json wanted = before;
    wanted.merge_patch(set);
    const auto after = merge_yaml(text, set);
    if (!after) {
      ++refused;
      ADD_FAILURE() << text << dump_json(set) << after.error().message;
      break;
    }
    const auto read = parse_document(*after);
    ASSERT_TRUE(read) << *after;
    ASSERT_TRUE(wanted.empty() || canonical_json(read->value) == canonical_json(wanted)) << text << dump_json(set);
    if (set.is_object() && !set.contains("a")) {
      const std::size_t line = text.find("\na: ");
      const std::string kept = line == std::string::npos ? "" : text.substr(line + 1, text.find('\n', line + 1) - line);
      ASSERT_NE(after->find(kept), std::string::npos) << kept;
    }
  }
  EXPECT_EQ(refused, 0);
}

TEST(ConfigProperty, toml_values_are_found_again) {
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    Chance chance(seed);
    const Json first = chance.settings(0);
    const auto made = merge_toml("# top\n", first);
    if (!made) continue;  // a value and a table of one name
    const auto again = merge_toml(*made, first);
    ASSERT_TRUE(again) << *made;
    ASSERT_EQ(*again, *made) << "the same settings change nothing";
    ASSERT_TRUE(made->starts_with("# top\n"));
  }
}

}  // namespace
}  // namespace commandcenter::patcher
