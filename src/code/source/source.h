// A file as rules see it: its text as UTF-8, its language, its lines, and what its name and looks say about it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::code {

enum class Language {
  kText,  // prose and everything unknown
  kMarkdown,
  kJson,
  kYaml,
  kProperties,  // .env, .properties, .ini, .toml, .cfg: values without quotes up to the end of the line
  kShell,       // values without quotes up to a space
  kDockerfile,
  kXml,
  kSql,
  kTerraform,
  kScript,  // JavaScript, TypeScript
  kMarkup,  // HTML, Vue, Svelte: script inside markup
  kPython,
  kPhp,
  kRuby,
  kPerl,
  kJava,
  kGo,
  kCLike,   // C, C++, Rust …: nothing is interpolated
  kDollar,  // Kotlin, Groovy, Scala, Dart: "$name" is
  kCSharp,
  kSwift,
};

// True where a value must be in quotes to be a text.
bool is_code(Language language);

// By file name, and by the first line for scripts without an extension.
Language language_of(std::string_view path, std::string_view text);

struct Traits {
  bool lock = false;       // written by a package manager
  bool minified = false;   // nobody wrote its lines
  bool generated = false;  // says so itself
  bool vendored = false;   // lies in a folder of other people's code
  bool library = false;    // a script that is a well-known one, such as jQuery
  bool test = false;
  bool example = false;
  bool documentation = false;
  bool translation = false;  // texts for people
};
Traits traits_of(std::string_view path, std::string_view text);

// True for what only a runner of tests runs, told from the names of the file and its folders alone. Narrower than
// Traits::test: names that many programs use for other things, such as "fixtures" or "mock", do not count.
bool is_test_code(std::string_view path);

// Text of a file, decoded; lines are found at the first question, columns counted on from the one asked for before. For
// one thread.
class Source {
 public:
  Source(std::string_view path, std::string_view text);

  std::string_view path() const { return path_; }
  std::string_view text() const { return text_; }
  Language language() const { return language_; }
  const Traits& traits() const { return traits_; }

  std::size_t line_of(std::size_t offset) const;  // 1-based
  std::size_t line_begin(std::size_t line) const;
  std::string_view line_text(std::size_t line) const;  // without its end; empty beyond the last line
  std::size_t column_of(std::size_t offset) const;     // 1-based, in characters
  std::size_t line_count() const;

 private:
  const std::vector<std::size_t>& lines() const;

  std::string_view path_;
  std::string_view text_;
  Language language_;
  Traits traits_;
  mutable std::vector<std::size_t> line_begins_;
  mutable std::size_t counted_to_ = 0;  // offset of the column that was asked for last
  mutable std::size_t counted_column_ = 1;
};

// What kind of bytes a file holds.
enum class Encoding { kText, kUtf16Le, kUtf16Be, kBinary };  // kText: UTF-8, or one byte a character
Encoding encoding_of(std::string_view bytes);

// UTF-16 as UTF-8; a lone surrogate becomes U+FFFD. Lines keep their numbers.
std::string utf16_to_utf8(std::string_view bytes, bool big_endian);

// True for UTF-8 without surrogates and overlong forms.
bool is_utf8(std::string_view text);

// The text with each byte that is not UTF-8 taken for Latin-1.
std::string to_utf8(std::string_view text);

// The longest beginning of at most `size_bytes` bytes that ends between characters.
std::string_view cut_utf8(std::string_view text, std::size_t size_bytes);

std::string lower(std::string_view text);  // ASCII letters only

}  // namespace commandcenter::code
