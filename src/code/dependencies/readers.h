// One reader for each kind of file. Private to this folder. Each adds to the inventory and survives any text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "code/dependencies/dependencies.h"
#include "code/dependencies/toml.h"

namespace commandcenter::code::dependencies {

// A file, and those beside it in the same folder by name.
struct Beside {
  const ManifestFile& file;
  std::span<const ManifestFile> all;
  const Lookup& lookup;
  const ManifestFile* find(std::string_view name) const;
  std::string folder() const;                        // with its slash, or empty
  std::size_t line_of(std::string_view part) const;  // of the first occurrence; 1 when there is none
};

using Reader = Result<void> (*)(const Beside& beside, Inventory& inventory);

Result<void> read_package_json(const Beside& beside, Inventory& inventory);
Result<void> read_package_lock(const Beside& beside, Inventory& inventory);
Result<void> read_pnpm_lock(const Beside& beside, Inventory& inventory);
Result<void> read_yarn_lock(const Beside& beside, Inventory& inventory);
Result<void> read_requirements(const Beside& beside, Inventory& inventory);
Result<void> read_pyproject(const Beside& beside, Inventory& inventory);
Result<void> read_setup_py(const Beside& beside, Inventory& inventory);
Result<void> read_setup_cfg(const Beside& beside, Inventory& inventory);
Result<void> read_python_lock(const Beside& beside, Inventory& inventory);
Result<void> read_pipfile(const Beside& beside, Inventory& inventory);
Result<void> read_pipfile_lock(const Beside& beside, Inventory& inventory);
Result<void> read_cargo_toml(const Beside& beside, Inventory& inventory);
Result<void> read_cargo_lock(const Beside& beside, Inventory& inventory);
Result<void> read_go_mod(const Beside& beside, Inventory& inventory);
Result<void> read_pom(const Beside& beside, Inventory& inventory);
Result<void> read_gradle(const Beside& beside, Inventory& inventory);
Result<void> read_catalog(const Beside& beside, Inventory& inventory);
Result<void> read_gradle_lock(const Beside& beside, Inventory& inventory);
Result<void> read_composer_json(const Beside& beside, Inventory& inventory);
Result<void> read_composer_lock(const Beside& beside, Inventory& inventory);
Result<void> read_gemfile(const Beside& beside, Inventory& inventory);
Result<void> read_gemfile_lock(const Beside& beside, Inventory& inventory);
Result<void> read_gemspec(const Beside& beside, Inventory& inventory);
Result<void> read_nuget_lock(const Beside& beside, Inventory& inventory);
Result<void> read_csproj(const Beside& beside, Inventory& inventory);

std::string_view trimmed(std::string_view text);
std::string_view folder_of(std::string_view path);  // with its slash
std::vector<std::string_view> lines(std::string_view text);
// The text between two marks at or after `from`, which moves behind it; nothing when they are not there.
std::optional<std::string_view> between(std::string_view text, std::string_view open, std::string_view close,
                                        std::size_t& from);
void set_license(Dependency& dependency, const std::string& declared);
std::string license_field(const Json& package);  // npm, Composer: text, {type}, or a list

}  // namespace commandcenter::code::dependencies
