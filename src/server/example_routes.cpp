// /api/examples: what a newcomer starts with. Three workflows and the repository they work on are part of the
// executable (examples/first-run); each workflow gets a copy of the repository below the data folder.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "base/document.h"
#include "base/embedded_file.h"
#include "core/workflow/workflow.h"
#include "server/api.h"
#include "server/routes.h"

namespace commandcenter::server {

std::span<const EmbeddedFile> example_files();

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRepository = "repository/";
constexpr std::string_view kDefinitionEnd = ".yaml";
constexpr std::int64_t kProject = 1;

struct Example {
  std::string id;
  workflow::Definition definition;
};

// They are tested to be right, so what cannot be read is a programmer error and is left out.
std::vector<Example> read_examples() {
  std::vector<Example> examples;
  for (const EmbeddedFile& file : example_files()) {
    if (!file.path.ends_with(kDefinitionEnd) || file.path.starts_with(kRepository)) continue;
    const auto document = parse_document(file.content);
    if (!document) continue;
    auto definition = workflow::parse_definition(document->value);
    if (!definition) continue;
    examples.push_back(
        {std::string(file.path.substr(0, file.path.size() - kDefinitionEnd.size())), std::move(*definition)});
  }
  return examples;
}

std::string workspace_of(const Services& services, const Example& example) {
  return services.examples_folder + "/" + example.id;
}

bool holds(const fs::path& path, std::string_view content) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return file && text.view() == content;
}

// The repository as it was in the beginning, so that an example can be run again after its patch was applied. A few
// small files; those that are right already are not touched.
Result<void> lay_out_repository(const fs::path& folder) {
  for (const EmbeddedFile& file : example_files()) {
    if (!file.path.starts_with(kRepository)) continue;
    const fs::path path = folder / file.path.substr(kRepository.size());
    if (holds(path, file.content)) continue;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << file.content;
    out.flush();
    if (!out) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("the sample repository cannot be written to the data folder: {}", file.path));
    }
  }
  return {};
}

Result<std::optional<store::WorkflowRow>> workflow_of(Services& services, const Example& example) {
  auto row = store::read_one<store::WorkflowRow>(
      services.store, {.table = store::Table::kWorkflows, .project_id = kProject, .name = example.definition.name});
  if (row && *row && (*row)->status == "DELETED") return std::optional<store::WorkflowRow>{};
  return row;
}

void list_examples(Services& services, const Request& request, const Params&,
                   const std::shared_ptr<Responder>& responder) {
  Json list = Json::array();
  for (const Example& example : read_examples()) {
    const auto row = workflow_of(services, example);
    if (!row) return responder->respond(error_response(row.error(), request.id));
    Json steps = Json::array();
    for (const workflow::NodeDefinition& node : example.definition.nodes)
      steps.push_back({{"id", node.id}, {"dependsOn", node.depends_on}});
    list.push_back({{"id", example.id},
                    {"name", example.definition.name},
                    {"description", example.definition.description},
                    {"steps", std::move(steps)},
                    {"workspace", workspace_of(services, example)},
                    {"workflowId", *row ? Json((*row)->id) : Json(nullptr)}});
  }
  responder->respond(json_response(200, {{"examples", std::move(list)}}));
}

void start_run(Services& services, const std::string& workflow_id, std::string workspace, const std::string& request_id,
               const std::shared_ptr<Responder>& responder) {
  engine::TriggerRun message;
  message.workflow = workflow_id;
  message.workspace = std::move(workspace);
  message.reply = reply_with<engine::RunView>(responder, request_id, [workflow_id](const engine::RunView& run) {
    Response response = json_response(201, {{"workflowId", workflow_id}, {"workflowRunId", run.run_id}});
    response.headers.emplace_back("Location", "/api/runs/" + run.run_id);
    return response;
  });
  send(services, std::move(message), responder, request_id);
}

// The workflow is made by the first run and is the user's from then on: what they change in it stays.
void run_example(Services& services, const Request& request, const Params& params,
                 const std::shared_ptr<Responder>& responder) {
  std::vector<Example> examples = read_examples();
  const auto example =
      std::find_if(examples.begin(), examples.end(), [&](const Example& one) { return one.id == params.at("id"); });
  if (example == examples.end() || services.examples_folder.empty())
    return responder->respond(error_response(404, "There is no such example", "not_found", request.id));
  const std::string folder = workspace_of(services, *example);
  if (auto laid = lay_out_repository(folder); !laid)
    return responder->respond(error_response(laid.error(), request.id));
  const auto workspace = services.roots.resolve(folder);
  if (!workspace) return responder->respond(error_response(workspace.error(), request.id));
  const auto row = workflow_of(services, *example);
  if (!row) return responder->respond(error_response(row.error(), request.id));
  if (*row) return start_run(services, (*row)->id, *workspace, request.id, responder);

  engine::CreateWorkflow message;
  message.definition = std::move(example->definition);
  message.definition.workspace = *workspace;
  message.problems = [responder, id = request.id](const std::vector<workflow::Problem>& problems) {
    responder->respond(problems_response("The example does not fit the agents of this server", problems, id));
  };
  message.reply = [&services, responder, id = request.id,
                   workspace = *workspace](const Result<store::WorkflowRow>& made) {
    if (!made) return responder->respond(error_response(made.error(), id));
    start_run(services, made->id, workspace, id, responder);
  };
  send(services, std::move(message), responder, request.id);
}

}  // namespace

void add_example_routes(Api& api) {
  using namespace schema;
  const Json step = object({{"id", text()}, {"dependsOn", list(text())}});
  api.define("Example", object({{"id", text()},
                                {"name", text()},
                                {"description", text()},
                                {"steps", list(step)},
                                {"workspace", described(text(), "Its copy of the sample repository, on the server")},
                                {"workflowId", described(nullable(text()), "Null until it is run")}}));
  api.add("GET", {"/api/examples"},
          {.id = "listExamples",
           .tag = "Examples",
           .summary = "Workflows to begin with",
           .answers = {{200, "The examples", object({{"examples", list(ref("Example"))}})}}},
          list_examples);
  api.add(
      "POST", {"/api/examples/:id/run"},
      {.id = "runExample",
       .tag = "Examples",
       .summary = "Run an example on the sample repository",
       .description = "Makes the workflow unless it is there, puts the sample repository back to its beginning, and "
                      "starts a run.",
       .traffic = Traffic::kTrigger,
       .answers = {{201, "The run; also in Location", object({{"workflowId", text()}, {"workflowRunId", text()}})},
                   bad_request("Its workflow does not fit the agents of this server any more"),
                   not_found("There is no such example"),
                   conflict("Its workflow is not active")}},
      run_example);
}

}  // namespace commandcenter::server
