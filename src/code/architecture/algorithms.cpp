#include "code/architecture/algorithms.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace commandcenter::architecture {
namespace {

constexpr std::uint32_t kUnseen = 0xffffffff;
constexpr int kMaxPasses = 20;

// One level of Louvain's method: nodes move to the neighbouring community that gains most.
std::vector<std::uint32_t> move_nodes(std::size_t nodes, const std::vector<std::map<std::uint32_t, double>>& near,
                                      double total) {
  std::vector<std::uint32_t> community(nodes);
  std::iota(community.begin(), community.end(), 0U);
  std::vector<double> degree(nodes, 0);
  for (std::size_t node = 0; node < nodes; ++node) {
    for (const auto& [other, weight] : near[node])
      degree[node] += other == node ? 2 * weight : weight;
  }
  std::vector<double> sum = degree;
  bool moved = true;
  for (int pass = 0; moved && pass < kMaxPasses; ++pass) {
    moved = false;
    for (std::uint32_t node = 0; node < nodes; ++node) {
      std::map<std::uint32_t, double> links;
      for (const auto& [other, weight] : near[node]) {
        if (other != node) links[community[other]] += weight;
      }
      const std::uint32_t own = community[node];
      sum[own] -= degree[node];
      std::uint32_t best = own;
      double best_gain = links[own] - sum[own] * degree[node] / (2 * total);
      for (const auto& [candidate, weight] : links) {
        const double gain = weight - sum[candidate] * degree[node] / (2 * total);
        if (gain <= best_gain + 1e-9) continue;
        best = candidate;
        best_gain = gain;
      }
      sum[best] += degree[node];
      moved = moved || best != own;
      community[node] = best;
    }
  }
  return community;
}

// Numbers from 0 in the order of first use.
std::size_t renumber(std::vector<std::uint32_t>& community) {
  std::map<std::uint32_t, std::uint32_t> numbers;
  for (std::uint32_t& value : community)
    value = numbers.emplace(value, static_cast<std::uint32_t>(numbers.size())).first->second;
  return numbers.size();
}

}  // namespace

std::vector<std::uint32_t> components(const Links& links) {
  struct Frame {
    std::uint32_t node;
    std::size_t next = 0;
  };
  std::vector<std::uint32_t> component(links.size(), kUnseen);
  std::vector<std::uint32_t> index(links.size(), kUnseen);
  std::vector<std::uint32_t> low(links.size(), 0);
  std::vector<std::uint32_t> stack;
  std::vector<Frame> frames;
  std::uint32_t counter = 0;
  std::uint32_t found = 0;
  for (std::uint32_t start = 0; start < links.size(); ++start) {
    if (index[start] != kUnseen) continue;
    frames.push_back({start});
    while (!frames.empty()) {
      Frame& frame = frames.back();
      const std::uint32_t node = frame.node;
      if (frame.next == 0 && index[node] == kUnseen) {
        index[node] = low[node] = counter++;
        stack.push_back(node);
      }
      if (frame.next < links[node].size()) {
        const std::uint32_t next = links[node][frame.next++];
        if (index[next] == kUnseen)
          frames.push_back({next});
        else if (component[next] == kUnseen)
          low[node] = std::min(low[node], index[next]);
        continue;
      }
      if (low[node] == index[node]) {
        while (true) {
          const std::uint32_t member = stack.back();
          stack.pop_back();
          component[member] = found;
          if (member == node) break;
        }
        ++found;
      }
      frames.pop_back();
      if (!frames.empty()) low[frames.back().node] = std::min(low[frames.back().node], low[node]);
    }
  }
  return component;
}

std::vector<std::uint32_t> shortest_cycle(const Links& links, const std::vector<std::uint32_t>& component,
                                          std::uint32_t start) {
  std::vector<std::uint32_t> before(links.size(), kUnseen);
  std::vector<std::uint32_t> waiting{start};
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    const std::uint32_t node = waiting[i];
    for (const std::uint32_t next : links[node]) {
      if (component[next] != component[start]) continue;
      if (next == start) {
        std::vector<std::uint32_t> path;
        for (std::uint32_t at = node; at != start; at = before[at])
          path.push_back(at);
        path.push_back(start);
        std::ranges::reverse(path);
        return path;
      }
      if (before[next] != kUnseen) continue;
      before[next] = node;
      waiting.push_back(next);
    }
  }
  return {};
}

std::vector<std::uint32_t> communities(std::size_t nodes, const std::vector<Weighted>& edges, std::size_t enough) {
  std::vector<std::uint32_t> result(nodes);
  std::iota(result.begin(), result.end(), 0U);
  std::vector<std::map<std::uint32_t, double>> near(nodes);
  double total = 0;
  for (const Weighted& edge : edges) {
    near[edge.a][edge.b] += edge.weight;
    near[edge.b][edge.a] += edge.weight;
    total += edge.weight;
  }
  if (total <= 0) return result;
  std::size_t count = nodes;
  for (int level = 0; level < kMaxPasses && count > enough; ++level) {
    std::vector<std::uint32_t> community = move_nodes(count, near, total);
    const std::size_t joined = renumber(community);
    for (std::uint32_t& value : result)
      value = community[value];
    if (joined == count) break;
    std::vector<std::map<std::uint32_t, double>> next(joined);
    for (std::uint32_t node = 0; node < count; ++node) {
      for (const auto& [other, weight] : near[node]) {
        // Within a community each link is met from both ends.
        const bool inner = community[node] == community[other];
        next[community[node]][community[other]] += inner && node != other ? weight / 2 : weight;
      }
    }
    near = std::move(next);
    count = joined;
  }
  renumber(result);
  return result;
}

std::vector<std::size_t> least_backward(std::size_t nodes, const std::vector<Weighted>& edges) {
  std::vector<double> out(nodes, 0);
  std::vector<double> in(nodes, 0);
  for (const Weighted& edge : edges) {
    out[edge.a] += edge.weight;
    in[edge.b] += edge.weight;
  }
  std::vector<bool> done(nodes, false);
  std::vector<std::size_t> first;
  std::vector<std::size_t> last;
  for (std::size_t round = 0; round < nodes; ++round) {
    // A sink goes to the end, a source to the beginning, else the node that gives most and takes least.
    std::size_t best = nodes;
    bool sink = false;
    for (std::size_t node = 0; node < nodes && !sink; ++node) {
      if (done[node]) continue;
      sink = out[node] <= 0;
      const bool better = best == nodes || out[node] - in[node] > out[best] - in[best];
      if (sink || better) best = node;
    }
    done[best] = true;
    (sink ? last : first).push_back(best);
    for (const Weighted& edge : edges) {
      if (edge.a == best) in[edge.b] -= edge.weight;
      if (edge.b == best) out[edge.a] -= edge.weight;
    }
  }
  first.insert(first.end(), last.rbegin(), last.rend());
  std::vector<std::size_t> position(nodes, 0);
  for (std::size_t i = 0; i < first.size(); ++i)
    position[first[i]] = i;
  return position;
}

std::vector<bool> implied_edges(std::size_t nodes, const std::vector<std::pair<std::size_t, std::size_t>>& edges) {
  Links links(nodes);
  for (const auto& [from, to] : edges)
    links[from].push_back(static_cast<std::uint32_t>(to));
  const std::vector<std::uint32_t> component = components(links);
  std::vector<bool> implied;
  for (const auto& [from, to] : edges) {
    if (component[from] == component[to]) {
      implied.push_back(false);
      continue;
    }
    std::vector<bool> seen(nodes, false);
    std::vector<std::uint32_t> waiting;
    for (const std::uint32_t next : links[from]) {
      if (next == to || component[next] == component[from]) continue;
      if (!seen[next]) waiting.push_back(next);
      seen[next] = true;
    }
    bool other_way = false;
    for (std::size_t i = 0; i < waiting.size() && !other_way; ++i) {
      for (const std::uint32_t next : links[waiting[i]]) {
        other_way = other_way || next == to;
        if (!seen[next]) waiting.push_back(next);
        seen[next] = true;
      }
    }
    implied.push_back(other_way);
  }
  return implied;
}

}  // namespace commandcenter::architecture
