// What the counters see of a text: pieces of it, each with a symbol so that nobody compares words twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/characters.h"

namespace commandcenter::code::metrics {

// Below 128: the one character that the token is. kOther: nothing that any grammar here asks for.
enum class Symbol : std::uint16_t {
  kOther = 0,
  kNewline = '\n',
  kSpace = 128,  // a run of it, without line ends
  kComment,
  kAndAnd,
  kOrOr,
  kDoubleQuestion,  // ??, where the language makes it one token
  kFatArrow,        // =>
  kThinArrow,       // ->
  kScope,           // ::
  kInterpolation,   // ${
  kIf,
  kElif,
  kElseif,
  kElsif,
  kElse,
  kFor,
  kForeach,
  kWhile,
  kUntil,
  kDo,
  kSwitch,
  kCase,
  kWhen,
  kMatch,
  kCatch,
  kExcept,
  kRescue,
  kEnsure,
  kFinally,
  kFinal,
  kTry,
  kThen,
  kBegin,
  kEnd,
  kUnless,
  kAnd,
  kOr,
  kWhere,
  kTemplate,
  kTypedef,
  kStruct,
  kClass,
  kUnion,
  kNamespace,
  kModule,
  kEnum,
  kRecord,
  kTrait,
  kInterface,
  kExtends,
  kImplements,
  kOperator,
  kConst,
  kNoexcept,
  kThrow,
  kThrows,
  kVoid,
  kMutable,
  kConstexpr,
  kConsteval,
  kNew,
  kStatic,
  kAsync,
  kAwait,
  kAbstract,
  kDeclare,
  kType,
  kGet,
  kSet,
  kFunction,
  kFunc,
  kFn,
  kFun,
  kDef,
  kIt,
  kUse,
  kReturn,
  kYield,
  kBreak,
  kContinue,
  kGoto,
  kAssert,
  kInstanceof,
  kSynchronized,
  kPublic,
  kPrivate,
  kProtected,
  kLambda,
  kDefault,
  kEmbeddedBegin,  // =begin
  kEmbeddedEnd,    // =end
  kCount
};

constexpr Symbol symbol(char c) {
  return static_cast<Symbol>(static_cast<unsigned char>(c));
}

struct Token {
  std::string_view text;
  Symbol symbol = Symbol::kOther;

  bool is(char c) const { return symbol == metrics::symbol(c); }
  bool is(Symbol wanted) const { return symbol == wanted; }
  template <typename... Wanted>
  bool is_one_of(Wanted... wanted) const {
    return (is(wanted) || ...);
  }
};

// Of a whole token.
Symbol symbol_of(std::string_view text);

inline Token token_of(std::string_view text) {
  return {text, symbol_of(text)};
}

// Characters as regular expressions see them; bytes from 0x80 on are decoded. `length` is that of the character.
struct Character {
  char32_t code = 0;
  std::size_t length = 1;
};
Character character_at(std::string_view text, std::size_t at);
bool is_letter(char32_t code);
bool is_word(char32_t code);   // letter, digit or underscore
bool is_space(char32_t code);  // with the line feed
bool begins_with_letter(std::string_view text);

inline constexpr auto kIsWordByte = [] {  // of ASCII
  std::array<bool, 128> is{};
  for (std::size_t c = 0; c < is.size(); ++c)
    is[c] = c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is;
}();

// Where the run of word characters that begins at `at` ends; `at` when there is none.
std::size_t word_end(std::string_view text, std::size_t at);

}  // namespace commandcenter::code::metrics
