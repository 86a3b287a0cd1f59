#include "code/dataflow/clause_words.h"

#include <algorithm>

#include "code/dataflow/words.h"

namespace commandcenter::code::dataflow {
namespace {

// Words that are no names: of each language, since one's word is another's variable.
constexpr Words kEverywhere =
    "if for while switch catch else do try finally case default class return new true false null import break "
    "continue throw public private protected static const";
constexpr Words kControl =
    "if for while switch catch else do try finally synchronized using lock foreach unless until elseif elsif select "
    "case default class interface struct enum namespace match fixed trait module";

struct Vocabulary {
  Words reserved;
  Words binding;  // they give values to names without a sign
};

const Vocabulary& vocabulary_of(Grammar grammar) {
  switch (grammar) {
    case Grammar::kPython: {
      static constexpr Vocabulary kWords{
          "and as assert async await def del elif except from global in is lambda nonlocal not or pass raise with "
          "yield None True False",
          "for as lambda with"};
      return kWords;
    }
    case Grammar::kRuby: {
      static constexpr Vocabulary kWords{
          "and begin def elsif end ensure in module nil not or redo rescue retry self super then undef unless until "
          "when yield lambda proc",
          "for do rescue lambda proc in"};
      return kWords;
    }
    case Grammar::kGo: {
      static constexpr Vocabulary kWords{
          "chan defer fallthrough func go goto interface map package range select struct type var nil string int "
          "int64 byte error bool any",
          "for range"};
      return kWords;
    }
    case Grammar::kPhp: {
      static constexpr Vocabulary kWords{
          "abstract and array as echo elseif empty endfor endforeach endif endwhile extends final fn foreach "
          "function global implements include include_once instanceof interface isset list match namespace or "
          "print require require_once trait unset use var yield",
          "for foreach as catch match"};
      return kWords;
    }
    case Grammar::kJava: {
      static constexpr Vocabulary kWords{
          "abstract assert boolean byte char double enum extends final float implements instanceof int interface "
          "long native package short super synchronized throws var void volatile yield",
          "for catch instanceof"};
      return kWords;
    }
    case Grammar::kCSharp: {
      static constexpr Vocabulary kWords{
          "abstract as async await bool byte char decimal double enum extern fixed float foreach in int interface "
          "internal is lock long namespace object out override readonly ref sealed short string struct using var "
          "virtual void volatile yield",
          "for foreach out is catch switch"};
      return kWords;
    }
    default: {
      static constexpr Vocabulary kWords{
          "as async await debugger delete export extends function in instanceof let of super typeof undefined var "
          "void with yield",
          "for catch"};
      return kWords;
    }
  }
}

constexpr Words kDeclaring = "var let const val";
constexpr Words kBeforeLiteral = "return const let var import export default yield in of typeof await case";
constexpr Words kTypes = "string number boolean any unknown void object never";  // of TypeScript

// Of a name in any case.
std::uint32_t hash_of(std::string_view name) {
  std::uint32_t hash = 0x811C9DC5;
  for (const char c : name)
    hash = (hash ^ (static_cast<unsigned char>(c) | 0x20U)) * 0x01000193;
  return hash;
}

bool equal(std::string_view a, std::string_view b, bool any_case) {
  return a == b || (any_case && std::ranges::equal(a, b, [](char c, char d) { return (c | 0x20) == (d | 0x20); }));
}

}  // namespace

std::uint8_t kind_of(std::string_view name, Grammar grammar) {
  const Vocabulary& own = vocabulary_of(grammar);
  if (!one_of(name, kEverywhere) && !one_of(name, own.reserved)) return 0;
  unsigned kind = kKeyword;
  if (one_of(name, kControl)) kind |= kControls;
  if (one_of(name, own.binding)) kind |= kBinds;
  if (one_of(name, kDeclaring)) kind |= kDeclares;
  if (name == "return" || name == "yield") kind |= kReturns;
  if (name == "new") kind |= kMakes;
  if (one_of(name, "function func fn def")) kind |= kBegins;
  if (one_of(name, "lambda proc")) kind |= kNameless;
  return static_cast<std::uint8_t>(kind);
}

bool before_literal(std::string_view name) {
  return one_of(name, kBeforeLiteral);
}

bool names_type(std::string_view name) {
  return one_of(name, kTypes);
}

NameNumbers::NameNumbers(Grammar grammar) : grammar_(grammar), slots_(256, kNoNumber) {}

std::size_t NameNumbers::slot_of(std::string_view name) const {
  const bool any_case = grammar_ == Grammar::kPhp;
  std::size_t slot = hash_of(name) & (slots_.size() - 1);
  while (slots_[slot] != kNoNumber && !equal(names_[slots_[slot]], name, any_case))
    slot = (slot + 1) & (slots_.size() - 1);
  return slot;
}

std::uint32_t NameNumbers::find(std::string_view name) const {
  return slots_[slot_of(name)];
}

std::uint32_t NameNumbers::add(std::string_view name) {
  const std::size_t slot = slot_of(name);
  if (slots_[slot] != kNoNumber) return slots_[slot];
  const auto made = static_cast<std::uint32_t>(names_.size());
  slots_[slot] = made;
  names_.push_back(name);
  kinds_.push_back(kind_of(name, grammar_));
  if (names_.size() * 2 > slots_.size()) grow();
  return made;
}

void NameNumbers::grow() {
  slots_.assign(slots_.size() * 4, kNoNumber);
  for (std::uint32_t i = 0; i < names_.size(); ++i)
    slots_[slot_of(names_[i])] = i;
}

}  // namespace commandcenter::code::dataflow
