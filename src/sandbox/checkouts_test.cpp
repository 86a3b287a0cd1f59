// Mirrors of repositories: whose is used by whom, who waits, and which go. The work of git itself is tested with the
// real executable, in tests/e2e/test_checkouts.py.
#include "sandbox/checkouts.h"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "sandbox/sandbox_fixture.h"

namespace commandcenter::sandbox {
namespace {

namespace fs = std::filesystem;

// Records what it is to start, and ends it when told to.
class Programs {
 public:
  Checkouts::Start starter() {
    return [this](LaunchSpec spec, LaunchCallbacks callbacks) {
      const std::lock_guard lock(mutex_);
      started_.emplace_back(std::move(spec), std::move(callbacks));
      changed_.notify_all();
      return true;
    };
  }

  // Waits for the n-th start.
  LaunchSpec spec(std::size_t n) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, LaunchWatch::kPatience, [&] { return started_.size() > n; });
    EXPECT_TRUE(came) << "nothing was started";
    return came ? started_[n].first : LaunchSpec();
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return started_.size();
  }
  void end(std::size_t n, int exit_code) {
    Exit exit;
    exit.kind = ExitKind::kExited;
    exit.exit_code = exit_code;
    LaunchCallbacks callbacks;
    {
      const std::lock_guard lock(mutex_);
      callbacks = started_[n].second;
    }
    callbacks.on_exit(exit);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<LaunchSpec, LaunchCallbacks>> started_;
};

struct CheckoutsTest : testing::Test {
  void fetch(const std::string& id, const std::string& repository, const std::string& scope) {
    FetchOrder order{id, repository, "main", {}};
    order.scope = scope;
    bench_.post([this, order] { checkouts_.fetch(order, [](const Result<Fetched>&) {}); });
  }

  ScratchFolder folder_;
  Programs programs_;
  Workbench bench_;
  Checkouts checkouts_{folder_.path() + "/checkouts", folder_.path() + "/mirrors", bench_, programs_.starter()};
};

TEST_F(CheckoutsTest, AMirrorBelongsToOneRepositoryAndScope) {
  fetch("a", "https://h.example/r", "1\nTOKEN 5");
  fetch("b", "https://h.example/r", "1\nTOKEN 6");   // another value of the same secret
  fetch("c", "https://h.example/r", "2\nTOKEN 5");   // another project
  fetch("d", "https://h.example/r2", "1\nTOKEN 5");  // another repository
  fetch("e", "https://h.example/r", "1\n");          // no login at all
  std::set<std::string> mirrors;
  for (std::size_t i = 0; i < 5; ++i)
    mirrors.insert(programs_.spec(i).writable.value_or(Bind{}).host_path);
  EXPECT_EQ(mirrors.size(), 5U) << "two of them share a mirror";
  for (const std::string& mirror : mirrors)
    EXPECT_TRUE(mirror.starts_with(folder_.path() + "/mirrors/") && mirror.ends_with(".partial")) << mirror;
}

TEST_F(CheckoutsTest, OneAtATimeWorksWithAMirrorAndTheCopyIsMadeWithoutANetwork) {
  fetch("first", "https://h.example/r", "1");
  const LaunchSpec into_mirror = programs_.spec(0);
  EXPECT_TRUE(into_mirror.network.has_value());
  fetch("second", "https://h.example/r", "1");
  programs_.end(0, 0);
  const LaunchSpec copy = programs_.spec(1);
  EXPECT_FALSE(copy.network.has_value());
  EXPECT_TRUE(copy.secrets.empty());
  EXPECT_EQ(copy.writable.value_or(Bind{}).host_path, folder_.path() + "/checkouts/first.partial");
  ASSERT_EQ(copy.read_only_binds.size(), 1U) << "the mirror is shown to git, and cannot be written";
  EXPECT_EQ(copy.read_only_binds[0].host_path + ".partial", into_mirror.writable.value_or(Bind{}).host_path);
  EXPECT_EQ(programs_.count(), 2U) << "the second did not wait";
  // No commit came of it, so the mirror is of no use: then from the host.
  programs_.end(1, 1);
  EXPECT_TRUE(programs_.spec(2).network.has_value());
  EXPECT_EQ(programs_.spec(2).writable.value_or(Bind{}).host_path, folder_.path() + "/checkouts/first.partial");
  programs_.end(2, 1);
  EXPECT_TRUE(programs_.spec(3).writable.value_or(Bind{}).host_path.ends_with(".partial"));
  EXPECT_FALSE(fs::exists(copy.read_only_binds[0].host_path));
}

TEST_F(CheckoutsTest, WhatACrashLeftIsRemoved) {
  for (const char* name : {"mirrors/whole", "mirrors/half.partial", "checkouts/half.partial"})
    fs::create_directories(folder_.path() + "/" + name + "/objects");
  checkouts_.remove_leftovers();
  EXPECT_TRUE(fs::exists(folder_.path() + "/mirrors/whole/objects"));
  EXPECT_FALSE(fs::exists(folder_.path() + "/mirrors/half.partial"));
  EXPECT_FALSE(fs::exists(folder_.path() + "/checkouts/half.partial"));
}

TEST(TrimMirrors, TheLongestUnusedGoFirstAndBusyOnesNever) {
  const ScratchFolder folder;
  const auto now = fs::file_time_type::clock::now();
  const auto make = [&](const std::string& name, int age_s, std::size_t bytes, int packs = 1) {
    fs::create_directories(folder.path() + "/" + name);
    for (int i = 0; i < packs; ++i)
      folder.file(name + "/" + std::to_string(i) + ".pack", std::string(bytes, 'x'));
    fs::last_write_time(folder.path() + "/" + name, now - std::chrono::seconds(age_s));
  };
  const auto left = [&] {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder.path()))
      names.insert(entry.path().filename().string());
    return names;
  };
  make("oldest.partial", 40, 100);
  make("old", 30, 100);
  make("older", 35, 100);
  make("new", 10, 100);
  make("many", 1, 1, kMaxMirrorPacks + 1);
  const auto busy = [](const std::string& name) { return name == "oldest"; };
  trim_mirrors(folder.path(), 400, busy);
  EXPECT_EQ(left(), (std::set<std::string>{"oldest.partial", "old", "older", "new"})) << "one of many packs is renewed";
  trim_mirrors(folder.path(), 300, busy);
  EXPECT_EQ(left(), (std::set<std::string>{"oldest.partial", "old", "new"}));
  trim_mirrors(folder.path(), 0, busy);
  EXPECT_EQ(left(), (std::set<std::string>{"oldest.partial"}));
}

}  // namespace
}  // namespace commandcenter::sandbox
