// A Query as one SELECT, so that what it answers is one state of the database.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace commandcenter::store {

struct Select {
  std::string sql;
  std::vector<std::variant<std::int64_t, std::string_view>> values;  // of its parameters; texts live in the query
};

Select select_rows(const Query& query);
Select select_count(const Query& query);

Result<std::vector<Row>> read_rows(Connection& connection, const Query& query);
Result<std::int64_t> read_count(Connection& connection, const Query& query);

}  // namespace commandcenter::store
