// TOML: each value is found by its whole path, wherever it stands: under a table, behind dotted keys, in an inline
// table. New ones come to the end of their table.
#include <algorithm>

#include <fmt/format.h>

#include "agent/builtin/patcher/config_formats.h"

namespace commandcenter::patcher {
namespace {

using Path = std::vector<std::string>;

struct TomlEntry {
  Path path;
  std::size_t line = 0;  // where its key begins
  std::size_t value = 0;
  std::size_t end = 0;   // behind the value
  bool inlined = false;  // in an inline table
};

struct Table {
  Path path;
  std::size_t header = 0;  // of its line; npos: the values in front of all tables
  std::size_t end = 0;     // behind its last line with something in it
  bool is_list = false;    // [[…]]: its values have no path of their own
};

struct Layout {
  std::vector<TomlEntry> entries;
  std::vector<Table> tables;
};

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::string toml_key(const std::string& key) {
  return !key.empty() && std::ranges::all_of(key, is_bare) ? key : dump_json(Json(key));
}

class TomlReader {
 public:
  explicit TomlReader(std::string_view text) : text_(text) {}

  Result<Layout> read() {
    layout_.tables.push_back({.path = {}, .header = std::string_view::npos, .end = 0});
    at_ = text_.starts_with("\xef\xbb\xbf") ? 3 : 0;
    layout_.tables.back().end = at_;
    while (skip_lines(), at_ < text_.size()) {
      if (text_[at_] == '[' ? !table() : !entry(layout_.tables.back().path, false, 0)) {
        const auto line =
            std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size())), '\n') +
            1;
        return fail(ErrorCode::kInvalid, fmt::format("it is not TOML: see line {}", line));
      }
      at_ = std::min(text_.find('\n', at_), text_.size());
      layout_.tables.back().end = at_;
    }
    return std::move(layout_);
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
      ++at_;
  }

  void skip_lines() {
    while (at_ < text_.size()) {
      skip_blanks();
      if (at_ < text_.size() && text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
      if (at_ >= text_.size() || (text_[at_] != '\n' && text_[at_] != '\r')) return;
      ++at_;
    }
  }

  // Behind a text in quotes that begins here, of one line or of many.
  bool quoted() {
    const char quote = text_[at_];
    const std::string three(3, quote);
    const bool many = text_.substr(at_).starts_with(three);
    at_ += many ? 3 : 1;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\' && quote == '"') {
        ++at_;
      } else if (many ? text_.substr(at_).starts_with(three) : text_[at_] == quote) {
        at_ += many ? 3 : 1;
        while (many && at_ < text_.size() && text_[at_] == quote)
          ++at_;  // quotes right in front of the end
        return true;
      } else if (!many && text_[at_] == '\n') {
        return false;
      }
    }
    return false;
  }

  bool key(Path& path) {
    while (true) {
      skip_blanks();
      const std::size_t begin = at_;
      if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
        const bool literal = text_[at_] == '\'';
        if (!quoted()) return false;
        const std::string_view token = text_.substr(begin, at_ - begin);
        const auto parsed =
            literal ? Result<Json>(Json(std::string(token.substr(1, token.size() - 2)))) : parse_json(token);
        if (!parsed || !parsed->is_string()) return false;
        path.push_back(parsed->get<std::string>());
      } else {
        while (at_ < text_.size() && is_bare(text_[at_]))
          ++at_;
        if (at_ == begin) return false;
        path.emplace_back(text_.substr(begin, at_ - begin));
      }
      skip_blanks();
      if (at_ >= text_.size() || text_[at_] != '.') return true;
      ++at_;
    }
  }

  bool table() {
    Table made{.path = {}, .header = at_, .end = 0};
    made.is_list = text_.substr(at_).starts_with("[[");
    at_ += made.is_list ? 2 : 1;
    if (!key(made.path) || at_ >= text_.size() || text_[at_] != ']') return false;
    layout_.tables.push_back(std::move(made));
    return true;
  }

  bool entry(const Path& prefix, bool inlined, int depth) {
    TomlEntry made{.path = prefix, .line = at_, .value = 0, .end = 0, .inlined = inlined};
    if (!key(made.path) || at_ >= text_.size() || text_[at_] != '=') return false;
    ++at_;
    skip_blanks();
    made.value = at_;
    const Path whole = made.path;
    const std::size_t place = layout_.entries.size();
    const bool known = !layout_.tables.back().is_list;
    if (known) layout_.entries.push_back(std::move(made));
    if (!value(whole, depth)) return false;
    if (known) layout_.entries[place].end = at_;
    return true;
  }

  bool value(const Path& path, int depth) {
    if (at_ >= text_.size() || depth > kMaxConfigDepth) return false;
    if (text_[at_] == '"' || text_[at_] == '\'') return quoted();
    if (text_[at_] == '[') {
      for (++at_; skip_lines(), at_ < text_.size() && text_[at_] != ']';) {
        if (text_[at_] == ',') {
          ++at_;
          continue;
        }
        const std::size_t known = layout_.entries.size();
        if (!value(path, depth + 1)) return false;
        layout_.entries.resize(known);  // what stands in a list has no path
      }
      return at_++ < text_.size();
    }
    if (text_[at_] == '{') {
      for (++at_; skip_lines(), at_ < text_.size() && text_[at_] != '}';) {
        if (text_[at_] == ',')
          ++at_;
        else if (!entry(path, true, depth + 1))
          return false;
      }
      return at_++ < text_.size();
    }
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(",]}#\r\n", at_), text_.size());
    while (at_ > begin && (text_[at_ - 1] == ' ' || text_[at_ - 1] == '\t'))
      --at_;
    return at_ > begin;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Layout layout_;
};

Result<std::string> written(const Json& value) {
  if (value.is_null()) return fail(ErrorCode::kInvalid, "TOML has no null");
  if (value.is_object()) {
    std::string out;
    for (const auto& [key, member] : value.items()) {
      auto one = written(member);
      if (!one) return one;
      out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", toml_key(key), *one);
    }
    return out.empty() ? "{}" : "{ " + out + " }";
  }
  if (!value.is_array()) return dump_json(value);  // texts in JSON's quotes are TOML's basic strings
  std::string out;
  for (const Json& item : value) {
    auto one = written(item);
    if (!one) return one;
    out += (out.empty() ? "" : ", ") + *one;
  }
  return "[" + out + "]";
}

bool is_prefix(const Path& prefix, const Path& path) {
  return prefix.size() <= path.size() && std::equal(prefix.begin(), prefix.end(), path.begin());
}

std::string dotted(const Path& path, std::size_t from) {
  std::string out;
  for (std::size_t i = from; i < path.size(); ++i)
    out += (out.empty() ? "" : ".") + toml_key(path[i]);
  return out;
}

std::string remove(const std::string& text, const TomlEntry& entry) {
  std::size_t begin = entry.line;
  std::size_t end = entry.end;
  if (entry.inlined) {
    const std::size_t after = text.find_first_not_of(" \t", end);
    const std::size_t before = text.find_last_not_of(" \t", begin - 1);
    if (after != std::string::npos && text[after] == ',')
      end = std::min(text.find_first_not_of(" \t", after + 1), text.size());
    else if (before != std::string::npos && text[before] == ',')
      begin = before;
  } else {
    const std::size_t line = text.rfind('\n', begin);
    begin = line == std::string::npos ? 0 : line + 1;
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  }
  return edited(text, {{begin, end - begin, {}}});
}

// Behind comments at the top that belong to nothing below them, or where they begin.
std::size_t behind_notice(const std::string& text, std::size_t begin) {
  std::size_t at = begin;
  while (at < text.size() && text[at] == '#')
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  const std::size_t next = text.find_first_not_of(" \t\r", at);
  if (next == std::string::npos) return at;
  return text[next] == '\n' ? next + 1 : begin;
}

Result<std::string> put(const std::string& text, const Path& path, const Json& value) {
  auto layout = TomlReader(text).read();
  if (!layout) return fail(std::move(layout.error()));
  const std::string_view line_end = line_end_of(text);
  const auto found = std::ranges::find(layout->entries, path, &TomlEntry::path);
  if (value.is_null()) return found == layout->entries.end() ? text : remove(text, *found);
  auto fresh = written(value);
  if (!fresh) return fresh;
  if (found != layout->entries.end()) {
    const std::string_view old = std::string_view(text).substr(found->value, found->end - found->value);
    const bool literal = value.is_string() && old.starts_with('\'') && !old.starts_with("'''") &&
                         value.get_ref<const std::string&>().find_first_of("'\n\r\t") == std::string::npos;
    return edited(text, {{found->value, old.size(), literal ? "'" + value.get<std::string>() + "'" : *fresh}});
  }
  // Into the inline table that holds its neighbours.
  for (const TomlEntry& entry : layout->entries) {
    if (entry.path.size() >= path.size() || !is_prefix(entry.path, path)) continue;
    if (text[entry.value] != '{')
      return fail(ErrorCode::kInvalid, fmt::format("{} is a value, not a table", dotted(entry.path, 0)));
    const std::size_t last = text.find_last_not_of(" \t\r\n", entry.end - 2);
    const bool is_empty = text[last] == '{';
    return edited(text, {{last + 1, entry.end - 1 - (last + 1),
                          fmt::format("{} {} = {} ", is_empty ? "" : ",", dotted(path, entry.path.size()), *fresh)}});
  }
  const Table* home = nullptr;
  for (const Table& table : layout->tables) {
    if (!table.is_list && table.path.size() + 1 == path.size() && is_prefix(table.path, path)) home = &table;
  }
  const bool is_root = path.size() == 1;
  if (home == nullptr) {
    // Dotted keys of a table above that are there already get company, else there is a new table at the end.
    const Path parent(path.begin(), path.end() - 1);
    std::string end = text.empty() || text.ends_with('\n') ? "" : std::string(line_end);
    if (!text.empty()) end += line_end;
    return text +
           fmt::format("{}[{}]{}{} = {}{}", end, dotted(parent, 0), line_end, toml_key(path.back()), *fresh, line_end);
  }
  const bool opens = is_root && home->end == (text.starts_with("\xef\xbb\xbf") ? 3U : 0U);
  const std::string line = fmt::format("{} = {}", toml_key(path.back()), *fresh);
  if (opens) {
    const std::string gap = layout->tables.size() > 1 ? std::string(line_end) : "";
    return edited(text, {{behind_notice(text, home->end), 0, line + std::string(line_end) + gap}});
  }
  std::size_t at = home->end;
  if (at > 0 && text[at - 1] == '\r') --at;
  const bool at_end = at == text.size();
  return edited(text, {{at, 0, std::string(line_end) + line + (at_end ? std::string(line_end) : "")}});
}

Result<std::string> merge(std::string text, const Json& set, Path& path, int depth) {
  if (depth > kMaxConfigDepth) return fail(ErrorCode::kTooLarge, "it is nested too deeply");
  for (const auto& [key, value] : set.items()) {
    path.push_back(key);
    auto fresh =
        value.is_object() && !value.empty() ? merge(std::move(text), value, path, depth + 1) : put(text, path, value);
    path.pop_back();
    if (!fresh) return fresh;
    text = std::move(*fresh);
  }
  return text;
}

}  // namespace

Result<std::string> merge_toml(std::string_view text, const Json& set) {
  if (auto layout = TomlReader(text).read(); !layout) return fail(std::move(layout.error()));
  Path path;
  return merge(std::string(text), set, path, 0);
}

}  // namespace commandcenter::patcher
