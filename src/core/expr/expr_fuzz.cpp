// Fuzz target: any text is compiled as an expression and as a template, and what compiles is evaluated on a fixed
// scope. Nothing may crash, hang or exceed the limits. Run it with ./dev fuzz expr.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/expr/expr.h"

namespace {

using commandcenter::dump_json;
using commandcenter::Json;
using commandcenter::parse_json;
using namespace commandcenter::expr;

constexpr std::string_view kContext =
    R"({"a":1,"d":-2.5,"s":"x{{ context.a }}y é","l":[1,[2,"z"],{"k":null}],"m":{"a":true,"b c":"q"},"n":null,)"
    R"("big":18446744073709551615,"min":-9223372036854775808})";

void check_result(const commandcenter::Result<Json>& result) {
  // Not the limit itself: an escaped character counts 1 and takes up to 6 bytes.
  if (result && dump_json(*result).size() > 8 * Limits::kMaxOutputBytes) std::abort();
  if (!result && result.error().message.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Json kContextJson = *parse_json(kContext);
  static const Json kOutput = *parse_json(R"({"count":3,"items":[{"name":"n"}]})");
  static const std::vector<std::string> kIds = {"scan", "node-0", "fix-it"};
  static const std::vector<std::string> kVariables = {"item"};
  const NodeValue nodes[] = {{"scan", &kOutput, "SUCCESS"}, {"node-0", &kOutput, "SUCCESS"}, {"fix-it", nullptr, ""}};
  const Variable variables[] = {{"item", &kOutput}};
  const Scope scope{&kContextJson, nodes, variables};
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const auto expression = Expression::compile(text, kIds, kVariables);
  if (expression)
    check_result(expression->evaluate(scope));
  else if (expression.error().message.empty())
    std::abort();

  Json tree = Json::object();
  tree[std::string(text)] = Json::array({std::string(text), "{{" + std::string(text) + "}}"});
  std::vector<TemplateError> errors;
  const auto compiled = Template::compile(tree, kIds, &errors, kVariables);
  if (compiled)
    check_result(compiled->resolve(scope));
  else if (errors.empty())
    std::abort();
  return 0;
}
