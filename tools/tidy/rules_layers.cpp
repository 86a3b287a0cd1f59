// Who may include whom, and what the core may know.
#include <algorithm>
#include <array>
#include <optional>

#include "rules.h"

namespace tidy {
namespace {

struct Include {
  int line = 0;
  bool quoted = false;
  std::string_view target;
};

constexpr std::array<std::string_view, 10> kImpureHeaders = {"chrono",     "thread", "mutex",         "iostream",
                                                             "fstream",    "random", "unordered_map", "unordered_set",
                                                             "filesystem", "ctime"};

// What core may include of others: values and their text. fmt stands in for <format>, which g++ 12 lacks.
constexpr std::array<std::string_view, 4> kCoreThirdParty = {"nlohmann/json.hpp", "nlohmann/json_fwd.hpp",
                                                             "tl/expected.hpp", "fmt/format.h"};

constexpr std::array<std::string_view, 8> kAdapterHeaders = {"boost/beast", "sqlite3.h", "libpq",  "postgres",
                                                             "nats.h",      "nats/",     "git2.h", "git2/"};

template <typename Words>
bool contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<Include> include_of(std::string_view line, int number) {
  std::size_t at = line.find_first_not_of(" \t");
  if (at == std::string_view::npos || line[at] != '#') return std::nullopt;
  at = line.find_first_not_of(" \t", at + 1);
  if (at == std::string_view::npos || !line.substr(at).starts_with("include")) return std::nullopt;
  const std::size_t open = line.find_first_of("\"<", at);
  if (open == std::string_view::npos) return std::nullopt;
  const bool quoted = line[open] == '"';
  const std::size_t close = line.find(quoted ? '"' : '>', open + 1);
  if (close == std::string_view::npos) return std::nullopt;
  return Include{number, quoted, line.substr(open + 1, close - open - 1)};
}

std::vector<Include> includes_of(const File& file) {
  std::vector<Include> includes;
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    if (const auto include = include_of(file.code[i], static_cast<int>(i) + 1)) includes.push_back(*include);
  }
  return includes;
}

class LayerCheck {
 public:
  LayerCheck(const Modules& modules, std::vector<Finding>& findings) : modules_(modules), findings_(findings) {}

  void declarations() {
    for (const auto& [name, module] : modules_.by_name) {
      const auto own = modules_.layers.find(name);
      if (own == modules_.layers.end()) {
        report(std::string(kModulesPath), module.line, "layer",
               "module " + name + " belongs to no layer: add it to a CC_LAYER of " + std::string(kLayersPath));
        continue;
      }
      for (const std::string& dependency : module.dependencies) {
        const auto below = modules_.layers.find(dependency);
        if (below == modules_.layers.end() || below->second <= own->second) continue;
        report(std::string(kModulesPath), module.line, "layer",
               "module " + name + " may not depend on " + dependency +
                   ", which lies above it: move what it needs down, or hand it in as a value");
      }
    }
  }

  void file_of_src(const File& file) {
    const std::string_view path = std::string_view(file.path).substr(4);
    const bool top = path.find('/') == std::string_view::npos;  // main.cpp may include everything
    const Module* module = module_of(modules_, path);
    if (!top && module == nullptr) {
      report(file.path, 1, "module-missing",
             "no cc_module() declares the folder src/" + std::string(folder_of(path)) + ": declare it in " +
                 std::string(kModulesPath) + ", or move the file into a module's folder");
      return;
    }
    for (const Include& include : includes_of(file)) {
      if (include.quoted && !top) project_include(file, *module, include);
    }
  }

  void core_file(const File& file) {
    for (const Include& include : includes_of(file)) {
      if (include.quoted) continue;
      const std::string name(include.target);
      if (contains(kImpureHeaders, include.target)) {
        report(file.path, include.line, "core-impure",
               "core may not include <" + name +
                   ">: it is pure and its order is fixed; let the value arrive inside an event, or use an ordered "
                   "container");
      } else if (include.target.find_first_of("/.") != std::string_view::npos &&
                 !contains(kCoreThirdParty, include.target)) {
        report(file.path, include.line, "core-third-party",
               "core may not include <" + name + ">: wrap it in base/ behind a face of our own");
      }
    }
    bool of_enumerators = true;  // what the labels before name; characters are never all named
    for (std::size_t i = 0; i < file.code.size(); ++i) {
      const std::string_view code = file.code[i];
      if (const std::size_t label = find_word(code, "case"); label != std::string_view::npos) {
        of_enumerators = code.substr(label).find('\'') == std::string_view::npos;
      }
      const std::size_t at = of_enumerators ? find_word(code, "default") : std::string_view::npos;
      if (at == std::string_view::npos) continue;
      const std::size_t next = code.find_first_not_of(" \t", at + 7);
      if (next == std::string_view::npos || code[next] != ':') continue;
      report(file.path, static_cast<int>(i) + 1, "core-default",
             "a switch in core has no default: name every enumerator, so that a new one is a compiler error");
    }
  }

  void header(const File& file) {
    for (const Include& include : includes_of(file)) {
      const bool adapter = std::any_of(kAdapterHeaders.begin(), kAdapterHeaders.end(),
                                       [&](std::string_view prefix) { return include.target.starts_with(prefix); });
      if (!adapter) continue;
      report(file.path, include.line, "adapter-header",
             "<" + std::string(include.target) +
                 "> may only be included by .cpp files: keep it behind a private class there");
    }
  }

  void coroutines(const File& file) {
    for (std::size_t i = 0; i < file.code.size(); ++i) {
      for (const std::string_view word : {"co_await", "co_yield", "co_return"}) {
        if (find_word(file.code[i], word) == std::string_view::npos) continue;
        report(file.path, static_cast<int>(i) + 1, "coroutine",
               std::string(word) + " is for server/ and store/postgres only: use a callback or a thread's loop here");
        break;
      }
    }
  }

 private:
  void project_include(const File& file, const Module& module, const Include& include) {
    const std::string target(include.target);
    if (target.find('/') == std::string::npos) {
      report(file.path, include.line, "bare-include",
             "\"" + target + "\" does not say where it is: write \"" + module.name + "/" + target + "\"");
      return;
    }
    const Module* other = module_of(modules_, target);
    if (other == nullptr) {
      report(file.path, include.line, "unknown-module",
             "\"" + target + "\" belongs to no declared module: declare src/" + std::string(folder_of(target)) +
                 " in " + std::string(kModulesPath) + ", or correct the name");
      return;
    }
    if (other == &module || module.dependencies.contains(other->name)) return;
    if (is_test(file.path) && module.test_dependencies.contains(other->name)) return;
    report(file.path, include.line, "undeclared-include",
           "module " + module.name + " does not declare " + other->name + ": add it to " +
               (is_test(file.path) ? "TEST_DEPS" : "DEPS") + " in " + std::string(kModulesPath) +
               " if it lies below, or do without");
  }

  void report(std::string path, int line, std::string_view rule, std::string message) {
    findings_.push_back({std::move(path), line, rule, std::move(message)});
  }

  const Modules& modules_;
  std::vector<Finding>& findings_;
};

}  // namespace

void check_layers(const Tree& tree, const Modules& modules, std::vector<Finding>& findings) {
  LayerCheck check(modules, findings);
  check.declarations();
  for (const auto& [path, file] : tree.files) {
    if (!is_cpp(path)) continue;
    if (path.starts_with("src/")) check.file_of_src(file);
    if (path.starts_with("src/core/") && !is_test(path)) check.core_file(file);
    if (is_header(path) && path != "cmake/precompiled.h") check.header(file);
    if (!path.starts_with("src/server/") && !path.starts_with("src/store/postgres/")) check.coroutines(file);
  }
}

}  // namespace tidy
