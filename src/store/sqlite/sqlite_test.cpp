#include "store/sqlite/sqlite.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "store/sqlite/migrations.h"
#include "store/sqlite/test_folder.h"
#include "store/store_conformance.h"

namespace commandcenter::store {
namespace {

class SqliteSubject final : public Subject {
 public:
  SqliteSubject() { reopen(); }
  Store& store() override { return *store_; }
  void reopen() override {
    store_.reset();
    auto opened = open_sqlite(folder_.data());
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = std::move(*opened);
  }

 private:
  TestFolder folder_;
  std::unique_ptr<Store> store_;
};

std::unique_ptr<Subject> sqlite_subject() {
  return std::make_unique<SqliteSubject>();
}

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(&sqlite_subject));

std::unique_ptr<Store> must_open(const std::string& data_folder) {
  auto opened = open_sqlite(data_folder);
  EXPECT_TRUE(opened.has_value()) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

void run_sql(const std::string& database, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(database.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

TEST(Sqlite, keeps_what_was_committed_across_reopening) {
  const TestFolder folder;
  {
    const auto store = must_open(folder.data());
    ASSERT_TRUE(store->commit({{sample::run("r", "w"), sample::event("r", 1)}, {}}).has_value());
  }
  const auto store = must_open(folder.data() + "/");
  EXPECT_EQ(store->count({.table = Table::kRuns, .id = "r"}).value(), 1);
  EXPECT_EQ(store->count({.table = Table::kEvents, .run_id = "r"}).value(), 1);
}

TEST(Sqlite, what_it_makes_is_private) {
  const TestFolder folder;
  const auto store = must_open(folder.data() + "/below");
  ASSERT_TRUE(store->commit({{sample::run("r", "w")}, {}}).has_value());
  EXPECT_EQ(mode_of(folder.data() + "/below"), 0700U);
  for (const char* file : {"commandcenter.db", "commandcenter.db-wal", "commandcenter.db-shm", "lock"}) {
    EXPECT_EQ(mode_of(folder.data() + "/below/" + file), 0600U) << file;
  }
}

TEST(Sqlite, a_second_server_is_told_who_has_the_folder) {
  const TestFolder folder;
  auto store = must_open(folder.data());
  const auto second = open_sqlite(folder.data());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_EQ(second.error().message, "data folder " + folder.data() + " is used by another commandcenter (pid " +
                                        std::to_string(::getpid()) + "): stop it or choose another with --data");
  store.reset();
  EXPECT_TRUE(open_sqlite(folder.data()).has_value());
}

TEST(Sqlite, an_empty_file_becomes_a_database) {
  const TestFolder folder;
  std::filesystem::create_directory(folder.data());
  run_sql(folder.database(), "");
  const auto store = must_open(folder.data());
  EXPECT_TRUE(store->commit({{sample::run("r", "w")}, {}}).has_value());
}

TEST(Sqlite, a_newer_database_is_left_alone) {
  const TestFolder folder;
  must_open(folder.data()).reset();
  run_sql(folder.database(), "PRAGMA user_version=7");
  const auto opened = open_sqlite(folder.data());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
  EXPECT_NE(opened.error().message.find("was written by a newer commandcenter (schema 7, this one knows " +
                                        std::to_string(migrations().size()) + "): upgrade"),
            std::string::npos)
      << opened.error().message;
}

TEST(Sqlite, a_database_of_another_program_is_left_alone) {
  const TestFolder folder;
  std::filesystem::create_directory(folder.data());
  run_sql(folder.database(), "CREATE TABLE theirs(x); PRAGMA user_version=1");
  const auto opened = open_sqlite(folder.data());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kConflict);
  EXPECT_NE(opened.error().message.find("belongs to another program"), std::string::npos) << opened.error().message;
}

TEST(Sqlite, a_file_for_a_folder_is_refused) {
  const TestFolder folder;
  run_sql(folder.data(), "CREATE TABLE file(x)");
  const auto opened = open_sqlite(folder.data());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(opened.error().message, "data folder " + folder.data() + " is not a folder: choose another with --data");
  EXPECT_FALSE(open_sqlite(folder.data() + "/data").has_value());
}

TEST(Sqlite, a_folder_that_cannot_be_written_is_refused) {
  for (const std::string folder : {"/proc/commandcenter", "/proc/self"}) {  // even root may not write there
    const auto opened = open_sqlite(folder);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(opened.error().message.find("data folder " + folder + " cannot be written ("), std::string::npos)
        << opened.error().message;
    EXPECT_NE(opened.error().message.find("--data"), std::string::npos);
  }
}

TEST(Sqlite, the_log_is_emptied_while_runs_go_on) {
  const TestFolder folder;
  const auto store = must_open(folder.data());
  constexpr std::uintmax_t kLogLimit_bytes = 64 * 1'048'576;
  const std::string document(50'000, 'x');
  for (std::int64_t i = 0; i < 300; ++i) {  // 150 MB of documents
    Batch batch;
    for (std::int64_t j = 0; j < 10; ++j) {
      EventRow event = sample::event("r", i * 10 + j);
      event.document = document;
      batch.puts.emplace_back(std::move(event));
    }
    ASSERT_TRUE(store->commit(batch).has_value());
  }
  EXPECT_LT(std::filesystem::file_size(folder.database() + "-wal"), kLogLimit_bytes);
  EXPECT_EQ(store->count({.table = Table::kEvents}).value(), 3'000);
  EXPECT_TRUE(store->check().has_value());
}

TEST(Migrations, run_once_each_and_stop_at_the_first_that_fails) {
  const TestFolder folder;
  std::filesystem::create_directory(folder.data());
  run_sql(folder.database(), "");
  auto connection = Connection::open(folder.data(), Access::kReadWrite, 64);
  ASSERT_TRUE(connection.has_value());
  constexpr std::array<const char*, 1> kFirst = {"CREATE TABLE one(x)"};
  constexpr std::array<const char*, 2> kBroken = {"CREATE TABLE one(x)", "CREATE TABLE two(x); CREATE TABLE one(x)"};
  constexpr std::array<const char*, 2> kMended = {"CREATE TABLE one(x)", "CREATE TABLE two(x)"};
  ASSERT_TRUE(migrate(**connection, kFirst).has_value());
  EXPECT_FALSE(migrate(**connection, kBroken).has_value());
  EXPECT_EQ((*connection)->integer("PRAGMA user_version").value(), 1);
  EXPECT_EQ((*connection)->integer("SELECT count(*) FROM sqlite_schema").value(), 1);
  ASSERT_TRUE(migrate(**connection, kMended).has_value());
  ASSERT_TRUE(migrate(**connection, kMended).has_value());
  EXPECT_EQ((*connection)->integer("PRAGMA user_version").value(), 2);
  EXPECT_EQ((*connection)->integer("SELECT count(*) FROM sqlite_schema").value(), 2);
}

TEST(Migrations, a_database_of_every_earlier_version_is_brought_forward) {
  for (std::size_t version = 1; version < migrations().size(); ++version) {
    const TestFolder folder;
    std::filesystem::create_directory(folder.data());
    run_sql(folder.database(), "");
    {
      auto connection = Connection::open(folder.data(), Access::kReadWrite, 64);
      ASSERT_TRUE(connection.has_value());
      ASSERT_TRUE(migrate(**connection, migrations().first(version)).has_value());
      ASSERT_TRUE((*connection)
                      ->execute("INSERT INTO plans VALUES('p','{}');"
                                "INSERT INTO runs(id,workflow_id,workflow_version,project_id,plan_id,trigger_name,"
                                "context,workspace,status,finished,error,retry_of,started_at_ms,finished_at_ms)"
                                "VALUES('r','w',1,1,'p','manual','{}','','SUCCESS',1,'','',5,6);"
                                "INSERT INTO events VALUES(41,'r',1,5,'x','{}')")
                      .has_value());
    }
    const auto store = must_open(folder.data());
    EXPECT_EQ(store->count({.table = Table::kRuns, .id = "r"}).value(), 1) << version;
    const auto receipt = store->commit({{sample::event("r", 2), sample::state("s", "k")}, {}});
    ASSERT_TRUE(receipt.has_value()) << version << receipt.error().message;
    EXPECT_EQ(receipt->positions.front(), 42);
    EXPECT_TRUE(store->check().has_value());
  }
}

}  // namespace
}  // namespace commandcenter::store
