// INI, .env and .properties: one setting a line.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "agent/builtin/patcher/config_formats.h"

namespace commandcenter::patcher {
namespace {

struct Setting {
  std::size_t line = 0;
  std::size_t next = 0;  // of the line behind it
  std::size_t value = 0;
  std::size_t end = 0;
};

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

struct Style {
  std::string_view comments;    // characters that begin a comment line
  std::string_view separators;  // between key and value
  std::string_view tails{};     // characters that begin a comment behind a value and a blank
  bool exports = false;         // "export " in front
};

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// The setting of that name in a line, if it is one.
std::optional<Setting> setting_in(std::string_view text, std::size_t begin, std::size_t end, std::string_view key,
                                  const Style& style) {
  std::string_view line = text.substr(begin, end - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::size_t at = line.find_first_not_of(" \t");
  if (at == std::string_view::npos || style.comments.find(line[at]) != std::string_view::npos) return std::nullopt;
  if (style.exports && line.substr(at).starts_with("export "))
    at = std::min(line.find_first_not_of(' ', at + 7), line.size());
  if (!line.substr(at).starts_with(key)) return std::nullopt;
  at = line.find_first_not_of(" \t", at + key.size());
  if (at == std::string_view::npos || style.separators.find(line[at]) == std::string_view::npos) return std::nullopt;
  at = std::min(line.find_first_not_of(" \t", at + 1), line.size());
  std::size_t stop = line.size();
  if (!style.tails.empty() && at < line.size()) {
    const char quote = line[at];
    const bool quoted = quote == '"' || quote == '\'';
    std::size_t from = at;
    if (quoted) {
      for (++from; from < line.size() && line[from] != quote; ++from)
        from += quote == '"' && line[from] == '\\' ? 1U : 0U;
    }
    stop = std::min(from, line.size());
    while (stop < line.size() &&
           !(stop > 0 && is_blank(line[stop - 1]) && style.tails.find(line[stop]) != std::string_view::npos))
      ++stop;
  }
  while (stop > at && is_blank(line[stop - 1]))
    --stop;
  return Setting{begin, std::min(end + 1, text.size()), begin + at, begin + stop};
}

// The last one of that name in [from, to): that is the one that counts.
std::optional<Setting> find(std::string_view text, std::size_t from, std::size_t to, std::string_view key,
                            const Style& style) {
  std::optional<Setting> found;
  for (std::size_t at = from; at < to;) {
    const std::size_t end = std::min({text.find('\n', at), to, text.size()});
    if (const auto here = setting_in(text, at, end, key, style)) found = here;
    at = end + 1;
  }
  return found;
}

// Behind the last line of [from, to) that is not blank.
std::size_t last_line(std::string_view text, std::size_t from, std::size_t to) {
  std::size_t behind = from;
  for (std::size_t at = from; at < to;) {
    const std::size_t end = std::min({text.find('\n', at), to, text.size()});
    if (!trimmed(text.substr(at, end - at)).empty()) behind = std::min(end + 1, text.size());
    at = end + 1;
  }
  return behind;
}

// A value that comes where there was none does not touch the comment behind it.
std::string space_before_tail(std::string_view text, const Setting& setting) {
  const bool touches = setting.value == setting.end && setting.end < text.size() &&
                       (text[setting.end] == ';' || text[setting.end] == '#');
  return touches ? " " : "";
}

void add_line(std::string& text, std::size_t at, const std::string& line) {
  const std::string end(line_end_of(text));
  const bool open = at > 0 && text[at - 1] != '\n';
  text.insert(at, (open ? end : "") + line + end);
}

std::string env_value(const std::string& text, std::string_view old) {
  const bool plain = text.find_first_of(" \t#\"'\\$`\n\r") == std::string::npos;
  if (old.starts_with('\'') && text.find_first_of("'\n") == std::string::npos) return "'" + text + "'";
  if (plain && !old.starts_with('"')) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\' || c == '$' || c == '`') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string property_value(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '\\' ? "\\\\" : c == '\n' ? "\\n" : c == '\r' ? "\\r" : std::string(1, c);
  return out;
}

bool is_key(std::string_view key) {
  return !key.empty() && key.find_first_of("=\n\r#") == std::string_view::npos && trimmed(key) == key;
}

tl::unexpected<Error> no_key(const std::string& key) {
  return fail(ErrorCode::kInvalid, fmt::format("\"{}\" is no name of a setting", key));
}

constexpr Style kIni{.comments = ";#[", .separators = "=:", .tails = ";#"};

struct Section {
  std::size_t begin = 0;  // behind its head
  std::size_t end = 0;
};

std::optional<Section> section_of(std::string_view text, std::string_view name) {
  std::optional<Section> found;
  if (name.empty()) found = Section{text.starts_with("\xef\xbb\xbf") ? 3U : 0U, text.size()};
  bool inside = name.empty();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trimmed(text.substr(at, end - at));
    if (line.starts_with('[')) {
      if (inside) found->end = at;
      if (inside) return found;
      if (trimmed(line.substr(1, std::min(line.find(']'), line.size()) - 1)) == name) {
        found = Section{std::min(end + 1, text.size()), text.size()};
        inside = true;
      }
    }
    at = end + 1;
  }
  return found;
}

// As the settings around it are written: "key = value" or "key=value".
std::string ini_line(std::string_view text, const std::string& key, const std::string& value) {
  const std::size_t spaced = text.find(" = ");
  const bool tight = spaced == std::string_view::npos && text.find('=') != std::string_view::npos;
  return fmt::format("{}{}{}", key, tight ? "=" : " = ", value);
}

Result<void> put_ini(std::string& text, const std::string& name, const std::string& key, const Json& value) {
  if (!is_key(key) || key.starts_with('[')) return no_key(key);
  const std::string line_text = text_of(value);
  if (line_text.find_first_of("\n\r") != std::string::npos)
    return fail(ErrorCode::kInvalid, fmt::format("{}: a value in INI has one line", key));
  const auto section = section_of(text, name);
  const auto setting = section ? find(text, section->begin, section->end, key, kIni) : std::nullopt;
  if (value.is_null()) {
    if (setting) text.erase(setting->line, setting->next - setting->line);
    return {};
  }
  if (setting) {
    const bool blank = setting->value > 0 && setting->value == setting->end && text[setting->value - 1] != ' ' &&
                       text.find(" = ") != std::string::npos;
    text.replace(setting->value, setting->end - setting->value,
                 (blank ? " " : "") + line_text + space_before_tail(text, *setting));
    return {};
  }
  if (section) {
    add_line(text, last_line(text, section->begin, section->end), ini_line(text, key, line_text));
    return {};
  }
  const std::string end(line_end_of(text));
  if (!text.empty()) text += text.ends_with('\n') ? end : end + end;
  text += fmt::format("[{}]{}{}{}", name, end, ini_line(text, key, line_text), end);
  return {};
}

}  // namespace

Result<std::string> merge_ini(std::string_view before, const Json& set) {
  std::string text(before);
  for (const auto& [key, value] : set.items()) {
    if (!value.is_object()) {
      if (auto put = put_ini(text, "", key, value); !put) return fail(std::move(put.error()));
      continue;
    }
    if (key.find_first_of("]\n\r") != std::string::npos) return no_key(key);
    for (const auto& [name, member] : value.items()) {
      if (auto put = put_ini(text, key, name, member); !put) return fail(std::move(put.error()));
    }
  }
  return text;
}

Result<std::string> merge_assignments(std::string_view before, const Json& set, Assign kind) {
  const bool env = kind == Assign::kEnv;
  const Style style{
      .comments = env ? "#" : "#!", .separators = env ? "=" : "=:", .tails = env ? "#" : "", .exports = env};
  std::string text(before);
  for (const auto& [key, value] : set.items()) {
    if (!is_key(key) || (env && key.find_first_of(" \t\"'$") != std::string::npos)) return no_key(key);
    const auto setting = find(text, 0, text.size(), key, style);
    if (value.is_null()) {
      if (setting) text.erase(setting->line, setting->next - setting->line);
      continue;
    }
    const std::string_view old =
        setting ? std::string_view(text).substr(setting->value, setting->end - setting->value) : std::string_view();
    const std::string fresh = env ? env_value(text_of(value), old) : property_value(text_of(value));
    if (setting)
      text.replace(setting->value, setting->end - setting->value, fresh + space_before_tail(text, *setting));
    else
      add_line(text, text.size(), key + "=" + fresh);
  }
  return text;
}

std::string_view line_end_of(std::string_view text) {
  const std::size_t line = text.find('\n');
  return line != std::string_view::npos && line > 0 && text[line - 1] == '\r' ? "\r\n" : "\n";
}

std::string edited(std::string_view text, std::vector<Edit> edits) {
  std::ranges::stable_sort(edits, {}, &Edit::offset);
  std::string out;
  std::size_t from = 0;
  for (const Edit& edit : edits) {
    out.append(text.substr(from, edit.offset - from)).append(edit.by);
    from = edit.offset + edit.length;
  }
  return out.append(text.substr(from));
}

}  // namespace commandcenter::patcher
