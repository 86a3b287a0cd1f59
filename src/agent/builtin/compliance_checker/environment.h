// Defaults of environment variables that are secrets: the program runs with a password that everybody can read.
#pragma once

#include "code/scan/scan.h"

namespace commandcenter::compliance_checker {

code::Analyzer environment_defaults();

}  // namespace commandcenter::compliance_checker
