#include "server/api.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "server/replies.h"

namespace commandcenter::server {
namespace {

constexpr std::string_view kJsonType = "application/json";

const std::vector<int>& shared_statuses() {
  static const std::vector<int> statuses{403, 408, 413, 415, 429, 431, 503};
  return statuses;
}

// What the names in path patterns mean.
std::string_view meaning_of(std::string_view parameter) {
  if (parameter == "runId") return "The id of the run";
  if (parameter == "approvalId") return "The id of the approval";
  if (parameter == "file") return "The name of the file";
  return "The id; for workflows also the name, within a project";
}

Json parameter_json(const Parameter& parameter, std::string_view place) {
  return {{"name", parameter.name},
          {"in", place},
          {"required", parameter.required},
          {"description", parameter.description},
          {"schema", parameter.schema}};
}

struct Template {
  std::string path;  // "/api/agents/{id}"
  Json parameters = Json::array();
};

Template template_of(const std::string& pattern) {
  Template result;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != ':') {
      result.path += pattern[i];
      continue;
    }
    const std::size_t end = std::min(pattern.find('/', i), pattern.size());
    const std::string name = pattern.substr(i + 1, end - i - 1);
    result.path += "{" + name + "}";
    result.parameters.push_back(parameter_json({name, std::string(meaning_of(name)), schema::text(), true}, "path"));
    i = end - 1;
  }
  return result;
}

Json content(std::string_view type, Json schema) {
  return {{std::string(type), {{"schema", std::move(schema)}}}};
}

Json body_json(const Operation& operation) {
  Json types = content(kJsonType, operation.body);
  if (operation.takes_yaml) types["application/yaml"] = {{"schema", operation.body}};
  return {{"required", operation.body.contains("required")}, {"content", std::move(types)}};
}

Json answers_json(const Operation& operation) {
  Json answers = Json::object();
  for (const Answer& answer : operation.answers) {
    const std::string status = std::to_string(answer.status);
    CC_ASSERT(!answers.contains(status));
    answers[status] = {{"description", answer.description}};
    if (!answer.schema.is_null()) answers[status]["content"] = content(answer.content_type, answer.schema);
  }
  answers["default"] = {{"$ref", "#/components/responses/Refused"}};
  return answers;
}

Json operation_json(const Operation& operation, const Template& where) {
  Json json = {{"operationId", operation.id}, {"tags", {operation.tag}}, {"summary", operation.summary}};
  if (!operation.description.empty()) json["description"] = operation.description;
  Json parameters = where.parameters;
  for (const Parameter& parameter : operation.query)
    parameters.push_back(parameter_json(parameter, "query"));
  for (const Parameter& parameter : operation.headers)
    parameters.push_back(parameter_json(parameter, "header"));
  if (!parameters.empty()) json["parameters"] = std::move(parameters);
  if (!operation.body.is_null()) json["requestBody"] = body_json(operation);
  json["responses"] = answers_json(operation);
  return json;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

Traffic traffic_of_method(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" ? Traffic::kRead : Traffic::kWrite;
}

}  // namespace

Parameter project_parameter(const std::string& whose) {
  return {"projectId", whose + "; 1 if it is not given", schema::integer()};
}

Answer bad_request(std::string description) {
  return {400, std::move(description), schema::ref("Error")};
}
Answer not_found(std::string description) {
  return {404, std::move(description), schema::ref("Error")};
}
Answer conflict(std::string description) {
  return {409, std::move(description), schema::ref("Error")};
}

Api::Api(Router& router, Services& services, const ApiConfig& config)
    : router_(router), services_(services), config_(config) {
  document_ = {{"openapi", "3.1.0"},
               {"info",
                {{"title", "commandcenter"},
                 {"version", "1"},
                 {"description",
                  "Workflows of sandboxed agents over repositories. JSON in, JSON out; times are ISO 8601 in UTC; ids "
                  "are opaque texts of at most 36 characters. Every error has `error` for people, `code` for programs "
                  "and `requestId`, which is also in the header `X-Request-Id`."}}},
               {"servers", {{{"url", "/"}}}},
               {"tags", Json::array()},
               {"paths", Json::object()},
               {"components",
                {{"schemas", Json::object()},
                 {"responses",
                  {{"Refused",
                    {{"description",
                      "Refused before or instead of the operation: 403 from a page of another site or under another "
                      "host name, 408 the request came too slowly, 413 the body is over 10 MiB, 415 the body is not "
                      "JSON, 429 over the limit of requests in a minute, 431 the headers are too large, 503 not now "
                      "(both with Retry-After)"},
                     {"content", content(kJsonType, schema::ref("Error"))},
                     {"x-statuses", shared_statuses()}}}}}}}};
}

void Api::define(const std::string& name, Json schema) {
  Json& schemas = document_["components"]["schemas"];
  CC_ASSERT(!schemas.contains(name));
  schemas[name] = std::move(schema);
}

void Api::add(const std::string& method, const std::vector<std::string>& paths, Operation operation, Handler handler) {
  CC_ASSERT(!paths.empty() && !operation.id.empty() && !operation.tag.empty() && !operation.summary.empty());
  CC_ASSERT(!operation.answers.empty());
  Json& tags = document_["tags"];
  const auto is_tag = [&](const Json& tag) { return tag["name"] == operation.tag; };
  if (std::none_of(tags.begin(), tags.end(), is_tag)) tags.push_back({{"name", operation.tag}});
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Template where = template_of(paths[i]);
    Json json = operation_json(operation, where);
    if (i > 0) {
      json["operationId"] = fmt::format("{}Alias{}", operation.id, i);
      json["x-alias-of"] = template_of(paths[0]).path;
    }
    document_["paths"][where.path][lower_case(method)] = std::move(json);
    traffic_.push_back(operation.traffic.value_or(traffic_of_method(method)));
    router_.add(method, paths[i],
                [this, handler](const Request& request, const Params& params, std::shared_ptr<Responder> responder) {
                  handler(services_, request, params, responder);
                });
  }
}

const Json& Api::operation_at(std::size_t route) const {
  const auto [method, pattern] = router_.routes()[route];
  return document_["paths"][template_of(pattern).path][lower_case(method)];
}

Traffic Api::traffic_of(const Request& head) const {
  const auto route = router_.index_of(head);
  if (!route) return traffic_of_method(head.method);
  return *route < traffic_.size() ? traffic_[*route] : Traffic::kUnlimited;  // routes behind ours: pages
}

}  // namespace commandcenter::server
