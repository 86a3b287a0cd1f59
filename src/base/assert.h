// Programmer errors. CC_ASSERT stays on in release: a broken invariant stops the process, whose journal is intact,
// instead of letting it record nonsense.
#pragma once

namespace commandcenter {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

#define CC_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::commandcenter::assertion_failed(#expression, __FILE__, __LINE__))
