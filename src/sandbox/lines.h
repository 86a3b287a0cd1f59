// Cuts a byte stream into lines: at each line end (LF or CR LF, which is dropped), and after `max_bytes` when no end
// has come by then, but not within a character of UTF-8; the rest goes on as a new line. Holds at most `max_bytes`
// back.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace commandcenter::sandbox {

class LineSplitter {
 public:
  using Sink = std::function<void(std::string_view)>;

  explicit LineSplitter(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  void feed(std::string_view bytes, const Sink& sink);
  void finish(const Sink& sink);  // the last line, when it had no end

 private:
  void emit(const Sink& sink, bool at_line_end);
  void cut(const Sink& sink);

  std::size_t max_bytes_;
  std::string partial_;
};

}  // namespace commandcenter::sandbox
