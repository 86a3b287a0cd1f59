// Names and values of candidates.
#include "code/secrets/candidate.h"

#include <algorithm>
#include <cstring>

#include "base/characters.h"

namespace commandcenter::code {

Candidate placed(std::size_t begin, std::size_t end, KeyKind kind) {
  Candidate candidate;
  candidate.form = Form::kCommand;
  candidate.begin = begin;
  candidate.end = end;
  candidate.kinds = static_cast<std::uint16_t>(1U << static_cast<unsigned>(kind));
  candidate.op = Operator::kSpace;
  return candidate;
}

std::string_view name_of(const Source& source, const Candidate& candidate) {
  return source.text().substr(candidate.name_begin, candidate.name_end - candidate.name_begin);
}

std::string_view value_of(const Source& source, const Candidate& candidate) {
  return source.text().substr(candidate.begin, candidate.end - candidate.begin);
}

void widen_to_name(std::string_view text, std::size_t& begin, std::size_t& end) {
  const auto in_name = [&](std::size_t i) {
    return is_word(text[i]) || text[i] == '-' || text[i] == '.' || text[i] == '$';
  };
  const std::size_t floor = begin > kMaxName_bytes ? begin - kMaxName_bytes : 0;
  while (begin > floor && in_name(begin - 1))
    --begin;
  const std::size_t ceiling = std::min(text.size(), end + kMaxName_bytes);
  while (end < ceiling && in_name(end) && !(text[end] == '-' && end + 1 < text.size() && text[end + 1] == '>') &&
         !(text[end] == '.' && end + 1 < text.size() && text[end + 1] == '='))
    ++end;
  // "\npassword": the n belongs to the line break before
  if (begin > 0 && text[begin - 1] == '\\' && begin + 1 < end && std::strchr("nrt", text[begin]) != nullptr) ++begin;
  while (begin < end && text[begin] == '$')
    ++begin;
}

}  // namespace commandcenter::code
