#include "code/graph/manifests.h"

#include <algorithm>
#include <array>
#include <utility>

namespace commandcenter::architecture {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// The end of the quoted text that begins at `at`, or of the text.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"')
      ++i;
    else if (text[i] == quote)
      return i;
  }
  return text.size();
}

// Without a comment; counts brackets outside of quotes.
std::string_view without_comment(std::string_view line, int& brackets) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' || line[i] == '\'') i = end_of_quoted(line, i);
    if (i >= line.size()) break;
    if (line[i] == '#') return line.substr(0, i);
    if (line[i] == '[' || line[i] == '{') ++brackets;
    if (line[i] == ']' || line[i] == '}') --brackets;
  }
  return line;
}

struct Kind {
  std::string_view manifest;  // name, or ".ending"
  std::string_view kind;
};
// The first that a folder has names it.
constexpr auto kKinds = std::to_array<Kind>({{"package.json", "npm"},
                                             {"Cargo.toml", "cargo"},
                                             {"go.mod", "go"},
                                             {"pyproject.toml", "python"},
                                             {"setup.py", "python"},
                                             {"setup.cfg", "python"},
                                             {"pom.xml", "maven"},
                                             {"build.gradle", "gradle"},
                                             {"build.gradle.kts", "gradle"},
                                             {"composer.json", "composer"},
                                             {".csproj", "dotnet"},
                                             {".fsproj", "dotnet"},
                                             {".gemspec", "gem"},
                                             {"Gemfile", "gem"},
                                             {"pubspec.yaml", "dart"},
                                             {"CMakeLists.txt", "cmake"}});

std::string after_word(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return {};
  std::string_view rest = trimmed(text.substr(at + word.size()));
  const std::size_t end = rest.find_first_of(" \t\r\n)\"'");
  return std::string(rest.substr(0, end));
}

std::string json_name(std::string_view text) {
  return string_member(parse_loose_json(text), "name");
}

std::string name_in(const SourceFile& file, std::string_view kind) {
  const std::string_view text = file.text;
  if (kind == "npm" || kind == "composer") return json_name(text);
  if (kind == "cargo") return toml_find(toml_entries(text), "package", "name");
  if (kind == "go") return after_word(text, "module ");
  if (kind == "dart") return after_word(text, "name:");
  if (kind == "cmake") {
    const std::string name = after_word(text, "project(");
    return name.find('$') == std::string::npos ? name : std::string();
  }
  if (kind == "dotnet" || file.path.ends_with(".gemspec")) return std::string(stem_of(file.path));
  if (kind == "maven") {
    std::string_view own = text;  // not the parent's
    const std::size_t parent = own.find("</parent>");
    if (parent != std::string_view::npos) own.remove_prefix(parent);
    const auto ids = xml_contents(own, "artifactId");
    return ids.empty() ? std::string() : ids.front();
  }
  if (file.path.ends_with("pyproject.toml")) {
    const auto entries = toml_entries(text);
    const std::string name = toml_find(entries, "project", "name");
    return name.empty() ? toml_find(entries, "tool.poetry", "name") : name;
  }
  return {};
}

// A CMakeLists.txt below another is only a folder of its project.
bool makes_package(const Tree& tree, const SourceFile& file, std::string_view kind) {
  if (kind == "cmake") return file.text.find("project(") != std::string::npos;
  if (kind == "gem" && name_of(file.path) == "Gemfile") return !folder_of(file.path).empty();
  if (kind == "npm") return !parse_loose_json(file.text).is_null();
  static_cast<void>(tree);
  return true;
}

}  // namespace

Json parse_loose_json(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      const std::size_t end = std::min(end_of_quoted(text, i) + 1, text.size());
      plain += text.substr(i, end - i);
      i = end - 1;
    } else if (text.substr(i, 2) == "//") {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (text.substr(i, 2) == "/*") {
      const std::size_t end = text.find("*/", i + 2);
      if (end == std::string_view::npos) break;
      i = end + 1;
    } else if (text[i] == ']' || text[i] == '}') {
      while (!plain.empty() &&
             (plain.back() == ' ' || plain.back() == '\n' || plain.back() == '\t' || plain.back() == '\r'))
        plain.pop_back();
      if (plain.ends_with(',')) plain.pop_back();
      plain += text[i];
    } else {
      plain += text[i];
    }
  }
  auto parsed = parse_json(plain);
  return parsed ? std::move(*parsed) : Json();
}

std::vector<TomlEntry> toml_entries(std::string_view text) {
  std::vector<TomlEntry> entries;
  std::string section;
  while (!text.empty()) {
    const auto take_line = [&] {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      return line;
    };
    int brackets = 0;
    std::string_view line = trimmed(without_comment(take_line(), brackets));
    if (line.starts_with('[') && line.ends_with(']')) {
      const bool array = line.starts_with("[[") && line.ends_with("]]") && line.size() >= 4;
      section = array ? std::string(line) : std::string(trimmed(line.substr(1, line.size() - 2)));
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    std::string value(trimmed(line.substr(equals + 1)));
    for (const std::string_view quotes : {"\"\"\"", "'''"}) {
      if (!value.starts_with(quotes) || value.find(quotes, 3) != std::string::npos) continue;
      while (!text.empty() && take_line().find(quotes) == std::string_view::npos) {
      }
    }
    while (brackets > 0 && !text.empty()) {
      value += ' ';
      value += trimmed(without_comment(take_line(), brackets));
    }
    entries.push_back({section, toml_text(trimmed(line.substr(0, equals))), std::move(value)});
  }
  return entries;
}

std::string toml_text(std::string_view value) {
  value = trimmed(value);
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
    return std::string(value.substr(1, value.size() - 2));
  return std::string(value);
}

std::vector<std::string> toml_texts(std::string_view value) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '"' && value[i] != '\'') continue;
    const std::size_t end = end_of_quoted(value, i);
    texts.emplace_back(value.substr(i + 1, std::min(end, value.size()) - i - 1));
    i = end;
  }
  return texts;
}

std::string toml_find(const std::vector<TomlEntry>& entries, std::string_view section, std::string_view key) {
  for (const TomlEntry& entry : entries) {
    if (entry.section == section && entry.key == key) return toml_text(entry.value);
  }
  return {};
}

std::vector<std::string> xml_contents(std::string_view text, std::string_view name) {
  std::vector<std::string> contents;
  const std::string open = "<" + std::string(name);
  for (std::size_t at = text.find(open); at != std::string_view::npos; at = text.find(open, at + 1)) {
    const std::size_t end = text.find('>', at);
    if (end == std::string_view::npos) break;
    const char next = text[at + open.size()];
    if (next != '>' && next != ' ') continue;
    const std::size_t close = text.find('<', end);
    if (close == std::string_view::npos) break;
    contents.emplace_back(trimmed(text.substr(end + 1, close - end - 1)));
  }
  return contents;
}

std::vector<std::string> xml_attributes(std::string_view text, std::string_view name, std::string_view attribute) {
  std::vector<std::string> values;
  const std::string open = "<" + std::string(name) + " ";
  const std::string key = std::string(attribute) + "=\"";
  for (std::size_t at = text.find(open); at != std::string_view::npos; at = text.find(open, at + 1)) {
    const std::size_t end = std::min(text.find('>', at), text.size());
    const std::size_t value = text.find(key, at);
    if (value >= end) continue;
    const std::size_t close = text.find('"', value + key.size());
    if (close == std::string_view::npos) break;
    values.emplace_back(text.substr(value + key.size(), close - value - key.size()));
  }
  return values;
}

std::vector<Package> find_packages(const Tree& tree) {
  std::vector<Package> packages;
  std::vector<std::size_t> ranks;
  for (FileId id = 0; id < tree.size(); ++id) {
    const SourceFile& file = tree.file(id);
    if (file.text.empty()) continue;
    const std::string_view name = name_of(file.path);
    for (std::size_t rank = 0; rank < kKinds.size(); ++rank) {
      const Kind& kind = kKinds[rank];
      if (kind.manifest.starts_with('.') ? !name.ends_with(kind.manifest) : name != kind.manifest) continue;
      if (!makes_package(tree, file, kind.kind)) break;
      const std::string folder(folder_of(file.path));
      std::string title = name_in(file, kind.kind);
      if (title.empty()) title = folder.empty() ? std::string() : std::string(name_of(folder));
      const auto same = std::ranges::find(packages, folder, &Package::folder);
      if (same == packages.end()) {
        packages.push_back({folder, std::move(title), file.path, std::string(kind.kind)});
        ranks.push_back(rank);
      } else if (rank < ranks[static_cast<std::size_t>(same - packages.begin())]) {
        *same = {folder, std::move(title), file.path, std::string(kind.kind)};
        ranks[static_cast<std::size_t>(same - packages.begin())] = rank;
      }
      break;
    }
  }
  std::ranges::sort(packages, {}, &Package::folder);
  return packages;
}

}  // namespace commandcenter::architecture
