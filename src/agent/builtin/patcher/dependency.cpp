// One dependency, in all manifests of the folder that name it.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/builtin/patcher/locks.h"
#include "agent/builtin/patcher/operations.h"
#include "base/characters.h"

namespace commandcenter::patcher {
namespace {

// "^1.2.0" → "^"; "v1.2" → "v"; ">=1,<2" has none that could be kept.
std::string_view operator_of(std::string_view spec) {
  const std::size_t digit = std::min(spec.find_first_of("0123456789"), spec.size());
  return spec.substr(0, digit);
}

bool is_plain(std::string_view version) {
  return !version.empty() && (is_digit(version.front()) || (version.front() == 'v' && version.size() > 1));
}

// A range of one clause is an operator and a version; everything else is replaced as a whole.
bool is_single_clause(std::string_view spec) {
  return spec.find_first_of(",|") == std::string_view::npos && trimmed(operator_of(spec)).size() <= 3 &&
         spec.find(" - ") == std::string_view::npos &&
         spec.find_first_of("<>~=^", operator_of(spec).size()) == std::string_view::npos;
}

bool is_range(std::string_view spec) {
  // "workspace:*", "file:../x", "git+ssh://…", "github:a/b", "npm:other@1": no version of the registry stands there.
  return spec.find(':') == std::string_view::npos && spec.find('/') == std::string_view::npos;
}

Error unfit(std::string_view spec, std::string_view why) {
  return {ErrorCode::kInvalid, fmt::format("\"{}\" cannot be updated: {}", spec, why)};
}

Result<std::string> new_npm(std::string_view old_text, std::string_view version, Strategy strategy) {
  if (!is_range(old_text)) return fail(unfit(old_text, "it is no range of versions"));
  switch (strategy) {
    case Strategy::kReplace:
      return std::string(version);
    case Strategy::kBump:
      if (!is_plain(version) || !is_single_clause(old_text)) return std::string(version);
      return std::string(operator_of(old_text)) + std::string(version);
    case Strategy::kWiden:
      return fmt::format("{} || {}", old_text, version);
    case Strategy::kPin:
      return std::string(version.substr(operator_of(version).size()));
  }
  return std::string(version);
}

// Kinds in which the version stands behind an operator that is part of the syntax: a bare version keeps it.
std::string keep_operator(std::string_view old_text, std::string_view version, std::string_view fallback) {
  if (!is_plain(version)) return std::string(version);
  if (old_text.empty() || !is_single_clause(old_text)) return std::string(fallback) + std::string(version);
  return std::string(operator_of(old_text)) + std::string(version);
}

// From what was allowed up to the major version of what shall be.
std::string wider(std::string_view old_text, const std::string& bare, std::string_view comma) {
  const std::size_t digit = old_text.find_first_of("0123456789");
  if (digit == std::string_view::npos) return ">=" + bare;
  const std::size_t end = std::min(old_text.find_first_of(", <>=!~;", digit), old_text.size());
  std::uint64_t major = 0;
  std::from_chars(bare.data(), bare.data() + bare.size(), major);
  return fmt::format(">={}{}<{}", old_text.substr(digit, end - digit), comma, major + 1);
}

}  // namespace

Result<std::string> new_version(Grammar grammar, std::string_view old_text, std::string_view version,
                                Strategy strategy) {
  const std::string bare(version.substr(std::min(operator_of(version).size(), version.size())));
  switch (grammar) {
    case Grammar::kNpm:
    case Grammar::kComposer:
      return new_npm(old_text, version, strategy);
    case Grammar::kPython:
      if (strategy == Strategy::kPin) return "==" + bare;
      if (strategy == Strategy::kWiden) return wider(old_text, bare, ",");
      return keep_operator(old_text, version, "==");
    case Grammar::kCargo:
      if (strategy == Strategy::kPin) return "=" + bare;
      if (strategy == Strategy::kWiden) return wider(old_text, bare, ", ");
      return keep_operator(old_text, version, "");
    case Grammar::kGo:
      return "v" + bare;
    case Grammar::kRuby:
      if (strategy == Strategy::kPin) return bare;
      if (strategy == Strategy::kWiden)
        return fail(unfit(old_text, "a Gemfile writes a wider range as two texts; use another strategy"));
      return keep_operator(old_text, version, "~> ");
    case Grammar::kExact:
      if (old_text.find_first_of("[(,") != std::string_view::npos && strategy != Strategy::kPin && is_plain(version))
        return fail(unfit(old_text, "it is a range; use the strategy pin, or give the whole range as version"));
      return std::string(version);
    case Grammar::kImage:
      return std::string(version);
  }
  return std::string(version);
}

namespace {

std::vector<std::string> manifests_of(const Request& request, const std::vector<std::string>& files) {
  std::vector<std::string> manifests;
  const std::string prefix = request.folder.empty() ? "" : request.folder + "/";
  for (const std::string& path : files) {
    if (!request.manifest.empty() && path != request.manifest) continue;
    const std::string below = path.substr(prefix.size());
    const bool is_deeper = below.find('/') != std::string::npos;
    if (is_deeper && !request.recursive && request.manifest.empty()) continue;
    if (kind_of(path) != nullptr) manifests.push_back(path);
  }
  return manifests;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// What a version may be made of, besides letters and digits. Nothing besides: whatever its tool understands.
struct Shape {
  std::string_view besides;
  std::string_view example;
  bool needs_digit = true;
};

Shape shape_of(Grammar grammar) {
  switch (grammar) {
    case Grammar::kNpm:
    case Grammar::kComposer:
      return {"", "1.2.3 or ^1.2", false};
    case Grammar::kPython:
      return {".*+!_-<>=~^,| ", "1.2.3 or >=1.2,<2", false};
    case Grammar::kCargo:
      return {".*+-<>=~^, ", "1.2.3 or ^1.2", false};
    case Grammar::kGo:
      return {".+-", "v1.2.3"};
    case Grammar::kRuby:
      return {".-<>=~! ", "1.2.3 or ~> 1.2"};
    case Grammar::kExact:
      return {"._+-[](),${}*: ", "1.2.3", false};
    case Grammar::kImage:
      return {"._-@:", "18-alpine", false};
  }
  return {};
}

// `is_quoted`: the version stands in a text of its own. In Python one that follows a name has to begin with an
// operator, or it would become a part of the name.
bool fits(Grammar grammar, std::string_view version, bool is_quoted) {
  const Shape shape = shape_of(grammar);
  if (version.empty()) return false;
  if (shape.besides.empty()) return true;
  const bool is_known = std::ranges::all_of(
      version, [&](char c) { return is_letter(c) || is_digit(c) || shape.besides.find(c) != std::string_view::npos; });
  const bool has_digit = std::ranges::any_of(version, is_digit);
  if (!is_known || (shape.needs_digit && !has_digit)) return false;
  switch (grammar) {
    case Grammar::kPython:
      return is_quoted ? has_digit || version == "*"
                       : has_digit && std::string_view("<>=!~").find(version.front()) != std::string_view::npos;
    case Grammar::kCargo:
      return has_digit || version == "*";
    case Grammar::kGo:
      return version.size() > 1 && is_digit(version[1]);
    case Grammar::kImage:
      return is_letter(version.front()) || is_digit(version.front()) || version.front() == '_';
    case Grammar::kNpm:
    case Grammar::kComposer:
    case Grammar::kRuby:
    case Grammar::kExact:
      break;
  }
  return true;
}

// From the end, so that earlier places stay where they are.
Result<ManifestChange> update_one(const Request& request, Files& files, const std::string& path) {
  ManifestChange manifest;
  auto text = files.read(path);
  if (!text) return fail(std::move(text.error()));
  const Kind& kind = *kind_of(path);
  const std::size_t mark = text->starts_with("\xef\xbb\xbf") ? 3 : 0;  // of the byte order
  std::vector<Spot> spots = kind.locate(std::string_view(*text).substr(mark), request.file);
  for (Spot& spot : spots)
    spot.offset += mark;
  if (spots.empty()) return manifest;
  manifest.before = *text;
  std::ranges::sort(spots, std::greater{}, &Spot::offset);
  for (const Spot& spot : spots) {
    const std::string old_text = text->substr(spot.offset, spot.length);
    auto fresh = new_version(kind.grammar, old_text, *request.version, request.strategy);
    if (!fresh) return fail(std::move(fresh.error()));
    const char before = spot.offset == 0 ? '\n' : (*text)[spot.offset - 1];
    if (!fits(kind.grammar, *fresh, before == '"' || before == '\'')) {
      return fail(ErrorCode::kInvalid, fmt::format("\"{}\" is no version that can stand there; expected such as {}",
                                                   *request.version, shape_of(kind.grammar).example));
    }
    text->replace(spot.offset, spot.length, *fresh);
    manifest.changed.push_back({old_text, *fresh});
  }
  manifest.after = *text;
  if (auto written = files.write(path, std::move(*text)); !written) return fail(std::move(written.error()));
  return manifest;
}

// The lock files beside the manifest, or in a folder above it: workspaces share one.
Result<void> follow_locks(const Request& request, Files& files, const std::string& path, const ManifestChange& manifest,
                          Remarks& remarks) {
  for (const std::string_view lock : kind_of(path)->lock_files) {
    std::string folder = folder_of(path);
    std::string below;
    std::string place = join(folder, std::string(lock));
    while (!files.exists(place) && !folder.empty()) {
      const std::size_t slash = folder.rfind('/');
      below = join(folder.substr(slash == std::string::npos ? 0 : slash + 1), below);
      while (below.ends_with('/'))
        below.pop_back();
      folder = folder_of(folder);
      place = join(folder, std::string(lock));
    }
    if (!files.exists(place)) continue;
    auto text = files.read(place);
    const LockState state = text ? update_lock(lock, *text, request.file, manifest, below) : LockState::kStale;
    if (state == LockState::kStale) {
      remarks.stale_lock_files.push_back(place);
    } else if (state == LockState::kUpdated) {
      if (auto written = files.write(place, std::move(*text)); !written) return written;
      remarks.updated_lock_files.push_back(place);
    }
  }
  return {};
}

bool is_version_text(std::string_view version) {
  return !version.empty() && version.size() <= 200 && std::ranges::none_of(version, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\'' || c == '\\';
  });
}

}  // namespace

Result<void> update_dependency(const Request& request, Files& files, Remarks& remarks) {
  if (!request.version) {
    remarks.notes.emplace_back("nothing was changed: changes.version says which version is wanted");
    return {};
  }
  if (request.file.empty()) return fail(ErrorCode::kInvalid, "file required for update-deps: the name of the package");
  if (!is_version_text(*request.version))
    return fail(ErrorCode::kInvalid,
                fmt::format("\"{}\" is no version: quotes, backslashes and control characters are not allowed",
                            *request.version));
  const auto all = files.list(request.folder);
  if (!all) return fail(all.error());
  const std::vector<std::string> manifests = manifests_of(request, *all);
  if (manifests.empty()) {
    return fail(ErrorCode::kNotFound, "package.json not found in the target, and no other manifest of dependencies");
  }
  std::vector<std::string> names;
  bool found = false;
  for (const std::string& path : manifests) {
    names.push_back(path.substr(path.rfind('/') + 1));
    const auto updated = update_one(request, files, path);
    if (!updated) return fail(ErrorCode::kInvalid, fmt::format("{}: {}", path, updated.error().message));
    if (updated->changed.empty()) continue;
    found = true;
    if (auto followed = follow_locks(request, files, path, *updated, remarks); !followed) return followed;
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (!found) {
    return fail(ErrorCode::kNotFound,
                fmt::format("Dependency \"{}\" not found in {}", request.file, fmt::join(names, ", ")));
  }
  return {};
}

}  // namespace commandcenter::patcher
