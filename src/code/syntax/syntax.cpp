// tree-sitter's part: parse within a budget, then copy the tree into a flat array by one walk of a cursor.
#include "code/syntax/syntax.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <array>
#include <memory>

#include "code/syntax/arena.h"
#include "code/syntax/grammars.h"

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

// Walks the whole tree without recursion.
class Flattener {
 public:
  Flattener(TSNode root, std::uint32_t offset, std::vector<SyntaxNode>& nodes)
      : cursor_(ts_tree_cursor_new(root)), offset_(offset), nodes_(nodes) {}
  ~Flattener() { ts_tree_cursor_delete(&cursor_); }
  Flattener(const Flattener&) = delete;
  Flattener& operator=(const Flattener&) = delete;

  void run() {
    open();
    while (true) {
      if (open_.size() < kMaxSyntaxDepth && ts_tree_cursor_goto_first_child(&cursor_)) {
        open();
        continue;
      }
      while (true) {
        close();
        if (open_.empty()) return;
        if (nodes_.size() < kMaxNodes && ts_tree_cursor_goto_next_sibling(&cursor_)) {
          open();
          break;
        }
        ts_tree_cursor_goto_parent(&cursor_);
      }
    }
  }

 private:
  void open() {
    const TSNode here = ts_tree_cursor_current_node(&cursor_);
    SyntaxNode node;
    node.kind = ts_node_symbol(here);
    node.field = static_cast<std::uint8_t>(ts_tree_cursor_current_field_id(&cursor_));
    node.named = ts_node_is_named(here);
    node.error = node.kind == 0xFFFF;
    node.missing = ts_node_is_missing(here);
    node.extra = ts_node_is_extra(here);
    node.depth = static_cast<std::uint16_t>(open_.size());
    node.begin = ts_node_start_byte(here) + offset_;
    node.end = ts_node_end_byte(here) + offset_;
    node.parent = open_.empty() ? kNoNode : open_.back();
    open_.push_back(static_cast<NodeId>(nodes_.size()));
    nodes_.push_back(node);
  }

  void close() {
    nodes_[open_.back()].after = static_cast<NodeId>(nodes_.size());
    open_.pop_back();
  }

  TSTreeCursor cursor_;
  std::uint32_t offset_;
  std::vector<SyntaxNode>& nodes_;
  std::vector<NodeId> open_;
};

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
  tree.nodes_.reserve(part.size() / 4 + 16);
  Flattener(root, static_cast<std::uint32_t>(begin), tree.nodes_).run();
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
