// Findings that no single file tells: what was collected while files were read is compared, and put into the report.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "code/report/report.h"
#include "code/review/across.h"
#include "code/review/rule_table.h"
#include "code/scan/scan.h"
#include "code/scan/suppress.h"
#include "code/source/source.h"

namespace commandcenter::code::review {

struct CollectedFile {
  std::string path;
  TokenStrip strip;
  std::vector<Import> imports;
};

struct Collected {
  std::vector<CollectedFile> files;
  std::size_t tokens = 0;
};

// Adds duplicates and cycles to the report, under the scan's rules about suppression, baselines, severity and number.
// Reads the files that have one again, below `root`; one that is gone meanwhile is left out.
void compare(Collected& collected, const std::string& root, const ScanOptions& scan, Report& report);

// Puts findings of lines of files into a report.
class LateFindings {
 public:
  LateFindings(const std::string& root, const ScanOptions& scan, Report& report)
      : root_(root), scan_(scan), report_(report) {}
  void add(Rule rule, const std::string& path, std::size_t line, std::size_t end_line, std::string description);

 private:
  const std::string& root_;
  const ScanOptions& scan_;
  Report& report_;
  bool open(const std::string& path);

  std::string path_;  // of what follows; several findings of a file come one behind the other
  std::string text_;
  std::optional<Source> source_;
  std::optional<Suppressions> suppressions_;
};

}  // namespace commandcenter::code::review
