// Source code as a tree: what is code, what is a string, what a comment, and how it is nested.
//
// A tree is a flat array of nodes in the order of the text, made by one walk over what tree-sitter parsed; so reading
// it costs next to nothing, and a subtree is a range. Wrong code still gives a tree, with error nodes where it is
// wrong. Pure; may be called from several threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "code/source/source.h"

namespace commandcenter::code {

inline constexpr std::size_t kMaxParsed_bytes = std::size_t{4} << 20;
inline constexpr std::uint32_t kParseTime_ms = 2'000;
inline constexpr std::size_t kMaxNodes = 4'000'000;
inline constexpr std::uint16_t kMaxSyntaxDepth = 1'000;  // what is nested deeper is left out

enum class Grammar : std::uint8_t {
  kBash,
  kC,
  kCSharp,
  kCpp,
  kGo,
  kHtml,
  kJava,
  kJavaScript,  // with JSX
  kJson,
  kPhp,
  kPython,
  kRuby,
  kRust,
  kTsx,
  kTypeScript,
  kYaml,
};
inline constexpr std::size_t kGrammars = 16;

// By the name of the file, and by its language for scripts without an extension.
std::optional<Grammar> grammar_of(const Source& source);

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0xFFFFFFFF;

struct SyntaxNode {
  std::uint16_t kind = 0;    // Tree::kind_name tells its name; equal names may have several numbers
  std::uint8_t field = 0;    // its part in the parent, Tree::field_name; 0: none
  bool named : 1 = false;    // false: punctuation, operators and keywords
  bool error : 1 = false;    // text that does not belong there
  bool missing : 1 = false;  // put in by the parser; empty
  bool extra : 1 = false;    // a comment, mostly
  std::uint16_t depth = 0;
  std::uint32_t begin = 0;  // bytes of the text
  std::uint32_t end = 0;
  NodeId parent = kNoNode;
  NodeId after = 0;  // the first node behind the subtree; children are [id + 1, after)
};

// Names of a grammar, by number.
struct SyntaxNames {
  std::vector<std::string_view> kinds;
  std::vector<std::string_view> fields;
};

// Those children of a node that have a name, without comments; nothing is copied.
class NamedChildren {
 public:
  class Iterator {
   public:
    Iterator(const SyntaxNode* nodes, NodeId at, NodeId end) : nodes_(nodes), at_(at), end_(end) { skip(); }
    NodeId operator*() const { return at_; }
    Iterator& operator++() {
      at_ = nodes_[at_].after;
      skip();
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    void skip() {
      while (at_ < end_ && (!nodes_[at_].named || nodes_[at_].extra))
        at_ = nodes_[at_].after;
    }
    const SyntaxNode* nodes_;
    NodeId at_;
    NodeId end_;
  };

  NamedChildren(const SyntaxNode* nodes, NodeId first, NodeId end) : nodes_(nodes), first_(first), end_(end) {}
  Iterator begin() const { return {nodes_, first_, end_}; }
  Iterator end() const { return {nodes_, end_, end_}; }
  bool empty() const { return begin() == end(); }
  std::size_t size() const;
  NodeId operator[](std::size_t index) const;  // kNoNode when there are fewer
  NodeId front() const { return (*this)[0]; }
  NodeId back() const;

 private:
  const SyntaxNode* nodes_;
  NodeId first_;
  NodeId end_;
};

class Tree {
 public:
  struct Options {
    std::size_t begin = 0;  // parses this part of the text only; offsets stay those of the whole
    std::size_t end = std::string_view::npos;
    std::size_t max_bytes = kMaxParsed_bytes;
    std::uint32_t time_ms = kParseTime_ms;
    std::string_view instead{};  // parsed in place of the text; as long as it, and nodes have the text's words
  };

  // None when the text is larger or takes longer than allowed. `text` must outlive the tree.
  static std::optional<Tree> parse(std::string_view text, Grammar grammar, const Options& options);
  static std::optional<Tree> parse(std::string_view text, Grammar grammar) { return parse(text, grammar, Options{}); }

  Grammar grammar() const { return grammar_; }
  std::span<const SyntaxNode> nodes() const { return nodes_; }  // never empty; the first is the root
  const SyntaxNode& node(NodeId id) const { return nodes_[id]; }

  std::string_view source() const { return text_; }
  // Empty for kNoNode: in a text with mistakes any part of a construct may be missing.
  std::string_view text(NodeId id) const {
    return id == kNoNode ? std::string_view{} : text_.substr(nodes_[id].begin, nodes_[id].end - nodes_[id].begin);
  }
  std::string_view kind_name(NodeId id) const {
    const std::uint16_t kind = nodes_[id].kind;
    return kind < names_->kinds.size() ? names_->kinds[kind] : "ERROR";
  }
  std::string_view field_name(NodeId id) const { return names_->fields[nodes_[id].field]; }

  // kNoNode when there is none, and for kNoNode.
  NodeId first_child(NodeId id) const { return id != kNoNode && id + 1 < nodes_[id].after ? id + 1 : kNoNode; }
  NodeId next_sibling(NodeId id) const {
    const NodeId parent = nodes_[id].parent;
    return parent != kNoNode && nodes_[id].after < nodes_[parent].after ? nodes_[id].after : kNoNode;
  }
  NodeId child(NodeId id, std::string_view field) const;
  NodeId named_child(NodeId id, std::size_t index) const { return named_children(id)[index]; }
  NamedChildren named_children(NodeId id) const {
    return id == kNoNode ? NamedChildren(nullptr, 0, 0) : NamedChildren(nodes_.data(), id + 1, nodes_[id].after);
  }

  bool has_errors() const { return errors_; }

 private:
  std::string_view text_;
  const SyntaxNames* names_ = nullptr;  // of the grammar
  Grammar grammar_ = Grammar::kJson;
  bool errors_ = false;
  std::vector<SyntaxNode> nodes_;
};

// A file and its tree, which is parsed when it is first asked for. For one thread.
class ParsedSource {
 public:
  explicit ParsedSource(const Source& source) : source_(source) {}
  const Source& source() const { return source_; }
  // Null: no grammar knows the file, or it is too large, or takes too long.
  const Tree* tree() const;

 private:
  const Source& source_;
  mutable bool tried_ = false;
  mutable std::optional<Tree> tree_;
};

// The same for tables that are made once: kind numbers of a name, of your own.
std::span<const std::string_view> kind_names(Grammar grammar);
std::span<const std::string_view> field_names(Grammar grammar);

}  // namespace commandcenter::code
