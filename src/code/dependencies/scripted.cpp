// Composer, Bundler, NuGet.
#include <algorithm>
#include <map>

#include "code/dependencies/readers.h"

namespace commandcenter::code::dependencies {
namespace {

// The value of an attribute in a tag's text.
std::string attribute(std::string_view tag, const std::string& name) {
  std::size_t from = 0;
  const auto value = between(tag, name + "=\"", "\"", from);
  return value ? std::string(*value) : std::string();
}

}  // namespace

Result<void> read_composer_json(const Beside& beside, Inventory& inventory) {
  const auto json = parse_json(beside.file.text);
  if (!json) return fail(json.error());
  Project project{"composer", beside.file.path, string_member(*json, "name"), string_member(*json, "version"),
                  license_field(*json)};
  project.license = license_from_name(project.declared);
  project.line = beside.line_of("\"license");
  inventory.projects.push_back(std::move(project));
  for (const char* key : {"require", "require-dev"}) {
    const Json* list = find_member(*json, key);
    if (list == nullptr || !list->is_object()) continue;
    for (const auto& [name, version] : list->items()) {
      if (name.find('/') == std::string::npos) continue;  // php, ext-json
      Dependency dependency{"composer", name, version.is_string() ? version.get<std::string>() : std::string()};
      dependency.direct = true;
      dependency.development = std::string_view(key) == "require-dev";
      dependency.file = beside.file.path;
      dependency.line = beside.line_of("\"" + name + "\"");
      inventory.dependencies.push_back(std::move(dependency));
    }
  }
  return {};
}

Result<void> read_composer_lock(const Beside& beside, Inventory& inventory) {
  const auto json = parse_json(beside.file.text);
  if (!json) return fail(json.error());
  for (const char* key : {"packages", "packages-dev"}) {
    const Json* list = find_member(*json, key);
    if (list == nullptr || !list->is_array()) continue;
    for (const Json& package : *list) {
      Dependency dependency{"composer", string_member(package, "name"), string_member(package, "version")};
      dependency.locked = true;
      dependency.development = std::string_view(key) == "packages-dev";
      dependency.file = beside.file.path;
      dependency.line = beside.line_of("\"name\": \"" + dependency.name + "\"");
      set_license(dependency, license_field(package));
      inventory.dependencies.push_back(std::move(dependency));
    }
  }
  return {};
}

namespace {

// The text between the first quotes at or behind `at`, which moves behind them.
std::string quoted(std::string_view line, std::size_t& at) {
  const std::size_t open = line.find_first_of("'\"", at);
  const std::size_t close = open == std::string_view::npos ? open : line.find(line[open], open + 1);
  at = close == std::string_view::npos ? line.size() : close + 1;
  return close == std::string_view::npos ? std::string() : std::string(line.substr(open + 1, close - open - 1));
}

bool only_to_build(std::string_view groups) {
  for (const char* name : {":development", ":test", ":ci", ":lint", ":docs"}) {
    if (groups.find(name) != std::string_view::npos)
      return groups.find(":production") == std::string_view::npos && groups.find(":default") == std::string_view::npos;
  }
  return false;
}

}  // namespace

// "gem 'name', '~> 1.0', group: :test", within "group :development do … end".
Result<void> read_gemfile(const Beside& beside, Inventory& inventory) {
  constexpr std::size_t kMaxBlocks = 100;
  std::vector<bool> blocks;  // whether what stands in them is needed only to build and test
  std::size_t number = 0;
  for (const std::string_view line : lines(beside.file.text)) {
    ++number;
    const std::string_view text = trimmed(line);
    const bool within = !blocks.empty() && blocks.back();
    if (text == "end" && !blocks.empty()) blocks.pop_back();
    if ((text.ends_with(" do") || text.starts_with("if ") || text.starts_with("unless ")) && blocks.size() < kMaxBlocks)
      blocks.push_back(within || (text.starts_with("group") && only_to_build(text)));
    if (!text.starts_with("gem ") && !text.starts_with("gem(")) continue;
    std::size_t at = 0;
    Dependency dependency{"gem", quoted(text, at), {}};
    if (dependency.name.empty()) continue;
    const std::size_t comma = text.find_first_not_of(' ', at);
    const std::size_t next = comma == std::string_view::npos ? comma : text.find_first_not_of(' ', comma + 1);
    if (next != std::string_view::npos && text[comma] == ',' && (text[next] == '\'' || text[next] == '"'))
      dependency.version = quoted(text, at);
    const std::size_t group = text.find("group", at);
    dependency.direct = true;
    dependency.development = within || (group != std::string_view::npos && only_to_build(text.substr(group)));
    dependency.file = beside.file.path;
    dependency.line = number;
    inventory.dependencies.push_back(std::move(dependency));
  }
  return {};
}

Result<void> read_gemfile_lock(const Beside& beside, Inventory& inventory) {
  std::string section;
  std::size_t number = 0;
  for (const std::string_view line : lines(beside.file.text)) {
    ++number;
    const std::string_view text = trimmed(line);
    if (text.empty()) continue;
    if (line.front() != ' ') {
      section = text;
      continue;
    }
    const std::size_t indent = line.find_first_not_of(' ');
    const std::size_t open = text.find(" (");
    const bool spec = section == "GEM" || section == "GIT" || section == "PATH";
    if (spec && indent == 4 && open != std::string_view::npos && section != "PATH") {
      Dependency dependency{"gem", std::string(text.substr(0, open)),
                            std::string(text.substr(open + 2, text.find(')') - open - 2))};
      dependency.locked = true;
      dependency.file = beside.file.path;
      dependency.line = number;
      inventory.dependencies.push_back(std::move(dependency));
    }
    if (section != "DEPENDENCIES") continue;
    std::string name(text.substr(0, text.find_first_of(" !")));
    for (Dependency& dependency : inventory.dependencies) {
      if (dependency.ecosystem == "gem" && dependency.name == name && dependency.file == beside.file.path)
        dependency.direct = true;
    }
  }
  return {};
}

Result<void> read_gemspec(const Beside& beside, Inventory& inventory) {
  std::string name;
  std::string declared;
  for (const std::string_view line : lines(beside.file.text)) {
    const std::size_t quote = line.find_first_of("'\"");
    if (quote == std::string_view::npos || trimmed(line).starts_with("#")) continue;
    const std::string value(line.substr(quote + 1, line.find(line[quote], quote + 1) - quote - 1));
    if (line.find(".name ") < quote || line.find(".name=") < quote) name = value;
    if (line.find(".license") < quote) declared = value;
  }
  inventory.projects.push_back(
      {"gem", beside.file.path, name, {}, declared, license_from_name(declared), beside.line_of(".license")});
  return {};
}

Result<void> read_nuget_lock(const Beside& beside, Inventory& inventory) {
  const auto json = parse_json(beside.file.text);
  if (!json) return fail(json.error());
  const Json* targets = find_member(*json, "dependencies");
  if (targets == nullptr || !targets->is_object()) return {};
  for (const auto& [target, packages] : targets->items()) {
    if (!packages.is_object()) continue;
    for (const auto& [name, package] : packages.items()) {
      const std::string type = string_member(package, "type");
      if (type == "Project") continue;
      Dependency dependency{"nuget", name, string_member(package, "resolved")};
      dependency.locked = true;
      dependency.direct = type == "Direct";
      dependency.file = beside.file.path;
      dependency.line = beside.line_of("\"" + name + "\"");
      inventory.dependencies.push_back(std::move(dependency));
    }
  }
  return {};
}

// Also packages.config and Directory.Packages.props.
Result<void> read_csproj(const Beside& beside, Inventory& inventory) {
  const std::string& text = beside.file.text;
  for (const std::string tag : {"<PackageReference ", "<PackageVersion ", "<package "}) {
    for (std::size_t at = text.find(tag); at != std::string::npos; at = text.find(tag, at + 1)) {
      const std::string_view head = std::string_view(text).substr(at, std::min(text.find('>', at), text.size()) - at);
      std::string name = attribute(head, tag == "<package " ? "id" : "Include");
      if (name.empty()) continue;
      std::string version = attribute(head, tag == "<package " ? "version" : "Version");
      if (version.empty() && !head.ends_with("/")) {
        std::size_t from = at;
        const auto inner = between(text, "<Version>", "</Version>", from);
        if (inner && from < text.find("</PackageReference>", at) + 1) version = *inner;
      }
      Dependency dependency{"nuget", name, version};
      dependency.direct = true;
      dependency.development =
          attribute(head, "PrivateAssets") == "all" || attribute(head, "developmentDependency") == "true";
      dependency.file = beside.file.path;
      dependency.line = beside.line_of("\"" + name + "\"");
      inventory.dependencies.push_back(std::move(dependency));
    }
  }
  std::size_t from = 0;
  const auto license = between(text, "<PackageLicenseExpression>", "</PackageLicenseExpression>", from);
  if (!beside.file.path.ends_with("proj")) return {};
  const std::string declared(license ? trimmed(*license) : std::string_view());
  inventory.projects.push_back({"nuget",
                                beside.file.path,
                                beside.file.path.substr(beside.folder().size()),
                                {},
                                declared,
                                license_from_name(declared),
                                beside.line_of("<PackageLicenseExpression>")});
  return {};
}

}  // namespace commandcenter::code::dependencies
