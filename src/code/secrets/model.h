// Learned numbers, made by tools/train-secrets and embedded: how letters follow each other, common words, and the trees
// that judge a candidate.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace commandcenter::code {

// 28 × 28 × 28 costs in sixteenths of a bit: a to z, digit, anything else.
std::span<const std::uint8_t> letter_model();

// A lower-case word that occurs often in code and its documentation.
bool is_common_word(std::string_view word);

// Log odds that a candidate with these features is a secret.
double tree_score(std::span<const float> features);

}  // namespace commandcenter::code
