// What git itself says about our patches: the same text, the same result, and back. Pitfall C6.
#include "patch/patch.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "patch/applier.h"
#include "patch/folder.h"

namespace commandcenter::patch {
namespace {

namespace fs = std::filesystem;

class PatchTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cc-patch-XXXXXX").string();
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

const std::map<std::string, Content> kBefore = {
    {"a.txt", {Mode::kFile, "one\ntwo\nthree\n"}},
    {"crlf.txt", {Mode::kFile, "one\r\ntwo\r\n"}},
    {"empty", {Mode::kFile, ""}},
    {"link", {Mode::kLink, "a.txt"}},
    {"no-end", {Mode::kFile, "no newline"}},
    {"run.sh", {Mode::kFile, "#!/bin/sh\n"}},
    {"sub/deep/b.c", {Mode::kFile, "int main(void) {\n  return 0;\n}\n\nint other(void) {\n  return 1;\n}\n"}},
    {"sub/gone.txt", {Mode::kFile, "gone\n"}},
    {"sub/gone space.txt", {Mode::kFile, "gone\n"}},
    {"sub/some space.txt", {Mode::kFile, "some\n"}},
    {"sub/empty space", {Mode::kFile, ""}},
    {"to-link", {Mode::kFile, "file\n"}},
    {"bin", {Mode::kFile, std::string("\0\1\2\3binary\0", 11)}},
    {"odd \"name\"\t\\ \xc3\xa4.txt", {Mode::kFile, "odd\n"}},
};
const std::map<std::string, Content> kAfter = {
    {"a.txt", {Mode::kFile, "one\nTWO\nthree\nfour"}},
    {"crlf.txt", {Mode::kFile, "one\r\nTWO\r\n"}},
    {"empty", {Mode::kFile, "no longer\n"}},
    {"link", {Mode::kLink, "sub/deep/b.c"}},
    {"no-end", {Mode::kFile, "no newline\n"}},
    {"run.sh", {Mode::kExecutable, "#!/bin/sh\n"}},
    {"sub/deep/b.c", {Mode::kFile, "int main(void) {\n  return 0;\n}\n\nint other(void) {\n  return 2;\n}\n"}},
    {"to-link", {Mode::kLink, "file\n"}},
    {"bin", {Mode::kFile, std::string("\0\1\2\3changed\0\xff\xfe", 14)}},
    {"odd \"name\"\t\\ \xc3\xa4.txt", {Mode::kFile, "even\n"}},
    {"new/folder/file", {Mode::kFile, "new"}},
    {"new space/new $(name)", {Mode::kFile, "new"}},
    {"sub/some space.txt", {Mode::kFile, "some more\n"}},
    {"new-empty", {Mode::kExecutable, ""}},
};

TEST_F(PatchTest, is_byte_for_byte_what_git_prints) {
  Tree before = kBefore;
  Tree after = kAfter;
  before.erase("bin");  // how hard it is compressed is nobody's promise
  after.erase("bin");
  put(before);
  ASSERT_TRUE(git("init -q && git add -A && git commit -qm x")) << complaint();
  put(after);
  ASSERT_TRUE(git("add -A && git diff --cached --binary --full-index --no-renames HEAD")) << complaint();
  const auto patch = make(between(before, after));
  ASSERT_TRUE(patch) << patch.error().message;
  EXPECT_EQ(patch->text, text_of(root_ / "out"));
  EXPECT_EQ(patch->files, 16);
}

TEST_F(PatchTest, is_applied_and_taken_back) {
  put(kBefore);
  const auto patch = make(between(kBefore, kAfter));
  ASSERT_TRUE(patch);
  Applier applier((root_ / "journal").string());
  const auto applied = applier.apply({"one", {{work_.string(), patch->text}}});
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(tree(), kAfter);
  applier.forget("one");
  const auto back = applier.apply({"two", {{work_.string(), applied->reverse[0]}}});
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(tree(), kBefore);
  EXPECT_FALSE(fs::exists(work_ / "new"));
}

// kill -9 before any of its writes: the order given again finishes it.
TEST_F(PatchTest, survives_death_at_every_write) {
  const auto patch = make(between(kBefore, kAfter));
  ASSERT_TRUE(patch);
  for (int writes = 0;; ++writes) {
    put(kBefore);
    const Order order{"order", {{work_.string(), patch->text}}};
    Applier dying((root_ / "journal").string());
    dying.on_write([left = writes]() mutable { return left-- > 0; });
    if (dying.apply(order)) {
      EXPECT_GT(writes, 10);
      return;
    }
    Applier next((root_ / "journal").string());
    const auto applied = next.apply(order);
    ASSERT_TRUE(applied) << writes << ": " << applied.error().message;
    ASSERT_EQ(tree(), kAfter) << writes;
    const auto again = next.apply(order);  // its outcome was not recorded: given once more
    ASSERT_TRUE(again);
    ASSERT_EQ(again->reverse, applied->reverse);
    next.forget("order");
  }
}

TEST_F(PatchTest, death_and_then_a_foreign_change_is_taken_back) {
  const auto patch = make(between(kBefore, kAfter));
  ASSERT_TRUE(patch);
  put(kBefore);
  const Order order{"order", {{work_.string(), patch->text}}};
  Applier dying((root_ / "journal").string());
  dying.on_write([left = 5]() mutable { return left-- > 0; });
  ASSERT_FALSE(dying.apply(order));
  std::ofstream(work_ / "to-link") << "mine";
  Applier next((root_ / "journal").string());
  const auto refused = next.apply(order);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  Tree expected = kBefore;
  expected["to-link"].bytes = "mine";
  EXPECT_EQ(tree(), expected);
}

TEST_F(PatchTest, refuses_a_changed_base_and_writes_nothing) {
  const auto patch = make(between(kBefore, kAfter));
  ASSERT_TRUE(patch);
  const auto refusal = [&](Tree there) {
    put(there);
    Applier applier((root_ / "journal").string());
    const auto applied = applier.apply({"one", {{work_.string(), patch->text}}});
    EXPECT_EQ(tree(), there);
    EXPECT_TRUE(fs::is_empty(root_ / "journal") || !fs::exists(root_ / "journal"));
    return applied ? std::string("applied") : applied.error().message;
  };
  fs::create_directories(root_ / "journal");
  Tree changed = kBefore;
  changed["sub/deep/b.c"].bytes += "\n";
  EXPECT_EQ(refusal(changed), "sub/deep/b.c has changed since the patch was made");
  changed = kBefore;
  changed["new-empty"] = {};
  EXPECT_EQ(refusal(changed), "new-empty exists by now; the patch was made without it");
  changed = kBefore;
  changed.erase("sub/gone.txt");
  EXPECT_EQ(refusal(changed), "sub/gone.txt is gone since the patch was made");
  changed = kBefore;
  changed["run.sh"].mode = Mode::kExecutable;
  EXPECT_EQ(refusal(changed), "run.sh has changed since the patch was made");
}

TEST_F(PatchTest, never_leaves_the_folder) {
  const auto refusal = [&](const std::string& path) {
    const std::string text = fmt::format(
        "diff --git a/{0} b/{0}\nnew file mode 100644\nindex "
        "0000000000000000000000000000000000000000..257cc5642cb1a054f08cc83f2d943e56fd3ebe99\n--- /dev/null\n+++ "
        "b/{0}\n@@ -0,0 +1 @@\n+foo\n",
        path);
    Applier applier((root_ / "journal").string());
    const auto applied = applier.apply({"one", {{work_.string(), text}}});
    applier.forget("one");
    return applied ? std::string("applied") : std::string(error_word(applied.error().code));
  };
  fs::create_directories(root_ / "outside");
  fs::create_directory_symlink(root_ / "outside", work_ / "link");
  fs::create_directory_symlink("/", work_ / "root");
  EXPECT_EQ(refusal("fine.txt"), "applied");
  for (const char* path : {"../x", "a/../../x", ".git/hooks/pre-commit", "sub/.GIT/config", "link/x", "root/tmp/x"})
    EXPECT_NE(refusal(path), "applied") << path;
  EXPECT_TRUE(fs::is_empty(root_ / "outside"));
  EXPECT_FALSE(fs::exists(root_ / "x"));
}

TEST_F(PatchTest, text_that_is_no_patch_is_refused) {
  const ReadFile none = [](const std::string&) -> Result<std::optional<Content>> { return std::nullopt; };
  for (const char* text : {"", "hello", "diff --git a/x b/x\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"})
    EXPECT_FALSE(resolve(text, none)) << text;
}

// Random trees: git accepts the patch, and forth and back is where it began.
TEST_F(PatchTest, random_changes_go_forth_and_back) {
  std::mt19937 dice(7);
  const auto below = [&dice](std::size_t bound) { return static_cast<std::size_t>(dice()) % bound; };
  const auto content = [&](std::size_t lines) {
    std::string text;
    for (std::size_t i = 0; i < lines; ++i)
      text += fmt::format("line {}{}", below(9), below(8) == 0 ? "\r\n" : "\n");
    if (below(4) == 0 && !text.empty()) text.pop_back();
    if (below(12) == 0) text.insert(text.size() / 2, 1, '\0');
    return text;
  };
  ASSERT_TRUE(git("init -q"));
  constexpr int kCases = 200;
  for (int number = 0; number < kCases; ++number) {
    Tree before;
    for (std::size_t i = below(6); i-- > 0;) {
      before[fmt::format("d{}/f{}", below(3), below(4))] = {below(5) == 0 ? Mode::kExecutable : Mode::kFile,
                                                            content(below(30))};
    }
    Tree after = before;
    for (auto entry = after.begin(); entry != after.end();) {
      const std::size_t what = below(4);
      if (what == 0) {
        entry = after.erase(entry);
        continue;
      }
      std::string& bytes = entry->second.bytes;
      if (what == 1) bytes.insert(below(bytes.size() + 1), content(1 + below(3)));
      if (what == 2) entry->second.mode = Mode::kExecutable;
      if (what == 3 && below(4) == 0) entry->second = {Mode::kLink, "somewhere"};
      ++entry;
    }
    for (std::size_t i = below(3); i-- > 0;)
      after.try_emplace(fmt::format("d{}/n{}", below(5), below(4)), Content{Mode::kFile, content(below(10))});
    const auto patch = make(between(before, after));
    ASSERT_TRUE(patch) << patch.error().message;
    if (patch->text.empty()) continue;
    put(before);
    if (number % 4 == 0) {
      std::ofstream(root_ / "patch", std::ios::binary) << patch->text;
      ASSERT_TRUE(git(fmt::format("apply --check {}/patch", root_.string()))) << patch->text << complaint();
    }
    Applier applier((root_ / "journal").string());
    const auto applied = applier.apply({"a", {{work_.string(), patch->text}}});
    ASSERT_TRUE(applied) << applied.error().message << patch->text;
    ASSERT_EQ(tree(), after) << patch->text;
    applier.forget("a");
    ASSERT_TRUE(applier.apply({"b", {{work_.string(), applied->reverse[0]}}}));
    ASSERT_EQ(tree(), before) << patch->text;
    applier.forget("b");
  }
}

}  // namespace
}  // namespace commandcenter::patch
