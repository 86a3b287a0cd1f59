// Functions of JavaScript and TypeScript. A bracket behind a name and "=" may open the parameters of an arrow function:
// a function is begun, and forgotten when neither "=>" nor "{" follows.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "code/metrics/clike_machine.h"
#include "code/metrics/lexer.h"
#include "code/metrics/script_type.h"

namespace commandcenter::code::metrics {
namespace {

using enum Symbol;

std::string camel_case(std::string_view words) {
  const auto to_lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  const auto to_upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; };
  std::string name;
  bool in_word = false;
  bool in_first = true;
  for (const char c : words) {
    if (is_space(static_cast<unsigned char>(c))) {
      in_first = in_first && name.empty();
      in_word = false;
      continue;
    }
    const bool begins = !std::exchange(in_word, true);
    name += begins ? (in_first ? to_lower(c) : to_upper(c)) : in_first ? c : to_lower(c);
  }
  return name;
}

class ScriptMachine : public Machine {
 public:
  using Machine::Machine;

  void before_return() override {
    if (started_) pop_function();
  }

 protected:
  bool global(const Token& token) override;

 private:
  using Self = ScriptMachine;
  static bool may_name(std::string_view name) {
    return begins_with_letter(name) || name.starts_with('_') || name.starts_with('$') || name.starts_with('#');
  }
  static bool is_generic(const Token& token) {
    return token.text.size() > 1 && token.text.starts_with('<') && token.text.ends_with('>');
  }

  bool declaration(const Token& token);
  bool modifier(const Token& token);
  bool object_member(const Token& token);
  void object_parenthesis(const Token& token);
  void statement(const Token& token);
  void parenthesis(const Token& token);
  void new_line();

  bool skipped_declaration(const Token& token);
  bool alias_name(const Token& token);
  bool alias_equals(const Token& token);
  bool alias_parameters(const Token& token);
  bool alias_value(const Token& token);
  bool alias_object(const Token& token);
  bool interface_body(const Token& token);
  bool type_parameters(const Token& token);
  bool computed_name(const Token& token);
  bool field(const Token& token);
  bool template_literal(const Token& token);
  bool condition(const Token& token);
  bool statement_or_block(const Token& token);
  bool arrow(const Token& token);
  bool function(const Token& token);
  bool parameters(const Token& token);
  bool after_parameters(const Token& token);

  void name_function(std::string_view token);
  void parameter(const Token& token);
  void push_function();
  void pop_function();
  void enter_same(Callback then = nullptr) { enter(std::make_unique<Self>(chain()), then); }
  void enter_object();
  void enter_type();
  void after_type();
  void go_to_block() { go(state(&Self::statement_or_block)); }
  void back_to_global() { go_global(); }

  std::string last_words_;  // the token before; with points, the whole path
  std::string name_;        // of the function that may come
  std::string before_;      // the token before, kept over what follows "." and "new"
  bool started_ = false;
  bool in_object_ = false;
  std::string accessor_;  // "get" or "set"
  bool declared_ = false;
  bool static_seen_ = false;
  bool async_seen_ = false;
  bool in_value_ = false;  // of a property
  bool in_abstract_ = false;
  int generic_depth_ = 0;
  int braces_ = 0;
  int angles_ = 0;
  bool interface_open_ = false;
  std::string computed_;
  Token after_type_;
  bool has_after_type_ = false;
};

bool ScriptMachine::global(const Token& token) {
  if (declaration(token)) return false;
  if (modifier(token)) return false;
  if (in_object_ && object_member(token)) return false;
  if (token.is('.')) {
    go(state(&Self::field));
    last_words_ += token.text;
    before_ = token.text;
    return false;
  }
  statement(token);
  if (token.is('`')) go(state(&Self::template_literal));
  if (!in_object_ && token.is(':')) {
    enter_type();
    before_ = token.text;
    return false;
  }
  if (in_object_ && token.is(',')) in_value_ = false;
  last_words_ = token.text;
  if (before_ != "new" && before_ != ".") before_ = token.text;
  return false;
}

// Types, which are no code: "declare function", "type X =", "interface", "abstract".
bool ScriptMachine::declaration(const Token& token) {
  if (token.is(kDeclare)) {
    declared_ = true;
    return true;
  }
  if (token.is(kFunction) && declared_) {
    declared_ = false;
    go(state(&Self::skipped_declaration));
    return true;
  }
  declared_ = false;
  if (token.is(kType) && !in_object_) {
    go(state(&Self::alias_name));
    return true;
  }
  if (token.is(kInterface)) {
    braces_ = 0;
    interface_open_ = false;
    go(state(&Self::interface_body));
    return true;
  }
  if (token.is(kAbstract) && in_object_) {
    in_abstract_ = true;
    return true;
  }
  return false;
}

bool ScriptMachine::modifier(const Token& token) {
  if (!token.is_one_of(kStatic, kAsync, kNew)) return false;
  static_seen_ = static_seen_ || token.is(kStatic);
  async_seen_ = async_seen_ || token.is(kAsync);
  before_ = token.text;
  return true;
}

// True when that was all there is to say about the token.
bool ScriptMachine::object_member(const Token& token) {
  if (token.is_one_of(kGet, kSet)) {
    accessor_ = token.text;
    return true;
  }
  if (!accessor_.empty()) {
    last_words_ = accessor_ + " " + std::string(token.text);
    accessor_.clear();
    return true;
  }
  if (token.is('[')) {
    computed_.clear();
    go(state(&Self::computed_name));
    return true;
  }
  if (token.is(':')) {
    if (may_name(last_words_)) name_ = last_words_;
    in_value_ = true;
    return true;
  }
  if (token.is('<') || is_generic(token)) {
    if (token.is('<')) {
      angles_ = 1;
      go(state(&Self::type_parameters));
    }
    return true;
  }
  if (token.is('(')) {
    object_parenthesis(token);
    return true;
  }
  if ((async_seen_ || static_seen_) && !token.is_one_of('*', kFunction, kFatArrow)) {
    if (!token.is('=')) {  // the name of a method
      last_words_ = token.text;
      return true;
    }
    static_seen_ = async_seen_ = false;
  }
  return false;
}

void ScriptMachine::object_parenthesis(const Token& token) {
  const bool is_call = before_ == "." || before_ == "new";
  if (is_call || (in_value_ && (name_.empty() || last_words_ != name_))) {
    enter_same();
    before_ = token.text;
    return;
  }
  if (!started_) {
    const std::string name = last_words_ == "=" && !name_.empty() ? name_ : last_words_;
    function(token_of(name));  // which may be no name: "*"
  }
  go(state(&Self::function), token);
}

void ScriptMachine::statement(const Token& token) {
  if (token.is(kFunction)) {
    if (started_ && !in_object_) pop_function();
    go(state(&Self::function));
  } else if (token.is_one_of(kIf, kSwitch, kFor, kWhile, kCatch)) {
    go(state(&Self::condition));
  } else if (token.is_one_of(kElse, kDo, kTry, kFinal)) {
    go(state(&Self::statement_or_block));
  } else if (token.is(kFatArrow)) {
    go(state(&Self::arrow));
  } else if (token.is('=')) {
    if (may_name(last_words_)) name_ = last_words_;
  } else if (token.is('(')) {
    parenthesis(token);
  } else if (token.is('{')) {
    if (started_)
      enter_same(callback(&Self::pop_function));
    else
      enter_object();
  } else if (token.is_one_of('}', ')')) {
    leave();
  } else if (ledger().first_on_line || token.is(';')) {
    new_line();
  }
}

void ScriptMachine::parenthesis(const Token& token) {
  if (before_ == "." || before_ == "new" || name_.empty()) return enter_same();
  if (last_words_ != name_ && before_ != "=" && before_ != "async" && before_ != ">") {
    name_.clear();
    return enter_same();
  }
  if (!started_) name_function(std::string(name_));
  go(state(&Self::function), token);
}

void ScriptMachine::new_line() {
  name_.clear();
  pop_function();
  static_seen_ = async_seen_ = in_abstract_ = in_value_ = false;
  before_.clear();
}

bool ScriptMachine::skipped_declaration(const Token& token) {
  if (!token.is(';') && !ledger().first_on_line) return false;
  go_global();
  return true;
}

bool ScriptMachine::alias_name(const Token& token) {
  if (begins_with_letter(token.text)) {
    go(state(&Self::alias_equals));
    return false;
  }
  last_words_ = "type";
  go_global();
  global(token);
  return true;
}

bool ScriptMachine::alias_equals(const Token& token) {
  if (token.is('<')) {
    angles_ = 1;
    go(state(&Self::alias_parameters));
  } else if (token.is('=')) {
    go(state(&Self::alias_value));
  } else if (token.is(';')) {
    go_global();
    return true;
  }
  return false;
}

bool ScriptMachine::alias_parameters(const Token& token) {
  angles_ += token.is('<') ? 1 : token.is('>') ? -1 : 0;
  if (angles_ == 0) go(state(&Self::alias_equals));
  return false;
}

bool ScriptMachine::alias_value(const Token& token) {
  if (token.is('{')) {
    braces_ = 1;
    go(state(&Self::alias_object));
    return false;
  }
  if (!token.is(';') && !ledger().first_on_line) return false;
  go_global();
  if (!token.is(';')) global(token);
  return true;
}

bool ScriptMachine::alias_object(const Token& token) {
  braces_ += token.is('{') ? 1 : token.is('}') ? -1 : 0;
  if (!token.is('}') || braces_ > 0) return false;
  go_global();
  return true;
}

bool ScriptMachine::interface_body(const Token& token) {
  if (token.is('{')) {
    interface_open_ = true;
    ++braces_;
  } else if (token.is('}') && interface_open_ && --braces_ == 0) {
    go_global();
    return true;
  }
  return false;
}

bool ScriptMachine::type_parameters(const Token& token) {
  angles_ += token.is('<') ? 1 : token.is('>') ? -1 : 0;
  if (token.is('>') && angles_ == 0) go_global();
  return false;
}

// ["a" + b]: without its quotes, blanks and pluses; of several lines, the words in camel case.
bool ScriptMachine::computed_name(const Token& token) {
  if (!token.is(']')) {
    computed_ += token.text;
    return false;
  }
  std::erase_if(computed_, [](char c) { return c == '\'' || c == '"' || c == '+' || c == ' '; });
  last_words_ = is_blank(computed_) ? computed_ : camel_case(computed_);
  go_global();
  return true;
}

bool ScriptMachine::field(const Token& token) {
  last_words_ += token.text;
  go_global();
  return false;
}

bool ScriptMachine::template_literal(const Token& token) {
  if (token.is('`')) go_global();
  return false;
}

bool ScriptMachine::condition(const Token& token) {
  if (token.is(kAwait)) return false;
  if (token.is('('))
    enter_same(callback(&Self::go_to_block));
  else
    go_global(token);
  return false;
}

bool ScriptMachine::statement_or_block(const Token& token) {
  if (token.is('{'))
    enter_same(callback(&Self::back_to_global));
  else
    go_global(token);
  return false;
}

bool ScriptMachine::arrow(const Token& token) {
  if (!started_) push_function();
  name_.clear();
  static_seen_ = async_seen_ = false;
  go_global(token);
  return false;
}

void ScriptMachine::name_function(std::string_view token) {
  name_ = may_name(token) ? std::string(token) : std::string();
  static_seen_ = async_seen_ = false;
}

bool ScriptMachine::function(const Token& token) {
  if (token.is('*') || is_generic(token)) return false;
  if (token.is('<')) {
    angles_ = 1;
    go(state(&Self::type_parameters));
  } else if (token.is('(')) {
    if (!started_) push_function();
    generic_depth_ = 0;
    go(state(&Self::parameters), token);
  } else {
    name_function(token.text);
  }
  return false;
}

bool ScriptMachine::parameters(const Token& token) {
  if (token.is(')'))
    go(state(&Self::after_parameters));
  else if (!token.is('('))
    parameter(token);
  return false;
}

void ScriptMachine::parameter(const Token& token) {
  if (token.is(',')) {
    if (generic_depth_ == 0) ledger().parameter(",");
  } else if (token.is('<')) {
    ++generic_depth_;
  } else if (token.is('>')) {
    generic_depth_ = std::max(0, generic_depth_ - 1);
  } else if (generic_depth_ == 0 && begins_with_letter(token.text)) {
    constexpr auto kTypeWords =
        std::to_array<std::string_view>({"string", "number", "boolean", "void", "any", "object", "unknown", "never"});
    if (std::ranges::find(kTypeWords, token.text) != kTypeWords.end()) return;
    std::string word(token.text);
    std::erase(word, '?');
    if (word_end(word, 0) == word.size()) ledger().parameter(word);
  }
}

bool ScriptMachine::after_parameters(const Token& token) {
  if (token.is(':')) {
    enter_type();
  } else if (token.is(';') && in_object_ && in_abstract_) {
    if (started_) pop_function();
    in_abstract_ = false;
    go_global();
  } else if (!token.is_one_of('{', kFatArrow)) {
    if (started_) {
      ledger().forgive = true;
      ledger().end_function();
    }
    started_ = false;
  }
  go_global(token);
  return false;
}

void ScriptMachine::push_function() {
  if (in_abstract_) return;
  started_ = true;
  ledger().push_function(name_.empty() ? std::string_view("(anonymous)") : name_);
}

void ScriptMachine::pop_function() {
  if (started_) ledger().end_function();
  started_ = false;
  in_value_ = false;
}

void ScriptMachine::enter_object() {
  auto object = std::make_unique<Self>(chain());
  object->in_object_ = true;
  object->static_seen_ = static_seen_;
  object->async_seen_ = async_seen_;
  enter(std::move(object), callback(&Self::back_to_global));
  static_seen_ = async_seen_ = false;
}

void ScriptMachine::enter_type() {
  enter(std::make_unique<TypeMachine>(chain(), after_type_, has_after_type_), callback(&Self::after_type));
}

// The token that ended the type is seen again.
void ScriptMachine::after_type() {
  if (!has_after_type_) return;
  has_after_type_ = false;
  const Token token = after_type_;
  step_again(token);
}

}  // namespace

std::unique_ptr<Machine> script_machine(Chain& chain) {
  return std::make_unique<ScriptMachine>(chain);
}

}  // namespace commandcenter::code::metrics
