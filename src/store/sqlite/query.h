// A Query as one SELECT, so that what it answers is one state of the database.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace commandcenter::store {

Result<std::vector<Row>> read_rows(Connection& connection, const Query& query);
Result<std::int64_t> read_count(Connection& connection, const Query& query);

}  // namespace commandcenter::store
