#include "code/dependencies/sbom.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/sha256.h"
#include "code/licenses/expression.h"

namespace commandcenter::code {
namespace {

std::string digest(const Inventory& inventory, const SbomFacts& facts) {
  std::string all = facts.name + "\n" + facts.created;
  for (const Dependency& dependency : inventory.dependencies)
    all += "\n" + package_reference(dependency) + " " + dependency.license;
  return sha256_hex(all);
}

std::string uuid(const std::string& hex) {
  return fmt::format("{}-{}-5{}-8{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3), hex.substr(17, 3),
                     hex.substr(20, 12));
}

// Every id is known, so that the expression means something to others.
bool is_valid(const std::string& license) {
  if (license.empty()) return false;
  const auto expression = parse_license_expression(license);
  if (!expression) return false;
  return std::ranges::all_of(expression->ids(), [](const std::string& id) { return !canonical_license(id).empty(); });
}

std::string spdx_id(const Dependency& dependency) {
  std::string id = fmt::format("SPDXRef-Package-{}-{}-{}", dependency.ecosystem, dependency.name, dependency.version);
  for (char& c : id) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (!plain) c = '-';
  }
  // Names that differ only in such signs stay apart.
  return id + "-" + sha256_hex(package_reference(dependency)).substr(0, 8);
}

Json spdx_package(const Dependency& dependency) {
  const std::string license = is_valid(dependency.license) ? dependency.license : "NOASSERTION";
  Json package = {{"SPDXID", spdx_id(dependency)},
                  {"name", dependency.name},
                  {"downloadLocation", "NOASSERTION"},
                  {"filesAnalyzed", false},
                  {"licenseConcluded", "NOASSERTION"},
                  {"licenseDeclared", license},
                  {"copyrightText", "NOASSERTION"},
                  {"externalRefs", Json::array({{{"referenceCategory", "PACKAGE-MANAGER"},
                                                 {"referenceType", "purl"},
                                                 {"referenceLocator", package_url(dependency)}}})}};
  const std::string version = exact_version(dependency);
  if (!version.empty())
    package["versionInfo"] = version;
  else if (!dependency.version.empty())
    package["comment"] = "Requested as " + dependency.version;
  return package;
}

Json cyclonedx_component(const Dependency& dependency) {
  Json component = {{"type", "library"},
                    {"bom-ref", package_reference(dependency)},
                    {"name", dependency.name},
                    {"scope", dependency.development ? "optional" : "required"},
                    {"purl", package_url(dependency)}};
  const std::string version = exact_version(dependency);
  if (!version.empty())
    component["version"] = version;
  else if (!dependency.version.empty())
    component["properties"] = Json::array({{{"name", "commandcenter:requested"}, {"value", dependency.version}}});
  if (!is_valid(dependency.license)) {
    if (!dependency.declared.empty())
      component["licenses"] = Json::array({{{"license", {{"name", dependency.declared}}}}});
    return component;
  }
  const auto expression = parse_license_expression(dependency.license);
  const bool single =
      expression->kind == LicenseExpression::Kind::kLicense && expression->exception.empty() && !expression->or_later;
  component["licenses"] = single ? Json::array({{{"license", {{"id", expression->id}}}}})
                                 : Json::array({{{"expression", expression->text()}}});
  return component;
}

std::vector<std::string> copyright_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size() && lines.size() < 20;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    while (!line.empty() && (line.front() == ' ' || line.front() == '*' || line.front() == '#'))
      line.remove_prefix(1);
    if ((line.starts_with("Copyright (c)") || line.starts_with("Copyright (C)") || line.starts_with("Copyright ©") ||
         line.starts_with("Copyright 1") || line.starts_with("Copyright 2")) &&
        line.size() < 200)
      lines.emplace_back(line);
  }
  return lines;
}

// Where an installed or vendored copy lies; empty when it is not known for the ecosystem.
std::string place_of(const Dependency& dependency) {
  const std::size_t slash = dependency.file.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : dependency.file.substr(0, slash + 1);
  if (dependency.ecosystem == "npm") return folder + "node_modules/" + dependency.name;
  if (dependency.ecosystem == "go" || dependency.ecosystem == "cargo" || dependency.ecosystem == "composer")
    return folder + "vendor/" + dependency.name;
  return {};
}

}  // namespace

Json spdx_sbom(const Inventory& inventory, const SbomFacts& facts) {
  Json packages = Json::array({{{"SPDXID", "SPDXRef-Root"},
                                {"name", facts.name},
                                {"downloadLocation", "NOASSERTION"},
                                {"filesAnalyzed", false},
                                {"licenseConcluded", "NOASSERTION"},
                                {"licenseDeclared", "NOASSERTION"},
                                {"copyrightText", "NOASSERTION"}}});
  if (!inventory.projects.empty() && is_valid(inventory.projects.front().license))
    packages[0]["licenseDeclared"] = inventory.projects.front().license;
  Json relationships = Json::array({{{"spdxElementId", "SPDXRef-DOCUMENT"},
                                     {"relationshipType", "DESCRIBES"},
                                     {"relatedSpdxElement", "SPDXRef-Root"}}});
  for (const Dependency& dependency : inventory.dependencies) {
    packages.push_back(spdx_package(dependency));
    const bool development = dependency.development;
    relationships.push_back({{"spdxElementId", development ? spdx_id(dependency) : "SPDXRef-Root"},
                             {"relationshipType", development ? "DEV_DEPENDENCY_OF" : "DEPENDS_ON"},
                             {"relatedSpdxElement", development ? "SPDXRef-Root" : spdx_id(dependency)}});
  }
  return {{"spdxVersion", "SPDX-2.3"},
          {"dataLicense", "CC0-1.0"},
          {"SPDXID", "SPDXRef-DOCUMENT"},
          {"name", facts.name},
          {"documentNamespace", "https://spdx.org/spdxdocs/" + uuid(digest(inventory, facts))},
          {"creationInfo",
           {{"created", facts.created}, {"creators", Json::array({"Tool: commandcenter-" + facts.version})}}},
          {"packages", std::move(packages)},
          {"relationships", std::move(relationships)}};
}

Json cyclonedx_sbom(const Inventory& inventory, const SbomFacts& facts) {
  Json components = Json::array();
  Json direct = Json::array();
  Json dependencies = Json::array();
  for (const Dependency& dependency : inventory.dependencies) {
    components.push_back(cyclonedx_component(dependency));
    if (dependency.direct) direct.push_back(package_reference(dependency));
  }
  dependencies.push_back({{"ref", "root"}, {"dependsOn", std::move(direct)}});
  return {{"bomFormat", "CycloneDX"},
          {"specVersion", "1.5"},
          {"serialNumber", "urn:uuid:" + uuid(digest(inventory, facts))},
          {"version", 1},
          {"metadata",
           {{"timestamp", facts.created},
            {"tools",
             {{"components",
               Json::array({{{"type", "application"}, {"name", "commandcenter"}, {"version", facts.version}}})}}},
            {"component", {{"type", "application"}, {"bom-ref", "root"}, {"name", facts.name}}}}},
          {"components", std::move(components)},
          {"dependencies", std::move(dependencies)}};
}

std::string notice_text(const Inventory& inventory, std::string_view product, const Lookup& lookup) {
  std::map<std::string, std::vector<const Dependency*>> by_license;
  for (const Dependency& dependency : inventory.dependencies) {
    if (!dependency.development)
      by_license[dependency.license.empty() ? "unknown" : dependency.license].push_back(&dependency);
  }
  std::string text = fmt::format("{}\n\nThis product includes the following third-party software.\n", product);
  for (const auto& [license, dependencies] : by_license) {
    text += fmt::format("\n{}\n{}\n", license, std::string(license.size(), '-'));
    for (const Dependency* dependency : dependencies) {
      text += fmt::format("{} {} ({})\n", dependency->name, dependency->version, dependency->ecosystem);
      const std::string place = place_of(*dependency);
      if (place.empty() || !lookup.read) continue;
      for (const char* name : {"LICENSE", "LICENSE.md", "LICENSE.txt", "COPYING"}) {
        const auto file = lookup.read(place + "/" + name);
        if (!file) continue;
        for (const std::string& line : copyright_lines(*file))
          text += "    " + line + "\n";
        break;
      }
    }
  }
  return text;
}

}  // namespace commandcenter::code
