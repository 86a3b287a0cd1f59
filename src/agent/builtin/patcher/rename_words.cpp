// Renaming by words, in languages whose scopes are not known here: in code, not in strings and comments.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "agent/builtin/patcher/names.h"
#include "agent/builtin/patcher/operations.h"
#include "base/regex.h"

namespace commandcenter::patcher {
namespace {

// Walks over code token by token and copies it, with the name replaced where it is code.
class Renamer {
 public:
  Renamer(std::string_view text, std::string_view path, const Request& request)
      : text_(text),
        old_(*request.old_value),
        new_(*request.new_value),
        hash_comments_(path.ends_with(".py") || path.ends_with(".rb") || path.ends_with(".php")),
        slash_comments_(!path.ends_with(".py") && !path.ends_with(".rb")),
        triple_quotes_(path.ends_with(".py")),
        templates_(path.ends_with("s") || path.ends_with("x")),
        everywhere_(request.in_strings) {}

  std::string take() {
    code("");
    return std::move(out_);
  }
  std::int64_t count() const { return count_; }
  bool taken() const { return taken_; }

 private:
  bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  void copy(std::size_t until) {
    const std::size_t end = std::min(until, text_.size());
    if (everywhere_) {
      while (at_ < end)
        is_name_part(text_[at_]) ? word(end) : one();
      return;
    }
    out_ += text_.substr(at_, end - at_);
    at_ = end;
  }

  void one() { out_ += text_[at_++]; }

  void word(std::size_t limit) {
    std::size_t end = at_;
    while (end < limit && is_name_part(text_[end]))
      ++end;
    const std::string_view found = text_.substr(at_, end - at_);
    taken_ = taken_ || found == new_;
    if (found == old_) ++count_;
    out_ += found == old_ ? new_ : found;
    at_ = end;
  }

  // Up to the end of the text, or to the bracket that ends an expression in a template.
  void code(std::string_view end) {
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (!end.empty() && depth == 0 && c == '}') return;
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (is_name_part(c)) {
        word(text_.size());
      } else if (slash_comments_ && starts("//")) {
        copy(std::min(text_.find('\n', at_), text_.size()));
      } else if (slash_comments_ && starts("/*")) {
        const std::size_t close = text_.find("*/", at_ + 2);
        copy(close == std::string_view::npos ? text_.size() : close + 2);
      } else if (hash_comments_ && c == '#') {
        copy(std::min(text_.find('\n', at_), text_.size()));
      } else if (triple_quotes_ && (starts("\"\"\"") || starts("'''"))) {
        const std::size_t close = text_.find(text_.substr(at_, 3), at_ + 3);
        copy(close == std::string_view::npos ? text_.size() : close + 3);
      } else if (c == '`' && templates_) {
        template_text();
      } else if (c == '"' || c == '\'' || c == '`') {
        string(c);
      } else {
        one();
      }
    }
  }

  void string(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && (text_[end] != '\n' || quote == '`'))
      end += text_[end] == '\\' && quote != '`' ? 2U : 1U;
    copy(end + 1);
  }

  void template_text() {
    one();
    while (at_ < text_.size() && text_[at_] != '`') {
      if (starts("${")) {
        one();
        one();
        code("}");
        if (at_ < text_.size()) one();
      } else if (text_[at_] == '\\') {
        copy(at_ + 2);
      } else {
        copy(at_ + 1);
      }
    }
    if (at_ < text_.size()) one();
  }

  std::string_view text_;
  std::string_view old_;
  std::string_view new_;
  bool hash_comments_;
  bool slash_comments_;
  bool triple_quotes_;
  bool templates_;
  bool everywhere_;
  std::size_t at_ = 0;
  std::string out_;
  std::int64_t count_ = 0;
  bool taken_ = false;
};

}  // namespace

std::string rename_words(std::string_view text, std::string_view path, const Request& request, std::int64_t& count,
                         bool& taken) {
  Renamer renamer(text, path, request);
  std::string fresh = renamer.take();
  count = renamer.count();
  taken = renamer.taken();
  return fresh;
}

}  // namespace commandcenter::patcher
