// A file as the rules see it: its text, its language, its lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::security_scanner {

enum class Language {
  kText,        // no code: secrets only, values in quotes
  kYaml,        // values without quotes after "key: "
  kProperties,  // .env, .properties, .ini, .toml: values without quotes up to the end of the line
  kShell,       // values without quotes up to a space
  kXml,
  kScript,  // JavaScript, TypeScript
  kMarkup,  // HTML, Vue, Svelte: script inside markup
  kPython,
  kPhp,
  kRuby,
  kPerl,
  kCLike,   // Java, Go, C, C++, Rust …: nothing is interpolated
  kDollar,  // Kotlin, Groovy, Scala, Dart: "$name" is
  kCSharp,
  kSwift,
};

bool is_code(Language language);

class Source {
 public:
  Source(std::string path, std::string text);

  const std::string path;  // relative to the workspace, forward slashes
  const std::string text;
  const Language language;
  const bool generated;  // lock file or minified: only what cannot be mistaken is looked for

  std::size_t line_of(std::size_t offset) const;  // 1-based
  std::size_t line_begin(std::size_t line) const;
  std::string_view line_text(std::size_t line) const;  // without its end
  std::size_t column_of(std::size_t offset) const;     // 1-based, in characters

 private:
  std::vector<std::size_t> line_begins_;
};

// True for UTF-8 text without surrogates and overlong forms.
bool is_utf8(std::string_view text);

// The longest beginning of at most `size_bytes` bytes that ends between characters.
std::string_view cut_utf8(std::string_view text, std::size_t size_bytes);

}  // namespace commandcenter::security_scanner
