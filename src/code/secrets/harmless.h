// Values of a name that speaks of secrets, which are none: numbers of public keys, tickets, paths, parts of texts.
// Private to this folder.
#pragma once

#include <string_view>

#include "code/secrets/candidate.h"

namespace commandcenter::code {

// `name` is in small letters.
bool is_harmless(const Source& source, const Candidate& candidate, std::string_view name, std::string_view value);

}  // namespace commandcenter::code
