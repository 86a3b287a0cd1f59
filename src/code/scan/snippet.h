// Lines that may be shown: every secret of the file is masked in them. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "code/secrets/secrets.h"
#include "code/source/source.h"

namespace commandcenter::code {

struct Snippet {
  std::string code;  // trimmed, masked, valid UTF-8, at most kMaxCode_bytes
  bool redacted = false;
};

class Snippets {
 public:
  // `secrets` are all of the file, ordered by place, whatever becomes of them as findings.
  Snippets(const Source& source, const std::vector<Secret>& secrets);

  // The line that holds `offset`; of a long one, what is around it.
  Snippet around(std::size_t offset) const;

  // A line as it stands, but for its secrets; valid UTF-8, at most `max_bytes`.
  std::string line(std::size_t number, std::size_t max_bytes) const;

 private:
  struct Masked {
    std::string text;
    bool redacted = false;
  };
  Masked mask(std::size_t begin, std::string_view text) const;

  const Source& source_;
  const std::vector<Secret>& secrets_;
  std::vector<std::string_view> values_;  // masked wherever they occur in the file
};

// Lines of files and other texts for people to read. For one thread at a time.
class LineViewer {
 public:
  // kUnavailable when this processor cannot run the pattern database: then nothing may be shown.
  static Result<std::unique_ptr<LineViewer>> make();
  ~LineViewer();

  struct Lines {
    std::size_t first = 1;  // the nearest line that there is
    std::size_t total = 0;
    std::vector<std::string> lines{};
  };
  Lines lines(std::string_view path, std::string_view text, std::size_t first, std::size_t count,
              std::size_t max_line_bytes);

  // A text that is no file, whole, with its secrets masked; valid UTF-8.
  std::string masked(std::string_view text);

 private:
  struct Engine;
  explicit LineViewer(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace commandcenter::code
