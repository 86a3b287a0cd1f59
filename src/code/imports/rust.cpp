// Rust: mod, use and extern crate, with the inline modules they stand in; include!.
#include <algorithm>

#include "code/imports/readers.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxUseTokens = 20'000;

class RustReader {
 public:
  RustReader(std::string_view text, FileFacts& facts) : lexer_(text, Tongue::kRust), facts_(facts) {}

  void run() {
    advance();
    while (token_.kind != TokenKind::kEnd) {
      if (token_.is("use")) {
        use_statement();
      } else if (token_.is("mod")) {
        module();
      } else if (token_.is("extern")) {
        extern_crate();
      } else if (token_.is_sign('#')) {
        attribute();
      } else if (token_.is("include")) {
        include();
      } else if (token_.is("fn")) {
        advance();
        if (token_.is("main") && depth_ == 0 && facts_.main_line == 0) facts_.main_line = token_.line;
      } else {
        if (token_.is_sign(';') || token_.is_sign('{')) path_.clear();
        advance();
      }
    }
  }

 private:
  void advance() {
    token_ = lexer_.next();
    if (token_.is_sign('{')) ++depth_;
    if (!token_.is_sign('}') || depth_ == 0) return;
    --depth_;
    if (!scopes_.empty() && scopes_.back().depth == depth_) scopes_.pop_back();
  }

  std::string scope() const {
    std::string name;
    for (const Scope& scope : scopes_)
      name += (name.empty() ? "" : "::") + scope.name;
    return name;
  }

  void attribute() {
    advance();
    if (token_.is_sign('!')) advance();
    if (!token_.is_sign('[')) return;
    advance();
    if (!token_.is("path")) return;
    advance();
    if (!token_.is_sign('=')) return;
    advance();
    if (token_.is_string()) path_ = std::string(token_.text);
  }

  void module() {
    const std::uint32_t line = token_.line;
    advance();
    if (!token_.is_word()) return;
    const std::string name(token_.text);
    advance();
    if (token_.is_sign(';')) {
      Import import{.specifier = name, .scope = scope(), .line = line, .kind = ImportKind::kModule};
      if (!path_.empty()) import.names.push_back(path_);
      add_import(facts_, std::move(import));
    } else if (token_.is_sign('{') && scopes_.size() < kMaxNesting) {
      scopes_.push_back({name, depth_ - 1});
      add_declared(facts_, scope());
    }
    path_.clear();
  }

  void extern_crate() {
    const std::uint32_t line = token_.line;
    advance();
    if (!token_.is("crate")) return;
    advance();
    if (token_.is_word() && !token_.is("self"))
      add_import(facts_, {.specifier = "::" + std::string(token_.text), .scope = scope(), .line = line});
  }

  void include() {
    const std::uint32_t line = token_.line;
    advance();
    if (!token_.is_sign('!')) return;
    advance();
    if (!token_.is_sign('(')) return;
    advance();
    if (token_.is_string())
      add_import(facts_, {.specifier = std::string(token_.text), .line = line, .kind = ImportKind::kInclude});
  }

  // a::{b, c::{self, d as e}, *}; each leaf becomes an import.
  void use_statement() {
    const std::uint32_t line = token_.line;
    const std::string where = scope();
    advance();
    std::vector<std::string> prefixes{""};
    std::string path;
    bool renamed = false;
    const auto leaf = [&](bool wildcard) {
      if (!path.empty()) add_import(facts_, {.specifier = path, .scope = where, .line = line, .wildcard = wildcard});
      path.clear();
    };
    bool wildcard = false;
    for (std::size_t i = 0; i < kMaxUseTokens && token_.kind != TokenKind::kEnd && !token_.is_sign(';'); ++i) {
      if (token_.is_sign('{')) {
        if (prefixes.size() >= kMaxNesting) return;
        prefixes.push_back(path);
        path = prefixes.back();
      } else if (token_.is_sign(',') || token_.is_sign('}')) {
        if (path != prefixes.back()) leaf(wildcard);
        wildcard = renamed = false;
        if (token_.is_sign('}')) {
          if (prefixes.size() > 1) prefixes.pop_back();
        }
        path = prefixes.back();
      } else if (token_.is_sign('*')) {
        wildcard = true;
        path += "*";
      } else if (token_.is_sign(':')) {
        if (!path.ends_with("::")) path += ':';
      } else if (token_.is("as")) {
        renamed = true;
      } else if (token_.is_word() && !renamed) {
        path += token_.text;
      }
      advance();
    }
    if (path != prefixes.back() || (prefixes.size() == 1 && !path.empty())) leaf(wildcard);
  }

  struct Scope {
    std::string name;
    std::size_t depth;
  };

  Lexer lexer_;
  FileFacts& facts_;
  Token token_{};
  std::vector<Scope> scopes_{};
  std::string path_{};  // of the attribute before a mod
  std::size_t depth_ = 0;
};

}  // namespace

void read_rust(std::string_view text, FileFacts& facts) {
  RustReader(text, facts).run();
}

}  // namespace commandcenter::architecture
