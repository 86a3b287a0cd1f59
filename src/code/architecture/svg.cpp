// A view as SVG, with the colours of the web interface. Text is escaped; there is no script and nothing is loaded.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "code/architecture/layout.h"
#include "code/architecture/render.h"
#include "code/source/source.h"

namespace commandcenter::architecture {
namespace {

constexpr double kHead = 58;
constexpr double kFoot = 46;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : code::is_utf8(text) ? std::string(text) : code::to_utf8(text)) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += (c >= 0 && c < ' ') || c == '\x7f' ? ' ' : c;
    }
  }
  return result;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & '\xc0') != '\x80'; }));
}

std::string shortened(std::string_view text, std::size_t limit) {
  const std::string whole = code::is_utf8(text) ? std::string(text) : code::to_utf8(text);
  std::size_t seen = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if ((whole[i] & '\xc0') == '\x80') continue;
    if (++seen > limit) return std::string(code::cut_utf8(whole, i)) + "…";
  }
  return whole;
}

struct Look {
  std::string_view fill;
  std::string_view line;
  std::string_view text;
};

Look look_of(const ViewNode& node, bool difference) {
  if (node.change == Change::kAdded) return {"#DAF0DE", "#246B42", "#12391F"};
  if (node.change == Change::kRemoved) return {"#FADED8", "#A42C22", "#5C1710"};
  if (node.change == Change::kChanged) return {"#FBF0D2", "#8A5400", "#4A2D00"};
  if (difference) return {"#F7F3EE", "#DDD1C3", "#67594F"};
  if (node.id.starts_with("system:")) return {"#E8D4C4", "#B08A63", "#4A2D00"};
  if (node.cycle) return {"#F5E6D3", "#A42C22", "#2B2420"};
  if (node.entry) return {"#E2F0EC", "#186561", "#12403D"};
  if (node.aside) return {"#F6F1EA", "#DDD1C3", "#67594F"};
  return {"#F5E6D3", "#D2B99F", "#2B2420"};
}

struct EdgeLook {
  std::string_view colour;
  std::string_view marker;
  bool broken = false;
};

EdgeLook look_of(const ViewEdge& edge, bool difference) {
  if (edge.violation) return {"#A42C22", "r", true};
  if (edge.change == Change::kRemoved) return {"#A42C22", "r", true};
  if (edge.cycle && edge.back) return {"#A42C22", "r", false};
  if (edge.change == Change::kAdded) return {"#246B42", "g", false};
  if (edge.change == Change::kChanged) return {"#8A5400", "a", false};
  return difference ? EdgeLook{"#DDD1C3", "p", false} : EdgeLook{"#B5A18B", "a", false};
}

std::string marker(std::string_view id, std::string_view colour) {
  return fmt::format(R"(<marker id="{}" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" )"
                     R"(markerWidth="10" markerHeight="10" orient="auto-start-reverse">)"
                     R"(<path d="M0 0.8L7.5 4L0 7.2Z" fill="{}"/></marker>)",
                     id, colour);
}

std::string path_of(const std::vector<Point>& points) {
  std::string path = fmt::format("M{:.0f} {:.0f}", points.front().x, points.front().y);
  for (std::size_t i = 1; i < points.size(); ++i) {
    const Point& a = points[i - 1];
    const Point& b = points[i];
    if (std::abs(a.x - b.x) < 0.5) {
      path += fmt::format("L{:.0f} {:.0f}", b.x, b.y);
      continue;
    }
    const double bend = (b.y - a.y) / 2;
    path += fmt::format("C{:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f}", a.x, a.y + bend, b.x, b.y - bend, b.x, b.y);
  }
  return path;
}

// What came is round with a thick line, what went has cut corners and a broken one: colour alone would not do.
std::string box_shape(const Box& box, const Look& look, const ViewNode& node) {
  const std::string_view stroke = node.change == Change::kAdded     ? R"( stroke-width="2.2")"
                                  : node.change == Change::kRemoved ? R"( stroke-dasharray="5 3")"
                                                                    : "";
  if (!node.id.starts_with("system:")) {
    if (node.change == Change::kRemoved) {
      return fmt::format(
          R"(<path d="M{0:.0f} {1:.0f}h{2:.0f}l12 25l-12 25h-{2:.0f}l-12 -25Z" fill="{3}" stroke="{4}"{5}/>)",
          box.x + 12, box.y, box.width - 24, look.fill, look.line, stroke);
    }
    return fmt::format(
        R"(<rect x="{:.0f}" y="{:.0f}" width="{:.0f}" height="{:.0f}" rx="{}" fill="{}" stroke="{}"{}/>)", box.x, box.y,
        box.width, box.height, node.change == Change::kAdded ? 25 : 9, look.fill, look.line, stroke);
  }
  const double right = box.x + box.width;
  const double bottom = box.y + box.height - 6;
  return fmt::format(R"(<path d="M{0:.0f} {1:.0f}A{2:.0f} 6 0 0 1 {3:.0f} {1:.0f}V{4:.0f})"
                     R"(A{2:.0f} 6 0 0 1 {0:.0f} {4:.0f}Z" fill="{5}" stroke="{6}"{7}/>)"
                     R"(<path d="M{0:.0f} {1:.0f}A{2:.0f} 6 0 0 0 {3:.0f} {1:.0f}" fill="none" stroke="{6}"{7}/>)",
                     box.x, box.y + 6, box.width / 2, right, bottom, look.fill, look.line, stroke);
}

struct Legend {
  std::string text{};  // from its upper left on
  double width = 0;
};

Legend legend(const View& view, std::size_t hidden) {
  Legend legend;
  double x = 28;
  const auto words_at = [&](double left, std::string_view words) {
    legend.text += fmt::format(R"(<text x="{:.0f}" y="11" font-size="11.5" fill="#67594F">{}</text>)", left, words);
    x = left + 6.2 * static_cast<double>(characters(words)) + 22;
    legend.width = x + 6;
  };
  const auto entry = [&](std::string_view fill, std::string_view line, std::string_view words) {
    legend.text +=
        fmt::format(R"(<rect x="{:.0f}" y="0" width="14" height="14" rx="4" fill="{}" stroke="{}"/>)", x, fill, line);
    words_at(x + 20, words);
  };
  const auto has = [&](auto test) { return std::ranges::any_of(view.nodes, test); };
  if (view.difference) {
    entry("#DAF0DE", "#246B42", "+ came");
    entry("#FADED8", "#A42C22", "− went");
    entry("#FBF0D2", "#8A5400", "± changed inside");
  } else {
    if (has([](const ViewNode& n) { return n.entry; })) entry("#E2F0EC", "#186561", "a program starts here");
    if (has([](const ViewNode& n) { return n.cycle; }))
      entry("#F5E6D3", "#A42C22", "part of a circle of imports; red: its lighter side");
    if (has([](const ViewNode& n) { return n.aside; })) entry("#F6F1EA", "#DDD1C3", "tests, examples");
  }
  if (has([](const ViewNode& n) { return n.id.starts_with("system:"); })) entry("#E8D4C4", "#B08A63", "outside");
  if (hidden > 0) words_at(x, fmt::format("{} lighter or implied connections are not drawn", hidden));
  return legend;
}

}  // namespace

std::string svg(const Model& model, const View& view, const LinkBase& links) {
  const Drawing drawing = lay_out(view);
  const Legend below = legend(view, view.edges.size() - drawing.lines.size());
  const double width = std::max({drawing.width, 560.0, below.width});
  const double height = drawing.height + kHead + kFoot;
  const double shift = (width - drawing.width) / 2;
  const Group& group = model.groups[view.group];
  std::string title = view.group == 0 ? title_of(model) : fmt::format("{} · {}", title_of(model), group.id);
  std::string text = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0:.0f} {1:.0f}" width="{0:.0f}" height="{1:.0f}" )"
      R"(font-family="ui-sans-serif, system-ui, 'DejaVu Sans', sans-serif" role="img"><title>{2}</title>)"
      "\n",
      width, height, escaped(title));
  text += "<defs>" + marker("a", "#8A7766") + marker("r", "#A42C22");
  if (view.difference) text += marker("g", "#246B42") + marker("p", "#D8CCBF");
  text += "</defs>\n";
  text += fmt::format(R"(<rect width="{:.0f}" height="{:.0f}" fill="#FAF6F0"/>)", width, height);
  text += fmt::format(R"(<text x="28" y="34" font-size="19" font-weight="600" )"
                      R"(font-family="ui-serif, Georgia, 'DejaVu Serif', serif" fill="#2B2420">{}</text>)",
                      escaped(shortened(title, 60)));
  text += fmt::format(R"(<text x="28" y="52" font-size="12" fill="#67594F">{} files, {} lines</text>)"
                      "\n",
                      group.files.size(), group.lines);
  text += fmt::format(R"x(<g transform="translate({:.0f} {:.0f})">)x"
                      "\n",
                      shift, kHead);
  for (const Line& line : drawing.lines) {
    const ViewEdge& edge = view.edges[line.edge];
    const EdgeLook look = look_of(edge, view.difference);
    const std::string changes = change_counts(edge);
    const double weight = 1.1 + std::min(2.2, std::log2(static_cast<double>(edge.imports)) * 0.35);
    text += fmt::format(R"x(<path d="{}" fill="none" stroke="{}" stroke-width="{:.1f}"{} marker-end="url(#{})">)x"
                        R"x(<title>{} → {}: {} {}{}</title></path>)x"
                        "\n",
                        path_of(line.points), look.colour, weight, look.broken ? " stroke-dasharray=\"5 3\"" : "",
                        look.marker, escaped(view.nodes[edge.from].label), escaped(view.nodes[edge.to].label),
                        edge.imports, edge.imports == 1 ? "import" : "imports", changes.empty() ? "" : ", " + changes);
  }
  for (std::size_t i = 0; i < view.nodes.size(); ++i) {
    const ViewNode& node = view.nodes[i];
    const Box& box = drawing.boxes[i];
    const Look look = look_of(node, view.difference);
    const double middle = box.x + box.width / 2;
    const bool has_link = !node.spot.file.empty();
    if (has_link) text += fmt::format(R"(<a href="{}">)", escaped(link_to(links, node.spot)));
    text += fmt::format("<g><title>{}</title>", escaped(node.id));
    text += box_shape(box, look, node);
    text += fmt::format(
        R"(<text x="{:.0f}" y="{:.0f}" font-size="13" font-weight="600" text-anchor="middle" fill="{}">{}</text>)",
        middle, box.y + 23, look.text, escaped(shortened(first_line(node), kMaxLabel_characters)));
    text += fmt::format(R"(<text x="{:.0f}" y="{:.0f}" font-size="10.5" text-anchor="middle" )"
                        R"(fill="{}" fill-opacity="0.75">{}</text></g>)",
                        middle, box.y + 39, look.text, escaped(second_line(node)));
    text += has_link ? "</a>\n" : "\n";
  }
  text += "</g>\n";
  text += fmt::format(R"x(<g transform="translate(0 {:.0f})">{}</g>)x"
                      "\n",
                      height - 32, below.text);
  return text + "</svg>\n";
}

}  // namespace commandcenter::architecture
