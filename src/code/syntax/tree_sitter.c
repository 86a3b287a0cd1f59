// tree-sitter as one source, with faster functions in the place of those that parsing spends most of its time in.
//
// Their results are the same; they may be simpler because each tree stays on its thread, texts are parsed once, as a
// whole and in one piece, and nobody logs or edits. A function is replaced by giving the one of tree-sitter another
// name while its file is read. Here are also the walk that makes a flat array of a tree, which no cursor need pay for.
#include "code/syntax/tree_sitter.h"

#include <string.h>

// Counts of references are not shared by threads.
#define atomic_inc shared_atomic_inc
#define atomic_dec shared_atomic_dec
#include "atomic.h"
#undef atomic_inc
#undef atomic_dec
static inline uint32_t atomic_inc(volatile uint32_t* count) {
  return ++*(uint32_t*)count;
}
static inline uint32_t atomic_dec(volatile uint32_t* count) {
  return --*(uint32_t*)count;
}

// The time that a text may take is the thread's own: what is found must not depend on what else the machine does.
#include <time.h>
#undef CLOCK_MONOTONIC
#define CLOCK_MONOTONIC CLOCK_THREAD_CPUTIME_ID
#include "clock.h"

// Most states have their table as a list, which must be read from its start for each look; so what was found last is
// kept.
#define ts_language_lookup searched_lookup
#include "language.h"
#undef ts_language_lookup

enum { kLookups = 4096 };
typedef struct {
  uint32_t key;  // state and symbol
  uint16_t value;
} Lookup;
static _Thread_local Lookup lookups[kLookups];
static _Thread_local const TSLanguage* lookups_of;

// In a function of its own, so that what is kept is found in few instructions.
__attribute__((noinline)) static uint16_t look_up_anew(const TSLanguage* language, uint32_t key, Lookup* kept) {
  if (lookups_of != language) {
    memset(lookups, 0xFF, sizeof lookups);  // no symbol has this number
    lookups_of = language;
  }
  *kept = (Lookup){key, searched_lookup(language, (TSStateId)(key >> 16U), (TSSymbol)key)};
  return kept->value;
}

static inline uint16_t ts_language_lookup(const TSLanguage* language, TSStateId state, TSSymbol symbol) {
  if (state < language->large_state_count) return language->parse_table[state * language->symbol_count + symbol];
  const uint32_t key = (uint32_t)state << 16U | symbol;
  Lookup* const kept = &lookups[(key * 0x9E3779B1U) >> 20U];
  return kept->key == key && lookups_of == language ? kept->value : look_up_anew(language, key, kept);
}

#include "alloc.c"
#include "get_changed_ranges.c"
#include "language.c"
#include "node.c"
#include "subtree.c"
#include "tree.c"
#include "tree_cursor.c"
#include "wasm_store.c"

// A text is one piece and one range: the next letter of ASCII needs no more than to be read.
#define ts_lexer_init general_lexer_init
#include "lexer.c"
#undef ts_lexer_init

static void advance(TSLexer* lexer, bool skip) {
  Lexer* self = (Lexer*)lexer;
  const uint32_t at = self->current_position.bytes + 1 - self->chunk_start;
  if (self->chunk == NULL || self->lookahead_size != 1 || at >= self->chunk_size || (self->chunk[at] & 0x80) != 0) {
    ts_lexer__advance(lexer, skip);
    return;
  }
  ++self->current_position.bytes;
  if (self->data.lookahead == '\n') {
    ++self->current_position.extent.row;
    self->current_position.extent.column = 0;
  } else {
    ++self->current_position.extent.column;
  }
  if (skip) self->token_start_position = self->current_position;
  self->data.lookahead = self->chunk[at];
}

static void mark_end(TSLexer* lexer) {
  Lexer* self = (Lexer*)lexer;
  self->token_end_position = self->current_position;
}

void ts_lexer_init(Lexer* self) {
  general_lexer_init(self);
  self->data.advance = advance;
  self->data.mark_end = mark_end;
}

// Where the stack does not branch, what is popped is a list.
#define ts_stack_push general_push
#define ts_stack_pop_count general_pop_count
#define ts_stack_renumber_version general_renumber_version
#include "stack.c"
#undef ts_stack_push
#undef ts_stack_pop_count
#undef ts_stack_renumber_version

StackSliceArray ts_stack_pop_count(Stack* self, StackVersion version, uint32_t count) {
  StackNode* const top = self->heads.contents[version].node;
  StackNode* node = top;
  uint32_t size = 0;
  for (uint32_t left = count; left > 0; ++size) {
    if (node->link_count != 1 || node->links[0].subtree.ptr == NULL) return general_pop_count(self, version, count);
    if (!ts_subtree_extra(node->links[0].subtree)) --left;
    node = node->links[0].node;
  }
  SubtreeArray subtrees = array_new();
  array_reserve(&subtrees, size + (uint32_t)(sizeof(SubtreeHeapData) / sizeof(Subtree)));  // room for the parent
  subtrees.size = size;
  node = top;
  for (uint32_t i = size; i > 0; node = node->links[0].node) {
    subtrees.contents[--i] = node->links[0].subtree;
    ts_subtree_retain(node->links[0].subtree);
  }
  array_clear(&self->slices);
  array_push(&self->slices, ((StackSlice){subtrees, ts_stack__add_version(self, version, node)}));
  return self->slices;
}

static void release_subtree(Stack* self, Subtree subtree) {
  if (subtree.ptr == NULL || subtree.data.is_inline) return;
  if (subtree.ptr->ref_count > 1)
    ts_subtree_to_mut_unsafe(subtree).ptr->ref_count--;  // a part of what it was reduced to
  else
    ts_subtree_release(self->subtree_pool, subtree);
}

static void release_list(Stack* self, StackNode* node) {
  while (node->ref_count == 1 && node->link_count == 1) {
    const StackLink below = node->links[0];
    release_subtree(self, below.subtree);
    if (self->node_pool.size < MAX_NODE_POOL_SIZE) {
      array_push(&self->node_pool, node);
    } else {
      ts_free(node);
    }
    node = below.node;
  }
  stack_node_release(node, &self->node_pool, self->subtree_pool);
}

// What a reduction has made is the last version, and takes the place of what it was made of.
void ts_stack_renumber_version(Stack* self, StackVersion from, StackVersion to) {
  StackHead* const old = &self->heads.contents[to];
  if (from == to || from + 1 != self->heads.size || old->summary != NULL) {
    general_renumber_version(self, from, to);
    return;
  }
  release_subtree(self, old->last_external_token);
  release_subtree(self, old->lookahead_when_paused);
  release_list(self, old->node);
  *old = self->heads.contents[from];
  --self->heads.size;
}

void ts_stack_push(Stack* self, StackVersion version, Subtree subtree, bool pending, TSStateId state) {
  StackHead* const head = &self->heads.contents[version];
  StackNode* const below = head->node;
  if (subtree.ptr == NULL) {
    general_push(self, version, subtree, pending, state);
    return;
  }
  StackNode* const node = self->node_pool.size > 0 ? array_pop(&self->node_pool) : ts_malloc(sizeof(StackNode));
  node->state = state;
  node->position = length_add(below->position, ts_subtree_total_size(subtree));
  node->links[0] = (StackLink){below, subtree, pending};  // the others are not read before they are made
  node->link_count = 1;
  node->ref_count = 1;
  node->error_cost = below->error_cost + ts_subtree_error_cost(subtree);
  node->node_count = below->node_count + stack__subtree_node_count(subtree);
  node->dynamic_precedence = below->dynamic_precedence + ts_subtree_dynamic_precedence(subtree);
  head->node = node;
}

// The time of a thread is asked of the kernel, which costs more than the hundred steps between two looks at it.
enum { kLooksPerReading = 64 };
static _Thread_local uint32_t looks;

static inline bool is_over(TSClock end) {
  return ++looks % kLooksPerReading == 0 && clock_is_gt(clock_now(), end);
}

// Balancing serves edits, and cursors; the walk below needs neither.
#define ts_subtree_balance(tree, pool, language) ((void)0)
#define clock_is_gt(now, end) is_over(end)
#include "parser.c"
#undef clock_is_gt
#undef ts_subtree_balance

typedef struct {
  const SubtreeHeapData* parent;
  uint32_t child;       // the next one
  uint32_t structural;  // the same without extras: what aliases and fields count by
  uint32_t at;          // where the child before ends
  uint32_t owner;       // the visible node above
  uint8_t field;        // of the parent, where it is hidden
  bool visible;         // the parent is
} Frame;

typedef struct {
  const TSLanguage* language;
  FlatNode* nodes;
  uint32_t count;
  uint32_t offset;
  uint16_t depth;
  Array(Frame) frames;
} Walk;

static TSFieldId field_of(const Walk* walk, const Frame* frame) {
  const TSFieldMapEntry* entry;
  const TSFieldMapEntry* end;
  ts_language_field_map(walk->language, frame->parent->production_id, &entry, &end);
  for (; entry < end; ++entry) {
    if (!entry->inherited && entry->child_index == frame->structural) return entry->field_id;
  }
  return frame->field;
}

static void add_node(Walk* walk, Subtree tree, TSSymbol alias, TSFieldId field, uint32_t begin, uint32_t parent) {
  const TSSymbol symbol = alias != 0 ? alias : ts_subtree_symbol(tree);
  begin += walk->offset;
  walk->nodes[walk->count++] = (FlatNode){
      .kind = ts_language_public_symbol(walk->language, symbol),
      .field = (uint8_t)field,
      .named = alias != 0 ? ts_language_symbol_metadata(walk->language, alias).named : ts_subtree_named(tree),
      .error = symbol == ts_builtin_sym_error,
      .missing = ts_subtree_missing(tree),
      .extra = ts_subtree_extra(tree),
      .depth = walk->depth,
      .begin = begin,
      .end = begin + ts_subtree_size(tree).bytes,
      .parent = parent,
      .after = walk->count,
  };
}

uint32_t flat_size(const TSTree* tree) {
  return ts_subtree_visible_descendant_count(tree->root) + 1;
}

uint32_t flatten(const TSTree* tree, uint32_t offset, uint16_t max_depth, FlatNode* nodes, uint32_t room) {
  if (room == 0) return 0;
  Walk walk = {.language = tree->language, .nodes = nodes, .offset = offset, .frames = array_new()};
  const uint32_t start = ts_subtree_padding(tree->root).bytes;
  add_node(&walk, tree->root, 0, 0, start, UINT32_MAX);
  if (ts_subtree_child_count(tree->root) > 0)
    array_push(&walk.frames, ((Frame){.parent = tree->root.ptr, .at = start, .visible = true}));
  while (walk.frames.size > 0) {
    Frame* frame = array_back(&walk.frames);
    if (frame->child == frame->parent->child_count || walk.count == room) {
      if (frame->visible) {
        nodes[frame->owner].after = walk.count;
        --walk.depth;
      }
      (void)array_pop(&walk.frames);
      continue;
    }
    const Subtree child = ((const Subtree*)frame->parent - frame->parent->child_count)[frame->child];
    const bool extra = ts_subtree_extra(child);
    const uint32_t begin = frame->at + (frame->child == 0 ? 0 : ts_subtree_padding(child).bytes);
    const TSSymbol alias =
        extra ? 0 : ts_language_alias_at(walk.language, frame->parent->production_id, frame->structural);
    const bool visible = alias != 0 || ts_subtree_visible(child);
    const bool enter = visible ? ts_subtree_child_count(child) > 0 : ts_subtree_visible_child_count(child) > 0;
    const TSFieldId field = extra || !(visible || enter) ? 0 : field_of(&walk, frame);
    Frame below = {.parent = child.ptr, .at = begin, .owner = frame->owner, .field = (uint8_t)field};
    frame->at = begin + ts_subtree_size(child).bytes;
    ++frame->child;
    if (!extra) ++frame->structural;
    if (visible) {
      ++walk.depth;
      below.owner = walk.count;
      below.visible = true;
      below.field = 0;
      add_node(&walk, child, alias, field, begin, frame->owner);
    }
    if (enter && (!visible || walk.depth + 1 < max_depth)) {
      array_push(&walk.frames, below);
    } else if (visible) {
      nodes[below.owner].after = walk.count;
      --walk.depth;
    }
  }
  array_delete(&walk.frames);
  return walk.count;
}
