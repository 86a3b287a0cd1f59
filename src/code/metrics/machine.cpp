#include "code/metrics/machine.h"

namespace commandcenter::code::metrics {

void Chain::start(std::unique_ptr<Machine> root) {
  push(std::move(root));
}

void Chain::push(std::unique_ptr<Machine> machine) {
  machine->position_ = machines_.size();
  too_deep_ = too_deep_ || machines_.size() >= kMaxWaitingMachines;
  machines_.push_back(std::move(machine));
}

void Chain::drop_above(std::size_t position) {
  while (machines_.size() > position + 1)
    machines_.pop_back();
}

void Chain::feed(const Token& token) {
  Machine* machine = machines_.back().get();
  bool left = machine->step(token);
  while (left && machine->position_ > 0) {
    const std::size_t position = machine->position_;
    drop_above(position);
    machines_.pop_back();
    machine = machines_[position - 1].get();
    left = machine->resume(token);
  }
}

void Chain::finish() {
  machines_.front()->before_return();
}

void Machine::go(State next) {
  chain_.drop_above(position_);
  state_ = next;
}

bool Machine::go(State next, const Token& token) {
  go(next);
  return step(token);
}

bool Machine::step(const Token& token) {
  if ((this->*state_)(token)) return resume(token);
  last_ = token;
  return left_;
}

bool Machine::resume(const Token& token) {
  go(saved_);
  if (callback_ != nullptr) (this->*callback_)();
  callback_ = nullptr;  // also one that the callback set
  last_ = token;
  return left_;
}

void Machine::enter(std::unique_ptr<Machine> machine, Callback then) {
  chain_.drop_above(position_);
  saved_ = state_;
  callback_ = then;
  chain_.push(std::move(machine));
}

void Machine::enter(std::unique_ptr<Machine> machine, Callback then, const Token& token) {
  Machine& entered = *machine;
  enter(std::move(machine), then);
  if (!entered.step(token)) return;
  chain_.drop_above(position_);
  resume(token);
}

void Machine::wait_in(State inner) {
  saved_ = state_;
  callback_ = nullptr;
  go(inner);
}

void Machine::leave() {
  left_ = true;
  before_return();
}

bool Machine::closes(const Token& token, char open, char close) {
  if (token.is(open))
    ++depth_;
  else if (token.is(close))
    --depth_;
  return depth_ == 0;
}

}  // namespace commandcenter::code::metrics
