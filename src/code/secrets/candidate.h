// A value that may be a secret, with what stands around it. Found here, judged in judge.h. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/characters.h"
#include "code/rules/rules.h"
#include "code/source/source.h"

namespace commandcenter::code {

inline constexpr std::size_t kMaxName_bytes = 80;
inline constexpr std::size_t kMaxValue_bytes = 4096;  // longer values are cut
inline constexpr std::size_t kMinValue_bytes = 3;

enum class Form : std::uint8_t { kAssigned, kUrl, kBearer, kBasic, kJwt, kUuid, kCommand, kSql };
enum class Operator : std::uint8_t { kEquals, kColon, kArrow, kCompare, kComma, kCall, kTag, kSpace, kDefault };
enum class Quote : std::uint8_t { kNone, kSingle, kDouble, kBacktick, kTriple, kEscaped };

struct Candidate {
  Form form = Form::kAssigned;
  std::size_t name_begin = 0;  // empty when nothing names the value
  std::size_t name_end = 0;
  std::size_t word_begin = 0;  // the word in the name that announces a secret
  std::size_t word_end = 0;
  std::size_t begin = 0;  // the value
  std::size_t end = 0;
  std::uint16_t kinds = 0;  // bits of KeyKind
  Operator op = Operator::kEquals;
  Quote quote = Quote::kNone;
  bool name_quoted = false;
  bool in_call = false;    // the value is what a function is called with
  bool in_list = false;    // … or the first of several
  bool in_query = false;   // part of an address
  bool in_string = false;  // name and value stand inside a string
  bool in_comment = false;
  bool fallback = false;      // used when a variable is not set
  bool interpolated = false;  // a string in which names are replaced
};

// What stands where only such a thing may, whatever it is called: an argument of a command, a field of a file.
Candidate placed(std::size_t begin, std::size_t end, KeyKind kind = KeyKind::kPassword);

std::string_view name_of(const Source& source, const Candidate& candidate);
std::string_view value_of(const Source& source, const Candidate& candidate);

// The value given to the name around text[word_begin, word_end). False when no value follows.
bool find_assigned(const Source& source, std::size_t word_begin, std::size_t word_end, Candidate& candidate);

// Begin and end of the name around a word in it.
void widen_to_name(std::string_view text, std::size_t& begin, std::size_t& end);

}  // namespace commandcenter::code
