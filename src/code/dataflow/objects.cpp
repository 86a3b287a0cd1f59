// Objects that are made: of classes of the file, and of those of libraries.
#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "code/dataflow/engine.h"
#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::string_view kNamedTuple = "namedtuple:";  // a path no import has

}  // namespace

ValuePtr Engine::eval_new(IrId id, Env& env) {
  const Ir& ir = module_.at(id);
  Call call;
  call.ir = id;
  call.callee = id;
  const bool own = module_.grammar == Grammar::kPhp && one_of(ir.text, "self static") && frame_.function != nullptr;
  const std::string_view type = own ? frame_.function->owner : ir.text;
  call.name = type;
  call.path = type;
  if (const auto import = module_.imports.find(ir.text);
      import != module_.imports.end() && module_.grammar != Grammar::kJava)
    call.path = import->second.substr(import->second.find_last_of("/\\") + 1);
  if (is_script(module_.grammar)) {  // const { Request } = require("tedious")
    for (const Env* names : {&env, foreign_ > 0 ? &foreign_globals_ : &globals_}) {
      const auto known = names->names.find(ir.text);
      if (known == nullptr) continue;
      if (!known->second->path.empty()) call.path = known->second->path;
      break;
    }
  }
  std::vector<IrId> bodies;
  std::vector<IrId> given;
  for (const IrId kid : module_.kids_of(id))
    (module_.at(kid).op == Op::kBlock ? bodies : given).push_back(kid);
  arguments_of(given, call, env);
  for (const IrId body : bodies)
    exec(body, env);
  check_call(call, env);
  check_members(call, env);
  if (const auto chosen = ir.text.starts_with('$') ? env.names.find(ir.text) : nullptr; chosen != nullptr)
    check_chosen(chosen->second, id, env);
  if (auto clean = cleaned(call, env)) return *clean;
  if (ValuePtr same = given_back(call, env); same != nullptr) return same;
  if (ValuePtr value = settled(call, env); value != nullptr) return value;
  run_callbacks(call, env);

  return make_object(type, call, env);
}

// Python: enumerate(list), zip(a, b), product(a, b): what each turn gives has its parts apart; null for anything else.
ValuePtr Engine::tuples_of(const Call& call, Env& env) {
  const bool counts = call.path == "enumerate";
  if (!counts && !one_of(call.path, "zip itertools.product itertools.zip_longest")) return nullptr;
  Value number;
  number.kind = Kind::kNumber;
  std::vector<ValuePtr> parts;
  if (counts) parts.push_back(std::make_shared<const Value>(std::move(number)));
  for (const Argument& argument : call.arguments) {
    if (argument.ir == kNoIr || module_.at(argument.ir).op == Op::kSpread || argument.name == "repeat") return nullptr;
    if (argument.name.empty()) parts.push_back(turn_of(argument.ir, argument.value, env));
    if (counts) break;  // where it begins
  }
  if (parts.size() < 2) return nullptr;
  Box box;
  box.rest = list_value(std::move(parts), env);
  return new_box(env, std::move(box));
}

// Python: list(x), dict(a=x), deque(), deepcopy(x), namedtuple(…); null for anything else.
ValuePtr Engine::make_container(const Call& call, Env& env) {
  const std::string_view path = call.path;
  if (ValuePtr tuples = tuples_of(call, env); tuples != nullptr) return tuples;
  if (path.starts_with(kNamedTuple)) {
    Box box;
    std::string_view names = path.substr(kNamedTuple.size());
    for (const Argument& argument : call.arguments) {
      const std::size_t begin = std::min(names.find_first_not_of(", "), names.size());
      const std::size_t end = std::min(names.find_first_of(", ", begin), names.size());
      box.items[std::string(argument.name.empty() ? names.substr(begin, end - begin) : argument.name)] = argument.value;
      if (argument.name.empty()) box.list.push_back(argument.value);
      names.remove_prefix(end);
    }
    return new_box(env, std::move(box));
  }
  const Argument* first = call.positional(0);
  if (one_of(path, "io.StringIO StringIO")) {
    Box box;
    box.built = first == nullptr ? text_value("") : flat(first->value, env);
    return new_box(env, std::move(box));
  }
  if (call.name == "namedtuple" && call.arguments.size() > 1) {  // its members in one text, or as a list
    const Value& names = *call.arguments[1].value;
    const Box* list = box_of(names, env);
    Value made;
    made.path = std::string(kNamedTuple) + names.text.value_or("");
    for (const ValuePtr& name : list == nullptr ? std::vector<ValuePtr>{} : list->list)
      made.path += " " + name->text.value_or("");
    if (names.constant() || (list != nullptr && list->rest == nullptr))
      return std::make_shared<const Value>(std::move(made));
  }
  const bool changes = one_of(path, "dataclasses.replace copy.replace");  // some members of a copy
  if (changes && (first == nullptr || box_of(*first->value, env) == nullptr)) return nullptr;
  const bool copies = changes || one_of(path, "copy.copy copy.deepcopy");
  if (!copies && !one_of(path,
                         "list tuple dict set frozenset deque collections.deque OrderedDict collections.OrderedDict "
                         "SimpleNamespace types.SimpleNamespace"))
    return nullptr;
  const Box* held = first == nullptr ? nullptr : box_of(*first->value, env);
  if (path == "dict" && first != nullptr && held == nullptr && call.arguments.size() > 1 &&
      !first->value->taints.empty()) {  // dict(given, name=x)
    Box box;
    box.rest = derived(first->value->taints);
    for (const Argument& argument : call.arguments) {
      if (!argument.name.empty()) box.items[std::string(argument.name)] = argument.value;
    }
    return new_box(env, std::move(box));
  }
  if (first != nullptr && held == nullptr) return copies ? first->value : nullptr;
  if (held != nullptr && (held->built != nullptr || (call.name == "dict" && !held->list.empty()))) return nullptr;
  Box box = held == nullptr ? Box() : *held;
  const bool pairs = path == "dict" && box.rest != nullptr && box.items.empty();  // dict(zip(names, values))
  if (const Box* pair = pairs ? box_of(*box.rest, env) : nullptr; pair != nullptr && pair->list.size() == 2) {
    if (const ValuePtr map = known_of_python(call, env); map != nullptr) return map;
    box.rest = pair->list[1];
  }
  for (const Argument& argument : call.arguments) {
    if (!argument.name.empty()) box.items[std::string(argument.name)] = argument.value;
  }
  return new_box(env, std::move(box), copies ? first->value->type : std::string());
}

// Ruby: Report.new(a), new(a) and self.new(a) within the class, of a class here; null for any other call. Records are
// made by a library.
ValuePtr Engine::object_of_ruby(Call& call, Env& env) {
  if (module_.grammar != Grammar::kRuby || call.name != "new") return nullptr;
  const bool own = call.receiver == nullptr || call.receiver->path == "this";
  if (own && (frame_.function == nullptr || !is_of_class(*frame_.function))) return nullptr;
  const std::string path = own ? std::string(frame_.function->owner) : call.receiver->path;
  const std::size_t dot = path.rfind('.');
  const std::string_view name = std::string_view(path).substr(dot + 1);
  const auto known = module_.bases.find(name);
  const bool within = dot == std::string::npos || module_.bases.contains(path.substr(0, path.find('.')));
  if (known == module_.bases.end() || !within) return nullptr;
  for (const std::string_view library : {"Record", "Sequel", "Mongoid", "Struct", "Error", "Exception"})
    if (known->second.find(library) != std::string_view::npos) return nullptr;
  return make_object(name, call, env);
}

// Ruby: "Post.find(id)" is a Post, whose methods may be here.
ValuePtr Engine::record_of(const Call& call, const ValuePtr& given) const {
  const bool looks_up = module_.grammar == Grammar::kRuby && call.receiver != nullptr && given->taints.empty() &&
                        one_of(call.name, "find find_by find_by! first last take first! last!");
  if (!looks_up || !is_class(*call.receiver)) return given;
  Value record = *given;
  record.type = call.receiver->path;
  return std::make_shared<const Value>(std::move(record));
}

// Ruby's "def self.name".
bool Engine::is_of_class(const Function& function) const {
  return module_.grammar == Grammar::kRuby && function.marks.ends_with("self.");
}

// Ruby: a class and its objects may have methods of one name.
std::size_t Engine::of_kind(std::size_t index, bool of_class) const {
  const Function& function = module_.functions[index];
  const auto place = by_name_.find(function.name);
  if (module_.grammar != Grammar::kRuby || place == by_name_.end() || is_of_class(function) == of_class) return index;
  const auto other = std::ranges::find_if(place->second, [&](std::size_t at) {
    return module_.functions[at].owner == function.owner && is_of_class(module_.functions[at]) == of_class;
  });
  return other == place->second.end() ? index : *other;
}

// What an object of a class of this file is as a text.
ValuePtr Engine::as_text(const ValuePtr& value, Env& env) {
  if (value->box == 0 || value->type.empty() || value->text) return value;
  for (const std::string_view name : {"__str__", "__repr__", "toString", "ToString", "to_s", "__toString"}) {
    if (const auto index = function_named(name, value->type, 0); index && !module_.functions[*index].owner.empty())
      return run_function(*index, {}, value->box, env, false);
  }
  return value;
}

// The members of a data class in the order in which it lists them.
std::vector<std::string_view> Engine::members_of(std::string_view type) const {
  std::vector<std::string_view> names;
  const auto first = module_.fields.lower_bound({type, std::string_view()});
  for (auto at = first; at != module_.fields.end() && at->first.first == type; ++at)
    names.push_back(at->first.second);
  std::ranges::sort(names, {}, [](std::string_view name) { return name.data(); });  // they lie in the text
  return names;
}

// The members of "this" in a class, of whichever object it is.
std::uint32_t Engine::own_box(std::string_view owner) {
  auto& box = selves_[owner];
  if (box == 0) {
    Box fields;
    fields.open = true;
    box = new_box(globals_, std::move(fields))->box;
  }
  return box;
}

// Go: a strings.Builder or bytes.Buffer that is a member is there once its structure is.
void Engine::add_builders(Box& box, std::string_view type, Env& env) {
  const auto first = module_.fields.lower_bound({type, std::string_view()});
  for (auto at = first; at != module_.fields.end() && at->first.first == type; ++at) {
    if (!one_of(at->second, "strings.Builder bytes.Buffer *strings.Builder *bytes.Buffer")) continue;
    Box empty;
    empty.built = text_value("");
    auto& place = box.items[std::string(at->first.second)];
    if (place == nullptr) place = new_box(env, std::move(empty), std::string(short_type(at->second)));
  }
}

// "private final List<String> parts = new ArrayList<>();": each object has a container of its own.
void Engine::add_begun(Box& box, std::string_view type, Env& env) {
  const auto first = module_.begun.lower_bound({type, std::string_view()});
  for (auto at = first; at != module_.begun.end() && at->first.first == type; ++at) {
    const bool here = module_.bases.contains(short_type(module_.at(at->second).text));  // may hold one of itself
    if (!here && !box.items.contains(at->first.second))
      box.items[std::string(at->first.second)] = eval(at->second, env);
  }
}

ValuePtr Engine::make_object(std::string_view name, Call& call, Env& env) {
  Box box;
  const std::string type(short_type(name));
  const bool builder = one_of(type, "StringBuilder StringBuffer StringWriter StringIO StringJoiner Builder Buffer");
  if (builder) {
    const bool sized =
        call.arguments.empty() || call.arguments[0].value->kind == Kind::kNumber || type == "StringJoiner";
    box.built = sized ? text_value("") : call.arguments[0].value;
  }
  if (one_of(type, "String") && !call.arguments.empty()) return call.arguments[0].value;
  if (is_script(module_.grammar) && one_of(type, "Map URLSearchParams Headers") && call.arguments.size() == 1) {
    if (const ValuePtr map = map_of_pairs(call.arguments[0].value, type, env); map != nullptr) {
      Value value = *map;
      value.path = call.path;
      return std::make_shared<const Value>(std::move(value));
    }
  }
  for (const Argument& argument : call.arguments) {
    if (!argument.name.empty()) box.items[std::string(argument.name)] = argument.value;
  }
  const auto record = module_.records.find(type);
  for (std::size_t i = 0; record != module_.records.end() && i < record->second.size(); ++i) {
    if (const Argument* given = call.positional(i)) box.items[std::string(record->second[i])] = given->value;
  }
  const auto constructor = [&] {
    for (const std::string_view known :
         {std::string_view("constructor"), std::string_view("__construct"), std::string_view("__init__"),
          std::string_view("initialize"), std::string_view(type)}) {
      if (const auto index = function_named(known, type, call.arguments.size())) return index;
    }
    return std::optional<std::size_t>();
  }();
  const bool go = module_.grammar == Grammar::kGo;
  const auto names = go || module_.grammar == Grammar::kPython ? members_of(type) : std::vector<std::string_view>{};
  const bool own = constructor || module_.bases.contains(type) || (go && !names.empty());
  if (!constructor && own && !names.empty()) {
    std::size_t next = 0;
    for (const Argument& argument : call.arguments) {
      if (argument.name.empty() && next < names.size()) box.items[std::string(names[next++])] = argument.value;
    }
    for (const std::string_view member : names) {  // Python: "parts: list = field(default_factory=list)"
      const auto held = go || box.items.contains(member) ? nullptr : globals_.names.find(member);
      const Box* begun = held == nullptr ? nullptr : box_of(*held->second, env);
      if (begun != nullptr && begun->built == nullptr && held->second->type.empty())
        box.items[std::string(member)] = new_box(env, Box(*begun));
    }
  }
  if (go) add_builders(box, type, env);
  if (module_.grammar == Grammar::kJava || module_.grammar == Grammar::kCSharp) add_begun(box, type, env);
  box.open = !builder && !one_of(type,
                                 "HashMap ArrayList LinkedList Map Array List Vector TreeMap LinkedHashMap Set HashSet "
                                 "Dictionary Object ArrayDeque Stack ConcurrentHashMap Properties Hashtable");
  const bool ruby = module_.grammar == Grammar::kRuby;
  if ((!own || (ruby && !constructor)) && !builder) {
    for (const Argument& argument : call.arguments) {
      std::vector<Taint> taints = reach(argument.value, env);
      if (argument.name.empty() && !taints.empty())
        box.rest = box.rest == nullptr ? derived(taints) : join(box.rest, derived(taints));
    }
  }
  ValuePtr made = new_box(env, std::move(box), type);
  if (constructor) kind_ = kind_named(type), run_function(*constructor, call.arguments, made->box, env, false);
  Value value = *made;
  value.path = call.path;
  return std::make_shared<const Value>(std::move(value));
}

}  // namespace commandcenter::code::dataflow
