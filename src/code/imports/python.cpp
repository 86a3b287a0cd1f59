// Python: import, from … import, also within functions and conditions; literal importlib.import_module.
#include "code/imports/readers.h"

namespace commandcenter::architecture {
namespace {

class PythonReader {
 public:
  PythonReader(std::string_view text, FileFacts& facts) : lexer_(text, Tongue::kPython), facts_(facts) {}

  void run() {
    advance();
    while (token_.kind != TokenKind::kEnd) {
      if (starts_ && token_.is("import")) {
        import_statement();
      } else if (starts_ && token_.is("from")) {
        from_statement();
      } else if (starts_ && token_.is("if")) {
        condition();
      } else if (token_.is("import_module") || token_.is("__import__")) {
        dynamic_import();
      } else {
        advance();
      }
    }
  }

 private:
  void advance() {
    const bool after_colon = token_.is_sign(':') && depth_ == 0;
    const bool after_semicolon = token_.is_sign(';');
    token_ = lexer_.next();
    if (token_.is_sign('(') || token_.is_sign('[') || token_.is_sign('{')) ++depth_;
    if (depth_ > 0 && (token_.is_sign(')') || token_.is_sign(']') || token_.is_sign('}'))) --depth_;
    // A bracket that was never closed must not hide the rest of the file.
    if (token_.first && lexer_.column_of(token_) == 0 && (token_.is("import") || token_.is("from") || token_.is("def")))
      depth_ = 0;
    starts_ = (token_.first && depth_ == 0) || after_colon || after_semicolon;
    if (token_.first && depth_ == 0 && in_type_block_ && lexer_.column_of(token_) <= type_column_)
      in_type_block_ = false;
  }

  ImportKind kind() const { return in_type_block_ ? ImportKind::kType : ImportKind::kImport; }

  void import_statement() {
    const std::uint32_t line = token_.line;
    advance();
    while (token_.is_word() && !token_.first) {
      Import import{.line = line, .kind = kind()};
      import.specifier = dotted_name();
      add_import(facts_, std::move(import));
      if (token_.is("as")) {
        advance();
        advance();
      }
      if (!token_.is_sign(',')) return;
      advance();
    }
  }

  std::string dotted_name() {
    std::string name;
    while (token_.is_word() && !(token_.first && depth_ == 0)) {
      name += token_.text;
      advance();
      if (!token_.is_sign('.')) break;
      name += '.';
      advance();
    }
    return name;
  }

  void from_statement() {
    Import import{.line = token_.line, .kind = kind()};
    advance();
    while (token_.is_sign('.')) {
      import.specifier += '.';
      advance();
    }
    if (!token_.is("import")) import.specifier += dotted_name();
    if (!token_.is("import") || token_.first) return;
    advance();
    const bool bracket = token_.is_sign('(');
    if (bracket) advance();
    while (token_.is_word() || token_.is_sign('*') || token_.is_sign(',')) {
      if (!bracket && token_.first) break;
      if (token_.is("as")) {
        advance();
      } else if (!token_.is_sign(',') && import.names.size() < kMaxNames) {
        import.names.emplace_back(token_.text);
      }
      advance();
    }
    add_import(facts_, std::move(import));
  }

  // if TYPE_CHECKING: and if __name__ == "__main__":
  void condition() {
    const Token start = token_;
    advance();
    bool negated = false;
    for (bool typing = false; token_.kind != TokenKind::kEnd && token_.line == start.line; advance()) {
      negated = negated || token_.is("not") || token_.is("or") || token_.is("and");
      typing = typing || token_.is("TYPE_CHECKING");
      if (token_.is_string() && token_.text == "__main__" && facts_.main_line == 0) facts_.main_line = start.line;
      if (!token_.is_sign(':') || depth_ > 0) continue;
      if (typing && !negated && !in_type_block_) {
        in_type_block_ = true;
        type_column_ = lexer_.column_of(start);
      }
      return advance();
    }
  }

  void dynamic_import() {
    const std::uint32_t line = token_.line;
    advance();
    if (!token_.is_sign('(')) return;
    advance();
    if (!token_.is_string() || !token_.plain) return;
    Import import{.specifier = std::string(token_.text), .line = line, .kind = ImportKind::kDynamic};
    advance();
    const bool relative_base = import.specifier.starts_with('.');
    if (!token_.is_sign(')') && !token_.is_sign(',')) return;
    if (relative_base && !token_.is_sign(',')) return;
    add_import(facts_, std::move(import));
  }

  Lexer lexer_;
  FileFacts& facts_;
  Token token_{};
  std::size_t depth_ = 0;
  std::size_t type_column_ = 0;
  bool in_type_block_ = false;
  bool starts_ = false;
};

}  // namespace

void read_python(std::string_view text, FileFacts& facts) {
  PythonReader(text, facts).run();
}

}  // namespace commandcenter::architecture
