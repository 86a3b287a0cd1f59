// The default Store: one SQLite file in the data folder, WAL, synchronous=FULL, so that what commit() acknowledged
// survives kill -9 and power loss. A lock file keeps a second server out.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/store.h"

namespace commandcenter::store {

// Creates the folder and the database when absent, migrates forward when older. Fails with a sentence that says what to
// do: folder not writable, locked by another server (names its pid), newer than this program, damaged, no database.
Result<std::unique_ptr<Store>> open_sqlite(const std::string& data_folder);

}  // namespace commandcenter::store
