// What is kept between scans may never change what a scan says.
#include "code/scan/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "code/scan/scan.h"

namespace commandcenter::code {
namespace {

constexpr const char* kLeak = "password = 'kT7vq9zLxw2M'\n";

class ScanCacheTest : public testing::Test {
 protected:
  ScanCacheTest() {
    std::string name = (std::filesystem::temp_directory_path() / "cc-cache-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::filesystem::create_directory(tree());
    options_.cache = folder_ + "/kept/caches";
    // Counts the files that are looked at, and finds what depends on a neighbour.
    options_.analyzers.push_back([this](const Subject& subject, std::vector<Spot>& spots) {
      ++looked_;
      const std::string other = "shared.txt";
      const std::string text = read(tree() + "/" + other);
      subject.depends_on(other, [&] { return text.empty() ? std::string() : digest_of(text); });
      if (text.find("bad") == std::string::npos) return;
      Spot spot;
      spot.rule = "needs-another-file";
      spot.end = subject.source().text().size();
      spots.push_back(spot);
    });
  }
  ~ScanCacheTest() override {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }

  std::string tree() const { return folder_ + "/tree"; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(tree() + "/" + name, std::ios::binary | std::ios::trunc) << text;
  }
  static std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::vector<std::string> found() {
    looked_ = 0;
    std::vector<std::string> lines;
    const auto report = scan_tree(tree(), "", options_);
    EXPECT_TRUE(report);
    if (!report) return lines;
    files_ = report->scanned_files;
    bytes_ = report->scanned_bytes;
    for (const Finding& finding : report->findings)
      lines.push_back(finding.file + ":" + std::to_string(finding.line) + " " + finding.rule + " " + finding.code);
    return lines;
  }
  std::string cache_file() const {
    for (const auto& entry : std::filesystem::directory_iterator(options_.cache))
      return entry.path().string();
    return {};
  }

  std::string folder_;
  ScanOptions options_;
  std::atomic<int> looked_ = 0;
  std::size_t files_ = 0;
  std::int64_t bytes_ = 0;
};

using Lines = std::vector<std::string>;

TEST_F(ScanCacheTest, what_did_not_change_is_not_looked_at_again) {
  write("a.py", kLeak);
  write("b.py", "pass\n");
  write("c.bin", std::string("\0\1\2", 3));
  const Lines first = found();
  EXPECT_EQ(first, (Lines{"a.py:1 generic-password password = 'kT****'"}));
  EXPECT_EQ(looked_, 2);
  EXPECT_EQ(found(), first);
  EXPECT_EQ(looked_, 0);
  EXPECT_EQ(files_, 2U);
  EXPECT_EQ(bytes_, static_cast<std::int64_t>(std::string(kLeak).size()) + 5);
  write("b.py", kLeak);
  EXPECT_EQ(found().size(), 2U);
  EXPECT_EQ(looked_, 1);
  std::filesystem::remove(tree() + "/a.py");
  EXPECT_EQ(found(), (Lines{"b.py:1 generic-password password = 'kT****'"}));
  EXPECT_EQ(read(cache_file()).find("kT7vq9"), std::string::npos);  // no secret is kept
}

TEST_F(ScanCacheTest, notes_of_analyzers_are_told_in_every_run) {
  options_.analyzers.push_back(
      [](const Subject& subject, std::vector<Spot>&) { subject.note(std::string(subject.source().text())); });
  std::mutex mutex;
  std::map<std::string, std::string> notes;
  options_.noted = [&](std::string_view path, std::string_view note) {
    const std::lock_guard lock(mutex);
    notes[std::string(path)] = note;
  };
  write("a.py", "pass\n");
  write("b.py", "");
  for (int run = 0; run < 2; ++run) {
    notes.clear();
    EXPECT_EQ(found(), Lines{});
    EXPECT_EQ(notes, (std::map<std::string, std::string>{{"a.py", "pass\n"}}));
  }
  EXPECT_EQ(looked_, 0);
}

TEST_F(ScanCacheTest, what_was_left_out_of_a_file_is_told_in_every_run) {
  options_.analyzers.push_back([](const Subject& subject, std::vector<Spot>&) { subject.leave_out("too long"); });
  write("a.py", "pass\n");
  for (int run = 0; run < 2; ++run) {
    const auto report = scan_tree(tree(), "", options_);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->skipped, (std::vector<std::pair<std::string, std::string>>{{"a.py", "too long"}}));
  }
}

TEST_F(ScanCacheTest, a_scan_of_one_file_leaves_the_others_known) {
  write("a.py", kLeak);
  write("b.py", kLeak);
  EXPECT_EQ(found().size(), 2U);
  ASSERT_TRUE(scan_tree(tree(), "a.py", options_));
  EXPECT_EQ(found().size(), 2U);
  EXPECT_EQ(looked_, 0);
}

// A file that is written again within the same tick of the clock, with the same size and old times.
TEST_F(ScanCacheTest, a_change_that_the_times_hide_is_seen) {
  write("a.py", "password = input_from_u()\n");
  EXPECT_EQ(found(), Lines{});
  struct stat before {};
  ASSERT_EQ(::stat((tree() + "/a.py").c_str(), &before), 0);
  write("a.py", kLeak);
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, (tree() + "/a.py").c_str(), times, 0), 0);
  ASSERT_EQ(std::filesystem::file_size(tree() + "/a.py"), static_cast<std::uintmax_t>(before.st_size));
  EXPECT_EQ(found().size(), 1U);
}

TEST_F(ScanCacheTest, only_files_whose_times_are_old_enough_go_unread) {
  write("a.py", "pass\n");
  FileIdentity identity;
  ASSERT_TRUE(identify(AT_FDCWD, (tree() + "/a.py").c_str(), identity));
  const std::int64_t hour_ns = std::int64_t{3600} * 1'000'000'000;
  for (const bool later : {false, true}) {
    const std::int64_t now_ns = identity.changed_ns + (later ? hour_ns : 0);
    const std::string folder = folder_ + (later ? "/later" : "/at once");
    {
      ScanCache cache(folder, tree(), "test", now_ns);
      cache.put("a.py", identity, digest_of("pass\n"), {}, {});
      cache.save();
    }
    ScanCache cache(folder, tree(), "test", now_ns);
    EXPECT_EQ(cache.unread("a.py", identity).has_value(), later);
    EXPECT_TRUE(cache.find("a.py", identity, digest_of("pass\n")));
    EXPECT_FALSE(cache.find("a.py", identity, digest_of("fail\n")));
    FileIdentity other = identity;
    ++other.changed_ns;
    EXPECT_FALSE(cache.unread("a.py", other));
    EXPECT_FALSE(ScanCache(folder, tree(), "other rules", now_ns).find("a.py", identity, digest_of("pass\n")));
  }
}

TEST_F(ScanCacheTest, a_file_that_another_depends_on_brings_it_back) {
  write("a.py", "pass\n");
  EXPECT_EQ(found(), Lines{});
  write("shared.txt", "bad\n");  // was not there
  const Lines both{"a.py:1 needs-another-file pass", "shared.txt:1 needs-another-file bad"};
  EXPECT_EQ(found(), both);
  EXPECT_EQ(found(), both);
  EXPECT_EQ(looked_, 0);
  write("shared.txt", "good\n");
  EXPECT_EQ(found(), Lines{});
  EXPECT_EQ(looked_, 2);
  write("shared.txt", "bad\n");
  EXPECT_EQ(found(), both);
  std::filesystem::remove(tree() + "/shared.txt");
  EXPECT_EQ(found(), Lines{});
}

TEST_F(ScanCacheTest, a_broken_or_strange_cache_is_none) {
  write("a.py", kLeak);
  const Lines first = found();
  const std::string whole = read(cache_file());
  ASSERT_GT(whole.size(), 100U);
  std::vector<std::string> broken{"", "x", whole.substr(0, whole.size() / 2), whole + "x", std::string(5'000, '\xff')};
  for (std::size_t at = 0; at < whole.size(); at += 17) {
    broken.push_back(whole);
    broken.back()[at] = static_cast<char>(broken.back()[at] ^ 0x41);
  }
  for (const std::string& bytes : broken) {
    std::ofstream(cache_file(), std::ios::binary | std::ios::trunc) << bytes;
    EXPECT_EQ(found(), first);
    EXPECT_EQ(looked_, 1);
  }
}

TEST_F(ScanCacheTest, a_folder_that_cannot_be_written_is_no_failure) {
  write("a.py", kLeak);
  std::ofstream(folder_ + "/file") << "x";
  options_.cache = folder_ + "/file/below";
  EXPECT_EQ(found().size(), 1U);
  EXPECT_EQ(found().size(), 1U);
}

TEST_F(ScanCacheTest, wishes_are_applied_to_what_was_kept) {
  write("a.py", std::string(kLeak) + "password = 'kT7vq9zLxw2M'  # commandcenter-ignore: secrets -- test\n");
  EXPECT_EQ(found().size(), 1U);
  options_.suppressions = false;
  EXPECT_EQ(found().size(), 2U);
  EXPECT_EQ(looked_, 0);
  options_.secrets = false;
  EXPECT_EQ(found(), Lines{});
}

TEST_F(ScanCacheTest, runs_at_the_same_time_do_no_harm) {
  for (int i = 0; i < 50; ++i)
    write("a" + std::to_string(i) + ".py", kLeak);
  std::vector<std::thread> threads;
  std::atomic<std::size_t> total = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 3; ++round) {
        const auto report = scan_tree(tree(), "", options_);
        if (report) total += report->findings.size();
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(total, 4U * 3 * 50);
  EXPECT_EQ(found().size(), 50U);
  EXPECT_EQ(looked_, 0);
}

TEST_F(ScanCacheTest, the_folder_is_bounded) {
  std::filesystem::create_directories(options_.cache);
  const auto now = std::filesystem::file_time_type::clock::now();
  for (int i = 0; i < 5; ++i) {
    const std::string path = options_.cache + "/" + std::string(32, static_cast<char>('a' + i)) + ".review";
    std::ofstream(path) << "x";
    std::filesystem::resize_file(path, kMaxCacheFolder_bytes / 4);
    std::filesystem::last_write_time(path, now - std::chrono::hours(i + 1));
  }
  std::ofstream(options_.cache + "/somebody-elses.scan") << "x";
  write("a.py", kLeak);
  EXPECT_EQ(found().size(), 1U);
  EXPECT_TRUE(std::filesystem::exists(options_.cache + "/" + std::string(32, 'a') + ".review"));
  EXPECT_FALSE(std::filesystem::exists(options_.cache + "/" + std::string(32, 'e') + ".review"));
  EXPECT_TRUE(std::filesystem::exists(options_.cache + "/somebody-elses.scan"));
  found();
  EXPECT_EQ(looked_, 0) << "the newest stays";
}

}  // namespace
}  // namespace commandcenter::code
