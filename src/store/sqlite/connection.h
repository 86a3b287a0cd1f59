// One connection to the database file and its prepared statements: the only code that calls SQLite.
//
// A connection is used by one thread at a time; who holds it sees to that. Failures come back as Errors with a sentence
// that names the data folder as the user gave it and nothing else of the host.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace commandcenter::store {

class Statement {
 public:
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters count from 1. Text is not copied: it must live until reset().
  void bind(int parameter, std::int64_t value);
  void bind(int parameter, bool value) { bind(parameter, std::int64_t{value ? 1 : 0}); }
  void bind(int parameter, std::string_view value);
  void bind(int parameter, const std::optional<std::int64_t>& value);

  // Columns count from 0 and are valid until the next step() or reset().
  void column(int index, std::int64_t& value) const;
  void column(int index, bool& value) const;
  void column(int index, std::string& value) const;
  void column(int index, std::optional<std::int64_t>& value) const;

  // SQLITE_ROW, SQLITE_DONE or an error code.
  int step();
  void reset();

 private:
  sqlite3_stmt* handle_;
};

// Resets on every way out, so that a statement never holds a read transaction open.
class Running {
 public:
  explicit Running(Statement& statement) : statement_(statement) {}
  ~Running() { statement_.reset(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  Statement* operator->() const { return &statement_; }
  Statement& operator*() const { return statement_; }

 private:
  Statement& statement_;
};

enum class Access { kReadWrite, kReadOnly };

class Connection {
 public:
  // `cache_kib`: the most memory its page cache takes.
  static Result<std::unique_ptr<Connection>> open(const std::string& data_folder, Access access, int cache_kib);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The caller's to keep; must be gone before the connection is.
  Result<std::unique_ptr<Statement>> prepare(std::string_view sql);

  // Prepared once and kept. When kMaxStatements are kept the cache starts anew, which voids earlier pointers: finish
  // with one statement before asking for the next.
  Result<Statement*> cached(const std::string& sql);

  Result<void> execute(const char* sql);
  Result<std::int64_t> integer(const char* sql);  // first column of the first row
  Result<std::string> text(const char* sql);

  std::int64_t changed_rows() const;  // by the last statement
  bool in_transaction() const;
  bool writable() const;
  int wal_pages() const { return wal_pages_; }  // in the log after the last commit of this connection

  // Moves what is committed from the log to the database file as far as readers allow, never waiting for anybody.
  Result<void> checkpoint();

  // What the result code of the last call means, in words.
  Error failure(int code) const;
  Error damage() const;  // what a failed check means

 private:
  static constexpr std::size_t kMaxStatements = 128;

  Connection(sqlite3* handle, std::string data_folder) : handle_(handle), data_folder_(std::move(data_folder)) {}

  sqlite3* handle_;
  std::string data_folder_;
  std::unordered_map<std::string, std::unique_ptr<Statement>> statements_;
  int wal_pages_ = 0;
};

// True for a code that says a unique column or key has the value already.
bool is_duplicate(int code);

// The database file of a data folder.
std::string database_path(const std::string& data_folder);

}  // namespace commandcenter::store
