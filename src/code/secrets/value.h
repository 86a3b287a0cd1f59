// What a text looks like by itself: letters and digits, words, shapes that are known to be no secret. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace commandcenter::code {

struct Looks {
  std::size_t lower = 0;
  std::size_t upper = 0;
  std::size_t digits = 0;
  std::size_t blanks = 0;
  std::size_t foreign = 0;  // bytes beyond ASCII
  std::size_t marks = 0;    // everything else
  std::size_t distinct = 0;
  std::size_t changes = 0;        // between letter cases, digits and marks
  std::size_t longest_run = 0;    // of the same character
  std::size_t longest_steps = 0;  // "abc", "321", "qwert"
  double entropy = 0;             // bits a character
};
Looks looks_of(std::string_view text);

// Mean of log2 P(letter | the two before it), learned from words in code: about -2.5 for words, -6 for random letters.
double wordiness(std::string_view text);
// The least such mean over any eight neighbours.
double least_wordiness(std::string_view text);

bool is_hex(std::string_view text);
bool is_uuid(std::string_view text);
bool is_number(std::string_view text);
bool is_path(std::string_view text);
bool is_address(std::string_view text);  // URL, e-mail, host
bool is_version_or_date(std::string_view text);

// "${…}", "<…>", "{{ … }}", "%s", "****", "xxxx", "your-key-here": somebody is expected to fill it in, or a program
// does.
bool is_placeholder(std::string_view text);
// In DER or in the form of SSH; a certificate.
bool is_public_key(std::string_view text);
// A word from the vocabulary of examples: example, test, dummy, changeme, foo …
bool has_filler_word(std::string_view text);
// Nothing but words from a list, put together with marks or capitals.
bool is_words(std::string_view text);
// What people choose when they are told to mix: a word, digits, and capitals or marks.
bool is_mixed_password(std::string_view text);
// A small word with a number of two digits or more behind it; none of those that name a method.
bool is_numbered_word(std::string_view text);
// "größe-42", "ключ2031": a word with letters beyond ASCII, then digits.
bool is_foreign_password(std::string_view text);
// "Harbour!Lights": two words around a mark that joins none in a sentence or a name.
bool is_marked_word(std::string_view text);
// The part of it that consists of known words.
double known_share(std::string_view text);

// Identifier shapes.
bool is_camel(std::string_view text);
bool is_snake(std::string_view text);   // lower_case or lower-case
bool is_scream(std::string_view text);  // UPPER_CASE
bool is_dotted(std::string_view text);  // a.b.c

// True when the text is as random as a generated key: for tokens whose shape alone says too little.
bool is_random(std::string_view text);

}  // namespace commandcenter::code
