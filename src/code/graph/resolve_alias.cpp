// Names that stand for folders: the alias tables of Vite, webpack, Rollup and Babel, import maps of Deno, and what
// frameworks give by convention. Of a table only what is written as text counts.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "code/graph/resolvers.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxAliases = 500;  // of one configuration

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Reads literals of a script as far as tables of aliases need it.
class Literals {
 public:
  explicit Literals(std::string_view text) : text_(text) {}

  std::vector<std::pair<std::string, std::string>> aliases() {
    for (std::size_t at = text_.find("alias"); at != std::string_view::npos; at = text_.find("alias", at + 5)) {
      std::size_t open = skip(at + 5);
      if (open < text_.size() && (text_[open] == '"' || text_[open] == '\'')) open = skip(open + 1);
      if (open >= text_.size() || text_[open] != ':') continue;
      open = skip(open + 1);
      if (open >= text_.size()) break;
      if (text_[open] == '{') members(open);
      if (text_[open] == '[') rows(open);
    }
    return std::move(found_);
  }

 private:
  // Over white space and comments.
  std::size_t skip(std::size_t at) const {
    while (at < text_.size()) {
      if (is_space(text_[at]))
        ++at;
      else if (text_.substr(at, 2) == "//")
        at = std::min(text_.find('\n', at), text_.size());
      else if (text_.substr(at, 2) == "/*")
        at = std::min(std::min(text_.find("*/", at), text_.size() - 2) + 2, text_.size());
      else
        break;
    }
    return at;
  }

  std::size_t end_of_text(std::size_t at) const {
    const char quote = text_[at];
    for (++at; at < text_.size() && text_[at] != quote && text_[at] != '\n'; ++at)
      at += text_[at] == '\\' ? 1U : 0U;
    return std::min(at + 1, text_.size());
  }

  // From behind a bracket or a comma to the next comma or the bracket's end, with the texts on the way.
  std::size_t part(std::size_t at, std::vector<std::string>& texts) const {
    int depth = 0;
    for (at = skip(at); at < text_.size(); at = skip(at)) {
      const char c = text_[at];
      if (c == '"' || c == '\'' || c == '`') {
        const std::size_t end = end_of_text(at);
        if (end > at + 1) texts.emplace_back(text_.substr(at + 1, end - at - 2));
        at = end;
        continue;
      }
      if (depth == 0 && (c == ',' || c == '}' || c == ']')) return at;
      depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
      ++at;
    }
    return text_.size();
  }

  static std::string path_of(std::string_view written, const std::vector<std::string>& texts) {
    std::string path;
    for (const std::string& text : texts)
      path += (path.empty() ? "" : "/") + text;
    return path.empty() && written.find("__dirname") != std::string_view::npos ? "." : path;
  }

  // { '@': path.resolve(__dirname, 'src'), ui: './src/ui' }
  void members(std::size_t at) {
    for (++at; at < text_.size() && found_.size() < kMaxAliases; ++at) {
      at = skip(at);
      if (at >= text_.size() || text_[at] == '}') return;
      const bool quoted = text_[at] == '"' || text_[at] == '\'';
      const std::size_t end = quoted ? end_of_text(at) : std::min(text_.find_first_of(" :,}\n", at), text_.size());
      std::string name(quoted ? text_.substr(at + 1, end - at - 2) : text_.substr(at, end - at));
      std::vector<std::string> texts;
      const std::size_t next = part(end, texts);
      const std::string path = path_of(text_.substr(end, next - end), texts);
      if (!name.empty() && !path.empty()) found_.emplace_back(std::move(name), path);
      at = next;
      if (at >= text_.size() || text_[at] != ',') return;
    }
  }

  // [{ find: '@', replacement: path.resolve(__dirname, 'src') }]
  void rows(std::size_t at) {
    for (at = skip(at + 1); at < text_.size() && text_[at] == '{' && found_.size() < kMaxAliases; at = skip(at)) {
      std::vector<std::string> texts;
      const std::size_t end = part(at + 1, texts);
      std::size_t last = end;
      while (last < text_.size() && text_[last] == ',')
        last = part(last + 1, texts);
      if (texts.size() > 1) {
        const std::string name = texts.front();
        texts.erase(texts.begin());
        found_.emplace_back(name, path_of({}, texts));
      }
      at = skip(std::min(last + 1, text_.size()));
      if (at < text_.size() && text_[at] == ',') ++at;
    }
  }

  std::string_view text_;
  std::vector<std::pair<std::string, std::string>> found_;
};

}  // namespace

bool configures_bundler(std::string_view name) {
  static constexpr auto kBegins = std::to_array<std::string_view>(
      {"vite.config.", "vitest.config.", "webpack.", "rollup.config.", "babel.config.", "electron.vite.config."});
  return std::ranges::any_of(kBegins, [&](std::string_view begin) { return name.starts_with(begin); }) ||
         name == ".babelrc" || name == "deno.json" || name == "deno.jsonc" || name == "import_map.json";
}

void ScriptResolver::collect_aliases() {
  for (FileId id = 0; id < tree_.size(); ++id) {
    const SourceFile& file = tree_.file(id);
    if (file.text.empty() || !configures_bundler(name_of(file.path))) continue;
    const std::string folder(folder_of(file.path));
    std::vector<std::pair<std::string, std::string>> table;
    if (file.path.ends_with(".json") || file.path.ends_with(".jsonc")) {
      const Json json = parse_loose_json(file.text);
      const Json* imports = find_member(json, "imports");
      if (imports == nullptr || !imports->is_object()) continue;
      for (const auto& [name, target] : imports->items()) {
        if (target.is_string() && table.size() < kMaxAliases) table.emplace_back(name, target.get<std::string>());
      }
    } else {
      table = Literals(file.text).aliases();
    }
    for (auto& [name, target] : table) {
      std::string_view path = target;
      while (path.starts_with('/'))  // Vite's root
        path.remove_prefix(1);
      const auto place = join_path(folder, path);
      if (place) aliases_[folder].emplace_back(std::move(name), *place);
    }
  }
}

// "@" and "@/" stand for "@/x"; "vue$" for "vue" alone.
std::optional<FileId> ScriptResolver::by_bundler(std::string_view folder, std::string_view specifier,
                                                 bool typed) const {
  if (aliases_.empty()) return std::nullopt;
  for (const std::string_view above : ancestors(folder)) {
    const auto table = aliases_.find(above);
    if (table == aliases_.end()) continue;
    for (const auto& [name, target] : table->second) {
      const bool exact = name.ends_with('$');
      const std::string_view head = std::string_view(name).substr(0, name.size() - (exact ? 1 : 0));
      if (!specifier.starts_with(head)) continue;
      std::string_view rest = specifier.substr(head.size());
      if (!rest.empty() && (exact || (!head.ends_with('/') && rest.front() != '/'))) continue;
      while (rest.starts_with('/'))
        rest.remove_prefix(1);
      const auto path = join_path(target, rest);
      if (!path) continue;
      if (auto id = as_path(*path, typed)) return id;
    }
  }
  return std::nullopt;
}

const ScriptResolver::NodePackage* ScriptResolver::package_above(std::string_view folder) const {
  for (const std::string_view above : ancestors(folder)) {
    const auto package = by_folder_.find(above);
    if (package != by_folder_.end()) return package->second;
  }
  return nullptr;
}

// "@/x", "~/x" and "$lib/x" name no package: frameworks give them to the source folder.
std::optional<FileId> ScriptResolver::by_alias(std::string_view folder, std::string_view specifier, bool typed) const {
  std::string_view rest;
  for (const std::string_view alias : {"@/", "~/", "@@/", "~~/", "$lib/"}) {
    if (specifier.starts_with(alias)) rest = specifier.substr(alias.size());
  }
  if (specifier.starts_with('/') && specifier.size() > 1) rest = specifier.substr(1);
  if (rest.empty()) return std::nullopt;
  const bool library = specifier.starts_with('$');
  const NodePackage* package = package_above(folder);
  const std::string_view root = package == nullptr ? std::string_view() : std::string_view(package->folder);
  for (const std::string_view source : {"src", "", "app", "client", "frontend"}) {
    const auto path = join_path(root, std::string(source) + (library ? "/lib/" : "/") + std::string(rest));
    if (!path) continue;
    if (auto id = as_path(*path, typed)) return id;
  }
  return std::nullopt;
}

}  // namespace commandcenter::architecture
