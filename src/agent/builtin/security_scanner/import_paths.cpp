// From what a file imports to paths that may exist.
#include "agent/builtin/security_scanner/import_paths.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/characters.h"
#include "base/regex.h"

namespace commandcenter::security_scanner {
namespace {

using code::Grammar;

constexpr std::size_t kMaxCandidates = 200;
constexpr std::size_t kMaxWhole_packages = 8;  // of Java, that are imported whole

const Regex& pattern(Grammar grammar) {
  static const Regex script = Regex::known(R"((?:require\(\s*|from\s+|import\s+)['"]((?:\.|[@~]/)[^'"\n]+)['"])");
  static const Regex php =
      Regex::known(R"((?:include|require)(?:_once)?\s*\(?\s*(?:__DIR__\s*\.\s*|dirname\(__FILE__\)\s*\.\s*)?)"
                   R"(['"]([^'"$]+\.(?:php|inc))['"]|)"
                   R"((?m:^use\s+([\w\\]+))|\bnew\s+([A-Z]\w*)|\b([A-Z]\w*)::)");
  static const Regex ruby =
      Regex::known(R"(require_relative\s*\(?\s*['"]([^'"#]+)['"]|\b([A-Z]\w*(?:::[A-Z]\w*)*)\.[a-z]\w*)");
  static const Regex csharp = Regex::known(R"(\bnew\s+([A-Z]\w*)\s*\(|\b([A-Z]\w*)\.[A-Z]\w*\(|)"
                                           R"((?:\breadonly|[(,]\s*\[From\w+\])\s+([A-Z]\w*)\s)");
  switch (grammar) {
    case Grammar::kPhp:
      return php;
    case Grammar::kRuby:
      return ruby;
    case Grammar::kCSharp:
      return csharp;
    default:
      return script;
  }
}

// Without groups, which take longer than all the rest: what was found tells what it is.
const Regex& java_pattern() {
  static const Regex java = Regex::known(R"(\b(?:[a-z_]\w*\.)+[A-Z]\w*|\b(?:new|extends)\s+[A-Z]\w*|\b[A-Z]\w*\.\w+\(|)"
                                         R"([(,]\s*(?:@\w+(?:\([^()]*\))?\s+)*(?:final\s+)?[A-Z]\w*\s+[a-z]\w*|)"
                                         R"(\bprivate\s+(?:final\s+)?[A-Z]\w*\s+[a-z]\w*;)");
  return java;
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

// Takes the longest beginning off whose characters are all such.
template <typename Such>
std::string_view take(std::string_view& text, const Such& such) {
  const std::string_view taken =
      text.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(text, such) - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

// The name that a text ends with.
std::string_view last_word(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && is_word(text[begin - 1]))
    --begin;
  return text.substr(begin);
}

// "UserService" is in "user_service.rb".
std::string snake(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool big = c >= 'A' && c <= 'Z';
    if (big && !out.empty() && out.back() != '/') out.push_back('_');
    if (c == ':') {
      if (!out.empty() && out.back() != '/') out.push_back('/');
    } else {
      out.push_back(big ? static_cast<char>(c | 0x20) : c);
    }
  }
  return out;
}

std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> result;
  std::string word;
  for (const char c : list) {
    if (is_word(c) || c == '.') {
      word.push_back(c);
    } else {
      if (!word.empty() && word != "as") result.push_back(word);
      word.clear();
    }
  }
  if (!word.empty()) result.push_back(word);
  return result;
}

std::string slashes(std::string_view dotted) {
  std::string path(dotted);
  std::ranges::replace(path, '.', '/');
  return path;
}

bool is_normal(std::string_view path) {
  if (path.starts_with('.')) return false;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    const std::string_view behind = path.substr(slash + 1);
    if (behind.starts_with('.') || behind.starts_with('/')) return false;
  }
  return true;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string joined(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

// "shop" of "shop/app/models"
std::string before_folder(const std::string& path, std::string_view folder) {
  const std::size_t at = ("/" + path + "/").rfind("/" + std::string(folder) + "/");
  return at == std::string::npos || at == 0 ? std::string() : path.substr(0, at - 1);
}

class Candidates {
 public:
  Candidates(std::string_view path, std::string_view text, Grammar grammar, const IsThere& is_there)
      : text_(text), grammar_(grammar), is_there_(is_there) {
    folder_ = std::filesystem::path(path).parent_path().generic_string();
  }

  std::vector<std::string> find() {
    if (grammar_ == Grammar::kJava)
      find_java();
    else if (grammar_ == Grammar::kPython)
      find_python();
    else
      find_by_pattern();
    return std::move(paths_);
  }

 private:
  void find_by_pattern() {
    if (grammar_ == Grammar::kRuby) {
      find_places_of_ruby();
      find_included_of_ruby();
    }
    if (grammar_ == Grammar::kPhp) find_namespace_root();
    std::size_t from = 0;
    while (paths_.size() < kMaxCandidates) {
      const auto match = pattern(grammar_).search(text_, from);
      if (!match) break;
      from = static_cast<std::size_t>((*match)[0].data() - text_.data()) + (*match)[0].size();
      if (grammar_ == Grammar::kPhp)
        php((*match)[1], (*match)[2], (*match)[3].empty() ? (*match)[4] : (*match)[3]);
      else if (grammar_ == Grammar::kRuby)
        ruby((*match)[1], (*match)[2]);
      else if (grammar_ == Grammar::kCSharp)
        csharp(std::string((*match)[1]) + std::string((*match)[2]) + std::string((*match)[3]));
      else
        script((*match)[1]);
    }
  }

  void find_java() {
    find_source_root();
    find_whole_packages();
    std::size_t from = 0;
    while (paths_.size() < kMaxCandidates) {
      const auto match = java_pattern().find(text_, from);
      if (!match) break;
      from = static_cast<std::size_t>(match->data() - text_.data()) + match->size();
      java(*match);
    }
  }

  // Where an application in Ruby keeps its classes; the first ones are looked at in any case.
  void find_places_of_ruby() {
    root_ = before_folder(folder_, "app");
    for (const char* place : {"app/models", "app/services", "app/helpers", "app/lib", "lib"})
      places_.push_back(joined(root_, place));
    for (const char* more :
         {"app/jobs", "app/workers", "app/mailers", "app/queries", "app/forms", "app/repositories", "app/commands"}) {
      std::string place = joined(root_, more);
      if (is_there_(place)) places_.push_back(std::move(place));
    }
  }

  // "include Sorted": modules whose methods a class of the file has.
  void find_included_of_ruby() {
    const auto constant = [](char c) { return is_word(c) || c == ':'; };
    for (const std::string_view word : {"include ", "extend ", "prepend "}) {
      for (std::size_t at = text_.find(word); at != std::string_view::npos; at = text_.find(word, at + word.size())) {
        const std::size_t line = at == 0 ? 0 : text_.rfind('\n', at - 1) + 1;
        if (text_.substr(line, at - line).find_first_not_of(" \t") != std::string_view::npos) continue;
        std::string_view rest = text_.substr(at + word.size());
        const std::string_view name = take(rest, constant);
        if (name.empty() || name.front() < 'A' || name.front() > 'Z') continue;
        for (const char* place : {"app/controllers/concerns", "app/models/concerns"})
          add(joined(joined(root_, place), snake(name) + ".rb"));
        add(joined(folder_, snake(name) + ".rb"));
      }
    }
  }

  // Imports stand at the beginnings of lines.
  void find_python() {
    for (std::size_t line = 0; line < text_.size() && paths_.size() < kMaxCandidates;) {
      std::string_view rest = text_.substr(line);
      take(rest, is_space);
      python(rest);
      const std::size_t end = text_.size() - rest.size();
      const bool at_begin = end > line && text_[end - 1] == '\n' && !rest.empty();
      line = at_begin ? end : std::min(text_.find('\n', end), text_.size()) + 1;
    }
  }

  void add(const std::string& path) {
    std::string normal = is_normal(path) ? path : std::filesystem::path(path).lexically_normal().generic_string();
    if (normal.ends_with('/')) normal.pop_back();  // "lib/.." is no file
    if (normal.empty() || normal.starts_with("..") || normal.starts_with('/')) return;
    if (known_.insert(normal).second) paths_.push_back(normal);
  }

  void find_source_root() {
    root_ = folder_;
    const std::size_t at = text_.find("package ");
    if (at == std::string_view::npos) return;
    const std::string_view rest = text_.substr(at + 8);
    const std::string package = slashes(rest.substr(0, rest.find(';')));
    if (folder_ == package) {
      root_.clear();
    } else if (folder_.ends_with("/" + package)) {
      root_ = folder_.substr(0, folder_.size() - package.size() - 1);
    } else {
      find_part_of(package);
    }
  }

  // Java: "import com.shop.service.*;": a name may be that of a class there.
  void find_whole_packages() {
    constexpr std::string_view kWord = "\nimport ";
    for (std::size_t at = text_.find(kWord); at != std::string_view::npos; at = text_.find(kWord, at + 1)) {
      std::string_view name = text_.substr(at + kWord.size());
      name = name.substr(0, name.find_first_of(";\n"));
      if (!name.ends_with(".*") || name.starts_with("static ") || is_library(name)) continue;
      name.remove_suffix(2);
      std::string path = slashes(name);
      const bool below = !space_.empty() && path.starts_with(space_);
      if (elsewhere_ && !below) continue;
      path = joined(root_, below ? path.substr(space_.size()) : path);
      if (packages_.size() < kMaxWhole_packages && path != folder_ && is_there_(path))
        packages_.push_back(std::move(path));
    }
  }

  static bool is_library(std::string_view name) {
    for (const std::string_view others : {"java.", "javax.", "org.springframework.", "org.apache.", "jakarta."}) {
      if (name.starts_with(others)) return true;
    }
    return false;
  }

  // Java: "package com.shop.web;" in src/web: what begins with com.shop is in src. Elsewhere a package may lie beside.
  void find_part_of(const std::string& package) {
    elsewhere_ = true;
    for (std::size_t slash = package.find('/'); slash != std::string::npos; slash = package.find('/', slash + 1)) {
      const std::string last = package.substr(slash);
      if (!("/" + folder_).ends_with(last)) continue;
      space_ = package.substr(0, slash + 1);
      root_ = folder_.substr(0, folder_.size() - std::min(folder_.size(), last.size()));
      return;
    }
  }

  // PHP: "namespace App\\Http\\Controllers;" in shop/app/Http/Controllers: what begins with App is in shop/app.
  void find_namespace_root() {
    constexpr std::string_view kWord = "namespace ";
    std::size_t at = text_.find(kWord);
    while (at != std::string_view::npos && at > 0 && text_[at - 1] != '\n')
      at = text_.find(kWord, at + 1);
    if (at == std::string_view::npos) return;
    const std::string_view rest = text_.substr(at + kWord.size());
    std::string name(rest.substr(0, rest.find_first_of(";{ \r\n")));
    std::ranges::replace(name, '\\', '/');
    const std::string folders = "/" + folder_;
    // The first parts stand for a folder that may be called anything.
    for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
      if (!folders.ends_with(name.substr(slash))) continue;
      space_ = name.substr(0, slash + 1);
      root_ = folder_.substr(0, folder_.size() - (name.size() - slash));
      return;
    }
    space_ = name + "/";
    root_ = folder_;
  }

  void java(std::string_view found) {
    if (found.ends_with('(')) return java_type(found.substr(0, found.find('.')));
    if (found.find_first_of(" \t\r\n\f") == std::string_view::npos) return java_path(found);
    const bool declared = found.front() == '(' || found.front() == ',' || found.ends_with(';');
    if (!declared) return java_type(last_word(found));  // "new Type", "extends Type"
    if (found.ends_with(';')) found.remove_suffix(1);
    found.remove_suffix(last_word(found).size());  // the name of the parameter or member
    while (is_space(found.back()))
      found.remove_suffix(1);
    java_type(last_word(found));
  }

  void java_path(std::string_view full) {
    if (is_library(full)) return;
    const std::string path = slashes(full);
    if (!space_.empty() && path.starts_with(space_)) add_type(joined(root_, path.substr(space_.size())));
    if (elsewhere_ && space_.empty()) {  // "helpers/Names" of "com.shop.helpers.Names"
      const std::size_t name = path.rfind('/');
      const std::size_t last = path.rfind('/', name - 1);
      if (last != std::string::npos) add_type(joined(folder_, path.substr(last + 1)));
    }
    if (!elsewhere_) add_type(joined(root_, path));
  }

  void java_type(std::string_view simple) {
    if (simple.size() <= 3 || simple == "String") return;
    add_type(joined(folder_, std::string(simple)));
    for (const std::string& package : packages_)
      add(joined(package, std::string(simple) + ".java"));
  }

  // Services are asked for by an interface; what they do is in "ServiceImpl", beside it or in a folder of its own.
  void add_type(const std::string& path) {
    add(path + ".java");
    add(path + "Impl.java");
    const std::size_t slash = path.rfind('/');
    if (slash != std::string::npos) add(path.substr(0, slash) + "/impl" + path.substr(slash) + "Impl.java");
  }

  // "from a.b import c, d", "from a.b import (c, d)", "import a.b, c": taken off the text.
  void python(std::string_view& text) {
    const auto listed = [](char c) { return is_word(c) || c == ',' || c == ' ' || c == '\t'; };
    const auto dotted = [](char c) { return is_word(c) || c == '.'; };
    const bool only_from = text.starts_with("from");
    std::string_view rest = text;
    std::string_view from;
    if (only_from) {
      rest.remove_prefix(4);
      if (take(rest, is_space).empty()) return;
      from = take(rest, dotted);
      if (from.empty() || take(rest, is_space).empty()) return;
    }
    if (!rest.starts_with("import")) return;
    rest.remove_prefix(6);
    const std::string_view gap = take(rest, is_space);
    if (gap.empty()) return;
    std::string_view names;
    if (!only_from) {
      names = take(rest, [&](char c) { return listed(c) || c == '.'; });
    } else if (rest.starts_with('(')) {
      rest.remove_prefix(1);
      names = take(rest, [&](char c) { return is_word(c) || is_space(c) || c == ',' || c == '#'; });
    } else {
      names = take(rest, listed);
      if (names.empty() && gap.size() < 2) return;
    }
    text = rest;
    only_from ? python(from, names, {}) : python({}, {}, names);
  }

  void python(std::string_view from, std::string_view names, std::string_view modules) {
    std::vector<std::string> dotted;
    if (!from.empty()) {
      std::string base(from);
      const std::size_t dots = base.find_first_not_of('.');
      const bool relative = dots != 0;
      if (relative) base.erase(0, dots == std::string::npos ? base.size() : dots);
      dotted.push_back(base);
      for (const std::string& name : words(names))
        dotted.push_back(base.empty() ? name : base + "." + name);
    } else {
      dotted = words(modules);
    }
    for (const std::string& name : dotted) {
      if (name.empty()) continue;
      for (std::string base = folder_;; base = folder_of(base)) {
        add(joined(base, slashes(name) + ".py"));
        if (base.empty()) break;
      }
    }
  }

  void php(std::string_view included, std::string_view used, std::string_view named) {
    if (!included.empty()) {
      const std::string file(included.starts_with('/') ? included.substr(1) : included);
      add(joined(folder_, file));
      return add(file);
    }
    if (!used.empty()) {  // App\Models\User: in App/, app/ or src/
      std::string path(used);
      std::ranges::replace(path, '\\', '/');
      if (!space_.empty() && path.starts_with(space_)) add(joined(root_, path.substr(space_.size()) + ".php"));
      add(path + ".php");
      const std::size_t slash = path.find('/');
      if (slash == std::string::npos) return;
      std::string small = path;
      small[0] = static_cast<char>(small[0] | 0x20);
      add(small + ".php");
      if (space_.empty() && !folder_.empty()) {  // a front script in shop/public
        add(joined(folder_of(folder_), "src" + path.substr(slash) + ".php"));
        add(joined(folder_of(folder_), "app" + path.substr(slash) + ".php"));
      }
      return add("src" + path.substr(slash) + ".php");
    }
    if (named.size() > 2) add(joined(folder_, std::string(named) + ".php"));
  }

  void ruby(std::string_view relative, std::string_view constant) {
    if (!relative.empty())
      return add(joined(folder_, std::string(relative) + (relative.ends_with(".rb") ? "" : ".rb")));
    const std::string file = snake(constant) + ".rb";
    for (const std::string& place : places_)
      add(joined(place, file));
    add(joined(folder_, file));
  }

  void csharp(const std::string& name) {
    const std::string above = std::filesystem::path(folder_).parent_path().generic_string();
    add(joined(folder_, name + ".cs"));
    for (const char* place : {"Services", "Data", "Repositories", "Helpers", "Models"})
      add(joined(joined(above, place), name + ".cs"));
  }

  void script(std::string_view name) {
    std::string path = joined(folder_, std::string(name));
    if (!name.starts_with('.')) path = below_alias(name.substr(2));
    if (path.empty()) return;
    for (const char* ending : {"", ".js", ".ts", ".mjs", ".tsx", ".jsx", "/index.js", "/index.ts"})
      add(path + ending);
  }

  // "@/lib/users": in the nearest folder above that holds "lib", itself or in its "src"; empty: there is none.
  std::string below_alias(std::string_view name) const {
    const std::string first(name.substr(0, name.find('/')));
    for (std::string base = folder_;; base = folder_of(base)) {
      for (const std::string& place : {base, joined(base, "src")}) {
        const auto holds = [&](std::string_view ending) {
          return is_there_(joined(place, first + std::string(ending)));
        };
        if (holds("") || (first == name && (holds(".ts") || holds(".js")))) return joined(place, std::string(name));
      }
      if (base.empty()) return {};
    }
  }

  std::string_view text_;
  Grammar grammar_;
  const IsThere& is_there_;
  std::string folder_;
  std::string root_;        // of Java's packages, of an application in Ruby; where the names that begin with space_ lie
  std::string space_;       // of PHP, and of Java where folders have fewer parts than packages
  bool elsewhere_ = false;  // Java: the file does not lie where its package says
  std::vector<std::string> packages_;  // of Java, as folders, all of whose classes are imported
  std::vector<std::string> places_;    // of Ruby, folders of classes
  std::vector<std::string> paths_;
  std::set<std::string> known_;
};

}  // namespace

std::vector<std::string> import_paths(std::string_view path, std::string_view text, Grammar grammar,
                                      const IsThere& is_there) {
  return Candidates(path, text, grammar, is_there).find();
}

}  // namespace commandcenter::security_scanner
