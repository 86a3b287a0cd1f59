// Who calls a function of this file: where all who do are seen, a parameter is what they hand over, and nothing else
// need be supposed of it.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/names_reader.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

// How often a name stands in a text, as a word of its own.
std::size_t count_of(std::string_view text, std::string_view name) {
  std::size_t count = 0;
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + name.size())) {
    const std::size_t end = at + name.size();
    const bool apart = (at == 0 || !NamesReader::part_of_name(text[at - 1])) &&
                       (end == text.size() || !NamesReader::part_of_name(text[end]));
    count += apart ? 1 : 0;
  }
  return count;
}

}  // namespace

void Engine::note_call(std::size_t function, const Site& site) {
  if (site.end <= site.begin || site.end > module_.text.size()) return;
  const std::string_view call = std::string_view(module_.text).substr(site.begin, site.end - site.begin);
  if (holds_word(call, module_.functions[function].name)) callers_[function].sites.emplace(site.begin, site.end);
}

void Engine::note_given(const Param& param, const ValuePtr& value, const Env& env) {
  const std::vector<Taint> taints = reach(value, env);
  const bool doubtful = std::ranges::any_of(
      taints, [](const Taint& taint) { return taint.level < Level::kParam && (taint.cleared & kSqlContext) == 0; });
  const Box* box = box_of(*value, env);  // what is put into it may come later
  // What objects of a class here keep in their members is looked at where these are written.
  const bool own = module_.grammar == Grammar::kJava && module_.bases.contains(value->type);
  const bool empty = param.type.starts_with("chan") ||
                     (box != nullptr && !own && box->list.empty() && box->items.empty() && box->built == nullptr);
  if ((doubtful || empty) && param.target != kNoIr) doubtful_.insert(module_.at(param.target).begin);
}

// Whether nobody outside of this file calls it, or hardly anybody: it is private, or the file is one that answers
// users.
bool Engine::is_closed(const Function& function) const {
  const std::string_view marks = function.marks;
  if (holds_word(marks, "private")) return true;
  const bool shown = holds_word(marks, "public") || holds_word(marks, "internal") || holds_word(marks, "protected");
  if (module_.grammar == Grammar::kCSharp && !function.owner.empty() && !shown) return true;
  if (module_.grammar == Grammar::kPython && function.name.starts_with('_') && !function.name.starts_with("__"))
    return true;
  const std::size_t line = function.begin == 0 ? 0 : module_.text.rfind('\n', function.begin - 1) + 1;
  const bool exported = module_.text.substr(line, function.begin - line).find("export") != std::string_view::npos;
  if (is_script(module_.grammar) && function.owner.empty() && !exported) return true;
  return sees_users_ && !exported;
}

// Every place where its name stands is a call that was followed, but for its declaration.
bool Engine::knows_callers(std::size_t index) const {
  const Function& function = module_.functions[index];
  const auto callers = callers_.find(index);
  if (callers == callers_.end() || callers->second.refused || callers->second.sites.empty()) return false;
  const auto named = by_name_.find(function.name);
  if (named == by_name_.end() || function.name.size() < 2) return false;
  const bool alone = std::ranges::none_of(
      named->second, [&](std::size_t other) { return other != index && module_.functions[other].file.empty(); });
  return alone && count_of(module_.text, function.name) == callers->second.sites.size() + 1;
}

bool Engine::is_answered_for(std::uint32_t param) {
  if (tired_ || doubtful_.contains(param)) return false;
  const auto [known, is_new] = answered_for_.try_emplace(param, false);
  if (!is_new) return known->second;
  for (std::size_t i = 0; i < module_.functions.size(); ++i) {
    const Function& function = module_.functions[i];
    const bool own =
        function.file.empty() && !function.name.empty() && std::ranges::any_of(function.params, [&](const Param& one) {
          return one.target != kNoIr && module_.at(one.target).begin == param;
        });
    if (own) return known->second = is_closed(function) && knows_callers(i);
  }
  return false;
}

// A statement of this file that the function of another got as a parameter, through however many, and lets go on.
bool Engine::is_handed_over(const ValuePtr& statement, const Env& env) const {
  if (frame_.function == nullptr) return false;
  const bool whole = std::ranges::any_of(frame_.function->params, [&](const Param& param) {
    const bool same = !param.name.empty() && !frame_.made.contains(param.name);
    const auto* bound = same ? env.names.find(param.name) : nullptr;
    return bound != nullptr && bound->second == statement;
  });
  return whole && (foreign_ == 1 || std::ranges::any_of(handed_over_, [&](const Argument& given) {
                     return given.value->text == statement->text;
                   }));
}

}  // namespace commandcenter::code::dataflow
