// Languages by file name, lines, UTF-8.
#include "agent/builtin/security_scanner/source.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

namespace commandcenter::security_scanner {
namespace {

constexpr std::size_t kMinifiedLine_bytes = 1'000;  // average length of a line from which on nobody wrote it by hand

constexpr auto kExtensions = std::to_array<std::pair<std::string_view, Language>>({
    {"js", Language::kScript},      {"jsx", Language::kScript},       {"ts", Language::kScript},
    {"tsx", Language::kScript},     {"mjs", Language::kScript},       {"cjs", Language::kScript},
    {"mts", Language::kScript},     {"cts", Language::kScript},       {"html", Language::kMarkup},
    {"htm", Language::kMarkup},     {"vue", Language::kMarkup},       {"svelte", Language::kMarkup},
    {"ejs", Language::kMarkup},     {"hbs", Language::kMarkup},       {"jsp", Language::kMarkup},
    {"erb", Language::kMarkup},     {"py", Language::kPython},        {"pyi", Language::kPython},
    {"pyw", Language::kPython},     {"php", Language::kPhp},          {"phtml", Language::kPhp},
    {"php5", Language::kPhp},       {"inc", Language::kPhp},          {"rb", Language::kRuby},
    {"rake", Language::kRuby},      {"pl", Language::kPerl},          {"pm", Language::kPerl},
    {"java", Language::kCLike},     {"go", Language::kCLike},         {"c", Language::kCLike},
    {"h", Language::kCLike},        {"cc", Language::kCLike},         {"cpp", Language::kCLike},
    {"cxx", Language::kCLike},      {"hpp", Language::kCLike},        {"hh", Language::kCLike},
    {"rs", Language::kCLike},       {"m", Language::kCLike},          {"kt", Language::kDollar},
    {"kts", Language::kDollar},     {"groovy", Language::kDollar},    {"gradle", Language::kDollar},
    {"scala", Language::kDollar},   {"dart", Language::kDollar},      {"cs", Language::kCSharp},
    {"vb", Language::kCSharp},      {"swift", Language::kSwift},      {"sh", Language::kShell},
    {"bash", Language::kShell},     {"zsh", Language::kShell},        {"ksh", Language::kShell},
    {"fish", Language::kShell},     {"ps1", Language::kShell},        {"bat", Language::kShell},
    {"cmd", Language::kShell},      {"dockerfile", Language::kShell}, {"yaml", Language::kYaml},
    {"yml", Language::kYaml},       {"env", Language::kProperties},   {"properties", Language::kProperties},
    {"ini", Language::kProperties}, {"cfg", Language::kProperties},   {"conf", Language::kProperties},
    {"cnf", Language::kProperties}, {"toml", Language::kProperties},  {"envrc", Language::kProperties},
    {"xml", Language::kXml},        {"config", Language::kXml},       {"csproj", Language::kXml},
    {"plist", Language::kXml},      {"props", Language::kXml},
});

constexpr std::array<std::string_view, 5> kLockFiles{"package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml",
                                                     "go.sum", "bun.lockb"};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return result;
}

std::string file_name(std::string_view path) {
  return lower(path.substr(path.rfind('/') + 1));
}

Language language_of(std::string_view path, std::string_view text) {
  const std::string name = file_name(path);
  // ".env.production", ".npmrc", "Dockerfile.dev"
  if (name == ".env" || name.starts_with(".env.") || name == ".npmrc" || name == ".pypirc" || name == "credentials")
    return Language::kProperties;
  if (name.starts_with("dockerfile") || name == "makefile" || name == ".bashrc" || name == ".profile" ||
      name == ".zshrc")
    return Language::kShell;
  const std::string extension = name.substr(std::min(name.rfind('.'), name.size() - 1) + 1);
  for (const auto& [known, language] : kExtensions) {
    if (extension == known) return language;
  }
  const std::string_view first = text.substr(0, text.find('\n'));
  if (!first.starts_with("#!")) return Language::kText;
  if (first.find("python") != std::string_view::npos) return Language::kPython;
  if (first.find("node") != std::string_view::npos) return Language::kScript;
  if (first.find("ruby") != std::string_view::npos) return Language::kRuby;
  if (first.find("perl") != std::string_view::npos) return Language::kPerl;
  if (first.find("php") != std::string_view::npos) return Language::kPhp;
  return first.find("sh") != std::string_view::npos ? Language::kShell : Language::kText;
}

bool is_generated(std::string_view path, std::size_t size_bytes, std::size_t lines) {
  const std::string name = file_name(path);
  if (name.ends_with(".lock") || std::ranges::find(kLockFiles, name) != kLockFiles.end()) return true;
  if (name.find(".min.") != std::string::npos || name.ends_with(".map")) return true;
  const bool script =
      name.ends_with(".js") || name.ends_with(".mjs") || name.ends_with(".cjs") || name.ends_with(".css");
  return script && size_bytes / lines > kMinifiedLine_bytes;
}

std::vector<std::size_t> find_lines(std::string_view text) {
  std::vector<std::size_t> begins{0};
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    begins.push_back(at + 1);
  return begins;
}

}  // namespace

bool is_code(Language language) {
  switch (language) {
    case Language::kText:
    case Language::kYaml:
    case Language::kProperties:
    case Language::kShell:
    case Language::kXml:
      return false;
    case Language::kScript:
    case Language::kMarkup:
    case Language::kPython:
    case Language::kPhp:
    case Language::kRuby:
    case Language::kPerl:
    case Language::kCLike:
    case Language::kDollar:
    case Language::kCSharp:
    case Language::kSwift:
      return true;
  }
  return false;
}

Source::Source(std::string path_, std::string text_)
    : path(std::move(path_)),
      text(std::move(text_)),
      language(language_of(path, text)),
      generated(is_generated(path, text.size(), static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1)),
      line_begins_(find_lines(text)) {}

std::size_t Source::line_of(std::size_t offset) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(line_begins_, offset) - line_begins_.begin());
}

std::size_t Source::line_begin(std::size_t line) const {
  return line_begins_[line - 1];
}

std::string_view Source::line_text(std::size_t line) const {
  const std::size_t begin = line_begins_[line - 1];
  const std::size_t end = line < line_begins_.size() ? line_begins_[line] - 1 : text.size();
  std::string_view found = std::string_view(text).substr(begin, end - begin);
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

std::size_t Source::column_of(std::size_t offset) const {
  std::size_t column = 1;
  for (std::size_t at = line_begin(line_of(offset)); at < offset; ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80) ++column;
  }
  return column;
}

bool is_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t block = 0;
    if (at + sizeof block <= text.size()) {
      std::memcpy(&block, text.data() + at, sizeof block);
      if ((block & 0x8080808080808080ULL) == 0) {
        at += sizeof block;
        continue;
      }
    }
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xc2 && lead < 0xe0 ? 2
                               : lead >= 0xe0 && lead < 0xf0 ? 3
                               : lead >= 0xf0 && lead < 0xf5 ? 4
                                                             : 0;
    if (length == 0 || at + length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if ((static_cast<unsigned char>(text[at + i]) & 0xc0) != 0x80) return false;
    }
    const auto second = length > 1 ? static_cast<unsigned char>(text[at + 1]) : 0;
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second > 0x8f))
      return false;
    at += length;
  }
  return true;
}

std::string_view cut_utf8(std::string_view text, std::size_t size_bytes) {
  if (text.size() <= size_bytes) return text;
  while (size_bytes > 0 && (static_cast<unsigned char>(text[size_bytes]) & 0xc0) == 0x80)
    --size_bytes;
  return text.substr(0, size_bytes);
}

}  // namespace commandcenter::security_scanner
