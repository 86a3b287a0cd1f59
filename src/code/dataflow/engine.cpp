// Which functions run, with what, and in which order.
#include "code/dataflow/engine.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "code/dataflow/types.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

namespace {

bool is_less_than_source(const Taint& taint) {
  return taint.level != Level::kSource;
}

}  // namespace

std::vector<Flaw> find_flaws(const Module& module) {
  Engine engine(module);
  std::vector<Flaw> found = engine.run();
  return engine.came_late() ? Engine(module, engine.shelf()).run() : found;
}

Engine::Engine(const Module& module, Shelf shelf) : Conditions(module, std::move(shelf)) {
  for (std::size_t i = 0; i < module.functions.size(); ++i) {
    const Function& function = module.functions[i];
    const std::string_view name = function.name.empty() ? function.alias : function.name;
    if (!name.empty() && (!function.name.empty() || !function.file.empty())) by_name_[name].push_back(i);
  }
}

// Constructors, setters and what a framework calls before the rest.
bool Engine::fills_object(const Function& function) {
  if (function.owner.empty()) return false;
  const std::string_view name = function.name;
  if (function.marks == kByPrototype) return name == "constructor";
  const bool setter = name.starts_with("set") && name.size() > 3 && name[3] >= 'A' && name[3] <= 'Z';
  return setter || name == function.owner ||
         one_of(
             name,
             "constructor __init__ __construct initialize init setUp prepare before dispatch setup componentDidMount "
             "componentWillMount UNSAFE_componentWillMount ngOnInit connectedCallback");
}

std::vector<Flaw> Engine::run() {
  foreign_ = 1;
  exec(module_.foreign_body, foreign_globals_);
  foreign_ = 0;
  exec(module_.body, globals_);
  globals_.names.change_each([&](std::string_view name, const ValuePtr& value) -> std::optional<ValuePtr> {
    const auto count = module_.assignments.find(name);
    const bool changes = count != module_.assignments.end() && count->second > 1;
    if (!changes || value->function >= 0) return std::nullopt;
    return derived(value->taints);
  });
  made_outside_ = frame_.made;
  fill_members();
  // Functions are made while others run, so the list may not be walked by iterator.
  for (const bool first : {true, false}) {
    sums_up_ = !first;
    for (std::size_t i = 0; i < module_.functions.size(); ++i) {
      const Function& function = module_.functions[i];
      if (called_.contains(i) || !function.file.empty() || fills_object(function) != first) continue;
      if (!first && (is_idle(function) || summaries_.contains(i))) continue;
      run_entry(i);
    }
  }
  check_bodies();
  std::vector<Flaw> result;
  for (auto& [place, flaw] : flaws_) {
    if (const auto params = supposed_.find(place);
        params != supposed_.end() && !params->second.empty() &&
        std::ranges::all_of(params->second, [&](std::uint32_t param) { return is_answered_for(param); }))
      continue;
    if (flaw.rule->category != "sql-injection" || !told_there_.contains(static_cast<std::uint32_t>(flaw.begin)))
      result.push_back(std::move(flaw));
  }
  return result;
}

// Members of a class that a framework gives a user's data: [BindProperty], @QueryParam.
void Engine::fill_members() {
  for (const auto& [place, marks] : module_.marks) {
    const bool here = std::less_equal<>()(module_.text.data(), marks.data()) &&
                      std::less<>()(marks.data(), module_.text.data() + module_.text.size());
    if (!here) continue;
    const std::string_view type = field_type(place.first, place.second);
    const std::string text(marks);
    if (is_safe(type) || !has_mark(models_.params, text)) continue;
    const auto offset = static_cast<std::uint32_t>(marks.data() + marks.size() - module_.text.data());
    Value value;
    value.path = place.second;
    value.type = short_type(type);
    const std::string message = "member " + std::string(place.second) + ", which comes from a request";
    value.taints.push_back(
        {Level::kSource, offset, 0, false, std::make_shared<const Step>(Step{offset, message, nullptr, 1})});
    writable(own_box(place.first), globals_)->items[std::string(place.second)] =
        std::make_shared<const Value>(std::move(value));
  }
}

bool Engine::has_mark(const std::vector<Marked>& list, const std::string& text) const {
  return std::ranges::any_of(list, [&](const Marked& one) { return is_marked(one, text); });
}

bool Engine::is_entry(const Function& function) {
  const auto [known, is_new] = entries_.try_emplace(&function, false);
  if (is_new) known->second = is_left_to_others(function) && has_mark(models_.entries, declared(function));
  return known->second;
}

// "use server" at the beginning of a file: only what it exports is called by a browser. True in other files.
bool Engine::is_left_to_others(const Function& function) const {
  if (!is_script(module_.grammar) || !function.file.empty()) return true;
  std::string_view text = module_.text;
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (!text.starts_with("'use server'") && !text.starts_with("\"use server\"")) return true;
  const std::string_view before = std::string_view(module_.text).substr(0, function.begin);
  const std::string_view line = before.substr(before.rfind('\n') + 1);
  return line.starts_with("export ");
}

bool Engine::is_idle(const Function& function) const {
  const auto next =
      std::ranges::upper_bound(module_.idle, function.begin, {}, &std::pair<std::uint32_t, std::uint32_t>::first);
  return next != module_.idle.begin() && function.begin < std::prev(next)->second;
}

void Engine::run_entry(std::size_t index) {
  all_steps_ += steps_;
  steps_ = 0;
  site_ = {};
  tired_ = tired_ || all_steps_ > kMaxFileSteps;
  if (all_steps_ > kMaxFileSteps) {
    summaries_[index] = nullptr;
    return;
  }
  const Function& function = module_.functions[index];
  const auto captured = captured_.find(index);
  Env env = captured == captured_.end() ? globals_ : captured->second;
  std::vector<Argument> arguments;
  for (const Param& param : function.params) {
    const ValuePtr given = injected(function, param, env);
    arguments.push_back({param.name, given == nullptr ? parameter(function, param, false) : given, kNoIr});
  }
  const ValuePtr given = run_function(index, arguments, 0, env, false);
  if (fills_object(function)) keep_fields(function, env);
  if (sums_up_) keep_summary(index, given, env);
}

// "this.state = { q: … }": what of it a user sent; the rest may be anything by then. False: nothing.
bool Engine::keep_members(const Value& object, const Env& env) {
  const Box* box = box_of(object, env);
  if (box == nullptr || box->built != nullptr) return false;
  bool foreign = false;
  const auto of_users = [&](const ValuePtr& value) -> ValuePtr {
    if (value == nullptr || value->constant()) return value;
    std::vector<Taint> taints = reach(value, env);
    std::erase_if(taints, is_less_than_source);
    foreign = foreign || !taints.empty();
    return taints.empty() ? nothing() : derived(taints);
  };
  auto kept = std::make_shared<Box>();
  kept->open = true;
  for (const auto& [name, value] : box->items)
    kept->items[name] = of_users(value);
  for (const ValuePtr& value : box->list)
    kept->list.push_back(of_users(value));
  kept->rest = of_users(box->rest);
  if (foreign) globals_.boxes[object.box] = std::move(kept);
  return foreign;
}

// What a constructor or a setter of a user's data puts into the object is there when its other methods run.
void Engine::keep_fields(const Function& function, const Env& env) {
  const auto self = selves_.find(function.owner);
  const auto* filled = self == selves_.end() ? nullptr : env.boxes.find(self->second);
  if (filled == nullptr) return;
  const std::shared_ptr<const Box> after = filled->second;
  keep_fields_of(function.owner, *after, env);
  for (const auto& [type, bases] : module_.bases) {  // of classes below, unless they do it in their own way
    if (type == function.owner || !holds_word(bases, function.owner)) continue;
    const auto nearer = function_named(function.name, type, function.params.size());
    if (nearer && module_.functions[*nearer].owner == function.owner) keep_fields_of(type, *after, env);
  }
}

void Engine::keep_fields_of(std::string_view owner, const Box& after, const Env& env) {
  Box* kept = writable(own_box(owner), globals_);
  if (kept == nullptr) return;
  for (const auto& [name, value] : after.items) {
    Value field = *value;
    std::erase_if(field.taints, is_less_than_source);
    if (field.taints.empty() && keep_members(field, env)) {
      kept->items[name] = std::make_shared<const Value>(std::move(field));
      continue;
    }
    if (field.taints.empty() && (field.box != 0 || field.kind == Kind::kFunction || !value->taints.empty())) continue;
    if (field.taints.size() != value->taints.size()) field.text.reset(), field.build = Build::kNone;
    auto& place = kept->items[name];
    place = place == nullptr ? std::make_shared<const Value>(field) : join(place, std::make_shared<const Value>(field));
  }
}

// What the class extends and how it is marked, then the marks of the function itself.
std::string Engine::marks_of(const Function& function) const {
  const auto base = module_.bases.find(function.owner);
  if (base == module_.bases.end()) return std::string(function.marks);
  std::string marks(base->second);
  if (module_.grammar == Grammar::kPython) {  // a handler may be one by the class above its own
    for (const auto& [name, steps] : ancestors(function.owner))
      if (const auto above = module_.bases.find(name); above != module_.bases.end())
        marks += " " + std::string(above->second);
  }
  return marks + " " + std::string(function.marks);
}

Env Engine::copy(const Env& env) {
  steps_ += env.names.size() / 4 + env.boxes.size() / 4 + 1;
  return env;
}

// As a declaration reads: marks, name, parameters.
std::string Engine::declared(const Function& function) const {
  std::string text = marks_of(function) + " ";
  text += function.name.empty() ? function.alias : function.name;
  text += "(";
  for (const Param& param : function.params)
    text += (text.ends_with('(') ? "" : ", ") + std::string(param.name);
  return text + ")";
}

bool Engine::is_marked(const Marked& marked, const std::string& text) const {
  if (marked.file != nullptr && !stands_in(*marked.file, module_.text)) return false;
  if (marked.not_file != nullptr && stands_in(*marked.not_file, module_.text)) return false;
  return marked.pattern->found_in(text) && (marked.unless == nullptr || !marked.unless->found_in(text));
}

bool Engine::is_safe(std::string_view type) const {
  return is_safe_type(type) || (!type.empty() && !module_.enums.empty() && module_.enums.contains(short_type(type)));
}

// Ruby: the code in "f(a) { … }".
bool Engine::is_block(const Value& value) const {
  return value.function >= 0 && module_.functions[static_cast<std::size_t>(value.function)].block;
}

// What a parameter takes that stands for many: "...names", Python's "*args" and "**names"; null for any other one, and
// where nobody says what is handed over.
ValuePtr Engine::rest_of(const Function& function, const Param& param, const std::vector<Argument>& arguments,
                         std::size_t position, Env& env) {
  const bool python = module_.grammar == Grammar::kPython;
  const bool handed_over = std::ranges::none_of(arguments, [&](const Argument& a) { return a.name == param.name; });
  const bool named = python || module_.grammar == Grammar::kRuby;
  if (!handed_over || (param.type != "..." && !(named && param.type == "**"))) return nullptr;
  if (param.type == "...") {
    if (!python && position >= arguments.size()) return nullptr;
    const bool whole = !python && arguments.size() == position + 1 && arguments[position].value->box != 0;
    if (whole) return arguments[position].value;  // a list stands for all of them
    std::vector<ValuePtr> values;
    for (std::size_t i = position; i < arguments.size(); ++i)
      if (arguments[i].name.empty() && !is_block(*arguments[i].value)) values.push_back(arguments[i].value);
    return list_value(std::move(values), env);
  }
  Box box;
  for (const Argument& argument : arguments) {
    const bool own = std::ranges::any_of(function.params, [&](const Param& p) { return p.name == argument.name; });
    if (!argument.name.empty() && !own) box.items[std::string(argument.name)] = argument.value;
  }
  return new_box(env, std::move(box));
}

// A parameter of the function has that name; what the object is called is none.
bool Engine::takes(const Function& function, std::string_view name) const {
  const bool object = module_.grammar == Grammar::kPython && (name == "self" || name == "cls");
  return !object && std::ranges::any_of(function.params, [&](const Param& param) { return param.name == name; });
}

// Gives the parameters what the caller hands over.
void Engine::bind(const Function& function, const std::vector<Argument>& arguments, bool callback, Env& env) {
  const bool python = module_.grammar == Grammar::kPython;
  std::size_t position = 0;
  bool named_only = false;  // behind *args
  for (const Param& param : function.params) {
    if ((param.name == "self" || param.name == "cls") && python) {
      if (!arguments.empty() && arguments[0].name == param.name) ++position;
      continue;
    }
    ValuePtr value = rest_of(function, param, arguments, position, env);
    for (const Argument& argument : arguments) {
      if (!argument.name.empty() && argument.name == param.name) value = argument.value;
    }
    if (value == nullptr && position < arguments.size() && !named_only) value = arguments[position].value;
    named_only = named_only || (param.type == "..." && python);
    if (value != nullptr && foreign_ == 0 && frame_.site.end != 0) note_given(param, value, env);
    if (value == nullptr) value = param.fallback != kNoIr ? eval(param.fallback, env) : nothing();
    ++position;
    if (is_safe(param.type) && !value->constant()) value = parameter(function, param, callback);
    if (param.target != kNoIr) assign(param.target, value, env);
  }
}

}  // namespace commandcenter::code::dataflow
