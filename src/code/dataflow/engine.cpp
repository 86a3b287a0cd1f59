// Which functions run, with what, and in which order.
#include "code/dataflow/engine.h"

#include <algorithm>

#include "code/dataflow/types.h"

namespace commandcenter::code::dataflow {

std::vector<Flaw> find_flaws(const Module& module) {
  return Engine(module).run();
}

Engine::Engine(const Module& module) : module_(module), models_(Models::of(module.grammar)) {
  for (std::size_t i = 0; i < module.functions.size(); ++i) {
    const Function& function = module.functions[i];
    const std::string_view name = function.name.empty() ? function.alias : function.name;
    if (!name.empty() && (!function.name.empty() || !function.file.empty())) by_name_[name].push_back(i);
  }
}

std::vector<Flaw> Engine::run() {
  foreign_ = 1;
  exec(module_.foreign_body, foreign_globals_);
  foreign_ = 0;
  exec(module_.body, globals_);
  for (auto& [name, value] : globals_.names.writable()) {
    const auto count = module_.assignments.find(name);
    const bool changes = count != module_.assignments.end() && count->second > 1;
    if (changes && value->function < 0) value = derived(value->taints);
  }
  // Functions are made while others run, so the list may not be walked by iterator.
  for (std::size_t i = 0; i < module_.functions.size(); ++i) {
    if (!called_.contains(i) && module_.functions[i].file.empty()) run_entry(i);
  }
  std::vector<Flaw> result;
  for (auto& [place, flaw] : flaws_)
    result.push_back(std::move(flaw));
  return result;
}

void Engine::run_entry(std::size_t index) {
  all_steps_ += steps_;
  steps_ = 0;
  if (all_steps_ > kMaxFileSteps) return;
  const Function& function = module_.functions[index];
  const auto captured = captured_.find(index);
  Env env = captured == captured_.end() ? globals_ : captured->second;
  std::vector<Argument> arguments;
  for (const Param& param : function.params)
    arguments.push_back({param.name, parameter(function, param, false), kNoIr});
  run_function(index, arguments, 0, env, false);
}

// What a parameter may be when nobody is known to call the function.
ValuePtr Engine::parameter(const Function& function, const Param& param, bool callback) {
  Value value;
  value.path = param.name;
  value.type = short_type(param.type);
  if (param.name == "self" || param.name == "cls" || param.name == "this") return std::make_shared<const Value>(value);
  if (is_safe_type(param.type)) {
    value.kind = Kind::kNumber;
    return std::make_shared<const Value>(value);
  }
  const std::uint32_t offset = param.target == kNoIr ? function.begin : module_.at(param.target).begin;
  Taint taint{callback ? Level::kResult : Level::kParam, offset, 0, false, nullptr};
  std::string message = "parameter " + std::string(param.name);
  std::string marks(function.marks);
  if (const auto base = module_.bases.find(function.owner); base != module_.bases.end()) {
    // What the class extends; its own marks say nothing about each of its methods.
    const std::size_t name = base->second.find(function.owner);
    marks += " extends " + std::string(base->second.substr(name == std::string_view::npos ? 0 : name));
  }
  marks += " " + std::string(function.name);
  const std::string own = std::string(param.marks) + " " + std::string(param.type) + " " + std::string(param.name);
  const auto matches = [](const std::vector<Marked>& list, const std::string& text) {
    return std::ranges::any_of(list, [&](const Marked& marked) { return marked.pattern->found_in(text); });
  };
  if (matches(models_.params, own) || (!callback && matches(models_.entries, marks))) {
    taint.level = Level::kSource;
    message += ", which comes from a request";
  }
  taint.steps = std::make_shared<const Step>(Step{offset, message, nullptr, 1});
  value.taints.push_back(taint);
  return std::make_shared<const Value>(value);
}

ValuePtr Engine::run_function(std::size_t index, const std::vector<Argument>& arguments, std::uint32_t self, Env& env,
                              bool callback) {
  const Function& function = module_.functions[index];
  const bool active = std::ranges::find(active_, index) != active_.end();
  if (active || active_.size() >= kMaxCallDepth || function.body == kNoIr || spent()) return nothing();
  active_.push_back(index);
  const bool foreign = !function.file.empty();
  foreign_ += foreign ? 1 : 0;
  const Env& shared = foreign ? foreign_globals_ : globals_;
  Frame frame;
  frame.function = &function;
  frame.self = self;
  std::swap(frame, frame_);
  if (frame_.self == 0 && !function.owner.empty()) {
    auto& box = selves_[function.owner];
    if (box == 0) {
      Box fields;
      fields.open = true;
      box = new_box(globals_, std::move(fields))->box;
    }
    frame_.self = box;
  }
  Env inner;
  const auto captured = captured_.find(index);
  steps_ += env.boxes.size() / 4 + globals_.names.size() / 4;
  inner.names = callback ? env.names : captured == captured_.end() ? shared.names : captured->second.names;
  inner.boxes = env.boxes;
  inner.boxes.add_missing(globals_.boxes);
  inner.boxes.add_missing(shared.boxes);
  inner.plain = env.plain;
  if (captured != captured_.end()) inner.boxes.add_missing(captured->second.boxes);
  std::set<std::string_view> own;
  std::size_t position = 0;
  for (const Param& param : function.params) {
    if (param.name == "self" && module_.grammar == Grammar::kPython) {
      if (!arguments.empty() && arguments[0].name == "self") ++position;
      continue;
    }
    ValuePtr value;
    for (const Argument& argument : arguments) {
      if (!argument.name.empty() && argument.name == param.name) value = argument.value;
    }
    if (value == nullptr && position < arguments.size()) value = arguments[position].value;
    if (value == nullptr) value = param.fallback != kNoIr ? eval(param.fallback, inner) : nothing();
    ++position;
    own.insert(param.name);
    if (is_safe_type(param.type)) value = parameter(function, param, callback);
    if (param.target != kNoIr) assign(param.target, value, inner);
  }
  exec(function.body, inner);
  ValuePtr result = frame_.returned;
  if (module_.grammar == Grammar::kRuby && frame_.last != nullptr) {
    if (!function.block) check_return(frame_.last, function.body, inner);
    if (page_block_ == index) check_page(frame_.last, frame_.last_ir, inner);
    result = join(frame_.last, result);
  }
  std::swap(frame, frame_);
  foreign_ -= foreign ? 1 : 0;
  active_.pop_back();
  env.boxes = std::move(inner.boxes);
  env.plain = env.plain || (callback && inner.plain);
  if (callback) {
    for (auto& [name, value] : env.names.writable()) {
      const auto now = inner.names.find(name);
      if (!own.contains(name) && now != inner.names.end() && now->second != value) value = join(value, now->second);
    }
  }
  return result == nullptr ? nothing() : result;
}

}  // namespace commandcenter::code::dataflow
