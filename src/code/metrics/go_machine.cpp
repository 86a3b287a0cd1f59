// Go and Rust: a keyword, a name or none, parameters, a block.
#include "code/metrics/clike_machine.h"

namespace commandcenter::code::metrics {

using enum Symbol;

namespace {

class GoMachine : public Machine {
 public:
  GoMachine(Chain& chain, Symbol keyword) : Machine(chain), keyword_(keyword) {}

 protected:
  bool global(const Token& token) override {
    if (token.is(keyword_)) {
      go(state(&GoMachine::name));
      ledger().push_function("");
    } else if (token.is(kType)) {
      go(state(&GoMachine::type_name));
    } else if (token.is('{')) {
      enter_same();
    } else if (token.is('}')) {
      leave();
    }
    return false;
  }

 private:
  void enter_same(Callback then = nullptr) { enter(std::make_unique<GoMachine>(chain(), keyword_), then); }

  bool type_name(const Token&) {
    go(state(&GoMachine::type_kind));
    return false;
  }
  bool type_kind(const Token& token) {
    if (token.is_one_of(kStruct, kInterface))
      go(state(&GoMachine::type_body));
    else
      go_global();
    return false;
  }
  bool type_body(const Token& token) {
    if (closes(token, '{', '}')) go_global();
    return false;
  }

  // Behind a "}" that closed nothing, a function without a name or with a receiver is never read to its end: what was
  // left last goes on instead.
  bool name(const Token& token) {
    if (token.is('`')) return false;
    if (token.is('(')) {
      const Entry* parent = ledger().parent();
      const bool in_function = parent != nullptr && !ledger().is_global(*parent);
      return go(in_function ? state(&GoMachine::parameters) : state(&GoMachine::receiver), token);
    }
    if (token.is('{')) return go(state(&GoMachine::before_body), token);
    ledger().current().add_to_name(token.text);
    go(state(&GoMachine::after_name));
    return false;
  }

  bool receiver(const Token& token) {
    if (closes(token, '(', ')')) go(state(&GoMachine::name));
    return false;
  }

  bool after_name(const Token& token) {
    if (token.is('('))
      go(state(&GoMachine::parameters), token);
    else if (token.is_one_of('<', '['))
      go(state(&GoMachine::type_parameters), token);
    else
      go_global();
    return false;
  }

  bool type_parameters(const Token& token) {
    if (depth_ == 0) {
      open_ = token.is('<') ? '<' : '[';
      close_ = token.is('<') ? '>' : ']';
    }
    if (closes(token, open_, close_)) go(state(&GoMachine::after_name));
    return false;
  }

  bool parameters(const Token& token) {
    const bool closed = closes(token, '(', ')');
    if (!token.is_one_of('(', ')') && !token.text.empty()) ledger().parameter(token.text);
    if (closed) go(state(&GoMachine::before_body));
    return false;
  }

  // Results, up to the block; that of "interface{}" is none.
  bool before_body(const Token& token) {
    if (token.is('{') && !last().is(kInterface)) go(state(&GoMachine::body), token);
    return false;
  }

  bool body(const Token&) {
    enter_same(callback(&GoMachine::end_body));
    return false;
  }

  void end_body() {
    go_global();
    ledger().end_function();
  }

  Symbol keyword_;
  char open_ = '<';
  char close_ = '>';
};

}  // namespace

std::unique_ptr<Machine> go_machine(Chain& chain) {
  return std::make_unique<GoMachine>(chain, kFunc);
}

std::unique_ptr<Machine> rust_machine(Chain& chain) {
  return std::make_unique<GoMachine>(chain, kFn);
}

}  // namespace commandcenter::code::metrics
