#include "sandbox/workspace.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace commandcenter::sandbox {
namespace {

class WorkspaceRootsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("roots-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_ / "allowed/repo");
    std::filesystem::create_directories(folder_ / "allowed-not");
    std::ofstream(folder_ / "allowed/file") << "x";
    std::filesystem::create_directory_symlink(folder_ / "allowed-not", folder_ / "allowed/escape");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(WorkspaceRootsTest, allows_roots_and_what_is_below) {
  const auto roots = WorkspaceRoots::of({(folder_ / "allowed").string()});
  ASSERT_TRUE(roots);
  EXPECT_TRUE(roots->resolve((folder_ / "allowed").string()));
  EXPECT_TRUE(roots->resolve((folder_ / "allowed/repo/../repo/").string()));
}

TEST_F(WorkspaceRootsTest, refuses_siblings_links_out_files_and_what_is_not_there) {
  const auto roots = WorkspaceRoots::of({(folder_ / "allowed").string()});
  ASSERT_TRUE(roots);
  EXPECT_EQ(roots->resolve((folder_ / "allowed-not").string()).error().code, ErrorCode::kForbidden);
  EXPECT_EQ(roots->resolve((folder_ / "allowed/..").string()).error().code, ErrorCode::kForbidden);
  EXPECT_EQ(roots->resolve((folder_ / "allowed/escape").string()).error().code, ErrorCode::kForbidden);
  EXPECT_EQ(roots->resolve((folder_ / "allowed/file").string()).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(roots->resolve((folder_ / "nowhere").string()).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(WorkspaceRoots::of({(folder_ / "nowhere").string()}));
}

}  // namespace
}  // namespace commandcenter::sandbox
