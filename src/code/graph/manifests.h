// Reading manifests just well enough to know names, members and paths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "code/graph/tree.h"

namespace commandcenter::architecture {

// JSON with comments and commas before closing brackets, as TypeScript writes it; null when it is none.
Json parse_loose_json(std::string_view text);

// One key of a TOML document with its raw value; arrays over several lines are joined. Tables in arrays ([[bin]]) keep
// their brackets in `section`.
struct TomlEntry {
  std::string section;
  std::string key;
  std::string value;
};
std::vector<TomlEntry> toml_entries(std::string_view text);
std::string toml_text(std::string_view value);                // without its quotes
std::vector<std::string> toml_texts(std::string_view value);  // every quoted text in it
std::string toml_find(const std::vector<TomlEntry>& entries, std::string_view section, std::string_view key);

// The contents of every <name …>contents</name> and the attribute of every <name attribute="…">.
std::vector<std::string> xml_contents(std::string_view text, std::string_view name);
std::vector<std::string> xml_attributes(std::string_view text, std::string_view name, std::string_view attribute);

// Every folder with a manifest, by folder; of several manifests in one folder the most telling counts.
std::vector<Package> find_packages(const Tree& tree);

}  // namespace commandcenter::architecture
