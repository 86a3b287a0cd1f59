// JSON, and JSON as editors write it: with comments and commas at the end. Only places of values are looked for; the
// text between them is never touched.
#include <algorithm>

#include <fmt/format.h>

#include "agent/builtin/patcher/config_formats.h"

namespace commandcenter::patcher {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

struct Member {
  std::string key;
  std::size_t begin = 0;  // of the key
  std::size_t value = 0;
  std::size_t end = 0;  // behind the value
};

// What a merge patch makes of nothing.
Json without_nulls(const Json& value) {
  if (!value.is_object()) return value;
  Json whole = Json::object();
  whole.merge_patch(value);
  return whole;
}

struct Object {
  std::size_t open = 0;
  std::size_t close = 0;
  std::vector<Member> members;
  bool trailing_comma = false;
};

class JsonEditor {
 public:
  explicit JsonEditor(std::string_view text) : text_(text), line_end_(line_end_of(text)) {}

  Result<std::string> merged(const Json& set) {
    const std::size_t root = blank(text_.starts_with("\xef\xbb\xbf") ? 3 : 0);
    if (root >= text_.size() || text_[root] != '{') return fail(ErrorCode::kInvalid, "it is not a JSON object");
    const std::size_t first = text_.find_first_not_of(kBlank, root + 1);
    if (first != std::string_view::npos) {
      const std::string_view indent = indent_at(first);
      if (!indent.empty() && text_.substr(root, first - root).find('\n') != std::string_view::npos) unit_ = indent;
    }
    if (auto done = merge(root, set, 0); !done) return fail(std::move(done.error()));
    return edited(text_, std::move(edits_));
  }

 private:
  // The next place that is neither blank nor comment.
  std::size_t blank(std::size_t at) const {
    while (at < text_.size()) {
      if (kBlank.find(text_[at]) != std::string_view::npos) {
        ++at;
      } else if (text_.substr(at).starts_with("//")) {
        at = std::min(text_.find('\n', at), text_.size());
      } else if (text_.substr(at).starts_with("/*")) {
        const std::size_t close = text_.find("*/", at + 2);
        at = close == std::string_view::npos ? text_.size() : close + 2;
      } else {
        break;
      }
    }
    return at;
  }

  std::size_t string_end(std::size_t at) const {
    for (++at; at < text_.size() && text_[at] != '"'; ++at) {
      if (text_[at] == '\\') ++at;
    }
    return std::min(at + 1, text_.size());
  }

  std::size_t value_end(std::size_t at) const {
    if (at >= text_.size()) return at;
    if (text_[at] == '"') return string_end(at);
    if (text_[at] != '{' && text_[at] != '[') return std::min(text_.find_first_of(",]}/ \t\r\n", at), text_.size());
    int depth = 0;
    while (at < text_.size()) {
      const char c = text_[at];
      if (c == '"') {
        at = string_end(at);
        continue;
      }
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      ++at;
      if (depth == 0) return at;
      at = blank(at);
    }
    return at;
  }

  Result<Object> object_at(std::size_t open) const {
    Object object{.open = open, .close = 0, .members = {}};
    const auto broken = [] { return fail(ErrorCode::kInvalid, "it is not JSON"); };
    for (std::size_t at = blank(open + 1); at < text_.size(); at = blank(at)) {
      if (text_[at] == '}') {
        object.close = at;
        return object;
      }
      if (text_[at] != '"') return broken();
      Member member{.key = {}, .begin = at};
      const std::size_t key_end = string_end(at);
      const auto key = parse_json(text_.substr(at, key_end - at));
      at = blank(key_end);
      if (!key || at >= text_.size() || text_[at] != ':') return broken();
      member.key = key->get<std::string>();
      member.value = blank(at + 1);
      member.end = value_end(member.value);
      if (member.end == member.value) return broken();
      object.members.push_back(member);
      at = blank(member.end);
      object.trailing_comma = at < text_.size() && text_[at] == ',';
      if (object.trailing_comma) ++at;
    }
    return broken();
  }

  // The white space in front of a place, if nothing else is on its line.
  std::string_view indent_at(std::size_t at) const {
    const std::size_t line = text_.rfind('\n', at);
    const std::size_t begin = line == std::string_view::npos ? 0 : line + 1;
    const std::string_view before = text_.substr(begin, at - begin);
    return before.find_first_not_of(" \t") == std::string_view::npos ? before : std::string_view();
  }

  std::string written(const Json& value, const std::string& indent, bool compact) const {
    if (compact || !value.is_structured()) return dump_json(value);
    const char fill = unit_.starts_with('\t') ? '\t' : ' ';
    std::string text = value.dump(static_cast<int>(unit_.size()), fill, false, Json::error_handler_t::replace);
    for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
      text.replace(at, 1, std::string(line_end_) + indent);
      at += line_end_.size() + indent.size() - 1;
    }
    return text;
  }

  void remove(const Object& object, std::size_t index) {
    const Member& member = object.members[index];
    const std::size_t after = blank(member.end);
    std::size_t begin = member.begin;
    std::size_t end = member.end;
    if (after < text_.size() && text_[after] == ',') {
      end = after + 1;
    } else if (index > 0) {
      begin = object.members[index - 1].end;  // the comma before the last one goes with it
    }
    if (!indent_at(member.begin).empty() && begin == member.begin) {  // its whole line
      const std::size_t line = text_.find_first_not_of(" \t\r", end);
      if (line != std::string_view::npos && text_[line] == '\n') {
        begin -= indent_at(member.begin).size();
        end = line + 1;
      }
    }
    edits_.push_back({begin, end - begin, {}});
  }

  void insert(const Object& object, const std::string& key, const Json& value) {
    const bool is_empty = object.members.empty();
    const std::size_t style_begin = is_empty ? 0 : object.open;
    const std::size_t style_end = is_empty ? text_.size() : object.members.front().begin;
    const bool lines = text_.substr(style_begin, style_end - style_begin).find('\n') != std::string_view::npos;
    const std::string outer(line_indent(object.open));
    const std::string indent = is_empty ? outer + unit_ : std::string(indent_at(object.members.front().begin));
    std::string added = is_empty || object.trailing_comma ? "" : ",";
    added += lines ? std::string(line_end_) + indent : is_empty ? "" : " ";
    added += fmt::format("{}: {}", dump_json(Json(key)), written(value, indent, !lines));
    if (is_empty) {
      const std::string_view inside = text_.substr(object.open + 1, object.close - object.open - 1);
      const bool only_blank = inside.find('/') == std::string_view::npos;  // else comments, which stay
      if (lines) added += std::string(line_end_) + outer;
      edits_.push_back({only_blank ? object.open + 1 : object.close, only_blank ? inside.size() : 0, added});
      return;
    }
    std::size_t at = object.members.back().end;
    if (object.trailing_comma) {
      at = blank(at) + 1;
      added += ',';
    }
    edits_.push_back({at, 0, std::move(added)});
  }

  std::string_view line_indent(std::size_t at) const {
    const std::size_t line = text_.rfind('\n', at);
    const std::size_t begin = line == std::string_view::npos ? 0 : line + 1;
    const std::size_t end = std::min(text_.find_first_not_of(" \t", begin), text_.size());
    return text_.substr(begin, end > at ? 0 : end - begin);
  }

  Result<void> merge(std::size_t open, const Json& set, int depth) {
    if (depth > kMaxConfigDepth) return fail(ErrorCode::kTooLarge, "it is nested too deeply");
    const auto object = object_at(open);
    if (!object) return fail(object.error());
    for (const auto& [key, value] : set.items()) {
      const auto found = std::find_if(object->members.rbegin(), object->members.rend(),
                                      [&, name = key](const Member& member) { return member.key == name; });
      if (found == object->members.rend()) {
        if (!value.is_null()) insert(*object, key, without_nulls(value));
      } else if (value.is_null()) {
        remove(*object, static_cast<std::size_t>(object->members.rend() - found) - 1);
      } else if (value.is_object() && text_[found->value] == '{') {
        if (auto done = merge(found->value, value, depth + 1); !done) return done;
      } else {
        const std::string_view old = text_.substr(found->value, found->end - found->value);
        const bool compact = old.starts_with('[') && old.find('\n') == std::string_view::npos;
        edits_.push_back(
            {found->value, old.size(), written(without_nulls(value), std::string(line_indent(found->begin)), compact)});
      }
    }
    return {};
  }

  std::string_view text_;
  std::string_view line_end_;
  std::string unit_ = "  ";
  std::vector<Edit> edits_;
};

// A merge patch as steps of one member each, so that places never touch.
void steps(const Json& set, const Json& path, std::vector<Json>& out, int depth) {
  if (depth > kMaxConfigDepth) return;
  const auto wrapped = [&](const std::string& key, const Json& value) {
    Json whole = {{key, value}};
    for (auto name = path.rbegin(); name != path.rend(); ++name)
      whole = Json{{name->get<std::string>(), whole}};
    return whole;
  };
  for (const auto& [key, value] : set.items()) {
    if (value.is_object() && !value.empty()) {
      Json deeper = path;
      deeper.push_back(key);
      steps(value, deeper, out, depth + 1);
    } else {
      out.push_back(wrapped(key, value));
    }
  }
}

}  // namespace

Result<std::string> merge_json(std::string_view text, const Json& set) {
  std::string now(text.find_first_not_of(kBlank) == std::string_view::npos ? "{}\n" : text);
  std::vector<Json> all;
  steps(set, Json::array(), all, 0);
  for (const Json& step : all) {
    auto fresh = JsonEditor(now).merged(step);
    if (!fresh) return fresh;
    now = std::move(*fresh);
  }
  return now;
}

}  // namespace commandcenter::patcher
