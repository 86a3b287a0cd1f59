// What every implementation of Store must agree on beyond the words of store.h, in one place.
//
// A batch is applied puts first, in their order, then deletes. An id in `before_id` that names no row gives an empty
// page, unless `before_at_ms` says where it was. count() ignores before_id as it does limit and order: it tells how
// many rows all the pages hold.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace commandcenter::store {

inline constexpr std::size_t kTables = std::variant_size_v<Row>;

// The table a row belongs to: Row's alternatives and Table's members have one order.
Table table_of(const Row& row);

// As in the database and in messages: "runs", "node_runs".
std::string_view table_name(Table table);

// Stops the process when the query has a condition on a column its table lacks, pages a table that has no ids, or has a
// negative limit.
void require_sound(const Query& query);

// Stops the process unless the table is one that deletes may name.
void require_sound(const Delete& removal);

// kConflict: the sentence for a row whose unique name or insert-only key exists already.
Error row_exists(const Row& row);

}  // namespace commandcenter::store
