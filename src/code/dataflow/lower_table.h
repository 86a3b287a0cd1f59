// Which construct a node of a grammar is.
#pragma once

#include <cstdint>
#include <vector>

#include "code/syntax/syntax.h"

namespace commandcenter::code::dataflow {

enum class Construct : std::uint8_t {
  kUnknown,
  kSkip,
  kInner,  // stands for its first child
  kBlock,
  kText,
  kHeredoc,
  kCommand,  // a text that a shell runs
  kNumber,
  kTrue,
  kFalse,
  kNull,
  kName,
  kRegex,
  kWords,
  kField,
  kIndex,
  kSlice,
  kCall,
  kNew,
  kComposite,
  kBinary,
  kComparison,
  kTypeTest,
  kUnary,
  kUpdate,
  kChoice,
  kList,
  kMap,
  kPair,
  kShorthand,
  kSpread,
  kKeyword,
  kCast,
  kFunction,
  kComprehension,
  kElement,
  kAttribute,
  kAssign,
  kDeclaration,
  kDeclarator,
  kIf,
  kUnless,
  kLoop,
  kForEach,
  kFor,  // one or the other
  kSwitch,
  kCase,
  kReturn,
  kYield,
  kLeave,
  kThrow,
  kAssert,
  kTry,
  kWith,
  kClass,
  kEnum,
  kShape,  // an interface or a structure: only the types of its members
  kDecorated,
  kImport,
  kEcho,
  kInclude,
};

const std::vector<Construct>& constructs(Grammar grammar);  // by kind

}  // namespace commandcenter::code::dataflow
