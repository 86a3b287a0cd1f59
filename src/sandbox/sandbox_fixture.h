// Test support: a real launcher in namespaces, programs to run in it, and a look at the host's processes.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "sandbox/launch_watch.h"
#include "sandbox/sandbox.h"
#include "sandbox/unique_fd.h"

namespace commandcenter::sandbox {

inline LaunchSpec shell(const std::string& script) {
  LaunchSpec spec;
  spec.label = "test";
  spec.argv = {"/bin/sh", "-c", script};
  spec.environment = {{"PATH", "/usr/bin:/bin"}};
  return spec;
}

inline LaunchSpec python(const std::string& script) {
  LaunchSpec spec = shell("");
  spec.argv = {"/usr/bin/python3", "-I", "-c", script};
  return spec;
}

// A folder that goes away with the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sandbox-test-XXXXXX").string();
    const char* made = ::mkdtemp(pattern.data());
    EXPECT_NE(made, nullptr);
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name, const std::string& text, unsigned mode = 0644) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    std::filesystem::permissions(path, std::filesystem::perms{mode});
    return path;
  }

 private:
  std::string path_;
};

inline std::string file_text(const std::string& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();  // ends, instead of throwing, when a process goes while its file is read
  return text.str();
}

// Processes of the host that have `text` in the given file of /proc/<pid>.
inline std::vector<pid_t> processes_with(const std::string& text, const char* file = "cmdline") {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto pid = static_cast<pid_t>(std::strtol(entry.path().filename().c_str(), nullptr, 10));
    if (pid <= 0 || pid == ::getpid()) continue;
    if (file_text(entry.path().string() + "/" + file).find(text) != std::string::npos) found.push_back(pid);
  }
  return found;
}

// The same, as soon as there are at least `count`: a process in the middle of exec shows no command line.
inline std::vector<pid_t> at_least(std::size_t count, const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + LaunchWatch::kPatience;
  std::vector<pid_t> found;
  do {
    found = processes_with(text);
  } while (found.size() < count && std::chrono::steady_clock::now() < deadline);
  EXPECT_GE(found.size(), count);
  return found;
}

// The helper that this process has forked.
inline pid_t helper_pid() {
  const std::string parent = "PPid:\t" + std::to_string(::getpid()) + "\n";
  for (const pid_t pid : processes_with(parent, "status")) {
    if (file_text("/proc/" + std::to_string(pid) + "/comm") == "cc-spawn\n") return pid;
  }
  return -1;
}

// Ends of processes as events.
class Deaths {
 public:
  explicit Deaths(const std::vector<pid_t>& pids) {
    for (const pid_t pid : pids)
      fds_.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  }
  bool all_within(std::chrono::milliseconds patience) const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (const UniqueFd& fd : fds_) {
      if (!fd.open()) continue;  // it was gone already
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      pollfd ended{fd.get(), POLLIN, 0};
      if (::poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(0, left.count()))) != 1) return false;
    }
    return true;
  }

 private:
  std::vector<UniqueFd> fds_;
};

class SandboxTest : public testing::Test {
 protected:
  Exit run(LaunchSpec spec) {
    watch_ = LaunchWatch();
    launcher_->start(std::move(spec), watch_.callbacks());
    const std::optional<Exit> exit = watch_.exit();
    EXPECT_TRUE(exit.has_value()) << "no exit was told";
    return exit.value_or(Exit{});
  }
  std::string output_of(LaunchSpec spec) {
    const Exit exit = run(std::move(spec));
    EXPECT_EQ(exit.kind, ExitKind::kExited) << exit.message;
    EXPECT_EQ(exit.exit_code, 0) << log_text();
    return exit.standard_output;
  }
  std::string log_text() const {
    std::string text;
    for (const std::string& line : watch_.lines())
      text += line + "\n";
    return text;
  }
  // A duration that no other sleep on this machine has, to find processes by.
  static std::string unique_duration() {
    static int count = 0;
    return std::to_string(70'000'000 + ::getpid()) + "." + std::to_string(++count);
  }

  SpawnHelper helper_ = std::move(*SpawnHelper::fork_now());
  std::unique_ptr<Launcher> launcher_ = make_launcher(helper_, probe_sandbox());
  LaunchWatch watch_;
};

}  // namespace commandcenter::sandbox
