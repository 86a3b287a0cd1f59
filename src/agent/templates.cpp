#include "agent/templates.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/agent.h"
#include "base/nearest.h"

namespace commandcenter::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kShared = "shared";

struct Place {
  std::string_view template_name;
  std::string_view part;  // a language, or kShared
  std::string_view file;  // in the new folder
};

Place place_of(std::string_view path) {
  const std::size_t first = path.find('/');
  const std::size_t second = path.find('/', first + 1);
  return {path.substr(0, first), path.substr(first + 1, second - first - 1), path.substr(second + 1)};
}

Result<void> check_choice(std::string_view what, const std::string& chosen, const std::set<std::string>& known) {
  if (known.contains(chosen)) return {};
  const std::vector<std::string> names(known.begin(), known.end());
  const std::string nearest = nearest_name(chosen, names);
  return fail(ErrorCode::kInvalid,
              fmt::format("there is no {0} {1}; {2}: {3}", what, chosen,
                          nearest.empty() ? "choose one of these" : "did you mean " + nearest + "? There are",
                          fmt::join(names, ", ")));
}

Result<void> check_kind(const NewAgent& wanted) {
  std::set<std::string> templates;
  std::set<std::string> languages;
  for (const EmbeddedFile& file : template_files()) {
    const Place place = place_of(file.path);
    templates.emplace(place.template_name);
    if (place.template_name == wanted.template_name && place.part != kShared) languages.emplace(place.part);
  }
  if (auto known = check_choice("template", wanted.template_name, templates); !known) return known;
  return check_choice("language", wanted.language, languages);
}

Result<std::string> choose_name(const NewAgent& wanted) {
  std::string name = wanted.name;
  if (name.empty()) {
    std::error_code error;
    const fs::path folder = fs::absolute(wanted.folder, error).lexically_normal();
    name = folder.has_filename() ? folder.filename().string() : folder.parent_path().filename().string();
  }
  if (is_agent_name(name)) return name;
  return fail(
      ErrorCode::kInvalid,
      fmt::format("\"{}\" is no name for an agent: it may have at most {} letters, digits, '-', '_' or '.'; give "
                  "one with --name",
                  name, kMaxName_bytes));
}

// Makes the folder, or finds it empty.
Result<void> prepare(const std::string& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (fs::exists(status) && !fs::is_directory(status))
    return fail(ErrorCode::kInvalid, fmt::format("{} is not a folder; choose another place", folder));
  if (!fs::exists(status)) fs::create_directories(folder, error);
  if (!error && !fs::is_empty(folder, error) && !error) {
    return fail(ErrorCode::kInvalid,
                fmt::format("{} exists and is not empty; choose another folder, or empty it", folder));
  }
  if (error) return fail(ErrorCode::kInvalid, fmt::format("{} cannot be made: {}", folder, error.message()));
  return {};
}

std::string fill(std::string_view content, std::string_view placeholder, std::string_view value) {
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = content.find(placeholder); at != std::string_view::npos; at = content.find(placeholder, from)) {
    out.append(content.substr(from, at - from)).append(value);
    from = at + placeholder.size();
  }
  return out.append(content.substr(from));
}

Result<void> write(const fs::path& target, const std::string& content) {
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  std::ofstream file(target, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file) return fail(ErrorCode::kUnavailable, fmt::format("{} cannot be written; is there room?", target.string()));
  if (target.extension() == ".sh") {
    fs::permissions(target, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                    fs::perm_options::add, error);
  }
  return {};
}

}  // namespace

Result<MadeAgent> make_agent_folder(const NewAgent& wanted) {
  if (auto known = check_kind(wanted); !known) return fail(known.error());
  auto name = choose_name(wanted);
  if (!name) return fail(name.error());
  if (auto ready = prepare(wanted.folder); !ready) return fail(ready.error());

  std::string_view program;
  for (const EmbeddedFile& file : template_files()) {
    const Place place = place_of(file.path);
    if (place.template_name == wanted.template_name && place.part == wanted.language) program = place.file;
  }
  MadeAgent made{std::move(*name), {}};
  for (const EmbeddedFile& file : template_files()) {
    const Place place = place_of(file.path);
    if (place.template_name != wanted.template_name) continue;
    if (place.part != kShared && place.part != wanted.language) continue;
    const std::string content = fill(fill(file.content, "@name@", made.name), "@program@", program);
    if (auto written = write(fs::path(wanted.folder) / place.file, content); !written) return fail(written.error());
    made.files.emplace_back(place.file);
  }
  std::sort(made.files.begin(), made.files.end());
  return made;
}

}  // namespace commandcenter::agent
