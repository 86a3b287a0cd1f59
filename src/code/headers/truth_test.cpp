// Sites as people write them, against what a browser would get from each.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "code/headers/test_sites.h"

namespace commandcenter::code {
namespace {

struct Case {
  std::string wanted;
  std::vector<HeaderFile> files;
};

std::vector<Case> cases_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<Case> all;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("=== "))
      all.push_back({line.substr(4), {}});
    else if (line.starts_with("--- "))
      all.back().files.push_back({line.substr(4), ""});
    else if (!all.empty())
      all.back().files.back().text += line + "\n";
  }
  return all;
}

class HeaderTruth : public testing::TestWithParam<const char*> {};

TEST_P(HeaderTruth, EverySiteIsReadAsItsServerWould) {
  const std::vector<Case> all = cases_of(std::filesystem::path(CC_HEADER_TRUTH) / GetParam());
  EXPECT_GE(all.size(), 15U);
  for (const Case& one : all)
    EXPECT_EQ(states(one.files), one.wanted) << one.files.front().path << "\n" << one.files.front().text;
}

INSTANTIATE_TEST_SUITE_P(Kinds, HeaderTruth, testing::Values("servers.txt", "node.txt", "python.txt", "managed.txt"));

// Sites of one repository that have nothing to do with each other stay apart: what one sends, the others do not.
TEST(HeaderTruth, ManySitesOfOneRepositoryStayApart) {
  std::vector<HeaderFile> files;
  std::vector<Case> all;
  for (const char* name : {"node.txt", "python.txt"}) {
    for (Case& one : cases_of(std::filesystem::path(CC_HEADER_TRUTH) / name)) {
      for (const HeaderFile& file : one.files)
        files.push_back({"site" + std::to_string(all.size()) + "/" + file.path, file.text});
      all.push_back(std::move(one));
    }
  }
  std::vector<std::string> found(all.size());
  for (const SiteHeaders& site : check_headers(files))
    found.at(std::stoul(site.file.substr(4))) += letters(site);
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(found[i], all[i].wanted == "MMMMMM" && found[i].empty() ? "" : all[i].wanted)
        << all[i].files.front().path << "\n"
        << all[i].files.front().text;
}

}  // namespace
}  // namespace commandcenter::code
