// Injection and unsafe calls as rules of a scan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "code/scan/scan.h"

namespace commandcenter::security_scanner {

// What may be asked for beside secrets: sql-injection, xss, command-injection …, as the rules name them.
std::vector<std::string> families();

// Finds flaws of these families. `root` is the folder that the paths of files are relative to: functions of other files
// there are followed; empty: each file stands for itself. Safe to call from several threads.
// Not `gated`: also looks where nothing can be found, as tests want it.
code::Analyzer flaws(std::vector<std::string> wanted, std::string root = {}, bool gated = true);

}  // namespace commandcenter::security_scanner
