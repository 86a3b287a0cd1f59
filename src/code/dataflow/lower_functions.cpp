// Functions, classes, imports.
#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

#include "code/dataflow/lower.h"
#include "code/dataflow/lowerer.h"
#include "code/dataflow/types.h"

namespace commandcenter::code::dataflow {
namespace {

std::string_view unquoted(std::string_view text) {
  while (text.size() >= 2 && (text.front() == '"' || text.front() == '\'' || text.front() == '`')) {
    text.remove_prefix(1);
    text.remove_suffix(1);
  }
  return text;
}

std::string_view last_part(std::string_view text) {
  const std::size_t at = text.find_last_of("./\\");
  return at == std::string_view::npos ? text : text.substr(at + 1);
}

// Of Go: "github.com/gofiber/fiber/v2" and "gopkg.in/yaml.v3" end in a version.
std::string_view package_name(std::string_view path) {
  const std::size_t at = path.find_last_of("./");
  if (at == std::string_view::npos || at + 2 > path.size() || path[at + 1] != 'v') return path;
  const std::string_view version = path.substr(at + 2);
  const bool digits = !version.empty() && version.find_first_not_of("0123456789") == std::string_view::npos;
  return digits ? path.substr(0, at) : path;
}

}  // namespace

// What stands in front of a name: annotations, modifiers, attributes.
std::string_view Lowerer::marks_before(NodeId node, NodeId name) const {
  if (name == kNoNode) return {};
  const std::size_t begin = tree_.node(node).begin;
  return tree_.source().substr(begin, tree_.node(name).begin - begin);
}

// Go: "(page Page, err error)", which the function gives back where it only says "return".
Lowerer::Ids Lowerer::declare_results(NodeId list) {
  Ids ids;
  if (tree_.grammar() != Grammar::kGo || list == kNoNode || !is(list, "parameter_list")) return ids;
  for (const NodeId declared : named(list)) {
    const std::string_view type = type_of(field(declared, {"type"}));
    for (const NodeId child : named(declared)) {
      if (tree_.field_name(child) != "name") continue;
      results_.push_back(child);
      ids.push_back(make(Op::kAssign, child, {lower(child), kNoIr}, "=", type));
    }
  }
  return ids;
}

// "constructor(private readonly name: string)", "public function __construct(private string $name)": a member, too.
bool Lowerer::is_promoted(NodeId param) const {
  if (is(param, "property_promotion_parameter")) return true;
  if (!is(param, "required_parameter") && !is(param, "optional_parameter")) return false;
  return is(tree_.named_child(param, 0), "accessibility_modifier") || tree_.text(param).starts_with("readonly ");
}

Lowerer::Ids Lowerer::keep_promoted(NodeId node) {
  Ids ids;
  const NodeId list = tree_.child(node, "parameters");
  for (const NodeId param : named(list)) {
    const NodeId name = is_promoted(param) ? field(param, {"pattern", "name"}) : kNoNode;
    if (name == kNoNode) continue;
    std::string_view member = tree_.text(name);
    if (member.starts_with('$')) member.remove_prefix(1);
    const IrId self = make(Op::kName, param, {}, "this");
    ids.push_back(make(Op::kAssign, param, {make(Op::kField, param, {self}, member), lower(name)}, "="));
  }
  return ids;
}

IrId Lowerer::named_results(NodeId node) {
  Ids ids;
  for (const NodeId name : results_)
    ids.push_back(lower(name));
  if (ids.empty()) return kNoIr;
  return ids.size() == 1 ? ids[0] : make(Op::kList, node, ids);
}

IrId Lowerer::function(NodeId node, std::string_view marks) {
  const NodeId name = field(node, {"name"});
  NodeId body = field(node, {"body"});
  if (is(node, "lambda") && tree_.grammar() == Grammar::kRuby)  // "->(a) { … }": the block has no parameters of its own
    if (const NodeId code = body == kNoNode ? kNoNode : field(body, {"body"}); code != kNoNode) body = code;
  if (body == kNoNode && is(node, "anonymous_method_expression")) body = named(node).back();  // C#: delegate { … }
  const auto place = module_.functions.size();
  module_.functions.emplace_back();
  Function function;
  function.name = name == kNoNode ? std::string_view{} : tree_.text(name);
  function.owner = owner_;
  function.nameless = inside_ == nameless_inside_ ? nameless_ : std::string_view{};
  function.marks = marks.empty() ? marks_before(node, name) : marks;
  if (of_class_ && name != kNoNode) function.marks = "def self.";
  function.begin = tree_.node(node).begin;
  function.end = tree_.node(node).end;
  function.block = tree_.grammar() == Grammar::kRuby && name == kNoNode;
  function.escapes = tree_.text(node).find("&lt;") != std::string_view::npos;
  function.hides = tree_.text(node).find("\\\\28") != std::string_view::npos;
  if (const NodeId prior = node == 0 ? kNoNode : node - 1; name != kNoNode && prior != kNoNode) {
    // Decorators stand before what they mark: of TypeScript's methods, of Python's functions.
    std::optional<std::size_t> first;
    for (NodeId at = tree_.node(node).parent == kNoNode ? kNoNode : tree_.first_child(tree_.node(node).parent);
         at != kNoNode && at < node; at = tree_.next_sibling(at)) {
      if (!is(at, "decorator")) {
        first.reset();
        continue;
      }
      const std::size_t begin = first.value_or(tree_.node(at).begin);
      first = begin;
      if (tree_.node(at).after == node) function.marks = tree_.source().substr(begin, tree_.node(name).begin - begin);
    }
  }
  if (const NodeId receiver = field(node, {"receiver"}); receiver != kNoNode) {  // of Go: "this" by another name
    Function self;
    parameters(receiver, self);
    if (!self.params.empty()) {
      function.owner = last_part(self.params[0].type);
      function.self = self.params[0].name;
    }
  }
  parameters(node, function);
  ++inside_;
  const auto outer_results = std::exchange(results_, {});
  Ids first = declare_results(field(node, {"result"}));
  std::ranges::copy(keep_promoted(node), std::back_inserter(first));
  IrId code = body == kNoNode ? kNoIr : lower(body);
  if (!first.empty() && code != kNoIr) {
    first.push_back(code);
    code = make(Op::kBlock, body, first);
  }
  results_ = outer_results;
  --inside_;
  if (body == kNoNode && function.block) {
    Ids ids;
    for (const NodeId child : named(node)) {
      if (tree_.field_name(child) != "parameters") ids.push_back(lower(child));
    }
    code = make(Op::kBlock, node, ids);
  }
  if (code != kNoIr && module_.at(code).op != Op::kBlock)
    code = make(Op::kReturn, body == kNoNode ? node : body, {code});
  function.body = code;
  module_.functions[place] = function;
  return make(Op::kFunction, node, {}, function.name, {}, static_cast<std::uint32_t>(place));
}

void Lowerer::parameters(NodeId node, Function& function) {
  if (const NodeId one = tree_.child(node, "parameter"); one != kNoNode) return parameter(one, function);
  NodeId list = tree_.child(node, "parameters");
  if (list == kNoNode && is(node, "parameter_list")) list = node;
  if (list == kNoNode) return;
  if (is(list, "identifier") || is(list, "implicit_parameter")) return parameter(list, function);
  for (const NodeId child : named(list))
    parameter(child, function);
}

void Lowerer::parameter(NodeId node, Function& function) {
  const NodeId type = field(node, {"type"});
  bool several = false;
  for (const NodeId child : named(node)) {  // Go: (a, b string)
    if (!is(node, "parameter_declaration") || tree_.field_name(child) != "name") continue;
    function.params.push_back({lower(child), tree_.text(child), type_of(type), {}, kNoIr});
    several = true;
  }
  if (several) return;
  NodeId name = field(node, {"name", "pattern", "left"});
  if (is(node, "parameter_declaration")) {
    function.params.push_back({kNoIr, {}, type_of(type), {}, kNoIr});
    return;
  }
  Param param;
  if (name == kNoNode) {
    for (const NodeId child : named(node)) {
      if (is(child, "identifier") || is(child, "variable_name")) name = name == kNoNode ? child : name;
      if (is(child, "variable_declarator")) name = field(child, {"name"});
    }
  }
  if (name == kNoNode) name = node;
  param.marks = name == node ? std::string_view{} : marks_before(node, name);
  param.type = inline_type(type);
  if (const NodeId value = field(node, {"value", "default_value", "right"}); value != kNoNode)
    param.fallback = lower(value);
  param.target = lower(name);
  const Ir& ir = module_.at(param.target);
  if (ir.op == Op::kName) param.name = ir.text;
  if (is(node, "spread_parameter") || is(node, "list_splat_pattern") || is(node, "rest_pattern") ||
      is(node, "splat_parameter") ||
      ((is(node, "variadic_parameter_declaration") || is(node, "variadic_parameter")) && !is_safe_type(param.type)))
    param.type = "...";
  if (is(node, "dictionary_splat_pattern") || is(node, "hash_splat_parameter")) param.type = "**";
  function.params.push_back(param);
}

// C#: "Regex known = new(…)" says the type at what it is put into.
NodeId Lowerer::type_of_declared(NodeId value) {
  NodeId type = kNoNode;
  if (!is(value, "implicit_object_creation_expression")) return type;
  for (NodeId at = tree_.node(value).parent; type == kNoNode && at != kNoNode; at = tree_.node(at).parent) {
    if (!is(at, "variable_declarator") && !is(at, "variable_declaration") && !is(at, "property_declaration")) break;
    type = field(at, {"type"});
  }
  return type;
}

// "{ name: string; age: number }" has no name of its own.
std::string_view Lowerer::inline_type(NodeId type) {
  const NodeId inside = is(type, "type_annotation") ? tree_.named_child(type, 0) : type;
  if (!is(inside, "object_type")) return type_of(type);
  const std::string_view name = keep("type#" + std::to_string(tree_.node(inside).begin));
  shape_members(inside, name);
  return name;
}

// PHP: "strtolower(...)" is the function itself, "$this->run(...)" the method; kNoIr for calls.
IrId Lowerer::callable(NodeId node) {
  const NodeId given = tree_.grammar() == Grammar::kPhp ? field(node, {"arguments"}) : kNoNode;
  if (given == kNoNode || tree_.text(given) != "(...)") return kNoIr;
  const NodeId object = field(node, {"object", "scope"});
  const NodeId name = field(node, {"function", "name"});
  if (is(name, "variable_name")) return lower(name);
  std::string_view word = tree_.text(name);
  if (word.starts_with('\\')) word.remove_prefix(1);
  const IrId text = make(Op::kText, name, {}, word);
  return object == kNoNode ? text : make(Op::kList, node, {lower(object), text});
}

// Ruby: "scope :named, ->(name) { … }" is a method of the class.
void Lowerer::name_scope(const Ids& call) {
  if (tree_.grammar() != Grammar::kRuby || call.size() != 3 || owner_.empty()) return;
  const Ir& name = module_.at(call[1]);
  IrId code = call[2];
  if (const std::string_view made = module_.at(module_.kid(code, 0)).text;
      module_.at(code).op == Op::kCall && (made == "lambda" || made == "proc"))
    code = module_.kid(code, 1);  // "lambda { |name| … }"
  if (name.op != Op::kText || module_.at(code).op != Op::kFunction) return;
  Function& function = module_.functions[module_.at(code).info];
  function.name = name.text;
  function.marks = "def self.";
  function.block = false;
}

// Ruby: "Filter = Struct.new(:name, :age)" is a class with these members.
bool Lowerer::keep_structure(IrId target, IrId value) {
  if (module_.at(target).op != Op::kName || module_.at(value).op != Op::kCall) return false;
  const IrId callee = module_.kid(value, 0);
  const std::string_view maker = module_.at(module_.kid(callee, 0)).text;
  const std::string_view made = module_.at(callee).text;
  if (module_.at(callee).op != Op::kField) return false;
  if (!(maker == "Struct" && made == "new") && !(maker == "Data" && made == "define")) return false;
  const std::string_view name = module_.at(target).text;
  for (const IrId member : module_.kids_of(value).subspan(1))
    if (module_.at(member).op == Op::kText) module_.records[name].push_back(module_.at(member).text);
  module_.bases.try_emplace(name);
  return true;
}

// Ruby: "before do … end" of Sinatra leaves "@name" for the blocks that answer. What ends it, ends it for one request.
IrId Lowerer::in_front(NodeId node, IrId code) {
  if (module_.at(code).op != Op::kFunction) return code;
  const IrId body = std::exchange(module_.functions[module_.at(code).info].body, kNoIr);
  return make(Op::kIf, node, {make(Op::kMany, node, {}), body, kNoIr});
}

// PHP: "use Reads, Writes;" in a class gives it their methods.
void Lowerer::used_traits(NodeId body) {
  for (const NodeId child : named(body)) {
    if (!is(child, "use_declaration")) continue;
    std::string all(module_.bases[owner_]);
    for (const NodeId trait : named(child))
      if (is(trait, "name") || is(trait, "qualified_name")) all += " " + std::string(tree_.text(trait));
    module_.bases[owner_] = keep(all);
  }
}

IrId Lowerer::class_of(NodeId node) {
  const bool outer_kind = std::exchange(of_class_, is(node, "singleton_class"));
  if (of_class_) {  // Ruby: "class << self" holds methods of the class around it
    const IrId inside = lower(field(node, {"body"}));
    of_class_ = outer_kind;
    return inside;
  }
  const std::string_view outer = owner_;
  const NodeId name = field(node, {"name"});
  owner_ = name == kNoNode ? std::string_view{} : tree_.text(name);
  const NodeId body = field(node, {"body"});
  if (name != kNoNode) {
    const std::size_t begin = tree_.node(node).begin;  // with its annotations
    const std::size_t end = body == kNoNode ? tree_.node(node).end : tree_.node(body).begin;
    module_.bases[owner_] = tree_.source().substr(begin, end > begin ? end - begin : 0);
  }
  if (body != kNoNode && name != kNoNode) shape_members(body, owner_);
  if (body != kNoNode && name != kNoNode && tree_.grammar() == Grammar::kPhp) used_traits(body);
  NodeId parts = field(node, {"parameters"});  // of a record
  for (const NodeId child : named(node))
    if (is(child, "parameter_list") && tree_.grammar() == Grammar::kCSharp) parts = child;
  if (parts != kNoNode) {
    shape_members(parts, owner_);
    if (!is(node, "class_declaration"))  // C#: what is handed to the constructor of one is no member for others
      for (const NodeId part : named(parts))
        module_.records[owner_].push_back(tree_.text(field(part, {"name"})));
  }
  const NodeId above = field(node, {"superclasses"});
  if (above != kNoNode && tree_.text(above).find("Enum") != std::string_view::npos) module_.enums.insert(owner_);
  const IrId inside = body == kNoNode ? kNoIr : lower(body);
  const IrId id = make(Op::kClass, node, {inside}, owner_);
  owner_ = outer;
  of_class_ = outer_kind;
  return id;
}

// Of interfaces and structures only the types of the members are of use.
void Lowerer::shape(NodeId node) {
  for (NodeId at = node; at < tree_.node(node).after; ++at) {
    const NodeId name = field(at, {"name"});
    const NodeId body = field(at, {"body", "type", "value"});
    if (name == kNoNode || body == kNoNode) continue;
    if (is(body, "union_type") && is_literals(tree_.text(body))) module_.enums.insert(tree_.text(name));
    if (is(body, "interface_type")) asked_methods(body, tree_.text(name));
    const NodeId inside = is(body, "struct_type") ? tree_.named_child(body, 0) : body;
    if (is(body, "struct_type") && inside != kNoNode) embedded(inside, tree_.text(name));
    if (is(inside, "interface_body") || is(inside, "object_type") || is(inside, "field_declaration_list"))
      shape_members(inside, tree_.text(name));
  }
}

// Go: what a type has to be able to do to be one of these.
void Lowerer::asked_methods(NodeId node, std::string_view owner) {
  for (const NodeId child : named(node)) {
    if (const NodeId name = field(child, {"name"}); name != kNoNode) module_.asked[owner].push_back(tree_.text(name));
  }
}

// Go: a member without a name, whose methods are also those of the structure.
void Lowerer::embedded(NodeId node, std::string_view owner) {
  for (const NodeId child : named(node)) {
    const NodeId type = field(child, {"type"});
    if (type == kNoNode || field(child, {"name"}) != kNoNode) continue;
    const std::string_view before = module_.bases[owner];
    module_.bases[owner] = keep(std::string(before) + " " + std::string(name_of(type)));
  }
}

// Java's interfaces hold classes, and methods that have a body.
IrId Lowerer::within_interface(NodeId node) {
  const NodeId body = field(node, {"body"});
  const NodeId name = field(node, {"name"});
  if (body == kNoNode || name == kNoNode || tree_.grammar() != Grammar::kJava) return kNoIr;
  const std::string_view outer = owner_;
  owner_ = tree_.text(name);
  Ids ids;
  for (const NodeId child : named(body)) {
    const Construct kind = construct_of(child);
    const bool runs = kind == Construct::kFunction && field(child, {"body"}) != kNoNode;
    if (runs || kind == Construct::kClass || kind == Construct::kEnum || kind == Construct::kShape)
      ids.push_back(lower(child));
  }
  owner_ = outer;
  return ids.empty() ? kNoIr : make(Op::kBlock, node, ids);
}

void Lowerer::field_type(std::string_view owner, std::string_view name, std::string_view type) {
  if (name.starts_with('$')) name.remove_prefix(1);
  if (!name.empty() && !type.empty()) module_.fields[{owner, name}] = type;
}

// "private pool: Pool", "private JdbcTemplate jdbc;", "count: int", "Age int", "constructor(private ds: DataSource)".
void Lowerer::shape_members(NodeId node, std::string_view owner) {
  for (NodeId child : named(node)) {
    if (is(child, "expression_statement")) child = tree_.named_child(child, 0);
    if (child == kNoNode) continue;
    if (construct_of(child) == Construct::kFunction) {
      const NodeId list = field(child, {"parameters"});
      for (const NodeId param : named(list)) {
        if (is_promoted(param) && field(param, {"type"}) != kNoNode)
          field_type(owner, tree_.text(field(param, {"pattern", "name"})), type_of(field(param, {"type"})));
      }
      continue;
    }
    const NodeId holder = is(child, "field_declaration") && field(child, {"type"}) == kNoNode
                              ? named(child).back()
                              : child;  // C# has a declaration inside
    if (holder == kNoNode || field(holder, {"type"}) == kNoNode) continue;
    const std::string_view type = type_of(field(holder, {"type"}));
    for (const NodeId part : named(holder)) {
      const std::string_view role = tree_.field_name(part);
      const bool declares = is(part, "variable_declarator") || is(part, "property_element");
      if (role != "name" && role != "left" && !declares) continue;
      const NodeId name = declares ? field(part, {"name"}) : part;
      if (name == kNoNode) continue;
      field_type(owner, tree_.text(name), type);
      const std::uint32_t begin = tree_.node(child).begin;
      if (tree_.source()[begin] != '@' && tree_.source()[begin] != '[') continue;
      module_.marks[{owner, tree_.text(name)}] = tree_.source().substr(begin, tree_.node(name).end - begin);
    }
  }
}

IrId Lowerer::decorated(NodeId node) {
  const NodeId definition = field(node, {"definition"});
  if (definition == kNoNode) return kNoIr;
  if (construct_of(definition) == Construct::kFunction) return function(definition, marks_before(node, definition));
  Ids ids;  // what marks a class is called where it stands
  for (const NodeId child : named(node))
    if (is(child, "decorator") && is(tree_.named_child(child, 0), "call"))
      ids.push_back(lower(tree_.named_child(child, 0)));
  if (ids.empty()) return lower(definition);
  ids.push_back(lower(definition));
  return make(Op::kBlock, node, ids);
}

void Lowerer::import(NodeId node) {
  switch (tree_.grammar()) {
    case Grammar::kPython:
      return import_python(node);
    case Grammar::kJavaScript:
    case Grammar::kTypeScript:
    case Grammar::kTsx:
      return import_script(node);
    case Grammar::kGo:
      for (NodeId at = node + 1; at < tree_.node(node).after; ++at) {
        if (!is(at, "import_spec")) continue;
        const std::string_view full = package_name(unquoted(tree_.text(field(at, {"path"}))));
        const NodeId alias = field(at, {"name"});
        module_.imports[alias == kNoNode ? full.substr(full.rfind('/') + 1) : tree_.text(alias)] = full;
      }
      return;
    case Grammar::kPhp:
      for (NodeId at = node + 1; at < tree_.node(node).after; ++at) {
        if (!is(at, "namespace_use_clause")) continue;
        const auto parts = named(at);
        const std::string_view full = parts.empty() ? std::string_view{} : tree_.text(parts[0]);
        const NodeId alias = field(at, {"alias"});
        module_.imports[alias == kNoNode ? last_part(full) : tree_.text(alias)] = full;
      }
      return;
    default:
      if (const NodeId full = tree_.named_child(node, 0); full != kNoNode)
        module_.imports[last_part(tree_.text(full))] = tree_.text(full);
  }
}

void Lowerer::import_python(NodeId node) {
  const NodeId from = field(node, {"module_name"});
  for (const NodeId child : named(node)) {
    if (child == from) continue;
    const NodeId alias = field(child, {"alias"});
    const std::string_view name = tree_.text(alias == kNoNode ? child : field(child, {"name"}));
    if (from != kNoNode) {
      const std::string_view full = keep(std::string(tree_.text(from)) + "." + std::string(name));
      module_.imports[alias == kNoNode ? name : tree_.text(alias)] = full;
    } else if (alias != kNoNode) {
      module_.imports[tree_.text(alias)] = name;
    } else {
      const std::string_view first = name.substr(0, name.find('.'));
      module_.imports[first] = first;
    }
  }
}

void Lowerer::import_script(NodeId node) {
  std::string_view source = unquoted(tree_.text(field(node, {"source"}) == kNoNode ? node : field(node, {"source"})));
  if (source.starts_with("node:")) source.remove_prefix(5);  // "node:fs" is "fs"
  source = keep(module_name(source));
  for (NodeId at = node + 1; at < tree_.node(node).after; ++at) {
    if (is(at, "import_specifier")) {
      const std::string_view name = tree_.text(field(at, {"name"}));
      const NodeId alias = field(at, {"alias"});
      module_.imports[alias == kNoNode ? name : tree_.text(alias)] =
          keep(std::string(source) + "." + std::string(name));
    } else if (is(at, "identifier") &&
               (is(tree_.node(at).parent, "import_clause") || is(tree_.node(at).parent, "namespace_import"))) {
      module_.imports[tree_.text(at)] = source;
    }
  }
}

}  // namespace commandcenter::code::dataflow
