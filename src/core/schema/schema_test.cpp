#include "core/schema/schema.h"

#include <gtest/gtest.h>

namespace commandcenter::schema {
namespace {

struct Case {
  const char* schema;
  const char* value;
  bool fits;
};

std::string name_of(const ::testing::TestParamInfo<Case>& info) { return "case" + std::to_string(info.index); }

class Keywords : public ::testing::TestWithParam<Case> {};

TEST_P(Keywords, mean_what_the_specification_says) {
  const auto json = parse_json(GetParam().schema);
  ASSERT_TRUE(json) << GetParam().schema;
  const auto schema = Schema::compile(*json);
  ASSERT_TRUE(schema) << schema.error().message;
  const auto value = parse_json(GetParam().value);
  ASSERT_TRUE(value) << GetParam().value;
  const auto violations = schema->validate(*value);
  EXPECT_EQ(violations.empty(), GetParam().fits) << GetParam().schema << " against " << GetParam().value << ": " << describe(violations);
}

INSTANTIATE_TEST_SUITE_P(Assertions, Keywords, ::testing::Values(
    Case{"{}", "[1]", true}, Case{"true", "1", true}, Case{"false", "1", false},
    Case{R"({"type":"integer"})", "1.0", true}, Case{R"({"type":"integer"})", "1.5", false},
    Case{R"({"type":"number"})", "1", true}, Case{R"({"type":["string","null"]})", "null", true},
    Case{R"({"type":["string","null"]})", "0", false}, Case{R"({"const":1})", "1.0", true},
    Case{R"({"const":{"a":1,"b":2}})", R"({"b":2,"a":1})", true}, Case{R"({"enum":[1,"x",null]})", "\"x\"", true},
    Case{R"({"enum":[1,"x"]})", "true", false}, Case{R"({"const":false})", "0", false},
    Case{R"({"minimum":3,"maximum":5})", "5", true}, Case{R"({"exclusiveMaximum":5})", "5", false},
    Case{R"({"multipleOf":0.01})", "0.07", true}, Case{R"({"multipleOf":2})", "7", false},
    Case{R"({"minLength":2,"maxLength":2})", "\"\\ud83d\\ude00x\"", true}, Case{R"({"maxLength":1})", "\"ab\"", false},
    Case{R"({"pattern":"^\\d{3}$"})", "\"123\"", true}, Case{R"({"pattern":"b"})", "\"abc\"", true},
    Case{R"({"pattern":"^a"})", "\"ba\"", false}, Case{R"({"minLength":5})", "1", true}), name_of);

INSTANTIATE_TEST_SUITE_P(Arrays, Keywords, ::testing::Values(
    Case{R"({"items":{"type":"integer"}})", "[1,2]", true}, Case{R"({"items":{"type":"integer"}})", R"([1,"x"])", false},
    Case{R"({"prefixItems":[{"type":"string"}],"items":false})", R"(["a"])", true},
    Case{R"({"prefixItems":[{"type":"string"}],"items":false})", R"(["a",1])", false},
    Case{R"({"contains":{"const":3},"minContains":2})", "[3,1,3]", true},
    Case{R"({"contains":{"const":3},"maxContains":1})", "[3,3]", false}, Case{R"({"contains":{"const":3}})", "[]", false},
    Case{R"({"uniqueItems":true})", "[1,1.0]", false}, Case{R"({"uniqueItems":true})", R"([{"a":1,"b":2},{"b":2,"a":1}])", false},
    Case{R"({"uniqueItems":true})", R"([1,"1",true,[1]])", true}, Case{R"({"minItems":1,"maxItems":2})", "[1,2,3]", false},
    Case{R"({"prefixItems":[true],"unevaluatedItems":false})", "[1,2]", false},
    Case{R"({"allOf":[{"prefixItems":[true,true]}],"unevaluatedItems":false})", "[1,2]", true}), name_of);

INSTANTIATE_TEST_SUITE_P(Objects, Keywords, ::testing::Values(
    Case{R"({"required":["a"]})", R"({"a":null})", true}, Case{R"({"required":["a"]})", "{}", false},
    Case{R"({"properties":{"a":{"type":"string"}},"additionalProperties":false})", R"({"a":"x"})", true},
    Case{R"({"properties":{"a":{}},"additionalProperties":false})", R"({"b":1})", false},
    Case{R"({"patternProperties":{"^x":{"type":"integer"}},"additionalProperties":false})", R"({"x1":1})", true},
    Case{R"({"propertyNames":{"maxLength":2}})", R"({"abc":1})", false}, Case{R"({"minProperties":1})", "{}", false},
    Case{R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})", false},
    Case{R"({"dependentSchemas":{"a":{"required":["b"]}}})", R"({"a":1,"b":2})", true},
    Case{R"({"properties":{"a":{}},"unevaluatedProperties":false})", R"({"a":1,"b":2})", false},
    Case{R"({"anyOf":[{"properties":{"a":{"const":1}}},{"properties":{"b":{}}}],"unevaluatedProperties":false})", R"({"a":1,"b":2})", true},
    Case{R"({"if":{"properties":{"a":{"const":1}},"required":["a"]},"then":{"properties":{"b":{}}},"unevaluatedProperties":false})", R"({"a":1,"b":2})", true}), name_of);

INSTANTIATE_TEST_SUITE_P(Applicators, Keywords, ::testing::Values(
    Case{R"({"oneOf":[{"minimum":2},{"type":"integer"}]})", "1", true}, Case{R"({"oneOf":[{"minimum":2},{"type":"integer"}]})", "3", false},
    Case{R"({"anyOf":[{"type":"string"},{"minimum":2}]})", "1", false}, Case{R"({"not":{"type":"string"}})", "\"x\"", false},
    Case{R"({"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":0}})", "-1", false},
    Case{R"({"$defs":{"p":{"type":"integer"}},"properties":{"a":{"$ref":"#/$defs/p"}}})", R"({"a":"x"})", false},
    Case{R"({"properties":{"child":{"$ref":"#"}},"additionalProperties":false})", R"({"child":{"child":{}}})", true},
    Case{R"({"properties":{"child":{"$ref":"#"}},"additionalProperties":false})", R"({"child":{"other":{}}})", false},
    Case{R"({"$defs":{"x~/y":{"const":1}},"$ref":"#/$defs/x~0~1y"})", "1", true},
    Case{R"({"$id":"https://example.org/root","$defs":{"n":{"$id":"node","$anchor":"here","type":"integer"}},"$ref":"node#here"})", "\"x\"", false},
    Case{R"({"$id":"https://example.org/tree","$dynamicAnchor":"node","properties":{"kids":{"items":{"$dynamicRef":"#node"}}},"required":["kids"]})",
         R"({"kids":[{"kids":[]},{}]})", false},
    Case{R"({"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}],"additionalItems":false})", R"(["a",1])", false},
    Case{R"({"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"p":{"type":"integer"}},"$ref":"#/definitions/p","maximum":1})", "5", true},
    Case{R"({"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"]}})", R"({"a":1})", false}), name_of);

std::string complaint(const char* schema, const char* value) {
  return describe(Schema::compile(*parse_json(schema))->validate(*parse_json(value)));
}

TEST(Messages, name_place_expectation_and_value) {
  EXPECT_EQ(complaint(R"({"properties":{"findings":{"items":{"properties":{"line":{"type":"integer"}}}}}})", R"({"findings":[{"line":"x"}]})"),
            R"(findings[0].line: expected integer, got string "x")");
  EXPECT_EQ(complaint(R"({"required":["target"]})", "{}"), "target is missing");
  EXPECT_EQ(complaint(R"({"properties":{"channel":{}},"additionalProperties":false})", R"({"chanel":1})"),
            R"(unknown member "chanel"; did you mean "channel"?)");
  EXPECT_EQ(complaint(R"({"enum":["a","b"]})", "\"c\""), R"(expected one of "a", "b", got "c")");
}

TEST(Compile, refuses_what_it_cannot_mean) {
  for (const char* bad : {R"j({"pattern":"(?=x)"})j", R"({"$ref":"https://example.org/other"})", R"({"minimum":"1"})", R"({"$ref":"#/nowhere"})",
                          R"({"properties":{"a":5}})", "5"}) {
    const auto schema = Schema::compile(*parse_json(bad));
    EXPECT_FALSE(schema) << bad;
  }
}

TEST(Bounds, endless_references_and_deep_schemas_end) {
  const auto loop = Schema::compile(*parse_json(R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}})"));
  ASSERT_TRUE(loop);
  EXPECT_FALSE(loop->validate(Json(1)).empty());
  std::string many = "[";
  for (int i = 0; i < 1000; ++i) many += R"({"a":1},)";
  EXPECT_EQ(Schema::compile(*parse_json(R"({"items":{"type":"string"}})"))->validate(*parse_json(many + "1]")).size(), 1U);
}

TEST(Properties, are_known_to_those_who_check_templates) {
  const auto schema = Schema::compile(*parse_json(R"({"required":["a"],"properties":{"a":{"type":"string"},"b":{}}})"));
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->required(), std::vector<std::string>{"a"});
  EXPECT_FALSE(schema->property("a").validate(Json(1)).empty());
  EXPECT_TRUE(schema->property("c").validate(Json(1)).empty());
}

}  // namespace
}  // namespace commandcenter::schema
