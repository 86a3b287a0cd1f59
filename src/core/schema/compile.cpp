// A schema document to nodes: every subschema once, references joined up at the end.
#include <cmath>

#include <fmt/format.h>

#include "core/schema/node.h"

namespace commandcenter::schema {
namespace {

constexpr std::size_t kMaxSchemaDepth = 200;

const std::vector<std::pair<std::string_view, unsigned>> kTypes{
    {"null", kNullBit},     {"boolean", kBooleanBit}, {"integer", kIntegerBit}, {"number", kNumberBit | kIntegerBit},
    {"string", kStringBit}, {"array", kArrayBit},     {"object", kObjectBit}};

std::string escape_pointer(std::string_view token) {
  std::string escaped;
  for (const char c : token) {
    if (c == '~') escaped += "~0";
    else if (c == '/') escaped += "~1";
    else escaped += c;
  }
  return escaped;
}

std::string percent_decode(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

// Joins a reference to its base, as far as identifiers within one document need it (RFC 3986, section 5.2).
std::string resolve_uri(const std::string& base, const std::string& reference) {
  if (reference.empty()) return base;
  const auto scheme = reference.find(':');
  if (scheme != std::string::npos && reference.find_first_of("/?#") > scheme) return reference;
  const std::string bare = base.substr(0, base.find('#'));
  if (reference.front() == '#') return bare + reference;
  const auto authority = bare.find("://");
  const auto path = authority == std::string::npos ? 0 : bare.find('/', authority + 3);
  if (reference.front() == '/') return (path == std::string::npos ? bare : bare.substr(0, path)) + reference;
  const auto last = bare.rfind('/');
  const bool has_folder = last != std::string::npos && (authority == std::string::npos || last > authority + 2);
  return (has_folder ? bare.substr(0, last + 1) : authority == std::string::npos ? std::string() : bare + "/") + reference;
}

// RE2 reads ECMA-262's syntax but for a few escapes.
std::string to_re2(const std::string& pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '\\' || i + 1 >= pattern.size()) {
      out += pattern[i];
      continue;
    }
    const char next = pattern[++i];
    if (next == 'u' && i + 4 < pattern.size()) {
      out += fmt::format("\\x{{{}}}", pattern.substr(i + 1, 4));
      i += 4;
    } else if (next == '/' || next == '-') {
      out += fmt::format("\\{}", next);
    } else if (next == 'c' && i + 1 < pattern.size()) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(pattern[++i]) % 32);
    } else if (next == 's') {
      out += "[\\s\\x0b\\x{00a0}\\x{feff}\\x{2028}\\x{2029}\\pZ]";
    } else if (next == 'S') {
      out += "[^\\s\\x0b\\x{00a0}\\x{feff}\\x{2028}\\x{2029}\\pZ]";
    } else {
      out += '\\';
      out += next;
    }
  }
  return out;
}

}  // namespace

class Compiler {
 public:
  Result<Schema> compile(const Json& document) {
    const std::string dialect = string_member(document, "$schema");
    draft7_ = dialect.find("draft-07") != std::string::npos || dialect.find("draft-06") != std::string::npos;
    const Node* root = schema(document, "", "", 0, 0);
    if (error_.empty()) {
      for (Pending& pending : pending_) join(pending);
    }
    if (!error_.empty()) return fail(ErrorCode::kInvalid, "bad JSON Schema: " + error_);
    return Schema(std::move(compiled_), root);
  }

 private:
  struct Pending {
    Node* node;
    std::string uri;
    std::string pointer;
    bool dynamic = false;
  };

  void problem(const std::string& pointer, std::string_view message) {
    if (error_.empty()) error_ = fmt::format("{}: {}", pointer.empty() ? "the schema" : pointer, message);
  }

  // `base` is the identifier in force, `pointer` the place in the document.
  const Node* schema(const Json& json, const std::string& pointer, std::string base, std::size_t resource, std::size_t depth) {
    if (depth > kMaxSchemaDepth) problem(pointer, fmt::format("nested deeper than {} schemas", kMaxSchemaDepth));
    if (compiled_->nodes.size() >= kMaxSchemaNodes) problem(pointer, fmt::format("more than {} schemas", kMaxSchemaNodes));
    if (!error_.empty()) return nullptr;
    Node* node = compiled_->nodes.emplace_back(std::make_unique<Node>()).get();
    if (json.is_boolean()) node->verdict = json.get<bool>();
    else if (!json.is_object()) problem(pointer, fmt::format("expected an object or a boolean, got {}", json_type_name(json)));

    const bool ref_hides_siblings = draft7_ && json.is_object() && json.contains("$ref");
    std::string id = ref_hides_siblings ? std::string() : string_member(json, "$id");
    if (draft7_ && id.starts_with('#')) {
      by_uri_[base.substr(0, base.find('#')) + id] = node;
      id.clear();
    }
    std::string local = pointer;
    if (!id.empty()) {
      base = resolve_uri(base, id);
      if (base.ends_with('#')) base.pop_back();
      resource = ++resources_;
      local.clear();
      roots_[base] = pointer;
    } else if (pointer.empty()) {
      roots_[base] = pointer;
    }
    node->resource = resource;
    by_pointer_[pointer] = node;
    if (!id.empty() || pointer.empty()) by_uri_[base] = node;
    if (!json.is_object()) return node;
    for (const char* key : {"$anchor", "$dynamicAnchor"}) {
      if (const std::string anchor = string_member(json, key); !anchor.empty() && !draft7_) {
        by_uri_[base + "#" + anchor] = node;
        if (std::string_view(key) == "$dynamicAnchor") {
          node->dynamic_anchor = anchor;
          compiled_->dynamic_anchors[{resource, anchor}] = node;
        }
      }
    }
    if (const std::string ref = string_member(json, "$ref"); json.contains("$ref")) pending_.push_back({node, resolve_uri(base, ref), pointer, false});
    if (json.contains("$dynamicRef") && !draft7_) {
      pending_.push_back({node, resolve_uri(base, string_member(json, "$dynamicRef")), pointer, true});
    }
    const auto sub = [&](const Json& value, const std::string& place) { return schema(value, pointer + place, base, resource, depth + 1); };
    for (const char* key : {"$defs", "definitions"}) {
      if (const Json* defs = find_member(json, key); defs != nullptr && defs->is_object()) {
        for (const auto& [name, def] : defs->items()) sub(def, fmt::format("/{}/{}", key, escape_pointer(name)));
      }
    }
    if (ref_hides_siblings) return node;
    assertions(*node, json, pointer);
    arrays(*node, json, sub);
    objects(*node, json, pointer, sub);
    applicators(*node, json, pointer, sub);
    return node;
  }

  void assertions(Node& node, const Json& json, const std::string& pointer) {
    if (const Json* type = find_member(json, "type")) {
      const auto add = [&](const Json& word) {
        for (const auto& [name, bit] : kTypes) {
          if (word == name) {
            node.types |= bit;
            node.type_words += (node.type_words.empty() ? "" : " or ") + std::string(name);
            return;
          }
        }
        // An unknown type word accepts anything: agents of older registries carry such schemas.
        node.types |= ~0U;
      };
      if (type->is_array()) {
        for (const Json& word : *type) add(word);
      } else {
        add(*type);
      }
    }
    if (const Json* constant = find_member(json, "const")) node.constant = *constant;
    if (const Json* values = find_member(json, "enum")) {
      if (!values->is_array()) return problem(pointer + "/enum", "expected a list");
      node.has_enumeration = true;
      for (const Json& value : *values) node.enumeration.push_back(value);
    }
    number(json, pointer, "minimum", node.minimum);
    number(json, pointer, "maximum", node.maximum);
    number(json, pointer, "exclusiveMinimum", node.exclusive_minimum);
    number(json, pointer, "exclusiveMaximum", node.exclusive_maximum);
    number(json, pointer, "multipleOf", node.multiple_of);
    if (node.multiple_of && *node.multiple_of <= 0) problem(pointer + "/multipleOf", "must be more than 0");
    count(json, pointer, "minLength", node.min_length);
    count(json, pointer, "maxLength", node.max_length);
    count(json, pointer, "minItems", node.min_items);
    count(json, pointer, "maxItems", node.max_items);
    count(json, pointer, "minProperties", node.min_properties);
    count(json, pointer, "maxProperties", node.max_properties);
    count(json, pointer, "maxContains", node.max_contains);
    if (std::optional<std::size_t> least; count(json, pointer, "minContains", least), least) node.min_contains = *least;
    if (const Json* unique = find_member(json, "uniqueItems")) node.unique_items = unique->is_boolean() && unique->get<bool>();
    if (const Json* pattern = find_member(json, "pattern"); pattern != nullptr && pattern->is_string()) {
      const auto text = pattern->get<std::string>();
      if (auto regex = Regex::compile(to_re2(text))) node.pattern.emplace(text, std::move(*regex));
      else problem(pointer + "/pattern", regex.error().message);
    }
  }

  template <typename Sub>
  void arrays(Node& node, const Json& json, const Sub& sub) {
    const Json* items = find_member(json, "items");
    const Json* prefix = draft7_ ? (items != nullptr && items->is_array() ? items : nullptr) : find_member(json, "prefixItems");
    if (prefix != nullptr && prefix->is_array()) {
      for (std::size_t i = 0; i < prefix->size(); ++i) {
        node.prefix_items.push_back(sub((*prefix)[i], fmt::format("/{}/{}", draft7_ ? "items" : "prefixItems", i)));
      }
      if (draft7_) {
        if (const Json* rest = find_member(json, "additionalItems")) node.items = sub(*rest, "/additionalItems");
      }
    }
    if (items != nullptr && items != prefix) node.items = sub(*items, "/items");
    if (const Json* contains = find_member(json, "contains")) node.contains = sub(*contains, "/contains");
    if (const Json* rest = find_member(json, "unevaluatedItems"); rest != nullptr && !draft7_) node.unevaluated_items = sub(*rest, "/unevaluatedItems");
  }

  template <typename Sub>
  void objects(Node& node, const Json& json, const std::string& pointer, const Sub& sub) {
    if (const Json* properties = find_member(json, "properties"); properties != nullptr && properties->is_object()) {
      for (const auto& [name, value] : properties->items()) node.properties[name] = sub(value, "/properties/" + escape_pointer(name));
    }
    if (const Json* patterns = find_member(json, "patternProperties"); patterns != nullptr && patterns->is_object()) {
      for (const auto& [pattern, value] : patterns->items()) {
        auto regex = Regex::compile(to_re2(pattern));
        const Node* child = sub(value, "/patternProperties/" + escape_pointer(pattern));
        if (regex) node.pattern_properties.push_back({pattern, std::move(*regex), child});
        else problem(pointer + "/patternProperties", regex.error().message);
      }
    }
    if (const Json* rest = find_member(json, "additionalProperties")) node.additional_properties = sub(*rest, "/additionalProperties");
    if (const Json* names = find_member(json, "propertyNames")) node.property_names = sub(*names, "/propertyNames");
    if (const Json* rest = find_member(json, "unevaluatedProperties"); rest != nullptr && !draft7_) {
      node.unevaluated_properties = sub(*rest, "/unevaluatedProperties");
    }
    if (const Json* required = find_member(json, "required"); required != nullptr && required->is_array()) {
      for (const Json& name : *required) {
        if (name.is_string()) node.required.push_back(name.get<std::string>());
        else problem(pointer + "/required", "expected a list of names");
      }
    }
    for (const char* key : {"dependentRequired", "dependentSchemas", "dependencies"}) {
      const Json* dependencies = find_member(json, key);
      if (dependencies == nullptr || !dependencies->is_object()) continue;
      for (const auto& [name, value] : dependencies->items()) {
        if (!value.is_array()) {
          node.dependent_schemas[name] = sub(value, fmt::format("/{}/{}", key, escape_pointer(name)));
          continue;
        }
        for (const Json& other : value) {
          if (other.is_string()) node.dependent_required[name].push_back(other.get<std::string>());
        }
      }
    }
  }

  template <typename Sub>
  void applicators(Node& node, const Json& json, const std::string& pointer, const Sub& sub) {
    const auto list = [&](const char* key, std::vector<const Node*>& nodes) {
      const Json* schemas = find_member(json, key);
      if (schemas == nullptr) return;
      if (!schemas->is_array() || schemas->empty()) return problem(fmt::format("{}/{}", pointer, key), "expected a list of schemas");
      for (std::size_t i = 0; i < schemas->size(); ++i) nodes.push_back(sub((*schemas)[i], fmt::format("/{}/{}", key, i)));
    };
    list("allOf", node.all_of);
    list("anyOf", node.any_of);
    list("oneOf", node.one_of);
    if (const Json* negated = find_member(json, "not")) node.negated = sub(*negated, "/not");
    if (const Json* condition = find_member(json, "if")) node.condition = sub(*condition, "/if");
    if (const Json* branch = find_member(json, "then")) node.then_branch = sub(*branch, "/then");
    if (const Json* branch = find_member(json, "else")) node.else_branch = sub(*branch, "/else");
  }

  void number(const Json& json, const std::string& pointer, const char* key, std::optional<double>& value) {
    const Json* found = find_member(json, key);
    if (found == nullptr) return;
    if (found->is_number()) value = found->get<double>();
    else problem(fmt::format("{}/{}", pointer, key), fmt::format("expected a number, got {}", json_type_name(*found)));
  }

  void count(const Json& json, const std::string& pointer, const char* key, std::optional<std::size_t>& value) {
    std::optional<double> parsed;
    number(json, pointer, key, parsed);
    if (!parsed) return;
    if (*parsed >= 0 && *parsed == std::floor(*parsed) && *parsed < 1e15) value = static_cast<std::size_t>(*parsed);
    else problem(fmt::format("{}/{}", pointer, key), "expected a whole number that is not negative");
  }

  void join(Pending& pending) {
    const std::string uri = pending.uri;
    const Node* target = find(uri);
    if (target == nullptr) {
      return problem(pending.pointer, fmt::format("the reference {} leads nowhere; only places in the same document can be named", uri));
    }
    const auto hash = uri.find('#');
    const std::string fragment = hash == std::string::npos ? std::string() : uri.substr(hash + 1);
    if (pending.dynamic && !target->dynamic_anchor.empty() && target->dynamic_anchor == fragment) pending.node->dynamic_reference = fragment;
    if (pending.dynamic && pending.node->reference != nullptr) {  // next to a $ref: apply both
      pending.node->all_of.push_back(target);
      return;
    }
    pending.node->reference = target;
  }

  const Node* find(const std::string& uri) const {
    if (const auto exact = by_uri_.find(uri); exact != by_uri_.end()) return exact->second;
    const auto hash = uri.find('#');
    const std::string base = uri.substr(0, hash);
    const std::string fragment = hash == std::string::npos ? std::string() : percent_decode(uri.substr(hash + 1));
    if (fragment.empty()) {
      const auto plain = by_uri_.find(base);
      return plain == by_uri_.end() ? nullptr : plain->second;
    }
    if (fragment.front() != '/') return nullptr;
    const auto root = roots_.find(base);
    if (root == roots_.end()) return nullptr;
    const auto place = by_pointer_.find(root->second + fragment);
    return place == by_pointer_.end() ? nullptr : place->second;
  }

  bool draft7_ = false;
  std::size_t resources_ = 0;
  std::string error_;
  std::shared_ptr<Schema::Compiled> compiled_ = std::make_shared<Schema::Compiled>();
  std::map<std::string, const Node*> by_pointer_;
  std::map<std::string, const Node*> by_uri_;
  std::map<std::string, std::string> roots_;   // identifier to the pointer of its schema
  std::vector<Pending> pending_;
};

Result<Schema> Schema::compile(const Json& schema) { return Compiler().compile(schema); }

const std::vector<std::string>& Schema::required() const {
  static const std::vector<std::string> kNone;
  return root_ == nullptr ? kNone : root_->required;
}

std::vector<std::string> Schema::property_names() const {
  std::vector<std::string> names;
  if (root_ == nullptr) return names;
  for (const auto& [name, node] : root_->properties) names.push_back(name);
  return names;
}

Schema Schema::property(const std::string& name) const {
  if (root_ == nullptr) return {};
  const auto found = root_->properties.find(name);
  return found == root_->properties.end() ? Schema() : Schema(compiled_, found->second);
}

}  // namespace commandcenter::schema
