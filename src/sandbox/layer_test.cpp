// What a program changed, whichever way its copy of the workspace was made.
#include "sandbox/layer.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <chrono>

#include "sandbox/sandbox_fixture.h"

namespace commandcenter::sandbox {
namespace {

namespace fs = std::filesystem;

void put(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

class LayerTest : public testing::Test {
 protected:
  LayerTest() {
    put(base_ / "a.txt", "one\n");
    put(base_ / "gone.txt", "gone\n");
    put(base_ / "folder/x", "x\n");
    put(base_ / "folder/deep/y", "y\n");
    put(base_ / "file", "file\n");
    put(base_ / ".git/config", "config\n");
  }

  Layer layer(bool may_overlay) {
    auto made = Layer::make(base_.string(), scratch_.path() + "/layer", may_overlay);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }

  const ScratchFolder scratch_;
  const fs::path base_ = fs::path(scratch_.path()) / "base";
};

TEST_F(LayerTest, a_copy_tells_every_kind_of_change) {
  Layer copy = layer(false);
  ASSERT_FALSE(copy.mount().overlay);
  const fs::path seen = copy.mount().shown;
  put(seen / "a.txt", "two\n");
  fs::remove(seen / "gone.txt");
  fs::remove_all(seen / "folder");
  put(seen / "folder", "now a file\n");
  fs::remove(seen / "file");
  put(seen / "file/inside", "now a folder\n");
  put(seen / ".git/hooks/pre-commit", "evil\n");
  ::chmod((seen / "file").c_str(), 0);
  const auto patch = copy.capture();
  ASSERT_TRUE(patch) << patch.error().message;
  EXPECT_EQ(patch->files, 7) << patch->text;
  EXPECT_EQ(patch->text.find("evil"), std::string::npos);
  copy.remove();
  EXPECT_FALSE(fs::exists(copy.mount().shown));
  EXPECT_TRUE(fs::exists(base_ / "folder/deep/y"));
}

// What an agent leaves of git never reaches the tree, whatever its folder is called: nobody's git obeys its
// configuration (pitfall B14).
TEST_F(LayerTest, repositories_are_no_part_of_a_patch) {
  put(base_ / "half/HEAD", "ref: refs/heads/main\n");
  for (const bool may_overlay : {false, true}) {
    const auto patch_of = [&](const std::vector<std::string>& files) {
      Layer made = layer(may_overlay);
      const fs::path top = may_overlay ? made.mount().upper : made.mount().shown;
      for (const std::string& file : files)
        put(top / file, "evil\n");
      auto patch = made.capture();
      made.remove();
      return patch;
    };
    const auto clone = patch_of({"sub/.git/config", "sub/.git/HEAD", "sub/code.c", "link/.git"});
    ASSERT_TRUE(clone) << clone.error().message;
    EXPECT_EQ(clone->files, 1) << clone->text;
    for (const auto& [files, folder] : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"x/y/HEAD", "x/y/config", "x/y/objects/a", "x/y/refs/b"}, "x/y"},
             {{"HEAD", "config", "objects/pack/a", "refs/heads/b"}, "."},
             {{"x/head", "x/Objects/a", "x/REFS/b"}, "x"},
             {{"x/HEAD", "x/commondir"}, "x"},
             {{"half/objects/a", "half/refs/b"}, "half"}}) {
      const auto patch = patch_of(files);
      ASSERT_FALSE(patch) << folder;
      EXPECT_EQ(patch.error().code, ErrorCode::kForbidden);
      EXPECT_TRUE(patch.error().message.starts_with(folder + " would be a git repository")) << patch.error().message;
    }
    const auto harmless = patch_of({"x/HEAD", "x/objects/a", "y/refs/b", "half/objects/c"});
    EXPECT_TRUE(harmless) << harmless.error().message;
  }
}

// The data of the server within the workspace.
TEST_F(LayerTest, what_is_hidden_is_neither_copied_nor_changed) {
  put(base_ / "data/deep/database", "rows\n");
  for (const bool may_overlay : {false, true}) {
    auto made = Layer::make(base_.string(), scratch_.path() + "/layer", may_overlay, {"data/deep"});
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_EQ(made->mount().overlay, may_overlay);
    const fs::path top = may_overlay ? made->mount().upper : made->mount().shown;
    if (!may_overlay) {
      EXPECT_TRUE(fs::is_directory(top / "data/deep"));
      EXPECT_FALSE(fs::exists(top / "data/deep/database"));
      fs::remove_all(top / "data");
    }
    put(top / "data/deep/planted", "evil\n");
    put(top / "data/beside", "good\n");
    const auto patch = made->capture();
    ASSERT_TRUE(patch) << patch.error().message;
    EXPECT_EQ(patch->files, 1) << patch->text;
    EXPECT_NE(patch->text.find("data/beside"), std::string::npos);
    made->remove();
  }
}

TEST_F(LayerTest, what_was_only_read_is_not_a_change) {
  const auto patch = layer(false).capture();
  ASSERT_TRUE(patch);
  EXPECT_EQ(patch->text, "");
}

TEST_F(LayerTest, an_overlay_tells_what_is_hidden) {
  Layer overlay = layer(true);
  ASSERT_TRUE(overlay.mount().overlay);
  const fs::path upper = overlay.mount().upper;
  put(upper / "a.txt", "two\n");
  ASSERT_EQ(::mknod((upper / "gone.txt").c_str(), S_IFCHR, 0), 0);
  put(upper / "folder/z", "z\n");
  ASSERT_EQ(::setxattr((upper / "folder").c_str(), "user.overlay.opaque", "y", 1, 0), 0);
  const auto patch = overlay.capture();
  ASSERT_TRUE(patch) << patch.error().message;
  EXPECT_EQ(patch->files, 5) << patch->text;
}

TEST_F(LayerTest, a_change_of_the_workspace_meanwhile_is_noticed) {
  Layer overlay = layer(true);
  put(fs::path(overlay.mount().upper) / "a.txt", "two\n");
  // The time of a change is kept in ticks: one that comes later than any tick of the beginning.
  struct stat about {};
  const auto began = std::chrono::system_clock::now();
  do {
    put(base_ / "a.txt", "theirs\n");
    ASSERT_EQ(::stat((base_ / "a.txt").c_str(), &about), 0);
  } while (std::chrono::system_clock::from_time_t(about.st_ctim.tv_sec) +
               std::chrono::nanoseconds(about.st_ctim.tv_nsec) <=
           began);
  const auto patch = overlay.capture();
  ASSERT_FALSE(patch);
  EXPECT_EQ(patch.error().message, "a.txt was changed in the workspace while the agent was changing it");
}

// Only what was changed is read: the size of the workspace does not matter.
TEST_F(LayerTest, ten_changes_among_5000_files_are_captured_at_once) {
  for (int i = 0; i < 5'000; ++i)
    put(base_ / ("d" + std::to_string(i % 50)) / std::to_string(i), "some text\n");
  Layer overlay = layer(true);
  for (int i = 0; i < 10; ++i)
    put(fs::path(overlay.mount().upper) / ("d" + std::to_string(i)) / std::to_string(i), "other text\n");
  const auto begin = std::chrono::steady_clock::now();
  const auto patch = overlay.capture();
  const auto took = std::chrono::steady_clock::now() - begin;
  ASSERT_TRUE(patch);
  EXPECT_EQ(patch->files, 10);
  const auto took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  RecordProperty("capture_ms", std::to_string(took_ms));
  EXPECT_LT(took_ms, 500) << "the aim is 50 ms on a machine that does nothing else";
}

}  // namespace
}  // namespace commandcenter::sandbox
