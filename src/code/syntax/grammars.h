// The parsers that are part of the executable. Only syntax.cpp needs them.
#pragma once

#include "code/syntax/syntax.h"

extern "C" {
struct TSLanguage;
}

namespace commandcenter::code {

const TSLanguage* language(Grammar grammar);

}  // namespace commandcenter::code
