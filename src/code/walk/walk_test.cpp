// Random trees with random .gitignore files: the walk must see what git would add, neither more nor less.
#include "code/walk/walk.h"
#include "base/test_folder.h"

#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace commandcenter::code {
namespace {

using Folder = TestFolder;

std::set<std::string> seen(const std::string& root, const WalkOptions& options = {}) {
  std::set<std::string> files;
  std::mutex mutex;
  const Visitor visitor{[&](unsigned, std::string_view path, std::string_view) {
                          const std::lock_guard lock(mutex);
                          files.emplace(path);
                        },
                        [](const std::string&, const std::string&) {}};
  EXPECT_TRUE(walk(root, "", options, visitor));
  return files;
}

std::set<std::string> git_sees(const std::string& root) {
  std::set<std::string> files;
  const std::string command = "cd " + root + " && git ls-files -z --cached --others --exclude-standard";
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string name;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    if (c != 0) {
      name += static_cast<char>(c);
    } else {
      files.insert(name);
      name.clear();
    }
  }
  ::pclose(pipe);
  return files;
}

TEST(Walk, sees_what_git_would_add) {
  const std::vector<std::string> names{"a", "b", "c.log", "d.tmp", "e", "f.txt", "g.log"};
  const std::vector<std::string> patterns{"*.log",  "!c.log", "/a",   "b/",     "e/*",  "!e/f.txt", "**/d.tmp",
                                          "a/**",   "?",      "[ab]", "[!a]x",  "#x",   "\\#x",     "f.txt ",
                                          "e/b/c*", "*/a",    "!b/",  "a/**/b", "!/a/", "*",        "!*/"};
  std::mt19937 random(20'261'125);
  const auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  for (int round = 0; round < 40; ++round) {
    const Folder folder;
    for (int i = 0; i < 40; ++i) {
      std::string path;
      for (std::size_t depth = random() % 4; depth > 0; --depth)
        path += pick({"a", "b", "e", "x"}) + "/";
      path += pick(names);
      if (!std::filesystem::exists(folder.path + "/" + path)) {
        std::error_code error;
        std::filesystem::create_directories(std::filesystem::path(folder.path + "/" + path).parent_path(), error);
        if (!error) std::ofstream(folder.path + "/" + path) << "x";
      }
    }
    for (const char* where : {"", "a/", "e/", "a/b/"}) {
      std::string text;
      for (std::size_t i = random() % 4; i > 0; --i)
        text += pick(patterns) + "\n";
      if (std::filesystem::is_directory(folder.path + "/" + where))
        std::ofstream(folder.path + "/" + where + ".gitignore") << text;
    }
    ASSERT_EQ(std::system(
                  ("cd " + folder.path + " && git init -q . && git add -f $(find . -name e -type f) 2>/dev/null; true")
                      .c_str()),
              0);
    EXPECT_EQ(seen(folder.path), git_sees(folder.path)) << "round " << round;
  }
}

TEST(Walk, without_excludes_looks_at_everything_but_version_control) {
  const Folder folder;
  for (const char* file : {"a.js", "node_modules/x.js", "build/y.js", "secret.log", ".git/config", ".hidden/z"})
    folder.write(file, "x");
  folder.write(".gitignore", "*.log\n");
  EXPECT_EQ(seen(folder.path), (std::set<std::string>{".gitignore", ".hidden/z", "a.js"}));
  WalkOptions all;
  all.excludes = false;
  EXPECT_EQ(seen(folder.path, all), (std::set<std::string>{".gitignore", ".hidden/z", "a.js", "build/y.js",
                                                           "node_modules/x.js", "secret.log"}));
}

TEST(Walk, wide_and_deep_trees_are_seen_whole_by_any_number_of_threads) {
  const Folder folder;
  for (int i = 0; i < 300; ++i)
    folder.write("wide/" + std::to_string(i), "x");
  std::string deep;
  for (int i = 0; i < 100; ++i)
    deep += "d/";
  folder.write(deep + "end", "x");
  for (const unsigned threads : {1U, 2U, 7U}) {
    WalkOptions options;
    options.threads = threads;
    EXPECT_EQ(seen(folder.path, options).size(), 301U);
  }
}

// pitfall C8
TEST(Walk, tells_what_it_leaves_out) {
  const Folder folder;
  folder.write("a", "x");
  folder.write("large", std::string(3 << 20, 'x'));
  ASSERT_EQ(::mkfifo((folder.path + "/fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink("nowhere", folder.path + "/broken");
  std::filesystem::create_symlink(".", folder.path + "/loop");
  std::ofstream(folder.path + "/huge").close();
  std::filesystem::resize_file(folder.path + "/huge", std::uintmax_t{2} << 30);
  WalkOptions options;
  options.max_file_bytes = 2 << 20;
  std::set<std::string> left_out;
  std::mutex mutex;
  std::size_t files = 0;
  const Visitor visitor{
      [&](unsigned, std::string_view, std::string_view) {
        const std::lock_guard lock(mutex);
        ++files;
      },
      [&](const std::string& path, const std::string& reason) { left_out.insert(path + ": " + reason); }};
  ASSERT_TRUE(walk(folder.path, "", options, visitor));
  EXPECT_EQ(files, 1U);
  EXPECT_EQ(left_out,
            (std::set<std::string>{"broken: symbolic link", "fifo: not a regular file", "huge: larger than 2 MiB",
                                   "large: larger than 2 MiB", "loop: symbolic link"}));
}

TEST(Walk, follows_a_link_only_where_a_target_may_be_one) {
  const Folder folder;
  folder.write("real/a", "x");
  std::filesystem::create_symlink("real/a", folder.path + "/link");
  std::filesystem::create_symlink("real", folder.path + "/way");
  std::set<std::string> read;
  std::set<std::string> left_out;
  const Visitor visitor{
      [&](unsigned, std::string_view path, std::string_view bytes) {
        read.insert(std::string(path) + ": " + std::string(bytes));
      },
      [&](const std::string& path, const std::string& reason) { left_out.insert(path + ": " + reason); }};
  WalkOptions options;
  options.threads = 1;
  ASSERT_TRUE(walk(folder.path, "link", options, visitor));
  EXPECT_EQ(read, std::set<std::string>{});
  EXPECT_EQ(left_out, std::set<std::string>{"link: symbolic link"});
  left_out.clear();
  options.target = OnLink::kFollow;
  ASSERT_TRUE(walk(folder.path, "link", options, visitor));
  EXPECT_EQ(read, std::set<std::string>{"link: x"});
  EXPECT_EQ(left_out, std::set<std::string>{});
  EXPECT_FALSE(walk(folder.path, "way/a", options, visitor)) << "a link on the way";
  read.clear();
  ASSERT_TRUE(walk(folder.path, "", options, visitor));
  EXPECT_EQ(read, std::set<std::string>{"real/a: x"});
  EXPECT_EQ(left_out, (std::set<std::string>{"link: symbolic link", "way: symbolic link"}));
}

}  // namespace
}  // namespace commandcenter::code
