// Types of TypeScript, as far as one must know where they end.
#pragma once

#include "code/metrics/machine.h"

namespace commandcenter::code::metrics {

// What stands behind a colon, up to the token that ends it.
class TypeMachine : public Machine {
 public:
  TypeMachine(Chain& chain, Token& after, bool& has_after) : Machine(chain), after_(after), has_after_(has_after) {
    has_after_ = false;
  }

 protected:
  bool global(const Token& token) override {
    if (token.is('{'))
      go(state(&TypeMachine::object_type), token);
    else
      go(state(&TypeMachine::simple_type), token);
    return false;
  }

 private:
  bool simple_type(const Token& token) {
    if (token.is('<')) {
      go(state(&TypeMachine::generic_type), token);
    } else if (token.is_one_of('{', '=', ';', ')', Symbol::kFatArrow) || token.text.empty()) {
      after_ = token;
      has_after_ = !token.text.empty();
      leave();
    } else if (token.is('(')) {
      go(state(&TypeMachine::function_type), token);
    }
    return false;
  }

  bool object_type(const Token& token) {
    if (closes(token, '{', '}')) leave();
    return false;
  }
  bool generic_type(const Token& token) {
    if (closes(token, '<', '>')) leave();
    return false;
  }
  bool function_type(const Token& token) {
    if (closes(token, '(', ')')) leave();
    return false;
  }

  Token& after_;
  bool& has_after_;
};

}  // namespace commandcenter::code::metrics
