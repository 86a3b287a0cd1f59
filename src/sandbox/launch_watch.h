// Test support: watches one launch and waits for its events with deadlines. For tests of any Launcher.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sandbox/sandbox.h"

namespace commandcenter::sandbox {

inline ProbeReport no_sandbox() {
  ProbeReport report;
  report.detail = "switched off by a test";
  return report;
}

class LaunchWatch {
 public:
  static constexpr auto kPatience = std::chrono::seconds(30);

  LaunchCallbacks callbacks() {
    LaunchCallbacks out;
    out.on_log = [seen = seen_](std::string_view line) {
      const std::lock_guard lock(seen->mutex);
      if (!seen->exits.empty()) seen->log_after_exit = true;
      seen->lines.emplace_back(line);
      seen->thread = std::this_thread::get_id();
      seen->changed.notify_all();
    };
    out.on_exit = [seen = seen_](Exit exit) {
      const std::lock_guard lock(seen->mutex);
      seen->exits.push_back(std::move(exit));
      seen->thread = std::this_thread::get_id();
      seen->changed.notify_all();
    };
    return out;
  }

  // The Exit, or nothing when the patience is used up.
  std::optional<Exit> exit() const {
    std::unique_lock lock(seen_->mutex);
    if (!seen_->changed.wait_for(lock, kPatience, [&] { return !seen_->exits.empty(); })) return std::nullopt;
    return seen_->exits.front();
  }

  // Waits until a line of the log is `line`. False when the launch ended without it, or the patience is used up.
  bool logged(const std::string& line) const {
    std::unique_lock lock(seen_->mutex);
    const auto seen = [&] { return std::find(seen_->lines.begin(), seen_->lines.end(), line) != seen_->lines.end(); };
    seen_->changed.wait_for(lock, kPatience, [&] { return seen() || !seen_->exits.empty(); });
    return seen();
  }

  std::vector<std::string> lines() const {
    const std::lock_guard lock(seen_->mutex);
    return seen_->lines;
  }
  std::size_t exit_count() const {
    const std::lock_guard lock(seen_->mutex);
    return seen_->exits.size();
  }
  bool log_after_exit() const {
    const std::lock_guard lock(seen_->mutex);
    return seen_->log_after_exit;
  }
  std::thread::id thread() const {
    const std::lock_guard lock(seen_->mutex);
    return seen_->thread;
  }

 private:
  struct Seen {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> lines;
    std::vector<Exit> exits;
    bool log_after_exit = false;
    std::thread::id thread;
  };
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
};

}  // namespace commandcenter::sandbox
