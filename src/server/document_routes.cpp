// GET /api/openapi.json, and /docs, a page that shows it.
#include <fmt/format.h>

#include "base/embedded_file.h"
#include "server/api.h"
#include "server/routes.h"

namespace commandcenter::server {

std::span<const EmbeddedFile> docs_files();  // of server/docs/; made by cmake/embed.cmake

namespace {

constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

std::string_view content_type_of(std::string_view path) {
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  return "text/html; charset=utf-8";
}

void show_file(std::string_view path, const Request& request, Responder& responder) {
  for (const EmbeddedFile& file : docs_files()) {
    if (file.path != path) continue;
    Response response;
    response.body = file.content;
    response.content_type = content_type_of(path);
    response.headers.emplace_back("Content-Security-Policy", kPagePolicy);
    response.headers.emplace_back("Cache-Control", "no-cache");
    return responder.respond(std::move(response));
  }
  responder.respond(
      error_response(404, fmt::format("The documentation has no file {}", path), "not_found", request.id));
}

}  // namespace

void add_document_routes(Api& api) {
  using namespace schema;
  const std::string tag = "Documentation";
  api.add("GET", {"/docs"},
          {.id = "showDocs",
           .tag = tag,
           .summary = "This document as a page",
           .traffic = Traffic::kUnlimited,
           .answers = {{200, "The page", text(), "text/html"}}},
          [](Services&, const Request& request, const Params&, const std::shared_ptr<Responder>& responder) {
            show_file("index.html", request, *responder);
          });
  api.add("GET", {"/docs/:file"},
          {.id = "getDocsFile",
           .tag = tag,
           .summary = "A part of the page",
           .traffic = Traffic::kUnlimited,
           .answers = {{200, "The file", text(), "*/*"}, not_found("There is no such file")}},
          [](Services&, const Request& request, const Params& params, const std::shared_ptr<Responder>& responder) {
            show_file(params.at("file"), request, *responder);
          });
  api.add("GET", {"/api/openapi.json"},
          {.id = "getDocument",
           .tag = tag,
           .summary = "This document",
           .answers = {{200, "An OpenAPI 3.1 document", map_of(any())}}},
          [&api](Services&, const Request&, const Params&, const std::shared_ptr<Responder>& responder) {
            responder->respond(json_response(200, api.document()));
          });
}

}  // namespace commandcenter::server
