// Java, Kotlin, Scala and Groovy: the package, the imports, what is declared at the top of the file.
#include "code/imports/readers.h"

namespace commandcenter::architecture {
namespace {

bool declares_type(const Token& token, Tongue tongue) {
  if (token.is("class") || token.is("interface") || token.is("enum") || token.is("record") || token.is("trait"))
    return true;
  const bool has_objects = tongue == Tongue::kKotlin || tongue == Tongue::kScala;
  return has_objects && (token.is("object") || token.is("typealias") || token.is("type"));
}

class JvmReader {
 public:
  JvmReader(std::string_view text, FileFacts& facts) : lexer_(text, facts.tongue), facts_(facts) {}

  void run() {
    advance();
    while (token_.kind != TokenKind::kEnd) {
      if (depth_ == 0 && token_.is("package") && token_.first) {
        advance();
        const std::string name = dotted(lexer_, token_, '.');
        if (facts_.package.empty()) facts_.package = name;
      } else if (token_.is("import") && token_.first && (depth_ == 0 || facts_.tongue == Tongue::kScala)) {
        import_statement();
      } else if (depth_ == 0 && declares_type(token_, facts_.tongue)) {
        advance();
        if (token_.is("class") || token_.is("object")) advance();  // Kotlin: enum class; Scala: case object
        if (token_.is_word()) add_declared(facts_, std::string(token_.text));
      } else if (depth_ == 0 && facts_.tongue == Tongue::kKotlin &&
                 (token_.is("fun") || token_.is("val") || token_.is("var"))) {
        kotlin_member();
      } else {
        if (token_.is("main") && facts_.main_line == 0 && after_main_type_) facts_.main_line = token_.line;
        after_main_type_ = token_.is("void") || token_.is("fun") || token_.is("def");
        note_use(facts_, token_);
        // Functions and values of a package come by a wildcard as well.
        if (facts_.tongue == Tongue::kKotlin && token_.is_sign('(') && before_.is_word())
          note_name(facts_, before_.text);
        advance();
      }
    }
    bool wildcard = false;
    for (const Import& import : facts_.imports)
      wildcard = wildcard || import.wildcard;
    if (wildcard)
      finish_uses(facts_);
    else
      facts_.uses.clear();
  }

 private:
  void advance() {
    before_ = token_;
    token_ = lexer_.next();
    if (token_.is_sign('{')) ++depth_;
    if (token_.is_sign('}') && depth_ > 0) --depth_;
  }

  // fun <T> Receiver.name(, val name
  void kotlin_member() {
    after_main_type_ = token_.is("fun");
    advance();
    std::size_t angles = 0;
    Token name{};
    while (token_.kind != TokenKind::kEnd && !token_.is_sign('{') && !token_.is_sign('}')) {
      if (token_.is_sign('<')) ++angles;
      if (token_.is_sign('>') && angles > 0) --angles;
      if (angles == 0) {
        if (token_.is_word() && !token_.first) name = token_;
        if (token_.is_sign('(') || token_.is_sign(':') || token_.is_sign('=') || token_.is("by")) break;
      }
      note_use(facts_, token_);
      advance();
      if (token_.first && angles == 0) break;
    }
    if (!name.is_word()) return;
    add_declared(facts_, std::string(name.text));
    if (after_main_type_ && name.text == "main" && facts_.main_line == 0) facts_.main_line = name.line;
  }

  void import_statement() {
    Import import{.line = token_.line};
    advance();
    if (token_.is("static")) {
      import.is_static = true;
      advance();
    }
    import.specifier = name_of_import(import);
    if (token_.is_sign('{')) return scala_selectors(import);
    if (token_.is("as") && facts_.tongue != Tongue::kScala) advance();
    add_import(facts_, std::move(import));
  }

  std::string name_of_import(Import& import) {
    std::string name;
    while (token_.is_word() && !token_.is("_")) {
      if (!name.empty()) name += '.';
      name += token_.text;
      advance();
      if (!token_.is_sign('.')) return name;
      advance();
    }
    if (token_.is_sign('*') || token_.is("_")) {
      import.wildcard = true;
      advance();
    }
    return name;
  }

  // import a.b.{C, D => E, _}
  void scala_selectors(const Import& base) {
    advance();
    bool renamed = false;
    while (token_.kind != TokenKind::kEnd && !token_.is_sign('}')) {
      if (token_.is_word() && !renamed) {
        Import import = base;
        if (token_.is("_"))
          import.wildcard = true;
        else
          import.specifier += "." + std::string(token_.text);
        add_import(facts_, std::move(import));
      } else if (token_.is_sign('*') && !renamed) {
        Import import = base;
        import.wildcard = true;
        add_import(facts_, std::move(import));
      }
      renamed = token_.is_sign('=') || token_.is_sign('>') || token_.is("as");
      advance();
    }
    advance();
  }

  Lexer lexer_;
  FileFacts& facts_;
  Token token_{};
  Token before_{};
  std::size_t depth_ = 0;
  bool after_main_type_ = false;
};

}  // namespace

void read_jvm(std::string_view text, FileFacts& facts) {
  JvmReader(text, facts).run();
}

}  // namespace commandcenter::architecture
