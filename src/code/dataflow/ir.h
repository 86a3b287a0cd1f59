// What a function does, in the few words that all languages share. Made by lower.*, read by the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "code/syntax/syntax.h"

namespace commandcenter::code::dataflow {

enum class Op : std::uint8_t {
  kNone,
  // values
  kText,    // text: the decoded literal
  kNumber,  // text: as written
  kTrue,
  kFalse,
  kNull,
  kName,    // text; type: as declared here
  kField,   // object; text: the member
  kIndex,   // object, key; a slice has no key: its ends may follow
  kCall,    // callee, arguments; kKeyword for named ones
  kNew,     // arguments; text: the type
  kTagged,  // JavaScript's tag`…`: callee, values
  kConcat,  // pieces of an interpolated text
  kBinary,  // left, right; text: the operator
  kUnary,   // operand; text: the operator
  kChoice,  // test, then, else
  kList,
  kMap,       // kPair or kSpread
  kPair,      // key, value
  kSpread,    // value
  kKeyword,   // value; text: the name; info: 1 when it stands where it would without the name, as most do
  kCast,      // value; text: the type
  kFunction,  // info: which
  kEach,      // of a comprehension: (target, iterable)*, value
  kRegex,     // text
  kElement,   // of JSX: what is inside is escaped
  kMany,      // unknown syntax: its parts
  // statements
  kAssign,  // target, value; text: the operator; type: as declared
  kBlock,
  kIf,       // test, then, else
  kLoop,     // before, test, body, after; any may be kNone; info: 1 when the body comes before the test
  kForEach,  // target, iterable, body; info: 1 when what is assigned to the target stays in the iterable
  kSwitch,   // subject, kCase…; info: 1 when cases fall through
  kCase,     // labels, body; info: number of labels, 0 for the default
  kReturn,   // info: 1 when the function goes on behind it (yield)
  kLeave,    // break, continue
  kThrow,
  kTry,    // body, handlers
  kClass,  // body; text: the name
};

using IrId = std::uint32_t;
inline constexpr IrId kNoIr = 0;  // the first node is a kNone

struct Ir {
  Op op = Op::kNone;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t kids = 0;
  std::uint32_t count = 0;
  std::uint32_t info = 0;
  std::string_view text;
  std::string_view type;
};

struct Param {
  IrId target = kNoIr;  // a kName, or a pattern
  std::string_view name;
  std::string_view type;
  std::string_view marks;  // annotations, as written
  IrId fallback = kNoIr;
};

struct Function {
  std::string_view name;      // empty: a lambda
  std::string_view owner;     // its class
  std::string_view nameless;  // of a class without a name: what that is one of
  std::string_view self;      // Go: what "this" is called
  std::string_view marks;     // decorators, annotations and modifiers, as written
  std::vector<Param> params;
  IrId body = kNoIr;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::string_view alias;  // what a lambda is assigned to
  std::string_view file;   // of another file: its name without the extension
  std::string_view text;   // of another file: all of it
  bool block = false;      // of Ruby
  bool escapes = false;    // writes "&lt;": puts it in the place of "<"
  bool hides = false;      // writes "\\28": puts it in the place of the "(" of a filter of LDAP
};

inline constexpr std::string_view kByPrototype = "prototype";  // marks of functions that are methods by a prototype

inline constexpr std::size_t kNoFunction = static_cast<std::size_t>(-1);

// One file, with the functions of others that it uses. Texts refer to the source or to `strings`.
struct Module {
  std::string_view path;
  std::string_view text;
  Grammar grammar = Grammar::kPython;
  std::vector<Ir> nodes{1};
  std::vector<IrId> kids;
  std::vector<Function> functions;
  std::map<std::string_view, std::string_view> imports;  // name here, full name
  std::map<std::string_view, std::string_view> bases;    // class, what it extends, as written
  std::map<std::pair<std::string_view, std::string_view>, std::string_view> fields;  // class, member: its type
  std::map<std::pair<std::string_view, std::string_view>, std::string_view> marks;   // the same: how it is marked
  std::map<std::pair<std::string_view, std::string_view>, IrId> begun;  // the same: what each object's own begins as
  std::set<std::string_view> enums;
  std::map<std::string_view, std::vector<std::string_view>> records;  // their members, in order
  std::map<std::string_view, std::vector<std::string_view>> asked;    // Go: of an interface, the names of its methods
  std::map<std::string_view, std::uint32_t> assignments;              // how often a name is assigned anywhere
  std::deque<std::string> strings;
  IrId body = kNoIr;
  std::map<std::string_view, std::size_t> files;         // others, by name: the function that each is, if it is one
  std::map<std::string_view, std::string_view> objects;  // of other scripts, "file" or "file.name": their classes
  std::set<std::pair<std::string_view, std::string_view>> passed_on;  // scripts, and those whose functions they give
  std::map<std::string_view, std::size_t> pages;  // of other files, by path: the function that each is
  IrId foreign_body = kNoIr;                      // of other files
  bool doubts = false;  // functions of other files were left out: what a name promises need not be true
  std::vector<std::pair<std::uint32_t, std::uint32_t>> idle;  // in order: functions here run only when they are called

  const Ir& at(IrId id) const { return nodes[id]; }
  std::span<const IrId> kids_of(IrId id) const { return std::span(kids).subspan(nodes[id].kids, nodes[id].count); }
  IrId kid(IrId id, std::size_t index) const { return index < nodes[id].count ? kids[nodes[id].kids + index] : kNoIr; }
};

}  // namespace commandcenter::code::dataflow
