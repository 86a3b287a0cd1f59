// Lines of a source that may be shown: every secret of the file is masked in them. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/builtin/security_scanner/rule.h"
#include "agent/builtin/security_scanner/source.h"

namespace commandcenter::security_scanner {

struct Snippet {
  std::string code;  // trimmed, masked, at most kMaxCode_bytes
  bool redacted = false;
};

class Redactor {
 public:
  // `secrets` are all secrets of the file, ordered by place, whatever becomes of them as findings.
  Redactor(const Source& source, const Hits& secrets);

  Snippet line(std::size_t line) const;

 private:
  const Source& source_;
  const Hits& secrets_;
  std::vector<std::string_view> values_;  // long enough to be masked wherever they occur in the file
};

}  // namespace commandcenter::security_scanner
