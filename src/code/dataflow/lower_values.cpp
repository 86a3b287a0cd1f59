// Expressions.
#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>
#include <utility>

#include "code/dataflow/lowerer.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr auto kPieceKinds = std::to_array<std::string_view>(
    {"string_content", "string_fragment", "interpreted_string_literal_content", "string_literal_content",
     "multiline_string_fragment", "heredoc_content", "raw_string_content", "raw_string_literal_content",
     "nowdoc_string", "string_literal_fragment"});

bool is_piece(std::string_view kind) {
  return std::find(kPieceKinds.begin(), kPieceKinds.end(), kind) != kPieceKinds.end();
}

std::string unescape(std::string_view sequence) {
  if (sequence.size() < 2) return std::string(sequence);
  switch (sequence[1]) {
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case 'r':
      return "\r";
    case '0':
      return std::string(1, '\0');
    case 'u':
    case 'x': {
      unsigned value = 0;
      const std::string_view digits = sequence.substr(2);
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
      return value > 0 && value < 0x80 ? std::string(1, static_cast<char>(value)) : std::string(sequence);
    }
    default:
      return std::string(sequence.substr(1));
  }
}

// A literal that has no nodes of its own inside: without its prefix and its quotes.
std::string_view bare(std::string_view text) {
  const std::size_t quote = text.find_first_of("\"'`:");
  if (quote == std::string_view::npos) return text;
  if (text[quote] == ':') return text.substr(quote + 1);
  text.remove_prefix(quote);
  const char mark = text.front();
  while (text.size() >= 2 && text.front() == mark && text.back() == mark) {
    text.remove_prefix(1);
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

void Lowerer::flush(Pieces& into) {
  if (into.text.empty()) return;
  into.ids.push_back(make(Op::kText, into.from, {}, keep(std::move(into.text))));
  into.text.clear();
}

void Lowerer::add_pieces(NodeId parts, Pieces& into) {
  for (const NodeId child : named(parts)) {
    const std::string_view kind = tree_.kind_name(child);
    if (into.text.empty()) into.from = child;
    if (is_piece(kind)) {
      std::size_t at = tree_.node(child).begin;
      for (const NodeId escape : named(child)) {
        into.text += tree_.source().substr(at, tree_.node(escape).begin - at);
        into.text += unescape(tree_.text(escape));
        at = tree_.node(escape).end;
      }
      into.text += tree_.source().substr(at, tree_.node(child).end - at);
    } else if (kind == "escape_sequence") {
      into.text += unescape(tree_.text(child));
    } else if (kind == "string" || kind == "concatenated_string" || kind == "string_literal" ||
               kind == "chained_string") {
      add_pieces(child, into);  // neighbours that the language joins
    } else if (construct_of(child) != Construct::kSkip) {
      flush(into);
      const NodeId value = tree_.child(child, "expression");
      if (const IrId id = lower(value != kNoNode ? value : child); id != kNoIr) into.ids.push_back(id);
      into.interpolated = true;
    }
  }
}

IrId Lowerer::pieces(NodeId node, NodeId parts) {
  Pieces into{.from = parts};
  add_pieces(parts, into);
  if (!into.interpolated) return make(Op::kText, node, {}, keep(std::move(into.text)));
  flush(into);
  return make(Op::kConcat, node, into.ids);
}

IrId Lowerer::text(NodeId node) {
  if (named(node).empty()) return make(Op::kText, node, {}, bare(tree_.text(node)));
  if (is(node, "heredoc")) return pieces(node, field(node, {"value"}) == kNoNode ? node : field(node, {"value"}));
  return pieces(node, node);
}

IrId Lowerer::heredoc(NodeId node) {
  if (next_heredoc_ >= heredocs_.size()) return make(Op::kMany, node, {});
  return pieces(node, heredocs_[next_heredoc_++]);
}

IrId Lowerer::shell(NodeId node) {
  const IrId callee = make(Op::kName, node, {}, "`");
  return make(Op::kCall, node, {callee, pieces(node, node)});
}

IrId Lowerer::member(NodeId node) {
  const auto parts = named(node);
  if (parts.empty()) return kNoIr;
  const NodeId object = field(node, {"object", "operand", "expression", "scope", "condition", "value"});
  NodeId name = field(node, {"attribute", "property", "field", "name"});
  if (name == kNoNode) name = parts.back();
  if (is(name, "member_binding_expression")) name = field(name, {"name"});
  const NodeId from = object == kNoNode ? parts.front() : object;
  if (from == name) return make(Op::kName, node, {}, name_of(node));
  std::string_view word = name_of(name);
  if (tree_.grammar() == Grammar::kPhp && word.starts_with('$')) word.remove_prefix(1);
  return make(Op::kField, node, {lower(from)}, word);
}

IrId Lowerer::index(NodeId node) {
  const auto parts = named(node);
  if (parts.empty()) return kNoIr;
  NodeId object = field(node, {"object", "value", "array", "operand", "expression"});
  if (object == kNoNode) object = parts.front();
  NodeId key = field(node, {"subscript", "index"});
  if (key == kNoNode && parts.size() > 1) key = parts[1];
  const IrId base = lower(object);
  if (is(key, "slice") && tree_.grammar() == Grammar::kPython) return slice(node, key, base);
  if (key == kNoNode || is(key, "slice") || is(key, "range")) return make(Op::kIndex, node, {base, kNoIr});
  const IrId place = is(key, "bracketed_argument_list") ? inner(key) : lower(key);
  return make(Op::kIndex, node, {base, place}, "[");
}

// Python: from, to and step, any of which may be missing.
IrId Lowerer::slice(NodeId node, NodeId key, IrId base) {
  std::array<IrId, 3> ends{};
  std::size_t place = 0;
  std::size_t at = tree_.node(key).begin;
  for (const NodeId child : named(key)) {
    const std::string_view before = tree_.source().substr(at, tree_.node(child).begin - at);
    place += static_cast<std::size_t>(std::count(before.begin(), before.end(), ':'));
    if (place < ends.size()) ends[place] = lower(child);
    at = tree_.node(child).end;
  }
  if (ends[2] != kNoIr) return make(Op::kIndex, node, {base, kNoIr});
  return make(Op::kIndex, node, {base, kNoIr, ends[0], ends[1]});
}

Lowerer::Ids Lowerer::arguments(NodeId node) {
  Ids ids;
  if (node == kNoNode) return ids;
  for (const NodeId child : named(node)) {
    const NodeId name = is(child, "argument") ? field(child, {"name"}) : kNoNode;
    if (is(child, "pair") && tree_.grammar() == Grammar::kRuby) {
      const NodeId key = field(child, {"key"});
      const IrId value = lower(field(child, {"value"}));
      ids.push_back(make(Op::kKeyword, child, {value}, bare(tree_.text(key))));
    } else if (name != kNoNode) {
      ids.push_back(make(Op::kKeyword, child, {lower(named(child).back())}, tree_.text(name), {}, 1));
    } else {
      const IrId id = lower(child);
      ids.push_back(id == kNoIr ? make(Op::kMany, child, {}) : id);
    }
  }
  return ids;
}

IrId Lowerer::call(NodeId node) {
  const NodeId object = field(node, {"object", "receiver", "scope"});
  const NodeId name = field(node, {"function", "name", "method", "constructor"});
  NodeId given = field(node, {"arguments"});
  const NodeId code = field(node, {"block"});
  if (is(node, "yield")) {
    Ids ids = arguments(tree_.named_child(node, 0));
    ids.insert(ids.begin(), make(Op::kName, node, {}, "yield"));
    return make(Op::kCall, node, ids);
  }
  if (name == kNoNode) {
    Ids ids = arguments(given);  // `f.(x)` and the like
    ids.insert(ids.begin(), object == kNoNode ? make(Op::kMany, node, {}) : lower(object));
    return make(Op::kCall, node, ids);
  }
  std::string_view word = name_of(name);
  if (object != kNoNode && given == kNoNode && code == kNoNode && tree_.grammar() == Grammar::kRuby)
    return make(Op::kField, node, {lower(object)}, word);
  const IrId callee = object != kNoNode ? make(Op::kField, name, {lower(object)}, word) : lower(name);
  if (is(given, "template_string")) return make(Op::kTagged, node, {callee, pieces(given, given)});
  Ids ids = is(given, "generator_expression") ? Ids{lower(given)} : arguments(given);
  ids.insert(ids.begin(), callee);
  if (code != kNoNode) ids.push_back(lower(code));
  if (word == "scope" && object == kNoNode) name_scope(ids);
  if (object == kNoNode && word == "before" && code != kNoNode && inside_ == 0) return in_front(node, ids.back());
  return make(Op::kCall, node, ids);
}

IrId Lowerer::construct(NodeId node) {
  NodeId type = field(node, {"type", "constructor"});
  NodeId given = field(node, {"arguments"});
  for (const NodeId child : named(node)) {
    if (type == kNoNode && construct_of(child) == Construct::kName) type = child;
    if (given == kNoNode && (is(child, "arguments") || is(child, "argument_list"))) given = child;
  }
  if (type == kNoNode) type = type_of_declared(node);
  Ids ids = arguments(given);
  if (const NodeId more = field(node, {"initializer"}); more != kNoNode) {
    if (const IrId held = contents(more); held != kNoIr) return held;
    for (const NodeId child : named(more)) {
      if (is(child, "assignment_expression"))
        ids.push_back(make(Op::kKeyword, child, {lower(field(child, {"right"}))}, tree_.text(field(child, {"left"}))));
      else
        ids.push_back(lower(child));
    }
  }
  std::string_view word = name_of(type);
  if (const std::size_t dot = word.find_last_of(".\\"); dot != std::string_view::npos && !is_script(tree_.grammar()))
    word.remove_prefix(dot + 1);
  for (const NodeId child : named(node)) {
    if (!is(child, "class_body") && !is(child, "declaration_list")) continue;
    const auto outer = std::pair(std::exchange(nameless_, word), std::exchange(nameless_inside_, inside_));
    ids.push_back(block(child));
    std::tie(nameless_, nameless_inside_) = outer;
  }
  return make(Op::kNew, node, ids, word);
}

// "x instanceof String s" and "x is string s" give s its value; "x instanceof String" and "x is string" tell what x is,
// "x is "a" or "b"" that it is one of these.
IrId Lowerer::type_test(NodeId node) {
  const NodeId value = field(node, {"left", "expression"});
  const NodeId pattern = field(node, {"pattern"});
  if (value == kNoNode) return all(node, Op::kMany);
  NodeId name = field(node, {"name"});
  if (name == kNoNode && pattern != kNoNode && is(pattern, "declaration_pattern")) name = field(pattern, {"name"});
  const IrId tested = lower(value);
  if (name != kNoNode) {
    const IrId target = make(Op::kName, name, {}, tree_.text(name));
    const NodeId type = field(pattern == kNoNode ? node : pattern, {"right", "type"});
    return make(Op::kMany, node, {make(Op::kAssign, node, {target, tested}, "=", type_of(type))});
  }
  if (const NodeId type = field(pattern == kNoNode || !is(pattern, "type_pattern") ? node : pattern, {"right", "type"});
      type != kNoNode)
    return make(Op::kBinary, node, {tested, make(Op::kName, type, {}, type_of(type))}, "instanceof");
  Ids allowed;
  std::vector<NodeId> patterns{pattern};
  while (!patterns.empty()) {
    const NodeId one = patterns.back();
    patterns.pop_back();
    if (one != kNoNode && is(one, "or_pattern")) {
      patterns.push_back(field(one, {"left"}));
      patterns.push_back(field(one, {"right"}));
    } else if (one != kNoNode && is(one, "constant_pattern")) {
      allowed.push_back(lower(one));
    } else {
      return make(Op::kMany, node, {tested});
    }
  }
  return make(Op::kBinary, node, {tested, make(Op::kList, pattern, allowed)}, "in");
}

// C#: "out var name", "(string a, string b) = …", "var (a, b) = …"
IrId Lowerer::declared(NodeId node) {
  const NodeId name = field(node, {"name"});
  if (name == kNoNode) return inner(node);
  if (named(name).empty()) return make(Op::kName, name, {}, tree_.text(name), type_of(field(node, {"type"})));
  Ids ids;
  for (const NodeId part : named(name))
    ids.push_back(make(Op::kName, part, {}, tree_.text(part)));
  return make(Op::kList, node, ids);
}

// C#: new List<string> { a, b }, new Dictionary<string, string> { { k, v } } and { [k] = v }; kNoIr for members.
IrId Lowerer::contents(NodeId node) {
  if (tree_.grammar() != Grammar::kCSharp || named(node).empty()) return kNoIr;
  Ids ids;
  bool pairs = false;
  for (const NodeId child : named(node)) {
    NodeId key = kNoNode;
    NodeId value = kNoNode;
    if (is(child, "assignment_expression")) {
      key = field(child, {"left"});
      value = field(child, {"right"});
      if (!tree_.text(key).starts_with('[')) return kNoIr;
      while (!named(key).empty() && tree_.text(named(key).front()) != tree_.text(key) &&
             construct_of(key) != Construct::kText)
        key = named(key).front();
    } else if (is(child, "initializer_expression") && named(child).size() == 2) {
      key = named(child)[0];
      value = named(child)[1];
    }
    pairs = pairs || key != kNoNode;
    if (key == kNoNode) {
      ids.push_back(lower(child));
    } else {
      const IrId name = lower(key);
      ids.push_back(make(Op::kPair, child, {name, lower(value)}));
    }
  }
  return make(pairs ? Op::kMap : Op::kList, node, ids);
}

// Go: []string{…}, map[string]string{…}, T{field: value}
IrId Lowerer::composite(NodeId node) {
  const NodeId type = field(node, {"type"});
  const NodeId body = field(node, {"body"});
  if (body == kNoNode) return kNoIr;
  const bool keyed = !named(body).empty() && is(named(body).front(), "keyed_element");
  if (is(type, "slice_type") || is(type, "array_type") || is(type, "map_type")) {
    const NodeId element = field(type, {"element", "value"});
    const bool plain = is(element, "type_identifier") || is(element, "qualified_type") || is(element, "pointer_type");
    const std::string_view outer = std::exchange(elided_, plain ? name_of(element) : std::string_view{});
    const IrId id = keyed || is(type, "map_type") ? map(body) : list(body);
    elided_ = outer;
    return id;
  }
  const bool nameless = is(type, "struct_type") && tree_.named_child(type, 0) != kNoNode;
  const std::string_view name = nameless ? keep("struct#" + std::to_string(tree_.node(type).begin)) : name_of(type);
  if (nameless) shape_members(tree_.named_child(type, 0), name);
  return structure(node, body, name);
}

// Go: what stands between the brackets of a structure.
IrId Lowerer::structure(NodeId node, NodeId body, std::string_view name) {
  const std::string_view outer = std::exchange(elided_, std::string_view{});
  Ids ids;
  for (const NodeId child : named(body)) {
    if (!is(child, "keyed_element")) {
      ids.push_back(lower(child));
      continue;
    }
    std::string_view key = tree_.text(field(child, {"key"}));
    if (key.size() > 1 && key.starts_with('"') && key.ends_with('"')) key = key.substr(1, key.size() - 2);  // a map
    ids.push_back(make(Op::kKeyword, child, {lower(field(child, {"value"}))}, key));
  }
  elided_ = outer;
  return make(Op::kNew, node, ids, name);
}

IrId Lowerer::choice(NodeId node) {
  const auto parts = named(node);
  if (tree_.grammar() == Grammar::kPython && parts.size() == 3) {
    const IrId test = lower(parts[1]);
    const IrId then = lower(parts[0]);
    return make(Op::kChoice, node, {test, then, lower(parts[2])});
  }
  const IrId test = lower(field(node, {"condition"}));
  const NodeId then = field(node, {"consequence", "body"});
  const IrId first = then == kNoNode ? test : lower(then);
  return make(Op::kChoice, node, {test, first, lower(field(node, {"alternative"}))});
}

IrId Lowerer::unary(NodeId node) {
  NodeId operand = field(node, {"argument", "operand"});
  if (operand == kNoNode && !named(node).empty()) operand = named(node).back();
  if (operand == kNoNode) return kNoIr;
  const std::size_t begin = tree_.node(node).begin;
  std::string_view word = tree_.source().substr(begin, tree_.node(operand).begin - begin);
  while (!word.empty() && (word.back() <= ' ' || word.back() == '('))
    word.remove_suffix(1);
  if (word == "&" || word == "*" || word == "@") return lower(operand);
  return make(Op::kUnary, node, {lower(operand)}, word);
}

IrId Lowerer::comparison(NodeId node) {
  const auto parts = named(node);
  if (parts.size() != 2) return all(node, Op::kMany);
  const IrId left = lower(parts[0]);
  return make(Op::kBinary, node, {left, lower(parts[1])}, between(parts[0], parts[1]));
}

IrId Lowerer::map(NodeId node) {
  Ids ids;
  for (const NodeId child : named(node)) {
    if (construct_of(child) == Construct::kShorthand || is(child, "shorthand_property_identifier_pattern")) {
      const IrId key = make(Op::kText, child, {}, tree_.text(child));
      ids.push_back(make(Op::kPair, child, {key, make(Op::kName, child, {}, tree_.text(child))}));
    } else if (is(child, "object_assignment_pattern")) {
      const NodeId left = field(child, {"left"});
      const IrId key = make(Op::kText, child, {}, tree_.text(left));
      ids.push_back(make(Op::kPair, child, {key, make(Op::kName, left, {}, tree_.text(left))}));
    } else if (const IrId id = lower(child); id != kNoIr) {
      ids.push_back(id);
    }
  }
  return make(Op::kMap, node, ids);
}

IrId Lowerer::pair(NodeId node) {
  const auto parts = named(node);
  NodeId key = field(node, {"key"});
  NodeId value = field(node, {"value"});
  if (key == kNoNode && parts.size() == 2) key = parts[0], value = parts[1];
  if (key == kNoNode) return inner(node);
  while (is(key, "literal_element") && !named(key).empty())
    key = named(key).front();
  const bool word = is(key, "property_identifier") || is(key, "hash_key_symbol");
  const IrId name = word ? make(Op::kText, key, {}, tree_.text(key)) : lower(key);
  IrId held = value == kNoNode ? make(Op::kName, key, {}, tree_.text(key)) : lower(value);
  if (word) name_function(make(Op::kName, key, {}, tree_.text(key)), held);
  if (const std::string_view text = tree_.text(key); text == "dangerouslySetInnerHTML" || text == "innerHTML") {
    const IrId callee = make(Op::kField, key, {make(Op::kName, key, {}, "jsx")}, text);  // the property by other means
    held = make(Op::kCall, node, {callee, held});
  }
  return make(Op::kPair, node, {name, held});
}

// "[, second] = …", PHP's "['name' => $name] = …".
IrId Lowerer::list_pattern(NodeId node) {
  Ids ids;
  bool pairs = false;
  bool empty = true;  // between two commas
  bool keyed = false;
  for (NodeId at = tree_.first_child(node); at != kNoNode; at = tree_.next_sibling(at)) {
    if (tree_.node(at).extra) continue;
    if (tree_.node(at).named) {
      const IrId id = lower(at);
      if (keyed && !ids.empty())
        ids.back() = make(Op::kPair, at, {ids.back(), id});
      else
        ids.push_back(id);
      pairs = pairs || keyed;
      keyed = false;
      empty = false;
    } else if (tree_.text(at) == "=>") {
      keyed = true;
    } else if (tree_.text(at) == ",") {
      if (empty) ids.push_back(kNoIr);
      empty = true;
    }
  }
  return make(pairs ? Op::kMap : Op::kList, node, ids);
}

IrId Lowerer::list(NodeId node) {
  const auto parts = named(node);
  if (is(node, "array_creation_expression") && tree_.grammar() != Grammar::kPhp) {
    const NodeId value = field(node, {"value", "initializer"});
    if (value != kNoNode) return list(value);
    return make(Op::kList, node, {});
  }
  if (is(node, "implicit_array_creation_expression")) return inner(node);
  if ((is(node, "expression_list") || is(node, "argument_list")) && parts.size() == 1) return lower(parts[0]);
  if (is(node, "list_literal") || is(node, "array_pattern")) return list_pattern(node);
  Ids ids;
  bool pairs = false;
  for (const NodeId child : parts) {
    const NodeId name = is(node, "tuple_expression") && is(child, "argument") ? field(child, {"name"}) : kNoNode;
    IrId id = lower(name == kNoNode ? child : named(child).back());
    if (name != kNoNode) id = make(Op::kPair, child, {make(Op::kText, name, {}, tree_.text(name)), id});
    pairs = pairs || module_.at(id).op == Op::kPair;
    ids.push_back(id);
  }
  return make(pairs ? Op::kMap : Op::kList, node, ids);
}

IrId Lowerer::comprehension(NodeId node) {
  Ids ids;
  for (const NodeId child : named(node)) {
    if (!is(child, "for_in_clause")) continue;
    ids.push_back(lower(field(child, {"left"})));
    ids.push_back(lower(field(child, {"right"})));
  }
  IrId value = lower(field(node, {"body"}));
  for (const NodeId child : named(node)) {
    if (!is(child, "if_clause") || named(child).empty()) continue;
    const IrId test = lower(named(child).front());
    value = make(Op::kChoice, child, {test, value, kNoIr});
  }
  ids.push_back(value);
  return make(Op::kEach, node, ids);
}

IrId Lowerer::attribute(NodeId node) {
  const auto parts = named(node);
  if (parts.size() < 2) return kNoIr;
  const std::string_view name = tree_.text(parts[0]);
  const IrId value = lower(parts[1]);
  if (value == kNoIr) return kNoIr;
  const IrId callee = make(Op::kField, parts[0], {make(Op::kName, node, {}, "jsx")}, name);
  return make(Op::kCall, node, {callee, value});
}

IrId Lowerer::cast(NodeId node) {
  const NodeId value = field(node, {"value", "operand"});
  const IrId id = value == kNoNode ? inner(node) : lower(value);
  return make(Op::kCast, node, {id}, name_of(field(node, {"type"})));
}

}  // namespace commandcenter::code::dataflow
