// Cargo, Go, Maven, Gradle.
#include <algorithm>
#include <cctype>
#include <map>

#include "code/dependencies/readers.h"

namespace commandcenter::code::dependencies {
namespace {

Dependency make(const Beside& beside, const char* ecosystem, std::string name, std::string version, bool locked) {
  Dependency dependency{ecosystem, std::move(name), std::move(version)};
  dependency.locked = locked;
  dependency.file = beside.file.path;
  return dependency;
}

void vendored_license(const Beside& beside, Dependency& dependency, const std::string& folder) {
  if (!beside.lookup.read || beside.lookup.licenses == nullptr || !dependency.license.empty()) return;
  for (const char* name : {"LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING", "LICENCE"}) {
    const auto text = beside.lookup.read(beside.folder() + folder + "/" + name);
    if (!text) continue;
    dependency.license = beside.lookup.licenses->read(*text).expression;
    return;
  }
}

void cargo_table(const Beside& beside, const Json* table, bool development, Inventory& inventory) {
  if (table == nullptr || !table->is_object()) return;
  for (const auto& [name, value] : table->items()) {
    if (value.is_object() && value.contains("path")) continue;
    const std::string version = value.is_string() ? value.get<std::string>() : string_member(value, "version");
    Dependency dependency =
        make(beside, "cargo", value.is_object() ? string_member(value, "package", name) : name, version, false);
    dependency.direct = true;
    dependency.development = development;
    dependency.line = beside.line_of("\n" + name) + 1;
    inventory.dependencies.push_back(std::move(dependency));
  }
}

std::string without_comments(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = std::min(text.find("<!--", at), text.size());
    out += text.substr(at, open - at);
    const std::size_t close = text.find("-->", open);
    if (close == std::string_view::npos) break;
    at = close + 3;
  }
  return out;
}

std::string element(std::string_view block, const std::string& name) {
  std::size_t from = 0;
  const auto text = between(block, "<" + name + ">", "</" + name + ">", from);
  return text ? std::string(trimmed(*text)) : std::string();
}

// A property that a pom in a folder above sets; the nearest knows it better.
std::string inherited(const Beside& beside, const std::string& name) {
  std::string folder = beside.folder();
  while (!folder.empty()) {
    folder.pop_back();
    folder.resize(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/') + 1);
    const auto parent = std::ranges::find(beside.all, folder + "pom.xml", &ManifestFile::path);
    std::string value = parent == beside.all.end() ? std::string() : element(parent->text, name);
    if (!value.empty()) return value;
  }
  return {};
}

// A pom, and what of it is the project's own: before the dependencies, and without the parent.
struct Pom {
  std::string_view text;
  std::string_view head;
};

// "${spring.version}" by <properties>, also of parents, and the project's own elements, which a parent may give.
std::string filled(std::string text, const Pom& pom, const Beside& beside) {
  constexpr std::string_view kProject = "project.";
  if (!text.starts_with("${") || !text.ends_with("}")) return text;
  std::string name = text.substr(2, text.size() - 3);
  const bool is_own = name.starts_with(kProject);
  if (is_own) name.erase(0, kProject.size());
  std::string value = is_own ? element(pom.head, name) : std::string();
  if (value.empty()) value = element(pom.text, name);
  if (value.empty() && !is_own) value = inherited(beside, name);
  return value.empty() ? text : value;
}

// "group:name:version" in quotes on a line of a Gradle file.
void gradle_line(const Beside& beside, std::string_view line, std::size_t number, Inventory& inventory) {
  std::string_view text = trimmed(line);
  std::size_t end = 0;
  while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end])) != 0)
    ++end;
  std::string word(text.substr(0, end));
  std::ranges::transform(word, word.begin(),
                         [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  static constexpr std::string_view kEnds[] = {
      "implementation",      "api",     "compile", "compileonly", "runtimeonly",
      "annotationprocessor", "runtime", "kapt",    "ksp",         "classpath"};
  if (!std::ranges::any_of(kEnds, [&](std::string_view name) { return word.ends_with(name); })) return;
  const std::size_t quote = text.find_first_of("'\"", end);
  if (quote == std::string_view::npos) return;
  const std::size_t close = text.find(text[quote], quote + 1);
  if (close == std::string_view::npos) return;
  const std::string_view what = text.substr(quote + 1, close - quote - 1);
  const std::size_t first = what.find(':');
  if (first == std::string_view::npos || what.find(' ') != std::string_view::npos) return;
  const std::size_t second = what.find(':', first + 1);
  Dependency dependency = make(beside, "maven", std::string(what.substr(0, second)),
                               second == std::string_view::npos ? "" : std::string(what.substr(second + 1)), false);
  dependency.direct = true;
  dependency.development = word.starts_with("test") || word.starts_with("androidtest");
  dependency.line = number;
  inventory.dependencies.push_back(std::move(dependency));
}

}  // namespace

Result<void> read_cargo_toml(const Beside& beside, Inventory& inventory) {
  const auto toml = parse_toml(beside.file.text);
  if (!toml) return fail(toml.error());
  if (const Json* package = find_member(*toml, "package")) {
    Project project{"cargo", beside.file.path, string_member(*package, "name"), string_member(*package, "version"),
                    string_member(*package, "license")};
    project.license = license_from_name(project.declared);
    project.line = beside.line_of("license");
    inventory.projects.push_back(std::move(project));
  }
  cargo_table(beside, find_member(*toml, "dependencies"), false, inventory);
  cargo_table(beside, find_member(*toml, "build-dependencies"), true, inventory);
  cargo_table(beside, find_member(*toml, "dev-dependencies"), true, inventory);
  return {};
}

Result<void> read_cargo_lock(const Beside& beside, Inventory& inventory) {
  const auto toml = parse_toml(beside.file.text);
  if (!toml) return fail(toml.error());
  const Json* packages = find_member(*toml, "package");
  if (packages == nullptr || !packages->is_array()) return {};
  for (const Json& package : *packages) {
    if (!package.contains("source")) continue;  // a member of the workspace
    Dependency dependency =
        make(beside, "cargo", string_member(package, "name"), string_member(package, "version"), true);
    dependency.line = beside.line_of("name = \"" + dependency.name + "\"");
    if (beside.lookup.read) {
      if (const auto text = beside.lookup.read(beside.folder() + "vendor/" + dependency.name + "/Cargo.toml")) {
        const auto own = parse_toml(*text);
        const Json* inner = own ? find_member(*own, "package") : nullptr;
        if (inner != nullptr) set_license(dependency, string_member(*inner, "license"));
      }
    }
    inventory.dependencies.push_back(std::move(dependency));
  }
  return {};
}

Result<void> read_go_mod(const Beside& beside, Inventory& inventory) {
  bool block = false;
  std::size_t number = 0;
  for (const std::string_view line : lines(beside.file.text)) {
    ++number;
    std::string_view text = trimmed(line);
    if (text.starts_with("module ")) {
      inventory.projects.push_back({"go", beside.file.path, std::string(trimmed(text.substr(7))), {}, {}, {}, number});
      continue;
    }
    if (text.starts_with("require (")) {
      block = true;
      continue;
    }
    if (text == ")") block = false;
    if (text.starts_with("require "))
      text = trimmed(text.substr(8));
    else if (!block)
      continue;
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || text.starts_with("//")) continue;
    const std::string_view rest = trimmed(text.substr(space));
    Dependency dependency =
        make(beside, "go", std::string(text.substr(0, space)), std::string(rest.substr(0, rest.find(' '))), true);
    dependency.direct = text.find("// indirect") == std::string_view::npos;
    dependency.line = number;
    vendored_license(beside, dependency, "vendor/" + dependency.name);
    inventory.dependencies.push_back(std::move(dependency));
  }
  return {};
}

Result<void> read_pom(const Beside& beside, Inventory& inventory) {
  const std::string pom = without_comments(beside.file.text);
  std::size_t from = 0;
  std::string declared;
  if (const auto licenses = between(pom, "<licenses>", "</licenses>", from)) {
    std::size_t at = 0;
    while (const auto one = between(*licenses, "<license>", "</license>", at)) {
      const std::string name = element(*one, "name");
      const std::string spdx = license_from_name(name);
      declared += (declared.empty() ? "" : " OR ") + (spdx.empty() ? name : spdx);
    }
  }
  // The project's own elements come before its dependencies; those of a parent stand in <parent>.
  std::string head = pom.substr(
      0, std::min({pom.find("<dependencies>"), pom.find("<dependencyManagement>"), pom.find("<build>"), pom.size()}));
  if (const std::size_t parent = head.find("<parent>"), end = head.find("</parent>");
      parent != std::string::npos && end != std::string::npos && end > parent)
    head.erase(parent, end + 9 - parent);
  inventory.projects.push_back({"maven", beside.file.path, element(head, "groupId") + ":" + element(head, "artifactId"),
                                element(head, "version"), declared, license_from_name(declared),
                                beside.line_of("<licenses>")});
  const auto field = [&, parts = Pom{pom, head}](const std::string& block, const char* name) {
    return filled(element(block, name), parts, beside);
  };
  const std::size_t managed_begin = pom.find("<dependencyManagement>");
  const std::size_t managed_end = pom.find("</dependencyManagement>");
  from = 0;
  while (const auto block = between(pom, "<dependency>", "</dependency>", from)) {
    const std::string own(block->substr(0, block->find("<exclusions>")));
    const std::string scope = element(own, "scope");
    Dependency dependency =
        make(beside, "maven", field(own, "groupId") + ":" + field(own, "artifactId"), field(own, "version"), false);
    dependency.direct = true;
    dependency.development = scope == "test" || scope == "provided";
    dependency.managed = from > managed_begin && from <= managed_end && managed_begin != std::string::npos;
    dependency.line = beside.line_of("<artifactId>" + element(own, "artifactId") + "</artifactId>");
    inventory.dependencies.push_back(std::move(dependency));
  }
  return {};
}

Result<void> read_gradle(const Beside& beside, Inventory& inventory) {
  std::size_t number = 0;
  for (const std::string_view line : lines(beside.file.text)) {
    ++number;
    if (!trimmed(line).starts_with("//")) gradle_line(beside, line, number, inventory);
  }
  return {};
}

namespace {

// "1.2", { ref = "kotlin" }, { strictly = "1.2" }
std::string catalog_version(const Json* version, const Json* versions) {
  if (version == nullptr) return {};
  if (version->is_string()) return version->get<std::string>();
  if (const std::string ref = string_member(*version, "ref"); !ref.empty()) {
    const Json* meant = versions == nullptr ? nullptr : find_member(*versions, ref);
    return meant != nullptr && meant->is_string() ? meant->get<std::string>() : catalog_version(meant, nullptr);
  }
  for (const char* key : {"strictly", "require", "prefer"}) {
    if (const std::string text = string_member(*version, key); !text.empty()) return text;
  }
  return {};
}

}  // namespace

// gradle/libs.versions.toml, which the build files name their dependencies from.
Result<void> read_catalog(const Beside& beside, Inventory& inventory) {
  const auto toml = parse_toml(beside.file.text);
  if (!toml) return fail(toml.error());
  const Json* versions = find_member(*toml, "versions");
  const Json* libraries = find_member(*toml, "libraries");
  if (libraries == nullptr || !libraries->is_object()) return {};
  for (const auto& [alias, library] : libraries->items()) {
    std::string name;
    std::string version;
    if (library.is_string()) {
      name = library.get<std::string>();
      const std::size_t colon = name.find(':', name.find(':') + 1);
      if (colon != std::string::npos) version = name.substr(colon + 1);
      name = name.substr(0, colon);
    } else if (library.is_object()) {
      name = string_member(library, "module");
      if (name.empty()) name = string_member(library, "group") + ":" + string_member(library, "name");
      version = catalog_version(find_member(library, "version"), versions);
    }
    if (name.find(':') == std::string::npos || name.starts_with(':') || name.ends_with(':')) continue;
    Dependency dependency = make(beside, "maven", name, version, false);
    dependency.direct = true;
    dependency.line = beside.line_of("\n" + alias) + 1;
    inventory.dependencies.push_back(std::move(dependency));
  }
  return {};
}

Result<void> read_gradle_lock(const Beside& beside, Inventory& inventory) {
  std::size_t number = 0;
  for (const std::string_view line : lines(beside.file.text)) {
    ++number;
    const std::size_t equals = line.find('=');
    const std::size_t last = line.rfind(':', equals);
    if (line.starts_with("#") || equals == std::string_view::npos || last == std::string_view::npos) continue;
    Dependency dependency = make(beside, "maven", std::string(line.substr(0, last)),
                                 std::string(line.substr(last + 1, equals - last - 1)), true);
    const std::string_view where = line.substr(equals + 1);
    dependency.development = where.find("untime") == std::string_view::npos || where.find("testRuntime") == 0;
    dependency.line = number;
    inventory.dependencies.push_back(std::move(dependency));
  }
  return {};
}

}  // namespace commandcenter::code::dependencies
