// Sugiyama's method: break circles, rank, put a waypoint into every rank that an edge passes, order by barycentres,
// then straighten.
#include "code/architecture/layout.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "code/architecture/algorithms.h"
#include "code/architecture/render.h"

namespace commandcenter::architecture {
namespace {

constexpr double kBoxHeight = 50;
constexpr double kMinBoxWidth = 104;
constexpr double kCharacterWidth = 7.4;
constexpr double kSmallCharacterWidth = 6.2;
constexpr double kGapX = 26;
constexpr double kWaypointGap = 14;
constexpr double kGapY = 64;
constexpr double kMargin = 28;
constexpr std::size_t kMaxRow = 8;  // boxes side by side; a fuller rank becomes several
constexpr int kSweeps = 16;

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & '\xc0') != '\x80'; }));
}

class Layout {
 public:
  explicit Layout(const View& view) : view_(view), drawn_(drawn_edges(view)) {}

  Drawing run() {
    const std::size_t count = view_.nodes.size();
    drawing_.boxes.resize(count);
    std::vector<bool> linked(count, false);
    for (const std::size_t edge : drawn_)
      linked[view_.edges[edge].from] = linked[view_.edges[edge].to] = true;
    for (std::size_t i = 0; i < count; ++i) {
      const double wide = static_cast<double>(std::min(characters(first_line(view_.nodes[i])), kMaxLabel_characters));
      const double below = static_cast<double>(characters(second_line(view_.nodes[i])));
      drawing_.boxes[i].width =
          std::max({kMinBoxWidth, wide * kCharacterWidth + 30, below * kSmallCharacterWidth + 20});
      drawing_.boxes[i].height = kBoxHeight;
      (linked[i] ? ranked_ : alone_).push_back(i);
    }
    rank();
    split_ranks();
    add_waypoints();
    order();
    place();
    place_alone();
    route();
    return std::move(drawing_);
  }

 private:
  struct Item {  // a box or a waypoint
    std::size_t node;
    std::size_t rank;
    double width;
    double x = 0;  // centre
    std::vector<std::size_t> up{};
    std::vector<std::size_t> down{};
    bool waypoint = false;
  };
  struct Chain {
    std::size_t edge;
    bool reversed;
    std::vector<std::size_t> items;  // from upper to lower
  };

  // Edges run downwards, but for those that close a circle.
  void rank() {
    const std::size_t count = view_.nodes.size();
    Links links(count);
    for (const std::size_t edge : drawn_) {
      const ViewEdge& drawn = view_.edges[edge];
      chains_.push_back({edge, drawn.back, {}});
      links[upper(chains_.back())].push_back(static_cast<std::uint32_t>(lower(chains_.back())));
    }
    // A component comes after those it leads to, and without circles each node is one.
    const std::vector<std::uint32_t> component = components(links);
    std::vector<std::size_t> finished(count);
    std::iota(finished.begin(), finished.end(), std::size_t{0});
    std::ranges::sort(finished, {}, [&](std::size_t node) { return component[node]; });
    rank_.assign(count, 0);
    for (std::size_t i = finished.size(); i-- > 0;) {
      const std::size_t node = finished[i];
      for (const Chain& chain : chains_) {
        if (upper(chain) == node) rank_[lower(chain)] = std::max(rank_[lower(chain)], rank_[node] + 1);
      }
    }
    // Systems stand below everything; a part that nothing imports stands right above what it imports.
    std::size_t last = 0;
    for (const std::size_t node : ranked_)
      last = std::max(last, rank_[node]);
    for (const std::size_t node : ranked_) {
      if (view_.nodes[node].id.starts_with("system:")) rank_[node] = last + (links[node].empty() ? 1 : 0);
    }
    for (const std::size_t node : ranked_) {
      std::size_t nearest = last + 2;
      bool has_above = false;
      for (const Chain& chain : chains_) {
        if (lower(chain) == node) has_above = true;
        if (upper(chain) == node) nearest = std::min(nearest, rank_[lower(chain)]);
      }
      if (!has_above && nearest <= last + 1 && nearest > 0) rank_[node] = nearest - 1;
    }
  }

  std::size_t upper(const Chain& chain) const {
    return chain.reversed ? view_.edges[chain.edge].to : view_.edges[chain.edge].from;
  }
  std::size_t lower(const Chain& chain) const {
    return chain.reversed ? view_.edges[chain.edge].from : view_.edges[chain.edge].to;
  }

  void split_ranks() {
    std::map<std::size_t, std::vector<std::size_t>> rows;
    for (const std::size_t node : ranked_)
      rows[rank_[node]].push_back(node);
    std::size_t next = 0;
    for (auto& [old, nodes] : rows) {
      std::ranges::stable_sort(nodes, {}, [&](std::size_t node) { return view_.nodes[node].section; });
      const std::size_t parts = (nodes.size() + kMaxRow - 1) / kMaxRow;
      const std::size_t each = (nodes.size() + parts - 1) / parts;
      for (std::size_t i = 0; i < nodes.size(); ++i)
        rank_[nodes[i]] = next + i / each;
      next += parts;
    }
    rows_.resize(next);
  }

  void add_waypoints() {
    item_of_.assign(view_.nodes.size(), 0);
    for (const std::size_t node : ranked_) {
      item_of_[node] = items_.size();
      items_.push_back({node, rank_[node], drawing_.boxes[node].width});
      rows_[rank_[node]].push_back(items_.size() - 1);
    }
    for (Chain& chain : chains_) {
      std::size_t before = item_of_[upper(chain)];
      chain.items.push_back(before);
      for (std::size_t row = rank_[upper(chain)] + 1; row < rank_[lower(chain)]; ++row) {
        items_.push_back({0, row, 2});
        items_.back().waypoint = true;
        rows_[row].push_back(items_.size() - 1);
        link(before, items_.size() - 1);
        before = items_.size() - 1;
        chain.items.push_back(before);
      }
      link(before, item_of_[lower(chain)]);
      chain.items.push_back(item_of_[lower(chain)]);
    }
  }

  void link(std::size_t above, std::size_t below) {
    items_[above].down.push_back(below);
    items_[below].up.push_back(above);
  }

  std::size_t crossings() const {
    std::vector<std::size_t> position(items_.size(), 0);
    for (const auto& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i)
        position[row[i]] = i;
    }
    std::size_t count = 0;
    for (const auto& row : rows_) {
      std::vector<std::pair<std::size_t, std::size_t>> edges;
      for (const std::size_t item : row) {
        for (const std::size_t below : items_[item].down)
          edges.emplace_back(position[item], position[below]);
      }
      for (std::size_t a = 0; a < edges.size(); ++a) {
        for (std::size_t b = a + 1; b < edges.size(); ++b) {
          if ((edges[a].first < edges[b].first && edges[a].second > edges[b].second) ||
              (edges[a].first > edges[b].first && edges[a].second < edges[b].second))
            ++count;
        }
      }
    }
    return count;
  }

  void order() {
    std::vector<std::vector<std::size_t>> best = rows_;
    std::size_t fewest = crossings();
    for (int sweep = 0; sweep < kSweeps && fewest > 0; ++sweep) {
      const bool down = sweep % 2 == 0;
      for (std::size_t i = 1; i < rows_.size(); ++i) {
        const std::size_t row = down ? i : rows_.size() - 1 - i;
        const auto& fixed = rows_[down ? row - 1 : row + 1];
        std::vector<double> position(items_.size(), 0);
        for (std::size_t k = 0; k < fixed.size(); ++k)
          position[fixed[k]] = static_cast<double>(k);
        std::vector<std::pair<double, std::size_t>> keyed;
        for (std::size_t k = 0; k < rows_[row].size(); ++k) {
          const Item& item = items_[rows_[row][k]];
          const auto& near = down ? item.up : item.down;
          double sum = 0;
          for (const std::size_t other : near)
            sum += position[other];
          const double scale =
              rows_[row].size() > 1 ? static_cast<double>(fixed.size()) / static_cast<double>(rows_[row].size()) : 1;
          keyed.emplace_back(near.empty() ? static_cast<double>(k) * scale : sum / static_cast<double>(near.size()),
                             rows_[row][k]);
        }
        std::ranges::stable_sort(keyed, {}, [](const auto& entry) { return entry.first; });
        for (std::size_t k = 0; k < keyed.size(); ++k)
          rows_[row][k] = keyed[k].second;
      }
      const std::size_t now = crossings();
      if (now >= fewest) continue;
      fewest = now;
      best = rows_;
    }
    rows_ = std::move(best);
  }

  double gap(std::size_t left, std::size_t right) const {
    const bool narrow = items_[left].waypoint || items_[right].waypoint;
    return (items_[left].width + items_[right].width) / 2 + (narrow ? kWaypointGap : kGapX);
  }

  // Pulls every item towards its neighbours, keeping order and distance.
  void pull(std::size_t row, bool both, bool down) {
    auto& items = rows_[row];
    std::vector<double> wanted;
    for (const std::size_t index : items) {
      const Item& item = items_[index];
      double sum = 0;
      double weight = 0;
      const auto add = [&](const std::vector<std::size_t>& near) {
        for (const std::size_t other : near) {
          const double strength = items_[other].waypoint && item.waypoint ? 6 : 1;
          sum += items_[other].x * strength;
          weight += strength;
        }
      };
      if (both || down) add(item.up);
      if (both || !down) add(item.down);
      wanted.push_back(weight > 0 ? sum / weight : item.x);
    }
    // The mean of packing from the left and from the right keeps the row balanced.
    std::vector<double> left = wanted;
    for (std::size_t i = 1; i < items.size(); ++i)
      left[i] = std::max(wanted[i], left[i - 1] + gap(items[i - 1], items[i]));
    std::vector<double> right = wanted;
    for (std::size_t i = items.size(); i-- > 1;)
      right[i - 1] = std::min(wanted[i - 1], right[i] - gap(items[i - 1], items[i]));
    for (std::size_t i = 0; i < items.size(); ++i)
      items_[items[i]].x = (left[i] + right[i]) / 2;
    for (std::size_t i = 1; i < items.size(); ++i)
      items_[items[i]].x = std::max(items_[items[i]].x, items_[items[i - 1]].x + gap(items[i - 1], items[i]));
  }

  void place() {
    for (auto& row : rows_) {
      double at = 0;
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) at += gap(row[i - 1], row[i]);
        items_[row[i]].x = at;
      }
      for (const std::size_t item : row)
        items_[item].x -= at / 2;
    }
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (std::size_t i = 0; i < rows_.size(); ++i)
        pull(sweep % 2 == 0 ? i : rows_.size() - 1 - i, sweep > kSweeps / 2, sweep % 2 == 0);
    }
    join_parts();
    double least = 0;
    bool any = false;
    for (const Item& item : items_) {
      const double edge = item.x - item.width / 2;
      least = any ? std::min(least, edge) : edge;
      any = true;
    }
    for (Item& item : items_) {
      item.x += kMargin - least;
      drawing_.width = std::max(drawing_.width, item.x + item.width / 2 + kMargin);
      if (item.waypoint) continue;
      drawing_.boxes[item.node].x = item.x - item.width / 2;
      drawing_.boxes[item.node].y = row_y(item.rank);
    }
    drawing_.height = rows_.empty() ? kMargin : row_y(rows_.size() - 1) + kBoxHeight + kMargin;
  }

  // Parts of the picture that nothing connects move together, from left to right.
  void join_parts() {
    std::vector<std::size_t> part(items_.size(), items_.size());
    std::vector<std::pair<double, std::vector<std::size_t>>> parts;
    for (std::size_t start = 0; start < items_.size(); ++start) {
      if (part[start] != items_.size()) continue;
      std::vector<std::size_t> members{start};
      part[start] = start;
      double left = items_[start].x;
      for (std::size_t i = 0; i < members.size(); ++i) {
        left = std::min(left, items_[members[i]].x);
        for (const auto* near : {&items_[members[i]].up, &items_[members[i]].down}) {
          for (const std::size_t other : *near) {
            if (part[other] != items_.size()) continue;
            part[other] = start;
            members.push_back(other);
          }
        }
      }
      parts.emplace_back(left, std::move(members));
    }
    std::ranges::stable_sort(parts, {}, [](const auto& entry) { return entry.first; });
    double frontier = 0;  // parts stand side by side: a row of one never lies between rows of another
    for (const auto& [left, members] : parts) {
      double low = items_[members.front()].x;
      double high = low;
      for (const std::size_t item : members) {
        low = std::min(low, items_[item].x - items_[item].width / 2);
        high = std::max(high, items_[item].x + items_[item].width / 2);
      }
      for (const std::size_t item : members)
        items_[item].x += frontier - low;
      frontier += high - low + kGapX + 14;
    }
  }

  static double row_y(std::size_t row) { return kMargin + static_cast<double>(row) * (kBoxHeight + kGapY); }

  // What imports nothing here and is not imported stands in rows below.
  void place_alone() {
    if (alone_.empty()) return;
    const double limit = std::max(drawing_.width, 760.0);
    double x = kMargin;
    double y = drawing_.height + (ranked_.empty() ? 0 : 10);
    for (const std::size_t node : alone_) {
      Box& box = drawing_.boxes[node];
      if (x > kMargin && x + box.width + kMargin > limit) {
        x = kMargin;
        y += kBoxHeight + 18;
      }
      box.x = x;
      box.y = y;
      x += box.width + kGapX;
      drawing_.width = std::max(drawing_.width, x - kGapX + kMargin);
    }
    drawing_.height = y + kBoxHeight + kMargin;
  }

  // Lines leave and reach a box side by side, in the order of where they come from and go to.
  void route() {
    std::map<std::pair<std::size_t, bool>, std::vector<std::pair<double, std::size_t>>> ports;  // box, upper end
    for (std::size_t i = 0; i < chains_.size(); ++i) {
      const Chain& chain = chains_[i];
      ports[{upper(chain), true}].emplace_back(items_[chain.items[1]].x, i);
      ports[{lower(chain), false}].emplace_back(items_[chain.items[chain.items.size() - 2]].x, i);
    }
    std::vector<double> starts(chains_.size(), 0);
    std::vector<double> ends(chains_.size(), 0);
    for (auto& [key, list] : ports) {
      std::ranges::stable_sort(list, {}, [](const auto& entry) { return entry.first; });
      const Box& box = drawing_.boxes[key.first];
      const double room = std::min(box.width - 24, 16.0 * static_cast<double>(list.size() - 1));
      for (std::size_t k = 0; k < list.size(); ++k) {
        const double share = list.size() > 1 ? static_cast<double>(k) / static_cast<double>(list.size() - 1) : 0.5;
        (key.second ? starts : ends)[list[k].second] = box.x + box.width / 2 + (share - 0.5) * room;
      }
    }
    for (std::size_t i = 0; i < chains_.size(); ++i) {
      const Chain& chain = chains_[i];
      Line line{chain.edge, {{starts[i], drawing_.boxes[upper(chain)].y + kBoxHeight}}};
      for (std::size_t k = 1; k + 1 < chain.items.size(); ++k) {
        const Item& item = items_[chain.items[k]];
        line.points.push_back({item.x, row_y(item.rank)});
        line.points.push_back({item.x, row_y(item.rank) + kBoxHeight});
      }
      line.points.push_back({ends[i], drawing_.boxes[lower(chain)].y});
      if (chain.reversed) std::ranges::reverse(line.points);
      drawing_.lines.push_back(std::move(line));
    }
  }

  const View& view_;
  std::vector<std::size_t> drawn_;
  Drawing drawing_{};
  std::vector<std::size_t> ranked_{};
  std::vector<std::size_t> alone_{};
  std::vector<std::size_t> rank_{};
  std::vector<Chain> chains_{};
  std::vector<Item> items_{};
  std::vector<std::size_t> item_of_{};
  std::vector<std::vector<std::size_t>> rows_{};
};

}  // namespace

std::string first_line(const ViewNode& node) {
  return std::string(sign_of(node.change)) + node.label;
}

std::string second_line(const ViewNode& node) {
  if (node.id.starts_with("system:")) return node.kind;
  if (node.kind == "file") return fmt::format("{} lines", node.lines);
  std::string text = fmt::format("{} {}", node.files, node.files == 1 ? "file" : "files");
  if (!node.section.empty() && node.section.size() <= kMaxLabel_characters) text = node.section + " · " + text;
  return text;
}

Drawing lay_out(const View& view) {
  return Layout(view).run();
}

}  // namespace commandcenter::architecture
