// What a finding proposes, in the words that the patcher takes as its input.
#pragma once

#include "base/json.h"
#include "code/report/report.h"

namespace commandcenter::code {

// Of a finding that has a fix.
Json fix_json(const Finding& finding);

}  // namespace commandcenter::code
