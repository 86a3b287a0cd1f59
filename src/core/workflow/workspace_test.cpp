#include "core/workflow/workspace.h"

#include <gtest/gtest.h>

namespace commandcenter::workflow {
namespace {

TEST(Workspace, FoldersAndRepositoriesAreToldApart) {
  EXPECT_FALSE(repository_of(""));
  EXPECT_FALSE(repository_of("/srv/shop#1"));
  EXPECT_FALSE(repository_of("file://host/path"));
  EXPECT_FALSE(repository_of("ssh://example.org/shop"));
  const auto plain = repository_of("https://example.org/shop.git");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->reference, "");
  const auto pinned = repository_of("file:///srv/shop#release/1.0");
  ASSERT_TRUE(pinned);
  EXPECT_EQ(pinned->repository, "file:///srv/shop");
  EXPECT_EQ(pinned->reference, "release/1.0");
}

TEST(Workspace, IsWrittenAsTextOrAsParts) {
  EXPECT_EQ(*workspace_text("/srv/shop"), "/srv/shop");
  EXPECT_EQ(*workspace_text({{"repo", "https://example.org/a"}, {"ref", "main"}}), "https://example.org/a#main");
  EXPECT_EQ(*workspace_text({{"repo", "https://example.org/a"}}), "https://example.org/a");
  const Json wrong = {5, Json::array(), Json::object(), {{"repo", "/srv"}}, {{"repo", "https://a/b#c"}},
                      {{"repo", "https://a/b"}, {"ref", 1}}};
  for (const Json& written : wrong)
    EXPECT_FALSE(workspace_text(written)) << written;
}

}  // namespace
}  // namespace commandcenter::workflow
