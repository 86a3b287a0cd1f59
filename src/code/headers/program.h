// The code of one site: its files as tokens, its constants and functions, and the reader of what a piece of code does
// to the headers of a response. Shared by all frameworks; each adds where that code runs.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "code/headers/readers.h"
#include "code/headers/tokens.h"
#include "code/headers/value.h"

namespace commandcenter::code::headers {

inline constexpr int kMaxCallDepth = 6;

struct CodeFile {
  Tokens tokens;
  std::size_t file = 0;  // index of the text
  std::string_view path;
};

struct Function {
  std::size_t code = 0;
  std::size_t name = 0;  // index of its name's token, or of its first one
  Range parameters;
  Range body;
};

// Where effects are put.
struct Place {
  int scope = kWholeSite;
  bool except = false;
  Phase phase = Phase::kEarly;
};

class Program {
 public:
  // Files whose name ends like one of the syntax's are tokenized; the others are left out.
  Program(Texts files, Syntax syntax);

  const std::vector<CodeFile>& code() const { return code_; }
  const Constants& constants() const { return constants_; }
  Syntax syntax() const { return syntax_; }
  Value value(const CodeFile& code, Range range) const { return evaluate(code.tokens, range, constants_); }

  const std::vector<Function>* functions(std::string_view name) const;
  const std::map<std::string, std::vector<Function>, std::less<>>& all_functions() const { return functions_; }
  // The body of a class; nothing when the site has none of that name.
  std::optional<Function> find_class(std::string_view name) const;
  // The function literal that is all of a range: "(req, res) => {…}", "function (…) {…}", "async (…) => …".
  std::optional<Function> literal(std::size_t code, Range range) const;

  // Asked for each call in a body, by the index of its first token: whether it is a library's that was read elsewhere.
  using Library = std::function<bool(std::size_t code, std::size_t at, const Place& place)>;
  void know(Library library) { library_ = std::move(library); }
  const Library& library() const { return library_; }

  // Adds to the site what the code in `body` does.
  void read_body(Site& site, std::size_t code, Range body, Place place, int depth = 0) const;

 private:
  friend class BodyReader;
  void collect_functions(std::size_t code);
  void collect_expression(std::size_t code, std::size_t name);

  Syntax syntax_;
  std::vector<CodeFile> code_;
  Constants constants_;
  std::map<std::string, std::vector<Function>, std::less<>> functions_;
  Library library_;
};

// How a condition bears on what it guards.
enum class Condition { kPath, kNotPath, kDevelopment, kAlways, kUnknown };
Condition condition_of(const Tokens& tokens, Range range);

// The effect of a header with a value that was read from code.
Effect effect_of(Named named, Action action, const Value& value, std::size_t file, std::size_t offset);

}  // namespace commandcenter::code::headers
