// The data folder: made when absent, and held by one server at a time through the file `lock` in it.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace commandcenter::store {

// While it lives, nobody else can lock the folder. The kernel lets go when the process dies, however it dies.
class FolderLock {
 public:
  static Result<std::unique_ptr<FolderLock>> take(const std::string& data_folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Makes the folder (mode 0700) and those above it, unless it exists.
Result<void> make_data_folder(const std::string& data_folder);

// Makes the empty database file (mode 0600) unless it exists; SQLite gives its other files the same mode.
Result<void> make_database_file(const std::string& data_folder);

}  // namespace commandcenter::store
