// Go, and the languages of the Java virtual machine: packages to files.
#include <algorithm>

#include "code/graph/resolvers.h"

namespace commandcenter::architecture {
namespace {

std::string_view word_at(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '"'))
    ++at;
  const std::size_t end = text.find_first_of(" \t\r\n\"", at);
  return at >= text.size() ? std::string_view() : text.substr(at, end == std::string_view::npos ? end : end - at);
}

}  // namespace

GoResolver::GoResolver(const Tree& tree) : tree_(tree) {
  for (const FileId id : tree.named("go.mod")) {
    const SourceFile& file = tree.file(id);
    const std::string_view text = file.text;
    const std::string_view folder = folder_of(file.path);
    for (std::size_t line = 0; line < text.size(); line = std::min(text.find('\n', line), text.size() - 1) + 1) {
      const std::string_view row = text.substr(line, text.find('\n', line) - line);
      if (row.starts_with("module ")) modules_.emplace_back(word_at(row, 7), folder);
      const std::size_t arrow = row.find("=> .");  // replace path => ./folder
      if (arrow == std::string_view::npos) continue;
      const std::size_t begin = row.find("replace ") == std::string_view::npos ? 0 : row.find("replace ") + 8;
      const auto target = join_path(folder, word_at(row, arrow + 3));
      if (target) modules_.emplace_back(word_at(row, begin), *target);
    }
  }
  std::ranges::stable_sort(modules_, std::ranges::greater{}, [](const auto& module) { return module.first.size(); });
}

Found GoResolver::resolve(FileId from, const Import& import, std::vector<FileId>& to) const {
  const std::string_view path = import.specifier;
  for (const auto& [module, folder] : modules_) {
    if (!path.starts_with(module) || (path.size() > module.size() && path[module.size()] != '/')) continue;
    const auto place = join_path(folder, path.substr(std::min(module.size() + 1, path.size())));
    if (!place) continue;
    for (const FileId id : tree_.in_folder(*place)) {
      const SourceFile& file = tree_.file(id);
      if (file.facts.tongue != Tongue::kGo || file.facts.standalone || file.path.ends_with("_test.go")) continue;
      if (id != from) to.push_back(id);
    }
    if (!to.empty()) return Found::kInside;
  }
  return Found::kOutside;
}

JvmResolver::JvmResolver(const Tree& tree) : tree_(tree) {
  for (FileId id = 0; id < tree.size(); ++id) {
    const FileFacts& facts = tree.file(id).facts;
    if (facts.tongue < Tongue::kJava || facts.tongue > Tongue::kGroovy) continue;
    packages_.emplace(facts.package);
    const std::string prefix = facts.package.empty() ? std::string() : facts.package + ".";
    bool has_stem = false;
    const std::string_view stem = stem_of(tree.file(id).path);
    for (const std::string& name : facts.declares) {
      std::vector<FileId>& ids = by_name_[prefix + name];
      if (ids.empty() || ids.back() != id) ids.push_back(id);
      has_stem = has_stem || name == stem;
    }
    if (!has_stem && facts.tongue == Tongue::kJava) by_name_[prefix + std::string(stem)].push_back(id);
    if (facts.tongue == Tongue::kKotlin && !stem.empty()) {  // the class that Java sees of a file's functions
      std::string facade = prefix + std::string(stem) + "Kt";
      char& first = facade[prefix.size()];
      first = first >= 'a' && first <= 'z' ? static_cast<char>(first - 'a' + 'A') : first;
      by_name_[facade].push_back(id);
    }
  }
}

Found JvmResolver::resolve(FileId from, const Import& import, std::vector<FileId>& to) const {
  const std::string& importer = tree_.file(from).path;
  std::string_view name = import.specifier;
  const auto take = [&](const std::vector<FileId>& ids) { to.push_back(tree_.nearest(ids, importer)); };
  if (import.wildcard && packages_.contains(name)) {
    for (const std::string& used : tree_.file(from).facts.uses) {
      const auto found = by_name_.find(std::string(name) + "." + used);
      if (found != by_name_.end()) take(found->second);
    }
    return Found::kInside;
  }
  // A nested type or a member is in the file of the type around it.
  for (int i = 0; i < 4 && !name.empty(); ++i) {
    const auto found = by_name_.find(name);
    if (found != by_name_.end()) {
      take(found->second);
      return Found::kInside;
    }
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) break;
    name = name.substr(0, dot);
  }
  return Found::kOutside;
}

}  // namespace commandcenter::architecture
