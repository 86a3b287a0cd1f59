// Fuzz target: any bytes as an SPDX expression, as what a manifest says, and as a file with licences. An expression
// that is read means the same when it is written and read again; what is found lies within the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "code/licenses/licenses.h"

namespace {

using namespace commandcenter::code;

void require(bool holds) {
  if (!holds) std::abort();
}

void expression(std::string_view text) {
  const auto read = parse_license_expression(text);
  if (!read) return;
  const std::string canonical = read->text();
  const auto again = parse_license_expression(canonical);
  require(again.has_value());
  require(again->text() == canonical && again->ids() == read->ids());
}

void file(std::string_view text) {
  static const LicenseReader kReader;
  for (const FoundLicense& found : kReader.read(text).found)
    require(found.begin < found.end && found.end <= text.size() && !found.spdx.empty());
}

}  // namespace

// The first byte says what the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      expression(text);
      break;
    case 1: {
      const std::string known = license_from_name(text);
      require(known.empty() || parse_license_expression(known).has_value());
      break;
    }
    default:
      file(text);
  }
  return 0;
}
