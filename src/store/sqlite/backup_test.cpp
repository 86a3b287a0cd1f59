// Feature 68: a backup made under load and restored gives the same data; nothing damaged or half is ever put in place.
#include "store/sqlite/backup.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/rules.h"
#include "store/columns.h"
#include "store/sqlite/sqlite.h"
#include "store/sqlite/test_folder.h"
#include "store/store_samples.h"

namespace commandcenter::store {
namespace {

namespace fs = std::filesystem;

class BackupTest : public testing::Test {
 protected:
  std::unique_ptr<Store> must_open(const std::string& folder) {
    auto opened = open_sqlite(folder);
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  // One row of every table, and a file of an agent.
  void fill(Store& store) {
    AgentRow agent = sample::agent("a", "scanner");
    agent.document = std::string("{\"quote\":\"it's; \xc3\xa4\"}");
    ApprovalRow decided = sample::approval("p", "r", 1, 2);
    decided.responded_at_ms = 5;
    RunRow run = sample::run("r", "w");
    run.context = "{\"text\":\"" + std::string(20'000, 'x') + "\"}";
    ASSERT_TRUE(store.commit({{agent, sample::workflow("w", "w"), WorkflowVersionRow{"w", 1, "{}", 1},
                               PlanRow{"plan", "{}"}, run, sample::node_run("n", "r", "a"), decided,
                               sample::event("r", 1), sample::log("n", "r", 1), sample::state("s", "k", 9)},
                              {}}));
    fs::create_directories(folder_.data() + "/agents/0123/sub");
    std::ofstream(folder_.data() + "/agents/0123/sub/run.sh") << "#!/bin/sh\necho 1\n";
    fs::permissions(folder_.data() + "/agents/0123/sub/run.sh", fs::perms::owner_all);
  }
  std::string all_of(Store& store) {
    std::string text;
    for (std::size_t table = 0; table < kTables; ++table) {
      const auto rows = store.read({.table = static_cast<Table>(table)});
      EXPECT_TRUE(rows.has_value());
      for (const Row& row : *rows)
        std::visit([&](const auto& r) { std::apply([&](const auto&... v) { (append(text, v), ...); }, fields(r)); },
                   row);
    }
    return text;
  }
  static void append(std::string& text, const std::string& value) { text += value + '\n'; }
  static void append(std::string& text, std::int64_t value) { text += std::to_string(value) + '\n'; }
  static void append(std::string& text, const std::optional<std::int64_t>& value) {
    text += value ? std::to_string(*value) + '\n' : "-\n";
  }
  Result<BackupSummary> back_up_now() { return back_up(folder_.data(), file_, 1'000); }
  template <class T>
  void expect_refused(const Result<T>& result, ErrorCode code, const std::string& words) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_NE(result.error().message.find(words), std::string::npos) << result.error().message;
  }
  // Nothing half made lies about.
  void expect_no_leftovers() {
    for (const auto& entry : fs::directory_iterator(fs::path(file_).parent_path()))
      EXPECT_EQ(entry.path().string().find(".partial"), std::string::npos) << entry.path();
  }
  void run_sql(const std::string& database, const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(database.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }

  TestFolder folder_;
  std::string top_ = fs::path(folder_.data()).parent_path().string();
  std::string file_ = top_ + "/backup.db";
  std::string target_ = top_ + "/restored";
};

TEST_F(BackupTest, what_is_restored_is_what_was_there) {
  auto store = must_open(folder_.data());
  fill(*store);
  const auto made = back_up_now();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->runs, 1);
  EXPECT_EQ(made->files, 1);
  EXPECT_EQ(made->made_at_ms, 1'000);
  struct stat status {};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);

  const auto restored = restore(file_, target_, false);
  ASSERT_TRUE(restored) << restored.error().message;
  const auto copy = must_open(target_);
  EXPECT_EQ(all_of(*copy), all_of(*store));
  EXPECT_TRUE(copy->check());
  std::ifstream script(target_ + "/agents/0123/sub/run.sh");
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>(script), {}}), "#!/bin/sh\necho 1\n");
  EXPECT_NE(fs::status(target_ + "/agents/0123/sub/run.sh").permissions() & fs::perms::owner_exec, fs::perms::none);
  const auto receipt = copy->commit({{sample::event("r", 2)}, {}});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->positions.front(), 2) << "positions go on";
  expect_no_leftovers();
}

TEST_F(BackupTest, a_backup_of_a_store_at_work_is_one_state_of_it) {
  auto store = must_open(folder_.data());
  fill(*store);
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> written = 0;
  std::thread writer([&] {
    for (std::int64_t i = 0; !stop; ++i) {  // every batch is a run with three events
      const std::string id = fmt::format("run{}", i);
      EXPECT_TRUE(store->commit(
          {{sample::run(id, "w"), sample::event(id, 1), sample::event(id, 2), sample::event(id, 3)}, {}}));
      ++written;
    }
  });
  while (written < 20)
    std::this_thread::yield();
  const auto made = back_up_now();
  const std::int64_t after = written;
  stop = true;
  writer.join();
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(restore(file_, target_, false));
  const auto copy = must_open(target_);
  const std::int64_t runs = copy->count({.table = Table::kRuns}).value() - 1;
  EXPECT_GE(runs, 20);
  EXPECT_LE(runs, after + 1);
  EXPECT_EQ(copy->count({.table = Table::kEvents}).value(), runs * 3 + 1) << "no batch in part";
}

// Retention takes artifacts away while a backup reads them.
TEST_F(BackupTest, files_that_are_removed_meanwhile_are_left_out) {
  fill(*must_open(folder_.data()));
  const fs::path artifacts = folder_.data() + "/artifacts/ab";
  fs::create_directories(artifacts);
  const fs::path whole = folder_.data() + "/whole";
  std::ofstream(whole) << "content";
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> changes = 0;
  std::thread remover([&] {
    for (; !stop; ++changes) {  // each comes whole, and goes in the next round
      const fs::path file = artifacts / std::to_string(changes % 50);
      if (!fs::remove(file)) fs::create_hard_link(whole, file);
    }
  });
  for (int i = 0; i < 20; ++i) {
    const std::int64_t before = changes;
    const auto made = back_up_now();
    EXPECT_TRUE(made) << made.error().message;
    fs::remove(file_);
    while (changes == before)
      std::this_thread::yield();
  }
  stop = true;
  remover.join();
}

TEST_F(BackupTest, a_stopped_folder_is_backed_up_and_left_as_it_was) {
  fill(*must_open(folder_.data()));
  ASSERT_TRUE(back_up_now());
  EXPECT_TRUE(check_database(folder_.data()));
  const auto store = must_open(folder_.data());
  EXPECT_EQ(store->count({.table = Table::kRuns}).value(), 1);
}

TEST_F(BackupTest, what_is_not_there_or_was_cut_off_is_not_sound) {
  expect_refused(check_database(folder_.data() + "/nowhere"), ErrorCode::kNotFound, "there is no database");
  { auto store = must_open(folder_.data()); }
  EXPECT_TRUE(check_database(folder_.data()));
  for (const char* suffix : {"-wal", "-shm"})
    std::filesystem::remove(folder_.database() + suffix);
  std::filesystem::resize_file(folder_.database(), 0);
  expect_refused(check_database(folder_.data()), ErrorCode::kNotFound, "is empty");
}

TEST_F(BackupTest, nothing_is_overwritten_unasked) {
  auto store = must_open(folder_.data());
  fill(*store);
  ASSERT_TRUE(back_up_now());
  expect_refused(back_up_now(), ErrorCode::kConflict, "exists already");
  expect_refused(restore(file_, folder_.data(), false), ErrorCode::kConflict, "is not empty");
  expect_refused(restore(file_, folder_.data(), true), ErrorCode::kConflict, "is used by another commandcenter");
  ASSERT_TRUE(store->commit({{sample::run("later", "w")}, {}}));
  store.reset();
  std::ofstream(folder_.data() + "/commandcenter.yaml") << "port";
  const auto restored = restore(file_, folder_.data(), true);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(must_open(folder_.data())->count({.table = Table::kRuns}).value(), 1);
  EXPECT_EQ(must_open(restored->kept_as)->count({.table = Table::kRuns}).value(), 2) << "what was replaced is kept";
  EXPECT_TRUE(fs::exists(folder_.data() + "/commandcenter.yaml")) << "the configuration is the operator's";
  expect_no_leftovers();
}

TEST_F(BackupTest, a_damaged_backup_is_never_put_in_place) {
  fill(*must_open(folder_.data()));
  ASSERT_TRUE(back_up_now());
  const auto size_bytes = fs::file_size(file_);
  std::string content;
  {
    std::ifstream stream(file_, std::ios::binary);
    content.assign(std::istreambuf_iterator<char>(stream), {});
  }
  const auto text = content.find(std::string(2'000, 'x'));  // inside a document: no page check sees that
  ASSERT_NE(text, std::string::npos);
  for (const std::size_t place : {text, std::size_t{4'096}, std::size_t{20}}) {
    std::string bad = content;
    bad[place] = static_cast<char>(bad[place] ^ 1);
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << bad;
    EXPECT_FALSE(restore(file_, target_, false)) << place;
    EXPECT_FALSE(fs::exists(target_));
  }
  std::ofstream(file_, std::ios::binary | std::ios::trunc) << content.substr(0, size_bytes / 2);
  EXPECT_FALSE(restore(file_, target_, false));
  std::ofstream(file_, std::ios::binary | std::ios::trunc) << "no database at all";
  expect_refused(restore(file_, target_, false), ErrorCode::kInvalid, "is not a backup");
  EXPECT_FALSE(fs::exists(target_));
  expect_no_leftovers();
}

TEST_F(BackupTest, other_files_and_newer_ones_are_no_backups) {
  fill(*must_open(folder_.data()));
  expect_refused(restore(folder_.database(), target_, false), ErrorCode::kInvalid, "is not a backup");
  expect_refused(restore(top_ + "/none", target_, false), ErrorCode::kNotFound, "not there");
  expect_refused(back_up(top_ + "/none", file_, 1), ErrorCode::kNotFound, "there is no database");
  ASSERT_TRUE(back_up_now());
  run_sql(file_, "PRAGMA user_version=900");
  expect_refused(restore(file_, target_, false), ErrorCode::kConflict, "newer commandcenter");
}

TEST_F(BackupTest, files_of_a_backup_stay_within_its_folders) {
  fill(*must_open(folder_.data()));
  ASSERT_TRUE(back_up_now());
  for (const char* path : {"../evil", "agents/../../evil", "/tmp/commandcenter-evil", "commandcenter.db-wal"}) {
    run_sql(file_, fmt::format("UPDATE backup_files SET path='{}'", path));
    // Whoever forges a path can forge the digest as well, so that is not what protects.
    expect_refused(restore(file_, target_, false), ErrorCode::kInvalid, "outside of its folders");
    EXPECT_FALSE(fs::exists(top_ + "/evil"));
  }
}

}  // namespace
}  // namespace commandcenter::store
