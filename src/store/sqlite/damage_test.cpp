// Files that are not what they should be, and disks that take no more.
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "store/sqlite/sqlite.h"
#include "store/sqlite/test_folder.h"
#include "store/store_samples.h"

namespace commandcenter::store {
namespace {

constexpr std::uintmax_t kPage_bytes = 4'096;

std::unique_ptr<Store> must_open(const std::string& data_folder) {
  auto opened = open_sqlite(data_folder);
  EXPECT_TRUE(opened.has_value()) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

Batch runs(std::int64_t first, std::int64_t count, std::size_t document_bytes) {
  Batch batch;
  for (std::int64_t i = first; i < first + count; ++i) {
    RunRow run = sample::run("run" + std::to_string(i), "w", 1'000 + i);
    run.context = std::string(document_bytes, 'x');
    batch.puts.emplace_back(std::move(run));
    batch.puts.emplace_back(sample::event("run" + std::to_string(i), 1));
  }
  return batch;
}

// A closed database of about 200 KB.
void fill(const TestFolder& folder) {
  const auto store = must_open(folder.data());
  ASSERT_TRUE(store->commit(runs(0, 100, 1'500)).has_value());
}

void flip_page(const std::string& file, std::uintmax_t page) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  std::array<char, kPage_bytes> bytes{};
  stream.seekg(static_cast<std::streamoff>(page * kPage_bytes));
  stream.read(bytes.data(), bytes.size());
  for (char& byte : bytes)
    byte = static_cast<char>(~byte);
  stream.seekp(static_cast<std::streamoff>(page * kPage_bytes));
  stream.write(bytes.data(), bytes.size());
  ASSERT_TRUE(stream.good());
}

void expect_refused(const TestFolder& folder, const std::string& words) {
  const auto opened = open_sqlite(folder.data());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kInternal);
  EXPECT_NE(opened.error().message.find(words), std::string::npos) << opened.error().message;
  EXPECT_NE(opened.error().message.find(folder.data()), std::string::npos) << opened.error().message;
  EXPECT_NE(opened.error().message.find("restore a backup"), std::string::npos) << opened.error().message;
}

TEST(SqliteDamage, garbage_is_no_database) {
  const TestFolder folder;
  std::filesystem::create_directory(folder.data());
  std::ofstream(folder.database()) << std::string(100'000, 'g');
  expect_refused(folder, "is not a database");
  EXPECT_EQ(std::filesystem::file_size(folder.database()), 100'000U) << "it was touched";
}

TEST(SqliteDamage, a_truncated_file_is_found) {
  const TestFolder folder;
  fill(folder);
  std::filesystem::resize_file(folder.database(),
                               std::filesystem::file_size(folder.database()) / 2 / kPage_bytes * kPage_bytes);
  expect_refused(folder, "is damaged");
}

TEST(SqliteDamage, a_flipped_page_is_found_wherever_it_is) {
  const TestFolder folder;
  fill(folder);
  const std::uintmax_t pages = std::filesystem::file_size(folder.database()) / kPage_bytes;
  for (std::uintmax_t page = 0; page < pages; page += 7) {
    flip_page(folder.database(), page);
    const auto opened = open_sqlite(folder.data());
    // Overflow pages hold nothing but text: which bytes it had, only a checksum could tell.
    if (opened.has_value())
      EXPECT_GT(page, 1U) << "the schema is not text";
    else
      EXPECT_EQ(opened.error().code, ErrorCode::kInternal) << opened.error().message;
    flip_page(folder.database(), page);
  }
  EXPECT_TRUE(open_sqlite(folder.data()).has_value());
}

TEST(SqliteDamage, check_finds_what_happened_to_an_open_database) {
  const TestFolder folder;
  fill(folder);
  const auto store = must_open(folder.data());
  ASSERT_TRUE(store->check().has_value());
  for (std::uintmax_t page = 2; page < 20; ++page)
    flip_page(folder.database(), page);
  const auto checked = store->check();
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().code, ErrorCode::kInternal);
  EXPECT_NE(checked.error().message.find("is damaged"), std::string::npos) << checked.error().message;
}

// Files cannot grow beyond a size while this lives: a full disk, for this process.
class FullDisk {
 public:
  explicit FullDisk(rlim_t size_bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{size_bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

TEST(SqliteFullDisk, nothing_is_written_and_the_store_recovers) {
  const TestFolder folder;
  auto store = must_open(folder.data());
  ASSERT_TRUE(store->commit(runs(0, 10, 1'000)).has_value());
  std::int64_t acknowledged = 10;
  {
    const FullDisk full(400'000);
    bool refused = false;
    for (std::int64_t i = 0; i < 100; ++i) {
      const auto receipt = store->commit(runs(acknowledged, 10, 1'000));
      if (receipt) {
        acknowledged += 10;
        continue;
      }
      refused = true;
      EXPECT_EQ(receipt.error().code, ErrorCode::kUnavailable);
      EXPECT_NE(receipt.error().message.find("space"), std::string::npos) << receipt.error().message;
      EXPECT_NE(receipt.error().message.find(folder.data()), std::string::npos) << receipt.error().message;
      EXPECT_EQ(store->count({.table = Table::kRuns}).value(), acknowledged) << "reads go on";
    }
    ASSERT_TRUE(refused);
  }
  const auto receipt = store->commit(runs(acknowledged, 10, 1'000));
  ASSERT_TRUE(receipt.has_value()) << receipt.error().message;
  EXPECT_EQ(receipt->positions.back(), acknowledged + 10) << "failed batches give no positions";
  store.reset();
  store = must_open(folder.data());
  EXPECT_EQ(store->count({.table = Table::kRuns}).value(), acknowledged + 10);
  EXPECT_TRUE(store->check().has_value());
}

TEST(SqliteFullDisk, opening_says_so) {
  const TestFolder folder;
  std::filesystem::create_directory(folder.data());
  const FullDisk full(0);
  const auto opened = open_sqlite(folder.data());
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(opened.error().message.find("is full"), std::string::npos) << opened.error().message;
}

}  // namespace
}  // namespace commandcenter::store
