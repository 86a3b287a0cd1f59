// Java: methods of classes, of classes in methods, of anonymous classes.
#include <algorithm>
#include <array>
#include <string>

#include "code/metrics/clike_machine.h"

namespace commandcenter::code::metrics {
namespace {

using enum Symbol;

constexpr auto kModifiers =
    std::to_array<std::string_view>({"public", "private", "protected", "static", "final", "strictfp", "abstract",
                                     "synchronized", "native", "default", "transient", "volatile", "sealed"});
class JavaMachine : public ClikeMachine {
 public:
  using ClikeMachine::ClikeMachine;

 protected:
  bool knows_lambdas() const override { return false; }
  bool old_parameters(const Token& token) override {
    if (token.is('{')) after_parameters(token);
    return false;
  }
  bool body(const Token& token) override;
  void try_function(std::string_view name) override;
  bool global(const Token& token) override { return java_global(token); }
  bool java_global(const Token& token);

  bool is_part_of_name(const Token& token);
  bool starts_class(const Token& token, bool after_annotation);
  bool annotation(const Token& token);
  bool new_object(const Token& token);

  std::string class_;
  bool has_class_ = false;
  bool is_record_ = false;
  bool in_method_ = false;
  bool after_annotation_ = false;

 private:
  void end_body();
  void end_class() { go_global(); }
  bool after_annotation_name(const Token& token);
  bool annotation_arguments(const Token& token);
  bool class_declaration(const Token& token);
  bool record_parameters(const Token& token);
  bool record_constructor(const Token& token);
  bool record_constructor_body(const Token& token);
  bool new_type(const Token& token);
  bool begins_record(bool after_annotation) const;

  bool in_record_constructor_ = false;
  bool after_point_ = false;
  bool after_method_reference_ = false;
  int generic_depth_ = 0;
};

// The body of a method, or the arguments behind "new": nothing in it is a method but those of classes.
class JavaBody : public JavaMachine {
 public:
  JavaBody(Chain& chain, bool ends_with_braces) : JavaMachine(chain), ends_with_braces_(ends_with_braces) {
    in_method_ = true;
  }

 protected:
  bool global(const Token& token) override;

 private:
  bool nothing(const Token&) { return false; }
  void inside(const Token& token);

  bool ends_with_braces_;
  int braces_ = 0;
};

class JavaClass : public JavaMachine {
 public:
  JavaClass(Chain& chain, std::string name, bool has_name, bool is_record) : JavaMachine(chain) {
    class_ = std::move(name);
    has_class_ = has_name;
    is_record_ = is_record;
  }

 protected:
  bool global(const Token& token) override;

 private:
  void initializer(const Token& token);
  void end_initializer() { --braces_; }
  void after_member(const Token& token) {
    if (token.is('}') && braces_ == 0) leave();
  }

  bool after_static_ = false;
  int braces_ = 0;
};

bool JavaMachine::is_part_of_name(const Token& token) {
  if (token.is(kScope)) {
    after_method_reference_ = true;
    return true;
  }
  if (after_method_reference_) {
    after_method_reference_ = false;
    return true;
  }
  if (token.is('.') && !after_point_) {
    after_point_ = true;
    return true;
  }
  if (after_point_) {
    after_point_ = false;
    if (token.is(kClass)) return true;
  }
  return false;
}

bool JavaMachine::body(const Token& token) {
  in_method_ = true;
  enter(std::make_unique<JavaBody>(chain(), true), callback(&JavaMachine::end_body), token);
  return false;
}

void JavaMachine::end_body() {
  in_method_ = false;
  go_global();
}

void JavaMachine::try_function(std::string_view name) {
  if (is_record_ && has_class_ && name == class_) {
    in_record_constructor_ = true;
    return go(state(&JavaMachine::record_constructor));
  }
  ClikeMachine::try_function(name);
  if (has_class_) ledger().current().name = class_ + "::" + std::string(name);
}

// "record" is a word like any other where no declaration can begin.
bool JavaMachine::begins_record(bool after_annotation) const {
  const std::string_view before = last().text;
  if (after_annotation || before.empty()) return true;
  if (std::ranges::find(kModifiers, before) != kModifiers.end()) return true;
  return before == "}" || before == ";" || before == ")" || before == "@";
}

bool JavaMachine::starts_class(const Token& token, bool after_annotation) {
  if (token.is(kRecord)) {
    if (in_method_) return false;
    const bool begins = begins_record(after_annotation);
    after_annotation_ = false;
    if (!begins) return false;
  } else if (!token.is_one_of(kClass, kEnum)) {
    return false;
  }
  after_annotation_ = false;
  class_.clear();
  has_class_ = false;
  is_record_ = token.is(kRecord);
  in_record_constructor_ = false;
  go(state(&JavaMachine::class_declaration));
  return true;
}

bool JavaMachine::java_global(const Token& token) {
  if (is_part_of_name(token)) return false;
  const bool annotated = after_annotation_;
  if (!token.is(kRecord)) after_annotation_ = false;
  if (token.is('@')) {
    go(state(&JavaMachine::annotation));
    return false;
  }
  if (starts_class(token, annotated)) return false;
  if (token.is_one_of(kIf, kElse, kFor, kWhile, kDo, kSwitch, kCatch, kTry, kFinally, kSynchronized, kReturn, kThrow,
                      kAssert, kBreak, kContinue, kInstanceof))
    return false;
  return in_record_constructor_ ? false : ClikeMachine::global(token);
}

bool JavaMachine::annotation(const Token&) {
  go(state(&JavaMachine::after_annotation_name));
  return false;
}

bool JavaMachine::after_annotation_name(const Token& token) {
  if (token.is('.')) {
    go(state(&JavaMachine::annotation));
  } else if (token.is('(')) {
    go(state(&JavaMachine::annotation_arguments), token);
  } else {
    after_annotation_ = true;
    go_global();
  }
  return false;
}

bool JavaMachine::annotation_arguments(const Token& token) {
  return skip_brackets_then_global(token);
}

bool JavaMachine::class_declaration(const Token& token) {
  if (token.is('{')) {
    enter(std::make_unique<JavaClass>(chain(), class_, has_class_, is_record_), callback(&JavaMachine::end_class),
          token);
  } else if (token.is('(')) {
    go(state(&JavaMachine::record_parameters));
  } else if (!has_class_ && begins_with_letter(token.text)) {
    class_ = token.text;
    has_class_ = true;
  }
  return false;
}

bool JavaMachine::record_parameters(const Token& token) {
  if (token.is(')')) go(state(&JavaMachine::class_declaration));
  return false;
}

bool JavaMachine::record_constructor(const Token& token) {
  if (token.is('{'))
    go(state(&JavaMachine::record_constructor_body));
  else
    go_global(token);
  return false;
}

bool JavaMachine::record_constructor_body(const Token& token) {
  if (!token.is('}')) return false;
  in_record_constructor_ = false;
  go_global();
  return false;
}

bool JavaMachine::new_object(const Token&) {
  generic_depth_ = 0;
  go(state(&JavaMachine::new_type));
  return false;
}

bool JavaMachine::new_type(const Token& token) {
  if (generic_depth_ > 0 || token.text.starts_with('<')) {
    generic_depth_ += static_cast<int>(std::ranges::count(token.text, '<') - std::ranges::count(token.text, '>'));
    return false;
  }
  if (token.is('(')) {
    enter(std::make_unique<JavaBody>(chain(), false), nullptr, token);
  } else if (token.is('{')) {
    enter(std::make_unique<JavaClass>(chain(), "(anonymous)", true, false), callback(&JavaMachine::end_class), token);
  } else if (!token.is('.') && !begins_with_letter(token.text) && !token.text.starts_with('_')) {
    go_global(token);
  }
  return false;
}

// Braces and parentheses are one count. When nothing is open any more, the rest is not looked at.
bool JavaBody::global(const Token& token) {
  if (token.is_one_of('{', '('))
    ++depth_;
  else if (token.is_one_of('}', ')'))
    --depth_;
  inside(token);
  if (depth_ == 0) go(state(&JavaBody::nothing));
  return false;
}

void JavaBody::inside(const Token& token) {
  if (is_part_of_name(token)) return;
  const bool annotated = after_annotation_;
  if (!token.is(kRecord)) after_annotation_ = false;
  if (token.is('@')) return go(state(&JavaBody::annotation));
  if (starts_class(token, annotated)) return;
  if (token.is(kNew)) return go(state(&JavaBody::new_object));
  if (ends_with_braces_) {
    braces_ += token.is('{') ? 1 : token.is('}') ? -1 : 0;
    if (token.is('}') && braces_ == 0) leave();
  } else if (depth_ == 0) {
    leave();
  }
}

bool JavaClass::global(const Token& token) {
  if (after_static_) {
    after_static_ = false;
    if (token.is('{')) {
      initializer(token);
      return false;
    }
    java_global(token_of("static"));
    java_global(token);
    after_member(token);
    return false;
  }
  if (token.is(kStatic)) {
    after_static_ = true;
    return false;
  }
  if (token.is('{') && last().is_one_of('{', '}', ';')) {
    initializer(token);
    return false;
  }
  if (token.is(kNew)) {
    go(state(&JavaClass::new_object));
    return false;
  }
  java_global(token);
  braces_ += token.is('{') ? 1 : token.is('}') ? -1 : 0;
  after_member(token);
  return false;
}

void JavaClass::initializer(const Token& token) {
  ++braces_;
  enter(std::make_unique<JavaBody>(chain(), true), callback(&JavaClass::end_initializer), token);
}

}  // namespace

std::unique_ptr<Machine> java_machine(Chain& chain) {
  return std::make_unique<JavaMachine>(chain);
}

}  // namespace commandcenter::code::metrics
