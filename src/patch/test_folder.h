// For tests: a folder to be patched, as a map of its files, and git in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "patch/patch.h"

namespace commandcenter::patch {

namespace fs = std::filesystem;

class PatchTest : public testing::Test {
 protected:
  void SetUp() override {
    // In memory, when there is such a folder: what is tested is not the disk.
    const fs::path place = fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
    std::string name = (place / "cc-patch-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    work_ = root_ / "work";
    fs::create_directories(work_);
  }
  void TearDown() override { fs::remove_all(root_); }

  static bool shell(const std::string& command) {
    return std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe): one thread
  }
  bool git(const std::string& arguments) const {
    return shell(fmt::format("cd {} && git -c core.autocrlf=false -c user.name=t -c user.email=t@t {} >{}/out 2>{}/err",
                             work_.string(), arguments, root_.string(), root_.string()));
  }
  std::string text_of(const fs::path& path) const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string complaint() const { return text_of(root_ / "err"); }

  using Tree = std::map<std::string, Content>;

  void put(const Tree& tree) const {
    for (const auto& entry : fs::directory_iterator(work_)) {
      if (entry.path().filename() != ".git") fs::remove_all(entry.path());
    }
    for (const auto& [path, content] : tree) {
      fs::create_directories((work_ / path).parent_path());
      if (content.mode == Mode::kLink) {
        fs::create_symlink(content.bytes, work_ / path);
        continue;
      }
      std::ofstream(work_ / path, std::ios::binary) << content.bytes;
      fs::permissions(work_ / path, static_cast<fs::perms>(content.mode == Mode::kExecutable ? 0755 : 0644));
    }
  }

  Tree tree() const {
    Tree found;
    for (auto entry = fs::recursive_directory_iterator(work_); entry != fs::recursive_directory_iterator(); ++entry) {
      if (entry->path().filename() == ".git") {
        entry.disable_recursion_pending();
        continue;
      }
      const std::string path = entry->path().lexically_relative(work_).string();
      if (entry->is_symlink()) {
        found[path] = {Mode::kLink, fs::read_symlink(entry->path()).string()};
      } else if (entry->is_regular_file()) {
        const bool executable = (entry->status().permissions() & fs::perms::owner_exec) != fs::perms::none;
        found[path] = {executable ? Mode::kExecutable : Mode::kFile, text_of(entry->path())};
      }
    }
    return found;
  }

  static std::vector<Change> between(const Tree& before, const Tree& after) {
    std::vector<Change> changes;
    for (const auto& [path, content] : before) {
      const auto now = after.find(path);
      if (now == after.end())
        changes.push_back({path, content, std::nullopt});
      else if (now->second != content)
        changes.push_back({path, content, now->second});
    }
    for (const auto& [path, content] : after) {
      if (!before.contains(path)) changes.push_back({path, std::nullopt, content});
    }
    return changes;
  }

  fs::path root_;
  fs::path work_;
};

}  // namespace commandcenter::patch
