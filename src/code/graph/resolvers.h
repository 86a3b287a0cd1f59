// From an import to files, one resolver for each family of languages. A resolver learns the whole tree first; then it
// is asked import by import. Nothing here opens a file.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "code/graph/manifests.h"
#include "code/graph/tree.h"

namespace commandcenter::architecture {

enum class Found {
  kInside,   // in the repository
  kOutside,  // a library, or part of the language
  kNowhere,  // should be here, and is not
};

class ScriptResolver {
 public:
  explicit ScriptResolver(const Tree& tree);
  Found resolve(FileId from, const Import& import, std::vector<FileId>& to);

 private:
  struct NodePackage {
    std::string folder;
    Json manifest;
  };
  struct Paths {  // of a tsconfig, with what it extends
    std::string base_folder;
    bool has_base = false;
    std::vector<std::pair<std::string, std::vector<std::string>>> patterns{};  // pattern, paths from the root
    bool says_something() const { return has_base || !patterns.empty(); }
  };

  std::optional<FileId> as_path(std::string_view path, bool typed) const;
  std::optional<FileId> as_file(std::string_view path, bool typed) const;
  std::optional<FileId> as_package(const NodePackage& package, std::string_view subpath, bool typed) const;
  std::optional<FileId> built(const NodePackage& package, std::string_view target, bool typed) const;
  std::optional<FileId> by_paths(std::string_view folder, std::string_view specifier, bool typed);
  std::optional<FileId> by_pattern(const Paths& paths, std::string_view specifier, bool typed) const;
  std::optional<FileId> by_exports(const NodePackage& package, const Json& table, std::string_view key,
                                   bool typed) const;
  void collect_aliases();
  std::optional<FileId> by_bundler(std::string_view folder, std::string_view specifier, bool typed) const;
  std::optional<FileId> by_alias(std::string_view folder, std::string_view specifier, bool typed) const;
  const NodePackage* package_above(std::string_view folder) const;
  const Paths* paths_of(const std::string& config, std::size_t depth);
  void extend(const Json& json, const std::string& folder, std::size_t depth, Paths& result);
  static void read_options(const Json& options, const std::string& folder, Paths& result);
  void take_references(const Json& json, const std::string& folder, std::size_t depth, Paths& result);

  const Tree& tree_;
  TextMap<NodePackage> by_name_{};
  TextMap<const NodePackage*> by_folder_{};
  std::vector<NodePackage> unnamed_{};
  TextMap<Paths> paths_{};
  TextMap<std::vector<std::string>> configs_of_folder_{};
  TextMap<std::vector<std::pair<std::string, std::string>>> aliases_{};  // folder to name and path from the root
};

// Whether a file may tell bundlers or Deno what names stand for.
bool configures_bundler(std::string_view name);

class PythonResolver {
 public:
  PythonResolver(const Tree& tree, const std::vector<Package>& packages);
  Found resolve(FileId from, const Import& import, std::vector<FileId>& to);

 private:
  struct Module {
    std::optional<FileId> file{};  // a module, or the __init__ of a package
    std::string folder{};          // of a package, with or without __init__
    bool found = false;
    bool is_package = false;
  };
  Module module_at(std::string_view root, std::string_view name) const;
  Module submodule(const Module& package, std::string_view name) const;
  std::string package_root(std::string_view folder) const;
  std::vector<std::string> roots_for(FileId from) const;

  const Tree& tree_;
  std::vector<std::string> declared_roots_{};
  TextMap<std::vector<std::string>> roots_of_name_{};  // top-level name to the folders that hold it
};

class GoResolver {
 public:
  explicit GoResolver(const Tree& tree);
  Found resolve(FileId from, const Import& import, std::vector<FileId>& to) const;

 private:
  const Tree& tree_;
  std::vector<std::pair<std::string, std::string>> modules_{};  // path and folder, longest path first
};

class JvmResolver {
 public:
  explicit JvmResolver(const Tree& tree);
  Found resolve(FileId from, const Import& import, std::vector<FileId>& to) const;

 private:
  const Tree& tree_;
  TextMap<std::vector<FileId>> by_name_{};  // a.b.C
  TextSet packages_{};
};

class RustResolver {
 public:
  RustResolver(const Tree& tree, const std::vector<Package>& packages);
  Found resolve(FileId from, const Import& import, std::vector<FileId>& to) const;

 private:
  struct Place {
    std::size_t crate = 0;
    std::string module{};  // "" is the root of the crate
  };
  struct Crate {
    FileId root = 0;
    std::string package_folder{};
    TextMap<FileId> modules{};  // path to file; inline modules as well
  };
  void add_crate(FileId root, std::string_view package_folder);
  void collect_renames(const std::vector<TomlEntry>& entries, const std::string& folder);
  std::optional<std::size_t> library_of(std::string_view name, const std::string& package_folder) const;
  std::optional<FileId> module_file(FileId from, const Import& import, bool is_root) const;
  bool walk(std::size_t crate, const std::string& base, std::string_view rest, FileId from,
            std::vector<FileId>& to) const;

  const Tree& tree_;
  std::vector<Crate> crates_{};
  std::unordered_map<FileId, Place> places_{};
  TextMap<std::size_t> libraries_{};                                     // crate name to its library
  TextMap<std::size_t> by_package_{};                                    // the same by the package's name
  TextMap<std::vector<std::pair<std::string, std::string>>> renamed_{};  // package folder to name and package
};

class CResolver {
 public:
  explicit CResolver(const Tree& tree);
  Found resolve(FileId from, const Import& import, std::vector<FileId>& to) const;

 private:
  const Tree& tree_;
  std::vector<std::string> include_folders_{};
};

class CSharpResolver {
 public:
  explicit CSharpResolver(const Tree& tree);
  // All usings of a file at once, as global ones of the project count too.
  void resolve_file(FileId from, std::vector<Edge>& edges, std::vector<OuterImport>& outer) const;

 private:
  bool targets(FileId from, const Import& import, std::vector<FileId>& to) const;
  const Tree& tree_;
  TextMap<std::vector<FileId>> types_{};  // A.B.Type
  TextSet namespaces_{};
  TextMap<std::vector<std::pair<FileId, const Import*>>> global_usings_{};  // by project folder
  std::vector<std::string> projects_{};
};

class PhpResolver {
 public:
  explicit PhpResolver(const Tree& tree);
  Found resolve(FileId from, const Import& import, std::vector<FileId>& to) const;

 private:
  const Tree& tree_;
  TextMap<std::vector<FileId>> declared_{};                      // lower case
  std::vector<std::pair<std::string, std::string>> prefixes_{};  // PSR-4: prefix, folder; longest first
};

// Ruby, Dart, Protocol Buffers, Lua.
class PathResolver {
 public:
  explicit PathResolver(const Tree& tree);
  Found resolve(FileId from, const Import& import, std::vector<FileId>& to) const;

 private:
  Found ruby(FileId from, const Import& import, std::vector<FileId>& to) const;
  Found dart(FileId from, const Import& import, std::vector<FileId>& to) const;
  const Tree& tree_;
  std::vector<std::string> gem_folders_{};
  TextMap<std::string> dart_packages_{};
};

}  // namespace commandcenter::architecture
