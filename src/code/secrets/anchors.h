// Secrets that no name announces: in addresses, headers, commands, key files. Private to this folder.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "code/secrets/candidate.h"
#include "code/source/source.h"

namespace commandcenter::code {

// The candidate that begins at an anchor word which ends at `end`; not for kPem, kJwk.
std::optional<Candidate> find_anchored(const Source& source, Anchor anchor, std::size_t end);

// A private key: from the dashes before BEGIN to those after END. `end` is behind the anchor word.
std::optional<std::pair<std::size_t, std::size_t>> find_private_key(std::string_view text, std::size_t end);

// The secret part of a JSON Web Key; `end` is behind its "kty".
std::optional<std::pair<std::size_t, std::size_t>> find_web_key(std::string_view text, std::size_t end);

// Offsets of everything of the form of a UUID.
std::vector<std::size_t> find_uuids(std::string_view text);

// Looks back from a value to the name it is given; fills the candidate's name when there is one.
void find_name_before(std::string_view text, Candidate& candidate);

}  // namespace commandcenter::code
