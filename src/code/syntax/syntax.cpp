// tree-sitter's part: parse within a budget, then copy the tree into a flat array.
#include "code/syntax/syntax.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>

#include "code/syntax/arena.h"
#include "code/syntax/grammars.h"
#include "code/syntax/tree_sitter.h"

namespace commandcenter::code {
namespace {

struct ParserDeleter {
  void operator()(TSParser* parser) const { ts_parser_delete(parser); }
};

SyntaxNames names_of(const TSLanguage* language) {
  SyntaxNames names;
  for (std::uint32_t i = 0; i < ts_language_symbol_count(language); ++i) {
    const char* name = ts_language_symbol_name(language, static_cast<TSSymbol>(i));
    names.kinds.emplace_back(name == nullptr ? "" : name);
  }
  names.fields.emplace_back();
  for (std::uint32_t i = 1; i <= ts_language_field_count(language); ++i) {
    const char* name = ts_language_field_name_for_id(language, static_cast<TSFieldId>(i));
    names.fields.emplace_back(name == nullptr ? "" : name);
  }
  return names;
}

const SyntaxNames& names(Grammar grammar) {
  static const std::array<SyntaxNames, kGrammars> all = [] {
    std::array<SyntaxNames, kGrammars> made;
    for (std::size_t i = 0; i < kGrammars; ++i)
      made[i] = names_of(language(static_cast<Grammar>(i)));
    return made;
  }();
  return all[static_cast<std::size_t>(grammar)];
}

static_assert(sizeof(SyntaxNode) == sizeof(FlatNode) && offsetof(SyntaxNode, after) == offsetof(FlatNode, after));

}  // namespace

std::optional<Tree> Tree::parse(std::string_view text, Grammar grammar, const Options& options) {
  const std::size_t begin = std::min(options.begin, text.size());
  const std::string_view read = options.instead.empty() ? text : options.instead;
  const std::string_view part = read.substr(begin, std::min(options.end, text.size()) - begin);
  if (part.size() > std::min(options.max_bytes, kMaxParsed_bytes) || text.size() >= kNoNode) return std::nullopt;
  const ArenaScope memory;  // all that the parser makes, the tree included, ends with it
  const std::unique_ptr<TSParser, ParserDeleter> parser(ts_parser_new());
  if (!ts_parser_set_language(parser.get(), language(grammar))) return std::nullopt;
  ts_parser_set_timeout_micros(parser.get(), std::uint64_t{options.time_ms} * 1'000);
  ts_parser_set_cancellation_flag(parser.get(), memory.exhausted());
  const TSTree* parsed =
      ts_parser_parse_string(parser.get(), nullptr, part.data(), static_cast<std::uint32_t>(part.size()));
  if (parsed == nullptr) return std::nullopt;

  Tree tree;
  tree.text_ = text;
  tree.names_ = &names(grammar);
  tree.grammar_ = grammar;
  const TSNode root = ts_tree_root_node(parsed);
  tree.errors_ = ts_node_has_error(root);
  tree.nodes_.resize(std::min<std::size_t>(flat_size(parsed), kMaxNodes));
  tree.nodes_.resize(flatten(parsed, static_cast<std::uint32_t>(begin), kMaxSyntaxDepth,
                             reinterpret_cast<FlatNode*>(tree.nodes_.data()),
                             static_cast<std::uint32_t>(tree.nodes_.size())));
  return tree;
}

const Tree* ParsedSource::tree() const {
  if (!tried_) {
    tried_ = true;
    if (const auto grammar = grammar_of(source_)) tree_ = Tree::parse(source_.text(), *grammar);
  }
  return tree_ ? &*tree_ : nullptr;
}

NodeId Tree::child(NodeId id, std::string_view field) const {
  if (id == kNoNode) return kNoNode;
  const NodeId end = nodes_[id].after;
  for (NodeId at = id + 1; at < end; at = nodes_[at].after) {
    if (nodes_[at].field != 0 && field_name(at) == field) return at;
  }
  return kNoNode;
}

std::size_t NamedChildren::size() const {
  std::size_t count = 0;
  for (Iterator at = begin(); !(at == end()); ++at)
    ++count;
  return count;
}

NodeId NamedChildren::operator[](std::size_t index) const {
  for (const NodeId child : *this) {
    if (index-- == 0) return child;
  }
  return kNoNode;
}

NodeId NamedChildren::back() const {
  NodeId last = kNoNode;
  for (const NodeId child : *this)
    last = child;
  return last;
}

std::span<const std::string_view> kind_names(Grammar grammar) {
  return names(grammar).kinds;
}

std::span<const std::string_view> field_names(Grammar grammar) {
  return names(grammar).fields;
}

}  // namespace commandcenter::code
