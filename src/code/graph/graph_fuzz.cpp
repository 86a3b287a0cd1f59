// Fuzz target: any bytes as one file of a small repository, the others of which name it. Edges lead from file to file,
// each once.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "code/graph/graph.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commandcenter::architecture;
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"package.json", "tsconfig.json",   "Cargo.toml",    "go.mod",   "go.work",   "pyproject.toml", "CMakeLists.txt",
       "pom.xml",      "settings.gradle", "composer.json", "a.csproj", "src/a.ts",  "src/a.py",       "src/lib.rs",
       "src/a.go",     "src/a.c",         "src/A.java",    "src/a.cs", "src/a.php", "src/a.rb"});
  if (size == 0) return 0;
  const std::string_view name = kNames[data[0] % kNames.size()];
  GraphBuilder builder;
  builder.add(0, name, {reinterpret_cast<const char*>(data) + 1, size - 1});
  for (const std::string_view other : kNames) {
    if (other == name || other.substr(0, 4) != "src/") continue;
    builder.add(0, other, "import './a'\nimport a\n#include \"a.c\"\nmod a;\nrequire './a'\nuse A;\n");
  }
  const SourceGraph graph = builder.finish();
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const Edge& edge = graph.edges[i];
    if (edge.from >= graph.files.size() || edge.to >= graph.files.size() || edge.from == edge.to) std::abort();
    if (i == 0) continue;
    const Edge& before = graph.edges[i - 1];
    if (before.from > edge.from || (before.from == edge.from && before.to >= edge.to)) std::abort();
  }
  return 0;
}
