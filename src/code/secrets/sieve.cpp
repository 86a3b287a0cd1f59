// Copies of a value, and labels.
#include "code/secrets/sieve.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "code/secrets/features.h"
#include "code/secrets/value.h"

namespace commandcenter::code {

namespace {

// <password type="PasswordText">…: what the tag is called says more.
bool is_attribute(const Candidate& tag, const Candidate& candidate) {
  return tag.op == Operator::kTag && !tag.name_quoted && candidate.op == Operator::kTag && candidate.name_quoted;
}

}  // namespace

void drop_copies(std::vector<Candidate>& candidates) {
  std::vector<Candidate> kept;
  for (const Candidate& candidate : candidates) {
    if (!kept.empty() && candidate.begin < kept.back().end) {
      Candidate& other = kept.back();
      const bool exact = candidate.form != Form::kAssigned && candidate.form != Form::kUuid;
      const bool other_exact = other.form != Form::kAssigned && other.form != Form::kUuid;
      if (exact && !other_exact) {
        const std::uint16_t kinds = other.kinds;
        other = candidate;
        other.kinds = static_cast<std::uint16_t>(other.kinds | kinds);
      } else if (other.form == Form::kUuid && candidate.form == Form::kAssigned) {
        other = candidate;
      } else if (candidate.form == Form::kAssigned && other.form == Form::kAssigned && other.end - other.begin > 40 &&
                 candidate.end <= other.end) {
        other = candidate;  // a name and its value inside of a longer text
      } else if (candidate.form == Form::kAssigned && other.form == Form::kAssigned && candidate.begin == other.begin &&
                 candidate.name_begin > other.name_end && candidate.kinds != 0 && !is_attribute(other, candidate)) {
        other = candidate;  // credentials["password"]: the name that is nearer
      }
      continue;
    }
    kept.push_back(candidate);
  }
  candidates = std::move(kept);
}

void drop_labels(const Source& source, std::vector<Candidate>& candidates) {
  constexpr std::ptrdiff_t kTelling = 3;
  switch (source.language()) {
    case Language::kJson:
    case Language::kYaml:
    case Language::kProperties:
    case Language::kXml:
      break;
    default:
      if (!source.traits().translation) return;
  }
  const auto prose =
      std::ranges::count_if(candidates, [&](const Candidate& c) { return is_prose(value_of(source, c)); });
  if (prose < kTelling && !source.traits().translation) return;
  const bool catalogue = source.path().ends_with(".po") || source.traits().translation;
  std::erase_if(candidates, [&](const Candidate& candidate) {
    const std::string_view value = value_of(source, candidate);
    const Looks looks = looks_of(value);
    const bool capital = looks.upper == 1 && value.front() >= 'A' && value.front() <= 'Z';
    if (candidate.form != Form::kAssigned) return false;
    if (looks.digits > 0) return source.traits().translation && looks.blanks > 0;
    return catalogue || looks.blanks > 0 || looks.foreign > 0 || capital;
  });
}

}  // namespace commandcenter::code
