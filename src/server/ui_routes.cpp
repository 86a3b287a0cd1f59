#include "server/ui_routes.h"

#include <algorithm>
#include <optional>

#include "server/replies.h"

namespace commandcenter::server {
namespace {

// Scripts and styles come from here and nowhere else, none of them inline; nobody may frame the pages. Style attributes
// are what the graph library places its nodes with.
constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: "
    "blob:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr const char* kPages[] = {"/",           "/workflows",    "/workflows/:id", "/runs",
                                  "/runs/:id",   "/approvals",    "/approvals/:id", "/agents",
                                  "/agents/:id", "/architecture", "/compare"};

std::optional<std::string_view> find_file(std::string_view path) {
  const auto files = web_files();
  const auto found = std::lower_bound(files.begin(), files.end(), path,
                                      [](const EmbeddedFile& file, std::string_view name) { return file.path < name; });
  if (found == files.end() || found->path != path) return std::nullopt;
  return found->content;
}

std::string content_type_of(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

bool takes_gzip(const Request& request) {
  const auto accepted = request.headers.find("accept-encoding");
  return accepted != request.headers.end() && accepted->second.find("gzip") != std::string::npos;
}

Response file_response(std::string_view path, std::string_view content) {
  Response response;
  response.content_type = content_type_of(path);
  response.body = std::string(content);
  return response;
}

void show_page(const Request& request, const Params&, const std::shared_ptr<Responder>& responder) {
  const auto page = find_file("index.html");
  if (!page) return responder->respond(error_response(404, "The web interface is not there", "not_found", request.id));
  Response response = file_response("index.html", *page);
  response.headers.emplace_back("Content-Security-Policy", kPagePolicy);
  response.headers.emplace_back("Cache-Control", "no-cache");  // it names the assets of this version
  responder->respond(std::move(response));
}

void send_file(const Request& request, const std::string& path, bool changes,
               const std::shared_ptr<Responder>& responder) {
  const auto content = find_file(path);
  if (!content || path.ends_with(".gz")) {
    return responder->respond(error_response(404, "There is no such file", "not_found", request.id));
  }
  const auto compressed = takes_gzip(request) ? find_file(path + ".gz") : std::nullopt;
  Response response = file_response(path, compressed.value_or(*content));
  if (compressed) response.headers.emplace_back("Content-Encoding", "gzip");
  response.headers.emplace_back("Vary", "Accept-Encoding");
  response.headers.emplace_back("Cache-Control", changes ? "max-age=3600" : "public, max-age=31536000, immutable");
  responder->respond(std::move(response));
}

}  // namespace

void add_ui_routes(Router& router) {
  for (const char* page : kPages)
    router.add("GET", page, show_page);
  router.add("GET", "/favicon.svg", [](const Request& request, const Params&, std::shared_ptr<Responder> responder) {
    send_file(request, "favicon.svg", true, responder);
  });
  router.add("GET", "/assets/:name",
             [](const Request& request, const Params& params, std::shared_ptr<Responder> responder) {
               send_file(request, "assets/" + params.at("name"), false, responder);
             });
}

}  // namespace commandcenter::server
