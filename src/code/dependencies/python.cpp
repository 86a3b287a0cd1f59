// requirements.txt, setup.py and setup.cfg, pyproject.toml of PEP 621 and Poetry, and the lock files of Poetry, uv, PDM
// and Pipenv.
#include <algorithm>
#include <cctype>
#include <map>

#include "code/dependencies/readers.h"
#include "code/dependencies/setup_py.h"

namespace commandcenter::code::dependencies {
namespace {

// "Foo_Bar" and "foo.bar" are one name.
std::string normal(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool dash = c == '-' || c == '_' || c == '.';
    if (dash && !out.empty() && out.back() == '-') continue;
    out += dash ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

// "requests[security]>=2,<3 ; python_version < '3'" as name and version; the version without "==".
std::pair<std::string, std::string> requirement(std::string_view line) {
  line = trimmed(line.substr(0, line.find(" #")));
  line = trimmed(line.substr(0, line.find(';')));
  std::size_t end = 0;
  while (end < line.size() && (std::isalnum(static_cast<unsigned char>(line[end])) != 0 || line[end] == '-' ||
                               line[end] == '_' || line[end] == '.'))
    ++end;
  const std::string name = normal(line.substr(0, end));
  std::string_view rest = trimmed(line.substr(end));
  if (rest.starts_with('[')) rest = trimmed(rest.substr(std::min(rest.find(']'), rest.size() - 1) + 1));
  if (rest.starts_with('@')) return {name, {}};
  rest = trimmed(rest.substr(0, rest.find(" --hash")));
  if (rest.starts_with("==="))
    rest.remove_prefix(3);
  else if (rest.starts_with("=="))
    rest.remove_prefix(2);
  return {name, std::string(trimmed(rest))};
}

void add(const Beside& beside, Inventory& inventory, std::string_view text, bool development, std::size_t line) {
  auto [name, version] = requirement(text);
  if (name.empty()) return;
  Dependency dependency{"pypi", name, version};
  dependency.direct = true;
  dependency.development = development;
  dependency.file = beside.file.path;
  dependency.line = line;
  inventory.dependencies.push_back(std::move(dependency));
}

void add(const Beside& beside, Inventory& inventory, std::string_view text, bool development) {
  add(beside, inventory, text, development, beside.line_of(text.substr(0, text.find_first_of("[<>=!~; @"))));
}

bool is_development(std::string_view group) {
  for (const char* word : {"dev", "test", "lint", "docs", "typing"}) {
    if (group.find(word) != std::string_view::npos) return true;
  }
  return false;
}

void add_list(const Beside& beside, Inventory& inventory, const Json* list, bool development) {
  if (list == nullptr || !list->is_array()) return;
  for (const Json& one : *list) {
    if (one.is_string()) add(beside, inventory, one.get_ref<const std::string&>(), development);
  }
}

void add_table(const Beside& beside, Inventory& inventory, const Json* table, bool development) {
  if (table == nullptr || !table->is_object()) return;
  for (const auto& [name, version] : table->items()) {
    if (name == "python") continue;
    Dependency dependency{"pypi", normal(name),
                          version.is_string() ? version.get<std::string>() : string_member(version, "version")};
    dependency.direct = true;
    dependency.development = development;
    dependency.file = beside.file.path;
    dependency.line = beside.line_of(name + " =");
    inventory.dependencies.push_back(std::move(dependency));
  }
}

void add_groups(const Beside& beside, Inventory& inventory, const Json* groups, bool tables) {
  if (groups == nullptr || !groups->is_object()) return;
  for (const auto& [name, group] : groups->items()) {
    if (tables)
      add_table(beside, inventory, find_member(group, "dependencies"), true);
    else
      add_list(beside, inventory, &group, is_development(name));
  }
}

std::string license_of(const Json& project) {
  const Json* license = find_member(project, "license");
  if (license != nullptr && license->is_string()) return license->get<std::string>();
  if (license != nullptr && license->is_object() && license->contains("text")) return string_member(*license, "text");
  if (const Json* classifiers = find_member(project, "classifiers");
      classifiers != nullptr && classifiers->is_array()) {
    for (const Json& one : *classifiers) {
      if (one.is_string() && one.get_ref<const std::string&>().starts_with("License ::")) return one.get<std::string>();
    }
  }
  return {};
}

}  // namespace

Result<void> read_requirements(const Beside& beside, Inventory& inventory) {
  const bool development = is_development(beside.file.path.substr(beside.folder().size()));
  for (const std::string_view line : lines(beside.file.text)) {
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#' || text.front() == '-' || text.find("://") != std::string_view::npos)
      continue;
    add(beside, inventory, text, development);
  }
  return {};
}

Result<void> read_setup_py(const Beside& beside, Inventory& inventory) {
  const std::string& text = beside.file.text;
  std::size_t line = 1;
  std::size_t counted = 0;
  for (const SetupRequirement& one : setup_requirements(text)) {
    line += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                                text.begin() + static_cast<std::ptrdiff_t>(one.offset), '\n'));
    counted = one.offset;
    const bool is_for_use = one.list == "install_requires" || one.list == "extras_require";
    add(beside, inventory, one.text, !is_for_use || is_development(one.group), line);
  }
  return {};
}

Result<void> read_setup_cfg(const Beside& beside, Inventory& inventory) {
  std::string_view section;
  bool is_list = false;
  bool development = false;
  std::size_t number = 0;
  for (const std::string_view line : lines(beside.file.text)) {
    ++number;
    std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') continue;
    if (text.front() == '[') {
      section = text;
      is_list = false;
      continue;
    }
    if (line.front() != ' ' && line.front() != '\t') {
      const std::size_t equals = std::min(text.find('='), text.size());
      const std::string_view key = trimmed(text.substr(0, equals));
      const bool is_extra = section == "[options.extras_require]";
      const bool is_for_tests = section == "[options]" && (key == "setup_requires" || key == "tests_require");
      is_list = is_extra || is_for_tests || (section == "[options]" && key == "install_requires");
      development = is_for_tests || (is_extra && is_development(key));
      text = trimmed(text.substr(std::min(equals + 1, text.size())));
    }
    if (is_list && text.find("://") == std::string_view::npos && !text.starts_with("file:"))
      add(beside, inventory, text, development, number);
  }
  return {};
}

Result<void> read_pyproject(const Beside& beside, Inventory& inventory) {
  const auto toml = parse_toml(beside.file.text);
  if (!toml) return fail(toml.error());
  const Json* tool = find_member(*toml, "tool");
  const Json* poetry = tool == nullptr ? nullptr : find_member(*tool, "poetry");
  const Json* pep = find_member(*toml, "project");
  if (const Json* project = pep != nullptr ? pep : poetry) {
    Project own{"pypi", beside.file.path, string_member(*project, "name"), string_member(*project, "version"),
                license_of(*project)};
    own.license = license_from_name(own.declared);
    own.line = beside.line_of("license");
    inventory.projects.push_back(std::move(own));
  }
  if (pep != nullptr) {
    add_list(beside, inventory, find_member(*pep, "dependencies"), false);
    add_groups(beside, inventory, find_member(*pep, "optional-dependencies"), false);
  }
  if (poetry != nullptr) {
    add_table(beside, inventory, find_member(*poetry, "dependencies"), false);
    add_table(beside, inventory, find_member(*poetry, "dev-dependencies"), true);
    add_groups(beside, inventory, find_member(*poetry, "group"), true);
  }
  add_groups(beside, inventory, find_member(*toml, "dependency-groups"), false);
  return {};
}

// Poetry, uv and PDM list packages the same way.
Result<void> read_python_lock(const Beside& beside, Inventory& inventory) {
  const auto toml = parse_toml(beside.file.text);
  if (!toml) return fail(toml.error());
  const Json* packages = find_member(*toml, "package");
  if (packages == nullptr || !packages->is_array()) return {};
  for (const Json& package : *packages) {
    const Json* source = find_member(package, "source");
    if (source != nullptr && (source->contains("virtual") || source->contains("editable")))
      continue;  // the project itself
    Dependency dependency{"pypi", normal(string_member(package, "name")), string_member(package, "version")};
    dependency.locked = true;
    dependency.file = beside.file.path;
    dependency.line = beside.line_of("name = \"" + string_member(package, "name") + "\"");
    dependency.development = string_member(package, "category") == "dev";
    const Json* groups = find_member(package, "groups");
    if (groups != nullptr && groups->is_array() && !groups->empty())
      dependency.development =
          std::ranges::none_of(*groups, [](const Json& group) { return group == "main" || group == "default"; });
    set_license(dependency, string_member(package, "license"));
    inventory.dependencies.push_back(std::move(dependency));
  }
  return {};
}

Result<void> read_pipfile(const Beside& beside, Inventory& inventory) {
  const auto toml = parse_toml(beside.file.text);
  if (!toml) return fail(toml.error());
  add_table(beside, inventory, find_member(*toml, "packages"), false);
  add_table(beside, inventory, find_member(*toml, "dev-packages"), true);
  return {};
}

Result<void> read_pipfile_lock(const Beside& beside, Inventory& inventory) {
  const auto json = parse_json(beside.file.text);
  if (!json) return fail(json.error());
  for (const char* section : {"default", "develop"}) {
    const Json* packages = find_member(*json, section);
    if (packages == nullptr || !packages->is_object()) continue;
    for (const auto& [name, package] : packages->items()) {
      Dependency dependency{"pypi", normal(name), string_member(package, "version")};
      if (dependency.version.starts_with("==")) dependency.version.erase(0, 2);
      dependency.locked = true;
      dependency.development = std::string_view(section) == "develop";
      dependency.file = beside.file.path;
      dependency.line = beside.line_of("\"" + name + "\"");
      inventory.dependencies.push_back(std::move(dependency));
    }
  }
  return {};
}

}  // namespace commandcenter::code::dependencies
