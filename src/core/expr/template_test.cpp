// Templates: positions of errors, safety of inserted values, limits.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/expr/expr.h"

namespace commandcenter::expr {
namespace {

const std::vector<std::string> kIds = {"scan"};

Json json(std::string_view text) {
  return *parse_json(text);
}

Result<Json> resolve(const Json& tree, const Json& context) {
  const auto compiled = Template::compile(tree, kIds);
  if (!compiled) return fail(compiled.error());
  Scope scope;
  scope.context = &context;
  return compiled->resolve(scope);
}

TEST(CompileTemplate, reports_every_error_with_its_place) {
  const Json tree = json(R"({"message":"é {{ 1 + }} and {{ nope }}","metadata":{"items":[1,2,"{{ scan.outptu }}"]},
                            "x y":{"{{ 2 * }}":1},"open":"a {{ 'b"})");
  std::vector<TemplateError> errors;
  const auto compiled = Template::compile(tree, kIds, &errors);
  ASSERT_FALSE(compiled);
  std::string seen;
  for (const TemplateError& error : errors)
    seen += error.path + "@" + std::to_string(error.column) + " ";
  EXPECT_EQ(seen, "message@10 message@20 metadata.items[2]@9 [\"x y\"][\"{{ 2 * }}\"]@8 open@6 ");
  EXPECT_EQ(compiled.error().message, "'message', column 10: expected a value, found the end");
}

TEST(CompileTemplate, collects_references_with_columns_in_the_whole_string) {
  const auto compiled = Template::compile(json(R"(["{{ context.a }}",{"k":"é {{ scan.output.n }}"}])"), kIds);
  ASSERT_TRUE(compiled);
  ASSERT_EQ(compiled->references().size(), 2U);
  EXPECT_EQ(compiled->references()[0].column, 4U);
  EXPECT_EQ(compiled->references()[1].node_id, "scan");
  EXPECT_EQ(compiled->references()[1].column, 6U);
  EXPECT_FALSE(compiled->is_constant());
  EXPECT_TRUE(Template::compile(json(R"({"a":["}} {",1]})"), kIds)->is_constant());
}

TEST(ResolveTemplate, errors_name_input_template_and_path) {
  const auto result = resolve(json(R"({"a":[{"to":"hi {{ context.user.nam }}"}]})"), json(R"({"user":{"name":"x"}})"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "'a[0].to': {{ context.user.nam }} failed at column 20: context.user.nam is missing: context.user has no "
            "member 'nam'; did you mean 'name'?");
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
}

TEST(ResolveTemplate, result_size_and_depth_are_bounded) {
  Json context = Json::object();
  context["s"] = std::string(600 * 1024, 's');
  EXPECT_TRUE(resolve(json(R"(["{{ context.s }}"])"), context));
  const auto large = resolve(json(R"(["{{ context.s }}","x{{ context.s }}"])"), context);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kTooLarge);
  context["deep"] = json(std::string(64, '[') + std::string(64, ']'));
  EXPECT_TRUE(resolve(Json("{{ context.deep }}"), context));
  EXPECT_FALSE(resolve(json(R"(["{{ context.deep }}"])"), context));
  Json bulky = Json::array({std::string(2 * 1024 * 1024, 'x')});
  EXPECT_TRUE(Template::compile(bulky, kIds));
  bulky.push_back("{{ 1 }}");
  EXPECT_NE(Template::compile(bulky, kIds).error().message.find("at most 1048576 bytes"), std::string::npos);
  Json nested = "{{ context.s }}";
  for (std::size_t i = 0; i < Limits::kMaxOutputDepth; ++i)
    nested = Json::array({nested});
  EXPECT_TRUE(Template::compile(nested, kIds));
  EXPECT_FALSE(Template::compile(Json::array({nested}), kIds));
}

// --- for any context value, the resolved input has the structure of its definition ----------------------------------

class Numbers {  // a small deterministic generator (xorshift)
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U + 1) {}
  std::uint64_t below(std::uint64_t limit) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % limit;
  }

 private:
  std::uint64_t state_;
};

std::string any_text(Numbers& numbers) {
  static const std::vector<std::string> kPieces = {"{{ context.v }}",
                                                   "{{",
                                                   "}}",
                                                   "\"",
                                                   "\\",
                                                   "\n",
                                                   "\t",
                                                   "'",
                                                   "é",
                                                   "\U0001F600",
                                                   std::string(1, '\0'),
                                                   "a",
                                                   " ",
                                                   "$&",
                                                   "\",\"admin\":true,\"x\":\"",
                                                   "${x}",
                                                   "{{context.secret}}",
                                                   "\\u0022",
                                                   "//",
                                                   "__proto__"};
  std::string text;
  for (auto i = numbers.below(6); i > 0; --i)
    text += kPieces[numbers.below(kPieces.size())];
  return text;
}

Json any_value(Numbers& numbers, int depth) {
  switch (numbers.below(depth > 3 ? 5 : 7)) {
    case 0:
      return nullptr;
    case 1:
      return numbers.below(2) == 0;
    case 2:
      return static_cast<std::int64_t>(numbers.below(1'000'000)) - 500'000;
    case 3:
      return static_cast<double>(numbers.below(1'000'000)) / 7;
    case 4:
      return any_text(numbers);
    case 5: {
      Json list = Json::array();
      for (auto i = numbers.below(4); i > 0; --i)
        list.push_back(any_value(numbers, depth + 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (auto i = numbers.below(4); i > 0; --i)
        object[any_text(numbers)] = any_value(numbers, depth + 1);
      return object;
    }
  }
}

TEST(ResolveTemplate, keeps_the_structure_of_the_definition_whatever_the_values) {
  const Json tree =
      json(R"({"whole":"{{ context.v }}","text":"<{{ context.v }}|{{ context.s }}>","list":[{"s":"{{ context.s }}"},7],
                            "k-{{ context.s }}":"fixed","channel":"ops"})");
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    Numbers numbers(seed);
    Json context = Json::object();
    context["secret"] = "SECRET-VALUE";
    context["v"] = any_value(numbers, 0);
    const std::string text = any_text(numbers);
    context["s"] = text;
    const Json& value = context["v"];
    const auto result = resolve(tree, context);
    ASSERT_TRUE(result) << seed << result.error().message;

    const std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
    Json expected = Json::object();
    expected["whole"] = value;
    expected["text"] = "<" + shown + "|" + text + ">";
    expected["list"] = Json::array({Json::object(), 7});
    expected["list"][0]["s"] = text;
    expected["k-" + text] = "fixed";
    expected["channel"] = "ops";
    ASSERT_EQ(*result, expected) << "seed " << seed;
    ASSERT_EQ(result->dump().find("SECRET-VALUE"), std::string::npos) << "seed " << seed;
  }
}

}  // namespace
}  // namespace commandcenter::expr
