// config-update: a file gets new content, or some of its settings do, with comments and order kept.
#include <algorithm>

#include <fmt/format.h>

#include "agent/builtin/patcher/config_formats.h"
#include "agent/builtin/patcher/operations.h"

namespace commandcenter::patcher {
namespace {

enum class Format { kJson, kYaml, kToml, kIni, kEnv, kProperties };

Format format_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const auto ends = [&](std::initializer_list<std::string_view> all) {
    return std::ranges::any_of(all, [&](std::string_view end) { return name.ends_with(end); });
  };
  if (ends({".json", ".jsonc", ".json5", ".code-workspace", ".webmanifest"})) return Format::kJson;
  if (ends({".yaml", ".yml"})) return Format::kYaml;
  if (ends({".toml"})) return Format::kToml;
  if (ends({".ini", ".cfg", ".conf", ".editorconfig", ".gitconfig", ".pylintrc", ".flake8"})) return Format::kIni;
  if (ends({".properties"})) return Format::kProperties;
  return Format::kEnv;
}

Result<std::string> merged(Format format, const std::string& text, const Json& set) {
  switch (format) {
    case Format::kJson:
      return merge_json(text, set);
    case Format::kYaml:
      return merge_yaml(text, set);
    case Format::kToml:
      return merge_toml(text, set);
    case Format::kIni:
      return merge_ini(text, set);
    case Format::kEnv:
      return merge_assignments(text, set, Assign::kEnv);
    case Format::kProperties:
      return merge_assignments(text, set, Assign::kProperties);
  }
  return text;
}

// "server.port" as a member of a member, where the format has such.
Json nested(const Json& paths, Format format) {
  Json set = Json::object();
  for (const auto& [path, value] : paths.items()) {
    Json* place = &set;
    std::string_view rest = path;
    for (int depth = 0; format != Format::kEnv && format != Format::kProperties && depth < kMaxConfigDepth; ++depth) {
      const std::size_t dot = rest.find('.');
      if (dot == std::string_view::npos || (format == Format::kIni && depth == 1)) break;
      place = &(*place)[std::string(rest.substr(0, dot))];
      if (!place->is_object()) *place = Json::object();
      rest.remove_prefix(dot + 1);
    }
    (*place)[std::string(rest)] = value;
  }
  return set;
}

}  // namespace

Result<void> update_config(const Request& request, Files& files, Remarks&) {
  if (request.file.empty()) return fail(ErrorCode::kInvalid, "file required for config-update");
  const bool has_set = (request.set.is_object() && !request.set.empty()) || request.set_paths.is_object();
  if (!has_set && (!request.content || request.content->empty()))
    return fail(ErrorCode::kInvalid, "content required for config-update");
  const std::string path = join(request.folder, request.file);
  if (const std::string problem = patch::problem_with_path(path); !problem.empty())
    return fail(ErrorCode::kForbidden, problem);
  if (!has_set) return files.write(path, *request.content);
  std::string text;
  if (files.exists(path)) {
    auto there = files.read(path);
    if (!there) return fail(std::move(there.error()));
    text = std::move(*there);
  }
  const Format format = format_of(path);
  Json set = request.set.is_object() ? request.set : Json::object();
  if (request.set_paths.is_object()) set.update(nested(request.set_paths, format), true);
  auto fresh = merged(format, text, set);
  if (!fresh) return fail(fresh.error().code, fmt::format("{}: {}", path, fresh.error().message));
  return files.write(path, std::move(*fresh));
}

}  // namespace commandcenter::patcher
