// What stands around functions in C-like languages, and "&&" that asks nothing.
#include <string>
#include <vector>

#include "code/metrics/clike_machine.h"

namespace commandcenter::code::metrics {
namespace {

using enum Symbol;

class ClikeBlocks : public Machine {
 public:
  using Machine::Machine;

 protected:
  bool global(const Token& token) override {
    if (token.is(kTemplate))
      go(state(&ClikeBlocks::template_parameters));
    else if (token.is('.'))
      go(state(&ClikeBlocks::after_point));
    else if (token.is_one_of(kStruct, kClass, kNamespace, kUnion))
      go(state(&ClikeBlocks::after_keyword));
    else if (token.is('{'))
      ledger().open_block();
    else if (token.is('}'))
      ledger().close_block();
    return false;
  }

 private:
  bool after_point(const Token&) {  // Java's "X.class"
    go_global();
    return false;
  }

  bool after_keyword(const Token& token) {
    if (token.is('[')) {
      go(state(&ClikeBlocks::attribute));
      return attribute(token);
    }
    go(state(&ClikeBlocks::name));
    return name(token);
  }

  bool name(const Token& token) {
    if (!token.is_one_of(')', '(', '{', ';')) {
      if (token.is_one_of('<', ':', '[', kFinal, kExtends, kImplements)) name_ended_ = true;
      if (!name_ended_ && name_.size() < kMaxName_bytes) name_ += token.text;
      return false;
    }
    go_global();
    if (token.is('{')) ledger().open_namespace(name_);
    name_.clear();
    name_ended_ = false;
    return false;
  }

  bool template_parameters(const Token& token) {
    if (closes(token, '<', '>')) go_global();
    return false;
  }

  bool attribute(const Token& token) {
    if (closes(token, '[', ']')) go(state(&ClikeBlocks::after_keyword));
    return false;
  }

  static constexpr std::size_t kMaxName_bytes = 1'024;
  std::string name_;
  bool name_ended_ = false;
};

class ClikeReferences : public Machine {
 public:
  using Machine::Machine;

 protected:
  bool global(const Token& token) override {
    if (token.is(kAndAnd))
      go(state(&ClikeReferences::after_ampersands));
    else if (token.is(kTypedef))
      go(state(&ClikeReferences::type_definition));
    return false;
  }

 private:
  // "T &&x = …;" declares; "a && b;" does not.
  bool after_ampersands(const Token& token) {
    if (!token.is_one_of('=', ';', '{', '}', ')')) return false;
    if (token.is('=')) ledger().add_condition(-1);
    go_global();
    return false;
  }

  bool type_definition(const Token& token) {
    if (token.is(kAndAnd)) ++ampersands_;
    if (!token.is(';')) return false;
    ledger().add_condition(-ampersands_);
    ampersands_ = 0;
    go_global();
    return false;
  }

  int ampersands_ = 0;
};

// C#: members with "=>" for a body; names with their class's.
class CsharpMachine : public ClikeMachine {
 public:
  using ClikeMachine::ClikeMachine;

 protected:
  bool knows_lambdas() const override { return false; }

  void try_function(std::string_view name) override {
    if (in_constructor_) return;
    ClikeMachine::try_function(name);
    if (!class_.empty()) ledger().current().name = class_ + "::" + std::string(name);
  }

  bool after_parameters(const Token& token) override {
    if (!token.is(kFatArrow)) return ClikeMachine::after_parameters(token);
    ledger().confirm_function();
    go(state(&CsharpMachine::expression_body));
    return false;
  }

  bool global(const Token& token) override {
    if (!token.is_one_of(kClass, kStruct, kRecord)) return ClikeMachine::global(token);
    class_.clear();
    go(state(&CsharpMachine::class_declaration));
    return false;
  }

 private:
  bool expression_body(const Token& token) {
    if (!token.is(';')) return false;
    ledger().end_function();
    go_global();
    return false;
  }

  bool class_declaration(const Token& token) {
    if (token.is('(')) {
      in_constructor_ = true;
      go(state(&CsharpMachine::primary_constructor));
    } else if (token.is('{')) {
      go_global();
    } else if (class_.empty() && begins_with_letter(token.text)) {
      class_ = token.text;
    }
    return false;
  }

  bool primary_constructor(const Token& token) {
    const bool closed = closes(token, '(', ')');
    in_constructor_ = false;
    if (closed) go(state(&CsharpMachine::class_declaration));
    return false;
  }

  bool in_constructor_ = false;
  std::string class_;
};

}  // namespace

std::unique_ptr<Machine> clike_blocks(Chain& chain) {
  return std::make_unique<ClikeBlocks>(chain);
}

std::unique_ptr<Machine> clike_references(Chain& chain) {
  return std::make_unique<ClikeReferences>(chain);
}

std::unique_ptr<Machine> csharp_machine(Chain& chain) {
  return std::make_unique<CsharpMachine>(chain);
}

}  // namespace commandcenter::code::metrics
