#include "agent/builtin/patcher/locks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "agent/builtin/patcher/config_formats.h"
#include "base/document.h"

namespace commandcenter::patcher {
namespace {

struct Version {
  std::array<std::uint64_t, 3> parts{};
  int given = 0;  // how many parts stand there
  auto operator<=>(const Version& other) const { return parts <=> other.parts; }
  bool operator==(const Version& other) const { return parts == other.parts; }
};

// "1", "1.2", "1.2.x", "v1.2.3"; nothing for anything else, such as 1.0.0-rc.1.
std::optional<Version> version_of(std::string_view text) {
  Version version;
  if (text.starts_with('v')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    if (version.given == 3) return std::nullopt;
    const std::size_t end = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, end);
    if (part == "x" || part == "*" || part == "X") return version;
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc() || stop != part.data() + part.size()) return std::nullopt;
    version.parts[static_cast<std::size_t>(version.given++)] = number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return version;
}

// The first version that is too high: `place` is counted up, what is behind it is nothing.
Version next(Version version, int place) {
  const auto at = static_cast<std::size_t>(place);
  ++version.parts[at];
  std::fill(version.parts.begin() + place + 1, version.parts.end(), 0);
  return version;
}

bool within(const Version& version, const Version& from, const Version& below) {
  return version >= from && version < below;
}

int caret_place(const Version& from) {
  if (from.parts[0] > 0 || from.given < 2) return 0;
  return from.parts[1] > 0 || from.given < 3 ? 1 : 2;
}

bool clause_holds(Grammar grammar, std::string_view clause, const Version& version) {
  const std::size_t digit = clause.find_first_of("0123456789v*xX");
  if (digit == std::string_view::npos) return false;
  const std::string_view sign = trimmed(clause.substr(0, digit));
  const auto from = version_of(trimmed(clause.substr(digit)));
  if (!from) return false;
  if (sign == ">=") return version >= *from;
  if (sign == "<") return version < *from;
  if (sign == "<=") return from->given == 3 && version <= *from;
  if (sign == ">") return from->given == 3 && version > *from;
  const int last = std::max(from->given - 1, 0);
  if (sign == "^" || (sign.empty() && grammar == Grammar::kCargo))
    return from->given == 0 || within(version, *from, next(*from, caret_place(*from)));
  if (sign == "~" && grammar != Grammar::kComposer)
    return from->given == 0 || within(version, *from, next(*from, std::min(last, 1)));
  if (sign == "~>" || sign == "~=" || sign == "~") return within(version, *from, next(*from, std::max(last - 1, 0)));
  if (!sign.empty() && sign != "=" && sign != "==") return false;
  if (from->given == 0) return true;
  if (clause.ends_with('*')) return within(version, *from, next(*from, last));
  return grammar == Grammar::kNpm || sign == "=" ? within(version, *from, next(*from, last)) : version == *from;
}

// Every clause of "a b", "a, b"; a sign may stand apart from its version.
bool all_hold(Grammar grammar, std::string_view text, const Version& version) {
  std::string clause;
  bool any = false;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    const bool ends = at == text.size() || text[at] == ',' || text[at] == ' ';
    if (!ends) clause += text[at];
    const bool whole = clause.find_first_of("0123456789*xX") != std::string::npos;
    if (!ends || !whole) continue;
    if (!clause_holds(grammar, clause, version)) return false;
    any = true;
    clause.clear();
  }
  return any && trimmed(clause).empty();
}

constexpr std::array<std::string_view, 4> kNpmSections{"dependencies", "devDependencies", "optionalDependencies",
                                                       "peerDependencies"};

const Json* at_path(const Json& value, std::initializer_list<std::string_view> keys) {
  const Json* place = &value;
  for (const std::string_view key : keys) {
    if (place != nullptr) place = find_member(*place, key);
  }
  return place;
}

LockState update_npm(std::string& text, std::string_view name, const std::vector<Requirement>& changed,
                     const std::string& folder) {
  const auto lock = parse_json(text);
  if (!lock) return LockState::kStale;
  const std::string inner = "node_modules/" + std::string(name);
  const Json* locked = folder.empty() ? nullptr : at_path(*lock, {"packages", folder + "/" + inner});
  if (locked == nullptr) locked = at_path(*lock, {"packages", inner});
  const Json* old_form = at_path(*lock, {"dependencies", name});
  const std::string version = locked != nullptr     ? string_member(*locked, "version")
                              : old_form != nullptr ? string_member(*old_form, "version")
                                                    : "";
  Json set = Json::object();
  for (const Requirement& one : changed) {
    if (!satisfies(Grammar::kNpm, one.after, version)) return LockState::kStale;
    for (const std::string_view section : kNpmSections) {
      const Json* there = at_path(*lock, {"packages", folder, section, name});
      if (there != nullptr && *there == Json(one.before))
        set["packages"][folder][std::string(section)][std::string(name)] = one.after;
    }
  }
  if (set.empty()) return LockState::kFits;
  auto fresh = merge_json(text, set);
  if (!fresh) return LockState::kStale;
  text = std::move(*fresh);
  return LockState::kUpdated;
}

LockState update_pnpm(std::string& text, std::string_view name, const std::vector<Requirement>& changed,
                      const std::string& folder) {
  const auto lock = parse_document(text);
  if (!lock) return LockState::kStale;
  const std::string importer = folder.empty() ? "." : folder;
  Json set = Json::object();
  for (const Requirement& one : changed) {
    for (const std::string_view section : kNpmSections) {
      const Json* there = at_path(lock->value, {"importers", importer, section, name});
      if (there == nullptr || string_member(*there, "specifier") != one.before) continue;
      const std::string version = string_member(*there, "version");
      if (!satisfies(Grammar::kNpm, one.after, std::string_view(version).substr(0, version.find('('))))
        return LockState::kStale;
      set["importers"][importer][std::string(section)][std::string(name)]["specifier"] = one.after;
    }
  }
  if (set.empty()) return LockState::kStale;  // a form of the file that is not known here
  auto fresh = merge_yaml(text, set);
  if (!fresh) return LockState::kStale;
  text = std::move(*fresh);
  return LockState::kUpdated;
}

// "name@^1.0.0, name@^1.1.0:" and below it the version; also with "npm:" in front of the requirement.
LockState update_yarn(std::string& text, std::string_view name, const std::vector<Requirement>& changed) {
  LockState state = LockState::kStale;
  for (const Requirement& one : changed) {
    state = LockState::kStale;
    for (const std::string_view protocol : {"", "npm:"}) {
      const std::string before = fmt::format("{}@{}{}", name, protocol, one.before);
      const std::string after = fmt::format("{}@{}{}", name, protocol, one.after);
      std::vector<Edit> edits;
      std::string version;
      each_line(text, [&](std::size_t offset, std::string_view line) {
        const bool head = !line.empty() && line.front() != ' ' && line.front() != '#' && line.ends_with(':');
        if (head) version.clear();
        if (!head && !edits.empty() && version.empty() && trimmed(line).starts_with("version")) {
          version = trimmed(line).substr(7);
          std::erase_if(version, [](char c) { return c == '"' || c == ':' || c == ' '; });
        }
        const std::size_t at = head ? line.find(before) : std::string_view::npos;
        if (at == std::string_view::npos || !edits.empty()) return;
        const char begins = at == 0 ? '"' : line[at - 1];
        const char ends = line[at + before.size()];
        if ((begins == '"' || begins == ' ') && (ends == '"' || ends == ',' || ends == ':'))
          edits.push_back({offset + at, before.size(), after});
      });
      if (edits.empty() || text.find(after + ":") != std::string::npos || !satisfies(Grammar::kNpm, one.after, version))
        continue;
      text = edited(text, std::move(edits));
      state = LockState::kUpdated;
    }
    if (state == LockState::kStale) return state;
  }
  return state;
}

LockState judge_cargo(std::string_view text, std::string_view name, const std::vector<Requirement>& changed) {
  bool inside = false;
  bool fits = false;
  each_line(text, [&](std::size_t, std::string_view line) {
    if (line == "[[package]]") inside = false;
    if (line == fmt::format("name = \"{}\"", name)) inside = true;
    if (!inside || !line.starts_with("version = \"")) return;
    const std::string_view version = line.substr(11, line.size() - 12);
    fits = fits || std::ranges::all_of(
                       changed, [&](const Requirement& one) { return satisfies(Grammar::kCargo, one.after, version); });
  });
  return fits ? LockState::kFits : LockState::kStale;
}

LockState judge_go(std::string_view text, std::string_view name, const std::vector<Requirement>& changed) {
  return std::ranges::all_of(changed,
                             [&](const Requirement& one) {
                               return text.find(fmt::format("{} {} h1:", name, one.after)) != std::string_view::npos &&
                                      text.find(fmt::format("{} {}/go.mod h1:", name, one.after)) !=
                                          std::string_view::npos;
                             })
             ? LockState::kFits
             : LockState::kStale;
}

LockState update_ruby(std::string& text, std::string_view name, const std::vector<Requirement>& changed) {
  std::string version;
  std::vector<Edit> edits;
  bool listed = false;
  each_line(text, [&](std::size_t offset, std::string_view line) {
    if (!line.empty() && line.front() != ' ') listed = line == "DEPENDENCIES";
    const std::string head = fmt::format("{} (", name);
    const std::size_t at = line.find_first_not_of(' ');
    if (at == std::string_view::npos || !line.substr(at).starts_with(head) || !line.ends_with(')')) return;
    const std::string_view inside = line.substr(at + head.size(), line.size() - at - head.size() - 1);
    if (at == 4) version = inside;
    if (!listed || at != 2) return;
    for (const Requirement& one : changed) {
      if (inside == one.before) edits.push_back({offset + at + head.size(), inside.size(), one.after});
    }
  });
  const bool fits = std::ranges::all_of(
      changed, [&](const Requirement& one) { return satisfies(Grammar::kRuby, one.after, version); });
  if (!fits || edits.empty()) return LockState::kStale;
  text = edited(text, std::move(edits));
  return LockState::kUpdated;
}

}  // namespace

bool satisfies(Grammar grammar, std::string_view requirement, std::string_view version) {
  const auto exact = version_of(version);
  const bool always_three = grammar == Grammar::kNpm || grammar == Grammar::kCargo;
  if (!exact || exact->given == 0 || (always_three && exact->given != 3)) return false;
  while (true) {
    const std::size_t bar = requirement.find("||");
    if (all_hold(grammar, trimmed(requirement.substr(0, bar)), *exact)) return true;
    if (bar == std::string_view::npos) return false;
    requirement.remove_prefix(bar + 2);
  }
}

LockState update_lock(std::string_view name, std::string& text, std::string_view dependency,
                      const ManifestChange& manifest, const std::string& folder) {
  const std::vector<Requirement>& changed = manifest.changed;
  if (name == "package-lock.json" || name == "npm-shrinkwrap.json")
    return update_npm(text, dependency, changed, folder);
  if (name == "pnpm-lock.yaml") return update_pnpm(text, dependency, changed, folder);
  if (name == "yarn.lock") return update_yarn(text, dependency, changed);
  if (name == "Cargo.lock") return judge_cargo(text, dependency, changed);
  if (name == "go.sum") return judge_go(text, dependency, changed);
  if (name == "Gemfile.lock") return update_ruby(text, dependency, changed);
  if (name == "composer.lock") return update_composer(text, dependency, manifest);
  if (name == "poetry.lock") return update_poetry(text, dependency, manifest);
  if (name == "uv.lock") return update_uv(text, dependency, changed);
  if (name == "packages.lock.json") return update_nuget(text, dependency, changed);
  if (name == "gradle.lockfile") return judge_gradle(text, dependency, changed);
  return LockState::kStale;  // PDM's hash depends on settings outside of the repository
}

}  // namespace commandcenter::patcher
