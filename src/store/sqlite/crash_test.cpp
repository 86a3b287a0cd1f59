// kill -9 at any instant: every batch that was acknowledged is there, whole, and none is there in part.
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/sqlite/sqlite.h"
#include "store/sqlite/test_folder.h"
#include "store/store.h"

namespace commandcenter::store {
namespace {

constexpr int kKills = 20;
constexpr std::int64_t kRowsPerBatch = 20;
constexpr int kDeadline_ms = 20'000;

// Batch `number`: a log chunk and an event per row, and the number as its run's version. Large enough that a kill often
// lands in the middle of one.
Batch numbered(std::int64_t number) {
  const std::string run_id = "run" + std::to_string(number);
  Batch batch;
  RunRow run;
  run.id = run_id;
  run.workflow_id = "w";
  run.workflow_version = number;
  run.status = "RUNNING";
  batch.puts.emplace_back(run);
  for (std::int64_t i = 1; i <= kRowsPerBatch; ++i) {
    batch.puts.emplace_back(EventRow{0, run_id, i, number, "Numbered", std::string(300, 'e')});
    batch.puts.emplace_back(LogRow{run_id, run_id, i, number, std::string(700, 'l')});
  }
  return batch;
}

// In the child: opens, commits without end from `first` on, and writes each acknowledged number to the pipe. Status 3
// when it could not even open.
[[noreturn]] void commit_until_killed(const std::string& data_folder, std::int64_t first, int pipe) {
  auto store = open_sqlite(data_folder);
  if (!store) _exit(3);
  for (std::int64_t number = first;; ++number) {
    if (!(*store)->commit(numbered(number))) _exit(4);
    if (::write(pipe, &number, sizeof number) != static_cast<ssize_t>(sizeof number)) _exit(5);
  }
}

// Reads acknowledged numbers: the next one, or all there are until the end of the pipe. The last one seen.
std::int64_t last_number(int pipe, std::int64_t last, bool to_end) {
  std::int64_t number = 0;
  pollfd waiting{pipe, POLLIN, 0};
  while (::poll(&waiting, 1, kDeadline_ms) > 0 &&
         ::read(pipe, &number, sizeof number) == static_cast<ssize_t>(sizeof number)) {
    EXPECT_EQ(number, last + 1);
    last = number;
    if (!to_end) break;
  }
  return last;
}

void expect_whole(const std::string& data_folder, std::int64_t acknowledged) {
  auto opened = open_sqlite(data_folder);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  Store& store = **opened;
  const std::int64_t runs = store.count({.table = Table::kRuns}).value_or(-1);
  // The last batch may have been durable without the child living to say so.
  ASSERT_TRUE(runs == acknowledged || runs == acknowledged + 1) << runs << " of " << acknowledged;
  EXPECT_EQ(store.count({.table = Table::kEvents}).value_or(-1), runs * kRowsPerBatch);
  EXPECT_EQ(store.count({.table = Table::kLogs}).value_or(-1), runs * kRowsPerBatch);
  for (std::int64_t number = std::max<std::int64_t>(1, runs - 20); number <= runs; ++number) {
    const std::string run_id = "run" + std::to_string(number);
    const auto run = read_one<RunRow>(store, {.table = Table::kRuns, .id = run_id});
    ASSERT_TRUE(run.has_value() && run->has_value()) << run_id;
    EXPECT_EQ((*run)->workflow_version, number);
    EXPECT_EQ(store.count({.table = Table::kEvents, .run_id = run_id}).value_or(-1), kRowsPerBatch) << run_id;
  }
}

std::int64_t must_count(const std::string& data_folder) {
  auto opened = open_sqlite(data_folder);
  EXPECT_TRUE(opened.has_value()) << opened.error().message;
  return opened ? (*opened)->count({.table = Table::kRuns}).value_or(-1) : -1;
}

TEST(SqliteCrash, loses_nothing_acknowledged_and_keeps_nothing_in_part) {
  const TestFolder folder;
  constexpr unsigned kSeed = 20'240'229;
  std::mt19937 random(kSeed);
  std::int64_t acknowledged = 0;
  for (int kill_number = 0; kill_number < kKills; ++kill_number) {
    // After a kill the database may hold one batch more than was acknowledged: count on from what is there.
    if (kill_number > 0) acknowledged = must_count(folder.data());
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) commit_until_killed(folder.data(), acknowledged + 1, ends[1]);
    ::close(ends[1]);
    // Some kills hit the opening, most a commit: wait for a few acknowledgements, then for a moment of random length.
    const int commits = static_cast<int>(random() % 20);
    for (int i = 0; i < commits; ++i)
      acknowledged = last_number(ends[0], acknowledged, false);
    const timespec moment{0, static_cast<long>(random() % 3'000'000)};
    ::nanosleep(&moment, nullptr);
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    acknowledged = last_number(ends[0], acknowledged, true);
    ::close(ends[0]);
    expect_whole(folder.data(), acknowledged);
    if (HasFailure()) break;
  }
  const auto store = open_sqlite(folder.data());
  ASSERT_TRUE(store.has_value());
  EXPECT_TRUE((*store)->check().has_value());
}

}  // namespace
}  // namespace commandcenter::store
