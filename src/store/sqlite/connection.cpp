#include "store/sqlite/connection.h"

#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/assert.h"

namespace commandcenter::store {
namespace {

constexpr int kBusyTimeout_ms = 2'000;  // only a foreign program on the same file can make us wait

int count_wal_pages(void* wal_pages, sqlite3* /*handle*/, const char* /*schema*/, int pages) {
  *static_cast<int*>(wal_pages) = pages;
  return SQLITE_OK;
}

}  // namespace

Statement::~Statement() {
  sqlite3_finalize(handle_);
}

void Statement::bind(int parameter, std::int64_t value) {
  CC_ASSERT(sqlite3_bind_int64(handle_, parameter, value) == SQLITE_OK);
}

void Statement::bind(int parameter, std::string_view value) {
  // A null pointer would bind NULL. A text longer than SQLite takes stays NULL, and NOT NULL columns refuse it.
  const char* data = value.data() == nullptr ? "" : value.data();
  const int code = sqlite3_bind_text64(handle_, parameter, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
  CC_ASSERT(code == SQLITE_OK || code == SQLITE_TOOBIG);
}

void Statement::bind(int parameter, const std::optional<std::int64_t>& value) {
  if (value) return bind(parameter, *value);
  CC_ASSERT(sqlite3_bind_null(handle_, parameter) == SQLITE_OK);
}

void Statement::column(int index, std::int64_t& value) const {
  value = sqlite3_column_int64(handle_, index);
}

void Statement::column(int index, bool& value) const {
  value = sqlite3_column_int(handle_, index) != 0;
}

void Statement::column(int index, std::string& value) const {
  const unsigned char* data = sqlite3_column_text(handle_, index);
  const int size_bytes = sqlite3_column_bytes(handle_, index);
  value.assign(data == nullptr ? "" : reinterpret_cast<const char*>(data), static_cast<std::size_t>(size_bytes));
}

void Statement::column(int index, std::optional<std::int64_t>& value) const {
  value.reset();
  if (sqlite3_column_type(handle_, index) != SQLITE_NULL) value = sqlite3_column_int64(handle_, index);
}

int Statement::step() {
  return sqlite3_step(handle_);
}

void Statement::reset() {
  sqlite3_reset(handle_);
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& data_folder, Access access, int cache_kib) {
  const int flags = (access == Access::kReadWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(database_path(data_folder).c_str(), &handle, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(handle, data_folder));
  if (code != SQLITE_OK) return fail(connection->failure(code));
  sqlite3_busy_timeout(handle, kBusyTimeout_ms);
  sqlite3_wal_hook(handle, count_wal_pages,
                   &connection->wal_pages_);  // replaces the checkpoints SQLite makes by itself
  const std::string settings = fmt::format(
      "PRAGMA cache_size=-{}; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=FAST; "
      "PRAGMA trusted_schema=OFF;",
      cache_kib);
  if (auto set = connection->execute(settings.c_str()); !set) return fail(std::move(set.error()));
  return connection;
}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close(handle_);
}

Result<std::unique_ptr<Statement>> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int size_bytes = static_cast<int>(sql.size());
  const int code = sqlite3_prepare_v3(handle_, sql.data(), size_bytes, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return fail(failure(code));
  return std::make_unique<Statement>(handle);
}

Result<Statement*> Connection::cached(const std::string& sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) return known->second.get();
  auto statement = prepare(sql);
  if (!statement) return fail(std::move(statement.error()));
  if (statements_.size() >= kMaxStatements) statements_.clear();
  return statements_.emplace(sql, std::move(*statement)).first->second.get();
}

Result<void> Connection::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(failure(code));
  return {};
}

Result<std::int64_t> Connection::integer(const char* sql) {
  std::int64_t value = 0;
  auto statement = prepare(sql);
  if (!statement) return fail(std::move(statement.error()));
  const Running running(**statement);
  const int code = running->step();
  if (code != SQLITE_ROW) return fail(failure(code));
  running->column(0, value);
  return value;
}

Result<std::string> Connection::text(const char* sql) {
  std::string value;
  auto statement = prepare(sql);
  if (!statement) return fail(std::move(statement.error()));
  const Running running(**statement);
  const int code = running->step();
  if (code != SQLITE_ROW) return fail(failure(code));
  running->column(0, value);
  return value;
}

std::int64_t Connection::changed_rows() const {
  return sqlite3_changes64(handle_);
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

bool Connection::writable() const {
  return sqlite3_db_readonly(handle_, "main") == 0;
}

Result<void> Connection::checkpoint() {
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) return fail(failure(code));
  return {};
}

Error Connection::failure(int code) const {
  const std::string& folder = data_folder_;
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {ErrorCode::kUnavailable,
              fmt::format("the disk of data folder {} is full: free some space and try again", folder)};
    case SQLITE_IOERR:
      return {
          ErrorCode::kUnavailable,
          fmt::format("data folder {} cannot be read or written ({}): see that its disk has free space and is healthy",
                      folder, sqlite3_errstr(code))};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return {ErrorCode::kUnavailable,
              fmt::format("the database in data folder {} cannot be opened or written: make the "
                          "folder and its files writable for this user",
                          folder)};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable,
              fmt::format("the database in data folder {} is locked by another program: close that "
                          "program and try again",
                          folder)};
    case SQLITE_NOMEM:
      return {ErrorCode::kUnavailable, "there is no memory left for the database: try again later"};
    case SQLITE_TOOBIG:
      return {ErrorCode::kTooLarge,
              "a value is longer than the 1000000000 bytes that the database takes: make it shorter"};
    case SQLITE_NOTADB:
      return {ErrorCode::kInternal,
              fmt::format("commandcenter.db in data folder {} is not a database: restore a backup, or "
                          "move the file away to start empty",
                          folder)};
    case SQLITE_CORRUPT:
      return {ErrorCode::kInternal, fmt::format("the database in data folder {} is damaged: restore a backup, or move "
                                                "commandcenter.db and commandcenter.db-wal away to start empty",
                                                folder)};
    default:
      return {ErrorCode::kInternal,
              fmt::format("the database in data folder {} failed: {}", folder, sqlite3_errmsg(handle_))};
  }
}

Error Connection::damage() const {
  return failure(SQLITE_CORRUPT);
}

bool is_duplicate(int code) {
  return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY;
}

std::string database_path(const std::string& data_folder) {
  // An absolute or dotted path is never taken for a URI.
  const std::string prefix = data_folder.starts_with('/') ? "" : "./";
  return prefix + data_folder + "/commandcenter.db";
}

}  // namespace commandcenter::store
