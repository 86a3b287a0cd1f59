// A folder of files to be reviewed, for tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "code/review/review.h"
#include "code/review/roles.h"

namespace commandcenter::code {

class ReviewFixture {
 public:
  ReviewFixture() {
    std::string name = (std::filesystem::temp_directory_path() / "cc-review-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~ReviewFixture() {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  ReviewFixture(const ReviewFixture&) = delete;
  ReviewFixture& operator=(const ReviewFixture&) = delete;

  const std::string& folder() const { return folder_; }

  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = std::filesystem::path(folder_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }

  Review review(ReviewOptions options = {}, ScanOptions scan = {}) const {
    options.root = folder_;
    scan.secrets = false;
    Reviewer reviewer(options);
    scan.analyzers.push_back(reviewer.analyzer());
    auto report = scan_tree(folder_, "", scan);
    EXPECT_TRUE(report) << report.error().message;
    return reviewer.finish(std::move(*report), scan);
  }

 private:
  std::string folder_;
};

}  // namespace commandcenter::code
