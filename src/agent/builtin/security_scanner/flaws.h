// Injection and unsafe calls as rules of a scan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "code/scan/scan.h"

namespace commandcenter::security_scanner {

// What may be asked for beside secrets: sql-injection, xss, command-injection …, as the rules name them.
std::vector<std::string> families();

// Finds flaws of these families. Safe to call from several threads.
code::Analyzer flaws(std::vector<std::string> wanted);

}  // namespace commandcenter::security_scanner
