// A Query as one SELECT, so that what it answers is one state of the database; for the implementations that speak SQL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/store.h"

namespace commandcenter::store {

struct Dialect {
  char mark;                        // of a parameter, before its number
  std::string_view bytes;           // behind a literal, so that it compares with a column
  std::string_view last_character;  // an expression that sorts behind all letters and digits
};

struct Select {
  std::string sql;
  std::vector<std::variant<std::int64_t, std::string_view>> values;  // of its parameters; texts live in the query
};

// `hint` stands behind the name of the table.
Select select_rows(const Query& query, const Dialect& dialect, std::string_view hint = {});
Select select_count(const Query& query, const Dialect& dialect, std::string_view hint = {});

}  // namespace commandcenter::store
