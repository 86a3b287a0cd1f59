// Going through a tree; what each construct becomes is in the files beside.
#include "code/dataflow/lower.h"

#include <algorithm>
#include <utility>

#include "code/dataflow/lowerer.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

bool can_lower(Grammar grammar) {
  switch (grammar) {
    case Grammar::kJavaScript:
    case Grammar::kTypeScript:
    case Grammar::kTsx:
    case Grammar::kPython:
    case Grammar::kJava:
    case Grammar::kGo:
    case Grammar::kPhp:
    case Grammar::kRuby:
    case Grammar::kCSharp:
      return true;
    case Grammar::kBash:
    case Grammar::kC:
    case Grammar::kCpp:
    case Grammar::kHtml:
    case Grammar::kJson:
    case Grammar::kRust:
    case Grammar::kYaml:
      return false;
  }
  return false;
}

std::string module_name(std::string_view source) {
  std::string name(source);
  if (!source.starts_with('.') && !source.starts_with("@/") && !source.starts_with("~/")) return name;
  for (const std::string_view ending : {".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".tsx", "/index"})
    if (name.ends_with(ending)) name = name.substr(0, name.size() - ending.size());
  if (const std::size_t first = name.find_first_not_of("./~@"); first != std::string::npos)
    std::replace(name.begin() + static_cast<std::ptrdiff_t>(std::max(first, name.rfind('/') + 1)), name.end(), '.',
                 '_');
  return name;
}

void lower(const Tree& tree, Module& module) {
  Lowerer(tree, module).run();
}

namespace {

// What is given to all who import the file: "module.exports = …", "export default …".
NodeId default_export(const Tree& tree) {
  for (NodeId at = tree.first_child(0); at != kNoNode; at = tree.next_sibling(at)) {
    if (tree.kind_name(at) == "export_statement" && tree.text(at).starts_with("export default")) {
      const NodeId value = tree.child(at, "value");
      return value == kNoNode ? tree.child(at, "declaration") : value;
    }
    if (tree.kind_name(at) != "expression_statement") continue;
    const NodeId given = tree.named_child(at, 0);
    if (given == kNoNode || tree.kind_name(given) != "assignment_expression") continue;
    if (tree.text(tree.child(given, "left")) == "module.exports") return tree.child(given, "right");
  }
  return kNoNode;
}

// The function that is given, or that has the name which is; kNoFunction: neither.
std::size_t default_function(const Tree& tree, const Module& module, std::size_t from) {
  const NodeId node = default_export(tree);
  if (node == kNoNode) return kNoFunction;
  for (std::size_t i = from; i < module.functions.size(); ++i) {
    const Function& function = module.functions[i];
    const bool named =
        tree.kind_name(node) == "identifier" && (function.name == tree.text(node) || function.alias == tree.text(node));
    if (named || function.begin == tree.node(node).begin) return i;
  }
  return kNoFunction;
}

// What `value` makes: the class of "new Repository(pool)"; empty: something else.
std::string_view class_made(const Tree& tree, NodeId value) {
  return value != kNoNode && tree.kind_name(value) == "new_expression" ? tree.text(tree.child(value, "constructor"))
                                                                       : std::string_view{};
}

// Objects that a script gives to those who import it: of which classes they are.
void note_objects(const Tree& tree, std::string_view file, Module& module) {
  std::map<std::string_view, std::string_view> made;  // name, class
  const auto is_class = [&](NodeId node) { return one_of(tree.kind_name(node), "class_declaration class"); };
  for (NodeId at = tree.first_child(0); at != kNoNode; at = tree.next_sibling(at)) {
    const bool given = tree.kind_name(at) == "export_statement";
    const NodeId declared = given ? tree.child(at, "declaration") : at;
    if (declared == kNoNode) continue;
    if (is_class(declared)) made[tree.text(tree.child(declared, "name"))] = tree.text(tree.child(declared, "name"));
    if (tree.kind_name(declared) != "lexical_declaration") continue;
    for (NodeId one = tree.first_child(declared); one != kNoNode; one = tree.next_sibling(one)) {
      if (tree.kind_name(one) != "variable_declarator") continue;
      const std::string_view name = tree.text(tree.child(one, "name"));
      const std::string_view type = class_made(tree, tree.child(one, "value"));
      if (type.empty()) continue;
      made[name] = type;
      module.strings.push_back(std::string(file) + "." + std::string(name));
      module.objects[module.strings.back()] = type;
    }
  }
  const NodeId whole = default_export(tree);
  if (whole == kNoNode) return;
  const auto named = made.find(tree.text(whole));
  std::string_view type = named == made.end() ? class_made(tree, whole) : named->second;
  if (is_class(whole)) type = tree.text(tree.child(whole, "name"));  // whose static methods are meant
  if (!type.empty()) module.objects[file] = type;
}

// "export * from './go'": who imports this file may use functions of that one.
void note_passed_on(const Tree& tree, std::string_view file, Module& module) {
  for (NodeId at = tree.first_child(0); at != kNoNode; at = tree.next_sibling(at)) {
    const NodeId source = tree.kind_name(at) == "export_statement" ? tree.child(at, "source") : kNoNode;
    if (source == kNoNode || tree.text(source).size() < 3) continue;
    std::string name = module_name(tree.text(source).substr(1, tree.text(source).size() - 2));
    module.strings.push_back(name.substr(name.rfind('/') + 1));
    module.passed_on.emplace(file, module.strings.back());
  }
}

}  // namespace

void lower_foreign(const Tree& tree, std::string_view file, Module& module) {
  if (is_script(module.grammar)) {
    module.strings.emplace_back(file);
    std::ranges::replace(module.strings.back(), '.', '_');
    file = module.strings.back();
    note_objects(tree, file, module);
    note_passed_on(tree, file, module);
  }
  const IrId before = module.body;
  const std::size_t functions = module.functions.size();
  module.body = module.foreign_body;
  Lowerer(tree, module).run();
  module.foreign_body = module.body;
  module.body = before;
  module.files[file] = default_function(tree, module, functions);
  for (std::size_t i = functions; i < module.functions.size(); ++i) {
    module.functions[i].file = file;
    module.functions[i].text = tree.source();
  }
}

void lower_page(const Tree& tree, std::string_view path, Module& module) {
  const IrId before = std::exchange(module.body, kNoIr);
  const std::size_t functions = module.functions.size();
  Lowerer(tree, module).run();
  Function page;
  page.body = std::exchange(module.body, before);
  page.end = static_cast<std::uint32_t>(tree.source().size());
  module.pages[path] = module.functions.size();
  module.functions.push_back(std::move(page));
  for (std::size_t i = functions; i < module.functions.size(); ++i) {
    module.functions[i].file = ".";
    module.functions[i].text = tree.source();
  }
}

Lowerer::Lowerer(const Tree& tree, Module& module) : tree_(tree), module_(module), table_(constructs(tree.grammar())) {
  if (tree.grammar() != Grammar::kRuby) return;
  for (NodeId id = 0; id < tree.nodes().size(); ++id) {
    if (is(id, "heredoc_body")) heredocs_.push_back(id);
  }
}

void Lowerer::run() {
  const std::size_t before = module_.functions.size();
  const IrId body = block(0);
  name_makers(before);
  module_.body = module_.body == kNoIr ? body : make(Op::kBlock, 0, {module_.body, body});
}

IrId Lowerer::make(Op op, NodeId node, std::span<const IrId> kids, std::string_view text, std::string_view type,
                   std::uint32_t info) {
  Ir ir;
  ir.op = op;
  ir.begin = tree_.node(node).begin;
  ir.end = tree_.node(node).end;
  ir.kids = static_cast<std::uint32_t>(module_.kids.size());
  ir.count = static_cast<std::uint32_t>(kids.size());
  ir.info = info;
  ir.text = text;
  ir.type = type;
  module_.kids.insert(module_.kids.end(), kids.begin(), kids.end());
  module_.nodes.push_back(ir);
  return static_cast<IrId>(module_.nodes.size() - 1);
}

std::string_view Lowerer::keep(std::string text) {
  module_.strings.push_back(std::move(text));
  return module_.strings.back();
}

// The first of the names that a child has.
NodeId Lowerer::field(NodeId node, Fields names) const {
  if (node == kNoNode) return kNoNode;
  NodeId found = kNoNode;
  const auto* rest = names.end();  // what is better than the one that is found stands before it
  for (NodeId at = node + 1; at < tree_.node(node).after && rest != names.begin(); at = tree_.node(at).after) {
    if (tree_.node(at).field == 0) continue;
    const auto* name = std::find(names.begin(), rest, tree_.field_name(at));
    if (name == rest) continue;
    found = at;
    rest = name;
  }
  return found;
}

std::string_view Lowerer::between(NodeId left, NodeId right) const {
  const std::size_t begin = tree_.node(left).end;
  const std::size_t end = tree_.node(right).begin;
  std::string_view text = end > begin ? tree_.source().substr(begin, end - begin) : std::string_view{};
  while (!text.empty() && (text.front() <= ' ' || text.front() == '('))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() <= ' ' || text.back() == '('))
    text.remove_suffix(1);
  return text;
}

// Names and types without what decorates them: "*http.Request" is "http.Request", "Map<String, Object>" is "Map".
// A declared type; what it is made of matters where that is harmless: "List<Integer>".
std::string_view Lowerer::type_of(NodeId node) const {
  if (node == kNoNode) return {};
  std::string_view text = tree_.text(node);
  while (!text.empty() && (text.front() == ':' || text.front() == ' '))
    text.remove_prefix(1);
  return text.ends_with('>') && is_safe_type(text) ? text : name_of(node);
}

std::string_view Lowerer::name_of(NodeId node) const {
  if (node == kNoNode) return {};
  std::string_view text = tree_.text(node);
  while (!text.empty() && std::string_view(":*&?\\ \t").find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  if (const std::size_t generic = text.find('<'); generic != std::string_view::npos && generic > 0)
    text = text.substr(0, generic);
  if (is(node, "generic_type")) text = text.substr(0, text.find('['));  // of Go: "Stack[string]"
  const bool ruby = tree_.grammar() == Grammar::kRuby;                  // where such names are common
  while (!text.empty() && (text.back() <= ' ' || (!ruby && (text.back() == '?' || text.back() == '!'))))
    text.remove_suffix(1);
  return text;
}

IrId Lowerer::inner(NodeId node) {
  for (const NodeId child : named(node)) {
    const Construct construct = construct_of(child);
    if (construct != Construct::kSkip) return lower(child);
  }
  return kNoIr;
}

Lowerer::Ids Lowerer::children(NodeId node) {
  Ids ids;
  for (const NodeId child : named(node)) {
    if (const IrId id = lower(child); id != kNoIr) ids.push_back(id);
  }
  return ids;
}

// PHP's "<?= value ?>".
bool Lowerer::is_printed(NodeId node) const {
  if (tree_.grammar() != Grammar::kPhp || !is(node, "expression_statement")) return false;
  std::string_view before = tree_.source().substr(0, tree_.node(node).begin);
  while (!before.empty() && before.back() <= ' ')
    before.remove_suffix(1);
  return before.ends_with("<?=");
}

IrId Lowerer::block(NodeId node) {
  return make(Op::kBlock, node, children(node));
}

IrId Lowerer::all(NodeId node, Op op) {
  Ids ids = children(node);
  return ids.empty() ? kNoIr : make(op, node, ids);
}

IrId Lowerer::lower(NodeId node) {
  if (node == kNoNode || depth_ >= kMaxLoweredDepth) return kNoIr;
  ++depth_;
  const IrId id = dispatch(node, tree_.node(node).error ? Construct::kUnknown : construct_of(node));
  --depth_;
  return id;
}

// NOLINTNEXTLINE(readability-function-size): one line for each construct
IrId Lowerer::dispatch(NodeId node, Construct construct) {
  switch (construct) {
    case Construct::kSkip:
      return kNoIr;
    case Construct::kInner:
      if (is(node, "declaration_expression")) return declared(node);
      if (is_printed(node)) return echo(node);
      return inner(node);
    case Construct::kBlock:
      return block(node);
    case Construct::kText:
      return text(node);
    case Construct::kHeredoc:
      return heredoc(node);
    case Construct::kCommand:
      return shell(node);
    case Construct::kNumber:
      return make(Op::kNumber, node, {}, tree_.text(node));
    case Construct::kTrue: {  // some grammars have one name for both
      const char first = tree_.text(node).empty() ? 't' : tree_.text(node).front();
      return make(first == 'f' || first == 'F' ? Op::kFalse : Op::kTrue, node, {});
    }
    case Construct::kFalse:
      return make(Op::kFalse, node, {});
    case Construct::kNull:
      return make(Op::kNull, node, {});
    case Construct::kName:
      return make(Op::kName, node, {}, name_of(node));
    case Construct::kRegex:
      return make(Op::kRegex, node, {}, tree_.text(node));
    case Construct::kWords:
    case Construct::kList:
      if (!elided_.empty() && is(node, "literal_value")) return structure(node, node, elided_);
      return list(node);
    case Construct::kField: {
      const NodeId name = tree_.grammar() == Grammar::kPhp ? field(node, {"name"}) : kNoNode;
      const bool chosen = is(name, "variable_name") && is(node, "member_access_expression");  // "$object->$name"
      if (!chosen) return member(node);
      return make(Op::kIndex, node, {lower(field(node, {"object"})), lower(name)}, "[");
    }
    case Construct::kIndex:
      return index(node);
    case Construct::kSlice:
      return make(Op::kIndex, node,
                  {lower(field(node, {"operand"})), kNoIr, lower(field(node, {"start"})), lower(field(node, {"end"}))});
    case Construct::kCall: {
      const IrId code = callable(node);
      return code == kNoIr ? call(node) : code;
    }
    case Construct::kNew:
      return this->construct(node);
    case Construct::kComposite:
      return composite(node);
    case Construct::kBinary: {
      const NodeId left = field(node, {"left"});
      const NodeId right = field(node, {"right"});
      if (left == kNoNode || right == kNoNode) return all(node, Op::kMany);
      const NodeId sign = field(node, {"operator"});
      const std::string_view word = sign != kNoNode ? tree_.text(sign) : between(left, right);
      const IrId first = lower(left);
      return make(Op::kBinary, node, {first, lower(right)}, word);
    }
    case Construct::kComparison:
      return comparison(node);
    case Construct::kTypeTest:
      return type_test(node);
    case Construct::kUnary:
      return unary(node);
    case Construct::kUpdate:
      return update(node);
    case Construct::kChoice:
      return choice(node);
    case Construct::kMap:
      return map(node);
    case Construct::kPair:
      return pair(node);
    case Construct::kShorthand:
      return make(Op::kName, node, {}, tree_.text(node));
    case Construct::kSpread:
      return make(Op::kSpread, node, {inner(node)});
    case Construct::kKeyword:
      return make(Op::kKeyword, node, {lower(field(node, {"value"}))}, tree_.text(field(node, {"name"})));
    case Construct::kCast:
      return cast(node);
    case Construct::kFunction:
      return function(node);
    case Construct::kComprehension:
      return comprehension(node);
    case Construct::kElement:
      return all(node, Op::kElement);
    case Construct::kAttribute:
      return attribute(node);
    case Construct::kAssign:
      return assign(node);
    case Construct::kDeclaration:
      return declaration(node);
    case Construct::kDeclarator:
      return declarator(node, {}, {});
    case Construct::kIf:
      return condition(node);
    case Construct::kUnless:
      return unless(node);
    case Construct::kLoop:
      return loop(node);
    case Construct::kForEach:
      return for_each(node);
    case Construct::kFor:
      return for_either(node);
    case Construct::kSwitch:
      return choose(node);
    case Construct::kCase:
      return one_case(node);
    case Construct::kReturn:
      return make(Op::kReturn, node, {named(node).empty() ? named_results(node) : inner(node)});
    case Construct::kYield:
      return make(Op::kReturn, node, {inner(node)}, {}, {}, 1);
    case Construct::kLeave:
      return make(Op::kLeave, node, {});
    case Construct::kThrow:
      return make(Op::kThrow, node, children(node));
    case Construct::kAssert: {
      const NamedChildren parts = named(node);
      const IrId test = parts.empty() ? kNoIr : lower(parts[0]);
      const IrId otherwise = make(Op::kThrow, node, parts.size() > 1 ? Ids{lower(parts[1])} : Ids{});
      return make(Op::kIf, node, {test, kNoIr, otherwise});
    }
    case Construct::kTry:
      return attempt(node);
    case Construct::kWith:
      return with(node);
    case Construct::kClass:
      return class_of(node);
    case Construct::kEnum:
      return enumeration(node);
    case Construct::kShape:
      shape(node);
      return is(node, "interface_declaration") ? within_interface(node) : kNoIr;
    case Construct::kDecorated:
      return decorated(node);
    case Construct::kImport:
      import(node);
      return kNoIr;
    case Construct::kEcho:
      return echo(node);
    case Construct::kInclude: {
      const IrId callee = make(Op::kName, node, {}, "include");
      return make(Op::kCall, node, {callee, inner(node)});
    }
    case Construct::kUnknown:
      return all(node, Op::kMany);
  }
  return kNoIr;
}

}  // namespace commandcenter::code::dataflow
