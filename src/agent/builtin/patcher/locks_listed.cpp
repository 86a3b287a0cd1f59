// Lock files of uv, NuGet and Gradle: they repeat the requirement, or list versions only. Another version than the
// locked one would bring others with it, which only the registry knows.
#include <algorithm>

#include <fmt/format.h>

#include "agent/builtin/patcher/config_formats.h"
#include "agent/builtin/patcher/locks.h"
#include "base/json.h"
#include "code/dependencies/toml.h"

namespace commandcenter::patcher {

// `requires-dist = [{ name = "a", specifier = ">=1" }]` of the project itself.
LockState update_uv(std::string& text, std::string_view dependency, const std::vector<Requirement>& changed) {
  const auto lock = code::dependencies::parse_toml(text);
  const Json* packages = lock ? find_member(*lock, "package") : nullptr;
  if (packages == nullptr || !packages->is_array()) return LockState::kStale;
  std::string version;
  for (const Json& package : *packages) {
    if (string_member(package, "name") == dependency) version = string_member(package, "version");
  }
  LockState state = LockState::kStale;
  for (const Requirement& one : changed) {
    if (!satisfies(Grammar::kPython, one.after, version)) return LockState::kStale;
    const std::string head = fmt::format("name = \"{}\"", dependency);
    const std::string before = fmt::format("specifier = \"{}\"", one.before);
    const std::string after = fmt::format("specifier = \"{}\"", one.after);
    bool any = false;
    for (std::size_t at = text.find(head); at != std::string::npos; at = text.find(head, at + 1)) {
      const std::size_t place = text.find(before, at);
      if (place == std::string::npos || text.find_first_of("}\n", at) < place) continue;
      text.replace(place, before.size(), after);
      any = true;
    }
    if (!any) return LockState::kStale;
    state = LockState::kUpdated;
  }
  return state;
}

// "requested": "[1.2.0, )" with the version that was found for it; NuGet takes the lowest that is allowed.
LockState update_nuget(std::string& text, std::string_view dependency, const std::vector<Requirement>& changed) {
  const auto lock = parse_json(text);
  const Json* frameworks = lock ? find_member(*lock, "dependencies") : nullptr;
  if (frameworks == nullptr || !frameworks->is_object() || changed.empty()) return LockState::kStale;
  const std::string& wanted = changed.front().after;
  Json set = Json::object();
  for (const auto& [framework, packages] : frameworks->items()) {
    if (!packages.is_object()) continue;
    for (const auto& [name, package] : packages.items()) {
      if (!same_word(name, dependency) || string_member(package, "type") != "Direct") continue;
      if (string_member(package, "resolved") != wanted) return LockState::kStale;
      set["dependencies"][framework][name]["requested"] = fmt::format("[{}, )", wanted);
    }
  }
  if (set.empty()) return LockState::kStale;
  auto fresh = merge_json(text, set);
  if (!fresh) return LockState::kStale;
  if (*fresh == text) return LockState::kFits;
  text = std::move(*fresh);
  return LockState::kUpdated;
}

// "group:name:version=configurations"
LockState judge_gradle(std::string_view text, std::string_view dependency, const std::vector<Requirement>& changed) {
  bool any = false;
  bool fits = true;
  each_line(text, [&](std::size_t, std::string_view line) {
    const std::string head = std::string(dependency) + ":";
    if (!line.starts_with(head)) return;
    any = true;
    const std::string_view version = line.substr(head.size(), line.find('=') - head.size());
    fits = fits && std::ranges::all_of(changed, [&](const Requirement& one) { return one.after == version; });
  });
  return any && fits ? LockState::kFits : LockState::kStale;
}

}  // namespace commandcenter::patcher
