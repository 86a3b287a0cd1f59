// Ruby: definitions, and the blocks that are closed by "end".
#include <string>

#include "code/metrics/clike_machine.h"

namespace commandcenter::code::metrics {
namespace {

using enum Symbol;

class RubyMachine : public Machine {
 public:
  using Machine::Machine;

 protected:
  bool global(const Token& token) override {
    if (token.is_one_of(kEnd, '}')) {
      leave();
    } else if (token.is(kDef)) {
      go(state(&RubyMachine::definition));
    } else if (token.is(kIt)) {
      go(state(&RubyMachine::example));
    } else if (token.is_one_of(kBegin, kDo, kClass, kModule, '{', kInterpolation) && !last().is('.')) {
      enter_same();
    } else if (token.is_one_of(kWhile, kFor)) {
      if (begins_line()) go(state(&RubyMachine::loop));
    } else if (token.is_one_of(kIf, kUnless)) {
      if (begins_line())
        enter_same();
      else
        go(state(&RubyMachine::modifier));
    } else if (token.is(kEmbeddedBegin)) {
      wait_in(state(&RubyMachine::embedded_document));
    }
    return false;
  }

 private:
  void enter_same() { enter(std::make_unique<RubyMachine>(chain())); }
  bool begins_line() { return ledger().first_on_line || last().is(';'); }

  bool embedded_document(const Token& token) { return token.is(kEmbeddedEnd); }

  bool definition(const Token& token) {
    if (token.is('(')) {
      ledger().push_function("(anonymous)");
      go(state(&RubyMachine::parameters));
    } else {
      ledger().push_function(token.text);
      go(state(&RubyMachine::after_name));
    }
    return false;
  }

  // RSpec's: it "does something" do … end
  bool example(const Token& token) {
    if (token.is_one_of(kDo, '{')) {
      ledger().push_function(last().text);
      go(state(&RubyMachine::after_name));
    }
    return false;
  }

  bool after_name(const Token& token) {
    if (token.is('.')) {
      ledger().current().add_to_name(token.text);
      go(state(&RubyMachine::own_method));
    } else if (token.is('(')) {
      go(state(&RubyMachine::parameters));
    } else {
      enter(std::make_unique<RubyMachine>(chain()), callback(&RubyMachine::end_definition), token);
    }
    return false;
  }

  bool own_method(const Token& token) {
    ledger().current().add_to_name(token.text);
    go(state(&RubyMachine::after_name));
    return false;
  }

  bool parameters(const Token& token) {
    if (token.is(')'))
      go(state(&RubyMachine::after_name));
    else
      ledger().parameter(token.text);
    return false;
  }

  void end_definition() {
    ledger().end_function();
    go_global();
  }

  bool modifier(const Token& token) {
    if (begins_line()) {
      go_global(token);
    } else if (token.is(kThen)) {
      go_global();
      enter_same();
    }
    return false;
  }

  bool loop(const Token& token) {
    if (!begins_line() && !token.is(kDo)) return false;
    go_global();
    if (!token.is(kEnd)) enter_same();
    return false;
  }
};

}  // namespace

std::unique_ptr<Machine> ruby_machine(Chain& chain) {
  return std::make_unique<RubyMachine>(chain);
}

}  // namespace commandcenter::code::metrics
