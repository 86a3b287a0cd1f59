// Who waits for whom. Private to this folder. In: nodes. Out: dependencies as indices, and problems: ids that occur
// twice, unknown names, cycles, fallbacks that could never run.
//
// A fallback runs between the node it stands in for and the nodes that depend on that one, so these two edges count
// when cycles are looked for and when it is decided what a template may read; they are no dependencies.
#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/workflow/reader.h"
#include "core/workflow/workflow.h"

namespace commandcenter::workflow {

using NodeSet = std::bitset<kMaxNodes>;

struct Graph {
  std::vector<std::vector<std::size_t>> dependencies;  // of each node, in the order written, each once
  std::vector<std::optional<std::size_t>> fallbacks;   // the node that stands in for it
  std::vector<bool> is_fallback;
  std::vector<NodeSet> upstream;  // all nodes that are done with before it; empty when that is not certain
  bool knows_names = true;        // false when a node may be meant to have another id
};

// `dependency_paths` says where each of a node's depends_on stood; without it they are nodes[i].dependsOn[k].
// At most kMaxNodes nodes.
Graph link_nodes(const std::vector<NodeDefinition>& nodes, Reader& reader,
                 const std::vector<std::vector<std::string>>& dependency_paths = {});

// Where the node was written, or would have been.
std::string node_path(const std::vector<NodeDefinition>& nodes, std::size_t index);

}  // namespace commandcenter::workflow
