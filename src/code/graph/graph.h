// The files of a repository and which of them import which: what the source says, resolved as compilers, interpreters
// and bundlers do it, from nothing but the files themselves.
//
// Feed the builder with every file, from any number of threads, in any order; the graph depends on the files alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "code/imports/imports.h"

namespace commandcenter::architecture {

inline constexpr std::size_t kMaxGraphFiles = 200'000;
inline constexpr std::size_t kMaxManifest_bytes = 2 << 20;  // longer manifests are not read
inline constexpr std::size_t kMaxEdges = 2'000'000;         // more are left out; the graph says so

struct SourceFile {
  std::string path;  // relative to the root, with forward slashes
  FileFacts facts{};
  bool test = false;
  bool generated = false;
  std::string text{};  // of manifests and other files that describe the system; empty otherwise
};

struct Edge {
  std::uint32_t from = 0;  // indexes of files
  std::uint32_t to = 0;
  std::uint32_t line = 0;  // of the first import
  ImportKind kind = ImportKind::kImport;
  friend bool operator==(const Edge&, const Edge&) = default;
};

// A folder that a manifest makes a unit of its own.
struct Package {
  std::string folder;    // "" is the root
  std::string name;      // as the manifest calls it, else the folder's name
  std::string manifest;  // its path
  std::string kind;      // npm, python, go, cargo, maven, gradle, cmake, dotnet, composer, gem, dart
};

// An import that leads out of the repository.
struct OuterImport {
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::string specifier;
};

struct SourceGraph {
  std::vector<SourceFile> files;   // by path
  std::vector<Edge> edges;         // by from and to, each pair once, none from a file to itself
  std::vector<Package> packages;   // by folder
  std::vector<OuterImport> outer;  // by file and line
  std::vector<std::pair<std::string, std::string>> skipped;  // path and reason, by path
  std::size_t unresolved = 0;                                // relative imports that lead nowhere
  std::size_t omitted_edges = 0;

  const SourceFile* find(std::string_view path) const;
};

// True when the builder keeps the text of such a file.
bool describes_system(std::string_view path);

class GraphBuilder {
 public:
  GraphBuilder();
  ~GraphBuilder();
  // Safe from several threads, each with its own number below `code::kMaxThreads`.
  void add(unsigned thread, std::string_view path, std::string_view bytes);
  void skip(std::string path, std::string reason);  // from one thread at a time
  SourceGraph finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Sees the bytes of each file as well; like GraphBuilder::add.
using Onlooker = std::function<void(unsigned thread, std::string_view path, std::string_view bytes)>;

// All files below `root`/`target` that are source: what is ignored or built from other files is left out.
Result<SourceGraph> read_folder(const std::string& root, const std::string& target, unsigned threads,
                                const Onlooker& onlooker = {});

// The same for a commit of the repository that `root` is, or lies in, on one thread.
Result<SourceGraph> read_commit(const std::string& root, const std::string& target, const std::string& revision,
                                const Onlooker& onlooker = {});

}  // namespace commandcenter::architecture
