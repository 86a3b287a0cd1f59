// Templates: JSON trees whose strings and keys hold `{{ expression }}`. Compiling walks the tree once and keeps
// constant subtrees whole; resolving fills in the rest. Inserted values go straight to the result and are never looked
// at again.
#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "core/expr/evaluate.h"
#include "core/expr/expr.h"
#include "core/expr/lexer.h"
#include "core/expr/parser.h"

namespace commandcenter::expr {

// A string cut at its templates: literal text, and expressions with the text they were written as.
struct Part {
  std::string text;  // literal text, or "{{ … }}" as written when there is an expression
  NodePtr expression;
};

struct TemplateNode {
  enum class Kind { kConstant, kWhole, kText, kArray, kObject };
  struct Member {
    std::string path;                    // of the key
    std::string key;                     // when constant
    std::unique_ptr<TemplateNode> text;  // when templated: kWhole or kText
    std::unique_ptr<TemplateNode> value;
  };

  Kind kind = Kind::kConstant;
  std::string path;  // of this place in the tree, for messages
  Json constant;
  std::vector<Part> parts;  // of kWhole (one) and kText
  std::vector<std::unique_ptr<TemplateNode>> elements;
  std::vector<Member> members;
};

struct CompiledTemplate {
  TemplateNode root;
  std::vector<Reference> references;
};

namespace {

using Kind = TemplateNode::Kind;
using TemplateNodePtr = std::unique_ptr<TemplateNode>;

constexpr std::size_t kMaxShownTemplateBytes = 120;
constexpr std::size_t kMaxErrors = 100;  // of one tree

bool is_plain_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string member_path(const std::string& path, const std::string& key) {
  if (!is_plain_key(key)) return path + "[" + dump_json(Json(key)) + "]";
  return path.empty() ? key : path + "." + key;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool has_template(const std::string& text) {
  return text.find("{{") != std::string::npos;
}

// What is nested too deep counts as one, so that compiling gets there and says so.
bool has_template(const Json& value, std::size_t depth) {
  if (value.is_string()) return has_template(value.get_ref<const std::string&>());
  if (!value.is_structured()) return false;
  if (depth >= Limits::kMaxOutputDepth) return true;
  if (value.is_array()) {
    return std::any_of(value.begin(), value.end(),
                       [&](const Json& element) { return has_template(element, depth + 1); });
  }
  const auto& members = value.get_ref<const Json::object_t&>();
  return std::any_of(members.begin(), members.end(), [&](const auto& member) {
    return has_template(member.first) || has_template(member.second, depth + 1);
  });
}

class Compiler {
 public:
  Compiler(const Names& names, CompiledTemplate& out) : names_(names), out_(out) {}

  TemplateNode compile(const Json& value, std::string path, std::size_t depth) {
    TemplateNode node;
    node.path = std::move(path);
    if (depth == 0 && !fits(value)) return node;
    if (value.is_structured() && depth >= Limits::kMaxOutputDepth) {
      fail(node.path, 1, "the input is nested deeper than " + std::to_string(Limits::kMaxOutputDepth) + " levels");
    } else if (!has_template(value, depth)) {
      node.constant = value;
    } else if (value.is_string()) {
      compile_string(value.get_ref<const std::string&>(), node);
    } else if (value.is_array()) {
      compile_array(value, depth, node);
    } else {
      compile_object(value, depth, node);
    }
    return node;
  }

  std::vector<TemplateError> take_errors() { return std::move(errors_); }

 private:
  void fail(const std::string& path, std::size_t column, std::string message) {
    if (errors_.size() < kMaxErrors) errors_.push_back(TemplateError{path, column, std::move(message)});
  }

  // A tree that is larger than any result may be is not worth the memory of its compiled form.
  bool fits(const Json& tree) {
    const Extent extent = measure(tree, Limits::kMaxTemplateBytes, Limits::kMaxOutputDepth);
    if (extent.bytes <= Limits::kMaxTemplateBytes || !has_template(tree, 0)) return true;
    fail("", 1,
         "an input with templates may have at most " + std::to_string(Limits::kMaxTemplateBytes) +
             " bytes as JSON; pass large constants in the context");
    return false;
  }

  void compile_array(const Json& value, std::size_t depth, TemplateNode& node) {
    node.kind = Kind::kArray;
    for (std::size_t i = 0; i < value.size(); ++i) {
      TemplateNode element = compile(value[i], node.path + "[" + std::to_string(i) + "]", depth + 1);
      node.elements.push_back(std::make_unique<TemplateNode>(std::move(element)));
    }
  }

  void compile_object(const Json& value, std::size_t depth, TemplateNode& node) {
    node.kind = Kind::kObject;
    for (const auto& [key, member_value] : value.get_ref<const Json::object_t&>()) {
      TemplateNode::Member member;
      member.path = member_path(node.path, key);
      member.key = key;
      TemplateNode text;
      text.path = member.path;
      compile_string(key, text);
      if (text.kind != Kind::kConstant) member.text = std::make_unique<TemplateNode>(std::move(text));
      member.value = std::make_unique<TemplateNode>(compile(member_value, member.path, depth + 1));
      node.members.push_back(std::move(member));
    }
  }

  void compile_string(const std::string& text, TemplateNode& node) {
    std::size_t at = 0;
    std::size_t column = 1;
    while (true) {
      const std::size_t open = text.find("{{", at);
      if (open == std::string::npos) break;
      if (open > at) node.parts.push_back(Part{text.substr(at, open - at), nullptr});
      column += count_characters(std::string_view(text).substr(at, open - at));
      const std::size_t consumed = compile_part(std::string_view(text).substr(open), column, node);
      if (consumed == 0) return;  // nobody knows where the template should have ended
      column += count_characters(std::string_view(text).substr(open, consumed));
      at = open + consumed;
    }
    if (node.parts.empty()) {
      node.constant = text;
      return;
    }
    if (at < text.size()) node.parts.push_back(Part{text.substr(at), nullptr});
    node.kind = node.parts.size() == 1 ? Kind::kWhole : Kind::kText;
  }

  // `text` starts with the braces; returns how much of it the template takes, 0 when its end cannot be found.
  std::size_t compile_part(std::string_view text, std::size_t column, TemplateNode& node) {
    Tokens tokens;
    if (const auto error = tokenize(text.substr(2), column + 2, Ending::kClosingBraces, tokens)) {
      fail(node.path, error->column, error->message);
      return 0;
    }
    const std::size_t size_bytes = tokens.consumed_bytes + 2;
    CompiledExpression expression;
    if (const auto error = parse(std::move(tokens.list), names_, expression)) {
      fail(node.path, error->column, error->message);
    }
    std::move(expression.references.begin(), expression.references.end(), std::back_inserter(out_.references));
    node.parts.push_back(Part{std::string(text.substr(0, size_bytes)), std::move(expression.root)});
    return size_bytes;
  }

  const Names& names_;
  CompiledTemplate& out_;
  std::vector<TemplateError> errors_;
};

class Resolver {
 public:
  explicit Resolver(const Scope& scope) : scope_(scope) {}

  // Each function returns false with `error` set. `depth` is that of the place in the result.
  bool resolve(const TemplateNode& node, std::size_t depth, Json& out) {
    switch (node.kind) {
      case Kind::kConstant:
        if (!account(node, node.constant, depth)) return false;
        out = node.constant;
        return true;
      case Kind::kWhole:
        return resolve_whole(node, depth, out);
      case Kind::kText:
        return resolve_text(node, out);
      case Kind::kArray:
        out = Json::array();
        for (const TemplateNodePtr& element : node.elements) {
          Json value;
          if (!resolve(*element, depth + 1, value)) return false;
          out.push_back(std::move(value));
        }
        return true;
      case Kind::kObject:
        return resolve_object(node, depth, out);
    }
    return false;
  }

  Error error;

 private:
  bool fail(ErrorCode code, const TemplateNode& node, std::string message) {
    error =
        Error{code, (node.path.empty() ? std::string("the input") : "'" + node.path + "'") + ": " + std::move(message)};
    return false;
  }

  bool account(const TemplateNode& node, const Json& value, std::size_t depth) {
    const Extent extent = measure(value, Limits::kMaxOutputBytes - output_bytes_, Limits::kMaxOutputDepth);
    return account_bytes(node, extent.bytes) && (depth + extent.depth <= Limits::kMaxOutputDepth || fail_depth(node));
  }

  bool account_bytes(const TemplateNode& node, std::size_t bytes) {
    if (bytes > Limits::kMaxOutputBytes - output_bytes_) {
      return fail(ErrorCode::kTooLarge, node,
                  "the resolved input is larger than " + std::to_string(Limits::kMaxOutputBytes) +
                      " bytes; pass less of the data");
    }
    output_bytes_ += bytes;
    return true;
  }

  bool fail_depth(const TemplateNode& node) {
    return fail(ErrorCode::kTooLarge, node,
                "the resolved input is nested deeper than " + std::to_string(Limits::kMaxOutputDepth) + " levels");
  }

  bool evaluate_part(const TemplateNode& node, const Part& part, Value& value) {
    const std::size_t budget = std::min(Limits::kMaxEvaluationSteps, steps_left_);
    Work work(budget);
    const bool evaluated = evaluate(*part.expression, scope_, work, value);
    steps_left_ -= budget - work.steps_left();
    if (evaluated) return true;
    std::string shown = part.text.substr(0, kMaxShownTemplateBytes);
    if (shown.size() < part.text.size()) {
      while (!shown.empty() && (static_cast<unsigned char>(shown.back()) & 0xC0) == 0x80)
        shown.pop_back();
      if (!shown.empty() && static_cast<unsigned char>(shown.back()) >= 0xC0) shown.pop_back();
      shown += "…";
    }
    return fail(code_of(work.fault.kind), node,
                shown + " failed at column " + std::to_string(work.fault.column) + ": " + work.fault.message);
  }

  bool resolve_whole(const TemplateNode& node, std::size_t depth, Json& out) {
    Value value;
    if (!evaluate_part(node, node.parts[0], value) || !account(node, value.get(), depth)) return false;
    out = std::move(value.own());
    return true;
  }

  bool resolve_text(const TemplateNode& node, Json& out) {
    std::string text;
    for (const Part& part : node.parts) {
      if (!part.expression) {
        if (!account_bytes(node, part.text.size())) return false;
        text += part.text;
        continue;
      }
      Value value;
      if (!evaluate_part(node, part, value) || !account(node, value.get(), 0)) return false;
      append_text(value.get(), text);
    }
    out = Json(std::move(text));
    return true;
  }

  bool resolve_object(const TemplateNode& node, std::size_t depth, Json& out) {
    ObjectBuilder members;
    for (const TemplateNode::Member& member : node.members) {
      std::string key = member.key;
      if (!account_bytes(node, key.size())) return false;
      if (member.text && !resolve_key(*member.text, key)) return false;
      Json value;
      if (!resolve(*member.value, depth + 1, value)) return false;
      if (!members.add(std::move(key), std::move(value))) {
        return fail(ErrorCode::kInvalid, *member.value,
                    "this key resolves to the same text as another one of its object");
      }
    }
    out = members.take();
    return true;
  }

  bool resolve_key(const TemplateNode& node, std::string& key) {
    Json value;
    if (!resolve(node, 0, value)) return false;
    if (!value.is_string()) {
      return fail(ErrorCode::kInvalid, node,
                  "a key must resolve to a string, " + node.parts[0].text + " is " + std::string(type_name(value)) +
                      "; use string(x)");
    }
    key = std::move(value.get_ref<std::string&>());
    return true;
  }

  const Scope& scope_;
  std::size_t output_bytes_ = 0;
  std::size_t steps_left_ = Limits::kMaxResolveSteps;
};

}  // namespace

Result<Template> Template::compile(const Json& tree, std::span<const std::string> node_ids,
                                   std::vector<TemplateError>* errors, std::span<const std::string> variables) {
  auto compiled = std::make_shared<CompiledTemplate>();
  const Names names{node_ids, variables};
  Compiler compiler(names, *compiled);
  compiled->root = compiler.compile(tree, "", 0);
  std::vector<TemplateError> found = compiler.take_errors();
  if (found.empty()) return Template(std::move(compiled));
  const TemplateError& first = found.front();
  std::string message = (first.path.empty() ? std::string("the input") : "'" + first.path + "'") + ", column " +
                        std::to_string(first.column) + ": " + first.message;
  if (errors != nullptr) *errors = std::move(found);
  return fail(ErrorCode::kInvalid, std::move(message));
}

Result<Json> Template::resolve(const Scope& scope) const {
  if (is_constant()) return compiled_->root.constant;
  Resolver resolver(scope);
  Json out;
  if (!resolver.resolve(compiled_->root, 0, out)) return fail(std::move(resolver.error));
  return out;
}

const std::vector<Reference>& Template::references() const {
  return compiled_->references;
}

bool Template::is_constant() const {
  return compiled_->root.kind == Kind::kConstant;
}

}  // namespace commandcenter::expr
