// Conditions of the models: whether a line of theirs is about this call.
#include "code/dataflow/conditions.h"

#include <algorithm>
#include <charconv>

#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

constexpr int kMaxBehind_depth = 12;
constexpr std::size_t kMaxBehind_names = 50;
constexpr int kMaxMade_steps = 6;           // from a call back to what has made its object
constexpr std::size_t kAround_bytes = 400;  // of code outside of functions, before and behind

namespace {

// What a function is made of when it does nothing else.
IrId only_statement(const Module& module, std::size_t function) {
  IrId only = module.functions[function].body;
  while (module.at(only).op == Op::kBlock && module.at(only).count == 1)
    only = module.kid(only, 0);
  return only;
}

// "(origin) => origin", "(origin, callback) => callback(null, true)": says yes to whatever it is asked.
bool agrees(const Module& module, std::size_t function) {
  if (!is_script(module.grammar)) return false;
  const IrId only = only_statement(module, function);
  const IrId given = module.at(only).op == Op::kReturn ? module.kid(only, 0) : only;
  const std::vector<Param>& params = module.functions[function].params;
  const Ir& ir = module.at(given);
  if (params.empty() || params[0].name.empty()) return false;
  if (ir.op == Op::kName) return only != given && ir.text == params[0].name;
  if (ir.op != Op::kCall || params.size() < 2 || module.at(module.kid(given, 0)).text != params[1].name) return false;
  const Ir& answer = module.at(module.kid(given, 2));
  return answer.op == Op::kTrue || (answer.op == Op::kName && answer.text == params[0].name);
}

}  // namespace

std::optional<std::size_t> position_of(std::string_view text) {
  std::size_t number = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

const Argument* Call::positional(std::size_t index) const {
  for (const Argument& argument : arguments) {
    if ((argument.name.empty() || argument.in_place) && index-- == 0) return &argument;
  }
  return nullptr;
}

const Argument* Call::named(std::string_view wanted) const {
  for (const Argument& argument : arguments) {
    if (argument.name == wanted) return &argument;
  }
  return nullptr;
}

const Argument* Call::argument(std::string_view wanted) const {
  if (const auto index = position_of(wanted)) return positional(*index);
  return named(wanted);
}

// The function around a place; outside of functions, the code nearby.
std::string_view Conditions::around_of(std::size_t offset) const {
  const std::string_view text = text_here();
  if (frame_.function != nullptr)
    return text.substr(frame_.function->begin, frame_.function->end - frame_.function->begin);
  const std::size_t begin = offset > kAround_bytes ? offset - kAround_bytes : 0;
  return text.substr(std::min(begin, text.size()), 2 * kAround_bytes);
}

// A value as conditions of the models see it: "a=true b=(none HS256)".
std::string Conditions::described(const Value& value, const Env& env, int depth) const {
  std::string text;
  if (value.shell)
    text = "sh";
  else if (value.text)
    text = *value.text;
  else if (value.kind == Kind::kBool && value.number)
    text = *value.number != 0 ? "true" : "false";
  else if (value.number)
    text = std::to_string(*value.number);
  else if (value.kind == Kind::kNull)
    text = "null";
  else if (value.function >= 0)
    text = returns_true(static_cast<std::size_t>(value.function))      ? "returns true"
           : agrees(module_, static_cast<std::size_t>(value.function)) ? "agrees"
                                                                       : "function";
  else
    text = returns_true(value.path) ? "returns true" : value.path;
  const Box* box = box_of(value, env);
  if (box == nullptr || depth > 2) return text;
  for (const auto& [key, held] : box->items) {
    const bool nested = box_of(*held, env) != nullptr;
    text += " " + key + "=" + (nested ? "(" : "") + described(*held, env, depth + 1) + (nested ? ")" : "");
  }
  for (const ValuePtr& held : box->list)
    text += " " + described(*held, env, depth + 1);
  return text;
}

bool Conditions::returns_true(std::size_t function) const {
  const IrId only = only_statement(module_, function);
  return module_.at(only).op == Op::kReturn && module_.at(module_.kid(only, 0)).op == Op::kTrue;
}

// C#: a method whose name stands where a function is wanted.
bool Conditions::returns_true(std::string_view method) const {
  if (module_.grammar != Grammar::kCSharp) return false;
  const auto named = by_name_.find(method);
  return named != by_name_.end() && std::ranges::all_of(named->second, [&](std::size_t i) { return returns_true(i); });
}

bool Conditions::holds(const Condition& condition, const Call& call, const Env& env) const {
  const Argument* argument = call.argument(condition.argument);
  if (condition.argument == "recv") {
    const bool given = call.receiver != nullptr && condition.expected != nullptr;
    const bool found =
        given && (condition.expected->found_in(call.receiver->path) ||
                  (module_.grammar == Grammar::kJava && condition.expected->found_in(call.receiver->type)));
    return found != condition.unless;
  }
  if (argument == nullptr) return condition.unless;
  if (condition.expected == nullptr) return !condition.unless;
  const Value& value = *argument->value;
  const bool by_type = !value.type.empty() && !value.text && condition.expected->found_in(value.type);
  return (by_type || condition.expected->found_in(described(value, env, 0))) != condition.unless;
}

// The line of a place, behind the names of the function and its class.
std::string Conditions::line_of(IrId id) const {
  const std::string_view text = text_here();
  const std::size_t at = std::min<std::size_t>(module_.at(id).begin, text.size());
  const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  const std::size_t end = std::min(text.find('\n', at), text.size());
  std::string line;
  if (frame_.function != nullptr) {
    const Function& function = *frame_.function;
    const std::string_view owner = function.marks == kByPrototype ? std::string_view{} : function.owner;
    line = std::string(owner) + " " + std::string(function.name.empty() ? function.alias : function.name) + ": ";
  }
  return line + std::string(text.substr(begin, std::min(end - begin, kAround_bytes)));
}

// Of the file whose function runs; empty where none of another file's does.
std::string_view Conditions::text_here() const {
  if (foreign_ == 0) return module_.text;
  return frame_.function == nullptr ? std::string_view{} : frame_.function->text;
}

// In a part of a file, for which this is asked each time that it runs.
bool Conditions::stands_in(const Pattern& pattern, std::string_view part) const {
  const auto [known, is_new] = stands_in_.try_emplace({&pattern, part.data(), part.size()}, false);
  if (is_new) known->second = pattern.found_in(part);
  return known->second;
}

// The file of the function that runs speaks of what the entry is a part of.
bool Conditions::is_in_file(const Entry& entry) const {
  const std::string_view text = text_here();
  return !text.empty() && stands_in(*entry.file, text);
}

// What an entry wants to stand somewhere in the function does; so it counts where the function cannot be seen.
bool Conditions::is_near(const Entry& entry, IrId id) const {
  return entry.near == nullptr || text_here().empty() || stands_in(*entry.near, around_of(module_.at(id).begin));
}

// A text that stands where it is used, also as its bytes: "key".getBytes(). Elsewhere it is found where it is set.
bool Conditions::is_written_there(const Argument* argument) const {
  if (argument == nullptr) return false;
  const IrId id = argument->ir;
  const IrId callee = id != kNoIr && module_.at(id).op == Op::kCall ? module_.kid(id, 0) : kNoIr;
  if (callee != kNoIr && module_.at(callee).op == Op::kField &&
      one_of(module_.at(callee).text, "getBytes encode toCharArray")) {
    const Ir& receiver = module_.at(module_.kid(callee, 0));
    return receiver.op == Op::kText && !receiver.text.empty();
  }
  const Value& value = *argument->value;
  if (!value.text || !value.constant() || value.text->empty()) return false;
  return id == kNoIr || module_.at(id).op != Op::kName;
}

// A field that is written without "this.".
bool Conditions::is_field(std::string_view name) const {
  if (module_.grammar != Grammar::kJava && module_.grammar != Grammar::kCSharp) return false;
  if (frame_.function == nullptr || !module_.fields.contains({short_type(frame_.function->owner), name})) return false;
  return std::ranges::none_of(frame_.function->params, [&](const Param& param) { return param.name == name; });
}

std::string_view Conditions::text_of(const Function& function) const {
  return std::string_view(module_.text).substr(function.begin, function.end - function.begin);
}

// In another method of the class, which speaks of this field, too: a constructor that sets it up.
bool Conditions::stands_in_class(const Pattern& pattern, std::string_view field) const {
  if (frame_.function == nullptr || !is_field(field)) return false;
  return std::ranges::any_of(module_.functions, [&](const Function& function) {
    return function.owner == frame_.function->owner && function.file.empty() && !function.owner.empty() &&
           holds_word(text_of(function), field) && stands_in(pattern, text_of(function));
  });
}

// "factory.newDocumentBuilder().parse(x)", where a function of this file has made the factory: what stands in that
// tells of it, too.
bool Conditions::stands_where_made(const Pattern& pattern, IrId at) const {
  if (module_.at(at).op == Op::kField) at = module_.kid(at, 0);
  for (int steps = 0; steps < kMaxMade_steps && foreign_ == 0; ++steps) {
    const Ir& ir = module_.at(at);
    const bool own = ir.op == Op::kField && module_.at(module_.kid(at, 0)).text == "this";
    if (ir.op == Op::kName || own) {
      const auto here = own ? frame_.made.end() : frame_.made.find(ir.text);
      const auto outside = made_outside_.find(ir.text);
      if (here == frame_.made.end() && outside == made_outside_.end()) return stands_in_class(pattern, ir.text);
      at = here != frame_.made.end() ? here->second : outside->second;
    } else if (ir.op == Op::kCall) {
      const IrId callee = module_.kid(at, 0);
      const auto place = by_name_.find(module_.at(callee).text);
      for (const std::size_t index : place == by_name_.end() ? std::vector<std::size_t>{} : place->second) {
        const Function& function = module_.functions[index];
        if (function.file.empty() && stands_in(pattern, text_of(function))) return true;
      }
      if (module_.at(callee).op != Op::kField) return false;
      at = module_.kid(callee, 0);
    } else {
      return false;
    }
  }
  return false;
}

// The names in an expression, and in what they were made from.
void Conditions::names_behind(IrId id, std::set<std::string_view>& names, int depth) const {
  const Ir& ir = module_.at(id);
  if (depth > kMaxBehind_depth || names.size() > kMaxBehind_names) return;
  if (ir.op == Op::kName && names.insert(ir.text).second) {
    const auto made = frame_.made.find(ir.text);
    if (made != frame_.made.end()) names_behind(made->second, names, depth + 1);
  }
  for (const IrId kid : module_.kids_of(id))
    names_behind(kid, names, depth + 1);
}

// "good.setFeature(…)" and "Reader good = …" say nothing of "bad.parse(x)". True when that is all there is.
bool Conditions::tells_of_others(const Pattern& pattern, std::string_view around, const Call& call) const {
  if (module_.grammar != Grammar::kJava || foreign_ > 0) return false;
  std::set<std::string_view> own;
  names_behind(call.ir, own, 0);
  bool found = false;
  for (std::size_t from = 0; from < around.size();) {
    const auto match = pattern.find(around, from);
    if (!match) break;
    const auto at = static_cast<std::size_t>(match->data() - around.data());
    from = at + std::max<std::size_t>(match->size(), 1);
    const auto place = static_cast<std::size_t>(match->data() - module_.text.data());
    if (place >= module_.at(call.ir).begin && place < module_.at(call.ir).end) return false;
    const std::size_t before = at == 0 ? std::string_view::npos : around.find_last_of(";{}", at - 1);
    std::string_view statement = around.substr(before + 1, at - before - 1);
    const std::size_t sign = std::min(statement.find_first_of("=.("), statement.size());
    if (sign < statement.size() && statement[sign] == '(') return false;
    statement = statement.substr(0, sign == 0 ? 0 : statement.find_last_not_of(" \t\r\n", sign - 1) + 1);
    const std::string_view name = statement.substr(statement.find_last_of(" \t\r\n") + 1);
    const bool variable = !name.empty() && name[0] >= 'a' && name[0] <= 'z' && name != "this";
    if (!variable || own.contains(name)) return false;
    found = true;
  }
  return found;
}

bool Conditions::applies(const Entry& entry, const Call& call, const Env& env) const {
  if (!std::ranges::all_of(entry.conditions, [&](const Condition& condition) { return holds(condition, call, env); }))
    return false;
  if (entry.needs_page && !env.page) return false;
  if (entry.file != nullptr && !is_in_file(entry)) return false;
  if (entry.not_file != nullptr && stands_in(*entry.not_file, module_.text)) return false;
  if (!entry.literal.empty() && !is_written_there(call.argument(entry.literal))) return false;
  const bool nearby = entry.near != nullptr || entry.not_near != nullptr;
  const bool beside = entry.beside != nullptr || entry.not_beside != nullptr;
  if (!nearby && !beside) return true;
  if (text_here().empty()) return false;
  if (beside) {
    const std::string line = line_of(call.ir);
    if (entry.beside != nullptr && !entry.beside->found_in(line)) return false;
    if (entry.not_beside != nullptr && entry.not_beside->found_in(line)) return false;
  }
  if (!nearby) return true;
  const std::string_view around = around_of(module_.at(call.ir).begin);
  if (entry.near != nullptr && !stands_in(*entry.near, around)) return false;
  if (entry.not_near == nullptr) return true;
  const bool xml = entry.rule != nullptr && entry.rule->category == "xxe";
  const bool objects = xml || (entry.rule != nullptr && entry.rule->category == "deserialization");
  if (stands_in(*entry.not_near, around) && !(objects && tells_of_others(*entry.not_near, around, call))) return false;
  return !xml || !stands_where_made(*entry.not_near, call.callee);
}

}  // namespace commandcenter::code::dataflow
