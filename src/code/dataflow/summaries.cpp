// What a function gives, told once for those calls of it that hand over nothing of a user and lie deep inside of others
// or are repeated: what can be found in it is found when it runs by itself. The functional approach of M. Sharir and
// A. Pnueli, "Two approaches to interprocedural data flow analysis" (1981), for what comes back only.
#include <algorithm>
#include <utility>

#include "code/dataflow/engine.h"

namespace commandcenter::code::dataflow {
namespace {

constexpr int kMaxWaiting = 8;  // summaries that are made for each other; each has the calls of an entry below it

bool takes_many(const Param& param) {
  return param.type == "..." || param.type == "**";
}

}  // namespace

// Not for what keeps something in its object, was made inside of another function, runs what it is handed, or is told
// by a text what to do. Functions of other files are followed: summaries took too much of theirs for data of a user.
bool Engine::may_sum_up(std::size_t index, const std::vector<Argument>& arguments, std::uint32_t self,
                        const Env& env) const {
  const Function& function = module_.functions[index];
  if (!sums_up_ || active_.empty() || proves_ != nullptr || next_ != nullptr || !in_front_.empty()) return false;
  if (!function.file.empty() || function.name.empty() || function.block || fills_object(function) ||
      captured_.contains(index))
    return false;
  Value object;
  object.box = self;
  return !holds_users(object, env) && std::ranges::none_of(arguments, [&](const Argument& argument) {
    const Value& value = *argument.value;
    return value.function >= 0 || (value.text && value.constant()) || holds_users(value, env);
  });
}

// What the function gives when nobody is known to call it, made when it is asked for first; null: it has to be
// followed.
ValuePtr Engine::summary_of(std::size_t index) {
  if (const auto known = summaries_.find(index); known != summaries_.end()) return known->second;
  if (waiting_ >= kMaxWaiting) return nullptr;
  summaries_[index] = nothing();  // where it calls itself: what ends that gives the rest
  ++waiting_;
  Frame frame;
  std::vector<std::size_t> active;
  std::swap(frame, frame_);
  std::swap(active, active_);
  const std::size_t steps = std::exchange(steps_, 0);
  const int foreign = std::exchange(foreign_, 0);
  const int loops = std::exchange(loops_, 0);
  const ValuePtr piped = std::exchange(piped_, nullptr);
  run_entry(index);
  piped_ = piped;
  loops_ = loops;
  foreign_ = foreign;
  all_steps_ += std::exchange(steps_, steps);
  std::swap(active, active_);
  std::swap(frame, frame_);
  --waiting_;
  return summaries_[index];
}

// What a parameter takes of what is handed over.
std::vector<ValuePtr> Engine::taken_by(const Function& function, const Param& param,
                                       const std::vector<Argument>& arguments) const {
  std::size_t position = 0;
  for (const Param& before : function.params) {
    if (&before == &param) break;
    const bool object = module_.grammar == Grammar::kPython && (before.name == "self" || before.name == "cls");
    if (!object || (!arguments.empty() && arguments[0].name == before.name)) ++position;
  }
  std::vector<ValuePtr> taken;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool own = arguments[i].name.empty() ? i == position : arguments[i].name == param.name;
    if (own || takes_many(param)) taken.push_back(arguments[i].value);
  }
  return taken;
}

// A taint of a parameter stands for what is handed over, with what was done to it; others were made inside.
std::vector<Taint> Engine::handed_on(const Taint& taint, const Function& function,
                                     const std::vector<Argument>& arguments, const Env& env) const {
  for (const Param& param : function.params) {
    if (taint.origin != place_of_param(function, param)) continue;
    std::vector<Taint> taints;
    for (const ValuePtr& value : taken_by(function, param, arguments))
      add_taints(taints, reach(value, env));
    for (Taint& taken : taints) {
      taken.cleared |= taint.cleared;
      taken.guessed = taken.guessed || taint.guessed;
    }
    return taints;
  }
  return {taint};
}

// What a call gives; nothing where the function has to be followed.
std::optional<ValuePtr> Engine::summed_up(std::size_t index, const std::vector<Argument>& arguments, std::uint32_t self,
                                          const Env& env) {
  if (!may_sum_up(index, arguments, self, env)) return std::nullopt;
  if (active_.size() < kMaxFollowed && followed_[index]++ < kMaxRepeated) return std::nullopt;
  const Site site = std::exchange(site_, {});  // the function may have to run first
  const ValuePtr summary = summary_of(index);
  site_ = summary == nullptr ? site : Site();
  if (summary == nullptr) return std::nullopt;
  const Function& function = module_.functions[index];
  if (foreign_ == 0 && site.end != 0) {
    note_call(index, site);
    for (const Param& param : function.params) {
      for (const ValuePtr& value : taken_by(function, param, arguments))
        note_given(param, value, env);
    }
  }
  // "run(sql) { return statement.executeQuery(sql); }": what is wrong stands where it is called, each time.
  if (const auto found = let_on_.find(index); found != let_on_.end() && foreign_ == 0 && site.end != 0) {
    const auto [entry, place] = found->second;
    for (const ValuePtr& value : taken_by(function, function.params[place], arguments))
      report(*entry, value, site.begin, site.end, env);
  }
  filled_.clear();
  if (summary->taints.empty()) return summary;
  Value given = *summary;
  given.taints.clear();
  given.holes.clear();
  for (const Taint& taint : summary->taints) {
    const std::vector<Taint> taints = handed_on(taint, function, arguments, env);
    add_taints(given.taints, taints);
    for (const Hole& hole : summary->holes) {
      if (hole.origin != taint.origin) continue;
      for (const Taint& one : taints)
        given.holes.push_back({hole.place, one.origin});
    }
  }
  return std::make_shared<const Value>(std::move(given));
}

// Of what a function gave when it ran by itself, what callers are told: its parts are no longer told apart.
void Engine::keep_summary(std::size_t index, const ValuePtr& given, const Env& env) {
  if (given->function >= 0) {
    summaries_[index] = nullptr;
    return;
  }
  Value summary = *given;
  summary.taints = reach(given, env);
  summary.box = 0;
  for (const Param& param : module_.functions[index].params)
    if (!param.name.empty() && summary.path.starts_with(param.name)) summary.path.clear();
  summaries_[index] = std::make_shared<const Value>(std::move(summary));
}

}  // namespace commandcenter::code::dataflow
