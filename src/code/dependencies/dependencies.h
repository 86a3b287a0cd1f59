// What a repository depends on, from its manifests and lock files: npm, pnpm, Yarn, PyPI, Cargo, Go, Maven, Gradle,
// Composer, Bundler, NuGet. Nothing is fetched: a licence is what a lock file or a vendored copy says, else unknown.
// Pure but for `Lookup`, which reads files below the root.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "code/licenses/licenses.h"

namespace commandcenter::code {

inline constexpr std::size_t kMaxManifest_bytes = 16 << 20;
inline constexpr std::size_t kMaxDependencies = 50'000;

struct Dependency {
  std::string ecosystem;  // npm, pypi, cargo, go, maven, composer, gem, nuget
  std::string name;
  std::string version;     // as locked; as asked for where nothing locks it
  std::string license{};   // an SPDX expression; empty when nothing says it
  std::string declared{};  // what was written where `license` could not be told
  bool direct = false;
  bool development = false;  // needed to build or test only
  bool locked = false;
  std::string file{};  // the manifest or lock file
  std::size_t line = 0;
  bool managed = false;  // Maven: nobody's yet, but the version for who names none
};

// A project of the repository itself.
struct Project {
  std::string ecosystem;
  std::string file;
  std::string name;
  std::string version;
  std::string declared{};  // its licence as written; empty when it says none
  std::string license{};   // the same as SPDX; empty when it cannot be told
  std::size_t line = 1;
};

struct Inventory {
  std::vector<Project> projects;                            // by file
  std::vector<Dependency> dependencies;                     // by ecosystem, name, version; each once
  std::vector<std::pair<std::string, std::string>> unread;  // file, reason
};

struct ManifestFile {
  std::string path;
  std::string text;
};

// Where more is found: text of a file below the root, and the recogniser for licence files of vendored packages.
struct Lookup {
  std::function<std::optional<std::string>(const std::string& path)> read;
  const LicenseReader* licenses = nullptr;
};

bool is_manifest(std::string_view path);
Inventory read_dependencies(std::span<const ManifestFile> files, const Lookup& lookup);

// The version, if it is one; empty when a range is all that is known.
std::string exact_version(const Dependency& dependency);

// "pkg:npm/%40scope/name@1.0.0"; without the version if it is not exact.
std::string package_url(const Dependency& dependency);
// The same with what stands in place of the version: tells dependencies apart that ask for different ranges.
std::string package_reference(const Dependency& dependency);

}  // namespace commandcenter::code
