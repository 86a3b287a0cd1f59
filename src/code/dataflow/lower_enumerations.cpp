// Enumerations: their names, and in Java their constants and methods.
#include <string>
#include <utility>

#include "code/dataflow/lowerer.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxConstants = 64;  // of an enumeration; what further ones hold is not known

}  // namespace

// Java: its constants are objects, some of a class of their own: "RAW("x") { String apply(String s) { … } }".
IrId Lowerer::enumeration(NodeId node) {
  const NodeId name = field(node, {"name"});
  if (name == kNoNode) return kNoIr;
  module_.enums.insert(tree_.text(name));
  const NodeId body = field(node, {"body"});
  if (tree_.grammar() != Grammar::kJava || body == kNoNode) return kNoIr;
  const std::string_view outer = std::exchange(owner_, tree_.text(name));
  const std::size_t begin = tree_.node(node).begin;
  module_.bases[owner_] = tree_.source().substr(begin, tree_.node(body).begin - begin);
  Ids ids;
  std::size_t constants = 0;
  for (const NodeId part : named(body)) {
    if (is(part, "enum_constant")) {
      if (++constants <= kMaxConstants) ids.push_back(constant_of(part, owner_));
    } else if (is(part, "enum_body_declarations")) {
      shape_members(part, owner_);
      for (const NodeId member : named(part))
        ids.push_back(lower(member));
    }
  }
  const IrId id = make(Op::kClass, node, {make(Op::kBlock, body, ids)}, owner_);
  owner_ = outer;
  return id;
}

IrId Lowerer::constant_of(NodeId node, std::string_view kind) {
  const NodeId name = field(node, {"name"});
  const NodeId given = field(node, {"arguments"});
  const NodeId body = field(node, {"body"});
  if (name == kNoNode || (given == kNoNode && body == kNoNode)) return kNoIr;
  std::string_view type = kind;
  if (body != kNoNode) {
    type = keep(std::string(kind) + "$" + std::string(tree_.text(name)));
    module_.bases[type] = keep("extends " + std::string(kind));
  }
  const std::string_view outer = std::exchange(owner_, type);
  const IrId own = body == kNoNode ? kNoIr : lower(body);
  owner_ = outer;
  const IrId object = make(Op::kNew, node, given == kNoNode ? Ids{} : arguments(given), type);
  const IrId held = make(Op::kAssign, node, {lower(name), object}, "final", type);
  return make(Op::kBlock, node, {own == kNoIr ? kNoIr : make(Op::kClass, body, {own}, type), held});
}

}  // namespace commandcenter::code::dataflow
