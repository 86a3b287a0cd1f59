// SQL built from pieces and HTML put in unescaped, as rules of a scan.
#pragma once

#include "code/scan/scan.h"

namespace commandcenter::security_scanner {

// Safe to call from several threads.
code::Analyzer flaws(bool sql, bool xss);

}  // namespace commandcenter::security_scanner
