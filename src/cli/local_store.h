// The store that the settings name: SQLite in the data folder, or PostgreSQL.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "store/store.h"

namespace commandcenter::cli {

// The data folder is made when it is absent, and nobody else may use it while the store lives.
Result<std::unique_ptr<store::Store>> open_store(const config::Settings& settings);

// For commands that work on the file of the data folder. kConflict: the records lie elsewhere; `instead` says what to
// do.
Result<void> require_file(const config::Settings& settings, const std::string& instead);

}  // namespace commandcenter::cli
