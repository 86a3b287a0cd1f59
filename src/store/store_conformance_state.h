// What every Store does with small facts, as tests. Part of store_conformance.h.
#pragma once

#include <gtest/gtest.h>

#include "store/store_subject.h"

namespace commandcenter::store {

TEST_P(StoreConformance, state_is_found_by_key_and_replaced) {
  put(sample::state("b", "1"), sample::state("a", "2", 50), sample::state("a", "1"));
  StateRow changed = sample::state("a", "2", 60);
  changed.document = "{\"n\":1}";
  changed.updated_at_ms = 7;
  put(changed);
  const auto rows = all<StateRow>({.table = Table::kState, .id = "2", .space = "a"});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].document, "{\"n\":1}");
  EXPECT_EQ(rows[0].updated_at_ms, 7);
  EXPECT_EQ(rows[0].expires_at_ms, 60);
  EXPECT_EQ(column(Query{.table = Table::kState, .space = "a"}, &StateRow::key), (sample::Ids{"1", "2"}));
  EXPECT_EQ(column(Query{.table = Table::kState}, &StateRow::space), (sample::Ids{"a", "a", "b"}));
  EXPECT_EQ(count({.table = Table::kState, .id = "2", .space = "b"}), 0);
  changed.expires_at_ms.reset();
  put(changed);
  EXPECT_EQ(count({.table = Table::kState, .expires_until = 1'000}), 0);
}

TEST_P(StoreConformance, state_is_found_by_what_expired_first) {
  put(sample::state("a", "late", 30), sample::state("a", "never"), sample::state("z", "first", 10),
      sample::state("b", "second", 20));
  EXPECT_EQ(column(Query{.table = Table::kState, .expires_until = 30, .limit = 2}, &StateRow::key),
            (sample::Ids{"first", "second"}));
  EXPECT_EQ(column(Query{.table = Table::kState, .space = "a", .expires_until = 30}, &StateRow::key),
            sample::Ids{"late"});
  EXPECT_EQ(count({.table = Table::kState, .expires_until = 29}), 2);
  EXPECT_EQ(count({.table = Table::kState, .expires_until = 9}), 0);
}

TEST_P(StoreConformance, state_is_deleted_by_space_and_key) {
  put(sample::state("a", "1"), sample::state("a", "2"), sample::state("b", "1"));
  commit({{}, {{Table::kState, "1", "a"}, {Table::kState, "3", "a"}}});
  EXPECT_EQ(column(Query{.table = Table::kState}, &StateRow::key), (sample::Ids{"2", "1"}));
  EXPECT_EQ(count({.table = Table::kState, .id = "1", .space = "b"}), 1);
  subject_->reopen();
  EXPECT_EQ(count({.table = Table::kState}), 2);
}

}  // namespace commandcenter::store
