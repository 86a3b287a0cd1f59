// Where a route is declared: its paths, what it is for, what it takes and answers, and its handler, all in one place.
//
//   api.add("GET", {"/api/agents/:id"},
//           {.id = "getAgent", .tag = "Agents", .summary = "One agent",
//            .answers = {{200, "The agent", schema::ref("Agent")}, not_found("Agent not found")}},
//           show_agent);
//
// From these declarations comes the OpenAPI document, and every answer in every end-to-end test is checked against it.
// Filled once, before serving. Private to this folder.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "server/api_schema.h"
#include "server/limits.h"
#include "server/rate_limiter.h"
#include "server/router.h"
#include "server/server.h"

namespace commandcenter::server {

struct Parameter {
  std::string name;
  std::string description;
  Json schema = schema::text();
  bool required = false;
};

// One status that an operation answers. Those that any operation may answer (see Api) need not be listed.
struct Answer {
  int status = 200;
  std::string description;
  Json schema;  // null: no body
  std::string content_type = "application/json";
};

Parameter project_parameter(const std::string& whose);  // what project_of reads

Answer bad_request(std::string description);  // 400 …
Answer not_found(std::string description);
Answer conflict(std::string description);

struct Operation {
  std::string id;  // unique; generated clients name their functions by it
  std::string tag;
  std::string summary;        // a few words
  std::string description{};  // more, Markdown; may be empty
  std::vector<Parameter> query{};
  std::vector<Parameter> headers{};
  Json body{};  // the schema of a JSON body; null: takes none
  bool takes_yaml = false;
  std::optional<Traffic> traffic{};  // if it is not given: kRead for GET, else kWrite
  std::vector<Answer> answers;
};

class Api {
 public:
  using Handler =
      std::function<void(Services&, const Request&, const Params&, const std::shared_ptr<Responder>& responder)>;

  Api(Router& router, Services& services, const ApiConfig& config);

  // A schema that others refer to with schema::ref(name). A name that exists is a programmer error.
  void define(const std::string& name, Json schema);

  // The first path is the one to use; the others are aliases for clients that know them.
  void add(const std::string& method, const std::vector<std::string>& paths, Operation operation, Handler handler);

  const ApiConfig& config() const { return config_; }

  // The entry of the route with that router index, e.g. {"operationId": …, "responses": …}.
  const Json& operation_at(std::size_t route) const;

  // What the request counts as; requests without a route count by their method, and
  // routes that the router got from others, after these, do not.
  Traffic traffic_of(const Request& head) const;

  // The OpenAPI 3.1 document of everything added so far. Each operation has as `default` the errors that any of them
  // may answer: 403, 408, 413, 415, 429, 431 and 503.
  const Json& document() const { return document_; }

 private:
  Router& router_;
  Services& services_;
  const ApiConfig& config_;
  std::vector<Traffic> traffic_;  // by the router's index
  Json document_;
};

void define_shared_schemas(Api& api);  // of the objects in views.h and replies.h

}  // namespace commandcenter::server
