// File names to languages.
#include <algorithm>
#include <array>
#include <utility>

#include "code/source/source.h"

namespace commandcenter::code {
namespace {

using enum Language;

constexpr auto kExtensions = std::to_array<std::pair<std::string_view, Language>>({
    {"js", kScript},
    {"jsx", kScript},
    {"ts", kScript},
    {"tsx", kScript},
    {"mjs", kScript},
    {"cjs", kScript},
    {"mts", kScript},
    {"cts", kScript},
    {"coffee", kScript},
    {"html", kMarkup},
    {"htm", kMarkup},
    {"vue", kMarkup},
    {"svelte", kMarkup},
    {"ejs", kMarkup},
    {"hbs", kMarkup},
    {"jsp", kMarkup},
    {"erb", kMarkup},
    {"twig", kMarkup},
    {"cshtml", kMarkup},
    {"haml", kMarkup},
    {"slim", kMarkup},
    {"py", kPython},
    {"pyi", kPython},
    {"pyw", kPython},
    {"ipynb", kJson},
    {"php", kPhp},
    {"phtml", kPhp},
    {"php5", kPhp},
    {"inc", kPhp},
    {"rb", kRuby},
    {"rake", kRuby},
    {"gemspec", kRuby},
    {"ru", kRuby},
    {"pl", kPerl},
    {"pm", kPerl},
    {"java", kJava},
    {"go", kGo},
    {"c", kCLike},
    {"h", kCLike},
    {"cc", kCLike},
    {"cpp", kCLike},
    {"cxx", kCLike},
    {"hpp", kCLike},
    {"hh", kCLike},
    {"ino", kCLike},
    {"rs", kCLike},
    {"m", kCLike},
    {"mm", kCLike},
    {"lua", kCLike},
    {"hxx", kCLike},
    {"cu", kCLike},
    {"pas", kCLike},
    {"dpr", kCLike},
    {"lpr", kCLike},
    {"adb", kCLike},
    {"ads", kCLike},
    {"asm", kCLike},
    {"f90", kCLike},
    {"hs", kCLike},
    {"ml", kCLike},
    {"mli", kCLike},
    {"elm", kCLike},
    {"nim", kCLike},
    {"zig", kCLike},
    {"sol", kCLike},
    {"vala", kCLike},
    {"vim", kCLike},
    {"cljs", kCLike},
    {"el", kCLike},
    {"sv", kCLike},
    {"vhd", kCLike},
    {"ex", kRuby},
    {"exs", kRuby},
    {"erl", kCLike},
    {"r", kCLike},
    {"jl", kCLike},
    {"clj", kCLike},
    {"kt", kDollar},
    {"kts", kDollar},
    {"groovy", kDollar},
    {"gradle", kDollar},
    {"scala", kDollar},
    {"dart", kDollar},
    {"pp", kDollar},  // Puppet, and Pascal
    {"cs", kCSharp},
    {"vb", kCSharp},
    {"fs", kCSharp},
    {"swift", kSwift},
    {"sh", kShell},
    {"bash", kShell},
    {"zsh", kShell},
    {"ksh", kShell},
    {"fish", kShell},
    {"ps1", kShell},
    {"psm1", kShell},
    {"bat", kShell},
    {"cmd", kShell},
    {"bats", kShell},
    {"dockerfile", kDockerfile},
    {"yaml", kYaml},
    {"yml", kYaml},
    {"env", kProperties},
    {"properties", kProperties},
    {"ini", kProperties},
    {"cfg", kProperties},
    {"conf", kProperties},
    {"cnf", kProperties},
    {"toml", kProperties},
    {"envrc", kProperties},
    {"editorconfig", kProperties},
    {"netrc", kText},
    {"xml", kXml},
    {"pom", kXml},
    {"config", kXml},
    {"csproj", kXml},
    {"plist", kXml},
    {"props", kXml},
    {"xaml", kXml},
    {"xsd", kXml},
    {"wsdl", kXml},
    {"svg", kXml},
    {"json", kJson},
    {"json5", kJson},
    {"jsonc", kJson},
    {"jsonl", kJson},
    {"ndjson", kJson},
    {"har", kJson},
    {"webmanifest", kJson},
    {"tfstate", kJson},
    {"md", kMarkdown},
    {"mdx", kMarkdown},
    {"markdown", kMarkdown},
    {"rst", kMarkdown},
    {"adoc", kMarkdown},
    {"sql", kSql},
    {"psql", kSql},
    {"ddl", kSql},
    {"tf", kTerraform},
    {"tfvars", kTerraform},
    {"hcl", kTerraform},
    {"nomad", kTerraform},
});

Language of_first_line(std::string_view text) {
  const std::string_view first = text.substr(0, std::min<std::size_t>(text.find('\n'), 200));
  if (!first.starts_with("#!")) return kText;
  const auto says = [&](std::string_view word) { return first.find(word) != std::string_view::npos; };
  if (says("python")) return kPython;
  if (says("node")) return kScript;
  if (says("ruby")) return kRuby;
  if (says("perl")) return kPerl;
  if (says("php")) return kPhp;
  return says("sh") ? kShell : kText;
}

}  // namespace

bool is_code(Language language) {
  switch (language) {
    case kText:
    case kMarkdown:
    case kJson:
    case kYaml:
    case kProperties:
    case kShell:
    case kDockerfile:
    case kXml:
    case kSql:
      return false;
    case kTerraform:
    case kScript:
    case kMarkup:
    case kPython:
    case kPhp:
    case kRuby:
    case kPerl:
    case kJava:
    case kGo:
    case kCLike:
    case kDollar:
    case kCSharp:
    case kSwift:
      return true;
  }
  return false;
}

Language language_of(std::string_view path, std::string_view text) {
  const std::string name = lower(path.substr(path.rfind('/') + 1));
  // ".env.production", "Dockerfile.dev": what counts comes first
  if (name == ".env" || name.starts_with(".env.") || name.starts_with("env.")) return kProperties;
  if (name.starts_with("dockerfile") || name.ends_with(".dockerfile")) return kDockerfile;
  for (const std::string_view known : {".npmrc", ".pypirc", "credentials", ".s3cfg", ".boto", ".gitconfig"}) {
    if (name == known) return kProperties;
  }
  for (const std::string_view known : {"makefile", ".bashrc", ".profile", ".zshrc", ".bash_profile", "procfile"}) {
    if (name == known) return kShell;
  }
  for (const std::string_view known : {"gemfile", "rakefile", "vagrantfile", "podfile", "fastfile", "dangerfile"}) {
    if (name == known) return kRuby;
  }
  const std::size_t dot = name.rfind('.');
  const std::string_view extension =
      dot == std::string::npos ? std::string_view() : std::string_view(name).substr(dot + 1);
  if (!extension.empty()) {
    for (const auto& [known, language] : kExtensions) {
      if (extension == known) return language;
    }
    // "config.php.example", "settings.yml.dist": what is before it says more
    for (const std::string_view suffix :
         {"example", "sample", "dist", "template", "tmpl", "tpl", "bak", "old", "orig", "j2", "default", "in"}) {
      if (extension == suffix && dot > 0) return language_of(std::string_view(name).substr(0, dot), text);
    }
  }
  return of_first_line(text);
}

}  // namespace commandcenter::code
