// A workflow as a picture: lanes of box-drawing characters for terminals, Mermaid and Graphviz for documents. Private
// to this folder.
#pragma once

#include <string>

#include "core/workflow/workflow.h"

namespace commandcenter::cli {

// One line a node, every dependency drawn from the upper to the lower one.
std::string draw_lanes(const workflow::Definition& definition, bool terminal);
std::string draw_mermaid(const workflow::Definition& definition);
std::string draw_dot(const workflow::Definition& definition);

}  // namespace commandcenter::cli
