// Lines of a text, found when somebody asks.
#include "code/source/source.h"

#include <algorithm>

namespace commandcenter::code {

Source::Source(std::string_view path, std::string_view text)
    : path_(path), text_(text), language_(language_of(path, text)), traits_(traits_of(path, text)) {}

const std::vector<std::size_t>& Source::lines() const {
  if (line_begins_.empty()) {
    line_begins_.push_back(0);
    for (std::size_t at = text_.find('\n'); at != std::string_view::npos; at = text_.find('\n', at + 1))
      line_begins_.push_back(at + 1);
  }
  return line_begins_;
}

std::size_t Source::line_of(std::size_t offset) const {
  const auto& begins = lines();
  return static_cast<std::size_t>(std::ranges::upper_bound(begins, offset) - begins.begin());
}

std::size_t Source::line_begin(std::size_t line) const {
  return lines()[line - 1];
}

std::size_t Source::line_count() const {
  return lines().size();
}

std::string_view Source::line_text(std::size_t line) const {
  const auto& begins = lines();
  if (line == 0 || line > begins.size()) return {};
  const std::size_t begin = begins[line - 1];
  const std::size_t end = line < begins.size() ? begins[line] - 1 : text_.size();
  std::string_view found = text_.substr(begin, end - begin);
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

std::size_t Source::column_of(std::size_t offset) const {
  const std::size_t begin = line_begin(line_of(offset));
  if (counted_to_ < begin || counted_to_ > offset) counted_to_ = begin, counted_column_ = 1;
  for (; counted_to_ < offset; ++counted_to_) {
    if ((static_cast<unsigned char>(text_[counted_to_]) & 0xc0) != 0x80) ++counted_column_;
  }
  return counted_column_;
}

}  // namespace commandcenter::code
