#include "code/metrics/clike_machine.h"

namespace commandcenter::code::metrics {

using enum Symbol;

bool ClikeMachine::global(const Token& token) {
  if (begins_with_letter(token.text) || token.text.starts_with('_') || token.text.starts_with('~'))
    try_function(token.text);
  else if (token.is('[') && knows_lambdas())
    go(state(&ClikeMachine::lambda_or_attribute));
  return false;
}

void ClikeMachine::try_function(std::string_view name) {
  ledger().try_function(name);
  go(name == "operator" ? state(&ClikeMachine::operator_name) : state(&ClikeMachine::function));
}

bool ClikeMachine::function(const Token& token) {
  if (token.is('(')) {
    go(state(&ClikeMachine::parameters), token);
  } else if (token.is(kScope)) {
    ledger().current().add_to_name(token.text);
    go(state(&ClikeMachine::name_after_scope));
  } else if (token.is('<')) {
    go(state(&ClikeMachine::template_in_name), token);
  } else {
    go_global(token);
  }
  return false;
}

bool ClikeMachine::template_in_name(const Token& token) {
  const bool closed = closes(token, '<', '>');
  ledger().current().add_to_name(token.text);
  if (closed) go(state(&ClikeMachine::function));
  return false;
}

bool ClikeMachine::operator_name(const Token& token) {
  if (!token.is('(')) go(state(&ClikeMachine::operator_rest));
  ledger().current().add_to_name(" ");
  ledger().current().add_to_name(token.text);
  return false;
}

bool ClikeMachine::operator_rest(const Token& token) {
  if (token.is('(')) return function(token);
  ledger().current().add_to_name(" ");
  ledger().current().add_to_name(token.text);
  return false;
}

bool ClikeMachine::name_after_scope(const Token& token) {
  go(token.is(kOperator) ? state(&ClikeMachine::operator_name) : state(&ClikeMachine::function));
  ledger().current().add_to_name(token.text);
  return false;
}

bool ClikeMachine::parameters(const Token& token) {
  const bool closed = closes(token, '(', ')');
  bool parameter = false;
  if (token.is_one_of('(', '<')) {
    brackets_.push_back(token.text[0]);
  } else if (token.is_one_of(')', '>')) {
    if (brackets_.empty())
      go_global();
    else
      brackets_.pop_back();
  } else if (brackets_.size() == 1) {
    if (!token.is(kVoid)) ledger().parameter(token.text);
    parameter = true;
  }
  if (!parameter) ledger().current().add_to_long_name(token.text);
  if (closed) go(state(&ClikeMachine::after_parameters));
  return false;
}

bool ClikeMachine::after_parameters(const Token& token) {
  if (token.is_one_of(kConst, '&', kAndAnd)) {
    ledger().current().add_to_long_name(" ");
    ledger().current().add_to_long_name(token.text);
  } else if (token.is(kThrow)) {
    go(state(&ClikeMachine::throw_list));
  } else if (token.is_one_of(kThrows, kThinArrow)) {
    go(state(&ClikeMachine::until_body));
  } else if (token.is(kNoexcept)) {
    go(state(&ClikeMachine::noexcept_list));
  } else if (token.is('(')) {
    try_function(std::string(ledger().current().long_name));
    function(token);
  } else if (token.is('{')) {
    ledger().confirm_function();
    go(state(&ClikeMachine::body), token);
  } else if (token.is(':')) {
    go(state(&ClikeMachine::initializers));
  } else if (token.is('[')) {
    go(state(&ClikeMachine::attribute));
    attribute(token);
  } else if (begins_with_letter(token.text) || token.text.starts_with('_')) {
    go(state(&ClikeMachine::old_parameters));
    held_.assign(1, token);
  } else {
    go_global();
    global(token);
  }
  return false;
}

bool ClikeMachine::throw_list(const Token& token) {
  if (closes(token, '(', ')')) go(state(&ClikeMachine::after_parameters));
  return false;
}

bool ClikeMachine::until_body(const Token& token) {
  if (!token.is_one_of(';', '{')) return false;
  go(state(&ClikeMachine::after_parameters));
  return after_parameters(token);
}

bool ClikeMachine::noexcept_list(const Token& token) {
  if (token.is('(')) {
    go(state(&ClikeMachine::throw_list));
    return throw_list(token);
  }
  go(state(&ClikeMachine::after_parameters));
  return after_parameters(token);
}

// int f(a) int a; { … }
bool ClikeMachine::old_parameters(const Token& token) {
  held_.push_back(token);
  if (token.is(';')) {
    held_.clear();
    go(state(&ClikeMachine::after_parameters));
  } else if (token.is('{') && held_.size() == 2) {  // one word, a macro
    held_.clear();
    after_parameters(token);
  } else if (token.is_one_of('{', '(')) {
    replay();
  }
  return false;
}

// They were none; each goes to the state that the one before it led to.
void ClikeMachine::replay() {
  go_global();
  std::vector<Token> tokens;
  tokens.swap(held_);
  for (const Token& token : tokens)
    again(token);
}

bool ClikeMachine::initializers(const Token& token) {
  go(state(&ClikeMachine::initializer));
  if (token.is('{')) {
    ledger().confirm_function();
    go(state(&ClikeMachine::body), token);
  }
  return false;
}

bool ClikeMachine::initializer(const Token& token) {
  if (!token.is_one_of('(', '{')) return false;
  if (token.is('(')) {
    go(state(&ClikeMachine::initial_value));
    return initial_value(token);
  }
  go(state(&ClikeMachine::initial_braces));
  return initial_braces(token);
}

bool ClikeMachine::initial_value(const Token& token) {
  if (closes(token, '(', ')')) go(state(&ClikeMachine::initializers));
  return false;
}

bool ClikeMachine::initial_braces(const Token& token) {
  if (closes(token, '{', '}')) go(state(&ClikeMachine::initializers));
  return false;
}

bool ClikeMachine::body(const Token& token) {
  if (closes(token, '{', '}')) go_global();
  return false;
}

bool ClikeMachine::attribute(const Token& token) {
  if (closes(token, '[', ']')) go(state(&ClikeMachine::after_parameters));
  return false;
}

bool ClikeMachine::skip_brackets_then_global(const Token& token) {
  if (closes(token, '(', ')')) go_global();
  return false;
}

bool ClikeMachine::lambda_or_attribute(const Token& token) {
  go(token.is(']')   ? state(&ClikeMachine::lambda_begin)
     : token.is('[') ? state(&ClikeMachine::attribute)
                     : state(&ClikeMachine::lambda_capture));
  return false;
}

bool ClikeMachine::lambda_capture(const Token& token) {
  if (token.is(']')) go(state(&ClikeMachine::lambda_begin));
  return false;
}

bool ClikeMachine::lambda_begin(const Token& token) {
  if (token.is('(')) {
    brackets_.push_back('(');
    go(state(&ClikeMachine::lambda_parameters));
    return false;
  }
  go(state(&ClikeMachine::lambda_middle));
  return lambda_middle(token);
}

bool ClikeMachine::lambda_parameters(const Token& token) {
  const auto close = [&](char open) {
    if (brackets_.empty() || brackets_.back() != open) return;
    brackets_.pop_back();
    if (open == '(' && brackets_.empty()) go(state(&ClikeMachine::lambda_middle));
  };
  if (token.is_one_of('(', '<', '['))
    brackets_.push_back(token.text[0]);
  else if (token.is(')'))
    close('(');
  else if (token.is('>'))
    close('<');
  else if (token.is(']'))
    close('[');
  return false;
}

// Between the parameters and the body: qualifiers, the type of the result.
bool ClikeMachine::lambda_middle(const Token& token) {
  if (token.is('{')) {
    brackets_.push_back('{');
    go(state(&ClikeMachine::lambda_body));
  } else if (token.is_one_of(';', ',', ')')) {
    go_global();
    return global(token);
  }
  return false;
}

bool ClikeMachine::lambda_body(const Token& token) {
  if (token.is('{')) {
    brackets_.push_back('{');
  } else if (token.is('}') && !brackets_.empty() && brackets_.back() == '{') {
    brackets_.pop_back();
    if (brackets_.empty()) go_global();
  }
  return false;
}

std::unique_ptr<Machine> clike_machine(Chain& chain) {
  return std::make_unique<ClikeMachine>(chain);
}

}  // namespace commandcenter::code::metrics
