// Fuzz target: any bytes as a file of any language: parsed, lowered, run. Nothing may crash or take long. The gate lets
// through whatever has a flaw.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "code/dataflow/dataflow.h"
#include "code/dataflow/gate.h"
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
  const bool closed =
      dataflow::Gate::of(grammar).ask(dataflow::Names(text, grammar), false) != dataflow::Gate::Answer::kOpen;
  for (const dataflow::Flaw& flaw : dataflow::find_flaws(module))
    if (closed && flaw.rule->category != "sql-injection" && flaw.rule->category != "internal") std::abort();
  return 0;
}
