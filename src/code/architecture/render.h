// A view as text that other programs draw. Names are data: nothing in them is ever markup, script or syntax.
#pragma once

#include <string>

#include "code/architecture/architecture.h"

namespace commandcenter::architecture {

inline constexpr std::size_t kMaxDrawnEdges = 300;  // Mermaid refuses 500
inline constexpr std::size_t kMaxBackEdges = 16;    // in a picture that would be too full, the heaviest
inline constexpr std::size_t kFullEdges = 45;       // up to so many, edges that follow from others are drawn as well

struct LinkBase {
  std::string prefix;       // before a path: "", "../", "https://host/blob/main/"
  std::string line = "#L";  // before a line number; empty: no line
};

// `format`: mermaid, dot, svg, html or json. `scope`: a group or a folder, "" for the whole; JSON and HTML hold all
// groups.
Result<std::string> render(const Model& model, std::string_view scope, std::string_view format, const LinkBase& links);

std::string mermaid(const Model& model, const View& view, const LinkBase& links);
std::string dot(const Model& model, const View& view, const LinkBase& links);
std::string svg(const Model& model, const View& view, const LinkBase& links);
std::string page(const Model& model, const LinkBase& links);  // HTML, with every group to be opened

std::string title_of(const Model& model);  // the name, and what is compared

// Before the name of what came, went or changed: "+ ", "− ", "± "; "" for the rest.
std::string_view sign_of(Change change);
// "+2 −1": how many of an edge's imports came and went.
std::string change_counts(const ViewEdge& edge);

// Which edges a picture shows, by index: all, or those that do not follow from others, the heaviest if still too many.
std::vector<std::size_t> drawn_edges(const View& view);
std::string link_to(const LinkBase& links, const Spot& spot);

}  // namespace commandcenter::architecture
