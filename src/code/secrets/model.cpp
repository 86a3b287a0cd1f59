// The learned tables; their numbers are in the .inc files that tools/train-secrets writes.
#include "code/secrets/model.h"

#include <algorithm>
#include <array>

namespace commandcenter::code {
namespace {

constexpr std::uint8_t kLetters[] = {
#include "code/secrets/model_letters.inc"
};

// Sorted hashes of words.
constexpr std::uint32_t kWords[] = {
#include "code/secrets/model_words.inc"
};

// A tree is a full binary tree of depth kDepth: its inner nodes in the order of levels, then its leaves.
struct Node {
  std::uint8_t feature;
  float threshold;  // left when the feature is at most that
};
struct Tree {
  std::array<Node, 15> nodes;
  std::array<float, 16> leaves;
};
constexpr std::size_t kDepth = 4;
constexpr Tree kTrees[] = {
#include "code/secrets/model_trees.inc"
};
constexpr double kBase =
#include "code/secrets/model_base.inc"
    ;

std::uint32_t hash_of(std::string_view word) {
  std::uint32_t hash = 2166136261U;
  for (const char c : word)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

}  // namespace

std::span<const std::uint8_t> letter_model() {
  return kLetters;
}

bool is_common_word(std::string_view word) {
  return std::ranges::binary_search(kWords, hash_of(word));
}

double tree_score(std::span<const float> features) {
  double score = kBase;
  for (const Tree& tree : kTrees) {
    std::size_t at = 0;
    for (std::size_t level = 0; level < kDepth; ++level)
      at = 2 * at + (features[tree.nodes[at].feature] <= tree.nodes[at].threshold ? 1 : 2);
    score += static_cast<double>(tree.leaves[at - 15]);
  }
  return score;
}

}  // namespace commandcenter::code
