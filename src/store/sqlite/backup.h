// A data folder as one file, and back.
//
// A backup is an SQLite database of its own: the tables as they were at one instant, a table of the files that rows
// refer to (agents, artifacts), and a digest of it all. It is made while a server is at work on the folder, from any
// process of the same user. docs/operations.md tells operators how to use it.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace commandcenter::store {

inline constexpr std::int64_t kMaxBackedUpFile_bytes = 900LL << 20;  // of each file; SQLite takes no longer values

struct BackupSummary {
  std::int64_t made_at_ms = 0;
  std::int64_t schema = 0;
  std::int64_t runs = 0;
  std::int64_t files = 0;
  std::int64_t size_bytes = 0;  // of the backup
  std::string kept_as;          // restore: where the folder that was replaced is now; empty = there was none
};

// Writes `file`, which must not exist yet: all of it and on the disk, or nothing of it. Reads go on meanwhile, and
// commits too; only the write-ahead log is not shortened before it is done.
Result<BackupSummary> back_up(const std::string& data_folder, const std::string& file, std::int64_t now_ms);

// Makes a data folder from a backup that was found whole. The folder takes its place with one rename; before that
// nothing of it is there. One that holds anything is refused (kConflict) unless `force`: then it is kept beside under
// another name, and refused all the same while a server has it.
Result<BackupSummary> restore(const std::string& file, const std::string& data_folder, bool force);

// Integrity of the database, thorough, also while a server is at work on it.
Result<void> check_database(const std::string& data_folder);

}  // namespace commandcenter::store
