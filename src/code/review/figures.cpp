#include "code/review/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace commandcenter::code::review {
namespace {

using enum Role;

constexpr std::size_t kMaxMeasuredNodes = 20'000'000;  // of a file; functions in functions are measured again

class Counting {
 public:
  Counting(const View& view, const Leaves& leaves, bool native)
      : view_(view), leaves_(leaves), native_(native), last_of_(leaves.words, 0) {}

  std::vector<FunctionFigures> run() {
    for (const NodeId id : leaves_.with_role)
      if (view_.is_function(id)) open(id);
    for (NodeId id = 0; id < view_.size(); ++id) {
      if (native_) add_native(id);
      look_at(id);
    }
    for (FunctionFigures& function : functions_)
      measure(function);
    return std::move(functions_);
  }

 private:
  void open(NodeId id) {
    FunctionFigures function;
    function.node = id;
    const NodeId name = name_of(id);
    function.line = view_.line(id);
    function.name_line = name == kNoNode ? function.line : view_.line(name);
    if (name != kNoNode) function.name = view_.text(name);
    function.end_line = view_.end_line(id);
    position_.emplace(id, functions_.size());
    functions_.push_back(function);
  }

  // C and C++ hide it in declarators.
  NodeId name_of(NodeId function) const {
    if (const NodeId name = view_.child(function, "name"); name != kNoNode) return name;
    NodeId at = view_.child(function, "declarator");
    while (at != kNoNode) {
      const NodeId inner = view_.child(at, "declarator");
      if (inner == kNoNode) return at;
      at = inner;
    }
    return kNoNode;
  }

  void add_native(NodeId id) {
    if (const int more = view_.is_script() ? eslint(id) : view_.is(Grammar::kPython) ? radon(id) : 0; more > 0) {
      if (const NodeId function = counted_in(id); function != kNoNode)
        functions_[position_.at(function)].native += more;
    }
  }

  // To radon, a lambda is a part of the function that it stands in; defaults, decorators and the bodies of classes are
  // nobody's.
  NodeId counted_in(NodeId id) const {
    if (!view_.is(Grammar::kPython)) return view_.function_around(id);
    for (NodeId child = id, at = view_.parent(id); at != kNoNode; child = at, at = view_.parent(at)) {
      if (view_.role(at) == kClass) return kNoNode;
      if (view_.role(at) == kFunction) return view_.field(child) == "body" ? at : kNoNode;
    }
    return kNoNode;
  }

  bool is_in_assert(NodeId id) const {
    for (NodeId at = view_.parent(id); at != kNoNode && view_.role(at) != kBlock; at = view_.parent(at))
      if (view_.kind(at) == "assert_statement") return true;
    return false;
  }

  void look_at(NodeId id) {
    switch (view_.role(id)) {
      case kIf:
        if (!view_.is_else_if(id)) add(id, true);
        return;
      case kTernary:
      case kSwitch:
      case kLoop:
      case kCatch:
        return add(id, true);
      case kElseIf:
      case kGoto:
        return add(id, false);
      case kElse:
        return add_else(id);
      case kBreak:
        return add_jump(id);
      case kCall:
        return add_recursion(id);
      default:
        break;
    }
    if (view_.node(id).named) {
      if (view_.is(Grammar::kRuby) && view_.kind(id) == "rescue_modifier") add(id, true);
      return;
    }
    const std::string_view text = view_.text(id);
    if (text == "else") {  // where it is no clause of its own: Rust's "let … else", too
      const NodeId above = view_.parent(id);
      if (above != kNoNode && (view_.role(above) == kIf || view_.kind(above) == "let_declaration")) add(id, false);
    } else if (text == "&&" || text == "||" || text == "and" || text == "or") {
      add_logical(id, text);
    }
  }

  int eslint(NodeId id) const {
    const Role role = view_.role(id);
    if (role == kIf || role == kTernary || role == kLoop || role == kCatch) return 1;
    const SyntaxNode& node = view_.node(id);
    if (!node.named) {
      const std::string_view text = view_.text(id);
      if (text == "&&" || text == "||" || text == "?\?") return view_.role(view_.parent(id)) == kBinary ? 1 : 0;
      return text == "&&=" || text == "||=" || text == "?\?=" ? 1 : 0;
    }
    const std::string_view kind = view_.kind(id);
    if (kind == "switch_case" || kind == "optional_chain" || kind == "assignment_pattern" ||
        kind == "object_assignment_pattern")
      return 1;
    return (kind == "required_parameter" || kind == "optional_parameter") && view_.child(id, "value") != kNoNode ? 1
                                                                                                                 : 0;
  }

  int radon(NodeId id) const {
    const int more = radon_alone(id);
    return more > 0 && is_in_assert(id) ? 0 : more;  // an assert counts once, whatever it says
  }

  int radon_alone(NodeId id) const {
    const Role role = view_.role(id);
    if (role == kIf || role == kElseIf || role == kTernary || role == kLoop || role == kCatch || role == kBinary)
      return role == kBinary && view_.kind(id) != "boolean_operator" ? 0 : 1;
    const std::string_view kind = view_.kind(id);
    if (kind == "for_in_clause" || kind == "if_clause" || kind == "assert_statement") return 1;
    if (kind == "case_clause") return view_.text(id).starts_with("case _:") ? 0 : 1;
    if (role != kElse) return 0;
    const NodeId above = view_.parent(id);  // of a loop or of try; that of if costs nothing
    return above != kNoNode && (view_.role(above) == kLoop || view_.role(above) == kTry) ? 1 : 0;
  }

  // "else if" costs one, be it one clause or two; "else" of a switch nothing.
  void add_else(NodeId clause) {
    const NodeId above = view_.parent(clause);
    if (above != kNoNode && view_.role(above) != kSwitch) add(clause, false);
  }

  // To a label, or out of a number of loops.
  void add_jump(NodeId jump) {
    for (NodeId at = view_.tree().first_child(jump); at != kNoNode; at = view_.tree().next_sibling(at)) {
      const std::string_view kind = view_.kind(at);
      if (kind == "statement_identifier" || kind == "label_name" || kind == "label" ||
          (view_.is(Grammar::kJava) && kind == "identifier") || (view_.is(Grammar::kPhp) && kind == "integer"))
        return add(jump, false);
    }
  }

  // A function that calls itself costs one, however often it does.
  void add_recursion(NodeId call) {
    const std::string_view callee = view_.callee(call);
    NodeId function = view_.function_around(call);
    while (function != kNoNode && functions_[position_.at(function)].name.empty())
      function = view_.function_around(function);
    if (callee.empty() || function == kNoNode) return;
    const auto [owner, name] = split(functions_[position_.at(function)].name);
    const auto [object, called] = split(callee);
    constexpr auto kOwn = std::to_array<std::string_view>({"", "this", "$this", "self", "Self", "static", "cls"});
    const bool own = std::ranges::find(kOwn, object) != kOwn.end() || object == owner;
    if (own && called == name && recursive_.insert(function).second) add(call, false);
  }

  // "a.b", "A::b", "$a->b": what it belongs to, and its name.
  static std::pair<std::string_view, std::string_view> split(std::string_view path) {
    const std::size_t last = path.find_last_of(".:>");
    if (last == std::string_view::npos) return {{}, path};
    const std::size_t separator_bytes = path[last] == '.' ? 1 : 2;
    return {path.substr(0, last + 1 - std::min(separator_bytes, last + 1)), path.substr(last + 1)};
  }

  // Python: a function in which there is only this one, and the return of it, decorates; it costs no depth.
  bool is_decorated(NodeId function) const {
    if (!view_.is(Grammar::kPython) || view_.role(function) != kFunction) return false;
    NodeId statement = function;
    if (view_.kind(view_.parent(statement)) == "decorated_definition") statement = view_.parent(statement);
    const NodeId block = view_.parent(statement);
    if (block == kNoNode || view_.parent(block) == kNoNode || view_.role(view_.parent(block)) != kFunction)
      return false;
    std::size_t others = 0;
    for (NodeId at = view_.tree().first_child(block); at != kNoNode; at = view_.tree().next_sibling(at)) {
      if (at == statement || view_.node(at).extra) continue;
      if (view_.kind(at) != "return_statement") return false;
      ++others;
    }
    return others == 1;
  }

  // A run of equal operators costs one, also over brackets.
  void add_logical(NodeId operation, std::string_view text) {
    NodeId top = view_.parent(operation);
    if (top == kNoNode || view_.role(top) != kBinary) return;
    while (true) {
      NodeId above = view_.parent(top);
      while (above != kNoNode && view_.role(above) == kParenthesized)
        above = view_.parent(above);
      if (above == kNoNode || view_.role(above) != kBinary || !is_logical(above)) break;
      top = above;
    }
    const bool conjunction = text == "&&" || text == "and";
    const auto [last, first_of_run] = last_logical_.emplace(top, conjunction);
    if (!first_of_run && last->second == conjunction) return;
    last->second = conjunction;
    add(operation, false);
  }

  bool is_logical(NodeId binary) const {
    for (NodeId at = view_.tree().first_child(binary); at != kNoNode; at = view_.tree().next_sibling(at)) {
      const std::string_view text = view_.node(at).named ? std::string_view() : view_.text(at);
      if (text == "&&" || text == "||" || text == "and" || text == "or") return true;
    }
    return false;
  }

  // To every function around; the deeper in it, the dearer.
  void add(NodeId id, bool structural) {
    int level = 0;
    for (NodeId child = id, at = view_.parent(id); at != kNoNode; child = at, at = view_.parent(at)) {
      if (view_.is_function(at)) {
        FunctionFigures& function = functions_[position_.at(at)];
        function.cognitive += 1 + (structural ? level : 0);
        const Role role = view_.role(id);
        if (structural && role != kTernary) function.nesting = std::max(function.nesting, level + 1);
      }
      if (view_.nests(at, child) && !is_decorated(at)) ++level;
    }
  }

  void measure(FunctionFigures& function) {
    measured_nodes_ += view_.node(function.node).after - function.node;
    if (measured_nodes_ > kMaxMeasuredNodes) return;
    ++measured_;
    const NodeId end = view_.node(function.node).after;
    for (auto leaf = leaves_.begin_of(function.node); leaf != leaves_.all.end() && leaf->id < end; ++leaf) {
      const bool operand = view_.node(leaf->id).named;
      ++(operand ? function.operands : function.operators);
      if (last_of_[leaf->word] == measured_) continue;
      last_of_[leaf->word] = measured_;
      ++(operand ? function.distinct_operands : function.distinct_operators);
    }
  }

  const View& view_;
  const Leaves& leaves_;
  const bool native_;
  std::vector<std::uint32_t> last_of_;  // of each word: the last function, counted from 1, in which it was met
  std::uint32_t measured_ = 0;
  std::size_t measured_nodes_ = 0;
  std::vector<FunctionFigures> functions_;
  std::unordered_map<NodeId, std::size_t> position_;
  std::unordered_map<NodeId, bool> last_logical_;
  std::unordered_set<NodeId> recursive_;
};

}  // namespace

double FunctionFigures::volume() const {
  const auto words = static_cast<double>(distinct_operators + distinct_operands);
  return words < 1 ? 0 : static_cast<double>(operators + operands) * std::log2(words);
}

std::vector<FunctionFigures> figures_of(const View& view, const Leaves& leaves, bool native) {
  return Counting(view, leaves, native).run();
}

double maintainability(double volume, int cyclomatic, int lines_of_code) {
  const double index =
      171 - 5.2 * std::log(std::max(1.0, volume)) - 0.23 * cyclomatic - 16.2 * std::log(std::max(1, lines_of_code));
  return std::clamp(index * 100 / 171, 0.0, 100.0);
}

}  // namespace commandcenter::code::review
