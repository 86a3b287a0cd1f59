#include "code/metrics/metrics.h"

#include <algorithm>
#include <array>
#include <utility>

#include "code/metrics/counter.h"

namespace commandcenter::code {
namespace {

using metrics::Dialect;

constexpr std::size_t kMaxFirstLine_bytes = 200;

constexpr auto kExtensions = std::to_array<std::pair<std::string_view, Dialect>>({
    {"c", Dialect::kC},
    {"h", Dialect::kC},
    {"cc", Dialect::kC},
    {"cpp", Dialect::kC},
    {"cxx", Dialect::kC},
    {"hpp", Dialect::kC},
    {"hh", Dialect::kC},
    {"hxx", Dialect::kC},
    {"cs", Dialect::kCSharp},
    {"java", Dialect::kJava},
    {"js", Dialect::kScript},
    {"cjs", Dialect::kScript},
    {"mjs", Dialect::kScript},
    {"ts", Dialect::kScript},
    {"cts", Dialect::kScript},
    {"mts", Dialect::kScript},
    {"jsx", Dialect::kMarkupScript},
    {"tsx", Dialect::kMarkupScript},
    {"py", Dialect::kPython},
    {"pyi", Dialect::kPython},
    {"pyw", Dialect::kPython},
    {"go", Dialect::kGo},
    {"rs", Dialect::kRust},
    {"php", Dialect::kPhp},
    {"phtml", Dialect::kPhp},
    {"rb", Dialect::kRuby},
    {"rake", Dialect::kRuby},
    {"gemspec", Dialect::kRuby},
    {"ru", Dialect::kRuby},
});

// "#!/usr/bin/env python3": who runs the file says what it is written in.
std::optional<Dialect> dialect_of_first_line(std::string_view text) {
  const std::string_view line = text.substr(0, std::min(text.find('\n'), kMaxFirstLine_bytes));
  if (!line.starts_with("#!")) return std::nullopt;
  constexpr auto kPrograms = std::to_array<std::pair<std::string_view, Dialect>>(
      {{"python", Dialect::kPython}, {"node", Dialect::kScript}, {"ruby", Dialect::kRuby}, {"php", Dialect::kPhp}});
  for (const auto& [program, dialect] : kPrograms)
    if (line.find(program) != std::string_view::npos) return dialect;
  return std::nullopt;
}

std::optional<Dialect> dialect_of(std::string_view path, std::string_view text) {
  const std::string_view name = path.substr(path.find_last_of('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) {
    constexpr auto kOfRuby = std::to_array<std::string_view>({"Gemfile", "Rakefile", "Vagrantfile", "Podfile"});
    if (std::ranges::find(kOfRuby, name) != kOfRuby.end()) return Dialect::kRuby;
    return dialect_of_first_line(text);
  }
  std::string extension(name.substr(dot + 1));
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  for (const auto& [known, dialect] : kExtensions)
    if (extension == known) return dialect;
  return std::nullopt;
}

// Line ends as line feeds, and no byte order mark.
std::string_view plain(std::string_view text, std::string& memory) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.find('\r') == std::string_view::npos) return text;
  memory.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r')
      memory += text[i];
    else if (i + 1 == text.size() || text[i + 1] != '\n')
      memory += '\n';
  }
  return memory;
}

}  // namespace

bool is_measured(std::string_view path, std::string_view text) {
  return dialect_of(path, text).has_value();
}

std::optional<FileMetrics> measure(std::string_view path, std::string_view text) {
  const auto dialect = dialect_of(path, text);
  if (!dialect || text.size() > kMaxMeasured_bytes) return std::nullopt;
  std::string memory;
  const auto tokens = metrics::tokens_of(plain(text, memory), *dialect);
  metrics::Ledger ledger;
  metrics::Counter counter(*dialect, ledger);
  metrics::SoftKeywords keywords(*tokens);
  FileMetrics file;
  file.complete = *dialect == Dialect::kPython ? counter.run(keywords) : counter.run(*tokens);
  for (const auto& entry : ledger.functions()) {
    file.functions.push_back({entry->name, entry->line, entry->end_line, entry->cyclomatic,
                              static_cast<int>(entry->lines_of_code), entry->parameter_count(), entry->tokens});
  }
  return file;
}

}  // namespace commandcenter::code
