// Fuzz target: any bytes as a configuration file, and any settings for it. What is accepted says what was asked for,
// and the same settings once more change nothing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/builtin/patcher/config_formats.h"

namespace {

using namespace commandcenter;
using namespace commandcenter::patcher;

Result<std::string> merged(int format, std::string_view text, const Json& set) {
  switch (format) {
    case 0:
      return merge_json(text, set);
    case 1:
      return merge_yaml(text, set);
    case 2:
      return merge_toml(text, set);
    case 3:
      return merge_ini(text, set);
    case 4:
      return merge_assignments(text, set, Assign::kEnv);
    default:
      return merge_assignments(text, set, Assign::kProperties);
  }
}

}  // namespace

// The first byte is the format; then the settings as JSON on one line, and behind it the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const int format = data[0] % 6;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t line = std::min(input.find('\n'), input.size());
  const auto set = parse_json(input.substr(0, line));
  if (!set || !set->is_object()) return 0;
  const std::string text(input.substr(std::min(line + 1, input.size())));
  const auto once = merged(format, text, *set);
  if (!once) return 0;
  const auto before = parse_json(text);
  if (format == 0 && before && before->is_object()) {
    Json wanted = *before;
    wanted.merge_patch(*set);
    const auto after = parse_json(*once);
    if (!after || canonical_json(*after) != canonical_json(wanted)) std::abort();
  }
  if (format > 1) return 0;  // of lines and tables some say a thing twice
  const auto twice = merged(format, *once, *set);
  if (!twice || *twice != *once) std::abort();
  return 0;
}
