// By the names that programs give to such files.
#include "code/secrets/password_files.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "code/secrets/value.h"

namespace commandcenter::code {
namespace {

constexpr std::size_t kMaxLines = 1'000;

struct File {
  std::string_view ending;  // of its path
  char separator;           // of the fields of a line; a blank is any number of them
  std::size_t place;        // of the password, from 0
  bool behind_user;         // user:password
};
constexpr auto kFiles = std::to_array<File>({{"/.pgpass", ':', 4, false},
                                             {"/pgpass.conf", ':', 4, false},
                                             {"/sasl_passwd", ' ', 1, true},
                                             {"/chap-secrets", ' ', 2, false},
                                             {"/pap-secrets", ' ', 2, false},
                                             {"/davfs2/secrets", ' ', 2, false},
                                             {"/rsyncd.secrets", ':', 1, false},
                                             {"/userlist.txt", ' ', 1, false}});

std::string_view field_of(std::string_view line, char separator, std::size_t place) {
  for (std::size_t at = 0; at < line.size();) {
    if (separator == ' ') at = std::min(line.find_first_not_of(" \t", at), line.size());
    const std::size_t end =
        std::min(separator == ' ' ? line.find_first_of(" \t", at) : line.find(separator, at), line.size());
    if (place == 0) return line.substr(at, end - at);
    --place;
    at = end + 1;
  }
  return {};
}

}  // namespace

std::vector<Candidate> passwords_of_file(const Source& source) {
  const std::string path = "/" + std::string(source.path());
  const auto file = std::ranges::find_if(kFiles, [&](const File& known) { return path.ends_with(known.ending); });
  std::vector<Candidate> found;
  if (file == kFiles.end()) return found;
  const std::string_view text = source.text();
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size() && lines < kMaxLines; ++lines) {
    const std::size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    std::string_view value = field_of(text.substr(at, end - at), file->separator, file->place);
    if (file->behind_user) value.remove_prefix(std::min(value.find(':'), value.size()));
    if (file->behind_user && !value.empty()) value.remove_prefix(1);
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    if (text[at] != '#' && value.size() >= kMinValue_bytes && (is_mixed_password(value) || is_random(value))) {
      const auto begin = static_cast<std::size_t>(value.data() - text.data());
      found.push_back(placed(begin, begin + value.size()));
    }
    at = end + 1;
  }
  return found;
}

}  // namespace commandcenter::code
