#include "store/postgres/postgres.h"

#include <array>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "store/columns.h"
#include "store/postgres/connection.h"
#include "store/postgres/writer.h"
#include "store/rules.h"
#include "store/select.h"

namespace commandcenter::store {
namespace {

using postgres::Answer;
using postgres::Connection;
using postgres::Values;
using postgres::Writer;

constexpr Dialect kDialect{.mark = '$', .bytes = "::bytea", .last_character = "'\\x7f'::bytea"};
constexpr std::size_t kMaxReaders = 4;

template <std::size_t kIndex>
Row row_at(const Answer& answer, std::size_t at) {
  Row row(std::in_place_index<kIndex>);
  int column = 0;
  std::apply([&](auto&... value) { (answer.get(at, column++, value), ...); }, fields(std::get<kIndex>(row)));
  return row;
}

using RowReader = Row (*)(const Answer&, std::size_t);

template <std::size_t... kIndex>
constexpr std::array<RowReader, kTables> row_readers(std::index_sequence<kIndex...> /*tables*/) {
  return {&row_at<kIndex>...};
}

constexpr std::array<RowReader, kTables> kRowReaders = row_readers(std::make_index_sequence<kTables>());

// Connections for reading, made when they are needed; one that was lost is replaced. Thread-safe.
class Readers {
 public:
  explicit Readers(std::string url) : url_(std::move(url)) {}

  Result<Answer> execute(const Select& select) {
    Values values;
    for (const auto& value : select.values)
      std::visit([&](const auto& typed) { values.add(typed); }, value);
    std::unique_ptr<Connection> connection = borrow();
    Result<Answer> answer = execute_on(connection, select.sql, values);
    if (connection != nullptr && connection->lost()) {  // by a restart of the server, say: once more, on a new one
      connection.reset();
      answer = execute_on(connection, select.sql, values);
    }
    give_back(std::move(connection));
    return answer;
  }

 private:
  Result<Answer> execute_on(std::unique_ptr<Connection>& connection, const std::string& sql, const Values& values) {
    if (connection == nullptr) {
      auto opened = Connection::open_again(url_);
      if (!opened) return fail(std::move(opened.error()));
      connection = std::move(*opened);
    }
    return connection->execute(sql, values);
  }

  // Null: it has to be made.
  std::unique_ptr<Connection> borrow() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return lent_ < kMaxReaders; });
    ++lent_;
    if (idle_.empty()) return nullptr;
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }

  void give_back(std::unique_ptr<Connection> connection) {
    {
      const std::lock_guard lock(mutex_);
      --lent_;
      if (connection != nullptr && !connection->lost()) idle_.push_back(std::move(connection));
    }
    returned_.notify_one();
  }

  const std::string url_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t lent_ = 0;
};

class PostgresStore final : public Store {
 public:
  PostgresStore(std::unique_ptr<Writer> writer, const std::string& url) : writer_(std::move(writer)), readers_(url) {}

  Result<CommitReceipt> commit(const Batch& batch) override {
    for (const Delete& removal : batch.deletes)
      require_sound(removal);
    if (batch.empty()) return CommitReceipt{};
    const std::lock_guard lock(writing_);
    return writer_->commit(batch);
  }

  Result<std::vector<Row>> read(const Query& query) override {
    require_sound(query);
    const auto answer = readers_.execute(select_rows(query, kDialect));
    if (!answer) return fail(answer.error());
    const RowReader read_row = kRowReaders[static_cast<std::size_t>(query.table)];
    std::vector<Row> rows;
    rows.reserve(answer->rows());
    for (std::size_t i = 0; i < answer->rows(); ++i)
      rows.push_back(read_row(*answer, i));
    return rows;
  }

  Result<std::int64_t> count(const Query& query) override {
    require_sound(query);
    const auto answer = readers_.execute(select_count(query, kDialect));
    if (!answer) return fail(answer.error());
    std::int64_t number = 0;
    answer->get(0, 0, number);
    return number;
  }

  // PostgreSQL looks after its files itself; what can be told is whether every table can be read.
  Result<void> check() override {
    for (std::size_t table = 0; table < kTables; ++table) {
      if (const auto number = count({.table = static_cast<Table>(table)}); !number) return fail(number.error());
    }
    return {};
  }

 private:
  std::mutex writing_;
  std::unique_ptr<Writer> writer_;
  Readers readers_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_postgres(const std::string& url) {
  auto writer = Writer::open(url);
  if (!writer) return fail(std::move(writer.error()));
  return std::make_unique<PostgresStore>(std::move(*writer), url);
}

Result<void> try_postgres(const std::string& url) {
  const auto connection = Connection::open(url);
  if (!connection) return fail(connection.error());
  const auto may =
      (*connection)
          ->integer(fmt::format(
              "SELECT coalesce((SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname='{}'), "
              "has_database_privilege(current_database(), 'CREATE'))::int::bigint",
              postgres::kSchema));
  if (!may) return fail(may.error());
  if (*may == 1) return {};
  return fail(ErrorCode::kConflict, fmt::format("the user of store.url may not make tables in the schema {}: make it "
                                                "for them, CREATE SCHEMA {} AUTHORIZATION their_name",
                                                postgres::kSchema, postgres::kSchema));
}

}  // namespace commandcenter::store
