// The tables, and how they came to be. Private to this folder.
#pragma once

#include "base/result.h"
#include "store/postgres/connection.h"

namespace commandcenter::store::postgres {

// Makes or migrates the schema. The caller holds the lock.
Result<void> migrate(Connection& connection);

}  // namespace commandcenter::store::postgres
