// Fuzz target: any bytes as a manifest or lock file of any kind, and as REUSE.toml or dep5. Every bill of materials
// that is made of what was read is JSON with an id for each package.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "code/dependencies/annotations.h"
#include "code/dependencies/dependencies.h"
#include "code/dependencies/sbom.h"

namespace {

using namespace commandcenter::code;

constexpr auto kNames = std::to_array<const char*>({"package.json",
                                                    "package-lock.json",
                                                    "pnpm-lock.yaml",
                                                    "yarn.lock",
                                                    "requirements.txt",
                                                    "pyproject.toml",
                                                    "poetry.lock",
                                                    "uv.lock",
                                                    "Pipfile.lock",
                                                    "pdm.lock",
                                                    "Cargo.toml",
                                                    "Cargo.lock",
                                                    "go.mod",

                                                    "pom.xml",
                                                    "build.gradle",
                                                    "gradle.lockfile",
                                                    "libs.versions.toml",
                                                    "composer.json",
                                                    "composer.lock",
                                                    "Gemfile",
                                                    "Gemfile.lock",
                                                    "a.csproj",
                                                    "packages.lock.json",
                                                    "Directory.Packages.props",
                                                    "Pipfile",
                                                    "setup.py",
                                                    "setup.cfg"});

void require(bool holds) {
  if (!holds) std::abort();
}

void annotations(std::string_view name, std::string_view text) {
  const auto read = read_annotations(name, text);
  if (!read) return;
  for (const Annotation& annotation : *read)
    require(parse_license_expression(annotation.spdx).has_value());
  static_cast<void>(annotation_of(*read, "src/a/b.c"));
  static_cast<void>(annotation_of(*read, text.substr(0, 40)));
}

}  // namespace

// The first byte is the kind of file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t kind = data[0] % (kNames.size() + 2);
  if (kind >= kNames.size()) {
    annotations(kind == kNames.size() ? "REUSE.toml" : ".reuse/dep5", text);
    return 0;
  }
  require(is_manifest(kNames[kind]));
  const std::array<ManifestFile, 1> files{{{kNames[kind], std::string(text)}}};
  const Inventory inventory = read_dependencies(files, {});
  const SbomFacts facts{"fuzz", "1", "2026-01-01T00:00:00Z"};
  std::set<std::string> ids;
  const commandcenter::Json spdx = spdx_sbom(inventory, facts);
  for (const auto& package : spdx.at("packages"))
    require(ids.insert(package["SPDXID"].get<std::string>()).second);
  require(ids.size() == inventory.dependencies.size() + 1);
  static_cast<void>(
      cyclonedx_sbom(inventory, facts).dump(-1, ' ', false, commandcenter::Json::error_handler_t::replace));
  static_cast<void>(notice_text(inventory, "fuzz", {}));
  return 0;
}
