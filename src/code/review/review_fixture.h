// A folder of files to be reviewed, for tests.
#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "code/review/review.h"
#include "code/review/roles.h"

namespace commandcenter::code {

class ReviewFixture {
 public:
  const std::string& folder() const { return folder_.path; }
  void write(const std::string& name, const std::string& text) const { folder_.write(name, text); }

  Review review(ReviewOptions options = {}, ScanOptions scan = {}) const {
    options.root = folder_.path;
    scan.secrets = false;
    Reviewer reviewer(options);
    reviewer.join(scan);
    auto report = scan_tree(folder_.path, "", scan);
    EXPECT_TRUE(report) << report.error().message;
    return reviewer.finish(std::move(*report), scan);
  }

 private:
  TestFolder folder_;
};

}  // namespace commandcenter::code
