// Branches by a value: which of them run, what the value is in each, and what is known behind them.
#include <algorithm>

#include "code/dataflow/engine.h"
#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {

// One of them. Its kids: the subject, then the branches; of a branch: its labels, then what it does.
class Engine::Switch : private Part {
 public:
  Switch(Engine& engine, IrId id, Env& env)
      : Part(engine, env), id_(id), subject_(module_.kid(id, 0)), count_(module_.at(id).count) {}

  Flow run() {
    std::optional<Env> outer = std::exchange(engine_.frame_.left, std::nullopt);
    value_ = engine_.eval(subject_, env_);
    choose();
    const std::vector<bool> left_out = engine_.cases_left_out(id_, value_, has_default_, env_);
    const bool complete = has_default_ || (sure_ && chosen_);
    if (!complete) result_ = env_;
    all_leave_ = complete;
    for (std::size_t i = 1; i < count_; ++i) {
      if (sure_ && chosen_ != i) continue;
      if (engine_.is_of_other_class(*value_, module_.kid(id_, i)) || (i < left_out.size() && left_out[i])) continue;
      run_branch(i);
    }
    if (!result_ && engine_.frame_.left) result_ = std::exchange(engine_.frame_.left, std::nullopt);
    if (result_) env_ = std::move(*result_);
    engine_.take_breaks(env_);
    engine_.frame_.left = std::move(outer);
    engine_.frame_.last = last_;
    return all_leave_ && count_ > 1 ? out_ : Flow::kNext;
  }

 private:
  // The branch that runs, when the value is known.
  void choose() {
    sure_ = value_->constant() && value_->taints.empty();
    std::optional<std::size_t> otherwise;
    for (std::size_t i = 1; i < count_; ++i) {
      const IrId branch = module_.kid(id_, i);
      const std::uint32_t labels = module_.at(branch).info;
      if (labels == 0 && !otherwise) otherwise = i;
      for (std::uint32_t label = 0; sure_ && label < labels; ++label) {
        const ValuePtr wanted = engine_.eval(module_.kid(branch, label), env_);
        const auto same = engine_.truth(*engine_.binary("==", value_, wanted, env_), env_);
        if (!same) sure_ = false;
        if (same && *same && !chosen_) chosen_ = i;
      }
    }
    has_default_ = otherwise.has_value();
    if (sure_ && !chosen_) chosen_ = otherwise;
  }

  void run_branch(std::size_t i) {
    Env own = engine_.copy(env_);
    refine(module_.kid(id_, i), own);
    take_parts(module_.kid(id_, i), own);
    const Flow flow = exec_from(i, own);
    const ValuePtr& last = engine_.frame_.last;
    if (last != nullptr) widen(last_, last);
    if (flow == Flow::kReturn || flow == Flow::kThrow) {
      out_ = flow;
      return;
    }
    all_leave_ = false;
    if (flow == Flow::kLeave) return;  // in frame_.left
    if (result_)
      engine_.merge(*result_, own);
    else
      result_ = std::move(own);
  }

  // Behind a case the subject is what its labels say.
  void refine(IrId branch, Env& own) {
    IrId subject = subject_;
    const std::uint32_t labels = module_.at(branch).info;
    const Ir& asked = module_.at(subject);
    if (asked.op == Op::kBinary && one_of(asked.text, "?? ?:") && engine_.is_literal(module_.kid(subject, 1)))
      subject = module_.kid(subject, 0);  // "switch ($_GET['do'] ?? '')"
    if (labels == 1) engine_.refine_equal(subject, module_.kid(branch, 0), own);
    bool literal = labels > 1;
    for (std::uint32_t label = 0; label < labels && literal; ++label) {
      const IrId wanted = module_.kid(branch, label);
      const bool constant = module_.grammar == Grammar::kGo && module_.at(wanted).op == Op::kName &&
                            engine_.eval(wanted, own)->constant();
      literal = constant || module_.at(wanted).op == Op::kText;
    }
    if (literal) engine_.clear_names(subject, kAllContexts, own);
    engine_.refine_type_case(subject, branch, own);
    const IrId label = module_.kid(branch, 0);
    if (labels == 1 && module_.at(label).op == Op::kRegex) engine_.refine_match({label, subject}, true, own);
  }

  // case [action, name]
  void take_parts(IrId branch, Env& own) {
    for (std::uint32_t label = 0; label < module_.at(branch).info; ++label) {
      const IrId pattern = module_.kid(branch, label);
      const Op shape = module_.at(pattern).op;
      const bool binds =
          module_.grammar == Grammar::kPython && (shape == Op::kName || shape == Op::kMap || shape == Op::kPair);
      if (binds || shape == Op::kList) engine_.assign(pattern, value_, own);
    }
  }

  // Where branches fall through, those below run, too.
  Flow exec_from(std::size_t i, Env& own) {
    const bool falls = module_.at(id_).info == 1;
    engine_.frame_.last = nullptr;
    Flow flow = Flow::kNext;
    for (std::size_t j = i; j < count_ && flow == Flow::kNext; ++j) {
      const IrId branch = module_.kid(id_, j);
      flow = engine_.exec(module_.kid(branch, module_.at(branch).count - 1), own);
      if (!falls) break;
    }
    return flow;
  }

  const IrId id_;
  const IrId subject_;
  const std::size_t count_;  // of its kids
  ValuePtr value_;           // of the subject
  bool has_default_ = false;
  bool sure_ = false;                  // only one branch runs, or none
  std::optional<std::size_t> chosen_;  // it; empty: none is known
  std::optional<Env> result_;          // behind the branches that were looked at
  ValuePtr last_;
  bool all_leave_ = false;  // nothing goes on behind it
  Flow out_ = Flow::kNext;  // how they leave
};

Flow Engine::exec_switch(IrId id, Env& env) {
  return Switch(*this, id, env).run();
}

}  // namespace commandcenter::code::dataflow
