// Fuzz target: any text is read as a document, its value as a workflow, and that as a plan; what can be planned must
// survive its canonical form and its plan's document. Nothing may crash, hang, or fail without a reason. Run it with
// ./dev fuzz definition.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/document.h"
#include "core/workflow/test_agents.h"
#include "core/workflow/workflow.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace commandcenter;
  const auto document = parse_document({reinterpret_cast<const char*>(data), size});
  if (!document) {
    if (!document.error().message.starts_with("line ")) std::abort();
    return 0;
  }
  const workflow::Locator locate = [&](const std::string& path) { return document->locate(path); };
  const auto definition = workflow::parse_definition(document->value, locate);
  if (!definition) {
    if (definition.error().empty() || workflow::describe(definition.error()).empty()) std::abort();
    return 0;
  }
  const Json canonical = workflow::to_json(*definition);
  const auto again = workflow::parse_definition(canonical);
  if (!again || workflow::to_json(*again) != canonical) std::abort();

  const auto plan = workflow::make_plan(*definition, workflow::test_lookup, locate);
  if (!plan) {
    if (plan.error().empty()) std::abort();
    return 0;
  }
  const auto loaded = workflow::load_plan((*plan)->document);
  if (!loaded || (*loaded)->id != (*plan)->id) std::abort();
  return 0;
}
