// Files by content: never a name for another content, never a removed file that somebody is about to name.
#include "store/artifacts/artifacts.h"
#include "base/test_folder.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace commandcenter::store {
namespace {

namespace fs = std::filesystem;

class ArtifactsTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    auto opened = ArtifactFolder::open(top_ + "/artifacts");
    ASSERT_TRUE(opened) << opened.error().message;
    folder_ = std::move(*opened);
  }
  std::string path_of(const std::string& hash) { return top_ + "/artifacts/" + hash.substr(0, 2) + "/" + hash; }
  std::int64_t sweep(bool named) {
    const auto removed = folder_->sweep([&](const std::string&) { return named; });
    EXPECT_TRUE(removed);
    return removed.value_or(-1);
  }

  TestFolder temporary_;
  const std::string top_ = temporary_.path;
  std::unique_ptr<ArtifactFolder> folder_;
};

TEST_F(ArtifactsTest, what_is_put_is_read_by_its_hash_and_private) {
  const std::string content = std::string("a\0b", 3) + std::string(100'000, 'x');
  const auto hash = folder_->put(content);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(is_artifact_hash(*hash));
  EXPECT_EQ(folder_->read(*hash).value(), content);
  EXPECT_EQ(folder_->put(content).value(), *hash) << "the same content is one file";
  struct stat status {};
  ASSERT_EQ(::stat(path_of(*hash).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(ArtifactsTest, a_file_that_is_about_to_be_named_cannot_be_removed) {
  const auto hash = folder_->put("content");
  ASSERT_TRUE(folder_->put("content"));
  folder_->release(*hash);
  folder_->remove(*hash);
  EXPECT_EQ(sweep(false), 0);
  EXPECT_TRUE(folder_->read(*hash)) << "one of the two is still to be named";
  folder_->release(*hash);
  folder_->remove(*hash);
  EXPECT_EQ(folder_->read(*hash).error().code, ErrorCode::kNotFound);
}

TEST_F(ArtifactsTest, a_crash_leaves_orphans_that_go_at_the_next_start) {
  const auto hash = folder_->put("content");
  std::ofstream(path_of(*hash) + ".partial") << "half";
  std::ofstream(top_ + "/artifacts/notes.txt") << "somebody else's";
  open();
  EXPECT_EQ(sweep(true), 1) << "what was half made";
  EXPECT_TRUE(folder_->read(*hash));
  EXPECT_EQ(sweep(false), 1);
  EXPECT_FALSE(folder_->read(*hash));
  EXPECT_TRUE(fs::exists(top_ + "/artifacts/notes.txt"));
}

TEST_F(ArtifactsTest, damage_is_told_and_mended_by_the_same_content) {
  const auto hash = folder_->put("content");
  std::ofstream(path_of(*hash)) << "another";
  EXPECT_EQ(folder_->read(*hash).error().code, ErrorCode::kInternal);
  std::ofstream(path_of(*hash)) << "cut";
  ASSERT_TRUE(folder_->put("content"));
  EXPECT_EQ(folder_->read(*hash).value(), "content");
}

TEST_F(ArtifactsTest, names_that_are_no_hashes_lead_nowhere) {
  std::ofstream(top_ + "/secret") << "x";
  for (const char* name : {"", "..", "../../secret", "ABCDEF", "/etc/passwd"}) {
    EXPECT_EQ(folder_->read(name).error().code, ErrorCode::kNotFound) << name;
    folder_->remove(name);
  }
  EXPECT_TRUE(fs::exists(top_ + "/secret"));
}

TEST_F(ArtifactsTest, one_byte_past_the_limit_is_refused) {
  std::string content(static_cast<std::size_t>(kMaxArtifact_bytes), 'x');
  EXPECT_TRUE(folder_->put(content));
  content += 'x';
  EXPECT_EQ(folder_->put(content).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace commandcenter::store
