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

struct Names {
  std::vector<std::string_view> kinds;
  std::vector<std::string_view> fields;
};

Names names_of(const TSLanguage* language) {
  Names names;
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

const Names& names(Grammar grammar) {
  static const std::array<Names, kGrammars> all = [] {
    std::array<Names, kGrammars> made;
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

std::string_view Tree::kind_name(NodeId id) const {
  const auto& kinds = names(grammar_).kinds;
  const std::uint16_t kind = nodes_[id].kind;
  return kind < kinds.size() ? kinds[kind] : "ERROR";
}

std::string_view Tree::field_name(NodeId id) const {
  return names(grammar_).fields[nodes_[id].field];
}

NodeId Tree::child(NodeId id, std::string_view field) const {
  for (NodeId at = first_child(id); at != kNoNode; at = next_sibling(at)) {
    if (nodes_[at].field != 0 && field_name(at) == field) return at;
  }
  return kNoNode;
}

NodeId Tree::named_child(NodeId id, std::size_t index) const {
  for (NodeId at = first_child(id); at != kNoNode; at = next_sibling(at)) {
    if (nodes_[at].named && !nodes_[at].extra && index-- == 0) return at;
  }
  return kNoNode;
}

std::span<const std::string_view> kind_names(Grammar grammar) {
  return names(grammar).kinds;
}

std::span<const std::string_view> field_names(Grammar grammar) {
  return names(grammar).fields;
}

}  // namespace commandcenter::code
