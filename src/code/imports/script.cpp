// JavaScript and TypeScript: import, export … from, import(), require(), AMD, triple-slash references. And the script
// blocks of components.
#include <algorithm>
#include <optional>

#include "code/imports/readers.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxClauseTokens = 20'000;  // between import and from

class ScriptReader {
 public:
  ScriptReader(std::string_view text, FileFacts& facts, std::uint32_t first_line)
      : lexer_(text, Tongue::kScript), facts_(facts), line_offset_(first_line - 1) {}

  void run() {
    advance();
    while (token_.kind != TokenKind::kEnd) {
      if (!token_.is_word() || member_) {
        advance();
      } else if (token_.text == "import") {
        import_statement();
      } else if (token_.text == "export") {
        export_statement();
      } else if (token_.text == "require" || token_.text == "requirejs") {
        const std::uint32_t line = token_.line;
        advance();
        if (token_.is_sign('(')) {
          call(line, ImportKind::kRequire);
        } else if (token_.is_sign('.')) {  // require.resolve('x')
          advance();
          if (!token_.is("resolve")) continue;
          advance();
          if (token_.is_sign('(')) call(line, ImportKind::kDynamic);
        }
      } else if (token_.text == "URL" || token_.text == "importScripts") {
        address(token_.text == "URL");
      } else if (token_.text == "define") {
        const std::uint32_t line = token_.line;
        advance();
        if (token_.is_sign('(')) amd(line);
      } else {
        advance();
      }
    }
  }

 private:
  void advance() {
    member_ = token_.is_sign('.') && !spread_;
    spread_ = false;
    const Token before = token_;
    token_ = lexer_.next();
    dots_ = token_.is_sign('.') ? dots_ + 1 : 0;
    if (dots_ == 3) spread_ = true;
    // What an import or export may follow: the end of a statement, or a new line.
    starts_ = token_.first || before.kind == TokenKind::kEnd || before.is_sign(';') || before.is_sign('}') ||
              before.is_sign('{') || before.is_string() || before.is_sign(')');
  }

  void add(const Token& specifier, std::uint32_t line, ImportKind kind) {
    if (specifier.plain)
      add_import(facts_, {.specifier = std::string(specifier.text), .line = line + line_offset_, .kind = kind});
  }

  // At the bracket of import(…) or require(…).
  void call(std::uint32_t line, ImportKind kind) {
    advance();
    if (token_.is_sign('[')) return list(line);
    if (!token_.is_string()) return;
    const Token specifier = token_;
    advance();
    if (token_.is_sign(')') || token_.is_sign(',')) add(specifier, line, kind);
  }

  // new URL('./x.js', import.meta.url), importScripts('x.js', …): paths from the file, with or without a dot.
  void address(bool needs_base) {
    const std::uint32_t line = token_.line;
    advance();
    if (!token_.is_sign('(')) return;
    do {
      advance();
      if (!token_.is_string() || !token_.plain) return;
      std::string path(token_.text);
      advance();
      if (path.empty() || path.find(':') != std::string::npos || path.front() == '/') continue;
      if (needs_base) {
        if (!token_.is_sign(',')) return;
        advance();
        if (!token_.is("import")) return;
      }
      if (!path.starts_with('.')) path.insert(0, "./");
      add_import(facts_, {.specifier = path, .line = line + line_offset_, .kind = ImportKind::kDynamic});
    } while (token_.is_sign(','));
  }

  void amd(std::uint32_t line) {
    advance();
    if (token_.is_string()) {
      advance();
      if (!token_.is_sign(',')) return;
      advance();
    }
    if (token_.is_sign('[')) list(line);
  }

  void list(std::uint32_t line) {
    advance();
    while (token_.is_string() || token_.is_sign(',')) {
      if (token_.is_string()) add(token_, line, ImportKind::kRequire);
      advance();
    }
  }

  void import_statement() {
    const std::uint32_t line = token_.line;
    const bool starts = starts_;
    advance();
    if (token_.is_sign('(')) return call(line, ImportKind::kDynamic);
    if (!starts || token_.is_sign('.')) return;
    if (token_.is_string()) {
      add(token_, line, ImportKind::kImport);
      return advance();
    }
    bool type = false;
    if (token_.is("type") || token_.is("typeof")) {
      advance();
      type = !token_.is("from") && !token_.is_sign(',') && !token_.is_sign('=');
      if (token_.is("from")) {  // import type from 'x', unless the name of a type is "from"
        advance();
        if (token_.is_string()) return add(token_, line, ImportKind::kImport);
        type = true;
      }
    }
    clause(line, type ? ImportKind::kType : ImportKind::kImport);
  }

  void export_statement() {
    const std::uint32_t line = token_.line;
    const bool starts = starts_;
    advance();
    if (!starts) return;
    ImportKind kind = ImportKind::kExport;
    if (token_.is("type")) {
      advance();
      kind = ImportKind::kType;
    }
    if (token_.is_sign('*') || token_.is_sign('{')) clause(line, kind);
  }

  // Names, then from and the specifier. In braces of which every member is a type, only types are imported.
  void clause(std::uint32_t line, ImportKind kind) {
    bool in_braces = false;
    bool outside = false;
    std::size_t names = 0;
    std::size_t types = 0;
    bool at_name = false;
    for (std::size_t i = 0; i < kMaxClauseTokens; ++i) {
      if (token_.kind == TokenKind::kEnd || token_.is_sign(';') || token_.is_sign('=') || token_.is_sign('(')) return;
      if (token_.is_sign('{')) {
        in_braces = at_name = true;
      } else if (token_.is_sign('}')) {
        in_braces = false;
      } else if (token_.is_sign(',')) {
        at_name = true;
      } else if (!in_braces && token_.is("from")) {
        advance();
        if (token_.is_string()) {
          if (kind == ImportKind::kImport && !outside && names > 0 && names == types) kind = ImportKind::kType;
          add(token_, line, kind);
          return advance();
        }
        continue;
      } else if (in_braces && at_name) {
        at_name = false;
        ++names;
        if (token_.is("type")) ++types;
      } else if (!in_braces && (token_.is_word() || token_.is_sign('*'))) {
        outside = true;
        if (token_.first && i > 0 && (token_.text == "import" || token_.text == "export" || token_.text == "const"))
          return;  // no from came: another statement begins
      }
      advance();
    }
  }

  Lexer lexer_;
  FileFacts& facts_;
  std::uint32_t line_offset_;
  Token token_{};
  bool member_ = false;
  bool spread_ = false;
  bool starts_ = true;
  std::size_t dots_ = 0;
};

// /// <reference path="x" /> in the head of a file.
void read_references(std::string_view text, FileFacts& facts) {
  std::uint32_t line = 1;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view row = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    row.remove_prefix(std::min(row.find_first_not_of(" \t\xef\xbb\xbf\r"), row.size()));
    if (!row.empty() && !row.starts_with("//")) return;
    if (row.starts_with("///") && row.find("<reference") != std::string_view::npos) {
      const std::size_t path = row.find("path=");
      const char quote = path != std::string_view::npos && path + 5 < row.size() ? row[path + 5] : '\0';
      const std::size_t close = quote == '"' || quote == '\'' ? row.find(quote, path + 6) : std::string_view::npos;
      if (close != std::string_view::npos) {
        std::string target(row.substr(path + 6, close - path - 6));
        if (!target.starts_with('.')) target.insert(0, "./");
        add_import(facts, {.specifier = std::move(target), .line = line, .kind = ImportKind::kReference});
      }
    }
    ++line;
  }
}

}  // namespace

void read_script(std::string_view text, FileFacts& facts, std::uint32_t first_line) {
  if (first_line == 1) read_references(text, facts);
  ScriptReader(text, facts, first_line).run();
}

void read_component(std::string_view text, FileFacts& facts) {
  if (text.starts_with("---")) {  // Astro
    const std::size_t end = text.find("\n---", 3);
    if (end != std::string_view::npos) ScriptReader(text.substr(3, end - 3), facts, 1).run();
  }
  std::uint32_t line = 1;
  std::size_t seen = 0;
  for (std::size_t at = text.find("<script"); at != std::string_view::npos; at = text.find("<script", at)) {
    const std::size_t open = text.find('>', at);
    if (open == std::string_view::npos) return;
    const std::size_t close = std::min(text.find("</script", open), text.size());
    line += static_cast<std::uint32_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(seen),
                                                  text.begin() + static_cast<std::ptrdiff_t>(open), '\n'));
    seen = open;
    ScriptReader(text.substr(open + 1, close - open - 1), facts, line).run();
    at = close;
  }
}

}  // namespace commandcenter::architecture
