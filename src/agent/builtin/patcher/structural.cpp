#include "agent/builtin/patcher/structural.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/characters.h"

namespace commandcenter::patcher {
namespace {

using code::kNoNode;
using code::NodeId;
using code::Tree;

// What takes the place of $X and $$$X while the pattern is parsed: names that nobody uses.
constexpr std::string_view kOne = "ccOne_";
constexpr std::string_view kMany = "ccMany_";

// `visit(name, is_many, begin, end)` for each $X and $$$X of the text.
template <typename Visit>
void each_variable(std::string_view text, const Visit& visit) {
  for (std::size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at)) {
    const bool many = text.substr(at).starts_with("$$$");
    const std::size_t begin = at + (many ? 3 : 1);
    std::size_t end = begin;
    while (end < text.size() && is_word(text[end]))
      ++end;
    const bool named = end > begin && text[begin] >= 'A' && text[begin] <= 'Z';
    if (named) visit(text.substr(begin, end - begin), many, at, end);
    at = std::max(end, at + 1);
  }
}

std::string with_names(std::string_view pattern) {
  std::string out;
  std::size_t from = 0;
  each_variable(pattern, [&](std::string_view name, bool many, std::size_t begin, std::size_t end) {
    out.append(pattern.substr(from, begin - from)).append(many ? kMany : kOne).append(name);
    from = end;
  });
  return out.append(pattern.substr(from));
}

// Where a statement or an expression may stand in a file of its own.
std::pair<std::string_view, std::string_view> frame_of(code::Grammar grammar) {
  switch (grammar) {
    case code::Grammar::kJava:
    case code::Grammar::kCSharp:
      return {"class A { void f() {\n", "\n} }\n"};
    case code::Grammar::kC:
    case code::Grammar::kCpp:
      return {"void f() {\n", "\n}\n"};
    case code::Grammar::kGo:
      return {"package p\nfunc f() {\n", "\n}\n"};
    case code::Grammar::kRust:
      return {"fn f() {\n", "\n}\n"};
    case code::Grammar::kPhp:
      return {"<?php\n", "\n"};
    case code::Grammar::kBash:
    case code::Grammar::kHtml:
    case code::Grammar::kJavaScript:
    case code::Grammar::kJson:
    case code::Grammar::kPython:
    case code::Grammar::kRuby:
    case code::Grammar::kTsx:
    case code::Grammar::kTypeScript:
    case code::Grammar::kYaml:
      return {"", "\n"};
  }
  return {"", "\n"};
}

std::vector<NodeId> children_of(const Tree& tree, NodeId id) {
  std::vector<NodeId> all;
  for (NodeId child = tree.first_child(id); child != kNoNode; child = tree.next_sibling(child)) {
    if (!tree.node(child).extra) all.push_back(child);
  }
  return all;
}

// A pattern, parsed once as it is and, where only a whole statement may stand, with a semicolon.
class Pattern {
 public:
  static Result<Pattern> parse(const std::string& text, code::Grammar grammar) {
    const auto [head, tail] = frame_of(grammar);
    for (const std::string_view end : {"", ";"}) {
      Pattern pattern;
      pattern.text_ = std::make_unique<std::string>(std::string(head) + text + std::string(end) + std::string(tail));
      pattern.tree_ = Tree::parse(*pattern.text_, grammar);
      if (!pattern.tree_ || pattern.tree_->has_errors()) continue;
      pattern.root_ = pattern.widest(head.size(), head.size() + text.size());
      if (pattern.root_ != kNoNode) return pattern;
    }
    return fail(ErrorCode::kInvalid,
                "the pattern behind ast: is no code of this language, or not one whole piece of it");
  }

  const Tree& tree() const { return *tree_; }
  NodeId root() const { return root_; }

 private:
  // The innermost node that is the whole text: an expression rather than the statement made of it.
  NodeId widest(std::size_t begin, std::size_t end) const {
    NodeId found = kNoNode;
    for (NodeId id = 0; id < tree_->nodes().size(); ++id) {
      const auto& node = tree_->node(id);
      if (node.named && node.begin == begin && node.end == end) found = id;
    }
    return found;
  }

  std::unique_ptr<std::string> text_;  // the tree points into it
  std::optional<Tree> tree_;
  NodeId root_ = kNoNode;
};

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};
using Bindings = std::map<std::string, Range, std::less<>>;

class Matcher {
 public:
  Matcher(const Pattern& pattern, const Tree& tree) : pattern_(pattern.tree()), root_(pattern.root()), tree_(tree) {}

  bool fits(NodeId id, Bindings& bindings) {
    bindings.clear();
    return fits(root_, id, bindings);
  }
  bool exhausted() const { return comparisons_ > kMaxComparisons; }

 private:
  // "X" when the node is nothing but $X.
  std::string_view variable(NodeId id, std::string_view kind) const {
    const std::string_view text = pattern_.text(id);
    if (!text.starts_with(kind) || !std::ranges::all_of(text, is_word)) return {};
    return text.substr(kind.size());
  }

  bool bind(std::string_view name, Range range, Bindings& bindings) const {
    const auto [place, fresh] = bindings.try_emplace(std::string(name), range);
    return fresh || text_of(place->second) == text_of(range);
  }

  std::string_view text_of(Range range) const { return tree_.source().substr(range.begin, range.end - range.begin); }

  bool fits(NodeId pattern, NodeId id, Bindings& bindings) {
    if (++comparisons_ > kMaxComparisons) return false;
    const auto& node = tree_.node(id);
    if (const std::string_view name = variable(pattern, kOne); !name.empty())
      return node.named && bind(name, {node.begin, node.end}, bindings);
    if (pattern_.kind_name(pattern) != tree_.kind_name(id)) return false;
    const std::vector<NodeId> wanted = children_of(pattern_, pattern);
    const std::vector<NodeId> there = children_of(tree_, id);
    if (wanted.empty() || there.empty())
      return wanted.empty() && there.empty() && pattern_.text(pattern) == tree_.text(id);
    return fit_list(wanted, 0, there, 0, bindings);
  }

  bool fit_list(const std::vector<NodeId>& wanted, std::size_t w, const std::vector<NodeId>& there, std::size_t t,
                Bindings& bindings) {
    if (w == wanted.size()) return t == there.size();
    const std::string_view many = variable(wanted[w], kMany);
    if (many.empty()) {
      if (t == there.size()) return false;
      Bindings kept = bindings;
      if (fits(wanted[w], there[t], bindings) && fit_list(wanted, w + 1, there, t + 1, bindings)) return true;
      bindings = std::move(kept);
      return false;
    }
    // The longest run first; a comma in front of nothing is nothing, too.
    for (std::size_t end = there.size() + 1; end-- > t;) {
      const std::size_t at = t < there.size() ? tree_.node(there[t]).begin : t > 0 ? tree_.node(there[t - 1]).end : 0;
      const Range range = end > t ? Range{at, tree_.node(there[end - 1]).end} : Range{at, at};
      Bindings kept = bindings;
      if (bind(many, range, bindings) && fit_list(wanted, w + 1, there, end, bindings)) return true;
      bindings = std::move(kept);
      if (comparisons_ > kMaxComparisons) return false;
    }
    return false;
  }

  const Tree& pattern_;
  NodeId root_;
  const Tree& tree_;
  std::int64_t comparisons_ = 0;
};

class Replacer {
 public:
  Replacer(const Pattern& pattern, const Tree& tree, const std::string& replacement, std::int64_t& count)
      : tree_(tree), matcher_(pattern, tree), replacement_(replacement), count_(count) {}

  Result<std::string> run() {
    find();
    if (matcher_.exhausted())
      return fail(ErrorCode::kTooLarge, "the pattern takes too long in this file: use fewer $$$ in it");
    return written({0, tree_.source().size()});
  }

 private:
  struct Place {
    Range range;
    Bindings bindings;
  };

  void find() {
    Bindings bindings;
    for (NodeId id = 0; id < tree_.nodes().size() && !matcher_.exhausted(); ++id) {
      const auto& node = tree_.node(id);
      const bool known =
          !places_.empty() && places_.back().range.begin == node.begin && places_.back().range.end == node.end;
      if (node.named && !known && matcher_.fits(id, bindings)) places_.push_back({{node.begin, node.end}, bindings});
    }
    count_ += static_cast<std::int64_t>(places_.size());
  }

  // The text of a range with the places in it replaced. Places are in the order of the text, outer ones first, and each
  // call is for a smaller range than the one that it comes from.
  std::string written(Range range) const {
    std::string out;
    std::size_t from = range.begin;
    const auto first =
        std::ranges::lower_bound(places_, range.begin, {}, [](const Place& place) { return place.range.begin; });
    for (auto place = first; place != places_.end() && place->range.begin < range.end; ++place) {
      const bool inside = place->range.begin >= from && place->range.end <= range.end;
      if (!inside || (&*place == current_)) continue;
      out += tree_.source().substr(from, place->range.begin - from);
      out += filled(*place);
      from = place->range.end;
    }
    return out.append(tree_.source().substr(from, range.end - from));
  }

  std::string filled(const Place& place) const {
    std::string out;
    std::size_t from = 0;
    const std::string_view text = replacement_;
    each_variable(text, [&](std::string_view name, bool, std::size_t begin, std::size_t end) {
      out += text.substr(from, begin - from);
      from = end;
      const auto bound = place.bindings.find(name);
      if (bound == place.bindings.end()) {
        out += text.substr(begin, end - begin);
        return;
      }
      const Place* const outer = current_;
      current_ = &place;
      out += written(bound->second);
      current_ = outer;
    });
    return out.append(text.substr(from));
  }

  const Tree& tree_;
  Matcher matcher_;
  const std::string& replacement_;
  std::int64_t& count_;
  std::vector<Place> places_;
  mutable const Place* current_ = nullptr;
};

}  // namespace

Result<std::string> replace_structural(std::string_view text, code::Grammar grammar, const std::string& pattern,
                                       const std::string& replacement, std::int64_t& count) {
  if (pattern.size() > kMaxPattern_bytes)
    return fail(ErrorCode::kTooLarge,
                fmt::format("the pattern has {} bytes; at most {} are allowed", pattern.size(), kMaxPattern_bytes));
  const auto parsed = Pattern::parse(with_names(pattern), grammar);
  if (!parsed) return fail(parsed.error());
  const auto tree = Tree::parse(text, grammar);
  if (!tree) return fail(ErrorCode::kTooLarge, "the file is too large to be parsed");
  return Replacer(*parsed, *tree, replacement, count).run();
}

}  // namespace commandcenter::patcher
