// What all readers are made of: machines that take one token at a time and may hand the following ones to another
// machine until that one says that it has seen its last. Machines wait for each other on a stack of their own, not on
// the thread's, so that no input is too deep.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "code/metrics/ledger.h"
#include "code/metrics/token.h"

namespace commandcenter::code::metrics {

inline constexpr std::size_t kMaxWaitingMachines = 20'000;  // deeper nesting ends the reading of the file

class Machine;

// The stack: the last machine gets the tokens.
class Chain {
 public:
  explicit Chain(Ledger& ledger) : ledger_(ledger) {}
  void start(std::unique_ptr<Machine> root);
  void feed(const Token& token);
  void finish();  // no more tokens
  bool too_deep() const { return too_deep_; }
  Ledger& ledger() { return ledger_; }

 private:
  friend class Machine;
  void push(std::unique_ptr<Machine> machine);
  void drop_above(std::size_t position);

  Ledger& ledger_;
  std::vector<std::unique_ptr<Machine>> machines_;
  bool too_deep_ = false;
};

class Machine {
 public:
  explicit Machine(Chain& chain) : chain_(chain) {}
  virtual ~Machine() = default;
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  virtual void before_return() {}

 protected:
  // A state takes a token; true: the state that was left for it goes on, after the callback.
  using State = bool (Machine::*)(const Token& token);
  using Callback = void (Machine::*)();
  template <typename Derived>
  static State state(bool (Derived::*function)(const Token&)) {
    return static_cast<State>(function);
  }
  template <typename Derived>
  static Callback callback(void (Derived::*function)()) {
    return static_cast<Callback>(function);
  }

  virtual bool global(const Token& token) = 0;  // where every machine begins

  Ledger& ledger() { return chain_.ledger(); }
  Chain& chain() { return chain_; }
  const Token& last() const { return last_; }

  void go(State next);
  void go_global() { go(state(&Machine::global)); }
  bool go(State next, const Token& token);  // true: this machine has left, and only a root still gets tokens then
  void go_global(const Token& token) { go(state(&Machine::global), token); }
  void step_again(const Token& token) { step(token); }
  void again(const Token& token) { (this->*state_)(token); }  // to the state, without remembering it as the last

  // Tokens go to `machine` until it leaves; then this one goes on where it is now, or where the callback says.
  void enter(std::unique_ptr<Machine> machine, Callback then = nullptr);
  void enter(std::unique_ptr<Machine> machine, Callback then, const Token& token);
  void wait_in(State inner);  // a state of this machine as if it were another one
  void leave();

  // Counts brackets; true at the one that closes the first.
  bool closes(const Token& token, char open, char close);
  int depth_ = 0;  // what closes() counts

 private:
  friend class Chain;
  bool step(const Token& token);    // true: it has left
  bool resume(const Token& token);  // after the machine above has left

  Chain& chain_;
  State state_ = &Machine::global;
  State saved_ = &Machine::global;
  Callback callback_ = nullptr;
  std::size_t position_ = 0;
  Token last_;
  bool left_ = false;
};

}  // namespace commandcenter::code::metrics
