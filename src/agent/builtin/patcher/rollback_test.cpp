// The rollback script: any names, any bytes, no git; all or nothing, and again without harm. Feature 28, pitfall C6.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/builtin/patcher/operations.h"

namespace commandcenter::patcher {
namespace {

namespace fs = std::filesystem;
using Tree = std::map<std::string, std::string>;  // folders end with a slash

class RollbackTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cc-rollback-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = fs::path(name) / "work";
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_.parent_path()); }

  void put(const std::string& path, const std::string& bytes) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << bytes;
  }

  Tree tree() const {
    Tree found;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) {
      const std::string path = entry.path().lexically_relative(root_).string();
      if (entry.is_directory()) {
        found[path + "/"] = "";
        continue;
      }
      std::ifstream file(entry.path(), std::ios::binary);
      const auto mode = static_cast<unsigned>(entry.status().permissions());
      found[path] = fmt::format("{:o} ", mode) + std::string(std::istreambuf_iterator<char>(file), {});
    }
    return found;
  }

  bool roll_back(const std::string& script) const {
    std::ofstream(root_.parent_path() / "script", std::ios::binary) << script;
    const std::string command = fmt::format("cd {} && PATH=/usr/bin:/bin sh ../script >../out 2>&1", root_.string());
    return std::system(command.c_str()) == 0;  // NOLINT(concurrency-mt-unsafe): one thread
  }

  fs::path root_;
};

TEST_F(RollbackTest, brings_back_every_byte) {
  std::mt19937 dice(3);
  const auto below = [&dice](std::size_t bound) { return static_cast<std::size_t>(dice()) % bound; };
  const auto bytes = [&] {
    std::string text(below(200), ' ');
    for (char& c : text)
      c = static_cast<char>(below(256));
    return text;
  };
  const std::vector<std::string> odd{"-rf", "a b", "$(touch pwned)", "`id`", "it's", "\"q\"", "new\nline", "END", "ünï",
                                     "*",   "\\"};
  std::vector<patch::Change> changes;
  std::vector<std::string> new_folders;
  for (int i = 0; i < 150; ++i) {
    const std::string path = fmt::format("d{}/{}", i, odd[below(odd.size())]);
    const bool before = below(3) > 0;
    patch::Change change{path, std::nullopt, std::nullopt};
    if (before) change.before = patch::Content{patch::Mode::kFile, bytes()};
    if (!before || below(4) > 0) change.after = patch::Content{patch::Mode::kFile, bytes()};
    if (before) put(path, change.before->bytes);
    if (before && below(2) == 0) fs::permissions(root_ / path, static_cast<fs::perms>(below(2) == 0 ? 0755 : 0600));
    if (before && below(2) == 0 && !change.after) fs::permissions(root_ / path, static_cast<fs::perms>(0644));
    if (!before && below(2) == 0) fs::create_directories(root_ / fmt::format("d{}", i));
    changes.push_back(std::move(change));
  }
  for (patch::Change& change : changes) {  // what was deleted comes back with the permissions that git knows
    if (change.after || !change.before) continue;
    fs::permissions(root_ / change.path, static_cast<fs::perms>(0644));
  }
  const Tree before = tree();
  const std::string script =
      rollback_script(changes, [&](const std::string& folder) { return fs::is_directory(root_ / folder); });
  for (const patch::Change& change : changes) {
    if (change.after) {
      put(change.path, change.after->bytes);
    } else {
      fs::remove(root_ / change.path);
      std::error_code ignored;
      fs::remove(root_ / fs::path(change.path).parent_path(), ignored);  // as the applier does
    }
  }
  const Tree after = tree();
  put("d0/mine", "later");
  std::ofstream(root_ / changes.back().path, std::ios::binary) << "changed since";
  const Tree changed = tree();
  EXPECT_FALSE(roll_back(script)) << "somebody's later work";
  EXPECT_EQ(tree(), changed);
  fs::remove(root_ / "d0/mine");
  if (changes.back().after)
    put(changes.back().path, changes.back().after->bytes);
  else
    fs::remove(root_ / changes.back().path);
  ASSERT_EQ(tree(), after);
  EXPECT_TRUE(roll_back(script));
  EXPECT_EQ(tree(), before);
  EXPECT_TRUE(roll_back(script)) << "a second time";
  EXPECT_EQ(tree(), before);
}

TEST_F(RollbackTest, does_not_follow_what_was_put_in_the_way) {
  put("a", "old");
  const std::vector<patch::Change> changes{
      {"a", patch::Content{patch::Mode::kFile, "old"}, patch::Content{patch::Mode::kFile, "new"}}};
  const std::string script = rollback_script(changes, [](const std::string&) { return true; });
  fs::remove(root_ / "a");
  std::ofstream(root_.parent_path() / "elsewhere") << "new";
  fs::create_symlink(root_.parent_path() / "elsewhere", root_ / "a");
  EXPECT_FALSE(roll_back(script));
  std::ifstream file(root_.parent_path() / "elsewhere");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "new");
}

}  // namespace
}  // namespace commandcenter::patcher
