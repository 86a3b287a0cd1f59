// What one source file says about others: its imports, and what others need to know to import it. Pure; no file is
// opened and nothing is resolved here. What stands in strings and comments does not count.
//
// Each language is read by a small scanner that knows its comments, strings and import statements and recovers at the
// end of the line from what it does not understand. Time is linear in the text; nothing recurses over it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::architecture {

inline constexpr std::size_t kMaxImports = 20'000;  // of one file; more are ignored
inline constexpr std::size_t kMaxNames = 5'000;     // declared or used in one file
inline constexpr std::size_t kMaxNesting = 64;      // of braces in a Rust use, of inline modules

enum class Tongue : std::uint8_t {
  kNone,
  kScript,     // JavaScript, TypeScript
  kComponent,  // Vue, Svelte, Astro: script inside markup
  kPython,
  kGo,
  kJava,
  kKotlin,
  kScala,
  kGroovy,
  kRust,
  kC,  // C, C++, Objective-C
  kCSharp,
  kPhp,
  kRuby,
  kDart,
  kProto,
  kLua,
};

Tongue tongue_of(std::string_view path);
std::string_view tongue_name(std::string_view path);  // "TypeScript", "C++" …; empty when it is none of ours

enum class ImportKind : std::uint8_t {
  kImport,
  kType,       // only types
  kDynamic,    // when the program runs
  kExport,     // passes on what it imports
  kRequire,    // require, load
  kInclude,    // #include, include!
  kModule,     // Rust: mod x;
  kReference,  // /// <reference path>
};
std::string_view import_word(ImportKind kind);

struct Import {
  std::string specifier{};           // as written; Rust: the whole path with "::"
  std::string scope{};               // Rust: the inline module it stands in, "a::b"; or the path attribute of a mod
  std::vector<std::string> names{};  // Python: what "from specifier import" takes; "*" for all
  std::uint32_t line = 0;
  ImportKind kind = ImportKind::kImport;
  bool wildcard = false;   // a.b.*
  bool is_static = false;  // Java static, C# static and aliases: ends in a type or a member
  bool system = false;     // <x>, not "x"
  bool relative = false;   // Ruby's require_relative; PHP's __DIR__
};

struct FileFacts {
  Tongue tongue = Tongue::kNone;
  std::string package{};                // Go, Java, Kotlin …: as declared
  std::vector<Import> imports{};        // in the order of the file
  std::vector<std::string> declares{};  // types and functions that can be imported by name; C#, PHP: with namespace
  std::vector<std::string> uses{};      // capitalised words, ordered, each once; only where a wildcard needs them
  std::uint32_t lines = 0;
  std::uint32_t main_line = 0;  // where the program starts, if one does here
  bool standalone = false;      // Go: //go:build ignore, no part of its package
};

FileFacts read_imports(std::string_view path, std::string_view text);

}  // namespace commandcenter::architecture
