// /api/artifacts/:hash and the artifacts of a run.
#include <algorithm>

#include <fmt/format.h>

#include "server/api.h"
#include "server/routes.h"
#include "server/rows.h"
#include "store/artifacts/artifacts.h"

namespace commandcenter::server {
namespace {

// For a header: what cannot end the value or lead out of a folder.
std::string safe_name(const std::string& name) {
  std::string safe;
  for (const char c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    safe += plain ? c : '_';
  }
  return safe.empty() || safe.front() == '.' ? "artifact" + safe : safe;
}

void download(Services& services, const Request& request, const Params& params,
              const std::shared_ptr<Responder>& responder) {
  const std::string& hash = params.at("hash");
  const auto row = store::read_one<store::ArtifactRow>(services.store, {.table = store::Table::kArtifacts, .id = hash});
  if (!row) return responder->respond(error_response(row.error(), request.id));
  if (!*row || services.artifacts == nullptr)
    return responder->respond(error_response(404, "Artifact not found", "not_found", request.id));
  Response response;
  response.headers = {{"ETag", fmt::format("\"{}\"", hash)},
                      {"Cache-Control", "private, max-age=31536000, immutable"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Content-Security-Policy", "sandbox; default-src 'none'"},
                      {"Content-Disposition", fmt::format("attachment; filename=\"{}\"", safe_name((*row)->name))}};
  if (const auto known = request.headers.find("if-none-match");
      known != request.headers.end() && known->second.find(hash) != std::string::npos) {
    response.status = 304;
    return responder->respond(std::move(response));
  }
  auto content = services.artifacts->read(hash);
  if (!content) return responder->respond(error_response(content.error(), request.id));
  response.content_type = (*row)->media_type;
  response.body = std::move(*content);
  responder->respond(std::move(response));
}

void list_of_run(Services& services, const Request& request, const Params& params,
                 const std::shared_ptr<Responder>& responder) {
  const auto run = read_run(services, request, params, *responder);
  if (!run) return;
  const auto rows =
      store::read_all<store::ArtifactRow>(services.store, {.table = store::Table::kArtifacts, .run_id = run->id});
  if (!rows) return responder->respond(error_response(rows.error(), request.id));
  Json list = Json::array();
  for (const store::ArtifactRow& row : *rows) {
    list.push_back({{"hash", row.hash},
                    {"name", row.name},
                    {"agentRunId", row.node_run_id},
                    {"sizeBytes", row.size_bytes},
                    {"mediaType", row.media_type},
                    {"createdAt", iso8601(row.created_at_ms)},
                    {"url", "/api/artifacts/" + row.hash}});
  }
  responder->respond(json_response(200, {{"artifacts", std::move(list)}}));
}

}  // namespace

void add_artifact_routes(Api& api) {
  using namespace schema;
  api.add("GET", {"/api/artifacts/:hash"},
          {.id = "getArtifact",
           .tag = "Artifacts",
           .summary = "The content of an artifact",
           .headers = {{"If-None-Match", "The ETag that the client has"}},
           .answers = {{200, "The content", text(), "*/*"},
                       {304, "The client has it already", {}},
                       not_found("Artifact not found")}},
          download);
  const Json artifact = object({{"hash", described(text(), "SHA-256 of the content")},
                                {"name", text()},
                                {"agentRunId", text()},
                                {"sizeBytes", integer()},
                                {"mediaType", text()},
                                {"createdAt", timestamp()},
                                {"url", text()}});
  api.add("GET",
          {"/api/workflows/:id/runs/:runId/artifacts", "/api/workflows/runs/:runId/artifacts",
           "/api/runs/:runId/artifacts"},
          {.id = "listArtifacts",
           .tag = "Artifacts",
           .summary = "What the nodes of a run left as files",
           .answers = {{200, "Oldest first", object({{"artifacts", list(artifact)}})},
                       bad_request("The run is one of another workflow"),
                       not_found("Workflow run not found")}},
          list_of_run);
}

}  // namespace commandcenter::server
