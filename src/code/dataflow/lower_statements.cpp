// Statements.
#include <algorithm>
#include <string>
#include <utility>

#include "code/dataflow/lowerer.h"

namespace commandcenter::code::dataflow {

namespace {
constexpr std::size_t kMaxName_bytes = 128;
}

IrId Lowerer::assign(NodeId node) {
  if (is(node, "send_statement")) return send(node);
  if (is(node, "unset_statement")) return unset(node);
  const NodeId left = field(node, {"left", "name"});
  const NodeId right = field(node, {"right", "value"});
  if (left == kNoNode) return all(node, Op::kMany);
  const IrId target = lower(left);
  if (right == kNoNode) {  // Python's "a: int"
    return make(Op::kAssign, node, {target, kNoIr}, "=", type_of(field(node, {"type"})));
  }
  std::string_view word = between(left, right);
  if (const NodeId sign = field(node, {"operator"}); sign != kNoNode) word = tree_.text(sign);
  if (word.size() > 4 || !word.ends_with('=') || word == ":=") word = "=";
  if (const Ir& ir = module_.at(target); ir.op == Op::kName) ++module_.assignments[ir.text];
  const IrId value = lower(right);
  name_function(target, value);
  keep_prototype(target, value);
  if (tree_.grammar() == Grammar::kRuby && keep_structure(target, value)) return make(Op::kBlock, node, {});
  return make(Op::kAssign, node, {target, value}, word, type_of(field(node, {"type"})));
}

// PHP: "unset($name, $list['key'])".
IrId Lowerer::unset(NodeId node) {
  Ids ids;
  for (const NodeId child : named(node))
    ids.push_back(make(Op::kAssign, child, {lower(child), make(Op::kNull, child, {})}, "="));
  return make(Op::kBlock, node, ids);
}

// Go: "channel <- value". A channel is what was put into it.
IrId Lowerer::send(NodeId node) {
  const NodeId channel = field(node, {"channel"});
  const IrId target = lower(channel);
  const IrId either = make(Op::kChoice, node, {kNoIr, lower(channel), lower(field(node, {"value"}))});
  return make(Op::kAssign, node, {target, either}, "=");
}

// Go: the names before "<-", "chan" and "make(chan", in one pass over the file.
void Lowerer::find_channels() {
  const std::string_view source = tree_.source();
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  constexpr std::size_t kMaxSigns = 16;  // between a name and "chan"
  channels_.emplace();
  for (const std::string_view sign : {"<-", "chan"}) {
    for (std::size_t at = source.find(sign); at != std::string_view::npos; at = source.find(sign, at + sign.size())) {
      const std::size_t least = at < kMaxSigns ? 0 : at - kMaxSigns;
      std::size_t end = at;
      const std::string_view between = sign == "<-" ? " " : " :=<-(";
      while (end > least && between.find(source[end - 1]) != std::string_view::npos)
        --end;
      if (end > least && source.substr(0, end).ends_with("make") && source[end] == '(') {
        end -= std::min<std::size_t>(end, 4);
        while (end > least && between.find(source[end - 1]) != std::string_view::npos)
          --end;
      }
      std::size_t begin = end;
      while (begin > 0 && end - begin < kMaxName_bytes && is_word(source[begin - 1]))
        --begin;
      if (begin < end) channels_->insert(source.substr(begin, end - begin));
    }
  }
}

bool Lowerer::is_channel(NodeId node) {
  if (construct_of(node) != Construct::kName && construct_of(node) != Construct::kField) return false;
  if (!channels_) find_channels();
  const std::string_view whole = tree_.text(node);
  return channels_->contains(whole.substr(whole.rfind('.') + 1));
}

// "const f = () => …", "exports.f = function …"
void Lowerer::name_function(IrId target, IrId value) {
  if (module_.at(value).op != Op::kFunction) return;
  Function& function = module_.functions[module_.at(value).info];
  const Ir& ir = module_.at(target);
  if (function.name.empty() && (ir.op == Op::kName || ir.op == Op::kField)) function.alias = ir.text;
}

IrId Lowerer::declaration(NodeId node) {
  std::string_view type = type_of(field(node, {"type"}));
  std::string_view marks;
  Ids ids;
  for (const NodeId child : named(node)) {
    if (is(child, "modifiers") || is(child, "modifier")) marks = tree_.text(child);
    const Construct construct = construct_of(child);
    if (construct == Construct::kDeclarator)
      ids.push_back(declarator(child, type, marks));
    else if (construct == Construct::kDeclaration)
      ids.push_back(declaration(child));
    else if (construct == Construct::kAssign)
      ids.push_back(lower(child));
  }
  return ids.size() == 1 ? ids[0] : make(Op::kBlock, node, ids);
}

IrId Lowerer::declarator(NodeId node, std::string_view type, std::string_view marks) {
  if (const NodeId own = field(node, {"type"}); own != kNoNode) {
    type = type_of(own);
    if (is(own, "struct_type") && tree_.named_child(own, 0) != kNoNode) {  // of Go, without a name
      type = keep("struct#" + std::to_string(tree_.node(own).begin));
      shape_members(tree_.named_child(own, 0), type);
    }
  }
  Ids targets;
  NodeId value = field(node, {"value", "default_value"});
  if (is(node, "const_element") && owner_.empty() && named(node).size() == 2) {  // of PHP, its parts have no names
    targets.push_back(lower(named(node)[0]));
    value = named(node)[1];
  }
  for (const NodeId child : named(node)) {
    const std::string_view part = tree_.field_name(child);
    if (part == "name" || part == "pattern" || part == "property")
      targets.push_back(lower(child));
    else if (value == kNoNode && part.empty() && !is(child, "dimensions") && !is(child, "type_annotation") &&
             construct_of(child) != Construct::kSkip && !targets.empty())
      value = child;  // C# names it not
  }
  if (targets.empty()) return all(node, Op::kMany);
  // What a function declares for itself is another of that name.
  for (const IrId target : inside_ > 0 ? Ids{} : targets) {
    if (const Ir& ir = module_.at(target); ir.op == Op::kName && value != kNoNode) ++module_.assignments[ir.text];
  }
  const IrId target = targets.size() == 1 ? targets[0] : make(Op::kList, node, targets);
  const IrId given = value == kNoNode ? kNoIr : lower(value);
  name_function(target, given);
  keep_prototype(target, given);
  const bool own = inside_ == 0 && !owner_.empty() && marks.find("static") == std::string_view::npos;
  if (own && module_.at(target).op == Op::kName && module_.at(given).op == Op::kNew && module_.at(given).count == 0)
    module_.begun[{owner_, module_.at(target).text}] = given;
  return make(Op::kAssign, node, {target, given}, marks.find("final") != std::string_view::npos ? "final" : "=", type);
}

// An if with all that follows it: alternatives may be nested or stand in a row.
IrId Lowerer::condition(NodeId node) {
  const NodeId before = field(node, {"initializer"});
  const IrId first = before == kNoNode ? kNoIr : lower(before);
  const IrId test = lower(field(node, {"condition"}));
  const IrId then = lower(field(node, {"consequence", "body"}));
  std::vector<NodeId> rest;
  for (const NodeId child : named(node)) {
    if (tree_.field_name(child) == "alternative") rest.push_back(child);
  }
  IrId last = kNoIr;
  for (std::size_t i = rest.size(); i-- > 0;) {
    const NodeId child = rest[i];
    const bool nested = construct_of(child) == Construct::kIf && i + 1 < rest.size();
    if (!nested) {
      last = is(child, "else_clause") || is(child, "else") ? block(child) : lower(child);
      continue;
    }
    const IrId other = lower(field(child, {"condition"}));
    last = make(Op::kIf, child, {other, lower(field(child, {"consequence", "body"})), last});
  }
  const IrId whole = make(Op::kIf, node, {test, then, last});
  return first == kNoIr ? whole : make(Op::kBlock, node, {first, whole});
}

IrId Lowerer::unless(NodeId node) {
  const IrId test = make(Op::kUnary, node, {lower(field(node, {"condition"}))}, "!");
  const IrId then = lower(field(node, {"consequence", "body"}));
  return make(Op::kIf, node, {test, then, lower(field(node, {"alternative"}))});
}

IrId Lowerer::loop(NodeId node) {
  IrId test = lower(field(node, {"condition"}));
  if (tree_.kind_name(node).starts_with("until")) test = make(Op::kUnary, node, {test}, "!");
  const std::uint32_t first = is(node, "do_statement") ? 1 : 0;
  return with_else(node, make(Op::kLoop, node, {kNoIr, test, lower(field(node, {"body"})), kNoIr}, {}, {}, first));
}

// Python: what stands behind the "else" of a loop runs where no "break" has left it.
IrId Lowerer::with_else(NodeId node, IrId loop) {
  const NodeId other = tree_.grammar() == Grammar::kPython ? field(node, {"alternative"}) : kNoNode;
  if (other == kNoNode) return loop;
  IrId behind = lower(other);
  if (tree_.text(field(node, {"body"})).find("break") != std::string_view::npos)
    behind = make(Op::kIf, other, {make(Op::kMany, other, {}), behind, kNoIr});
  return make(Op::kBlock, node, {loop, behind});
}

IrId Lowerer::for_each(NodeId node) {
  const auto parts = named(node);
  NodeId target = field(node, {"left", "name", "pattern"});
  NodeId from = field(node, {"right", "value"});
  if (target == kNoNode && parts.size() >= 2) {  // PHP
    from = parts[0];
    target = parts[1];
  }
  const IrId bound = lower(target);
  const IrId source = lower(from);
  const std::string_view key = tree_.kind_name(node) == "for_in_statement" && field(node, {"operator"}) != kNoNode
                                   ? tree_.text(field(node, {"operator"}))
                                   : std::string_view{};
  const bool by_reference = tree_.grammar() == Grammar::kPhp && tree_.text(target).find('&') != std::string_view::npos;
  const IrId body = lower(field(node, {"body"}));
  const std::string_view type = type_of(field(node, {"type"}));
  return with_else(node, make(Op::kForEach, node, {bound, source, body}, key, type, by_reference ? 1 : 0));
}

IrId Lowerer::for_either(NodeId node) {
  NodeId clause = node;
  for (const NodeId child : named(node)) {
    if (!is(child, "range_clause")) {
      if (is(child, "for_clause")) clause = child;
      continue;
    }
    const IrId bound = lower(field(child, {"left"}));
    const IrId source = lower(field(child, {"right"}));
    const std::string_view way = is_channel(field(child, {"right"})) ? "" : "range";
    return make(Op::kForEach, node, {bound, source, lower(field(node, {"body"}))}, way);
  }
  if (field(node, {"right"}) != kNoNode || field(node, {"pattern"}) != kNoNode) return for_each(node);
  const IrId before = lower(field(clause, {"initializer", "init", "initialize"}));
  const IrId test = lower(field(clause, {"condition"}));
  const IrId body = lower(field(node, {"body"}));
  return make(Op::kLoop, node, {before, test, body, lower(field(clause, {"update", "increment"}))});
}

IrId Lowerer::choose(NodeId node) {
  NodeId subject = field(node, {"condition", "subject", "value"});
  NodeId body = field(node, {"body"});
  if (subject == kNoNode && is(node, "switch_expression") && !named(node).empty()) subject = named(node).front();
  if (body == kNoNode) body = node;
  const NodeId named_type = is(node, "type_switch_statement") ? field(node, {"alias"}) : kNoNode;
  const auto outer = std::exchange(type_subject_, std::pair(named_type, subject));
  const NodeId outer_subject = std::exchange(switch_subject_, subject);
  const NodeId before = field(node, {"initializer"});  // Go: "switch name := r.FormValue("x"); { … }"
  const IrId first = before == kNoNode ? kNoIr : lower(before);
  Ids ids{lower(subject)};
  bool falls = false;
  for (const NodeId child : named(body)) {
    const std::string_view kind = tree_.kind_name(child);
    falls = falls || kind == "switch_block_statement_group" || kind == "switch_case" || kind == "case_statement";
    if (construct_of(child) == Construct::kCase)
      ids.push_back(one_case(child));
    else if (kind == "else")
      ids.push_back(make(Op::kCase, child, {block(child)}));
  }
  type_subject_ = outer;
  switch_subject_ = outer_subject;
  const IrId whole = make(Op::kSwitch, node, ids, {}, {}, falls ? 1 : 0);
  return first == kNoIr ? whole : make(Op::kBlock, node, {first, whole});
}

// Python: what a case takes apart, as the target of an assignment.
IrId Lowerer::pattern(NodeId node) {
  if (is(node, "case_pattern")) return named(node).empty() ? kNoIr : pattern(named(node).front());
  if (is(node, "dict_pattern")) {
    Ids pairs;
    NodeId key = kNoNode;
    for (NodeId at = tree_.first_child(node); at != kNoNode; at = tree_.next_sibling(at)) {
      if (tree_.field_name(at) == "key") key = at;
      if (tree_.field_name(at) != "value" || key == kNoNode) continue;
      const IrId name = lower(key);
      pairs.push_back(make(Op::kPair, at, {name, pattern(at)}));
    }
    return make(Op::kMap, node, pairs);
  }
  if (is(node, "list_pattern") || is(node, "tuple_pattern")) {
    Ids parts;
    for (const NodeId child : named(node))
      parts.push_back(pattern(child));
    return make(Op::kList, node, parts);
  }
  if (is(node, "splat_pattern"))
    return make(Op::kSpread, node, {named(node).empty() ? kNoIr : lower(named(node).front())});
  if (is(node, "as_pattern") && field(node, {"alias"}) != kNoNode && !named(node).empty()) {
    const IrId inner = pattern(named(node).front());
    return make(Op::kPair, node, {inner, lower(field(node, {"alias"}))});
  }
  return is(node, "class_pattern") ? class_pattern(node) : lower(node);
}

// "str(name)", "Point(x=left)"
IrId Lowerer::class_pattern(NodeId node) {
  Ids pairs;
  Ids places;
  for (const NodeId child : named(node)) {
    if (!is(child, "case_pattern") || named(child).empty()) continue;
    const NodeId part = named(child).front();
    const NamedChildren both = named(is(part, "keyword_pattern") ? part : kNoNode);
    if (both.size() > 1) {
      const IrId name = make(Op::kText, both[0], {}, tree_.text(both[0]));
      pairs.push_back(make(Op::kPair, part, {name, pattern(both[1])}));
    } else {
      places.push_back(pattern(part));
    }
  }
  if (!pairs.empty()) return make(Op::kMap, node, pairs);
  const IrId type = lower(named(node).front());
  return places.size() == 1 ? make(Op::kPair, node, {type, places[0]})
         : type == kNoIr    ? type
                            : make(Op::kMany, node, {type});
}

// Java: "case Circle c" gives c what is looked at, "case Circle(String label)" its parts.
bool Lowerer::case_of_type(NodeId pattern, Ids& body) {
  if (tree_.grammar() != Grammar::kJava || switch_subject_ == kNoNode) return false;
  if (is(pattern, "type_pattern")) {
    const auto parts = named(pattern);
    if (parts.size() != 2) return false;
    const IrId name = make(Op::kName, parts[1], {}, tree_.text(parts[1]));
    body.push_back(make(Op::kAssign, pattern, {name, lower(switch_subject_)}, "=", type_of(parts[0])));
    return true;
  }
  if (!is(pattern, "record_pattern") || named(pattern).size() != 2) return false;
  const auto members = module_.records.find(tree_.text(named(pattern)[0]));
  std::size_t place = 0;
  for (const NodeId part : named(named(pattern)[1])) {
    const auto words = named(part);
    if (words.size() != 2) return false;
    const IrId name = make(Op::kName, words[1], {}, tree_.text(words[1]));
    IrId value = lower(switch_subject_);
    if (members != module_.records.end() && place < members->second.size())
      value = make(Op::kField, part, {value}, members->second[place]);
    ++place;
    body.push_back(make(Op::kAssign, part, {name, value}, "=", type_of(words[0])));
  }
  return true;
}

IrId Lowerer::one_case(NodeId node) {
  Ids labels;
  Ids body;
  bool other = false;
  bool first = true;
  const bool arm = is(node, "switch_expression_arm");
  const bool typed = type_subject_.first != kNoNode && (is(node, "type_case") || is(node, "default_case"));
  if (typed) {  // Go: "switch v := x.(type)"
    NodeId alias = type_subject_.first;
    if (is(alias, "expression_list")) alias = tree_.named_child(alias, 0);
    const std::string_view type = type_of(field(node, {"type"}));
    body.push_back(make(Op::kAssign, node, {lower(alias), lower(type_subject_.second)}, "=", type));
  }
  for (const NodeId child : named(node)) {
    const std::string_view part = tree_.field_name(child);
    const std::string_view kind = tree_.kind_name(child);
    const bool label = part == "value" || part == "pattern" || kind == "switch_label" || kind == "case_pattern" ||
                       part == "conditional_expressions" || kind == "constant_pattern" || kind == "case_switch_label" ||
                       part == "type" || (arm && first);
    first = false;
    if (!label) {
      if (const IrId id = lower(child); id != kNoIr) body.push_back(id);
      continue;
    }
    std::vector<NodeId> queue{child};
    while (!queue.empty()) {
      const NodeId at = queue.back();
      queue.pop_back();
      const bool holder = is(at, "switch_label") || is(at, "case_pattern") || is(at, "union_pattern") ||
                          is(at, "expression_list") || is(at, "match_condition_list") || is(at, "constant_pattern") ||
                          is(at, "pattern");
      if (tree_.text(at) == "_" || tree_.text(at) == "default") {
        other = true;
      } else if (case_of_type(at, body)) {
        labels.push_back(make(Op::kMany, at, {}, type_of(named(at).front())));
      } else if (holder) {
        for (const NodeId inside : named(at))
          queue.push_back(inside);
      } else if (const IrId id = tree_.grammar() == Grammar::kPython ? pattern(at) : lower(at); id != kNoIr) {
        labels.push_back(id);
      }
    }
  }
  const auto count = static_cast<std::uint32_t>(other ? 0 : labels.size());
  if (other) labels.clear();
  labels.push_back(make(Op::kBlock, node, body));
  return make(Op::kCase, node, labels, {}, {}, count);
}

IrId Lowerer::attempt(NodeId node) {
  Ids first;
  Ids rest;
  Ids last;
  for (const NodeId child : named(node)) {
    const std::string_view kind = tree_.kind_name(child);
    const bool handler = kind == "catch_clause" || kind == "except_clause" || kind == "rescue" ||
                         kind == "except_group_clause" || kind == "else_clause" || kind == "else";
    const IrId id = lower(child);
    if (id == kNoIr) continue;
    (handler ? rest : kind == "finally_clause" || kind == "ensure" ? last : first).push_back(id);
  }
  rest.insert(rest.begin(), make(Op::kBlock, node, first));
  const IrId tried = make(Op::kTry, node, rest);
  if (last.empty()) return tried;
  last.insert(last.begin(), tried);
  return make(Op::kBlock, node, last);
}

IrId Lowerer::with(NodeId node) {
  Ids ids;
  for (NodeId at = node + 1; at < tree_.node(node).after; ++at) {
    if (is(at, "with_item")) {
      const NodeId value = field(at, {"value"});
      if (is(value, "as_pattern")) {
        const auto parts = named(value);
        const IrId target = lower(field(value, {"alias"}));
        ids.push_back(make(Op::kAssign, at, {target, parts.empty() ? kNoIr : lower(parts[0])}, "with"));
      } else {
        ids.push_back(lower(value));
      }
    }
    if (tree_.node(at).parent == node && construct_of(at) == Construct::kDeclaration) ids.push_back(lower(at));
    if (tree_.node(at).parent == node && tree_.field_name(at) == "body") {
      ids.push_back(lower(at));
      break;
    }
  }
  return make(Op::kBlock, node, ids);
}

IrId Lowerer::echo(NodeId node) {
  const bool leaves = is(node, "exit_statement");
  const IrId callee = make(Op::kName, node, {}, leaves ? "exit" : is(node, "print_intrinsic") ? "print" : "echo");
  Ids ids{callee};
  for (const NodeId child : named(node)) {
    if (is(child, "sequence_expression")) {
      for (const NodeId part : named(child))
        ids.push_back(lower(part));
    } else {
      ids.push_back(lower(child));
    }
  }
  const IrId call = make(Op::kCall, node, ids);
  return leaves ? make(Op::kBlock, node, {call, make(Op::kThrow, node, {})}) : call;
}

IrId Lowerer::update(NodeId node) {
  const auto parts = named(node);
  if (parts.empty()) return kNoIr;
  const IrId target = lower(parts[0]);
  const IrId one = make(Op::kNumber, node, {}, "1");
  const bool down = tree_.text(node).find("--") != std::string_view::npos;
  if (const Ir& ir = module_.at(target); ir.op == Op::kName) ++module_.assignments[ir.text];
  const IrId sum = make(Op::kBinary, node, {target, one}, down ? "-" : "+");
  return make(Op::kAssign, node, {target, sum}, "=");
}

}  // namespace commandcenter::code::dataflow
