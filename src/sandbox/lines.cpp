#include "sandbox/lines.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace commandcenter::sandbox {

void LineSplitter::emit(const Sink& sink, bool at_line_end) {
  std::string_view line = partial_;
  if (at_line_end && line.ends_with('\r')) line.remove_suffix(1);
  sink(line);
  partial_.clear();
}

// A character that does not fit any more begins the next line.
void LineSplitter::cut(const Sink& sink) {
  const std::size_t whole_bytes = whole_characters(partial_).size();
  std::string rest = whole_bytes > 0 ? partial_.substr(whole_bytes) : std::string();
  partial_.resize(partial_.size() - rest.size());
  emit(sink, false);
  partial_ = std::move(rest);
}

void LineSplitter::feed(std::string_view bytes, const Sink& sink) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::size_t length = std::min(end, bytes.size());
    const std::size_t room = max_bytes_ - partial_.size();
    if (length > room) {
      partial_.append(bytes.substr(0, room));
      bytes.remove_prefix(room);
      cut(sink);
      continue;
    }
    partial_.append(bytes.substr(0, length));
    bytes.remove_prefix(length);
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(1);
    emit(sink, true);
  }
}

void LineSplitter::finish(const Sink& sink) {
  if (!partial_.empty()) emit(sink, false);
}

}  // namespace commandcenter::sandbox
