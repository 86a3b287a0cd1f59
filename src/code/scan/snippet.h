// Lines that may be shown: every secret of the file is masked in them. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

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

 private:
  const Source& source_;
  const std::vector<Secret>& secrets_;
  std::vector<std::string_view> values_;  // masked wherever they occur in the file
};

}  // namespace commandcenter::code
