// Names of candidates. Private to this folder.
#pragma once

#include <string_view>

#include "code/secrets/candidate.h"

namespace commandcenter::code {

// What the candidate's name says, and the last word in it that says so.
void read_name(std::string_view text, Candidate& candidate);

}  // namespace commandcenter::code
