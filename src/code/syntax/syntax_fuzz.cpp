// Fuzz target: any bytes as a file of any language. The tree is sound: nodes lie within the text and within their
// parents, in order.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "code/syntax/syntax.h"

// The first byte chooses the language.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commandcenter::code;
  if (size < 1) return 0;
  const auto grammar = static_cast<Grammar>(data[0] % kGrammars);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto tree = Tree::parse(text, grammar, {.time_ms = 200});
  if (!tree) return 0;
  const auto nodes = tree->nodes();
  if (nodes.empty()) std::abort();
  for (NodeId id = 0; id < nodes.size(); ++id) {
    const SyntaxNode& node = nodes[id];
    if (node.begin > node.end || node.end > text.size()) std::abort();
    if (node.after <= id || node.after > nodes.size() || node.depth > kMaxSyntaxDepth) std::abort();
    if (id == 0) continue;
    if (node.parent >= id || nodes[node.parent].after < node.after) std::abort();
    if (tree->kind_name(id).empty() && node.named) std::abort();
  }
  return 0;
}
