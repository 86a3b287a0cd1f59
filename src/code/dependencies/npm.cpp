// package.json, package-lock.json of all three versions, pnpm-lock.yaml, yarn.lock of both.
#include <algorithm>
#include <map>
#include <set>

#include "base/document.h"
#include "code/dependencies/readers.h"

namespace commandcenter::code::dependencies {
namespace {

constexpr int kMaxNested = 40;

// A member that is true; any other type says nothing.
bool says(const Json& package, std::string_view name) {
  const Json* member = find_member(package, name);
  return member != nullptr && member->is_boolean() && member->get<bool>();
}

// Names that the manifest beside a lock file asks for; true for those that are needed to run.
std::map<std::string, bool> asked_for(const Json& manifest) {
  std::map<std::string, bool> names;
  for (const char* key : {"devDependencies", "dependencies", "optionalDependencies", "peerDependencies"}) {
    const Json* list = find_member(manifest, key);
    if (list == nullptr || !list->is_object()) continue;
    for (const auto& [name, version] : list->items())
      names[name] = names[name] || std::string_view(key) != "devDependencies";
  }
  return names;
}

std::map<std::string, bool> asked_beside(const Beside& beside) {
  const ManifestFile* manifest = beside.find("package.json");
  if (manifest == nullptr) return {};
  const auto json = parse_json(manifest->text);
  return json ? asked_for(*json) : std::map<std::string, bool>{};
}

// What an installed copy says.
void look_up(const Beside& beside, Dependency& dependency, const std::string& place) {
  if (!dependency.license.empty() || !beside.lookup.read) return;
  const auto text = beside.lookup.read(beside.folder() + place + "/package.json");
  if (!text) return;
  if (const auto json = parse_json(*text)) set_license(dependency, license_field(*json));
}

Dependency make(const Beside& beside, std::string name, std::string version) {
  Dependency dependency{"npm", std::move(name), std::move(version)};
  dependency.locked = true;
  dependency.file = beside.file.path;
  dependency.line = beside.line_of("\"" + dependency.name + "\"");
  return dependency;
}

// Version 1: dependencies within dependencies.
void nested(const Beside& beside, const Json& list, const std::map<std::string, bool>& asked, const std::string& place,
            int depth, Inventory& inventory) {
  if (!list.is_object() || depth > kMaxNested) return;
  for (const auto& [name, package] : list.items()) {
    if (!package.is_object()) continue;
    Dependency dependency = make(beside, name, string_member(package, "version"));
    dependency.direct = depth == 0 && asked.contains(name);
    dependency.development = says(package, "dev");
    look_up(beside, dependency, place + "node_modules/" + name);
    inventory.dependencies.push_back(std::move(dependency));
    if (const Json* inner = find_member(package, "dependencies"))
      nested(beside, *inner, asked, place + "node_modules/" + name + "/", depth + 1, inventory);
  }
}

// Versions 2 and 3: places of packages.
void placed(const Beside& beside, const Json& packages, Inventory& inventory) {
  std::map<std::string, bool> asked;
  for (const auto& [place, package] : packages.items()) {
    if (place.find("node_modules/") != std::string::npos || !package.is_object()) continue;
    for (const auto& [name, needed] : asked_for(package))  // the root and the workspaces
      asked[name] = asked[name] || needed;
  }
  constexpr std::string_view kFolder = "node_modules/";
  for (const auto& [place, package] : packages.items()) {
    const std::size_t at = place.rfind(kFolder);
    if (at == std::string::npos || !package.is_object() || says(package, "link")) continue;
    const std::string name = string_member(package, "name", place.substr(at + kFolder.size()));
    Dependency dependency = make(beside, name, string_member(package, "version"));
    dependency.line = beside.line_of("\"" + place + "\"");
    dependency.direct = at == 0 && asked.contains(name);
    dependency.development = says(package, "dev") || says(package, "devOptional");
    set_license(dependency, license_field(package));
    look_up(beside, dependency, place);
    inventory.dependencies.push_back(std::move(dependency));
  }
}

// "/@scope/name@1.0.0(peer@2)", "/name/1.0.0_peer", "name@1.0.0".
std::pair<std::string, std::string> pnpm_key(std::string_view key) {
  if (key.starts_with('/')) key.remove_prefix(1);
  key = key.substr(0, key.find('('));
  std::size_t split = key.rfind('@');
  if (split == std::string_view::npos || split == 0) split = key.rfind('/');
  if (split == std::string_view::npos || split == 0) return {};
  std::string_view version = key.substr(split + 1);
  if (key[split] == '/') version = version.substr(0, version.find('_'));
  return {std::string(key.substr(0, split)), std::string(version)};
}

void pnpm_asked(const Json& importer, std::map<std::string, bool>& asked) {
  for (const auto& [name, needed] : asked_for(importer))
    asked[name] = asked[name] || needed;
}

// "\"@babel/core@^7.0.0\", \"@babel/core@^7.1.0\":" names @babel/core.
std::string yarn_name(std::string_view line) {
  while (!line.empty() && (line.front() == '"' || line.front() == ' '))
    line.remove_prefix(1);
  const std::size_t at = line.find('@', 1);
  return at == std::string_view::npos ? std::string() : std::string(line.substr(0, at));
}

}  // namespace

Result<void> read_package_json(const Beside& beside, Inventory& inventory) {
  const auto json = parse_json(beside.file.text);
  if (!json) return fail(json.error());
  if (!json->is_object()) return {};
  Project project{"npm", beside.file.path, string_member(*json, "name"), string_member(*json, "version"),
                  license_field(*json)};
  project.license = license_from_name(project.declared);
  project.line = beside.line_of("\"license");
  inventory.projects.push_back(std::move(project));
  for (const auto& [name, needed] : asked_for(*json)) {
    Dependency dependency{"npm", name, {}};
    for (const char* key : {"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"}) {
      const Json* list = find_member(*json, key);
      if (list != nullptr && dependency.version.empty()) dependency.version = string_member(*list, name);
    }
    if (dependency.version.starts_with("workspace:") || dependency.version.starts_with("file:")) continue;
    dependency.direct = true;
    dependency.development = !needed;
    dependency.file = beside.file.path;
    dependency.line = beside.line_of("\"" + name + "\":");
    look_up(beside, dependency, "node_modules/" + name);
    inventory.dependencies.push_back(std::move(dependency));
  }
  return {};
}

Result<void> read_package_lock(const Beside& beside, Inventory& inventory) {
  const auto json = parse_json(beside.file.text, 2 * kMaxJsonDepth);
  if (!json) return fail(json.error());
  const Json* packages = find_member(*json, "packages");
  if (packages != nullptr && packages->is_object()) {
    placed(beside, *packages, inventory);
  } else if (const Json* list = find_member(*json, "dependencies")) {
    nested(beside, *list, asked_beside(beside), "", 0, inventory);
  }
  return {};
}

Result<void> read_pnpm_lock(const Beside& beside, Inventory& inventory) {
  const auto document = parse_document(beside.file.text);
  if (!document) return fail(document.error());
  std::map<std::string, bool> asked;
  pnpm_asked(document->value, asked);
  if (const Json* importers = find_member(document->value, "importers");
      importers != nullptr && importers->is_object()) {
    for (const auto& [place, importer] : importers->items())
      pnpm_asked(importer, asked);
  }
  const Json* packages = find_member(document->value, "packages");
  if (packages == nullptr || !packages->is_object()) return {};
  for (const auto& [key, package] : packages->items()) {
    auto [name, version] = pnpm_key(key);
    if (name.empty()) continue;
    Dependency dependency = make(beside, name, version);
    dependency.line = beside.line_of(key);
    const auto wanted = asked.find(name);
    dependency.direct = wanted != asked.end();
    const bool marked = package.is_object() && says(package, "dev");
    dependency.development = marked || (wanted != asked.end() && !wanted->second);
    look_up(beside, dependency, "node_modules/" + name);
    inventory.dependencies.push_back(std::move(dependency));
  }
  return {};
}

Result<void> read_yarn_lock(const Beside& beside, Inventory& inventory) {
  const auto asked = asked_beside(beside);
  std::string name;
  std::size_t number = 0;
  std::size_t head = 0;
  for (std::string_view line : lines(beside.file.text)) {
    ++number;
    if (line.starts_with("#") || trimmed(line).empty()) continue;
    if (line.front() != ' ') {
      name = line.starts_with("__metadata") ? std::string() : yarn_name(line);
      head = number;
      continue;
    }
    std::string_view rest = trimmed(line);
    if (name.empty() || !(rest.starts_with("version ") || rest.starts_with("version:"))) continue;
    rest = trimmed(rest.substr(8));
    std::string version(rest);
    std::erase(version, '"');
    if (version == "0.0.0-use.local") continue;  // a workspace
    Dependency dependency = make(beside, name, version);
    dependency.line = head;
    const auto wanted = asked.find(name);
    dependency.direct = wanted != asked.end();
    dependency.development = wanted != asked.end() && !wanted->second;
    look_up(beside, dependency, "node_modules/" + name);
    inventory.dependencies.push_back(std::move(dependency));
    name.clear();
  }
  return {};
}

}  // namespace commandcenter::code::dependencies
