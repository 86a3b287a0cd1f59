// GET /api/agents/:id/readme: what the author of an agent wrote for those who use it.
#include <array>
#include <span>

#include "agent/agent.h"
#include "base/embedded_file.h"
#include "code/source/source.h"
#include "server/api.h"
#include "server/routes.h"
#include "server/text_file.h"

namespace commandcenter::server {

std::span<const EmbeddedFile> agent_pages();  // docs/agents: of the built-in agents

namespace {

constexpr std::int64_t kMaxReadme_bytes = 256 << 10;
constexpr std::array kNames{"README.md", "readme.md", "Readme.md", "README", "README.txt"};

// Null when there is nothing to read.
Result<Json> readme_of(const Services& services, const agent::Agent& agent) {
  if (agent.runtime == agent::Runtime::kBuiltin) {
    for (const EmbeddedFile& page : agent_pages()) {
      if (page.path == agent.name + ".md") return Json(std::string(page.content));
    }
    return Json(nullptr);
  }
  const std::string folder = agent::imported_folder(agent.folder, services.agents_folder);
  if (folder.empty()) return Json(nullptr);
  for (const char* name : kNames) {
    const auto path = path_below(folder, name);
    if (!path) continue;
    const auto text = read_file(*path, name, kMaxReadme_bytes);
    if (!text) return fail(text.error());
    return Json(code::to_utf8(*text));
  }
  return Json(nullptr);
}

void show_readme(Services& services, const Request& request, const Params& params,
                 const std::shared_ptr<Responder>& responder) {
  const auto row =
      store::read_one<store::AgentRow>(services.store, {.table = store::Table::kAgents, .id = params.at("id")});
  if (!row) return responder->respond(error_response(row.error(), request.id));
  if (!*row) return responder->respond(error_response(404, "Agent not found", "not_found", request.id));
  const auto agent = agent::from_row(**row);
  if (!agent) return responder->respond(error_response(agent.error(), request.id));
  auto text = readme_of(services, *agent);
  if (!text) return responder->respond(error_response(text.error(), request.id));
  responder->respond(json_response(200, {{"text", std::move(*text)}}));
}

}  // namespace

void add_readme_routes(Api& api) {
  using namespace schema;
  api.add("GET", {"/api/agents/:id/readme"},
          {.id = "getAgentReadme",
           .tag = "Agents",
           .summary = "What the author of an agent wrote about it",
           .description = "Of agents that were registered from a folder its README; Markdown from strangers.",
           .answers = {{200, "The text; null when there is none", object({{"text", nullable(text())}})},
                       bad_request("The README is too large"),
                       not_found("Agent not found")}},
          show_readme);
}

}  // namespace commandcenter::server
