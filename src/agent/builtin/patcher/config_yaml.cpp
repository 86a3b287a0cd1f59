// YAML: block mappings are merged line by line; what is in flow style is written anew. The result is read again, and
// what does not say exactly what it should is refused.
#include <algorithm>

#include <fmt/format.h>

#include "agent/builtin/patcher/config_formats.h"
#include "base/document.h"

namespace commandcenter::patcher {
namespace {

struct Line {
  std::string text;  // without its end
  std::size_t indent = 0;
  bool content = false;  // neither blank nor comment
};

Line line_of(std::string text) {
  Line line;
  line.indent = std::min(text.find_first_not_of(' '), text.size());
  line.content = line.indent < text.size() && text[line.indent] != '#';
  line.text = std::move(text);
  return line;
}

bool is_plain_scalar(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`~").find(text.front()) != std::string_view::npos) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos || text.ends_with(':'))
    return false;
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) return false;
  const auto read = parse_document(fmt::format("v: {}\n", text));  // true, 1.0, null … are not texts
  return read && read->value.is_object() && read->value["v"] == Json(std::string(text));
}

std::string scalar(const Json& value, std::string_view old = {}) {
  if (!value.is_string()) return dump_json(value);
  const std::string& text = value.get_ref<const std::string&>();
  const bool simple = text.find_first_of("'\\\n\r\t") == std::string::npos;
  if (old.starts_with('\'') && simple) return "'" + text + "'";
  if (old.starts_with('"') || !is_plain_scalar(text)) return dump_json(value);
  return text;
}

std::string yaml_key(const std::string& key) {
  return is_plain_scalar(key) ? key : dump_json(Json(key));
}

// "key: value  # why" taken apart.
struct YamlEntry {
  std::size_t value = 0;  // place of the value in the line
  std::size_t end = 0;    // behind it; what follows is blank or a comment
};

std::optional<YamlEntry> entry_of(const Line& line, const std::string& key) {
  const std::string_view rest = std::string_view(line.text).substr(line.indent);
  std::size_t colon = std::string_view::npos;
  for (const std::string& form : {key, dump_json(Json(key)), "'" + key + "'"}) {
    if (!rest.starts_with(form)) continue;
    const std::size_t at = std::min(rest.find_first_not_of(' ', form.size()), rest.size());
    if (at < rest.size() && rest[at] == ':' && (at + 1 == rest.size() || rest[at + 1] == ' ')) colon = at;
  }
  if (colon == std::string_view::npos) return std::nullopt;
  YamlEntry entry;
  const std::size_t begin = line.indent + colon + 1;
  entry.value = std::min(line.text.find_first_not_of(' ', begin), line.text.size());
  std::size_t at = entry.value;
  const char quote = at < line.text.size() ? line.text[at] : '\0';
  if (quote == '"' || quote == '\'') {
    for (++at; at < line.text.size() && line.text[at] != quote; ++at)
      at += quote == '"' && line.text[at] == '\\' ? 1U : 0U;
    at = std::min(at + 1, line.text.size());
  }
  const std::size_t comment = quote == '#' ? entry.value : line.text.find(" #", at > begin ? at - 1 : at);
  entry.end = std::min(comment, line.text.size());
  if (quote == '#') entry.value = entry.end = begin;
  while (entry.end > entry.value && line.text[entry.end - 1] == ' ')
    --entry.end;
  return entry;
}

class YamlEditor {
 public:
  explicit YamlEditor(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string one(text.substr(at, end - at));
      if (one.ends_with('\r')) one.pop_back();
      lines_.push_back(line_of(std::move(one)));
      at = end + 1;
    }
    open_end_ = !text.empty() && !text.ends_with('\n');
    line_end_ = line_end_of(text);
    for (const Line& line : lines_) {
      if (line.content && line.indent > 0 && !line.text.substr(line.indent).starts_with("- ")) {
        unit_ = std::min<std::size_t>(line.indent, 8);
        break;
      }
    }
  }

  void merge(const Json& set) {
    std::size_t begin = 0;
    while (begin < lines_.size() &&
           (!lines_[begin].content || lines_[begin].text.starts_with("---") || lines_[begin].text.starts_with("%")))
      ++begin;
    const std::size_t indent = begin < lines_.size() ? lines_[begin].indent : 0;
    merge(set, begin, lines_.size(), indent, 0);
  }

  std::string take() const {
    std::string out;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      out += lines_[i].text;
      if (i + 1 < lines_.size() || !open_end_) out += line_end_;
    }
    return out;
  }

 private:
  // Behind the last line of what begins in line `at`: deeper lines, and items of a list at the same depth.
  std::size_t end_of(std::size_t at, std::size_t limit) const {
    const std::size_t indent = lines_[at].indent;
    std::size_t end = at + 1;
    for (std::size_t i = at + 1; i < limit; ++i) {
      if (!lines_[i].content && lines_[i].indent <= indent) continue;
      const std::string_view rest = std::string_view(lines_[i].text).substr(lines_[i].indent);
      const bool item = lines_[i].indent == indent && (rest == "-" || rest.starts_with("- "));
      if (lines_[i].content && lines_[i].indent <= indent && !item) break;
      end = i + 1;
    }
    return end;
  }

  static void emit(const Json& value, std::size_t indent, std::size_t unit, std::string head, std::vector<Line>& out) {
    const std::string pad(indent, ' ');
    if (value.is_object() && !value.empty()) {
      out.push_back(line_of(pad + head));
      for (const auto& [key, member] : value.items())
        emit(member, indent + unit, unit, yaml_key(key) + ":", out);
    } else if (value.is_array() && !value.empty()) {
      out.push_back(line_of(pad + head));
      for (const Json& item : value)
        out.push_back(
            line_of(pad + std::string(unit, ' ') + "- " + (item.is_structured() ? dump_json(item) : scalar(item))));
    } else {
      out.push_back(line_of(pad + head + " " + scalar(value)));
    }
  }

  // How many lines more there are afterwards.
  std::ptrdiff_t replace(std::size_t begin, std::size_t end, std::vector<Line> by) {
    const auto first = lines_.begin() + static_cast<std::ptrdiff_t>(begin);
    lines_.erase(first, lines_.begin() + static_cast<std::ptrdiff_t>(end));
    const auto count = static_cast<std::ptrdiff_t>(by.size());
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(begin), std::make_move_iterator(by.begin()),
                  std::make_move_iterator(by.end()));
    return count - static_cast<std::ptrdiff_t>(end - begin);
  }

  std::ptrdiff_t merge(const Json& set, std::size_t begin, std::size_t end, std::size_t indent, int depth) {
    std::ptrdiff_t grown = 0;
    for (const auto& [key, value] : set.items()) {
      const std::size_t limit = end + static_cast<std::size_t>(grown);
      std::size_t at = begin;
      std::optional<YamlEntry> entry;
      for (; at < limit; ++at) {
        if (!lines_[at].content || lines_[at].indent != indent) continue;
        entry = entry_of(lines_[at], key);
        if (entry) break;
      }
      grown += entry ? change(at, *entry, end_of(at, limit), key, value, depth) : add(begin, limit, indent, key, value);
    }
    return grown;
  }

  std::ptrdiff_t change(std::size_t at, const YamlEntry& entry, std::size_t end, const std::string& key,
                        const Json& value, int depth) {
    if (value.is_null()) return replace(at, end, {});
    Line& line = lines_[at];
    const std::string_view old = std::string_view(line.text).substr(entry.value, entry.end - entry.value);
    if (value.is_object() && old.empty() && depth < kMaxConfigDepth) {
      std::size_t next = at + 1;
      while (next < end && !lines_[next].content)
        ++next;
      if (next < end && lines_[next].indent > line.indent && lines_[next].text[lines_[next].indent] != '-')
        return merge(value, next, end, lines_[next].indent, depth + 1);
    }
    Json whole = value;
    if (value.is_object()) {  // flow style is written anew, with what was in it
      const auto read = old.starts_with('{') ? parse_document(fmt::format("v: {}\n", old))
                                             : Result<Document>(fail(ErrorCode::kInvalid, ""));
      whole = read ? read->value["v"] : Json::object();
      whole.merge_patch(value);
    }
    const std::string comment = line.text.substr(entry.end);
    const std::string head =
        line.text.substr(0, line.text.find_last_not_of(' ', entry.value > 0 ? entry.value - 1 : 0) + 1);
    if (whole.is_structured() && !whole.empty() && !old.starts_with('{') && !old.starts_with('[')) {
      std::vector<Line> fresh;
      emit(whole, line.indent, unit_, yaml_key(key) + ":", fresh);
      fresh.front() = line_of(head + comment);
      return replace(at, end, std::move(fresh));
    }
    const std::string blanks =
        entry.value > head.size() && !old.empty() ? std::string(entry.value - head.size(), ' ') : " ";
    return replace(at, end, {line_of(head + blanks + scalar(whole, old) + comment)});
  }

  std::ptrdiff_t add(std::size_t begin, std::size_t end, std::size_t indent, const std::string& key,
                     const Json& value) {
    if (value.is_null()) return 0;
    std::size_t at = end;
    while (at > begin && (!lines_[at - 1].content || lines_[at - 1].text == "..."))
      --at;
    Json whole = value;
    if (value.is_object()) {
      whole = Json::object();
      whole.merge_patch(value);
    }
    std::vector<Line> fresh;
    emit(whole, indent, unit_, yaml_key(key) + ":", fresh);
    if (at == lines_.size()) open_end_ = false;
    return replace(at, at, std::move(fresh));
  }

  std::vector<Line> lines_;
  std::string_view line_end_;
  std::size_t unit_ = 2;
  bool open_end_ = false;
};

}  // namespace

Result<std::string> merge_yaml(std::string_view text, const Json& set) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  const std::string_view mark = text.starts_with(kMark) ? kMark : std::string_view();
  text.remove_prefix(mark.size());
  Json wanted = Json::object();
  if (text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    auto before = parse_document(text);
    if (!before) return fail(ErrorCode::kInvalid, "it is not YAML that can be merged: " + before.error().message);
    if (!before->value.is_object() && !before->value.is_null())
      return fail(ErrorCode::kInvalid, "it is not a YAML mapping");
    if (before->value.is_object()) wanted = std::move(before->value);
  }
  if (set.empty()) return std::string(mark) + std::string(text);
  if (const std::size_t first = text.find_first_not_of(" \t\r\n");
      first != std::string_view::npos && text[first] == '{')
    return merge_json(text, set);
  wanted.merge_patch(set);
  YamlEditor editor(text);
  editor.merge(set);
  std::string fresh = editor.take();
  const auto after = parse_document(fresh);
  const bool is_empty = wanted.empty() && after && after->value.is_null();
  if (!after || (after->value != wanted && !is_empty && canonical_json(after->value) != canonical_json(wanted))) {
    return fail(ErrorCode::kInvalid,
                "these settings cannot be put into it without rewriting it (anchors, or an unusual layout)");
  }
  return std::string(mark) + fresh;
}

}  // namespace commandcenter::patcher
