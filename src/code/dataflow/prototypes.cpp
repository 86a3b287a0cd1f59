// JavaScript's classes of before there were classes: functions that are put on a prototype.
#include <string>
#include <string_view>

#include "code/dataflow/lowerer.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

// "Shop" of "Shop.prototype", or of a name that stands for it; empty: something else.
std::string_view Lowerer::prototype_of(IrId id) const {
  const Ir& ir = module_.at(id);
  if (ir.op == Op::kName) {
    const auto known = prototypes_.find(ir.text);
    return known == prototypes_.end() ? std::string_view{} : known->second;
  }
  const Ir& owner = module_.at(module_.kid(id, 0));
  return ir.op == Op::kField && ir.text == "prototype" && owner.op == Op::kName ? owner.text : std::string_view{};
}

void Lowerer::adopt(IrId code, std::string_view owner, std::string_view name) {
  if (module_.at(code).op != Op::kFunction || name.empty()) return;
  Function& function = module_.functions[module_.at(code).info];
  if (!function.owner.empty()) return;
  function.owner = owner;
  function.name = name;
  function.marks = kByPrototype;
  module_.bases.try_emplace(owner);
  made_by_hand_.insert(owner);
}

// "Shop.prototype.find = function …", "Shop.prototype = { find() … }", "var proto = Shop.prototype".
void Lowerer::keep_prototype(IrId target, IrId value) {
  if (!is_script(tree_.grammar())) return;
  const Ir& to = module_.at(target);
  const Op given = module_.at(value).op;
  if (to.op == Op::kName && given == Op::kField) {
    if (const std::string_view owner = prototype_of(value); !owner.empty()) prototypes_[to.text] = owner;
    return;
  }
  if (to.op != Op::kField) return;
  if (given == Op::kFunction) {
    if (const std::string_view owner = prototype_of(module_.kid(target, 0)); !owner.empty())
      adopt(value, owner, to.text);
    return;
  }
  const std::string_view owner = to.text == "prototype" ? prototype_of(target) : std::string_view{};
  if (owner.empty()) return;
  if (given == Op::kCall) {  // Object.create(Base.prototype)
    const std::string_view base = prototype_of(module_.kid(value, 1));
    if (!base.empty()) module_.bases[owner] = keep("extends " + std::string(base));
  }
  for (std::size_t i = 0; given == Op::kMap && i < module_.at(value).count; ++i) {
    const IrId part = module_.kid(value, i);
    if (module_.at(part).op == Op::kPair)
      adopt(module_.kid(part, 1), owner, module_.at(module_.kid(part, 0)).text);
    else
      adopt(part, owner, module_.at(part).text);
  }
}

// "function Shop(db) { this.db = db; }" makes the objects of which "Shop.prototype" is the class.
void Lowerer::name_makers(std::size_t from) {
  for (std::size_t i = from; i < module_.functions.size() && !made_by_hand_.empty(); ++i) {
    Function& function = module_.functions[i];
    const std::string_view name = function.name.empty() ? function.alias : function.name;
    if (!function.owner.empty() || !made_by_hand_.contains(name)) continue;
    function.owner = name;
    function.alias = name;
    function.name = "constructor";
    function.marks = kByPrototype;
  }
}

}  // namespace commandcenter::code::dataflow
