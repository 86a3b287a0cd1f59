// PHP: functions and methods; what is in a function's body belongs to it, functions too.
#include <string>
#include <vector>

#include "code/metrics/clike_machine.h"

namespace commandcenter::code::metrics {
namespace {

using enum Symbol;

constexpr std::size_t kMaxAssignments = 10'000;  // names that a function without one may take

class PhpMachine : public Machine {
 public:
  using Machine::Machine;

 protected:
  bool global(const Token& token) override;

 private:
  void brace(const Token& token);
  bool after_use(const Token& token) {
    if (token.is(';')) go_global();
    return false;
  }
  bool trait_name(const Token& token);
  bool class_name(const Token& token);
  bool function_name(const Token& token);
  bool before_parameters(const Token& token);
  bool parameters(const Token& token);
  bool after_parameters(const Token& token);
  bool before_body(const Token& token);
  bool body(const Token& token);
  bool before_condition(const Token& token);
  bool condition(const Token& token);

  void open_parameters(std::string_view name);
  void end_function();

  std::string function_;
  std::string class_;
  std::string trait_;
  bool in_class_ = false;
  bool in_trait_ = false;
  int parentheses_ = 0;
  int braces_ = 0;
  bool started_ = false;
  std::string word_;  // the last one, if nothing separates it from here
  std::vector<std::string> assigned_;
  bool in_match_ = false;
  int arms_ = 0;
};

bool PhpMachine::global(const Token& token) {
  if (token.is(kUse)) {
    go(state(&PhpMachine::after_use));
  } else if (token.is(kClass)) {
    go(state(&PhpMachine::class_name));
  } else if (token.is(kTrait)) {
    go(state(&PhpMachine::trait_name));
  } else if (token.is(kFunction)) {
    go(state(&PhpMachine::function_name));
  } else if (token.is(kMatch)) {
    in_match_ = true;
    arms_ = 0;
    go(state(&PhpMachine::before_condition));
  } else if (token.is_one_of(kIf, kSwitch, kFor, kForeach, kWhile, kCatch)) {
    go(state(&PhpMachine::before_condition));
  } else if (token.is(kFatArrow) && in_match_) {
    ++arms_;
  } else if (token.is('}') && in_match_) {
    in_match_ = false;
    if (arms_ > 1) ledger().add_condition(arms_ - 1);
    arms_ = 0;
  } else if (token.is('=')) {
    function_ = word_;
    if (assigned_.size() < kMaxAssignments) assigned_.push_back(function_);
  } else {
    brace(token);
  }
  if (!token.is_one_of('=', ';', '{', '}', '(', ')', ','))
    word_ = token.text;
  else if (!token.is('=') || word_.empty())
    word_.clear();
  return false;
}

void PhpMachine::brace(const Token& token) {
  if (token.is('{')) ++braces_;
  if (!token.is('}') || --braces_ != 0) return;
  if (in_class_) {
    in_class_ = false;
    class_.clear();
  }
  if (in_trait_) {
    in_trait_ = false;
    trait_.clear();
  }
}

bool PhpMachine::trait_name(const Token& token) {
  if (token.is('{')) {
    ++braces_;
    go_global();
  } else if (!token.is('(')) {
    trait_ = token.text;
    in_trait_ = true;
    go_global();
  }
  return false;
}

bool PhpMachine::class_name(const Token& token) {
  if (token.is('{')) {
    ++braces_;
    go_global();
  } else if (!token.is_one_of('(', kExtends, kImplements)) {
    class_ = token.text;
    in_class_ = true;
    go_global();
  }
  return false;
}

void PhpMachine::open_parameters(std::string_view name) {
  parentheses_ = 1;
  ledger().push_function(name);
  started_ = true;
  go(state(&PhpMachine::parameters));
}

bool PhpMachine::function_name(const Token& token) {
  const std::string_view owner = in_class_ && !class_.empty() ? class_ : in_trait_ ? trait_ : std::string_view();
  if (!token.is('(')) {
    function_ = owner.empty() ? std::string(token.text) : std::string(owner) + "::" + std::string(token.text);
    go(state(&PhpMachine::before_parameters));
    return false;
  }
  if (in_class_) {
    function_ = class_ + "::(anonymous)";
  } else if (in_trait_) {
    function_ = trait_ + "::(anonymous)";
  } else {
    function_ = "(anonymous)";
    if (!assigned_.empty() && !assigned_.back().empty()) {
      function_ = assigned_.back();
      assigned_.pop_back();
    }
  }
  open_parameters(function_);
  return false;
}

bool PhpMachine::before_parameters(const Token& token) {
  if (token.is('(')) open_parameters(function_);
  return false;
}

bool PhpMachine::parameters(const Token& token) {
  if (token.is('(')) {
    ++parentheses_;
  } else if (token.is(')')) {
    if (--parentheses_ == 0) go(state(&PhpMachine::after_parameters));
  } else if (token.text.starts_with('$') && started_) {
    ledger().parameter(token.text);
  }
  return false;
}

bool PhpMachine::after_parameters(const Token& token) {
  if (token.is(':')) {
    go(state(&PhpMachine::before_body));
  } else if (token.is('{')) {
    ++braces_;
    go(state(&PhpMachine::body));
  } else if (token.is(';')) {
    end_function();
    go_global();
  }
  return false;
}

bool PhpMachine::before_body(const Token& token) {
  if (token.is('{')) {
    ++braces_;
    go(state(&PhpMachine::body));
  }
  return false;
}

bool PhpMachine::body(const Token& token) {
  if (token.is('{')) {
    ++braces_;
  } else if (token.is('}') && --braces_ == (in_class_ ? 1 : 0)) {
    end_function();
    go_global();
  }
  return false;
}

void PhpMachine::end_function() {
  if (started_) ledger().end_function();
  started_ = false;
}

bool PhpMachine::before_condition(const Token& token) {
  if (token.is('(')) {
    parentheses_ = 1;
    go(state(&PhpMachine::condition));
  }
  return false;
}

bool PhpMachine::condition(const Token& token) {
  if (token.is('('))
    ++parentheses_;
  else if (token.is(')') && --parentheses_ == 0)
    go_global();
  return false;
}

}  // namespace

std::unique_ptr<Machine> php_machine(Chain& chain) {
  return std::make_unique<PhpMachine>(chain);
}

}  // namespace commandcenter::code::metrics
