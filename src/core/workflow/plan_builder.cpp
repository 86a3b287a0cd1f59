#include "core/workflow/plan_builder.h"

#include <algorithm>
#include <map>

#include "base/nearest.h"
#include "core/workflow/graph.h"
#include "core/workflow/input_check.h"

namespace commandcenter::workflow {
namespace {

std::string names_of(const std::vector<Action>& actions) {
  std::string text;
  for (const Action& action : actions)
    text += (text.empty() ? "" : ", ") + action.name;
  return text;
}

std::vector<std::string> workspace_fields(const Json& schema) {
  std::vector<std::string> fields;
  const Json* properties = find_member(schema, "properties");
  if (properties == nullptr || !properties->is_object()) return fields;
  for (const auto& [name, property] : properties->items()) {
    const Json* mark = find_member(property, "x-workspace");
    if (mark != nullptr && mark->is_boolean() && mark->get<bool>()) fields.push_back(name);
  }
  return fields;
}

// The one that is meant when none is named: the only one that is no other name ("x-alias") of another. Null when there
// are several.
const Action* only_action(const std::vector<Action>& actions) {
  const Action* only = nullptr;
  for (const Action& action : actions) {
    if (find_member(action.input_schema, "x-alias") != nullptr) continue;
    if (only != nullptr) return nullptr;
    only = &action;
  }
  return only;
}

// "a.b" and "[0]" below "nodes[1].input".
std::string below(const std::string& path, const std::string& rest) {
  if (rest.empty()) return path;
  return rest.starts_with('[') ? path + rest : path + "." + rest;
}

class PlanBuilder {
 public:
  PlanBuilder(const Definition& definition, Reader& reader, bool check_inputs)
      : definition_(definition), reader_(reader), check_inputs_(check_inputs) {}

  std::shared_ptr<Plan> build(Agents agents, const Graph* graph) {
    if (definition_.nodes.size() > kMaxNodes) {
      reader_.problem("nodes", "the workflow has " + std::to_string(definition_.nodes.size()) + " nodes; at most " +
                                   std::to_string(kMaxNodes) + " are allowed");
      return nullptr;
    }
    plan_ = std::make_shared<Plan>();
    agents_ = std::move(agents);
    for (const NodeDefinition& node : definition_.nodes)
      plan_->node_ids.push_back(node.id);
    for (std::size_t i = 0; i < definition_.nodes.size(); ++i)
      plan_->node_ids.push_back("node-" + std::to_string(i));
    graph_ = graph != nullptr ? *graph : link_nodes(definition_.nodes, reader_);
    check_concurrency_key();
    for (std::size_t i = 0; i < definition_.nodes.size(); ++i)
      add_node(i);
    if (reader_.any()) return nullptr;
    for (std::size_t i = 0; i < plan_->nodes.size(); ++i) {
      for (const std::size_t dependency : plan_->nodes[i].dependencies)
        plan_->nodes[dependency].dependents.push_back(i);
    }
    plan_->name = definition_.name;
    plan_->project_id = definition_.project_id;
    plan_->timeout_ms = definition_.timeout_ms;
    plan_->concurrency = definition_.concurrency;
    plan_->agents = std::move(agents_.list);
    return plan_;
  }

 private:
  struct CompiledAction {
    schema::Schema input;
    schema::Schema output;
    InputCheck check;
    std::vector<std::string> workspace_fields;
  };

  std::string at(std::size_t index, std::string_view key) const {
    return member_path(node_path(definition_.nodes, index), key);
  }

  std::string input_path(std::size_t index) const {
    const std::string& path = definition_.nodes[index].input_path;
    return path.empty() ? at(index, definition_.nodes[index].is_transform ? "transform" : "input") : path;
  }

  void check_concurrency_key() {
    if (definition_.concurrency.key.empty()) return;
    std::vector<expr::TemplateError> errors;
    if (auto compiled = expr::Template::compile(Json(definition_.concurrency.key), {}, &errors)) {
      plan_->concurrency_key = std::move(*compiled);
      return;
    }
    for (const expr::TemplateError& error : errors) {
      reader_.problem("concurrency.key", "column " + std::to_string(error.column) + ": " + error.message +
                                             " (only the context is known before a run)");
    }
  }

  void add_node(std::size_t index) {
    const NodeDefinition& node = definition_.nodes[index];
    const auto agent = agents_.of_node[index];
    const Action* action = agent ? find_action(index, agents_.list[*agent]) : nullptr;
    const CompiledAction* compiled = action != nullptr ? compile_action(index, *agent, *action) : nullptr;
    if (!graph_.knows_names) return;  // reported, and templates may name any node
    auto input = compile_input(index);
    auto when = compile_condition(index);
    if (check_inputs_ && compiled != nullptr && input) check_input(index, *agent, *action, *compiled);
    if (!input || !when || (!node.is_transform && compiled == nullptr)) return;  // reported

    const bool gated = agent && agents_.list[*agent].risk == Risk::kApprovalRequired;
    plan_->nodes.push_back(PlannedNode{node.id,
                                       node.is_transform,
                                       agent.value_or(0),
                                       action != nullptr ? action->name : "transform",
                                       std::move(*input),
                                       std::move(*when),
                                       compiled != nullptr ? compiled->workspace_fields : std::vector<std::string>(),
                                       compiled != nullptr ? compiled->input : schema::Schema(),
                                       compiled != nullptr ? compiled->output : schema::Schema(),
                                       graph_.dependencies[index],
                                       {},
                                       node.join,
                                       node.retry,
                                       node.on_error.kind,
                                       graph_.fallbacks[index],
                                       graph_.is_fallback[index],
                                       node.timeout_ms,
                                       node.approval_required || gated,
                                       node.approval_expiry_ms});
  }

  const Action* find_action(std::size_t index, const AgentSnapshot& agent) {
    const std::string& name = definition_.nodes[index].action;
    if (const Action* only = name.empty() ? only_action(agent.actions) : nullptr) return only;
    if (agent.actions.empty()) {
      reader_.problem(at(index, "agent"), "agent " + agent.name + " has no actions, so it cannot be used");
      return nullptr;
    }
    if (name.empty()) {
      reader_.problem(at(index, "action"),
                      "is missing; agent " + agent.name + " has the actions " + names_of(agent.actions));
      return nullptr;
    }
    std::vector<std::string> names;
    for (const Action& action : agent.actions) {
      if (action.name == name) return &action;
      names.push_back(action.name);
    }
    const std::string nearest = nearest_name(name, names);
    reader_.problem(at(index, "action"), "agent " + agent.name + " has no action " + shown(name) +
                                             (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?") +
                                             (nearest.empty() ? "; it has " : " It has ") + names_of(agent.actions));
    return nullptr;
  }

  // Nodes often share an action; its schemas are compiled once.
  const CompiledAction* compile_action(std::size_t index, std::size_t agent, const Action& action) {
    const auto key = std::pair(agent, action.name);
    if (const auto known = compiled_.find(key); known != compiled_.end()) return &known->second;
    auto input = schema::Schema::compile(action.input_schema);
    auto output = schema::Schema::compile(action.output_schema);
    for (const auto* schema : {&input, &output}) {
      if (*schema) continue;
      reader_.problem(at(index, "action"), "the " + std::string(schema == &input ? "input" : "output") +
                                               " schema of action " + action.name +
                                               " cannot be used: " + schema->error().message);
    }
    if (!input || !output) return nullptr;
    return &compiled_
                .emplace(key, CompiledAction{std::move(*input), std::move(*output), InputCheck(action.input_schema),
                                             workspace_fields(action.input_schema)})
                .first->second;
  }

  std::optional<expr::Template> compile_input(std::size_t index) {
    const NodeDefinition& node = definition_.nodes[index];
    std::vector<expr::TemplateError> errors;
    auto compiled = expr::Template::compile(node.input, plan_->node_ids, &errors, kNodeVariables);
    if (!compiled) {
      if (errors.empty()) reader_.problem(input_path(index), compiled.error().message);
      for (const expr::TemplateError& error : errors) {
        reader_.problem(below(input_path(index), error.path),
                        "column " + std::to_string(error.column) + ": " + error.message);
      }
      return std::nullopt;
    }
    const auto& references = compiled->references();
    const bool fine = std::all_of(references.begin(), references.end(),
                                  [&](const expr::Reference& reference) { return may_read(index, reference); });
    if (fine) return std::move(*compiled);
    report_references(index, node.input, input_path(index));
    return std::nullopt;
  }

  // The references of a whole tree do not tell where they stand, so each text of it is asked alone.
  void report_references(std::size_t index, const Json& value, const std::string& path) {
    if (value.is_string()) return report_references_of(index, value, path);
    if (value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i)
        report_references(index, value[i], element_path(path, i));
    } else if (value.is_object()) {
      for (const auto& [key, member] : value.get_ref<const Json::object_t&>()) {
        report_references_of(index, Json(key), member_path(path, key));
        report_references(index, member, member_path(path, key));
      }
    }
  }

  void report_references_of(std::size_t index, const Json& text, const std::string& path) {
    const auto compiled = expr::Template::compile(text, plan_->node_ids, nullptr, kNodeVariables);
    if (!compiled) return;
    for (const expr::Reference& reference : compiled->references()) {
      if (!may_read(index, reference)) report_reference(index, reference, path);
    }
  }

  bool may_read(std::size_t index, const expr::Reference& reference) const {
    if (reference.root == "run")
      return reference.path.empty() || std::ranges::find(kRunMembers, reference.path.front()) != kRunMembers.end();
    if (reference.root != "nodes" || graph_.upstream.empty()) return true;
    const auto node = plan_->find_node(reference.node_id);
    return node && graph_.upstream[index].test(*node);
  }

  void report_reference(std::size_t index, const expr::Reference& reference, const std::string& path) {
    if (reference.root == "run") {
      return reader_.problem(path, "column " + std::to_string(reference.column) + ": run has no member '" +
                                       reference.path.front() + "'; it has id, workflow and trigger");
    }
    const NodeDefinition& node = definition_.nodes[index];
    const auto read = plan_->find_node(reference.node_id);
    const std::string id = read ? definition_.nodes[*read].id : reference.node_id;
    const std::string place = "column " + std::to_string(reference.column) + ": ";
    if (read == index) {
      reader_.problem(path,
                      place + "node " + shown(id) + " reads its own output, which is not there before it has run");
    } else if (read && graph_.upstream[*read].test(index)) {
      reader_.problem(
          path, place + "node " + shown(id) + " runs after " + shown(node.id) + ", so its output cannot be read here");
    } else {
      reader_.problem(path, place + "node " + shown(id) + " is not upstream of " + shown(node.id) +
                                ", so it may not have run yet; add \"" + id + "\" to dependsOn");
    }
  }

  // Outer: whether it is fine; inner: whether there is one.
  std::optional<std::optional<expr::Expression>> compile_condition(std::size_t index) {
    const NodeDefinition& node = definition_.nodes[index];
    if (node.when.empty()) return std::optional<expr::Expression>();
    auto compiled = expr::Expression::compile(node.when, plan_->node_ids, kNodeVariables);
    if (!compiled) {
      reader_.problem(at(index, "when"), compiled.error().message);
      return std::nullopt;
    }
    bool fine = true;
    for (const expr::Reference& reference : compiled->references()) {
      if (may_read(index, reference)) continue;
      report_reference(index, reference, at(index, "when"));
      fine = false;
    }
    if (!fine) return std::nullopt;
    return std::optional<expr::Expression>(std::move(*compiled));
  }

  void check_input(std::size_t index, std::size_t agent, const Action& action, const CompiledAction& compiled) {
    for (const auto& [path, message] : compiled.check.problems_of(definition_.nodes[index].input)) {
      reader_.problem(below(input_path(index), path),
                      message + " (action " + action.name + " of agent " + agents_.list[agent].name + ")");
    }
  }

  const Definition& definition_;
  Reader& reader_;
  bool check_inputs_;
  std::shared_ptr<Plan> plan_;
  Agents agents_;
  Graph graph_;
  std::map<std::pair<std::size_t, std::string>, CompiledAction> compiled_;
};

}  // namespace

std::optional<std::size_t> Plan::find_node(std::string_view wanted) const {
  const auto found = std::find(node_ids.begin(), node_ids.end(), wanted);
  if (found == node_ids.end()) return std::nullopt;
  return static_cast<std::size_t>(found - node_ids.begin()) %
         (node_ids.size() / 2);  // the aliases follow in the same order
}

std::shared_ptr<Plan> build_plan(const Definition& definition, Agents agents, Reader& reader, bool check_inputs,
                                 const Graph* graph) {
  return PlanBuilder(definition, reader, check_inputs).build(std::move(agents), graph);
}

}  // namespace commandcenter::workflow
