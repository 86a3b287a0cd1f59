// Names of images. What becomes of an image is tested with a real one, in tests/e2e/test_images.py.
#include "sandbox/image.h"

#include <gtest/gtest.h>

namespace commandcenter::sandbox {
namespace {

TEST(ImageName, TellsTheRegistry) {
  const std::string digest = "@sha256:" + std::string(64, 'a');
  for (const auto& [text, registry] : std::vector<std::pair<std::string, std::string>>{
           {"linter", ""},
           {"linter:1.2_b-C", ""},
           {"team/linter", ""},
           {"localhost/linter:1", "localhost"},
           {"registry.example.org/linter", "registry.example.org"},
           {"registry.example.org:5000/a/b_c/d-e:latest" + digest, "registry.example.org:5000"},
           {"linter" + digest, ""}}) {
    const auto name = parse_image_name(text);
    ASSERT_TRUE(name) << text;
    EXPECT_EQ(name->registry, registry) << text;
    EXPECT_EQ(name->text, text);
  }
}

TEST(ImageName, NothingElseIsOne) {
  for (const std::string& text : {std::string(),
                                  std::string("-rf"),
                                  std::string("--help"),
                                  std::string("A"),
                                  std::string("a b"),
                                  std::string("a;b"),
                                  std::string("a/../b"),
                                  std::string("/a"),
                                  std::string("a/"),
                                  std::string("a//b"),
                                  std::string("a:"),
                                  std::string("a:-x"),
                                  std::string("a:.x"),
                                  std::string("a@sha256:ab"),
                                  std::string("a@md5:x"),
                                  std::string("registry.example.org/"),
                                  std::string("a\nb"),
                                  std::string("a$(b)"),
                                  std::string("_a"),
                                  std::string("a_"),
                                  "a:" + std::string(129, 'x'),
                                  std::string(500, 'a')}) {
    EXPECT_FALSE(parse_image_name(text)) << text;
  }
}

}  // namespace
}  // namespace commandcenter::sandbox
