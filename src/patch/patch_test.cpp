// What git itself says about our patches: the same text, the same result, and back. Pitfall C6.
#include "patch/patch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "patch/applier.h"
#include "patch/folder.h"
#include "patch/test_folder.h"

namespace commandcenter::patch {
namespace {

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

// Behind its first 8,000 bytes a file may hold NUL and is text to git all the same.
TEST_F(PatchTest, a_nul_deep_in_a_text) {
  const std::string head(9'000, 'x');
  for (const std::string& odd : {std::string("a\0b\n", 4), std::string("a\0\1b\n", 5), std::string("\0", 1)}) {
    const Tree before{{"big", {Mode::kFile, head + "\nold\n" + odd}}, {"raw", {Mode::kFile, std::string("\0\1\2", 3)}}};
    const Tree after{{"big", {Mode::kFile, head + "\nnew\n" + odd + odd}},
                     {"raw", {Mode::kFile, std::string("\1\0\3", 3)}}};
    std::vector<Change> wanted;
    for (const auto& [path, content] : before)
      wanted.push_back({path, content, after.at(path)});
    const auto patch = make(wanted);
    ASSERT_TRUE(patch) << patch.error().message;
    ASSERT_NE(patch->text.find('\0'), std::string::npos);
    const auto changes = resolve(patch->text, [&](const std::string& path) -> Result<std::optional<Content>> {
      return std::optional(before.at(path));
    });
    ASSERT_TRUE(changes) << changes.error().message;
    for (const Change& change : *changes)
      EXPECT_EQ(change.after, after.at(change.path)) << change.path;
    std::ofstream(root_ / "patch", std::ios::binary) << patch->text;
    fs::remove_all(work_ / ".git");
    put(before);
    ASSERT_TRUE(git("init -q") && git(fmt::format("apply {}/patch", root_.string()))) << complaint();
    EXPECT_EQ(tree(), after);
  }
}

TEST_F(PatchTest, text_that_is_no_patch_is_refused) {
  const ReadFile none = [](const std::string&) -> Result<std::optional<Content>> { return std::nullopt; };
  for (const char* text : {"", "hello", "diff --git a/x b/x\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"})
    EXPECT_FALSE(resolve(text, none)) << text;
}

}  // namespace
}  // namespace commandcenter::patch
