// The parts of parse_definition, one per file: trigger.cpp, node.cpp, definition.cpp. Private to this folder.
// docs/formats/workflow.md has the table of dialects that these read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/workflow/graph.h"
#include "core/workflow/reader.h"
#include "core/workflow/workflow.h"

namespace commandcenter::workflow {

inline constexpr std::size_t kMaxPatterns = 50;  // of one trigger
inline constexpr std::size_t kMaxPatternLength = 255;
inline constexpr std::size_t kMaxEdges = 10'000;  // entries of `edges`, and of one dependsOn list

// `path` is where the trigger stood; "" when its members are those of the workflow itself (blueprints). Members it does
// not know are kept and ignored, unless they look misspelt: a trigger is returned to clients as they wrote it.
Trigger parse_trigger(const Json& tree, const std::string& path, Reader& reader);

// Empty when the subject pattern follows NATS' rules, else what is wrong with it.
std::string pattern_trouble(std::string_view pattern);

// A node, and the other names by which the document may refer to it.
struct WrittenNode {
  NodeDefinition node;
  std::vector<std::string> aliases;
  std::vector<std::string> dependency_paths;  // where each of node.depends_on stood
};

// What parse_definition does. With problems in the reader the definition is what could be read, and its graph may be
// unsure of names and order.
Graph read_definition(const Json& tree, Reader& reader, Definition& definition);

// Whether the node is written the way API clients do, who send members of their own along.
bool is_client_form(const Json& node);

// `map_key` is the node's id in the map form, else empty.
WrittenNode parse_node(const Json& tree, const std::string& path, std::size_t index, const std::string& map_key,
                       bool tolerant, Reader& reader);

}  // namespace commandcenter::workflow
