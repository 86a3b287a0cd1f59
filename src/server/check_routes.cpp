// What would be said about something before it is stored: workflows, templates, agents. Nothing here changes anything.
#include <cstdio>

#include "agent/agent.h"
#include "core/expr/expr.h"
#include "server/api.h"
#include "server/definitions.h"
#include "server/members.h"
#include "server/routes.h"
#include "server/rows.h"
#include "server/views.h"

namespace commandcenter::server {
namespace {

using workflow::Problem;

constexpr std::size_t kMaxReference_bytes = 1'000;  // an id, or a workflow's name

// Errors of parse_document begin with their place: "line 3, column 7: …".
Problem problem_of(const Error& error) {
  Problem problem{.path = "", .line = 0, .column = 0, .message = error.message};
  int read = 0;
  if (std::sscanf(error.message.c_str(), "line %d, column %d: %n", &problem.line, &problem.column, &read) == 2 &&
      read > 0)
    problem.message = error.message.substr(static_cast<std::size_t>(read));
  return problem;
}

Response verdict(const std::vector<Problem>& problems, const std::vector<std::string>& ignored = {}) {
  Json json = {{"valid", problems.empty()}, {"problems", problem_list(problems)}};
  if (!ignored.empty()) json["ignored"] = ignored;
  return json_response(200, json);
}

void validate_workflow(Services& services, const Request& request, const Params&,
                       const std::shared_ptr<Responder>& responder) {
  Document document;
  if (is_yaml(request)) {
    auto parsed = parse_document(request.body);
    if (!parsed) return responder->respond(verdict({problem_of(parsed.error())}));
    document = std::move(*parsed);
  } else {
    auto body = json_body(request, *responder);
    if (!body) return;
    document.value = std::move(*body);
    if (auto located = parse_document(request.body)) document.positions = std::move(located->positions);
  }
  const auto definition = read_definition(document);
  const auto problems = problems_of(services.store, document, definition);
  if (!problems) return responder->respond(error_response(problems.error(), request.id));
  responder->respond(verdict(*problems, definition ? definition->ignored : std::vector<std::string>{}));
}

// The run whose values stand in for those of a run to come: the given one, or the latest of the workflow.
std::optional<store::RunRow> run_to_look_at(Services& services, const Json& body, const Request& request,
                                            Responder& responder) {
  const auto run_id = text_of(body, "runId", kMaxReference_bytes, request, responder);
  if (!run_id) return std::nullopt;
  if (!run_id->empty()) return read_run(services, request, {{"runId", *run_id}}, responder);
  const auto workflow_id = text_of(body, "workflowId", kMaxReference_bytes, request, responder);
  if (!workflow_id) return std::nullopt;
  if (workflow_id->empty()) {
    responder.respond(error_response(400, "runId or workflowId is missing; one of them says whose values to take",
                                     "invalid", request.id));
    return std::nullopt;
  }
  const auto workflow = read_workflow(services, *workflow_id, request, responder);
  if (!workflow) return std::nullopt;
  auto run = store::read_one<store::RunRow>(
      services.store, {.table = store::Table::kRuns, .workflow_id = workflow->id, .newest_first = true});
  if (run && *run) return std::move(**run);
  responder.respond(run ? error_response(404, "The workflow has not run yet", "not_found", request.id)
                        : error_response(run.error(), request.id));
  return std::nullopt;
}

// What templates can read of a run.
struct Values {
  Json context;
  struct Node {
    std::optional<Json> output;
    std::string status;
    std::string error;
  };
  std::map<std::string, Node> nodes;
  Json run;

  std::vector<expr::NodeValue> views() const {
    std::vector<expr::NodeValue> views;
    for (const auto& [id, node] : nodes)
      views.push_back({id, node.output ? &*node.output : nullptr, node.status, node.error});
    return views;
  }
};

Result<Values> values_of(store::Store& store, const store::RunRow& run) {
  const auto rows = store::read_all<store::NodeRunRow>(store, {.table = store::Table::kNodeRuns, .run_id = run.id});
  if (!rows) return fail(rows.error());
  Values values;
  values.context = parse_json(run.context).value_or(Json::object());
  const auto workflow =
      store::read_one<store::WorkflowRow>(store, {.table = store::Table::kWorkflows, .id = run.workflow_id});
  if (!workflow) return fail(workflow.error());
  values.run = {{"id", run.id}, {"workflow", *workflow ? (*workflow)->name : ""}, {"trigger", run.trigger}};
  for (const store::NodeRunRow& row : *rows) {  // later attempts come later
    Values::Node& node = values.nodes[row.node];
    node = {std::nullopt, row.status, row.error};
    if (row.output.empty()) continue;
    if (auto output = parse_json(row.output)) node.output = std::move(*output);
  }
  return values;
}

Response preview_of(const Json& body, const Values& values, const std::string& run_id) {
  std::vector<std::string> known;
  for (const auto& [id, value] : values.nodes)
    known.push_back(id);
  const std::vector<expr::NodeValue> views = values.views();
  const expr::Variable variables[] = {{"run", &values.run}};
  const expr::Scope scope{&values.context, views, variables};
  const auto evaluate = [&]() -> Result<Json> {
    if (const Json* expression = find_member(body, "expression"); expression != nullptr) {
      const auto compiled =
          expr::Expression::compile(expression->get_ref<const std::string&>(), known, workflow::kNodeVariables);
      return compiled ? compiled->evaluate(scope) : fail(compiled.error());
    }
    const auto compiled =
        expr::Template::compile(*find_member(body, "template"), known, nullptr, workflow::kNodeVariables);
    return compiled ? compiled->resolve(scope) : fail(compiled.error());
  };
  const auto value = evaluate();
  if (value) return json_response(200, {{"runId", run_id}, {"value", *value}, {"error", nullptr}});
  return json_response(200, {{"runId", run_id}, {"value", nullptr}, {"error", value.error().message}});
}

void preview(Services& services, const Request& request, const Params&, const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  const Json* expression = find_member(*body, "expression");
  if ((expression != nullptr) == (find_member(*body, "template") != nullptr) ||
      (expression != nullptr && !expression->is_string())) {
    return responder->respond(
        error_response(400, "expected either template (any JSON) or expression (a text)", "invalid", request.id));
  }
  const auto run = run_to_look_at(services, *body, request, *responder);
  if (!run) return;
  const auto values = values_of(services.store, *run);
  if (!values) return responder->respond(error_response(values.error(), request.id));
  responder->respond(preview_of(*body, *values, run->id));
}

void validate_agent(Services& services, const Request& request, const Params&,
                    const std::shared_ptr<Responder>& responder) {
  const auto body = json_body(request, *responder);
  if (!body) return;
  const std::string folder = string_member(*body, "folder");
  if (folder.empty())
    return responder->respond(error_response(400, "folder: expected the folder on the server that holds the agent.yaml",
                                             "invalid", request.id));
  const auto resolved = services.roots.resolve(folder);
  if (!resolved) return responder->respond(error_response(resolved.error(), request.id));
  const auto agent = agent::load_agent_folder(*resolved, &services.agent_limits);
  if (!agent) {
    return responder->respond(json_response(
        200, {{"valid", false}, {"problems", problem_list(agent.error())}, {"agent", nullptr}, {"known", nullptr}}));
  }
  const auto agents = AgentIndex::read(services.store, agent->project_id);
  if (!agents) return responder->respond(error_response(agents.error(), request.id));
  const agent::Agent* known = agents->find(agent->name);
  Json shown = agent::to_api_json(*agent, true);
  responder->respond(json_response(200, {{"valid", true},
                                         {"problems", Json::array()},
                                         {"agent", std::move(shown)},
                                         {"known", known == nullptr ? Json(nullptr) : Json(known->version)}}));
}

}  // namespace

void add_check_routes(Api& api) {
  using namespace schema;
  api.define("Problem", problem_schema());
  api.add(
      "POST", {"/api/workflows/validate"},
      {.id = "validateWorkflow",
       .tag = "Workflows",
       .summary = "Everything that is wrong with a workflow",
       .description = "Takes what createWorkflow takes, as JSON or YAML, and stores nothing.",
       .body = any(),
       .takes_yaml = true,
       .traffic = Traffic::kRead,
       .answers = {{200, "The verdict",
                    object({{"valid", boolean()},
                            {"problems", list(ref("Problem"))},
                            optional("ignored", described(list(text()), "Where members stand that mean nothing"))})},
                   bad_request("The body is not JSON")}},
      validate_workflow);
  api.add(
      "POST", {"/api/expressions/preview"},
      {.id = "previewExpression",
       .tag = "Workflows",
       .summary = "What a template or an expression would have given in an earlier run",
       .description = "Of `runId`, or of the latest run of `workflowId`. What cannot be read or evaluated is told in "
                      "`error`, with its column.",
       .query = {project_parameter("Whose workflow has that name")},
       .body = object({optional("template", described(any(), "JSON whose texts may hold {{ templates }}")),
                       optional("expression", text()), optional("runId", text()), optional("workflowId", text())}),
       .traffic = Traffic::kRead,
       .answers = {{200, "The value, or why there is none",
                    object({{"runId", text()}, {"value", any()}, {"error", nullable(text())}})},
                   bad_request("Neither or both of template and expression, or neither runId nor workflowId"),
                   not_found("There is no such run or workflow, or it has not run yet")}},
      preview);
  api.add("POST", {"/api/agents/validate"},
          {.id = "validateAgent",
           .tag = "Agents",
           .summary = "Everything that is wrong with an agent's manifest",
           .description = "Reads the manifest in a folder as registerAgent would, and registers nothing.",
           .body = object({{"folder", text()}}),
           .traffic = Traffic::kRead,
           .answers = {{200, "The verdict",
                        object({{"valid", boolean()},
                                {"problems", list(ref("Problem"))},
                                {"agent", described(nullable(map_of(any())), "As it would be registered")},
                                {"known", described(nullable(text()), "The version of that name, if there is one")}})},
                       bad_request("folder is missing or is no folder"),
                       not_found("The folder is not there")}},
          validate_agent);
}

}  // namespace commandcenter::server
