#include "cli/local_store.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "store/postgres/postgres.h"
#include "store/sqlite/folder.h"
#include "store/sqlite/sqlite.h"

namespace commandcenter::cli {
namespace {

// Records elsewhere, artifacts and what agents changed in a folder that this process has to itself.
class StoreWithFolder final : public store::Store {
 public:
  StoreWithFolder(std::unique_ptr<store::FolderLock> lock, std::unique_ptr<store::Store> records)
      : lock_(std::move(lock)), records_(std::move(records)) {}

  Result<store::CommitReceipt> commit(const store::Batch& batch) override { return records_->commit(batch); }
  Result<std::vector<store::Row>> read(const store::Query& query) override { return records_->read(query); }
  Result<std::int64_t> count(const store::Query& query) override { return records_->count(query); }
  Result<void> check() override { return records_->check(); }

 private:
  std::unique_ptr<store::FolderLock> lock_;  // let go last
  std::unique_ptr<store::Store> records_;
};

}  // namespace

Result<std::unique_ptr<store::Store>> open_store(const config::Settings& settings) {
  if (settings.store_url.empty()) return store::open_sqlite(settings.data);
  if (auto made = store::make_data_folder(settings.data); !made) return fail(std::move(made.error()));
  auto lock = store::FolderLock::take(settings.data);
  if (!lock) return fail(std::move(lock.error()));
  auto records = store::open_postgres(settings.store_url);
  if (!records) return records;
  return std::make_unique<StoreWithFolder>(std::move(*lock), std::move(*records));
}

Result<void> require_file(const config::Settings& settings, const std::string& instead) {
  if (settings.store_url.empty()) return {};
  return fail(ErrorCode::kConflict,
              fmt::format("the records are kept in PostgreSQL (store.url), not in the data folder: {}", instead));
}

}  // namespace commandcenter::cli
