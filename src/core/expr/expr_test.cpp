// What authors of expressions rely on beyond the examples of docs/formats/expressions.md: messages, references, limits.
#include "core/expr/expr.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace commandcenter::expr {
namespace {

const std::vector<std::string> kIds = {"scan", "fix-it", "node-0"};

Json json(std::string_view text) {
  return *parse_json(text);
}

std::string compile_error(std::string_view text) {
  const auto compiled = Expression::compile(text, kIds);
  return compiled ? "compiled" : compiled.error().message;
}

Result<Json> evaluate(std::string_view text, const Json& context) {
  const auto compiled = Expression::compile(text, kIds);
  if (!compiled) return fail(compiled.error());
  Scope scope;
  scope.context = &context;
  return compiled->evaluate(scope);
}

std::string evaluation_error(std::string_view text, const Json& context) {
  const auto result = evaluate(text, context);
  return result ? "evaluated to " + dump_json(*result) : result.error().message;
}

TEST(CompileExpression, errors_name_column_and_expectation) {
  EXPECT_EQ(compile_error("1 +"), "column 4: expected a value, found the end");
  EXPECT_EQ(compile_error(""), "column 1: expected a value, found the end");
  EXPECT_EQ(compile_error("1 2"), "column 3: expected an operator or the end, found '2'");
  EXPECT_EQ(compile_error("(1"), "column 3: expected ')', found the end");
  EXPECT_EQ(compile_error("true ? 1"), "column 9: expected ':' and the value for the other case, found the end");
  EXPECT_EQ(compile_error("'é' = 1"), "column 5: '=' is no operator; to compare write '=='");  // characters, not bytes
  EXPECT_EQ(compile_error("{a: 1}"), "column 2: expected a quoted key: 'a'");
  EXPECT_EQ(compile_error("context."), "column 9: expected a member name or an index after '.', found the end");
  EXPECT_EQ(compile_error("scna.output"), "column 1: unknown name 'scna'; did you mean 'scan'?");
  EXPECT_EQ(compile_error("nodes.fixit.output"), "column 7: the workflow has no node 'fixit'; did you mean 'fix-it'?");
  EXPECT_EQ(compile_error("1 | upper"),
            "column 3: '|' is no operator; for \"or\" write '||', to apply a function write f(x) or x.f()");
  EXPECT_NE(compile_error("nodes[context.id].output").find("expected the id of a node"), std::string::npos);
  EXPECT_NE(compile_error("scan.result").find("expected .output, .status or .error"), std::string::npos);
  EXPECT_NE(compile_error("has(1)").find("expected has(path)"), std::string::npos);
}

TEST(EvaluateExpression, errors_name_path_and_column_but_no_values) {
  const Json context = json(R"({"user":{"name":"hunter2"},"l":[1],"z":null})");
  EXPECT_EQ(evaluation_error("1 + context.user.nam", context),
            "column 18: context.user.nam is missing: context.user has no member 'nam'; did you mean 'name'?");
  EXPECT_EQ(evaluation_error("context.z.x", context), "column 11: context.z.x is missing: context.z is null");
  EXPECT_EQ(evaluation_error("context.l[3]", context), "column 10: context.l[3] is missing: context.l has 1 elements");
  EXPECT_EQ(evaluation_error("int(context.user.name)", context).find("hunter2"), std::string::npos);
  EXPECT_EQ(evaluate("context.q", context).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(evaluate("1 / 0", context).error().code, ErrorCode::kInvalid);
}

TEST(EvaluateExpression, parentheses_keep_the_path_before_them) {
  const Json context = json(R"({"a":{"b":[7]}})");
  EXPECT_EQ(dump_json(*evaluate("(context.a).b[0]", context)), "7");
  EXPECT_EQ(dump_json(*evaluate("(context).a.b", context)), "[7]");
  EXPECT_EQ(dump_json(*evaluate("{'x': context.a}.x['b'].0", context)), "7");
}

TEST(EvaluateExpression, default_forgives_only_what_is_missing_on_its_left) {
  const Json context = json(R"({"s":"x"})");
  EXPECT_EQ(dump_json(*evaluate("context.a ?? context.b ?? 3", context)), "3");
  EXPECT_EQ(dump_json(*evaluate("1 ?? context.b", context)), "1");
  EXPECT_NE(evaluation_error("context.a ?? context.b", context).find("context.b is missing"), std::string::npos);
  EXPECT_NE(evaluation_error("(context.s - 1) ?? 3", context).find("'-' cannot take string and int"),
            std::string::npos);
}

TEST(EvaluateExpression, compares_large_numbers_exactly) {
  const Json context = json(R"({"u":18446744073709551615,"i":9223372036854775807})");
  EXPECT_EQ(dump_json(*evaluate("[context.u > context.i, context.i < 9223372036854775808.0, context.u == context.u]",
                                context)),
            "[true,true,true]");
  EXPECT_EQ(dump_json(*evaluate("context.u", context)), "18446744073709551615");
  EXPECT_NE(evaluation_error("context.u + 1", context).find("cannot be computed with"), std::string::npos);
  EXPECT_NE(evaluation_error("-9223372036854775808 / -1", context).find("64-bit"), std::string::npos);
  EXPECT_NE(evaluation_error("-(-9223372036854775808)", context).find("64-bit"), std::string::npos);
}

TEST(EvaluateExpression, reads_node_status_and_variables) {
  const std::vector<std::string> variables = {"item"};
  const auto compiled =
      Expression::compile("item + ':' + scan.status + ':' + (scan.output ?? 'none')", kIds, variables);
  ASSERT_TRUE(compiled) << compiled.error().message;
  const Json item = "it";
  const NodeValue nodes[] = {{"scan", nullptr, "RUNNING"}};
  const Variable values[] = {{"item", &item}};
  EXPECT_EQ(dump_json(*compiled->evaluate(Scope{nullptr, nodes, values})), R"("it:RUNNING:none")");
}

TEST(References, list_every_place_read_up_to_the_first_computed_step) {
  const std::vector<std::string> variables = {"item"};
  const auto compiled = Expression::compile(
      "context.a.b[0] + nodes['fix-it'].output.x[context.i].y + scan.status + [item.z].map(q, q.w).size()", kIds,
      variables);
  ASSERT_TRUE(compiled) << compiled.error().message;
  std::string seen;
  for (const Reference& reference : compiled->references()) {
    seen += reference.root + "/" + reference.node_id + ":";
    for (const std::string& step : reference.path)
      seen += step + ".";
    seen += "@" + std::to_string(reference.column) + " ";
  }
  EXPECT_EQ(seen, "context/:a.b.0.@1 nodes/fix-it:output.x.@18 context/:i.@43 nodes/scan:status.@58 item/:z.@73 ");
}

TEST(Limits, nesting_is_bounded_and_chains_are_not_nesting) {
  std::string sum = "1";
  for (int i = 0; i < 3000; ++i)
    sum += " + 1";
  EXPECT_EQ(dump_json(*evaluate(sum, Json())), "3001");
  std::string concatenated = "true";
  for (int i = 0; i < 500; ++i)
    concatenated += " && true";
  EXPECT_EQ(dump_json(*evaluate(concatenated, Json())), "true");
  for (const auto& [open, close] :
       {std::pair("(", ")"), {"[", "]"}, {"!", ""}, {"size(", ")"}, {"-", ""}, {"1 ? 2 : ", ""}}) {
    std::string text;
    for (int i = 0; i < 70; ++i)
      text += open;
    text += "1";
    for (int i = 0; i < 70; ++i)
      text += close;
    EXPECT_NE(compile_error(text).find("nested deeper than 64"), std::string::npos) << open << compile_error(text);
  }
  std::string calls = "'x'";
  for (int i = 0; i < 70; ++i)
    calls += ".trim()";
  EXPECT_NE(compile_error(calls).find("nested deeper than 64"), std::string::npos);
}

TEST(Limits, patterns_are_bounded_whatever_their_repetitions) {
  EXPECT_NE(compile_error("matches('a', '((a{1,90}){90})?')").find("too large"), std::string::npos);
  EXPECT_NE(compile_error("matches('a', '((a?){70}[b-c]){60}')").find("too large"), std::string::npos);
  EXPECT_EQ(compile_error(R"(matches('a', r'^\d{4}-\d{2}-\d{2}T[0-9:.]{8,15}Z$'))"), "compiled");
  EXPECT_EQ(compile_error(R"(matches('a', r'[{]{2}[^]{9999]\{9999}'))"), "compiled");
  EXPECT_NE(compile_error(R"(matches('a', r'\Q[\E(a{90}){90}]'))").find("too large"), std::string::npos);
  Json context = Json::object();
  context["pattern"] = "(a{1000}){1000}";
  context["text"] = std::string(1'000'000, 'a');
  EXPECT_EQ(evaluate("matches('a', context.pattern)", context).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(evaluate("context.text.matches('(a?){900}b')", context).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(dump_json(*evaluate("context.text.matches('ERROR.*timeout')", context)), "false");
}

TEST(Limits, length_steps_and_output_are_bounded) {
  EXPECT_NE(compile_error("'" + std::string(17 * 1024, 'x') + "'").find("longer than 16384 bytes"), std::string::npos);

  Json context = Json::object();
  context["l"] = Json::array();
  for (int i = 0; i < 1000; ++i)
    context["l"].push_back(i);
  EXPECT_NE(evaluation_error("context.l.map(a, context.l.map(b, a * b))", context).find("more than 100000 steps"),
            std::string::npos);
  EXPECT_EQ(evaluate("context.l.exists(a, context.l.exists(b, a * b == -1))", context).error().code,
            ErrorCode::kTooLarge);
  EXPECT_EQ(dump_json(*evaluate("context.l.filter(a, a % 500 == 0)", context)), "[0,500]");

  context["s"] = std::string(1024 * 1024, 's');
  EXPECT_NE(evaluation_error("context.s", context).find("larger than 1048576 bytes"), std::string::npos);
  EXPECT_EQ(dump_json(*evaluate("context.s.size()", context)), "1048576");
  // Doubling again and again must end at the budget, not at the memory's end.
  std::string doubling = "[context.s]";
  for (int i = 0; i < 40; ++i)
    doubling += ".map(x, x + x)";
  EXPECT_NE(evaluation_error(doubling, context).find("steps"), std::string::npos);

  context["deep"] = json(std::string(60, '[') + std::string(60, ']'));
  EXPECT_NE(evaluation_error("[[[[[context.deep]]]]]", context).find("nested deeper than 64"), std::string::npos);
}

}  // namespace
}  // namespace commandcenter::expr
