// Fuzz target: any bytes as a file of any language: parsed, lowered, run. Nothing may crash or take long. Build and run
// from the root of the repository, after a build of the project (for the grammars):
//
//   clang++-14 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -Isrc \
//     -Ithird_party/grammars/node_modules/tree-sitter/vendor/tree-sitter/lib/include \
//     $(ls src/code/{dataflow,syntax,source,rules}/*.cpp src/base/{assert,regex,result}.cpp | grep -v _test) \
//     build/release/src/embedded/model_files.cpp build/release/src/provider_table.cpp \
//     build/release/src/libcc_grammars.a -lre2 -lfmt -o build/dataflow_fuzz
//   mkdir -p build/dataflow_corpus && build/dataflow_fuzz -max_len=4096 -max_total_time=180 build/dataflow_corpus
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "code/dataflow/dataflow.h"
#include "code/dataflow/lower.h"
#include "code/syntax/syntax.h"

// The first byte chooses the language.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commandcenter::code;
  if (size < 1) return 0;
  const auto grammar = static_cast<Grammar>(data[0] % kGrammars);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto tree = Tree::parse(text, grammar, {.time_ms = 100});
  if (!tree || !dataflow::can_lower(grammar)) return 0;
  dataflow::Module module;
  module.text = text;
  module.grammar = grammar;
  dataflow::lower(*tree, module);
  dataflow::find_flaws(module);
  return 0;
}
