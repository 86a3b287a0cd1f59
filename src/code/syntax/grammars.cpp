// Which parser a file needs.
#include "code/syntax/grammars.h"

#include <algorithm>
#include <array>
#include <utility>

extern "C" {
const TSLanguage* tree_sitter_bash();
const TSLanguage* tree_sitter_c();
const TSLanguage* tree_sitter_c_sharp();
const TSLanguage* tree_sitter_cpp();
const TSLanguage* tree_sitter_go();
const TSLanguage* tree_sitter_html();
const TSLanguage* tree_sitter_java();
const TSLanguage* tree_sitter_javascript();
const TSLanguage* tree_sitter_json();
const TSLanguage* tree_sitter_php();
const TSLanguage* tree_sitter_python();
const TSLanguage* tree_sitter_ruby();
const TSLanguage* tree_sitter_rust();
const TSLanguage* tree_sitter_tsx();
const TSLanguage* tree_sitter_typescript();
const TSLanguage* tree_sitter_yaml();
}

namespace commandcenter::code {
namespace {

constexpr std::array<const TSLanguage* (*)(), kGrammars> kParsers{
    tree_sitter_bash, tree_sitter_c,    tree_sitter_c_sharp,    tree_sitter_cpp,
    tree_sitter_go,   tree_sitter_html, tree_sitter_java,       tree_sitter_javascript,
    tree_sitter_json, tree_sitter_php,  tree_sitter_python,     tree_sitter_ruby,
    tree_sitter_rust, tree_sitter_tsx,  tree_sitter_typescript, tree_sitter_yaml};

constexpr auto kExtensions = std::to_array<std::pair<std::string_view, Grammar>>({
    {"sh", Grammar::kBash},
    {"bash", Grammar::kBash},
    {"zsh", Grammar::kBash},
    {"ksh", Grammar::kBash},
    {"c", Grammar::kC},
    {"h", Grammar::kCpp},
    {"cs", Grammar::kCSharp},
    {"cc", Grammar::kCpp},
    {"cpp", Grammar::kCpp},
    {"cxx", Grammar::kCpp},
    {"hpp", Grammar::kCpp},
    {"hh", Grammar::kCpp},
    {"hxx", Grammar::kCpp},
    {"ipp", Grammar::kCpp},
    {"go", Grammar::kGo},
    {"html", Grammar::kHtml},
    {"htm", Grammar::kHtml},
    {"xhtml", Grammar::kHtml},
    {"vue", Grammar::kHtml},
    {"svelte", Grammar::kHtml},
    {"java", Grammar::kJava},
    {"js", Grammar::kJavaScript},
    {"jsx", Grammar::kJavaScript},
    {"mjs", Grammar::kJavaScript},
    {"cjs", Grammar::kJavaScript},
    {"json", Grammar::kJson},
    {"jsonc", Grammar::kJson},
    {"php", Grammar::kPhp},
    {"phtml", Grammar::kPhp},
    {"php5", Grammar::kPhp},
    {"php7", Grammar::kPhp},
    {"inc", Grammar::kPhp},
    {"py", Grammar::kPython},
    {"pyw", Grammar::kPython},
    {"pyi", Grammar::kPython},
    {"rb", Grammar::kRuby},
    {"rake", Grammar::kRuby},
    {"gemspec", Grammar::kRuby},
    {"ru", Grammar::kRuby},
    {"rs", Grammar::kRust},
    {"tsx", Grammar::kTsx},
    {"ts", Grammar::kTypeScript},
    {"mts", Grammar::kTypeScript},
    {"cts", Grammar::kTypeScript},
    {"yaml", Grammar::kYaml},
    {"yml", Grammar::kYaml},
});

}  // namespace

const TSLanguage* language(Grammar grammar) {
  return kParsers[static_cast<std::size_t>(grammar)]();
}

std::optional<Grammar> grammar_of(const Source& source) {
  const std::string_view path = source.path();
  const std::string_view name = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos && dot > 0) {
    const std::string extension = lower(name.substr(dot + 1));
    const auto* found =
        std::ranges::find(kExtensions, std::string_view(extension), &std::pair<std::string_view, Grammar>::first);
    if (found != kExtensions.end()) return found->second;
  }
  switch (source.language()) {
    case Language::kShell:
      return Grammar::kBash;
    case Language::kPython:
      return Grammar::kPython;
    case Language::kRuby:
      return Grammar::kRuby;
    case Language::kPhp:
      return Grammar::kPhp;
    case Language::kScript:
      return Grammar::kJavaScript;
    default:
      return std::nullopt;
  }
}

}  // namespace commandcenter::code
