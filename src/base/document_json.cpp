#include "base/document_json.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/json.h"

namespace commandcenter {
namespace {

bool is_plain_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// Walks over the text token by token, counting lines and columns (in characters).
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return text_[at_]; }
  std::size_t offset() const { return at_; }
  std::pair<int, int> position() const { return {line_, column_}; }

  void advance() {
    const auto byte = static_cast<unsigned char>(text_[at_++]);
    if (byte == '\n') {
      ++line_;
      column_ = 1;
    } else if ((byte & 0xC0) != 0x80) {
      ++column_;
    }
  }

  void skip_string() {
    advance();
    while (!at_end() && peek() != '"') {
      if (peek() == '\\') advance();
      if (!at_end()) advance();
    }
    if (!at_end()) advance();
  }

  void skip_scalar() {
    if (peek() == '"') return skip_string();
    while (!at_end() && std::string_view(",]} \t\r\n").find(peek()) == std::string_view::npos) {
      advance();
    }
  }

  std::string_view since(std::size_t from) const { return text_.substr(from, at_ - from); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
};

struct Frame {
  std::string path;
  bool is_object = false;
  bool recorded = true;  // false: the path is too long to be of use
  std::size_t elements = 0;
};

std::string decode_key(std::string_view quoted) {
  if (quoted.find('\\') == std::string_view::npos) return std::string(quoted.substr(1, quoted.size() - 2));
  const auto decoded = parse_json(quoted);
  return decoded && decoded->is_string() ? decoded->get<std::string>() : std::string(quoted);
}

}  // namespace

std::string member_path(const std::string& path, std::string_view key) {
  if (!is_plain_key(key)) return path + "[" + dump_json(Json(std::string(key))) + "]";
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::string element_path(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::string located(int line, int column, std::string_view message) {
  return fmt::format("line {}, column {}: {}", line, column, message);
}

Result<void> locate_json(std::string_view text, std::size_t max_values, Positions& positions) {
  // Only texts that parse_json has accepted come here; an unbalanced one would be a bug there.
  Cursor cursor(text);
  std::vector<Frame> frames;
  std::size_t values = 0;
  Frame next;  // path of the value to come
  bool at_key = false;
  bool placed = false;  // its key has given the position

  while (!cursor.at_end()) {
    const char c = cursor.peek();
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ':') {
      cursor.advance();
      continue;
    }
    if (c == ']' || c == '}') {
      cursor.advance();
      CC_ASSERT(!frames.empty());
      frames.pop_back();
      continue;
    }
    if (c == ',') {
      cursor.advance();
      CC_ASSERT(!frames.empty());
      at_key = frames.back().is_object;
      continue;
    }
    if (at_key) {
      const auto where = cursor.position();
      const std::size_t from = cursor.offset();
      cursor.skip_string();
      const std::string_view quoted = cursor.since(from);
      const Frame& parent = frames.back();
      next.recorded = parent.recorded && parent.path.size() + quoted.size() < kMaxRecordedPath_bytes;
      next.path = next.recorded ? member_path(parent.path, decode_key(quoted)) : std::string();
      if (next.recorded && !positions.try_emplace(next.path, where).second) {
        return fail(ErrorCode::kInvalid,
                    located(where.first, where.second, fmt::format("the key {} occurs twice in this object", quoted)));
      }
      at_key = false;
      placed = true;
      continue;
    }
    if (++values > max_values) {
      return fail(ErrorCode::kTooLarge, located(1, 1, fmt::format("the document has more than {} values", max_values)));
    }
    if (!placed && !frames.empty()) {
      Frame& parent = frames.back();
      next.recorded = parent.recorded && parent.path.size() < kMaxRecordedPath_bytes;
      next.path = next.recorded ? element_path(parent.path, parent.elements) : std::string();
      ++parent.elements;
    }
    if (!placed && next.recorded) positions[next.path] = cursor.position();
    placed = false;
    if (c == '{' || c == '[') {
      cursor.advance();
      frames.push_back({next.path, c == '{', next.recorded, 0});
      at_key = c == '{';
      // An empty object has no key to come.
      while (at_key && !cursor.at_end() && std::string_view(" \t\r\n").find(cursor.peek()) != std::string_view::npos) {
        cursor.advance();
      }
      if (at_key && !cursor.at_end() && cursor.peek() == '}') at_key = false;
    } else {
      cursor.skip_scalar();
    }
  }
  return {};
}

std::pair<int, int> locate_json_depth(std::string_view text, std::size_t max_depth) {
  Cursor cursor(text);
  for (std::size_t depth = 0; !cursor.at_end();) {
    const char c = cursor.peek();
    if (c == '"') {
      cursor.skip_string();
      continue;
    }
    if ((c == '{' || c == '[') && ++depth > max_depth) return cursor.position();
    if ((c == '}' || c == ']') && depth > 0) --depth;
    cursor.advance();
  }
  return {1, 1};
}

}  // namespace commandcenter
