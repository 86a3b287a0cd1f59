// What people call a secret, and what they choose as one. Private to this folder.
#pragma once

#include <cstddef>
#include <string_view>

#include "code/secrets/candidate.h"

namespace commandcenter::code {

// The word that a name has at `at` belongs to another word: "author", "tokenizer", "compass".
bool is_part_of_another(std::string_view name, std::string_view word, std::size_t at);

// Where a password is named or a call takes one, what people choose as one: its words speak against it in the trees,
// which learned from random letters.
bool is_chosen(std::string_view name, std::string_view value, const Candidate& candidate, Language language);

}  // namespace commandcenter::code
