#include "store/sqlite/sqlite.h"

#include <sys/stat.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "store/rules.h"
#include "store/sqlite/checkpointer.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/folder.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/query.h"
#include "store/sqlite/readers.h"
#include "store/sqlite/turnstile.h"
#include "store/sqlite/writer.h"

namespace commandcenter::store {
namespace {

constexpr int kWriterCache_kib = 4'096;
constexpr int kCheckpointCache_kib = 16;                      // it copies pages without keeping them
constexpr std::int64_t kThoroughCheck_bytes = 8 * 1'048'576;  // a file up to this size is checked whole when opened
constexpr std::int64_t kMaxKeptLog_bytes = 64 * 1'048'576;    // a log that grew beyond is cut when it starts over

class SqliteStore final : public Store {
 public:
  SqliteStore(std::unique_ptr<FolderLock> lock, std::unique_ptr<Writer> writer, std::unique_ptr<Connection> checkpoints,
              const std::string& data_folder)
      : data_folder_(data_folder),
        lock_(std::move(lock)),
        writer_(std::move(writer)),
        readers_(data_folder),
        checkpointer_(std::move(checkpoints), writer_turn_) {}

  Result<CommitReceipt> commit(const Batch& batch) override {
    for (const Delete& removal : batch.deletes)
      require_sound(removal);
    if (batch.empty()) return CommitReceipt{};
    const std::lock_guard lock(writer_turn_);
    auto receipt = writer_->commit(batch);
    checkpointer_.log_grew(writer_->connection().wal_pages());
    return receipt;
  }

  Result<std::vector<Row>> read(const Query& query) override {
    require_sound(query);
    return readers_.with([&](Connection& connection) { return read_rows(connection, query); });
  }

  Result<std::int64_t> count(const Query& query) override {
    require_sound(query);
    return readers_.with([&](Connection& connection) { return read_count(connection, query); });
  }

  // With a connection of its own: the pages that others have in memory say nothing about those on the disk.
  Result<void> check() override {
    auto connection = Connection::open(data_folder_, Access::kReadOnly, kReaderCache_kib);
    if (!connection) return fail(std::move(connection.error()));
    return check_with(**connection, "PRAGMA integrity_check(1)");
  }

  static Result<void> check_with(Connection& connection, const char* pragma) {
    const auto verdict = connection.text(pragma);
    if (!verdict) return fail(verdict.error());
    if (*verdict == "ok") return {};
    return fail(ErrorCode::kInternal, fmt::format("{} ({})", connection.damage().message, *verdict));
  }

 private:
  std::string data_folder_;
  std::unique_ptr<FolderLock> lock_;  // before the connections: let go last
  Turnstile writer_turn_;
  std::unique_ptr<Writer> writer_;
  Readers readers_;
  Checkpointer checkpointer_;
};

// Whose file is it, and of which age?
Result<void> recognise(Connection& connection, const std::string& data_folder) {
  const auto application = connection.integer("PRAGMA application_id");
  if (!application) return fail(application.error());
  const auto version = connection.integer("PRAGMA user_version");
  if (!version) return fail(version.error());
  const auto objects = connection.integer("SELECT count(*) FROM sqlite_schema");
  if (!objects) return fail(objects.error());
  const bool is_new = *application == 0 && *version == 0 && *objects == 0;
  if (*application != kApplicationId && !is_new) {
    return fail(ErrorCode::kConflict,
                fmt::format("commandcenter.db in data folder {} belongs to another program: move it away "
                            "or choose another folder with --data",
                            data_folder));
  }
  const auto known = static_cast<std::int64_t>(migrations().size());
  if (*version > known) {
    return fail(ErrorCode::kConflict,
                fmt::format("data folder {} was written by a newer commandcenter (schema {}, this one "
                            "knows {}): upgrade, or choose another with --data",
                            data_folder, *version, known));
  }
  return {};
}

// A whole check of a big file would hold up the start; the ends of every table are reached in no time.
Result<void> check_briefly(Connection& connection, const std::string& data_folder) {
  struct stat status {};
  if (::stat(database_path(data_folder).c_str(), &status) == 0 && status.st_size <= kThoroughCheck_bytes) {
    return SqliteStore::check_with(connection, "PRAGMA quick_check(1)");
  }
  for (std::size_t table = 0; table < kTables; ++table) {
    for (const bool newest_first : {false, true}) {
      Query ends{.table = static_cast<Table>(table)};
      ends.newest_first = newest_first;
      ends.limit = 1;
      if (const auto rows = read_rows(connection, ends); !rows) return fail(rows.error());
    }
  }
  return {};
}

Result<void> use_write_ahead_log(Connection& connection) {
  const auto mode = connection.text("PRAGMA journal_mode=WAL");
  if (!mode) return fail(mode.error());
  if (*mode != "wal") {
    return fail(ErrorCode::kUnavailable,
                "the disk of the data folder cannot hold a database with a write-ahead log (a network "
                "disk?): choose a folder on a local disk with --data");
  }
  return connection.execute(fmt::format("PRAGMA journal_size_limit={}", kMaxKeptLog_bytes).c_str());
}

Result<std::unique_ptr<Connection>> open_database(const std::string& data_folder) {
  if (auto made = make_database_file(data_folder); !made) return fail(std::move(made.error()));
  auto opened = Connection::open(data_folder, Access::kReadWrite, kWriterCache_kib);
  if (!opened) return opened;
  Connection& connection = **opened;
  if (auto ours = recognise(connection, data_folder); !ours) return fail(std::move(ours.error()));
  if (!connection.writable()) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("the database in data folder {} cannot be written: make the folder and its "
                            "files writable for this user",
                            data_folder));
  }
  if (auto wal = use_write_ahead_log(connection); !wal) return fail(std::move(wal.error()));
  if (auto migrated = migrate(connection, migrations()); !migrated) return fail(std::move(migrated.error()));
  if (auto sane = check_briefly(connection, data_folder); !sane) return fail(std::move(sane.error()));
  return opened;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const std::string& data_folder) {
  if (auto made = make_data_folder(data_folder); !made) return fail(std::move(made.error()));
  auto lock = FolderLock::take(data_folder);
  if (!lock) return fail(std::move(lock.error()));
  auto connection = open_database(data_folder);
  if (!connection) return fail(std::move(connection.error()));
  auto writer = Writer::open(std::move(*connection));
  if (!writer) return fail(std::move(writer.error()));
  auto checkpoints = Connection::open(data_folder, Access::kReadWrite, kCheckpointCache_kib);
  if (!checkpoints) return fail(std::move(checkpoints.error()));
  return std::make_unique<SqliteStore>(std::move(*lock), std::move(*writer), std::move(*checkpoints), data_folder);
}

}  // namespace commandcenter::store
