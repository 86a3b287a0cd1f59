// Schema document → program: every subschema that can be reached becomes a node, every keyword a rule. A keyword with a
// value of the wrong kind, a reference that leads nowhere and a schema that refers to itself on the same value are
// errors.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "core/schema/documents.h"
#include "core/schema/equality.h"
#include "core/schema/loops.h"
#include "core/schema/messages.h"
#include "core/schema/pattern.h"
#include "core/schema/program.h"

namespace commandcenter::schema {
namespace {

constexpr auto kTypes =
    std::to_array<std::string_view>({"null", "boolean", "integer", "number", "string", "array", "object"});

class Compiler {
 public:
  explicit Compiler(const CompileOptions& options) : options_(options), documents_(options) {}

  Result<Program> run(const Json& schema) {
    if (auto done = documents_.add("", schema); !done) return fail(done.error());
    node_for(schema);
    std::size_t anchors_seen = 0;
    for (NodeIndex next = 0; next < pending_.size() && !error_; ++next) {
      compile_node(next);
      // A document named meanwhile may bring anchors that a "$dynamicRef" can mean.
      for (; anchors_seen < documents_.dynamic_anchors().size(); ++anchors_seen) {
        node_for(*documents_.dynamic_anchors()[anchors_seen].subschema);
      }
    }
    if (error_) return fail(std::move(*error_));
    program_.dynamic_anchors.resize(documents_.resource_count());
    for (const auto& anchor : documents_.dynamic_anchors()) {
      program_.dynamic_anchors[anchor.resource].emplace(anchor.name, nodes_.at(anchor.subschema));
    }
    if (auto loop = describe_loop(program_)) return fail(ErrorCode::kInvalid, std::move(*loop));
    collect_properties(program_);
    return std::move(program_);
  }

 private:
  // The node of a subschema; it is compiled later, so that chains of references need no stack.
  NodeIndex node_for(const Json& subschema) {
    const auto [at, added] = nodes_.emplace(&subschema, program_.nodes.size());
    if (added) {
      const Place& place = documents_.place_of(subschema);
      Node node;
      node.location = place.pointer;
      node.resource = place.resource;
      program_.nodes.push_back(std::move(node));
      pending_.push_back(&subschema);
    }
    return at->second;
  }

  Node& node() { return program_.nodes[current_]; }
  const Json* keyword(std::string_view name) const { return find_member(*schema_, name); }
  template <typename Body>
  void add(std::string_view name, Body body) {
    node().rules.push_back(Rule{name, std::move(body)});
  }

  void wrong(std::string_view name, std::string_view expected, const Json& got) {
    broken(ErrorCode::kInvalid, name, fmt::format("expected {}, got {}", expected, excerpt(got)));
  }
  void broken(ErrorCode code, std::string_view name, std::string_view what) {
    if (!error_) error_ = Error{code, fmt::format("{}/{}: {}", node().location, name, what)};
  }

  void compile_node(NodeIndex index) {
    current_ = index;
    schema_ = pending_[index];
    if (schema_->is_boolean()) {
      node().never = !schema_->get<bool>();
      return;
    }
    dialect_ = documents_.place_of(*schema_).dialect;
    const bool modern = dialect_ == Dialect::kDraft2020;
    references();
    if (!modern && keyword("$ref") != nullptr) return;  // in draft-07 a reference stands alone
    node().secret = string_member(*schema_, "format") == "password" ||
                    (keyword("writeOnly") != nullptr && *keyword("writeOnly") == Json(true));
    types();
    values();
    numbers();
    sizes();
    texts();
    required();
    properties();
    items();
    combinations();
    dependencies();
    if (modern) unevaluated();
  }

  void references() {
    for (const std::string_view name : {"$ref", "$dynamicRef"}) {
      const Json* reference = keyword(name);
      const bool dynamic = name == "$dynamicRef";
      if (reference == nullptr || (dynamic && dialect_ == Dialect::kDraft07)) continue;
      const std::string& text = reference->get_ref<const std::string&>();
      const auto target = documents_.find(documents_.place_of(*schema_), text);
      if (!target) {
        if (!error_) error_ = target.error();
        return;
      }
      RefRule rule;
      rule.node = node_for(**target);
      const std::size_t hash = text.find('#');
      if (dynamic && hash != std::string::npos && text.size() > hash + 1 &&
          string_member(**target, "$dynamicAnchor") == text.substr(hash + 1)) {
        rule.dynamic_anchor = text.substr(hash + 1);
      }
      add(name, std::move(rule));
    }
  }

  void types() {
    const Json* value = keyword("type");
    if (value == nullptr) return;
    TypeRule rule;
    const Json list = value->is_array() ? *value : Json::array({*value});
    for (const Json& type : list) {
      const std::string name = type.is_string() ? type.get<std::string>() : std::string();
      if (std::find(kTypes.begin(), kTypes.end(), name) == kTypes.end()) {
        const std::vector<std::string> known(kTypes.begin(), kTypes.end());
        return broken(
            ErrorCode::kInvalid, "type",
            fmt::format("{} is no type{}; the types are {}", short_json(type), suggestion(name, known), listed(known)));
      }
      rule.types.push_back(name);
    }
    if (rule.types.empty()) return wrong("type", "a type or a list of types", *value);
    add("type", std::move(rule));
  }

  void values() {
    for (const std::string_view name : {"enum", "const"}) {
      const Json* value = keyword(name);
      if (value == nullptr) continue;
      if (name == "enum" && !value->is_array()) return wrong(name, "a list of values", *value);
      EnumRule rule;
      const auto allow = [&](const Json& allowed) {
        rule.keys.insert(equality_key(allowed));
        rule.shown.push_back(short_json(allowed));
        if (allowed.is_string()) rule.texts.push_back(allowed.get<std::string>());
      };
      if (name == "const")
        allow(*value);
      else
        std::for_each(value->begin(), value->end(), allow);
      add(name, std::move(rule));
    }
  }

  void numbers() {
    using Kind = NumberRule::Kind;
    constexpr auto kKeywords = std::to_array<std::pair<std::string_view, Kind>>({
        {"minimum", Kind::kMinimum},
        {"maximum", Kind::kMaximum},
        {"exclusiveMinimum", Kind::kExclusiveMinimum},
        {"exclusiveMaximum", Kind::kExclusiveMaximum},
        {"multipleOf", Kind::kMultipleOf},
    });
    for (const auto& [name, kind] : kKeywords) {
      const Json* value = keyword(name);
      if (value == nullptr) continue;
      if (!value->is_number() || !std::isfinite(value->get<double>())) return wrong(name, "a number", *value);
      if (kind == Kind::kMultipleOf && value->get<double>() <= 0) return wrong(name, "a number above 0", *value);
      add(name, NumberRule{kind, *value});
    }
  }

  // A keyword whose value is a number of things.
  std::optional<std::uint64_t> count(std::string_view name) {
    const Json* value = keyword(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_number_unsigned() || (value->is_number_integer() && value->get<std::int64_t>() >= 0)) {
      return value->get<std::uint64_t>();
    }
    constexpr double kLargestExact = 9007199254740992.0;
    if (is_integral(*value) && value->is_number_float() && value->get<double>() >= 0 &&
        value->get<double>() <= kLargestExact) {
      return static_cast<std::uint64_t>(value->get<double>());
    }
    wrong(name, "a whole number of at least 0", *value);
    return std::nullopt;
  }

  void sizes() {
    using Of = SizeRule::Of;
    struct SizeKeyword {
      std::string_view name;
      Of of;
      bool at_least;
    };
    constexpr auto kKeywords = std::to_array<SizeKeyword>({
        {"minLength", Of::kText, true},
        {"maxLength", Of::kText, false},
        {"minItems", Of::kArray, true},
        {"maxItems", Of::kArray, false},
        {"minProperties", Of::kObject, true},
        {"maxProperties", Of::kObject, false},
    });
    for (const SizeKeyword& size : kKeywords) {
      if (const auto bound = count(size.name)) add(size.name, SizeRule{size.of, size.at_least, *bound});
    }
  }

  std::optional<Pattern> pattern(std::string_view name, const std::string& text) {
    const auto refuse = [&](ErrorCode code, std::string_view why) {
      broken(code, name, fmt::format("the pattern {} cannot be used: {}", in_quotes(text), why));
      return std::nullopt;
    };
    if (text.size() > kMaxPattern_bytes) {
      return refuse(ErrorCode::kTooLarge,
                    fmt::format("it has {} bytes, {} are allowed", text.size(), kMaxPattern_bytes));
    }
    const auto translated = translate_pattern(text);
    if (!translated) return refuse(ErrorCode::kInvalid, translated.error().message);
    if (translated->weight > kMaxPatternWeight) {
      return refuse(ErrorCode::kTooLarge,
                    fmt::format("its repetition counts multiply to {} or more states, {} are allowed; "
                                "use minLength and maxLength, or smaller counts",
                                translated->weight, kMaxPatternWeight));
    }
    pattern_weight_ += translated->weight;
    if (pattern_weight_ > kMaxSchemaPatternWeight) {
      return refuse(ErrorCode::kTooLarge, fmt::format("all patterns of the schema together need more than {} states",
                                                      kMaxSchemaPatternWeight));
    }
    auto regex = Regex::compile(translated->text);
    if (!regex) {
      return refuse(ErrorCode::kInvalid,
                    regex.error().message + " (RE2 syntax: look-around and back-references are not supported)");
    }
    return Pattern{std::move(*regex), text, translated->weight};
  }

  void texts() {
    if (const Json* value = keyword("pattern")) {
      if (!value->is_string()) return wrong("pattern", "text", *value);
      if (auto compiled = pattern("pattern", value->get<std::string>()))
        add("pattern", PatternRule{std::move(*compiled)});
    }
    const Json* format = keyword("format");
    if (format != nullptr && !format->is_string()) return wrong("format", "text", *format);
    if (format == nullptr || !options_.assert_format) return;
    if (const auto known = format_named(format->get<std::string>())) add("format", FormatRule{*known});
  }

  std::vector<std::string> names(std::string_view name, const Json& list) {
    std::vector<std::string> names;
    const bool all =
        list.is_array() && std::all_of(list.begin(), list.end(), [](const Json& n) { return n.is_string(); });
    if (!all)
      wrong(name, "a list of property names", list);
    else
      for (const Json& item : list)
        names.push_back(item.get<std::string>());
    return names;
  }

  void required() {
    const Json* list = keyword("required");
    if (list == nullptr) return;
    RequiredRule rule{names("required", *list), {}};
    if (const Json* known = keyword("properties"); known != nullptr && known->is_object()) {
      for (const auto& member : known->items())
        rule.known.push_back(member.key());
    }
    if (!rule.names.empty()) add("required", std::move(rule));
  }

  void properties() {
    PropertiesRule rule;
    if (const Json* named = keyword("properties")) {
      for (const auto& [key, subschema] : named->items()) {
        rule.names.push_back(key);
        rule.named.emplace(key, node_for(subschema));
      }
    }
    if (const Json* patterns = keyword("patternProperties")) {
      for (const auto& [key, subschema] : patterns->items()) {
        auto compiled = pattern("patternProperties", key);
        if (!compiled) return;
        rule.patterns.emplace_back(std::move(*compiled), node_for(subschema));
      }
    }
    if (const Json* additional = keyword("additionalProperties")) rule.additional = node_for(*additional);
    if (!rule.names.empty() || !rule.patterns.empty() || rule.additional) add("properties", std::move(rule));
    if (const Json* subschema = keyword("propertyNames")) add("propertyNames", PropertyNamesRule{node_for(*subschema)});
  }

  void items() {
    const bool modern = dialect_ == Dialect::kDraft2020;
    if (const Json* unique = keyword("uniqueItems")) {
      if (!unique->is_boolean()) return wrong("uniqueItems", "true or false", *unique);
      if (unique->get<bool>()) add("uniqueItems", UniqueRule{});
    }
    ItemsRule rule;
    const Json* same = keyword("items");
    const Json* list = modern ? keyword("prefixItems") : (same != nullptr && same->is_array() ? same : nullptr);
    const Json* rest = modern || list == nullptr ? same : keyword("additionalItems");
    if (list != nullptr) {
      for (const Json& subschema : *list)
        rule.prefix.push_back(node_for(subschema));
    }
    if (rest != nullptr) rule.rest = node_for(*rest);
    if (list != nullptr || rest != nullptr)
      add(modern || list == nullptr ? "items" : "additionalItems", std::move(rule));
    if (const Json* subschema = keyword("contains")) {
      ContainsRule contains{node_for(*subschema), 1, std::nullopt};
      if (modern) {
        contains.at_least = count("minContains").value_or(1);
        contains.at_most = count("maxContains");
      }
      add("contains", contains);
    }
  }

  void combinations() {
    const auto nodes_of = [&](const Json& list) {
      std::vector<NodeIndex> nodes;
      for (const Json& subschema : list)
        nodes.push_back(node_for(subschema));
      return nodes;
    };
    if (const Json* list = keyword("allOf")) add("allOf", AllOfRule{nodes_of(*list)});
    if (const Json* list = keyword("anyOf")) add("anyOf", AnyOfRule{nodes_of(*list)});
    if (const Json* list = keyword("oneOf")) add("oneOf", OneOfRule{nodes_of(*list)});
    if (const Json* subschema = keyword("not")) add("not", NotRule{node_for(*subschema)});
    const Json* condition = keyword("if");
    if (condition == nullptr) return;
    ConditionalRule rule;
    rule.condition = node_for(*condition);
    if (const Json* then = keyword("then")) rule.then = node_for(*then);
    if (const Json* otherwise = keyword("else")) rule.otherwise = node_for(*otherwise);
    add("if", rule);
  }

  void dependencies() {
    DependentSchemasRule schemas;
    DependentRequiredRule names_needed;
    const bool modern = dialect_ == Dialect::kDraft2020;
    if (const Json* members = keyword("dependencies")) {
      for (const auto& [trigger, value] : members->items()) {
        if (value.is_array())
          names_needed.names_by_trigger.emplace_back(trigger, names("dependencies", value));
        else
          schemas.node_by_trigger.emplace_back(trigger, node_for(value));
      }
    }
    if (const Json* members = keyword("dependentSchemas"); members != nullptr && modern) {
      for (const auto& [trigger, value] : members->items())
        schemas.node_by_trigger.emplace_back(trigger, node_for(value));
    }
    if (const Json* members = keyword("dependentRequired"); members != nullptr && modern) {
      if (!members->is_object()) return wrong("dependentRequired", "an object of name lists", *members);
      for (const auto& [trigger, value] : members->items()) {
        names_needed.names_by_trigger.emplace_back(trigger, names("dependentRequired", value));
      }
    }
    if (!names_needed.names_by_trigger.empty()) add("dependentRequired", std::move(names_needed));
    if (!schemas.node_by_trigger.empty()) add("dependentSchemas", std::move(schemas));
  }

  void unevaluated() {
    if (const Json* subschema = keyword("unevaluatedItems")) {
      add("unevaluatedItems", UnevaluatedItemsRule{node_for(*subschema)});
      node().has_unevaluated = true;
    }
    if (const Json* subschema = keyword("unevaluatedProperties")) {
      add("unevaluatedProperties", UnevaluatedPropertiesRule{node_for(*subschema)});
      node().has_unevaluated = true;
    }
  }

  const CompileOptions& options_;
  Documents documents_;
  Program program_;
  std::unordered_map<const Json*, NodeIndex> nodes_;  // looked up, never iterated
  std::vector<const Json*> pending_;                  // of each node, its subschema
  std::size_t pattern_weight_ = 0;                    // of all patterns so far
  std::optional<Error> error_;
  NodeIndex current_ = 0;  // the node being compiled, its subschema and that one's draft
  const Json* schema_ = nullptr;
  Dialect dialect_ = Dialect::kDraft2020;
};

}  // namespace

Result<Program> compile_program(const Json& schema, const CompileOptions& options) {
  return Compiler(options).run(schema);
}

}  // namespace commandcenter::schema
