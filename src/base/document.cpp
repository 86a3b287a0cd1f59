// YAML comes as yaml-cpp's events, so that no tree is built twice and every limit is held while reading; JSON goes
// through parse_json, and a scan of its own for the positions. Exceptions (yaml-cpp's, and the one that leaves its
// parser from inside a callback) end in this file.
#include "base/document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "base/document_json.h"
#include "base/document_scalar.h"

namespace commandcenter {
namespace {

constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kTextTag = "tag:yaml.org,2002:str";
constexpr int kLongestCountedLine = 2'000;  // columns behind it are counted in bytes

// Leaves yaml-cpp's parser from inside a callback.
struct Refused {
  ErrorCode code;
  std::string message;
};

std::pair<int, int> locate_byte(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const auto line_start = before.rfind('\n');
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t column = line_start == std::string_view::npos ? at + 1 : at - line_start;
  return {static_cast<int>(lines) + 1, static_cast<int>(column)};
}

// Where a value stands whose tag and anchor, if it has them, begin at `at`; the end of the text when there is none.
std::size_t behind_properties(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (text[at] == '!' || text[at] == '&') {
      at = text.substr(at).starts_with("!<") ? text.find('>', at) : text.find_first_of(" \t\r\n,[]{}", at);
      if (at != std::string_view::npos && text[at] == '>') ++at;
    } else if (text[at] == '#') {
      at = text.find('\n', at);
    } else if (std::string_view(" \t\r\n").find(text[at]) != std::string_view::npos) {
      ++at;
    } else {
      break;
    }
  }
  return std::min(at, text.size());
}

// False when a text in quotes begins there and does not end.
bool is_closed(std::string_view text, std::size_t begin) {
  if (begin >= text.size() || (text[begin] != '"' && text[begin] != '\'')) return true;
  const char quote = text[begin];
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    const bool is_doubled = quote == '\'' && text.substr(i).starts_with("''");
    if (is_doubled || (quote == '"' && text[i] == '\\'))
      ++i;
    else if (text[i] == quote)
      return true;
  }
  return false;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, Document& document) : document_(document) {
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_starts_.push_back(i + 1);
    }
    text_ = text;
  }

  std::pair<int, int> place(const YAML::Mark& mark) const {
    if (mark.is_null() || mark.line < 0) return {1, 1};
    const auto line = static_cast<std::size_t>(mark.line);
    int column = mark.column;
    if (line < line_starts_.size() && column < kLongestCountedLine) {
      const std::string_view before = text_.substr(line_starts_[line], static_cast<std::size_t>(column));
      column -= static_cast<int>(std::count_if(before.begin(), before.end(),
                                               [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }));
    }
    return {mark.line + 1, column + 1};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (seen_document_) refuse(mark, "a second document starts here; expected one document");
    seen_document_ = true;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) refuse(mark, "a key is missing");
    add(mark, anchor, Json(nullptr));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    expect_closed(mark);
    if (expects_key()) return start_member(mark, tag, value);
    add(mark, anchor, typed(mark, tag, value));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) refuse(mark, "an alias cannot be a key; expected text");
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse(mark, "this alias refers to a value that it is part of");
    if (frames_.size() + found->second.depth > kMaxJsonDepth) refuse_depth(mark);
    if (!frames_.empty()) frames_.back().depth = std::max(frames_.back().depth, found->second.depth + 1);
    count(mark, found->second.values - 1);
    add(mark, 0, found->second.value);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, "seq", anchor, Json::array());
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, "map", anchor, Json::object());
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Json value;
    std::string path;
    bool recorded = true;
    YAML::anchor_t anchor = 0;
    std::size_t first_value = 0;  // how many values there were before it
    std::size_t depth = 1;
    std::string key;  // of the member to come
    bool has_key = false;
    std::unordered_set<std::string> keys;
  };

  struct Anchored {
    Json value;
    std::size_t values = 1;
    std::size_t depth = 0;
  };

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string_view message,
                           ErrorCode code = ErrorCode::kInvalid) const {
    const auto [line, column] = place(mark);
    throw Refused{code, located(line, column, message)};
  }

  [[noreturn]] void refuse_depth(const YAML::Mark& mark) const {
    refuse(mark, fmt::format("nested deeper than {} levels", kMaxJsonDepth));
  }

  // yaml-cpp takes a quotation that runs to the end of the text for one that ends there.
  void expect_closed(const YAML::Mark& mark) const {
    const auto line = static_cast<std::size_t>(mark.line);
    if (mark.is_null() || line >= line_starts_.size()) return;
    const std::size_t begin = behind_properties(text_, line_starts_[line] + static_cast<std::size_t>(mark.column));
    if (is_closed(text_, begin)) return;
    const auto [at_line, at_column] = locate_byte(text_, begin);
    throw Refused{ErrorCode::kInvalid,
                  located(at_line, at_column,
                          fmt::format("the text that begins here in quotes has no end; expected {}", text_[begin]))};
  }

  bool expects_key() const { return !frames_.empty() && frames_.back().value.is_object() && !frames_.back().has_key; }

  void count(const YAML::Mark& mark, std::size_t values) {
    values_ += values;
    if (values_ > kMaxDocumentNodes) {
      refuse(mark, fmt::format("the document has more than {} values, aliases expanded", kMaxDocumentNodes),
             ErrorCode::kTooLarge);
    }
  }

  void start_member(const YAML::Mark& mark, const std::string& tag, const std::string& key) {
    Frame& frame = frames_.back();
    const bool is_text = tag == "!" || tag == kTextTag;
    if (!is_text && tag != "?" && !tag.empty()) refuse(mark, fmt::format("the tag {} is not known", tag));
    if (!frame.keys.insert(key).second) refuse(mark, fmt::format("the key \"{}\" occurs twice in this map", key));
    frame.key = key;
    frame.has_key = true;
    if (frame.recorded && frame.path.size() + key.size() < kMaxRecordedPath_bytes) {
      document_.positions[member_path(frame.path, key)] = place(mark);
    }
  }

  Json typed(const YAML::Mark& mark, const std::string& tag, const std::string& text) const {
    if (tag == "?" || tag.empty()) return yaml_plain_scalar(text);
    if (tag == "!") return Json(text);
    if (tag.starts_with(kCoreTag)) {
      const std::string_view name = std::string_view(tag).substr(kCoreTag.size());
      if (name == "str") return Json(text);
      std::optional<Json> value;
      if (name == "int") value = yaml_integer(text);
      if (name == "float") value = yaml_number(text);
      if (name == "bool") value = yaml_boolean(text);
      if (name == "null") value = yaml_null_value(text);
      if (value) return std::move(*value);
    }
    refuse(mark, fmt::format("\"{}\" cannot carry the tag {}", text.substr(0, 40), tag));
  }

  // Path of the value to come, and whether it is worth recording.
  std::pair<std::string, bool> next_path() const {
    if (frames_.empty()) return {std::string(), true};
    const Frame& parent = frames_.back();
    const std::size_t size = parent.path.size() + parent.key.size();
    if (!parent.recorded || size >= kMaxRecordedPath_bytes) return {std::string(), false};
    if (parent.value.is_object()) return {member_path(parent.path, parent.key), true};
    return {element_path(parent.path, parent.value.size()), true};
  }

  void record(const YAML::Mark& mark, const std::string& path) {
    if (frames_.empty() || frames_.back().value.is_array()) document_.positions[path] = place(mark);
  }

  void open(const YAML::Mark& mark, const std::string& tag, std::string_view core_name, YAML::anchor_t anchor,
            Json value) {
    if (expects_key()) refuse(mark, "a key must be text");
    if (!tag.empty() && tag != "?" && tag != "!" && tag != std::string(kCoreTag) + std::string(core_name)) {
      refuse(mark, fmt::format("a {} cannot carry the tag {}", core_name == "seq" ? "list" : "map", tag));
    }
    if (frames_.size() >= kMaxJsonDepth) refuse_depth(mark);
    count(mark, 1);
    auto [path, recorded] = next_path();
    if (recorded) record(mark, path);
    Frame frame;
    frame.value = std::move(value);
    frame.path = std::move(path);
    frame.recorded = recorded;
    frame.anchor = anchor;
    frame.first_value = values_ - 1;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (frame.anchor != 0) anchors_[frame.anchor] = {frame.value, values_ - frame.first_value, frame.depth};
    if (!frames_.empty()) frames_.back().depth = std::max(frames_.back().depth, frame.depth + 1);
    put(std::move(frame.value));
  }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, Json value) {
    count(mark, 1);
    if (const auto [path, recorded] = next_path(); recorded) record(mark, path);
    if (anchor != 0) anchors_[anchor] = {value, 1, 0};
    put(std::move(value));
  }

  void put(Json value) {
    if (frames_.empty()) {
      document_.value = std::move(value);
    } else if (Frame& frame = frames_.back(); frame.value.is_array()) {
      frame.value.push_back(std::move(value));
    } else {
      // Straight to the end: the keys are known to differ, and the map's own search would make large maps slow.
      Json::object_t::Container& members = frame.value.get_ref<Json::object_t&>();
      members.emplace_back(std::move(frame.key), std::move(value));
      frame.has_key = false;
    }
  }

  std::string_view text_;
  Document& document_;
  std::vector<std::size_t> line_starts_;
  std::vector<Frame> frames_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  std::size_t values_ = 0;
  bool seen_document_ = false;
};

// First byte that is not UTF-8, or a control character that YAML does not allow; npos when there is none.
std::size_t find_bad_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return i;
    const std::size_t length = byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    if (byte >= 0x80 && (byte < 0xC2 || byte > 0xF4)) return i;
    if (i + length > text.size()) return i;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return i;
    }
    const auto second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
    if ((byte == 0xE0 && second < 0xA0) || (byte == 0xED && second > 0x9F) || (byte == 0xF0 && second < 0x90) ||
        (byte == 0xF4 && second > 0x8F)) {
      return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

Result<Document> parse_yaml(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());  // yaml-cpp counts without it
  if (const auto bad = find_bad_byte(text); bad != std::string_view::npos) {
    const auto [line, column] = locate_byte(text, bad);
    return fail(ErrorCode::kInvalid,
                located(line, column, "a byte that text cannot hold; expected YAML or JSON in UTF-8"));
  }
  Document document;
  document.positions[""] = {1, 1};
  TreeBuilder builder(text, document);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    return fail(refused.code, refused.message);
  } catch (const YAML::Exception& error) {
    const auto [line, column] = builder.place(error.mark);
    return fail(ErrorCode::kInvalid, located(line, column, error.msg));
  } catch (const std::exception&) {
    return fail(ErrorCode::kInvalid, located(1, 1, "the text is not YAML"));
  }
  return document;
}

Result<Document> parse_json_document(std::string_view text) {
  Document document;
  // The JSON library takes a NUL for the end of the text and would not look at what follows.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    const auto [line, column] = locate_byte(text, nul);
    return fail(ErrorCode::kInvalid, located(line, column, "a NUL character; expected JSON"));
  }
  auto value = parse_json(text);
  if (!value) {
    if (value.error().message.starts_with("line ")) return fail(std::move(value.error()));
    const auto [line, column] = locate_json_depth(text, kMaxJsonDepth);
    return fail(value.error().code, located(line, column, value.error().message));
  }
  document.value = std::move(*value);
  if (auto placed = locate_json(text, kMaxDocumentNodes, document.positions); !placed)
    return fail(std::move(placed.error()));
  return document;
}

}  // namespace

std::pair<int, int> Document::locate(std::string path) const {
  while (true) {
    if (const auto found = positions.find(path); found != positions.end()) return found->second;
    if (path.empty()) return {0, 0};
    const auto cut = path.find_last_of(".[");
    path.resize(cut == std::string::npos ? 0 : cut);
  }
}

Result<Document> parse_document(std::string_view text) {
  if (text.size() > kMaxDocument_bytes) {
    return fail(ErrorCode::kTooLarge, located(1, 1,
                                              fmt::format("the document has {} bytes; at most {} are allowed",
                                                          text.size(), kMaxDocument_bytes)));
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const auto first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
  if (is_json) return parse_json_document(text);
  if (text.size() > kMaxYaml_bytes) {
    return fail(ErrorCode::kTooLarge,
                located(1, 1,
                        fmt::format("the YAML text has {} bytes; at most {} are allowed, as JSON {}", text.size(),
                                    kMaxYaml_bytes, kMaxDocument_bytes)));
  }
  return parse_yaml(text);
}

Result<Document> read_document(const std::string& path) {
  if (path == "-") return read_document(std::cin, path);
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kNotFound, fmt::format("{}: cannot be opened for reading", path));
  return read_document(file, path);
}

Result<Document> read_document(std::istream& file, const std::string& name) {
  std::string text;
  std::vector<char> block(1 << 16);
  while (text.size() <= kMaxDocument_bytes && file.read(block.data(), static_cast<std::streamsize>(block.size()))) {
    text.append(block.begin(), block.end());
  }
  text.append(block.data(), static_cast<std::size_t>(file.gcount()));
  if (file.bad() || (text.empty() && !file.eof())) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: cannot be read; expected a file", name));
  }
  auto document = parse_document(text);
  if (!document) return fail(document.error().code, fmt::format("{}: {}", name, document.error().message));
  return document;
}

}  // namespace commandcenter
