// The builder: facts from many threads, then one ordered pass of the resolvers.
#include "code/graph/graph.h"

#include <algorithm>
#include <array>
#include <mutex>

#include <fmt/format.h>

#include "code/git/git.h"
#include "code/graph/resolvers.h"
#include "code/source/source.h"
#include "code/walk/walk.h"

namespace commandcenter::architecture {
namespace {

constexpr auto kDescribingNames = std::to_array<std::string_view>({"package.json",
                                                                   "go.mod",
                                                                   "go.work",
                                                                   "Cargo.toml",
                                                                   "pyproject.toml",
                                                                   "setup.py",
                                                                   "setup.cfg",
                                                                   "composer.json",
                                                                   "pom.xml",
                                                                   "build.gradle",
                                                                   "build.gradle.kts",
                                                                   "settings.gradle",
                                                                   "settings.gradle.kts",
                                                                   "CMakeLists.txt",
                                                                   "meson.build",
                                                                   "makefile",
                                                                   "GNUmakefile",
                                                                   "pubspec.yaml",
                                                                   "Gemfile",
                                                                   "requirements.txt",
                                                                   "Procfile",
                                                                   "LICENSE",
                                                                   "COPYING"});
constexpr auto kDescribingEndings =
    std::to_array<std::string_view>({".csproj", ".fsproj", ".sln", ".gemspec", ".cmake", ".mk", ".yaml", ".yml"});

// Build output that lies beside the manifest of its tool; elsewhere the name is as good as any.
struct Output {
  std::string_view folder;
  std::array<std::string_view, 6> manifests;
};
constexpr auto kOutputs = std::to_array<Output>({
    {"target", {"Cargo.toml", "pom.xml", "build.sbt", "", "", ""}},
    {"build", {"CMakeLists.txt", "build.gradle", "build.gradle.kts", "package.json", "setup.py", "pubspec.yaml"}},
    {"dist", {"package.json", "setup.py", "pyproject.toml", "", "", ""}},
    {"out", {"package.json", "build.gradle", "CMakeLists.txt", "build.xml", "", ""}},
    {"coverage", {"package.json", "", "", "", "", ""}},
    {"vendor", {"go.mod", "composer.json", "Gemfile", "Cargo.toml", "", ""}},
});
constexpr auto kNeverSource = std::to_array<std::string_view>({"node_modules",  "bower_components",
                                                               "venv",          ".venv",
                                                               "__pycache__",   ".tox",
                                                               ".nox",          ".mypy_cache",
                                                               ".ruff_cache",   ".pytest_cache",
                                                               "site-packages", ".gradle",
                                                               ".next",         ".nuxt",
                                                               ".svelte-kit",   ".pc",
                                                               ".terraform",    "Pods",
                                                               "DerivedData",   ".bundle",
                                                               ".cache",        ".nyc_output"});

bool is_output(std::span<const std::string> siblings, std::string_view folder) {
  if (std::ranges::find(kNeverSource, folder) != kNeverSource.end()) return true;
  const auto output = std::ranges::find(kOutputs, folder, &Output::folder);
  if (output == kOutputs.end()) return false;
  return std::ranges::any_of(output->manifests, [&](std::string_view manifest) {
    return !manifest.empty() && std::ranges::find(siblings, manifest) != siblings.end();
  });
}

// The same for the files of a commit, which come folder by folder, each before the folders in it.
class OutputFolders {
 public:
  bool contains(std::string_view path) {
    const std::string_view name = name_of(path);
    for (const Output& output : kOutputs) {
      if (std::ranges::find(output.manifests, name) != output.manifests.end()) manifests_.emplace(path);
    }
    for (std::string_view folder = folder_of(path); !folder.empty(); folder = folder_of(folder)) {
      const auto [known, is_new] = folders_.try_emplace(std::string(folder), false);
      if (is_new) known->second = is_output_folder(folder);
      if (known->second) return true;
    }
    return false;
  }

 private:
  bool is_output_folder(std::string_view folder) const {
    if (std::ranges::find(kNeverSource, name_of(folder)) != kNeverSource.end()) return true;
    const auto output = std::ranges::find(kOutputs, name_of(folder), &Output::folder);
    if (output == kOutputs.end()) return false;
    const std::string beside(folder.substr(0, folder.size() - name_of(folder).size()));
    return std::ranges::any_of(output->manifests, [&](std::string_view manifest) {
      return !manifest.empty() && manifests_.contains(beside + std::string(manifest));
    });
  }

  TextSet manifests_{};
  TextMap<bool> folders_{};
};

void sort_edges(SourceGraph& graph) {
  // Of several imports of one file the first line counts, and the strongest kind: a type alone is the weakest.
  std::ranges::stable_sort(graph.edges, [](const Edge& a, const Edge& b) {
    const auto weak = [](const Edge& edge) { return edge.kind == ImportKind::kType; };
    return std::tuple(a.from, a.to, weak(a), a.line) < std::tuple(b.from, b.to, weak(b), b.line);
  });
  const auto is_same = [](const Edge& a, const Edge& b) { return a.from == b.from && a.to == b.to; };
  graph.edges.erase(std::unique(graph.edges.begin(), graph.edges.end(), is_same), graph.edges.end());
  if (graph.edges.size() <= kMaxEdges) return;
  graph.omitted_edges = graph.edges.size() - kMaxEdges;
  graph.edges.resize(kMaxEdges);
}

void resolve_all(SourceGraph& graph) {
  const Tree tree(graph.files);
  graph.packages = find_packages(tree);
  ScriptResolver script(tree);
  PythonResolver python(tree, graph.packages);
  const GoResolver go(tree);
  const JvmResolver jvm(tree);
  const RustResolver rust(tree, graph.packages);
  const CResolver c(tree);
  const CSharpResolver csharp(tree);
  const PhpResolver php(tree);
  const PathResolver path(tree);
  std::vector<FileId> to;
  for (FileId id = 0; id < graph.files.size(); ++id) {
    const Tongue tongue = graph.files[id].facts.tongue;
    if (tongue == Tongue::kCSharp) {
      csharp.resolve_file(id, graph.edges, graph.outer);
      continue;
    }
    for (const Import& import : graph.files[id].facts.imports) {
      to.clear();
      Found found = Found::kOutside;
      switch (tongue) {
        case Tongue::kScript:
        case Tongue::kComponent:
          found = script.resolve(id, import, to);
          break;
        case Tongue::kPython:
          found = python.resolve(id, import, to);
          break;
        case Tongue::kGo:
          found = go.resolve(id, import, to);
          break;
        case Tongue::kRust:
          found = rust.resolve(id, import, to);
          break;
        case Tongue::kC:
          found = c.resolve(id, import, to);
          break;
        case Tongue::kPhp:
          found = php.resolve(id, import, to);
          break;
        case Tongue::kJava:
        case Tongue::kKotlin:
        case Tongue::kScala:
        case Tongue::kGroovy:
          found = jvm.resolve(id, import, to);
          break;
        case Tongue::kRuby:
        case Tongue::kDart:
        case Tongue::kProto:
        case Tongue::kLua:
          found = path.resolve(id, import, to);
          break;
        case Tongue::kNone:
        case Tongue::kCSharp:
          break;
      }
      if (found == Found::kOutside) graph.outer.push_back({id, import.line, import.specifier});
      if (found == Found::kNowhere) ++graph.unresolved;
      for (const FileId target : to) {
        if (target != id) graph.edges.push_back({id, target, import.line, import.kind});
      }
    }
  }
  sort_edges(graph);
}

}  // namespace

struct GraphBuilder::State {
  std::array<std::vector<SourceFile>, code::kMaxThreads> files;
  std::vector<std::pair<std::string, std::string>> skipped;
};

GraphBuilder::GraphBuilder() : state_(std::make_unique<State>()) {}
GraphBuilder::~GraphBuilder() = default;

bool describes_system(std::string_view path) {
  const std::string_view name = name_of(path);
  if (std::ranges::find(kDescribingNames, name) != kDescribingNames.end()) return true;
  if (configures_bundler(name)) return true;
  if (name.starts_with("tsconfig") || name.starts_with("jsconfig")) return name.ends_with(".json");
  if (path.ends_with(".json") && name.find("tsconfig") != std::string_view::npos) return true;
  if (name.starts_with("Makefile") || name.starts_with("configure.") || name.starts_with("Dockerfile")) return true;
  if (name.starts_with("LICENSE") || name.starts_with("COPYING") || name.starts_with("LICENCE")) return true;
  if (name.starts_with(".env.") || name == ".env") return true;
  return std::ranges::any_of(kDescribingEndings, [&](std::string_view ending) { return name.ends_with(ending); });
}

void GraphBuilder::add(unsigned thread, std::string_view path, std::string_view bytes) {
  SourceFile file{.path = std::string(path)};
  if (tongue_of(path) != Tongue::kNone) {
    const code::Traits traits = code::traits_of(path, bytes.substr(0, 64 << 10));
    file.test = traits.test;
    file.generated = traits.generated || traits.minified;
    const code::Encoding encoding = code::encoding_of(bytes.substr(0, 8 << 10));
    if (encoding == code::Encoding::kUtf16Le || encoding == code::Encoding::kUtf16Be) {
      file.facts = read_imports(path, code::utf16_to_utf8(bytes, encoding == code::Encoding::kUtf16Be));
    } else if (traits.minified) {
      file.facts = read_imports(path, {});
    } else {
      file.facts = read_imports(path, bytes);
    }
  }
  if (describes_system(path) && bytes.size() <= kMaxManifest_bytes) file.text = bytes;
  state_->files.at(thread).push_back(std::move(file));
}

void GraphBuilder::skip(std::string path, std::string reason) {
  state_->skipped.emplace_back(std::move(path), std::move(reason));
}

SourceGraph GraphBuilder::finish() {
  SourceGraph graph;
  for (std::vector<SourceFile>& files : state_->files) {
    graph.files.insert(graph.files.end(), std::make_move_iterator(files.begin()), std::make_move_iterator(files.end()));
    files.clear();
  }
  std::ranges::sort(graph.files, {}, &SourceFile::path);
  if (graph.files.size() > kMaxGraphFiles) {
    state_->skipped.emplace_back(graph.files[kMaxGraphFiles].path,
                                 fmt::format("this and what follows: more than {} files", kMaxGraphFiles));
    graph.files.erase(graph.files.begin() + kMaxGraphFiles, graph.files.end());
  }
  graph.skipped = std::move(state_->skipped);
  std::ranges::sort(graph.skipped);
  resolve_all(graph);
  return graph;
}

const SourceFile* SourceGraph::find(std::string_view path) const {
  const auto found = std::ranges::lower_bound(files, path, {}, &SourceFile::path);
  return found != files.end() && found->path == path ? &*found : nullptr;
}

Result<SourceGraph> read_folder(const std::string& root, const std::string& target, unsigned threads,
                                const Onlooker& onlooker) {
  GraphBuilder builder;
  code::WalkOptions options;
  options.threads = threads;
  options.is_excluded = is_output;
  code::Visitor visitor;
  visitor.file = [&](unsigned thread, std::string_view path, std::string_view bytes) {
    builder.add(thread, path, bytes);
    if (onlooker) onlooker(thread, path, bytes);
  };
  visitor.skipped = [&](std::string path, std::string reason) { builder.skip(std::move(path), std::move(reason)); };
  if (auto walked = code::walk(root, target, options, visitor); !walked) return fail(std::move(walked.error()));
  return builder.finish();
}

Result<SourceGraph> read_commit(const std::string& root, const std::string& target, const std::string& revision,
                                const Onlooker& onlooker) {
  const auto repository = code::Repository::open(root);
  if (!repository) return fail(repository.error());
  GraphBuilder builder;
  OutputFolders outputs;
  const std::string inside = repository->way_to(root);
  const auto see = [&](std::string_view path, std::string_view bytes) {
    if (!path.starts_with(inside)) return;
    path.remove_prefix(inside.size());
    if (outputs.contains(path)) return;
    if (!target.empty() && path != target && !(path.starts_with(target) && path[target.size()] == '/')) return;
    builder.add(0, path, bytes);
    if (onlooker) onlooker(0, path, bytes);
  };
  if (auto read = repository->files_at(revision, code::kMaxFile_bytes, see); !read) return fail(read.error());
  return builder.finish();
}

}  // namespace commandcenter::architecture
