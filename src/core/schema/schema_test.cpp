#include "core/schema/schema.h"

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/json.h"

namespace commandcenter::schema {
namespace {

Json json(std::string_view text) {
  auto value = parse_json(text, 100'000);
  EXPECT_TRUE(value.has_value()) << text;
  return value ? std::move(*value) : Json();
}

Schema compiled(std::string_view schema, const CompileOptions& options = {}) {
  auto result = Schema::compile(json(schema), options);
  EXPECT_TRUE(result.has_value()) << result.error().message;
  return result ? *result : Schema();
}

std::string said(std::string_view schema, std::string_view value) {
  return describe(compiled(schema).validate(json(value)));
}

std::string refused(std::string_view schema) {
  const auto result = Schema::compile(json(schema));
  return result ? "compiled" : result.error().message;
}

std::string nested(std::string_view open, std::string_view close, std::size_t levels, std::string_view inside) {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i)
    text += open;
  text += inside;
  for (std::size_t i = 0; i < levels; ++i)
    text += close;
  return text;
}

// Of this process, so that a busy machine fails no test; what these tests guard against takes hours.
long cpu_seconds_since(std::clock_t start) {
  return static_cast<long>((std::clock() - start) / CLOCKS_PER_SEC);
}

TEST(Schema, AbsentAndEmptySchemasAcceptAnything) {
  EXPECT_TRUE(Schema().validate(json(R"({"a": 1})")).empty());
  EXPECT_TRUE(Schema::compile(Json()).value().validate(json("[1]")).empty());
  EXPECT_EQ(said("{}", "null"), "");
  EXPECT_EQ(said("true", "null"), "");
  EXPECT_EQ(said("false", "null"), "nothing is allowed here");
}

TEST(Schema, ViolationsNameThePlaceInValueAndSchema) {
  const Schema schema = compiled(R"({"properties": {"findings": {"items": {"$ref": "#/$defs/finding"}}},
      "$defs": {"finding": {"properties": {"line": {"type": "integer"}, "a b": {"type": "null"}}}}})");
  const auto violations = schema.validate(json(R"({"findings": [{}, {"line": "x", "a b": 1}]})"));
  ASSERT_EQ(violations.size(), 2U);
  EXPECT_EQ(violations[0].path, "findings[1].line");
  EXPECT_EQ(violations[0].message, "expected integer, got string \"x\"");
  EXPECT_EQ(violations[0].schema_path, "/$defs/finding/properties/line/type");
  EXPECT_EQ(violations[1].path, "findings[1][\"a b\"]");
  EXPECT_EQ(describe(violations),
            "findings[1].line: expected integer, got string \"x\"; findings[1][\"a b\"]: expected null, got integer 1");
}

TEST(Schema, MessagesSayWhatWasExpected) {
  EXPECT_EQ(said(R"({"type": ["string", "null"]})", "5"), "expected string or null, got integer 5");
  EXPECT_EQ(said(R"({"type": "object"})", "[1, 2]"), "expected object, got array of 2 items");
  EXPECT_EQ(said(R"({"enum": ["low", "high", 3]})", R"("hihg")"),
            R"(expected one of "low", "high", 3, got string "hihg"; did you mean "high"?)");
  EXPECT_EQ(said(R"({"const": "a"})", "1"), R"(expected "a", got integer 1)");
  EXPECT_EQ(said(R"({"minimum": 3})", "2.5"), "must be at least 3, got 2.5");
  EXPECT_EQ(said(R"({"multipleOf": 0.1})", "0.35"), "must be a multiple of 0.1, got 0.35");
  EXPECT_EQ(said(R"({"minLength": 3})", R"("äö")"), "must have at least 3 characters, has 2");
  EXPECT_EQ(said(R"({"maxItems": 1})", "[1, 2]"), "must have at most 1 item, has 2");
  EXPECT_EQ(said(R"({"prefixItems": [true], "items": false})", "[1, 2]"), "must have at most 1 item, has 2");
  EXPECT_EQ(said(R"({"pattern": "^a"})", R"("b")"), R"(must match the pattern "^a", got string "b")");
  EXPECT_EQ(said(R"({"uniqueItems": true})", "[1, 2, 1.0]"), "items must differ, but [0] and [2] are equal: 1.0");
  EXPECT_EQ(said(R"({"contains": {"type": "null"}})", "[1]"),
            "must contain at least 1 item that fits /contains, has 0");
  EXPECT_EQ(said(R"({"not": {"type": "null"}})", "null"), "must not fit /not");
  EXPECT_EQ(said(R"({"dependentRequired": {"a": ["b"]}})", R"({"a": 1})"),
            R"(missing property "b", which is required when "a" is present)");
  EXPECT_EQ(said(R"({"propertyNames": {"maxLength": 1}})", R"({"ab": 1})"),
            "ab: the property's name: must have at most 1 character, has 2");
  const std::string long_text(500, 'x');
  EXPECT_LT(said(R"({"type": "null"})", "\"" + long_text + "\"").size(), 120U);
}

TEST(Schema, UnknownAndMissingPropertiesNameTheNearest) {
  constexpr std::string_view kClosed =
      R"({"properties": {"target": {}, "severity": {}}, "required": ["target"], "additionalProperties": false})";
  EXPECT_EQ(said(kClosed, R"({"target": 1, "sevrity": 2})"),
            R"(sevrity: unknown property "sevrity"; did you mean "severity"?)");
  EXPECT_EQ(said(kClosed, R"({"target": 1, "zzz": 2})"), R"(zzz: unknown property "zzz"; known are target, severity)");
  EXPECT_EQ(said(R"({"properties": {"target": {}}, "required": ["target"]})", R"({"tagret": 1})"),
            R"(missing required property "target"; is "tagret" a misspelling of it?)");
  EXPECT_EQ(said(R"({"required": ["a", "b"]})", "{}"), R"(missing required properties "a", "b")");
  EXPECT_EQ(said(R"({"properties": {"name": {}}, "unevaluatedProperties": false})", R"({"nmae": 1})"),
            R"(nmae: unknown property "nmae"; did you mean "name"?)");
}

TEST(Schema, AlternativesSayWhichOneWasMeantOrWhyEachFails) {
  EXPECT_EQ(said(R"({"anyOf": [{"type": "null"}, {"minimum": 3}]})", "1"),
            "fits none of the 2 alternatives: (1) expected null, got integer 1, (2) must be at least 3, got 1");
  EXPECT_EQ(said(R"({"anyOf": [{"type": "null"}, {"properties": {"a": {"type": "null"}}}]})", R"({"a": 1})"),
            "a: expected null, got integer 1");
  EXPECT_EQ(said(R"({"oneOf": [{}, {"type": "string"}, {"type": "integer"}]})", "1"),
            "must fit exactly one of the 3 alternatives, fits (1) and (3)");
}

TEST(Schema, NestedAlternativesGiveAShortMessage) {
  Json schema = json(R"({"type": "null"})");
  for (int i = 0; i < 10; ++i)
    schema = Json::object({{"anyOf", Json::array({schema, schema})}});
  const std::string message = describe(Schema::compile(schema).value().validate(Json(5)));
  EXPECT_TRUE(message.starts_with("fits none of the 2 alternatives: (1) fits none of the 2 alternatives: (1)"));
  EXPECT_LT(message.size(), 700U);
}

TEST(Schema, ValuesMarkedSecretAreNotShown) {
  EXPECT_EQ(said(R"({"properties": {"token": {"type": "string", "writeOnly": true, "pattern": "^t"}}})",
                 R"({"token": "hunter2"})"),
            R"(token: must match the pattern "^t", got string (not shown))");
  EXPECT_EQ(said(R"({"format": "password", "enum": ["a"]})", R"("hunter2")"),
            R"(expected "a", got string (not shown))");
}

TEST(Schema, ReportsAtMostTheLimit) {
  const auto violations =
      compiled(R"({"items": {"type": "null"}})").validate(json("[" + nested("1,", "", 50, "1") + "]"));
  EXPECT_EQ(violations.size(), kMaxViolations);
  EXPECT_NE(describe(violations).find("only the first 20"), std::string::npos);
}

TEST(Schema, NumbersCompareExactly) {
  EXPECT_EQ(said(R"({"type": "integer"})", "1.0"), "");
  EXPECT_NE(said(R"({"const": 9007199254740993})", "9007199254740992"), "");
  EXPECT_NE(said(R"({"const": 9007199254740993})", "9007199254740992.0"), "");
  EXPECT_EQ(said(R"({"enum": [[1, {"a": 1, "b": 2}]]})", R"([1.0, {"b": 2.0, "a": 1}])"), "");
  EXPECT_NE(said(R"({"maximum": 18446744073709551614})", "18446744073709551615"), "");
  EXPECT_NE(said(R"({"minimum": 9223372036854775807})", "9223372036854775806"), "");
  EXPECT_NE(said(R"({"exclusiveMaximum": 9007199254740993.0})", "9007199254740993"), "");
  EXPECT_EQ(said(R"({"maximum": -1})", "-9223372036854775808"), "");
  EXPECT_EQ(said(R"({"multipleOf": 0.01})", "19.99"), "");
  EXPECT_NE(said(R"({"multipleOf": 0.01})", "19.999"), "");
  EXPECT_NE(said(R"({"multipleOf": 7})", "18446744073709551615"), "");
  EXPECT_EQ(said(R"({"multipleOf": 5})", "18446744073709551615"), "");
  EXPECT_EQ(said(R"({"const": 0})", "-0.0"), "");
}

TEST(Schema, TopLevelPropertiesAreKnown) {
  const Schema schema = compiled(R"({"$ref": "#/$defs/base", "properties": {"a": {}, "b": {}}, "required": ["b", "z"],
      "allOf": [{"properties": {"c": {}}, "required": ["c"]}], "anyOf": [{"properties": {"maybe": {}}}, true],
      "$defs": {"base": {"properties": {"d": {}}, "additionalProperties": false}}})");
  std::string text;
  for (const Property& property : schema.properties())
    text += property.name + (property.required ? "! " : " ");
  EXPECT_EQ(text, "a b! z! d c! ");
  EXPECT_TRUE(schema.closed());
  EXPECT_FALSE(compiled(R"({"properties": {"a": {}}})").closed());
  EXPECT_FALSE(compiled(R"({"patternProperties": {"^x": {}}, "additionalProperties": false})").closed());
  EXPECT_TRUE(Schema().properties().empty());
}

TEST(SchemaCompile, WrongKeywordsAreNamed) {
  EXPECT_EQ(refused("5"), "the schema: expected a schema (an object, true or false), got integer 5");
  EXPECT_EQ(refused(R"({"properties": {"a": {"type": "strng"}}})").substr(0, 76),
            R"(/properties/a/type: "strng" is no type; did you mean "string"?; the types ar)");
  EXPECT_EQ(refused(R"({"minLength": -1})"), "/minLength: expected a whole number of at least 0, got integer -1");
  EXPECT_EQ(refused(R"({"required": "a"})"), R"(/required: expected a list of property names, got string "a")");
  EXPECT_EQ(refused(R"({"multipleOf": 0})"), "/multipleOf: expected a number above 0, got integer 0");
  EXPECT_EQ(refused(R"({"properties": []})"), "/properties: expected an object of schemas, got array of 0 items");
  EXPECT_EQ(refused(R"({"allOf": {}})"), "/allOf: expected a list of at least one schema, got object with 0 members");
  EXPECT_NE(refused(R"({"items": [{}]})").find("prefixItems"), std::string::npos);
  EXPECT_NE(refused(R"({"$schema": "http://json-schema.org/draft-04/schema#"})").find("not supported"),
            std::string::npos);
  EXPECT_EQ(refused(R"({"$ref": 1})"), "/$ref: expected text, got integer 1");
  EXPECT_EQ(refused(R"({"$defs": {"a": {"$id": "urn:a"}, "b": {"$id": "urn:a"}}})"),
            R"(/$defs/b: another schema is already called "urn:a")");
}

TEST(SchemaCompile, ReferencesLeadSomewhere) {
  EXPECT_EQ(refused(R"({"items": {"$ref": "#/$defs/a"}})"),
            R"(/items: the reference "#/$defs/a" leads nowhere: there is no /$defs)");
  EXPECT_EQ(refused(R"({"$ref": "#a"})"),
            R"(the schema: the reference "#a" leads nowhere: nothing has the anchor "a")");
  EXPECT_NE(refused(R"({"$ref": "https://example.com/a.json"})").find("none is ever fetched"), std::string::npos);
  CompileOptions options;
  options.documents.emplace("https://example.com/a.json", json(R"({"type": "null"})"));
  const auto violations = compiled(R"({"$ref": "https://example.com/a.json"})", options).validate(Json(1));
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].schema_path, "https://example.com/a.json#/type");
}

TEST(SchemaCompile, LoopsAreRefusedButRecursionIsNot) {
  EXPECT_NE(refused(R"({"$ref": "#"})").find("refers to itself"), std::string::npos);
  EXPECT_EQ(
      refused(
          R"({"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"$ref": "#/$defs/a"}}})"),
      "the schema refers to itself for the same value, so no value could be decided: /$defs/a, /$defs/a/allOf/0, "
      "/$defs/b lead back to /$defs/a");
  EXPECT_NE(refused(R"({"not": {"$ref": "#"}})").find("refers to itself"), std::string::npos);
  const Schema tree = compiled(R"({"type": "object", "properties": {"next": {"$ref": "#"}}})");
  EXPECT_EQ(describe(tree.validate(json(R"({"next": {"next": 1}})"))), "next.next: expected object, got integer 1");
}

TEST(SchemaCompile, LoopsThatOnlyAValueShowsEnd) {
  const Schema schema = compiled(R"({"$id": "https://example.com/a", "$dynamicAnchor": "x", "$ref": "b",
      "$defs": {"b": {"$id": "b", "$ref": "#inner",
        "$defs": {"i": {"$anchor": "inner", "$dynamicRef": "#x"}, "x": {"$dynamicAnchor": "x"}}}}})");
  EXPECT_NE(describe(schema.validate(Json(1))).find("may refer to itself"), std::string::npos);
}

TEST(SchemaLimits, DepthOfSchemaAndValue) {
  EXPECT_NE(refused(nested(R"({"not":)", "}", kMaxSchemaDepth + 1, "true")).find("nested deeper"), std::string::npos);
  EXPECT_EQ(refused(nested(R"({"not":)", "}", kMaxSchemaDepth, "true")), "compiled");
  const Schema tree = compiled(R"({"items": {"$ref": "#"}})");
  EXPECT_TRUE(tree.validate(json(nested("[", "]", kMaxValueDepth, ""))).empty());
  const auto violations = tree.validate(json(nested("[", "]", 50'000, "")));
  EXPECT_EQ(describe(violations), "arrays and objects are nested deeper than 128 levels");
}

TEST(SchemaLimits, LongChainsOfReferencesEnd) {
  Json chain = json(R"({"$ref": "#/$defs/d0", "$defs": {}})");
  for (std::size_t i = 0; i < 2'000; ++i) {
    chain["$defs"]["d" + std::to_string(i)] = Json::object({{"$ref", "#/$defs/d" + std::to_string(i + 1)}});
  }
  chain["$defs"]["d2000"] = true;
  const auto schema = Schema::compile(chain);
  ASSERT_TRUE(schema.has_value()) << schema.error().message;
  EXPECT_NE(describe(schema->validate(Json(1))).find("more than 512 schemas inside one another"), std::string::npos);
}

TEST(SchemaLimits, SubschemasAreCounted) {
  Json many = Json::array();
  for (std::size_t i = 0; i <= kMaxSchemaNodes; ++i)
    many.push_back(true);
  const auto schema = Schema::compile(Json::object({{"anyOf", std::move(many)}}));
  ASSERT_FALSE(schema.has_value());
  EXPECT_EQ(schema.error().code, ErrorCode::kTooLarge);
}

// Doubles the work at each level: 2^40 steps without a limit. Also inside "not", where giving up must not mean "fits".
TEST(SchemaLimits, WorkIsBoundedAndRunningOutIsAViolation) {
  std::string defs = R"("d40": {"type": "null"})";
  for (int i = 39; i >= 0; --i) {
    const std::string next = R"({"$ref": "#/$defs/d)" + std::to_string(i + 1) + "\"}";
    defs += R"(, "d)" + std::to_string(i) + R"(": {"anyOf": [)" + next + "," + next + "]}";
  }
  for (const std::string_view root : {R"("$ref": "#/$defs/d0")", R"("not": {"$ref": "#/$defs/d0"})"}) {
    const Schema schema = compiled("{" + std::string(root) + R"(, "$defs": {)" + defs + "}}");
    EXPECT_NE(describe(schema.validate(Json(1))).find("more than 10000000 steps"), std::string::npos);
  }
}

TEST(SchemaLimits, LargeArraysOfDistinctItemsAreQuick) {
  Json items = Json::array();
  for (int i = 0; i < 200'000; ++i)
    items.push_back(Json::object({{"id", i}}));
  const std::clock_t start = std::clock();
  EXPECT_TRUE(compiled(R"({"uniqueItems": true})").validate(items).empty());
  EXPECT_LT(cpu_seconds_since(start), 30);
}

TEST(SchemaPattern, EvilPatternsTakeLinearTime) {
  const Schema schema = compiled(R"x({"pattern": "^(a+)+$"})x");
  const std::clock_t start = std::clock();
  EXPECT_FALSE(schema.validate(Json(std::string(100'000, 'a') + "!")).empty());
  EXPECT_LT(cpu_seconds_since(start), 30);
  EXPECT_NE(refused(R"x({"pattern": "((a{1,100}){1,100}){1,100}"})x").find("states"), std::string::npos);
  EXPECT_NE(refused(R"({"pattern": ")" + std::string(kMaxPattern_bytes + 1, 'a') + "\"}").find("4096"),
            std::string::npos);
  // Heavy for every byte: the work is refused before it is done.
  EXPECT_NE(describe(compiled(R"x({"pattern": "(x?.{0,900}){1}y$"})x").validate(Json(std::string(2'000'000, 'x'))))
                .find("steps"),
            std::string::npos);
}

TEST(SchemaPattern, SpeaksEcmaScript) {
  const auto fits = [](std::string_view pattern, std::string_view text) {
    const auto schema = Schema::compile(Json::object({{"pattern", std::string(pattern)}}));
    EXPECT_TRUE(schema.has_value()) << schema.error().message;
    return schema && schema->validate(Json(std::string(text))).empty();
  };
  EXPECT_TRUE(fits(R"(^a\/b$)", "a/b"));
  EXPECT_TRUE(fits(R"(^\u00e4\x41\u{1f432}\ud83d\udc32$)", "äA🐲🐲"));
  EXPECT_TRUE(fits(R"(^[\s]\S[^\S]$)", "\u00a0x\u2028"));
  EXPECT_FALSE(fits(R"(^\d$)", "\u0663"));
  EXPECT_TRUE(fits(R"(^\p{Letter}\p{Lu}\p{Script=Greek}$)", "äÄα"));
  EXPECT_TRUE(fits(R"(^(?<year>\d{4})-[^]$)", "2026-\n"));
  EXPECT_FALSE(fits(R"([])", "x"));
  EXPECT_FALSE(fits("^.$", "\u2028"));
  EXPECT_FALSE(fits("^a$", "a\n"));
  EXPECT_TRUE(fits("^a{,2}{x$", "a{,2}{x"));
  EXPECT_TRUE(fits(R"(^[[:alpha:]]$)", "a]"));
}

TEST(SchemaPattern, RefusalsSayWhy) {
  EXPECT_EQ(refused(R"x({"pattern": "(?=a)"})x").substr(0, 44), R"x(/pattern: the pattern "(?=a)" cannot be used)x");
  EXPECT_NE(refused(R"x({"pattern": "(?=a)"})x").find("look-around"), std::string::npos);
  EXPECT_NE(refused(R"x({"pattern": "(a)\\1"})x").find("back-references are not supported"), std::string::npos);
  EXPECT_NE(refused(R"({"patternProperties": {"\\A": true}})").find("no such escape"), std::string::npos);
  for (const std::string_view broken :
       {"[a", "a\\\\", "\\\\u12", "\\\\x1", "\\\\c", "\\\\p", "\\\\u{110000}", "(", ")", "*"}) {
    EXPECT_NE(refused(R"({"pattern": ")" + std::string(broken) + "\"}"), "compiled") << broken;
  }
}

TEST(SchemaFormat, IsCheckedOnlyOnRequest) {
  EXPECT_EQ(said(R"({"format": "date"})", R"("x")"), "");
  CompileOptions options;
  options.assert_format = true;
  EXPECT_EQ(describe(compiled(R"({"format": "date"})", options).validate(Json("2026-02-29"))),
            R"(expected a date such as 2026-01-31, got string "2026-02-29")");
  EXPECT_TRUE(compiled(R"({"format": "no-such"})", options).validate(Json("x")).empty());
}

}  // namespace
}  // namespace commandcenter::schema
