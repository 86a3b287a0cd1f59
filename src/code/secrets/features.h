// A candidate as numbers, for the classifier. What a number means is fixed by its place: a change here means to train
// again (tools/train-secrets).
#pragma once

#include <array>
#include <cstddef>

#include "code/secrets/candidate.h"

namespace commandcenter::code {

inline constexpr std::size_t kFeatures = 92;
using Features = std::array<float, kFeatures>;

Features features_of(const Source& source, const Candidate& candidate);

// Beyond doubt no secret: filled in by a program or a person, an address, a version, the name again, foreign prose.
bool is_hopeless(const Source& source, const Candidate& candidate);

// A text for people. Where a data file holds several, names such as "password" are those of labels.
bool is_prose(std::string_view value);

// For reports of the training: "length", "entropy", …
std::string_view feature_name(std::size_t index);

}  // namespace commandcenter::code
