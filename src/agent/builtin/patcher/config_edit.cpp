// config-update: a file gets new content, or some of its settings do, with comments and order kept.
#include <algorithm>

#include <fmt/format.h>

#include "agent/builtin/patcher/operations.h"

namespace commandcenter::patcher {
namespace {

// "KEY=value" of .env and .properties, "key: value" at the top of a YAML file.
enum class Style { kAssign, kYaml };

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

// Where the value of a setting stands in a line; nothing when it is another's.
std::optional<Spot> value_in(std::string_view line, std::string_view key, Style style) {
  std::string_view rest = line;
  if (style == Style::kAssign && rest.starts_with("export ")) rest.remove_prefix(7);
  const std::size_t begin = rest.find_first_not_of(style == Style::kAssign ? " \t" : "");
  if (begin == std::string_view::npos || !rest.substr(begin).starts_with(key)) return std::nullopt;
  std::size_t at = rest.find_first_not_of(" \t", begin + key.size());
  if (at == std::string_view::npos || rest[at] != (style == Style::kAssign ? '=' : ':')) return std::nullopt;
  at = std::min(rest.find_first_not_of(" \t", at + 1), rest.size());
  std::size_t end = rest.size();
  if (const std::size_t comment = rest.find(" #", at);
      comment != std::string_view::npos && at < rest.size() && rest[at] != '"' && rest[at] != '\'')
    end = comment;
  while (end > at && rest[end - 1] == ' ')
    --end;
  const std::size_t skipped = line.size() - rest.size();
  return Spot{skipped + at, end - at};
}

std::string written(const Json& value, Style style) {
  if (style == Style::kYaml) return dump_json(value);  // JSON is YAML
  const std::string text = text_of(value);
  const bool needs_quotes = text.find_first_of(" #\"'\n") != std::string::npos;
  return needs_quotes ? dump_json(Json(text)) : text;
}

std::string merge(std::string text, const Json& set, Style style) {
  const std::string_view end_of_line = text.find("\r\n") == std::string::npos ? "\n" : "\r\n";
  for (const auto& [key, value] : set.items()) {
    std::optional<Spot> spot;
    each_line(text, [&, name = std::string_view(key)](std::size_t offset, std::string_view line) {
      const auto here = value_in(line, name, style);
      if (here && !spot) spot = Spot{offset + here->offset, here->length};
    });
    const std::string fresh = written(value, style);
    if (spot) {
      const bool needs_blank = style == Style::kYaml && text[spot->offset - 1] == ':';
      text.replace(spot->offset, spot->length, (needs_blank ? " " : "") + fresh);
      continue;
    }
    if (!text.empty() && !text.ends_with('\n')) text += end_of_line;
    text += fmt::format("{}{}{}{}", key, style == Style::kYaml ? ": " : "=", fresh, end_of_line);
  }
  return text;
}

Result<std::string> merged(const std::string& path, const std::string& text, const Json& set) {
  if (path.ends_with(".json")) {
    // Members stay in their order.
    auto document = nlohmann::ordered_json::parse(text.empty() ? "{}" : text, nullptr, false);
    if (!document.is_object()) return fail(ErrorCode::kInvalid, fmt::format("{} is not a JSON object", path));
    document.merge_patch(nlohmann::ordered_json::parse(dump_json(set)));
    const std::size_t line = text.find('\n');
    const std::size_t indent = line == std::string::npos ? 2 : text.find_first_not_of(' ', line + 1) - line - 1;
    return document.dump(static_cast<int>(std::clamp<std::size_t>(indent, 1, 8))) +
           (text.empty() || text.ends_with('\n') ? "\n" : "");
  }
  if (path.ends_with(".yaml") || path.ends_with(".yml")) return merge(text, set, Style::kYaml);
  return merge(text, set, Style::kAssign);
}

}  // namespace

Result<void> update_config(const Request& request, Files& files, Remarks&) {
  if (request.file.empty()) return fail(ErrorCode::kInvalid, "file required for config-update");
  const bool has_set = request.set.is_object() && !request.set.empty();
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
  auto fresh = merged(path, text, request.set);
  if (!fresh) return fail(std::move(fresh.error()));
  return files.write(path, std::move(*fresh));
}

}  // namespace commandcenter::patcher
