// The flat array holds what a cursor of tree-sitter walks over: nodes, names, fields, places.
#include <gtest/gtest.h>
#include <tree_sitter/api.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "code/syntax/grammars.h"

namespace commandcenter::code {
namespace {

// One node a line.
std::string line(std::uint16_t kind, std::string_view field, bool named, bool extra, std::uint32_t begin,
                 std::uint32_t end, std::size_t depth) {
  return std::to_string(kind) + " " + std::string(field) + (named ? " named" : "") + (extra ? " extra " : " ") +
         std::to_string(begin) + "-" + std::to_string(end) + " in " + std::to_string(depth) + "\n";
}

std::string walked(std::string_view text, Grammar grammar) {
  const std::unique_ptr<TSParser, void (*)(TSParser*)> parser(ts_parser_new(), ts_parser_delete);
  EXPECT_TRUE(ts_parser_set_language(parser.get(), language(grammar)));
  const std::unique_ptr<TSTree, void (*)(TSTree*)> tree(
      ts_parser_parse_string(parser.get(), nullptr, text.data(), static_cast<std::uint32_t>(text.size())),
      ts_tree_delete);
  TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree.get()));
  std::string lines;
  std::size_t depth = 0;
  for (bool more = true; more;) {
    const TSNode node = ts_tree_cursor_current_node(&cursor);
    const char* field = ts_tree_cursor_current_field_name(&cursor);
    lines += line(ts_node_symbol(node), field == nullptr ? "" : field, ts_node_is_named(node), ts_node_is_extra(node),
                  ts_node_start_byte(node), ts_node_end_byte(node), depth);
    if (ts_tree_cursor_goto_first_child(&cursor)) {
      ++depth;
      continue;
    }
    while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) {
      more = ts_tree_cursor_goto_parent(&cursor);
      if (more) --depth;
    }
  }
  ts_tree_cursor_delete(&cursor);
  return lines;
}

std::string flat(std::string_view text, Grammar grammar) {
  const auto tree = Tree::parse(text, grammar);
  EXPECT_TRUE(tree.has_value());
  std::string lines;
  for (NodeId id = 0; tree && id < tree->nodes().size(); ++id) {
    const SyntaxNode& node = tree->node(id);
    lines += line(node.kind, tree->field_name(id), node.named, node.extra, node.begin, node.end, node.depth);
  }
  return lines;
}

std::vector<std::filesystem::path> samples() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator("src/agent/builtin/security_scanner/fixtures"))
    paths.push_back(entry.path());
  return paths;
}

TEST(FlatTree, equals_the_walk_of_a_cursor) {
  std::size_t looked_at = 0;
  for (const std::filesystem::path& path : samples()) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::string name = path.filename().string();
    const auto grammar = grammar_of(Source(name, text));
    if (!grammar) continue;
    ++looked_at;
    EXPECT_EQ(flat(text, *grammar), walked(text, *grammar)) << path;
    // Wrong code: what stands there in the grammar of another language, and a file that ends too soon.
    EXPECT_EQ(flat(text, Grammar::kCpp), walked(text, Grammar::kCpp)) << path << " as C++";
    const std::string_view half = std::string_view(text).substr(0, text.size() / 2);
    EXPECT_EQ(flat(half, *grammar), walked(half, *grammar)) << "half of " << path;
  }
  EXPECT_GT(looked_at, 8U);
}

TEST(FlatTree, letters_of_several_bytes_keep_their_places) {
  const std::string text = "\xEF\xBB\xBF# \xC3\xA4\xC3\xB6\nna\xC3\xAFve = \"\xE2\x82\xAC \xF0\x9F\x98\x80\" \xFF\n";
  EXPECT_EQ(flat(text, Grammar::kPython), walked(text, Grammar::kPython));
}

TEST(FlatTree, long_lists_need_no_balance) {
  std::string text = "x = [";
  for (int i = 0; i < 100'000; ++i)
    text += "1,";
  text += "]\n";
  const auto tree = Tree::parse(text, Grammar::kPython);
  ASSERT_TRUE(tree.has_value());
  EXPECT_GT(tree->nodes().size(), 200'000U);
  EXPECT_FALSE(tree->has_errors());
}

}  // namespace
}  // namespace commandcenter::code
