// The parts of lower.cpp: one object for one tree.
#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "code/dataflow/ir.h"
#include "code/dataflow/lower_table.h"

namespace commandcenter::code::dataflow {

inline constexpr std::uint32_t kMaxLoweredDepth = 400;

class Lowerer {
 public:
  Lowerer(const Tree& tree, Module& module);
  void run();

 private:
  using Ids = std::vector<IrId>;
  using Fields = std::initializer_list<std::string_view>;

  // lower.cpp
  IrId lower(NodeId node);
  IrId dispatch(NodeId node, Construct construct);
  IrId inner(NodeId node);
  bool is_printed(NodeId node) const;
  IrId block(NodeId node);
  IrId all(NodeId node, Op op);
  IrId make(Op op, NodeId node, std::span<const IrId> kids, std::string_view text = {}, std::string_view type = {},
            std::uint32_t info = 0);
  IrId make(Op op, NodeId node, std::initializer_list<IrId> kids, std::string_view text = {},
            std::string_view type = {}, std::uint32_t info = 0) {
    return make(op, node, std::span(kids.begin(), kids.size()), text, type, info);
  }
  Ids children(NodeId node);
  NamedChildren named(NodeId node) const { return tree_.named_children(node); }
  NodeId field(NodeId node, Fields names) const;
  Construct construct_of(NodeId node) const {  // errors have no kind
    const std::size_t kind = tree_.node(node).kind;
    return kind < table_.size() ? table_[kind] : Construct::kUnknown;
  }
  bool is(NodeId node, std::string_view kind) const { return node != kNoNode && tree_.kind_name(node) == kind; }
  std::string_view keep(std::string text);
  std::string_view between(NodeId left, NodeId right) const;
  std::string_view name_of(NodeId node) const;
  std::string_view type_of(NodeId node) const;

  // lower_values.cpp
  IrId text(NodeId node);
  IrId heredoc(NodeId node);
  struct Pieces {  // of a text
    NodeId from = kNoNode;
    Ids ids{};
    std::string text{};  // behind them
    bool interpolated = false;
  };
  void flush(Pieces& into);
  void add_pieces(NodeId parts, Pieces& into);
  IrId pieces(NodeId node, NodeId parts);
  IrId member(NodeId node);
  IrId callable(NodeId node);
  IrId index(NodeId node);
  IrId slice(NodeId node, NodeId key, IrId base);
  IrId call(NodeId node);
  IrId construct(NodeId node);
  IrId contents(NodeId node);
  IrId declared(NodeId node);
  IrId composite(NodeId node);
  IrId structure(NodeId node, NodeId body, std::string_view name);
  IrId choice(NodeId node);
  IrId unary(NodeId node);
  IrId comparison(NodeId node);
  IrId type_test(NodeId node);
  IrId map(NodeId node);
  IrId pair(NodeId node);
  IrId comprehension(NodeId node);
  IrId attribute(NodeId node);
  IrId cast(NodeId node);
  IrId list(NodeId node);
  IrId list_pattern(NodeId node);
  Ids arguments(NodeId node);
  IrId shell(NodeId node);

  // lower_statements.cpp
  IrId assign(NodeId node);
  IrId send(NodeId node);
  IrId unset(NodeId node);
  void find_channels();
  bool is_channel(NodeId node);
  void name_function(IrId target, IrId value);
  IrId declaration(NodeId node);
  IrId declarator(NodeId node, std::string_view type, std::string_view marks);
  IrId condition(NodeId node);
  IrId unless(NodeId node);
  IrId loop(NodeId node);
  IrId with_else(NodeId node, IrId loop);
  IrId for_each(NodeId node);
  IrId for_either(NodeId node);
  IrId choose(NodeId node);
  IrId one_case(NodeId node);
  bool case_of_type(NodeId pattern, Ids& body);
  IrId pattern(NodeId node);
  IrId class_pattern(NodeId node);
  IrId attempt(NodeId node);
  IrId with(NodeId node);
  IrId echo(NodeId node);
  IrId update(NodeId node);

  // prototypes.cpp
  std::string_view prototype_of(IrId id) const;
  void adopt(IrId code, std::string_view owner, std::string_view name);
  void keep_prototype(IrId target, IrId value);
  void name_makers(std::size_t from);

  // lower_functions.cpp
  IrId function(NodeId node, std::string_view marks = {});
  Ids declare_results(NodeId list);
  bool is_promoted(NodeId param) const;
  Ids keep_promoted(NodeId node);
  IrId named_results(NodeId node);
  void parameters(NodeId node, Function& function);
  void parameter(NodeId node, Function& function);
  void name_scope(const Ids& call);
  bool keep_structure(IrId target, IrId value);
  IrId in_front(NodeId node, IrId code);
  IrId class_of(NodeId node);
  void used_traits(NodeId body);
  IrId enumeration(NodeId node);
  IrId constant_of(NodeId node, std::string_view kind);
  void shape(NodeId node);
  void asked_methods(NodeId node, std::string_view owner);
  void embedded(NodeId node, std::string_view owner);
  void shape_members(NodeId node, std::string_view owner);
  NodeId type_of_declared(NodeId value);
  std::string_view inline_type(NodeId type);
  IrId within_interface(NodeId node);
  void field_type(std::string_view owner, std::string_view name, std::string_view type);
  IrId decorated(NodeId node);
  void import(NodeId node);
  void import_python(NodeId node);
  void import_script(NodeId node);
  std::string_view marks_before(NodeId node, NodeId name) const;

  const Tree& tree_;
  Module& module_;
  const std::vector<Construct>& table_;
  std::vector<NodeId> heredocs_;
  std::size_t next_heredoc_ = 0;
  std::uint32_t depth_ = 0;
  std::string_view owner_;
  bool of_class_ = false;                                    // Ruby: in "class << self"
  std::string_view nameless_;                                // of a class without a name: what it is one of
  int nameless_inside_ = -1;                                 // how deep its methods stand
  std::map<std::string_view, std::string_view> prototypes_;  // JavaScript: what stands for a prototype, and whose it is
  std::set<std::string_view> made_by_hand_;                  // JavaScript: classes that are functions
  int inside_ = 0;                                           // of how many functions
  NodeId switch_subject_ = kNoNode;                          // Java: what "case Circle c" looks at
  std::pair<NodeId, NodeId> type_subject_{kNoNode, kNoNode};  // Go: the name in "switch v := x.(type)", and x
  std::vector<NodeId> results_;                               // Go: the names of what the function gives back
  std::string_view elided_;                                   // Go: what elements are whose type is not written
  std::optional<std::set<std::string_view>> channels_;        // Go: their names, once they are asked for
};

}  // namespace commandcenter::code::dataflow
