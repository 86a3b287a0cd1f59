// Fuzz target: any bytes as a text of any language, read without a tree: its names, its functions, and what is left of
// it without those that hold nothing, also by where data may get. Nothing may crash; what comes out lies in the text,
// in order.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "code/dataflow/gate.h"
#include "code/dataflow/idle.h"
#include "code/dataflow/names_reader.h"
#include "code/dataflow/outline.h"
#include "code/dataflow/uses.h"

namespace {

using namespace commandcenter::code;

void must(bool holds) {
  if (!holds) std::abort();
}

// Every few names are places of interest.
std::vector<std::uint32_t> read_names(dataflow::NamesReader& reader, std::string_view text, Grammar grammar,
                                      unsigned each) {
  const dataflow::Uses uses(text, grammar);
  std::vector<std::uint32_t> places;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t before = 0;
  for (unsigned count = 0; reader.next(begin, end); ++count) {
    must(begin >= before && begin < end && end <= text.size());
    before = end;
    if (count % each == 0) places.push_back(static_cast<std::uint32_t>(begin));
    for (const auto use : {dataflow::Use::kCalled, dataflow::Use::kBuilt, dataflow::Use::kAssigned})
      (void)uses.is(use, begin, end);
    (void)uses.handed_on(begin, end);
  }
  return places;
}

}  // namespace

// The first byte chooses the language, the second how many places are of interest.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto grammar = static_cast<Grammar>(data[0] % kGrammars);
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  dataflow::NamesReader reader(text, grammar);
  const auto places = read_names(reader, text, grammar, 1U + data[1] / 8U);
  std::size_t before = 0;
  for (const dataflow::OutlinedFunction& function : dataflow::outline(text, grammar)) {
    must(function.begin >= before && function.begin <= function.body && function.body <= function.end);
    must(function.end <= text.size());
    before = function.end;
  }
  const dataflow::Names names(text, grammar);
  const auto shortened = dataflow::without_idle(names, {places, places});
  must(!shortened.text || shortened.text->size() == text.size());
  for (const auto& [from, to] : shortened.idle)
    must(from <= to && to <= text.size());
  // A text that uses all that it could use of itself.
  const dataflow::Gate& gate = dataflow::Gate::of(grammar);
  const dataflow::Dealings dealings = gate.dealings(names);
  dataflow::Foreign foreign;
  for (const auto& [list, into] :
       {std::pair(&dealings.sources, &foreign.sources), std::pair(&dealings.statements, &foreign.statements),
        std::pair(&dealings.sinks, &foreign.sinks)}) {
    for (const dataflow::DealingName& name : *list)
      into->push_back(name.name);
  }
  const auto gated = gate.shortened(names, foreign);
  must(!gated.text || gated.text->size() == text.size());
  return 0;
}
