#include "code/imports/imports.h"

#include <algorithm>
#include <array>

#include "code/imports/readers.h"

namespace commandcenter::architecture {
namespace {

struct Extension {
  std::string_view ending;
  Tongue tongue;
  std::string_view name;
};

constexpr auto kExtensions = std::to_array<Extension>({
    {"js", Tongue::kScript, "JavaScript"},
    {"jsx", Tongue::kScript, "JavaScript"},
    {"mjs", Tongue::kScript, "JavaScript"},
    {"cjs", Tongue::kScript, "JavaScript"},
    {"ts", Tongue::kScript, "TypeScript"},
    {"tsx", Tongue::kScript, "TypeScript"},
    {"mts", Tongue::kScript, "TypeScript"},
    {"cts", Tongue::kScript, "TypeScript"},
    {"vue", Tongue::kComponent, "Vue"},
    {"svelte", Tongue::kComponent, "Svelte"},
    {"astro", Tongue::kComponent, "Astro"},
    {"py", Tongue::kPython, "Python"},
    {"pyi", Tongue::kPython, "Python"},
    {"pyw", Tongue::kPython, "Python"},
    {"go", Tongue::kGo, "Go"},
    {"java", Tongue::kJava, "Java"},
    {"kt", Tongue::kKotlin, "Kotlin"},
    {"kts", Tongue::kKotlin, "Kotlin"},
    {"scala", Tongue::kScala, "Scala"},
    {"groovy", Tongue::kGroovy, "Groovy"},
    {"rs", Tongue::kRust, "Rust"},
    {"c", Tongue::kC, "C"},
    {"h", Tongue::kC, "C"},
    {"cc", Tongue::kC, "C++"},
    {"cpp", Tongue::kC, "C++"},
    {"cxx", Tongue::kC, "C++"},
    {"c++", Tongue::kC, "C++"},
    {"hh", Tongue::kC, "C++"},
    {"hpp", Tongue::kC, "C++"},
    {"hxx", Tongue::kC, "C++"},
    {"h++", Tongue::kC, "C++"},
    {"inl", Tongue::kC, "C++"},
    {"ipp", Tongue::kC, "C++"},
    {"tpp", Tongue::kC, "C++"},
    {"ixx", Tongue::kC, "C++"},
    {"cppm", Tongue::kC, "C++"},
    {"m", Tongue::kC, "Objective-C"},
    {"mm", Tongue::kC, "Objective-C"},
    {"cu", Tongue::kC, "CUDA"},
    {"cuh", Tongue::kC, "CUDA"},
    {"ino", Tongue::kC, "C++"},
    {"cs", Tongue::kCSharp, "C#"},
    {"php", Tongue::kPhp, "PHP"},
    {"phtml", Tongue::kPhp, "PHP"},
    {"rb", Tongue::kRuby, "Ruby"},
    {"rake", Tongue::kRuby, "Ruby"},
    {"gemspec", Tongue::kRuby, "Ruby"},
    {"ru", Tongue::kRuby, "Ruby"},
    {"dart", Tongue::kDart, "Dart"},
    {"proto", Tongue::kProto, "Protocol Buffers"},
    {"lua", Tongue::kLua, "Lua"},
});

const Extension* extension_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot + 1 >= name.size()) return nullptr;
  std::string ending(name.substr(dot + 1));
  for (char& c : ending)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto found = std::ranges::find(kExtensions, ending, &Extension::ending);
  return found == kExtensions.end() ? nullptr : &*found;
}

}  // namespace

Tongue tongue_of(std::string_view path) {
  const Extension* extension = extension_of(path);
  if (extension != nullptr) return extension->tongue;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name == "Rakefile" || name == "Gemfile" ? Tongue::kRuby : Tongue::kNone;
}

std::string_view tongue_name(std::string_view path) {
  const Extension* extension = extension_of(path);
  return extension != nullptr ? extension->name : tongue_of(path) == Tongue::kRuby ? "Ruby" : "";
}

std::string_view import_word(ImportKind kind) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"import", "type", "dynamic", "export", "require", "include", "module", "reference"});
  return kWords.at(static_cast<std::size_t>(kind));
}

std::string dotted(Lexer& lexer, Token& token, char joint) {
  std::string name;
  while (token.is_word()) {
    name += token.text;
    token = lexer.next();
    if (!token.is_sign(joint)) break;
    token = lexer.next();
    if (token.is_word()) name += joint;
  }
  return name;
}

void note_use(FileFacts& facts, const Token& token) {
  if (token.kind != TokenKind::kWord || token.text.empty() || token.text[0] < 'A' || token.text[0] > 'Z') return;
  note_name(facts, token.text);
}

void note_name(FileFacts& facts, std::string_view name) {
  if (facts.uses.size() < kMaxNames && (facts.uses.empty() || facts.uses.back() != name)) facts.uses.emplace_back(name);
  if (facts.uses.size() < kMaxNames) return;
  finish_uses(facts);
}

void finish_uses(FileFacts& facts) {
  std::ranges::sort(facts.uses);
  facts.uses.erase(std::unique(facts.uses.begin(), facts.uses.end()), facts.uses.end());
}

FileFacts read_imports(std::string_view path, std::string_view text) {
  FileFacts facts;
  facts.tongue = tongue_of(path);
  facts.lines =
      static_cast<std::uint32_t>(std::ranges::count(text, '\n')) + (text.empty() || text.ends_with('\n') ? 0U : 1U);
  switch (facts.tongue) {
    case Tongue::kNone:
      break;
    case Tongue::kScript:
      read_script(text, facts);
      break;
    case Tongue::kComponent:
      read_component(text, facts);
      break;
    case Tongue::kPython:
      read_python(text, facts);
      break;
    case Tongue::kGo:
      read_go(text, facts);
      break;
    case Tongue::kJava:
    case Tongue::kKotlin:
    case Tongue::kScala:
    case Tongue::kGroovy:
      read_jvm(text, facts);
      break;
    case Tongue::kRust:
      read_rust(text, facts);
      break;
    case Tongue::kC:
      read_c(text, facts);
      break;
    case Tongue::kCSharp:
      read_csharp(text, facts);
      break;
    case Tongue::kPhp:
      read_php(text, facts);
      break;
    case Tongue::kRuby:
      read_ruby(text, facts);
      break;
    case Tongue::kDart:
      read_dart(text, facts);
      break;
    case Tongue::kProto:
      read_proto(text, facts);
      break;
    case Tongue::kLua:
      read_lua(text, facts);
      break;
  }
  return facts;
}

}  // namespace commandcenter::architecture
