// What tree_sitter.c adds to tree-sitter, for C and C++: the whole tree as an array, in one walk.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct TSTree;

// code::SyntaxNode, as C knows it.
typedef struct {
  uint16_t kind;
  uint8_t field;
  bool named : 1;
  bool error : 1;
  bool missing : 1;
  bool extra : 1;
  uint16_t depth;
  uint32_t begin;
  uint32_t end;
  uint32_t parent;
  uint32_t after;
} FlatNode;

// How many nodes the tree has, at most.
uint32_t flat_size(const struct TSTree* tree);

// Writes the nodes in the order of the text, `room` of them at most, and tells how many. Offsets are moved by `offset`,
// and what is nested deeper than `max_depth` is left out.
uint32_t flatten(const struct TSTree* tree, uint32_t offset, uint16_t max_depth, FlatNode* nodes, uint32_t room);

#ifdef __cplusplus
}
#endif
