// Candidates that others make needless. Private to this folder.
#pragma once

#include <vector>

#include "code/secrets/candidate.h"

namespace commandcenter::code {

// One value may be a candidate twice: what knows more is kept. The list is in order of begin.
void drop_copies(std::vector<Candidate>& candidates);

// Of a file with texts for people, the values that could be such a text; of a folder of translations, whatever has no
// digit or is a sentence.
void drop_labels(const Source& source, std::vector<Candidate>& candidates);

}  // namespace commandcenter::code
