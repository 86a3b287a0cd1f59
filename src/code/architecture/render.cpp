#include "code/architecture/render.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "code/architecture/layout.h"
#include "code/source/source.h"

namespace commandcenter::architecture {
namespace {

constexpr std::size_t kMaxLabel_bytes = 80;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '.' ||
         c == '_' || c == '-' || c == '/' || c == '+' || c == ',' || (c & '\x80') != 0;
}

// UTF-8 without control characters, cut to a readable length.
std::string clean(std::string_view text) {
  std::string result = code::is_utf8(text) ? std::string(text) : code::to_utf8(text);
  for (char& c : result)
    c = (c >= 0 && c < ' ') || c == '\x7f' ? ' ' : c;
  if (result.size() <= kMaxLabel_bytes) return result;
  return std::string(code::cut_utf8(result, kMaxLabel_bytes)) + "…";
}

// Everything that could mean something to Mermaid as the number of its character.
std::string mermaid_text(std::string_view text) {
  std::string result;
  for (const char c : clean(text)) {
    if (is_plain(c))
      result += c;
    else
      result += fmt::format("#{};", static_cast<int>(c));
  }
  return result;
}

std::string dot_text(std::string_view text) {
  std::string result;
  for (const char c : clean(text)) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string counts(const ViewNode& node) {
  if (node.kind == "file") return node.lines == 0 ? std::string() : fmt::format("{} lines", node.lines);
  if (node.files == 0) return node.kind;
  return fmt::format("{} {}", node.files, node.files == 1 ? "file" : "files");
}

bool is_system(const ViewNode& node) {
  return node.id.starts_with("system:");
}

// Green and thick came, red and broken went, amber changed; the rest of a difference is pale.
std::string_view class_of(const ViewNode& node, bool difference) {
  if (difference) return node.change == Change::kNone ? "same" : change_word(node.change);
  if (is_system(node)) return "system";
  if (node.cycle) return "cycle";
  if (node.entry) return "entry";
  return node.aside ? "aside" : "part";
}

// Sections with the nodes that they hold; "" for those in none. A section of one node is none.
std::map<std::string, std::vector<std::size_t>> sections_of(const View& view) {
  std::map<std::string, std::vector<std::size_t>> sections;
  for (std::size_t i = 0; i < view.nodes.size(); ++i)
    sections[view.nodes[i].section].push_back(i);
  std::vector<std::size_t> alone;
  for (auto at = sections.begin(); at != sections.end();) {
    if (!at->first.empty() && at->second.size() > 1 && at->second.size() < view.nodes.size()) {
      ++at;
      continue;
    }
    alone.insert(alone.end(), at->second.begin(), at->second.end());
    at = sections.erase(at);
  }
  std::ranges::sort(alone);
  sections[""] = std::move(alone);
  return sections;
}

}  // namespace

Result<std::string> render(const Model& model, std::string_view scope, std::string_view format, const LinkBase& links) {
  const auto group = find_group(model, scope);
  if (!group) return fail(ErrorCode::kNotFound, fmt::format("there is no folder or group \"{}\" with code", scope));
  if (format == "json") return dump_json_pretty(architecture_json(model)) + "\n";
  if (format == "html") return page(model, links);
  const View view = view_of(model, *group);
  if (format == "mermaid") return mermaid(model, view, links);
  if (format == "dot") return dot(model, view, links);
  if (format == "svg") return svg(model, view, links);
  return fail(ErrorCode::kInvalid,
              fmt::format("unknown format \"{}\"; expected mermaid, dot, svg, html or json", format));
}

std::string link_to(const LinkBase& links, const Spot& spot) {
  std::string result = links.prefix;
  for (const char c : spot.file) {
    const bool kept = is_plain(c) && c != ' ' && c != ',' && c != '+' && (c & '\x80') == 0;
    if (kept)
      result += c;
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  if (!links.line.empty() && spot.line > 0) result += fmt::format("{}{}", links.line, spot.line);
  return result;
}

std::vector<std::size_t> drawn_edges(const View& view) {
  std::vector<std::size_t> drawn;
  std::vector<std::size_t> back;
  const bool full = view.edges.size() <= kFullEdges;
  for (std::size_t i = 0; i < view.edges.size(); ++i) {
    const ViewEdge& edge = view.edges[i];
    const bool outer = is_system(view.nodes[edge.to]);
    const bool must = edge.violation || edge.change != Change::kNone;
    if (edge.back && !full && !must)
      back.push_back(i);
    else if (full || !edge.implied || must || outer)
      drawn.push_back(i);
  }
  const auto keep_heaviest = [&](std::vector<std::size_t>& some, std::size_t limit) {
    std::ranges::stable_sort(some, [&](std::size_t a, std::size_t b) {
      const auto key = [&](std::size_t i) {
        const ViewEdge& edge = view.edges[i];
        return std::tuple(edge.violation, edge.change != Change::kNone, edge.imports);
      };
      return key(a) > key(b);
    });
    some.resize(std::min(some.size(), limit));
  };
  keep_heaviest(back, kMaxBackEdges);
  drawn.insert(drawn.end(), back.begin(), back.end());
  keep_heaviest(drawn, kMaxDrawnEdges);
  std::ranges::sort(drawn);
  return drawn;
}

std::string title_of(const Model& model) {
  if (!model.difference) return model.name;
  const Difference& difference = *model.difference;
  const std::string_view dots = difference.from.ends_with("...") ? "" : "..";
  return fmt::format("{} · {}{}{}", model.name, difference.from, dots, difference.to);
}

std::string_view sign_of(Change change) {
  switch (change) {
    case Change::kNone:
      return "";
    case Change::kAdded:
      return "+ ";
    case Change::kRemoved:
      return "− ";
    case Change::kChanged:
      return "± ";
  }
  return "";
}

std::string change_counts(const ViewEdge& edge) {
  std::string text;
  if (edge.added > 0) text = fmt::format("+{}", edge.added);
  if (edge.removed > 0) text += fmt::format("{}−{}", text.empty() ? "" : " ", edge.removed);
  return text;
}

namespace {

struct Brackets {
  std::string_view open;
  std::string_view close;
};

Brackets brackets_of(const ViewNode& node) {
  if (is_system(node)) return {"[(", ")]"};
  if (node.change == Change::kAdded) return {"([", "])"};
  if (node.change == Change::kRemoved) return {"{{", "}}"};
  return {"[", "]"};
}

std::string_view arrow_of(const ViewEdge& edge, bool difference) {
  if (edge.change == Change::kRemoved || edge.violation) return "-.->";
  return edge.change == Change::kAdded || (edge.cycle && !difference) ? "==>" : "-->";
}

constexpr std::string_view kRed = "#A42C22";
constexpr std::string_view kGreen = "#246B42";
constexpr std::string_view kPale = "#D8CCBF";
constexpr std::string_view kPlain = "#8A7766";

std::string_view colour_of(const ViewEdge& edge, bool difference) {
  if (edge.change == Change::kAdded) return edge.cycle && edge.back ? kRed : kGreen;
  if (edge.change == Change::kRemoved || edge.violation) return kRed;
  if (difference) return edge.change == Change::kChanged ? "#8A5400" : kPale;
  return edge.back ? kRed : kPlain;
}

}  // namespace

std::string mermaid(const Model& model, const View& view, const LinkBase& links) {
  std::string text =
      "%%{init: {\"theme\": \"base\", \"themeVariables\": {\"primaryColor\": \"#F5E6D3\", \"primaryBorderColor\": "
      "\"#C9AE94\", \"primaryTextColor\": \"#2B2420\", \"lineColor\": \"#8A7766\", \"clusterBkg\": \"#FBF6EF\", "
      "\"clusterBorder\": \"#E2D2C2\", \"fontFamily\": \"sans-serif\"}}}%%\n";
  text += "flowchart TB\n";
  text += fmt::format("  accTitle: {}\n", mermaid_text(title_of(model)));
  const auto node_line = [&](std::size_t i, std::string_view indent) {
    const ViewNode& node = view.nodes[i];
    const std::string below = counts(node);
    const std::string label =
        mermaid_text(first_line(node)) + (below.empty() ? std::string() : "<br/>" + mermaid_text(below));
    const auto [open, close] = brackets_of(node);
    text += fmt::format("{}n{}{}\"{}\"{}:::{}\n", indent, i, open, label, close, class_of(node, view.difference));
  };
  std::size_t number = 0;
  for (const auto& [section, nodes] : sections_of(view)) {
    if (!section.empty()) text += fmt::format("  subgraph s{}[\"{}\"]\n", number++, mermaid_text(section));
    for (const std::size_t node : nodes)
      node_line(node, section.empty() ? "  " : "    ");
    if (!section.empty()) text += "  end\n";
  }
  const std::vector<std::size_t> drawn = drawn_edges(view);
  std::map<std::string_view, std::string> coloured;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const ViewEdge& edge = view.edges[drawn[i]];
    const std::string changes = change_counts(edge);
    text += fmt::format("  n{} {}|{}| n{}\n", edge.from, arrow_of(edge, view.difference),
                        changes.empty() ? std::to_string(edge.imports) : mermaid_text(changes), edge.to);
    const std::string_view colour = colour_of(edge, view.difference);
    std::string& numbers = coloured[colour];
    if (colour != kPlain) numbers += (numbers.empty() ? "" : ",") + std::to_string(i);
  }
  for (const auto& [colour, numbers] : coloured) {
    if (!numbers.empty()) text += fmt::format("  linkStyle {0} stroke:{1},color:{1}\n", numbers, colour);
  }
  for (std::size_t i = 0; i < view.nodes.size(); ++i) {
    if (view.nodes[i].spot.file.empty()) continue;
    text += fmt::format("  click n{} href \"{}\"\n", i, link_to(links, view.nodes[i].spot));
  }
  text +=
      "  classDef part fill:#F5E6D3,stroke:#C9AE94,color:#2B2420\n"
      "  classDef entry fill:#D5E8E3,stroke:#186561,color:#12403D\n"
      "  classDef cycle fill:#F5E6D3,stroke:#A42C22,color:#2B2420\n"
      "  classDef aside fill:#F7F3EE,stroke:#D8CCBF,color:#67594F\n"
      "  classDef system fill:#E8D4C4,stroke:#8A5400,color:#4A2D00\n";
  if (view.difference) {
    text +=
        "  classDef added fill:#DAF0DE,stroke:#246B42,color:#12391F,stroke-width:3px\n"
        "  classDef removed fill:#FADED8,stroke:#A42C22,color:#5C1710,stroke-dasharray:5 3\n"
        "  classDef changed fill:#FBF0D2,stroke:#8A5400,color:#4A2D00\n"
        "  classDef same fill:#F7F3EE,stroke:#D8CCBF,color:#67594F\n";
  }
  const std::size_t hidden = view.edges.size() - drawn.size();
  if (hidden > 0) text += fmt::format("  %% {} lighter or implied connections are not drawn\n", hidden);
  return text;
}

namespace {

std::string_view dot_change(const ViewNode& node) {
  switch (node.change) {
    case Change::kNone:
      return " fillcolor=\"#F7F3EE\" color=\"#D8CCBF\" fontcolor=\"#67594F\"";
    case Change::kAdded:
      return " shape=ellipse fillcolor=\"#DAF0DE\" color=\"#246B42\" penwidth=2";
    case Change::kRemoved:
      return " shape=hexagon style=\"dashed,filled\" fillcolor=\"#FADED8\" color=\"#A42C22\"";
    case Change::kChanged:
      return " fillcolor=\"#FBF0D2\" color=\"#8A5400\"";
  }
  return "";
}

}  // namespace

std::string dot(const Model& model, const View& view, const LinkBase& links) {
  std::string text = fmt::format("digraph \"{}\" {{\n", dot_text(title_of(model)));
  text +=
      "  rankdir=TB; bgcolor=\"#FAF6F0\"; fontname=\"sans-serif\"; fontcolor=\"#2B2420\";\n"
      "  node [shape=box style=\"rounded,filled\" fontname=\"sans-serif\" fontsize=11 fillcolor=\"#F5E6D3\" "
      "color=\"#C9AE94\" fontcolor=\"#2B2420\"];\n"
      "  edge [color=\"#8A7766\" fontname=\"sans-serif\" fontsize=9 fontcolor=\"#67594F\"];\n";
  std::size_t number = 0;
  for (const auto& [section, nodes] : sections_of(view)) {
    if (!section.empty())
      text += fmt::format("  subgraph cluster_{} {{ label=\"{}\"; color=\"#E2D2C2\";\n", number++, dot_text(section));
    for (const std::size_t i : nodes) {
      const ViewNode& node = view.nodes[i];
      std::string_view style;
      if (is_system(node)) style = " shape=cylinder fillcolor=\"#E8D4C4\"";
      if (node.entry) style = " fillcolor=\"#D5E8E3\" color=\"#186561\"";
      if (node.cycle) style = " color=\"#A42C22\"";
      if (view.difference) style = dot_change(node);
      text += fmt::format("  n{} [label=\"{}\\n{}\"{}", i, dot_text(first_line(node)), dot_text(counts(node)), style);
      if (!node.spot.file.empty()) text += fmt::format(" URL=\"{}\"", link_to(links, node.spot));
      text += "];\n";
    }
    if (!section.empty()) text += "  }\n";
  }
  for (const std::size_t i : drawn_edges(view)) {
    const ViewEdge& edge = view.edges[i];
    const std::string changes = change_counts(edge);
    const std::string_view colour = colour_of(edge, view.difference);
    text += fmt::format("  n{} -> n{} [label=\"{}\"", edge.from, edge.to,
                        changes.empty() ? std::to_string(edge.imports) : changes);
    if (colour != kPlain) text += fmt::format(" color=\"{}\"{}", colour, colour == kPale ? "" : " penwidth=2");
    text += edge.change == Change::kRemoved ? " style=dashed];\n" : "];\n";
  }
  return text + "}\n";
}

}  // namespace commandcenter::architecture
