// Injection and unsafe calls as rules of a scan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "code/scan/scan.h"

namespace commandcenter::security_scanner {

// What may be asked for beside secrets: sql-injection, xss, command-injection …, as the rules name them.
std::vector<std::string> families();

struct FlawOptions {
  // The folder that the paths of files are relative to: functions of other files there are followed; empty: each file
  // stands for itself.
  std::string root{};
  bool tests = false;  // look at tests, too
  bool whole = false;  // all files below the root are looked at: a flow that ends in another one is shown there
  bool gated = true;   // false: also look where nothing can be found, as our own tests want it
};

// Finds flaws of these families. Safe to call from several threads.
code::Analyzer flaws(std::vector<std::string> wanted, FlawOptions options = {});

}  // namespace commandcenter::security_scanner
