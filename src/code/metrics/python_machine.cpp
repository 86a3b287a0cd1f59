// Python: where definitions begin. Where they end is told by the indentation, which the counter reads.
#include <algorithm>

#include "code/metrics/clike_machine.h"

namespace commandcenter::code::metrics {
namespace {

using enum Symbol;

class PythonMachine : public Machine {
 public:
  using Machine::Machine;

 protected:
  bool global(const Token& token) override {
    if (token.is(kDef)) go(state(&PythonMachine::name));
    return false;
  }

 private:
  bool name(const Token& token) {
    if (token.is('(')) {
      go(state(&PythonMachine::parameters));
    } else {
      ledger().restart_function(token.text);
      ledger().current().add_to_long_name("(");
    }
    return false;
  }

  bool parameters(const Token& token) {
    if (!token.is_one_of(')', '[')) {
      ledger().parameter(token.text);
      return false;
    }
    go(token.is(')') ? state(&PythonMachine::colon) : state(&PythonMachine::type_arguments));
    add_to_long_name(token);
    return false;
  }

  bool type_arguments(const Token& token) {
    add_to_long_name(token);
    if (token.is(']')) go(state(&PythonMachine::parameters));
    return false;
  }

  void add_to_long_name(const Token& token) {
    ledger().current().add_to_long_name(" ");
    ledger().current().add_to_long_name(token.text);
  }

  bool colon(const Token& token) {
    ledger().awaits_text = token.is(':');
    if (token.is(':'))
      go(state(&PythonMachine::first_line));
    else
      go_global();
    return false;
  }

  // A text that documents the function is no code.
  bool first_line(const Token& token) {
    ledger().awaits_text = false;
    go_global();
    if (token.text.starts_with("\"\"\"") || token.text.starts_with("'''"))
      ledger().add_lines(-1 - std::ranges::count(token.text, '\n'));
    return global(token);
  }
};

}  // namespace

std::unique_ptr<Machine> python_machine(Chain& chain) {
  return std::make_unique<PythonMachine>(chain);
}

}  // namespace commandcenter::code::metrics
