// TOML, as far as manifests and lock files need it.
#include "code/dependencies/toml.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "code/dependencies/readers.h"

namespace commandcenter::code::dependencies {
namespace {

constexpr int kMaxTomlDepth = 32;

class Toml {
 public:
  explicit Toml(std::string_view text) : text_(text) {}

  Result<Json> parse() {
    Json root = Json::object();
    Json* table = &root;
    for (skip(true); at_ < text_.size() && error_.empty(); skip(true)) {
      if (text_[at_] == '[') {
        table = header(root);
      } else {
        member(*table, 0);
      }
    }
    if (!error_.empty()) return fail(ErrorCode::kInvalid, error_);
    return root;
  }

 private:
  void stop(std::string_view what) {
    if (!error_.empty()) return;
    const auto line =
        1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size())), '\n');
    error_ = fmt::format("line {}: expected {}", line, what);
    at_ = text_.size();
  }

  // White space and comments; with line ends if asked.
  void skip(bool line_ends) {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#')
        at_ = std::min(text_.find('\n', at_), text_.size());
      else if (c == ' ' || c == '\t' || c == '\r' || (line_ends && c == '\n'))
        ++at_;
      else
        break;
    }
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string key() {
    skip(false);
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) return text();
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '-' || text_[at_] == '_'))
      ++at_;
    if (at_ == begin) stop("a key");
    return std::string(text_.substr(begin, at_ - begin));
  }

  // The object behind a dotted key; the last name is left in `name`.
  Json* walk(Json& from, std::string& name) {
    Json* at = &from;
    name = key();
    for (skip(false); take('.'); skip(false)) {
      at = child(*at, name);
      name = key();
    }
    return at;
  }

  static Json* child(Json& table, const std::string& name) {
    Json& next = table[name];
    if (next.is_array() && !next.empty() && next.back().is_object()) return &next.back();
    if (!next.is_object()) next = Json::object();
    return &next;
  }

  Json* header(Json& root) {
    take('[');
    const bool list = take('[');
    std::string name;
    Json* table = walk(root, name);
    if (!take(']') || (list && !take(']'))) stop("\"]\"");
    if (!list) return child(*table, name);
    Json& array = (*table)[name];
    if (!array.is_array()) array = Json::array();
    array.push_back(Json::object());
    return &array.back();
  }

  void member(Json& table, int depth) {
    std::string name;
    Json* place = walk(table, name);
    if (!take('=')) return stop("\"=\"");
    (*place)[name] = value(depth);
  }

  Json value(int depth) {
    skip(false);
    if (at_ >= text_.size() || depth > kMaxTomlDepth) {
      stop("a value");
      return nullptr;
    }
    const char c = text_[at_];
    if (c == '"' || c == '\'') return text();
    if (c == '[') return array(depth);
    if (c == '{') return inline_table(depth);
    const std::size_t end = std::min(text_.find_first_of(",]}#\n", at_), text_.size());
    const std::string word(trimmed(text_.substr(at_, end - at_)));
    at_ = end;
    if (word == "true" || word == "false") return word == "true";
    if (word.empty()) stop("a value");
    return word;
  }

  Json array(int depth) {
    Json all = Json::array();
    take('[');
    for (skip(true); at_ < text_.size() && text_[at_] != ']'; skip(true)) {
      all.push_back(value(depth + 1));
      skip(true);
      if (!take(',') && (at_ >= text_.size() || text_[at_] != ']')) stop("\",\" or \"]\"");
    }
    take(']');
    return all;
  }

  Json inline_table(int depth) {
    Json table = Json::object();
    take('{');
    for (skip(true); at_ < text_.size() && text_[at_] != '}'; skip(true)) {
      member(table, depth + 1);
      skip(true);
      if (!take(',') && (at_ >= text_.size() || text_[at_] != '}')) stop("\",\" or \"}\"");
    }
    take('}');
    return table;
  }

  std::string text() {
    const char quote = text_[at_];
    const std::string mark(text_.substr(at_).starts_with(std::string(3, quote)) ? 3 : 1, quote);
    at_ += mark.size();
    std::string out;
    while (at_ < text_.size() && !text_.substr(at_).starts_with(mark)) {
      if (mark.size() == 1 && text_[at_] == '\n') break;
      if (quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        out += text_[at_] == 'n' ? '\n' : text_[at_] == 't' ? '\t' : text_[at_];
        ++at_;
        continue;
      }
      out += text_[at_++];
    }
    if (!text_.substr(std::min(at_, text_.size())).starts_with(mark))
      stop(fmt::format("{} at the end of a text", mark));
    at_ = std::min(at_ + mark.size(), text_.size());
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string error_;
};

}  // namespace

Result<Json> parse_toml(std::string_view text) {
  return Toml(text).parse();
}

}  // namespace commandcenter::code::dependencies
