// The compiled part of a plan. Private to this folder. In: a definition, the agents its nodes use. Out: a plan without
// its document, or problems in the reader.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/workflow/graph.h"
#include "core/workflow/reader.h"
#include "core/workflow/workflow.h"

namespace commandcenter::workflow {

// The agents of a plan, and which one each node uses; nothing for transforms and agents that were not found.
struct Agents {
  std::vector<AgentSnapshot> list;
  std::vector<std::optional<std::size_t>> of_node;
};

// Null when there are problems. Without `check_inputs` a node's input may be one that its action would refuse. `graph`
// is that of the definition's nodes, if they are linked already.
std::shared_ptr<Plan> build_plan(const Definition& definition, Agents agents, Reader& reader, bool check_inputs,
                                 const Graph* graph = nullptr);

}  // namespace commandcenter::workflow
