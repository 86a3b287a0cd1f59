// Functions run: with what they are called, what they know then, and what they leave behind.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

// One run of one function.
class Engine::FunctionRun : private Part {
 public:
  FunctionRun(Engine& engine, std::size_t index, const std::vector<Argument>& arguments, Env& env, bool callback)
      : Part(engine, env),
        index_(index),
        function_(module_.functions[index]),
        arguments_(arguments),
        is_callback_(callback),
        is_foreign_(!function_.file.empty()),
        kind_(std::exchange(engine.kind_, {})),
        shares_(std::exchange(engine.shares_, false)) {
    engine_.filled_.clear();
  }

  ValuePtr run(std::uint32_t self) {
    if (const auto given = without_running(self)) return *given;
    enter(self);
    Env inner = surroundings();
    if (!function_.self.empty()) inner.names[function_.self] = receiver();
    if (!engine_.in_front_.empty()) engine_.take_in_front(std::exchange(engine_.in_front_, {}), function_, inner);
    if (const auto proven = engine_.proven_for_.find(index_); proven != engine_.proven_for_.end())
      engine_.take_in_front(proven->second, function_, inner);
    engine_.bind(function_, arguments_, is_callback_, inner);
    const Flow end = engine_.exec(function_.body, inner);
    const Proof* proves = engine_.proves_;
    const bool asked = proves != nullptr && !proves->outcome && proves->function == index_;
    if (asked && end == Flow::kNext) engine_.take_return(inner);
    const ValuePtr result = given(inner);
    engine_.keep_filled(function_, end, inner);
    leave();
    hand_back(inner);
    if (result == nullptr) return nothing();
    const Contexts harmless = (function_.escapes ? kHtmlContext : 0) | (function_.hides ? kLdapContext : 0);
    return harmless != 0 && !result->taints.empty() ? cleared(result, harmless) : result;
  }

 private:
  // What stands for it where it does not run; empty: it has to.
  std::optional<ValuePtr> without_running(std::uint32_t self) {
    if (function_.body == kNoIr) return nothing();
    if (engine_.spent()) return engine_.tired_ = true, nothing();
    // One that calls itself is followed once more, for what its arguments have become; what ends it has given the rest.
    const std::vector<std::size_t>& running = engine_.active_;
    const auto active = std::ranges::count(running, index_);
    const bool counted = std::ranges::any_of(arguments_, [](const Argument& a) { return a.value->number.has_value(); });
    if (active > (counted ? kMaxCounted : 1)) return nothing();
    // A test tells what it tells itself, or by a helper.
    if (engine_.proves_ != nullptr && running.size() >= engine_.proves_->depth + kMaxProofDepth) return not_followed();
    if (auto given = is_callback_ ? std::nullopt : engine_.summed_up(index_, arguments_, self, env_)) return given;
    if (running.size() < kMaxCallDepth) return std::nullopt;
    engine_.callers_[index_].refused = true;
    return active > 0 ? nothing() : not_followed();
  }

  // Called too deep inside of others it is one that nobody knows: what goes in comes out.
  ValuePtr not_followed() const {
    std::vector<Taint> taints;
    for (const Argument& argument : arguments_)
      add_taints(taints, engine_.reach(argument.value, env_));
    for (Taint& taint : taints)
      taint.guessed = true;
    return derived(taints);
  }

  void enter(std::uint32_t self) {
    captured_ = engine_.captured_.find(index_);
    engine_.active_.push_back(index_);
    // A function of this file is in this file, also when another one's calls it.
    foreign_around_ = std::exchange(engine_.foreign_, is_foreign_ ? engine_.foreign_ + 1 : 0);
    if (is_foreign_ && foreign_around_ == 0) handed_before_ = std::exchange(engine_.handed_over_, arguments_);
    Frame frame;
    frame.function = &function_;
    frame.self = self;
    if (!arguments_.empty() && engine_.is_block(*arguments_.back().value))
      frame.block = arguments_.back().value->function;
    frame.site = std::exchange(engine_.site_, {});
    frame.kind = kind_;
    if (!is_foreign_) engine_.note_call(index_, frame.site);
    frame_around_ = std::exchange(engine_.frame_, std::move(frame));
    if (self == 0 && !function_.owner.empty()) engine_.frame_.self = engine_.own_box(function_.owner);
  }

  // What it knows before its parameters.
  Env surroundings() {
    const Env& shared = is_foreign_ ? engine_.foreign_globals_ : engine_.globals_;
    const bool is_captured = captured_ != engine_.captured_.end();
    engine_.steps_ += env_.boxes.size() / 4 + engine_.globals_.names.size() / 4;
    Env inner;
    inner.names = is_callback_ || shares_ ? env_.names : is_captured ? captured_->second.names : shared.names;
    inner.boxes = env_.boxes;
    inner.boxes.add_missing(engine_.globals_.boxes);
    if (is_foreign_) inner.boxes.add_missing(shared.boxes);
    if (is_captured) inner.boxes.add_missing(captured_->second.boxes);
    inner.plain = env_.plain;
    inner.page = env_.page;
    return inner;
  }

  ValuePtr receiver() const {
    Value receiver;
    const Proof* proves = engine_.proves_;
    if (proves != nullptr && proves->function == index_ && proves->param == function_.self) {  // it is what is tested
      receiver.taints.push_back({Level::kUnknown, function_.begin, 0, false, nullptr});
    } else {
      receiver.path = "this";
      receiver.type = function_.owner;
      receiver.box = engine_.frame_.self;
    }
    return std::make_shared<const Value>(std::move(receiver));
  }

  // What it gives; null: nothing. Of Ruby also what its last statement gives.
  ValuePtr given(Env& inner) {
    const Frame& frame = engine_.frame_;
    const ValuePtr result = frame.returned;
    for (const auto& [id, box] : frame.kept)
      if (!inner.boxes.contains(id)) inner.boxes[id] = box;
    if (module_.grammar != Grammar::kRuby || frame.last == nullptr) return result;
    const IrId last = frame.last_ir;
    if (!function_.block) engine_.check_return(frame.last, last == kNoIr ? function_.body : last, inner);
    if (engine_.page_block_ == index_) engine_.check_page(frame.last, frame.last_ir, inner);
    return join(frame.last, result);
  }

  void leave() {
    engine_.frame_ = std::move(frame_around_);
    engine_.foreign_ = foreign_around_;
    if (is_foreign_ && foreign_around_ == 0) engine_.handed_over_ = std::move(handed_before_);
    engine_.active_.pop_back();
  }

  // To the environment that it was called in.
  void hand_back(Env& inner) {
    env_.boxes = std::move(inner.boxes);
    env_.plain = env_.plain || (!is_callback_ && inner.plain);  // a callback answers another request
    env_.page = env_.page || (!is_callback_ && inner.page);
    if (shares_) engine_.take_shared(function_, inner, env_);
    const bool apart =
        !shares_ && !is_callback_ && engine_.sees_users_ && !is_foreign_ && captured_ != engine_.captured_.end();
    if (apart && (is_script(module_.grammar) || module_.grammar == Grammar::kPython))
      engine_.keep_written(index_, inner);
    if (!engine_.written_.empty()) engine_.take_written(env_);
    if (!is_callback_) return;
    env_.names.update(inner.names, [&](std::string_view name, const ValuePtr& before, const ValuePtr& now) {
      return engine_.takes(function_, name) ? before : join(before, now);
    });
  }

  const std::size_t index_;
  const Function& function_;
  const std::vector<Argument>& arguments_;
  const bool is_callback_;
  const bool is_foreign_;  // of another file
  const std::string_view kind_;
  const bool shares_;
  std::map<std::size_t, Env>::const_iterator captured_;  // where it was made
  int foreign_around_ = 0;
  Frame frame_around_;
  std::vector<Argument> handed_before_;
};

ValuePtr Engine::run_function(std::size_t index, const std::vector<Argument>& arguments, std::uint32_t self, Env& env,
                              bool callback) {
  return FunctionRun(*this, index, arguments, env, callback).run(self);
}

}  // namespace commandcenter::code::dataflow
