#include "code/dataflow/last_part.h"

#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr int kMaxAlike_depth = 6;

const Ir& method_of(const Module& module, IrId call) {
  const Ir& ir = module.at(call);
  return ir.op == Op::kCall && module.at(module.kid(call, 0)).op == Op::kField ? module.at(module.kid(call, 0))
                                                                               : module.at(kNoIr);
}

IrId object_of(const Module& module, IrId call) {
  return module.kid(module.kid(call, 0), 0);
}

IrId made_of(const Module& module, const MadeFrom& made, IrId id) {
  if (module.at(id).op != Op::kName) return id;
  const auto found = made.find(module.at(id).text);
  return found == made.end() ? id : found->second;
}

// The same expression, written twice.
bool are_alike(const Module& module, IrId one, IrId other, int depth = 0) {
  const Ir& first = module.at(one);
  const Ir& second = module.at(other);
  if (first.op != second.op || first.text != second.text || first.count != second.count) return false;
  if (one == kNoIr || depth > kMaxAlike_depth) return false;
  for (std::size_t i = 0; i < first.count; ++i) {
    if (!are_alike(module, module.kid(one, i), module.kid(other, i), depth + 1)) return false;
  }
  return true;
}

bool is_separator(const Ir& ir) {
  if (ir.op == Op::kText) return ir.text == "/";
  return one_of(ir.text, "separator separatorChar sep DirectorySeparatorChar");
}

bool is_one(const Ir& ir) {
  return ir.op == Op::kNumber && ir.text == "1";
}

// "x.lastIndexOf('/')", or the greatest of several of these.
bool asks_for_last(const Module& module, const MadeFrom& made, IrId id, IrId object) {
  id = made_of(module, made, id);
  const Ir& method = method_of(module, id);
  if (one_of(method.text, "lastIndexOf LastIndexOf"))
    return is_separator(module.at(module.kid(id, 1))) && are_alike(module, object_of(module, id), object);
  if (!one_of(method.text, "max Max")) return false;
  for (std::size_t i = 1; i < module.at(id).count; ++i) {
    if (asks_for_last(module, made, module.kid(id, i), object)) return true;
  }
  return false;
}

// "x.split('/')", "x.split("[/\\\\]")".
bool splits(const Module& module, const MadeFrom& made, IrId id) {
  id = made_of(module, made, id);
  if (!one_of(method_of(module, id).text, "split Split")) return false;
  const Ir& by = module.at(module.kid(id, 1));
  const bool set = by.text.starts_with('[') && !by.text.starts_with("[^") && by.text.ends_with(']');
  return is_separator(by) ||
         ((by.op == Op::kText || by.op == Op::kRegex) && set && by.text.find('/') != std::string_view::npos);
}

// "parts.length - 1".
bool is_place_of_last(const Module& module, IrId key, IrId list) {
  const Ir& ir = module.at(key);
  if (ir.op != Op::kBinary || ir.text != "-" || !is_one(module.at(module.kid(key, 1)))) return false;
  const IrId length = module.kid(key, 0);
  return module.at(length).op == Op::kField && one_of(module.at(length).text, "length Length") &&
         are_alike(module, module.kid(length, 0), list);
}

}  // namespace

bool is_last_part(const Module& module, const MadeFrom& made, IrId id) {
  const Ir& ir = module.at(id);
  if (ir.op == Op::kIndex)
    return is_place_of_last(module, module.kid(id, 1), module.kid(id, 0)) && splits(module, made, module.kid(id, 0));
  const Ir& method = method_of(module, id);
  if (method.text == "pop" && ir.count == 1) return splits(module, made, object_of(module, id));
  if (ir.count != 2 || !one_of(method.text, "substring Substring slice substr")) return false;
  const IrId from = module.kid(id, 1);
  const Ir& sum = module.at(from);
  return sum.op == Op::kBinary && sum.text == "+" && is_one(module.at(module.kid(from, 1))) &&
         asks_for_last(module, made, module.kid(from, 0), object_of(module, id));
}

IrId position_behind(const Module& module, const MadeFrom& made, IrId id) {
  const IrId call = made_of(module, made, id);
  return one_of(method_of(module, call).text, "indexOf lastIndexOf IndexOf LastIndexOf") ? call : id;
}

}  // namespace commandcenter::code::dataflow
