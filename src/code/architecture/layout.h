// Where the parts of a view go: layers from those that import to those that are imported, few crossings, no overlaps.
// The same view gives the same layout.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "code/architecture/architecture.h"

namespace commandcenter::architecture {

struct Point {
  double x = 0;
  double y = 0;
};
struct Box {
  double x = 0;  // upper left
  double y = 0;
  double width = 0;
  double height = 0;
};
struct Line {
  std::size_t edge = 0;       // index in the view
  std::vector<Point> points;  // from the box that imports to the one that is imported
};
struct Drawing {
  std::vector<Box> boxes;  // one for each node of the view
  std::vector<Line> lines;
  double width = 0;
  double height = 0;
};

// What stands on a box: the label, in a difference with a sign before it.
std::string first_line(const ViewNode& node);
// What stands below the label: how much it is.
std::string second_line(const ViewNode& node);

inline constexpr std::size_t kMaxLabel_characters = 26;  // longer labels are cut in pictures

Drawing lay_out(const View& view);

}  // namespace commandcenter::architecture
