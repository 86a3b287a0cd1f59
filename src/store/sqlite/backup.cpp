#include "store/sqlite/backup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/sha256.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/folder.h"
#include "store/sqlite/migrations.h"

namespace commandcenter::store {
namespace {

namespace fs = std::filesystem;

constexpr int kCache_kib = 4'096;
constexpr const char* kConfiguration = "commandcenter.yaml";  // the operator's: no part of a backup, kept by a restore
constexpr std::array<std::string_view, 2> kFileFolders = {"agents", "artifacts"};  // of the data folder
constexpr const char* kTables_sql =
    "CREATE TABLE backup_files(path TEXT NOT NULL PRIMARY KEY, executable INTEGER NOT NULL, content BLOB NOT NULL)"
    " STRICT;"
    "CREATE TABLE backup_info(made_at_ms INTEGER NOT NULL, digest TEXT NOT NULL) STRICT;";

Error os_error(const std::string& what, int error) {
  return {ErrorCode::kUnavailable, fmt::format("{}: {}", what, std::system_category().message(error))};
}

Result<void> flush(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(os_error(path + " cannot be opened", errno));
  const int code = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  if (code != 0) return fail(os_error(path + " cannot be flushed to the disk", error));
  return {};
}

std::string folder_of(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

// Goes away with what was made so far, unless it was kept.
class Unfinished {
 public:
  explicit Unfinished(std::string path) : path_(std::move(path)) { remove(); }
  ~Unfinished() {
    if (!path_.empty()) remove();
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  const std::string& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  void remove() const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string path_;
};

// ---- what a backup holds
// ---------------------------------------------------------------------------------------------

Result<std::string> read_file(const fs::path& path) {
  std::error_code error;
  const auto size_bytes = fs::file_size(path, error);
  if (error) return fail(os_error(path.string() + " cannot be read", error.value()));
  if (size_bytes > static_cast<std::uintmax_t>(kMaxBackedUpFile_bytes)) {
    return fail(ErrorCode::kTooLarge, fmt::format("{} has {} bytes; a backup takes at most {} in one file",
                                                  path.string(), size_bytes, kMaxBackedUpFile_bytes));
  }
  std::ifstream stream(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(stream), {}};
  if (!stream || content.size() != size_bytes)
    return fail(ErrorCode::kUnavailable, fmt::format("{} cannot be read whole", path.string()));
  return content;
}

// A server at work removes what nothing refers to any more, also while it is backed up.
bool is_gone(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() == fs::file_type::not_found;
}

Result<std::int64_t> add_files(Connection& backup, const std::string& data_folder) {
  auto insert = backup.prepare("INSERT INTO backup_files(path,executable,content) VALUES(?,?,CAST(? AS BLOB))");
  if (!insert) return fail(insert.error());
  std::int64_t files = 0;
  for (const std::string_view folder : kFileFolders) {
    const fs::path top = fs::path(data_folder) / folder;
    std::error_code error;
    if (!fs::exists(top, error)) continue;
    for (fs::recursive_directory_iterator it(top, error), end; !error && it != end; it.increment(error)) {
      const fs::file_status status = it->symlink_status(error);
      if (status.type() == fs::file_type::not_found) {
        error.clear();
        continue;
      }
      if (error) break;
      const std::string path = it->path().lexically_relative(data_folder).string();
      if (it->path().extension() == ".partial") {  // somebody is just making it; no row refers to it
        it.disable_recursion_pending();
        continue;
      }
      if (!fs::is_regular_file(status)) continue;
      const auto content = read_file(it->path());
      if (!content && is_gone(it->path())) continue;
      if (!content) return fail(content.error());
      const Running running(**insert);
      running->bind(1, std::string_view(path));
      running->bind(2, (status.permissions() & fs::perms::owner_exec) != fs::perms::none);
      running->bind(3, std::string_view(*content));
      if (const int code = running->step(); code != SQLITE_DONE) return fail(backup.failure(code));
      ++files;
    }
    if (error) return fail(os_error(top.string() + " cannot be read", error.value()));
  }
  return files;
}

Result<std::vector<std::string>> column(Connection& connection, const std::string& sql) {
  auto statement = connection.prepare(sql);
  if (!statement) return fail(statement.error());
  std::vector<std::string> values;
  int code = (*statement)->step();
  for (; code == SQLITE_ROW; code = (*statement)->step())
    (*statement)->column(0, values.emplace_back());
  if (code != SQLITE_DONE) return fail(connection.failure(code));
  return values;
}

// Over the schema and every value of every table. A page check finds a broken structure, this a changed letter.
Result<std::string> digest_of(Connection& backup) {
  const auto tables = column(backup,
                             "SELECT name FROM sqlite_schema WHERE type='table' AND name<>'backup_info' "
                             "AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name");
  if (!tables) return fail(tables.error());
  const auto schema = column(backup, "SELECT coalesce(sql,'') FROM sqlite_schema ORDER BY type,name");
  if (!schema) return fail(schema.error());
  std::string digest = sha256_hex(fmt::format("{}", fmt::join(*schema, "\n")));
  for (const std::string& table : *tables) {
    const auto columns = column(backup, fmt::format("SELECT name FROM pragma_table_info('{}')", table));
    if (!columns) return fail(columns.error());
    std::string row;
    for (const std::string& name : *columns)
      row += fmt::format("{}quote(\"{}\")", row.empty() ? "" : "||','||", name);
    auto statement = backup.prepare(fmt::format("SELECT {} FROM \"{}\" NOT INDEXED", row, table));
    if (!statement) return fail(statement.error());
    digest = sha256_hex(digest + table);
    int code = (*statement)->step();
    for (; code == SQLITE_ROW; code = (*statement)->step()) {
      std::string values;
      (*statement)->column(0, values);
      digest = sha256_hex(digest + values);
    }
    if (code != SQLITE_DONE) return fail(backup.failure(code));
  }
  return digest;
}

Result<void> check_pages(Connection& connection) {
  const auto verdict = connection.text("PRAGMA integrity_check(1)");
  if (!verdict) return fail(verdict.error());
  if (*verdict == "ok") return {};
  return fail(ErrorCode::kInternal, fmt::format("{} ({})", connection.damage().message, *verdict));
}

// ---- restoring
// ---------------------------------------------------------------------------------------------------------

Error no_backup(const std::string& file) {
  return {ErrorCode::kInvalid, fmt::format("{} is not a backup made by `commandcenter backup`", file)};
}

// Somebody may have written the backup by hand: a path leads below the folders it may lead to, or nowhere.
bool is_safe(const std::string& text) {
  const fs::path path(text);
  if (path.is_absolute() || path.begin() == path.end()) return false;
  if (std::find(path.begin(), path.end(), "..") != path.end()) return false;
  return std::find(kFileFolders.begin(), kFileFolders.end(), path.begin()->string()) != kFileFolders.end();
}

Result<BackupSummary> examine(Connection& backup, const std::string& file) {
  const auto application = backup.integer("PRAGMA application_id");
  if (!application || *application != kApplicationId) return fail(no_backup(file));
  if (const auto info = backup.integer("SELECT count(*) FROM sqlite_schema WHERE name='backup_info'");
      !info || *info != 1)
    return fail(no_backup(file));
  BackupSummary summary;
  const auto schema = backup.integer("PRAGMA user_version");
  if (!schema) return fail(schema.error());
  if (*schema > static_cast<std::int64_t>(migrations().size())) {
    return fail(ErrorCode::kConflict,
                fmt::format("{} was made by a newer commandcenter (schema {}, this one knows {}): upgrade first", file,
                            *schema, migrations().size()));
  }
  summary.schema = *schema;
  if (auto whole = check_pages(backup); !whole) return fail(ErrorCode::kInternal, fmt::format("{} is damaged", file));
  const auto paths = column(backup, "SELECT path FROM backup_files");
  if (!paths) return fail(paths.error());
  if (!std::all_of(paths->begin(), paths->end(), is_safe))
    return fail(ErrorCode::kInvalid, fmt::format("{} holds a file outside of its folders", file));
  const auto digest = digest_of(backup);
  const auto expected = backup.text("SELECT digest FROM backup_info");
  if (!digest || !expected || *digest != *expected) {
    return fail(ErrorCode::kInternal,
                fmt::format("{} is damaged: its content is not what was backed up; use another backup", file));
  }
  for (const auto& [sql, member] : {std::pair{"SELECT made_at_ms FROM backup_info", &BackupSummary::made_at_ms},
                                    std::pair{"SELECT count(*) FROM runs", &BackupSummary::runs},
                                    std::pair{"SELECT count(*) FROM backup_files", &BackupSummary::files}}) {
    const auto value = backup.integer(sql);
    if (!value) return fail(value.error());
    summary.*member = *value;
  }
  return summary;
}

Result<void> write_file(const fs::path& path, const std::string& content, bool executable) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  // Readable for all, as when they were registered: an agent is not the server's user. The data folder keeps out
  // everybody else.
  const int descriptor =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, executable ? 0755 : 0644);
  if (descriptor < 0) return fail(os_error(path.string() + " cannot be written", errno));
  std::size_t done = 0;
  int failure = 0;
  while (done < content.size() && failure == 0) {
    const ssize_t written = ::write(descriptor, content.data() + done, content.size() - done);
    if (written > 0) done += static_cast<std::size_t>(written);
    if (written < 0 && errno != EINTR) failure = errno;
  }
  if (failure == 0 && ::fsync(descriptor) != 0) failure = errno;
  ::close(descriptor);
  if (failure != 0) return fail(os_error(path.string() + " cannot be written", failure));
  return {};
}

Result<void> extract_files(Connection& backup, const std::string& folder) {
  auto select = backup.prepare("SELECT path,executable,content FROM backup_files ORDER BY path");
  if (!select) return fail(select.error());
  int code = (*select)->step();
  for (; code == SQLITE_ROW; code = (*select)->step()) {
    std::string path;
    std::string content;
    bool executable = false;
    (*select)->column(0, path);
    (*select)->column(1, executable);
    (*select)->column(2, content);
    if (auto written = write_file(fs::path(folder) / path, content, executable); !written) return written;
  }
  if (code != SQLITE_DONE) return fail(backup.failure(code));
  return {};
}

// The whole new data folder, beside where it is to be.
Result<BackupSummary> build_folder(const std::string& file, const std::string& folder) {
  if (auto made = make_data_folder(folder); !made) return fail(made.error());
  std::error_code error;
  fs::copy_file(file, folder + "/commandcenter.db", error);
  if (error) return fail(os_error(fmt::format("{} cannot be copied to {}", file, folder), error.value()));
  fs::permissions(folder + "/commandcenter.db", fs::perms::owner_read | fs::perms::owner_write, error);
  auto backup = Connection::open(folder, Access::kReadWrite, kCache_kib);
  if (!backup) return fail(no_backup(file));
  auto summary = examine(**backup, file);
  if (!summary) return summary;
  summary->size_bytes = static_cast<std::int64_t>(fs::file_size(file, error));
  if (auto extracted = extract_files(**backup, folder); !extracted) return fail(extracted.error());
  if (auto dropped = (*backup)->execute("DROP TABLE backup_files; DROP TABLE backup_info; VACUUM;"); !dropped)
    return fail(dropped.error());
  backup->reset();
  if (auto flushed = flush(folder + "/commandcenter.db"); !flushed) return fail(flushed.error());
  if (auto flushed = flush(folder); !flushed) return fail(flushed.error());
  return summary;
}

Result<bool> holds_anything(const std::string& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return false;
  if (!fs::is_directory(folder, error))
    return fail(ErrorCode::kInvalid, fmt::format("{} is not a folder: choose another with --data", folder));
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename() != "lock" && it->path().filename() != kConfiguration) return true;
  }
  if (error) return fail(os_error(folder + " cannot be read", error.value()));
  return false;
}

// SQLite takes a file without a byte for an empty database; here it is one that was never made, or was cut off.
Result<std::unique_ptr<Connection>> open_existing(const std::string& data_folder) {
  std::error_code error;
  const std::string path = database_path(data_folder);
  if (!fs::exists(path, error)) {
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no database in data folder {}: name the right one with --data", data_folder));
  }
  if (fs::file_size(path, error) == 0) {
    return fail(ErrorCode::kNotFound,
                fmt::format("commandcenter.db in data folder {} is empty: nothing was ever recorded in it, or it was "
                            "cut off; then restore a backup",
                            data_folder));
  }
  return Connection::open(data_folder, Access::kReadOnly, kCache_kib);
}

// What the copy of the tables failed for: it is written beside `file`, not in the data folder.
Error no_room(const std::string& file) {
  return {ErrorCode::kUnavailable,
          fmt::format("there is no room for {}: the disk of {} is full", file, folder_of(file))};
}

}  // namespace

Result<BackupSummary> back_up(const std::string& data_folder, const std::string& file, std::int64_t now_ms) {
  std::error_code error;
  if (fs::exists(file, error))
    return fail(ErrorCode::kConflict, fmt::format("{} exists already: choose another name", file));
  auto source = open_existing(data_folder);
  if (!source) return fail(source.error());
  const auto application = (*source)->integer("PRAGMA application_id");
  if (!application) return fail(application.error());
  if (*application != kApplicationId) {
    return fail(ErrorCode::kConflict,
                fmt::format("commandcenter.db in data folder {} belongs to another program", data_folder));
  }
  // A folder beside the file, so that the database in it is opened as any other.
  Unfinished partial(fmt::format("{}.{}.partial", file, ::getpid()));
  if (auto made = make_data_folder(partial.path()); !made) return fail(made.error());
  const std::string database = partial.path() + "/commandcenter.db";
  {
    auto statement = (*source)->prepare("VACUUM INTO ?");
    if (!statement) return fail(statement.error());
    const Running running(**statement);
    running->bind(1, std::string_view(database));
    const int code = running->step();
    if (code == SQLITE_FULL) return fail(no_room(file));
    if (code != SQLITE_DONE) return fail((*source)->failure(code));
  }
  BackupSummary summary;
  summary.made_at_ms = now_ms;
  {
    auto backup = Connection::open(partial.path(), Access::kReadWrite, kCache_kib);
    if (!backup) return fail(backup.error());
    if (auto made = (*backup)->execute(kTables_sql); !made) return fail(made.error());
    if (auto begun = (*backup)->execute("BEGIN"); !begun) return fail(begun.error());
    const auto files = add_files(**backup, data_folder);
    if (!files) return fail(files.error());
    if (auto done = (*backup)->execute("COMMIT"); !done) return fail(done.error());
    const auto digest = digest_of(**backup);
    if (!digest) return fail(digest.error());
    const std::string sql = fmt::format("INSERT INTO backup_info(made_at_ms,digest) VALUES({},'{}')", now_ms, *digest);
    if (auto done = (*backup)->execute(sql.c_str()); !done) return fail(done.error());
    auto examined = examine(**backup, file);
    if (!examined) return examined;
    summary = *examined;
  }
  fs::permissions(database, fs::perms::owner_read | fs::perms::owner_write, error);
  if (auto flushed = flush(database); !flushed) return fail(flushed.error());
  summary.size_bytes = static_cast<std::int64_t>(fs::file_size(database, error));
  // A link fails when the name has come to exist meanwhile; a rename would replace it.
  if (::link(database.c_str(), file.c_str()) != 0) return fail(os_error(file + " cannot be made", errno));
  if (auto flushed = flush(folder_of(file)); !flushed) return fail(flushed.error());
  return summary;
}

Result<BackupSummary> restore(const std::string& file, const std::string& data_folder, bool force) {
  std::string target = data_folder;
  while (target.size() > 1 && target.ends_with('/'))
    target.pop_back();
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    return fail(ErrorCode::kNotFound, fmt::format("{} is not there or no file", file));
  const auto occupied = holds_anything(target);
  if (!occupied) return fail(occupied.error());
  if (*occupied && !force) {
    return fail(ErrorCode::kConflict, fmt::format("data folder {} is not empty: name another with --data, or move it "
                                                  "aside and replace it with --force",
                                                  target));
  }
  std::unique_ptr<FolderLock> lock;  // until the folder is another one
  if (fs::exists(target, error)) {
    auto taken = FolderLock::take(target);
    if (!taken) return fail(taken.error());
    lock = std::move(*taken);
  }
  Unfinished fresh(fmt::format("{}.{}.partial", target, ::getpid()));
  auto summary = build_folder(file, fresh.path());
  if (!summary) return summary;
  const std::string configuration = target + "/" + kConfiguration;
  if (fs::is_regular_file(configuration, error)) {
    fs::copy_file(configuration, fresh.path() + "/" + kConfiguration, error);
    if (error) return fail(os_error(configuration + " cannot be copied", error.value()));
  }
  if (lock) {
    summary->kept_as = fmt::format("{}.replaced-{}", target, summary->made_at_ms);
    for (int n = 2; fs::exists(summary->kept_as, error); ++n)
      summary->kept_as = fmt::format("{}.replaced-{}-{}", target, summary->made_at_ms, n);
    if (::rename(target.c_str(), summary->kept_as.c_str()) != 0)
      return fail(os_error(target + " cannot be moved aside", errno));
  }
  if (::rename(fresh.path().c_str(), target.c_str()) != 0) {
    const int failure = errno;
    if (lock) static_cast<void>(::rename(summary->kept_as.c_str(), target.c_str()));
    return fail(os_error(target + " cannot be put in place", failure));
  }
  fresh.keep();
  if (lock && !*occupied) {  // there was nothing but an old lock in it
    fs::remove_all(summary->kept_as, error);
    summary->kept_as.clear();
  }
  if (auto flushed = flush(folder_of(target)); !flushed) return fail(flushed.error());
  return summary;
}

Result<void> check_database(const std::string& data_folder) {
  auto connection = open_existing(data_folder);
  if (!connection) return fail(connection.error());
  return check_pages(**connection);
}

}  // namespace commandcenter::store
