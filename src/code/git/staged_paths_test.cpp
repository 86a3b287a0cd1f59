// What is staged, held against git's own answer after any sequence of commands.
#include "code/git/staged_paths.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "code/git/git.h"

namespace commandcenter::code {
namespace {

using Paths = std::vector<std::string>;

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return std::move(bytes).str();
}

class Repo : public TestFolder {
 public:
  void run(const std::string& commands) const {
    const std::string all = "cd " + path + " && { " + commands + " ; } >/dev/null 2>&1";
    (void)std::system(all.c_str());  // some find nothing to do
  }

  Paths said_by_git() const {
    run("git -c core.quotePath=false diff --cached --name-only --no-renames --ita-visible-in-index > .git/said");
    std::istringstream lines(bytes_of(path + "/.git/said"));
    Paths paths;
    for (std::string line; std::getline(lines, line);)
      paths.push_back(line);
    return paths;
  }

  // Files and the first line that was added to each.
  std::vector<std::pair<std::string, std::size_t>> staged() const {
    const auto repository = Repository::open(path);
    const auto files = repository ? repository->staged(1 << 20) : fail(repository.error());
    EXPECT_TRUE(files) << files.error().message;
    std::vector<std::pair<std::string, std::size_t>> found;
    for (const ChangedFile& file : *files)
      found.emplace_back(file.path, file.added.front().first);
    return found;
  }

  // Folders are read by git itself.
  std::optional<Paths> said_by_us() const {
    const std::string bytes = bytes_of(path + "/.git/index");
    const auto index = read_index(bytes);
    if (!index) return std::nullopt;
    run("git rev-parse --verify -q HEAD: > .git/said");
    const std::string head = bytes_of(path + "/.git/said");
    return staged_paths(*index, head.empty() ? std::nullopt : std::optional(id_of(head)),
                        [this](const ObjectId& id) { return folder(id); });
  }

 private:
  static ObjectId id_of(std::string_view hex) {
    ObjectId id{};
    for (std::size_t i = 0; i < id.size(); ++i)
      std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, id[i], 16);
    return id;
  }

  std::optional<Folder> folder(const ObjectId& id) const {
    std::string hex;
    for (const std::uint8_t byte : id)
      hex += fmt::format("{:02x}", byte);
    run("git cat-file -e " + hex + " && git ls-tree -z " + hex + " > .git/said || echo missing > .git/said");
    std::string text = bytes_of(path + "/.git/said");
    if (text == "missing\n") return std::nullopt;
    Folder folder;
    while (!text.empty()) {  // mode, kind, id, name
      const std::string line = text.substr(0, text.find('\0'));
      text.erase(0, line.size() + 1);
      const std::size_t tab = line.find('\t');
      std::uint32_t mode = 0;
      std::from_chars(line.data(), line.data() + line.find(' '), mode, 8);
      folder.push_back({line.substr(tab + 1), id_of(std::string_view(line).substr(tab - 40)), mode});
    }
    return folder;
  }
};

bool covers(const std::string& path, const std::string& file) {
  return file == path || file.starts_with(path + "/");
}

// Names that are sorted in another order as folders than as files are among them.
TEST(StagedPaths, are_those_that_git_says) {
  const Repo repo;
  repo.run("git init -q . && git config user.name a && git config user.email a@b");
  std::mt19937 random(7);
  const auto any = [&](const Paths& from) { return from[random() % from.size()]; };
  const auto any_path = [&] {
    std::string path;
    for (auto depth = random() % 3; depth > 0; --depth)
      path += any({"a", "a-b", "a.b", "ab", "b", "ä"}) + "/";
    return path + any({"a", "a-b", "x", "y.py", "b"});
  };
  int shortened = 0;
  for (int round = 0; round < 24; ++round) {
    std::string commands = ":";
    for (int i = 0; i < 3; ++i) {
      const std::string path = any_path();
      switch (random() % 8) {
        case 0:
          commands += "; git rm -rqf --ignore-unmatch " + path;
          break;
        case 1:
          commands += "; git add -N . ; git reset -q -- " + path;
          break;
        case 2:
          commands += "; git mv -f " + path + " " + any_path();
          break;
        case 3:
          commands += "; git update-index --index-version " + any({"2", "3", "4"});
          break;
        case 4:
          commands += "; git commit -qm x";
          break;
        default:
          commands += "; rm -f $(dirname " + path + ") 2>/dev/null; mkdir -p $(dirname " + path + "); echo " +
                      std::to_string(random() % 4) + " > " + path + "; git add " + path;
      }
    }
    if (round % 10 == 0) commands += "; git add -A; git commit -qm all";
    repo.run(commands);
    const Paths expected = repo.said_by_git();
    const auto said = repo.said_by_us();
    if (!said) continue;  // the index has not been written since it was a commit's
    ++shortened;
    for (const std::string& file : expected)
      EXPECT_TRUE(std::ranges::any_of(*said, [&](const auto& path) { return covers(path, file); })) << commands << file;
    for (const std::string& path : *said)
      EXPECT_TRUE(std::ranges::any_of(expected, [&](const auto& file) { return covers(path, file); }))
          << commands << path;
    const auto staged = repo.staged();
    repo.run(
        "cp .git/index .git/kept; git ls-files -s | GIT_INDEX_FILE=.git/bare git update-index --index-info; "
        "mv .git/bare .git/index");
    EXPECT_FALSE(read_index(bytes_of(repo.path + "/.git/index"))) << "it says which folders are the commit's";
    EXPECT_EQ(staged, repo.staged()) << commands;
    repo.run("mv .git/kept .git/index");
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
  EXPECT_GT(shortened, 14);
}

TEST(StagedPaths, folders_that_have_not_changed_are_not_read) {
  const Repo repo;
  repo.write("a/b/one.py", "1\n");
  repo.write("c/two.py", "2\n");
  repo.run("git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm x");
  repo.run("rm -f .git/objects/$(git rev-parse HEAD:a | sed 's,..,&/,')");
  repo.write("c/two.py", "3\n");
  repo.run("git add c/two.py");
  EXPECT_EQ(repo.said_by_us(), Paths{"c/two.py"});
  const auto staged = Repository::open(repo.path)->staged(1 << 20);
  ASSERT_TRUE(staged) << staged.error().message;
  ASSERT_EQ(staged->size(), 1U);
  EXPECT_EQ(staged->front().path, "c/two.py");
}

TEST(IndexFile, an_index_that_is_cut_or_changed_is_survived) {
  const Repo repo;
  for (const char* name : {"a/b/c.py", "a/d.py", "e/f.py", "g.py"})
    repo.write(name, name);
  repo.run("git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm x");
  const std::string whole = bytes_of(repo.path + "/.git/index");
  const auto index = read_index(whole);
  ASSERT_TRUE(index);
  EXPECT_EQ(index->root.entries, 4U);
  ASSERT_NE(index->root.find("a"), nullptr);
  ASSERT_NE(index->root.find("a")->find("b"), nullptr);
  EXPECT_EQ(index->root.find("a")->find("b")->entries, 1U);
  EXPECT_EQ(index->root.find("g.py"), nullptr);
  for (std::size_t size = 0; size < whole.size(); ++size)
    read_index(std::string_view(whole).substr(0, size));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char c : {'\0', '\x7f', '\xff', '9'}) {
      std::string changed = whole;
      changed[at] = c;
      read_index(changed);
    }
  }
}

TEST(StagedPaths, folders_in_folders_without_end_are_left_to_git) {
  std::string path;
  for (int i = 0; i < 100'000; ++i)
    path += "a/";
  path += "b";
  IndexFile index;
  index.entries.push_back({path, {}, 0100644, false});
  EXPECT_FALSE(staged_paths(index, ObjectId{}, [](const ObjectId&) { return Folder{{"a", {}, kFolderMode}}; }));
}

// Version 4 tells of each path only what is new: a long one, named again and again, would be gigabytes.
TEST(IndexFile, paths_that_grow_without_end_are_not_made) {
  const auto index_of = [](unsigned char files) {
    std::string bytes = std::string("DIRC\0\0\0\4\0\0\0", 11) + static_cast<char>(files);
    for (unsigned char i = 0; i < files; ++i)  // the first is long, each other has a letter more
      bytes += std::string(62, '\0') + '\0' + std::string(i == 0 ? 500'000 : 1, 'a') + '\0';
    return bytes + std::string("TREE\0\0\0\6\0-1 0\n", 14) + std::string(20, 'x');
  };
  EXPECT_TRUE(read_index(index_of(5)));
  EXPECT_FALSE(read_index(index_of(40)));
}

TEST(IndexFile, an_index_that_does_not_hold_all_tells_nothing) {
  const Repo repo;
  repo.write("a/b.py", "1\n");
  repo.run("git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm x");
  EXPECT_TRUE(read_index(bytes_of(repo.path + "/.git/index")));
  repo.run("git update-index --split-index");
  EXPECT_FALSE(read_index(bytes_of(repo.path + "/.git/index")));
}

}  // namespace
}  // namespace commandcenter::code
