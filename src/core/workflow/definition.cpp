// parse_definition: the workflow's own members, the list of nodes, and how nodes name each other.
#include <algorithm>
#include <map>

#include "core/workflow/dialect.h"
#include "core/workflow/graph.h"
#include "core/workflow/workspace.h"

namespace commandcenter::workflow {
namespace {

constexpr std::int64_t kMaxProjectId = INT64_C(1) << 53;
constexpr std::int64_t kMaxConcurrency = 10'000;
constexpr std::size_t kMaxConcurrencyKeyLength = 1'000;
constexpr std::size_t kMaxWorkspaceLength = 4'096;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

// A blueprint writes what starts it among the workflow's own members.
constexpr const char* kBlueprintKeys[] = {"on",       "event", "pattern",  "patterns",
                                          "schedule", "cron",  "timezone", "filters"};

const std::vector<std::string>& workflow_keys() {
  static const std::vector<std::string> kKeys{"name",     "description", "projectId",   "status",    "trigger",
                                              "timeout",  "timeoutMs",   "concurrency", "workspace", "nodes",
                                              "edges",    "on",          "event",       "pattern",   "patterns",
                                              "schedule", "cron",        "timezone",    "filters",   "timeoutSeconds"};
  return kKeys;
}

// What clients send along that the server made, or an editor needs.
const std::vector<std::string>& ignored_workflow_keys() {
  static const std::vector<std::string> kKeys{"id",      "_symbolicId", "workflowId", "createdAt", "updatedAt",
                                              "version", "definition",  "$schema",    "nextRunAt"};
  return kKeys;
}

bool is_client_workflow(const Json& tree) {
  if (find_member(tree, "edges") != nullptr) return true;
  const Json* nodes = find_member(tree, "nodes");
  if (nodes == nullptr || !nodes->is_structured()) return false;
  for (const Json& node : *nodes) {
    if (is_client_form(node)) return true;
  }
  return false;
}

class DefinitionReader {
 public:
  DefinitionReader(const Json& tree, Reader& reader, Definition& definition)
      : tree_(tree), reader_(reader), tolerant_(is_client_workflow(tree)), definition_(definition) {}

  Graph read() {
    if (!tree_.is_object()) {
      reader_.problem("", "expected a map with name, trigger and nodes, got " + std::string(type_in_words(tree_)));
      return {};
    }
    reader_.known_keys(tree_, "", workflow_keys(), ignored_workflow_keys(), tolerant_);
    read_header();
    read_trigger();
    read_concurrency();
    read_nodes();
    read_edges();
    Graph graph = name_nodes_by_id();
    doubt(graph);
    definition_.ignored = reader_.take_tolerated();
    return graph;
  }

 private:
  void too_long(std::string_view key, const std::string& value, std::size_t limit) {
    if (value.size() <= limit) return;
    reader_.problem(std::string(key), "has " + std::to_string(value.size()) + " characters; at most " +
                                          std::to_string(limit) + " are allowed");
  }

  void read_header() {
    Definition& definition = definition_;
    if (const auto name = reader_.text(tree_, "", "name")) {
      definition.name = *name;
      if (name->find_first_not_of(" \t\r\n") == std::string::npos)
        reader_.problem("name", "is empty; expected the workflow's name");
      if (std::any_of(name->begin(), name->end(), is_control))
        reader_.problem("name", "holds a control character, such as a line break; nobody could name it in an address");
      too_long("name", *name, kMaxNameLength);
    } else if (Reader::member(tree_, "name") == nullptr && !reader_.is_doubtful("name")) {
      reader_.problem("name", "is missing; expected the workflow's name");
    }
    if (const auto description = reader_.text(tree_, "", "description")) {
      definition.description = *description;
      definition.has_description = true;
      too_long("description", *description, kMaxDescriptionLength);
    }
    definition.project_id = reader_.integer(tree_, "", "projectId", 1, kMaxProjectId).value_or(1);
    definition.status = reader_.word(tree_, "", "status", {"ACTIVE", "DRAFT", "ARCHIVED"}).value_or("ACTIVE");
    definition.timeout_ms = reader_.duration_ms(tree_, "", "timeout", 1, kMaxTimeout_ms);
    if (const Json* workspace = Reader::member(tree_, "workspace")) {
      auto text = workspace_text(*workspace);
      if (text)
        definition.workspace = std::move(*text);
      else
        reader_.problem("workspace", text.error().message);
    }
    too_long("workspace", definition.workspace, kMaxWorkspaceLength);
  }

  void read_trigger() {
    Json blueprint = Json::object();
    for (const char* key : kBlueprintKeys) {
      if (const Json* value = Reader::member(tree_, key)) blueprint[key] = *value;
    }
    const Json* trigger = Reader::member(tree_, "trigger");
    if (trigger == nullptr) {
      const bool manual = blueprint.empty();
      definition_.trigger_as_given = manual ? Json("MANUAL") : blueprint;
      if (!manual) definition_.trigger = parse_trigger(blueprint, "", reader_);
      return;
    }
    for (const auto& [key, value] : blueprint.items()) {
      reader_.problem(key, "both trigger and " + key + " are given; write " + key + " inside trigger");
    }
    definition_.trigger_as_given = *trigger;
    definition_.trigger = parse_trigger(*trigger, "trigger", reader_);
  }

  void read_concurrency() {
    const Json* value = Reader::member(tree_, "concurrency");
    if (value == nullptr) return;
    Concurrency& concurrency = definition_.concurrency;
    if (value->is_number()) {
      concurrency.limit = reader_.integer(tree_, "", "concurrency", 1, kMaxConcurrency).value_or(1);
      return;
    }
    if (!value->is_object()) {
      return reader_.problem("concurrency",
                             "expected a number of runs, or a map such as {limit: 1, policy: queue}, got " +
                                 std::string(type_in_words(*value)) + " (" + shown(*value) + ")");
    }
    reader_.known_keys(*value, "concurrency", {"limit", "key", "policy"}, {}, false);
    if (Reader::member(*value, "limit") == nullptr) {
      reader_.problem("concurrency.limit", "is missing; expected how many runs may be under way at a time");
    }
    concurrency.limit = reader_.integer(*value, "concurrency", "limit", 1, kMaxConcurrency).value_or(1);
    concurrency.key = reader_.text(*value, "concurrency", "key").value_or("");
    too_long("concurrency.key", concurrency.key, kMaxConcurrencyKeyLength);
    const auto policy = reader_.word(*value, "concurrency", "policy", {"queue", "cancel-previous"});
    if (policy && *policy == "cancel-previous") concurrency.policy = ConcurrencyPolicy::kCancelPrevious;
  }

  void read_nodes() {
    const Json* nodes = Reader::member(tree_, "nodes");
    if (nodes == nullptr) {
      if (!reader_.is_doubtful("nodes"))
        reader_.problem("nodes", "is missing; expected a list of nodes (it may be empty)");
      return;
    }
    if (!nodes->is_structured()) {
      return reader_.problem(
          "nodes", "expected a list of nodes, or a map from id to node, got " + std::string(type_in_words(*nodes)));
    }
    if (nodes->size() > kMaxNodes) {
      return reader_.problem("nodes", "the workflow has " + std::to_string(nodes->size()) + " nodes; at most " +
                                          std::to_string(kMaxNodes) + " are allowed, so split it");
    }
    if (nodes->is_array()) {
      for (const Json& node : *nodes) {
        written_.push_back(
            parse_node(node, element_path("nodes", written_.size()), written_.size(), "", tolerant_, reader_));
      }
      return;
    }
    for (const auto& [id, node] : nodes->items()) {
      if (id.empty()) reader_.problem(member_path("nodes", id), "a node has an empty id");
      written_.push_back(parse_node(node, member_path("nodes", id), written_.size(), id, tolerant_, reader_));
    }
  }

  // Ids come before other names, so that a node that is called node-1 is found wherever it stands.
  std::map<std::string, std::size_t> names() const {
    std::map<std::string, std::size_t> names;
    for (std::size_t i = 0; i < written_.size(); ++i)
      names.emplace(written_[i].node.id, i);
    for (std::size_t i = 0; i < written_.size(); ++i) {
      for (const std::string& alias : written_[i].aliases)
        names.emplace(alias, i);
    }
    return names;
  }

  void read_edges() {
    const Json* edges = Reader::member(tree_, "edges");
    if (edges == nullptr) return;
    if (!edges->is_array() || edges->size() > kMaxEdges) {
      return reader_.problem("edges", edges->is_array()
                                          ? "the list has " + std::to_string(edges->size()) + " entries; at most " +
                                                std::to_string(kMaxEdges) + " are allowed"
                                          : "expected a list of {from, to}, got " + std::string(type_in_words(*edges)));
    }
    const auto known = names();
    for (std::size_t i = 0; i < edges->size(); ++i) {
      const std::string path = element_path("edges", i);
      const Json& edge = (*edges)[i];
      const Json* from = Reader::member(edge, "from");
      const Json* to = Reader::member(edge, "to");
      if (from == nullptr || to == nullptr || !from->is_string() || !to->is_string()) {
        reader_.problem(path, "expected {from: <id of a node>, to: <id of a node>}, got " + shown(edge));
        continue;
      }
      const auto target = known.find(to->get<std::string>());
      if (target == known.end()) {
        reader_.problem(path + ".to", "there is no node " + shown(*to));
        continue;
      }
      written_[target->second].node.depends_on.push_back(from->get<std::string>());
      written_[target->second].dependency_paths.push_back(path + ".from");
    }
  }

  // A node that could not be read, or whose dependencies could not, leaves open what others may name and wait for.
  void doubt(Graph& graph) const {
    bool is_certain = !reader_.has_doubts_within("edges");
    for (std::size_t i = 0; i < definition_.nodes.size(); ++i) {
      const std::string path = node_path(definition_.nodes, i);
      for (const char* key : {"id", "symbolicId", "_symbolicId"})
        graph.knows_names = graph.knows_names && !reader_.is_doubtful(member_path(path, key));
      for (const char* key : {"dependsOn", "onError"})
        is_certain = is_certain && !reader_.has_doubts_within(member_path(path, key));
    }
    if (!is_certain || !graph.knows_names) graph.upstream.clear();
  }

  Graph name_nodes_by_id() {
    const auto known = names();
    const auto id_of = [&](const std::string& name) {
      const auto found = known.find(name);
      return found == known.end() ? name : written_[found->second].node.id;
    };
    std::vector<std::vector<std::string>> paths;
    for (WrittenNode& written : written_) {
      for (std::string& dependency : written.node.depends_on)
        dependency = id_of(dependency);
      OnError& on_error = written.node.on_error;
      if (on_error.kind == OnErrorKind::kFallback) on_error.fallback_node = id_of(on_error.fallback_node);
    }
    for (WrittenNode& written : written_) {
      paths.push_back(std::move(written.dependency_paths));
      definition_.nodes.push_back(std::move(written.node));
    }
    Graph graph = link_nodes(definition_.nodes, reader_, paths);
    for (std::size_t i = 0; i < graph.dependencies.size(); ++i) {  // each once
      if (graph.dependencies[i].size() == definition_.nodes[i].depends_on.size()) continue;
      definition_.nodes[i].depends_on.clear();
      for (const std::size_t dependency : graph.dependencies[i]) {
        definition_.nodes[i].depends_on.push_back(definition_.nodes[dependency].id);
      }
    }
    return graph;
  }

  const Json& tree_;
  Reader& reader_;
  bool tolerant_;
  Definition& definition_;
  std::vector<WrittenNode> written_;
};

}  // namespace

Graph read_definition(const Json& tree, Reader& reader, Definition& definition) {
  return DefinitionReader(tree, reader, definition).read();
}

tl::expected<Definition, std::vector<Problem>> parse_definition(const Json& tree, const Locator& locate) {
  Reader reader(locate);
  Definition definition;
  read_definition(tree, reader, definition);
  if (reader.any()) return tl::unexpected(reader.take());
  return definition;
}

}  // namespace commandcenter::workflow
