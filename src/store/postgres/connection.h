// The only code that speaks libpq's interface. Private to this folder.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

// NOLINTBEGIN: the library's own names
typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;
// NOLINTEND

namespace commandcenter::store::postgres {

inline constexpr std::string_view kSchema = "commandcenter";
inline constexpr std::string_view kDuplicate = "23505";       // SQLSTATE unique_violation
inline constexpr std::string_view kDivisionByZero = "22012";  // see kPlanSql

// Parameters of a statement, sent as they are: numbers as int8, everything else as bytea. Views must outlive it.
class Values {
 public:
  Values() = default;
  Values(const Values&) = delete;
  Values& operator=(const Values&) = delete;
  void add(std::int64_t number);
  void add(bool truth) { add(std::int64_t{truth}); }
  void add(std::string_view bytes);
  void add(const std::optional<std::int64_t>& number);
  std::size_t size() const { return data_.size(); }

 private:
  friend class Connection;
  std::deque<std::string> numbers_;  // in network order
  std::vector<unsigned> types_;
  std::vector<const char*> data_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

// What a statement gave, all of it.
class Answer {
 public:
  explicit Answer(PGresult* result);
  std::size_t rows() const;
  bool is_null(std::size_t row, int column) const;
  void get(std::size_t row, int column, std::int64_t& value) const;
  void get(std::size_t row, int column, bool& value) const;
  void get(std::size_t row, int column, std::string& value) const;
  void get(std::size_t row, int column, std::optional<std::int64_t>& value) const;
  PGresult* handle() const { return result_.get(); }

 private:
  struct Clear {
    void operator()(PGresult* result) const;
  };
  std::unique_ptr<PGresult, Clear> result_;
};

class Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(const std::string& url);
  // The same for one that takes another's place: clients may see what went wrong, but not where the database is.
  static Result<std::unique_ptr<Connection>> open_again(const std::string& url);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool lost() const;
  Result<Answer> execute(const std::string& sql, const Values& values = {});
  Result<std::int64_t> integer(const std::string& sql);  // first column of the first row, int8
  Result<void> script(const std::string& sql);           // several statements, without parameters
  Result<void> prepare(const std::string& name, const std::string& sql);

  // Statements that are sent without waiting for each answer. After a failure those behind it are not carried out.
  Result<void> begin_pipeline();
  Result<void> send(const std::string& sql);
  Result<void> send_prepared(const std::string& name, const Values& values);
  Result<void> send_with(const std::string& sql, const Values& values);
  struct Failed {
    Failed(std::size_t which, std::string state, Error what)
        : statement(which), sqlstate(std::move(state)), error(std::move(what)) {}
    std::size_t statement;  // of those sent since the last time
    std::string sqlstate;   // empty: the connection was lost
    Error error;
  };
  std::optional<Failed> await(std::size_t statements);  // the answers to all of them
  void end_pipeline();

 private:
  explicit Connection(PGconn* handle) : handle_(handle) {}
  Error failure(const PGresult* result) const;
  Result<void> sent(int code) const;

  PGconn* handle_;
};

}  // namespace commandcenter::store::postgres
