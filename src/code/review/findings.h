// Findings that no single file tells: what was collected while files were read is compared, and put into the report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "code/report/report.h"
#include "code/review/across.h"
#include "code/review/rule_table.h"
#include "code/scan/scan.h"
#include "code/scan/suppress.h"
#include "code/source/source.h"
#include "code/walk/read.h"

namespace commandcenter::code::review {

struct CollectedFile {
  std::string strip{};
  std::vector<Import> imports{};
  std::vector<std::uint32_t> private_names{};
  std::size_t tokens = 0;
};

// Files by path, up to the one with which there are too many tokens: the same ones, whoever comes first.
class Collected {
 public:
  void add(std::string path, CollectedFile file);
  const std::map<std::string, CollectedFile>& files() const { return files_; }
  // This file and those behind it were too many; empty: none was.
  std::string end() const { return end_.value_or(std::string()); }

 private:
  std::map<std::string, CollectedFile> files_;
  std::size_t tokens_ = 0;
  std::optional<std::string> end_;
};

// Adds duplicates and cycles to the report, and which files were too many for that, under the scan's rules about
// suppression, baselines, severity and number. Reads the files that have one again, below `root`; one that is gone
// meanwhile is left out.
// With `added`, only copies that a change made and circles that one of its imports closes are told.
void compare(const Collected& collected, const std::string& root, const ScanOptions& scan, const AddedLines* added,
             Report& report);

// Puts findings of lines of files into a report.
class LateFindings {
 public:
  LateFindings(const std::string& root, const ScanOptions& scan, Report& report)
      : root_(root), scan_(scan), report_(report), buffer_(scan.walk.max_file_bytes, scan.walk.target) {}
  void add(Rule rule, const std::string& path, std::size_t line, std::size_t end_line, std::string description);

 private:
  const std::string& root_;
  const ScanOptions& scan_;
  Report& report_;
  bool open(const std::string& path);

  std::string path_;  // of what follows; several findings of a file come one behind the other
  FileBuffer buffer_;
  std::optional<Source> source_;
  std::optional<Suppressions> suppressions_;
  std::map<std::string, std::size_t> copies_;  // rule, file and code: tells equal lines apart
};

}  // namespace commandcenter::code::review
