// Functions that are made inside of others.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr std::size_t kMaxWritten = 64;  // names that wait for their function

bool is_users(const Taint& taint) {
  return taint.level == Level::kSource;
}

bool sees_users(Env& env) {
  bool sees = false;
  env.names.change_each([&](std::string_view, const ValuePtr& value) -> std::optional<ValuePtr> {
    sees = sees || std::ranges::any_of(value->taints, is_users);
    return std::nullopt;
  });
  return sees;
}

// Whether a function has a name of its own that is written like one around it: "let name", "name := ".
bool declares(std::string_view text, std::string_view name, Grammar grammar) {
  const std::string own(name);
  if (grammar == Grammar::kPython) {  // each name is its own that is not said to be another's
    for (std::size_t at = text.find("nonlocal "); at != std::string_view::npos; at = text.find("nonlocal ", at + 1))
      if (holds_word(text.substr(at, text.find('\n', at) - at), name)) return false;
    return true;
  }
  const bool go = grammar == Grammar::kGo;
  for (std::size_t at = text.find(own); at != std::string_view::npos; at = text.find(own, at + own.size())) {
    const std::string_view before = text.substr(0, at);
    const std::string_view behind = text.substr(at + own.size());
    for (const std::string_view word : {"let ", "const ", "var "})
      if (before.ends_with(word)) return true;
    if (go && (before.ends_with(", ") || behind.starts_with(" :=") || behind.starts_with(", "))) return true;
  }
  return false;
}

// The function that one was made in; null: it stands outside of all.
const Function* made_in(const Module& module, const Function& function) {
  const Function* around = nullptr;
  for (const Function& other : module.functions) {
    const bool holds = other.file.empty() && other.begin < function.begin && function.end <= other.end;
    if (holds && (around == nullptr || other.begin > around->begin)) around = &other;
  }
  return around;
}

}  // namespace

// Go: "wrap(handler)" gives a function that calls the one it was given.
void Engine::run_made(const Call& call, const Value& made, Env& env) {
  const bool given = std::ranges::any_of(call.arguments, [](const Argument& a) { return a.value->function >= 0; });
  const auto index = static_cast<std::size_t>(made.function);
  const Function& function = module_.functions[index];
  if (!given || !function.name.empty()) return;
  std::vector<Argument> arguments;
  for (const Param& param : function.params)
    arguments.push_back({param.name, parameter(function, param, false), kNoIr});
  run_function(index, arguments, frame_.self, env, false);
}

// Whether it was made in the function that runs, and may give names of that another value.
bool Engine::shares_names(std::size_t index) const {
  const Function& function = module_.functions[index];
  const Function* outer = frame_.function;
  if (outer == nullptr || !function.file.empty() || !outer->file.empty()) return false;
  if (function.begin <= outer->begin || function.end > outer->end) return false;
  if (module_.grammar == Grammar::kGo || is_script(module_.grammar)) return true;
  return module_.grammar == Grammar::kPython && holds_word(text_of(function), "nonlocal");
}

// Where something of a user's is around, it sees what the names are now; what it gives another value has it for those
// behind the call, too.
ValuePtr Engine::run_closure(std::size_t index, const std::vector<Argument>& arguments, Env& env) {
  const auto sends = [&](const Argument& argument) { return holds_users(*argument.value, env); };
  shares_ = shares_names(index) && (std::ranges::any_of(arguments, sends) || sees_users(env));
  return run_function(index, arguments, 0, env, false);
}

void Engine::take_shared(const Function& function, const Env& inner, Env& env) {
  env.names.update(inner.names, [&](std::string_view name, const ValuePtr& before, const ValuePtr& now) {
    if (takes(function, name) || declares(text_of(function), name, module_.grammar)) return before;
    frame_.made.erase(name);
    return now;
  });
}

// What a function gives a name around it that runs where that name is not at hand: as a callback of a function here, as
// one of several that share it. Only what a user sends is worth it.
void Engine::keep_written(std::size_t index, const Env& inner) {
  const Function& function = module_.functions[index];
  std::vector<std::pair<std::string_view, ValuePtr>> written;
  captured_[index].names.update(inner.names, [&](std::string_view name, const ValuePtr& before, const ValuePtr& now) {
    const auto sent = [](const Taint& taint) { return taint.level == Level::kSource; };
    if (std::ranges::none_of(now->taints, sent) || takes(function, name)) return before;
    if (declares(text_of(function), name, module_.grammar)) return before;
    written.emplace_back(name, now);
    return now;
  });
  const Function* around = written.empty() ? nullptr : made_in(module_, function);
  if (around == nullptr || written_.size() >= kMaxWritten) return;
  for (const auto& [name, value] : written) {
    written_.push_back({around, name, value});
    for (auto& [other, env] : captured_) {
      const Function& beside = module_.functions[other];
      if (other == index || !beside.file.empty() || beside.begin < around->begin || beside.end > around->end) continue;
      const auto* held = env.names.find(name);
      if (held != nullptr && held->second != value) env.names[name] = join(held->second, value);
    }
  }
}

// Back in the function whose names they are.
void Engine::take_written(Env& env) {
  std::erase_if(written_, [&](const Written& written) {
    if (written.around != frame_.function) return false;
    const auto* held = env.names.find(written.name);
    if (held != nullptr && held->second != written.value) env.names[written.name] = join(held->second, written.value);
    frame_.made.erase(written.name);
    return true;
  });
}

}  // namespace commandcenter::code::dataflow
