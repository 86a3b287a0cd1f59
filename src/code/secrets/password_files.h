// Files that hold passwords at a known place of each line. Private to this folder.
#pragma once

#include <vector>

#include "code/secrets/candidate.h"

namespace commandcenter::code {

// Empty for a file of another name.
std::vector<Candidate> passwords_of_file(const Source& source);

}  // namespace commandcenter::code
