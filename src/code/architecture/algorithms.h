// Graphs as numbers: components, communities, reduction. Deterministic; nothing recurses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace commandcenter::architecture {

using Links = std::vector<std::vector<std::uint32_t>>;  // successors of each node, ordered

// The number of the strongly connected component of each node; a component comes after those it leads to.
std::vector<std::uint32_t> components(const Links& links);

// A shortest way from `start` back to itself inside its component, without the repetition.
std::vector<std::uint32_t> shortest_cycle(const Links& links, const std::vector<std::uint32_t>& component,
                                          std::uint32_t start);

struct Weighted {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  double weight = 1;
};
// The number of the community of each node (Louvain's method), numbered by their first node. Stops joining at `enough`.
std::vector<std::uint32_t> communities(std::size_t nodes, const std::vector<Weighted>& edges, std::size_t enough);

// Positions of the nodes of one component such that little weight runs backwards (Eades, Lin and Smyth).
std::vector<std::size_t> least_backward(std::size_t nodes, const std::vector<Weighted>& edges);

// For each edge (ordered pairs): true when another way leads from its beginning to its end and the edge is in no cycle.
std::vector<bool> implied_edges(std::size_t nodes, const std::vector<std::pair<std::size_t, std::size_t>>& edges);

}  // namespace commandcenter::architecture
