// Stands before each grammar's parser.c, behind the header of that. A set of letters is a list of hundreds of ranges,
// of which the first few are ASCII; nearly all letters of code are found there sooner than by halving the list.

static inline bool letters_contain(const TSCharacterRange* ranges, uint32_t count, int32_t letter) {
  if (letter >= 0x80) return set_contains((TSCharacterRange*)ranges, count, letter);
  for (uint32_t i = 0; i < count && ranges[i].start <= letter; ++i) {
    if (letter <= ranges[i].end) return true;
  }
  return false;
}

#define set_contains letters_contain
