// tidy: long because one grammar is one class, and reads best in one piece.

#include "core/expr/parser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "base/nearest.h"
#include "core/expr/functions.h"
#include "core/expr/pattern.h"

namespace commandcenter::expr {
namespace {

struct Level {
  TokenKind token;
  Operator op;
};

constexpr Level kRelations[] = {
    {TokenKind::kEqual, Operator::kEqual},     {TokenKind::kNotEqual, Operator::kNotEqual},
    {TokenKind::kLess, Operator::kLess},       {TokenKind::kLessEqual, Operator::kLessEqual},
    {TokenKind::kGreater, Operator::kGreater}, {TokenKind::kGreaterEqual, Operator::kGreaterEqual},
    {TokenKind::kIn, Operator::kIn},
};
constexpr Level kSums[] = {{TokenKind::kPlus, Operator::kAdd}, {TokenKind::kMinus, Operator::kSubtract}};
constexpr Level kProducts[] = {{TokenKind::kStar, Operator::kMultiply},
                               {TokenKind::kSlash, Operator::kDivide},
                               {TokenKind::kPercent, Operator::kRemainder}};

struct MacroName {
  std::string_view name;
  Macro macro;
};

constexpr MacroName kMacros[] = {{"map", Macro::kMap},
                                 {"filter", Macro::kFilter},
                                 {"exists", Macro::kExists},
                                 {"exists_one", Macro::kExistsOne},
                                 {"all", Macro::kAll}};

const MacroName* find_macro(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kMacros), std::end(kMacros), [&](const auto& m) { return m.name == name; });
  return found == std::end(kMacros) ? nullptr : found;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates) {
  const std::string nearest = nearest_name(name, candidates);
  return nearest.empty() ? std::string() : "; did you mean '" + nearest + "'?";
}

std::string show(const Token& token) {
  return token.kind == TokenKind::kEnd ? std::string("the end") : "'" + std::string(token.source) + "'";
}

using MutableNode = std::unique_ptr<Node>;

class Parser {
 public:
  Parser(std::vector<Token> tokens, const Names& names, CompiledExpression& out)
      : tokens_(std::move(tokens)), names_(names), out_(out) {}

  std::optional<CompileError> run() {
    NodePtr root = parse_expression();
    if (root && token().kind != TokenKind::kEnd) {
      fail(token(), "expected an operator or the end, found " + show(token()));
    }
    if (!error_) out_.root = std::move(root);
    return std::move(error_);
  }

 private:
  // Every parse_ function returns null after an error, and error_ then holds the first one.

  const Token& token(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  Token take() { return std::move(tokens_[at_++]); }
  bool accept(TokenKind kind) {
    if (token().kind != kind) return false;
    ++at_;
    return true;
  }
  bool expect(TokenKind kind, std::string_view what) {
    if (accept(kind)) return true;
    fail(token(), "expected " + std::string(what) + ", found " + show(token()));
    return false;
  }

  NodePtr fail(std::size_t column, std::string message, bool too_large = false) {
    if (!error_) error_ = CompileError{column, std::move(message), too_large};
    return nullptr;
  }
  NodePtr fail(const Token& at, std::string message) { return fail(at.column, std::move(message)); }
  NodePtr fail_depth(std::size_t column) {
    return fail(column,
                "the expression is nested deeper than " + std::to_string(Limits::kMaxExpressionDepth) +
                    " levels; split it over several nodes",
                true);
  }

  static MutableNode make(NodeKind kind, std::size_t column) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->column = column;
    return node;
  }

  // Adds an operand; null operands (after an error) pass through and end the parse.
  bool adopt(Node& node, NodePtr child) {
    if (!child) return false;
    node.height = std::max(node.height, child->height + 1);
    node.children.push_back(std::move(child));
    if (node.height <= Limits::kMaxExpressionDepth) return true;
    fail_depth(node.column);
    return false;
  }

  // Expression = Coalesce ["?" Expression ":" Expression]
  NodePtr parse_expression() {
    if (depth_ >= Limits::kMaxExpressionDepth) return fail_depth(token().column);
    ++depth_;
    NodePtr result = parse_conditional();
    --depth_;
    return result;
  }

  NodePtr parse_conditional() {
    NodePtr condition = parse_coalesce();
    const std::size_t column = token().column;
    if (!condition || !accept(TokenKind::kQuestion)) return condition;
    MutableNode node = make(NodeKind::kConditional, column);
    if (!adopt(*node, std::move(condition)) || !adopt(*node, parse_expression())) return nullptr;
    if (!expect(TokenKind::kColon, "':' and the value for the other case")) return nullptr;
    if (!adopt(*node, parse_expression())) return nullptr;
    return node;
  }

  template <typename Next>
  NodePtr parse_repeated(NodeKind kind, TokenKind separator, Next next) {
    NodePtr first = next();
    if (!first || token().kind != separator) return first;
    MutableNode node = make(kind, token().column);
    if (!adopt(*node, std::move(first))) return nullptr;
    while (accept(separator)) {
      if (!adopt(*node, next())) return nullptr;
    }
    return node;
  }

  NodePtr parse_coalesce() {
    return parse_repeated(NodeKind::kCoalesce, TokenKind::kCoalesce, [this] { return parse_or(); });
  }
  NodePtr parse_or() {
    return parse_repeated(NodeKind::kOr, TokenKind::kOr, [this] { return parse_and(); });
  }
  NodePtr parse_and() {
    return parse_repeated(NodeKind::kAnd, TokenKind::kAnd, [this] { return parse_relation(); });
  }

  template <typename Next>
  NodePtr parse_chain(std::span<const Level> levels, Next next) {
    NodePtr first = next();
    MutableNode node;
    while (first || node) {
      const auto level =
          std::find_if(levels.begin(), levels.end(), [&](const Level& l) { return l.token == token().kind; });
      if (level == levels.end()) return node ? NodePtr(std::move(node)) : std::move(first);
      if (!node) {
        node = make(NodeKind::kChain, token().column);
        if (!adopt(*node, std::move(first))) return nullptr;
      }
      ++at_;
      node->operators.push_back(level->op);
      if (!adopt(*node, next())) return nullptr;
    }
    return nullptr;
  }

  NodePtr parse_relation() {
    return parse_chain(kRelations, [this] { return parse_sum(); });
  }
  NodePtr parse_sum() {
    return parse_chain(kSums, [this] { return parse_product(); });
  }
  NodePtr parse_product() {
    return parse_chain(kProducts, [this] { return parse_unary(); });
  }

  NodePtr parse_unary() {
    const Token& first = token();
    if (first.kind == TokenKind::kMinus && (token(1).kind == TokenKind::kInt || token(1).kind == TokenKind::kDouble)) {
      ++at_;
      return parse_steps(parse_number(true));
    }
    if (first.kind != TokenKind::kNot && first.kind != TokenKind::kMinus) return parse_steps(parse_primary());
    MutableNode node = make(first.kind == TokenKind::kNot ? NodeKind::kNot : NodeKind::kNegate, first.column);
    if (depth_ >= Limits::kMaxExpressionDepth) return fail_depth(first.column);
    ++at_;
    ++depth_;
    const bool adopted = adopt(*node, parse_unary());
    --depth_;
    return adopted ? NodePtr(std::move(node)) : nullptr;
  }

  // Members, indexes and method calls after a primary.
  NodePtr parse_steps(NodePtr node) {
    MutableNode access;  // the path being collected
    while (node || access) {
      const bool member = token().kind == TokenKind::kDot;
      if (!member && token().kind != TokenKind::kOpenBracket) break;
      if (member && token(1).kind == TokenKind::kName && token(2).kind == TokenKind::kOpenParen) {
        if (access) node = std::move(access);
        ++at_;
        node = parse_method(std::move(node));
        continue;
      }
      if (!access && !(access = open_access(std::move(node)))) return nullptr;
      if (!(member ? parse_member(*access) : parse_index(*access))) return nullptr;
    }
    return access ? NodePtr(std::move(access)) : std::move(node);
  }

  // A path is one node however long it is: steps are added to the access that a root already is.
  MutableNode open_access(NodePtr base) {
    const bool bare_root = base->kind == NodeKind::kAccess && base->root != Root::kExpression && base->steps.empty();
    if (bare_root) return reopen(std::move(base));
    MutableNode access = make(NodeKind::kAccess, base->column);
    access->root = Root::kExpression;
    return adopt(*access, std::move(base)) ? std::move(access) : nullptr;
  }

  // A root's access has no children, and its few fields move to a node that may still grow.
  static MutableNode reopen(NodePtr base) {
    MutableNode access = make(NodeKind::kAccess, base->column);
    access->root = base->root;
    access->name = base->name;
    access->slot = base->slot;
    return access;
  }

  void extend_reference(const Node& access, const Step& step) {
    if (access.root == Root::kBound || access.root == Root::kExpression) return;
    if (step.computed) open_reference_ = kNoReference;
    if (open_reference_ != kNoReference) out_.references[open_reference_].path.push_back(step.name);
  }

  bool parse_member(Node& access) {
    ++at_;
    if (token().kind != TokenKind::kName) {
      fail(token(), "expected a member name or an index after '.', found " + show(token()));
      return false;
    }
    Token name = take();
    Step step;
    step.column = name.column;
    step.name = std::move(name.text);
    step.index = to_index(step.name);
    extend_reference(access, step);
    access.steps.push_back(std::move(step));
    return true;
  }

  bool parse_index(Node& access) {
    Step step;
    step.column = token().column;
    ++at_;
    const bool literal = token(1).kind == TokenKind::kCloseBracket;
    if (literal && token().kind == TokenKind::kString) {
      step.name = take().text;
    } else if (literal && token().kind == TokenKind::kInt) {
      step.name = take().text;
      step.index = to_index(step.name);
      if (!step.index) {
        fail(step.column, "expected an index in decimal digits, found '" + step.name + "'");
        return false;
      }
    } else {
      // What is computed inside the brackets has references of its own.
      extend_reference(access, Step{{}, {}, make(NodeKind::kLiteral, 0), 0});
      step.computed = parse_expression();
      open_reference_ = kNoReference;
      if (!step.computed) return false;
      access.height = std::max(access.height, step.computed->height + 1);
      if (access.height > Limits::kMaxExpressionDepth) {
        fail_depth(step.column);
        return false;
      }
    }
    if (!step.computed) extend_reference(access, step);
    access.steps.push_back(std::move(step));
    return expect(TokenKind::kCloseBracket, "']'");
  }

  static std::optional<std::uint64_t> to_index(std::string_view digits) {
    std::uint64_t index = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return index;
  }

  NodePtr parse_method(NodePtr target) {
    const Token name = take();
    if (const MacroName* macro = find_macro(name.text)) return parse_macro(*macro, name, std::move(target));
    MutableNode call = make(NodeKind::kCall, name.column);
    if (!adopt(*call, std::move(target))) return nullptr;
    return parse_arguments(std::move(call), name);
  }

  NodePtr parse_arguments(MutableNode call, const Token& name) {
    call->function = find_function(name.text);
    if (call->function == nullptr) {
      return fail(name, "unknown function '" + name.text + "'" + did_you_mean(name.text, function_names()));
    }
    ++at_;  // the parenthesis
    if (token().kind != TokenKind::kCloseParen) {
      do {
        if (!adopt(*call, parse_expression())) return nullptr;
      } while (accept(TokenKind::kComma));
    }
    if (!expect(TokenKind::kCloseParen, "',' or ')'")) return nullptr;
    const Function& function = *call->function;
    if (call->children.size() < function.min_arguments || call->children.size() > function.max_arguments) {
      return fail(name, "expected " + std::string(function.usage) + ", found " + std::to_string(call->children.size()) +
                            " arguments (of x.f(y), x is the first)");
    }
    return compile_pattern(std::move(call));
  }

  // A pattern that is written out is compiled, and refused, here; only computed ones cost anything later.
  NodePtr compile_pattern(MutableNode call) {
    if (!call->function->takes_pattern || call->children[1]->kind != NodeKind::kLiteral) return call;
    const Node& pattern = *call->children[1];
    if (!pattern.literal.is_string()) return fail(pattern.column, "expected a string as the pattern");
    pattern_weight_ += pattern_weight(pattern.literal.get_ref<const std::string&>());
    if (pattern_weight_ > kMaxPatternWeight) {
      return fail(pattern.column,
                  "the patterns of this expression are too large (weight above " + std::to_string(kMaxPatternWeight) +
                      "); use smaller repetition counts",
                  true);
    }
    auto compiled = Regex::compile(pattern.literal.get_ref<const std::string&>());
    if (!compiled) return fail(pattern.column, compiled.error().message);
    call->pattern = std::move(*compiled);
    return call;
  }

  NodePtr parse_macro(const MacroName& macro, const Token& name, NodePtr range) {
    MutableNode node = make(NodeKind::kMacro, name.column);
    node->macro = macro.macro;
    if (!adopt(*node, std::move(range))) return nullptr;
    ++at_;  // the parenthesis
    if (token().kind != TokenKind::kName || token(1).kind != TokenKind::kComma) {
      return fail(token(), "expected " + name.text + "(x, expression), where x names the element");
    }
    node->name = take().text;
    ++at_;  // the comma
    bound_.push_back(node->name);
    bool adopted = adopt(*node, parse_expression());
    if (adopted && node->macro == Macro::kMap && accept(TokenKind::kComma)) {  // map(x, test, expression)
      adopted = adopt(*node, parse_expression());
      if (adopted) std::swap(node->children[1], node->children[2]);
    }
    bound_.pop_back();
    if (!adopted || !expect(TokenKind::kCloseParen, "')'")) return nullptr;
    return node;
  }

  NodePtr parse_primary() {
    open_reference_ = kNoReference;
    const std::size_t column = token().column;
    switch (token().kind) {
      case TokenKind::kInt:
      case TokenKind::kDouble:
        return parse_number(false);
      case TokenKind::kString:
        return literal(column, Json(take().text));
      case TokenKind::kTrue:
        ++at_;
        return literal(column, Json(true));
      case TokenKind::kFalse:
        ++at_;
        return literal(column, Json(false));
      case TokenKind::kNull:
        ++at_;
        return literal(column, Json(nullptr));
      case TokenKind::kOpenBracket:
        return parse_list();
      case TokenKind::kOpenBrace:
        return parse_map();
      case TokenKind::kName:
        return token(1).kind == TokenKind::kOpenParen ? parse_call() : parse_root();
      case TokenKind::kOpenParen: {
        ++at_;
        NodePtr inner = parse_expression();
        if (!inner || !expect(TokenKind::kCloseParen, "')'")) return nullptr;
        open_reference_ = kNoReference;
        return inner;
      }
      case TokenKind::kEnd:
      case TokenKind::kIn:
      case TokenKind::kDot:
      case TokenKind::kComma:
      case TokenKind::kColon:
      case TokenKind::kQuestion:
      case TokenKind::kCoalesce:
      case TokenKind::kOr:
      case TokenKind::kAnd:
      case TokenKind::kNot:
      case TokenKind::kEqual:
      case TokenKind::kNotEqual:
      case TokenKind::kLess:
      case TokenKind::kLessEqual:
      case TokenKind::kGreater:
      case TokenKind::kGreaterEqual:
      case TokenKind::kPlus:
      case TokenKind::kMinus:
      case TokenKind::kStar:
      case TokenKind::kSlash:
      case TokenKind::kPercent:
      case TokenKind::kCloseParen:
      case TokenKind::kCloseBracket:
      case TokenKind::kCloseBrace:
        break;
    }
    return fail(token(), "expected a value, found " + show(token()));
  }

  static NodePtr literal(std::size_t column, Json value) {
    MutableNode node = make(NodeKind::kLiteral, column);
    node->literal = std::move(value);
    return node;
  }

  NodePtr parse_number(bool negative) {
    const Token number = take();
    const char* const end = number.text.data() + number.text.size();
    if (number.kind == TokenKind::kDouble) {
      double value = 0;
      const auto [stop, error] = std::from_chars(number.text.data(), end, value);
      if (error != std::errc() || stop != end || !std::isfinite(value)) {
        return fail(number, "the number " + number.text + " does not fit a double");
      }
      return literal(number.column, Json(negative ? -value : value));
    }
    const bool hex = number.text.size() > 1 && (number.text[1] == 'x' || number.text[1] == 'X');
    std::uint64_t magnitude = 0;
    const auto [stop, error] = std::from_chars(number.text.data() + (hex ? 2 : 0), end, magnitude, hex ? 16 : 10);
    constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
    if (error != std::errc() || stop != end || magnitude > kLargest + (negative ? 1 : 0)) {
      return fail(number, "the number " + number.text + " does not fit 64 bits; write it as a double, such as 1e20");
    }
    return literal(number.column, Json(static_cast<std::int64_t>(negative ? ~magnitude + 1 : magnitude)));
  }

  NodePtr parse_list() {
    MutableNode node = make(NodeKind::kList, take().column);
    while (token().kind != TokenKind::kCloseBracket) {
      if (!adopt(*node, parse_expression())) return nullptr;
      if (!accept(TokenKind::kComma)) break;
    }
    if (!expect(TokenKind::kCloseBracket, "',' or ']'")) return nullptr;
    return node;
  }

  NodePtr parse_map() {
    MutableNode node = make(NodeKind::kMap, take().column);
    while (token().kind != TokenKind::kCloseBrace) {
      const Token& key = token();
      if (key.kind == TokenKind::kName && token(1).kind == TokenKind::kColon) {
        return fail(key, "expected a quoted key: '" + key.text + "'");
      }
      if (!adopt(*node, parse_expression())) return nullptr;
      if (!expect(TokenKind::kColon, "':' and the value of the key") || !adopt(*node, parse_expression()))
        return nullptr;
      if (!accept(TokenKind::kComma)) break;
    }
    if (!expect(TokenKind::kCloseBrace, "',' or '}'")) return nullptr;
    return node;
  }

  NodePtr parse_call() {
    const Token name = take();
    if (name.text == "has") return parse_has(name);
    if (find_macro(name.text) != nullptr) return fail(name, "expected list." + name.text + "(x, expression)");
    return parse_arguments(make(NodeKind::kCall, name.column), name);
  }

  NodePtr parse_has(const Token& name) {
    ++at_;  // the parenthesis
    NodePtr argument = parse_expression();
    if (!argument || !expect(TokenKind::kCloseParen, "')'")) return nullptr;
    const bool path = argument->kind == NodeKind::kAccess &&
                      (!argument->steps.empty() || argument->root == Root::kNodeOutput ||
                       argument->root == Root::kNodeStatus || argument->root == Root::kNodeError);
    if (!path) return fail(name, "expected has(path), such as has(context.user.name)");
    MutableNode node = make(NodeKind::kHas, name.column);
    if (!adopt(*node, std::move(argument))) return nullptr;
    return node;
  }

  MutableNode make_root(Root root, const Token& name) {
    MutableNode node = make(NodeKind::kAccess, name.column);
    node->root = root;
    node->name = name.text;
    return node;
  }

  void open_reference(const Token& at, std::string root, std::string node_id = {}, std::vector<std::string> path = {}) {
    open_reference_ = out_.references.size();
    out_.references.push_back(Reference{std::move(root), std::move(node_id), std::move(path), at.column});
  }

  bool knows(std::span<const std::string> names, std::string_view name) const {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  NodePtr parse_root() {
    const Token name = take();
    for (std::size_t i = bound_.size(); i-- > 0;) {
      if (bound_[i] != name.text) continue;
      MutableNode node = make_root(Root::kBound, name);
      node->slot = i;
      return node;
    }
    if (knows(names_.variables, name.text)) {
      open_reference(name, name.text);
      return make_root(Root::kVariable, name);
    }
    if (name.text == "context") {
      open_reference(name, "context");
      return make_root(Root::kContext, name);
    }
    if (name.text == "nodes") return parse_nodes(name);
    if (knows(names_.node_ids, name.text)) return parse_node_part(name, name);
    return fail_root(name);
  }

  NodePtr fail_root(const Token& name) {
    // `n-1` reads as one name; say so to whoever meant a subtraction.
    const std::string_view text = name.text;
    if (const auto dash = text.find('-'); dash != std::string_view::npos) {
      const std::string_view left = text.substr(0, dash);
      if (knows(bound_, left) || knows(names_.variables, left)) {
        return fail(name, "unknown name '" + name.text + "'; to subtract, write spaces around the '-'");
      }
    }
    std::vector<std::string> known(bound_);
    known.insert(known.end(), names_.variables.begin(), names_.variables.end());
    known.insert(known.end(), {"context", "nodes", "true", "false", "null"});
    known.insert(known.end(), names_.node_ids.begin(), names_.node_ids.end());
    std::string hint = did_you_mean(name.text, known);
    if (hint.empty()) hint = "; expected context, nodes, the id of a node, or a quoted 'text'";
    return fail(name, "unknown name '" + name.text + "'" + hint);
  }

  // nodes.<id>, nodes['id'], nodes[0]
  NodePtr parse_nodes(const Token& root) {
    const bool member = accept(TokenKind::kDot);
    const bool bracket = !member && accept(TokenKind::kOpenBracket);
    const TokenKind kind = token().kind;
    if (!(member && kind == TokenKind::kName) &&
        !(bracket && (kind == TokenKind::kString || kind == TokenKind::kInt))) {
      return fail(token(),
                  "expected the id of a node, as in nodes.scan.output or nodes['scan'].output, found " + show(token()));
    }
    Token id = take();
    if (bracket && !expect(TokenKind::kCloseBracket, "']'")) return nullptr;
    if (!knows(names_.node_ids, id.text)) {
      // A bare number is the place of the node in the workflow.
      const std::string alias = "node-" + id.text;
      if (id.source != id.text || !to_index(id.text) || !knows(names_.node_ids, alias)) {
        return fail(id, "the workflow has no node '" + id.text + "'" + did_you_mean(id.text, names_.node_ids));
      }
      id.text = alias;
    }
    return parse_node_part(root, id);
  }

  NodePtr parse_node_part(const Token& root, const Token& id) {
    const std::string expectation = "expected .output, .status or .error after node '" + id.text + "', found ";
    const bool member = accept(TokenKind::kDot);
    if (!member && !accept(TokenKind::kOpenBracket)) return fail(token(), expectation + show(token()));
    const Token part = take_part();
    if (part.text != "output" && part.text != "status" && part.text != "error")
      return fail(part, expectation + show(part));
    if (!member && !expect(TokenKind::kCloseBracket, "']'")) return nullptr;
    open_reference(root, "nodes", id.text, {part.text});
    const Root part_root = part.text == "output"   ? Root::kNodeOutput
                           : part.text == "status" ? Root::kNodeStatus
                                                   : Root::kNodeError;
    MutableNode node = make_root(part_root, root);
    node->name = id.text;
    return node;
  }

  Token take_part() {
    if (token().kind == TokenKind::kEnd) return token();
    return take();
  }

  static constexpr std::size_t kNoReference = static_cast<std::size_t>(-1);

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t pattern_weight_ = 0;  // of all patterns so far
  const Names& names_;
  CompiledExpression& out_;
  std::vector<std::string> bound_;             // variables of the macros around this place
  std::size_t open_reference_ = kNoReference;  // whose path is being read
  std::optional<CompileError> error_;
};

}  // namespace

std::optional<CompileError> parse(std::vector<Token> tokens, const Names& names, CompiledExpression& out) {
  return Parser(std::move(tokens), names, out).run();
}

}  // namespace commandcenter::expr
