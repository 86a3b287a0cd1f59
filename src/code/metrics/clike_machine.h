// Functions of C, C++ and what looks like them; C# and Java build on it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "code/metrics/machine.h"

namespace commandcenter::code::metrics {

class ClikeMachine : public Machine {
 public:
  using Machine::Machine;

 protected:
  bool global(const Token& token) override;
  virtual void try_function(std::string_view name);
  virtual bool after_parameters(const Token& token);
  virtual bool old_parameters(const Token& token);
  virtual bool body(const Token& token);
  virtual bool knows_lambdas() const { return true; }

  bool skip_brackets_then_global(const Token& token);  // "(…)"

 private:
  bool function(const Token& token);
  bool template_in_name(const Token& token);
  bool operator_name(const Token& token);
  bool operator_rest(const Token& token);
  bool name_after_scope(const Token& token);
  bool parameters(const Token& token);
  bool throw_list(const Token& token);
  bool until_body(const Token& token);
  bool noexcept_list(const Token& token);
  bool initializers(const Token& token);
  bool initializer(const Token& token);
  bool initial_value(const Token& token);
  bool initial_braces(const Token& token);
  bool attribute(const Token& token);
  bool lambda_or_attribute(const Token& token);
  bool lambda_capture(const Token& token);
  bool lambda_begin(const Token& token);
  bool lambda_parameters(const Token& token);
  bool lambda_middle(const Token& token);
  bool lambda_body(const Token& token);
  void replay();

  std::vector<char> brackets_;  // open in a list of parameters or a lambda
  std::vector<Token> held_;     // tokens that may be parameters in the old way
};

// The machine of each language, as it stands at the beginning of a file.
std::unique_ptr<Machine> clike_machine(Chain& chain);
// Namespaces, classes and blocks of the same languages.
std::unique_ptr<Machine> clike_blocks(Chain& chain);
// "&&" that is no condition: references, type definitions.
std::unique_ptr<Machine> clike_references(Chain& chain);

std::unique_ptr<Machine> csharp_machine(Chain& chain);
std::unique_ptr<Machine> java_machine(Chain& chain);
std::unique_ptr<Machine> script_machine(Chain& chain);
std::unique_ptr<Machine> go_machine(Chain& chain);
std::unique_ptr<Machine> rust_machine(Chain& chain);
std::unique_ptr<Machine> ruby_machine(Chain& chain);
std::unique_ptr<Machine> php_machine(Chain& chain);
std::unique_ptr<Machine> python_machine(Chain& chain);

}  // namespace commandcenter::code::metrics
