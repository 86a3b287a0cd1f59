// What is known of a value at one point of a function: its text, where it comes from, what was done to make it safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace commandcenter::code::dataflow {

// How foreign data is; the higher, the surer.
enum class Level : std::uint8_t {
  kResult,   // what an unknown call gave
  kUnknown,  // a name that nothing here defines
  kParam,    // a parameter of the function
  kSource,   // what a user sends
};

// Where a text may be dangerous; a sanitizer clears some.
using Contexts = std::uint32_t;
inline constexpr Contexts kAllContexts = 0xFFFFFFFF;
inline constexpr Contexts kSqlContext = 1U << 0U;  // as models.cpp lists them
inline constexpr Contexts kHtmlContext = 1U << 1U;
inline constexpr Contexts kPathContext = 1U << 3U;
inline constexpr Contexts kHostContexts = 1U << 4U | 1U << 5U;  // of addresses: all of it, where it leads
inline constexpr Contexts kLdapContext = 1U << 7U;
inline constexpr Contexts kNosqlContext = 1U << 11U;
inline constexpr Contexts kQuotedContext = 1U << 18U;  // of SQL, between quotes: what escapes them helps there only
inline constexpr Contexts kStoredContext = 1U << 19U;  // of pages: what lay in a store, and is put between tags here
inline constexpr Contexts kJsonContext = 1U << 20U;  // of pages: JSON, whose "<" harms only where tags stand around it
inline constexpr Contexts kSchemeContext = 1U << 21U;    // of addresses: what they begin with runs no script
inline constexpr Contexts kTagsContext = 1U << 22U;      // of pages: between tags, but not in one
inline constexpr Contexts kEntitiesContext = 1U << 23U;  // of pages: made so by entities, which scripts read as signs
inline constexpr Contexts kOutsidePages = kAllContexts & ~(kHtmlContext | kJsonContext | kTagsContext);

struct Step {
  std::uint32_t offset = 0;
  std::string message;
  std::shared_ptr<const Step> before;
  std::uint32_t length = 1;
};

struct Taint {
  Level level = Level::kUnknown;
  std::uint32_t origin = 0;  // offset of the source
  Contexts cleared = 0;
  bool guessed = false;  // came through a function that is not known
  std::shared_ptr<const Step> steps;
  std::uint32_t part = 0;  // the member of the source that it is; 0: all of it
};

enum class Build : std::uint8_t { kNone, kConcatenation, kInterpolation, kFormatting };

inline constexpr char kHole = '\x01';  // in a text: something that is not known
inline constexpr std::size_t kMaxText_bytes = 4'000;
inline constexpr std::size_t kMaxTaints = 6;
inline constexpr std::size_t kMaxHoles = 64;  // what stands at further ones is not remembered
inline constexpr std::uint32_t kMaxSteps = 12;
inline constexpr std::size_t kMaxBox_items = 500;  // of a map or a list
inline constexpr std::size_t kMaxOthers = 4;       // objects of other classes that a value may be

// Which data stands at a hole of a text: by the number of the hole, from the left.
struct Hole {
  std::uint32_t place = 0;
  std::uint32_t origin = 0;
};

struct Value;
using ValuePtr = std::shared_ptr<const Value>;

enum class Kind : std::uint8_t { kUnknown, kText, kNumber, kBool, kNull, kFunction };

struct Value {
  Kind kind = Kind::kUnknown;
  std::optional<std::string> text;     // kText, with holes
  std::optional<std::int64_t> number;  // kNumber, kBool
  std::vector<Taint> taints;
  std::vector<Hole> holes;  // of the text, as far as known
  Build build = Build::kNone;
  std::string path;          // "flask.request.args", from a name that nothing here defines
  std::string type;          // the same from the last value whose type is known: "Request.URL"
  int function = -1;         // in Module::functions
  std::uint32_t box = 0;     // a map, list, object or builder; 0: none
  std::uint32_t any_of = 0;  // of a function: it may be any of those in this box
  bool shell = false;        // of several texts that it may be, one names a shell
  ValuePtr other;            // of an object: it may be this one of another class instead; null: it is as it says
  bool constant() const {
    return kind == Kind::kNull || number.has_value() || (text && text->find(kHole) == std::string::npos);
  }
};

// The contents of a map, a list, an object or a builder. Copied when it is written to.
struct Box {
  std::map<std::string, ValuePtr, std::less<>> items;  // by key
  std::vector<ValuePtr> list;
  ValuePtr rest;      // what lies at keys that are not known
  ValuePtr built;     // the text of a builder
  ValuePtr lacking;   // what a map puts at a key at which nothing lies; null: nothing
  ValuePtr names;     // of a map made of others' members: any of its keys; null: nothing is known
  bool open = false;  // may hold more than was put in here
};

// All that lies in it is known, each by its place.
bool is_listed(const Box* box);

ValuePtr nothing();
// Neither a user nor a caller had a choice in it, as far as is known.
bool is_of_program(const Value& value);
// The name of a program that runs commands which it is given as text.
bool is_shell(std::string_view program);
ValuePtr text_value(std::string text);
ValuePtr number_value(std::int64_t number);
ValuePtr some_number();  // which one is not known
ValuePtr bool_value(bool value);
ValuePtr null_value();

// Whether both are objects, of classes that are not the same.
bool are_of_two_classes(const Value& a, const Value& b);
// Either of two.
ValuePtr join(const ValuePtr& a, const ValuePtr& b);
// `cleared`: what else was done to them.
void add_taints(std::vector<Taint>& to, const std::vector<Taint>& from, Contexts cleared = 0);

// The same data with another shape: foreign stays foreign, the text is not known any more.
ValuePtr derived(const std::vector<Taint>& taints);
ValuePtr cleared(const ValuePtr& value, Contexts contexts);
// A member of what is foreign: data of its own, so that what a test proves of it holds for no other.
ValuePtr part_of(const ValuePtr& value, std::string_view name);
ValuePtr with_step(const ValuePtr& value, std::uint32_t offset, std::string message);

// PHP: whether a text can be the name of a function that is called by it: $clean = 'htmlspecialchars'; $clean($x).
bool is_name_of_function(const Value& value);
// PHP: "$name" of "$GLOBALS['name']"; empty: something else.
std::string name_of_global(const Value& object, const Value& key);

// Go: the text of "url.URL{Scheme: …, Host: …, Path: …}".
ValuePtr address_of(const Box& members);

// Texts put together; `build` tells how.
ValuePtr concatenation(const ValuePtr& a, const ValuePtr& b, Build build);

}  // namespace commandcenter::code::dataflow
